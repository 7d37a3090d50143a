#include "planner/service/claim.h"
#include "planner/service/edit_parts.h"

/* sql/queries/item_fields.sql */
struct edit_fields {
    const char *objective, *assignee;
    struct opt_bool sequential;
    struct opt_int priority;
    struct edge_row *against; /* a dependency against the order of the children */
};
static const struct field edit_row_fields[] = {
    ROW_STR(struct edit_fields, objective, OPTIONAL),
    ROW_STR(struct edit_fields, assignee, OPTIONAL),
    ROW_BOOL(struct edit_fields, sequential, REQUIRED),
    ROW_INT(struct edit_fields, priority, REQUIRED),
    ROW_OBJ(struct edit_fields, against, edge_fields, struct edge_row, OPTIONAL),
    FIELD_END,
};

struct edit_job {
    const struct edit_args *args;
    struct ref ref;
    struct move move;
};

static enum status check_kind(struct req *rq, const struct item_state *item,
                              const struct edit_args *args)
{
    if (item->kind == KIND_PROJECT)
        return req_fail(rq, ST_INVALID, "'item': %s is a project; update_project changes it",
                        item->key);
    if (item->kind == KIND_STEP && args->objective != NULL)
        return req_fail(rq, ST_INVALID,
                        "'objective': %s is a step and has content instead; submit_step writes it",
                        item->key);
    if (item->kind == KIND_STEP && args->sequential.v)
        return req_fail(rq, ST_INVALID,
                        "'sequential': %s is a step and has no children; leave it "
                        "out",
                        item->key);
    return ST_OK;
}

/* Two texts; empty is as good as absent. */
static bool same_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* What of the arguments differs from what is there; `ret_was` holds the same members as they are.
 */
static void edit_diff(const struct edit_args *args, const struct item_state *item,
                      const struct edit_fields *fields, struct edit_args *ret_new,
                      struct edit_args *ret_was)
{
    struct edit_args want = {0};
    struct edit_args was = {0};

    if (args->title != NULL && strcmp(args->title, item->title) != 0) {
        want.title = args->title;
        was.title = item->title;
    }
    if (args->objective != NULL && !same_text(args->objective, fields->objective)) {
        want.objective = args->objective;
        was.objective = fields->objective == NULL ? "" : fields->objective;
    }
    if (args->sequential.set && args->sequential.v != fields->sequential.v) {
        want.sequential = args->sequential;
        was.sequential = fields->sequential;
    }
    if (args->priority.set && args->priority.v != fields->priority.v) {
        want.priority = args->priority;
        was.priority = fields->priority;
    }
    if (args->assignee != NULL && !same_text(args->assignee, fields->assignee)) {
        want.assignee = args->assignee;
        was.assignee = fields->assignee == NULL ? "" : fields->assignee;
    }
    *ret_new = want;
    *ret_was = was;
}

/* Absent texts are null, as they are in the row. */
static void put_text(struct json_out *out, const char *name, const char *text)
{
    if (text != NULL && text[0] == '\0') {
        json_key(out, name);
        json_null(out);
    } else {
        json_put_str(out, name, text);
    }
}

static const char *values_as_json(struct req *rq, const struct edit_args *values)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "title", values->title);
    put_text(&out, "objective", values->objective);
    if (values->sequential.set)
        json_put_bool(&out, "sequential", values->sequential.v);
    if (values->priority.set)
        json_put_int(&out, "priority", values->priority.v);
    put_text(&out, "assignee", values->assignee);
    json_end(&out, '}');
    return json_text(&out);
}

static const char *move_as_extra(struct req *rq, const struct move *move, bool edits)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "moved_to", move->row.parent->key);
    if (move->sibling.text != NULL)
        json_put_str(&out, "place",
                     arena_printf(rq->arena, "%s %s", move->before ? "before" : "after",
                                  move->row.sibling_key));
    if (edits)
        json_put_bool(&out, "updated", true);
    json_end(&out, '}');
    return json_text(&out);
}

static enum status edit_store(struct write *w, const struct edit_job *job,
                              const struct item_state *item, const struct edit_args *want,
                              const char *old_values)
{
    const char *new_values = values_as_json(w->rq, want);
    const bool edits = strcmp(new_values, "{}") != 0;
    const bool moves = job->move.wanted && !job->move.row.there.v;
    const char *extra = "{}";

    tx_add(&w->tx, &q_item_update,
           PARAMS(item->project->id, item->id, want->title, want->objective,
                  param_opt_bool(want->sequential), param_opt_int(w->rq, want->priority),
                  want->assignee),
           INTO_NOTHING);
    if (edits)
        write_audit(w, field_choice(kind_names, item->kind), item->id, "updated", old_values,
                    new_values);
    if (moves) {
        TRY(move_store(w, item, &job->move));
        extra = move_as_extra(w->rq, &job->move, edits);
    }
    claim_queue_renew(w, item, job->args->token);
    return write_commit_item(w, item, extra);
}

static enum status edit_unchanged(struct write *w, const struct item_state *item)
{
    *(struct item_answer *)w->answer.out = item_unchanged(item);
    return write_unchanged(w);
}

static enum status edit_decide(struct write *w, const struct edit_job *job,
                               const struct item_state *item, const struct edit_fields *fields)
{
    const struct edit_args *args = job->args;
    struct edit_args want;
    struct edit_args was;
    const char *old_values = NULL;

    TRY(check_kind(w->rq, item, args));
    TRY(write_check_version(w, item->project->id, item->id, item->key, item->version.v));
    if (job->move.wanted)
        TRY(move_rule(w, item, &job->move));
    edit_diff(args, item, fields, &want, &was);
    if (want.sequential.v)
        TRY(edge_rule_order(w->rq, fields->against));
    old_values = values_as_json(w->rq, &was);
    if (strcmp(old_values, "{}") == 0 && (!job->move.wanted || job->move.row.there.v))
        return edit_unchanged(w, item);
    if (args->token.set || (job->move.wanted && !job->move.row.there.v))
        TRY(claim_rule_token(w->rq, item, args->token));
    return edit_store(w, job, item, &want, old_values);
}

static enum status edit_body(struct write *w, void *data)
{
    struct edit_job *job = data;
    const bool alone = job->move.wanted || job->args->sequential.v;
    struct edit_fields fields;
    struct item_read read;

    TRY(write_begin(w));
    write_queue_item(w, &job->ref, alone ? "exclusive" : "shared", &read);
    tx_add(&w->tx, &q_item_fields,
           PARAMS(REF_PARAMS(&job->ref), param_bool(job->args->sequential.v)),
           INTO(edit_row_fields, &fields));
    if (job->move.wanted)
        move_queue_read(w, &job->ref, &job->move);
    TRY(write_flush_item(w, &job->ref, &read));
    return w->answered ? ST_OK : edit_decide(w, job, &read.state, &fields);
}

enum status item_edit(struct req *rq, const struct edit_args *args, struct item_answer *ret_answer)
{
    struct edit_job job = {.args = args};

    TRY(ref_parse(rq, "item", args->item, &job.ref));
    TRY(move_parse(rq, args, &job.move));
    return write_run(rq, &args->write, INTO(edit_answer_fields, ret_answer), edit_body, &job);
}
