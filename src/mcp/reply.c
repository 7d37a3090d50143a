/* The way out: a frame of its own, or an element of a batch. */
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

/* What is collected counts as what is queued: nothing more is read when it is too much. */
static void batch_add(struct mcp *mcp, struct mcp_batch *batch, const char *text, size_t len)
{
    mcp->queued += len + 1;
    batch->text = memory_grow(batch->text, batch->len + len + 1);
    batch->text[batch->len] = batch->len == 0 ? '[' : ',';
    memcpy(batch->text + batch->len + 1, text, len);
    batch->len += len + 1;
}

void mcp_send(struct mcp *mcp, struct mcp_batch *batch, struct json_out *out)
{
    if (batch != NULL) {
        batch_add(mcp, batch, out->buf.ptr, out->buf.len);
        return;
    }
    buf_char(&out->buf, '\n');
    mcp->sink->send(mcp->sink->ctx, out->buf.ptr, out->buf.len);
}

void mcp_send_error(struct mcp *mcp, const struct mcp_ask *ask, enum rpc_code code,
                    const char *message, const char *data)
{
    struct json_out out = JSON_OUT_IN(&mcp->arena);

    mcp_account_error(mcp, code);
    rpc_error(&out, ask->message->id, code, message, data);
    mcp_send(mcp, ask->batch, &out);
}

struct mcp_batch *mcp_batch_new(void)
{
    struct mcp_batch *batch = memory_alloc(sizeof(*batch));

    *batch = (struct mcp_batch){.pending = 1};
    return batch;
}

void mcp_batch_done(struct mcp *mcp, struct mcp_batch *batch)
{
    if (batch == NULL || --batch->pending > 0)
        return;
    mcp->queued -= batch->len;
    if (batch->len > 0) {
        batch->text = memory_grow(batch->text, batch->len + 2);
        batch->text[batch->len] = ']';
        batch->text[batch->len + 1] = '\n';
        mcp->sink->send(mcp->sink->ctx, batch->text, batch->len + 2);
    }
    memory_free(batch->text);
    memory_free(batch);
}

static void put_cacheable(struct json_out *out, const struct mcp_method *method)
{
    if (method->ttl_ms < 0)
        return;
    json_put_int(out, "ttlMs", method->ttl_ms);
    json_put_str(out, "cacheScope", method->is_public ? "public" : "private");
}

void mcp_put_ending(struct json_out *out, const struct mcp_method *method,
                    enum mcp_revision revision, const char *result_type, int64_t current_version)
{
    const bool modern = revision == MCP_2026_07_28;

    if (modern) {
        json_put_str(out, "resultType", result_type);
        if (strcmp(result_type, "complete") == 0)
            put_cacheable(out, method);
    }
    if (!modern && current_version == 0)
        return;
    json_key(out, "_meta");
    json_begin(out, '{');
    if (current_version != 0)
        json_put_int(out, "current_version", current_version);
    if (modern)
        json_put_raw(out, MCP_META "serverInfo", MCP_SERVER_INFO);
    json_end(out, '}');
}

void mcp_answer_begin(struct mcp *mcp, const struct mcp_ask *ask, struct json_out *ret_out)
{
    *ret_out = JSON_OUT_IN(&mcp->tick_arena); /* a batch may have a thousand of them */
    rpc_result_begin(ret_out, ask->message->id);
    json_begin(ret_out, '{');
}

void mcp_answer_end(struct mcp *mcp, const struct mcp_ask *ask, struct json_out *out)
{
    const struct mcp_method *method = mcp_method_find(ask->message->method);

    mcp_put_ending(out, method, ask->peer.revision, "complete", 0);
    json_end(out, '}');
    rpc_end(out);
    mcp_send(mcp, ask->batch, out);
    arena_reset(&mcp->tick_arena);
}

bool mcp_has_room(const struct mcp *mcp)
{
    return mcp->sink->has_room == NULL || mcp->sink->has_room(mcp->sink->ctx);
}

bool mcp_refuse_cursor(struct mcp *mcp, const struct mcp_ask *ask)
{
    const cJSON *cursor = json_get(ask->params, "cursor");

    if (cursor == NULL || cJSON_IsNull(cursor))
        return false;
    mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, "'cursor' is unknown; this list has one page",
                   NULL);
    return true;
}
