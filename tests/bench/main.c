/* planner_bench BINARY [CALLS [ROUNDS]]: see README.md. */
#include "bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define START_TIMES  100
#define GROWTH_CALLS 30

static char *member(const char *json, const char *name)
{
    char *mark = format("\"%s\":\"", name);
    const char *at = strstr(json, mark);

    if (at == NULL)
        die("status --json tells no %s", name);
    at += strlen(mark);
    free(mark);
    return strndup(at, strcspn(at, "\""));
}

static size_t count(char **argv, int argc, int i, size_t otherwise)
{
    const long n = argc > i ? strtol(argv[i], NULL, 10) : (long)otherwise;

    if (n < 1 || n > 1000)
        die("CALLS and ROUNDS are numbers up to 1000");
    return (size_t)n;
}

/* A private cluster in a directory of its own, which the caller keeps up. */
static char *cluster_start(const char *binary, const char *data, const char *const *extra,
                           const char *directory, struct server *keep)
{
    char *output = format("%s/status", directory);
    const char *const status[] = {binary, "status", "--json", "--data-dir", data, NULL};
    char *json = NULL;
    char *conninfo = NULL;

    server_start(keep, binary, extra);
    run(status, output);
    json = read_file(output);
    conninfo = member(json, "connection");
    free(json);
    free(output);
    return conninfo;
}

int main(int argc, char **argv)
{
    char directory[] = "/tmp/planner-bench.XXXXXX";
    struct server keep;
    int missed = 0;

    if (argc < 2 || argc > 4)
        die("usage: planner_bench BINARY [CALLS [ROUNDS]]");
    (void)signal(SIGPIPE, SIG_IGN);
    /* The account that runs PostgreSQL has to get through. */
    if (mkdtemp(directory) == NULL || chmod(directory, 0755) != 0)
        die("cannot make %s", directory);

    const char *binary = argv[1];
    const size_t calls = count(argv, argc, 2, 200);
    const size_t rounds = count(argv, argc, 3, 5);
    char *data = format("%s/data", directory);
    const char *const extra[] = {"--data-dir", data, NULL};
    const char *const stop[] = {binary, "stop", "--data-dir", data, NULL};
    const char *const clean[] = {"rm", "-rf", directory, NULL};
    char *conninfo = cluster_start(binary, data, extra, directory, &keep);

    (void)printf("%zu calls, %zu rounds; ! marks a limit that was missed\n", calls, rounds);
    missed += compare_run(binary, extra, conninfo, directory, calls, rounds);
    missed += growth_run(binary, extra, conninfo, GROWTH_CALLS);
    missed += start_run(binary, extra, directory, START_TIMES);
    missed += memory_run(binary, extra);
    server_stop(&keep);
    run(stop, "/dev/null");
    run(clean, "/dev/null");
    (void)printf("\n%d limits missed\n", missed);
    free(conninfo);
    free(data);
    return missed == 0 ? 0 : 1;
}
