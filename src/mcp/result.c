/* The forms of an answer to a call. */
#include "planner/mcp/session.h"

void mcp_result_begin(struct json_out *out, struct arena *arena, const struct mcp_call *call)
{
    *out = JSON_OUT_IN(arena);
    rpc_result_begin(out, call->id);
    json_begin(out, '{');
}

void mcp_result_end(struct mcp *mcp, const struct mcp_call *call, struct json_out *out,
                    const char *result_type, int64_t current_version)
{
    mcp_put_ending(out, call->method, call->revision, result_type, current_version);
    json_end(out, '}');
    rpc_end(out);
    mcp_send(mcp, call->batch, out);
}

void mcp_put_text(struct json_out *out, const char *text)
{
    json_begin(out, '{');
    json_put_str(out, "type", "text");
    json_put_str(out, "text", text == NULL ? "" : text);
    json_end(out, '}');
}

/* A tool says what went wrong to the model, which can act on it. Without structuredContent: some
 * clients hold it against outputSchema even here. */
static void tool_error(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                       const char *message, int64_t current_version)
{
    struct json_out out;

    mcp_result_begin(&out, arena, call);
    json_key(&out, "content");
    json_begin(&out, '[');
    mcp_put_text(&out, message);
    json_end(&out, ']');
    json_put_bool(&out, "isError", true);
    mcp_result_end(mcp, call, &out, "complete", current_version);
}

/* resources/read has a code of its own for what is not there, but only until 2025-11-25. */
static enum rpc_code code_of(const struct mcp_call *call, enum status status)
{
    switch (status) {
    case ST_NOT_FOUND:
        return call->method->missing_legacy != 0 && call->revision < MCP_2026_07_28
                   ? call->method->missing_legacy
                   : RPC_INVALID_PARAMS;
    case ST_INVALID:
    case ST_CONFLICT:
    case ST_LIMIT:
    case ST_BAD_STATE:
        return RPC_INVALID_PARAMS;
    default:
        return RPC_INTERNAL_ERROR;
    }
}

void mcp_result_fail(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                     enum status status, const char *message, int64_t current_version)
{
    struct json_out out;

    if (call->method->fails_as_result && status != ST_BAD_STATE) {
        tool_error(mcp, arena, call, message, current_version);
        return;
    }
    out = JSON_OUT_IN(arena);
    rpc_error(&out, call->id, code_of(call, status), message, call->error_data);
    mcp_send(mcp, call->batch, &out);
}
