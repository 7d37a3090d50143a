/* Which protocol a message speaks, decided message by message (SPEC 4). */
#include "planner/mcp/session.h"

#define META_VERSION  MCP_META "protocolVersion"
#define META_CAPS     MCP_META "clientCapabilities"
#define META_CLIENT   MCP_META "clientInfo"
#define META_LOG      MCP_META "logLevel"
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

void mcp_put_revisions(struct json_out *out)
{
    json_begin(out, '[');
    for (int i = MCP_2026_07_28; i >= MCP_2024_11_05; i--)
        json_str(out, revision_names[i]);
    json_end(out, ']');
}

/* Forms came with 2025-06-18; since 2025-11-25 a client may know other modes and not this one. */
struct mcp_abilities mcp_abilities_read(const cJSON *capabilities, enum mcp_revision revision)
{
    const cJSON *elicitation = json_get(capabilities, "elicitation");

    return (struct mcp_abilities){
        .elicit = revision >= MCP_2025_06_18 && cJSON_IsObject(elicitation) &&
                  (elicitation->child == NULL || json_get(elicitation, "form") != NULL),
        .sample = cJSON_IsObject(json_get(capabilities, "sampling")),
        .roots = cJSON_IsObject(json_get(capabilities, "roots")),
    };
}

static bool is_modern(const char *method, const cJSON *meta)
{
    const struct mcp_method *known = mcp_method_find(method);

    return json_get(meta, META_VERSION) != NULL || json_get(meta, META_CAPS) != NULL ||
           (known != NULL && known->since == MCP_2026_07_28);
}

static void refuse_version(struct mcp *mcp, const struct mcp_ask *ask, const char *requested)
{
    struct json_out data = JSON_OUT_IN(&mcp->arena);

    json_begin(&data, '{');
    json_key(&data, "supported");
    mcp_put_revisions(&data);
    json_put_str(&data, "requested", requested);
    json_end(&data, '}');
    mcp_send_error(mcp, ask, RPC_UNSUPPORTED_VERSION, "unsupported protocol version",
                   json_text(&data));
}

static struct mcp_peer peer_from_meta(const cJSON *meta)
{
    const cJSON *client = json_get(meta, META_CLIENT);
    const char *level = json_get_text(meta, META_LOG);

    return (struct mcp_peer){
        .revision = MCP_2026_07_28,
        .client_name = json_get_text(client, "name"),
        .client_version = json_get_text(client, "version"),
        .can = mcp_abilities_read(json_get(meta, META_CAPS), MCP_2026_07_28),
        .log = level == NULL ? MCP_SILENT : mcp_severity_find(level),
    };
}

struct mcp_peer mcp_peer_of(const struct mcp *mcp, enum mcp_revision revision, const cJSON *params)
{
    if (revision == MCP_2026_07_28)
        return peer_from_meta(json_get(params, "_meta"));
    return (struct mcp_peer){.revision = revision,
                             .client_name = mcp->client_name,
                             .client_version = mcp->client_version,
                             .can = mcp->client_can,
                             .log = mcp->log};
}

static bool refuse(struct mcp *mcp, const struct mcp_ask *ask, enum rpc_code code,
                   const char *problem)
{
    mcp_send_error(mcp, ask, code, problem, NULL);
    return false;
}

static bool admit_modern(struct mcp *mcp, struct mcp_ask *ask, const cJSON *meta)
{
    const char *version = json_get_text(meta, META_VERSION);
    const cJSON *level = json_get(meta, META_LOG);
    const struct mcp_method *method = mcp_method_find(ask->message->method);

    if (ask->batch != NULL)
        return refuse(mcp, ask, RPC_INVALID_REQUEST,
                      MCP_MODERN " has no batches; send one message per line");
    if (version == NULL)
        return refuse(mcp, ask, RPC_INVALID_PARAMS,
                      "'" META_VERSION "' is missing in params._meta");
    if (strcmp(version, MCP_MODERN) != 0) {
        refuse_version(mcp, ask, version);
        return false;
    }
    if (!cJSON_IsObject(json_get(meta, META_CAPS)))
        return refuse(mcp, ask, RPC_INVALID_PARAMS, "'" META_CAPS "' is missing in params._meta");
    if (level != NULL && (!cJSON_IsString(level) || mcp_severity_find(level->valuestring) < 0))
        return refuse(mcp, ask, RPC_INVALID_PARAMS, "'" META_LOG "' must be one of " MCP_LEVELS);
    if (method != NULL && method->until < MCP_2026_07_28)
        return refuse(mcp, ask, RPC_METHOD_NOT_FOUND, "no such method in " MCP_MODERN);
    ask->peer = peer_from_meta(meta);
    return true;
}

bool mcp_era_admit(struct mcp *mcp, struct mcp_ask *ask)
{
    const char *method = ask->message->method;
    const cJSON *meta = json_get(ask->params, "_meta");
    const bool always = strcmp(method, "initialize") == 0 || strcmp(method, "ping") == 0;

    if (is_modern(method, meta))
        return admit_modern(mcp, ask, meta);
    if (mcp->revision == MCP_NONE && !always)
        return refuse(mcp, ask, RPC_INVALID_PARAMS, NOT_BEGUN_YET);
    ask->peer = mcp_peer_of(mcp, mcp->revision, ask->params);
    return true;
}
