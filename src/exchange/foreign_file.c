/* Files of a source: read whole, checked, never written. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/exchange/foreign.h"
#include "planner/exchange/paths.h"

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
#define OWN_FD __attribute__((cleanup(close_fd))) int

static enum status open_failed(struct req *rq, const char *path)
{
    return req_fail(rq, errno == ENOENT ? ST_NOT_FOUND : ST_INVALID, "'%s' cannot be read: %s",
                    path, strerror(errno));
}

static enum status read_all(struct req *rq, int fd, const char *path, size_t size, char *bytes,
                            size_t *ret_len)
{
    size_t len = 0;

    while (len < size) {
        const ssize_t n = read(fd, bytes + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return open_failed(rq, path);
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_len = len;
    return ST_OK;
}

/* As it is, without a byte order mark. */
static enum status read_bytes(struct req *rq, const char *path, struct span *ret_text)
{
    OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    char *bytes = NULL;
    size_t len = 0;

    if (fd < 0 || fstat(fd, &st) != 0)
        return open_failed(rq, path);
    if (!S_ISREG(st.st_mode))
        return req_fail(rq, ST_INVALID, "'%s' is no file", path);
    if ((size_t)st.st_size > FOREIGN_FILE_MAX)
        return req_fail(rq, ST_LIMIT, "'%s' is larger than %zu MiB", path,
                        FOREIGN_FILE_MAX / 1024 / 1024);
    bytes = arena_alloc(rq->arena, (size_t)st.st_size + 1);
    TRY(read_all(rq, fd, path, (size_t)st.st_size, bytes, &len));
    if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    *ret_text = (struct span){bytes, len};
    return ST_OK;
}

static enum status not_utf8(struct req *rq, const char *path)
{
    return req_fail(rq, ST_INVALID, "'%s' is not UTF-8 text; convert it (iconv -t UTF-8) first",
                    path);
}

/* UTF-16 has bytes that UTF-8 text never begins with. */
static bool is_utf16(struct span text)
{
    return text.len >= 2 &&
           (memcmp(text.ptr, "\xFF\xFE", 2) == 0 || memcmp(text.ptr, "\xFE\xFF", 2) == 0);
}

bool foreign_is_utf8(struct arena *arena, struct span text)
{
    struct json_out out = JSON_OUT_IN(arena);
    struct json_fault fault;

    json_strn(&out, text.ptr, text.len); /* what is valid as a string of JSON */
    return json_check(out.buf.ptr, out.buf.len, &fault);
}

enum status foreign_read(struct req *rq, const char *path, struct span *ret_text)
{
    struct span text;

    TRY(read_bytes(rq, path, &text));
    if (memchr(text.ptr, '\0', text.len) != NULL || is_utf16(text) ||
        !foreign_is_utf8(rq->arena, text))
        return not_utf8(rq, path);
    *ret_text = text;
    return ST_OK;
}

/* The line of a place, counted from 1. */
static int64_t line_of(struct span text, size_t at)
{
    int64_t line = 1;

    for (size_t i = 0; i < at && i < text.len; i++)
        line += text.ptr[i] == '\n';
    return line;
}

enum status foreign_check_json(struct req *rq, const char *what, struct span text)
{
    struct json_fault fault;

    if (!json_check(text.ptr, text.len, &fault))
        return req_fail(rq, ST_INVALID, "'%s' is not the JSON that was written: line %lld: %s",
                        what, (long long)line_of(text, fault.at), fault.what);
    if (fault.unfit != NULL)
        return req_fail(rq, ST_INVALID, "'%s': a member '%.*s' %s", what,
                        (int)(fault.unfit_name.len < 60 ? fault.unfit_name.len : 60),
                        fault.unfit_name.ptr == NULL ? "" : fault.unfit_name.ptr, fault.unfit);
    return ST_OK;
}

enum status foreign_read_json(struct req *rq, const char *path, struct span *ret_text)
{
    struct span text;

    TRY(read_bytes(rq, path, &text));
    if (is_utf16(text))
        return not_utf8(rq, path);
    TRY(foreign_check_json(rq, path, text));
    *ret_text = text;
    return ST_OK;
}

enum status foreign_file_in(struct req *rq, const char *path, const char *const *places,
                            const char *how, const char **ret_file)
{
    *ret_file = path;
    if (!path_is_directory(path))
        return ST_OK;
    for (size_t i = 0; places[i] != NULL; i++) {
        *ret_file = arena_printf(rq->arena, "%s/%s", path, places[i]);
        if (path_is_file(*ret_file))
            return ST_OK;
    }
    return req_fail(rq, ST_NOT_FOUND, "'%s' holds no %s; %s", path, places[0], how);
}
