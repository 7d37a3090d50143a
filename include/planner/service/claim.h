/*
 * Leases: one agent works on a leaf, with a fencing token that only grows (SPEC 3). While a claim
 * lives, completing, submitting, promoting, moving and deleting its item need its token.
 */
#ifndef PLANNER_SERVICE_CLAIM_H
#define PLANNER_SERVICE_CLAIM_H

#include "planner/service/write.h"

/*
 * May a write to this item go on with this token, or without one? ST_CONFLICT when somebody holds
 * it, or when the token is an old one. The newest token is good after its lease ran out, too, as
 * long as nobody took the item over: nobody else has worked on it.
 */
enum status claim_rule_token(struct req *rq, const struct item_state *item,
                             struct opt_int token) MUST_CHECK;
/* Queue what the presented token does beside: its lease begins anew. Nothing without a token. */
void claim_queue_renew(struct write *w, const struct item_state *item, struct opt_int token);
/* Queue the end of whatever claim there is: the item is closed, gone or no leaf any more. */
void claim_queue_end(struct write *w, const struct item_state *item);

#endif
