/* Putting the rows of an archive back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "archive.h"
#include "planner/base/json.h"
#include "retention_private.h"

#define LINE_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define PUT_BYTES      ((size_t)4 * 1024 * 1024) /* of one transaction */

struct reader {
    struct req *rq;
    const struct retention_order *order;
    FILE *file;
    char *line; /* owned; getline() */
    size_t cap;
    int64_t n; /* lines read */
};
static void reader_close(struct reader *reader)
{
    if (reader->file != NULL)
        (void)fclose(reader->file);
    free(reader->line);
}
#define OWN_READER __attribute__((cleanup(reader_close))) struct reader

struct put {
    struct opt_int rows;
};
static const struct field put_fields[] = {ROW_INT(struct put, rows, REQUIRED), FIELD_END};

/* A line as span of one JSON object; *ret_line.ptr NULL at the end. */
static enum status next_line(struct reader *r, struct span *ret_line)
{
    struct json_fault fault;
    const ssize_t len = getline(&r->line, &r->cap, r->file);

    *ret_line = (struct span){NULL, 0};
    if (len < 0)
        return feof(r->file) != 0 ? ST_OK
                                  : req_fail(r->rq, ST_UNAVAILABLE,
                                             "the archive cannot be read: %s", strerror(errno));
    r->n++;
    if ((size_t)len > LINE_MAX_BYTES || r->line[len - 1] != '\n' ||
        !json_check(r->line, (size_t)len - 1, &fault) || fault.unfit != NULL || r->line[0] != '{')
        return req_fail(r->rq, ST_INVALID,
                        "line %lld of the archive is not what retention has written; take another "
                        "copy of it",
                        (long long)r->n);
    *ret_line = (struct span){r->line, (size_t)len - 1};
    return ST_OK;
}

static bool is_part(struct span line, const char *name)
{
    const struct span part = json_member(line, "part");
    const size_t len = strlen(name);

    return part.len == len + 2 && memcmp(part.ptr + 1, name, len) == 0;
}

static enum status check_head(struct reader *r, struct span line)
{
    const struct span version = json_member(line, "version");
    const struct span format = json_member(line, "format");

    if (line.ptr == NULL || !is_part(line, "archive") || format.ptr == NULL ||
        !span_is(format, "\"" ARCHIVE_FORMAT "\""))
        return req_fail(r->rq, ST_INVALID, "the file is no archive of mcp-planner retention");
    if (!span_is(version, "1"))
        return req_fail(r->rq, ST_INVALID,
                        "the archive is of version %.*s, which this program does not know; use a "
                        "newer one",
                        (int)version.len, version.ptr == NULL ? "" : version.ptr);
    return ST_OK;
}

/* The whole file, before anything is changed: header, every line, number of rows, sum. */
static enum status check_file(struct reader *r)
{
    OWN_SHA256 *sum = sha256_new();
    char hex[SHA256_HEX_LEN + 1];
    struct span line;
    struct span last = {NULL, 0};
    bool ended = false;

    TRY(next_line(r, &line));
    TRY(check_head(r, line));
    while (line.ptr != NULL && !ended) {
        sha256_add(sum, line.ptr, line.len + 1);
        TRY(next_line(r, &line));
        ended = line.ptr != NULL && is_part(line, "end");
    }
    sha256_text(sum, hex);
    last = ended ? json_member(line, "sha256") : last;
    if (last.len != SHA256_HEX_LEN + 2 || memcmp(last.ptr + 1, hex, SHA256_HEX_LEN) != 0)
        return req_fail(r->rq, ST_INVALID,
                        "the archive is not whole, or was changed (line %lld); take another copy "
                        "of it",
                        (long long)r->n);
    rewind(r->file);
    r->n = 0;
    return ST_OK;
}

static enum status put(struct reader *r, struct json_out *batch, bool audit, int64_t *missing)
{
    const struct query *q = audit ? &q_retention_restore_audit : &q_retention_restore;
    struct put put = {0};

    json_end(batch, ']');
    TRY(retention_write(r->rq, q, PARAMS(json_text(batch)), INTO(put_fields, &put), true));
    *missing += put.rows.v;
    return ST_OK;
}

/*
 * Lines until the batch is full, the audit begins or ends, the file ends or a cut begins, which is
 * left in *line.
 */
static enum status put_batch(struct reader *r, struct span *line, struct retention_restored *done)
{
    const bool audit = is_part(*line, "audit");
    struct retention_apart apart;
    struct json_out batch;
    enum status status = ST_OK;
    int64_t n = 0;

    retention_apart(r->rq, &apart);
    batch = (struct json_out)JSON_OUT_IN(r->rq->arena);
    json_begin(&batch, '[');
    while (status == ST_OK && line->ptr != NULL && !is_part(*line, "cut") &&
           !is_part(*line, "end") && is_part(*line, "audit") == audit && n < r->order->batch &&
           batch.buf.len < PUT_BYTES) {
        json_raw(&batch, line->ptr, line->len);
        n++;
        status = next_line(r, line);
    }
    if (status == ST_OK && n > 0)
        status = put(r, &batch, audit, &done->missing);
    retention_apart_end(r->rq, &apart);
    done->rows += n;
    if (r->order->progress != NULL)
        r->order->progress(r->order->ctx, "put back", done->rows, 0);
    return status;
}

static const char *raw_text(struct req *rq, struct span value)
{
    if (value.len > 1 && value.ptr[0] == '"')
        return arena_copy(rq->arena, value.ptr + 1, value.len - 2);
    return value.ptr == NULL ? NULL : arena_copy(rq->arena, value.ptr, value.len);
}

/* One cut: its rows, then that it is back. *line is its first line, and the one behind it. */
static enum status put_cut(struct reader *r, struct span *line, struct retention_restored *done)
{
    const struct span row = json_member(*line, "row");
    const char *project = raw_text(r->rq, json_member(row, "project_id"));
    const char *cut = raw_text(r->rq, json_member(row, "cut"));

    TRY(next_line(r, line));
    while (line->ptr != NULL && !is_part(*line, "cut") && !is_part(*line, "end"))
        TRY(put_batch(r, line, done));
    if (project == NULL || cut == NULL)
        return req_fail(r->rq, ST_INVALID, "a cut of the archive has no name");
    TRY(retention_write(r->rq, &q_retention_restored, PARAMS(project, cut), INTO_NOTHING, true));
    done->cuts++;
    return ST_OK;
}

static enum status explain(struct req *rq, enum status status)
{
    if (status != ST_CONFLICT)
        return status;
    return req_fail(rq, ST_CONFLICT,
                    "what the archive has does not fit this store: %s; it goes back into the store "
                    "that it came from, and only a whole project into another",
                    rq->message);
}

enum status retention_restore(struct req *rq, const char *path, const struct retention_order *order,
                              struct retention_restored *ret_restored)
{
    OWN_READER reader = {.rq = rq, .order = order, .file = fopen(path, "re")};
    struct retention_restored done = {0};
    struct span line;

    if (reader.file == NULL)
        return req_fail(rq, ST_INVALID, "'%s' cannot be read: %s", path, strerror(errno));
    TRY(check_file(&reader));
    TRY(next_line(&reader, &line));
    TRY(next_line(&reader, &line));
    while (line.ptr != NULL && is_part(line, "cut"))
        TRY(explain(rq, put_cut(&reader, &line, &done)));
    *ret_restored = done;
    return ST_OK;
}
