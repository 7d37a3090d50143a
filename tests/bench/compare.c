/* The program and pgbench in turn, round by round, and what their medians say. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 8  /* texts per transaction */
#define WARM      20 /* first transactions of a side that are not counted: they prepare */

enum { P50, P95, P99, RATE, N_FIGURES };

struct side {
    double *figures[N_FIGURES]; /* one a round */
};

struct result {
    struct side server, pgbench;
    double *ratio_p50, *ratio_rate; /* one a round: both sides right after each other */
    long done_server, done_pgbench;
};

static double *numbers(size_t n)
{
    return zeroed(n, sizeof(double));
}

static void note(struct side *side, size_t round, double *us, size_t n)
{
    side->figures[P50][round] = percentile(us, n, 0.50);
    side->figures[P95][round] = percentile(us, n, 0.95);
    side->figures[P99][round] = percentile(us, n, 0.99);
}

static void server_sequential(struct server *server, const struct op *op, struct result *result,
                              size_t calls, size_t round)
{
    double *us = numbers(calls);

    for (size_t i = 0; i < calls + WARM; i++) {
        const char *texts[CALLS_MAX];
        double took = 0;
        op->calls(op, result->done_server++, texts);
        for (size_t t = 0; texts[t] != NULL; t += 2)
            took += server_call(server, texts[t], texts[t + 1]);
        if (i >= WARM)
            us[i - WARM] = took;
    }
    note(&result->server, round, us, calls);
    free(us);
}

static void server_pipelined(struct server *server, const struct op *op, struct result *result,
                             size_t calls, size_t round)
{
    char **lines = zeroed(calls * CALLS_MAX, sizeof(*lines));
    size_t n = 0;

    for (size_t i = 0; i < calls; i++) {
        const char *texts[CALLS_MAX];
        op->calls(op, result->done_server++, texts);
        for (size_t t = 0; texts[t] != NULL; t += 2)
            lines[n++] = server_line(server, texts[t], texts[t + 1]);
    }
    result->server.figures[RATE][round] = (double)calls * 1e6 / server_pipeline(server, lines, n);
    for (size_t i = 0; i < n; i++)
        free(lines[i]);
    free(lines);
}

static void pgbench(const char *conninfo, const char *directory, const struct op *op,
                    struct result *result, size_t calls, size_t round)
{
    struct script script = {.queries = BENCH_QUERIES};
    struct latencies got;
    double sum = 0;

    op->script(op, result->done_pgbench, &script);
    pgbench_run(conninfo, &script, directory, calls + WARM, &got);
    result->done_pgbench += (long)calls + WARM;
    for (size_t i = WARM; i < got.n; i++)
        sum += got.us[i];
    result->pgbench.figures[RATE][round] = (double)calls * 1e6 / sum;
    note(&result->pgbench, round, got.us + WARM, calls);
    free(got.us);
    free(script.text);
}

static void measure(struct server *server, const char *conninfo, const char *directory,
                    struct result *results, size_t calls, size_t rounds)
{
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < n_ops; i++) {
            struct result *r = &results[i];
            server_sequential(server, &ops[i], r, calls, round);
            pgbench(conninfo, directory, &ops[i], r, calls, round);
            server_pipelined(server, &ops[i], r, calls, round);
            r->ratio_p50[round] = r->server.figures[P50][round] / r->pgbench.figures[P50][round];
            r->ratio_rate[round] = r->server.figures[RATE][round] / r->pgbench.figures[RATE][round];
        }
    }
}

static int tell(const struct op *op, struct result *r, size_t rounds)
{
    const double p50 = median(r->ratio_p50, rounds);
    const double rate = median(r->ratio_rate, rounds);
    const bool slow = op->limit_p50 > 0 && p50 > op->limit_p50;
    const bool thin = op->least_rate > 0 && rate < op->least_rate;

    (void)printf("%-16s", op->name);
    for (int f = 0; f < RATE; f++)
        (void)printf(" %6.0f", median(r->server.figures[f], rounds));
    for (int f = 0; f < RATE; f++)
        (void)printf(" %6.0f", median(r->pgbench.figures[f], rounds));
    (void)printf("  %5.2f%s %7.0f %7.0f  %5.2f%s\n", p50, slow ? "!" : " ",
                 median(r->server.figures[RATE], rounds), median(r->pgbench.figures[RATE], rounds),
                 rate, thin ? "!" : " ");
    return slow + thin;
}

static struct result *results_new(size_t rounds)
{
    struct result *results = zeroed(n_ops, sizeof(*results));

    for (size_t i = 0; i < n_ops; i++) {
        for (int f = 0; f < N_FIGURES; f++) {
            results[i].server.figures[f] = numbers(rounds);
            results[i].pgbench.figures[f] = numbers(rounds);
        }
        results[i].ratio_p50 = numbers(rounds);
        results[i].ratio_rate = numbers(rounds);
    }
    return results;
}

static void results_free(struct result *results)
{
    for (size_t i = 0; i < n_ops; i++) {
        for (int f = 0; f < N_FIGURES; f++) {
            free(results[i].server.figures[f]);
            free(results[i].pgbench.figures[f]);
        }
        free(results[i].ratio_p50);
        free(results[i].ratio_rate);
    }
    free(results);
}

int compare_run(const char *binary, const char *const *extra, const char *conninfo,
                const char *directory, size_t calls, size_t rounds)
{
    PGconn *conn = store_connect(conninfo, script_session_options(BENCH_QUERIES));
    struct result *results = results_new(rounds);
    struct server server;
    int missed = 0;

    for (size_t i = 0; i < n_ops; i++) {
        store_seed(conn, ops[i].slug_server, op_base(&ops[i], false), TASKS);
        store_seed(conn, ops[i].slug_pgbench, op_base(&ops[i], true), TASKS);
    }
    store_analyze(conn);
    server_start(&server, binary, extra);
    measure(&server, conninfo, directory, results, calls, rounds);
    server_stop(&server);
    (void)printf("\n%-16s %20s %20s %7s %15s %7s\n", "microseconds", "program p50/p95/p99",
                 "pgbench p50/p95/p99", "ratio", "pipelined per s", "ratio");
    for (size_t i = 0; i < n_ops; i++) {
        missed += tell(&ops[i], &results[i], rounds);
        store_check(conn, ops[i].slug_server);
        store_check(conn, ops[i].slug_pgbench);
    }
    results_free(results);
    PQfinish(conn);
    return missed;
}
