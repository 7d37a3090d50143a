/*
 * An archive as pg_restore writes it out, run statement by statement in our own session: so that it
 * is one transaction with what comes before and after, and connects as everything of ours does.
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "dump_private.h"
#include "planner/base/buf.h"
#include "planner/base/memory.h"
#include "planner/cluster/programs.h"

#define SQL_MAX   ((size_t)64 * 1024 * 1024) /* of a section without its rows */
#define PIECE_MIN 65536                      /* of rows, before they are put */

/* Lines on their way from the program to the server. */
struct reader {
    struct load_stream *stream;
    struct arena arena; /* of sql and rows */
    FILE *file;
    char *line; /* getline(3) */
    size_t size;
    ssize_t len;
    struct buf sql;
    struct buf rows;
};

static bool reader_next(struct reader *r)
{
    r->len = getline(&r->line, &r->size, r->file);
    return r->len >= 0;
}

static bool line_begins(const struct reader *r, const char *with)
{
    return strncmp(r->line, with, strlen(with)) == 0;
}

static bool line_ends(const struct reader *r, const char *with)
{
    const size_t len = strlen(with);

    return (size_t)r->len >= len && strcmp(r->line + (size_t)r->len - len, with) == 0;
}

/* What is for psql, and what a server older than the program does not know. */
static bool is_for_others(const struct reader *r)
{
    return line_begins(r, "\\restrict ") || line_begins(r, "\\unrestrict ") ||
           line_begins(r, "SET transaction_timeout");
}

static enum status run_sql(struct reader *r)
{
    const enum status status =
        r->sql.len == 0 ? ST_OK : runner_sql(r->stream->run, buf_str(&r->sql));

    r->sql.len = 0;
    return status;
}

static enum status put_rows(struct reader *r)
{
    struct load_stream *stream = r->stream;
    const enum status status = runner_copy_put(stream->run, buf_str(&r->rows), r->rows.len);

    stream->done += (int64_t)r->rows.len;
    r->rows.len = 0;
    req_progress(stream->run->rq, (double)stream->done, (double)stream->total, "loading rows");
    return status;
}

/* From the statement on to the line that ends its rows. */
static enum status copy_table(struct reader *r)
{
    TRY(run_sql(r));
    TRY(runner_copy_begin(r->stream->run, r->line));
    while (reader_next(r) && strcmp(r->line, "\\.\n") != 0) {
        buf_add(&r->rows, r->line, (size_t)r->len);
        if (r->rows.len >= PIECE_MIN)
            TRY(put_rows(r));
    }
    TRY(put_rows(r));
    return runner_copy_end(r->stream->run);
}

/* Bodies of functions are not among the data, so a line that looks like a COPY is one. */
static enum status read_all(struct reader *r, bool has_rows)
{
    while (reader_next(r)) {
        if (has_rows && line_begins(r, "COPY ") && line_ends(r, " FROM stdin;\n"))
            TRY(copy_table(r));
        else if (!is_for_others(r))
            buf_add(&r->sql, r->line, (size_t)r->len);
    }
    return run_sql(r);
}

/* The last statements are run before it is known how pg_restore ended: nothing is committed yet. */
static enum status read_section(struct reader *r, const char *section, pid_t pid, int fd, int says)
{
    struct req *rq = r->stream->run->rq;
    const char *said = NULL;
    enum status status = ST_OK;
    bool ok = false;

    r->file = fdopen(fd, "r");
    if (r->file == NULL) {
        (void)close(fd);
        (void)kill(pid, SIGTERM);
        (void)program_wait(pid);
        return req_bug(rq, "fdopen: out of memory");
    }
    status = read_all(r, strcmp(section, "data") == 0);
    (void)fclose(r->file); /* it is told to end where we did not read on */
    ok = program_wait(pid);
    said = dump_heard(rq, says);
    if (ok || status != ST_OK)
        return status;
    return req_fail(rq, ST_CONFLICT, "pg_restore cannot read the backup (%s); take another one",
                    said);
}

enum status load_section(struct load_stream *stream, const char *section)
{
    struct req *rq = stream->run->rq;
    struct reader r = {.stream = stream};
    const char *const argv[] = {
        stream->program,    arena_printf(rq->arena, "--section=%s", section),
        "--no-owner",       "--no-privileges",
        "--no-tablespaces", "--file=-",
        stream->path,       NULL};
    OWN_HEARING says = dump_hear();
    enum status status = ST_OK;
    pid_t pid = -1;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return req_fail(rq, ST_UNAVAILABLE, "pg_restore cannot be started");
    pid = program_start(argv, (struct program_io){-1, fds[1], SIGTERM, says});
    (void)close(fds[1]);
    if (pid < 0) {
        (void)close(fds[0]);
        return req_fail(rq, ST_UNAVAILABLE, "pg_restore cannot be started");
    }
    arena_init(&r.arena, SQL_MAX);
    r.sql = BUF_IN(&r.arena);
    r.rows = BUF_IN(&r.arena);
    status = read_section(&r, section, pid, fds[0], says);
    free(r.line);
    arena_destroy(&r.arena);
    return status;
}
