/*
 * Changing what a task or step says, where it stands, and that it exists: update_item and
 * delete_item. A move keeps id, number, content and dependencies and stays in the project; a delete
 * marks the top of a subtree only, so that undo brings back all of it.
 */
#ifndef PLANNER_SERVICE_EDIT_H
#define PLANNER_SERVICE_EDIT_H

#include "planner/service/shapes.h"
#include "planner/service/write.h"

struct edit_args {
    struct write_args write;
    const char *item;
    const char *title;
    const char *objective; /* tasks; empty: none */
    struct opt_bool sequential;
    struct opt_int priority;
    const char *assignee; /* empty: nobody */
    const char *parent;
    const char *before, *after; /* a sibling; at most one; without `parent` its parent is meant */
    struct opt_int token;
};

/*
 * A place that was asked for is where the item stands already, and nothing else differs: changed
 * false. A move needs the token of a live claim on the item; ST_INVALID when the place cannot hold
 * it (its own subtree, below a step, another project), ST_CONFLICT when a dependency stands against
 * it, ST_LIMIT beyond ITEM_DEPTH_MAX.
 */
enum status item_edit(struct req *rq, const struct edit_args *args,
                      struct item_answer *ret_answer) MUST_CHECK;

#define DELETE_COUNTED 1000 /* items below a deleted one are counted up to here */
#define DELETE_TOLD    5    /* disputes and claims that speak against it */

struct delete_args {
    struct write_args write;
    const char *item;
    struct opt_bool subtree, force;
    struct opt_int token;
};

/*
 * ST_CONFLICT when there are items below and `subtree` is not true, or open disputes or others'
 * live claims in it and `force` is not true.
 */
enum status item_delete(struct req *rq, const struct delete_args *args,
                        struct item_answer *ret_answer) MUST_CHECK;

#endif
