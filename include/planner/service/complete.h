/* Completing, cancelling and reopening leaves, with evidence. */
#ifndef PLANNER_SERVICE_COMPLETE_H
#define PLANNER_SERVICE_COMPLETE_H

#include "planner/service/shapes.h"
#include "planner/service/write.h"

enum outcome { OUTCOME_DONE = 1, OUTCOME_CANCELLED, OUTCOME_REOPEN };
extern const char *const outcome_names[];
enum evidence_kind {
    EVIDENCE_COMMIT = 1,
    EVIDENCE_TEST,
    EVIDENCE_REVIEW,
    EVIDENCE_URL,
    EVIDENCE_NOTE
};
extern const char *const evidence_kind_names[];

struct evidence_new {
    int kind; /* enum evidence_kind */
    const char *reference, *summary;
};

struct complete_args {
    struct write_args write;
    const char *item;
    int outcome; /* enum outcome; 0 is done */
    const char *summary;
    struct list evidence; /* struct evidence_new */
    struct opt_int token; /* of the claim on it */
};

/* May this outcome happen now? Pure. *ret_changes is false when it already is so. */
enum status complete_rule(struct req *rq, const struct item_state *item,
                          const struct complete_args *args, bool *ret_changes) MUST_CHECK;
enum status item_complete(struct req *rq, const struct complete_args *args,
                          struct item_answer *ret_answer) MUST_CHECK;

#endif
