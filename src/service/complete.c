#include "planner/service/complete.h"

#include "planner/base/clock.h"
#include "planner/service/claim.h"
#include "planner/service/plan_parts.h"

const char *const outcome_names[] = {"done", "cancelled", "reopen", NULL};
const char *const evidence_kind_names[] = {"commit", "test", "review", "url", "note", NULL};

/* The item's status that an outcome leads to. */
static int outcome_status(int outcome)
{
    static const int status[] = {ITEM_COMPLETE, ITEM_COMPLETE, ITEM_CANCELLED, ITEM_OPEN};

    return status[outcome];
}

static enum status check_leaf(struct req *rq, const struct item_state *item, int wanted)
{
    const long long n_children = item->n_children.v;

    if (n_children == 0)
        return ST_OK;
    if (wanted == ITEM_OPEN)
        return req_fail(
            rq, ST_CONFLICT, "%s is complete because %s; reopen %s (outline %s)", item->key,
            n_children == 1 ? "its child is"
                            : arena_printf(rq->arena, "its %lld children are", n_children),
            n_children == 1 ? "that" : "one of its children", item->key);
    if (wanted == ITEM_CANCELLED)
        return req_fail(rq, ST_CONFLICT, "%s has %lld %s instead (outline %s)", item->key,
                        n_children,
                        n_children == 1 ? "child and stands as it does; cancel that"
                                        : "children and stands as they do; cancel them",
                        item->key);
    if (n_children == 1)
        return req_fail(rq, ST_CONFLICT, "%s is complete when its child is (outline %s)", item->key,
                        item->key);
    return req_fail(rq, ST_CONFLICT,
                    "%s is complete when its %lld children are; %lld of them %s open (outline %s)",
                    item->key, n_children, (long long)item->n_open.v,
                    item->n_open.v == 1 ? "is" : "are", item->key);
}

static enum status check_content(struct req *rq, const struct item_state *item)
{
    const struct step_state *step = item->step;

    if (step == NULL || !item->project->require_review.v || step->final_number.set)
        return ST_OK;
    return req_fail(rq, ST_NOT_READY, "%s has no agreed content and %s requires review (%s %s)",
                    item->key, item->project->slug,
                    step->status == STEP_CLIENT_REVIEW ? "review_step" : "submit_step", item->key);
}

static enum status check_evidence(struct req *rq, const struct item_state *item,
                                  const struct complete_args *args)
{
    const int64_t content_at = item->step == NULL ? 0 : item->step->content_at.v;

    if (!item->project->require_evidence.v || args->evidence.n > 0 ||
        (item->evidence_at.set && item->evidence_at.v >= content_at))
        return ST_OK;
    if (content_at == 0)
        return req_fail(rq, ST_NOT_READY,
                        "'evidence': %s requires some before %s is complete; give at least one "
                        "(commit, test, review, url or note)",
                        item->project->slug, item->key);
    return req_fail(rq, ST_NOT_READY,
                    "'evidence': %s requires evidence newer than the content of %s; give at least "
                    "one (commit, test, review, url or note)",
                    item->project->slug, item->key);
}

static enum status check_done(struct req *rq, const struct item_state *item,
                              const struct complete_args *args)
{
    TRY(check_content(rq, item));
    return check_evidence(rq, item, args);
}

enum status complete_rule(struct req *rq, const struct item_state *item,
                          const struct complete_args *args, bool *ret_changes)
{
    const int wanted = outcome_status(args->outcome);

    if (item->kind == KIND_PROJECT)
        return req_fail(rq, ST_INVALID,
                        "'item': %s is a project, complete when its tasks are; name a task or step",
                        item->key);
    if (item->status == wanted) {
        const bool late = wanted == ITEM_COMPLETE && args->evidence.n > 0; /* it is kept */
        if (late)
            TRY(claim_rule_token(rq, item, args->token));
        *ret_changes = late;
        return ST_OK;
    }
    TRY(claim_rule_token(rq, item, args->token));
    TRY(check_leaf(rq, item, wanted));
    if (wanted != ITEM_OPEN && item->status != ITEM_OPEN)
        return req_fail(rq, ST_CONFLICT, "%s is %s; reopen it first (outcome reopen)", item->key,
                        field_choice(item_status_names, item->status));
    if (item->parent_status == ITEM_CANCELLED)
        return req_fail(rq, ST_CONFLICT, "the parent of %s is cancelled; reopen that first",
                        item->key);
    if (item->disputed.v)
        return req_fail(rq, ST_CONFLICT, "%s is disputed and a human decides (resolve_dispute %s)",
                        item->key, item->key);
    if (wanted == ITEM_COMPLETE)
        TRY(check_done(rq, item, args));
    *ret_changes = true;
    return ST_OK;
}

static void queue_evidence(struct write *w, const struct item_state *item,
                           const struct complete_args *args)
{
    struct req *rq = w->rq;
    const size_t n = args->evidence.n;
    const char **columns[3];

    if (n == 0)
        return;
    for (int i = 0; i < 3; i++)
        columns[i] = ARENA_MANY(rq->arena, n, const char *);
    for (size_t i = 0; i < n; i++) {
        const struct evidence_new *e = LIST_AT(args->evidence, i, const struct evidence_new);
        columns[0][i] = field_choice(evidence_kind_names, e->kind);
        columns[1][i] = e->reference;
        columns[2][i] = e->summary;
    }
    tx_add(&w->tx, &q_evidence_add,
           PARAMS(item->project->id, item->id, param_texts(rq, columns[0], n),
                  param_texts(rq, columns[1], n), param_texts(rq, columns[2], n), rq->actor.agent),
           INTO_NOTHING);
}

static void put_evidence(struct json_out *out, const struct list *evidence)
{
    json_key(out, "evidence");
    json_begin(out, '[');
    for (size_t i = 0; i < evidence->n; i++) {
        const struct evidence_new *e = LIST_AT(*evidence, i, const struct evidence_new);
        json_begin(out, '{');
        json_put_str(out, "kind", field_choice(evidence_kind_names, e->kind));
        json_put_str(out, "reference", e->reference);
        json_end(out, '}');
    }
    json_end(out, ']');
}

/* What the audit holds of the item before: enough to bring it back as it was. */
static const char *was_as_json(struct req *rq, const struct item_state *item)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "status", field_choice(item_status_names, item->status));
    if (item->completed_at.set)
        json_put_str(&out, "completed_at", clock_iso(rq->arena, item->completed_at.v));
    json_end(&out, '}');
    return json_text(&out);
}

/* Evidence that comes late changes no status: a task may owe it to its children. */
static const char *becomes_as_json(struct req *rq, int status, const struct complete_args *args,
                                   bool again)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    if (!again)
        json_put_str(&out, "status", field_choice(item_status_names, status));
    json_put_str(&out, "summary", args->summary);
    if (args->evidence.n > 0)
        put_evidence(&out, &args->evidence);
    json_end(&out, '}');
    return json_text(&out);
}

/* A cancelled item that opens again opens its parent, too, if that was completed by hand meanwhile.
 */
static void audit_parent(struct write *w, const struct item_state *item, int status)
{
    const struct item_state parent = {.id = item->parent_id,
                                      .kind = KIND_TASK,
                                      .status = item->parent_status,
                                      .completed_at = item->parent_completed_at};

    if (status == ITEM_OPEN && item->parent_completed_at.set)
        plan_audit_parent(w, &parent, ITEM_OPEN);
}

static enum status complete_store(struct write *w, const struct item_state *item,
                                  const struct complete_args *args)
{
    static const char *const actions[] = {
        [ITEM_OPEN] = "reopened", [ITEM_COMPLETE] = "completed", [ITEM_CANCELLED] = "cancelled"};
    struct req *rq = w->rq;
    const int status = outcome_status(args->outcome);
    const bool again = item->status == status; /* only evidence comes: it was complete already */

    tx_add(&w->tx, &q_item_set_status,
           PARAMS(item->project->id, item->id, field_choice(item_status_names, status)),
           INTO_NOTHING);
    queue_evidence(w, item, args);
    claim_queue_end(w, item);
    write_settle(w, item);
    write_audit(w, field_choice(kind_names, item->kind), item->id,
                again ? "updated" : actions[status], again ? NULL : was_as_json(rq, item),
                becomes_as_json(rq, status, args, again));
    audit_parent(w, item, status);
    return write_commit(w, item->project->id, &q_answer_complete,
                        PARAMS(item->project->id, item->id, w->args->request_id,
                               w->args->fingerprint, again ? "{\"late\":true}" : "{}",
                               rq->actor.agent));
}

struct complete_job {
    const struct complete_args *args;
    struct ref ref;
};

static enum status complete_body(struct write *w, void *data)
{
    const struct complete_job *job = data;
    struct item_state item;
    bool changes = false;

    TRY(write_begin(w));
    TRY(write_read_item(w, &job->ref, "closing", &item));
    if (w->answered)
        return ST_OK;
    TRY(complete_rule(w->rq, &item, job->args, &changes));
    if (!changes) {
        *(struct item_answer *)w->answer.out = item_unchanged(&item);
        return write_unchanged(w);
    }
    TRY(write_check_version(w, item.project->id, item.id, item.key, item.version.v));
    return complete_store(w, &item, job->args);
}

enum status item_complete(struct req *rq, const struct complete_args *args,
                          struct item_answer *ret_answer)
{
    struct complete_job job = {.args = args};

    TRY(ref_parse(rq, "item", args->item, &job.ref));
    return write_run(rq, &args->write, INTO(completion_fields, ret_answer), complete_body, &job);
}
