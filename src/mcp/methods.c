/* The methods that are answered at once, from memory: no database, no waiting. */
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

#define TTL_MS       3600000 /* the answers only change with the program */
#define CAPABILITIES "{\"tools\":{}}"

static const char instructions[] =
    "Plans shared by several agents and a person: projects hold tasks, tasks hold steps. "
    "The server role writes a step's content, the client role reviews it, a human settles what "
    "they cannot. Loop: create_project, define_tasks, next_item (what is ready), "
    "submit_step, review_step (approve, revise, counter), complete_step, and next_item again. "
    "When the rounds run out a dispute opens; a person decides it (resolve_dispute), so work on "
    "something else meanwhile. Items are named by key (AUTH-34). Answers name the next move.";

static char *text_copy(const char *text)
{
    const size_t size = text == NULL ? 0 : strlen(text) + 1;

    return text == NULL ? NULL : memcpy(memory_alloc(size), text, size);
}

static void text_replace(char **place, const char *text)
{
    memory_free(*place);
    *place = text_copy(text);
}

static void answer_begin(struct mcp *mcp, const struct mcp_ask *ask, struct json_out *ret_out)
{
    *ret_out = JSON_OUT_IN(&mcp->arena);
    rpc_result_begin(ret_out, ask->message->id);
    json_begin(ret_out, '{');
}

static void answer_end(struct mcp *mcp, const struct mcp_ask *ask, struct json_out *out)
{
    json_end(out, '}');
    rpc_end(out);
    mcp_send(mcp, ask->batch, out);
}

static void put_cacheable(struct json_out *out, enum mcp_revision revision)
{
    if (revision != MCP_2026_07_28)
        return;
    json_put_int(out, "ttlMs", TTL_MS);
    json_put_str(out, "cacheScope", "public");
}

static void run_initialize(struct mcp *mcp, struct mcp_ask *ask)
{
    const char *asked = json_get_text(ask->params, "protocolVersion");
    const cJSON *client = json_get(ask->params, "clientInfo");
    enum mcp_revision revision = MCP_NONE;
    struct json_out out;

    if (asked == NULL) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, "'protocolVersion' must be a string", NULL);
        return;
    }
    revision = mcp_revision_find(asked);
    mcp->revision = revision == MCP_NONE || revision > MCP_2025_11_25 ? MCP_2025_11_25 : revision;
    mcp->client_elicits =
        mcp->revision >= MCP_2025_06_18 && mcp_can_elicit(json_get(ask->params, "capabilities"));
    text_replace(&mcp->client_name, json_get_text(client, "name"));
    text_replace(&mcp->client_version, json_get_text(client, "version"));

    answer_begin(mcp, ask, &out);
    json_put_str(&out, "protocolVersion", mcp_revision_name(mcp->revision));
    json_put_raw(&out, "capabilities", CAPABILITIES);
    json_put_raw(&out, "serverInfo", MCP_SERVER_INFO);
    json_put_str(&out, "instructions", instructions);
    answer_end(mcp, ask, &out);
}

static void run_ping(struct mcp *mcp, struct mcp_ask *ask)
{
    struct json_out out;

    answer_begin(mcp, ask, &out);
    answer_end(mcp, ask, &out);
}

static void run_discover(struct mcp *mcp, struct mcp_ask *ask)
{
    struct json_out out;

    answer_begin(mcp, ask, &out);
    json_key(&out, "supportedVersions");
    json_begin(&out, '[');
    for (int i = MCP_2026_07_28; i >= MCP_2024_11_05; i--)
        json_str(&out, mcp_revision_name((enum mcp_revision)i));
    json_end(&out, ']');
    json_put_raw(&out, "capabilities", CAPABILITIES);
    json_put_str(&out, "instructions", instructions);
    put_cacheable(&out, ask->peer.revision);
    mcp_put_meta(&out, ask->peer.revision, "complete", 0);
    answer_end(mcp, ask, &out);
}

/* Made once per process, in memory of its own: the arena of one message must not grow to hold it.
 */
static const char *tools_text(struct mcp *mcp)
{
    struct arena scratch;
    struct json_out out;

    if (mcp->tools != NULL)
        return mcp->tools;
    arena_init(&scratch, ARENA_CAP_DEFAULT);
    out = JSON_OUT_IN(&scratch);
    json_begin(&out, '[');
    for (const struct tool *const *tool = all_tools; *tool != NULL; tool++)
        tool_describe(*tool, &out);
    json_end(&out, ']');
    mcp->tools = text_copy(json_text(&out));
    arena_destroy(&scratch);
    return mcp->tools;
}

static void run_tools_list(struct mcp *mcp, struct mcp_ask *ask)
{
    const cJSON *cursor = json_get(ask->params, "cursor");
    struct json_out out;

    if (cursor != NULL && !cJSON_IsNull(cursor)) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS,
                       "'cursor' is unknown; the list of tools has one page", NULL);
        return;
    }
    answer_begin(mcp, ask, &out);
    json_put_raw(&out, "tools", tools_text(mcp));
    put_cacheable(&out, ask->peer.revision);
    mcp_put_meta(&out, ask->peer.revision, "complete", 0);
    answer_end(mcp, ask, &out);
}

bool mcp_method_run(struct mcp *mcp, struct mcp_ask *ask, cJSON **params)
{
    static const struct {
        const char *name;
        void (*run)(struct mcp *mcp, struct mcp_ask *ask);
    } methods[] = {
        {"initialize", run_initialize},
        {"ping", run_ping},
        {"server/discover", run_discover},
        {"tools/list", run_tools_list},
    };

    if (strcmp(ask->message->method, "tools/call") == 0) {
        mcp_call_accept(mcp, ask, params);
        return true;
    }
    for (size_t i = 0; i < LENGTH_OF(methods); i++) {
        if (strcmp(methods[i].name, ask->message->method) == 0) {
            methods[i].run(mcp, ask);
            return true;
        }
    }
    return false;
}
