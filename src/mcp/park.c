/* Calls that wait: in the queue, for a person, or to be taken back. */
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

void mcp_list_append(struct mcp_list *list, struct mcp_call *call)
{
    struct mcp_call **place = &list->first;

    while (*place != NULL)
        place = &(*place)->next;
    *place = call;
}

static void list_remove(struct mcp_list *list, struct mcp_call *call)
{
    struct mcp_call **place = &list->first;

    while (*place != NULL && *place != call)
        place = &(*place)->next;
    if (*place != NULL)
        *place = call->next;
    call->next = NULL;
}

static char *text_copy(const char *text)
{
    const size_t size = text == NULL ? 0 : strlen(text) + 1;

    return text == NULL ? NULL : memcpy(memory_alloc(size), text, size);
}

void mcp_park(struct mcp *mcp, struct mcp_call *call, const struct tool_input *input)
{
    struct json_out out = JSON_OUT_IN(&mcp->call_arena);
    const char *id = arena_printf(&mcp->call_arena, "planner-%u", ++mcp->asked);

    memory_free(call->asked);
    memory_free(call->state);
    cJSON_Delete(call->answer);
    call->asked = text_copy(id);
    call->state = text_copy(input->state);
    call->answer = NULL;
    call->action = INPUT_NONE;
    mcp_list_append(&mcp->parked, call);

    rpc_request_begin(&out, id, "elicitation/create");
    mcp_put_question(&out, call->revision, input);
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
}

static struct mcp_call *parked_by_question(const struct mcp *mcp, struct span id)
{
    struct mcp_call *call = mcp->parked.first;
    OWN_JSON tree = NULL;

    if (id.ptr == NULL)
        return NULL;
    tree = json_parse(id.ptr, id.len);
    while (call != NULL && !(cJSON_IsString(tree) && strcmp(call->asked, tree->valuestring) == 0))
        call = call->next;
    return call;
}

/* A client that refuses the question, or answers nonsense, has not let the person decide. */
void mcp_park_answer(struct mcp *mcp, const struct rpc_message *message)
{
    struct mcp_call *call = parked_by_question(mcp, message->id);

    if (call == NULL)
        return;
    call->action = INPUT_CANCEL;
    if (!message->is_error && message->nul_name == NULL) {
        call->answer = json_parse(message->result.ptr, message->result.len);
        (void)mcp_action_parse(json_get_text(call->answer, "action"), &call->action);
    }
    list_remove(&mcp->parked, call);
    mcp->queued += call->size;
    mcp_list_append(&mcp->queue, call);
}

static struct mcp_call *list_find(const struct mcp_list *list, struct span id)
{
    struct mcp_call *call = list->first;

    while (call != NULL && !rpc_id_same(call->id, id))
        call = call->next;
    return call;
}

/* The raw value of params.requestId. */
static struct span cancelled_id(const struct rpc_message *message)
{
    size_t pos = 0;
    struct span name = {0};
    struct span value = {0};

    if (message->params.ptr == NULL || message->params.ptr[0] != '{')
        return (struct span){0};
    while (json_next(message->params, &pos, &name, &value)) {
        if (span_is(name, "requestId"))
            return value;
    }
    return (struct span){0};
}

/* The person's form goes with the call that asked for it. */
static void withdraw_question(struct mcp *mcp, const struct mcp_call *call)
{
    struct json_out out = JSON_OUT_IN(&mcp->arena);

    rpc_request_begin(&out, NULL, "notifications/cancelled");
    json_begin(&out, '{');
    json_put_str(&out, "requestId", call->asked);
    json_put_str(&out, "reason", "the call that asked was cancelled");
    json_end(&out, '}');
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
}

static void drop(struct mcp *mcp, struct mcp_list *list, struct mcp_call *call)
{
    list_remove(list, call);
    mcp_batch_done(mcp, call->batch);
    mcp_call_free(call);
}

void mcp_cancel(struct mcp *mcp, const struct rpc_message *message)
{
    const struct span id = cancelled_id(message);
    struct mcp_call *call = NULL;

    if (mcp->running != NULL && rpc_id_same(mcp->running->id, id)) {
        mcp->running->cancelled = true;
        mcp->running_req->cancelled = true;
        return;
    }
    call = list_find(&mcp->queue, id);
    if (call != NULL) {
        mcp->queued -= call->size;
        drop(mcp, &mcp->queue, call);
        return;
    }
    call = list_find(&mcp->parked, id);
    if (call != NULL) {
        withdraw_question(mcp, call);
        drop(mcp, &mcp->parked, call);
    }
}

void mcp_park_close(struct mcp *mcp)
{
    while (mcp->parked.first != NULL) {
        struct mcp_call *call = mcp->parked.first;
        mcp_result_error(mcp, &mcp->arena, call, MCP_CLOSED, 0);
        drop(mcp, &mcp->parked, call);
        arena_reset(&mcp->arena);
    }
}
