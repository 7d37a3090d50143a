/* What two assessments of a step's size say together (SPEC 2, Complexity). Pure. */
#ifndef PLANNER_SERVICE_COMPLEXITY_H
#define PLANNER_SERVICE_COMPLEXITY_H

#include "planner/service/shapes.h"

enum agreement { AGREE_NONE = 0, AGREE_SINGLE, AGREE_CONSENSUS, AGREE_CLOSE, AGREE_WEIGHTED };

struct complexity {
    enum agreement agreement;
    double score;        /* 0..1; meaningless for AGREE_NONE */
    bool should_promote; /* what was assessed; the project's threshold is looked at when reading */
};

/* Either may be NULL: not assessed, or its content was replaced since. */
struct complexity complexity_combine(const struct assessment *server,
                                     const struct assessment *client);

#endif
