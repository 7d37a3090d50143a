/* Where calls wait: in the queue for their turn, parked for an answer or a change. */
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

#define QUEUE_BIG ((size_t)1024 * 1024) /* bytes */

void mcp_list_append(struct mcp_list *list, struct mcp_call *call)
{
    call->next = NULL;
    if (list->last != NULL)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
}

void mcp_list_remove(struct mcp_list *list, struct mcp_call *call)
{
    struct mcp_call **place = &list->first;
    struct mcp_call *before = NULL;

    for (; *place != NULL && *place != call; place = &before->next)
        before = *place;
    if (*place == NULL)
        return;
    *place = call->next;
    if (list->last == call)
        list->last = before;
    call->next = NULL;
}

void mcp_call_queue(struct mcp *mcp, struct mcp_call *call)
{
    mcp->queued += call->size;
    mcp->queue_is_big = mcp->queue_is_big || mcp->queued >= QUEUE_BIG;
    mcp_list_append(&mcp->queue, call);
}

struct mcp_call *mcp_call_take(struct mcp *mcp)
{
    struct mcp_call *call = mcp->queue.first;

    if (call != NULL) {
        mcp->queued -= call->size;
        mcp_list_remove(&mcp->queue, call);
    } else if (mcp->queue_is_big) {
        memory_give_back();
        mcp->queue_is_big = false;
    }
    return call;
}

static size_t list_count(const struct mcp_list *list, size_t *bytes)
{
    size_t n = 0;

    for (const struct mcp_call *call = list->first; call != NULL; call = call->next) {
        *bytes += call->size;
        n++;
    }
    return n;
}

bool mcp_may_park(const struct mcp *mcp)
{
    size_t bytes = 0;
    const size_t n = list_count(&mcp->asking, &bytes) + list_count(&mcp->waiting, &bytes);

    return n < MCP_PARKED_MAX && bytes < MCP_PARKED_BYTES;
}

static struct mcp_call *list_find(const struct mcp_list *list, struct span id)
{
    struct mcp_call *call = list->first;

    while (call != NULL && !rpc_id_same(call->id, id))
        call = call->next;
    return call;
}

static bool drop(struct mcp *mcp, struct mcp_list *list, struct mcp_call *call)
{
    if (call == NULL)
        return false;
    mcp_list_remove(list, call);
    mcp_ask_withdraw(mcp, call);
    mcp_batch_done(mcp, call->batch);
    mcp_call_free(call);
    return true;
}

void mcp_cancel(struct mcp *mcp, const struct rpc_message *message)
{
    const struct span id = json_member(message->params, "requestId");
    struct mcp_call *queued = list_find(&mcp->queue, id);

    if (mcp->running != NULL && rpc_id_same(mcp->running->id, id)) {
        mcp->running->cancelled = true;
        mcp->running_req->cancelled = true;
        return;
    }
    if (queued != NULL)
        mcp->queued -= queued->size;
    if (drop(mcp, &mcp->queue, queued) || drop(mcp, &mcp->asking, list_find(&mcp->asking, id)))
        return;
    if (drop(mcp, &mcp->waiting, list_find(&mcp->waiting, id)))
        mcp_feed_update(mcp);
    else
        mcp_listen_cancel(mcp, id);
}
