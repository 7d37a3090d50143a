/* Version 7 ids: their form, and their order within one process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/clock.h"
#include "planner/base/uuid.h"

#define N_IDS 5000

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

static int64_t id_ms(const char *id)
{
    char digits[13];

    memcpy(digits, id, 8);
    memcpy(digits + 8, id + 9, 4);
    digits[12] = '\0';
    return (int64_t)strtoll(digits, NULL, 16);
}

static void uuid_new__has_version_7_and_the_variant(void **state)
{
    struct uuid_source source = {0};

    (void)state;
    for (int i = 0; i < N_IDS; i++) {
        const char *id = uuid_new(&source, &arena);
        assert_true(uuid_is_text(id));
        assert_int_equal(id[14], '7');
        assert_non_null(strchr("89ab", id[19]));
        assert_int_equal(strspn(id, "0123456789abcdef-"), UUID_TEXT_LEN);
    }
}

static void uuid_new__carries_the_time(void **state)
{
    struct uuid_source source = {0};
    const int64_t before = clock_now_ms();
    const int64_t at = id_ms(uuid_new(&source, &arena));
    const int64_t after = clock_now_ms();

    (void)state;
    assert_true(before <= at && at <= after);
}

/* 5,000 in a loop share milliseconds; the counter has to order them. */
static void uuid_new__orders_5000_ids(void **state)
{
    struct uuid_source source = {0};
    const char *last = uuid_new(&source, &arena);
    size_t n_same_ms = 0;

    (void)state;
    for (int i = 0; i < N_IDS; i++) {
        const char *id = uuid_new(&source, &arena);
        n_same_ms += id_ms(id) == id_ms(last);
        assert_true(strcmp(last, id) < 0);
        last = id;
    }
    assert_true(n_same_ms > 0);
}

static void uuid_new__runs_ahead_when_the_counter_is_used_up(void **state)
{
    const int64_t future = clock_now_ms() + 100000;
    struct uuid_source source = {.last_ms = future, .counter = 0xFFE};
    const char *last_of_ms = uuid_new(&source, &arena);
    const char *next = uuid_new(&source, &arena);

    (void)state;
    assert_memory_equal(last_of_ms + 14, "7fff", 4);
    assert_int_equal(id_ms(last_of_ms), future);
    assert_memory_equal(next + 14, "7000", 4);
    assert_int_equal(id_ms(next), future + 1);
}

static void uuid_new__never_goes_back_with_the_clock(void **state)
{
    const int64_t future = clock_now_ms() + 100000;
    struct uuid_source source = {.last_ms = future, .counter = 0};

    (void)state;
    assert_int_equal(id_ms(uuid_new(&source, &arena)), future);
    assert_int_equal(source.counter, 1);
}

static void uuid_new__differs_between_sources(void **state)
{
    struct uuid_source one = {.last_ms = INT64_C(0x7FFFFFFFFFF)};
    struct uuid_source two = one;

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_string_not_equal(uuid_new(&one, &arena), uuid_new(&two, &arena));
}

static void uuid_seeded__repeats_itself(void **state)
{
    struct uuid_source one = uuid_seeded(1767600000000, 7);
    struct uuid_source same = uuid_seeded(1767600000000, 7);
    struct uuid_source other = uuid_seeded(1767600000000, 8);
    const char *last = "";

    (void)state;
    for (int i = 0; i < N_IDS; i++) {
        const char *id = uuid_new(&one, &arena);
        assert_string_equal(uuid_new(&same, &arena), id);
        assert_string_not_equal(uuid_new(&other, &arena), id);
        assert_int_equal(id[14], '7');
        assert_non_null(strchr("89ab", id[19]));
        assert_true(strcmp(last, id) < 0);
        last = id;
    }
    assert_in_range(id_ms(last), 1767600000000, 1767600000002);
}

static void uuid_is_text__takes_any_case_and_nothing_else(void **state)
{
    (void)state;
    assert_true(uuid_is_text("01890a5d-ac96-774b-bcce-b302099a8057"));
    assert_true(uuid_is_text("01890A5D-AC96-774B-BCCE-B302099A8057"));
    assert_false(uuid_is_text(""));
    assert_false(uuid_is_text("01890a5d-ac96-774b-bcce-b302099a805"));
    assert_false(uuid_is_text("01890a5d-ac96-774b-bcce-b302099a80577"));
    assert_false(uuid_is_text("01890a5dac96774bbcceb302099a8057"));
    assert_false(uuid_is_text("01890a5d-ac96-774b-bcce-b302099a805g"));
    assert_false(uuid_is_text("01890a5d-ac96-774bb-cce-b302099a8057"));
    assert_false(uuid_is_text("{01890a5d-ac96-774b-bcce-b302099a80}"));
    assert_false(uuid_is_text("AUTH-34"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuid_new__has_version_7_and_the_variant),
        cmocka_unit_test(uuid_new__carries_the_time),
        cmocka_unit_test(uuid_new__orders_5000_ids),
        cmocka_unit_test(uuid_new__runs_ahead_when_the_counter_is_used_up),
        cmocka_unit_test(uuid_new__never_goes_back_with_the_clock),
        cmocka_unit_test(uuid_new__differs_between_sources),
        cmocka_unit_test(uuid_seeded__repeats_itself),
        cmocka_unit_test(uuid_is_text__takes_any_case_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
