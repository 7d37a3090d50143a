#include "planner/exchange/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum status path_real(struct req *rq, const char *path, const char **ret_path)
{
    char resolved[PATH_MAX];

    if (realpath(path, resolved) == NULL)
        return req_fail(rq, ST_NOT_FOUND, "'%s' cannot be read: %s", path, strerror(errno));
    *ret_path = arena_strdup(rq->arena, resolved);
    return ST_OK;
}

bool path_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool path_is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *path_parent(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL || slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

const char *path_name(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return arena_strdup(arena, slash == NULL ? path : slash + 1);
}

bool path_ends(const char *path, const char *end)
{
    const size_t len = strlen(path);
    const size_t n = strlen(end);

    return len >= n && strcmp(path + len - n, end) == 0;
}
