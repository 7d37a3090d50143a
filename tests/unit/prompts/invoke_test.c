/* What is checked before a prompt runs and after it, and what every declaration promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/prompts/prompt_parts.h"

struct fixture {
    struct arena arena;
    struct log log;
    struct req rq;
    cJSON *tree;
    struct prompt_call call;
};

static int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof(*x));

    arena_init(&x->arena, ARENA_CAP_DEFAULT);
    x->rq = (struct req){.arena = &x->arena, .log = &x->log, .actor = {.agent = "agent-a"}};
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;

    json_free(&x->tree);
    arena_destroy(&x->arena);
    free(x);
    return 0;
}

/* Says its arguments, or "-". */
static enum status echo_run(struct req *rq, struct prompt_call *call)
{
    const char *first = call->values[0] == NULL ? "-" : call->values[0];
    const char *second = call->values[1] == NULL ? "-" : call->values[1];

    prompt_tell(rq, call, arena_printf(rq->arena, "%s %s", first, second));
    return ST_OK;
}

static const struct prompt_arg echo_args[] = {
    {.name = "first", .doc = "The first thing.", .required = true},
    {.name = "second", .doc = "Another."},
    {.name = NULL},
};
static const struct prompt echo = {.name = "echo", .args = echo_args, .run = echo_run};
static const struct prompt bare = {.name = "bare", .run = echo_run};

static enum status invoke(struct fixture *x, const struct prompt *prompt, const char *arguments)
{
    json_free(&x->tree);
    x->tree = arguments == NULL ? NULL : json_parse(arguments, strlen(arguments));
    x->call = (struct prompt_call){.arguments = x->tree};
    return prompt_invoke(&x->rq, prompt, &x->call);
}

static void assert_refused(struct fixture *x, const char *arguments, const char *sentence)
{
    assert_int_equal(invoke(x, &echo, arguments), ST_INVALID);
    assert_string_equal(x->rq.message, sentence);
}

static void arguments__reach_the_prompt_in_the_order_of_its_declaration(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(invoke(x, &echo, "{\"second\":\"b\",\"first\":\"a\"}"), ST_OK);
    assert_string_equal(x->call.messages[0].text, "a b");
    assert_string_equal(x->call.messages[0].role, "user");
    assert_int_equal(x->call.n_messages, 1);
}

static void an_argument_that_is_not_required__may_be_left_out_or_empty(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(invoke(x, &echo, "{\"first\":\"a\"}"), ST_OK);
    assert_string_equal(x->call.messages[0].text, "a -");
    assert_int_equal(invoke(x, &echo, "{\"first\":\"a\",\"second\":\"\"}"), ST_OK);
    assert_string_equal(x->call.messages[0].text, "a -");
}

static void a_required_argument__is_asked_for_by_name(void **state)
{
    assert_refused(*state, NULL, "'first' is missing: The first thing.");
    assert_refused(*state, "{}", "'first' is missing: The first thing.");
    assert_refused(*state, "{\"first\":\"\"}", "'first' is missing: The first thing.");
}

static void an_unknown_argument__is_named_with_those_that_there_are(void **state)
{
    struct fixture *x = *state;

    assert_refused(x, "{\"first\":\"a\",\"third\":\"c\"}",
                   "'third' is no argument of echo, which takes 'first', 'second'");
    assert_int_equal(invoke(x, &bare, "{\"first\":\"a\"}"), ST_INVALID);
    assert_string_equal(x->rq.message, "'first' is no argument of bare, which takes no arguments");
    assert_int_equal(invoke(x, &bare, "{}"), ST_OK);
    assert_int_equal(invoke(x, &bare, NULL), ST_OK);
}

static void only_strings__are_taken(void **state)
{
    static const char *const values[] = {"1", "null", "true", "[\"a\"]", "{\"a\":\"b\"}"};
    struct fixture *x = *state;

    for (size_t i = 0; i < LENGTH_OF(values); i++)
        assert_refused(x, arena_printf(&x->arena, "{\"first\":%s}", values[i]),
                       "'first' must be a string");
    assert_refused(x, "[]", "'arguments' must be an object");
    assert_refused(x, "\"first\"", "'arguments' must be an object");
}

static const char *with_length(struct fixture *x, size_t n)
{
    char *value = arena_alloc(&x->arena, 2 * n + 1);

    for (size_t i = 0; i < n; i++)
        memcpy(value + 2 * i, "\xC3\xA4", 2);
    return arena_printf(&x->arena, "{\"first\":\"%s\"}", value);
}

static void a_value__has_at_most_so_many_characters(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(invoke(x, &echo, with_length(x, PROMPT_VALUE_MAX - 1)), ST_OK);
    assert_int_equal(invoke(x, &echo, with_length(x, PROMPT_VALUE_MAX)), ST_OK);
    assert_refused(x, with_length(x, PROMPT_VALUE_MAX + 1),
                   "'first' must have at most 4000 characters, got 4001");
}

/* Line feeds: two bytes each in JSON. */
static enum status long_run(struct req *rq, struct prompt_call *call)
{
    const size_t n = (size_t)strtoul(call->values[0], NULL, 10);
    char *text = arena_alloc(rq->arena, n + 1);

    memset(text, '\n', n);
    prompt_tell(rq, call, text);
    return ST_OK;
}

static void messages__have_at_most_so_many_bytes_as_json(void **state)
{
    static const struct prompt_arg args[] = {{.name = "n", .doc = "How many."}, {.name = NULL}};
    static const struct prompt prompt = {.name = "long", .args = args, .run = long_run};
    struct fixture *x = *state;

    assert_int_equal(invoke(x, &prompt, "{\"n\":\"20479\"}"), ST_OK);
    assert_int_equal(invoke(x, &prompt, "{\"n\":\"20480\"}"), ST_OK);
    assert_int_equal(invoke(x, &prompt, "{\"n\":\"20481\"}"), ST_BUG);
}

static enum status asking_run(struct req *rq, struct prompt_call *call)
{
    (void)rq;
    call->need.n = 1;
    call->need.questions[0] = (struct input_question){.key = "k", .message = call->given.state};
    return ST_NEED_INPUT;
}

static void a_prompt_that_needs_an_answer__says_so(void **state)
{
    static const struct prompt prompt = {.name = "asking", .run = asking_run};
    struct fixture *x = *state;

    x->call.given.state = "sealed";
    assert_int_equal(prompt_invoke(&x->rq, &prompt, &x->call), ST_NEED_INPUT);
    assert_int_equal(x->call.need.n, 1);
    assert_string_equal(x->call.need.questions[0].message, "sealed");
}

static void every_prompt__has_words_for_people_and_is_found(void **state)
{
    (void)state;
    for (int i = 0; all_prompts[i] != NULL; i++) {
        const struct prompt *p = all_prompts[i];
        size_t n = 0;
        assert_ptr_equal(prompt_find(p->name), p);
        assert_int_equal(strspn(p->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(p->name));
        assert_true(strlen(p->title) > 0 && strlen(p->title) < 60);
        assert_true(strlen(p->doc) > 20 && strlen(p->doc) < 300);
        for (; p->args != NULL && p->args[n].name != NULL; n++) {
            assert_ptr_equal(prompt_arg_find(p, p->args[n].name), &p->args[n]);
            assert_true(strlen(p->args[n].title) > 0 && strlen(p->args[n].doc) > 10);
            assert_int_not_equal(p->args[n].completes, COMPLETE_NONE);
        }
        assert_true(n <= PROMPT_ARGS_MAX);
    }
}

static void what_does_not_exist__is_not_found(void **state)
{
    (void)state;
    assert_null(prompt_find("draft"));
    assert_null(prompt_find(""));
    assert_null(prompt_arg_find(&echo, "third"));
    assert_null(prompt_arg_find(&bare, "first"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(arguments__reach_the_prompt_in_the_order_of_its_declaration),
        TEST(an_argument_that_is_not_required__may_be_left_out_or_empty),
        TEST(a_required_argument__is_asked_for_by_name),
        TEST(an_unknown_argument__is_named_with_those_that_there_are),
        TEST(only_strings__are_taken),
        TEST(a_value__has_at_most_so_many_characters),
        TEST(messages__have_at_most_so_many_bytes_as_json),
        TEST(a_prompt_that_needs_an_answer__says_so),
        TEST(every_prompt__has_words_for_people_and_is_found),
        TEST(what_does_not_exist__is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
