/* Storing what the collaboration decided; shared by step.c and dispute.c. */
#ifndef PLANNER_SERVICE_STEP_PARTS_H
#define PLANNER_SERVICE_STEP_PARTS_H

#include "planner/service/step.h"

/* One iteration to record. */
struct iteration_new {
    int64_t number;
    enum step_action action;
    const char *role;
    const char *content, *feedback, *reasoning;
    const struct assessment *assessment;
    const struct content_analysis *analysis; /* of content */
};

void step_queue_iteration(struct write *w, const struct item_state *item,
                          const struct iteration_new *iteration);
/* The step's row, then the item's: version, disputed, needs_final; then the roll-up. */
void step_queue_state(struct write *w, const struct item_state *item,
                      const struct step_state *next);
/* The members of a step that differ, as the old and the new half of an audit row. */
const char *step_diff_json(struct req *rq, const struct step_state *from,
                           const struct step_state *to, bool want_new);
/* An item that is complete or cancelled takes no content; not a step at all. */
enum status step_check_open(struct req *rq, const char *arg,
                            const struct item_state *item) MUST_CHECK;

#endif
