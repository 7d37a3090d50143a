#include "planner/service/dispute.h"

#include "planner/base/clock.h"
#include "planner/service/complexity.h"
#include "planner/service/page.h"
#include "planner/service/project.h"
#include "planner/service/step_parts.h"

/* sql/queries/dispute_state.sql */
struct dispute_state {
    const char *id, *resolved_by, *resolved_at;
    int status, user_resolution;
    struct opt_int rounds, server_number, client_number, review_number;
};
static const struct field dispute_state_fields[] = {
    ROW_STR(struct dispute_state, id, REQUIRED),
    ROW_ENUM(struct dispute_state, status, dispute_status_names, REQUIRED),
    ROW_INT(struct dispute_state, rounds, REQUIRED),
    ROW_INT(struct dispute_state, server_number, REQUIRED),
    ROW_INT(struct dispute_state, client_number, OPTIONAL),
    ROW_INT(struct dispute_state, review_number, REQUIRED),
    ROW_ENUM(struct dispute_state, user_resolution, resolution_names, OPTIONAL),
    ROW_STR(struct dispute_state, resolved_by, OPTIONAL),
    ROW_STR(struct dispute_state, resolved_at, OPTIONAL),
    FIELD_END,
};

/* sql/queries/state_check.sql */
struct seal_row {
    struct opt_bool sealed, in_time;
    const char *dispute;
};
static const struct field seal_fields[] = {
    ROW_BOOL(struct seal_row, sealed, REQUIRED),
    ROW_STR(struct seal_row, dispute, REQUIRED),
    ROW_BOOL(struct seal_row, in_time, REQUIRED),
    FIELD_END,
};

struct resolve_job {
    const struct resolve_args *args;
    struct ref ref;
    struct dispute_claim claim; /* of the question's state; all NULL without one */
};

static enum status state_wrong(struct req *rq)
{
    return req_fail(rq, ST_BAD_STATE,
                    "'requestState' is not the one of this question or has expired; call "
                    "resolve_dispute again to ask anew");
}

enum status dispute_state_read(struct req *rq, const char *state, struct dispute_claim *ret_claim)
{
    char *payload = arena_strdup(rq->arena, state);
    char *seal = strrchr(payload, ':');
    const char *expiry = NULL;
    const char *id = NULL;

    if (strlen(state) > 200 || seal == NULL)
        return state_wrong(rq);
    *seal++ = '\0';
    expiry = strchr(payload, ':');
    if (expiry == NULL || strlen(expiry + 1) > 12 || expiry[1] == '\0' ||
        strspn(expiry + 1, "0123456789") != strlen(expiry + 1))
        return state_wrong(rq);
    id = arena_copy(rq->arena, payload, (size_t)(expiry - payload));
    if (!uuid_is_text(id))
        return state_wrong(rq);
    *ret_claim = (struct dispute_claim){
        .payload = payload, .seal = seal, .expiry = expiry + 1, .dispute_id = id};
    return ST_OK;
}

static enum status already_resolved(struct req *rq, const char *key, const char *resolved_by,
                                    int resolution, const char *resolved_at)
{
    return req_fail(
        rq, ST_CONFLICT,
        "the dispute of %s was resolved already (%s, by %s, %s); get_item %s has what is final",
        key, field_choice(resolution_names, resolution), resolved_by,
        clock_local(rq->arena, clock_parse_iso(resolved_at)), key);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* A person is asked again; a model that was told of their form's fields would fill them in. */
enum status dispute_form_wrong(struct req *rq, const char *why)
{
    return req_fail(rq, ST_INVALID,
                    "%s; nothing was changed, call again without 'resolution' to ask once more",
                    why);
}

static enum status check_form(struct req *rq, const struct resolve_args *args, bool has_client,
                              bool wants_content, bool has_content)
{
    const char *choice = field_choice(resolution_names, args->resolution);

    if (args->resolution == RESOLVE_CLIENT && !has_client)
        return dispute_form_wrong(rq, "the human chose client, which gave no version of its own");
    if (wants_content && !has_content)
        return dispute_form_wrong(
            rq, arena_printf(rq->arena, "the human chose %s without content", choice));
    if (!wants_content && has_content)
        return dispute_form_wrong(
            rq, arena_printf(rq->arena, "the human chose %s and wrote content, too", choice));
    return ST_OK;
}

static enum status check_call(struct req *rq, const struct item_state *item,
                              const struct resolve_args *args, bool has_client, bool wants_content,
                              bool has_content)
{
    const char *choice = field_choice(resolution_names, args->resolution);

    if (item->project->human_only.v && !req_is_user(rq))
        return req_fail(rq, ST_CONFLICT,
                        "%s lets only a human resolve disputes; leave 'resolution' out so that the "
                        "client asks its user, or start the server with --role user or --user NAME",
                        item->project->slug);
    if (args->resolution == RESOLVE_CLIENT && !has_client)
        return req_fail(rq, ST_INVALID,
                        "'resolution': the client role gave no version of its own of %s; choose "
                        "server, custom or hybrid",
                        item->key);
    if (wants_content && !has_content)
        return req_fail(rq, ST_INVALID, "'content' is missing; %s brings the content to use",
                        choice);
    if (!wants_content && has_content)
        return req_fail(rq, ST_INVALID,
                        "'content' goes with custom or hybrid; %s takes that role's version as it "
                        "is",
                        choice);
    return ST_OK;
}

static enum status check_resolution(struct req *rq, const struct item_state *item,
                                    const struct dispute_state *dispute,
                                    const struct resolve_args *args)
{
    const bool wants_content =
        args->resolution == RESOLVE_CUSTOM || args->resolution == RESOLVE_HYBRID;
    /* White space is nothing where content is wanted, and something where none belongs. */
    const bool has_content = args->content != NULL && args->content[0] != '\0' &&
                             !(wants_content && is_blank(args->content));

    if (dispute->status == DISPUTE_RESOLVED)
        return already_resolved(rq, item->key, dispute->resolved_by, dispute->user_resolution,
                                dispute->resolved_at);
    if (args->state != NULL)
        return check_form(rq, args, dispute->client_number.set, wants_content, has_content);
    return check_call(rq, item, args, dispute->client_number.set, wants_content, has_content);
}

static const char *resolved_by(const struct req *rq, const struct resolve_args *args)
{
    if (rq->actor.user != NULL)
        return rq->actor.user;
    return args->state != NULL ? "user" : rq->actor.agent;
}

static const char *resolved_json(struct req *rq, const struct resolve_args *args, int64_t number)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "status", "resolved");
    json_put_str(&out, "user_resolution", field_choice(resolution_names, args->resolution));
    json_put_int(&out, "resolved_number", number);
    json_put_str(&out, "resolved_by", resolved_by(rq, args));
    json_put_str(&out, "via", args->state != NULL ? "elicitation" : "explicit");
    json_end(&out, '}');
    return json_text(&out);
}

static const char *resolution_extra(struct req *rq, const struct resolve_args *args,
                                    const char *dispute)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "dispute", dispute);
    json_put_str(&out, "resolution", field_choice(resolution_names, args->resolution));
    json_put_str(&out, "resolved_by", resolved_by(rq, args));
    json_end(&out, '}');
    return json_text(&out);
}

/* The step's next state; the number of the iteration with the final content is in it. */
static struct step_state resolve_next(const struct item_state *item,
                                      const struct dispute_state *dispute, int resolution)
{
    struct step_state next = *item->step;

    next.status = STEP_USER_RESOLUTION;
    next.last_number.v++;
    next.turn_number = next.last_number;
    if (resolution == RESOLVE_SERVER)
        next.final_number = dispute->server_number;
    else if (resolution == RESOLVE_CLIENT)
        next.final_number = dispute->client_number;
    else
        next.final_number = next.last_number;
    return next;
}

/* What a person wrote is new content; a version that was there keeps what was said about it. */
static void resolve_score(const struct step_state *was, int resolution,
                          const struct content_analysis *own, struct step_state *next)
{
    if (own == NULL) {
        complexity_score_step(was->server_assessment, was->client_assessment,
                              resolution == RESOLVE_CLIENT ? was->client_analysis : was->analysis,
                              next);
        return;
    }
    next->server_assessment_number = next->client_assessment_number = (struct opt_int){0};
    complexity_score_step(NULL, NULL, own, next);
}

static enum status resolve_store(struct write *w, const struct item_state *item,
                                 const struct dispute_state *dispute,
                                 const struct resolve_args *args)
{
    struct req *rq = w->rq;
    const bool own = args->content != NULL && args->content[0] != '\0';
    const struct content_analysis *analysis =
        complexity_of_text(rq->arena, own ? args->content : NULL);
    struct step_state next = resolve_next(item, dispute, args->resolution);

    resolve_score(item->step, args->resolution, analysis, &next);
    if (args->state != NULL) { /* a person answered a form: it is their decision */
        w->role = "user";
        w->user = resolved_by(rq, args);
    }

    step_queue_iteration(w, item,
                         &(struct iteration_new){
                             .number = next.last_number.v,
                             .action = ACTION_RESOLVE,
                             .role = "user",
                             .content = own ? args->content : NULL,
                             .reasoning = args->reasoning,
                             .analysis = analysis,
                         });
    step_queue_state(w, item, &next);
    tx_add(&w->tx, &q_dispute_resolve,
           PARAMS(item->project->id, dispute->id, field_choice(resolution_names, args->resolution),
                  param_int(rq, next.final_number.v), resolved_by(rq, args),
                  args->state != NULL ? "elicitation" : "explicit"),
           INTO_NOTHING);
    write_audit(w, "dispute", dispute->id, "resolved", "{\"status\":\"pending\"}",
                resolved_json(rq, args, next.final_number.v));
    write_audit(w, "step", item->id, "resolved", step_diff_json(rq, item->step, &next, false),
                step_diff_json(rq, item->step, &next, true));
    return write_commit_item(w, item, resolution_extra(rq, args, dispute->id));
}

static enum status check_seal(struct req *rq, const struct seal_row *seal, const char *dispute_id)
{
    if (!seal->sealed.v || !seal->in_time.v || strcmp(seal->dispute, dispute_id) != 0)
        return state_wrong(rq);
    return ST_OK;
}

#define SEAL_PARAMS(claim, binding) \
    PARAMS((claim)->payload, (claim)->seal, (claim)->dispute_id, (claim)->expiry, (binding))

enum status dispute_check_state(struct req *rq, const char *state, const char *binding,
                                const char *dispute_id)
{
    struct dispute_claim claim;
    struct seal_row seal;

    TRY(dispute_state_read(rq, state, &claim));
    TRY(db_read(rq, &q_state_check, SEAL_PARAMS(&claim, binding), INTO(seal_fields, &seal)));
    return check_seal(rq, &seal, dispute_id);
}

static enum status resolve_body(struct write *w, void *data)
{
    const struct resolve_job *job = data;
    struct item_read read;
    const struct item_state *item = &read.state;
    struct dispute_state dispute;
    struct seal_row seal = {0};
    bool found = false;

    TRY(write_begin(w));
    if (job->claim.payload != NULL)
        tx_add(&w->tx, &q_state_check, SEAL_PARAMS(&job->claim, job->args->binding),
               INTO(seal_fields, &seal));
    write_queue_item(w, &job->ref, "shared", &read);
    tx_add(&w->tx, &q_dispute_state, PARAMS(REF_PARAMS(&job->ref)),
           INTO_FOUND(dispute_state_fields, &dispute, &found));
    TRY(write_flush_item(w, &job->ref, &read));
    if (w->answered)
        return ST_OK;
    if (!found)
        return dispute_missing(w->rq, item->key);
    if (job->claim.payload != NULL)
        TRY(check_seal(w->rq, &seal, dispute.id));
    TRY(write_check_version(w, item->project->id, item->id, item->key, item->version.v));
    TRY(check_resolution(w->rq, item, &dispute, job->args));
    TRY(step_check_open(w->rq, "dispute", item));
    return resolve_store(w, item, &dispute, job->args);
}

enum status dispute_resolve(struct req *rq, const struct resolve_args *args,
                            struct item_answer *ret_answer)
{
    struct resolve_job job = {.args = args};

    TRY(ref_parse(rq, "dispute", args->dispute, &job.ref));
    if (args->state != NULL)
        TRY(dispute_state_read(rq, args->state, &job.claim));
    return write_run(rq, &args->write, INTO(resolution_answer_fields, ret_answer), resolve_body,
                     &job);
}

static const struct field question_fields[] = {
    ROW_STR(struct dispute_question, id, REQUIRED),
    ROW_ENUM(struct dispute_question, status, dispute_status_names, REQUIRED),
    ROW_ENUM(struct dispute_question, project_status, project_status_names, REQUIRED),
    ROW_ENUM(struct dispute_question, step_status, item_status_names, REQUIRED),
    ROW_INT(struct dispute_question, rounds, REQUIRED),
    ROW_BOOL(struct dispute_question, human_only, REQUIRED),
    ROW_STR(struct dispute_question, key, REQUIRED),
    ROW_STR(struct dispute_question, title, REQUIRED),
    ROW_STR(struct dispute_question, project, REQUIRED),
    ROW_STR(struct dispute_question, project_name, REQUIRED),
    ROW_STR(struct dispute_question, task, REQUIRED),
    ROW_STR(struct dispute_question, task_title, REQUIRED),
    ROW_STR(struct dispute_question, objective, OPTIONAL),
    ROW_STR(struct dispute_question, server_content, REQUIRED),
    ROW_STR(struct dispute_question, server_reasoning, OPTIONAL),
    ROW_STR(struct dispute_question, server_agent, REQUIRED),
    ROW_STR(struct dispute_question, client_content, OPTIONAL),
    ROW_STR(struct dispute_question, client_reasoning, OPTIONAL),
    ROW_STR(struct dispute_question, client_agent, REQUIRED),
    ROW_STR(struct dispute_question, feedback, OPTIONAL),
    ROW_ENUM(struct dispute_question, user_resolution, resolution_names, OPTIONAL),
    ROW_STR(struct dispute_question, resolved_by, OPTIONAL),
    ROW_STR(struct dispute_question, resolved_at, OPTIONAL),
    ROW_STR(struct dispute_question, state, REQUIRED),
    FIELD_END,
};

/* Nobody is asked what could not be stored then. */
static enum status check_askable(struct req *rq, const struct dispute_question *q)
{
    if (q->project_status == PROJECT_ARCHIVED)
        return write_archived(rq, q->project);
    if (q->step_status != ITEM_OPEN)
        return req_fail(rq, ST_CONFLICT,
                        "%s is %s; reopen it first (complete_step with outcome reopen)", q->key,
                        field_choice(item_status_names, q->step_status));
    return ST_OK;
}

enum status dispute_ask(struct req *rq, const char *dispute, const char *binding,
                        struct dispute_question *ret_question)
{
    struct ref ref;
    struct dispute_question q;
    bool found = false;

    TRY(ref_parse(rq, "dispute", dispute, &ref));
    TRY(db_read(rq, &q_dispute_question,
                PARAMS(REF_PARAMS(&ref), param_int(rq, QUESTION_TTL_SECONDS), binding),
                INTO_FOUND(question_fields, &q, &found)));
    if (!found)
        return dispute_missing_at(rq, &ref);
    if (q.status == DISPUTE_RESOLVED)
        return already_resolved(rq, q.key, q.resolved_by, q.user_resolution, q.resolved_at);
    TRY(check_askable(rq, &q));
    *ret_question = q;
    return ST_OK;
}

enum status dispute_leave(struct req *rq, const struct dispute_question *question,
                          struct item_answer *ret_answer)
{
    return db_read(rq, &q_dispute_unchanged, PARAMS(question->id),
                   INTO(resolution_answer_fields, ret_answer));
}
