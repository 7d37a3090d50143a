/* next_item with claim: what is ready is taken in the same transaction. */
#include "planner/service/claim.h"
#include "planner/service/look.h"

struct next_job {
    const struct next_args *args;
    const struct ref *ref;
};

static int64_t limit_of(const struct next_args *args)
{
    return args->limit.set ? args->limit.v : 1;
}

static int64_t lease_of(const struct next_args *args)
{
    return args->lease_seconds.set ? args->lease_seconds.v : LEASE_DEFAULT;
}

/* Locks, the known answer, and what there is to take; the rows are locked from here on. */
static enum status take_rows(struct write *w, const struct next_job *job,
                             struct next_view *ret_view)
{
    struct req *rq = w->rq;
    const struct ref *ref = job->ref;
    struct lock_row *lock = ARENA_NEW(rq->arena, struct lock_row);
    bool found = false;

    tx_add(&w->tx, &q_next_lock, PARAMS(ref->id, ref->slug, rq->directory, rq->actor.agent),
           INTO(lock_fields, lock));
    w->lock = lock;
    write_find_request(w);
    tx_add(&w->tx, &q_next_item,
           PARAMS(ref->id, ref->slug, rq->directory, rq->actor.agent,
                  param_int(rq, limit_of(job->args)), param_int(rq, PASSED_TOLD),
                  param_int(rq, lease_of(job->args)), param_int(rq, claim_cap(rq)),
                  param_int(rq, HELD_TOLD)),
           INTO_FOUND(next_row_fields, ret_view, &found));
    TRY(write_flush(w));
    if (w->answered || found)
        return ST_OK;
    tx_abort(&w->tx);
    return ref_not_found(rq, ref);
}

static enum status check_taken(struct req *rq, const struct next_view *view)
{
    if (view->status == PROJECT_ARCHIVED)
        return write_archived(rq, view->project);
    TRY(claim_rule_cap(rq, view->project, &view->held, view->n_held.v));
    if (view->items.n == 0 && view->busy.v > 0)
        return req_fail(rq, ST_RETRY, "others are taking what is ready in '%s'", view->project);
    return ST_OK;
}

static enum status store_claims(struct write *w, const struct next_args *args,
                                const struct next_view *view)
{
    struct req *rq = w->rq;
    const size_t n = view->items.n;
    struct claim_new *claims = ARENA_MANY(rq->arena, n, struct claim_new);
    struct json_out answer = JSON_OUT_IN(rq->arena);

    for (size_t i = 0; i < n; i++) {
        const struct ready_row *r = LIST_AT(view->items, i, const struct ready_row);
        claims[i] = (struct claim_new){r->id, r->kind, r->token.v, r->was};
    }
    w->tx.subject = LIST_AT(view->items, 0, const struct ready_row)->key;
    claim_queue_take(w, view->project_id, claims, n, lease_of(args),
                     LIST_AT(view->items, 0, const struct ready_row)->expires_at);
    field_encode(next_kept_fields, view, &answer);
    return write_commit(w, view->project_id, &q_answer_claimed,
                        PARAMS(w->args->request_id, w->args->fingerprint, json_text(&answer)));
}

static enum status next_body(struct write *w, void *data)
{
    const struct next_job *job = data;
    struct next_view view;

    TRY(write_begin(w));
    TRY(take_rows(w, job, &view));
    if (w->answered)
        return ST_OK;
    TRY(check_taken(w->rq, &view));
    if ((int64_t)view.items.n < limit_of(job->args) &&
        view.n_held.v + (int64_t)view.items.n >= claim_cap(w->rq))
        view.at_cap = SOME_BOOL(true);
    look_next_fit(w->rq, &view);
    if (view.items.n > 0)
        return store_claims(w, job->args, &view);
    view.changed = SOME_BOOL(false);
    *(struct next_view *)w->answer.out = view;
    return write_unchanged(w);
}

enum status claim_next(struct req *rq, const struct next_args *args, const struct ref *ref,
                       struct next_view *ret_view)
{
    struct next_job job = {.args = args, .ref = ref};

    return write_run(rq, &args->write, INTO(next_kept_fields, ret_view), next_body, &job);
}
