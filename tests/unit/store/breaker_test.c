/* When to look again: the state machine alone, with a clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/store/breaker.h"

static struct breaker made(void)
{
    struct breaker breaker;

    breaker_init(&breaker, 7);
    return breaker;
}

static void breaker__is_closed_until_something_fails(void **state)
{
    const struct breaker b = made();
    (void)state;

    assert_int_equal(b.state, BREAKER_CLOSED);
    assert_true(breaker_due_ms(&b) == INT64_MAX);
    assert_false(breaker_may_hurry(&b, 1000000));
}

static void breaker__opens_at_a_failure_and_remembers_since_when(void **state)
{
    struct breaker b = made();
    (void)state;

    breaker_fail(&b, 1000, 11000, 3000);
    breaker_fail(&b, 12000, 12000, 0);

    assert_int_equal(b.state, BREAKER_OPEN);
    assert_true(b.since_ms == 1000);
    assert_int_equal(b.openings, 1);
}

static void breaker__probes_when_due_one_at_a_time(void **state)
{
    struct breaker b = made();
    (void)state;
    breaker_fail(&b, 0, 100, 0);

    assert_in_range(breaker_due_ms(&b), 101, 100 + BREAKER_PAUSE_FIRST_MS);
    breaker_probe(&b);

    assert_int_equal(b.state, BREAKER_HALF_OPEN);
    assert_true(breaker_due_ms(&b) == INT64_MAX);
    assert_false(breaker_may_hurry(&b, 1000000));
}

static void breaker__closes_when_the_database_answers(void **state)
{
    struct breaker b = made();
    (void)state;
    breaker_fail(&b, 0, 100, 0);
    breaker_probe(&b);

    breaker_ok(&b);

    assert_int_equal(b.state, BREAKER_CLOSED);
    breaker_fail(&b, 5000, 5001, 1);
    assert_true(b.since_ms == 5000);
    assert_int_equal(b.openings, 2);
    assert_in_range(breaker_due_ms(&b), 5002, 5001 + BREAKER_PAUSE_FIRST_MS);
}

static void breaker__pauses_within_a_bound_that_doubles_to_its_limit(void **state)
{
    struct breaker b = made();
    int64_t bound = BREAKER_PAUSE_FIRST_MS;
    int64_t now = 0;
    (void)state;

    for (int i = 0; i < 1000; i++) {
        breaker_fail(&b, now, now, 0);
        assert_in_range(breaker_due_ms(&b) - now, 1, bound);
        now = breaker_due_ms(&b);
        breaker_probe(&b);
        bound = bound * 2 < BREAKER_PAUSE_LAST_MS ? bound * 2 : BREAKER_PAUSE_LAST_MS;
    }
    assert_int_equal(b.probes, 1000);
}

/* Full jitter: the whole range is used, and two processes do not share their moments. */
static void breaker__spreads_the_probes_of_many(void **state)
{
    int low = 0;
    int high = 0;
    (void)state;

    for (unsigned seed = 0; seed < 1000; seed++) {
        unsigned s = seed * 2654435761U;
        const int64_t pause = breaker_pause(&s, 20, BREAKER_PAUSE_FIRST_MS, BREAKER_PAUSE_LAST_MS);
        assert_in_range(pause, 1, BREAKER_PAUSE_LAST_MS);
        low += pause <= BREAKER_PAUSE_LAST_MS / 4;
        high += pause > BREAKER_PAUSE_LAST_MS * 3 / 4;
    }
    assert_in_range(low, 150, 350);
    assert_in_range(high, 150, 350);
}

static void breaker__hurries_only_where_failing_was_quick(void **state)
{
    struct breaker b = made();
    (void)state;
    breaker_fail(&b, 0, 1000, BREAKER_QUICK_MS - 1);

    assert_false(breaker_may_hurry(&b, 1000 + BREAKER_HURRY_MS - 1));
    assert_true(breaker_may_hurry(&b, 1000 + BREAKER_HURRY_MS));

    breaker_fail(&b, 0, 2000, BREAKER_QUICK_MS);
    assert_false(breaker_may_hurry(&b, 9000));
}

static void breaker__has_names_for_its_states(void **state)
{
    (void)state;

    assert_string_equal(breaker_state_name(BREAKER_CLOSED), "closed");
    assert_string_equal(breaker_state_name(BREAKER_OPEN), "open");
    assert_string_equal(breaker_state_name(BREAKER_HALF_OPEN), "half-open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaker__is_closed_until_something_fails),
        cmocka_unit_test(breaker__opens_at_a_failure_and_remembers_since_when),
        cmocka_unit_test(breaker__probes_when_due_one_at_a_time),
        cmocka_unit_test(breaker__closes_when_the_database_answers),
        cmocka_unit_test(breaker__pauses_within_a_bound_that_doubles_to_its_limit),
        cmocka_unit_test(breaker__spreads_the_probes_of_many),
        cmocka_unit_test(breaker__hurries_only_where_failing_was_quick),
        cmocka_unit_test(breaker__has_names_for_its_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
