/* The gate in front of the parser: RFC 8259, strict UTF-8, the depth cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/json.h"

static bool is_valid(const char *text)
{
    struct json_fault fault;

    return json_check(text, strlen(text), &fault);
}

static void assert_all_valid(const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        if (!is_valid(*texts))
            fail_msg("refused: %s", *texts);
    }
}

static void assert_all_refused(const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        if (is_valid(*texts))
            fail_msg("accepted: %s", *texts);
    }
}

static void assert_fault(const char *text, const char *what, size_t at)
{
    struct json_fault fault;

    assert_false(json_check(text, strlen(text), &fault));
    assert_string_equal(fault.what, what);
    assert_int_equal(fault.at, at);
}

static void json_check__accepts_every_kind_of_value(void **state)
{
    static const char *const texts[] = {
        "null",      "true", "false", "\"\"", "0", "{}", "[]", " [ ] ", "\t{\"a\" : [1 , 2 ]}\r\n",
        "{\"\":{}}", NULL};

    (void)state;
    assert_all_valid(texts);
}

static void json_check__accepts_numbers_of_the_grammar(void **state)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "10",
                                        "-12",
                                        "1.5",
                                        "0.001",
                                        "1e5",
                                        "1E+5",
                                        "1e-05",
                                        "-1.25e3",
                                        "1e999",
                                        "-1e-999",
                                        "9007199254740993",
                                        NULL};

    (void)state;
    assert_all_valid(texts);
}

static void json_check__refuses_numbers_outside_the_grammar(void **state)
{
    static const char *const texts[] = {"01",  "-01",   "1.",  ".5",   "+1",  "-",
                                        "1e",  "1e+",   "0x1", "1.e5", "--1", "Infinity",
                                        "NaN", "1_000", "00",  NULL};

    (void)state;
    assert_all_refused(texts);
}

static void json_check__refuses_what_is_no_value(void **state)
{
    static const char *const texts[] = {
        "",      " ",    "tru",   "True",    "nul",      "'a'",       "a",
        "[1,]",  "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}",     "{\"a\":1,}",
        "{1:2}", "[",    "{",     "]",       "[}",       "{\"a\":1]", "\xEF\xBB\xBF{}",
        "/**/1", NULL};

    (void)state;
    assert_all_refused(texts);
}

static void json_check__refuses_bytes_after_the_value(void **state)
{
    (void)state;
    assert_fault("{} x", "bytes after the end of the value", 3);
    assert_fault("1 2", "bytes after the end of the value", 2);
    assert_fault("nullnull", "bytes after the end of the value", 4);
}

static void json_check__refuses_a_nul_byte_after_the_value(void **state)
{
    struct json_fault fault;

    (void)state;
    assert_false(json_check("{}\0", 3, &fault));
    assert_int_equal(fault.at, 2);
}

static void fill_nested(char *text, int depth)
{
    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    text[2 * depth] = '\0';
}

static void json_check__accepts_64_levels(void **state)
{
    char text[2 * 65 + 1];

    (void)state;
    fill_nested(text, 64);

    assert_true(is_valid(text));
}

static void json_check__refuses_65_levels(void **state)
{
    char text[2 * 65 + 1];

    (void)state;
    fill_nested(text, 65);

    assert_fault(text, "nested deeper than 64 levels", 64);
}

static void json_check__counts_depth_not_brackets(void **state)
{
    char text[400] = "[";

    (void)state;
    for (int i = 0; i < 100; i++)
        memcpy(text + 1 + 3 * i, "[],", 3);
    memcpy(text + 301, "0]", 3);

    assert_true(is_valid(text));
}

static void json_check__accepts_escapes_and_surrogate_pairs(void **state)
{
    static const char *const texts[] = {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e9\\uABCD\"",
                                        "\"\\ud83d\\ude00\"", "\"\\uDBFF\\uDFFF\"", NULL};

    (void)state;
    assert_all_valid(texts);
}

static void json_check__refuses_unknown_escapes(void **state)
{
    static const char *const texts[] = {"\"\\a\"", "\"\\U0041\"", "\"\\u00g0\"", "\"\\u12\"",
                                        "\"\\'\"", "\"\\\"",      "\"\\",        NULL};

    (void)state;
    assert_all_refused(texts);
}

static void json_check__refuses_a_backslash_before_a_nul_byte(void **state)
{
    struct json_fault fault;

    (void)state;
    assert_false(json_check("\"\\\0\"", 4, &fault));
    assert_string_equal(fault.what, "unknown escape");
}

static void json_check__accepts_utf8_at_its_bounds(void **state)
{
    static const char *const texts[] = {
        "\"\xC2\x80\"",         "\"\xDF\xBF\"",         "\"\xE0\xA0\x80\"",
        "\"\xED\x9F\xBF\"",     "\"\xEE\x80\x80\"",     "\"\xEF\xBF\xBF\"",
        "\"\xF0\x90\x80\x80\"", "\"\xF4\x8F\xBF\xBF\"", NULL};

    (void)state;
    assert_all_valid(texts);
}

static void json_check__refuses_utf8_outside_its_bounds(void **state)
{
    static const char *const texts[] = {"\"\xC0\xAF\"",
                                        "\"\xC1\xBF\"", /* overlong, two bytes */
                                        "\"\xE0\x9F\xBF\"",
                                        "\"\xF0\x8F\xBF\xBF\"", /* overlong, three and four */
                                        "\"\xED\xA0\x80\"",
                                        "\"\xED\xBF\xBF\"", /* surrogates */
                                        "\"\xF4\x90\x80\x80\"",
                                        "\"\xF5\x80\x80\x80\"", /* above U+10FFFF */
                                        "\"\x80\"",
                                        "\"\xFF\"", /* no first byte */
                                        "\"\xC2\"",
                                        "\"\xE2\x82\"", /* cut short by the quote */
                                        "\"\xE2\x28\xA1\"",
                                        "\"\xE2\x82\x28\"", /* no continuation */
                                        "\"\xF0\x90\x80\"",
                                        "\"\xF0\x90\x28\x80\"",
                                        NULL};

    (void)state;
    assert_all_refused(texts);
}

static void json_check__refuses_utf8_cut_by_the_end(void **state)
{
    struct json_fault fault;

    (void)state;
    for (size_t len = 2; len < 5; len++) {
        assert_false(json_check("\"\xF0\x90\x80\x80\"", len, &fault));
        assert_string_equal(fault.what, "invalid UTF-8");
    }
}

static void json_check__refuses_raw_control_characters(void **state)
{
    char text[] = "\"a?b\"";
    struct json_fault fault;

    (void)state;
    for (int c = 0; c < 0x20; c++) {
        text[2] = (char)c;
        assert_false(json_check(text, 5, &fault));
        assert_int_equal(fault.at, 2);
    }
    text[2] = 0x7F; /* DEL is none of them */
    assert_true(json_check(text, 5, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_check__accepts_every_kind_of_value),
        cmocka_unit_test(json_check__accepts_numbers_of_the_grammar),
        cmocka_unit_test(json_check__refuses_numbers_outside_the_grammar),
        cmocka_unit_test(json_check__refuses_what_is_no_value),
        cmocka_unit_test(json_check__refuses_bytes_after_the_value),
        cmocka_unit_test(json_check__refuses_a_nul_byte_after_the_value),
        cmocka_unit_test(json_check__accepts_64_levels),
        cmocka_unit_test(json_check__refuses_65_levels),
        cmocka_unit_test(json_check__counts_depth_not_brackets),
        cmocka_unit_test(json_check__accepts_escapes_and_surrogate_pairs),
        cmocka_unit_test(json_check__refuses_unknown_escapes),
        cmocka_unit_test(json_check__refuses_a_backslash_before_a_nul_byte),
        cmocka_unit_test(json_check__accepts_utf8_at_its_bounds),
        cmocka_unit_test(json_check__refuses_utf8_outside_its_bounds),
        cmocka_unit_test(json_check__refuses_utf8_cut_by_the_end),
        cmocka_unit_test(json_check__refuses_raw_control_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
