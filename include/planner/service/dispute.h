/* Disputes: what a person has to decide, and deciding it. */
#ifndef PLANNER_SERVICE_DISPUTE_H
#define PLANNER_SERVICE_DISPUTE_H

#include "planner/service/shapes.h"
#include "planner/service/write.h"

struct dispute_row {
    const char *id, *step, *title, *project, *resolved_by, *via, *resolved_at, *created_at;
    int status, user_resolution;
    struct opt_int rounds, place; /* place: created, microseconds since the epoch */
    struct opt_bool has_client_version;
};
struct dispute_list_args {
    const char *project; /* not given: all projects */
    int status;          /* not given: pending */
    struct opt_int limit;
    const char *cursor;
};
struct dispute_list {
    struct list disputes; /* struct dispute_row, oldest first */
    const char *next_cursor;
    int status; /* what was asked for; not told */
};
extern const struct field dispute_list_fields[];
enum status dispute_find_all(struct req *rq, const struct dispute_list_args *args,
                             struct dispute_list *ret_list) MUST_CHECK;

/* sql/queries/dispute_question.sql: what a person is shown. */
struct dispute_question {
    const char *id, *key, *title, *project, *project_name, *task, *task_title, *objective;
    const char *server_content, *server_reasoning, *server_agent;
    const char *client_content, *client_reasoning, *client_agent, *feedback;
    const char *resolved_by, *resolved_at, *state;
    int status, user_resolution;
    int project_status, step_status; /* enum project_status, enum item_status */
    struct opt_int rounds;
    struct opt_bool human_only;
};
/* The sentence for an item without a dispute. */
enum status dispute_missing(struct req *rq, const char *key) MUST_CHECK;
/* The same for a name, of which nobody looked yet whether there is such an item. */
enum status dispute_missing_at(struct req *rq, const struct ref *ref) MUST_CHECK;
/* The sentence for a person's answer that does not fit: they are to be asked again. */
enum status dispute_form_wrong(struct req *rq, const char *why) MUST_CHECK;

/* sql/queries/dispute_read.sql: a dispute whole, settled or not. */
struct dispute_view {
    const char *id, *key, *title, *project, *project_name, *task, *task_title, *objective;
    const char *server_content, *server_reasoning, *server_agent;
    const char *client_content, *client_reasoning, *client_agent, *feedback;
    const char *created_at, *resolved_by, *via, *resolved_at;
    const char *resolved_content; /* of a custom or hybrid resolution */
    int status, user_resolution;
    int project_status, step_status; /* enum project_status, enum item_status */
    struct opt_int rounds;
    struct opt_bool human_only;
    const char *next_cursor; /* texts were cut: the cursor that goes on */
};
extern const struct field dispute_view_fields[];
/* By its own id or by its step's name; `budget` is what the long texts may take, bytes of JSON. */
enum status dispute_read(struct req *rq, const struct ref *ref, const char *cursor, size_t budget,
                         struct dispute_view *ret_view) MUST_CHECK;

#define QUESTION_TTL_SECONDS 86400 /* a day: a person may sleep over it */
/*
 * `binding` is the call in one text: the state is good only for the same call again. ST_CONFLICT
 * when nobody needs to be asked: resolved already (by whom and when), archived, no longer open.
 */
enum status dispute_ask(struct req *rq, const char *dispute, const char *binding,
                        struct dispute_question *ret_question) MUST_CHECK;
/* ST_BAD_STATE unless this is the state of a question about this dispute, for this call, in time.
 */
enum status dispute_check_state(struct req *rq, const char *state, const char *binding,
                                const char *dispute_id) MUST_CHECK;
/*
 * What a state says about itself, "dispute:expiry:seal". It comes from outside: nothing of it is
 * believed before the store has checked the seal over the payload (sql/queries/state_check.sql).
 */
struct dispute_claim {
    const char *payload; /* what is sealed */
    const char *seal;
    const char *expiry; /* seconds since the epoch, 1 to 12 digits */
    const char *dispute_id;
};
/* ST_BAD_STATE unless it has that form. */
enum status dispute_state_read(struct req *rq, const char *state,
                               struct dispute_claim *ret_claim) MUST_CHECK;
/* The person declined or closed the question: the answer that says that nothing was changed. */
enum status dispute_leave(struct req *rq, const struct dispute_question *question,
                          struct item_answer *ret_answer) MUST_CHECK;
/* The whole message for the person: context, both versions, reasonings, where they differ. */
const char *dispute_message(struct req *rq, const struct dispute_question *question);

struct resolve_args {
    struct write_args write;
    const char *dispute; /* or its step */
    int resolution;      /* enum resolution; 0: ask the person */
    const char *content;
    const char *reasoning;
    const char *state;   /* of the question that a person answered, or NULL: an explicit call */
    const char *binding; /* with a state: as given to dispute_ask */
};
enum status dispute_resolve(struct req *rq, const struct resolve_args *args,
                            struct item_answer *ret_answer) MUST_CHECK;

#endif
