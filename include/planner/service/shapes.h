/*
 * The shapes that the store hands to the rules and the rules hand to the tools. Each struct has
 * its field table in shapes.c; the queries named beside it make the JSON that fills it. All
 * strings live as long as the request. Times are milliseconds since the epoch.
 */
#ifndef PLANNER_SERVICE_SHAPES_H
#define PLANNER_SERVICE_SHAPES_H

#include "planner/base/field.h"

enum item_kind { KIND_PROJECT = 1, KIND_TASK, KIND_STEP };
enum item_status { ITEM_OPEN = 1, ITEM_COMPLETE, ITEM_CANCELLED };
enum project_status { PROJECT_ACTIVE = 1, PROJECT_ARCHIVED };
/* The status of a step's content (SPEC 2). */
enum step_status {
    STEP_PENDING = 1,
    STEP_SERVER_DRAFT,
    STEP_CLIENT_REVIEW,
    STEP_AGREED,
    STEP_DISPUTED,
    STEP_USER_RESOLUTION
};
enum step_action {
    ACTION_SUBMIT = 1,
    ACTION_ACCEPT,
    ACTION_APPROVE,
    ACTION_REVISE,
    ACTION_COUNTER,
    ACTION_RESOLVE,
    ACTION_ASSESS
};
enum dispute_status { DISPUTE_PENDING = 1, DISPUTE_RESOLVED };
enum resolution { RESOLVE_SERVER = 1, RESOLVE_CLIENT, RESOLVE_CUSTOM, RESOLVE_HYBRID };

extern const char *const kind_names[];
extern const char *const item_status_names[];
extern const char *const project_status_names[];
extern const char *const step_status_names[];
extern const char *const action_names[];
extern const char *const dispute_status_names[];
extern const char *const resolution_names[];
extern const char *const basis_names[];          /* of a complexity score */
extern const char *const promote_reason_names[]; /* threshold, assessed */

/* One role's view of a step's size (SPEC 2, Complexity). */
struct assessment {
    struct opt_num score;      /* 0..1 */
    struct opt_num confidence; /* 0..1, 0.5 when not given */
    struct opt_bool should_promote;
    struct list breakdown; /* titles */
    const char *reasoning;
};
extern const struct field assessment_fields[];

/* What a content says about its size by itself, stored with it. */
struct content_analysis {
    struct opt_num score;
    struct list breakdown; /* titles; not set when the text does not fall into parts */
};
extern const struct field content_analysis_fields[];

/* sql/queries/item_lock.sql */
struct lock_row {
    const char *project_id, *id, *xid;
    struct opt_bool exclusive;
    struct opt_bool listened; /* somebody listens for changes */
};
extern const struct field lock_fields[];

extern const struct field project_rules_fields[];
struct project_rules {
    const char *id, *slug;
    int status; /* enum project_status */
    struct opt_int max_iterations;
    struct opt_num complexity_threshold;
    struct opt_bool require_review, separate_authors, human_only, require_evidence;
};

struct step_state {
    int status; /* enum step_status */
    struct opt_int last_number, iteration_count;
    struct opt_bool max_iterations_reached, server_ready, client_approved;
    struct opt_int turn_number; /* the submission or review that led to this state */
    struct opt_int server_number, client_number, final_number;
    struct opt_int server_assessment_number, client_assessment_number;
    struct opt_num server_complexity, client_complexity, agreed_complexity, complexity_score;
    int complexity_basis; /* enum agreement, 0 without a score */
    struct opt_bool assessed_promote;
    const char *server_agent, *client_agent; /* authors of the two contents */
    int last_action;                         /* enum step_action; 0 before the first */
    const char *last_agent;
    struct opt_int last_at;
    struct assessment *server_assessment, *client_assessment; /* of the present content */
    struct content_analysis *analysis;        /* of the final, else the latest server content */
    struct content_analysis *client_analysis; /* of client_content */
    struct opt_int content_at;                /* when content was last written */
};

/* The lease on a leaf; an expired one stays until somebody takes it over. */
struct claim_state {
    const char *agent;
    struct opt_int token, lease_seconds, expires_at;
    struct opt_bool live;
};

extern const struct field claim_state_fields[];

/* sql/queries/item_state.sql: what the rules look at, read under the item's lock. */
struct item_state {
    const char *id, *parent_id, *key, *title;
    int kind;   /* enum item_kind */
    int status; /* enum item_status */
    int parent_status;
    struct opt_int parent_completed_at; /* when it was by hand: it has no other counted children */
    struct opt_int version, depth, completed_at, n_children, n_open, evidence_at;
    struct opt_num progress;
    struct opt_bool sequential, avail, disputed, needs_final, waited_for;
    struct opt_bool gone;      /* below something deleted */
    struct claim_state *claim; /* NULL: nobody's */
    struct project_rules *project;
    struct step_state *step; /* NULL unless it is a step */
};
extern const struct field item_state_fields[];

/* A parent above a completed item. */
struct parent_progress {
    const char *key, *title;
    struct opt_num progress;
};

/* What a write to one item answers; each tool's table below names the members that it tells. */
struct item_answer {
    struct opt_bool changed, replayed;
    struct opt_int change, version;
    const char *key, *id, *title, *project, *state;
    int kind;
    const char *status;
    struct opt_num progress;
    struct opt_int draft, round, rounds; /* collaboration */
    const char *decision;
    const char *dispute;
    struct list parents;  /* struct parent_progress */
    struct list released; /* keys of what waited for the item, or for a parent that closed */
    const char *next;     /* the first ready item of the project, after closing one */
    const char *resolution, *resolved_by;
    struct opt_num complexity_score;
    int basis;
    struct opt_bool should_promote;
    int promote_reason;
    struct opt_int token; /* of a claim that lives now */
    const char *expires_at;
    struct list added, removed; /* keys of what it waits for from now on, and no longer */
    const char *waits_for;      /* what it depends on that is open, as a text */
    const char *moved_to;       /* key of the parent */
    const char *place;          /* "after AUTH-4", where a sibling was named */
    struct opt_bool updated;    /* beside being moved */
    struct opt_int below;       /* items that went along */
    struct opt_bool late;       /* only evidence came: it was complete already */
};
extern const struct field item_answer_fields[];       /* create_task, create_step */
extern const struct field link_answer_fields[];       /* link_items */
extern const struct field edit_answer_fields[];       /* update_item */
extern const struct field delete_answer_fields[];     /* delete_item */
extern const struct field collaboration_fields[];     /* submit_step, review_step */
extern const struct field completion_fields[];        /* complete_step */
extern const struct field resolution_answer_fields[]; /* resolve_dispute */
extern const struct field claim_answer_fields[];      /* claim_item */
/* What a write tells of an item that it has left as it was. */
struct item_answer item_unchanged(const struct item_state *item);

/* As texts tell a progress: rounded, and 100 only when it is complete. */
static inline int progress_percent(double progress)
{
    const int rounded = (int)(progress * 100 + 0.5);

    return rounded == 100 && progress < 1 ? 99 : rounded;
}

struct project_answer {
    struct opt_bool changed, replayed;
    struct opt_int change, version;
    const char *slug, *id, *name;
    int status;
    struct opt_num progress;
    struct opt_int to_promote; /* open steps, by a new complexity_threshold */
};
extern const struct field project_answer_fields[];

#endif
