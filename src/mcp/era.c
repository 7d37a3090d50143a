/* Which protocol a message speaks, decided message by message (SPEC 4). */
#include "planner/mcp/session.h"

#define META          "io.modelcontextprotocol/"
#define META_VERSION  META "protocolVersion"
#define META_CAPS     META "clientCapabilities"
#define META_CLIENT   META "clientInfo"
#define NOT_BEGUN_YET "send initialize first, or name the protocol version in params._meta"

static const char *const revision_names[] = {
    [MCP_2024_11_05] = "2024-11-05", [MCP_2025_03_26] = "2025-03-26",
    [MCP_2025_06_18] = "2025-06-18", [MCP_2025_11_25] = "2025-11-25",
    [MCP_2026_07_28] = MCP_MODERN,
};

const char *mcp_revision_name(enum mcp_revision revision)
{
    return revision_names[revision];
}

enum mcp_revision mcp_revision_find(const char *name)
{
    for (int i = MCP_2024_11_05; i <= MCP_2026_07_28; i++) {
        if (strcmp(revision_names[i], name) == 0)
            return (enum mcp_revision)i;
    }
    return MCP_NONE;
}

bool mcp_can_elicit(const cJSON *capabilities)
{
    const cJSON *elicitation = json_get(capabilities, "elicitation");

    return cJSON_IsObject(elicitation) &&
           (elicitation->child == NULL || json_get(elicitation, "form") != NULL);
}

static bool is_one_of(const char *method, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(method, *names) == 0)
            return true;
    }
    return false;
}

static bool is_modern(const char *method, const cJSON *meta)
{
    static const char *const modern_only[] = {"server/discover", "subscriptions/listen", NULL};

    return json_get(meta, META_VERSION) != NULL || json_get(meta, META_CAPS) != NULL ||
           is_one_of(method, modern_only);
}

static void refuse_version(struct mcp *mcp, const struct mcp_ask *ask, const char *requested)
{
    struct json_out data = JSON_OUT_IN(&mcp->arena);

    json_begin(&data, '{');
    json_key(&data, "supported");
    json_begin(&data, '[');
    for (int i = MCP_2026_07_28; i >= MCP_2024_11_05; i--)
        json_str(&data, revision_names[i]);
    json_end(&data, ']');
    json_put_str(&data, "requested", requested);
    json_end(&data, '}');
    mcp_send_error(mcp, ask, RPC_UNSUPPORTED_VERSION, "unsupported protocol version",
                   json_text(&data));
}

static bool admit_modern(struct mcp *mcp, struct mcp_ask *ask, const cJSON *meta)
{
    static const char *const gone[] = {
        "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe",
        NULL};
    const char *version = json_get_text(meta, META_VERSION);
    const cJSON *capabilities = json_get(meta, META_CAPS);
    const cJSON *client = json_get(meta, META_CLIENT);

    if (version == NULL) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS,
                       "'" META_VERSION "' is missing in params._meta", NULL);
        return false;
    }
    if (strcmp(version, MCP_MODERN) != 0) {
        refuse_version(mcp, ask, version);
        return false;
    }
    if (!cJSON_IsObject(capabilities)) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, "'" META_CAPS "' is missing in params._meta",
                       NULL);
        return false;
    }
    if (is_one_of(ask->message->method, gone)) {
        mcp_send_error(mcp, ask, RPC_METHOD_NOT_FOUND, "no such method in " MCP_MODERN, NULL);
        return false;
    }
    ask->peer = (struct mcp_peer){.revision = MCP_2026_07_28,
                                  .client_name = json_get_text(client, "name"),
                                  .client_version = json_get_text(client, "version"),
                                  .can_elicit = mcp_can_elicit(capabilities)};
    return true;
}

bool mcp_era_admit(struct mcp *mcp, struct mcp_ask *ask)
{
    static const char *const always[] = {"initialize", "ping", NULL};
    const cJSON *meta = json_get(ask->params, "_meta");

    if (is_modern(ask->message->method, meta))
        return admit_modern(mcp, ask, meta);
    if (mcp->revision == MCP_NONE && !is_one_of(ask->message->method, always)) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, NOT_BEGUN_YET, NULL);
        return false;
    }
    ask->peer = (struct mcp_peer){.revision = mcp->revision,
                                  .client_name = mcp->client_name,
                                  .client_version = mcp->client_version,
                                  .can_elicit = mcp->client_elicits};
    return true;
}
