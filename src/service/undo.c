#include "planner/service/undo.h"

#include "planner/base/clock.h"
#include "planner/service/cut.h"

static const struct field told_fields[] = {
    ROW_INT(struct undo_told, change, REQUIRED), ROW_INT(struct undo_told, at, REQUIRED),
    ROW_STR(struct undo_told, agent, OPTIONAL),  ROW_STR(struct undo_told, action, REQUIRED),
    ROW_STR(struct undo_told, key, OPTIONAL),    FIELD_END,
};
static const struct field waiting_fields[] = {
    ROW_STR(struct undo_waiting, waiter, REQUIRED),
    ROW_STR(struct undo_waiting, key, REQUIRED),
    ROW_OBJ(struct undo_waiting, by, told_fields, struct undo_told, OPTIONAL),
    FIELD_END,
};
static const struct field claim_fields[] = {
    ROW_STR(struct undo_claim, key, REQUIRED),
    ROW_STR(struct undo_claim, agent, REQUIRED),
    ROW_INT(struct undo_claim, until, REQUIRED),
    FIELD_END,
};
static const struct field place_fields[] = {
    ROW_STR(struct undo_place, key, REQUIRED),
    ROW_STR(struct undo_place, above, REQUIRED),
    ROW_STR(struct undo_place, why, REQUIRED),
    ROW_OBJ(struct undo_place, by, told_fields, struct undo_told, OPTIONAL),
    FIELD_END,
};
const struct field undo_state_fields[] = {
    ROW_STR(struct undo_state, project_id, REQUIRED),
    ROW_STR(struct undo_state, slug, REQUIRED),
    ROW_STR(struct undo_state, title, OPTIONAL),
    ROW_INT(struct undo_state, root, REQUIRED),
    ROW_INT(struct undo_state, target, REQUIRED),
    ROW_BOOL(struct undo_state, redo, REQUIRED),
    ROW_BOOL(struct undo_state, archived, REQUIRED),
    ROW_BOOL(struct undo_state, outside, REQUIRED),
    ROW_BOOL(struct undo_state, human, OPTIONAL),
    ROW_BOOL(struct undo_state, renumbers, OPTIONAL),
    ROW_BOOL(struct undo_state, unarchives, OPTIONAL),
    ROW_BOOL(struct undo_state, creates_project, OPTIONAL),
    ROW_BOOL(struct undo_state, holds, OPTIONAL),
    ROW_BOOL(struct undo_state, has_items, OPTIONAL),
    FIELD_STRS(struct undo_state, actions, 0, 0, OPTIONAL, NULL),
    ROW_OBJ(struct undo_state, first, told_fields, struct undo_told, REQUIRED),
    ROW_OBJ(struct undo_state, done, told_fields, struct undo_told, OPTIONAL),
    ROW_OBJ(struct undo_state, later, told_fields, struct undo_told, OPTIONAL),
    ROW_OBJ(struct undo_state, waiting, waiting_fields, struct undo_waiting, OPTIONAL),
    ROW_OBJ(struct undo_state, claim, claim_fields, struct undo_claim, OPTIONAL),
    ROW_OBJ(struct undo_state, place, place_fields, struct undo_place, OPTIONAL),
    FIELD_END,
};

const struct field undo_answer_fields[] = {
    ROW_BOOL(struct undo_answer, changed, REQUIRED),
    ROW_BOOL(struct undo_answer, replayed, OPTIONAL),
    ROW_INT(struct undo_answer, change, REQUIRED),
    ROW_INT(struct undo_answer, undone, REQUIRED),
    ROW_BOOL(struct undo_answer, redone, OPTIONAL),
    ROW_STR(struct undo_answer, project, REQUIRED),
    ROW_STR(struct undo_answer, agent, OPTIONAL),
    ROW_STR(struct undo_answer, action, REQUIRED),
    ROW_STR(struct undo_answer, item, OPTIONAL),
    ROW_STR(struct undo_answer, title, OPTIONAL),
    FIELD_STRS(struct undo_answer, items, 0, UNDO_TOLD, OPTIONAL, NULL),
    ROW_INT(struct undo_answer, count, OPTIONAL),
    FIELD_END,
};

static bool has_action(const struct undo_state *state, const char *action)
{
    for (size_t i = 0; i < state->actions.n; i++) {
        if (strcmp(*LIST_AT(state->actions, i, const char *const), action) == 0)
            return true;
    }
    return false;
}

/* "change 52 (agent-b, 14:02: submitted)" */
static const char *told(struct req *rq, const struct undo_told *t)
{
    return arena_printf(rq->arena, "change %lld (%s, %s: %s)", (long long)t->change.v,
                        t->agent == NULL ? "unknown" : t->agent, clock_local(rq->arena, t->at.v),
                        t->action);
}

/* Changes of claims: they end by themselves, and coming back to them is claiming. */
static enum status check_claims(struct req *rq, int64_t change, const struct undo_state *state)
{
    const char *key = state->first->key;

    if (has_action(state, "released"))
        return req_fail(rq, ST_CONFLICT,
                        "change %lld released %s and is not undone; claim_item %s takes it again",
                        (long long)change, key, key);
    if (!has_action(state, "claimed"))
        return ST_OK;
    if (state->redo.v)
        return req_fail(rq, ST_CONFLICT,
                        "change %lld took a claim of %s back; claim_item %s takes it again",
                        (long long)change, key, key);
    if (!state->holds.v)
        return req_fail(rq, ST_CONFLICT,
                        "change %lld claimed %s, which you hold no longer; there is nothing to "
                        "release",
                        (long long)change, key);
    return ST_OK;
}

/* What no undo brings back, whoever asks and whatever came later. */
static enum status check_kind(struct req *rq, int64_t change, const struct undo_state *state)
{
    if (state->outside.v)
        return req_fail(rq, ST_CONFLICT,
                        "change %lld was made outside of mcp-planner (by %s); take it back there",
                        (long long)change, state->first->agent);
    if (state->renumbers.v)
        return req_fail(rq, ST_CONFLICT,
                        "change %lld only spaced the children of %s anew; nothing is to be undone",
                        (long long)change, state->first->key);
    if (state->human.v && !req_is_user(rq))
        return req_fail(rq, ST_CONFLICT,
                        "change %lld is a human's resolution of %s and only a user undoes it; "
                        "start the server with --role user or --user NAME",
                        (long long)change, state->first->key);
    if (state->creates_project.v && !state->redo.v && state->has_items.v)
        return req_fail(rq, ST_CONFLICT,
                        "change %lld created %s, which has items now; delete_item them first, or "
                        "archive it (update_project %s with status archived)",
                        (long long)change, state->slug, state->slug);
    return check_claims(rq, change, state);
}

static enum status check_place(struct req *rq, const struct undo_place *place)
{
    const char *by = place->by == NULL ? NULL : told(rq, place->by);

    if (strcmp(place->why, "cancelled") == 0)
        return req_fail(rq, ST_CONFLICT,
                        "%s would be in %s, which is cancelled; reopen that first (complete_step "
                        "with outcome reopen)",
                        place->key, place->above);
    if (strcmp(place->why, "step") == 0)
        return req_fail(rq, ST_CONFLICT,
                        "%s would be in %s, which is a step now; promote_step it first", place->key,
                        place->above);
    if (by == NULL)
        return req_fail(rq, ST_CONFLICT, "%s is below something deleted; undo that first",
                        place->key);
    return req_fail(rq, ST_CONFLICT, "%s would be in %s, which was deleted by %s; undo that first",
                    place->key, place->above, by);
}

enum status undo_rule(struct req *rq, int64_t change, const struct undo_state *state)
{
    if (state->archived.v && !state->unarchives.v)
        return write_archived(rq, state->slug);
    TRY(check_kind(rq, change, state));
    if (state->later != NULL)
        return req_fail(rq, ST_CONFLICT, "%s was changed by %s; undo that first", state->later->key,
                        told(rq, state->later));
    if (state->waiting != NULL && state->waiting->by != NULL)
        return req_fail(rq, ST_CONFLICT, "%s waits for %s since %s; undo that first",
                        state->waiting->waiter, state->waiting->key, told(rq, state->waiting->by));
    if (state->waiting != NULL)
        return req_fail(rq, ST_CONFLICT, "%s waits for %s; link_items %s with remove ends that",
                        state->waiting->waiter, state->waiting->key, state->waiting->waiter);
    if (state->claim != NULL)
        return req_fail(rq, ST_CONFLICT, "%s is claimed by %s until %s; undo when that has ended",
                        state->claim->key, state->claim->agent,
                        clock_local(rq->arena, state->claim->until.v));
    if (state->place != NULL)
        return check_place(rq, state->place);
    return ST_OK;
}

struct undo_job {
    const struct undo_args *args;
};

static enum status unchanged(struct write *w, const struct undo_state *state)
{
    struct undo_answer *answer = w->answer.out;

    *answer = (struct undo_answer){
        .changed = SOME_BOOL(false),
        .change = state->done->change,
        .undone = state->root,
        .project = state->slug,
        .agent = state->done->agent,
        .action = state->first->action,
        .item = state->first->key,
        .title = state->title,
    };
    if (state->redo.v)
        answer->redone = SOME_BOOL(true);
    return write_unchanged(w);
}

static const char *answer_extra(struct req *rq, const struct undo_state *state)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_int(&out, "undone", state->root.v);
    if (state->redo.v)
        json_put_bool(&out, "redone", true);
    json_put_str(&out, "project", state->slug);
    json_put_str(&out, "agent", state->first->agent);
    json_put_str(&out, "action", state->first->action);
    json_put_str(&out, "item", state->first->key);
    json_put_str(&out, "title", state->title);
    json_end(&out, '}');
    return json_text(&out);
}

/* What the store found out only when it was done: then nothing was. */
static enum status refused(struct write *w, enum status status, int64_t change)
{
    const char *by = w->tx.constraint == NULL ? "" : w->tx.constraint;

    if (status == ST_CONFLICT && strcmp(by, "undo_circle") == 0)
        return req_fail(
            w->rq, ST_CONFLICT,
            "after undoing change %lld something would wait for itself, because of what "
            "was linked meanwhile; link_items with remove ends that",
            (long long)change);
    if (status == ST_CONFLICT && strcmp(by, "undo_no_room") == 0)
        return req_fail(w->rq, ST_CONFLICT,
                        "there is no room at the place where change %lld took something from; move "
                        "it with update_item",
                        (long long)change);
    if (status == ST_CONFLICT && strcmp(by, "items_depth_range") == 0)
        return req_fail(w->rq, ST_LIMIT,
                        "what change %lld took away would be nested deeper than %d levels now",
                        (long long)change, 64);
    return status;
}

static enum status undo_store(struct write *w, const struct undo_job *job,
                              const struct undo_state *state)
{
    struct req *rq = w->rq;
    const struct actor *actor = &rq->actor;
    const char *root = param_int(rq, state->root.v);

    tx_add(&w->tx, &q_undo_apply,
           PARAMS(state->project_id, param_int(rq, state->target.v), root,
                  param_bool(state->redo.v), actor->user, actor->agent, actor->role, actor->client,
                  w->args->request_id),
           INTO_NOTHING);
    w->audit_begun = true;
    w->tx.wakes = w->lock->listened.v;
    return refused(w,
                   write_commit(w, state->project_id, &q_answer_undo,
                                PARAMS(state->project_id, root, w->args->request_id,
                                       w->args->fingerprint, answer_extra(rq, state))),
                   job->args->change.v);
}

static enum status undo_body(struct write *w, void *data)
{
    const struct undo_job *job = data;
    struct req *rq = w->rq;
    const int64_t change = job->args->change.v;
    const char *number = param_int(rq, change);
    struct lock_row lock;
    struct undo_state state;
    struct cut_told cut;
    bool found = false;
    bool is_cut = false;

    TRY(write_begin(w));
    tx_add(&w->tx, &q_undo_lock, PARAMS(number), INTO(lock_fields, &lock));
    w->lock = &lock;
    write_find_request(w);
    tx_add(&w->tx, &q_undo_state, PARAMS(number, rq->actor.agent),
           INTO_FOUND(undo_state_fields, &state, &found));
    tx_add(&w->tx, &q_undo_cut, PARAMS(number), INTO_FOUND(cut_told_fields, &cut, &is_cut));
    TRY(write_flush(w));
    if (w->answered)
        return ST_OK;
    if (is_cut && (!found || state.done == NULL))
        return cut_refuse_undo(rq, change, &cut);
    if (!found)
        return req_fail(rq, ST_NOT_FOUND,
                        "'change': %lld does not exist; history tells the changes",
                        (long long)change);
    w->tx.subject = arena_printf(rq->arena, "the undoing of change %lld", (long long)change);
    w->tx.look = "history";
    if (state.done != NULL)
        return unchanged(w, &state);
    TRY(undo_rule(rq, change, &state));
    return undo_store(w, job, &state);
}

enum status undo_change(struct req *rq, const struct undo_args *args,
                        struct undo_answer *ret_answer)
{
    struct undo_job job = {.args = args};

    return write_run(rq, &args->write, INTO(undo_answer_fields, ret_answer), undo_body, &job);
}
