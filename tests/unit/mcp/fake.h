/*
 * A registry of a few tools that need no database, in place of the real one, and a client that
 * feeds frames to a struct mcp and keeps what it answers.
 */
#ifndef TESTS_UNIT_MCP_FAKE_H
#define TESTS_UNIT_MCP_FAKE_H

#include "planner/mcp/mcp.h"

#define FAKE_FRAMES_MAX 64

struct fake_client {
    struct arena arena;
    struct log log;
    struct mcp_config config;
    struct mcp_sink sink;
    struct mcp *mcp;
    const char *frames[FAKE_FRAMES_MAX]; /* as sent, without the newline */
    size_t n;
};

void fake_client_open(struct fake_client *client);
void fake_client_close(struct fake_client *client);
/*
 * Receive one frame, written with ' for ", and run every call that is queued. The last answer
 * since, or NULL.
 */
const char *fake_client_say(struct fake_client *client, const char *frame);
/* Receive only. */
void fake_client_tell(struct fake_client *client, const char *frame);
/* initialize with this version; elicitation declared. */
void fake_client_initialize(struct fake_client *client, const char *version);

#endif
