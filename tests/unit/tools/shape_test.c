/* Tools whose declaration leaves something out, or says it in its own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/tools/tool.h"

#define OWN_SCHEMA "{\"type\":\"object\",\"$comment\":\"its own\"}"
#define BLOCK      "{\"type\":\"text\",\"text\":\"further\"}"

struct fixture {
    struct arena arena;
    struct log log;
    struct req rq;
};

struct said {
    const char *text;
};

static int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof(*x));

    arena_init(&x->arena, (size_t)1024 * 1024);
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

static const struct field no_fields[] = {FIELD_END};

static enum status run_talking(struct req *rq, struct tool_call *call, const void *args,
                               void *result)
{
    (void)rq, (void)call, (void)args;
    *(struct said *)result = (struct said){"a text"};
    return ST_OK;
}

static enum status run_showing(struct req *rq, struct tool_call *call, const void *args,
                               void *result)
{
    (void)rq, (void)args, (void)result;
    call->blocks = BLOCK;
    return ST_OK;
}

static void tell(struct req *rq, const void *result, struct buf *out)
{
    (void)rq;
    buf_text(out, ((const struct said *)result)->text);
}

static const struct tool talking = {
    .name = "talking",
    .title = "Talking",
    .doc = "Says something.",
    .hints = TOOL_READS,
    .args = no_fields,
    .args_size = 1,
    .result_size = sizeof(struct said),
    .run = run_talking,
    .tell = tell,
};

static const char *described(struct fixture *x, const struct tool *tool)
{
    struct json_out out = JSON_OUT_IN(&x->arena);

    tool_describe(tool, TOOL_SHAPE_WHOLE, &out);
    return json_text(&out);
}

static void tool__without_a_result_table_has_no_output_schema(void **state)
{
    struct fixture *x = *state;

    const char *text = described(x, &talking);

    assert_non_null(strstr(text, "\"inputSchema\":{\"type\":\"object\""));
    assert_null(strstr(text, "outputSchema"));
}

static void tool__without_a_result_table_answers_with_a_text_only(void **state)
{
    struct fixture *x = *state;
    struct tool_call call = {0};

    enum status status = tool_invoke(&x->rq, &talking, &call);

    assert_int_equal(status, ST_OK);
    assert_string_equal(call.text, "a text");
    assert_null(call.structured);
}

static void tool__that_says_nothing_answers_with_its_blocks_only(void **state)
{
    struct fixture *x = *state;
    struct tool showing = talking;
    struct tool_call call = {0};

    showing.run = run_showing;
    enum status status = tool_invoke(&x->rq, &showing, &call);

    assert_int_equal(status, ST_OK);
    assert_null(call.text);
    assert_string_equal(call.blocks, BLOCK);
}

static void tool__with_an_input_schema_of_its_own_is_described_by_it(void **state)
{
    struct fixture *x = *state;
    struct tool own = talking;

    own.input_schema = OWN_SCHEMA;
    const char *text = described(x, &own);

    assert_non_null(strstr(text, "\"inputSchema\":" OWN_SCHEMA));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tool__without_a_result_table_has_no_output_schema, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tool__without_a_result_table_answers_with_a_text_only,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(tool__that_says_nothing_answers_with_its_blocks_only,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(tool__with_an_input_schema_of_its_own_is_described_by_it,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
