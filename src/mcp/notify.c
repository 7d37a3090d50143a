/* What a client hears beside answers: progress and log messages of its requests. */
#include "planner/base/clock.h"
#include "planner/mcp/session.h"

#define PROGRESS_EVERY_MS 20

static const char *const severity_names[] = {
    [MCP_EMERGENCY] = "emergency", [MCP_ALERT] = "alert",     [MCP_CRITICAL] = "critical",
    [MCP_ERROR] = "error",         [MCP_WARNING] = "warning", [MCP_NOTICE] = "notice",
    [MCP_INFO] = "info",           [MCP_DEBUG] = "debug",
};

int mcp_severity_find(const char *word)
{
    for (size_t i = 0; i < LENGTH_OF(severity_names); i++) {
        if (strcmp(severity_names[i], word) == 0)
            return (int)i;
    }
    return MCP_SILENT;
}

static enum mcp_severity severity_of(enum log_level level)
{
    static const enum mcp_severity severities[] = {[LOG_ERROR] = MCP_ERROR,
                                                   [LOG_WARNING] = MCP_WARNING,
                                                   [LOG_INFO] = MCP_INFO,
                                                   [LOG_DEBUG] = MCP_DEBUG};

    return severities[level];
}

/* Nothing is owed to a reader that does not keep up, nor for a request that was taken back. */
static bool may_tell(const struct mcp *mcp)
{
    return mcp->running != NULL && !mcp->running->cancelled && mcp_has_room(mcp);
}

/* `message` came with 2025-03-26. */
static void tell_progress(void *ctx, double done, double total, const char *message)
{
    struct mcp *mcp = ctx;
    struct mcp_call *call = mcp->running;
    const int64_t now = clock_monotonic_ms();
    struct json_out out;

    if (!may_tell(mcp) || call->progress_token == NULL || done <= call->progress ||
        (now - call->progress_ms < PROGRESS_EVERY_MS && done < total))
        return;
    call->progress = done;
    call->progress_ms = now;
    out = JSON_OUT_IN(&mcp->call_arena);
    rpc_request_begin(&out, NULL, "notifications/progress");
    json_begin(&out, '{');
    json_put_raw(&out, "progressToken", call->progress_token);
    json_put_num(&out, "progress", done);
    if (total > 0)
        json_put_num(&out, "total", total);
    if (call->revision >= MCP_2025_03_26)
        json_put_str(&out, "message", message);
    json_end(&out, '}');
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
}

static void tell_log(void *ctx, enum log_level level, const char *message)
{
    struct mcp *mcp = ctx;
    const enum mcp_severity severity = severity_of(level);
    struct json_out out;

    if (!may_tell(mcp) || (int)severity > mcp->running_log)
        return;
    out = JSON_OUT_IN(&mcp->call_arena);
    rpc_request_begin(&out, NULL, "notifications/message");
    json_begin(&out, '{');
    json_put_str(&out, "level", severity_names[severity]);
    json_put_str(&out, "logger", "mcp-planner");
    json_put_str(&out, "data", message);
    json_end(&out, '}');
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
}

struct listener mcp_listener_for(struct mcp *mcp, const struct mcp_peer *peer)
{
    mcp->running_log = peer->log;
    return (struct listener){.ctx = mcp, .progress = tell_progress, .log = tell_log};
}

void mcp_answer_set_level(struct mcp *mcp, struct mcp_ask *ask)
{
    const char *level = json_get_text(ask->params, "level");
    const int severity = level == NULL ? MCP_SILENT : mcp_severity_find(level);
    struct json_out out;

    if (severity == MCP_SILENT) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, "'level' must be one of " MCP_LEVELS, NULL);
        return;
    }
    mcp->log = severity;
    mcp_answer_begin(mcp, ask, &out);
    mcp_answer_end(mcp, ask, &out);
}
