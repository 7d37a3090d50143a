/* What a closing write says and leaves behind beyond the item itself. */
#include "plan_helper.h"

#include "planner/service/find.h"
#include "planner/service/item.h"

static void complete__names_what_it_released(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *after_step[] = {"AUTH-2"};
    const char *after_task[] = {"AUTH-1"};
    struct define_task rows[] = {
        {.title = "B", .depends_on = {true, 1, after_task}},
        {.title = "A", .depends_on = {true, 1, after_step}},
    };
    const struct define_args define = {.parent = "AUTH", .tasks = {true, 2, rows}};
    const struct complete_args args = {.item = "AUTH-2", .outcome = OUTCOME_CANCELLED};
    struct define_answer defined;
    struct item_answer answer;
    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));
    assert_ok(rq, plan_define(rq, &define, &defined));

    assert_ok(rq, item_complete(rq, &args, &answer));

    assert_int_equal(answer.released.n, 2);
    assert_string_equal(*LIST_AT(answer.released, 0, const char *), "AUTH-4");
    assert_string_equal(*LIST_AT(answer.released, 1, const char *), "AUTH-5");
    assert_string_equal(answer.next, "AUTH-4");
}

static void reopen__releases_nothing_and_names_no_next(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct complete_args args = {.item = "AUTH-2", .outcome = OUTCOME_REOPEN};
    struct item_answer answer;
    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));

    assert_ok(rq, item_complete(rq, &args, &answer));

    assert_int_equal(answer.released.n, 0);
    assert_null(answer.next);
}

static void complete__keeps_evidence_that_comes_late(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct evidence_new late = {.kind = EVIDENCE_TEST, .reference = "run 7"};
    const struct complete_args args = {.item = "AUTH-2", .evidence = {true, 1, &late}};
    struct item_answer answer;
    const char *completed_at = NULL;
    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    completed_at = plan_item(h, "AUTH-2", "completed_at");

    assert_ok(rq, item_complete(rq, &args, &answer));

    assert_true(answer.changed.v);
    assert_string_equal(harness_sql(h, "SELECT reference FROM planner.evidence"), "run 7");
    assert_string_equal(harness_sql(h, "SELECT action FROM planner.audit ORDER BY id DESC LIMIT 1"),
                        "updated");
    assert_string_equal(harness_sql(h, "SELECT new_values ? 'status' FROM planner.audit"
                                       " ORDER BY id DESC LIMIT 1"),
                        "f");
    assert_string_equal(plan_item(h, "AUTH-2", "completed_at"), completed_at);
    plan_assert_right(h);
}

static void create__audits_the_parent_that_it_reopens(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_DONE));

    (void)plan_step(rq, "AUTH-1", NULL);

    assert_string_equal(harness_sql(h, "SELECT string_agg(action, ' ' ORDER BY id) FROM "
                                       "planner.audit WHERE entity_type = 'task'"),
                        "created completed reopened");
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    plan_assert_right(h);
}

static void question__is_not_asked_in_vain(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args archive = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer archived;
    struct dispute_question question;
    const char *step = NULL;
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    step = plan_disputed(rq, "AUTH", "AUTH-1");
    assert_ok(rq, project_update(rq, &archive, &archived));

    assert_fails(rq, dispute_ask(rq, step, "{}", &question), ST_CONFLICT, "AUTH is archived");
}

static void question__shows_the_feedback_of_an_earlier_round(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args rounds = {.project = "AUTH", .max_iterations = SOME_INT(2)};
    struct project_answer updated;
    struct dispute_question question;
    plan_usual(rq);
    assert_ok(rq, project_update(rq, &rounds, &updated));
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
    assert_ok(rq, plan_submit(rq, "AUTH-2", "again"));
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_COUNTER));

    assert_ok(rq, dispute_ask(rq, "AUTH-2", "{}", &question));

    assert_non_null(question.feedback);
    assert_non_null(strstr(dispute_message(rq, &question), question.feedback));
}

static const char *feedback_of(struct req *rq, const char *step)
{
    const struct get_args args = {.item = step};
    struct item_view view;

    assert_ok(rq, item_get(rq, &args, &view));
    return view.feedback;
}

static void feedback__is_told_of_the_review_that_is_to_be_answered_only(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args one = {.project = "AUTH", .max_iterations = SOME_INT(1)};
    struct submit_args reopen = {.step = "AUTH-2", .content = "anew", .reopen = SOME_BOOL(true)};
    struct project_answer updated;
    struct dispute_question question;
    struct item_answer answer;

    plan_usual(rq);
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
    assert_string_equal(feedback_of(rq, "AUTH-2"), "shorter");
    assert_ok(rq, plan_submit(rq, "AUTH-2", "again"));
    assert_null(feedback_of(rq, "AUTH-2"));
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_COUNTER));
    assert_null(feedback_of(rq, "AUTH-2"));

    assert_ok(rq, project_update(rq, &one, &updated));
    assert_ok(rq, plan_submit(rq, "AUTH-2", "once more"));
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
    assert_string_equal(feedback_of(rq, "AUTH-2"), "shorter");
    assert_ok(rq, plan_resolve(rq, "AUTH-2", RESOLVE_SERVER));
    assert_ok(rq, step_submit(rq, &reopen, &answer));
    assert_null(feedback_of(rq, "AUTH-2"));
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_COUNTER));
    assert_ok(rq, dispute_ask(rq, "AUTH-2", "{}", &question));
    assert_null(question.feedback);
}

/* "4 of 4" in the outline, the queue, the chain and the item, in that order. */
static void assert_rounds(struct req *rq, int64_t round, int64_t rounds)
{
    struct outline outline;
    struct item_view view;
    struct queue_view queue;

    assert_ok(rq, look_outline(rq, &(struct outline_args){.item = "AUTH-1"}, &outline));
    assert_int_equal(LIST_AT(outline.items, 0, struct outline_line)->round.v, round);
    assert_int_equal(LIST_AT(outline.items, 0, struct outline_line)->rounds.v, rounds);
    assert_ok(
        rq, find_queue(rq, &(struct queue_args){.project = "AUTH", .role = QUEUE_CLIENT}, &queue));
    assert_int_equal(LIST_AT(queue.items, 0, struct queue_row)->round.v, round);
    assert_int_equal(LIST_AT(queue.items, 0, struct queue_row)->rounds.v, rounds);
    assert_ok(rq, item_get(rq, &(struct get_args){.item = "AUTH-2"}, &view));
    assert_int_equal(view.iteration_count.v, round - 1);
    assert_int_equal(view.max_iterations.v, rounds);
}

static void a_limit_below_what_was_used__leaves_one_round_and_says_so_everywhere(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct review_args revise = {
        .step = "AUTH-2", .decision = REVIEW_REVISE, .feedback = "no"};
    const struct submit_args submit = {.step = "AUTH-2", .content = "third"};
    struct project_args limit = {.project = "AUTH", .max_iterations = SOME_INT(5)};
    struct project_answer updated;
    struct item_answer answer;
    struct item_view view;

    plan_usual(rq);
    assert_ok(rq, project_update(rq, &limit, &updated));
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
    assert_ok(rq, plan_submit(rq, "AUTH-2", "second"));
    assert_rounds(rq, 2, 5);
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
    limit.max_iterations = SOME_INT(1);
    assert_ok(rq, project_update(rq, &limit, &updated));

    assert_ok(rq, step_submit(rq, &submit, &answer));
    assert_int_equal(answer.round.v, 3);
    assert_int_equal(answer.rounds.v, 3);
    assert_rounds(rq, 3, 3);
    assert_ok(rq, step_review(rq, &revise, &answer));
    assert_non_null(answer.dispute);
    assert_int_equal(answer.round.v, 3);
    assert_int_equal(answer.rounds.v, 3);
    limit.max_iterations = SOME_INT(9);
    assert_ok(rq, project_update(rq, &limit, &updated));
    assert_ok(rq, item_get(rq, &(struct get_args){.item = "AUTH-2"}, &view));
    assert_int_equal(view.iteration_count.v, 3);
    assert_int_equal(view.max_iterations.v, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(complete__names_what_it_released),
        HARNESS_TEST(reopen__releases_nothing_and_names_no_next),
        HARNESS_TEST(complete__keeps_evidence_that_comes_late),
        HARNESS_TEST(create__audits_the_parent_that_it_reopens),
        HARNESS_TEST(question__is_not_asked_in_vain),
        HARNESS_TEST(question__shows_the_feedback_of_an_earlier_round),
        HARNESS_TEST(feedback__is_told_of_the_review_that_is_to_be_answered_only),
        HARNESS_TEST(a_limit_below_what_was_used__leaves_one_round_and_says_so_everywhere),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
