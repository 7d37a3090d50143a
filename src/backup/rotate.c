/* Which of many backups are kept: judged without looking at a disk, then done. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backup_private.h"

#define PREFIX "planner-"
#define STAMP  "%Y%m%dT%H%M%SZ"

/* ------------------------------------------------------------------ names */

const char *backup_name(struct arena *arena, int64_t seconds)
{
    const time_t at = (time_t)seconds;
    char stamp[32] = "";
    struct tm tm;

    (void)strftime(stamp, sizeof(stamp), STAMP, gmtime_r(&at, &tm));
    return arena_printf(arena, PREFIX "%s.dump", stamp);
}

/* Written again it has to be the same: strptime takes what nobody writes. */
bool backup_name_read(const char *name, int64_t *ret_seconds)
{
    static const char end[] = ".dump";
    char again[32] = "";
    struct tm tm = {0};
    const char *rest = NULL;
    const char *stamp = name + sizeof(PREFIX) - 1;

    if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
        return false;
    rest = strptime(stamp, STAMP, &tm);
    if (rest == NULL || strcmp(rest, end) != 0)
        return false;
    *ret_seconds = (int64_t)timegm(&tm);
    (void)strftime(again, sizeof(again), STAMP, &tm);
    return strncmp(stamp, again, strlen(again)) == 0;
}

/* ------------------------------------------------------------------ what is kept */

static bool read_part(const char *part, const char *name, int *ret_n)
{
    const size_t len = strlen(name);
    char *end = NULL;
    long n = 0;

    if (strncmp(part, name, len) != 0 || part[len] != '=' || part[len + 1] < '0' ||
        part[len + 1] > '9')
        return false;
    n = strtol(part + len + 1, &end, 10);
    if (*end != '\0' || n > BACKUP_KEEP_MAX || *ret_n != -1)
        return false;
    *ret_n = (int)n;
    return true;
}

enum status backup_keep_read(struct req *rq, const char *text, struct backup_keep *ret_keep)
{
    struct backup_keep keep = {-1, -1};
    char *rest = arena_strdup(rq->arena, text);
    const char *part = NULL;
    bool ok = true;

    while (ok && (part = strsep(&rest, ",")) != NULL)
        ok = read_part(part, "daily", &keep.daily) || read_part(part, "weekly", &keep.weekly);
    if (!ok)
        return req_fail(rq, ST_INVALID,
                        "'keep' must be like daily=7,weekly=4, each 0 to %d and given once",
                        BACKUP_KEEP_MAX);
    keep.daily = keep.daily < 0 ? 0 : keep.daily;
    keep.weekly = keep.weekly < 0 ? 0 : keep.weekly;
    *ret_keep = keep;
    return ST_OK;
}

static int newest_first(const void *left, const void *right)
{
    const int64_t a = ((const struct backup_file *)left)->taken;
    const int64_t b = ((const struct backup_file *)right)->taken;

    return (a < b) - (a > b);
}

/* A day, or an ISO week, which may belong to another year than its days. */
static void period_of(int64_t seconds, bool is_week, char *text, size_t size)
{
    const time_t at = (time_t)seconds;
    struct tm tm;

    (void)gmtime_r(&at, &tm);
    if (is_week)
        (void)strftime(text, size, "%G-W%V", &tm);
    else
        (void)strftime(text, size, "%Y-%m-%d", &tm);
}

/* The newest one of each of the last `n` periods in which there is any. */
static void keep_periods(struct backup_file *files, size_t n_files, int n, bool is_week)
{
    char last[32] = "";

    for (size_t i = 0; i < n_files && n > 0; i++) {
        char period[32] = "";
        period_of(files[i].taken, is_week, period, sizeof(period));
        if (strcmp(period, last) == 0)
            continue;
        memcpy(last, period, sizeof(last));
        n--;
        if (files[i].why == NULL)
            files[i].why = is_week ? "weekly" : "daily";
    }
}

void backup_keep_judge(const struct backup_keep *keep, struct backup_file *files, size_t n)
{
    if (n == 0)
        return;
    qsort(files, n, sizeof(files[0]), newest_first);
    files[0].why = "newest";
    keep_periods(files, n, keep->daily, false);
    keep_periods(files, n, keep->weekly, true);
}

/* ------------------------------------------------------------------ on disk */

/* Ours: named as we name them, whole, and of this store. */
static bool is_ours(struct req *rq, const char *dir, const char *name, const char *store)
{
    struct backup_manifest manifest = {0};

    return backup_read(rq, arena_printf(rq->arena, "%s/%s", dir, name), &manifest) == ST_OK &&
           strcmp(manifest.file, name) == 0 &&
           (store == NULL || strcmp(manifest.store, store) == 0);
}

static void keep_taken(struct backup_file *files, size_t n, const char *taken)
{
    for (size_t i = 0; taken != NULL && i < n; i++) {
        if (files[i].why == NULL && strcmp(files[i].name, disk_base(taken)) == 0)
            files[i].why = "taken";
    }
}

enum status backup_list(struct req *rq, const char *dir, const char *store, const char *taken,
                        const struct backup_keep *keep, struct list *ret_files)
{
    DIR *names = opendir(dir);
    const struct dirent *entry = NULL;
    struct backup_file *files = NULL;
    size_t n = 0;
    size_t cap = 0;

    if (names == NULL)
        return req_fail(rq, ST_NOT_FOUND, "'%s' is no directory that can be read (%s)", dir,
                        strerror(errno));
    while ((entry = readdir(names)) != NULL) {
        struct backup_file file = {.name = arena_strdup(rq->arena, entry->d_name)};
        if (!backup_name_read(file.name, &file.taken) || !is_ours(rq, dir, file.name, store))
            continue;
        if (n == cap) {
            struct backup_file *more = ARENA_MANY(rq->arena, cap * 2 + 16, struct backup_file);
            memcpy(more, files == NULL ? more : files, n * sizeof(more[0]));
            files = more;
            cap = cap * 2 + 16;
        }
        files[n++] = file;
    }
    (void)closedir(names);
    backup_keep_judge(keep, files, n);
    keep_taken(files, n, taken);
    *ret_files = (struct list){true, n, files};
    return ST_OK;
}

enum status backup_make_directory(struct req *rq, const char *dir)
{
    if (mkdir(dir, S_IRWXU) == 0 || errno == EEXIST)
        return ST_OK;
    return req_fail(rq, ST_INVALID,
                    "the directory '%s' cannot be made (%s); make it, or name another", dir,
                    strerror(errno));
}

/* The manifest goes last: without its file it is nothing, and the next run has nothing to guess. */
enum status backup_remove(struct req *rq, const char *dir, const struct list *files)
{
    const int lock = disk_lock_directory(dir);
    enum status status = ST_OK;

    for (size_t i = 0; i < files->n && status == ST_OK; i++) {
        const struct backup_file *file = LIST_AT(*files, i, struct backup_file);
        const char *path = arena_printf(rq->arena, "%s/%s", dir, file->name);
        if (file->why != NULL)
            continue;
        if (unlink(path) != 0)
            status =
                req_fail(rq, ST_UNAVAILABLE, "'%s' cannot be removed (%s)", path, strerror(errno));
        else
            (void)unlink(manifest_path(rq->arena, path));
    }
    (void)disk_sync(dir);
    if (lock >= 0)
        (void)close(lock);
    return status;
}
