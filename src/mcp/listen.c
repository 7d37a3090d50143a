/* Subscriptions and the feed come here. */
#include "planner/mcp/session.h"

void mcp_feed_update(struct mcp *mcp)
{
    (void)mcp;
}

void mcp_listen_own_list(struct mcp *mcp)
{
    (void)mcp;
}

void mcp_listen_cancel(struct mcp *mcp, struct span id)
{
    (void)mcp;
    (void)id;
}

void mcp_watch(const struct mcp *mcp, struct mcp_watch *ret_watch)
{
    (void)mcp;
    *ret_watch = (struct mcp_watch){.fd = -1, .due_ms = INT64_MAX};
}

void mcp_tick(struct mcp *mcp)
{
    (void)mcp;
}
