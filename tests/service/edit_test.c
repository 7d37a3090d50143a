/* update_item: what an item says, and children put in sequence. */
#include "edit_helper.h"

static void edit__changes_what_is_given_and_audits_both_values(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;
    const struct edit_args args = {.item = "AUTH-1",
                                   .title = "Login",
                                   .objective = "Let them in",
                                   .sequential = SOME_BOOL(true),
                                   .priority = SOME_INT(7),
                                   .assignee = "agent-b"};

    plan_usual(rq);
    assert_ok(rq, item_edit(rq, &args, &answer));

    assert_true(answer.changed.v);
    assert_int_equal(answer.version.v, 2);
    assert_string_equal(plan_item(h, "AUTH-1", "title"), "Login");
    assert_string_equal(plan_item(h, "AUTH-1", "objective"), "Let them in");
    assert_string_equal(plan_item(h, "AUTH-1", "sequential"), "true");
    assert_string_equal(plan_item(h, "AUTH-1", "priority"), "7");
    assert_string_equal(plan_item(h, "AUTH-1", "assignee"), "agent-b");
    assert_string_equal(
        harness_sql(h, "SELECT action || ' ' || old_values || ' ' || new_values"
                       " FROM planner.audit ORDER BY id DESC LIMIT 1"),
        "updated {\"title\": \"a task\", \"assignee\": null, \"priority\": 0, \"objective\": null,"
        " \"sequential\": false} {\"title\": \"Login\", \"assignee\": \"agent-b\", \"priority\": 7,"
        " \"objective\": \"Let them in\", \"sequential\": true}");
    plan_assert_right(h);
}

static void edit__of_nothing_changes_nothing(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;
    const struct edit_args same = {.item = "AUTH-1",
                                   .title = "a task",
                                   .objective = "",
                                   .sequential = SOME_BOOL(false),
                                   .priority = SOME_INT(0),
                                   .assignee = "",
                                   .parent = "AUTH"};
    const char *before = NULL;

    plan_usual(rq);
    before = plan_digest(h);
    assert_ok(rq, item_edit(rq, &same, &answer));

    assert_false(answer.changed.v);
    assert_false(answer.change.set);
    assert_int_equal(answer.version.v, 1);
    assert_string_equal(plan_digest(h), before);
}

static void edit__clears_objective_and_assignee(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .objective = "o", .assignee = "a"));
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .objective = "", .assignee = ""));

    assert_string_equal(plan_item(h, "AUTH-1", "objective"), "null");
    assert_string_equal(plan_item(h, "AUTH-1", "assignee"), "null");
}

static void edit__refuses_what_the_kind_has_not(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);

    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .objective = "o"), ST_INVALID,
                 "'objective': AUTH-2 is a step and has content instead; submit_step writes it");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .sequential = SOME_BOOL(true)), ST_INVALID,
                 "'sequential': AUTH-2 is a step and has no children; leave it out");
    assert_fails(rq, EDIT(rq, .item = "AUTH", .title = "t"), ST_INVALID,
                 "'item': AUTH is a project; update_project changes it");
    assert_fails(rq, EDIT(rq, .item = "AUTH-9", .title = "t"), ST_NOT_FOUND, "does not exist");
    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .title = "T", .sequential = SOME_BOOL(false)));
}

static void edit__minds_the_expected_version(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    assert_fails(rq,
                 EDIT(rq, .item = "AUTH-1", .title = "t", .write.expected_version = SOME_INT(2)),
                 ST_CONFLICT, "'expected_version': AUTH-1 is at version 1, not 2");
    assert_int_equal(rq->current_version, 1);
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .title = "t", .write.expected_version = SOME_INT(1)));
}

static void sequential__is_refused_against_dependencies(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args in_sequence = {.project = "AUTH", .sequential = SOME_BOOL(true)};
    struct project_answer answer;

    edit_three_tasks(rq);
    (void)plan_task(rq, "AUTH-7");                                       /* AUTH-8 */
    assert_string_equal(plan_waiting(rq, "AUTH-1", "AUTH-8"), "AUTH-9"); /* 1 would wait for 7 */
    assert_fails(
        rq, project_update(rq, &in_sequence, &answer), ST_CONFLICT,
        "'sequential': AUTH-9 waits for AUTH-8, which comes after it; reorder them or take "
        "the dependency off (link_items AUTH-9 with remove AUTH-8)");
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .sequential = SOME_BOOL(true)));
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .after = "AUTH-7"));
    assert_ok(rq, project_update(rq, &in_sequence, &answer));
    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .before = "AUTH-5"), ST_CONFLICT,
                 "AUTH-9 waits for AUTH-8");
}

/* Below AUTH-1: AUTH-2 waits for AUTH-11 outside, which waits for AUTH-10 below AUTH-1 behind it.
 */
static void sequential__is_refused_against_dependencies_through_others(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");   /* 1 */
    (void)plan_task(rq, "AUTH");   /* 2, to be the first below 1 */
    (void)plan_task(rq, "AUTH-1"); /* 3, behind it */
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-3"), "AUTH-4");
    assert_string_equal(plan_waiting(rq, "AUTH-2", "AUTH-4"), "AUTH-5");
    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .before = "AUTH-3"));

    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .sequential = SOME_BOOL(true)), ST_CONFLICT,
                 "'sequential': AUTH-5 waits for AUTH-4");
    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .after = "AUTH-3"));
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .sequential = SOME_BOOL(true)));
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .before = "AUTH-3"), ST_CONFLICT,
                 "AUTH-5 waits for AUTH-4");
    assert_fails(rq, EDIT(rq, .item = "AUTH-3", .after = "AUTH-2"), ST_CONFLICT,
                 "AUTH-4 waits for AUTH-3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(edit__changes_what_is_given_and_audits_both_values),
        HARNESS_TEST(edit__of_nothing_changes_nothing),
        HARNESS_TEST(edit__clears_objective_and_assignee),
        HARNESS_TEST(edit__refuses_what_the_kind_has_not),
        HARNESS_TEST(edit__minds_the_expected_version),
        HARNESS_TEST(sequential__is_refused_against_dependencies),
        HARNESS_TEST(sequential__is_refused_against_dependencies_through_others),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
