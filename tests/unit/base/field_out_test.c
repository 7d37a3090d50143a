/* Results and schemas from the same tables that decode. */
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
    FIELD_INT(struct part, count, 0, 9, OPTIONAL, NULL),
    FIELD_END,
};

struct whole {
    const char *title;
    const char *text;
    int mark;
    struct opt_bool flag;
    struct opt_num ratio;
    struct part *part;
    struct list parts;
    struct list tags;
    const cJSON *extra;
    struct opt_int hidden;
};

static const struct field whole_fields[] = {
    FIELD_STR(struct whole, title, 1, 200, REQUIRED, "Title."),
    FIELD_TEXT(struct whole, text, 0, 65536, OPTIONAL, "Text."),
    FIELD_ENUM(struct whole, mark, marks, OPTIONAL, "Mark."),
    FIELD_BOOL(struct whole, flag, OPTIONAL, "Flag."),
    FIELD_NUM(struct whole, ratio, 0, 1, OPTIONAL, "Ratio."),
    FIELD_OBJ(struct whole, part, part_fields, struct part, OPTIONAL, "Part."),
    FIELD_LIST(struct whole, parts, part_fields, struct part, 1, 2, REQUIRED, "Parts."),
    FIELD_STRS(struct whole, tags, 0, 0, OPTIONAL, "Tags."),
    FIELD_JSON(struct whole, extra, OPTIONAL, "Extra."),
    {.name = "hidden",
     .type = FT_INT,
     .offset = offsetof(struct whole, hidden),
     .untold = true,
     .doc = "Hidden."},
    FIELD_END,
};

/* A shape that holds itself, as nested tasks do. */
struct node {
    const char *name;
    struct list nodes;
};

static const struct field node_fields[] = {
    FIELD_STR(struct node, name, 0, 0, REQUIRED, NULL),
    FIELD_LIST(struct node, nodes, node_fields, struct node, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};

static struct arena arena;
static struct json_out out;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    out = JSON_OUT_IN(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static void field_encode__leaves_absent_members_out(void **state)
{
    const struct whole in = {.title = "t"};

    (void)state;
    field_encode(whole_fields, &in, &out);

    assert_string_equal(json_text(&out), "{\"title\":\"t\",\"parts\":[]}");
}

static void field_encode__writes_values_that_are_zero_but_set(void **state)
{
    const struct whole in = {.title = "",
                             .flag = SOME_BOOL(false),
                             .ratio = SOME_NUM(0),
                             .tags = {.set = true},
                             .hidden = SOME_INT(0)};

    (void)state;
    field_encode(whole_fields, &in, &out);

    assert_string_equal(
        json_text(&out),
        "{\"title\":\"\",\"flag\":false,\"ratio\":0,\"parts\":[],\"tags\":[],\"hidden\":0}");
}

static void field_encode__writes_members_in_table_order(void **state)
{
    struct part parts[] = {{"a", {0}}, {"b", SOME_INT(-3)}};
    const char *tags[] = {"x", "\"y\""};
    OWN_JSON extra = json_parse("{\"k\":[1,null]}", 14);
    const struct whole in = {.extra = extra,
                             .tags = {true, 2, tags},
                             .parts = {true, 2, parts},
                             .part = &parts[1],
                             .mark = 2,
                             .text = "",
                             .title = "t"};

    (void)state;
    field_encode(whole_fields, &in, &out);

    assert_string_equal(json_text(&out),
                        "{\"title\":\"t\",\"text\":\"\",\"mark\":\"high\","
                        "\"part\":{\"name\":\"b\",\"count\":-3},"
                        "\"parts\":[{\"name\":\"a\"},{\"name\":\"b\",\"count\":-3}],"
                        "\"tags\":[\"x\",\"\\\"y\\\"\"],\"extra\":{\"k\":[1,null]}}");
}

static void field_encode__reads_back_the_same(void **state)
{
    static const char text[] = "{\"title\":\"t\",\"mark\":\"low\",\"flag\":true,\"ratio\":0.1,"
                               "\"parts\":[{\"name\":\"n\",\"count\":9}],\"tags\":[\"a\"],"
                               "\"extra\":{},\"hidden\":4}";
    struct req rq = {.arena = &arena};
    OWN_JSON tree = json_parse(text, sizeof(text) - 1);
    struct whole in;

    (void)state;
    assert_int_equal(field_decode(&rq, whole_fields, tree, NULL, sizeof(in), &in), ST_OK);
    field_encode(whole_fields, &in, &out);

    assert_string_equal(json_text(&out), text);
}

static void field_choice__is_null_for_none(void **state)
{
    (void)state;
    assert_null(field_choice(marks, 0));
    assert_string_equal(field_choice(marks, 1), "low");
    assert_string_equal(field_choice(marks, 2), "high");
}

static void field_schema_input__tells_bounds_and_docs_but_not_the_untold(void **state)
{
    (void)state;
    field_schema_input(whole_fields, &out);

    assert_string_equal(
        json_text(&out),
        "{\"type\":\"object\",\"properties\":{"
        "\"title\":{\"type\":\"string\",\"maxLength\":200,\"description\":\"Title.\"},"
        "\"text\":{\"type\":\"string\",\"description\":\"Text.\"},"
        "\"mark\":{\"type\":\"string\",\"enum\":[\"low\",\"high\"],\"description\":\"Mark.\"},"
        "\"flag\":{\"type\":\"boolean\",\"description\":\"Flag.\"},"
        "\"ratio\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1,\"description\":\"Ratio.\"},"
        "\"part\":{\"type\":\"object\",\"properties\":{"
        "\"name\":{\"type\":\"string\",\"maxLength\":5,\"description\":\"Name.\"},"
        "\"count\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9}},"
        "\"required\":[\"name\"],\"description\":\"Part.\"},"
        "\"parts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
        "\"name\":{\"type\":\"string\",\"maxLength\":5,\"description\":\"Name.\"},"
        "\"count\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9}},"
        "\"required\":[\"name\"]},\"minItems\":1,\"description\":\"Parts.\"},"
        "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"Tags.\"},"
        "\"extra\":{\"type\":\"object\",\"description\":\"Extra.\"}},"
        "\"required\":[\"title\",\"parts\"]}");
}

static void field_schema_output__is_closed_and_tells_everything(void **state)
{
    OWN_JSON tree = NULL;
    const cJSON *properties = NULL;
    const cJSON *items = NULL;

    (void)state;
    field_schema_output(whole_fields, NULL, &out);
    tree = json_parse(out.buf.ptr, out.buf.len);
    properties = json_get(tree, "properties");
    items = json_get(json_get(properties, "parts"), "items");

    assert_true(cJSON_IsFalse(json_get(tree, "additionalProperties")));
    assert_non_null(json_get(properties, "hidden"));
    assert_null(json_get(json_get(properties, "title"), "description"));
    assert_null(json_get(json_get(properties, "title"), "maxLength"));
    assert_true(cJSON_IsFalse(json_get(items, "additionalProperties")));
}

static void field_schema_input__of_a_recursive_shape_ends(void **state)
{
    (void)state;
    field_schema_input(node_fields, &out);

    assert_string_equal(json_text(&out),
                        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
                        "\"nodes\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},"
                        "\"required\":[\"name\"]}");
}

static void field_schema_output__of_a_recursive_shape_stays_open_below(void **state)
{
    (void)state;
    field_schema_output(node_fields, NULL, &out);

    assert_string_equal(json_text(&out),
                        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
                        "\"nodes\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},"
                        "\"required\":[\"name\"],\"additionalProperties\":false}");
}

static void field_schema__of_no_fields_is_an_empty_object(void **state)
{
    static const struct field none[] = {FIELD_END};

    (void)state;
    field_schema_input(none, &out);

    assert_string_equal(json_text(&out), "{\"type\":\"object\",\"properties\":{}}");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(field_encode__leaves_absent_members_out),
        CASE(field_encode__writes_values_that_are_zero_but_set),
        CASE(field_encode__writes_members_in_table_order),
        CASE(field_encode__reads_back_the_same),
        CASE(field_choice__is_null_for_none),
        CASE(field_schema_input__tells_bounds_and_docs_but_not_the_untold),
        CASE(field_schema_output__is_closed_and_tells_everything),
        CASE(field_schema_input__of_a_recursive_shape_ends),
        CASE(field_schema_output__of_a_recursive_shape_stays_open_below),
        CASE(field_schema__of_no_fields_is_an_empty_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
