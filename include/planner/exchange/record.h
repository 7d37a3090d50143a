/*
 * The format of an export: a line per row, docs/EXPORT.md has the members of each kind.
 *
 *   {"header":{"format":"mcp-planner","version":1,"schema":4,"scope":"store"}}
 *   {"project":{...}}     a project; what follows is its own, kinds in the order of record_kind
 *   {"item":{...}}
 *   ...
 *   {"trailer":{"lines":2,"counts":{"project":1,"item":1},"sha256":"..."}}
 *
 * The writer and the reader know lines, kinds and their order, counts and the sum, but no row:
 * what a row means is the database's to say. Both work through a buffer of a line, whatever the
 * size of the whole. Nothing in the header varies from run to run, so that the same state is the
 * same bytes.
 */
#ifndef PLANNER_EXCHANGE_RECORD_H
#define PLANNER_EXCHANGE_RECORD_H

#include <sys/types.h>

#include "planner/base/json.h"
#include "planner/base/req.h"
#include "planner/base/sha256.h"

#define RECORD_VERSION  1
#define RECORD_LINE_MAX ((size_t)16 * 1024 * 1024) /* bytes of a line */

/* In the order in which they stand in a project; what a row refers to stands before it. */
enum record_kind {
    RECORD_NONE,
    RECORD_PROJECT,
    RECORD_ITEM, /* parents before their children */
    RECORD_ITERATION,
    RECORD_STEP,
    RECORD_DISPUTE,
    RECORD_DEPENDENCY,
    RECORD_EVIDENCE,
    RECORD_CLAIM,
    RECORD_AUDIT,
    RECORD_UNDO,
    RECORD_CUT,     /* where retention cut the past off */
    RECORD_PURGED,  /* an item that it took out */
    RECORD_ORIGIN,  /* what an importer found no place for */
    RECORD_REQUEST, /* of no project: behind all of them */
    RECORD_KINDS
};
extern const char *const record_kind_names[RECORD_KINDS]; /* "" for RECORD_NONE */
/* RECORD_NONE when there is no kind of that name. */
enum record_kind record_kind_find(struct span name);

/* What the lines are of. */
enum record_scope {
    RECORD_STORE = 1, /* everything */
    RECORD_PROJECTS,  /* some projects, each whole */
    RECORD_ARCHIVE    /* what retention took out: projects without some of their rows */
};
extern const char *const record_scope_names[]; /* by scope - 1, ended by NULL */

struct record_header {
    int64_t version; /* of the format */
    int64_t schema;  /* the newest migration of the store it came from */
    enum record_scope scope;
};

struct record {
    enum record_kind kind;
    int64_t line;    /* from 1 */
    struct span row; /* a JSON object; borrowed until the next one is read or written */
};

/* ------------------------------------------------------------------ writing */

/* Where the bytes go. False, with errno, when they could not be written. */
struct record_sink {
    void *ctx;
    bool (*write)(void *ctx, const char *bytes, size_t len);
};

/* Scoped. Borrows rq and the sink's ctx. */
struct record_writer;
struct record_writer *record_writer_new(struct req *rq, const struct record_sink *sink);
void record_writer_drop(struct record_writer **writer);
#define OWN_RECORD_WRITER __attribute__((cleanup(record_writer_drop))) struct record_writer

/* Once each, first and last. ST_UNAVAILABLE: the sink failed. */
enum status record_write_header(struct record_writer *writer,
                                const struct record_header *header) MUST_CHECK;
/* `row` is a JSON object without a line break, as row_to_json makes it. */
enum status record_write(struct record_writer *writer, enum record_kind kind, const char *row,
                         size_t len) MUST_CHECK;
/* The trailer, and all that is still in memory. */
enum status record_write_end(struct record_writer *writer) MUST_CHECK;

/* What was written or read so far. Borrowed from its writer or reader. */
struct record_sums {
    int64_t counts[RECORD_KINDS];
    int64_t lines;                   /* without the trailer */
    int64_t bytes;                   /* without the trailer */
    char sha256[SHA256_HEX_LEN + 1]; /* of these bytes; set by the trailer */
};
const struct record_sums *record_written(const struct record_writer *writer);

/* ------------------------------------------------------------------ reading */

/* Where the bytes come from: how many were read, 0 at the end, -1 with errno. */
struct record_source {
    void *ctx;
    ssize_t (*read)(void *ctx, char *bytes, size_t size);
};

/* Scoped. Borrows rq and the source's ctx. */
struct record_reader;
struct record_reader *record_reader_new(struct req *rq, const struct record_source *source);
void record_reader_drop(struct record_reader **reader);
#define OWN_RECORD_READER __attribute__((cleanup(record_reader_drop))) struct record_reader

/*
 * The first line. ST_INVALID: it is no export, or of a newer version; "line 1: ..." says which.
 */
enum status record_read_header(struct record_reader *reader,
                               struct record_header *ret_header) MUST_CHECK;
/*
 * The next row; kind RECORD_NONE when the trailer was read and everything is as it says. Every
 * line is JSON that the database can hold, of a known kind, in its place; the row is an object.
 * ST_INVALID: "line N: ..." says what is wrong; ST_UNAVAILABLE: the source cannot be read.
 */
enum status record_read(struct record_reader *reader, struct record *ret_record) MUST_CHECK;
const struct record_sums *record_was_read(const struct record_reader *reader);

#endif
