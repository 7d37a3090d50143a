#include "planner/service/promote.h"

#include "planner/service/claim.h"
#include "planner/service/complexity.h"
#include "planner/service/plan.h"
#include "planner/service/promote_parts.h"
#include "planner/service/step_parts.h"

const char *const parts_from_names[] = {"given", "client", "server", "analysis", NULL};

static const struct field part_fields[] = {
    ROW_STR(struct promoted_part, key, REQUIRED),
    ROW_STR(struct promoted_part, title, REQUIRED),
    FIELD_END,
};
const struct field promote_answer_fields[] = {
    ROW_BOOL(struct promote_answer, changed, REQUIRED),
    ROW_INT(struct promote_answer, change, OPTIONAL),
    ROW_STR(struct promote_answer, key, REQUIRED),
    ROW_STR(struct promote_answer, id, REQUIRED),
    ROW_ENUM(struct promote_answer, kind, kind_names, REQUIRED),
    ROW_STR(struct promote_answer, title, REQUIRED),
    ROW_STR(struct promote_answer, status, REQUIRED),
    ROW_STR(struct promote_answer, state, REQUIRED),
    ROW_NUM(struct promote_answer, progress, REQUIRED),
    ROW_INT(struct promote_answer, version, REQUIRED),
    ROW_STR(struct promote_answer, project, REQUIRED),
    ROW_ENUM(struct promote_answer, parts_from, parts_from_names, OPTIONAL),
    ROW_LIST(struct promote_answer, steps, part_fields, struct promoted_part, OPTIONAL),
    ROW_BOOL(struct promote_answer, replayed, OPTIONAL),
    FIELD_END,
};

/* sql/queries/step_row.sql */
struct step_row {
    const cJSON *row;
    const char *last_key;
};
static const struct field step_row_fields[] = {
    ROW_JSON(struct step_row, row, REQUIRED),
    ROW_STR(struct step_row, last_key, OPTIONAL),
    FIELD_END,
};

struct promote_job {
    const struct promote_args *args;
    struct ref ref;
};

static enum status check_state(struct req *rq, const struct item_state *item,
                               const struct promote_args *args)
{
    TRY(step_check_open(rq, "step", item));
    if (item->disputed.v)
        return req_fail(rq, ST_CONFLICT, "%s is disputed and a human decides (resolve_dispute %s)",
                        item->key, item->key);
    TRY(claim_rule_token(rq, item, args->token));
    if (item->depth.v >= ITEM_DEPTH_MAX)
        return req_fail(rq, ST_LIMIT, "%s is %d levels deep and nothing goes below that", item->key,
                        ITEM_DEPTH_MAX);
    return ST_OK;
}

/* The titles of a role, or none. */
static struct list parts_of(const struct assessment *assessment)
{
    return assessment == NULL ? (struct list){0} : assessment->breakdown;
}

static enum parts_from choose_parts(const struct step_state *step, const struct list *given,
                                    struct list *ret_titles)
{
    const struct list lists[] = {
        *given, parts_of(step->client_assessment), parts_of(step->server_assessment),
        step->analysis == NULL ? (struct list){0} : step->analysis->breakdown};

    for (size_t i = 0; i < LENGTH_OF(lists); i++) {
        if (lists[i].n > 0) {
            *ret_titles = lists[i];
            return (enum parts_from)(i + 1);
        }
    }
    return 0;
}

enum status promote_rule(struct req *rq, const struct item_state *item,
                         const struct promote_args *args, struct list *ret_titles,
                         enum parts_from *ret_from)
{
    enum parts_from from = 0;

    TRY(check_state(rq, item, args));
    TRY(complexity_check_breakdown(rq, "breakdown", &args->breakdown));
    from = choose_parts(item->step, &args->breakdown, ret_titles);
    if (from == 0)
        return req_fail(rq, ST_NOT_READY,
                        "'breakdown' is missing: nobody assessed one of %s and its text does not "
                        "fall into parts; give the titles of its steps",
                        item->key);
    *ret_from = from;
    return ST_OK;
}

static enum status promote_unchanged(struct write *w, const struct item_state *item)
{
    struct promote_answer *answer = w->answer.out;

    *answer = (struct promote_answer){
        .changed = SOME_BOOL(false),
        .key = item->key,
        .id = item->id,
        .kind = item->kind,
        .title = item->title,
        .status = field_choice(item_status_names, item->status),
        .state = field_choice(item_status_names, item->status),
        .progress = item->progress,
        .version = item->version,
        .project = item->project->slug,
    };
    return write_unchanged(w);
}

static enum status promote_store(struct write *w, const struct item_state *item,
                                 const struct list *titles, enum parts_from from,
                                 const struct step_row *kept)
{
    const struct step_state *step = item->step;
    struct json_out extra = JSON_OUT_IN(w->rq->arena);
    const struct promotion promotion = {
        .id = item->id,
        .depth = item->depth.v,
        .was_avail = item->avail.v,
        .row = kept->row,
        .last_key = kept->last_key,
        .content_number = step->final_number.set ? step->final_number : step->server_number,
        .titles = *titles,
    };

    TRY(promote_queue(w, item->project, &promotion, 1));
    json_begin(&extra, '{');
    json_put_str(&extra, "parts_from", field_choice(parts_from_names, (int)from));
    json_end(&extra, '}');
    return write_commit(w, item->project->id, &q_answer_promote,
                        PARAMS(item->project->id, item->id, w->args->request_id,
                               w->args->fingerprint, json_text(&extra)));
}

static enum status promote_body(struct write *w, void *data)
{
    const struct promote_job *job = data;
    struct item_read read;
    const struct item_state *item = &read.state;
    struct step_row kept = {0};
    struct list titles = {0};
    enum parts_from from = 0;
    bool found = false;

    TRY(write_begin(w));
    write_queue_item(w, &job->ref, "shared", &read);
    tx_add(&w->tx, &q_step_row, PARAMS(REF_PARAMS(&job->ref)),
           INTO_FOUND(step_row_fields, &kept, &found));
    TRY(write_flush_item(w, &job->ref, &read));
    if (w->answered)
        return ST_OK;
    if (item->kind == KIND_TASK)
        return promote_unchanged(w, item);
    TRY(promote_rule(w->rq, item, job->args, &titles, &from));
    TRY(write_check_version(w, item->project->id, item->id, item->key, item->version.v));
    return promote_store(w, item, &titles, from, &kept);
}

enum status step_promote(struct req *rq, const struct promote_args *args,
                         struct promote_answer *ret_answer)
{
    struct promote_job job = {.args = args};

    TRY(ref_parse(rq, "step", args->step, &job.ref));
    return write_run(rq, &args->write, INTO(promote_answer_fields, ret_answer), promote_body, &job);
}
