#include "planner/mcp/session.h"

void mcp_feed_update(struct mcp *mcp)
{
    (void)mcp;
}

void mcp_listen_cancel(struct mcp *mcp, struct span id)
{
    (void)mcp;
    (void)id;
}
