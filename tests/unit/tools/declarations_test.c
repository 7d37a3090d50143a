/* What every tool's declaration promises: names, words, schemas, limits, and bounds that hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/service/write.h"
#include "planner/tools/tool.h"

#define LIST_BYTES_MAX ((size_t)48 * 1024) /* SPEC 3: the whole tools/list */
#define DOC_BYTES_MAX  2048                /* clients cut descriptions there */

struct fixture {
    struct arena arena;
    struct log log;
    struct req rq;
};

static int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof(*x));

    arena_init(&x->arena, (size_t)256 * 1024 * 1024);
    x->rq = (struct req){.arena = &x->arena, .log = &x->log, .actor = {.agent = "agent-a"}};
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;

    arena_destroy(&x->arena);
    free(x);
    return 0;
}

static const struct field *find(const struct field *fields, const char *name)
{
    for (; fields->type != FT_END; fields++) {
        if (strcmp(fields->name, name) == 0)
            return fields;
    }
    return NULL;
}

static bool is_write(const struct tool *tool)
{
    return (tool->hints & TOOL_READS) == 0;
}

static void names__are_unique_and_plain(void **state)
{
    (void)state;
    for (int i = 0; all_tools[i] != NULL; i++) {
        const char *name = all_tools[i]->name;
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_in_range(strlen(name), 1, 64);
        assert_ptr_equal(tool_find(name), all_tools[i]);
    }
    assert_null(tool_find("no_such_tool"));
    assert_null(tool_find(""));
}

static void words__are_there_and_short_enough(void **state)
{
    (void)state;
    for (int i = 0; all_tools[i] != NULL; i++) {
        assert_in_range(strlen(all_tools[i]->doc), 10, DOC_BYTES_MAX);
        assert_in_range(strlen(all_tools[i]->title), 3, 60);
        assert_non_null(all_tools[i]->run);
        assert_non_null(all_tools[i]->tell);
        assert_true(is_write(all_tools[i]) || (all_tools[i]->hints & TOOL_DESTROYS) == 0);
    }
}

/* tools/ looks at the arguments of a write as at a struct write_args. */
static void writes__begin_with_what_every_write_takes(void **state)
{
    struct fixture *x = *state;
    static const char json[] = "{\"request_id\":\"r-1\",\"agent\":\"agent-b\"}";

    for (int i = 0; all_tools[i] != NULL; i++) {
        const struct tool *tool = all_tools[i];
        const struct field *id = find(tool->args, "request_id");
        struct write_args *args = arena_alloc(&x->arena, tool->args_size);
        OWN_JSON tree = json_parse(json, strlen(json));
        assert_int_equal(id != NULL, is_write(tool));
        if (id == NULL) {
            assert_null(find(tool->args, "expected_version"));
            continue;
        }
        assert_true(tool->args_size >= sizeof(struct write_args));
        /* Required arguments are missing: what was given is decoded all the same. */
        (void)!field_decode(&x->rq, tool->args, tree, NULL, tool->args_size, args);
        assert_string_equal(args->request_id, "r-1");
        assert_string_equal(args->agent, "agent-b");
    }
}

static void writes_to_one_entity__take_an_expected_version(void **state)
{
    static const char *const names[] = {"update_project", "complete_step", "submit_step",
                                        "review_step", "resolve_dispute"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        const struct field *f = find(tool_find(names[i])->args, "expected_version");
        assert_non_null(f);
        assert_int_equal(f->offset, offsetof(struct write_args, expected_version));
        assert_int_equal(f->type, FT_INT);
    }
}

/* SPEC 3, by name, wherever such an argument occurs. */
static const struct {
    const char *name;
    enum field_type type;
    double max;
} limits[] = {
    {"title", FT_STR, 200},
    {"name", FT_STR, 200},
    {"description", FT_TEXT, 65536},
    {"objective", FT_TEXT, 65536},
    {"content", FT_TEXT, 262144},
    {"reasoning", FT_TEXT, 16384},
    {"feedback", FT_TEXT, 16384},
    {"request_id", FT_STR, 64},
    {"score", FT_NUM, 1},
    {"confidence", FT_NUM, 1},
    {"complexity_threshold", FT_NUM, 1},
};

static int check_limits(const struct field *fields, const struct field *outer)
{
    int found = 0;

    for (const struct field *f = fields; f->type != FT_END; f++) {
        for (size_t i = 0; i < LENGTH_OF(limits); i++) {
            if (strcmp(f->name, limits[i].name) != 0)
                continue;
            assert_int_equal(f->type, limits[i].type);
            assert_float_equal(f->max, limits[i].max, 0);
            found++;
        }
        if (f->fields != NULL && f->fields != fields && f->fields != outer)
            found += check_limits(f->fields, fields);
    }
    return found;
}

static void limits__are_those_of_the_specification(void **state)
{
    int found = 0;

    (void)state;
    for (int i = 0; all_tools[i] != NULL; i++)
        found += check_limits(all_tools[i]->args, NULL);
    assert_true(found > 20);
}

static const cJSON *schema_of(struct fixture *x, const struct tool *tool, const char *which,
                              cJSON **ret_tree)
{
    struct json_out out = JSON_OUT_IN(&x->arena);
    struct json_fault fault;

    tool_describe(tool, TOOL_SHAPE_WHOLE, &out);
    assert_true(json_check(json_text(&out), out.buf.len, &fault));
    *ret_tree = json_parse(json_text(&out), out.buf.len);
    return json_get(*ret_tree, which);
}

static void assert_object_schema(const cJSON *schema, const struct field *fields)
{
    const cJSON *properties = json_get(schema, "properties");
    const cJSON *required = json_get(schema, "required");
    const cJSON *name = NULL;
    int n_required = 0;

    assert_string_equal(json_get_text(schema, "type"), "object");
    for (const struct field *f = fields; f->type != FT_END; f++)
        n_required += f->required;
    assert_int_equal(cJSON_GetArraySize(required), n_required);
    cJSON_ArrayForEach(name, required)
    {
        assert_true(find(fields, name->valuestring)->required);
        assert_non_null(json_get(properties, name->valuestring));
    }
    cJSON_ArrayForEach(name, properties)
        assert_true(strcmp(name->string, "says") == 0 || find(fields, name->string) != NULL);
}

static void schemas__are_objects_that_name_the_declared_members(void **state)
{
    struct fixture *x = *state;
    size_t total = 0;

    for (int i = 0; all_tools[i] != NULL; i++) {
        struct json_out out = JSON_OUT_IN(&x->arena);
        OWN_JSON in = NULL;
        OWN_JSON told = NULL;
        assert_object_schema(schema_of(x, all_tools[i], "inputSchema", &in), all_tools[i]->args);
        assert_object_schema(schema_of(x, all_tools[i], "outputSchema", &told),
                             all_tools[i]->result);
        assert_non_null(json_get(json_get(json_get(told, "outputSchema"), "properties"), "says"));
        tool_describe(all_tools[i], TOOL_SHAPE_WHOLE, &out);
        assert_null(strstr(json_text(&out), "$ref"));
        assert_null(strstr(json_text(&out), "\"anyOf\""));
        assert_null(strstr(json_text(&out), "\"oneOf\""));
        total += out.buf.len;
    }
    assert_true(total < LIST_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names__are_unique_and_plain),
        cmocka_unit_test(words__are_there_and_short_enough),
        cmocka_unit_test(writes__begin_with_what_every_write_takes),
        cmocka_unit_test(writes_to_one_entity__take_an_expected_version),
        cmocka_unit_test(limits__are_those_of_the_specification),
        cmocka_unit_test(schemas__are_objects_that_name_the_declared_members),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
