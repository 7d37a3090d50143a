#include "undo_helper.h"

enum status undo_one(struct req *rq, int64_t change, struct undo_answer *ret_answer)
{
    const struct undo_args args = {.change = SOME_INT(change)};

    return undo_change(rq, &args, ret_answer);
}

int64_t undo_last(struct harness *h)
{
    return strtoll(harness_sql(h, "SELECT max(change) FROM planner.audit"), NULL, 10);
}
