#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What comes through a pipe is kept in a file without a name, since it is read twice. */
static int spool(int from)
{
    char part[65536];
    char name[] = "/tmp/mcp-planner-import.XXXXXX";
    const int fd = mkostemp(name, O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;

    if (fd >= 0)
        (void)unlink(name);
    while (n > 0) {
        n = read(from, part, sizeof(part));
        for (ssize_t done = 0; n > 0 && done < n;) {
            const ssize_t wrote = write(fd, part + done, (size_t)(n - done));
            if (wrote < 0)
                return -1;
            done += wrote;
        }
    }
    return n < 0 ? -1 : fd;
}

int source_open(const char *path)
{
    struct stat st;
    int fd = STDIN_FILENO;

    if (strcmp(path, "-") != 0)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    return S_ISREG(st.st_mode) ? fd : spool(fd);
}
