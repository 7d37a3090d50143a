/*
 * The benchmark: the program's calls against pgbench running the very same statements, in one run.
 *
 * Everything here ends the process with a sentence when something does not work (die): a figure
 * that was measured on a failing call is worth nothing. Times are microseconds unless said
 * otherwise. Texts made by format() are never freed; the process is short.
 */
#ifndef PLANNER_BENCH_H
#define PLANNER_BENCH_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PRINTF_LIKE(fmt_at, args_at) __attribute__((format(__printf__, fmt_at, args_at)))
#define COUNT_OF(array)              (sizeof(array) / sizeof((array)[0]))

/* util.c */
_Noreturn void die(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *format(const char *fmt, ...) PRINTF_LIKE(1, 2);
void *zeroed(size_t n, size_t size);
char *read_file(const char *path);
void write_file(const char *path, const char *text);
double elapsed_us(int64_t since_ns);
int64_t now_ns(void);
/* Sorts. part is 0..1. */
double percentile(double *values, size_t n, double part);
double median(double *values, size_t n);
/* Run and wait; stdout goes to `output` (a path). Dies unless it exits with 0. */
void run(const char *const *argv, const char *output);

/* server.c: one process of the program, spoken to over pipes. */
struct server {
    pid_t pid;
    int in;
    int out;
    char *buffer;
    size_t len;
    size_t cap;
    long id;
};
/* extra: NULL-ended arguments after `serve`. Initialised, and connected by a first call. */
void server_start(struct server *server, const char *binary, const char *const *extra);
/* Exec, initialize, first answer; the time from before the exec. The process is ended again. */
double server_start_time(const char *binary, const char *const *extra);
/* Only that: exec of argv until its first line. */
double first_line_time(const char *const *argv, const char *input);
/* One tools/call; returns microseconds from the request written to the answer read. */
double server_call(struct server *server, const char *tool, const char *arguments);
/* All of them at once, written as fast as they are taken; returns microseconds for all answers. */
double server_pipeline(struct server *server, char **lines, size_t n);
char *server_line(struct server *server, const char *tool, const char *arguments);
void server_stop(struct server *server);

/* script.c: pgbench scripts out of sql/queries. */
struct script {
    char *text;
    const char *queries;      /* directory */
    const char *defines[256]; /* NAME=VALUE, for -D */
    size_t n_defines;
};
#define P(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NUL    "\1" /* the parameter is null */
/*
 * Add a statement with its parameters in order: NUL, "=EXPRESSION" over pgbench variables, or a
 * constant, which is bound like any parameter.
 */
void script_add(struct script *script, const char *query, const char *const *params);
void script_text(struct script *script, const char *line);
/* The session settings of the program, from sql/queries/session_settings.sql, as PGOPTIONS. */
char *script_session_options(const char *queries);

/* pgbench.c */
struct latencies {
    double *us;
    size_t n;
};
void pgbench_run(const char *conninfo, const struct script *script, const char *directory,
                 size_t transactions, struct latencies *ret_latencies);

/* ops.c: what is measured. */
struct op {
    const char *name;
    const char *slug_server;
    const char *slug_pgbench;
    /* The i-th call (or calls, ended by NULL) of the program: tool and arguments in turn. */
    void (*calls)(const struct op *op, long i, const char **ret_calls);
    /* The script for transactions from the i-th on. */
    void (*script)(const struct op *op, long i, struct script *script);
    double limit_p50; /* of the ratio; 0: only told */
    double least_rate;
};
extern const struct op ops[];
extern const size_t n_ops;

/* store.c */
PGconn *store_connect(const char *conninfo, const char *options);
/* A project of n_tasks tasks with nine steps each; the id of item NUMBER is base + NUMBER. */
void store_seed(PGconn *conn, const char *slug, int64_t base, long n_tasks);
void store_analyze(PGconn *conn);
/* Dies when the counters of a project are not what its items say. */
void store_check(PGconn *conn, const char *slug);
int64_t op_base(const struct op *op, bool of_pgbench);

#define TASKS 1000
#define STEPS (TASKS * 9)
/* The number of the i-th step: tasks are 1, 11, 21, ... */
#define STEP_NUMBER(i) (2 + (i) / 9 * 10 + (i) % 9)

/* compare.c, growth.c, start.c: the parts. Each prints its table and returns how many limits
 * failed. */
int compare_run(const char *binary, const char *const *extra, const char *conninfo,
                const char *directory, size_t calls, size_t rounds);
int growth_run(const char *binary, const char *const *extra, const char *conninfo, size_t calls);
int start_run(const char *binary, const char *const *extra, const char *directory, size_t times);
int memory_run(const char *binary, const char *const *extra);

#endif
