/* What a mistyped word was probably meant to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/alike.h"

static const char *const words[] = {"status", "stop", "migrate", "retention", "restore", NULL};

static const char *meant(const char *typed, size_t len)
{
    struct alike alike = {.word = typed, .len = len};

    for (const char *const *word = words; *word != NULL; word++)
        alike_offer(&alike, *word);
    return alike.best == NULL ? "" : alike.best;
}

static void alike__finds_what_was_mistyped(void **state)
{
    (void)state;
    assert_string_equal(meant("stauts", 0), "status");  /* exchanged */
    assert_string_equal(meant("migrat", 0), "migrate"); /* left out */
    assert_string_equal(meant("sttop", 0), "stop");     /* doubled */
    assert_string_equal(meant("retenton", 0), "retention");
    assert_string_equal(meant("restort", 0), "restore"); /* wrong */
    assert_string_equal(meant("stop=yes", 4), "stop");
}

static void alike__allows_a_third_to_be_wrong(void **state)
{
    (void)state;
    assert_string_equal(meant("statXX", 0), "status"); /* two of six */
    assert_string_equal(meant("staXXX", 0), "");
    assert_string_equal(meant("", 0), "");
    assert_string_equal(meant("nonsense", 0), "");
}

static void alike__looks_at_no_more_than_40_bytes(void **state)
{
    struct alike alike = {.word = "1234567890123456789012345678901234567890"};

    (void)state;
    alike_offer(&alike, "12345678901234567890123456789012345678901");
    assert_null(alike.best);
    alike_offer(&alike, "123456789012345678901234567890123456789");
    assert_non_null(alike.best);
    alike = (struct alike){.word = "12345678901234567890123456789012345678901"};
    alike_offer(&alike, "1234567890123456789012345678901234567890");
    assert_null(alike.best);
}

static void alike__hint_is_empty_without_a_word(void **state)
{
    struct alike alike = {.word = "stauts"};
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    assert_string_equal(alike_hint(&arena, &alike), "");
    alike_offer(&alike, "status");
    assert_string_equal(alike_hint(&arena, &alike), " (did you mean 'status'?)");
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike__finds_what_was_mistyped),
        cmocka_unit_test(alike__allows_a_third_to_be_wrong),
        cmocka_unit_test(alike__looks_at_no_more_than_40_bytes),
        cmocka_unit_test(alike__hint_is_empty_without_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
