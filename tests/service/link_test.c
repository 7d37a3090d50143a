/* link_items: what may wait for what, and that readiness and counters follow. */
#include "undo_helper.h"

#include "planner/service/edit.h"
#include "planner/service/item.h"
#include "planner/service/link.h"

static enum status link_one(struct req *rq, const char *item, const char *on,
                            struct item_answer *ret_answer)
{
    const char *names[] = {on};
    const struct link_args args = {.item = item, .depends_on = {true, 1, names}};

    return item_link(rq, &args, ret_answer);
}

static enum status unlink_one(struct req *rq, const char *item, const char *from,
                              struct item_answer *ret_answer)
{
    const char *names[] = {from};
    const struct link_args args = {.item = item, .remove = {true, 1, names}};

    return item_link(rq, &args, ret_answer);
}

static void assert_linked(struct req *rq, const char *item, const char *on)
{
    struct item_answer answer;

    assert_ok(rq, link_one(rq, item, on, &answer));
    assert_true(answer.changed.v);
}

static void assert_not_linked(struct harness *h, const char *item, const char *on,
                              enum status status, const char *part)
{
    struct item_answer answer;
    const char *digest = plan_digest(h);

    assert_fails(&h->rq, link_one(&h->rq, item, on, &answer), status, part);
    assert_string_equal(plan_digest(h), digest);
}

static const char *why_not_ready(struct req *rq, const char *key)
{
    struct item_view view;

    assert_ok(rq, item_get(rq, &(struct get_args){.item = key}, &view));
    return view.not_ready;
}

/* Tasks AUTH-1, 4, 7 with two steps each: AUTH-2, 3; AUTH-5, 6; AUTH-8, 9. */
static void plan_three_tasks(struct req *rq)
{
    (void)plan_project(rq, "AUTH");
    for (int i = 0; i < 3; i++) {
        const char *task = plan_task(rq, "AUTH");
        (void)plan_step(rq, task, NULL);
        (void)plan_step(rq, task, NULL);
    }
}

static void link__blocks_across_the_tree_until_it_is_removed(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;

    plan_three_tasks(rq);
    assert_ok(rq, link_one(rq, "auth-2", "AUTH-9", &answer));
    assert_string_equal(answer.key, "AUTH-2");
    assert_string_equal(answer.state, "waiting");
    assert_string_equal(answer.waits_for, "AUTH-9");
    assert_string_equal(*LIST_AT(answer.added, 0, const char *const), "AUTH-9");
    assert_int_equal(answer.removed.n, 0);
    assert_int_equal(answer.version.v, 2);
    assert_string_equal(why_not_ready(rq, "AUTH-2"), "waits for AUTH-9 (open)");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3 AUTH-5 AUTH-6 AUTH-8 AUTH-9");
    plan_assert_right(h);

    assert_ok(rq, unlink_one(rq, "AUTH-2", "AUTH-9", &answer));
    assert_string_equal(answer.state, "ready");
    assert_null(answer.waits_for);
    assert_string_equal(*LIST_AT(answer.removed, 0, const char *const), "AUTH-9");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2 AUTH-3 AUTH-5 AUTH-6 AUTH-8 AUTH-9");
    plan_assert_right(h);
}

static void link__of_a_task_holds_back_all_that_is_in_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-4", "AUTH-1");
    assert_linked(rq, "AUTH-8", "AUTH-4");

    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2 AUTH-3 AUTH-9");
    plan_assert_right(h);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE)); /* the last child */
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-5 AUTH-6 AUTH-9");
    plan_assert_right(h);
}

static void links__of_one_call_are_made_and_removed_together(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *more[] = {"AUTH-3", "AUTH-5", "auth-5", "AUTH-6"};
    const char *less[] = {"AUTH-9", "AUTH-8"};
    const struct link_args args = {
        .item = "AUTH-2", .depends_on = {true, 4, more}, .remove = {true, 2, less}};
    struct item_answer answer;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-2", "AUTH-9");
    assert_linked(rq, "AUTH-2", "AUTH-6");
    assert_ok(rq, plan_complete(rq, "AUTH-5", OUTCOME_DONE));
    assert_ok(rq, item_link(rq, &args, &answer));

    assert_int_equal(answer.added.n, 2); /* AUTH-6 was there, AUTH-5 was named twice */
    assert_int_equal(answer.removed.n, 1);
    assert_string_equal(answer.waits_for, "AUTH-3, AUTH-6");
    assert_string_equal(plan_item(h, "AUTH-2", "n_blockers"), "2");
    assert_string_equal(
        harness_sql(h,
                    "SELECT string_agg(a.action || ' ' || coalesce(("
                    "SELECT string_agg(i.number::text, ' ' ORDER BY i.number) FROM planner.items i"
                    " WHERE coalesce(a.new_values, a.old_values) -> 'depends_on' ? i.id::text),"
                    " ''), ', ' ORDER BY a.id) FROM planner.audit a WHERE a.change = %lld",
                    (long long)answer.change.v),
        "linked 3 5, unlinked 9");
    plan_assert_right(h);
}

static void links__that_are_so_already_are_no_change(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;
    const char *digest = NULL;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-2", "AUTH-9");
    digest = plan_digest(h);

    assert_ok(rq, link_one(rq, "AUTH-2", "AUTH-9", &answer));
    assert_false(answer.changed.v);
    assert_string_equal(answer.state, "waiting");
    assert_ok(rq, unlink_one(rq, "AUTH-2", "AUTH-5", &answer));
    assert_false(answer.changed.v);
    assert_int_equal(answer.version.v, 2);
    assert_string_equal(plan_digest(h), digest);
}

static void link__is_refused_where_it_makes_no_sense(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *both[] = {"AUTH-5"};
    const struct link_args none = {.item = "AUTH-2"};
    const struct link_args twice = {
        .item = "AUTH-2", .depends_on = {true, 1, both}, .remove = {true, 1, both}};
    struct item_answer answer;

    plan_three_tasks(rq);
    (void)plan_project(rq, "WEB");
    (void)plan_task(rq, "WEB");

    assert_not_linked(h, "AUTH-2", "AUTH-2", ST_INVALID, "AUTH-2 would wait for itself");
    assert_not_linked(h, "AUTH-2", "AUTH-1", ST_INVALID, "AUTH-1 is above AUTH-2");
    assert_not_linked(h, "AUTH-1", "AUTH-2", ST_INVALID, "AUTH-2 is inside AUTH-1");
    assert_not_linked(h, "AUTH-2", "AUTH", ST_INVALID, "AUTH is a project");
    assert_not_linked(h, "AUTH", "AUTH-2", ST_INVALID, "'item': AUTH is a project");
    assert_not_linked(h, "AUTH-2", "WEB-1", ST_INVALID, "WEB-1 is in another project");
    assert_not_linked(h, "AUTH-2", "WEB", ST_INVALID, "WEB is in another project");
    assert_not_linked(h, "AUTH-2", "AUTH-99", ST_NOT_FOUND, "'depends_on': AUTH-99");
    assert_not_linked(h, "AUTH-99", "AUTH-2", ST_NOT_FOUND, "'item': AUTH-99");
    assert_fails(rq, unlink_one(rq, "AUTH-2", "AUTH-99", &answer), ST_NOT_FOUND, "'remove'");
    assert_fails(rq, item_link(rq, &none, &answer), ST_INVALID, "name at least one item");
    assert_fails(rq, item_link(rq, &twice, &answer), ST_INVALID, "is in 'depends_on', too");
}

static void circles__are_refused_and_shown(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-5", "AUTH-2");
    assert_not_linked(h, "AUTH-2", "AUTH-5", ST_INVALID,
                      "'depends_on': AUTH-2 would wait for itself: AUTH-2, AUTH-5, AUTH-2");
    assert_linked(rq, "AUTH-8", "AUTH-5");
    assert_not_linked(h, "AUTH-2", "AUTH-8", ST_INVALID, "AUTH-2, AUTH-8, AUTH-5, AUTH-2");
    /* what holds a step back holds its task open, and a task holds back what is in it */
    assert_not_linked(h, "AUTH-2", "AUTH-7", ST_INVALID, "AUTH-2, AUTH-7");
    assert_not_linked(h, "AUTH-1", "AUTH-8", ST_INVALID, "would wait for itself");
    assert_not_linked(h, "AUTH-1", "AUTH-7", ST_INVALID, "would wait for itself");
    assert_linked(rq, "AUTH-3", "AUTH-9");
    assert_linked(rq, "AUTH-7", "AUTH-6");
    assert_not_linked(h, "AUTH-6", "AUTH-3", ST_INVALID, "AUTH-6, AUTH-3, AUTH-9, AUTH-7, AUTH-6");
    plan_assert_right(h);
}

/* What is closed may be opened again. */
static void circles__through_what_is_closed_are_refused_too(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-5", "AUTH-2");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-5", OUTCOME_CANCELLED));

    assert_not_linked(h, "AUTH-2", "AUTH-5", ST_INVALID, "would wait for itself");
}

static void circles__through_what_is_deleted_are_none_until_it_comes_back(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *task = NULL;
    const struct delete_args erase = {.item = "AUTH-10", .subtree = SOME_BOOL(true)};
    struct item_answer answer;
    struct undo_answer undone;

    plan_three_tasks(rq);
    task = plan_task(rq, "AUTH-1");
    assert_string_equal(task, "AUTH-10");
    assert_linked(rq, plan_step(rq, task, NULL), "AUTH-4");
    assert_not_linked(h, "AUTH-4", "AUTH-1", ST_INVALID, "AUTH-4");
    assert_ok(rq, item_delete(rq, &erase, &answer));

    assert_linked(rq, "AUTH-4", "AUTH-1");
    assert_fails(rq, undo_one(rq, answer.change.v, &undone), ST_CONFLICT, "wait for itself");
    assert_ok(rq, unlink_one(rq, "AUTH-4", "AUTH-1", &answer));
    plan_assert_right(h);
}

static void circles__through_the_order_below_a_sequential_parent_are_refused(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args in_sequence = {.project = "AUTH", .sequential = SOME_BOOL(true)};
    struct project_answer answer;

    plan_three_tasks(rq);
    assert_ok(rq, project_update(rq, &in_sequence, &answer));

    assert_not_linked(h, "AUTH-2", "AUTH-8", ST_INVALID, "would wait for itself");
    assert_not_linked(h, "AUTH-2", "AUTH-4", ST_INVALID, "would wait for itself");
    assert_not_linked(h, "AUTH-1", "AUTH-5", ST_INVALID, "would wait for itself");
    assert_linked(rq, "AUTH-8", "AUTH-2"); /* as the order is anyway */
    assert_linked(rq, "AUTH-2", "AUTH-3"); /* AUTH-1 itself is not in sequence */
    plan_assert_right(h);
}

static const char *work_link(struct req *rq, int nth)
{
    struct item_answer answer;
    const enum status status =
        link_one(rq, nth == 0 ? "AUTH-2" : "AUTH-5", nth == 0 ? "AUTH-5" : "AUTH-2", &answer);

    return status == ST_OK ? "linked" : rq->message;
}

static void opposite_links__of_two_processes_at_once_do_not_both_pass(void **state)
{
    struct harness *h = *state;
    struct plan_child children[2];
    int n_linked = 0;

    plan_three_tasks(&h->rq);
    plan_hold(h);
    for (int c = 0; c < 2; c++)
        children[c] = plan_fork(h, work_link, c);
    plan_let_go(h, 2);
    for (int c = 0; c < 2; c++) {
        const char *text = plan_join(h, &children[c]);
        const bool linked = strcmp(text, "linked") == 0;
        n_linked += linked;
        if (!linked)
            assert_non_null(strstr(text, "would wait for itself: AUTH-"));
    }

    assert_int_equal(n_linked, 1);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.deps"), "1");
    plan_assert_right(h);
}

static void what_is_complete__waits_only_for_what_is_closed(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_three_tasks(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-5", OUTCOME_CANCELLED));
    assert_not_linked(
        h, "AUTH-2", "AUTH-8", ST_CONFLICT,
        "AUTH-2 is complete and cannot wait for AUTH-8, which is open; reopen AUTH-2 first");
    assert_linked(rq, "AUTH-2", "AUTH-5");
    assert_linked(rq, "AUTH-5", "AUTH-8"); /* cancelled: it is not held back by anything */

    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));
    assert_not_linked(h, "AUTH-1", "AUTH-8", ST_CONFLICT, "reopen a child of AUTH-1 first");
    plan_assert_right(h);
}

static void cancelling_a_blocker__releases_and_says_so(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct complete_args cancel = {.item = "AUTH-2", .outcome = OUTCOME_CANCELLED};
    struct item_answer answer;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-5", "AUTH-2");
    assert_ok(rq, item_complete(rq, &cancel, &answer));

    assert_int_equal(answer.released.n, 1);
    assert_string_equal(*LIST_AT(answer.released, 0, const char *const), "AUTH-5");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3 AUTH-5 AUTH-6 AUTH-8 AUTH-9");
    plan_assert_right(h);
}

/* What was done stays done; when it is opened, too, it waits. */
static void reopening_a_blocker__blocks_again(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-5", "AUTH-2");
    assert_linked(rq, "AUTH-8", "AUTH-2");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-8", OUTCOME_DONE));
    (void)harness_sql(h, "INSERT INTO planner.claims (project_id, item_id, agent, token,"
                         " lease_seconds, expires_at) SELECT project_id, id, 'agent-b', 7, 900,"
                         " now() + interval '5 minutes' FROM planner.items WHERE number = 5");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));

    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2 AUTH-3 AUTH-6 AUTH-9");
    assert_string_equal(plan_item(h, "AUTH-5", "n_blockers"), "1");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "1");
    assert_string_equal(plan_item(h, "AUTH-8", "status"), "complete");
    plan_assert_right(h);
    assert_ok(rq, plan_complete(rq, "AUTH-8", OUTCOME_REOPEN));
    assert_string_equal(why_not_ready(rq, "AUTH-8"), "waits for AUTH-2 (open)");
    plan_assert_right(h);
}

/* A task that is complete by its children blocks again when it gets another. */
static void new_child_of_a_blocker__blocks_again(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_three_tasks(rq);
    assert_linked(rq, "AUTH-4", "AUTH-1");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_CANCELLED));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-5 AUTH-6 AUTH-8 AUTH-9");

    (void)plan_step(rq, "AUTH-1", NULL);

    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-10 AUTH-8 AUTH-9");
    plan_assert_right(h);
}

static void links__beyond_a_thousand_are_refused(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct define_task *tasks = ARENA_MANY(rq->arena, LINK_ITEMS_MAX + 2, struct define_task);
    const char **keys = ARENA_MANY(rq->arena, LINK_ITEMS_MAX + 1, const char *);
    const struct define_args plan = {.parent = "AUTH", .tasks = {true, LINK_ITEMS_MAX + 2, tasks}};
    struct link_args args = {.item = "AUTH-1", .depends_on = {true, LINK_ITEMS_MAX + 1, keys}};
    struct define_answer defined;
    struct item_answer answer;

    (void)plan_project(rq, "AUTH");
    for (int i = 0; i < LINK_ITEMS_MAX + 2; i++)
        tasks[i].title = "t";
    assert_ok(rq, plan_define(rq, &plan, &defined));
    for (int i = 0; i < LINK_ITEMS_MAX + 1; i++)
        keys[i] = arena_printf(rq->arena, "AUTH-%d", i + 2);

    assert_fails(rq, item_link(rq, &args, &answer), ST_LIMIT, "1001 items; at most 1000");
    args.depends_on.n = LINK_ITEMS_MAX;
    args.remove = (struct list){true, 1, &keys[LINK_ITEMS_MAX]};
    assert_fails(rq, item_link(rq, &args, &answer), ST_LIMIT, "1001 items; at most 1000");
    args.remove.n = 0;
    assert_ok(rq, item_link(rq, &args, &answer));
    assert_int_equal(answer.added.n, LINK_ITEMS_MAX);
    assert_string_equal(answer.waits_for, "AUTH-2, AUTH-3, AUTH-4, AUTH-5 and 996 more");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(link__blocks_across_the_tree_until_it_is_removed),
        HARNESS_TEST(link__of_a_task_holds_back_all_that_is_in_it),
        HARNESS_TEST(links__of_one_call_are_made_and_removed_together),
        HARNESS_TEST(links__that_are_so_already_are_no_change),
        HARNESS_TEST(link__is_refused_where_it_makes_no_sense),
        HARNESS_TEST(circles__are_refused_and_shown),
        HARNESS_TEST(circles__through_what_is_closed_are_refused_too),
        HARNESS_TEST(circles__through_what_is_deleted_are_none_until_it_comes_back),
        HARNESS_TEST(circles__through_the_order_below_a_sequential_parent_are_refused),
        HARNESS_TEST(opposite_links__of_two_processes_at_once_do_not_both_pass),
        HARNESS_TEST(what_is_complete__waits_only_for_what_is_closed),
        HARNESS_TEST(cancelling_a_blocker__releases_and_says_so),
        HARNESS_TEST(reopening_a_blocker__blocks_again),
        HARNESS_TEST(new_child_of_a_blocker__blocks_again),
        HARNESS_TEST(links__beyond_a_thousand_are_refused),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
