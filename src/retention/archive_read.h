/*
 * An archive that is read: all of it once, to know that it is whole and which cuts are in it, then
 * the rows of each cut, as often as wanted. Lines are borrowed until the next one is read.
 */
#ifndef PLANNER_RETENTION_ARCHIVE_READ_H
#define PLANNER_RETENTION_ARCHIVE_READ_H

#include <stdio.h>

#include "planner/base/json.h"
#include "planner/base/sha256.h"
#include "retention_private.h"

struct archive_reader {
    struct req *rq;
    FILE *file;
    char *line; /* owned; getline() */
    size_t cap;
    int64_t n; /* lines read */
};

/* A cut as the file has it; numbers are text as they stand there, NULL where there is none. */
struct archive_cut {
    const char *project_id, *slug, *kind, *id;
    /* What tells by how much change numbers were moved when they were put into a store before. */
    const char *change, *audit_id, *audit_change, *undo_change, *cut_id, *cut_change;
    int64_t rows;
    int64_t line; /* its own */
    off_t at;     /* of its first row */
};

struct archive_index {
    struct archive_cut *cuts;
    size_t n;
    int64_t rows;
    char sha256[SHA256_HEX_LEN + 1];
};

/* ST_INVALID when it cannot be read from its beginning. */
enum status archive_reader_open(struct req *rq, int fd,
                                struct archive_reader *ret_reader) MUST_CHECK;
/* Header, every line, the numbers, the sum. ST_INVALID with what is wrong, and in which line. */
enum status archive_index_read(struct archive_reader *reader,
                               struct archive_index *ret_index) MUST_CHECK;
/* Go to the first row of a cut; *ret_line is it. */
enum status archive_seek(struct archive_reader *reader, const struct archive_cut *cut,
                         struct span *ret_line) MUST_CHECK;
/* The next line, without its end; ptr NULL at the end of the file. */
enum status archive_line_read(struct archive_reader *reader, struct span *ret_line) MUST_CHECK;
/* Of a row; RETENTION_PARTS: something else, where a cut ends. */
enum retention_part archive_line_part(struct span line);
void archive_reader_close(struct archive_reader *reader);
#define OWN_ARCHIVE_READER __attribute__((cleanup(archive_reader_close))) struct archive_reader

#endif
