/* What promote_step and optimize_project share: storing promotions, one or a thousand. */
#ifndef PLANNER_SERVICE_PROMOTE_PARTS_H
#define PLANNER_SERVICE_PROMOTE_PARTS_H

#include "planner/service/promote.h"

/* A step that becomes a task. */
struct promotion {
    const char *id;
    int64_t depth;
    bool was_avail;
    const cJSON *row;              /* its row in steps, whole */
    const char *last_key;          /* of what an undone promotion left below it, or NULL */
    struct opt_int content_number; /* the iteration whose content becomes the objective */
    struct list titles;            /* const char *, at least one */
};

/* Queue all of it but the answer: the steps, what is below them, counters, audit. */
enum status promote_queue(struct write *w, const struct project_rules *project,
                          const struct promotion *promotions, size_t n) MUST_CHECK;

#endif
