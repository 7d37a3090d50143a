/* Deleted items and archived projects that go, and come back. */
#include "retention_helper.h"

#include "planner/service/edit.h"
#include "planner/service/item.h"
#include "planner/service/link.h"

static enum status erase(struct req *rq, const char *item)
{
    const struct delete_args args = {.item = item, .subtree = SOME_BOOL(true)};
    struct item_answer answer;

    return item_delete(rq, &args, &answer);
}

static enum status link_to(struct req *rq, const char *item, const char *needs)
{
    const char *needed[] = {needs};
    const struct link_args args = {.item = item,
                                   .depends_on = {.set = true, .n = 1, .items = needed}};
    struct item_answer answer;

    return item_link(rq, &args, &answer);
}

/* ------------------------------------------------------------------ deleted items */

/* AUTH-3 with two steps was deleted; AUTH-4 waits for AUTH-2, and AUTH-6 had waited for it. */
static void deleted_subtree(struct harness *h)
{
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)plan_task(rq, "AUTH");
    (void)plan_step(rq, "AUTH-3", "a text about zebras");
    (void)plan_disputed(rq, "AUTH", "AUTH-3");
    assert_ok(rq, link_to(rq, "AUTH-4", "AUTH-2"));
    (void)plan_waiting(rq, "AUTH", "AUTH-4");
    assert_ok(rq, item_delete(rq,
                              &(struct delete_args){.item = "AUTH-3",
                                                    .subtree = SOME_BOOL(true),
                                                    .force = SOME_BOOL(true)},
                              &(struct item_answer){0}));
}

static void deleted__items_go_with_all_that_hangs_on_them(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;
    int64_t deletion = 0;

    deleted_subtree(h);
    deletion = undo_last(h);
    retention_age(h, "40 days");
    assert_null(retention_go(h, RETENTION_DELETED, 41));
    assert_non_null(retention_go(h, RETENTION_DELETED, 39));

    assert_int_equal(retention_count(h, "items"), 4);
    assert_int_equal(retention_count(h, "disputes"), 0);
    assert_int_equal(retention_count(h, "iterations"), 1);
    assert_fails(&h->rq, undo_one(&h->rq, deletion, &answer), ST_CONFLICT,
                 "what it is about was deleted, and archived");
    assert_fails(&h->rq,
                 item_get(&h->rq, &(struct get_args){.item = "AUTH-4"}, &(struct item_view){0}),
                 ST_NOT_FOUND, "AUTH-4 was deleted and archived");
    assert_string_equal(
        LIST_AT(retention_history(&h->rq, "AUTH").items, 1, const struct history_row)->entity,
        "AUTH-3");
    retention_assert_right(h);
}

static void deleted__items_come_back_deleted_and_then_undo_works(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;
    const char *before = NULL;
    const char *archive = NULL;
    int64_t deletion = 0;

    deleted_subtree(h);
    deletion = undo_last(h);
    retention_age(h, "40 days");
    before = retention_digest(h);
    archive = retention_go(h, RETENTION_DELETED, 39);
    assert_true(retention_back(h, archive) > 0);

    assert_string_equal(retention_digest(h), before);
    assert_ok(&h->rq, undo_one(&h->rq, deletion, &answer));
    assert_string_equal(plan_item(h, "AUTH-4", "n_blockers"), "1");
    retention_assert_right(h);
}

static void deleted__item_waits_rightly_when_its_blocker_went_on(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;
    const char *archive = NULL;
    int64_t deletion = 0;

    deleted_subtree(h);
    deletion = undo_last(h);
    retention_age(h, "40 days");
    archive = retention_go(h, RETENTION_DELETED, 39);
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_DONE));
    (void)retention_back(h, archive);

    assert_string_equal(plan_item(h, "AUTH-4", "n_blockers"), "0");
    assert_ok(&h->rq, undo_one(&h->rq, deletion, &answer));
    retention_assert_right(h);
}

static void deleted__what_was_brought_back_meanwhile_stays(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;

    deleted_subtree(h);
    retention_age(h, "40 days");
    (void)harness_sql(h,
                      "SELECT planner.cut_plan(id, 'deleted', now(), 'me') FROM planner.projects");
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));

    assert_string_equal(harness_sql(h, "SELECT planner.cut_begin(project_id, id, 'a', 'b', 1)"
                                       " FROM planner.cuts"),
                        "f");
    assert_int_equal(retention_count(h, "purged"), 0);
    assert_null(retention_go(h, RETENTION_DELETED, 30));
    retention_assert_right(h);
}

static void undo__of_a_link_to_what_was_purged_is_refused(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;
    const char *needed[] = {"AUTH-3"};
    const struct link_args unlink = {.item = "AUTH-2",
                                     .remove = {.set = true, .n = 1, .items = needed}};
    int64_t unlinked = 0;

    plan_usual(&h->rq);
    (void)plan_task(&h->rq, "AUTH");
    assert_ok(&h->rq, link_to(&h->rq, "AUTH-2", "AUTH-3"));
    assert_ok(&h->rq, item_link(&h->rq, &unlink, &(struct item_answer){0}));
    unlinked = undo_last(h);
    assert_ok(&h->rq, erase(&h->rq, "AUTH-3"));
    retention_age(h, "40 days");
    assert_non_null(retention_go(h, RETENTION_DELETED, 30));

    assert_fails(&h->rq, undo_one(&h->rq, unlinked, &answer), ST_CONFLICT,
                 "was deleted, and archived");
}

/* ------------------------------------------------------------------ projects */

static enum status project_status(struct req *rq, const char *project, int status)
{
    const struct project_args args = {.project = project, .status = status};
    struct project_answer answer;

    return project_update(rq, &args, &answer);
}

static void project__goes_whole_and_comes_back_the_same(void **state)
{
    struct harness *h = *state;
    const char *before = NULL;
    const char *archive = NULL;
    struct undo_answer answer;
    int64_t last = 0;

    deleted_subtree(h);
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));
    last = undo_last(h);
    (void)plan_project(&h->rq, "OTHER");
    assert_ok(&h->rq, project_status(&h->rq, "AUTH", PROJECT_ARCHIVED));
    retention_age(h, "40 days");
    before = retention_digest(h);
    assert_null(retention_go(h, RETENTION_PROJECT, 41));
    archive = retention_go(h, RETENTION_PROJECT, 39);

    assert_int_equal(retention_count(h, "projects"), 1);
    assert_int_equal(retention_count(h, "items"), 1);
    assert_int_equal(retention_count(h, "search_words WHERE word = 'zebra'"), 0);
    assert_fails(
        &h->rq,
        look_history(&h->rq, &(struct history_args){.item = "AUTH"}, &(struct history_view){0}),
        ST_NOT_FOUND, "AUTH was a project and archived");
    assert_fails(&h->rq, undo_one(&h->rq, last, &answer), ST_CONFLICT, "project AUTH was archived");
    retention_assert_right(h);
    assert_true(retention_back(h, archive) > 10);
    assert_string_equal(retention_digest(h), before);
    assert_ok(&h->rq, project_status(&h->rq, "AUTH", PROJECT_ACTIVE));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_DONE));
    retention_assert_right(h);
}

static void project__that_is_being_removed_is_not_brought_back(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    assert_ok(&h->rq, project_status(&h->rq, "AUTH", PROJECT_ARCHIVED));
    retention_age(h, "40 days");
    (void)harness_sql(
        h, "SELECT planner.cut_begin(p.id, planner.cut_plan(p.id, 'project', now(), 'me'),"
           " 'a', 'b', 3) FROM planner.projects p");

    assert_fails(&h->rq, project_status(&h->rq, "AUTH", PROJECT_ACTIVE), ST_CONFLICT, NULL);
    assert_null(retention_go(h, RETENTION_PROJECT, 30));
    assert_int_equal(retention_count(h, "projects"), 0);
    (void)plan_project(&h->rq, "AUTH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(deleted__items_go_with_all_that_hangs_on_them),
        HARNESS_TEST(deleted__items_come_back_deleted_and_then_undo_works),
        HARNESS_TEST(deleted__item_waits_rightly_when_its_blocker_went_on),
        HARNESS_TEST(deleted__what_was_brought_back_meanwhile_stays),
        HARNESS_TEST(undo__of_a_link_to_what_was_purged_is_refused),
        HARNESS_TEST(project__goes_whole_and_comes_back_the_same),
        HARNESS_TEST(project__that_is_being_removed_is_not_brought_back),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
