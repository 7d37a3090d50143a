/* assess_complexity and what follows from a score, in the store. */
#include "plan_helper.h"

#include "planner/service/assess.h"
#include "planner/service/complexity.h"
#include "planner/service/item.h"

static const struct assessment low = {.score = {true, 0.2}};
static const struct assessment high = {
    .score = {true, 0.9}, .confidence = {true, 0.9}, .should_promote = {true, true}};

static enum status assess(struct req *rq, const char *step, int role,
                          const struct assessment *assessment, struct assess_answer *ret_answer)
{
    struct assessment copy = assessment == NULL ? (struct assessment){0} : *assessment;
    const struct assess_args args = {
        .step = step, .role = role, .assessment = assessment == NULL ? NULL : &copy};

    return step_assess(rq, &args, ret_answer);
}

static struct item_view get(struct req *rq, const char *key)
{
    const struct get_args args = {.item = key};
    struct item_view view;

    assert_ok(rq, item_get(rq, &args, &view));
    return view;
}

static void without_an_assessment__the_text_is_analysed_and_nothing_written(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;
    const char *before = NULL;

    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_submit(&h->rq, "AUTH-2", "- first\n- then"));
    before = plan_digest(h);

    assert_ok(&h->rq, assess(&h->rq, "auth-2", 0, NULL, &answer));

    assert_string_equal(plan_digest(h), before);
    assert_false(answer.changed.v);
    assert_int_equal(answer.basis, AGREE_ANALYSIS);
    assert_float_equal(answer.score.v, 0.0825, 1e-9); /* 14/4000/4 + 2/12/4 + 2/10/5 */
    assert_string_equal(answer.level, "low");
    assert_false(answer.should_promote.v);
    assert_int_equal(answer.analysis->list_items.v, 2);
    assert_int_equal(answer.analysis->breakdown.n, 2);
}

static void without_an_assessment__what_was_assessed_is_told_beside(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_CLIENT, &high, &answer));

    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", 0, NULL, &answer));

    assert_int_equal(answer.basis, AGREE_ANALYSIS);
    assert_true(answer.score.v < 0.1);
    assert_float_equal(answer.complexity_score.v, 0.9, 1e-9);
    assert_float_equal(answer.client_complexity.v, 0.9, 1e-9);
    assert_true(answer.should_promote.v);
}

static void an_assessment__is_an_iteration_that_touches_no_content(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &low, &answer));

    assert_true(answer.changed.v);
    assert_int_equal(answer.version.v, 2);
    assert_int_equal(answer.basis, AGREE_SINGLE);
    assert_string_equal(
        harness_sql(h, "SELECT concat_ws(' ', number, action, role, content IS NULL,"
                       " assessment ->> 'score') FROM planner.iterations ORDER BY number DESC"),
        "2 assess server t 0.2");
    assert_string_equal(
        harness_sql(h, "SELECT concat_ws(' ', status, last_number, turn_number, server_number,"
                       " iteration_count) FROM planner.steps"),
        "client_review 2 1 1 0");
    assert_string_equal(harness_sql(h, "SELECT concat_ws(' ', action, entity_type, role, ai_agent)"
                                       " FROM planner.audit ORDER BY id DESC"),
                        "assessed step server agent-a");
    plan_assert_right(h);
}

static void an_assessment__leaves_the_draft_and_the_turn_alone(void **state)
{
    struct harness *h = *state;
    struct assess_answer assessed;
    struct item_answer answer;
    const struct review_args counter = {
        .step = "AUTH-2", .decision = REVIEW_COUNTER, .content = "mine", .draft = SOME_INT(1)};
    const struct submit_args accept = {.step = "AUTH-2", .accept = SOME_BOOL(true)};

    plan_usual(&h->rq);
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &low, &assessed));
    assert_ok(&h->rq, step_review(&h->rq, &counter, &answer));
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_CLIENT, &low, &assessed));

    assert_ok(&h->rq, step_submit(&h->rq, &accept, &answer));

    assert_string_equal(plan_item(h, "AUTH-2", "final_number"), "3");
    assert_string_equal(plan_item(h, "AUTH-2", "last_number"), "5");
}

static void both_roles__are_combined(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;
    const struct assessment also_high = {.score = {true, 0.8}, .should_promote = {true, true}};

    plan_usual(&h->rq);
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &high, &answer));
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_CLIENT, &also_high, &answer));

    assert_int_equal(answer.basis, AGREE_CONSENSUS);
    assert_float_equal(answer.score.v, 0.85, 1e-9);
    assert_string_equal(answer.level, "high");
    assert_true(answer.should_promote.v);
    assert_string_equal(plan_item(h, "AUTH-2", "agreed_complexity"), "0.85");
    assert_string_equal(plan_item(h, "AUTH-2", "promote_score"), "1");

    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_CLIENT, &low, &answer));
    assert_int_equal(answer.basis, AGREE_WEIGHTED);
}

static void new_content__leaves_the_score_to_the_text(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;
    struct item_view view;

    plan_usual(&h->rq);
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &high, &answer));
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_CLIENT, &high, &answer));
    assert_true(get(&h->rq, "AUTH-2").should_promote.v);

    assert_ok(&h->rq, plan_submit(&h->rq, "AUTH-2", "new"));

    view = get(&h->rq, "AUTH-2");
    assert_int_equal(view.basis, AGREE_ANALYSIS);
    assert_false(view.should_promote.v);
    assert_false(view.server_complexity.set || view.client_complexity.set);
    plan_assert_right(h);
}

static void the_role__is_the_configured_one_or_has_to_be_said(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;

    plan_usual(&h->rq);
    assert_fails(&h->rq, assess(&h->rq, "AUTH-2", 0, &low, &answer), ST_INVALID,
                 "'role' is missing");
    h->rq.actor.role = "worker";
    assert_fails(&h->rq, assess(&h->rq, "AUTH-2", 0, &low, &answer), ST_INVALID,
                 "'role' is missing");

    h->rq.actor.role = "client";
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", 0, &low, &answer));
    assert_float_equal(answer.client_complexity.v, 0.2, 1e-9);
    assert_false(answer.server_complexity.set);
}

static void the_same_again__changes_nothing(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;
    const char *before = NULL;

    plan_usual(&h->rq);
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &high, &answer));
    before = plan_digest(h);

    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &high, &answer));

    assert_false(answer.changed.v);
    assert_int_equal(answer.basis, AGREE_SINGLE);
    assert_string_equal(plan_digest(h), before);
}

static void a_step_without_content__can_be_assessed_but_not_analysed(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", NULL);

    assert_fails(&h->rq, assess(&h->rq, "AUTH-3", 0, NULL, &answer), ST_NOT_READY,
                 "AUTH-3 has no content to analyse yet (submit_step AUTH-3)");
    assert_ok(&h->rq, assess(&h->rq, "AUTH-3", ASSESS_SERVER, &high, &answer));
    assert_string_equal(plan_item(h, "AUTH-3", "promote_score"), "1");
    plan_assert_right(h);
}

static void what_is_no_open_step__is_refused(void **state)
{
    struct harness *h = *state;
    struct assess_answer answer;

    plan_usual(&h->rq);
    assert_fails(&h->rq, assess(&h->rq, "AUTH-1", ASSESS_SERVER, &low, &answer), ST_INVALID,
                 "AUTH-1 is a task; name a step");
    assert_fails(&h->rq, assess(&h->rq, "AUTH-1", 0, NULL, &answer), ST_INVALID,
                 "AUTH-1 is a task; name a step");
    assert_fails(&h->rq, assess(&h->rq, "AUTH", 0, NULL, &answer), ST_INVALID, "AUTH is a project");
    assert_fails(&h->rq, assess(&h->rq, "AUTH-9", 0, NULL, &answer), ST_NOT_FOUND, "AUTH-9");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_DONE));
    assert_fails(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &low, &answer), ST_CONFLICT,
                 "reopen it first");
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", 0, NULL, &answer)); /* a look does no harm */
}

static enum status set_threshold(struct req *rq, double threshold,
                                 struct project_answer *ret_answer)
{
    const struct project_args args = {.project = "AUTH",
                                      .complexity_threshold = SOME_NUM(threshold)};

    return project_update(rq, &args, ret_answer);
}

static void a_new_threshold__holds_at_once_and_says_for_how_many(void **state)
{
    struct harness *h = *state;
    struct assess_answer assessed;
    struct project_answer answer;
    struct item_view view;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", "other"); /* 0.0003 */
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_ok(&h->rq, assess(&h->rq, "AUTH-2", ASSESS_SERVER, &low, &assessed)); /* 0.2 */

    assert_ok(&h->rq, set_threshold(&h->rq, 0.2001, &answer));
    assert_true(answer.to_promote.set && answer.to_promote.v == 0);
    assert_false(get(&h->rq, "AUTH-2").should_promote.v);

    assert_ok(&h->rq, set_threshold(&h->rq, 0.2, &answer));
    assert_int_equal(answer.to_promote.v, 1);
    view = get(&h->rq, "AUTH-2");
    assert_true(view.should_promote.v);
    assert_string_equal(field_choice(promote_reason_names, view.promote_reason), "threshold");

    assert_ok(&h->rq, set_threshold(&h->rq, 0, &answer));
    assert_int_equal(answer.to_promote.v, 2);
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(&h->rq, set_threshold(&h->rq, 0.0001, &answer));
    assert_int_equal(answer.to_promote.v, 1); /* open ones */
    assert_ok(&h->rq, set_threshold(&h->rq, 0.0001, &answer));
    assert_false(answer.to_promote.set);
}

static void content_at_creation__is_scored(void **state)
{
    struct harness *h = *state;
    const struct define_step steps[] = {{.title = "a", .content = "- then\n- install\n"},
                                        {.title = "b"}};
    const struct define_task tasks[] = {{.title = "t", .steps = {true, 2, (void *)steps}}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, (void *)tasks}};
    struct define_answer answer;

    (void)plan_project(&h->rq, "AUTH");
    assert_ok(&h->rq, plan_define(&h->rq, &args, &answer));

    /* 17/4000/4 + 2/12/4 + 1/10/5 + 1/6/10 */
    assert_string_equal(plan_item(h, "AUTH-2", "complexity_score"), "0.0794");
    assert_string_equal(plan_item(h, "AUTH-2", "complexity_basis"), "analysis");
    assert_string_equal(plan_item(h, "AUTH-3", "complexity_score"), "null");
    assert_string_equal(harness_sql(h, "SELECT analysis ->> 'breakdown' FROM planner.iterations"),
                        "[\"then\", \"install\"]");
    plan_assert_right(h);
}

static void a_request__is_answered_once(void **state)
{
    struct harness *h = *state;
    struct assessment said = high;
    const struct assess_args args = {.write = {.request_id = "r1", .fingerprint = "f"},
                                     .step = "AUTH-2",
                                     .role = ASSESS_SERVER,
                                     .assessment = &said};
    const struct assess_args old = {.write = {.expected_version = SOME_INT(1)},
                                    .step = "AUTH-2",
                                    .role = ASSESS_CLIENT,
                                    .assessment = &said};
    struct assess_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, step_assess(&h->rq, &args, &answer));
    assert_ok(&h->rq, step_assess(&h->rq, &args, &answer));
    assert_true(answer.replayed.v && answer.changed.v);
    assert_float_equal(answer.score.v, 0.9, 1e-9);

    assert_fails(&h->rq, step_assess(&h->rq, &old, &answer), ST_CONFLICT,
                 "AUTH-2 is at version 2, not 1 (agent-a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(without_an_assessment__the_text_is_analysed_and_nothing_written),
        HARNESS_TEST(without_an_assessment__what_was_assessed_is_told_beside),
        HARNESS_TEST(an_assessment__is_an_iteration_that_touches_no_content),
        HARNESS_TEST(an_assessment__leaves_the_draft_and_the_turn_alone),
        HARNESS_TEST(both_roles__are_combined),
        HARNESS_TEST(new_content__leaves_the_score_to_the_text),
        HARNESS_TEST(the_role__is_the_configured_one_or_has_to_be_said),
        HARNESS_TEST(the_same_again__changes_nothing),
        HARNESS_TEST(a_step_without_content__can_be_assessed_but_not_analysed),
        HARNESS_TEST(what_is_no_open_step__is_refused),
        HARNESS_TEST(a_new_threshold__holds_at_once_and_says_for_how_many),
        HARNESS_TEST(content_at_creation__is_scored),
        HARNESS_TEST(a_request__is_answered_once),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
