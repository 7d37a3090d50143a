/* Editing and moving in tests. */
#ifndef PLANNER_TESTS_SERVICE_EDIT_HELPER_H
#define PLANNER_TESTS_SERVICE_EDIT_HELPER_H

#include "plan_helper.h"

#include "planner/service/edit.h"

enum status edit_with(struct req *rq, const struct edit_args *args);
#define EDIT(rq, ...) edit_with((rq), &(struct edit_args){__VA_ARGS__})

/* AUTH-1 (AUTH-2, AUTH-3, AUTH-4), AUTH-5 (AUTH-6), AUTH-7 without children. */
void edit_three_tasks(struct req *rq);

#endif
