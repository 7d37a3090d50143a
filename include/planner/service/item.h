/* Reading one item whole. */
#ifndef PLANNER_SERVICE_ITEM_H
#define PLANNER_SERVICE_ITEM_H

#include "planner/service/origin.h"
#include "planner/service/ready.h"
#include "planner/service/ref.h"
#include "planner/service/shapes.h"

extern const char *const include_names[]; /* content, children, ... */
enum detail { DETAIL_BRIEF = 1, DETAIL_NORMAL, DETAIL_FULL };
extern const char *const detail_names[];

struct get_args {
    const char *item;
    struct list include; /* const char * of include_names; not given: what the detail says */
    int detail;          /* enum detail; 0: normal, but nothing beside what is included */
    const char *as_of;   /* ISO 8601: the item as it was then */
    const char *cursor;  /* goes on with contents that were cut */
    size_t budget;       /* bytes of JSON; 0: those of a tool's answer */
};

#define ITEM_PART_CHARS 1000 /* of a text in a list; sql/queries/item_read.sql */

struct child_row {
    const char *key, *title, *status, *state;
    int kind;
    struct opt_num progress;
    struct opt_bool should_promote; /* only when it is so */
};
struct dependency_row {
    const char *key, *title, *status;
    int kind;
};
struct iteration_row {
    struct opt_int number, content_length;
    const char *action, *role, *agent, *at, *content, *feedback, *reasoning;
    struct opt_num score;
    struct opt_bool cut; /* one of the texts is longer than ITEM_PART_CHARS */
};
struct evidence_row {
    const char *kind, *reference, *summary, *agent, *at;
    struct opt_bool cut; /* the summary is */
};
struct change_row {
    struct opt_int change;
    const char *action, *at, *agent, *user;
};
struct dispute_part {
    const char *id, *status, *user_resolution, *resolved_by, *via, *created_at, *resolved_at;
    struct opt_int rounds;
};
struct project_settings {
    struct opt_num complexity_threshold;
    struct opt_int max_iterations;
    struct opt_bool require_review, separate_authors, human_only, require_evidence;
    const char *workspace;
};

/* sql/queries/item_read.sql; what does not apply or was not asked for is absent. */
struct item_view {
    const char *key, *id, *title, *status, *state, *project, *parent, *prev_id, *next_id;
    int kind;
    struct opt_num progress;
    struct opt_int version, priority;
    const char *objective, *description, *assignee, *waits_for;
    const char *claimed_by, *claimed_until;
    const char *not_ready;   /* why a leaf cannot be worked on now, in words */
    struct wait_facts *wait; /* as the store tells it */
    struct opt_bool sequential;
    const char *created_at, *updated_at, *completed_at;
    struct project_settings *settings;
    struct opt_int iteration_count, max_iterations, draft;
    struct opt_bool max_iterations_reached, server_ready, client_approved, should_promote;
    struct opt_num server_complexity, client_complexity, agreed_complexity, complexity_score;
    int basis, promote_reason; /* why should_promote, 0 when it is not so */
    const char *final_content, *server_content, *server_reasoning, *client_content,
        *client_reasoning, *feedback;
    struct dispute_part *dispute;
    struct opt_int n_children, n_open, items, disputes; /* the last two of a project */
    struct list children, depends_on, blocks, iterations, evidence, history;
    struct list cut;         /* const char *: which of them are told in part only */
    struct cut_told *gone;   /* told at the end of the history: what was archived of it */
    struct list origin;      /* struct origin_row */
    const char *next_cursor; /* contents were cut: the cursor that goes on */
    const char *as_of;       /* the time that was asked for; then there is no version */
};
extern const struct field item_view_fields[];

/* Of a ref that was parsed already; args->item is not looked at. */
enum status item_read_ref(struct req *rq, const struct ref *ref, const struct get_args *args,
                          struct item_view *ret_view) MUST_CHECK;
enum status item_get(struct req *rq, const struct get_args *args,
                     struct item_view *ret_view) MUST_CHECK;

#endif
