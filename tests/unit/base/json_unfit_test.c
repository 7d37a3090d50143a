/* Valid JSON that nobody can use as it stands: noted with its member, and parsed all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/json.h"

#define NUL   "must not contain the character U+0000"
#define HALF  "must not contain half of a surrogate pair"
#define LONG  "must not be a number of more than 63 characters"
#define TWICE "is given twice"

/* The text is valid, and `name` is unfit as `unfit` says (NULL: nothing is). */
static void assert_unfit(const char *text, const char *name, const char *unfit)
{
    struct json_fault fault;
    OWN_JSON tree = NULL;

    if (!json_check(text, strlen(text), &fault))
        fail_msg("%s: %s", text, fault.what);
    if (unfit == NULL) {
        assert_null(fault.unfit);
    } else {
        assert_non_null(fault.unfit);
        assert_string_equal(fault.unfit, unfit);
        if (!span_is(fault.unfit_name, name))
            fail_msg("%s: %.*s", text, (int)fault.unfit_name.len, fault.unfit_name.ptr);
    }
    tree = json_parse(text, strlen(text));
    assert_non_null(tree);
}

static void json_check__notes_u0000_with_the_innermost_member(void **state)
{
    (void)state;
    assert_unfit("{\"a\":{\"title\":[1,\"x\\u0000y\"]},\"b\":2}", "title", NUL);
    assert_unfit("{\"outer\":[{\"inner\":1},\"\\u0000\"]}", "outer", NUL);
    assert_unfit("{\"a\":\"\\u0001\\\\u0000\"}", NULL, NULL);
}

static void json_check__notes_what_has_no_name_with_an_empty_one(void **state)
{
    (void)state;
    assert_unfit("[\"\\u0000\"]", "", NUL);
    assert_unfit("\"\\u0000\"", "", NUL);
    assert_unfit("{\"a\\u0000\":1}", "", NUL);
    assert_unfit("{\"a\\ud800\":1}", "", HALF);
}

static void json_check__notes_half_of_a_surrogate_pair(void **state)
{
    (void)state;
    assert_unfit("{\"a\":\"\\ud800\"}", "a", HALF);
    assert_unfit("{\"a\":\"\\ud800x\"}", "a", HALF);
    assert_unfit("{\"a\":\"\\ud800\\n12345\"}", "a", HALF);
    assert_unfit("{\"a\":\"\\ud800\\ud800\"}", "a", HALF);
    assert_unfit("{\"a\":\"\\ud800\\u0041\"}", "a", HALF);
    assert_unfit("{\"a\":\"\\udc00\"}", "a", HALF);
    assert_unfit("{\"a\":\"\\ude00\\ud83d\"}", "a", HALF);
    assert_unfit("{\"a\":\"\\ud83d\\ude00\"}", NULL, NULL);
    assert_unfit("{\"a\":\"\\\\ud800\"}", NULL, NULL);
}

static void json_check__notes_a_number_that_is_too_long(void **state)
{
    (void)state;
    for (int n = JSON_NUMBER_MAX - 1; n <= JSON_NUMBER_MAX + 1; n++) {
        char text[100] = "{\"n\":";
        memset(text + 5, '1', (size_t)n);
        text[5 + n] = '}';
        assert_unfit(text, "n", n > JSON_NUMBER_MAX ? LONG : NULL);
    }
}

static void json_check__notes_a_member_that_is_given_twice(void **state)
{
    (void)state;
    assert_unfit("{\"a\":1,\"b\":2,\"a\":3}", "a", TWICE);
    assert_unfit("{\"x\":[{\"a\":1,\"\\u0061\":3}]}", "\\u0061", TWICE);
    assert_unfit("{\"a\":1,\"A\":2,\"\":3}", NULL, NULL);
    assert_unfit("{\"a\":{\"a\":1},\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":1}]}", NULL, NULL);
    assert_unfit("{\"b\":{\"x\":1},\"b\":1}", "b", TWICE);
}

static void json_check__tells_the_first_of_several(void **state)
{
    (void)state;
    assert_unfit("{\"a\":\"\\ud800\",\"a\":\"\\u0000\"}", "a", HALF);
}

/* An object of n members, and one more around it. */
static bool takes_members(size_t n, struct json_fault *ret_fault)
{
    char text[8 * JSON_MEMBERS_MAX + 100] = "{\"around\":{";
    size_t len = strlen(text);

    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"%zu\":1", i > 0 ? "," : "", i);
    memcpy(text + len, "}}", 3);
    return json_check(text, len + 2, ret_fault);
}

static void json_check__limits_the_members_of_an_object(void **state)
{
    struct json_fault fault;

    (void)state;
    assert_true(takes_members(JSON_MEMBERS_MAX - 2, &fault));
    assert_true(takes_members(JSON_MEMBERS_MAX - 1, &fault));
    assert_false(takes_members(JSON_MEMBERS_MAX, &fault));
    assert_true(fault.is_limit);
    assert_string_equal(fault.what, "more than 256 members in an object and those around it");
}

static void json_check__counts_the_members_of_open_objects_only(void **state)
{
    char text[4 * JSON_MEMBERS_MAX * 8 + 10] = "[";
    struct json_fault fault;
    size_t len = 1;

    (void)state;
    for (int i = 0; i < 4 * JSON_MEMBERS_MAX; i++, len += 8)
        memcpy(text + len, "{\"a\":1},", 8);
    memcpy(text + len, "0]", 2);
    assert_true(json_check(text, len + 2, &fault));
}

static void json_check__tells_a_limit_from_a_fault(void **state)
{
    char deep[65];
    struct json_fault fault;

    (void)state;
    memset(deep, '[', sizeof(deep));
    assert_false(json_check(deep, sizeof(deep), &fault));
    assert_true(fault.is_limit);
    assert_false(json_check("[", 1, &fault));
    assert_false(fault.is_limit);
}

static void assert_parsed_as(const char *text, const char *expected)
{
    OWN_JSON tree = json_parse(text, strlen(text));
    char *printed = NULL;

    assert_non_null(tree);
    printed = cJSON_PrintUnformatted(tree);
    assert_string_equal(printed, expected);
    cJSON_free(printed);
}

static void json_parse__puts_something_else_for_what_is_unfit(void **state)
{
    (void)state;
    assert_parsed_as("[\"a\\ud800b\",\"\\ud83d\\ude00\",\"\\\\ud800\"]",
                     "[\"a\xEF\xBF\xBD"
                     "b\",\"\xF0\x9F\x98\x80\",\"\\\\ud800\"]");
    assert_parsed_as("{\"\\udc00\":1}", "{\"\xEF\xBF\xBD\":1}");
}

static void json_mend__makes_a_long_number_one_that_every_parser_reads(void **state)
{
    char text[] = "[-111111111111111111111111111111111111111111111111111111111111111.5e7,7,\"\\"
                  "\"1111111111111111111111111111111111111111111111111111111111111111111\"]";
    const size_t len = strlen(text);
    OWN_JSON tree = NULL;

    (void)state;
    json_mend(text, len);
    tree = json_parse(text, len);

    assert_int_equal(strlen(text), len);
    assert_int_equal(text[1], '0');
    assert_int_equal(text[2], ' ');
    assert_non_null(strstr(text, " ,7,\"\\\"111"));
    assert_int_equal(cJSON_GetArraySize(tree), 3);
}

static bool same(const char *a, const char *b)
{
    const struct span left = {a, strlen(a)};
    const struct span right = {b, strlen(b)};
    const bool is_same = json_same(left, right);

    assert_int_equal(json_hash(left) == json_hash(right), is_same);
    return is_same;
}

static void json_same__compares_what_is_meant(void **state)
{
    (void)state;
    assert_true(same("", ""));
    assert_true(same("id", "i\\u0064"));
    assert_true(same("\\u00e9\\n\\/", "\xC3\xA9\\u000a/"));
    assert_true(same("\\ud83d\\ude00", "\xF0\x9F\x98\x80"));
    assert_true(same("\\\"", "\\u0022"));
    assert_true(same("\\ud800", "\\uD800"));
    assert_false(same("id", "i\\u0044"));
    assert_false(same("a\\u0000b", "a"));
    assert_false(same("a", "a\\u0000b"));
    assert_false(same("\\ud800", "\\ud801"));
    assert_false(same("\\\\u0064", "d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_check__notes_u0000_with_the_innermost_member),
        cmocka_unit_test(json_check__notes_what_has_no_name_with_an_empty_one),
        cmocka_unit_test(json_check__notes_half_of_a_surrogate_pair),
        cmocka_unit_test(json_check__notes_a_number_that_is_too_long),
        cmocka_unit_test(json_check__notes_a_member_that_is_given_twice),
        cmocka_unit_test(json_check__tells_the_first_of_several),
        cmocka_unit_test(json_check__limits_the_members_of_an_object),
        cmocka_unit_test(json_check__counts_the_members_of_open_objects_only),
        cmocka_unit_test(json_check__tells_a_limit_from_a_fault),
        cmocka_unit_test(json_parse__puts_something_else_for_what_is_unfit),
        cmocka_unit_test(json_mend__makes_a_long_number_one_that_every_parser_reads),
        cmocka_unit_test(json_same__compares_what_is_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
