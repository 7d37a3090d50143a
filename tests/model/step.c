/* submit_step, review_step: two roles and the content of a step (SPEC 2). */
#include "model.h"

#include <stdlib.h>

static void free_tree(void *tree)
{
    cJSON_Delete(tree);
}

/* A list of titles, for as long as the model; an empty one is none. */
static const cJSON *keep_tree(struct model *m, const cJSON *tree)
{
    cJSON *copy = NULL;

    if (cJSON_GetArraySize(tree) == 0)
        return NULL;
    copy = cJSON_Duplicate(tree, true);
    arena_defer(&m->arena, free_tree, copy);
    return copy;
}

struct m_assessment m_assessment_of(struct m_call *call)
{
    const cJSON *a = json_get(call->args, "assessment");
    const cJSON *confidence = json_get(a, "confidence");
    struct json_out text = JSON_OUT_IN(&call->m->arena);

    if (a == NULL)
        return (struct m_assessment){0};
    json_tree(&text, a);
    return (struct m_assessment){
        .set = true,
        .text = json_text(&text),
        .breakdown = keep_tree(call->m, json_get(a, "breakdown")),
        .score = json_get(a, "score")->valuedouble,
        .confidence = confidence == NULL ? 0.5 : confidence->valuedouble,
        .promote = cJSON_IsTrue(json_get(a, "should_promote")),
    };
}

static bool is_final(const struct m_step *step)
{
    return step->status == M_AGREED || step->status == M_RESOLVED;
}

/* A step that is open and not disputed. */
void m_check_open(struct m_call *call, int item)
{
    const struct m_item *it = &call->m->items[item];

    if (it->kind != M_STEP) {
        m_refuse(call, M_INVALID, "no step");
        return;
    }
    if (it->status != M_OPEN)
        m_refuse(call, M_CONFLICT, "not open");
    if (it->step.status == M_DISPUTED)
        m_refuse(call, M_CONFLICT, "disputed");
}

static void check_author(struct m_call *call, const char *author)
{
    if (call->m->set.separate_authors && author != NULL && strcmp(author, call->agent) == 0)
        m_refuse(call, M_CONFLICT, "wrote it themselves");
}

/* `draft` 0: none is told. */
static cJSON *tell(struct m_call *call, int item, int draft, int round)
{
    cJSON *answer = m_answer_item(call, item);

    if (draft != 0)
        cJSON_AddNumberToObject(answer, "draft", draft);
    cJSON_AddNumberToObject(answer, "round", round);
    cJSON_AddNumberToObject(answer, "rounds",
                            round > call->m->set.max_iterations ? round
                                                                : call->m->set.max_iterations);
    return answer;
}

/* --- submit --- */

static void check_accept(struct m_call *call, int item)
{
    const struct m_step *step = &call->m->items[item].step;
    const struct m_iteration *last = &call->m->kept[item].iterations[step->turn];

    if (json_get(call->args, "content") != NULL)
        m_refuse(call, M_INVALID, "content with accept");
    if (step->status != M_DRAFT || step->turn == 0 || strcmp(last->action, "counter") != 0)
        m_refuse(call, M_CONFLICT, "no counter to accept");
    else
        check_author(call, last->agent);
}

static void check_submit(struct m_call *call, int item)
{
    const struct m_step *step = &call->m->items[item].step;

    if (m_flag(call, "accept", false)) {
        check_accept(call, item);
        return;
    }
    if (json_get(call->args, "content") == NULL)
        m_refuse(call, M_INVALID, "no content");
    if (is_final(step) != m_flag(call, "reopen", false))
        m_refuse(call, M_CONFLICT, "reopen goes with final content");
}

static void accept(struct m_call *call, int item)
{
    struct m_step *step = &call->m->items[item].step;

    (void)m_add_iteration(call, item,
                          (struct m_iteration){.action = "accept",
                                               .role = "server",
                                               .reasoning = m_arg(call, "reasoning"),
                                               .assessment = m_assessment_of(call)});
    step->status = M_AGREED;
    step->final = step->client;
    step->client_approved = true;
    step->turn = step->last;
    if (m_assessment_of(call).set)
        step->server_opinion = step->last;
    m_audit(call, "agreed", "step", item);
}

static void submit(struct m_call *call, int item)
{
    struct m_step *step = &call->m->items[item].step;
    const bool ready = m_flag(call, "ready", true);

    if (m_flag(call, "reopen", false)) {
        step->count = 0;
        step->reached = false;
        step->client = 0;
    }
    step->server = m_add_iteration(call, item,
                                   (struct m_iteration){.action = "submit",
                                                        .role = "server",
                                                        .content = m_arg(call, "content"),
                                                        .reasoning = m_arg(call, "reasoning"),
                                                        .assessment = m_assessment_of(call)});
    step->status = ready ? M_REVIEW : M_DRAFT;
    step->server_ready = ready;
    step->client_approved = false;
    step->final = 0;
    step->turn = step->last;
    step->client_opinion = 0; /* what was said before was about another text */
    step->server_opinion = m_assessment_of(call).set ? step->last : 0;
    m_audit(call, "submitted", "step", item);
}

void m_submit_step(struct m_call *call)
{
    const int item = m_write_item(call, "step");

    if (item < 0)
        return;
    m_check_version(call, item);
    m_check_token(call, item);
    m_check_open(call, item);
    if (call->m->items[item].kind != M_STEP)
        return;
    check_submit(call, item);
    if (m_refused(call))
        return;
    if (m_flag(call, "accept", false))
        accept(call, item);
    else
        submit(call, item);
    m_renew(call, item);
    m_score(call->m, item);
    call->m->items[item].version++;
    (void)tell(call, item, call->m->items[item].step.server, call->m->items[item].step.count + 1);
}

/* --- review --- */

static void check_arguments(struct m_call *call, const char *decision)
{
    const bool content = json_get(call->args, "content") != NULL;
    const bool feedback = json_get(call->args, "feedback") != NULL;

    if (strcmp(decision, "revise") == 0 && (!feedback || content))
        m_refuse(call, M_INVALID, "revise takes feedback");
    else if (strcmp(decision, "counter") == 0 && !content)
        m_refuse(call, M_INVALID, "counter takes content");
    else if (strcmp(decision, "approve") != 0 && strcmp(decision, "revise") != 0 &&
             strcmp(decision, "counter") != 0)
        m_refuse(call, M_INVALID, "no such decision");
}

static void check_review(struct m_call *call, int item, const char *decision)
{
    const struct m_step *step = &call->m->items[item].step;

    if (step->status == M_PENDING || step->status == M_DRAFT)
        m_refuse(call, M_NOT_READY, "nothing to review");
    if (is_final(step))
        m_refuse(call, M_CONFLICT, "final already");
    if (m_number(call, "draft", step->server) != step->server)
        m_refuse(call, M_CONFLICT, "another draft");
    if (strcmp(decision, "approve") == 0)
        check_author(call, json_get(call->args, "content") != NULL
                               ? call->agent
                               : call->m->kept[item].iterations[step->server].agent);
}

static void open_dispute(struct m_call *call, int item)
{
    struct m_kept *kept = &call->m->kept[item];
    struct m_step *step = &call->m->items[item].step;

    if (kept->n_disputes == M_DISPUTES)
        abort();
    step->status = M_DISPUTED;
    step->reached = true;
    kept->disputes[kept->n_disputes++] = (struct m_dispute){.rounds = step->count,
                                                            .server = step->server,
                                                            .client = step->client,
                                                            .review = step->last};
    m_audit(call, "disputed", "dispute", item);
}

static void review(struct m_call *call, int item, const char *decision)
{
    struct m_step *step = &call->m->items[item].step;
    const char *content = m_arg(call, "content");
    const int number = m_add_iteration(call, item,
                                       (struct m_iteration){.action = decision,
                                                            .role = "client",
                                                            .content = content,
                                                            .feedback = m_arg(call, "feedback"),
                                                            .reasoning = m_arg(call, "reasoning"),
                                                            .assessment = m_assessment_of(call)});

    step->turn = number;
    if (content != NULL) {
        step->client = number;
        step->server_opinion = step->client_opinion = 0;
    }
    if (m_assessment_of(call).set)
        step->client_opinion = number;
    if (strcmp(decision, "approve") == 0) {
        step->status = M_AGREED;
        step->client_approved = true;
        step->final = content != NULL ? number : step->server;
        m_audit(call, "agreed", "step", item);
        return;
    }
    step->status = M_DRAFT;
    step->server_ready = false;
    step->count++;
    m_audit(call, "reviewed", "step", item);
    if (step->count >= call->m->set.max_iterations)
        open_dispute(call, item);
}

void m_review_step(struct m_call *call)
{
    const int item = m_write_item(call, "step");
    const char *decision = m_arg(call, "decision");
    const struct m_step *step = NULL;

    if (decision == NULL) {
        m_refuse(call, M_INVALID, "no decision");
        return;
    }
    check_arguments(call, decision);
    if (item < 0)
        return;
    m_check_version(call, item);
    m_check_open(call, item);
    step = &call->m->items[item].step;
    if (call->m->items[item].kind == M_STEP)
        check_review(call, item, decision);
    if (m_refused(call))
        return;
    review(call, item, decision);
    m_score(call->m, item);
    call->m->items[item].version++;
    /* Approved with content of one's own, it is no draft that is final. */
    (void)tell(call, item, step->final == step->client && step->final != 0 ? 0 : step->server,
               step->count + (strcmp(decision, "approve") == 0));
}
