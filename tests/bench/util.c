#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)fputs("planner_bench: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

char *format(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        die("out of memory");
    va_end(args);
    return text;
}

void *zeroed(size_t n, size_t size)
{
    void *memory = n > SIZE_MAX / 2 / size ? NULL : calloc(n, size);

    if (memory == NULL)
        die("out of memory");
    return memory;
}

char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t len = 0;

    if (file == NULL)
        die("cannot read %s", path);
    for (;;) {
        text = realloc(text, len + 65537);
        if (text == NULL)
            die("out of memory");
        const size_t got = fread(text + len, 1, 65536, file);
        len += got;
        if (got == 0)
            break;
    }
    (void)fclose(file);
    text[len] = '\0';
    return text;
}

void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        die("cannot write %s", path);
}

int64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

double elapsed_us(int64_t since_ns)
{
    return (double)(now_ns() - since_ns) / 1000;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

double percentile(double *values, size_t n, double part)
{
    if (n == 0)
        die("nothing was measured");
    qsort(values, n, sizeof(*values), ascending);
    return values[(size_t)((double)(n - 1) * part + 0.5)];
}

double median(double *values, size_t n)
{
    return percentile(values, n, 0.5);
}

void run(const char *const *argv, const char *output)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int status = 0;

    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ) != 0)
        die("cannot run %s", argv[0]);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        die("%s %s failed", argv[0], argv[1]);
}
