/*
 * The Model Context Protocol over messages that rpc/ has read: eras, methods, input requests.
 *
 * Two eras at once, decided message by message (SPEC 4): 2026-07-28 is stateless and carries its
 * version and capabilities in params._meta; the handshake revisions (2025-11-25, 2025-06-18,
 * 2025-03-26, 2024-11-05) negotiate with initialize.
 *
 * What reads or writes the database takes its turn: mcp_receive queues it, mcp_step runs the
 * oldest. Everything else mcp_receive answers at once. While a call waits, the loop goes on calling
 * mcp_receive and mcp_tick (never mcp_step), which is how ping, discovery, cancellation and the
 * news of subscriptions get past it.
 */
#ifndef PLANNER_MCP_MCP_H
#define PLANNER_MCP_MCP_H

#include "planner/rpc/rpc.h"
#include "planner/tools/tool.h"

struct mcp; /* the state of one connection: negotiated revision, queued and parked calls */

/* What main.c wires: everything that requests need, with process lifetime. */
struct mcp_config {
    const struct log *log;
    const struct waiter *waiter;
    struct uuid_source *uuids;
    struct db *db;
    struct meter *meter;   /* counts calls; NULL: nobody does */
    struct feed *feed;     /* hears other processes' changes; NULL: nobody does */
    const char *agent;     /* configured, or NULL: the client's name and the process number */
    const char *role;      /* or NULL */
    const char *user;      /* or NULL */
    const char *project;   /* or NULL */
    const char *directory; /* where we were started */
    int64_t max_claims;    /* of one agent in one project; 0: the usual number */
};

/* Where answers go: one complete frame per call, newline included; copied or written by then. */
struct mcp_sink {
    void *ctx;
    void (*send)(void *ctx, const char *frame, size_t len);
    /* Whether the reader keeps up: while not, notifications are left out or held back. NULL: yes.
     */
    bool (*has_room)(void *ctx);
};

/* What the loop watches for mcp besides stdin. */
struct mcp_watch {
    int fd; /* -1: none */
    short events;
    int64_t due_ms; /* monotonic; INT64_MAX: never */
};

/* Process lifetime; `config` and `sink` are borrowed for it. */
struct mcp *mcp_new(const struct mcp_config *config, const struct mcp_sink *sink);
void mcp_free(struct mcp *mcp);

/* Take one frame (without its newline). Runs no tool. */
void mcp_receive(struct mcp *mcp, const char *text, size_t len);
/* A frame was longer than `cap` bytes and was skipped; its id, when it could be found, is raw. */
void mcp_refuse_frame(struct mcp *mcp, struct span id, size_t cap);
/*
 * Run the oldest queued call to its answer, or connect the feed when that is due; false when there
 * is nothing to do. Waits through config->waiter. Never re-entered.
 */
bool mcp_step(struct mcp *mcp);
/* For the loop's next poll(2). */
void mcp_watch(const struct mcp *mcp, struct mcp_watch *ret_watch);
/* The descriptor is ready, the time has come, or the sink has room again. Waits for nothing and
 * runs no tool. */
void mcp_tick(struct mcp *mcp);
/* Bytes of frames that wait in the queue: the loop stops reading when they are too many. */
size_t mcp_queued(const struct mcp *mcp);
/*
 * Nothing more will be received. Subscriptions and calls that wait for a person are answered; calls
 * that wait for a change are queued for the last time, so mcp_step() may have work to do.
 */
void mcp_close(struct mcp *mcp);

#endif
