/*
 * Reading lines. The gate of base/json.h looks at every byte; what it lets through is walked
 * without a tree.
 */
#include <errno.h>

#include "planner/base/field.h"
#include "planner/base/memory.h"
#include "planner/exchange/record.h"

#define BUFFER_FIRST ((size_t)64 * 1024) /* bytes; grows to a line and doubles */

struct record_reader {
    struct req *rq;
    struct record_source source;
    struct sha256 *sum;
    struct record_sums sums;
    char *bytes; /* [from, to) was read and not handed out */
    size_t from, to, cap;
    bool at_end;           /* of the source */
    enum record_kind last; /* the kind of the line before */
};

struct record_reader *record_reader_new(struct req *rq, const struct record_source *source)
{
    struct record_reader *reader = memory_alloc(sizeof(*reader));

    *reader = (struct record_reader){.rq = rq, .source = *source, .cap = BUFFER_FIRST};
    reader->sum = sha256_new();
    reader->bytes = memory_alloc(reader->cap);
    return reader;
}

void record_reader_drop(struct record_reader **reader)
{
    if (*reader == NULL)
        return;
    sha256_drop(&(*reader)->sum);
    memory_free((*reader)->bytes);
    memory_free(*reader);
    *reader = NULL;
}

const struct record_sums *record_was_read(const struct record_reader *reader)
{
    return &reader->sums;
}

/* ------------------------------------------------------------------ lines */

static enum status refuse(struct record_reader *reader, const char *what)
{
    return req_fail(reader->rq, ST_INVALID, "line %lld: %s", (long long)reader->sums.lines + 1,
                    what);
}

/* Room behind what is there: by moving it to the front, else by more memory. */
static void make_room(struct record_reader *reader)
{
    const size_t left = reader->to - reader->from;

    if (reader->from > 0) {
        memmove(reader->bytes, reader->bytes + reader->from, left);
        reader->from = 0;
        reader->to = left;
    }
    if (reader->to == reader->cap) {
        reader->cap *= 2;
        reader->bytes = memory_grow(reader->bytes, reader->cap);
    }
}

static enum status read_more(struct record_reader *reader)
{
    ssize_t n = 0;

    if (reader->to == reader->cap)
        make_room(reader);
    n = reader->source.read(reader->source.ctx, reader->bytes + reader->to,
                            reader->cap - reader->to);
    if (n < 0)
        return req_fail(reader->rq, ST_UNAVAILABLE, "the file cannot be read (%s)",
                        strerror(errno));
    reader->at_end = n == 0;
    reader->to += (size_t)n;
    return ST_OK;
}

/* The next line without its end; *ret_line.ptr NULL: there is none. Not counted yet. */
static enum status next_line(struct record_reader *reader, struct span *ret_line)
{
    size_t looked = 0;

    for (;;) {
        const size_t n = reader->to - reader->from;
        const char *start = reader->bytes + reader->from;
        const char *end = memchr(start + looked, '\n', n - looked);
        if (end != NULL ? (size_t)(end - start) > RECORD_LINE_MAX : n > RECORD_LINE_MAX)
            return refuse(reader, "is longer than 16 MiB");
        if (end != NULL) {
            *ret_line = (struct span){start, (size_t)(end - start)};
            reader->from += ret_line->len + 1;
            return ST_OK;
        }
        if (reader->at_end && n > 0)
            return refuse(reader, "the file is cut off in this line; take a whole copy of it");
        if (reader->at_end) {
            *ret_line = (struct span){0};
            return ST_OK;
        }
        looked = n;
        TRY(read_more(reader));
    }
}

/* A name from the file, for a sentence. */
static const char *shown(struct record_reader *reader, struct span name)
{
    return name.len <= 60 ? arena_copy(reader->rq->arena, name.ptr, name.len) : "a long name";
}

/* The line belongs to what is summed up. */
static void count_line(struct record_reader *reader, struct span line)
{
    sha256_add(reader->sum, line.ptr, line.len);
    sha256_add(reader->sum, "\n", 1);
    reader->sums.lines++;
    reader->sums.bytes += (int64_t)line.len + 1;
}

/* A line is an object with one member, an object. */
static enum status split_line(struct record_reader *reader, struct span line, struct span *ret_name,
                              struct span *ret_row)
{
    struct json_fault fault;
    struct span more_name = {0};
    struct span more = {0};
    size_t pos = 0;

    if (!json_check_stored(line.ptr, line.len, &fault))
        return req_fail(reader->rq, ST_INVALID, "line %lld: is no JSON (byte %zu: %s)",
                        (long long)reader->sums.lines + 1, fault.at + 1, fault.what);
    if (fault.unfit != NULL)
        return req_fail(reader->rq, ST_INVALID, "line %lld: '%s' %s",
                        (long long)reader->sums.lines + 1, shown(reader, fault.unfit_name),
                        fault.unfit);
    if (line.ptr[0] != '{' || !json_next(line, &pos, ret_name, ret_row) ||
        json_next(line, &pos, &more_name, &more) || ret_row->ptr[0] != '{')
        return refuse(reader, "is not {\"KIND\":{...}}; docs/EXPORT.md has the format");
    return ST_OK;
}

/* ------------------------------------------------------------------ header and trailer */

static bool take_int(struct span value, int64_t *ret_value)
{
    char text[24];
    char *end = NULL;

    if (value.ptr == NULL || value.len == 0 || value.len >= sizeof(text))
        return false;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    errno = 0;
    *ret_value = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* A string without escapes, between its quotes. */
static struct span unquoted(struct span value)
{
    if (value.ptr == NULL || value.len < 2 || value.ptr[0] != '"')
        return (struct span){0};
    return (struct span){value.ptr + 1, value.len - 2};
}

static enum record_scope scope_of(struct span value)
{
    const struct span text = unquoted(value);

    for (int i = 0; record_scope_names[i] != NULL; i++) {
        if (span_is(text, record_scope_names[i]))
            return (enum record_scope)(i + 1);
    }
    return 0;
}

static enum status check_version(struct record_reader *reader, int64_t version)
{
    if (version == RECORD_VERSION)
        return ST_OK;
    return req_fail(reader->rq, ST_INVALID,
                    "line 1: the file has version %lld of the format, and this program knows %d; "
                    "take a newer mcp-planner",
                    (long long)version, RECORD_VERSION);
}

enum status record_read_header(struct record_reader *reader, struct record_header *ret_header)
{
    struct record_header header = {0};
    struct span line = {0};
    struct span name = {0};
    struct span row = {0};

    TRY(next_line(reader, &line));
    if (line.ptr == NULL)
        return req_fail(reader->rq, ST_INVALID, "the file is empty");
    TRY(split_line(reader, line, &name, &row));
    if (!span_is(name, "header") || !span_is(unquoted(json_member(row, "format")), "mcp-planner"))
        return refuse(reader, "is not the header of an export of mcp-planner");
    if (!take_int(json_member(row, "version"), &header.version))
        return refuse(reader, "the header says no version");
    TRY(check_version(reader, header.version));
    header.scope = scope_of(json_member(row, "scope"));
    if (!take_int(json_member(row, "schema"), &header.schema) || header.scope == 0)
        return refuse(reader, "the header says no schema or no scope");
    count_line(reader, line);
    *ret_header = header;
    return ST_OK;
}

static enum status check_counts(struct record_reader *reader, struct span counts)
{
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        const struct span value = json_member(counts, record_kind_names[kind]);
        int64_t told = 0;
        if (value.ptr != NULL && !take_int(value, &told))
            return refuse(reader, "the trailer has no numbers");
        if (told != reader->sums.counts[kind])
            return req_fail(reader->rq, ST_INVALID,
                            "line %lld: the trailer counts %lld lines of kind %s, and there are "
                            "%lld; the file was changed",
                            (long long)reader->sums.lines + 1, (long long)told,
                            record_kind_names[kind], (long long)reader->sums.counts[kind]);
    }
    return ST_OK;
}

static enum status read_trailer(struct record_reader *reader, struct span row)
{
    struct span after = {0};
    int64_t lines = 0;

    if (!take_int(json_member(row, "lines"), &lines) || lines != reader->sums.lines)
        return refuse(reader, "the trailer counts other lines than there are; the file was "
                              "changed");
    TRY(check_counts(reader, json_member(row, "counts")));
    sha256_text(reader->sum, reader->sums.sha256);
    if (!span_is(unquoted(json_member(row, "sha256")), reader->sums.sha256))
        return refuse(reader, "the sum (sha256) is that of other bytes; the file was changed or "
                              "damaged");
    TRY(next_line(reader, &after));
    if (after.ptr != NULL)
        return refuse(reader, "something follows the trailer");
    return ST_OK;
}

/* ------------------------------------------------------------------ rows */

/* Kinds ascend within a project, and what is of no project is behind all of them. */
static bool is_in_place(const struct record_reader *reader, enum record_kind kind)
{
    if (reader->last == RECORD_NONE)
        return kind == RECORD_PROJECT || kind == RECORD_REQUEST;
    if (kind == RECORD_PROJECT)
        return reader->last != RECORD_REQUEST;
    return kind >= reader->last;
}

static enum status take_row(struct record_reader *reader, struct span line, struct span name,
                            struct span row, struct record *ret_record)
{
    const enum record_kind kind = record_kind_find(name);

    if (kind == RECORD_NONE)
        return req_fail(reader->rq, ST_INVALID,
                        "line %lld: '%s' is no kind of row that this program knows",
                        (long long)reader->sums.lines + 1, shown(reader, name));
    if (!is_in_place(reader, kind))
        return req_fail(reader->rq, ST_INVALID, "line %lld: the kind %s cannot stand behind %s",
                        (long long)reader->sums.lines + 1, record_kind_names[kind],
                        reader->last == RECORD_NONE ? "the header"
                                                    : record_kind_names[reader->last]);
    count_line(reader, line);
    reader->sums.counts[kind]++;
    reader->last = kind;
    *ret_record = (struct record){kind, reader->sums.lines, row};
    return ST_OK;
}

enum status record_read(struct record_reader *reader, struct record *ret_record)
{
    struct span line = {0};
    struct span name = {0};
    struct span row = {0};

    TRY(next_line(reader, &line));
    if (line.ptr == NULL)
        return refuse(reader, "the trailer is missing: the file is cut off; take a whole copy "
                              "of it");
    TRY(split_line(reader, line, &name, &row));
    if (!span_is(name, "trailer"))
        return take_row(reader, line, name, row, ret_record);
    TRY(read_trailer(reader, row));
    *ret_record = (struct record){.kind = RECORD_NONE, .line = reader->sums.lines + 1};
    return ST_OK;
}
