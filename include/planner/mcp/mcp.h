/*
 * The Model Context Protocol over messages that rpc/ has read: eras, methods, input requests.
 *
 * Two eras at once, decided message by message (SPEC 4): 2026-07-28 is stateless and carries its
 * version and capabilities in params._meta; the handshake revisions (2025-11-25, 2025-06-18,
 * 2025-03-26, 2024-11-05) negotiate with initialize.
 */
#ifndef PLANNER_MCP_MCP_H
#define PLANNER_MCP_MCP_H

#include "planner/rpc/rpc.h"
#include "planner/tools/tool.h"

struct mcp; /* the state of one connection: negotiated revision, parked calls */

/* What main.c wires: everything that requests need, with process lifetime. */
struct mcp_config {
    const struct log *log;
    const struct waiter *waiter;
    struct uuid_source *uuids;
    struct db *db;
    const char *agent;     /* configured, or NULL: the client's name and the process number */
    const char *role;      /* or NULL */
    const char *user;      /* or NULL */
    const char *project;   /* or NULL */
    const char *directory; /* where we were started */
};

#endif
