/* W3C Trace Context: what is taken, and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/trace.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"
#define WHOLE "00-" TRACE "-" SPAN "-01"

static void trace_read__takes_the_ids_of_a_valid_parent(void **state)
{
    struct trace trace;

    (void)state;
    assert_true(trace_read(WHOLE, NULL, &trace));
    assert_string_equal(trace.trace_id, TRACE);
    assert_string_equal(trace.span_id, SPAN);
    assert_true(trace.sampled);
    assert_null(trace.state);
    assert_true(trace_read("00-" TRACE "-" SPAN "-00", NULL, &trace));
    assert_false(trace.sampled);
    assert_true(trace_read("00-" TRACE "-" SPAN "-fe", NULL, &trace));
    assert_false(trace.sampled);
}

static void trace_read__takes_later_versions_that_go_on(void **state)
{
    struct trace trace;

    (void)state;
    assert_true(trace_read("01-" TRACE "-" SPAN "-01", NULL, &trace));
    assert_true(trace_read("cc-" TRACE "-" SPAN "-01-what-comes", NULL, &trace));
    assert_false(trace_read("cc-" TRACE "-" SPAN "-01.what", NULL, &trace));
}

static void trace_read__refuses_what_the_standard_calls_invalid(void **state)
{
    static const char *const bad[] = {
        "",
        "00",
        "00-" TRACE "-" SPAN "-0",
        "00-" TRACE "-" SPAN "-011",
        "00-" TRACE "-" SPAN "-01-more",
        "ff-" TRACE "-" SPAN "-01",
        "0g-" TRACE "-" SPAN "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
        "00_" TRACE "-" SPAN "-01",
        "00-" TRACE "_" SPAN "-01",
        "00-" TRACE "-" SPAN "_01",
        "00-" TRACE "-" SPAN "-0x",
        " " WHOLE,
    };
    struct trace trace = {.trace_id = "as before"};

    (void)state;
    assert_false(trace_read(NULL, "a=b", &trace));
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        if (trace_read(bad[i], NULL, &trace))
            fail_msg("taken: %s", bad[i]);
    }
    assert_string_equal(trace.trace_id, "as before");
}

static const char *state_of(const char *text)
{
    struct trace trace;

    assert_true(trace_read(WHOLE, text, &trace));
    return trace.state;
}

static void trace_read__takes_a_valid_state_as_it_came(void **state)
{
    (void)state;
    assert_string_equal(state_of("rojo=00f067aa0ba902b7"), "rojo=00f067aa0ba902b7");
    assert_string_equal(state_of("a=1, b@c=2 ,,0x/*-_=3"), "a=1, b@c=2 ,,0x/*-_=3");
}

static void trace_read__leaves_an_invalid_state_out(void **state)
{
    (void)state;
    assert_null(state_of(""));
    assert_null(state_of("a"));
    assert_null(state_of("a="));
    assert_null(state_of("=1"));
    assert_null(state_of("A=1"));
    assert_null(state_of("_a=1"));
    assert_null(state_of("a=b=c"));
    assert_null(state_of("a=1,b"));
    assert_null(state_of("a=\x7f"));
    assert_null(state_of("a=\xc3\xa4"));
    assert_null(state_of("a=1\nb=2"));
}

/* `n` members a=1, joined by commas, the last one with a value of `last` characters. */
static const char *list_of(int n, int last)
{
    static char text[4096];
    char *to = text;

    for (int i = 1; i < n; i++)
        to = stpcpy(to, "a=1,");
    to = stpcpy(to, "a=");
    memset(to, 'v', (size_t)last);
    to[last] = '\0';
    return text;
}

static void trace_read__has_the_limits_of_the_standard(void **state)
{
    (void)state;
    assert_non_null(state_of(list_of(32, 1)));
    assert_null(state_of(list_of(33, 1)));
    assert_non_null(state_of(list_of(1, 256)));
    assert_null(state_of(list_of(1, 257)));
    assert_int_equal(strlen(list_of(31, 256)), 378);
    assert_null(state_of(list_of(32, 600)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace_read__takes_the_ids_of_a_valid_parent),
        cmocka_unit_test(trace_read__takes_later_versions_that_go_on),
        cmocka_unit_test(trace_read__refuses_what_the_standard_calls_invalid),
        cmocka_unit_test(trace_read__takes_a_valid_state_as_it_came),
        cmocka_unit_test(trace_read__leaves_an_invalid_state_out),
        cmocka_unit_test(trace_read__has_the_limits_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
