#include "fake.h"

#include <string.h>

/* Answers with its arguments, and who asked. */
static enum status run_echo(struct req *rq, struct tool_call *call)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "text", json_get_text(call->arguments, "text"));
    json_put_str(&out, "agent", rq->actor.agent);
    json_put_str(&out, "client", rq->actor.client);
    json_put_bool(&out, "can_elicit", rq->can_elicit);
    json_end(&out, '}');
    call->structured = json_text(&out);
    call->text = "echoed";
    return ST_OK;
}

/* Sleeps for `ms`, as a call that waits for the database does, and tells who had asked. */
static enum status run_slow(struct req *rq, struct tool_call *call)
{
    const cJSON *ms = json_get(call->arguments, "ms");
    struct json_out out = JSON_OUT_IN(rq->arena);
    bool ready = false;

    TRY(req_wait(rq, -1, 0, ms == NULL ? 0 : (int)ms->valuedouble, &ready));
    json_begin(&out, '{');
    json_put_bool(&out, "slept", true);
    json_put_str(&out, "client", rq->actor.client);
    json_end(&out, '}');
    call->structured = json_text(&out);
    call->text = "slept";
    return ST_OK;
}

static enum status run_conflict(struct req *rq, struct tool_call *call)
{
    (void)call;
    rq->current_version = 5;
    return req_fail(rq, ST_CONFLICT, "'expected_version': AUTH-3 is at version 5, not 4");
}

/* Asks a person once, then tells what was answered. */
static enum status run_ask(struct req *rq, struct tool_call *call)
{
    static const char *const actions[] = {"none", "accept", "decline", "cancel"};
    struct json_out out = JSON_OUT_IN(rq->arena);

    const enum input_action action = input_action_of(&call->given, "choice");

    if (action == INPUT_NONE) {
        call->need.n = 1;
        call->need.state = "state-1";
        call->need.questions[0] = (struct input_question){
            .key = "choice",
            .message = "Which one?",
            .form = "{\"type\":\"object\",\"properties\":{\"pick\":{\"type\":\"string\",\"oneOf\":"
                    "[{\"const\":\"a\",\"title\":\"The first\"}]}},\"required\":[\"pick\"]}"};
        return ST_NEED_INPUT;
    }
    json_begin(&out, '{');
    json_put_str(&out, "action", actions[action]);
    json_put_str(&out, "pick", json_get_text(input_content(&call->given, "choice"), "pick"));
    json_put_str(&out, "state", call->given.state);
    json_put_str(&out, "text", json_get_text(call->arguments, "text"));
    json_end(&out, '}');
    call->structured = json_text(&out);
    call->text = "answered";
    return ST_OK;
}

/* Asks three kinds of questions at once, and again for what is missing. */
static enum status run_ask_many(struct req *rq, struct tool_call *call)
{
    static const struct input_question all[] = {
        {.key = "name",
         .message = "Who?",
         .form = "{\"type\":\"object\",\"properties\":{\"who\":{\"type\":\"string\"}}}"},
        {.key = "model", .kind = INPUT_SAMPLING, .params = "{\"messages\":[],\"maxTokens\":10}"},
        {.key = "roots", .kind = INPUT_ROOTS},
    };
    struct json_out out = JSON_OUT_IN(rq->arena);

    for (size_t i = 0; i < LENGTH_OF(all); i++) {
        if (input_response(&call->given, all[i].key) == NULL)
            call->need.questions[call->need.n++] = all[i];
    }
    call->need.state = "many";
    if (call->need.n > 0)
        return ST_NEED_INPUT;
    json_tree(&out, call->given.responses);
    call->structured = json_text(&out);
    call->text = "all there";
    return ST_OK;
}

/* Reports progress that also stands still and falls back, and log lines of two levels. */
static enum status run_report(struct req *rq, struct tool_call *call)
{
    req_progress(rq, 1, 3, "one");
    req_progress(rq, 1, 3, "still one");
    req_progress(rq, 3, 3, "three");
    req_progress(rq, 2, 3, "back at two");
    req_note(rq, LOG_DEBUG, "a detail");
    req_note(rq, LOG_WARNING, "a worry");
    call->text = "reported";
    call->structured = "{}";
    return ST_OK;
}

static const struct {
    struct tool tool;
    enum status (*run)(struct req *rq, struct tool_call *call);
} fakes[] = {
    {{.name = "echo"}, run_echo},         {{.name = "slow"}, run_slow},
    {{.name = "conflict"}, run_conflict}, {{.name = "ask"}, run_ask},
    {{.name = "ask_many"}, run_ask_many}, {{.name = "report"}, run_report},
};

const struct tool *const all_tools[] = {&fakes[0].tool,
                                        &fakes[1].tool,
                                        &fakes[2].tool,
                                        &fakes[3].tool,
                                        &fakes[4].tool,
                                        &fakes[5].tool,
                                        NULL};

const struct tool *tool_find(const char *name)
{
    for (size_t i = 0; i < LENGTH_OF(fakes); i++) {
        if (strcmp(fakes[i].tool.name, name) == 0)
            return &fakes[i].tool;
    }
    return NULL;
}

enum status tool_invoke(struct req *rq, const struct tool *tool, struct tool_call *call)
{
    for (size_t i = 0; i < LENGTH_OF(fakes); i++) {
        if (&fakes[i].tool == tool)
            return fakes[i].run(rq, call);
    }
    return ST_BUG;
}

void tool_describe(const struct tool *tool, struct tool_shape shape, struct json_out *out)
{
    json_begin(out, '{');
    json_put_str(out, "name", tool->name);
    json_put_str(out, "title", shape.titles ? "A title" : NULL);
    json_put_raw(out, "outputSchema", shape.outputs ? "{\"type\":\"object\"}" : NULL);
    json_put_raw(out, "annotations", shape.hints ? "{}" : NULL);
    json_put_raw(out, "inputSchema", "{\"type\":\"object\"}");
    json_end(out, '}');
}

static void keep_frame(void *ctx, const char *frame, size_t len)
{
    struct fake_client *client = ctx;

    if (client->n < FAKE_FRAMES_MAX)
        client->frames[client->n++] = arena_copy(&client->arena, frame, len - 1);
}

void fake_client_open(struct fake_client *client)
{
    *client = (struct fake_client){.log = {.level = LOG_ERROR}};
    arena_init(&client->arena, ARENA_CAP_DEFAULT);
    client->config = (struct mcp_config){.log = &client->log, .waiter = &waiter_plain};
    client->sink = (struct mcp_sink){.ctx = client, .send = keep_frame};
    client->mcp = mcp_new(&client->config, &client->sink);
}

void fake_client_close(struct fake_client *client)
{
    mcp_free(client->mcp);
    arena_destroy(&client->arena);
}

void fake_client_tell(struct fake_client *client, const char *frame)
{
    char *bytes = arena_strdup(&client->arena, frame);

    for (char *p = bytes; *p != '\0'; p++) {
        if (*p == '\'')
            *p = '"';
    }
    mcp_receive(client->mcp, bytes, strlen(bytes));
}

const char *fake_client_say(struct fake_client *client, const char *frame)
{
    const size_t before = client->n;

    fake_client_tell(client, frame);
    while (mcp_step(client->mcp))
        continue;
    return client->n > before ? client->frames[client->n - 1] : NULL;
}

void fake_client_initialize(struct fake_client *client, const char *version)
{
    const char *frame = arena_printf(
        &client->arena,
        "{'jsonrpc':'2.0','id':0,'method':'initialize','params':{'protocolVersion':'%s',"
        "'capabilities':{'elicitation':{}},'clientInfo':{'name':'fake','version':'1'}}}",
        version);

    (void)fake_client_say(client, frame);
    client->n = 0;
}
