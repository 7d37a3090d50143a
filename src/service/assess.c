#include "planner/service/assess.h"

#include "planner/service/complexity.h"
#include "planner/service/step_parts.h"

const char *const assess_role_names[] = {"server", "client", NULL};

/* What is told, and what the store says beside: its content becomes the analysis. */
#define ASSESS_TOLD                                                                                \
    ROW_BOOL(struct assess_answer, changed, REQUIRED),                                             \
        ROW_INT(struct assess_answer, change, OPTIONAL),                                           \
        ROW_STR(struct assess_answer, key, REQUIRED), ROW_STR(struct assess_answer, id, REQUIRED), \
        ROW_ENUM(struct assess_answer, kind, kind_names, REQUIRED),                                \
        ROW_STR(struct assess_answer, title, REQUIRED),                                            \
        ROW_STR(struct assess_answer, status, REQUIRED),                                           \
        ROW_STR(struct assess_answer, state, REQUIRED),                                            \
        ROW_NUM(struct assess_answer, progress, REQUIRED),                                         \
        ROW_INT(struct assess_answer, version, REQUIRED),                                          \
        ROW_STR(struct assess_answer, project, REQUIRED),                                          \
        ROW_NUM(struct assess_answer, threshold, REQUIRED),                                        \
        ROW_NUM(struct assess_answer, server_complexity, OPTIONAL),                                \
        ROW_NUM(struct assess_answer, client_complexity, OPTIONAL),                                \
        ROW_NUM(struct assess_answer, complexity_score, OPTIONAL),                                 \
        ROW_ENUM(struct assess_answer, promote_reason, promote_reason_names, OPTIONAL),            \
        ROW_BOOL(struct assess_answer, replayed, OPTIONAL)

const struct field assess_answer_fields[] = {
    ASSESS_TOLD,
    ROW_NUM(struct assess_answer, score, REQUIRED),
    ROW_STR(struct assess_answer, level, REQUIRED),
    ROW_ENUM(struct assess_answer, basis, basis_names, REQUIRED),
    ROW_BOOL(struct assess_answer, should_promote, REQUIRED),
    ROW_OBJ(struct assess_answer, analysis, analysis_fields, struct analysis, OPTIONAL),
    FIELD_END,
};

/* sql/queries/assess_read.sql */
static const struct field assess_row_fields[] = {
    ASSESS_TOLD,
    ROW_ENUM(struct assess_answer, basis, basis_names, OPTIONAL),
    ROW_BOOL(struct assess_answer, should_promote, OPTIONAL),
    ROW_STR(struct assess_answer, content, OPTIONAL),
    FIELD_END,
};

struct assess_job {
    const struct assess_args *args;
    struct ref ref;
    int role;
};

static enum status find_role(struct req *rq, int given, int *ret_role)
{
    *ret_role = given;
    if (given == 0 && rq->actor.role != NULL)
        *ret_role = field_choice_find(assess_role_names, rq->actor.role);
    if (*ret_role == 0)
        return req_fail(rq, ST_INVALID,
                        "'role' is missing and none is configured; say whose assessment it is, "
                        "server or client");
    return ST_OK;
}

static enum status not_a_step(struct req *rq, const char *key, int kind)
{
    return req_fail(rq, ST_INVALID, "'step': %s is a %s; name a step", key,
                    field_choice(kind_names, kind));
}

/* The analysis is the score; what the roles said is told beside it and still counts. */
static enum status analyse(struct req *rq, struct assess_answer *row)
{
    struct analysis *analysis = ARENA_NEW(rq->arena, struct analysis);

    if (row->kind != KIND_STEP)
        return not_a_step(rq, row->key, row->kind);
    if (row->content == NULL)
        return req_fail(rq, ST_NOT_READY, "%s has no content to analyse yet (submit_step %s)",
                        row->key, row->key);
    analysis_make(rq->arena, row->content, analysis);
    if (row->basis == AGREE_ANALYSIS)
        row->complexity_score = (struct opt_num){0};
    row->basis = AGREE_ANALYSIS;
    row->score = analysis->score;
    row->level = complexity_level(analysis->score.v);
    row->analysis = analysis;
    row->content = NULL;
    return ST_OK;
}

static enum status assess_read(struct req *rq, const struct ref *ref,
                               struct assess_answer *ret_answer)
{
    struct assess_answer row;
    bool found = false;

    TRY(db_read(rq, &q_assess_read, PARAMS(REF_PARAMS(ref)),
                INTO_FOUND(assess_row_fields, &row, &found)));
    if (!found)
        return ref_not_found(rq, ref);
    TRY(analyse(rq, &row));
    *ret_answer = row;
    return ST_OK;
}

static const char *assessment_json(struct req *rq, const struct assessment *assessment)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    field_encode(assessment_fields, assessment, &out);
    return json_text(&out);
}

static bool is_said_already(struct req *rq, const struct step_state *step, int role,
                            const struct assessment *assessment)
{
    const struct assessment *said =
        role == ASSESS_SERVER ? step->server_assessment : step->client_assessment;

    return said != NULL && strcmp(assessment_json(rq, said), assessment_json(rq, assessment)) == 0;
}

/* The state after it: the number is taken, but it is nobody's turn. */
static struct step_state assess_next(const struct step_state *step, int role,
                                     const struct assessment *assessment)
{
    const bool server = role == ASSESS_SERVER;
    struct step_state next = *step;

    next.last_number.v++;
    if (server)
        next.server_assessment_number = next.last_number;
    else
        next.client_assessment_number = next.last_number;
    complexity_score_step(server ? assessment : step->server_assessment,
                          server ? step->client_assessment : assessment, step->analysis, &next);
    return next;
}

/* The members of the answer that are about the step's size. */
static void tell_size(const struct item_state *item, const struct step_state *step,
                      struct assess_answer *answer)
{
    const double threshold = item->project->complexity_threshold.v;

    answer->score = step->complexity_score;
    answer->level = complexity_level(step->complexity_score.v);
    answer->basis = step->complexity_basis;
    answer->promote_reason = complexity_promote_reason(step, threshold);
    answer->should_promote = SOME_BOOL(answer->promote_reason != 0);
    answer->threshold = SOME_NUM(threshold);
    answer->server_complexity = step->server_complexity;
    answer->client_complexity = step->client_complexity;
}

static enum status assess_unchanged(struct write *w, const struct item_state *item)
{
    struct assess_answer *answer = w->answer.out;

    *answer = (struct assess_answer){
        .changed = SOME_BOOL(false),
        .key = item->key,
        .id = item->id,
        .kind = item->kind,
        .title = item->title,
        .status = field_choice(step_status_names, item->step->status),
        .state = field_choice(item_status_names, item->status),
        .progress = item->progress,
        .version = item->version,
        .project = item->project->slug,
    };
    tell_size(item, item->step, answer);
    return write_unchanged(w);
}

static const char *size_as_extra(struct req *rq, const struct item_state *item,
                                 const struct step_state *next)
{
    struct json_out out = JSON_OUT_IN(rq->arena);
    struct assess_answer a = {0};

    tell_size(item, next, &a);
    json_begin(&out, '{');
    json_put_num(&out, "score", a.score.v);
    json_put_str(&out, "level", a.level);
    json_put_str(&out, "basis", field_choice(basis_names, a.basis));
    json_put_bool(&out, "should_promote", a.should_promote.v);
    json_put_str(&out, "promote_reason", field_choice(promote_reason_names, a.promote_reason));
    json_put_num(&out, "threshold", a.threshold.v);
    if (a.server_complexity.set)
        json_put_num(&out, "server_complexity", a.server_complexity.v);
    if (a.client_complexity.set)
        json_put_num(&out, "client_complexity", a.client_complexity.v);
    json_end(&out, '}');
    return json_text(&out);
}

static enum status assess_store(struct write *w, const struct item_state *item,
                                const struct assess_job *job)
{
    const struct assessment *assessment = job->args->assessment;
    const struct step_state next = assess_next(item->step, job->role, assessment);

    w->role = field_choice(assess_role_names, job->role);
    step_queue_iteration(w, item,
                         &(struct iteration_new){
                             .number = next.last_number.v,
                             .action = ACTION_ASSESS,
                             .role = w->role,
                             .assessment = assessment,
                         });
    step_queue_state(w, item, &next);
    write_audit(w, "step", item->id, "assessed", step_diff_json(w->rq, item->step, &next, false),
                step_diff_json(w->rq, item->step, &next, true));
    return write_commit_item(w, item, size_as_extra(w->rq, item, &next));
}

static enum status assess_body(struct write *w, void *data)
{
    const struct assess_job *job = data;
    struct item_state item;

    TRY(write_begin(w));
    TRY(write_read_item(w, &job->ref, "shared", &item));
    if (w->answered)
        return ST_OK;
    TRY(step_check_open(w->rq, "step", &item));
    if (is_said_already(w->rq, item.step, job->role, job->args->assessment))
        return assess_unchanged(w, &item);
    TRY(write_check_version(w, item.project->id, item.id, item.key, item.version.v));
    return assess_store(w, &item, job);
}

enum status step_assess(struct req *rq, const struct assess_args *args,
                        struct assess_answer *ret_answer)
{
    struct assess_job job = {.args = args};

    TRY(ref_parse(rq, "step", args->step, &job.ref));
    if (args->assessment == NULL)
        return assess_read(rq, &job.ref, ret_answer);
    TRY(complexity_check_breakdown(rq, "assessment.breakdown", &args->assessment->breakdown));
    TRY(find_role(rq, args->role, &job.role));
    return write_run(rq, &args->write, INTO(assess_answer_fields, ret_answer), assess_body, &job);
}
