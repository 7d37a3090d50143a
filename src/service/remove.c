#include "planner/service/claim.h"
#include "planner/service/edit.h"
#include "planner/service/link.h"

#define RELEASED_TOLD 20

/* Something outside that waits for something inside. */
struct waiting_row {
    const char *id, *key;
    int kind;
    struct list needs;     /* ids of what it waits for there */
    struct opt_bool freed; /* it waits for nothing else */
};
static const struct field waiting_fields[] = {
    ROW_STR(struct waiting_row, id, REQUIRED),
    ROW_STR(struct waiting_row, key, REQUIRED),
    ROW_ENUM(struct waiting_row, kind, kind_names, REQUIRED),
    FIELD_STRS(struct waiting_row, needs, 0, 0, REQUIRED, NULL),
    ROW_BOOL(struct waiting_row, freed, REQUIRED),
    FIELD_END,
};

/* sql/queries/delete_state.sql */
struct delete_state {
    struct opt_int below, n_disputes, n_claims;
    struct list disputes, claims; /* keys; keys with agents */
    struct list waiting;          /* struct waiting_row */
};
static const struct field delete_fields[] = {
    ROW_INT(struct delete_state, below, REQUIRED),
    FIELD_STRS(struct delete_state, disputes, 0, 0, REQUIRED, NULL),
    ROW_INT(struct delete_state, n_disputes, REQUIRED),
    FIELD_STRS(struct delete_state, claims, 0, 0, REQUIRED, NULL),
    ROW_INT(struct delete_state, n_claims, REQUIRED),
    ROW_LIST(struct delete_state, waiting, waiting_fields, struct waiting_row, REQUIRED),
    FIELD_END,
};

struct delete_job {
    const struct delete_args *args;
    struct ref ref;
};

static enum status check_force(struct req *rq, const struct item_state *item,
                               const struct delete_args *args, const struct delete_state *state)
{
    if (args->force.v)
        return ST_OK;
    if (state->n_disputes.v > 0)
        return req_fail(rq, ST_CONFLICT,
                        "%s would take open disputes along: %s; settle them (resolve_dispute), or "
                        "give force true",
                        item->key, ref_some(rq, &state->disputes, state->n_disputes.v));
    if (state->n_claims.v > 0)
        return req_fail(rq, ST_CONFLICT,
                        "%s would take others' claims along: %s; wait for them, or give force true",
                        item->key, ref_some(rq, &state->claims, state->n_claims.v));
    return ST_OK;
}

static enum status delete_rule(struct req *rq, const struct item_state *item,
                               const struct delete_args *args, const struct delete_state *state)
{
    const long long below = state->below.v;

    if (item->kind == KIND_PROJECT)
        return req_fail(rq, ST_INVALID,
                        "'item': %s is a project; update_project with status archived puts it away",
                        item->key);
    if (below > 0 && !args->subtree.v)
        return req_fail(rq, ST_CONFLICT,
                        "'subtree': %s has %lld%s below it; give true to delete all of that",
                        item->key, below,
                        below == DELETE_COUNTED ? " items or more"
                        : below == 1            ? " item"
                                                : " items");
    TRY(check_force(rq, item, args, state));
    if (args->force.v && !args->token.set)
        return ST_OK;
    return claim_rule_token(rq, item, args->token);
}

static void audit_edges(struct write *w, const struct delete_state *state)
{
    for (size_t i = 0; i < state->waiting.n; i++) {
        const struct waiting_row *row = LIST_AT(state->waiting, i, const struct waiting_row);
        write_audit(w, field_choice(kind_names, row->kind), row->id, "unlinked",
                    link_edges_json(w->rq, row->needs.items, row->needs.n), NULL);
    }
}

/* What only this answer has: how many went along, what waits no longer. */
static const char *answer_extra(struct req *rq, const struct delete_state *state)
{
    struct json_out out = JSON_OUT_IN(rq->arena);
    int told = 0;

    json_begin(&out, '{');
    json_put_str(&out, "state", "deleted");
    json_put_int(&out, "below", state->below.v);
    json_key(&out, "released");
    json_begin(&out, '[');
    for (size_t i = 0; i < state->waiting.n && told < RELEASED_TOLD; i++) {
        const struct waiting_row *row = LIST_AT(state->waiting, i, const struct waiting_row);
        if (!row->freed.v)
            continue;
        json_str(&out, row->key);
        told++;
    }
    json_end(&out, ']');
    json_end(&out, '}');
    return json_text(&out);
}

/* The time that the row gets: when the transaction began, which the lock tells after its id. */
static const char *deleted_as_json(struct write *w)
{
    struct json_out out = JSON_OUT_IN(w->rq->arena);
    const char *began = strchr(w->lock->xid, ' ');

    json_begin(&out, '{');
    json_put_str(&out, "deleted_at", began == NULL ? NULL : began + 1);
    json_end(&out, '}');
    return json_text(&out);
}

static enum status delete_body(struct write *w, void *data)
{
    const struct delete_job *job = data;
    struct delete_state state;
    struct item_read read;
    const struct item_state *item = &read.state;
    struct req *rq = w->rq;

    TRY(write_begin(w));
    write_queue_item(w, &job->ref, "exclusive", &read);
    tx_add(&w->tx, &q_delete_state,
           PARAMS(REF_PARAMS(&job->ref), rq->actor.agent, param_int(rq, DELETE_COUNTED),
                  param_int(rq, DELETE_TOLD)),
           INTO(delete_fields, &state));
    TRY(write_flush_item(w, &job->ref, &read));
    if (w->answered)
        return ST_OK;
    TRY(delete_rule(rq, item, job->args, &state));
    TRY(write_check_version(w, item->project->id, item->id, item->key, item->version.v));
    tx_add(&w->tx, &q_item_delete, PARAMS(item->project->id, item->id), INTO_NOTHING);
    write_audit(w, field_choice(kind_names, item->kind), item->id, "deleted",
                "{\"deleted_at\":null}", deleted_as_json(w));
    audit_edges(w, &state);
    return write_commit_item(w, item, answer_extra(rq, &state));
}

enum status item_delete(struct req *rq, const struct delete_args *args,
                        struct item_answer *ret_answer)
{
    struct delete_job job = {.args = args};

    TRY(ref_parse(rq, "item", args->item, &job.ref));
    return write_run(rq, &args->write, INTO(delete_answer_fields, ret_answer), delete_body, &job);
}
