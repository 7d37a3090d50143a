/* delete_item, and that nothing finds what is deleted. */
#include "plan_helper.h"

#include "planner/base/buf.h"
#include "planner/service/brief.h"
#include "planner/service/completion.h"
#include "planner/service/dispute.h"
#include "planner/service/edit.h"
#include "planner/service/item.h"

static enum status erase(struct req *rq, const struct delete_args *args)
{
    struct item_answer answer;

    return item_delete(rq, args, &answer);
}

#define DELETE(rq, ...) erase((rq), &(struct delete_args){__VA_ARGS__})
#define WHOLE           .subtree = SOME_BOOL(true)

static void delete__takes_a_step_out_of_its_path(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;

    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, item_delete(rq, &(struct delete_args){.item = "AUTH-3"}, &answer));

    assert_true(answer.changed.v);
    assert_string_equal(answer.state, "deleted");
    assert_int_equal(answer.below.v, 0);
    assert_int_equal(answer.version.v, 2);
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
    assert_string_equal(plan_item(h, "AUTH", "status"), "complete");
    plan_assert_right(h);
}

static void delete__of_the_only_child_leaves_a_leaf(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, DELETE(rq, .item = "AUTH-2"));

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-1");
    plan_assert_right(h);
}

static void delete__of_a_subtree_only_when_told(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;

    plan_usual(rq);
    assert_fails(rq, DELETE(rq, .item = "AUTH-1"), ST_CONFLICT,
                 "'subtree': AUTH-1 has 1 item below it; give true to delete all of that");
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_fails(rq, DELETE(rq, .item = "AUTH-1", .subtree = SOME_BOOL(false)), ST_CONFLICT,
                 "'subtree': AUTH-1 has 2 items below it");
    assert_ok(rq, item_delete(rq, &(struct delete_args){.item = "AUTH-1", WHOLE}, &answer));

    assert_int_equal(answer.below.v, 2);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.items"
                                       " WHERE deleted_at IS NOT NULL"),
                        "1");
    assert_string_equal(plan_item(h, "AUTH", "has_children"), "false");
    plan_assert_right(h);
}

static void delete__minds_version_and_kind(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    assert_fails(rq, DELETE(rq, .item = "AUTH", WHOLE), ST_INVALID,
                 "'item': AUTH is a project; update_project with status archived puts it away");
    assert_fails(rq, DELETE(rq, .item = "AUTH-2", .write.expected_version = SOME_INT(4)),
                 ST_CONFLICT, "'expected_version': AUTH-2 is at version 1, not 4");
    assert_ok(rq, DELETE(rq, .item = "AUTH-2", .write.expected_version = SOME_INT(1)));
}

static void delete__releases_what_waited_from_outside(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;

    plan_usual(rq);
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-2"), "AUTH-3");
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-1"), "AUTH-4");
    assert_string_equal(plan_waiting(rq, "AUTH", "AUTH-3"), "AUTH-5");
    assert_string_equal(plan_waiting(rq, "AUTH-1", "AUTH-2"),
                        "AUTH-6"); /* both ends inside: stays */
    assert_ok(rq, item_delete(rq, &(struct delete_args){.item = "AUTH-1", WHOLE}, &answer));

    assert_int_equal(answer.released.n, 2);
    assert_string_equal(*LIST_AT(answer.released, 0, const char *const), "AUTH-3");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3 AUTH-4");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.deps"), "2");
    assert_string_equal(
        harness_sql(h, "SELECT string_agg(i.number || ' ' || a.action || ' ' || coalesce(("
                       " SELECT string_agg(b.number::text, ',') FROM jsonb_array_elements_text("
                       " a.old_values -> 'depends_on') n (id) JOIN planner.items b"
                       " ON b.id = n.id::uuid), '-'), '; ' ORDER BY a.id) FROM planner.audit a"
                       " JOIN planner.items i ON i.id = a.entity_id"
                       " WHERE a.change = (SELECT max(change) FROM planner.audit)"),
        "1 deleted -; 3 unlinked 2; 4 unlinked 1");
    plan_assert_right(h);
}

/* More dependencies than are looked at from their own side. */
static void delete__releases_among_a_thousand_dependencies(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    static char refs[600][8];
    static struct define_task tasks[601];
    static const char *needs[600];
    const struct define_args args = {.parent = "AUTH", .tasks = {true, LENGTH_OF(tasks), tasks}};
    struct define_answer answer;

    plan_usual(rq);
    for (size_t i = 0; i < LENGTH_OF(refs); i++) {
        (void)snprintf(refs[i], sizeof(refs[i]), "r%zu", i);
        needs[i] = i == 0 ? "AUTH-2" : refs[i - 1];
        tasks[i] =
            (struct define_task){.title = "t", .ref = refs[i], .depends_on = {true, 1, &needs[i]}};
    }
    tasks[600] = (struct define_task){.title = "last", .depends_on = {true, 600, needs}};
    assert_ok(rq, plan_define(rq, &args, &answer));
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE));

    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.deps"), "1198");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3");
    assert_ok(rq, DELETE(rq, .item = "AUTH-3"));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-4");
    plan_assert_right(h);
}

static void delete__of_what_is_disputed_wants_force(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct dispute_list list;
    const struct dispute_list_args all = {.project = "AUTH"};

    plan_usual(rq);
    assert_string_equal(plan_disputed(rq, "AUTH", "AUTH-1"), "AUTH-3");
    assert_fails(rq, DELETE(rq, .item = "AUTH-1", WHOLE), ST_CONFLICT,
                 "AUTH-1 would take open disputes along: AUTH-3; settle them (resolve_dispute), or "
                 "give force true");
    assert_ok(rq, DELETE(rq, .item = "AUTH-2"));
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE, .force = SOME_BOOL(true)));

    assert_ok(rq, dispute_find_all(rq, &all, &list));
    assert_int_equal(list.disputes.n, 0);
    assert_fails(rq, plan_resolve(rq, "AUTH-3", RESOLVE_SERVER), ST_NOT_FOUND, "AUTH-3");
    plan_assert_right(h);
}

static void delete__of_what_others_claim_wants_force(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
    plan_claim(h, "AUTH-2", "agent-b", 5);
    plan_claim(h, "AUTH-3", rq->actor.agent, 6);

    assert_fails(rq, DELETE(rq, .item = "AUTH-2"), ST_CONFLICT,
                 "AUTH-2 would take others' claims along: AUTH-2 by agent-b; wait for them, or "
                 "give force true");
    assert_fails(rq, DELETE(rq, .item = "AUTH-1", WHOLE), ST_CONFLICT, "AUTH-2 by agent-b");
    assert_fails(rq, DELETE(rq, .item = "AUTH-3"), ST_CONFLICT, "'token' is missing");
    assert_fails(rq, DELETE(rq, .item = "AUTH-3", .token = SOME_INT(5)), ST_CONFLICT, "'token': 5");
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE, .force = SOME_BOOL(true)));

    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "0");
    plan_assert_right(h);
}

static void delete__with_the_token_of_the_claim(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    plan_claim(h, "AUTH-2", rq->actor.agent, 6);
    assert_ok(rq, DELETE(rq, .item = "AUTH-2", .token = SOME_INT(6)));
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "0");
}

/* What is below a deleted item goes on counting for itself, and not above it. */
static void deleted__still_counts_what_it_waits_for(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)plan_task(rq, "AUTH"); /* AUTH-3 */
    assert_string_equal(plan_waiting(rq, "AUTH-1", "AUTH-3"), "AUTH-4");
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE));
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));

    assert_string_equal(plan_item(h, "AUTH-4", "n_blockers"), "0");
    assert_string_equal(plan_item(h, "AUTH", "status"), "complete");
    plan_assert_right(h);
}

static enum status get(struct req *rq, const char *item)
{
    struct item_view view;

    return item_get(rq, &(struct get_args){.item = item}, &view);
}

static enum status outline(struct req *rq, const char *item)
{
    struct outline view;

    return look_outline(rq, &(struct outline_args){.item = item}, &view);
}

static enum status create(struct req *rq, const char *task)
{
    struct item_answer answer;

    return plan_create_step(rq, &(struct create_args){.task = task, .title = "t"}, &answer);
}

static enum status create_beside(struct req *rq, const char *parent, const char *sibling)
{
    const struct create_args args = {.parent = parent, .title = "t", .after = sibling};
    struct item_answer answer;

    return plan_create_task(rq, &args, &answer);
}

static enum status move(struct req *rq, const char *item, const char *parent, const char *sibling)
{
    const struct edit_args args = {.item = item, .parent = parent, .after = sibling};
    struct item_answer answer;

    return item_edit(rq, &args, &answer);
}

static enum status define_after(struct req *rq, const char *after)
{
    const char *needs[] = {after};
    struct define_task task = {.title = "waits", .depends_on = {true, 1, needs}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &task}};
    struct define_answer answer;

    return plan_define(rq, &args, &answer);
}

#define assert_gone(rq, expr, key)                                          \
    assert_fails((rq), (expr), ST_NOT_FOUND,                                \
                 strcmp((key), "AUTH-1") == 0 ? "AUTH-1 was deleted; undo " \
                                              : "was deleted with AUTH-1; undo ")

static void deleted__does_not_exist_for_anybody(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    static const char *const keys[] = {"AUTH-1", "AUTH-2", "AUTH-3"};

    plan_usual(rq);
    (void)plan_task(rq, "AUTH-1"); /* AUTH-3 */
    (void)plan_task(rq, "AUTH");   /* AUTH-4 */
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE));

    for (size_t i = 0; i < LENGTH_OF(keys); i++) {
        const char *key = keys[i];
        assert_gone(rq, get(rq, key), key);
        assert_gone(rq, outline(rq, key), key);
        assert_gone(rq, create(rq, key), key);
        assert_gone(rq, plan_complete(rq, key, OUTCOME_DONE), key);
        assert_gone(rq, DELETE(rq, .item = key), key);
        assert_gone(rq, move(rq, key, "AUTH", NULL), key);
        assert_gone(rq, move(rq, "AUTH-4", key, NULL), key);
        assert_gone(rq, move(rq, "AUTH-4", NULL, key), key);
        assert_gone(rq, create_beside(rq, "AUTH", key), key);
        assert_fails(rq, define_after(rq, key), ST_NOT_FOUND, key);
    }
    assert_gone(rq, plan_submit(rq, "AUTH-2", "c"), "AUTH-2");
    assert_gone(rq, plan_review(rq, "AUTH-2", REVIEW_APPROVE), "AUTH-2");
    assert_gone(rq, plan_resolve(rq, "AUTH-2", RESOLVE_SERVER), "AUTH-2");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-4");
}

static void deleted__is_told_by_id_too(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *id = NULL;

    plan_usual(rq);
    id = plan_item(h, "AUTH-2", "id");
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE));

    assert_fails(rq, get(rq, id), ST_NOT_FOUND, "AUTH-2 was deleted with AUTH-1; undo ");
}

static void deleted__history_stays_to_be_read(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    static const char *const keys[] = {"AUTH-1", "AUTH-2"};
    struct history_view view;

    plan_usual(rq);
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE));

    for (size_t i = 0; i < LENGTH_OF(keys); i++) {
        assert_ok(rq, look_history(rq, &(struct history_args){.item = keys[i]}, &view));
        assert_string_equal(view.of, keys[i]);
        assert_int_equal(view.items.n, i == 0 ? 2 : 1);
    }
    assert_ok(
        rq, look_history(rq, &(struct history_args){.item = plan_item(h, "AUTH-1", "id")}, &view));
    assert_string_equal(LIST_AT(view.items, 0, struct history_row)->action, "deleted");
}

static const char *completed(struct req *rq, const char *typed)
{
    struct buf out = BUF_IN(rq->arena);
    struct completions found;

    assert_ok(rq, complete_find(rq, COMPLETE_ITEM, typed, NULL, &found));
    for (size_t i = 0; i < found.values.n; i++)
        buf_printf(&out, "%s ", *LIST_AT(found.values, i, const char *const));
    return found.values.n == 0 ? "" : buf_str(&out);
}

static void deleted__is_not_suggested(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE));

    assert_string_equal(completed(rq, "AUTH-"), "AUTH-3 ");
    assert_string_equal(completed(rq, "a step"), "");
}

static void deleted__disputes_are_not_counted(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct project_list projects;
    struct outline view;
    struct item_view item;

    plan_usual(rq);
    (void)plan_disputed(rq, "AUTH", "AUTH-1");
    assert_ok(rq, DELETE(rq, .item = "AUTH-1", WHOLE, .force = SOME_BOOL(true)));

    assert_ok(rq, project_find_all(rq, &(struct project_list_args){0}, &projects));
    assert_int_equal(LIST_AT(projects.projects, 0, struct project_row)->disputes.v, 0);
    assert_ok(rq, look_outline(rq, &(struct outline_args){.item = "AUTH"}, &view));
    assert_int_equal(view.disputes.v, 0);
    assert_int_equal(view.items.n, 0);
    assert_ok(rq, item_get(rq, &(struct get_args){.item = "AUTH"}, &item));
    assert_int_equal(item.disputes.v, 0);
}

/* Two under one parent: the second comes on the place that the first one left to the eye. */
static void deleted__leaves_its_place_to_others(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    for (int i = 0; i < 3; i++)
        (void)plan_step(rq, "AUTH-1", NULL); /* 3, 4, 5 */
    assert_ok(rq, DELETE(rq, .item = "AUTH-4"));
    assert_ok(rq, move(rq, "AUTH-5", NULL, "AUTH-2"));
    assert_ok(rq, move(rq, "AUTH-5", NULL, "AUTH-3"));

    assert_string_equal(harness_sql(h, "SELECT string_agg(number::text, ' ' ORDER BY sort_key)"
                                       " FROM planner.items WHERE kind = 'step'"),
                        "2 3 5 4");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(delete__takes_a_step_out_of_its_path),
        HARNESS_TEST(delete__of_the_only_child_leaves_a_leaf),
        HARNESS_TEST(delete__of_a_subtree_only_when_told),
        HARNESS_TEST(delete__minds_version_and_kind),
        HARNESS_TEST(delete__releases_what_waited_from_outside),
        HARNESS_TEST(delete__releases_among_a_thousand_dependencies),
        HARNESS_TEST(delete__of_what_is_disputed_wants_force),
        HARNESS_TEST(delete__of_what_others_claim_wants_force),
        HARNESS_TEST(delete__with_the_token_of_the_claim),
        HARNESS_TEST(deleted__still_counts_what_it_waits_for),
        HARNESS_TEST(deleted__does_not_exist_for_anybody),
        HARNESS_TEST(deleted__is_told_by_id_too),
        HARNESS_TEST(deleted__history_stays_to_be_read),
        HARNESS_TEST(deleted__is_not_suggested),
        HARNESS_TEST(deleted__disputes_are_not_counted),
        HARNESS_TEST(deleted__leaves_its_place_to_others),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
