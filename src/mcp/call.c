/* Requests that take their turn: from the message to the queue, and from there to the answer. */
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

#define AGENT_NAME_MAX 48 /* bytes of the client's name that go into an agent's name */

void mcp_call_free(struct mcp_call *call)
{
    mcp_ask_forget(call);
    cJSON_Delete(call->params);
    memory_free(call->params_text);
    memory_free(call->id_text);
    memory_free(call->progress_token);
    memory_free(call->wait_project);
    memory_free(call->wait_cursor);
    memory_free(call);
}

static char *progress_token_of(struct span params)
{
    const struct span token = json_member(json_member(params, "_meta"), "progressToken");

    if (token.ptr == NULL || (token.ptr[0] != '"' && strchr("-0123456789", token.ptr[0]) == NULL))
        return NULL;
    return memory_span(token.ptr, token.len);
}

static struct mcp_call *call_new(const struct mcp_ask *ask, const struct mcp_method *method)
{
    struct mcp_call *call = memory_alloc(sizeof(*call));
    const struct span id = ask->message->id;
    const struct span params = ask->message->params;

    *call = (struct mcp_call){.method = method,
                              .size = sizeof(*call) + id.len + params.len,
                              .params_len = params.len,
                              .revision = ask->peer.revision,
                              .batch = ask->batch,
                              .arrived_us = clock_monotonic_us(),
                              .id_text = memory_span(id.ptr, id.len),
                              .progress_token = progress_token_of(params),
                              .progress = -1};
    call->id = (struct span){call->id_text, id.len};
    if (params.ptr != NULL)
        call->params_text = memory_span(params.ptr, params.len);
    return call;
}

/* What 2026-07-28 lets come back on a retry, whatever the method. */
static const char *retry_problem(const cJSON *params)
{
    const cJSON *responses = json_get(params, "inputResponses");
    const cJSON *state = json_get(params, "requestState");
    const cJSON *response = NULL;
    enum input_action action = INPUT_NONE;

    if (state != NULL && !cJSON_IsString(state))
        return "'requestState' must be a string";
    if (responses != NULL && !cJSON_IsObject(responses))
        return "'inputResponses' must be an object";
    cJSON_ArrayForEach(response, responses)
    {
        if (!cJSON_IsObject(response))
            return "'inputResponses' must hold the results of what was asked, by key";
        if (json_get(response, "action") != NULL &&
            !input_action_parse(json_get_text(response, "action"), &action))
            return "'action' of a form's result must be accept, decline or cancel";
    }
    return NULL;
}

/* What a model may have written is answered so that it reads it. */
static void refuse_unfit(struct mcp *mcp, struct mcp_ask *ask, const struct mcp_method *method)
{
    const struct mcp_call call = {.id = ask->message->id,
                                  .method = method,
                                  .revision = ask->peer.revision,
                                  .batch = ask->batch};

    mcp_result_fail(mcp, &mcp->arena, &call, ST_INVALID, ask->message->unfit, 0);
}

void mcp_call_accept(struct mcp *mcp, struct mcp_ask *ask, const struct mcp_method *method)
{
    const char *problem = method->check == NULL ? NULL : method->check(&mcp->arena, ask->params);
    struct mcp_call *call = NULL;

    if (problem == NULL)
        problem = retry_problem(ask->params);
    if (problem != NULL) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, problem, NULL);
        return;
    }
    if (ask->message->unfit != NULL) {
        refuse_unfit(mcp, ask, method);
        return;
    }
    call = call_new(ask, method);
    if (call->batch != NULL)
        call->batch->pending++;
    mcp_call_queue(mcp, call);
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
        actor.client = arena_strdup(arena, name); /* another initialize may free it */
    return actor;
}

struct req mcp_req_for(struct mcp *mcp, const struct mcp_peer *peer, struct arena *arena)
{
    const struct mcp_config *config = mcp->config;

    return (struct req){.arena = arena,
                        .log = config->log,
                        .waiter = config->waiter,
                        .uuids = config->uuids,
                        .db = config->db,
                        .meter = config->meter,
                        .actor = actor_of(mcp, peer, arena),
                        .project = config->project,
                        .directory = config->directory,
                        .max_claims = config->max_claims,
                        .can_elicit = peer->can.elicit,
                        .can_sample = peer->can.sample,
                        .can_list_roots = peer->can.roots};
}

/* Park it until the feed tells of a change, or its time is up. False when it cannot wait. */
static bool wait_for_change(struct mcp *mcp, const struct req *rq, struct mcp_call *call)
{
    if (call->wait_cursor == NULL && !mcp_may_park(mcp)) { /* one that waited keeps its place */
        mcp_result_fail(mcp, rq->arena, call, ST_NOT_READY, MCP_TOO_MANY, 0);
        return false;
    }
    memory_free(call->wait_project);
    memory_free(call->wait_cursor);
    call->wait_project = memory_text(rq->wait_for.project);
    call->wait_cursor = memory_text(rq->wait_for.cursor);
    call->wait_until_ms = rq->wait_for.deadline_ms;
    mcp_list_append(&mcp->waiting, call);
    mcp_feed_update(mcp);
    return true;
}

/* True when the call lives on. */
static bool finish(struct mcp *mcp, struct req *rq, struct mcp_call *call, enum status status,
                   struct json_out *out)
{
    switch (status) {
    case ST_OK:
        mcp_result_end(mcp, call, out, "complete", 0);
        return false;
    case ST_NEED_INPUT:
        return mcp_ask_client(mcp, rq, call);
    case ST_WAIT:
        return wait_for_change(mcp, rq, call);
    case ST_CANCELLED:
        return false;
    default:
        mcp_result_fail(mcp, rq->arena, call, status, rq->message, rq->current_version);
        return false;
    }
}

/* What it was sent with, from its first turn on. */
static const cJSON *params_of(struct mcp_call *call)
{
    if (call->params_text != NULL)
        call->params = json_parse(call->params_text, call->params_len);
    memory_free(call->params_text);
    call->params_text = NULL;
    return call->params;
}

void mcp_call_run(struct mcp *mcp, struct mcp_call *call)
{
    const struct mcp_peer peer = mcp_peer_of(mcp, call->revision, params_of(call));
    struct req rq = mcp_req_for(mcp, &peer, &mcp->call_arena);
    const struct listener listener = mcp_listener_for(mcp, &peer);
    struct mcp_account account;
    struct json_out out;
    enum status status = ST_OK;

    mcp_account_begin(mcp, call, &rq, &account);
    if (call->began_ms == 0)
        call->began_ms = clock_monotonic_ms();
    rq.began_ms = call->began_ms;
    rq.listener = &listener;
    mcp->running = call;
    mcp->running_req = &rq;
    mcp_result_begin(&out, rq.arena, call);
    status = call->method->run(mcp, &rq, call, &out);
    mcp->running = NULL;
    mcp->running_req = NULL;
    if (call->cancelled)
        status = ST_CANCELLED; /* even when it was done before it heard of it: nothing is sent */
    if (finish(mcp, &rq, call, status, &out)) {
        mcp_account_park(call, &account);
    } else {
        mcp_account_end(mcp, &rq, call, status, &account);
        mcp_batch_done(mcp, call->batch);
        mcp_call_free(call);
    }
    arena_reset(&mcp->call_arena);
}

void mcp_call_refuse(struct mcp *mcp, struct mcp_call *call, const char *message)
{
    mcp_result_fail(mcp, &mcp->arena, call, ST_NOT_READY, message, 0);
    mcp_batch_done(mcp, call->batch);
    mcp_call_free(call);
}
