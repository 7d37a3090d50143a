/* Undoing in tests. */
#ifndef PLANNER_TESTS_SERVICE_UNDO_HELPER_H
#define PLANNER_TESTS_SERVICE_UNDO_HELPER_H

#include "plan_helper.h"

#include "planner/service/undo.h"

enum status undo_one(struct req *rq, int64_t change, struct undo_answer *ret_answer);
/* The number of the newest change. */
int64_t undo_last(struct harness *h);

#endif
