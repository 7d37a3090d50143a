/* What the files that grow the plan share. */
#ifndef PLANNER_SERVICE_PLAN_PARTS_H
#define PLANNER_SERVICE_PLAN_PARTS_H

#include "planner/service/plan.h"

/* sql/queries/place_state.sql: the keys around the place of a new child. */
struct place_row {
    const char *low, *high, *sibling_parent;
};
extern const struct field place_fields[];

/* The usual flush one of a create: the parent under its locks, and the place among its children. */
struct parent_read {
    struct lock_row lock;
    struct item_state state;
    struct place_row place;
    bool found;
};
/* Queue it; `sibling` without anything: at the end. *ret_read has to outlive the flush. */
void plan_queue_parent(struct write *w, const struct ref *parent, const char *mode,
                       const struct ref *sibling, bool before, struct parent_read *ret_read);

/*
 * Give the children of a parent short sort keys again, in a transaction of its own. Always "fails":
 * ST_RETRY, so that write_run starts the write anew with the new keys.
 */
enum status plan_renumber(struct write *w, const struct ref *parent) MUST_CHECK;

/* May an item of this kind (enum item_kind) stand below the parent, which `arg` names? */
enum status plan_check_parent(struct req *rq, const char *arg, int kind,
                              const struct item_state *parent) MUST_CHECK;

/*
 * A task without children that was completed by hand is opened again by its first child. Its
 * completion was a change of its own, so its end is one, too: note it in the audit. Below a child
 * that is complete, it stays so, but by that child: noted as well. `child`: enum item_status.
 */
void plan_audit_parent(struct write *w, const struct item_state *parent, int child);

/* One row of define_tasks, flattened: parents before children, in the order given. */
struct define_row {
    enum item_kind kind;
    const char *id, *title, *text; /* text: objective or content */
    const char *ref, *parent_ref;
    const char *where; /* its path in the arguments, for messages */
    const char *sort_key;
    struct list depends_on;
    int parent;     /* index of the parent row, -1: the call's parent */
    int depth;      /* 1 for a child of the call's parent */
    int previous;   /* index of the sibling before, -1: none in this call */
    int last_child; /* while rows are linked */
    bool sequential;
    size_t first_edge, n_edges;
    int n_children, n_open, n_avail, n_blockers;
};

/* An edge: row waits for another row (local >= 0) or for an item that exists. */
struct define_edge {
    int row, local;
    struct ref target;
    const char *target_id; /* known after the look-up */
};

struct define_plan {
    struct define_row *rows;
    size_t n, cap;
    struct define_edge *edges;
    size_t n_edges, n_outside;
    bool in_sequence; /* the rows hang from a sequential parent; known after the look-up */
};

/* Flatten, link parents, resolve refs; ST_INVALID names the row. */
enum status define_collect(struct req *rq, const struct define_args *args,
                           struct define_plan *ret_plan) MUST_CHECK;
/* ST_INVALID when rows wait for each other in a circle. */
enum status define_check_circles(struct req *rq, const struct define_plan *plan) MUST_CHECK;

#endif
