#include "prompt_helper.h"

#include <stdio.h>

#include "planner/tools/tool.h"

static enum status invoke(struct req *rq, const char *name, const char *value,
                          struct prompt_call *call)
{
    const struct prompt *prompt = prompt_find(name);
    struct json_out out = JSON_OUT_IN(rq->arena);
    OWN_JSON tree = NULL;

    assert_non_null(prompt);
    json_begin(&out, '{');
    json_put_str(&out, prompt->args[0].name, value);
    json_end(&out, '}');
    tree = json_parse(json_text(&out), out.buf.len);
    *call = (struct prompt_call){.arguments = tree};
    return prompt_invoke(rq, prompt, call);
}

enum status prompt_try(struct req *rq, const char *name, const char *value)
{
    struct prompt_call call;

    return invoke(rq, name, value, &call);
}

/* "    tool {...}" */
static void check_call(struct req *rq, const char *line, size_t len)
{
    const char *brace = memchr(line, '{', len);
    const size_t name_len = brace == NULL ? 0 : (size_t)(brace - line) - 1;
    const char *name = arena_copy(rq->arena, line, name_len);
    const size_t json_len = brace == NULL ? 0 : len - (size_t)(brace - line);
    const struct tool *tool = tool_find(name);
    struct json_fault fault;
    OWN_JSON tree = NULL;

    if (tool == NULL || !json_check(brace, json_len, &fault))
        fail_msg("no call of a tool: %.*s", (int)len, line);
    tree = json_parse(brace, json_len);
    if (field_decode(rq, tool->args, tree, NULL, tool->args_size,
                     arena_alloc(rq->arena, tool->args_size)) != ST_OK)
        fail_msg("%.*s: %s", (int)len, line, rq->message);
}

static void check_calls(struct req *rq, const char *text)
{
    size_t n = 0;

    while (*text != '\0') {
        const size_t len = strcspn(text, "\n");
        if (strncmp(text, "    ", 4) == 0 && text[4] >= 'a' && text[4] <= 'z') {
            check_call(rq, text + 4, len - 4);
            n++;
        }
        text += len + (text[len] == '\n');
    }
    assert_true(n > 0); /* every prompt names the next move */
}

size_t prompt_size(struct req *rq, const char *text)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_str(&out, text);
    return out.buf.len - 2;
}

const char *prompt_get(struct req *rq, const char *name, const char *value)
{
    struct prompt_call call;
    const char *text = NULL;

    assert_ok(rq, invoke(rq, name, value, &call));
    assert_int_equal(call.n_messages, 1);
    assert_string_equal(call.messages[0].role, "user");
    assert_non_null(call.description);
    text = call.messages[0].text;
    assert_true(prompt_size(rq, text) <= PROMPT_MESSAGE_MAX);
    check_calls(rq, text);
    if (getenv("PLANNER_TEST_SHOW") != NULL)
        (void)fprintf(stderr, "=== %s %s: %s\n%s\n", name, value == NULL ? "" : value,
                      call.description, text);
    return text;
}

void prompt_assert_says(const char *text, const char *part, bool wanted)
{
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("'%s' is %s:\n%s", part, wanted ? "missing in" : "in", text);
}

char *prompt_long(struct req *rq, const char *word, size_t n)
{
    char *text = arena_alloc(rq->arena, n + 1);
    const size_t len = strlen(word);

    for (size_t i = 0; i + len <= n; i += len)
        memcpy(text + i, word, len);
    return text;
}
