/* A file that is replaced as a whole. */
#include "planner/metrics/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BY_ALL (S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) /* the collector is another account */

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* On the disk before it has its name, or a crash could leave an empty file under it. */
static bool write_synced(const char *path, const char *text, size_t len)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, READ_BY_ALL);
    bool ok = fd >= 0;
    int problem = 0;

    if (!ok)
        return false;
    ok = write_all(fd, text, len) && fchmod(fd, READ_BY_ALL) == 0 && fsync(fd) == 0;
    problem = errno;
    if (close(fd) != 0 && ok)
        return false;
    errno = problem;
    return ok;
}

static void sync_directory(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

enum status metrics_write_file(struct req *rq, const char *path, const char *text, size_t len)
{
    const char *slash = strrchr(path, '/');
    const char *directory =
        slash == NULL ? "." : arena_copy(rq->arena, path, (size_t)(slash - path) + 1);
    const char *name = slash == NULL ? path : slash + 1;
    /* Collectors read what ends in .prom. */
    const char *beside = arena_printf(rq->arena, "%s/.%s.%d", directory, name, (int)getpid());

    if (!write_synced(beside, text, len) || rename(beside, path) != 0) {
        const int problem = errno;
        (void)unlink(beside);
        return req_fail(rq, ST_UNAVAILABLE, "'%s' cannot be written: %s", path, strerror(problem));
    }
    sync_directory(directory);
    return ST_OK;
}
