/* update_item: where an item stands. */
#include "edit_helper.h"

#include "planner/service/promote.h"
#include "planner/service/undo.h"

/* The numbers of the items below a parent, depth-first, with the depth: "1/1 2/2". */
static const char *tree(struct harness *h, const char *project)
{
    const char *text = harness_sql(
        h,
        "SELECT string_agg(i.number || '/' || i.depth, ' ' ORDER BY o.n) FROM planner.projects p,"
        " planner.outline_below(p.id, p.id, 64, true, 1000, NULL) WITH ORDINALITY o (id, place, n)"
        " JOIN planner.items i ON i.id = o.id WHERE p.slug = '%s'",
        project);

    return text == NULL ? "" : text;
}

static void move__to_every_place_among_siblings(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_string_equal(tree(h, "AUTH"), "1/1 2/2 3/2 4/2 5/1 6/2 7/1");

    assert_ok(rq, EDIT(rq, .item = "AUTH-4", .before = "AUTH-2"));
    assert_string_equal(tree(h, "AUTH"), "1/1 4/2 2/2 3/2 5/1 6/2 7/1");
    assert_ok(rq, EDIT(rq, .item = "AUTH-4", .after = "AUTH-2"));
    assert_string_equal(tree(h, "AUTH"), "1/1 2/2 4/2 3/2 5/1 6/2 7/1");
    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .after = "AUTH-3"));
    assert_string_equal(tree(h, "AUTH"), "1/1 4/2 3/2 2/2 5/1 6/2 7/1");
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .after = "AUTH-7"));
    assert_string_equal(tree(h, "AUTH"), "5/1 6/2 7/1 1/1 4/2 3/2 2/2");
    plan_assert_right(h);
}

static void undone_promotion__is_as_deep_as_its_step_when_it_comes_back(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *titles[] = {"one", "two"};
    const struct promote_args promote = {.step = "AUTH-6", .breakdown = {true, 2, titles}};
    struct promote_answer promoted;
    struct undo_answer undone;

    edit_three_tasks(rq);
    assert_ok(rq, EDIT(rq, .item = "AUTH-7", .parent = "AUTH-1"));
    assert_ok(rq, step_promote(rq, &promote, &promoted));
    assert_ok(rq, undo_change(rq, &(struct undo_args){.change = promoted.change}, &undone));

    assert_ok(rq, EDIT(rq, .item = "AUTH-6", .parent = "AUTH-7"));

    assert_string_equal(harness_sql(h,
                                    "SELECT string_agg(number || '/' || depth, ' ' ORDER BY number)"
                                    " FROM planner.items WHERE number IN (6, 8, 9)"),
                        "6/3 8/4 9/4");
    plan_assert_right(h);
}

static void move__to_where_it_stands_changes_nothing(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;
    const struct edit_args there[] = {
        {.item = "AUTH-3", .before = "AUTH-4"},
        {.item = "AUTH-3", .after = "AUTH-2"},
        {.item = "AUTH-3", .parent = "AUTH-1"},
        {.item = "AUTH-3", .parent = "AUTH-1", .after = "AUTH-2"},
    };

    edit_three_tasks(rq);
    for (size_t i = 0; i < LENGTH_OF(there); i++) {
        assert_ok(rq, item_edit(rq, &there[i], &answer));
        assert_false(answer.changed.v);
    }
    assert_string_equal(tree(h, "AUTH"), "1/1 2/2 3/2 4/2 5/1 6/2 7/1");
}

static void move__to_another_parent_keeps_all_counters_right(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;

    edit_three_tasks(rq);
    assert_ok(rq,
              item_edit(rq, &(struct edit_args){.item = "AUTH-2", .parent = "AUTH-5"}, &answer));
    assert_string_equal(answer.moved_to, "AUTH-5");
    assert_int_equal(answer.version.v, 2);
    assert_string_equal(tree(h, "AUTH"), "1/1 3/2 4/2 5/1 6/2 2/2 7/1");
    plan_assert_right(h);

    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .before = "AUTH-6")); /* its parent is meant */
    assert_string_equal(tree(h, "AUTH"), "1/1 3/2 4/2 5/1 2/2 6/2 7/1");
    assert_ok(rq, EDIT(rq, .item = "AUTH-5", .parent = "AUTH-1", .before = "AUTH-4"));
    assert_string_equal(tree(h, "AUTH"), "1/1 3/2 5/2 2/3 6/3 4/2 7/1");
    plan_assert_right(h);
}

static void move__of_a_subtree_takes_the_depths_along(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-7"));
    assert_ok(rq, EDIT(rq, .item = "AUTH-7", .parent = "AUTH-5"));
    assert_string_equal(tree(h, "AUTH"), "5/1 6/2 7/2 1/3 2/4 3/4 4/4");
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH"));
    assert_string_equal(tree(h, "AUTH"), "5/1 6/2 7/2 1/1 2/2 3/2 4/2");
    plan_assert_right(h);
}

static void move__of_the_last_open_child_completes_the_parent_it_left(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-1"), "AUTH-8");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-4 AUTH-6 AUTH-7");

    assert_ok(rq, EDIT(rq, .item = "AUTH-4", .parent = "AUTH-5"));

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-6 AUTH-4 AUTH-7 AUTH-8");
    plan_assert_right(h);
}

static void move__below_a_complete_task_reopens_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-7"), "AUTH-8");
    assert_ok(rq, plan_complete(rq, "AUTH-6", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-7", OUTCOME_DONE));

    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-5"));
    assert_ok(rq, EDIT(rq, .item = "AUTH-3", .parent = "AUTH-7"));

    assert_string_equal(plan_item(h, "AUTH-5", "status"), "open");
    assert_string_equal(plan_item(h, "AUTH-7", "status"), "open");
    assert_string_equal(plan_item(h, "AUTH-8", "n_blockers"), "1");
    assert_string_equal(
        harness_sql(h, "SELECT string_agg(i.number || ' ' || a.action, ', ' ORDER BY a.id)"
                       " FROM planner.audit a JOIN planner.items i ON i.id = a.entity_id"
                       " WHERE a.change > (SELECT max(change) - 2 FROM planner.audit)"),
        "2 moved, 3 moved, 7 reopened");
    plan_assert_right(h);
}

static void move__of_what_is_complete_keeps_a_complete_parent_so(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-7", OUTCOME_DONE));

    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-7"));
    assert_string_equal(plan_item(h, "AUTH-7", "status"), "complete");
    plan_assert_right(h);
    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-1"));

    assert_string_equal(plan_item(h, "AUTH-7", "status"), "open");
    plan_assert_right(h);
}

static void move__of_the_only_child_leaves_a_leaf(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_ok(rq, EDIT(rq, .item = "AUTH-6", .parent = "AUTH-1"));

    assert_string_equal(plan_item(h, "AUTH-5", "has_children"), "false");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2 AUTH-3 AUTH-4 AUTH-6 AUTH-5 AUTH-7");
    plan_assert_right(h);
}

static void move__refuses_impossible_places(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    (void)plan_project(rq, "OTHER");
    (void)plan_task(rq, "OTHER");
    assert_ok(rq, plan_complete(rq, "AUTH-7", OUTCOME_CANCELLED));

    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-1"), ST_INVALID,
                 "'parent': AUTH-1 is the item itself; move it out first, or name another");
    assert_ok(rq, EDIT(rq, .item = "AUTH-5", .parent = "AUTH-1"));
    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-5"), ST_INVALID,
                 "'parent': AUTH-5 is inside AUTH-1; move it out first, or name another");
    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .before = "AUTH-6"), ST_INVALID,
                 "'before': AUTH-5 is inside AUTH-1");
    assert_fails(rq, EDIT(rq, .item = "AUTH-5", .parent = "AUTH-2"), ST_INVALID,
                 "'parent': AUTH-2 is a step and holds nothing; name a task");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH"), ST_INVALID,
                 "'parent': AUTH is a project and a step belongs to a task");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .before = "AUTH-1"), ST_INVALID,
                 "'before': AUTH is a project and a step belongs to a task");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-7"), ST_CONFLICT,
                 "'parent': AUTH-7 is cancelled; reopen it first");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .parent = "OTHER-1"), ST_INVALID,
                 "'parent': OTHER-1 is in another project and AUTH-2 stays in AUTH");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .after = "OTHER-1"), ST_INVALID,
                 "'after': OTHER is in another project");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .after = "AUTH-2"), ST_INVALID,
                 "'after': AUTH-2 is the item itself; name a sibling");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .after = "AUTH"), ST_INVALID,
                 "'after': AUTH is a project; name an item in it");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-1", .after = "AUTH-6"), ST_INVALID,
                 "'after': AUTH-6 is not in AUTH-1; name an item of the same parent");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .before = "AUTH-3", .after = "AUTH-4"), ST_INVALID,
                 "'before' and 'after' exclude each other; give one");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-99"), ST_NOT_FOUND, "'parent': ");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .before = "AUTH-99"), ST_NOT_FOUND, "'before': ");
    plan_assert_right(h);
}

/* A chain of n tasks below the project; the key of the last. */
static const char *chain(struct req *rq, const char *top, int n)
{
    for (int i = 0; i < n; i++)
        top = plan_task(rq, top);
    return top;
}

static void move__is_limited_by_the_height_of_the_subtree(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    (void)plan_project(rq, "AUTH");
    (void)chain(rq, "AUTH", 60);          /* AUTH-1 to AUTH-60, at depths 1 to 60 */
    (void)chain(rq, "AUTH", 4);           /* AUTH-61 to AUTH-64: three levels below AUTH-61 */
    (void)plan_step(rq, "AUTH-64", NULL); /* AUTH-65: four */

    assert_fails(rq, EDIT(rq, .item = "AUTH-61", .parent = "AUTH-60"), ST_LIMIT,
                 "'parent': AUTH-60 is on level 60 and AUTH-61 has 4 more below it; nothing "
                 "goes below level 64");
    assert_ok(rq, EDIT(rq, .item = "AUTH-61", .parent = "AUTH-59"));
    assert_string_equal(plan_item(h, "AUTH-65", "depth"), "64");
    assert_ok(rq, EDIT(rq, .item = "AUTH-61", .parent = "AUTH"));
    assert_string_equal(plan_item(h, "AUTH-65", "depth"), "5");
    plan_assert_right(h);
}

static void move__refuses_a_circle_through_a_new_ancestor(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-1"), "AUTH-8");

    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-8"), ST_CONFLICT,
                 "'parent': AUTH-8 waits for AUTH-1, and in that place of AUTH-1 each would wait "
                 "for the other; take the dependency off first (link_items AUTH-8 with remove "
                 "AUTH-1)");
    assert_fails(rq, EDIT(rq, .item = "AUTH-8", .parent = "AUTH-1"), ST_CONFLICT,
                 "AUTH-8 waits for AUTH-1");
    assert_ok(rq, EDIT(rq, .item = "AUTH-8", .parent = "AUTH-5"));
    assert_fails(rq, EDIT(rq, .item = "AUTH-5", .parent = "AUTH-1"), ST_CONFLICT,
                 "AUTH-8 waits for AUTH-1, and in that place of AUTH-5");
    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-8"), ST_CONFLICT, "AUTH-8 waits");
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-7"));
    plan_assert_right(h);
}

/* AUTH-9 waits for AUTH-1, AUTH-10 for AUTH-9: through something that is not in either place. */
static void move__refuses_a_circle_through_others(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    (void)plan_task(rq, "AUTH"); /* AUTH-8 */
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-1"), "AUTH-9");
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-9"), "AUTH-10");

    assert_fails(rq, EDIT(rq, .item = "AUTH-10", .parent = "AUTH-1"), ST_CONFLICT,
                 "AUTH-10 waits for AUTH-9");
    assert_fails(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-10"), ST_CONFLICT,
                 "AUTH-9 waits for AUTH-1");
    assert_ok(rq, EDIT(rq, .item = "AUTH-10", .parent = "AUTH-8"));
}

static void move__refuses_a_circle_with_the_order_of_a_sequence(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-7"), "AUTH-8");
    assert_ok(rq, EDIT(rq, .item = "AUTH-5", .sequential = SOME_BOOL(true)));
    assert_ok(rq, EDIT(rq, .item = "AUTH-7", .parent = "AUTH-5"));

    assert_fails(rq, EDIT(rq, .item = "AUTH-8", .before = "AUTH-7"), ST_CONFLICT,
                 "'before': AUTH-8 waits for AUTH-7");
    assert_fails(rq, EDIT(rq, .item = "AUTH-8", .before = "AUTH-6"), ST_CONFLICT,
                 "'before': AUTH-8 waits for AUTH-7");
    assert_ok(rq, EDIT(rq, .item = "AUTH-8", .after = "AUTH-7"));
    assert_fails(rq, EDIT(rq, .item = "AUTH-7", .after = "AUTH-8"), ST_CONFLICT,
                 "'after': AUTH-8 waits for AUTH-7");
    assert_ok(rq, EDIT(rq, .item = "AUTH-7", .before = "AUTH-6"));
    plan_assert_right(h);
}

static void claims__hold_a_move_but_not_an_edit(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    plan_claim(h, "AUTH-2", "agent-b", 5);

    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .title = "other"));
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-5"), ST_CONFLICT,
                 "AUTH-2 is claimed by agent-b until");
    assert_fails(rq, EDIT(rq, .item = "AUTH-2", .title = "third", .token = SOME_INT(4)),
                 ST_CONFLICT, "'token': 4 is not the claim of AUTH-2");
    assert_ok(rq, EDIT(rq, .item = "AUTH-1", .parent = "AUTH-7")); /* with what is claimed in it */
    assert_ok(rq, EDIT(rq, .item = "AUTH-2", .parent = "AUTH-5", .token = SOME_INT(5)));
    plan_assert_right(h);
}

/* Each insert at one spot makes the keys longer, until the children are renumbered. */
static void move__to_one_spot_many_times(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    for (int i = 0; i < 200; i++) {
        assert_ok(rq, EDIT(rq, .item = i % 2 == 0 ? "AUTH-3" : "AUTH-4", .after = "AUTH-2"));
        if (i % 50 == 0)
            arena_reset(rq->arena);
    }

    assert_string_equal(tree(h, "AUTH"), "1/1 2/2 4/2 3/2 5/1 6/2 7/1");
    plan_assert_right(h);
}

static void move__renumbers_when_the_keys_are_used_up(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    edit_three_tasks(rq);
    (void)harness_sql(h, "UPDATE planner.items SET sort_key = 'V' || repeat('0', 62) || number"
                         " WHERE kind = 'step' AND number < 5");

    assert_ok(rq, EDIT(rq, .item = "AUTH-6", .after = "AUTH-2"));

    assert_string_equal(tree(h, "AUTH"), "1/1 2/2 6/2 3/2 4/2 5/1 7/1");
    assert_string_equal(harness_sql(h, "SELECT old_values ->> 'after' IS NULL AND"
                                       " new_values ->> 'after' = (SELECT id::text FROM"
                                       " planner.items WHERE number = 2) FROM planner.audit"
                                       " WHERE action = 'moved'"),
                        "t");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(move__to_every_place_among_siblings),
        HARNESS_TEST(undone_promotion__is_as_deep_as_its_step_when_it_comes_back),
        HARNESS_TEST(move__to_where_it_stands_changes_nothing),
        HARNESS_TEST(move__to_another_parent_keeps_all_counters_right),
        HARNESS_TEST(move__of_a_subtree_takes_the_depths_along),
        HARNESS_TEST(move__of_the_last_open_child_completes_the_parent_it_left),
        HARNESS_TEST(move__below_a_complete_task_reopens_it),
        HARNESS_TEST(move__of_what_is_complete_keeps_a_complete_parent_so),
        HARNESS_TEST(move__of_the_only_child_leaves_a_leaf),
        HARNESS_TEST(move__refuses_impossible_places),
        HARNESS_TEST(move__is_limited_by_the_height_of_the_subtree),
        HARNESS_TEST(move__refuses_a_circle_through_a_new_ancestor),
        HARNESS_TEST(move__refuses_a_circle_through_others),
        HARNESS_TEST(move__refuses_a_circle_with_the_order_of_a_sequence),
        HARNESS_TEST(claims__hold_a_move_but_not_an_edit),
        HARNESS_TEST(move__to_one_spot_many_times),
        HARNESS_TEST(move__renumbers_when_the_keys_are_used_up),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
