/* The writer: what it writes is valid, minimal, and reads back equal. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/json.h"

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

static void json_out__separates_members_and_elements(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_begin(&out, '{');
    json_put_int(&out, "a", -1);
    json_key(&out, "b");
    json_begin(&out, '[');
    json_null(&out);
    json_begin(&out, '{');
    json_end(&out, '}');
    json_bool(&out, false);
    json_end(&out, ']');
    json_put_bool(&out, "c", true);
    json_put_raw(&out, "d", "[1]");
    json_put_num(&out, "e", 0.5);
    json_end(&out, '}');

    assert_string_equal(json_text(&out),
                        "{\"a\":-1,\"b\":[null,{},false],\"c\":true,\"d\":[1],\"e\":0.5}");
}

static void json_out__leaves_absent_texts_out(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_begin(&out, '{');
    json_put_str(&out, "a", NULL);
    json_put_raw(&out, "b", NULL);
    json_put_str(&out, "c", "");
    json_end(&out, '}');

    assert_string_equal(json_text(&out), "{\"c\":\"\"}");
}

static void json_out__is_empty_when_nothing_was_written(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    assert_string_equal(json_text(&out), "");
}

static void json_str__escapes_what_has_to_be(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_str(&out, "\"\\/\b\f\n\r\t\x01\x1F\x7F \xC3\xA9\xF0\x9F\x98\x80");

    assert_string_equal(json_text(&out), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f "
                                         "\xC3\xA9\xF0\x9F\x98\x80\"");
}

static void json_strn__keeps_nul_bytes_as_escapes(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_strn(&out, "a\0b", 3);

    assert_string_equal(json_text(&out), "\"a\\u0000b\"");
}

static void json_str__writes_null_for_no_text(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_str(&out, NULL);

    assert_string_equal(json_text(&out), "null");
}

static void json_key__is_escaped_too(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_begin(&out, '{');
    json_put_int(&out, "a\"b", 1);
    json_end(&out, '}');

    assert_string_equal(json_text(&out), "{\"a\\\"b\":1}");
}

static void json_str__writes_every_byte_validly(void **state)
{
    char text[0x7F];
    struct json_out out = JSON_OUT_IN(&arena);
    struct json_fault fault;
    OWN_JSON tree = NULL;

    (void)state;
    for (int i = 0; i < 0x7E; i++)
        text[i] = (char)(i + 1);
    text[0x7E] = '\0';

    json_str(&out, text);
    tree = json_parse(out.buf.ptr, out.buf.len);

    assert_true(json_check(out.buf.ptr, out.buf.len, &fault));
    assert_string_equal(tree->valuestring, text);
}

static void json_int__writes_the_whole_range(void **state)
{
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_begin(&out, '[');
    json_int(&out, INT64_MIN);
    json_int(&out, INT64_MAX);
    json_int(&out, 9007199254740993);
    json_end(&out, ']');

    assert_string_equal(json_text(&out),
                        "[-9223372036854775808,9223372036854775807,9007199254740993]");
}

static void assert_num(double value, const char *text)
{
    struct json_out out = JSON_OUT_IN(&arena);

    json_num(&out, value);

    assert_string_equal(json_text(&out), text);
}

static void json_num__writes_the_shortest_text(void **state)
{
    (void)state;
    assert_num(0, "0");
    assert_num(0.1, "0.1");
    assert_num(0.67, "0.67");
    assert_num(1.0 / 3, "0.3333333333333333");
    assert_num(0.1 + 0.2, "0.30000000000000004");
    assert_num(123456, "123456");
    assert_num(1234567, "1234567");
    assert_num(1e300, "1e+300");
}

static void json_num__writes_null_for_what_json_cannot_say(void **state)
{
    (void)state;
    assert_num(NAN, "null");
    assert_num(INFINITY, "null");
    assert_num(-INFINITY, "null");
}

static void json_num__reads_back_equal(void **state)
{
    uint64_t seed = 88172645463325252U;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct json_out out = JSON_OUT_IN(&arena);
        struct json_fault fault;
        double value = 0;
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&value, &seed, sizeof(value));
        if (!isfinite(value))
            continue;
        json_num(&out, value);
        assert_true(json_check(out.buf.ptr, out.buf.len, &fault));
        assert_true(strtod(json_text(&out), NULL) == value);
        arena_reset(&arena);
    }
}

static void json_tree__writes_what_was_parsed(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5,true,false,null,\"\\u00e9\\n\"],\"a\":{\"b\":{}},\"\":[]}";
    OWN_JSON tree = json_parse(text, sizeof(text) - 1);
    struct json_out out = JSON_OUT_IN(&arena);

    (void)state;
    json_tree(&out, tree);

    assert_string_equal(
        json_text(&out),
        "{\"a\":[1,-2.5,true,false,null,\"\xC3\xA9\\n\"],\"a\":{\"b\":{}},\"\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_out__separates_members_and_elements),
        cmocka_unit_test(json_out__leaves_absent_texts_out),
        cmocka_unit_test(json_out__is_empty_when_nothing_was_written),
        cmocka_unit_test(json_str__escapes_what_has_to_be),
        cmocka_unit_test(json_strn__keeps_nul_bytes_as_escapes),
        cmocka_unit_test(json_str__writes_null_for_no_text),
        cmocka_unit_test(json_key__is_escaped_too),
        cmocka_unit_test(json_str__writes_every_byte_validly),
        cmocka_unit_test(json_int__writes_the_whole_range),
        cmocka_unit_test(json_num__writes_the_shortest_text),
        cmocka_unit_test(json_num__writes_null_for_what_json_cannot_say),
        cmocka_unit_test(json_num__reads_back_equal),
        cmocka_unit_test(json_tree__writes_what_was_parsed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
