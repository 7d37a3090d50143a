/* Walking checked bytes without parsing them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/json.h"

static struct span text_span(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void assert_member(struct span object, size_t *pos, const char *name, const char *value)
{
    struct span got_name = {0};
    struct span got_value = {0};

    assert_true(json_next(object, pos, &got_name, &got_value));
    assert_true(span_is(got_name, name));
    assert_true(span_is(got_value, value));
}

static void assert_element(struct span array, size_t *pos, const char *value)
{
    struct span got = {0};

    assert_true(json_next(array, pos, NULL, &got));
    assert_true(span_is(got, value));
}

static void assert_end(struct span value, size_t *pos)
{
    struct span name = {0};
    struct span got = {0};

    assert_false(json_next(value, pos, &name, &got));
    assert_false(json_next(value, pos, &name, &got)); /* and stays there */
}

static void json_next__walks_members_of_every_kind(void **state)
{
    const struct span object =
        text_span("{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":null,\"e\":{},\"f\":[],\"g\":-1.5e3}");
    size_t pos = 0;

    (void)state;
    assert_member(object, &pos, "a", "1");
    assert_member(object, &pos, "b", "\"x\"");
    assert_member(object, &pos, "c", "true");
    assert_member(object, &pos, "d", "null");
    assert_member(object, &pos, "e", "{}");
    assert_member(object, &pos, "f", "[]");
    assert_member(object, &pos, "g", "-1.5e3");
    assert_end(object, &pos);
}

static void json_next__takes_nested_values_whole(void **state)
{
    const struct span object = text_span("{\"p\":{\"a\":[1,{\"b\":2}],\"c\":{}},\"q\":[[],[[3]]]}");
    size_t pos = 0;

    (void)state;
    assert_member(object, &pos, "p", "{\"a\":[1,{\"b\":2}],\"c\":{}}");
    assert_member(object, &pos, "q", "[[],[[3]]]");
    assert_end(object, &pos);
}

static void json_next__is_not_misled_by_punctuation_in_strings(void **state)
{
    const struct span object = text_span("{\"a}\":\"],{\\\"\\\\\",\"b\":{\"c\":\"}]\\\"\"}}");
    size_t pos = 0;

    (void)state;
    assert_member(object, &pos, "a}", "\"],{\\\"\\\\\"");
    assert_member(object, &pos, "b", "{\"c\":\"}]\\\"\"}");
    assert_end(object, &pos);
}

static void json_next__counts_the_backslashes_before_a_quote(void **state)
{
    const struct span object = text_span(
        "{\"\\\\\":\"\\\\\",\"b\":\"x\\\"\",\"c\":\"\\\\\\\",\\\\\",\"d\":[\"\\\\\",\"\\\"]\"],"
        "\"e\":\"\",\"f\":\"\\\"\\\"\"}");
    size_t pos = 0;

    (void)state;
    assert_member(object, &pos, "\\\\", "\"\\\\\"");
    assert_member(object, &pos, "b", "\"x\\\"\"");
    assert_member(object, &pos, "c", "\"\\\\\\\",\\\\\"");
    assert_member(object, &pos, "d", "[\"\\\\\",\"\\\"]\"]");
    assert_member(object, &pos, "e", "\"\"");
    assert_member(object, &pos, "f", "\"\\\"\\\"\"");
    assert_end(object, &pos);
}

static void json_next__skips_blanks(void **state)
{
    const struct span object = text_span(" \n{ \"a\" :\t[ 1 , 2 ] ,\r\n \"b\" : 3 \n} ");
    size_t pos = 0;

    (void)state;
    assert_member(object, &pos, "a", "[ 1 , 2 ]");
    assert_member(object, &pos, "b", "3");
    assert_end(object, &pos);
}

static void json_next__gives_names_raw(void **state)
{
    const struct span object = text_span("{\"\":0,\"a\\\"\\u0041\":1}");
    size_t pos = 0;

    (void)state;
    assert_member(object, &pos, "", "0");
    assert_member(object, &pos, "a\\\"\\u0041", "1");
    assert_end(object, &pos);
}

static void json_next__walks_elements(void **state)
{
    const struct span array = text_span("[ 1, \"a,b\", [2,3] ,{\"c\":4},null]");
    size_t pos = 0;

    (void)state;
    assert_element(array, &pos, "1");
    assert_element(array, &pos, "\"a,b\"");
    assert_element(array, &pos, "[2,3]");
    assert_element(array, &pos, "{\"c\":4}");
    assert_element(array, &pos, "null");
    assert_end(array, &pos);
}

static void json_next__ends_at_once_in_empty_values(void **state)
{
    static const char *const texts[] = {"{}", "[]", "{ }", " [\n] "};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        size_t pos = 0;
        assert_end(text_span(texts[i]), &pos);
    }
}

static void span_is__compares_length_and_bytes(void **state)
{
    (void)state;
    assert_true(span_is(text_span("abc"), "abc"));
    assert_false(span_is(text_span("abc"), "ab"));
    assert_false(span_is(text_span("ab"), "abc"));
    assert_false(span_is(text_span("abd"), "abc"));
    assert_true(span_is((struct span){0}, ""));
    assert_false(span_is((struct span){0}, "a"));
}

static void json_get__minds_the_case_and_the_kind(void **state)
{
    OWN_JSON tree = json_parse("{\"a\":1,\"B\":\"x\",\"n\":null}", 26);

    (void)state;
    assert_non_null(json_get(tree, "a"));
    assert_null(json_get(tree, "A"));
    assert_null(json_get(NULL, "a"));
    assert_null(json_get(json_get(tree, "a"), "a"));
    assert_string_equal(json_get_text(tree, "B"), "x");
    assert_null(json_get_text(tree, "a"));
    assert_null(json_get_text(tree, "n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_next__walks_members_of_every_kind),
        cmocka_unit_test(json_next__takes_nested_values_whole),
        cmocka_unit_test(json_next__is_not_misled_by_punctuation_in_strings),
        cmocka_unit_test(json_next__counts_the_backslashes_before_a_quote),
        cmocka_unit_test(json_next__skips_blanks),
        cmocka_unit_test(json_next__gives_names_raw),
        cmocka_unit_test(json_next__walks_elements),
        cmocka_unit_test(json_next__ends_at_once_in_empty_values),
        cmocka_unit_test(span_is__compares_length_and_bytes),
        cmocka_unit_test(json_get__minds_the_case_and_the_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
