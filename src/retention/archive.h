/*
 * The file of a run: JSON Lines, a header, lines as the store gives them, a trailer with their
 * number and the SHA-256 of all before it. It has its name when it is whole and on disk, and never
 * replaces another one (base/newfile.h).
 */
#ifndef PLANNER_RETENTION_ARCHIVE_H
#define PLANNER_RETENTION_ARCHIVE_H

#include "planner/base/newfile.h"
#include "planner/base/req.h"
#include "planner/base/sha256.h"

#define ARCHIVE_FORMAT  "mcp-planner-archive"
#define ARCHIVE_VERSION 1

struct archive {
    const char *path; /* whole, of the finished file */
    const char *name; /* without the directory */
    struct newfile file;
    struct sha256 *sum;
    int64_t cuts, rows, bytes; /* rows: lines but for the first, the last and those of cuts */
};

/* A file that is not there yet: `where` itself, or one named by the time in the directory it is. */
enum status archive_open(struct req *rq, const char *where, struct archive *ret_archive) MUST_CHECK;
/* The line that says of what the rows behind it are, without its end. */
enum status archive_begin_cut(struct req *rq, struct archive *archive, const char *line) MUST_CHECK;
enum status archive_write(struct req *rq, struct archive *archive, const char *lines,
                          int64_t rows) MUST_CHECK;
/* Trailer, sync, name. ret_hex is that of the trailer. */
enum status archive_finish(struct req *rq, struct archive *archive,
                           char ret_hex[SHA256_HEX_LEN + 1]) MUST_CHECK;
/* Away with what is not finished. Harmless afterwards. */
void archive_drop(struct archive *archive);
#define OWN_ARCHIVE __attribute__((cleanup(archive_drop))) struct archive

#endif
