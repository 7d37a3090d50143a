/*
 * Dependencies: an item that waits for others, anywhere in the tree of its project (SPEC 1).
 *
 * Edges are made and removed under the exclusive lock of the project's topology, so two that would
 * be a circle together follow each other, and the second is refused. A circle also leads through
 * parents (an item starts after its parent started and ends before it does) and through the order
 * below sequential ones: planner.circle in the schema has the definition.
 *
 * What is complete may be waited for; it holds nobody back until it is reopened. What is complete
 * cannot be made to wait for something open. When a blocker is reopened, what waited for it waits
 * again: a claim on it stays, and what was completed in the meantime stays complete.
 */
#ifndef PLANNER_SERVICE_LINK_H
#define PLANNER_SERVICE_LINK_H

#include "planner/service/write.h"

#define LINK_ITEMS_MAX 1000 /* named in one call, both lists together */

struct link_args {
    struct write_args write;
    const char *item;
    struct list depends_on; /* const char *: items that it is to wait for, too */
    struct list remove;     /* const char *: items that it is not to wait for any more */
};

enum status item_link(struct req *rq, const struct link_args *args,
                      struct item_answer *ret_answer) MUST_CHECK;

/* Keys with commas between; of many the first and the last ones. */
const char *link_way(struct req *rq, const struct list *keys);

/* Edges as the audit tells them: {"depends_on": [ids]}. */
const char *link_edges_json(struct req *rq, const char *const *ids, size_t n);

#endif
