/*
 * How big a step is: what its text says by itself, what two assessments say together, and what
 * follows from that (SPEC 2, Complexity; docs/COMPLEXITY.md). Pure.
 */
#ifndef PLANNER_SERVICE_COMPLEXITY_H
#define PLANNER_SERVICE_COMPLEXITY_H

#include "planner/service/shapes.h"

/* Where a score comes from; the names are basis_names in shapes.h, in this order. */
enum agreement {
    AGREE_NONE = 0,
    AGREE_ANALYSIS,
    AGREE_SINGLE,
    AGREE_CONSENSUS,
    AGREE_CLOSE,
    AGREE_WEIGHTED
};

struct complexity {
    enum agreement agreement;
    double score;        /* 0..1, nine decimals; meaningless for AGREE_NONE */
    bool should_promote; /* what was assessed; the project's threshold is looked at when reading */
};

/* Either may be NULL: not assessed, or its content was replaced since. */
struct complexity complexity_combine(const struct assessment *server,
                                     const struct assessment *client);

/* The analysis of a content, as it is stored with it; NULL for NULL. */
const struct content_analysis *complexity_of_text(struct arena *arena, const char *content);
/* The same as JSON, to be stored. */
const char *complexity_json(struct req *rq, const struct content_analysis *analysis);
/* The scores of a step from its roles' current assessments, else from its content; NULL: none. */
void complexity_score_step(const struct assessment *server, const struct assessment *client,
                           const struct content_analysis *content, struct step_state *next);

/* What items.promote_score holds of a step: at or above the threshold it should be promoted. */
struct opt_num complexity_promote_score(const struct step_state *step);
/* Why it should be: an index of promote_reason_names, 0 when it should not. */
int complexity_promote_reason(const struct step_state *step, double threshold);
/* low, medium or high */
const char *complexity_level(double score);
/*
 * What the answers of writes tell of all that: members of an object that is open. Nothing while
 * only the text speaks and calls for nothing.
 */
void complexity_put(struct json_out *out, const struct step_state *step, double threshold);

/* ST_INVALID unless each title is one that an item may have; `arg` names the list. */
enum status complexity_check_breakdown(struct req *rq, const char *arg,
                                       const struct list *breakdown) MUST_CHECK;

#endif
