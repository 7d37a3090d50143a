#include "archive.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "planner/base/json.h"

static enum status fault(struct req *rq, const char *path, int problem)
{
    return req_fail(rq, ST_UNAVAILABLE, "'archive': %s cannot be written: %s; nothing was removed",
                    path, strerror(problem));
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
    if (!newfile_write(&a->file, text, len))
        return fault(rq, a->path, errno);
    sha256_add(a->sum, text, len);
    a->bytes += (int64_t)len;
    return ST_OK;
}

/* A directory that was forgotten must not become a file, which every later run would meet. */
static bool is_file_name(const char *where)
{
    const size_t len = strlen(where);

    return len > 6 && strcmp(where + len - 6, ".jsonl") == 0;
}

/* The file itself, or one named by the time in the directory that `where` is. */
static enum status name_file(struct req *rq, const char *where, const char **ret_path)
{
    struct stat st;
    const bool there = stat(where, &st) == 0;

    if (!there && !is_file_name(where))
        return req_fail(rq, ST_INVALID,
                        "'archive': there is no directory %s; make it, or name a new file that "
                        "ends in .jsonl",
                        where);
    *ret_path = there && S_ISDIR(st.st_mode)
                    ? arena_printf(rq->arena, "%s/%s", where, timed_name(rq->arena))
                    : where;
    return ST_OK;
}

static enum status taken(struct req *rq, const char *path)
{
    return req_fail(rq, ST_INVALID,
                    "'archive': %s is there already; name a directory, or a new file", path);
}

enum status archive_open(struct req *rq, const char *where, struct archive *ret_archive)
{
    struct archive a = {.file.fd = -1};
    struct json_out out = JSON_OUT_IN(rq->arena);

    TRY(name_file(rq, where, &a.path));
    a.name = strrchr(a.path, '/') == NULL ? a.path : strrchr(a.path, '/') + 1;
    if (!newfile_begin(&a.file, a.path))
        return errno == EEXIST ? taken(rq, a.path) : fault(rq, a.path, errno);
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

enum status archive_begin_cut(struct req *rq, struct archive *archive, const char *line)
{
    archive->cuts++;
    TRY(write_all(rq, archive, line, strlen(line)));
    return write_all(rq, archive, "\n", 1);
}

enum status archive_write(struct req *rq, struct archive *archive, const char *lines, int64_t rows)
{
    archive->rows += rows;
    return write_all(rq, archive, lines, strlen(lines));
}

enum status archive_finish(struct req *rq, struct archive *archive,
                           char ret_hex[SHA256_HEX_LEN + 1])
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    sha256_text(archive->sum, ret_hex);
    json_begin(&out, '{');
    json_put_str(&out, "part", "end");
    json_put_int(&out, "cuts", archive->cuts);
    json_put_int(&out, "rows", archive->rows);
    json_put_str(&out, "sha256", ret_hex);
    json_end(&out, '}');
    buf_char(&out.buf, '\n');
    TRY(write_all(rq, archive, json_text(&out), out.buf.len));
    if (!newfile_end(&archive->file))
        return errno == EEXIST ? taken(rq, archive->path) : fault(rq, archive->path, errno);
    return ST_OK;
}

void archive_drop(struct archive *archive)
{
    if (archive->sum != NULL)
        sha256_drop(&archive->sum);
    newfile_drop(&archive->file);
}
