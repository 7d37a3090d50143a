/*
 * Taking a change back, as a new change that can itself be taken back. What a change comprised is
 * read from the audit (sql/migrations, planner.undo_plan); what forbids it is decided here.
 */
#ifndef PLANNER_SERVICE_UNDO_H
#define PLANNER_SERVICE_UNDO_H

#include "planner/service/write.h"

struct undo_args {
    struct write_args write;
    struct opt_int change;
};

/* A change, and what it did first: who, when, what to which item. */
struct undo_told {
    struct opt_int change, at;
    const char *agent, *action, *key;
};
struct undo_waiting {
    const char *waiter, *key;
    struct undo_told *by;
};
struct undo_claim {
    const char *key, *agent;
    struct opt_int until;
};
struct undo_place {
    const char *key, *above, *why; /* why: gone, step, cancelled */
    struct undo_told *by;
};

/* planner.undo_state: what the rules look at, read under the project's exclusive topology lock. */
struct undo_state {
    const char *project_id, *slug, *title;
    struct opt_int root, target; /* the first change of the chain, and the one to take back */
    struct opt_bool redo;        /* what was asked for does the first change again */
    struct opt_bool archived, outside, human, renumbers, unarchives, creates_project, holds,
        has_items;
    struct list actions; /* const char * */
    struct undo_told *first;
    struct undo_told *done; /* by this change already */
    struct undo_told *later;
    struct undo_waiting *waiting;
    struct undo_claim *claim;
    struct undo_place *place;
};
extern const struct field undo_state_fields[];

struct undo_answer {
    struct opt_bool changed, replayed;
    struct opt_int change; /* the undoing: its handle; unchanged: what had undone it before */
    struct opt_int undone; /* the first change */
    struct opt_bool redone;
    const char *project, *agent, *action, *item, *title;
    struct list items; /* keys, the first UNDO_TOLD */
    struct opt_int count;
};
#define UNDO_TOLD 20
extern const struct field undo_answer_fields[];

/* May it be taken back? ST_CONFLICT with the reason and what stands in the way. Pure. */
enum status undo_rule(struct req *rq, int64_t change, const struct undo_state *state) MUST_CHECK;

enum status undo_change(struct req *rq, const struct undo_args *args,
                        struct undo_answer *ret_answer) MUST_CHECK;

#endif
