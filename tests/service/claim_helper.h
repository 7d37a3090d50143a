/* Claiming in tests. */
#ifndef PLANNER_TESTS_SERVICE_CLAIM_HELPER_H
#define PLANNER_TESTS_SERVICE_CLAIM_HELPER_H

#include "plan_helper.h"

#include "planner/service/claim.h"

/* AUTH-1 with the steps AUTH-2 to AUTH-(n + 1). */
void claim_plan(struct req *rq, int n);
/* Claim an item, or fail the test. */
struct item_answer claim_take(struct req *rq, const char *key);
enum status claim_try(struct req *rq, const char *key);
/* next_item with claim, in AUTH. */
enum status claim_take_next(struct req *rq, int64_t limit, struct next_view *ret_view);
/* The keys of the items, with blanks between. */
const char *claim_keys(struct req *rq, const struct next_view *view);
/* Every lease ends. */
void claim_expire(struct harness *h);

#endif
