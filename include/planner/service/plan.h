/* Growing the plan: one task, one step, or a whole tree of them in one transaction. */
#ifndef PLANNER_SERVICE_PLAN_H
#define PLANNER_SERVICE_PLAN_H

#include "planner/service/shapes.h"
#include "planner/service/write.h"

/* create_task and create_step */
struct create_args {
    struct write_args write;
    const char *parent; /* project or task; for a step, a task */
    const char *task;   /* create_step's name for the parent */
    const char *title;
    const char *objective; /* tasks */
    const char *content;   /* steps: a ready draft */
    struct opt_bool sequential;
    const char *before, *after; /* a sibling; at most one; else at the end */
    struct opt_int priority;    /* 0..100, more is more urgent */
    const char *assignee;
};

enum status plan_create_task(struct req *rq, const struct create_args *args,
                             struct item_answer *ret_answer) MUST_CHECK;
enum status plan_create_step(struct req *rq, const struct create_args *args,
                             struct item_answer *ret_answer) MUST_CHECK;

#define DEFINE_ITEMS_MAX 10000
#define ITEM_DEPTH_MAX   64

/* Nested, or flat rows with parent_ref; a task's steps come before its tasks. */
struct define_step {
    const char *title, *content, *ref;
    struct list depends_on; /* refs of this call, or keys of items that exist */
};
struct define_task {
    const char *title, *objective, *ref, *parent_ref;
    struct opt_bool sequential;
    struct list depends_on;
    struct list steps; /* struct define_step */
    struct list tasks; /* struct define_task */
};
struct define_args {
    struct write_args write;
    const char *parent;
    struct list tasks;
};

struct defined_item {
    const char *key, *title, *ref;
};
struct define_answer {
    struct opt_bool changed, replayed;
    struct opt_int change, created;
    const char *project, *parent, *first, *last;
    struct list items; /* struct defined_item: the first DEFINE_TOLD, in the order given */
};
#define DEFINE_TOLD 100
extern const struct field define_answer_fields[];

/*
 * All or nothing. ST_INVALID names the row: an unknown ref, a ref given twice, rows that wait for
 * each other in a circle (also through parents and sequences), more than DEFINE_ITEMS_MAX.
 */
enum status plan_define(struct req *rq, const struct define_args *args,
                        struct define_answer *ret_answer) MUST_CHECK;

#endif
