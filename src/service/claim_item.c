/* claim_item: take, keep or give back one leaf. */
#include "planner/service/claim.h"

const char *const claim_action_names[] = {"claim", "renew", "release", NULL};

static const struct field facts_fields[] = {
    ROW_OBJ(struct claim_facts, wait, wait_facts_fields, struct wait_facts, OPTIONAL),
    ROW_INT(struct claim_facts, token, REQUIRED),
    ROW_INT(struct claim_facts, lease_seconds, REQUIRED),
    ROW_STR(struct claim_facts, expires_at, REQUIRED),
    ROW_INT(struct claim_facts, n_held, REQUIRED),
    FIELD_STRS(struct claim_facts, held, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};

static enum status check_leaf(struct req *rq, const struct item_state *item)
{
    if (item->kind == KIND_PROJECT)
        return req_fail(rq, ST_INVALID,
                        "'item': %s is a project; claim a step or a task without children "
                        "(next_item %s)",
                        item->key, item->key);
    if (item->n_children.v > 0)
        return req_fail(rq, ST_CONFLICT,
                        "%s has children and is worked on through them; claim one of those "
                        "(outline %s)",
                        item->key, item->key);
    if (item->status != ITEM_OPEN)
        return req_fail(rq, ST_CONFLICT, "%s is %s; next_item has others", item->key,
                        field_choice(item_status_names, item->status));
    return ST_OK;
}

static enum status check_ready(struct req *rq, const struct item_state *item,
                               const struct claim_facts *facts)
{
    if (facts->wait == NULL)
        return ST_OK;
    return req_fail(rq, facts->wait->why == WAIT_CLAIMED ? ST_CONFLICT : ST_NOT_READY,
                    "%s %s; next_item has others", item->key,
                    ready_why(rq, item->key, facts->wait));
}

/* A lease that ran out begins anew only where there is room for one more. */
static enum status rule_renew(struct req *rq, const struct item_state *item,
                              const struct claim_facts *facts, enum claim_move *ret_move)
{
    if (!item->claim->live.v)
        TRY(claim_rule_cap(rq, item->project->slug, &facts->held, facts->n_held.v));
    *ret_move = CLAIM_RENEWS;
    return ST_OK;
}

/* A lease that ran out is taken like any item, also by the one who had it. */
static enum status rule_claim(struct req *rq, const struct item_state *item,
                              const struct claim_args *args, const struct claim_facts *facts,
                              enum claim_move *ret_move)
{
    const struct claim_state *claim = item->claim;

    if (args->token.set)
        TRY(claim_rule_token(rq, item, args->token));
    TRY(check_leaf(rq, item));
    if (args->token.set ||
        (claim != NULL && claim->live.v && strcmp(claim->agent, rq->actor.agent) == 0))
        return rule_renew(rq, item, facts, ret_move);
    TRY(check_ready(rq, item, facts));
    TRY(claim_rule_cap(rq, item->project->slug, &facts->held, facts->n_held.v));
    *ret_move = CLAIM_TAKES;
    return ST_OK;
}

enum status claim_rule(struct req *rq, const struct item_state *item, const struct claim_args *args,
                       const struct claim_facts *facts, enum claim_move *ret_move)
{
    if (args->action != CLAIM_RENEW && args->action != CLAIM_RELEASE)
        return rule_claim(rq, item, args, facts, ret_move);
    if (!args->token.set)
        return req_fail(rq, ST_INVALID,
                        "'token' is missing; %s takes the one that the claim was answered with "
                        "(claim_item %s tells its holder again)",
                        field_choice(claim_action_names, args->action), item->key);
    if (args->action == CLAIM_RELEASE && item->claim == NULL) {
        *ret_move = CLAIM_STAYS; /* it is free already */
        return ST_OK;
    }
    TRY(claim_rule_token(rq, item, args->token));
    if (args->action == CLAIM_RENEW)
        return rule_renew(rq, item, facts, ret_move);
    *ret_move = CLAIM_ENDS;
    return ST_OK;
}

static enum status store_claim(struct write *w, const struct item_state *item,
                               const struct claim_facts *facts)
{
    struct json_out extra = JSON_OUT_IN(w->rq->arena);
    const struct claim_new claim = {item->id, item->kind, facts->token.v, item->claim};

    claim_queue_take(w, item->project->id, &claim, 1, facts->lease_seconds.v, facts->expires_at);
    json_begin(&extra, '{');
    json_put_int(&extra, "token", claim.token);
    json_put_str(&extra, "expires_at", facts->expires_at);
    json_end(&extra, '}');
    return write_commit_item(w, item, json_text(&extra));
}

static enum status store_renewal(struct write *w, const struct item_state *item,
                                 const struct claim_facts *facts)
{
    struct req *rq = w->rq;
    const struct claim_state *claim = item->claim;
    struct item_answer answer = item_unchanged(item);
    const char *token = param_int(rq, claim->token.v);

    tx_add(&w->tx, &q_claims_add,
           PARAMS(item->project->id, param_texts(rq, &item->id, 1), param_texts(rq, &token, 1),
                  claim->agent, param_int(rq, facts->lease_seconds.v), facts->expires_at),
           INTO_NOTHING);
    answer.state = "claimed";
    answer.token = claim->token;
    answer.expires_at = facts->expires_at;
    *(struct item_answer *)w->answer.out = answer;
    return write_unchanged(w);
}

static enum status store_release(struct write *w, const struct item_state *item)
{
    claim_queue_end(w, item);
    write_audit(w, field_choice(kind_names, item->kind), item->id, "released",
                claim_was_json(w->rq, item->claim), NULL);
    return write_commit_item(w, item, "{}");
}

static enum status store_move(struct write *w, const struct item_state *item,
                              const struct claim_facts *facts, enum claim_move move)
{
    if (move == CLAIM_TAKES)
        return store_claim(w, item, facts);
    if (move == CLAIM_RENEWS)
        return store_renewal(w, item, facts);
    if (move == CLAIM_ENDS)
        return store_release(w, item);
    *(struct item_answer *)w->answer.out = item_unchanged(item);
    return write_unchanged(w);
}

struct claim_job {
    const struct claim_args *args;
    struct ref ref;
};

/* The lock on the agent's claims comes last, so that nobody who has it waits for an item. */
static void queue_facts(struct write *w, const struct claim_job *job, struct item_read *ret_read,
                        struct claim_facts *ret_facts)
{
    struct req *rq = w->rq;
    const struct claim_args *args = job->args;

    write_queue_item(w, &job->ref, "shared", ret_read);
    tx_add(&w->tx, &q_claim_lock, PARAMS(REF_PARAMS(&job->ref), rq->actor.agent), INTO_NOTHING);
    tx_add(&w->tx, &q_claim_facts,
           PARAMS(REF_PARAMS(&job->ref), rq->actor.agent, param_opt_int(rq, args->lease_seconds),
                  param_int(rq, LEASE_DEFAULT), param_int(rq, HELD_TOLD)),
           INTO(facts_fields, ret_facts));
}

static enum status claim_body(struct write *w, void *data)
{
    const struct claim_job *job = data;
    struct item_read *read = ARENA_NEW(w->rq->arena, struct item_read);
    struct claim_facts facts;
    enum claim_move move = CLAIM_STAYS;

    TRY(write_begin(w));
    queue_facts(w, job, read, &facts);
    TRY(write_flush_item(w, &job->ref, read));
    if (w->answered)
        return ST_OK;
    TRY(claim_rule(w->rq, &read->state, job->args, &facts, &move));
    TRY(write_check_version(w, read->state.project->id, read->state.id, read->state.key,
                            read->state.version.v));
    return store_move(w, &read->state, &facts, move);
}

enum status claim_item(struct req *rq, const struct claim_args *args,
                       struct item_answer *ret_answer)
{
    struct claim_job job = {.args = args};

    TRY(ref_parse(rq, "item", args->item, &job.ref));
    return write_run(rq, &args->write, INTO(claim_answer_fields, ret_answer), claim_body, &job);
}
