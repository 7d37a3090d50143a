/* Counting in fixed arrays: what is told when, and what has no place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/meter.h"

/* What a visit told, a line each, in the order of the names. */
struct told {
    char lines[64][80];
    size_t n;
};

static void note(void *ctx, const char *name, const char *a, const char *b, int64_t delta)
{
    struct told *told = ctx;

    assert_true(told->n < LENGTH_OF(told->lines));
    (void)snprintf(told->lines[told->n++], sizeof(told->lines[0]), "%s|%s|%s %lld", name, a, b,
                   (long long)delta);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *visit(struct meter *meter)
{
    static char text[4096];
    struct told told = {.n = 0};
    char *to = text;

    meter_visit(meter, note, &told);
    qsort(told.lines, told.n, sizeof(told.lines[0]), compare);
    *to = '\0';
    for (size_t i = 0; i < told.n; i++)
        to += snprintf(to, sizeof(text) - (size_t)(to - text), "%s\n", told.lines[i]);
    return text;
}

static struct meter *fresh(void)
{
    static struct meter meter;

    meter = (struct meter){.changed = false};
    return &meter;
}

static void meter_count__keeps_series_apart_by_their_labels(void **state)
{
    struct meter *meter = fresh();
    char copy[] = "create_task";

    (void)state;
    meter_count(meter, METER_TOOL_CALLS, "create_task", "ok");
    meter_count(meter, METER_TOOL_CALLS, copy, "ok");
    meter_count(meter, METER_TOOL_CALLS, "create_task", "conflict");
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    assert_true(meter->changed);

    assert_string_equal(visit(meter), "tool_calls_total|create_task|conflict 1\n"
                                      "tool_calls_total|create_task|ok 2\n"
                                      "transaction_restarts_total|| 1\n");
    assert_false(meter->changed);
}

static void meter_count__without_a_meter_does_nothing(void **state)
{
    (void)state;
    meter_count(NULL, METER_RESTARTS, NULL, NULL);
    meter_time(NULL, METER_TOOL_SECONDS, "a", 1);
}

static void meter_time__counts_at_below_and_above_a_bound(void **state)
{
    struct meter *meter = fresh();

    (void)state;
    meter_time(meter, METER_TOOL_SECONDS, "t", 999);
    meter_time(meter, METER_TOOL_SECONDS, "t", 1000);
    meter_time(meter, METER_TOOL_SECONDS, "t", 1001);
    meter_time(meter, METER_TOOL_SECONDS, "t", 30000000);
    meter_time(meter, METER_TOOL_SECONDS, "t", 30000001);

    assert_string_equal(visit(meter), "tool_duration_seconds|t|+Inf 1\n"
                                      "tool_duration_seconds|t|0.001 2\n"
                                      "tool_duration_seconds|t|0.0025 1\n"
                                      "tool_duration_seconds|t|30 1\n"
                                      "tool_duration_seconds|t|sum 60003001\n");
}

static void meter_visit__tells_again_what_was_not_taken(void **state)
{
    struct meter *meter = fresh();

    (void)state;
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    (void)visit(meter);
    meter_count(meter, METER_RESTARTS, NULL, NULL);

    assert_string_equal(visit(meter), "transaction_restarts_total|| 2\n");
}

static void meter_told__takes_only_what_was_visited(void **state)
{
    struct meter *meter = fresh();

    (void)state;
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    (void)visit(meter);
    meter_count(meter, METER_RESTARTS, NULL, NULL); /* while the others were on their way */
    meter_told(meter);

    assert_string_equal(visit(meter), "transaction_restarts_total|| 1\n");
    meter_told(meter);
    assert_string_equal(visit(meter), "");
}

static void meter_reach__tells_growth_since_it_was_told(void **state)
{
    struct meter *meter = fresh();

    (void)state;
    meter_reach(meter, METER_BREAKER_OPENED, 0);
    assert_false(meter->changed);
    meter_reach(meter, METER_BREAKER_OPENED, 2);
    assert_true(meter->changed);
    assert_string_equal(visit(meter), "breaker_opened_total|| 2\n");
    meter_told(meter);
    meter_reach(meter, METER_BREAKER_OPENED, 2);
    assert_false(meter->changed);
    meter_reach(meter, METER_BREAKER_OPENED, 5);
    assert_string_equal(visit(meter), "breaker_opened_total|| 3\n");
}

static void meter_count__drops_what_has_no_place_and_says_so(void **state)
{
    static char names[METER_SERIES + 10][8];
    struct meter *meter = fresh();

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "q%zu", i);
        meter_count(meter, METER_STATEMENTS, names[i], NULL);
        meter_time(meter, METER_TOOL_SECONDS, names[i], 1);
    }

    assert_int_equal(meter->n_series, METER_SERIES - 1);
    assert_int_equal(meter->dropped.value, (METER_SERIES + 10 - (METER_SERIES - 1)) +
                                               (METER_SERIES + 10 - METER_HISTOGRAMS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meter_count__keeps_series_apart_by_their_labels),
        cmocka_unit_test(meter_count__without_a_meter_does_nothing),
        cmocka_unit_test(meter_time__counts_at_below_and_above_a_bound),
        cmocka_unit_test(meter_visit__tells_again_what_was_not_taken),
        cmocka_unit_test(meter_told__takes_only_what_was_visited),
        cmocka_unit_test(meter_reach__tells_growth_since_it_was_told),
        cmocka_unit_test(meter_count__drops_what_has_no_place_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
