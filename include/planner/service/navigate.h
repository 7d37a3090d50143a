/*
 * The plan as one chain across its levels: depth-first, as the outline tells it. What comes after
 * an item is its first child, or the next sibling of it or of the nearest item above it that has
 * one. A step of it looks at the levels only, whatever the size of the plan.
 */
#ifndef PLANNER_SERVICE_NAVIGATE_H
#define PLANNER_SERVICE_NAVIGATE_H

#include "planner/service/look.h"

enum direction { WALK_FORWARD = 1, WALK_BACKWARD, WALK_BOTH };
extern const char *const direction_names[];

#define NAVIGATE_LIMIT_DEFAULT 5 /* in each direction */
#define NAVIGATE_LIMIT_MAX     50

struct navigate_args {
    const char *item; /* an item, or a project: what comes before everything */
    int direction;    /* enum direction; 0 is forward */
    struct opt_int limit;
};
struct navigate_view {
    const char *key, *project;
    struct list items; /* struct outline_line in reading order, the item itself among them */
    struct opt_int at; /* its place in them, from 0; not set for a project */
    struct opt_bool first, last; /* there is nothing before the first of them, behind the last */
    struct opt_bool cut; /* fewer than asked for: there was no room; go on from the first or last */
};
extern const struct field navigate_fields[];
enum status look_navigate(struct req *rq, const struct navigate_args *args,
                          struct navigate_view *ret_view) MUST_CHECK;

#endif
