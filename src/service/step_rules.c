/* The state machine of SPEC 2, without a database. */
#include "planner/base/clock.h"
#include "planner/service/complexity.h"
#include "planner/service/step_parts.h"

const char *const decision_names[] = {"approve", "revise", "counter", NULL};

enum status step_check_open(struct req *rq, const char *arg, const struct item_state *item)
{
    if (item->step == NULL)
        return req_fail(rq, ST_INVALID, "'%s': %s is a %s; name a step", arg, item->key,
                        field_choice(kind_names, item->kind));
    if (item->status != ITEM_OPEN)
        return req_fail(rq, ST_CONFLICT,
                        "%s is %s; reopen it first (complete_step with outcome reopen)", item->key,
                        field_choice(item_status_names, item->status));
    return ST_OK;
}

static bool is_final(const struct step_state *step)
{
    return step->status == STEP_AGREED || step->status == STEP_USER_RESOLUTION;
}

/* A submission or review is recorded: it gets the next number, and the state follows from it. */
static void take_turn(struct step_state *next)
{
    next->last_number.v++;
    next->turn_number = SOME_INT(next->last_number.v);
}

static enum status check_assessment(struct req *rq, const struct assessment *assessment)
{
    if (assessment == NULL)
        return ST_OK;
    return complexity_check_breakdown(rq, "assessment.breakdown", &assessment->breakdown);
}

static enum status check_not_disputed(struct req *rq, const struct item_state *item)
{
    if (item->step->status != STEP_DISPUTED)
        return ST_OK;
    return req_fail(rq, ST_CONFLICT, "%s is disputed and a human decides (resolve_dispute %s)",
                    item->key, item->key);
}

static enum status check_author(struct req *rq, const struct item_state *item, const char *author)
{
    if (!item->project->separate_authors.v || author == NULL ||
        strcmp(author, rq->actor.agent) != 0)
        return ST_OK;
    return req_fail(rq, ST_CONFLICT,
                    "%s wants separate authors and %s wrote what would become final of %s; another "
                    "agent has to approve it",
                    item->project->slug, author, item->key);
}

static enum status rule_accept(struct req *rq, const struct item_state *item,
                               const struct submit_args *args, struct step_move *ret_move)
{
    const struct step_state *step = item->step;
    struct step_move move = {.next = *step, .action = ACTION_ACCEPT, .role = "server"};

    if (args->content != NULL)
        return req_fail(rq, ST_INVALID,
                        "'content' and 'accept' exclude each other: accept takes the client's "
                        "version as it is");
    if (step->status != STEP_SERVER_DRAFT || step->last_action != ACTION_COUNTER)
        return req_fail(rq, ST_CONFLICT,
                        "'accept': %s has no counter waiting; submit_step with content instead",
                        item->key);
    TRY(check_author(rq, item, step->client_agent));
    move.audit = "agreed";
    take_turn(&move.next);
    move.next.status = STEP_AGREED;
    move.next.final_number = step->client_number;
    move.next.client_approved = SOME_BOOL(true);
    if (args->assessment != NULL)
        move.next.server_assessment_number = move.next.last_number;
    complexity_score_step(args->assessment != NULL ? args->assessment : step->server_assessment,
                          step->client_assessment, step->client_analysis, &move.next);
    *ret_move = move;
    return ST_OK;
}

/* May new content come now? And if it starts over, the step begins at round one again. */
static enum status rule_reopen(struct req *rq, const struct item_state *item,
                               const struct submit_args *args, struct step_state *next)
{
    if (is_final(item->step) && !args->reopen.v)
        return req_fail(rq, ST_CONFLICT,
                        "%s has final content already (%s); submit with reopen true to start over",
                        item->key, field_choice(step_status_names, item->step->status));
    if (!args->reopen.v)
        return ST_OK;
    if (!is_final(item->step))
        return req_fail(rq, ST_CONFLICT,
                        "'reopen': %s has no final content to reopen; leave it out", item->key);
    next->iteration_count = SOME_INT(0);
    next->max_iterations_reached = SOME_BOOL(false);
    next->client_number = (struct opt_int){0};
    return ST_OK;
}

enum status step_rule_submit(struct req *rq, const struct item_state *item,
                             const struct submit_args *args, struct step_move *ret_move)
{
    const bool ready = !args->ready.set || args->ready.v;
    struct step_move move = {.action = ACTION_SUBMIT, .role = "server", .audit = "submitted"};

    TRY(check_assessment(rq, args->assessment));
    TRY(step_check_open(rq, "step", item));
    TRY(check_not_disputed(rq, item));
    if (args->accept.v)
        return rule_accept(rq, item, args, ret_move);
    if (args->content == NULL)
        return req_fail(rq, ST_INVALID, "'content' is missing; give the draft of %s", item->key);
    move.next = *item->step;
    TRY(rule_reopen(rq, item, args, &move.next));
    move.content = args->content;
    take_turn(&move.next);
    move.next.status = ready ? STEP_CLIENT_REVIEW : STEP_SERVER_DRAFT;
    move.next.server_ready = SOME_BOOL(ready);
    move.next.client_approved = SOME_BOOL(false);
    move.next.server_number = SOME_INT(move.next.last_number.v);
    move.next.final_number = (struct opt_int){0};
    move.next.client_assessment_number = (struct opt_int){0};
    move.next.server_assessment_number =
        args->assessment == NULL ? (struct opt_int){0} : move.next.last_number;
    move.analysis = complexity_of_text(rq->arena, args->content);
    complexity_score_step(args->assessment, NULL, move.analysis, &move.next);
    *ret_move = move;
    return ST_OK;
}

static enum status check_under_review(struct req *rq, const struct item_state *item)
{
    const char *key = item->key;

    TRY(check_not_disputed(rq, item));
    switch (item->step->status) {
    case STEP_CLIENT_REVIEW:
        return ST_OK;
    case STEP_PENDING:
        return req_fail(rq, ST_NOT_READY, "%s has no draft to review yet (submit_step %s)", key,
                        key);
    case STEP_SERVER_DRAFT:
        return req_fail(rq, ST_NOT_READY,
                        "%s is with the server role, which submits the next draft (submit_step %s)",
                        key, key);
    default:
        return req_fail(
            rq, ST_CONFLICT,
            "%s has final content already (%s) and nothing to review; complete_step %s, or submit_step with reopen true",
            key, field_choice(step_status_names, item->step->status), key);
    }
}

static enum status check_draft(struct req *rq, const struct item_state *item,
                               const struct review_args *args)
{
    const struct step_state *step = item->step;

    if (!args->draft.set || args->draft.v == step->server_number.v)
        return ST_OK;
    if (args->draft.v > step->server_number.v)
        return req_fail(rq, ST_CONFLICT, "'draft': %s has no draft %lld; the current one is %lld",
                        item->key, (long long)args->draft.v, (long long)step->server_number.v);
    return req_fail(rq, ST_CONFLICT,
                    "'draft': draft %lld was replaced by draft %lld (%s, %s); review that one",
                    (long long)args->draft.v, (long long)step->server_number.v, step->last_agent,
                    clock_local(rq->arena, step->last_at.v));
}

static enum status check_review_args(struct req *rq, const struct review_args *args)
{
    if (args->decision == REVIEW_REVISE && args->feedback == NULL)
        return req_fail(rq, ST_INVALID, "'feedback' is missing; revise says what has to change");
    if (args->decision == REVIEW_REVISE && args->content != NULL)
        return req_fail(rq, ST_INVALID,
                        "'content' goes with approve or counter; revise takes only feedback");
    if (args->decision == REVIEW_COUNTER && args->content == NULL)
        return req_fail(rq, ST_INVALID,
                        "'content' is missing; counter brings a version of its own");
    return ST_OK;
}

static enum status rule_approve(struct req *rq, const struct item_state *item,
                                const struct review_args *args, struct step_move *move)
{
    const bool own = args->content != NULL;

    if (own && item->project->separate_authors.v)
        return req_fail(rq, ST_CONFLICT,
                        "%s wants separate authors and 'content' is your own version of %s; send "
                        "it as a counter, for the server role to accept",
                        item->project->slug, item->key);
    TRY(check_author(rq, item, item->step->server_agent));
    move->action = ACTION_APPROVE;
    move->audit = "agreed";
    move->next.status = STEP_AGREED;
    move->next.client_approved = SOME_BOOL(true);
    move->next.final_number = own ? move->next.last_number : item->step->server_number;
    if (own)
        move->next.client_number = move->next.last_number;
    return ST_OK;
}

/* A revise or counter: one round more, and perhaps the last one. */
static void rule_send_back(const struct item_state *item, const struct review_args *args,
                           struct step_move *move)
{
    const bool counter = args->decision == REVIEW_COUNTER;

    move->action = counter ? ACTION_COUNTER : ACTION_REVISE;
    move->audit = "reviewed";
    move->next.status = STEP_SERVER_DRAFT;
    move->next.server_ready = SOME_BOOL(false);
    move->next.iteration_count.v++;
    if (counter)
        move->next.client_number = move->next.last_number;
    if (move->next.iteration_count.v >= item->project->max_iterations.v) {
        move->next.status = STEP_DISPUTED;
        move->next.max_iterations_reached = SOME_BOOL(true);
        move->disputed = true;
    }
}

/* A version of the client's own is new content: what was said before was about another one. */
static void assess_review(const struct step_state *was, const struct review_args *args,
                          struct step_move *move)
{
    struct step_state *next = &move->next;
    const bool final = args->decision == REVIEW_APPROVE;
    const bool stale = args->content != NULL;
    const struct assessment *client = args->assessment;

    if (stale)
        next->server_assessment_number = (struct opt_int){0};
    if (client != NULL)
        next->client_assessment_number = next->last_number;
    else if (stale)
        next->client_assessment_number = (struct opt_int){0};
    else
        client = was->client_assessment;
    complexity_score_step(stale ? NULL : was->server_assessment, client,
                          stale && final ? move->analysis : was->analysis, next);
}

enum status step_rule_review(struct req *rq, const struct item_state *item,
                             const struct review_args *args, struct step_move *ret_move)
{
    struct step_move move = {.role = "client", .content = args->content};

    TRY(check_review_args(rq, args));
    TRY(check_assessment(rq, args->assessment));
    TRY(step_check_open(rq, "step", item));
    TRY(check_under_review(rq, item));
    TRY(check_draft(rq, item, args));
    move.next = *item->step;
    take_turn(&move.next);
    move.analysis = complexity_of_text(rq->arena, args->content);
    assess_review(item->step, args, &move);
    if (args->decision == REVIEW_APPROVE)
        TRY(rule_approve(rq, item, args, &move));
    else
        rule_send_back(item, args, &move);
    *ret_move = move;
    return ST_OK;
}
