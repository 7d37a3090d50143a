#include "planner/service/claim.h"

#include "planner/base/clock.h"

static enum status old_token(struct req *rq, const struct item_state *item, int64_t token)
{
    const struct claim_state *claim = item->claim;

    if (claim == NULL)
        return req_fail(rq, ST_CONFLICT,
                        "'token': %lld is no claim of %s any more; claim_item %s takes it again",
                        (long long)token, item->key, item->key);
    return req_fail(rq, ST_CONFLICT,
                    "'token': %lld is not the claim of %s; %s %s it %s %s (next_item has others)",
                    (long long)token, item->key, claim->agent, claim->live.v ? "holds" : "held",
                    "until", clock_local(rq->arena, claim->expires_at.v));
}

enum status claim_rule_token(struct req *rq, const struct item_state *item, struct opt_int token)
{
    const struct claim_state *claim = item->claim;

    if (token.set) {
        if (claim == NULL || claim->token.v != token.v)
            return old_token(rq, item, token.v);
        return ST_OK;
    }
    if (claim == NULL || !claim->live.v)
        return ST_OK;
    if (strcmp(claim->agent, rq->actor.agent) == 0)
        return req_fail(rq, ST_CONFLICT,
                        "'token' is missing: you claimed %s until %s; give the claim's token "
                        "(claim_item %s tells it again)",
                        item->key, clock_local(rq->arena, claim->expires_at.v), item->key);
    return req_fail(rq, ST_CONFLICT, "%s is claimed by %s until %s; next_item has others",
                    item->key, claim->agent, clock_local(rq->arena, claim->expires_at.v));
}

void claim_queue_renew(struct write *w, const struct item_state *item, struct opt_int token)
{
    if (token.set)
        tx_add(&w->tx, &q_claim_renew,
               PARAMS(item->project->id, item->id, param_int(w->rq, token.v), NULL), INTO_NOTHING);
}

void claim_queue_end(struct write *w, const struct item_state *item)
{
    if (item->claim != NULL)
        tx_add(&w->tx, &q_claim_end, PARAMS(item->project->id, item->id), INTO_NOTHING);
}
