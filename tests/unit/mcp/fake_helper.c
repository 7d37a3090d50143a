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

/* Sleeps for `ms`, as a call that waits for the database does. */
static enum status run_slow(struct req *rq, struct tool_call *call)
{
    const cJSON *ms = json_get(call->arguments, "ms");
    bool ready = false;

    TRY(req_wait(rq, -1, 0, ms == NULL ? 0 : (int)ms->valuedouble, &ready));
    call->structured = "{\"slept\":true}";
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

    if (call->action == INPUT_NONE) {
        call->input = (struct tool_input){
            .key = "choice",
            .message = "Which one?",
            .form = "{\"type\":\"object\",\"properties\":{\"pick\":{\"type\":\"string\",\"oneOf\":"
                    "[{\"const\":\"a\",\"title\":\"The first\"}]}},\"required\":[\"pick\"]}",
            .state = "state-1"};
        return ST_NEED_INPUT;
    }
    json_begin(&out, '{');
    json_put_str(&out, "action", actions[call->action]);
    json_put_str(&out, "pick", json_get_text(call->content, "pick"));
    json_put_str(&out, "state", call->state);
    json_put_str(&out, "text", json_get_text(call->arguments, "text"));
    json_end(&out, '}');
    call->structured = json_text(&out);
    call->text = "answered";
    return ST_OK;
}

static const struct {
    struct tool tool;
    enum status (*run)(struct req *rq, struct tool_call *call);
} fakes[] = {
    {{.name = "echo"}, run_echo},
    {{.name = "slow"}, run_slow},
    {{.name = "conflict"}, run_conflict},
    {{.name = "ask", .asks = "choice"}, run_ask},
};

const struct tool *const all_tools[] = {&fakes[0].tool, &fakes[1].tool, &fakes[2].tool,
                                        &fakes[3].tool, NULL};

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

void tool_describe(const struct tool *tool, struct json_out *out)
{
    json_begin(out, '{');
    json_put_str(out, "name", tool->name);
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
