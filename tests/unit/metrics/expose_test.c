/* The text format, and the file that is replaced as a whole. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "planner/base/buf.h"
#include "planner/metrics/metrics.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static const char *exposed(const struct samples *samples)
{
    struct buf out = BUF_IN(&arena);

    metrics_expose(&out, samples);
    return buf_str(&out);
}

static void expose__heads_each_family_once_and_keeps_the_order_of_the_table(void **state)
{
    struct samples samples = {.arena = &arena};

    (void)state;
    samples_add(&samples, "connects_total", "ok", NULL, 3);
    samples_add(&samples, "up", NULL, NULL, 1);
    samples_add(&samples, "connects_total", "failed", "", 4);

    assert_string_equal(exposed(&samples),
                        "# HELP mcp_planner_up Whether the database answered this scrape.\n"
                        "# TYPE mcp_planner_up gauge\n"
                        "mcp_planner_up 1\n"
                        "# HELP mcp_planner_connects_total Attempts to connect to the database.\n"
                        "# TYPE mcp_planner_connects_total counter\n"
                        "mcp_planner_connects_total{outcome=\"ok\"} 3\n"
                        "mcp_planner_connects_total{outcome=\"failed\"} 4\n");
}

static void expose__escapes_the_values_of_labels(void **state)
{
    struct samples samples = {.arena = &arena};

    (void)state;
    samples_add(&samples, "replication_lag_bytes", "a\"b\\c\nd", NULL, 0.5);

    assert_non_null(strstr(exposed(&samples),
                           "mcp_planner_replication_lag_bytes{replica=\"a\\\"b\\\\c\\nd\"} 0.5\n"));
}

static void expose__makes_histograms_cumulative(void **state)
{
    struct samples samples = {.arena = &arena};
    const char *text = NULL;

    (void)state;
    samples_add(&samples, "tool_duration_seconds", "t", "+Inf", 1);
    samples_add(&samples, "tool_duration_seconds", "t", "0.001", 2);
    samples_add(&samples, "tool_duration_seconds", "t", "0.5", 3);
    samples_add(&samples, "tool_duration_seconds", "t", "sum", 1500000);
    text = exposed(&samples);

    assert_non_null(strstr(text, "_bucket{tool=\"t\",le=\"0.001\"} 2\n"));
    assert_non_null(strstr(text, "_bucket{tool=\"t\",le=\"0.25\"} 2\n"));
    assert_non_null(strstr(text, "_bucket{tool=\"t\",le=\"0.5\"} 5\n"));
    assert_non_null(strstr(text, "_bucket{tool=\"t\",le=\"30\"} 5\n"));
    assert_non_null(strstr(text, "_bucket{tool=\"t\",le=\"+Inf\"} 6\n"));
    assert_non_null(strstr(text, "_sum{tool=\"t\"} 1.5\n"));
    assert_non_null(strstr(text, "_count{tool=\"t\"} 6\n"));
    assert_null(strstr(strstr(text, "_count") + 1, "_count"));
}

static void table__has_every_metric_that_processes_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < METER_FAMILIES; i++) {
        const struct metric *metric = metric_table;
        while (metric->name != NULL && strcmp(metric->name, meter_names[i].name) != 0)
            metric++;
        assert_non_null(metric->name);
        assert_int_equal(metric->type == METRIC_HISTOGRAM, meter_names[i].histogram);
    }
}

static const char *directory_new(void)
{
    char *path = arena_strdup(&arena, "/tmp/planner-metrics.XXXXXX");

    assert_non_null(mkdtemp(path));
    return path;
}

/* Names in a directory, without the dots. */
static int entries(const char *path)
{
    DIR *directory = opendir(path);
    int n = -2;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        n++;
    (void)closedir(directory);
    return n;
}

static void write_file__replaces_what_was_there_and_leaves_nothing_beside(void **state)
{
    const char *directory = directory_new();
    const char *path = arena_printf(&arena, "%s/planner.prom", directory);
    struct req rq = {.arena = &arena};
    struct stat before;
    struct stat after;
    char text[16] = {0};
    int fd = -1;

    (void)state;
    assert_int_equal(metrics_write_file(&rq, path, "longer\n", 7), ST_OK);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(metrics_write_file(&rq, path, "new\n", 4), ST_OK);
    assert_int_equal(stat(path, &after), 0);

    assert_int_equal(after.st_size, 4);
    assert_int_equal(after.st_mode & 0777, 0644);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof(text)), 4);
    close(fd);
    assert_string_equal(text, "new\n");
    assert_int_equal(entries(directory), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void write_file__says_what_is_in_the_way(void **state)
{
    const char *directory = directory_new();
    const char *path = arena_printf(&arena, "%s/planner.prom", directory);
    struct req rq = {.arena = &arena};

    (void)state;
    assert_int_equal(mkdir(path, 0700), 0); /* a directory cannot be replaced by a file */
    assert_int_equal(metrics_write_file(&rq, path, "x", 1), ST_UNAVAILABLE);
    assert_non_null(strstr(rq.message, "cannot be written"));
    assert_int_equal(entries(directory), 1);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(metrics_write_file(&rq, path, "x", 1), ST_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expose__heads_each_family_once_and_keeps_the_order_of_the_table),
        cmocka_unit_test(expose__escapes_the_values_of_labels),
        cmocka_unit_test(expose__makes_histograms_cumulative),
        cmocka_unit_test(table__has_every_metric_that_processes_count),
        cmocka_unit_test(write_file__replaces_what_was_there_and_leaves_nothing_beside),
        cmocka_unit_test(write_file__says_what_is_in_the_way),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
