#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup_private.h"

#define OWNER_ONLY (S_IRUSR | S_IWUSR) /* plans and the store's key are in it */

const char *disk_directory(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return ".";
    return slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

const char *disk_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

bool disk_sync(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

int64_t disk_size(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return -1;
    if (S_ISREG(st.st_mode))
        return st.st_size;
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    return -1;
}

int disk_hold(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, OWNER_ONLY);

    if (fd >= 0)
        (void)flock(fd, LOCK_EX | LOCK_NB);
    return fd;
}

bool disk_write(const char *path, const char *text, size_t len)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, OWNER_ONLY);
    bool ok = fd >= 0;

    while (ok && len > 0) {
        const ssize_t n = write(fd, text, len);
        ok = n > 0 || (n < 0 && errno == EINTR);
        text += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    ok = ok && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

const char *disk_read(struct arena *arena, const char *path, size_t max, size_t *ret_len)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *text = NULL;
    ssize_t n = -1;

    if (fd < 0)
        return NULL;
    errno = EINVAL; /* no regular file, or beyond `max` */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= (off_t)max) {
        text = arena_alloc(arena, (size_t)st.st_size + 1);
        n = read(fd, text, (size_t)st.st_size);
    }
    (void)close(fd); /* of a file that was only read: errno stays */
    if (n < 0)
        return NULL;
    *ret_len = (size_t)n;
    return text;
}

int disk_lock_directory(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0)
        (void)flock(fd, LOCK_EX);
    return fd;
}

/* ------------------------------------------------------------------ sweeping */

/* "NAME.part-123" when NAME matches; the process that wrote it has gone when its lock is free. */
static void sweep_part(struct req *rq, const char *dir, const char *entry, const char *pattern)
{
    const char *mark = strstr(entry, ".part-");
    const char *path = arena_printf(rq->arena, "%s/%s", dir, entry);
    int fd = -1;

    if (mark == NULL || mark[6 + strspn(mark + 6, "0123456789")] != '\0' ||
        fnmatch(pattern, arena_copy(rq->arena, entry, (size_t)(mark - entry)), 0) != 0)
        return;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && unlink(path) == 0)
        req_note(rq, LOG_INFO, "removed '%s', which a killed backup left", path);
    (void)close(fd);
}

/* The file got its name and the manifest did not: it gets it now. Else there never was a file. */
static void sweep_next(struct req *rq, const char *dir, const char *entry, const char *pattern)
{
    static const char mark[] = ".manifest.json.next";
    const size_t len = strlen(entry);
    const char *path = NULL;
    struct backup_manifest manifest = {0};

    if (len < sizeof(mark) || strcmp(entry + len - (sizeof(mark) - 1), mark) != 0)
        return;
    path = arena_copy(rq->arena, entry, len - (sizeof(mark) - 1));
    if (fnmatch(pattern, path, 0) != 0)
        return;
    path = arena_printf(rq->arena, "%s/%s", dir, path);
    if (manifest_load(rq, manifest_next(rq->arena, path), &manifest) == ST_OK &&
        manifest.bytes.v == disk_size(path) && backup_verify(rq, path, &manifest) == ST_OK)
        (void)rename(manifest_next(rq->arena, path), manifest_path(rq->arena, path));
    else
        (void)unlink(manifest_next(rq->arena, path));
}

void disk_sweep(struct req *rq, const char *dir, const char *pattern)
{
    const int lock = disk_lock_directory(dir);
    DIR *names = opendir(dir);
    const struct dirent *entry = NULL;

    while (names != NULL && (entry = readdir(names)) != NULL) {
        sweep_part(rq, dir, entry->d_name, pattern);
        sweep_next(rq, dir, entry->d_name, pattern);
    }
    if (names != NULL)
        (void)closedir(names);
    if (lock >= 0)
        (void)close(lock);
}
