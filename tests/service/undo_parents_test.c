/* Undoing, and what becomes of the parents: their status is their own or that of their children. */
#include "undo_helper.h"

#include "planner/service/edit.h"

static void deleted_and_cancelled__comes_back_below_what_is_cancelled(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct delete_args gone = {.item = "AUTH-2"};
    struct item_answer answer;
    struct undo_answer undone;

    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_CANCELLED));
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_CANCELLED));
    assert_ok(rq, item_delete(rq, &gone, &answer));

    assert_ok(rq, undo_one(rq, answer.change.v, &undone));

    assert_string_equal(plan_item(h, "AUTH-2", "status"), "cancelled");
    plan_assert_right(h);
}

/* A status that follows from the children is not told: without them it does not last. */
static void the_undone_reopening_of_a_parent__tells_no_status_that_its_children_give(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct edit_args below = {.item = "AUTH-4", .parent = "AUTH-1"};
    struct item_answer answer;
    struct undo_answer undone;
    int64_t created = 0;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_DONE));
    (void)plan_step(rq, "AUTH-1", NULL);
    created = undo_last(h);
    (void)plan_step(rq, plan_task(rq, "AUTH"), NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-4", OUTCOME_DONE));
    assert_ok(rq, item_edit(rq, &below, &answer));

    assert_ok(rq, undo_one(rq, created, &undone));

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.audit WHERE action = 'undone'"
                                       " AND new_values ? 'status'"),
                        "0");
    plan_assert_right(h);
}

static void a_parent_completed_by_hand__is_so_again_when_its_child_is_cancelled_again(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct undo_answer undone;

    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_CANCELLED));
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");

    assert_ok(rq, undo_one(rq, undo_last(h), &undone));

    assert_string_equal(plan_item(h, "AUTH-2", "status"), "cancelled");
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(deleted_and_cancelled__comes_back_below_what_is_cancelled),
        HARNESS_TEST(the_undone_reopening_of_a_parent__tells_no_status_that_its_children_give),
        HARNESS_TEST(a_parent_completed_by_hand__is_so_again_when_its_child_is_cancelled_again),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
