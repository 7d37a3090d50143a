/*
 * The collaboration on a step (SPEC 2): a server role drafts, a client role reviews, rounds run
 * out, a dispute opens for a person. The step_rule functions are pure: the whole state machine is
 * tested without a database.
 */
#ifndef PLANNER_SERVICE_STEP_H
#define PLANNER_SERVICE_STEP_H

#include "planner/service/shapes.h"
#include "planner/service/write.h"

struct submit_args {
    struct write_args write;
    const char *step;
    const char *content;
    const char *reasoning;
    struct assessment *assessment;
    struct opt_bool ready, accept, reopen;
    struct opt_int token; /* of the claim on it */
};

enum review_decision { REVIEW_APPROVE = 1, REVIEW_REVISE, REVIEW_COUNTER };
extern const char *const decision_names[];

struct review_args {
    struct write_args write;
    const char *step;
    int decision; /* enum review_decision */
    const char *content;
    const char *feedback;
    const char *reasoning;
    struct assessment *assessment;
    struct opt_int draft; /* the number of the iteration that was reviewed */
};

/* What a submission or review makes of the step: the next state and the iteration to record. */
struct step_move {
    struct step_state next;
    enum step_action action;
    const char *role;    /* server or client */
    const char *content; /* of the iteration; NULL when it has none of its own */
    const struct content_analysis *analysis; /* of that content */
    const char *audit;                       /* submitted, reviewed or agreed */
    bool disputed;                           /* this review used up the rounds: a dispute opens */
};

enum status step_rule_submit(struct req *rq, const struct item_state *item,
                             const struct submit_args *args, struct step_move *ret_move) MUST_CHECK;
enum status step_rule_review(struct req *rq, const struct item_state *item,
                             const struct review_args *args, struct step_move *ret_move) MUST_CHECK;

enum status step_submit(struct req *rq, const struct submit_args *args,
                        struct item_answer *ret_answer) MUST_CHECK;
enum status step_review(struct req *rq, const struct review_args *args,
                        struct item_answer *ret_answer) MUST_CHECK;

#endif
