/* Making a project as part of a larger write. */
#ifndef PLANNER_SERVICE_PROJECT_PARTS_H
#define PLANNER_SERVICE_PROJECT_PARTS_H

#include "planner/service/project.h"

/* sql/queries/project_add.sql: what was made, and what item_lock.sql tells of the transaction. */
struct slug_row {
    const char *slug, *xid;
    struct opt_bool listened;
    const char *bound; /* then nothing was made: slug of the one that has the workspace */
};
extern const struct field slug_fields[];

/* Queue it; no row when every slug is taken. `into` has slug_fields. */
void project_queue_add(struct write *w, const struct project_args *args, const char *id,
                       struct into into);
/* The settings that are given, for the audit row of what was created or changed. */
const char *project_as_json(struct req *rq, const struct project_args *args, const char *slug);

#endif
