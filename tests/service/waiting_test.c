/* What waits for an item when that closes or opens again, where the dependencies overlap. */
#include "plan_helper.h"

#include "planner/service/edit.h"
#include "planner/service/link.h"
#include "planner/service/undo.h"

/*
 * AUTH-1 is waited for by AUTH-3 and by AUTH-4 inside it. The step is counted out first, which may
 * already take the task with it.
 */
static void reopening__blocks_a_task_and_its_step_once_each(void **state)
{
    struct harness *h = *state;
    const char *on_first[] = {"AUTH-1"};
    struct define_step steps[] = {{.title = "inside", .depends_on = {true, 1, on_first}}};
    struct define_task inner = {
        .title = "inner", .depends_on = {true, 1, on_first}, .steps = {true, 1, steps}};
    struct define_task outer = {.title = "outer", .tasks = {true, 1, &inner}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &outer}};
    struct define_answer defined;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-1", OUTCOME_DONE));
    assert_ok(&h->rq, plan_define(&h->rq, &args, &defined));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-4");

    (void)plan_step(&h->rq, "AUTH-1", NULL);

    plan_assert_right(h);
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-5");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-5", OUTCOME_DONE));
    plan_assert_right(h);
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-4");
}

/* What is complete holds nobody back, so nobody waits no longer when it is deleted. */
static void deleting__what_is_complete_releases_nobody(void **state)
{
    struct harness *h = *state;
    const char *on_first[] = {"AUTH-1"};
    const struct link_args link = {.item = "AUTH-2", .depends_on = {true, 1, on_first}};
    struct item_answer answer;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    assert_ok(&h->rq, item_link(&h->rq, &link, &answer));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-1", OUTCOME_DONE));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-2");

    assert_ok(&h->rq, item_delete(&h->rq, &(struct delete_args){.item = "AUTH-1"}, &answer));

    assert_int_equal(answer.released.n, 0);
    plan_assert_right(h);
}

/* AUTH-1 was completed by hand while its only child was cancelled: its end is a change of its own.
 */
static void reopening__below_what_was_completed_by_hand_is_told_of_both(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_CANCELLED));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-1", OUTCOME_DONE));

    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_REOPEN));

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    assert_string_equal(
        harness_sql(h, "SELECT string_agg(a.action || ' ' || i.number, ', ' ORDER BY a.id)"
                       " FROM planner.audit a JOIN planner.items i ON i.id = a.entity_id"
                       " WHERE a.change = (SELECT max(change) FROM planner.audit)"),
        "reopened 2, reopened 1");
    plan_assert_right(h);
}

/* Delete a child of AUTH-1, complete AUTH-1 by hand, bring the child back: what is told of AUTH-1.
 */
static const char *told_of_parent(struct harness *h, const char *child)
{
    struct item_answer deleted;
    struct undo_answer undone;

    assert_ok(&h->rq, item_delete(&h->rq, &(struct delete_args){.item = child}, &deleted));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-1", OUTCOME_DONE));
    assert_ok(&h->rq, undo_change(&h->rq, &(struct undo_args){.change = deleted.change}, &undone));
    plan_assert_right(h);
    return harness_sql(h, "SELECT string_agg(a.action, ', ') FROM planner.audit a"
                          " JOIN planner.items i ON i.id = a.entity_id AND i.number = 1"
                          " WHERE a.change = (SELECT max(change) FROM planner.audit)");
}

static void undo__opens_what_was_completed_by_hand_only_with_what_is_open(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_string_equal(told_of_parent(h, "AUTH-2"), "reopened");
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");

    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_DONE));
    assert_string_equal(told_of_parent(h, "AUTH-2"), "updated");
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");

    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_REOPEN));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_CANCELLED));
    assert_null(told_of_parent(h, "AUTH-2"));
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
}

/* More than a cursor fetches at first: the task is changed by its steps before it is looked at. */
static void release__of_a_task_and_a_dozen_steps_in_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *blocker[] = {"AUTH-1"};
    struct define_step steps[12];
    struct define_task task = {
        .title = "T", .depends_on = {true, 1, blocker}, .steps = {true, LENGTH_OF(steps), steps}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &task}};
    struct define_answer answer;

    for (size_t i = 0; i < LENGTH_OF(steps); i++)
        steps[i] = (struct define_step){.title = "S", .depends_on = {true, 1, blocker}};
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, plan_define(rq, &args, &answer));
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_DONE));

    assert_string_equal(plan_item(h, "AUTH-2", "n_blockers"), "0");
    plan_assert_right(h);
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_REOPEN));
    assert_string_equal(plan_item(h, "AUTH-2", "n_blockers"), "1");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(reopening__blocks_a_task_and_its_step_once_each),
        HARNESS_TEST(deleting__what_is_complete_releases_nobody),
        HARNESS_TEST(reopening__below_what_was_completed_by_hand_is_told_of_both),
        HARNESS_TEST(undo__opens_what_was_completed_by_hand_only_with_what_is_open),
        HARNESS_TEST(release__of_a_task_and_a_dozen_steps_in_it),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
