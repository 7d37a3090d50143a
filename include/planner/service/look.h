/* Looking at the plan: the outline, what is ready, what happened. One statement each. */
#ifndef PLANNER_SERVICE_LOOK_H
#define PLANNER_SERVICE_LOOK_H

#include "planner/service/ready.h"
#include "planner/service/shapes.h"
#include "planner/service/write.h"

#define OUTLINE_LIMIT_DEFAULT 100
#define OUTLINE_LIMIT_MAX     500
#define OUTLINE_DEPTH_DEFAULT 8

struct outline_args {
    const char *item; /* an item or a project; not given: the default project */
    struct opt_int depth;
    struct opt_bool include_completed; /* true when not given */
    const char *as_of;                 /* ISO 8601: the plan as it was then */
    struct opt_int limit;
    const char *cursor;
    size_t budget; /* bytes, of JSON and indented text together; 0: those of a tool's answer */
};
struct outline_line {
    const char *key, *title, *status, *state, *waits_for, *assignee;
    const char *claimed_by, *claimed_until; /* ISO time */
    int kind;
    struct opt_int level; /* 1 below the top */
    struct opt_num progress;
    struct opt_int round, rounds;
    struct opt_int hidden;   /* children that the depth cuts off */
    const char *place;       /* for the cursor; not told */
    struct wait_facts *wait; /* NULL: ready, or closed; told as the members above */
};
extern const struct field outline_line_fields[]; /* as told */
extern const struct field outline_line_rows[];   /* as read */
/* What the facts of `wait` are for the line; what holds an ancestor back is told there. */
void outline_tell_wait(struct req *rq, struct outline_line *l);
struct outline {
    const char *key, *title, *project, *state, *status;
    int kind;
    struct opt_num progress;
    struct opt_int n_children, n_open, disputes;
    struct list items; /* struct outline_line */
    const char *as_of; /* the time that was asked for */
    const char *next_cursor;
    bool partial; /* not everything below was asked for: counting what is told would mislead */
    bool goes_on, open_only; /* asked for with a cursor, without what is complete; not told */
};
extern const struct field outline_fields[]; /* as told */
enum status look_outline(struct req *rq, const struct outline_args *args,
                         struct outline *ret_outline) MUST_CHECK;

struct next_args {
    struct write_args write; /* of a claim; its agent also says for whom is looked */
    const char *project;
    struct opt_int limit;
    struct opt_bool claim;
    struct opt_int lease_seconds;
};
struct ready_row {
    const char *id; /* not told */
    const char *key, *title, *status, *state, *parent, *parent_title, *assignee, *action;
    int kind;
    struct opt_num progress;
    struct opt_int version;
    struct opt_int token;    /* of the agent's claim */
    const char *expires_at;  /* of that */
    struct claim_state *was; /* the claim that ran out before it; not told */
};
struct passed_row {
    const char *key, *why;
    struct wait_facts *wait; /* as the store tells it */
};
struct next_view {
    struct opt_bool changed, replayed; /* of a claim */
    struct opt_int change;
    const char *project_id; /* not told */
    const char *project, *name;
    int status;
    struct opt_num progress;
    struct opt_int n_children, n_open, passed_over_more;
    struct list items;       /* struct ready_row */
    struct list passed_over; /* struct passed_row: open leaves before the first ready one */
    struct list held;        /* keys that the agent holds, when it wants more */
    struct opt_bool cut;     /* there were more than an answer has room for */
    struct opt_bool at_cap;  /* it may not hold more: that is why there are no more items */
    struct opt_int n_held;   /* of them; not told */
    struct opt_int busy;     /* ready, but locked by others at this moment; not told */
};
extern const struct field next_fields[];      /* as told */
extern const struct field next_row_fields[];  /* as read */
extern const struct field next_kept_fields[]; /* as kept under a request id */
#define NEXT_LIMIT_MAX 20
#define PASSED_TOLD    3
/* Look, or claim what is found. */
enum status look_next(struct req *rq, const struct next_args *args,
                      struct next_view *ret_view) MUST_CHECK;
/* Keep as many items as an answer has room for. */
void look_next_fit(struct req *rq, struct next_view *view);
/* Its second way, a write (claim_next.c). */
enum status claim_next(struct req *rq, const struct next_args *args, const struct ref *ref,
                       struct next_view *ret_view) MUST_CHECK;

struct history_args {
    const char *item; /* an item or a project; not given: the default project */
    struct list actions;
    const char *since, *until; /* ISO 8601 */
    struct opt_int limit;
    const char *cursor;
    size_t budget; /* bytes of JSON; 0: those of a tool's answer */
};
struct history_row {
    struct opt_int change, place, undoes, redoes; /* the last two of an undoing: one of them */
    const char *action, *entity, *entity_type, *title, *at, *agent, *user, *role, *client,
        *request_id;
    const cJSON *old_values, *new_values;
};
struct history_view {
    const char *of;
    struct list items; /* struct history_row, newest first */
    const char *next_cursor;
    struct cut_told *cut; /* as the store tells it */
    const char *archived; /* on the last page: what was before it, and where that is */
};
extern const struct field history_fields[]; /* as told */
extern const char *const audit_action_names[];
enum status look_history(struct req *rq, const struct history_args *args,
                         struct history_view *ret_view) MUST_CHECK;

#endif
