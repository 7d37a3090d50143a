/* The same calls on a project of 1,000 and of 100,000 items, in turn. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT  2.0 /* of the median; a plan that reads along shows as 10 or 100 */
#define ROUNDS 3

struct call {
    const char *tool;
    const char *arguments; /* with the slug, and maybe the number of a step used once */
};
static const struct call calls[] = {
    {"next_item", "{\"project\":\"%s\"}"},
    {"create_task", "{\"parent\":\"%s\",\"title\":\"one more\"}"},
    {"create_step", "{\"task\":\"%s-1\",\"title\":\"one more\"}"},
    {"complete_step", "{\"item\":\"%s-%ld\"}"},
    {"submit_step", "{\"step\":\"%s-%ld\",\"content\":\"again\"}"},
    {"get_item", "{\"item\":\"%s-%ld\"}"},
    {"get_item (all)", "{\"item\":\"%s\"}"},
    {"outline", "{\"item\":\"%s\"}"},
    {"history", "{\"item\":\"%s\"}"},
    {"history (item)", "{\"item\":\"%s-%ld\"}"},
};

static double measure(struct server *server, const struct call *call, const char *slug,
                      long n_tasks, size_t n, long *at)
{
    double *us = zeroed(n, sizeof(*us));
    double p50 = 0;

    for (size_t i = 0; i < n; i++) {
        char tool[32];
        char arguments[200];
        /* A hundred tasks at the end, so that both sides touch as many pages. */
        const long task = n_tasks - 100 + (*at * 37 + 11) % 100;
        const long step = task * 10 + 2 + *at / 100 % 9;
        ++*at;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(arguments, sizeof(arguments), call->arguments, slug, step);
#pragma GCC diagnostic pop
        (void)sscanf(call->tool, "%31s", tool);
        us[i] = server_call(server, tool, arguments);
    }
    p50 = median(us, n);
    free(us);
    return p50;
}

int growth_run(const char *binary, const char *const *extra, const char *conninfo, size_t n)
{
    PGconn *conn = store_connect(conninfo, script_session_options(BENCH_QUERIES));
    struct server server;
    long at_small = 0;
    long at_large = 0;
    int missed = 0;

    store_seed(conn, "SMALL", 4000000000000000, 100);
    store_seed(conn, "LARGE", 4100000000000000, 10000);
    store_analyze(conn);
    server_start(&server, binary, extra);
    (void)printf("\n%-16s %10s %10s %7s\n", "p50 (us)", "1,000", "100,000", "ratio");
    for (size_t c = 0; c < COUNT_OF(calls); c++) {
        double small[ROUNDS];
        double large[ROUNDS];
        double ratio = 0;
        for (int r = 0; r < ROUNDS; r++) {
            small[r] = measure(&server, &calls[c], "SMALL", 100, n, &at_small);
            large[r] = measure(&server, &calls[c], "LARGE", 10000, n, &at_large);
        }
        ratio = median(large, ROUNDS) / median(small, ROUNDS);
        (void)printf("%-16s %10.0f %10.0f %7.2f%s\n", calls[c].tool, median(small, ROUNDS),
                     median(large, ROUNDS), ratio, ratio > LIMIT ? "!" : "");
        missed += ratio > LIMIT;
    }
    server_stop(&server);
    store_check(conn, "SMALL");
    PQfinish(conn);
    return missed;
}
