/*
 * Every method, who knows it, and whether it is answered at once or in its turn. In its turn goes
 * what reads or writes the database; what is answered from memory gets past a call that waits.
 */
#include "planner/mcp/session.h"

#define HOUR_MS       3600000 /* what only changes with the program */
#define AT_ONCE_STALE 0       /* what agents change all the time; subscriptions tell */
#define NOT_CACHED    (-1)
#define FIRST         MCP_2024_11_05
#define LAST          MCP_2026_07_28
#define HANDSHAKE     MCP_2025_11_25 /* the last revision with one */

static const struct mcp_method methods[] = {
    {"initialize", FIRST, HANDSHAKE, .answer = mcp_answer_initialize, .ttl_ms = NOT_CACHED},
    {"ping", FIRST, HANDSHAKE, .answer = mcp_answer_ping, .ttl_ms = NOT_CACHED},
    {"server/discover", LAST, LAST, .answer = mcp_answer_discover, .ttl_ms = HOUR_MS,
     .is_public = true},
    {"logging/setLevel", FIRST, HANDSHAKE, .answer = mcp_answer_set_level, .ttl_ms = NOT_CACHED},
    {"tools/list", FIRST, LAST, .answer = mcp_answer_tools_list, .ttl_ms = HOUR_MS,
     .is_public = true},
    {"tools/call", FIRST, LAST, .check = mcp_check_tools_call, .run = mcp_run_tools_call,
     .ttl_ms = NOT_CACHED, .fails_as_result = true},
    {"prompts/list", FIRST, LAST, .answer = mcp_answer_prompts_list, .ttl_ms = HOUR_MS,
     .is_public = true},
    {"prompts/get", FIRST, LAST, .check = mcp_check_prompts_get, .run = mcp_run_prompts_get,
     .ttl_ms = NOT_CACHED},
    {"resources/list", FIRST, LAST, .check = mcp_check_resources_list,
     .run = mcp_run_resources_list, .ttl_ms = AT_ONCE_STALE},
    {"resources/templates/list", FIRST, LAST, .answer = mcp_answer_templates_list,
     .ttl_ms = HOUR_MS, .is_public = true},
    {"resources/read", FIRST, LAST, .check = mcp_check_resources_read,
     .run = mcp_run_resources_read, .ttl_ms = AT_ONCE_STALE,
     .missing_legacy = RPC_RESOURCE_MISSING},
    {"resources/subscribe", FIRST, HANDSHAKE, .answer = mcp_answer_subscribe, .ttl_ms = NOT_CACHED},
    {"resources/unsubscribe", FIRST, HANDSHAKE, .answer = mcp_answer_unsubscribe,
     .ttl_ms = NOT_CACHED},
    {"subscriptions/listen", LAST, LAST, .answer = mcp_answer_listen, .ttl_ms = NOT_CACHED},
    {"completion/complete", FIRST, LAST, .check = mcp_check_completion, .run = mcp_run_completion,
     .ttl_ms = NOT_CACHED},
};

const struct mcp_method *mcp_method_find(const char *name)
{
    for (size_t i = 0; i < LENGTH_OF(methods); i++) {
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}
