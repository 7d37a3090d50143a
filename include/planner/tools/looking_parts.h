/* The two long texts of the looking family, in a file of their own. */
#ifndef PLANNER_TOOLS_LOOKING_PARTS_H
#define PLANNER_TOOLS_LOOKING_PARTS_H

#include "planner/base/buf.h"
#include "planner/base/req.h"

/* `result` is a struct item_view, a struct outline, a struct navigate_view. */
void item_tell(struct req *rq, const void *result, struct buf *out);
void outline_tell(struct req *rq, const void *result, struct buf *out);
void navigate_tell(struct req *rq, const void *result, struct buf *out);

#endif
