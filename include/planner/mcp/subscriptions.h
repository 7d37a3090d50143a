/*
 * Subscriptions and the feed that serves them and the calls that wait (feed.c). Private to mcp/.
 */
#ifndef PLANNER_MCP_SUBSCRIPTIONS_H
#define PLANNER_MCP_SUBSCRIPTIONS_H

#include "planner/mcp/session.h"

#define MCP_STREAMS_MAX 64   /* subscriptions/listen requests open at once */
#define MCP_URIS_MAX    1000 /* resources subscribed to at once, over all of them */

struct mcp_uri {
    char *text;   /* as the client wrote it: it is told so */
    bool fresh;   /* added while nobody listened to the store yet */
    bool changed; /* heard and not told yet */
};

struct mcp_subscription {
    struct mcp_subscription *next;
    char *id;          /* raw JSON id of its subscriptions/listen; NULL: the handshake client's */
    bool acknowledged; /* before, nothing may be told */
    bool wants_list;
    bool list_fresh;   /* wanted while nobody listened to the store yet */
    bool list_changed; /* heard and not told yet */
    struct mcp_uri *uris;
    size_t n;
};

/*
 * The feed was to be connected. What is subscribed to is acknowledged now, so that every change
 * after the acknowledgement is heard. Without a connection it is acknowledged, too, and whatever
 * was subscribed to meanwhile counts as changed when there is one.
 */
void mcp_listen_opened(struct mcp *mcp, bool is_open);
/* Tell what was heard, as far as the reader has room. */
void mcp_listen_tell(struct mcp *mcp);
/* The server ends: every stream gets its result. */
void mcp_listen_close(struct mcp *mcp);
void mcp_listen_forget(struct mcp *mcp);

/* feed.c: whether a change of this resource could ever be told. */
bool mcp_feed_knows(const char *uri);

#endif
