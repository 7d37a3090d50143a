#include "planner/service/claim.h"

#include "planner/base/clock.h"

static enum status old_token(struct req *rq, const struct item_state *item, int64_t token)
{
    const struct claim_state *claim = item->claim;
    const long long old = (long long)token;

    if (claim == NULL && item->status != ITEM_OPEN)
        return req_fail(rq, ST_CONFLICT, "'token': %lld is no claim of %s any more; it is %s", old,
                        item->key, field_choice(item_status_names, item->status));
    if (claim == NULL || !claim->live.v)
        return req_fail(rq, ST_CONFLICT,
                        "'token': %lld is no claim of %s any more; claim_item %s takes it again",
                        old, item->key, item->key);
    if (strcmp(claim->agent, rq->actor.agent) == 0)
        return req_fail(rq, ST_CONFLICT,
                        "'token': %lld is not the claim of %s; claim_item %s tells the one you "
                        "hold until %s",
                        old, item->key, item->key, clock_local(rq->arena, claim->expires_at.v));
    return req_fail(rq, ST_CONFLICT,
                    "'token': %lld is not the claim of %s; %s holds it until %s; next_item has "
                    "others",
                    old, item->key, claim->agent, clock_local(rq->arena, claim->expires_at.v));
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

int64_t claim_cap(const struct req *rq)
{
    return rq->max_claims != 0 ? rq->max_claims : CLAIMS_MAX_DEFAULT;
}

enum status claim_rule_cap(struct req *rq, const char *project, const struct list *held,
                           int64_t n_held)
{
    if (n_held < claim_cap(rq))
        return ST_OK;
    return req_fail(rq, ST_CONFLICT,
                    "%s holds %s in %s, and %lld claim%s at once %s the most; complete or release "
                    "one (claim_item with action release)",
                    rq->actor.agent, ref_some(rq, held, n_held), project, (long long)claim_cap(rq),
                    claim_cap(rq) == 1 ? "" : "s", claim_cap(rq) == 1 ? "is" : "are");
}

const char *claim_was_json(struct req *rq, const struct claim_state *was)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    if (was == NULL)
        return NULL;
    json_begin(&out, '{');
    json_put_str(&out, "agent", was->agent);
    json_put_int(&out, "token", was->token.v);
    json_put_int(&out, "lease_seconds", was->lease_seconds.v);
    json_put_str(&out, "expires_at", clock_iso(rq->arena, was->expires_at.v));
    json_end(&out, '}');
    return json_text(&out);
}

static const char *claim_as_json(struct req *rq, const struct claim_new *claim,
                                 int64_t lease_seconds, const char *expires_at)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "agent", rq->actor.agent);
    json_put_int(&out, "token", claim->token);
    json_put_int(&out, "lease_seconds", lease_seconds);
    json_put_str(&out, "expires_at", expires_at);
    if (claim->was != NULL)
        json_put_str(&out, "taken_over", "expired");
    json_end(&out, '}');
    return json_text(&out);
}

void claim_queue_take(struct write *w, const char *project_id, const struct claim_new *claims,
                      size_t n, int64_t lease_seconds, const char *expires_at)
{
    struct req *rq = w->rq;
    const char **ids = ARENA_MANY(rq->arena, n, const char *);
    const char **tokens = ARENA_MANY(rq->arena, n, const char *);

    for (size_t i = 0; i < n; i++) {
        ids[i] = claims[i].item;
        tokens[i] = param_int(rq, claims[i].token);
        write_audit(w, field_choice(kind_names, claims[i].kind), claims[i].item, "claimed",
                    claim_was_json(rq, claims[i].was),
                    claim_as_json(rq, &claims[i], lease_seconds, expires_at));
    }
    tx_add(&w->tx, &q_claims_add,
           PARAMS(project_id, param_texts(rq, ids, n), param_texts(rq, tokens, n), rq->actor.agent,
                  param_int(rq, lease_seconds), expires_at),
           INTO_NOTHING);
}
