/* tools/call: from the message to a queued call, and from there to the tool. */
#include <unistd.h>

#include "planner/base/memory.h"
#include "planner/mcp/session.h"

#define AGENT_NAME_MAX 48 /* bytes of the client's name that go into an agent's name */

void mcp_call_free(struct mcp_call *call)
{
    cJSON_Delete(call->params);
    cJSON_Delete(call->answer);
    memory_free(call->id_text);
    memory_free(call->asked);
    memory_free(call->state);
    memory_free(call);
}

static void refuse(struct mcp *mcp, struct mcp_ask *ask, const char *problem)
{
    mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, problem, NULL);
}

bool mcp_action_parse(const char *word, enum input_action *ret_action)
{
    static const char *const words[] = {
        [INPUT_ACCEPT] = "accept", [INPUT_DECLINE] = "decline", [INPUT_CANCEL] = "cancel"};

    for (size_t i = INPUT_ACCEPT; word != NULL && i < LENGTH_OF(words); i++) {
        if (strcmp(words[i], word) == 0) {
            *ret_action = (enum input_action)i;
            return true;
        }
    }
    return false;
}

/* The sentence about what is malformed, or NULL. */
static const char *params_problem(const cJSON *params)
{
    const cJSON *arguments = json_get(params, "arguments");
    const cJSON *responses = json_get(params, "inputResponses");
    const cJSON *state = json_get(params, "requestState");
    const cJSON *response = NULL;
    enum input_action action = INPUT_NONE;

    if (json_get_text(params, "name") == NULL)
        return "'name' must be a string: the name of a tool";
    if (arguments != NULL && !cJSON_IsObject(arguments))
        return "'arguments' must be an object";
    if (state != NULL && !cJSON_IsString(state))
        return "'requestState' must be a string";
    if (responses != NULL && !cJSON_IsObject(responses))
        return "'inputResponses' must be an object";
    cJSON_ArrayForEach(response, responses)
    {
        if (!mcp_action_parse(json_get_text(response, "action"), &action))
            return "'inputResponses' must hold results of elicitation/create";
    }
    return NULL;
}

static struct mcp_call *call_new(const struct mcp_ask *ask, const struct tool *tool, cJSON **params)
{
    struct mcp_call *call = memory_alloc(sizeof(*call));
    const struct span id = ask->message->id;

    *call = (struct mcp_call){.tool = tool,
                              .size = ask->message->params.len,
                              .params = *params,
                              .revision = ask->peer.revision,
                              .batch = ask->batch,
                              .id_text = memory_alloc(id.len)};
    memcpy(call->id_text, id.ptr, id.len);
    call->id = (struct span){call->id_text, id.len};
    *params = NULL;
    return call;
}

static void refuse_nul(struct mcp *mcp, struct mcp_ask *ask)
{
    const struct mcp_call call = {
        .id = ask->message->id, .revision = ask->peer.revision, .batch = ask->batch};
    const char *name = ask->message->nul_name;
    const char *message =
        *name == '\0'
            ? "the name of an argument must not contain the character U+0000"
            : arena_printf(&mcp->arena, "'%s' must not contain the character U+0000", name);

    mcp_result_error(mcp, &mcp->arena, &call, message, 0);
}

void mcp_call_accept(struct mcp *mcp, struct mcp_ask *ask, cJSON **params)
{
    const char *problem = params_problem(*params);
    const char *name = json_get_text(*params, "name");
    const struct tool *tool = problem == NULL ? tool_find(name) : NULL;
    struct mcp_call *call = NULL;

    if (problem != NULL) {
        refuse(mcp, ask, problem);
        return;
    }
    if (tool == NULL) {
        refuse(mcp, ask, arena_printf(&mcp->arena, "unknown tool: %s", name));
        return;
    }
    if (ask->message->nul_name != NULL) {
        refuse_nul(mcp, ask);
        return;
    }
    call = call_new(ask, tool, params);
    if (call->batch != NULL)
        call->batch->pending++;
    mcp->queued += call->size;
    mcp_list_append(&mcp->queue, call);
}

/* Who called: a modern message says so itself, the handshake said it for the others. */
static struct mcp_peer peer_of(const struct mcp *mcp, const struct mcp_call *call)
{
    const cJSON *meta = json_get(call->params, "_meta");
    const cJSON *client = json_get(meta, "io.modelcontextprotocol/clientInfo");

    if (call->revision != MCP_2026_07_28)
        return (struct mcp_peer){call->revision, mcp->client_name, mcp->client_version,
                                 mcp->client_elicits};
    return (struct mcp_peer){
        call->revision, json_get_text(client, "name"), json_get_text(client, "version"),
        mcp_can_elicit(json_get(meta, "io.modelcontextprotocol/clientCapabilities"))};
}

/* Cut between characters, blanks and control characters replaced: it is shown in one line. */
static const char *agent_name(struct arena *arena, const char *client)
{
    size_t len = strlen(client);
    char *name = NULL;

    if (len > AGENT_NAME_MAX) {
        len = AGENT_NAME_MAX;
        while (len > 0 && ((unsigned char)client[len] & 0xC0) == 0x80)
            len--;
    }
    name = arena_copy(arena, client, len);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] <= ' ' || name[i] == 0x7F)
            name[i] = '-';
    }
    return arena_printf(arena, "%s-%d", name, (int)getpid());
}

static struct actor actor_of(const struct mcp *mcp, const struct mcp_peer *peer,
                             struct arena *arena)
{
    const struct mcp_config *config = mcp->config;
    const char *name = peer->client_name;
    const bool named = name != NULL && *name != '\0';
    struct actor actor = {.role = config->role, .user = config->user};

    actor.agent = config->agent != NULL ? config->agent : agent_name(arena, named ? name : "agent");
    if (named && peer->client_version != NULL)
        actor.client = arena_printf(arena, "%s %s", name, peer->client_version);
    else if (named)
        actor.client = name;
    return actor;
}

static struct req req_for(struct mcp *mcp, const struct mcp_peer *peer)
{
    const struct mcp_config *config = mcp->config;

    return (struct req){.arena = &mcp->call_arena,
                        .log = config->log,
                        .waiter = config->waiter,
                        .uuids = config->uuids,
                        .db = config->db,
                        .actor = actor_of(mcp, peer, &mcp->call_arena),
                        .project = config->project,
                        .directory = config->directory,
                        .can_elicit = peer->can_elicit};
}

/* The person's answer, from the retry (modern) or from the response to our request. */
static struct tool_call tool_call_for(const struct mcp_call *call)
{
    struct tool_call tc = {.arguments = json_get(call->params, "arguments"),
                           .action = call->action,
                           .content = json_get(call->answer, "content"),
                           .state = call->state};
    const cJSON *responses = json_get(call->params, "inputResponses");
    const cJSON *response = call->tool->asks != NULL ? json_get(responses, call->tool->asks) : NULL;

    if (call->revision == MCP_2026_07_28) {
        tc.state = json_get_text(call->params, "requestState");
        (void)mcp_action_parse(json_get_text(response, "action"), &tc.action);
        tc.content = json_get(response, "content");
    }
    if (tc.action != INPUT_ACCEPT)
        tc.content = NULL;
    return tc;
}

/* True when the call was parked and lives on. */
static bool ask_person(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                       const struct tool_input *input)
{
    if (call->revision == MCP_2026_07_28) {
        mcp_result_input(mcp, rq->arena, call, input, rq->can_elicit);
        return false;
    }
    if (mcp->closing) {
        mcp_result_error(mcp, rq->arena, call, MCP_CLOSED, 0);
        return false;
    }
    if (!rq->can_elicit) {
        mcp_result_error(mcp, rq->arena, call, MCP_CANNOT_ASK, 0);
        return false;
    }
    mcp_park(mcp, call, input);
    return true;
}

/* The one place where a failure becomes an answer, and a line of the log. */
static void answer_failure(struct mcp *mcp, const struct req *rq, const struct mcp_call *call)
{
    log_write(mcp->config->log, LOG_INFO, "%s: %s", call->tool->name, rq->message);
    mcp_result_error(mcp, rq->arena, call, rq->message, rq->current_version);
}

void mcp_call_run(struct mcp *mcp, struct mcp_call *call)
{
    const struct mcp_peer peer = peer_of(mcp, call);
    struct req rq = req_for(mcp, &peer);
    struct tool_call tc = tool_call_for(call);
    enum status status = ST_OK;
    bool parked = false;

    mcp->running = call;
    mcp->running_req = &rq;
    status = tool_invoke(&rq, call->tool, &tc);
    mcp->running = NULL;
    mcp->running_req = NULL;
    if (call->cancelled)
        status = ST_CANCELLED; /* even when it was done before it heard of it: nothing is sent */
    if (status == ST_OK)
        mcp_result_done(mcp, rq.arena, call, &tc);
    else if (status == ST_NEED_INPUT)
        parked = ask_person(mcp, &rq, call, &tc.input);
    else if (status != ST_CANCELLED)
        answer_failure(mcp, &rq, call);
    if (!parked) {
        mcp_batch_done(mcp, call->batch);
        mcp_call_free(call);
    }
    arena_reset(&mcp->call_arena);
}
