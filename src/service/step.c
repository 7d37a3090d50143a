/* submit_step and review_step, and how any change of a step is stored. */
#include "planner/service/claim.h"
#include "planner/service/complexity.h"
#include "planner/service/step_parts.h"

void step_queue_iteration(struct write *w, const struct item_state *item,
                          const struct iteration_new *iteration)
{
    struct req *rq = w->rq;
    struct json_out assessment = JSON_OUT_IN(rq->arena);

    if (iteration->assessment != NULL)
        field_encode(assessment_fields, iteration->assessment, &assessment);
    tx_add(&w->tx, &q_iteration_add,
           PARAMS(item->project->id, item->id, param_int(rq, iteration->number),
                  field_choice(action_names, (int)iteration->action), iteration->role,
                  rq->actor.agent, iteration->content, iteration->feedback, iteration->reasoning,
                  iteration->assessment == NULL ? NULL : json_text(&assessment),
                  complexity_json(rq, iteration->analysis)),
           INTO_NOTHING);
}

void step_queue_state(struct write *w, const struct item_state *item, const struct step_state *next)
{
    struct req *rq = w->rq;
    const bool disputed = next->status == STEP_DISPUTED;
    const bool needs_final = item->project->require_review.v && !next->final_number.set;

    tx_add(&w->tx, &q_step_save,
           PARAMS(item->project->id, item->id, field_choice(step_status_names, next->status),
                  param_opt_int(rq, next->last_number), param_opt_int(rq, next->iteration_count),
                  param_opt_bool(next->max_iterations_reached), param_opt_bool(next->server_ready),
                  param_opt_bool(next->client_approved), param_opt_int(rq, next->server_number),
                  param_opt_int(rq, next->client_number), param_opt_int(rq, next->final_number),
                  param_opt_num(rq, next->server_complexity),
                  param_opt_num(rq, next->client_complexity),
                  param_opt_num(rq, next->agreed_complexity),
                  param_opt_num(rq, next->complexity_score), param_opt_bool(next->assessed_promote),
                  param_opt_int(rq, next->turn_number),
                  param_opt_int(rq, next->server_assessment_number),
                  param_opt_int(rq, next->client_assessment_number),
                  field_choice(basis_names, next->complexity_basis)),
           INTO_NOTHING);
    tx_add(&w->tx, &q_item_touch,
           PARAMS(item->project->id, item->id, param_bool(disputed), param_bool(needs_final),
                  param_opt_num(rq, complexity_promote_score(next))),
           INTO_NOTHING);
    if (disputed != item->disputed.v || needs_final != item->needs_final.v)
        write_settle(w, item);
}

static void diff_int(struct json_out *out, const char *name, struct opt_int from, struct opt_int to,
                     bool want_new)
{
    const struct opt_int value = want_new ? to : from;

    if (from.set == to.set && from.v == to.v)
        return;
    json_key(out, name);
    if (value.set)
        json_int(out, value.v);
    else
        json_null(out);
}

static void diff_num(struct json_out *out, const char *name, struct opt_num from, struct opt_num to,
                     bool want_new)
{
    const struct opt_num value = want_new ? to : from;

    if (from.set == to.set && from.v == to.v)
        return;
    json_key(out, name);
    if (value.set)
        json_num(out, value.v);
    else
        json_null(out);
}

static void diff_bool(struct json_out *out, const char *name, struct opt_bool from,
                      struct opt_bool to, bool want_new)
{
    if (from.set == to.set && from.v == to.v)
        return;
    json_key(out, name);
    if (want_new ? to.set : from.set)
        json_bool(out, want_new ? to.v : from.v);
    else
        json_null(out);
}

static void diff_basis(struct json_out *out, int basis)
{
    json_key(out, "complexity_basis");
    if (basis == 0)
        json_null(out);
    else
        json_str(out, field_choice(basis_names, basis));
}

const char *step_diff_json(struct req *rq, const struct step_state *from,
                           const struct step_state *to, bool want_new)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

#define DIFF(kind, member) diff_##kind(&out, #member, from->member, to->member, want_new)
    json_begin(&out, '{');
    if (from->status != to->status)
        json_put_str(&out, "status",
                     field_choice(step_status_names, want_new ? to->status : from->status));
    DIFF(int, last_number);
    DIFF(int, iteration_count);
    DIFF(bool, max_iterations_reached);
    DIFF(bool, server_ready);
    DIFF(bool, client_approved);
    DIFF(int, turn_number);
    DIFF(int, server_number);
    DIFF(int, client_number);
    DIFF(int, final_number);
    DIFF(int, server_assessment_number);
    DIFF(int, client_assessment_number);
    DIFF(num, server_complexity);
    DIFF(num, client_complexity);
    DIFF(num, agreed_complexity);
    DIFF(num, complexity_score);
    if (from->complexity_basis != to->complexity_basis)
        diff_basis(&out, want_new ? to->complexity_basis : from->complexity_basis);
    DIFF(bool, assessed_promote);
    json_end(&out, '}');
#undef DIFF
    return json_text(&out);
}

static void audit_move(struct write *w, const struct item_state *item, const struct step_move *move)
{
    write_audit(w, "step", item->id, move->audit,
                step_diff_json(w->rq, item->step, &move->next, false),
                step_diff_json(w->rq, item->step, &move->next, true));
}

/* A review that used up the rounds opens the dispute in its own transaction. */
static const char *queue_dispute(struct write *w, const struct item_state *item,
                                 const struct step_move *move)
{
    struct req *rq = w->rq;
    const char *id = uuid_new(rq->uuids, rq->arena);
    struct json_out made = JSON_OUT_IN(rq->arena);
    const struct step_state *next = &move->next;

    tx_add(&w->tx, &q_dispute_add,
           PARAMS(item->project->id, id, item->id, param_int(rq, next->iteration_count.v),
                  param_opt_int(rq, next->server_number), param_opt_int(rq, next->client_number),
                  param_int(rq, next->last_number.v)),
           INTO_NOTHING);
    json_begin(&made, '{');
    json_put_str(&made, "step_id", item->id);
    json_put_int(&made, "server_number", next->server_number.v);
    if (next->client_number.set)
        json_put_int(&made, "client_number", next->client_number.v);
    json_put_int(&made, "review_number", next->last_number.v);
    json_put_int(&made, "rounds", next->iteration_count.v);
    json_end(&made, '}');
    write_audit(w, "dispute", id, "disputed", NULL, json_text(&made));
    return id;
}

static const char *move_as_extra(struct req *rq, const struct item_state *item,
                                 const struct step_move *move, const char *dispute)
{
    const struct step_state *next = &move->next;
    const bool sent = move->action == ACTION_SUBMIT;
    const int64_t round = next->iteration_count.v +
                          (sent || move->action == ACTION_APPROVE || move->action == ACTION_ACCEPT);
    const int64_t limit = item->project->max_iterations.v; /* may have been lowered below that */
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    if (move->action != ACTION_APPROVE || move->content == NULL) /* else no draft is final */
        json_put_int(&out, "draft", sent ? next->last_number.v : next->server_number.v);
    json_put_int(&out, "round", round);
    json_put_int(&out, "rounds", round > limit ? round : limit);
    json_put_str(&out, "decision", field_choice(action_names, (int)move->action));
    json_put_str(&out, "dispute", dispute);
    complexity_put(&out, next, item->project->complexity_threshold.v);
    json_end(&out, '}');
    return json_text(&out);
}

static enum status store_move(struct write *w, const struct item_state *item,
                              const struct step_move *move, const struct iteration_new *iteration)
{
    const char *dispute = NULL;

    step_queue_iteration(w, item, iteration);
    step_queue_state(w, item, &move->next);
    audit_move(w, item, move);
    if (move->disputed)
        dispute = queue_dispute(w, item, move);
    return write_commit_item(w, item, move_as_extra(w->rq, item, move, dispute));
}

/* A submission or a review: the rule differs, the way into the store is one. */
struct step_job {
    const struct submit_args *submit; /* one of the two */
    const struct review_args *review;
    struct ref ref;
    const char *feedback, *reasoning;
    const struct assessment *assessment;
};

static enum status apply_rule(struct req *rq, const struct item_state *item,
                              const struct step_job *job, struct step_move *ret_move)
{
    if (job->submit != NULL)
        return step_rule_submit(rq, item, job->submit, ret_move);
    return step_rule_review(rq, item, job->review, ret_move);
}

/* A claim keeps other hands off the content; a review needs none. */
static enum status check_token(struct req *rq, const struct item_state *item,
                               const struct step_job *job)
{
    return job->submit == NULL ? ST_OK : claim_rule_token(rq, item, job->submit->token);
}

static enum status step_body(struct write *w, void *data)
{
    const struct step_job *job = data;
    struct item_state item;
    struct step_move move;

    TRY(write_begin(w));
    TRY(write_read_item(w, &job->ref, "shared", &item));
    if (w->answered)
        return ST_OK;
    TRY(check_token(w->rq, &item, job));
    TRY(write_check_version(w, item.project->id, item.id, item.key, item.version.v));
    TRY(apply_rule(w->rq, &item, job, &move));
    w->role = move.role;
    if (job->submit != NULL)
        claim_queue_renew(w, &item, job->submit->token);
    return store_move(w, &item, &move,
                      &(struct iteration_new){
                          .number = move.next.last_number.v,
                          .action = move.action,
                          .role = move.role,
                          .content = move.content,
                          .feedback = job->feedback,
                          .reasoning = job->reasoning,
                          .assessment = job->assessment,
                          .analysis = move.analysis,
                      });
}

enum status step_submit(struct req *rq, const struct submit_args *args,
                        struct item_answer *ret_answer)
{
    struct step_job job = {
        .submit = args, .reasoning = args->reasoning, .assessment = args->assessment};

    TRY(ref_parse(rq, "step", args->step, &job.ref));
    return write_run(rq, &args->write, INTO(collaboration_fields, ret_answer), step_body, &job);
}

enum status step_review(struct req *rq, const struct review_args *args,
                        struct item_answer *ret_answer)
{
    struct step_job job = {.review = args,
                           .feedback = args->feedback,
                           .reasoning = args->reasoning,
                           .assessment = args->assessment};

    TRY(ref_parse(rq, "step", args->step, &job.ref));
    return write_run(rq, &args->write, INTO(collaboration_fields, ret_answer), step_body, &job);
}
