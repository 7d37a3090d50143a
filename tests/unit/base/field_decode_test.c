/* Decoding arguments: every type, every bound, and the sentences that name what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/field.h"

static const char *const marks[] = {"low", "high", NULL};

struct part {
    const char *name;
    struct opt_int count;
};

static const struct field part_fields[] = {
    FIELD_STR(struct part, name, 1, 5, REQUIRED, "Name."),
    FIELD_INT(struct part, count, 0, 9, OPTIONAL, "Count."),
    FIELD_END,
};

struct whole {
    const char *title;
    const char *text;
    int mark;
    struct opt_bool flag;
    struct opt_int count;
    struct opt_int any;
    struct opt_num ratio;
    struct part *part;
    struct list parts;
    struct list tags;
    const cJSON *extra;
};

static const struct field whole_fields[] = {
    FIELD_STR(struct whole, title, 2, 4, OPTIONAL, "Title."),
    FIELD_TEXT(struct whole, text, 2, 4, OPTIONAL, "Text."),
    FIELD_ENUM(struct whole, mark, marks, OPTIONAL, "Mark."),
    FIELD_BOOL(struct whole, flag, OPTIONAL, "Flag."),
    FIELD_INT(struct whole, count, 10, 2000000, OPTIONAL, "Count."),
    FIELD_INT(struct whole, any, 0, 0, OPTIONAL, "Any."),
    FIELD_NUM(struct whole, ratio, 0, 1, OPTIONAL, "Ratio."),
    FIELD_OBJ(struct whole, part, part_fields, struct part, OPTIONAL, "Part."),
    FIELD_LIST(struct whole, parts, part_fields, struct part, 1, 2, OPTIONAL, "Parts."),
    FIELD_STRS(struct whole, tags, 1, 2, OPTIONAL, "Tags."),
    FIELD_JSON(struct whole, extra, OPTIONAL, "Extra."),
    FIELD_END,
};

struct fixture {
    struct arena arena;
    struct req rq;
    cJSON *tree;
    struct whole out;
};

static struct fixture fx;

static int setup(void **state)
{
    (void)state;
    memset(&fx, 0, sizeof(fx));
    arena_init(&fx.arena, ARENA_CAP_DEFAULT);
    fx.rq.arena = &fx.arena;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_free(&fx.tree);
    arena_destroy(&fx.arena);
    return 0;
}

static enum status decode(const char *text)
{
    struct json_fault fault;

    assert_true(json_check(text, strlen(text), &fault));
    json_free(&fx.tree);
    fx.tree = json_parse(text, strlen(text));
    return field_decode(&fx.rq, whole_fields, fx.tree, NULL, sizeof(fx.out), &fx.out);
}

static void assert_refused(const char *text, const char *message)
{
    assert_int_equal(decode(text), ST_INVALID);
    assert_string_equal(fx.rq.message, message);
    assert_int_equal(fx.rq.status, ST_INVALID);
}

static void assert_taken(const char *text)
{
    if (decode(text) != ST_OK)
        fail_msg("refused: %s: %s", text, fx.rq.message);
}

static void field_decode__fills_every_type(void **state)
{
    (void)state;
    assert_taken(
        "{\"title\":\"abc\",\"text\":\"xyz\",\"mark\":\"high\",\"flag\":false,\"count\":12,"
        "\"any\":-7,\"ratio\":0.25,\"part\":{\"name\":\"p\",\"count\":3},"
        "\"parts\":[{\"name\":\"a\"},{\"name\":\"b\",\"count\":0}],"
        "\"tags\":[\"t\",\"u\"],\"extra\":{\"k\":[1]}}");

    assert_string_equal(fx.out.title, "abc");
    assert_string_equal(fx.out.text, "xyz");
    assert_string_equal(field_choice(marks, fx.out.mark), "high");
    assert_true(fx.out.flag.set && !fx.out.flag.v);
    assert_true(fx.out.count.set && fx.out.count.v == 12);
    assert_true(fx.out.any.set && fx.out.any.v == -7);
    assert_true(fx.out.ratio.set && fx.out.ratio.v == 0.25);
    assert_string_equal(fx.out.part->name, "p");
    assert_int_equal(fx.out.part->count.v, 3);
    assert_int_equal(fx.out.parts.n, 2);
    assert_string_equal(LIST_AT(fx.out.parts, 1, struct part)->name, "b");
    assert_false(LIST_AT(fx.out.parts, 0, struct part)->count.set);
    assert_true(LIST_AT(fx.out.parts, 1, struct part)->count.set);
    assert_string_equal(*LIST_AT(fx.out.tags, 1, const char *), "u");
    assert_true(cJSON_IsArray(json_get(fx.out.extra, "k")));
}

static void field_decode__wants_a_line_that_says_something(void **state)
{
    static const char line[] = "'title' must be one line without control characters";
    static const char *const broken[] = {"a\\nb",    "a\\u001bb", "a\\u007f", "a\\u0085",
                                         "a\\u2028", "a\\u202e",  "a\\u2066"};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_refused(arena_printf(&fx.arena, "{\"title\":\"%s\"}", broken[i]), line);
    assert_refused("{\"tags\":[\"t\",\"u\\n\"]}",
                   "'tags[1]' must be one line without control characters");
    assert_refused("{\"title\":\"  \"}", "'title' must not be blank");
    assert_refused("{\"text\":\" \\n\\t \"}", "'text' must not be blank");
    assert_taken("{\"title\":\" a \",\"text\":\"a\\nb\"}");
    assert_taken("{\"title\":\"\\u00a0\\u202fa\\u00e9\"}");
}

static void field_decode__leaves_absent_members_zero(void **state)
{
    static const struct whole zero;

    (void)state;
    memset(&fx.out, 0xAA, sizeof(fx.out));
    assert_taken("{}");
    assert_memory_equal(&fx.out, &zero, sizeof(zero));
}

static void field_decode__takes_null_as_not_given(void **state)
{
    (void)state;
    assert_taken("{\"title\":null,\"mark\":null,\"flag\":null,\"count\":null,\"part\":null,"
                 "\"parts\":null,\"tags\":null,\"extra\":null}");

    assert_null(fx.out.title);
    assert_int_equal(fx.out.mark, 0);
    assert_false(fx.out.parts.set);
    assert_null(fx.out.extra);
}

static void field_decode__takes_no_arguments_at_all(void **state)
{
    (void)state;
    assert_int_equal(field_decode(&fx.rq, whole_fields, NULL, NULL, sizeof(fx.out), &fx.out),
                     ST_OK);
    assert_false(fx.out.flag.set);
}

static void field_decode__refuses_what_is_no_object(void **state)
{
    (void)state;
    assert_refused("[1,2]", "the arguments must be an object");
    assert_refused("\"x\"", "the arguments must be an object");
    assert_refused("7", "the arguments must be an object");
}

static void field_decode__counts_characters_of_strings(void **state)
{
    (void)state;
    assert_refused("{\"title\":\"\"}", "'title' must be 2 to 4 characters, got 0");
    assert_refused("{\"title\":\"\xC3\xA9\"}", "'title' must be 2 to 4 characters, got 1");
    assert_taken("{\"title\":\"ab\"}");
    assert_taken("{\"title\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z\"}");
    assert_refused("{\"title\":\"abcde\"}", "'title' must be 2 to 4 characters, got 5");
}

static void field_decode__counts_bytes_of_texts(void **state)
{
    (void)state;
    assert_refused("{\"text\":\"a\"}", "'text' must be 2 to 4 bytes, got 1");
    assert_taken("{\"text\":\"\xC3\xA9\"}");
    assert_taken("{\"text\":\"\xC3\xA9\xC3\xA9\"}");
    assert_refused("{\"text\":\"\xC3\xA9\xC3\xA9z\"}", "'text' must be 2 to 4 bytes, got 5");
}

static void field_decode__keeps_integers_in_their_bounds(void **state)
{
    (void)state;
    assert_refused("{\"count\":9}", "'count' must be a whole number from 10 to 2000000, got 9");
    assert_taken("{\"count\":10}");
    assert_taken("{\"count\":2e6}");
    assert_refused("{\"count\":2000001}",
                   "'count' must be a whole number from 10 to 2000000, got 2000001");
    assert_refused("{\"count\":10.5}", "'count' must be a whole number");
    assert_refused("{\"count\":1e999}", "'count' must be a whole number");
}

static void field_decode__takes_unbounded_integers_that_a_double_holds(void **state)
{
    (void)state;
    assert_taken("{\"any\":9007199254740991}");
    assert_true(fx.out.any.v == INT64_C(9007199254740991));
    assert_taken("{\"any\":-9007199254740991}");
    assert_taken("{\"any\":0}");
    assert_true(fx.out.any.set);
    /* 2^53 + 1 reads as 2^53: rather refuse than alter. */
    assert_refused("{\"any\":9007199254740993}", "'any' must be a whole number");
    assert_refused("{\"any\":9007199254740992}", "'any' must be a whole number");
}

static void field_decode__keeps_numbers_in_their_bounds(void **state)
{
    (void)state;
    assert_refused("{\"ratio\":-0.001}", "'ratio' must be a number from 0 to 1, got -0.001");
    assert_taken("{\"ratio\":0}");
    assert_taken("{\"ratio\":1}");
    assert_refused("{\"ratio\":1.001}", "'ratio' must be a number from 0 to 1, got 1.001");
    assert_refused("{\"ratio\":-1e999}", "'ratio' must be a number");
}

static void field_decode__keeps_lists_in_their_bounds(void **state)
{
    (void)state;
    assert_refused("{\"tags\":[]}", "'tags' must have 1 to 2 entries, got 0");
    assert_taken("{\"tags\":[\"\"]}");
    assert_taken("{\"tags\":[\"a\",\"a\"]}");
    assert_refused("{\"tags\":[\"a\",\"b\",\"c\"]}", "'tags' must have 1 to 2 entries, got 3");
    assert_refused("{\"parts\":[]}", "'parts' must have 1 to 2 entries, got 0");
    assert_refused("{\"parts\":[{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"a\"}]}",
                   "'parts' must have 1 to 2 entries, got 3");
}

static void field_decode__names_the_choices(void **state)
{
    (void)state;
    assert_refused("{\"mark\":\"Low\"}", "'mark' must be one of low, high, got 'Low'");
    assert_refused("{\"mark\":1}", "'mark' must be one of low, high");
    assert_refused("{\"mark\":\"\"}", "'mark' must be one of low, high, got ''");
}

static void field_decode__refuses_wrong_types(void **state)
{
    (void)state;
    assert_refused("{\"title\":7}", "'title' must be a string");
    assert_refused("{\"text\":[\"a\"]}", "'text' must be a string");
    assert_refused("{\"flag\":\"true\"}", "'flag' must be true or false");
    assert_refused("{\"flag\":1}", "'flag' must be true or false");
    assert_refused("{\"count\":\"12\"}", "'count' must be a whole number");
    assert_refused("{\"count\":true}", "'count' must be a whole number");
    assert_refused("{\"ratio\":{}}", "'ratio' must be a number");
    assert_refused("{\"part\":[]}", "'part' must be an object");
    assert_refused("{\"parts\":{}}", "'parts' must be a list");
    assert_refused("{\"tags\":\"a\"}", "'tags' must be a list");
    assert_refused("{\"extra\":[]}", "'extra' must be an object");
    assert_refused("{\"extra\":\"{}\"}", "'extra' must be an object");
}

static void field_decode__names_the_entry_of_the_wrong_type(void **state)
{
    (void)state;
    assert_refused("{\"parts\":[{\"name\":\"a\"},5]}", "'parts[1]' must be an object");
    assert_refused("{\"parts\":[null]}", "'parts[0]' must be an object");
    assert_refused("{\"tags\":[\"a\",null]}", "'tags[1]' must be a string");
}

static void field_decode__names_the_path_of_nested_members(void **state)
{
    (void)state;
    assert_refused("{\"part\":{}}", "'part.name' is missing");
    assert_refused("{\"part\":{\"name\":\"abcdef\"}}",
                   "'part.name' must be 1 to 5 characters, got 6");
    assert_refused("{\"parts\":[{\"name\":\"a\"},{\"name\":\"a\",\"count\":10}]}",
                   "'parts[1].count' must be a whole number from 0 to 9, got 10");
    assert_refused("{\"parts\":[{\"name\":\"a\",\"x\":1}]}",
                   "'parts[0].x' is not known here; known are name, count");
}

static void field_decode__puts_the_callers_path_in_front(void **state)
{
    (void)state;
    fx.tree = json_parse("{\"count\":1}", 11);

    assert_int_equal(field_decode(&fx.rq, part_fields, fx.tree, "answers[2]", sizeof(struct part),
                                  &(struct part){0}),
                     ST_INVALID);
    assert_string_equal(fx.rq.message, "'answers[2].name' is missing");
}

static void field_decode__refuses_missing_members(void **state)
{
    (void)state;
    assert_refused("{\"part\":{\"count\":1}}", "'part.name' is missing");
    assert_refused("{\"part\":{\"name\":null}}", "'part.name' is missing");
    assert_refused("{\"part\":{\"Name\":\"a\"}}",
                   "'part.Name' is not known here; known are name, count");
}

static void field_decode__refuses_members_given_twice(void **state)
{
    (void)state;
    assert_refused("{\"title\":\"ab\",\"flag\":true,\"title\":\"cd\"}",
                   "'title' is given twice; give it once");
    assert_refused("{\"title\":null,\"title\":\"cd\"}", "'title' is given twice; give it once");
    assert_refused("{\"part\":{\"name\":\"a\",\"name\":\"a\"}}",
                   "'part.name' is given twice; give it once");
}

static void field_decode__says_when_nothing_is_known(void **state)
{
    static const struct field none[] = {FIELD_END};

    (void)state;
    fx.tree = json_parse("{\"x\":1}", 7);

    assert_int_equal(field_decode(&fx.rq, none, fx.tree, NULL, 0, &fx.out), ST_INVALID);
    assert_string_equal(fx.rq.message, "'x' is not known here; known are none");
}

/* What is quoted is cut, but never inside a character: the sentence has to stay UTF-8. */
static void field_decode__quotes_whole_characters(void **state)
{
    char text[300];
    const char *quoted = NULL;

    (void)state;
    memcpy(text, "{\"mark\":\"a", 10);
    for (int i = 0; i < 60; i++)
        memcpy(text + 10 + 2 * i, "\xC3\xA9", 2);
    memcpy(text + 130, "\"}", 3);
    assert_int_equal(decode(text), ST_INVALID);
    quoted = strstr(fx.rq.message, "got '");
    assert_int_equal(strlen(quoted), 5 + 39 + 1);
    assert_memory_equal(quoted + strlen(quoted) - 3, "\xC3\xA9'", 3);
}

static void field_decode__quotes_whole_characters_of_unknown_names(void **state)
{
    char text[300];

    (void)state;
    memcpy(text, "{\"a", 3);
    for (int i = 0; i < 60; i++)
        memcpy(text + 3 + 2 * i, "\xC3\xA9", 2);
    memcpy(text + 123, "\":1}", 5);
    assert_int_equal(decode(text), ST_INVALID);
    assert_int_equal(strcspn(fx.rq.message + 1, "'"), 59);
}

static void field_decode__ends_with_the_arena(void **state)
{
    (void)state;
    arena_destroy(&fx.arena);
    arena_init(&fx.arena, 16);

    assert_int_equal(decode("{\"part\":{\"name\":\"a\"}}"), ST_LIMIT);
}

static void field_decode_row__ignores_bounds(void **state)
{
    static const char text[] = "{\"title\":\"much longer\",\"count\":1,\"ratio\":7,\"tags\":[],"
                               "\"parts\":[]}";

    (void)state;
    fx.tree = json_parse(text, sizeof(text) - 1);

    assert_int_equal(field_decode_row(&fx.rq, whole_fields, fx.tree, sizeof(fx.out), &fx.out),
                     ST_OK);
    assert_string_equal(fx.out.title, "much longer");
    assert_true(fx.out.tags.set && fx.out.tags.n == 0);
}

static void field_decode_row__takes_disagreement_as_a_defect(void **state)
{
    static const char *const texts[] = {"{\"x\":1}", "{\"part\":{}}", "{\"title\":1}",
                                        "{\"parts\":[1]}", "[]"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        OWN_JSON tree = json_parse(texts[i], strlen(texts[i]));
        assert_int_equal(field_decode_row(&fx.rq, whole_fields, tree, sizeof(fx.out), &fx.out),
                         ST_BUG);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(field_decode__fills_every_type),
        CASE(field_decode__wants_a_line_that_says_something),
        CASE(field_decode__leaves_absent_members_zero),
        CASE(field_decode__takes_null_as_not_given),
        CASE(field_decode__takes_no_arguments_at_all),
        CASE(field_decode__refuses_what_is_no_object),
        CASE(field_decode__counts_characters_of_strings),
        CASE(field_decode__counts_bytes_of_texts),
        CASE(field_decode__keeps_integers_in_their_bounds),
        CASE(field_decode__takes_unbounded_integers_that_a_double_holds),
        CASE(field_decode__keeps_numbers_in_their_bounds),
        CASE(field_decode__keeps_lists_in_their_bounds),
        CASE(field_decode__names_the_choices),
        CASE(field_decode__refuses_wrong_types),
        CASE(field_decode__names_the_entry_of_the_wrong_type),
        CASE(field_decode__names_the_path_of_nested_members),
        CASE(field_decode__puts_the_callers_path_in_front),
        CASE(field_decode__refuses_missing_members),
        CASE(field_decode__refuses_members_given_twice),
        CASE(field_decode__says_when_nothing_is_known),
        CASE(field_decode__quotes_whole_characters),
        CASE(field_decode__quotes_whole_characters_of_unknown_names),
        CASE(field_decode__ends_with_the_arena),
        CASE(field_decode_row__ignores_bounds),
        CASE(field_decode_row__takes_disagreement_as_a_defect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
