/* What it costs to start the program, and what it holds while it works. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_LIMIT   1.5
#define PEAK_LIMIT    10240 /* kB */
#define PRIVATE_LIMIT 3072  /* kB */
#define CALLS         500

static int tell_start(const char *what, double *us, double *empty, size_t n)
{
    const double p50 = median(us, n);
    const double ratio = p50 / median(empty, n);

    (void)printf("%-44s %8.0f %6.2f%s\n", what, p50, ratio, ratio > START_LIMIT ? "!" : "");
    return ratio > START_LIMIT;
}

int start_run(const char *binary, const char *const *extra, const char *directory, size_t times)
{
    char *nowhere = format("%s/nothing-here", directory);
    const char *const none[] = {"--data-dir", nowhere, NULL};
    const char *const empty_argv[] = {BENCH_EMPTY, NULL};
    double *us[3];
    int missed = 0;

    for (int i = 0; i < 3; i++) {
        us[i] = zeroed(times, sizeof(double));
    }
    for (size_t i = 0; i < times; i++) {
        us[0][i] = first_line_time(empty_argv, "\n");
        us[1][i] = server_start_time(binary, extra);
        us[2][i] = server_start_time(binary, none);
    }
    (void)printf("\n%-44s %8s %6s\n", "exec to the first answer (us)", "p50", "ratio");
    missed += tell_start("empty program, same libraries", us[0], us[0], times);
    missed += tell_start("initialize, cluster up", us[1], us[0], times);
    missed += tell_start("initialize, no data directory", us[2], us[0], times);
    if (access(nowhere, F_OK) == 0) {
        (void)printf("initialize made a data directory !\n");
        missed++;
    }
    for (int i = 0; i < 3; i++)
        free(us[i]);
    free(nowhere);
    return missed;
}

static long kilobytes(pid_t pid, const char *file, const char *name)
{
    char *path = format("/proc/%d/%s", (int)pid, file);
    char *text = read_file(path);
    const char *at = strstr(text, name);
    const long kb = at == NULL ? -1 : strtol(at + strlen(name), NULL, 10);

    if (kb < 0)
        die("no %s in %s", name, path);
    free(text);
    free(path);
    return kb;
}

/* Ten different calls, over and over; i counts rounds, and keys go up by two a round. */
static void mixed_calls(struct server *server, long i)
{
    const long step = 2 * i + 2;
    const struct {
        const char *tool;
        char *arguments;
    } calls[] = {
        {"create_task", format("{\"parent\":\"MEM\",\"title\":\"task %ld\"}", i)},
        {"create_step", format("{\"task\":\"MEM-%ld\",\"title\":\"step\",\"content\":\"%0*d\"}",
                               step - 1, 4000, 1)},
        {"review_step",
         format("{\"step\":\"MEM-%ld\",\"decision\":\"revise\",\"feedback\":\"no\"}", step)},
        {"submit_step", format("{\"step\":\"MEM-%ld\",\"content\":\"%0*d\"}", step, 4000, 2)},
        {"review_step", format("{\"step\":\"MEM-%ld\",\"decision\":\"approve\"}", step)},
        {"get_item", format("{\"item\":\"MEM-%ld\",\"include\":[\"content\",\"iterations\","
                            "\"history\"]}",
                            step)},
        {"outline", format("{\"item\":\"MEM\"}")},
        {"next_item", format("{\"project\":\"MEM\",\"limit\":5}")},
        {"complete_step", format("{\"item\":\"MEM-%ld\"}", step)},
        {"history", format("{\"item\":\"MEM\"}")},
    };

    for (size_t c = 0; c < COUNT_OF(calls); c++) {
        (void)server_call(server, calls[c].tool, calls[c].arguments);
        free(calls[c].arguments);
    }
}

int memory_run(const char *binary, const char *const *extra)
{
    struct server server;
    long peak = 0;
    long private = 0;

    server_start(&server, binary, extra);
    (void)server_call(&server, "create_project",
                      "{\"name\":\"Memory\",\"description\":\"d\",\"slug\":\"MEM\"}");
    for (long i = 0; i < CALLS / 10; i++)
        mixed_calls(&server, i);
    peak = kilobytes(server.pid, "status", "VmHWM:");
    private = kilobytes(server.pid, "smaps_rollup", "Private_Clean:") +
              kilobytes(server.pid, "smaps_rollup", "Private_Dirty:");
    server_stop(&server);
    (void)printf("\n%-44s %8ld%s\n%-44s %8ld%s\n", "peak memory after 500 calls (kB)", peak,
                 peak > PEAK_LIMIT ? "!" : "", "private memory after 500 calls (kB)", private,
                 private > PRIVATE_LIMIT ? "!" : "");
    return (peak > PEAK_LIMIT) + (private > PRIVATE_LIMIT);
}
