/* tools/list and tools/call. */
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

/* Made once per process and revision, in memory of its own: the arena of one message must not grow
 * to hold it. */
static const char *tools_text(struct mcp *mcp, enum mcp_revision revision)
{
    const struct tool_shape shape = {.titles = revision >= MCP_2025_06_18,
                                     .hints = revision >= MCP_2025_03_26,
                                     .outputs = revision >= MCP_2025_06_18};
    struct arena scratch;
    struct json_out out;

    if (mcp->tools[revision] != NULL)
        return mcp->tools[revision];
    arena_init(&scratch, ARENA_CAP_DEFAULT);
    out = JSON_OUT_IN(&scratch);
    json_begin(&out, '[');
    for (const struct tool *const *tool = all_tools; *tool != NULL; tool++)
        tool_describe(*tool, shape, &out);
    json_end(&out, ']');
    mcp->tools[revision] = memory_text(json_text(&out));
    arena_destroy(&scratch);
    return mcp->tools[revision];
}

void mcp_answer_tools_list(struct mcp *mcp, struct mcp_ask *ask)
{
    struct json_out out;

    if (mcp_refuse_cursor(mcp, ask))
        return;
    mcp_answer_begin(mcp, ask, &out);
    json_put_raw(&out, "tools", tools_text(mcp, ask->peer.revision));
    mcp_answer_end(mcp, ask, &out);
}

const char *mcp_check_tools_call(struct arena *arena, const cJSON *params)
{
    const char *name = json_get_text(params, "name");
    const cJSON *arguments = json_get(params, "arguments");

    if (name == NULL)
        return "'name' must be a string: the name of a tool";
    if (arguments != NULL && !cJSON_IsObject(arguments))
        return "'arguments' must be an object";
    if (tool_find(name) == NULL)
        return arena_printf(arena, "unknown tool: %.100s", name);
    return NULL;
}

enum status mcp_run_tools_call(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                               struct json_out *out)
{
    const struct tool *tool = tool_find(json_get_text(call->params, "name"));
    struct tool_call tc = {.arguments = json_get(call->params, "arguments"),
                           .given = mcp_given(call)};
    const enum status status = tool_invoke(rq, tool, &tc);

    call->need = tc.need;
    TRY(status);
    if ((tool->hints & TOOL_LISTS) != 0)
        mcp_listen_own_list(mcp);
    json_key(out, "content");
    json_begin(out, '[');
    if (tc.text != NULL)
        mcp_put_text(out, tc.text);
    if (tc.blocks != NULL)
        json_raw(out, tc.blocks, strlen(tc.blocks));
    json_end(out, ']');
    if (tc.structured != NULL && call->revision >= MCP_2025_06_18)
        json_put_raw(out, "structuredContent", tc.structured);
    return ST_OK;
}
