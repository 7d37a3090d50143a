/* The kinds of lines, and writing them. */
#include "planner/exchange/record.h"

#include <errno.h>

#include "planner/base/field.h"
#include "planner/base/memory.h"

#define BUFFER ((size_t)64 * 1024) /* bytes that are kept before the sink gets them */

const char *const record_kind_names[RECORD_KINDS] = {
    [RECORD_NONE] = "",
    [RECORD_PROJECT] = "project",
    [RECORD_ITEM] = "item",
    [RECORD_ITERATION] = "iteration",
    [RECORD_STEP] = "step",
    [RECORD_DISPUTE] = "dispute",
    [RECORD_DEPENDENCY] = "dependency",
    [RECORD_EVIDENCE] = "evidence",
    [RECORD_CLAIM] = "claim",
    [RECORD_AUDIT] = "audit",
    [RECORD_UNDO] = "undo",
    [RECORD_CUT] = "cut",
    [RECORD_PURGED] = "purged",
    [RECORD_ORIGIN] = "origin",
    [RECORD_REQUEST] = "request",
};

const char *const record_scope_names[] = {"store", "projects", "archive", NULL};

enum record_kind record_kind_find(struct span name)
{
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        if (span_is(name, record_kind_names[kind]))
            return kind;
    }
    return RECORD_NONE;
}

struct record_writer {
    struct req *rq;
    struct record_sink sink;
    struct sha256 *sum;
    struct record_sums sums;
    size_t len; /* of what is in the buffer */
    char buffer[BUFFER];
};

struct record_writer *record_writer_new(struct req *rq, const struct record_sink *sink)
{
    struct record_writer *writer = memory_alloc(sizeof(*writer));

    writer->rq = rq;
    writer->sink = *sink;
    writer->sum = sha256_new();
    writer->sums = (struct record_sums){.lines = 0};
    writer->len = 0;
    return writer;
}

void record_writer_drop(struct record_writer **writer)
{
    if (*writer == NULL)
        return;
    sha256_drop(&(*writer)->sum);
    memory_free(*writer);
    *writer = NULL;
}

static enum status sink_write(struct record_writer *writer, const char *bytes, size_t len)
{
    if (writer->sink.write(writer->sink.ctx, bytes, len))
        return ST_OK;
    return req_fail(writer->rq, ST_UNAVAILABLE, "the export cannot be written (%s)",
                    strerror(errno));
}

static enum status flush(struct record_writer *writer)
{
    const size_t len = writer->len;

    writer->len = 0;
    return len == 0 ? ST_OK : sink_write(writer, writer->buffer, len);
}

static enum status put(struct record_writer *writer, const char *bytes, size_t len)
{
    if (len > BUFFER - writer->len)
        TRY(flush(writer));
    if (len > BUFFER)
        return sink_write(writer, bytes, len);
    memcpy(writer->buffer + writer->len, bytes, len);
    writer->len += len;
    return ST_OK;
}

/* A part of a line that is counted. */
static enum status put_summed(struct record_writer *writer, const char *bytes, size_t len)
{
    sha256_add(writer->sum, bytes, len);
    writer->sums.bytes += (int64_t)len;
    return put(writer, bytes, len);
}

static enum status put_line(struct record_writer *writer, const char *name, const char *row,
                            size_t len)
{
    TRY(put_summed(writer, "{\"", 2));
    TRY(put_summed(writer, name, strlen(name)));
    TRY(put_summed(writer, "\":", 2));
    TRY(put_summed(writer, row, len));
    writer->sums.lines++;
    return put_summed(writer, "}\n", 2);
}

enum status record_write_header(struct record_writer *writer, const struct record_header *header)
{
    struct json_out out = JSON_OUT_IN(writer->rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "format", "mcp-planner");
    json_put_int(&out, "version", header->version);
    json_put_int(&out, "schema", header->schema);
    json_put_str(&out, "scope", field_choice(record_scope_names, (int)header->scope));
    json_end(&out, '}');
    return put_line(writer, "header", json_text(&out), out.buf.len);
}

enum status record_write(struct record_writer *writer, enum record_kind kind, const char *row,
                         size_t len)
{
    writer->sums.counts[kind]++;
    return put_line(writer, record_kind_names[kind], row, len);
}

enum status record_write_end(struct record_writer *writer)
{
    struct json_out out = JSON_OUT_IN(writer->rq->arena);
    struct record_sums *sums = &writer->sums;

    sha256_text(writer->sum, sums->sha256);
    json_begin(&out, '{');
    json_key(&out, "trailer");
    json_begin(&out, '{');
    json_put_int(&out, "lines", sums->lines);
    json_key(&out, "counts");
    json_begin(&out, '{');
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        if (sums->counts[kind] > 0)
            json_put_int(&out, record_kind_names[kind], sums->counts[kind]);
    }
    json_end(&out, '}');
    json_put_str(&out, "sha256", sums->sha256);
    json_end(&out, '}');
    json_end(&out, '}');
    TRY(put(writer, json_text(&out), out.buf.len));
    TRY(put(writer, "\n", 1));
    return flush(writer);
}

const struct record_sums *record_written(const struct record_writer *writer)
{
    return &writer->sums;
}
