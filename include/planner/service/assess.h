/* assess_complexity: what a role says about a step's size, or what its text says by itself. */
#ifndef PLANNER_SERVICE_ASSESS_H
#define PLANNER_SERVICE_ASSESS_H

#include "planner/service/analysis.h"
#include "planner/service/write.h"

enum assess_role { ASSESS_SERVER = 1, ASSESS_CLIENT };
extern const char *const assess_role_names[];

struct assess_args {
    struct write_args write;
    const char *step;
    int role; /* enum assess_role; 0: the configured one */
    struct assessment *assessment;
};

struct assess_answer {
    struct opt_bool changed, replayed;
    struct opt_int change, version;
    const char *key, *id, *title, *project, *state, *status;
    int kind;
    struct opt_num progress;
    struct opt_num score; /* of the text, or of the assessments as they are now */
    const char *level;
    int basis;
    struct opt_bool should_promote;
    int promote_reason;
    struct opt_num threshold, server_complexity, client_complexity;
    struct opt_num complexity_score; /* what counts, where that is not the score */
    struct analysis *analysis;       /* without an assessment: how the score came about */
    const char *content;             /* as it is read; not told */
};
extern const struct field assess_answer_fields[];

/*
 * With an assessment it is recorded for the role, as an iteration of its own; content, turn and
 * status stay as they are. Without one nothing is written: the answer is the analysis of the final,
 * else the latest server content. ST_INVALID when the role is not known, ST_NOT_READY when there is
 * no content to analyse, ST_CONFLICT when the step is closed.
 */
enum status step_assess(struct req *rq, const struct assess_args *args,
                        struct assess_answer *ret_answer) MUST_CHECK;

#endif
