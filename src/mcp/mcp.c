/* One connection: frames in, each message to its place. */
#include "planner/base/memory.h"
#include "planner/mcp/subscriptions.h"

struct mcp *mcp_new(const struct mcp_config *config, const struct mcp_sink *sink)
{
    struct mcp *mcp = memory_alloc(sizeof(*mcp));

    *mcp = (struct mcp){.config = config, .sink = sink, .log = MCP_SILENT};
    arena_init(&mcp->arena, ARENA_CAP_DEFAULT);
    arena_init(&mcp->call_arena, ARENA_CAP_DEFAULT);
    arena_init(&mcp->tick_arena, ARENA_CAP_DEFAULT);
    return mcp;
}

static void list_free(struct mcp_list *list)
{
    while (list->first != NULL) {
        struct mcp_call *call = list->first;
        list->first = call->next;
        mcp_call_free(call);
    }
}

void mcp_free(struct mcp *mcp)
{
    if (mcp == NULL)
        return;
    list_free(&mcp->queue);
    list_free(&mcp->asking);
    list_free(&mcp->waiting);
    arena_destroy(&mcp->arena);
    arena_destroy(&mcp->call_arena);
    arena_destroy(&mcp->tick_arena);
    mcp_listen_forget(mcp);
    for (size_t i = 0; i < LENGTH_OF(mcp->tools); i++)
        memory_free(mcp->tools[i]);
    memory_free(mcp->client_name);
    memory_free(mcp->client_version);
    memory_free(mcp);
}

static void receive_request(struct mcp *mcp, struct mcp_ask *ask)
{
    const struct span raw = ask->message->params;
    const struct mcp_method *method = mcp_method_find(ask->message->method);
    OWN_JSON params = raw.ptr != NULL ? json_parse(raw.ptr, raw.len) : NULL;

    ask->params = params;
    if (!mcp_era_admit(mcp, ask))
        return;
    if (method == NULL)
        mcp_send_error(mcp, ask, RPC_METHOD_NOT_FOUND, "no such method", NULL);
    else if (method->run != NULL)
        mcp_call_accept(mcp, ask, method);
    else if (ask->message->unfit != NULL)
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, ask->message->unfit, NULL);
    else {
        method->answer(mcp, ask);
        mcp_account_at_once(mcp, ask);
    }
}

static void receive_message(struct mcp *mcp, const struct rpc_message *message,
                            struct mcp_batch *batch)
{
    struct mcp_ask ask = {.message = message, .batch = batch};

    switch (message->kind) {
    case RPC_REQUEST:
        receive_request(mcp, &ask);
        break;
    case RPC_NOTIFICATION:
        if (strcmp(message->method, "notifications/cancelled") == 0)
            mcp_cancel(mcp, message);
        break;
    case RPC_RESPONSE:
        mcp_ask_answered(mcp, message);
        break;
    case RPC_INVALID:
        mcp_send_error(mcp, &ask, message->code, message->problem, NULL);
        break;
    }
}

static void refuse(struct mcp *mcp, struct span id, const char *problem)
{
    const struct rpc_message message = {.id = id};
    const struct mcp_ask ask = {.message = &message};

    mcp_send_error(mcp, &ask, RPC_INVALID_REQUEST, problem, NULL);
}

/* 2025-03-26 forbids initialize in a batch: the others would not know their revision. */
static void receive_batch(struct mcp *mcp, const struct rpc_frame *frame)
{
    struct mcp_batch *batch = mcp_batch_new();

    for (size_t i = 0; i < frame->n; i++) {
        struct rpc_message *message = &frame->messages[i];
        if (strcmp(message->method, "initialize") == 0) {
            message->kind = RPC_INVALID;
            message->code = RPC_INVALID_REQUEST;
            message->problem = "initialize cannot be part of a batch";
        }
        receive_message(mcp, message, batch);
    }
    mcp_batch_done(mcp, batch);
}

void mcp_receive(struct mcp *mcp, const char *text, size_t len)
{
    struct rpc_frame frame;

    rpc_read(&mcp->arena, text, len, &frame);
    if (!frame.batch)
        receive_message(mcp, frame.messages, NULL);
    else if (mcp->revision != MCP_2025_03_26)
        refuse(mcp, (struct span){0},
               "batches are served in 2025-03-26 only; send one message per line");
    else if (frame.n == 0)
        refuse(mcp, (struct span){0}, "the batch is empty");
    else
        receive_batch(mcp, &frame);
    arena_reset(&mcp->arena);
}

void mcp_refuse_frame(struct mcp *mcp, struct span id, size_t cap)
{
    refuse(mcp, id,
           arena_printf(&mcp->arena,
                        "the message is longer than %zu bytes; split it into smaller ones", cap));
    arena_reset(&mcp->arena);
}

bool mcp_step(struct mcp *mcp)
{
    struct mcp_call *call = NULL;

    if (mcp_listen_is_owed(mcp) && mcp_feed_open(mcp))
        return true;
    call = mcp_call_take(mcp);

    if (call == NULL)
        return mcp_feed_open(mcp);
    mcp_call_run(mcp, call);
    return true;
}

size_t mcp_queued(const struct mcp *mcp)
{
    return mcp->queued;
}

void mcp_close(struct mcp *mcp)
{
    mcp->closing = true;
    while (mcp->asking.first != NULL) {
        struct mcp_call *call = mcp->asking.first;
        mcp_list_remove(&mcp->asking, call);
        mcp_call_refuse(mcp, call, MCP_CLOSED);
        arena_reset(&mcp->arena);
    }
    mcp_listen_close(mcp);
    arena_reset(&mcp->arena);
    mcp_feed_close(mcp);
}
