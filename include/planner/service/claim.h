/*
 * Leases: one agent works on a leaf, with a fencing token that only grows (SPEC 3). While a claim
 * lives, completing, submitting, promoting, moving and deleting its item need its token. A claim
 * lives until it expires by the database's clock; an expired one stays until somebody takes the
 * item over, with a new token, or the old token renews it.
 */
#ifndef PLANNER_SERVICE_CLAIM_H
#define PLANNER_SERVICE_CLAIM_H

#include "planner/service/ready.h"
#include "planner/service/write.h"

#define LEASE_DEFAULT      900 /* seconds */
#define LEASE_MIN          10
#define LEASE_MAX          86400
#define CLAIMS_MAX_DEFAULT 5 /* of one agent in one project */
#define HELD_TOLD          20

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

/* How many items the caller may hold in one project. */
int64_t claim_cap(const struct req *rq);
/* The refusal of one claim more: `held` are keys, perhaps not all n_held. */
enum status claim_rule_cap(struct req *rq, const char *project, const struct list *held,
                           int64_t n_held) MUST_CHECK;

/* A claim that is no more, as the audit tells it: whose it was, and until when. NULL for NULL. */
const char *claim_was_json(struct req *rq, const struct claim_state *was);

/* A claim to be made. */
struct claim_new {
    const char *item; /* id */
    int kind;         /* enum item_kind */
    int64_t token;
    const struct claim_state *was; /* that ran out and is taken over, or NULL */
};
/* Queue claims for the caller, with their audit rows. `expires_at` is an ISO time. */
void claim_queue_take(struct write *w, const char *project_id, const struct claim_new *claims,
                      size_t n, int64_t lease_seconds, const char *expires_at);

enum claim_action { CLAIM_CLAIM = 1, CLAIM_RENEW, CLAIM_RELEASE };
extern const char *const claim_action_names[];

struct claim_args {
    struct write_args write;
    const char *item;
    int action; /* enum claim_action; 0 is claim */
    struct opt_int lease_seconds, token;
};

/* sql/queries/claim_facts.sql */
struct claim_facts {
    struct wait_facts *wait; /* NULL: ready for the caller */
    struct opt_int token, lease_seconds, n_held;
    const char *expires_at;
    struct list held; /* keys */
};

enum claim_move { CLAIM_STAYS, CLAIM_TAKES, CLAIM_RENEWS, CLAIM_ENDS };
/* What the action does to the item's claim. Pure. */
enum status claim_rule(struct req *rq, const struct item_state *item, const struct claim_args *args,
                       const struct claim_facts *facts, enum claim_move *ret_move) MUST_CHECK;
enum status claim_item(struct req *rq, const struct claim_args *args,
                       struct item_answer *ret_answer) MUST_CHECK;

#endif
