#include "bench.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX 600

/* "client transaction time script epoch us" a line. */
static void read_log(const char *directory, size_t expected, struct latencies *ret_latencies)
{
    char *pattern = format("%s/pgbench_log.*", directory);
    glob_t found;
    FILE *file = NULL;
    double *us = zeroed(expected, sizeof(*us));
    size_t n = 0;
    double took = 0;

    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc != 1)
        die("pgbench left no log");
    file = fopen(found.gl_pathv[0], "re");
    while (file != NULL && n < expected && fscanf(file, "%*s %*s %lf %*[^\n]", &took) == 1)
        us[n++] = took;
    if (file == NULL || n != expected)
        die("pgbench did %zu transactions of %zu", n, expected);
    (void)fclose(file);
    (void)unlink(found.gl_pathv[0]);
    globfree(&found);
    free(pattern);
    *ret_latencies = (struct latencies){us, n};
}

void pgbench_run(const char *conninfo, const struct script *script, const char *directory,
                 size_t transactions, struct latencies *ret_latencies)
{
    const char *argv[ARGS_MAX] = {"pgbench", "-n", "-M", "prepared", "-c", "1", "-j", "1", "-l"};
    char *file = format("%s/script.sql", directory);
    char *output = format("%s/pgbench.out", directory);
    size_t n = 9;

    write_file(file, script->text);
    argv[n++] = format("--log-prefix=%s/pgbench_log", directory);
    argv[n++] = "-t";
    argv[n++] = format("%zu", transactions);
    argv[n++] = "-f";
    argv[n++] = file;
    for (size_t i = 0; i < script->n_defines; i++) {
        argv[n++] = "-D";
        argv[n++] = script->defines[i];
    }
    argv[n++] = conninfo;
    argv[n] = NULL;
    run(argv, output);
    read_log(directory, transactions, ret_latencies);
    free(file);
    free(output);
}
