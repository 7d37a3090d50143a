/* Each prompt about a step in each state: what it says, and which call it names. */
#include "prompt_helper.h"

#define SUBMIT  "    submit_step {\"step\": \"AUTH-2\", \"content\""
#define REVIEW  "    review_step {\"step\": \"AUTH-2\", \"decision\": "
#define RESOLVE "    resolve_dispute {\"dispute\": \"AUTH-2\""

/* AUTH-2, with a draft or without one. */
static struct req *new_step(struct harness *h, const char *content)
{
    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_step(&h->rq, "AUTH-1", content);
    return &h->rq;
}

static struct req *reviewed_step(struct harness *h, int decision)
{
    struct req *rq = new_step(h, "a draft");

    assert_ok(rq, plan_review(rq, "AUTH-2", decision));
    return rq;
}

static struct req *disputed_step(struct harness *h, int decision)
{
    struct req *rq = new_step(h, "a draft");
    const struct project_args one = {.project = "AUTH", .max_iterations = SOME_INT(1)};
    struct project_answer answer;

    assert_ok(rq, project_update(rq, &one, &answer));
    assert_ok(rq, plan_review(rq, "AUTH-2", decision));
    return rq;
}

static void set_project(struct req *rq, const struct project_args *args)
{
    struct project_answer answer;

    assert_ok(rq, project_update(rq, args, &answer));
}

static void draft_step__of_a_new_step_asks_for_its_content(void **state)
{
    struct req *rq = new_step(*state, NULL);
    const char *text = prompt_get(rq, "draft_step", "auth-2");

    assert_says(text, "server role for AUTH-2");
    assert_says(text, "\n| a plan\n");
    assert_says(text, "\n| AUTH-1 a task");
    assert_says(text, "0 of 3 review rounds used, 3 left");
    assert_says(text, SUBMIT);
    assert_silent(text, "accept");
}

static void draft_step__after_a_revise_asks_to_answer_the_feedback(void **state)
{
    struct req *rq = reviewed_step(*state, REVIEW_REVISE);
    const char *text = prompt_get(rq, "draft_step", "AUTH-2");

    assert_says(text, "sent the draft back");
    assert_says(text, "Feedback:\n| shorter\n");
    assert_says(text, "Its text:\n| a draft\n");
    assert_says(text, "1 of 3 review rounds used, 2 left");
    assert_says(text, "After 2 more rounds");
    assert_says(text, SUBMIT);
    assert_silent(text, "accept");
}

static void draft_step__after_a_counter_offers_to_accept_it(void **state)
{
    struct req *rq = reviewed_step(*state, REVIEW_COUNTER);
    const char *text = prompt_get(rq, "draft_step", "AUTH-2");

    assert_says(text, "Its text:\n| a draft\n");
    assert_says(text, "Its text:\n| a counter\n");
    assert_says(text, "    submit_step {\"step\": \"AUTH-2\", \"accept\": true}");
    assert_says(text, SUBMIT);
}

static void draft_step__of_a_draft_kept_back_asks_to_finish_it(void **state)
{
    struct req *rq = new_step(*state, NULL);
    const struct submit_args kept = {
        .step = "AUTH-2", .content = "half a draft", .ready = SOME_BOOL(false)};
    struct item_answer answer;

    assert_ok(rq, step_submit(rq, &kept, &answer));

    assert_says(prompt_get(rq, "draft_step", "AUTH-2"), "kept it back");
}

static void draft_step__of_a_step_in_review_says_who_comes_first(void **state)
{
    struct req *rq = new_step(*state, "a draft");
    const char *text = prompt_get(rq, "draft_step", "AUTH-2");

    assert_says(text, "Draft 1 of AUTH-2 waits for its review");
    assert_says(text, "review_step");
    assert_says(text, SUBMIT);
}

static void draft_step__of_final_content_offers_to_start_over(void **state)
{
    struct req *rq = reviewed_step(*state, REVIEW_APPROVE);
    const char *text = prompt_get(rq, "draft_step", "AUTH-2");

    assert_says(text, "has final content already");
    assert_says(text, "\"reopen\": true");
    assert_says(text, "    complete_step {\"item\": \"AUTH-2\"");
}

static void draft_step__of_a_disputed_step_names_the_human(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);
    const char *text = prompt_get(rq, "draft_step", "AUTH-2");

    assert_says(text, "is disputed");
    assert_says(text, RESOLVE);
    assert_silent(text, SUBMIT);
}

static void draft_step__of_a_closed_step_offers_to_reopen_it(void **state)
{
    struct req *rq = new_step(*state, NULL);

    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_CANCELLED));

    assert_says(prompt_get(rq, "draft_step", "AUTH-2"), "AUTH-2 is cancelled");
    assert_says(prompt_get(rq, "review_step", "AUTH-2"), "\"outcome\": \"reopen\"");
    assert_says(prompt_get(rq, "assess_complexity", "AUTH-2"), "\"outcome\": \"reopen\"");
}

static void every_prompt__about_an_archived_project_offers_to_bring_it_back(void **state)
{
    static const char *const names[] = {"draft_step", "review_step", "assess_complexity",
                                        "settle_dispute"};
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);

    set_project(rq, &(struct project_args){.project = "AUTH", .status = PROJECT_ARCHIVED});

    for (size_t i = 0; i < LENGTH_OF(names); i++)
        assert_says(prompt_get(rq, names[i], "AUTH-2"),
                    "    update_project {\"project\": \"AUTH\", \"status\": \"active\"}");
    assert_says(prompt_get(rq, "plan_project", "AUTH"), "AUTH is archived");
}

static void review_step__shows_the_draft_and_the_three_decisions(void **state)
{
    struct req *rq = new_step(*state, "a draft");
    const char *text = prompt_get(rq, "review_step", "AUTH-2");

    assert_says(text, "client role for AUTH-2");
    assert_says(text, "Its text:\n| a draft\n");
    assert_says(text, REVIEW "\"approve\", \"draft\": 1");
    assert_says(text, REVIEW "\"revise\", \"draft\": 1");
    assert_says(text, REVIEW "\"counter\", \"draft\": 1");
    assert_silent(text, "last round");
}

static void review_step__says_that_a_round_is_the_last(void **state)
{
    struct req *rq = new_step(*state, "a draft");

    for (int i = 0; i < 2; i++) {
        assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
        assert_ok(rq, plan_submit(rq, "AUTH-2", "another draft"));
    }

    assert_says(prompt_get(rq, "review_step", "AUTH-2"), "This is the last round");
}

static void review_step__of_ones_own_draft_advises_another_reviewer(void **state)
{
    struct harness *h = *state;
    struct req *rq = new_step(h, "a draft");

    assert_says(prompt_get(rq, "review_step", "AUTH-2"), "You wrote this draft yourself");
    assert_silent(prompt_get(harness_req(h, "agent-b"), "review_step", "AUTH-2"),
                  "You wrote this draft");
}

static void review_step__with_separate_authors_leaves_approve_out_for_the_author(void **state)
{
    struct harness *h = *state;
    struct req *rq = new_step(h, "a draft");
    const char *text = NULL;

    set_project(rq, &(struct project_args){.project = "AUTH", .separate_authors = SOME_BOOL(true)});
    text = prompt_get(rq, "review_step", "AUTH-2");

    assert_says(text, "you cannot approve it");
    assert_silent(text, REVIEW "\"approve\"");
    assert_says(prompt_get(harness_req(h, "agent-b"), "review_step", "AUTH-2"),
                REVIEW "\"approve\"");
}

static void review_step__without_a_draft_says_who_has_to_write_it(void **state)
{
    struct req *rq = new_step(*state, NULL);
    const char *text = prompt_get(rq, "review_step", "AUTH-2");

    assert_says(text, "the step has no draft yet");
    assert_says(text, SUBMIT);
    assert_silent(text, "    review_step");
}

static void review_step__of_a_step_that_was_sent_back_says_who_has_it(void **state)
{
    struct req *rq = reviewed_step(*state, REVIEW_REVISE);
    const char *text = prompt_get(rq, "review_step", "AUTH-2");

    assert_says(text, "the draft is with the server role");
    assert_silent(text, "    review_step");
}

static void review_step__of_settled_content_has_nothing_to_review(void **state)
{
    struct req *rq = reviewed_step(*state, REVIEW_APPROVE);
    const char *text = prompt_get(rq, "review_step", "AUTH-2");

    assert_says(text, "the content of AUTH-2 is final");
    assert_says(text, "## The final content");
    assert_silent(text, "    review_step");
}

static void review_step__of_a_disputed_step_names_the_human(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_REVISE);
    const char *text = prompt_get(rq, "review_step", "AUTH-2");

    assert_says(text, RESOLVE);
    assert_silent(text, "    review_step");
}

#define ASSESS \
    "    assess_complexity {\"step\": \"AUTH-2\", \"role\": \"client\", \"assessment\": {\"score\""

static void assess_complexity__is_recorded_by_its_tool_and_nothing_else(void **state)
{
    struct req *rq = new_step(*state, NULL);
    const char *text = prompt_get(rq, "assess_complexity", "AUTH-2");

    assert_says(text, "From a score of 0.7 on");
    assert_says(text, ASSESS);
    assert_says(text, "    promote_step {\"step\": \"AUTH-2\"}");
    assert_silent(text, "    submit_step");
    assert_silent(text, "    review_step");
    assert_ok(rq, plan_submit(rq, "AUTH-2", "a draft"));
    assert_says(prompt_get(rq, "assess_complexity", "AUTH-2"), ASSESS);
}

static void assess_complexity__tells_what_was_assessed(void **state)
{
    struct req *rq = new_step(*state, NULL);
    struct assessment high = {.score = SOME_NUM(0.8), .reasoning = "two unknowns"};
    const struct submit_args args = {.step = "AUTH-2", .content = "a", .assessment = &high};
    struct item_answer answer;
    const char *text = NULL;

    assert_ok(rq, step_submit(rq, &args, &answer));
    text = prompt_get(rq, "assess_complexity", "AUTH-2");

    assert_says(text, "Complexity: 0.80 (single), server role 0.80");
    assert_says(text, "About its complexity:\n| two unknowns\n");
}

static void assess_complexity__of_settled_content_is_recorded_too(void **state)
{
    struct harness *h = *state;
    struct req *rq = reviewed_step(h, REVIEW_APPROVE);
    const char *text = prompt_get(rq, "assess_complexity", "AUTH-2");

    assert_says(text, ASSESS);
    assert_silent(text, "\"reopen\"");
}

static void assess_complexity__of_a_disputed_step_leads_to_the_human(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);
    const char *text = prompt_get(rq, "assess_complexity", "AUTH-2");

    assert_says(text, ASSESS);
    assert_says(text, RESOLVE);
    assert_silent(text, "    promote_step");
}

static void settle_dispute__shows_both_versions_and_every_resolution(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);
    const char *text = prompt_get(rq, "settle_dispute", "AUTH-2");

    assert_says(text, "After 1 round the two roles do not agree about AUTH-2");
    assert_says(text, "Its text:\n| a draft\n");
    assert_says(text, "Its text:\n| a counter\n");
    assert_says(text, RESOLVE ", \"resolution\": \"server\"");
    assert_says(text, RESOLVE ", \"resolution\": \"client\"");
    assert_says(text, RESOLVE ", \"resolution\": \"hybrid\", \"content\"");
    assert_says(text, RESOLVE ", \"resolution\": \"custom\", \"content\"");
    assert_silent(text, RESOLVE "}");
}

static void settle_dispute__takes_the_disputes_own_id(void **state)
{
    struct harness *h = *state;
    struct req *rq = disputed_step(h, REVIEW_COUNTER);
    const char *id = harness_sql(h, "SELECT id FROM planner.disputes");

    assert_says(prompt_get(rq, "settle_dispute", id), RESOLVE);
    assert_says(prompt_get(rq, "settle_dispute", arena_printf(rq->arena, "dispute://%s", id)),
                RESOLVE);
}

static void settle_dispute__where_the_client_can_ask_lets_it_ask(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);

    rq->can_elicit = true;

    assert_says(prompt_get(rq, "settle_dispute", "AUTH-2"), RESOLVE "}\n");
}

static void settle_dispute__without_a_client_version_does_not_offer_it(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_REVISE);
    const char *text = prompt_get(rq, "settle_dispute", "AUTH-2");

    assert_says(text, "no version of its own");
    assert_says(text, "Feedback:\n| shorter\n");
    assert_silent(text, "\"resolution\": \"client\"");
}

static void settle_dispute__where_only_a_human_decides_passes_nothing_on(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);
    const char *text = NULL;

    set_project(rq, &(struct project_args){.project = "AUTH", .human_only = SOME_BOOL(true)});
    rq->can_elicit = true;
    text = prompt_get(rq, "settle_dispute", "AUTH-2");
    assert_says(text, "only from the human");
    assert_silent(text, "\"resolution\"");

    rq->actor.role = "user";
    assert_says(prompt_get(rq, "settle_dispute", "AUTH-2"), "\"resolution\": \"server\"");
}

/* Where a client cannot ask and only a human decides, what is left is to look. */
static void settle_dispute__where_nobody_can_be_asked_still_names_a_call(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);

    set_project(rq, &(struct project_args){.project = "AUTH", .human_only = SOME_BOOL(true)});

    assert_says(prompt_get(rq, "settle_dispute", "AUTH-2"), "--role user");
}

static void settle_dispute__of_a_resolved_one_says_who_decided(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);
    const char *text = NULL;

    assert_ok(rq, plan_resolve(rq, "AUTH-2", RESOLVE_HYBRID));
    text = prompt_get(rq, "settle_dispute", "AUTH-2");

    assert_says(text, "as 'hybrid', by\n| agent-a\n");
    assert_says(text, "Its text:\n| a decision\n");
    assert_says(text, "\"reopen\": true");
}

static void settle_dispute__without_a_dispute_says_where_the_step_is(void **state)
{
    struct req *rq = new_step(*state, "a draft");
    const char *text = prompt_get(rq, "settle_dispute", "AUTH-2");

    assert_says(text, "there is no dispute about AUTH-2");
    assert_says(text, "waits for the client role");
    assert_says(text, "    list_disputes {\"project\": \"AUTH\"}");
}

static void a_task_or_a_project__is_no_step(void **state)
{
    static const char *const names[] = {"draft_step", "review_step", "assess_complexity",
                                        "settle_dispute"};
    struct req *rq = new_step(*state, NULL);

    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        assert_fails(rq, prompt_try(rq, names[i], "AUTH-1"), ST_INVALID,
                     "AUTH-1 is a task; name a step");
        assert_fails(rq, prompt_try(rq, names[i], "AUTH"), ST_INVALID, "AUTH is a project");
        assert_fails(rq, prompt_try(rq, names[i], "AUTH-9"), ST_NOT_FOUND,
                     "the last item of AUTH is AUTH-2");
        assert_fails(rq, prompt_try(rq, names[i], "no key"), ST_INVALID, "names nothing");
    }
}

static void plan_project__of_an_empty_project_names_the_call_that_fills_it(void **state)
{
    struct harness *h = *state;
    const char *text = NULL;

    (void)plan_project(&h->rq, "AUTH");
    text = prompt_get(&h->rq, "plan_project", "auth");

    assert_says(text, "Its description, the vision:\n| a plan\n");
    assert_says(text, "There is nothing yet");
    assert_says(text, "    define_tasks {\"parent\": \"AUTH\"");
}

static void plan_project__shows_the_plan_and_its_disputes(void **state)
{
    struct req *rq = disputed_step(*state, REVIEW_COUNTER);
    const char *text = prompt_get(rq, "plan_project", "AUTH");

    assert_says(text, "\n| AUTH-1 a task (open)\n|   AUTH-2 a step (disputed, content disputed)\n");
    assert_says(text, "Disputes that wait for a human, the oldest first\n| AUTH-2 a step\n");
    assert_says(text, "4. Remind your user");
}

static void plan_project__without_a_project_takes_the_default(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "AUTH");
    assert_fails(&h->rq, prompt_try(&h->rq, "plan_project", NULL), ST_NOT_FOUND,
                 "'project' is missing");
    assert_fails(&h->rq, prompt_try(&h->rq, "plan_project", "BILL"), ST_NOT_FOUND,
                 "there is no project BILL");
    assert_fails(&h->rq, prompt_try(&h->rq, "plan_project", "AUTH-1"), ST_INVALID, "is an item");
    h->rq.project = "AUTH";

    assert_says(prompt_get(&h->rq, "plan_project", NULL), "Plan the project AUTH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(draft_step__of_a_new_step_asks_for_its_content),
        HARNESS_TEST(draft_step__after_a_revise_asks_to_answer_the_feedback),
        HARNESS_TEST(draft_step__after_a_counter_offers_to_accept_it),
        HARNESS_TEST(draft_step__of_a_draft_kept_back_asks_to_finish_it),
        HARNESS_TEST(draft_step__of_a_step_in_review_says_who_comes_first),
        HARNESS_TEST(draft_step__of_final_content_offers_to_start_over),
        HARNESS_TEST(draft_step__of_a_disputed_step_names_the_human),
        HARNESS_TEST(draft_step__of_a_closed_step_offers_to_reopen_it),
        HARNESS_TEST(every_prompt__about_an_archived_project_offers_to_bring_it_back),
        HARNESS_TEST(review_step__shows_the_draft_and_the_three_decisions),
        HARNESS_TEST(review_step__says_that_a_round_is_the_last),
        HARNESS_TEST(review_step__of_ones_own_draft_advises_another_reviewer),
        HARNESS_TEST(review_step__with_separate_authors_leaves_approve_out_for_the_author),
        HARNESS_TEST(review_step__without_a_draft_says_who_has_to_write_it),
        HARNESS_TEST(review_step__of_a_step_that_was_sent_back_says_who_has_it),
        HARNESS_TEST(review_step__of_settled_content_has_nothing_to_review),
        HARNESS_TEST(review_step__of_a_disputed_step_names_the_human),
        HARNESS_TEST(assess_complexity__is_recorded_by_its_tool_and_nothing_else),
        HARNESS_TEST(assess_complexity__tells_what_was_assessed),
        HARNESS_TEST(assess_complexity__of_settled_content_is_recorded_too),
        HARNESS_TEST(assess_complexity__of_a_disputed_step_leads_to_the_human),
        HARNESS_TEST(settle_dispute__shows_both_versions_and_every_resolution),
        HARNESS_TEST(settle_dispute__takes_the_disputes_own_id),
        HARNESS_TEST(settle_dispute__where_the_client_can_ask_lets_it_ask),
        HARNESS_TEST(settle_dispute__without_a_client_version_does_not_offer_it),
        HARNESS_TEST(settle_dispute__where_only_a_human_decides_passes_nothing_on),
        HARNESS_TEST(settle_dispute__where_nobody_can_be_asked_still_names_a_call),
        HARNESS_TEST(settle_dispute__of_a_resolved_one_says_who_decided),
        HARNESS_TEST(settle_dispute__without_a_dispute_says_where_the_step_is),
        HARNESS_TEST(a_task_or_a_project__is_no_step),
        HARNESS_TEST(plan_project__of_an_empty_project_names_the_call_that_fills_it),
        HARNESS_TEST(plan_project__shows_the_plan_and_its_disputes),
        HARNESS_TEST(plan_project__without_a_project_takes_the_default),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
