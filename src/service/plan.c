/* create_task and create_step: two flushes. The tree of define_tasks is in define.c. */
#include "planner/service/plan_parts.h"

#include "planner/base/clock.h"
#include "planner/service/complexity.h"
#include "planner/service/order.h"

struct create_job {
    const struct create_args *args;
    enum item_kind kind;
    struct ref parent;
    struct ref sibling; /* without anything: at the end */
};

const struct field place_fields[] = {
    ROW_STR(struct place_row, low, OPTIONAL),
    ROW_STR(struct place_row, high, OPTIONAL),
    ROW_STR(struct place_row, sibling_parent, OPTIONAL),
    FIELD_END,
};

enum status plan_check_parent(struct req *rq, const char *arg, int kind,
                              const struct item_state *parent)
{
    if (parent->kind == KIND_STEP)
        return req_fail(rq, ST_INVALID, "'%s': %s is a step and holds nothing; name a task", arg,
                        parent->key);
    if (kind == KIND_STEP && parent->kind == KIND_PROJECT)
        return req_fail(rq, ST_INVALID,
                        "'%s': %s is a project and a step belongs to a task; create_task makes one",
                        arg, parent->key);
    if (parent->status == ITEM_CANCELLED)
        return req_fail(rq, ST_CONFLICT,
                        "'%s': %s is cancelled; reopen it first (complete_step with outcome "
                        "reopen)",
                        arg, parent->key);
    if (parent->depth.v >= ITEM_DEPTH_MAX)
        return req_fail(rq, ST_LIMIT, "'%s': %s is %d levels deep and nothing goes below that", arg,
                        parent->key, ITEM_DEPTH_MAX);
    return ST_OK;
}

static enum status check_sibling(struct write *w, const struct create_job *job,
                                 const struct item_state *parent, const struct place_row *place)
{
    if (job->sibling.text == NULL)
        return ST_OK;
    if (place->sibling_parent == NULL) {
        tx_abort(&w->tx);
        return ref_not_found(w->rq, &job->sibling);
    }
    if (strcmp(place->sibling_parent, parent->id) != 0)
        return req_fail(w->rq, ST_INVALID, "'%s': %s is not in %s; name an item of the same parent",
                        job->sibling.arg, job->sibling.text, parent->key);
    return ST_OK;
}

static const char *created_as_json(struct req *rq, const struct create_job *job,
                                   const struct item_state *parent, const char *sort_key)
{
    const struct create_args *args = job->args;
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "kind", field_choice(kind_names, (int)job->kind));
    json_put_str(&out, "parent_id", parent->id);
    json_put_str(&out, "sort_key", sort_key);
    json_put_str(&out, "title", args->title);
    json_put_str(&out, "objective", args->objective);
    if (args->sequential.set)
        json_put_bool(&out, "sequential", args->sequential.v);
    if (args->priority.set)
        json_put_int(&out, "priority", args->priority.v);
    json_put_str(&out, "assignee", args->assignee);
    if (args->content != NULL)
        json_put_int(&out, "server_number", 1);
    json_end(&out, '}');
    return json_text(&out);
}

void plan_audit_parent(struct write *w, const struct item_state *parent, int child)
{
    const bool opens = child == ITEM_OPEN;

    if (parent->status != ITEM_COMPLETE || parent->n_children.v > 0 || child == ITEM_CANCELLED)
        return;
    write_audit(w, field_choice(kind_names, parent->kind), parent->id,
                opens ? "reopened" : "updated",
                arena_printf(w->rq->arena, "{\"status\":\"complete\",\"completed_at\":\"%s\"}",
                             clock_iso(w->rq->arena, parent->completed_at.v)),
                opens ? "{\"status\":\"open\"}" : "{\"status\":\"complete\"}");
}

static enum status create_store(struct write *w, const struct create_job *job,
                                const struct item_state *parent, const char *sort_key)
{
    struct req *rq = w->rq;
    const struct create_args *args = job->args;
    const struct project_rules *project = parent->project;
    const char *id = uuid_new(rq->uuids, rq->arena);
    const bool needs_final = job->kind == KIND_STEP && project->require_review.v;
    const struct content_analysis *analysis = complexity_of_text(rq->arena, args->content);

    tx_add(&w->tx, &q_roll_climb,
           PARAMS(project->id, parent->id, "1", "1", needs_final ? "0" : "1", "0"), INTO_NOTHING);
    tx_add(&w->tx, &q_item_add,
           PARAMS(project->id, id, parent->id, field_choice(kind_names, (int)job->kind),
                  param_int(rq, parent->depth.v + 1), sort_key, args->title, args->objective,
                  param_bool(args->sequential.v), param_int(rq, args->priority.v), args->assignee,
                  param_bool(needs_final), args->content, rq->actor.agent,
                  complexity_json(rq, analysis)),
           INTO_NOTHING);
    write_audit(w, field_choice(kind_names, (int)job->kind), id, "created", NULL,
                created_as_json(rq, job, parent, sort_key));
    plan_audit_parent(w, parent, ITEM_OPEN);
    return write_commit(
        w, project->id, &q_answer_item,
        PARAMS(project->id, id, args->write.request_id, args->write.fingerprint, "{}"));
}

void plan_queue_parent(struct write *w, const struct ref *parent, const char *mode,
                       const struct ref *sibling, bool before, struct parent_read *ret_read)
{
    ret_read->found = false;
    write_lock_item(w, parent, mode, &ret_read->lock);
    tx_add(&w->tx, &q_parent_hold, PARAMS(REF_PARAMS(parent)), INTO_NOTHING);
    write_find_request(w);
    tx_add(&w->tx, &q_item_state, PARAMS(REF_PARAMS(parent), mode),
           INTO_FOUND(item_state_fields, &ret_read->state, &ret_read->found));
    tx_add(&w->tx, &q_place_state,
           PARAMS(REF_PARAMS(parent), REF_PARAMS(sibling), param_bool(before)),
           INTO(place_fields, &ret_read->place));
}

static enum status create_body(struct write *w, void *data)
{
    const struct create_job *job = data;
    struct parent_read read;
    const struct item_state *parent = &read.state;
    const char *sort_key = NULL;

    TRY(write_begin(w));
    plan_queue_parent(w, &job->parent, "opening", &job->sibling, job->args->before != NULL, &read);
    TRY(write_flush(w));
    if (w->answered)
        return ST_OK;
    TRY(write_check_item(w, &job->parent, read.found, parent));
    TRY(plan_check_parent(w->rq, job->parent.arg, (int)job->kind, parent));
    TRY(check_sibling(w, job, parent, &read.place));
    w->tx.subject = arena_printf(w->rq->arena, "a child of %s", parent->key);
    w->tx.look = arena_printf(w->rq->arena, "outline %s", parent->key);
    sort_key = order_between(w->rq->arena, read.place.low, read.place.high);
    if (sort_key == NULL)
        return plan_renumber(w, &job->parent);
    return create_store(w, job, parent, sort_key);
}

static enum status create(struct req *rq, struct create_job *job, struct item_answer *ret_answer)
{
    const struct create_args *args = job->args;

    if (args->before != NULL && args->after != NULL)
        return req_fail(rq, ST_INVALID, "'before' and 'after' exclude each other; give one");
    if (args->before != NULL)
        TRY(ref_parse(rq, "before", args->before, &job->sibling));
    if (args->after != NULL)
        TRY(ref_parse(rq, "after", args->after, &job->sibling));
    return write_run(rq, &args->write, INTO(item_answer_fields, ret_answer), create_body, job);
}

enum status plan_create_task(struct req *rq, const struct create_args *args,
                             struct item_answer *ret_answer)
{
    struct create_job job = {.args = args, .kind = KIND_TASK};

    TRY(ref_parse_or_default(rq, "parent", args->parent, &job.parent));
    return create(rq, &job, ret_answer);
}

enum status plan_create_step(struct req *rq, const struct create_args *args,
                             struct item_answer *ret_answer)
{
    struct create_job job = {.args = args, .kind = KIND_STEP};

    TRY(ref_parse(rq, "task", args->task, &job.parent));
    return create(rq, &job, ret_answer);
}
