/* initialize, server/discover and ping: answered before anything else is touched. */
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

static const char instructions[] =
    "Plans shared by several agents and a person: projects hold tasks, tasks hold steps. "
    "The server role writes a step's content, the client role reviews it, a human settles what "
    "they cannot (resolve_dispute). Loop: create_project, define_tasks, next_item with claim (gives "
    "a token), submit_step, review_step (approve, revise, counter), complete_step with the token, "
    "next_item again. wait_for_change tells when others have done something; undo takes the number "
    "of a change. Items are named by key (AUTH-34). Answers name the next move.";

static void text_replace(char **place, const char *text)
{
    memory_free(*place);
    *place = memory_text(text);
}

/* `completions` came with 2025-03-26; completion/complete itself is older. */
static const char *capabilities(enum mcp_revision revision)
{
    return revision == MCP_2024_11_05
               ? "{\"logging\":{},\"prompts\":{},"
                 "\"resources\":{\"subscribe\":true,\"listChanged\":true},\"tools\":{}}"
               : "{\"completions\":{},\"logging\":{},\"prompts\":{},"
                 "\"resources\":{\"subscribe\":true,\"listChanged\":true},\"tools\":{}}";
}

void mcp_answer_initialize(struct mcp *mcp, struct mcp_ask *ask)
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
    if (revision == MCP_NONE || revision > MCP_2025_11_25)
        revision = MCP_2025_11_25; /* the newest that knows a handshake */
    mcp->revision = revision;
    mcp->client_can = mcp_abilities_read(json_get(ask->params, "capabilities"), revision);
    text_replace(&mcp->client_name, json_get_text(client, "name"));
    text_replace(&mcp->client_version, json_get_text(client, "version"));

    ask->peer.revision = revision;
    mcp_answer_begin(mcp, ask, &out);
    json_put_str(&out, "protocolVersion", mcp_revision_name(revision));
    json_put_raw(&out, "capabilities", capabilities(revision));
    json_put_raw(&out, "serverInfo", MCP_SERVER_INFO);
    json_put_str(&out, "instructions", instructions);
    mcp_answer_end(mcp, ask, &out);
}

void mcp_answer_ping(struct mcp *mcp, struct mcp_ask *ask)
{
    struct json_out out;

    mcp_answer_begin(mcp, ask, &out);
    mcp_answer_end(mcp, ask, &out);
}

void mcp_answer_discover(struct mcp *mcp, struct mcp_ask *ask)
{
    struct json_out out;

    mcp_answer_begin(mcp, ask, &out);
    json_key(&out, "supportedVersions");
    mcp_put_revisions(&out);
    json_put_raw(&out, "capabilities", capabilities(MCP_2026_07_28));
    json_put_str(&out, "instructions", instructions);
    mcp_answer_end(mcp, ask, &out);
}
