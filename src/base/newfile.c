#include "planner/base/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/base/memory.h"

static char *part_name(const char *path)
{
    const size_t size = strlen(path) + 32;
    char *name = memory_alloc(size);

    (void)snprintf(name, size, "%s.part-%d", path, (int)getpid());
    return name;
}

bool newfile_begin(struct newfile *file, const char *path)
{
    *file = (struct newfile){.fd = -1};
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return false;
    }
    file->part = part_name(path);
    file->fd =
        open(file->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (file->fd < 0) {
        memory_free(file->part);
        file->part = NULL;
        return false;
    }
    file->path = memory_text(path);
    return true;
}

bool newfile_write(struct newfile *file, const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(file->fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* The entry in the directory has to be on disk as well. */
static bool sync_directory(const char *path)
{
    char *copy = memory_text(path);
    const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    memory_free(copy);
    return ok;
}

/* link(2) does not replace a file that came meanwhile, as rename(2) would. */
bool newfile_end(struct newfile *file)
{
    const bool ok =
        fsync(file->fd) == 0 && link(file->part, file->path) == 0 && sync_directory(file->path);
    const int saved = errno;

    newfile_drop(file);
    errno = saved;
    return ok;
}

void newfile_drop(struct newfile *file)
{
    if (file->path == NULL)
        return;
    (void)close(file->fd);
    (void)unlink(file->part);
    memory_free(file->part);
    memory_free(file->path);
    *file = (struct newfile){.fd = -1};
}
