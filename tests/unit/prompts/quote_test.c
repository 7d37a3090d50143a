/* Stored text is told apart from the program's own words, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/prompts/prompt_parts.h"

static int set_up(void **state)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    arena_init(arena, ARENA_CAP_DEFAULT);
    *state = arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_destroy(*state);
    free(*state);
    return 0;
}

static const char *quoted(void **state, const char *text, size_t budget, size_t *ret_shown)
{
    struct buf out = BUF_IN(*state);

    *ret_shown = quote_text(&out, text, budget);
    return buf_str(&out);
}

static void assert_quoted(void **state, const char *text, const char *want)
{
    size_t shown = 0;

    assert_string_equal(quoted(state, text, 1000, &shown), want);
    assert_int_equal(shown, strlen(text));
}

static void every_line__starts_with_the_mark(void **state)
{
    assert_quoted(state, "", "| \n");
    assert_quoted(state, "one", "| one\n");
    assert_quoted(state, "one\ntwo\n", "| one\n| two\n| \n");
    assert_quoted(state, "\n\n", "| \n| \n| \n");
    assert_quoted(state, "| one", "| | one\n");
}

static void every_line_break_of_unicode__is_one(void **state)
{
    assert_quoted(state, "a\rb", "| a\n| b\n");
    assert_quoted(state, "a\r\nb", "| a\n| b\n");
    assert_quoted(state, "a\vb\fc", "| a\n| b\n| c\n");
    assert_quoted(state,
                  "a\xC2\x85"
                  "b",
                  "| a\n| b\n");
    assert_quoted(state,
                  "a\xE2\x80\xA8"
                  "b\xE2\x80\xA9"
                  "c",
                  "| a\n| b\n| c\n");
    assert_quoted(state, "\xE2\x80\xA6\xC2\xA0", "| \xE2\x80\xA6\xC2\xA0\n");
}

static size_t json_size(void **state, const char *text)
{
    struct json_out out = JSON_OUT_IN(*state);

    json_str(&out, text);
    return out.buf.len - 2;
}

static void the_cost__is_what_json_writes(void **state)
{
    const char *text = "a\"b\\c\n\r\t\b\f\x01\x1F\x7F\xC3\xA4\xF0\x9F\x98\x80";

    assert_int_equal(quote_cost(text), json_size(state, text));
    assert_int_equal(quote_cost(""), 0);
}

/* At every budget the quotation stays within it and ends at a character's end. */
static void a_budget__is_kept_to_the_byte(void **state)
{
    const char *text = "a\"\n\x01\xC3\xA4\r\n\xF0\x9F\x98\x80z";
    const size_t whole = json_size(state, "| a\"\n| \x01\xC3\xA4\n| \xF0\x9F\x98\x80z\n");
    size_t before = 0;

    for (size_t budget = 4; budget <= whole; budget++) {
        size_t shown = 0;
        const char *out = quoted(state, text, budget, &shown);
        assert_true(json_size(state, out) <= budget);
        assert_true(shown >= before && shown <= strlen(text));
        assert_int_not_equal((unsigned char)text[shown] & 0xC0, 0x80);
        assert_int_equal(shown == strlen(text), budget == whole);
        before = shown;
    }
    assert_int_equal(quote_need(text), whole);
}

static void a_line__has_no_breaks_and_says_that_it_was_cut(void **state)
{
    struct buf out = BUF_IN(*state);

    quote_line(&out, 100, "%s: %s", "one\ntwo",
               "three\xE2\x80\xA8"
               "four");
    quote_line(&out, 20, "%s", "a longer line than that");

    assert_string_equal(buf_str(&out), "| one two: three four\n| a longer line\xE2\x80\xA6\n");
}

static void a_part_that_is_cut__names_the_call_that_shows_the_rest(void **state)
{
    struct buf out = BUF_IN(*state);

    quote_part(&out, "It says:", "abcdef", 100, (struct quote_source){"AUTH-2", "content", {0}});
    quote_part(&out, "It says:", NULL, 100, (struct quote_source){"AUTH-2", "content", {0}});
    quote_part(&out, "Cut:", "abcdef", 7, (struct quote_source){"AUTH-2", "content", {0}});
    quote_part(&out, "Cut by the store:", "abcdef", 100,
               (struct quote_source){"AUTH", NULL, SOME_INT(9)});

    assert_string_equal(
        buf_str(&out),
        "It says:\n| abcdef\n"
        "Cut:\n| abc\n(the first 3 bytes; get_item {\"item\": \"AUTH-2\", \"include\": "
        "[\"content\"]} shows the rest)\n"
        "Cut by the store:\n| abcdef\n(the first 6 bytes of 9; get_item {\"item\": \"AUTH\"} shows "
        "the rest)\n");
}

static void what_a_part_adds__is_within_its_allowance(void **state)
{
    struct buf out = BUF_IN(*state);

    quote_part(&out, "Its description, the vision:", "abcdef", 10,
               (struct quote_source){"ABCDEFGHIJ-123456789", "iterations", SOME_INT(262144)});

    assert_true(json_size(state, buf_str(&out)) <= 10 + QUOTE_EXTRA);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_line__starts_with_the_mark),
        TEST(every_line_break_of_unicode__is_one),
        TEST(the_cost__is_what_json_writes),
        TEST(a_budget__is_kept_to_the_byte),
        TEST(a_line__has_no_breaks_and_says_that_it_was_cut),
        TEST(a_part_that_is_cut__names_the_call_that_shows_the_rest),
        TEST(what_a_part_adds__is_within_its_allowance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
