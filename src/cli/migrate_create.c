#include "planner/cli/migrate_create.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "planner/base/buf.h"

#define NAME_MAX_BYTES 60
#define NUMBER_MAX     9999

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

    return strchr(letters, name[0]) != NULL && name[0] != '\0' && strlen(name) <= NAME_MAX_BYTES &&
           name[strspn(name, all)] == '\0';
}

/* NNNN_name.up.sql: its number, and whether the name is ours. */
static int file_number(const char *file, const char *name, bool *ret_same)
{
    char *end = NULL;
    const long number = strtol(file, &end, 10);
    const size_t len = strlen(name);

    if (end != file + 4 || *end != '_' || number < 1 || number > NUMBER_MAX)
        return 0;
    *ret_same = strncmp(end + 1, name, len) == 0 && end[1 + len] == '.';
    return (int)number;
}

/* The last number there; 0 in an empty directory. */
static enum status look_around(struct req *rq, const char *dir, const char *name, int *ret_last)
{
    DIR *files = opendir(dir);
    const struct dirent *entry = NULL;
    int last = 0;
    int taken = 0;

    if (files == NULL)
        return req_fail(rq, ST_INVALID,
                        "'%s' is no directory that can be read (%s); run it where the sources are, "
                        "or name the directory with --dir",
                        dir, strerror(errno));
    while ((entry = readdir(files)) != NULL) {
        bool same = false;
        const int number = file_number(entry->d_name, name, &same);
        last = number > last ? number : last;
        taken = same ? number : taken;
    }
    (void)closedir(files);
    if (taken != 0)
        return req_fail(rq, ST_INVALID, "migration %04d has the name '%s'; choose another", taken,
                        name);
    if (last == NUMBER_MAX)
        return req_fail(rq, ST_INVALID, "the numbers are used up: the last one is %d", last);
    *ret_last = last;
    return ST_OK;
}

static const char *up_text(struct req *rq, int version)
{
    const char *before = version > 1 ? arena_printf(rq->arena, "%04d", version - 1) : "nothing";

    return arena_printf(rq->arena,
                        "-- TODO: say in a sentence what this is for.\n"
                        "-- oldest program: %s\n"
                        "-- depends on: %s\n"
                        "-- phase: expand\n"
                        "-- locks: TODO: what waits for it, and how long\n"
                        "-- lock timeout: 10s\n"
                        "-- statement timeout: 10min\n"
                        "\n",
                        PLANNER_VERSION, before);
}

static const char *down_text(struct req *rq, int version)
{
    return arena_printf(rq->arena,
                        "-- Undo %04d: TODO: say what is gone then.\n"
                        "-- loses: TODO: what going up again does not bring back\n"
                        "-- locks: TODO: what waits for it, and how long\n"
                        "-- lock timeout: 10s\n"
                        "-- statement timeout: 10min\n"
                        "\n",
                        version);
}

static bool write_new(const char *path, const char *text)
{
    const size_t len = strlen(text);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    ssize_t n = 0;
    int why = 0;

    if (fd < 0)
        return false;
    n = write(fd, text, len);
    why = errno;
    if (close(fd) == 0 && n == (ssize_t)len)
        return true;
    (void)unlink(path);
    errno = why;
    return false;
}

static enum status write_failed(struct req *rq, const char *path)
{
    return req_fail(rq, ST_UNAVAILABLE, "'%s' cannot be written (%s)", path, strerror(errno));
}

enum status migrate_create(struct req *rq, const char *dir, const char *name,
                           struct created *ret_created)
{
    struct created created = {0};
    int last = 0;

    if (!is_name(name))
        return req_fail(rq, ST_INVALID,
                        "the name must be a lower-case letter and up to %d letters, digits and '_' "
                        "after it",
                        NAME_MAX_BYTES - 1);
    TRY(look_around(rq, dir, name, &last));
    created.version = last + 1;
    created.up = arena_printf(rq->arena, "%s/%04d_%s.up.sql", dir, created.version, name);
    created.down = arena_printf(rq->arena, "%s/%04d_%s.down.sql", dir, created.version, name);
    if (!write_new(created.up, up_text(rq, created.version)))
        return write_failed(rq, created.up);
    if (!write_new(created.down, down_text(rq, created.version))) {
        const enum status status = write_failed(rq, created.down);
        (void)unlink(created.up);
        return status;
    }
    *ret_created = created;
    return ST_OK;
}
