#include "archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "planner/base/json.h"

static enum status fault(struct req *rq, const char *path, int problem)
{
    return req_fail(rq, ST_UNAVAILABLE, "'archive': %s cannot be written: %s", path,
                    strerror(problem));
}

static const char *timed_name(struct arena *arena)
{
    const time_t now = time(NULL);
    struct tm tm;
    char text[32];

    (void)gmtime_r(&now, &tm);
    (void)strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
    return arena_printf(arena, "retention-%s-%d.jsonl", text, (int)getpid());
}

static enum status write_all(struct req *rq, struct archive *a, const char *text, size_t len)
{
    const size_t size = len;

    for (const char *at = text; len > 0;) {
        const ssize_t n = write(a->fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fault(rq, a->path, errno);
        at += n;
        len -= (size_t)n;
    }
    sha256_add(a->sum, text, size);
    a->bytes += (int64_t)size;
    return ST_OK;
}

/* A directory that was forgotten must not become a file, which every later run would meet. */
static bool is_file_name(const char *where)
{
    const size_t len = strlen(where);

    return len > 6 && strcmp(where + len - 6, ".jsonl") == 0;
}

enum status archive_open(struct req *rq, const char *where, struct archive *ret_archive)
{
    struct archive a = {.fd = -1, .path = where};
    struct stat st;
    struct json_out out = JSON_OUT_IN(rq->arena);

    if (stat(where, &st) != 0 && !is_file_name(where))
        return req_fail(rq, ST_INVALID,
                        "'archive': there is no directory %s; make it, or name a new file that "
                        "ends in .jsonl",
                        where);
    if (stat(where, &st) == 0 && S_ISDIR(st.st_mode))
        a.path = arena_printf(rq->arena, "%s/%s", where, timed_name(rq->arena));
    a.name = strrchr(a.path, '/') == NULL ? a.path : strrchr(a.path, '/') + 1;
    if (*a.name == '\0' || access(a.path, F_OK) == 0)
        return req_fail(rq, ST_INVALID,
                        "'archive': %s is there already; name a directory, or a new file", a.path);
    a.partial = arena_printf(rq->arena, "%s.partial", a.path);
    a.fd = open(a.partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                S_IRUSR | S_IWUSR); /* contents of plans: for its owner */
    if (a.fd < 0)
        return fault(rq, a.path, errno);
    a.sum = sha256_new();
    *ret_archive = a;
    json_begin(&out, '{');
    json_put_str(&out, "part", "archive");
    json_put_str(&out, "format", ARCHIVE_FORMAT);
    json_put_int(&out, "version", ARCHIVE_VERSION);
    json_end(&out, '}');
    buf_char(&out.buf, '\n');
    return write_all(rq, ret_archive, json_text(&out), out.buf.len);
}

enum status archive_write(struct req *rq, struct archive *archive, const char *lines)
{
    for (const char *c = strchr(lines, '\n'); c != NULL; c = strchr(c + 1, '\n'))
        archive->rows++;
    return write_all(rq, archive, lines, strlen(lines));
}

static enum status sync_directory(struct req *rq, const struct archive *a)
{
    const char *directory =
        a->name == a->path ? "." : arena_copy(rq->arena, a->path, (size_t)(a->name - a->path));
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;
    const int problem = errno;

    if (fd >= 0)
        (void)close(fd);
    return ok ? ST_OK : fault(rq, a->path, problem);
}

enum status archive_finish(struct req *rq, struct archive *archive,
                           char ret_hex[SHA256_HEX_LEN + 1])
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    sha256_text(archive->sum, ret_hex);
    json_begin(&out, '{');
    json_put_str(&out, "part", "end");
    json_put_int(&out, "rows", archive->rows);
    json_put_str(&out, "sha256", ret_hex);
    json_end(&out, '}');
    buf_char(&out.buf, '\n');
    TRY(write_all(rq, archive, json_text(&out), out.buf.len));
    if (fsync(archive->fd) != 0 || rename(archive->partial, archive->path) != 0)
        return fault(rq, archive->path, errno);
    archive->partial = NULL;
    return sync_directory(rq, archive);
}

void archive_drop(struct archive *archive)
{
    if (archive->sum != NULL)
        sha256_drop(&archive->sum);
    if (archive->path == NULL || archive->fd < 0)
        return;
    (void)close(archive->fd);
    archive->fd = -1;
    if (archive->partial != NULL)
        (void)unlink(archive->partial);
}
