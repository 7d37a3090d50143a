/* What is told of a call beside its answer: whose log lines are its, how it ended, the counters. */
#include "planner/base/clock.h"
#include "planner/base/meter.h"
#include "planner/mcp/session.h"

static const char *code_name(enum rpc_code code)
{
    switch (code) {
    case RPC_PARSE_ERROR:
        return "parse_error";
    case RPC_INVALID_REQUEST:
        return "invalid_request";
    case RPC_METHOD_NOT_FOUND:
        return "method_not_found";
    case RPC_INVALID_PARAMS:
        return "invalid_params";
    case RPC_INTERNAL_ERROR:
        return "internal_error";
    case RPC_UNSUPPORTED_VERSION:
        return "unsupported_version";
    case RPC_MISSING_CAPABILITY:
        return "missing_capability";
    default:
        return "other";
    }
}

void mcp_account_error(const struct mcp *mcp, enum rpc_code code)
{
    meter_count(mcp->config->meter, METER_PROTOCOL_ERRORS, code_name(code), NULL);
}

static const struct tool *tool_of(const struct mcp_call *call)
{
    const char *name = NULL;

    if (call->method->run != mcp_run_tools_call)
        return NULL;
    name = json_get_text(call->params, "name");
    return name == NULL ? NULL : tool_find(name);
}

void mcp_account_begin(const struct mcp *mcp, struct mcp_call *call, struct req *rq,
                       struct mcp_account *ret_account)
{
    const cJSON *arguments = json_get(call->params, "arguments");
    const cJSON *meta = json_get(call->params, "_meta");
    const char *agent = json_get_text(arguments, "agent");
    struct mcp_account *account = ret_account;

    *account = (struct mcp_account){.tool = tool_of(call), .began_us = clock_monotonic_us()};
    if (call->turns++ == 0)
        call->queued_us = account->began_us - call->arrived_us;
    account->context =
        (struct log_context){.id = call->id_text,
                             .method = call->method->name,
                             .tool = account->tool == NULL ? NULL : account->tool->name,
                             .request_id = json_get_text(arguments, "request_id"),
                             .agent = agent != NULL ? agent : rq->actor.agent};
    if (trace_read(json_get_text(meta, "traceparent"), json_get_text(meta, "tracestate"),
                   &account->trace)) {
        account->context.trace_id = account->trace.trace_id;
        account->context.span_id = account->trace.span_id;
        account->context.trace_state = account->trace.state;
        rq->trace = &account->trace;
    }
    if (mcp->config->log == NULL)
        return;
    account->log = *mcp->config->log;
    account->log.context = &account->context;
    rq->log = &account->log;
}

void mcp_account_park(struct mcp_call *call, const struct mcp_account *account)
{
    call->ran_us += clock_monotonic_us() - account->began_us;
}

static void count(const struct mcp *mcp, const struct mcp_call *call,
                  const struct mcp_account *account, const char *outcome)
{
    struct meter *meter = mcp->config->meter;

    meter_count(meter, METER_REQUESTS, call->method->name, outcome);
    if (account->tool == NULL)
        return;
    meter_count(meter, METER_TOOL_CALLS, account->tool->name, outcome);
    meter_time(meter, METER_TOOL_SECONDS, account->tool->name, call->ran_us);
}

void mcp_account_end(const struct mcp *mcp, const struct req *rq, struct mcp_call *call,
                     enum status status, struct mcp_account *account)
{
    const char *outcome = status_name(status);
    const bool told =
        status != ST_OK && status != ST_NEED_INPUT && status != ST_CANCELLED && rq->message != NULL;
    double ran_ms = 0;

    mcp_account_park(call, account);
    ran_ms = (double)call->ran_us / 1000;
    count(mcp, call, account, outcome);
    if (!log_wants(rq->log, LOG_INFO))
        return;
    account->context.agent = rq->actor.agent;
    log_event(rq->log, LOG_INFO, "call",
              (const struct log_fact[]){{"outcome", outcome, 0},
                                        {"duration_ms", NULL, ran_ms},
                                        {"queued_ms", NULL, (double)call->queued_us / 1000},
                                        {"turns", NULL, call->turns}},
              4, "%s%s%s: %s in %.1f ms%s%.1000s", call->method->name,
              account->tool == NULL ? "" : " ", account->tool == NULL ? "" : account->tool->name,
              outcome, ran_ms, told ? ": " : "", told ? rq->message : "");
}

void mcp_account_at_once(struct mcp *mcp, const struct mcp_ask *ask)
{
    const struct span id = ask->message->id;
    struct log_context context = {.method = ask->message->method};
    struct log log;

    if (!log_wants(mcp->config->log, LOG_DEBUG))
        return;
    if (id.ptr != NULL)
        context.id = arena_copy(&mcp->arena, id.ptr, id.len);
    log = *mcp->config->log;
    log.context = &context;
    log_write(&log, LOG_DEBUG, "%.100s: answered at once", ask->message->method);
}
