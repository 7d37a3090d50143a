#include "planner/service/link.h"

/* sql/queries/link_state.sql */
static const char *const relation_names[] = {"self", "above", "below", NULL};
enum relation { REL_SELF = 1, REL_ABOVE, REL_BELOW };

struct named_row {
    struct opt_int place; /* among depends_on, then remove */
    const char *id, *project_id, *key;
    struct opt_bool open, linked;
    int kind;
    int relation;
};
struct link_state {
    struct list items;             /* struct named_row, of those that exist */
    const char *state, *waits_for; /* before any change */
    struct list circle;            /* keys from one that is named to the item */
};
static const struct field named_fields[] = {
    ROW_INT(struct named_row, place, REQUIRED),
    ROW_STR(struct named_row, id, REQUIRED),
    ROW_STR(struct named_row, project_id, REQUIRED),
    ROW_STR(struct named_row, key, REQUIRED),
    ROW_BOOL(struct named_row, open, REQUIRED),
    ROW_BOOL(struct named_row, linked, REQUIRED),
    ROW_ENUM(struct named_row, kind, kind_names, REQUIRED),
    ROW_ENUM(struct named_row, relation, relation_names, OPTIONAL),
    FIELD_END,
};
static const struct field link_state_fields[] = {
    ROW_LIST(struct link_state, items, named_fields, struct named_row, REQUIRED),
    ROW_STR(struct link_state, state, REQUIRED),
    ROW_STR(struct link_state, waits_for, OPTIONAL),
    FIELD_STRS(struct link_state, circle, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};

struct link_job {
    const struct link_args *args;
    struct ref item;
    struct ref *named; /* depends_on, then remove */
    size_t n, n_add;
};

/* What a call comes to: edges to make and to remove, each once. */
struct link_plan {
    const char **added, **added_keys, **removed, **removed_keys;
    size_t n_added, n_removed;
    int blockers; /* open ones more */
};

#define WAY_SHOWN 8 /* keys of a circle */

const char *link_way(struct req *rq, const struct list *keys)
{
    struct buf out = BUF_IN(rq->arena);

    for (size_t i = 0; i < keys->n; i++) {
        if (keys->n > WAY_SHOWN && i == WAY_SHOWN / 2) {
            buf_printf(&out, ", (%zu more)", keys->n - WAY_SHOWN);
            i = keys->n - WAY_SHOWN / 2;
        }
        buf_printf(&out, "%s%s", i == 0 ? "" : ", ", *LIST_AT(*keys, i, const char *const));
    }
    return buf_str(&out);
}

/* Why the item cannot wait for this one, whatever else there is. */
static enum status check_relation(struct req *rq, const struct item_state *item,
                                  const struct named_row *row)
{
    if (strcmp(row->project_id, item->project->id) != 0)
        return req_fail(rq, ST_INVALID,
                        "'depends_on': %s is in another project than %s; dependencies stay inside "
                        "one",
                        row->key, item->key);
    if (row->kind == KIND_PROJECT)
        return req_fail(rq, ST_INVALID,
                        "'depends_on': %s is a project, complete when all in it is; name a task or "
                        "step",
                        row->key);
    if (row->relation == REL_SELF)
        return req_fail(rq, ST_INVALID, "'depends_on': %s would wait for itself; name others",
                        row->key);
    if (row->relation == REL_ABOVE)
        return req_fail(rq, ST_INVALID,
                        "'depends_on': %s is above %s and complete only after it; name others",
                        row->key, item->key);
    if (row->relation == REL_BELOW)
        return req_fail(rq, ST_INVALID,
                        "'depends_on': %s is inside %s and cannot start before it; name others",
                        row->key, item->key);
    return ST_OK;
}

/* What is complete was not waiting. */
static enum status check_open(struct req *rq, const struct item_state *item,
                              const struct named_row *row)
{
    if (item->status != ITEM_COMPLETE || !row->open.v || row->linked.v)
        return ST_OK;
    return req_fail(
        rq, ST_CONFLICT,
        "'depends_on': %s is complete and cannot wait for %s, which is open; reopen %s%s "
        "first (complete_step with outcome reopen)",
        item->key, row->key, item->n_children.v > 0 ? "a child of " : "", item->key);
}

static bool is_among(const char *const *ids, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(ids[i], id) == 0)
            return true;
    }
    return false;
}

static enum status plan_add(struct req *rq, const struct item_state *item,
                            const struct named_row *row, struct link_plan *plan)
{
    TRY(check_relation(rq, item, row));
    TRY(check_open(rq, item, row));
    if (row->linked.v || is_among(plan->added, plan->n_added, row->id))
        return ST_OK;
    plan->added_keys[plan->n_added] = row->key;
    plan->added[plan->n_added++] = row->id;
    plan->blockers += row->open.v;
    return ST_OK;
}

/* Under its key and under its id it is one item; in both lists it is a contradiction. */
static enum status plan_remove(struct req *rq, const struct named_row *row,
                               const struct named_row *const *rows, size_t n_add,
                               struct link_plan *plan)
{
    for (size_t i = 0; i < n_add; i++) {
        if (strcmp(rows[i]->id, row->id) == 0)
            return req_fail(rq, ST_INVALID,
                            "'remove': %s is in 'depends_on', too; name it in one of them",
                            row->key);
    }
    if (!row->linked.v || is_among(plan->removed, plan->n_removed, row->id))
        return ST_OK;
    plan->removed_keys[plan->n_removed] = row->key;
    plan->removed[plan->n_removed++] = row->id;
    plan->blockers -= row->open.v;
    return ST_OK;
}

static enum status find_rows(struct write *w, const struct link_job *job,
                             const struct link_state *state, const struct named_row **rows)
{
    for (size_t i = 0; i < state->items.n; i++) {
        const struct named_row *row = LIST_AT(state->items, i, const struct named_row);
        rows[row->place.v] = row;
    }
    for (size_t i = 0; i < job->n; i++) {
        if (rows[i] == NULL) {
            tx_abort(&w->tx);
            return ref_not_found(w->rq, &job->named[i]);
        }
    }
    return ST_OK;
}

static enum status make_plan(struct write *w, const struct link_job *job,
                             const struct item_state *item, const struct link_state *state,
                             struct link_plan *ret_plan)
{
    struct req *rq = w->rq;
    const struct named_row **rows = ARENA_MANY(rq->arena, job->n, const struct named_row *);
    struct link_plan plan = {
        .added = ARENA_MANY(rq->arena, job->n, const char *),
        .added_keys = ARENA_MANY(rq->arena, job->n, const char *),
        .removed = ARENA_MANY(rq->arena, job->n, const char *),
        .removed_keys = ARENA_MANY(rq->arena, job->n, const char *),
    };

    TRY(find_rows(w, job, state, rows));
    for (size_t i = 0; i < job->n_add; i++)
        TRY(plan_add(rq, item, rows[i], &plan));
    for (size_t i = job->n_add; i < job->n; i++)
        TRY(plan_remove(rq, rows[i], rows, job->n_add, &plan));
    if (state->circle.n > 0)
        return req_fail(
            rq, ST_INVALID,
            "'depends_on': %s would wait for itself: %s, %s; remove a dependency among these, or "
            "name others",
            item->key, item->key, link_way(rq, &state->circle));
    *ret_plan = plan;
    return ST_OK;
}

const char *link_edges_json(struct req *rq, const char *const *ids, size_t n)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_strs(&out, "depends_on", ids, n);
    json_end(&out, '}');
    return json_text(&out);
}

static const char *plan_as_extra(struct req *rq, const struct link_plan *plan)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_strs(&out, "added", plan->added_keys, plan->n_added);
    json_put_strs(&out, "removed", plan->removed_keys, plan->n_removed);
    json_end(&out, '}');
    return json_text(&out);
}

static enum status link_store(struct write *w, const struct item_state *item,
                              const struct link_plan *plan)
{
    struct req *rq = w->rq;
    const char *kind = field_choice(kind_names, item->kind);

    tx_add(&w->tx, &q_link_store,
           PARAMS(item->project->id, item->id, param_texts(rq, plan->added, plan->n_added),
                  param_texts(rq, plan->removed, plan->n_removed), param_int(rq, plan->blockers)),
           INTO_NOTHING);
    write_settle(w, item);
    if (plan->n_added > 0)
        write_audit(w, kind, item->id, "linked", NULL,
                    link_edges_json(rq, plan->added, plan->n_added));
    if (plan->n_removed > 0)
        write_audit(w, kind, item->id, "unlinked",
                    link_edges_json(rq, plan->removed, plan->n_removed), NULL);
    return write_commit(w, item->project->id, &q_answer_link,
                        PARAMS(item->project->id, item->id, w->args->request_id,
                               w->args->fingerprint, plan_as_extra(rq, plan)));
}

static enum status link_unchanged(struct write *w, const struct item_state *item,
                                  const struct link_state *state)
{
    struct item_answer *answer = w->answer.out;

    *answer = item_unchanged(item);
    answer->state = state->state;
    answer->waits_for = state->waits_for;
    return write_unchanged(w);
}

static void queue_state(struct write *w, const struct link_job *job, struct link_state *state)
{
    const char **texts[3];

    for (int i = 0; i < 3; i++)
        texts[i] = ARENA_MANY(w->rq->arena, job->n, const char *);
    for (size_t i = 0; i < job->n; i++) {
        texts[0][i] = job->named[i].id;
        texts[1][i] = job->named[i].slug;
        texts[2][i] = job->named[i].number;
    }
    tx_add(&w->tx, &q_link_state,
           PARAMS(REF_PARAMS(&job->item), param_texts(w->rq, texts[0], job->n),
                  param_texts(w->rq, texts[1], job->n), param_texts(w->rq, texts[2], job->n),
                  param_int(w->rq, (int64_t)job->n_add)),
           INTO(link_state_fields, state));
}

static enum status link_body(struct write *w, void *data)
{
    const struct link_job *job = data;
    struct item_read *read = ARENA_NEW(w->rq->arena, struct item_read);
    const struct item_state *item = &read->state;
    struct link_state state;
    struct link_plan plan = {0};

    TRY(write_begin(w));
    write_queue_item(w, &job->item, "exclusive", read);
    queue_state(w, job, &state);
    TRY(write_flush_item(w, &job->item, read));
    if (w->answered)
        return ST_OK;
    if (item->kind == KIND_PROJECT)
        return req_fail(w->rq, ST_INVALID,
                        "'item': %s is a project and waits for nothing; name a task or step",
                        item->key);
    TRY(make_plan(w, job, item, &state, &plan));
    if (plan.n_added + plan.n_removed == 0)
        return link_unchanged(w, item, &state);
    TRY(write_check_version(w, item->project->id, item->id, item->key, item->version.v));
    return link_store(w, item, &plan);
}

static enum status parse_list(struct req *rq, const char *arg, const struct list *names,
                              struct link_job *job)
{
    for (size_t i = 0; i < names->n; i++)
        TRY(ref_parse(rq, arg, *LIST_AT(*names, i, const char *const), &job->named[job->n++]));
    return ST_OK;
}

enum status item_link(struct req *rq, const struct link_args *args, struct item_answer *ret_answer)
{
    const size_t n = args->depends_on.n + args->remove.n;
    struct link_job job = {.args = args, .n_add = args->depends_on.n};

    if (n == 0)
        return req_fail(rq, ST_INVALID,
                        "'depends_on' and 'remove' are both empty; name at least one item");
    if (n > LINK_ITEMS_MAX)
        return req_fail(rq, ST_LIMIT, "'depends_on' and 'remove' name %zu items; at most %d a call",
                        n, LINK_ITEMS_MAX);
    TRY(ref_parse(rq, "item", args->item, &job.item));
    job.named = ARENA_MANY(rq->arena, n, struct ref);
    TRY(parse_list(rq, "depends_on", &args->depends_on, &job));
    TRY(parse_list(rq, "remove", &args->remove, &job));
    return write_run(rq, &args->write, INTO(link_answer_fields, ret_answer), link_body, &job);
}
