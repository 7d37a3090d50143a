/* What a run takes of the past, what it leaves, and what answers say of it afterwards. */
#include "retention_helper.h"

#include "planner/service/edit.h"
#include "planner/service/item.h"

static enum status title(struct req *rq, const char *item, const char *text)
{
    const struct edit_args args = {.item = item, .title = text};
    struct item_answer answer;

    return item_edit(rq, &args, &answer);
}

/* AUTH with a step that was agreed 40 days ago, and a title that was changed today. */
static void old_and_new(struct harness *h)
{
    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_review(&h->rq, "AUTH-2", REVIEW_APPROVE));
    retention_age(h, "40 days");
    assert_ok(&h->rq, title(&h->rq, "AUTH-1", "a younger title"));
}

static void policies__that_are_not_set_take_nothing(void **state)
{
    struct harness *h = *state;
    const int64_t none[RETENTION_KINDS] = {0};
    struct retention_report report;

    old_and_new(h);
    assert_ok(&h->rq, retention_try(h, none, true, &report));

    assert_int_equal(report.cuts.n, 0);
    assert_null(report.archive);
    assert_int_equal(retention_count(h, "cuts"), 0);
}

static void dry_run__counts_what_a_run_takes_and_changes_nothing(void **state)
{
    struct harness *h = *state;
    const int64_t ages[RETENTION_KINDS] = {[RETENTION_AUDIT] = 30, [RETENTION_ITERATIONS] = 30};
    struct retention_report dry, wet;
    const char *before = NULL;

    old_and_new(h);
    assert_ok(&h->rq, plan_submit(&h->rq, plan_step(&h->rq, "AUTH-1", "one"), "two"));
    before = plan_digest(h);
    assert_ok(&h->rq, retention_try(h, ages, false, &dry));
    assert_string_equal(plan_digest(h), before);
    assert_ok(&h->rq, retention_try(h, ages, true, &wet));

    assert_int_equal(dry.cuts.n, 1);
    assert_int_equal(LIST_AT(dry.cuts, 0, struct retention_cut)->rows.v, wet.removed);
    assert_int_equal(wet.rows, wet.removed);
}

static void audit__goes_before_the_limit_and_stays_from_it_on(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)harness_sql(h, "SET planner.purging = 'on'; UPDATE planner.audit SET at = '2026-01-01Z'");
    for (int i = 0; i < 3; i++)
        assert_ok(rq, title(rq, "AUTH-1", arena_printf(rq->arena, "title %d", i)));
    (void)harness_sql(
        h, "UPDATE planner.audit a SET at = timestamptz '2026-03-01Z' + interval '1 us'"
           " * (a.id - (SELECT max(id) - 1 FROM planner.audit)) WHERE a.at > '2026-02-01Z'");

    assert_string_equal(
        harness_sql(
            h, "SELECT b.audit_id - (SELECT max(id) FROM planner.audit) FROM planner.projects p,"
               " planner.audit_boundary(p.id, '2026-03-01Z') b"),
        "-1");
    assert_string_equal(
        harness_sql(
            h, "SELECT b.audit_id - (SELECT max(id) FROM planner.audit) FROM planner.projects p,"
               " planner.audit_boundary(p.id, timestamptz '2026-03-01Z' + interval '1 us') b"),
        "0");
    assert_string_equal(
        harness_sql(
            h, "SELECT b.audit_id - (SELECT max(id) FROM planner.audit) FROM planner.projects p,"
               " planner.audit_boundary(p.id, timestamptz '2026-03-01Z' + interval '2 us') b"),
        "1");
    assert_null(harness_sql(h, "SELECT b.audit_id FROM planner.projects p,"
                               " planner.audit_boundary(p.id, '2026-01-01Z') b"));
}

static void audit__is_never_cut_inside_of_a_change(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)harness_sql(h, "SET planner.purging = 'on'; UPDATE planner.audit SET at = timestamptz"
                         " '2026-01-01Z' + interval '1 s' * id");
    /* Two changes at once: their rows lie between each other. */
    (void)harness_sql(
        h,
        "INSERT INTO planner.audit (project_id, change, at, entity_type, entity_id, action)"
        " SELECT p.id, c, timestamptz '2026-02-01Z' + interval '1 s' * n, 'project', p.id, 'updated'"
        " FROM planner.projects p, (VALUES (1, 101), (2, 100), (3, 101), (4, 100), (5, 102)) v (n, c)"
        " ORDER BY n");

    assert_string_equal(harness_sql(h, "SELECT b.change < 100 FROM planner.projects p,"
                                       " planner.audit_boundary(p.id, '2026-02-01 00:00:03Z') b"),
                        "t");
    assert_string_equal(harness_sql(h, "SELECT b.change FROM planner.projects p,"
                                       " planner.audit_boundary(p.id, '2026-02-01 00:00:05Z') b"),
                        "101");
}

static void audit__says_in_history_where_older_changes_are(void **state)
{
    struct harness *h = *state;
    struct history_view view;

    old_and_new(h);
    assert_null(retention_history(&h->rq, "AUTH").archived);
    assert_non_null(retention_go(h, RETENTION_AUDIT, 30));
    view = retention_history(&h->rq, "AUTH");

    assert_int_equal(view.items.n, 1);
    assert_non_null(strstr(view.archived, "changes of AUTH up to 4 were archived"));
    assert_non_null(strstr(view.archived, "retention-"));
    assert_non_null(retention_history(&h->rq, "AUTH-2").archived);
    assert_null(retention_history(&h->rq, plan_task(&h->rq, "AUTH")).archived);
    retention_assert_right(h);
}

static void audit__is_hidden_from_the_moment_of_the_cut(void **state)
{
    struct harness *h = *state;

    old_and_new(h);
    (void)harness_sql(h, "SELECT planner.cut_begin(p.id, planner.cut_plan(p.id, 'audit', now() -"
                         " interval '30 days', 'me'), 'a', 'b', 3) FROM planner.projects p");

    assert_int_equal(retention_history(&h->rq, "AUTH").items.n, 1);
    assert_int_equal(retention_count(h, "audit"), 5);
    assert_null(retention_go(h, RETENTION_AUDIT, 30));
    assert_int_equal(retention_count(h, "audit"), 1);
}

static void undo__of_a_change_that_was_archived_is_refused(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;
    const int64_t last = (old_and_new(h), undo_last(h));

    assert_non_null(retention_go(h, RETENTION_AUDIT, 30));

    assert_fails(&h->rq, undo_one(&h->rq, last - 1, &answer), ST_CONFLICT,
                 "cannot be undone: changes of AUTH up to 4 were archived");
    assert_ok(&h->rq, undo_one(&h->rq, last, &answer));
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));
    retention_assert_right(h);
}

static void undo__again_of_what_was_done_before_the_cut_is_refused(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, title(&h->rq, "AUTH-1", "an older title"));
    retention_age(h, "40 days");
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));
    assert_non_null(retention_go(h, RETENTION_AUDIT, 30));

    assert_fails(&h->rq, undo_one(&h->rq, undo_last(h), &answer), ST_CONFLICT, "were archived");
}

static void as_of__before_the_cut_is_refused_and_after_it_the_same(void **state)
{
    struct harness *h = *state;
    struct outline before, after;
    const char *moment = NULL;

    old_and_new(h);
    moment = harness_sql(h, "SELECT planner.iso(now() - interval '20 days')");
    assert_ok(&h->rq, look_outline(&h->rq, &(struct outline_args){.item = "AUTH", .as_of = moment},
                                   &before));
    assert_non_null(retention_go(h, RETENTION_AUDIT, 30));
    assert_ok(&h->rq, look_outline(&h->rq, &(struct outline_args){.item = "AUTH", .as_of = moment},
                                   &after));

    assert_string_equal(LIST_AT(after.items, 0, struct outline_line)->title,
                        LIST_AT(before.items, 0, struct outline_line)->title);
    moment = harness_sql(h, "SELECT planner.iso(now() - interval '50 days')");
    assert_fails(
        &h->rq,
        look_outline(&h->rq, &(struct outline_args){.item = "AUTH", .as_of = moment}, &after),
        ST_NOT_FOUND, "is before what is still known of AUTH");
    h->rq.directory = "/nowhere";
    (void)harness_sql(h, "UPDATE planner.projects SET workspace = '/nowhere'");
    assert_fails(&h->rq, look_outline(&h->rq, &(struct outline_args){.as_of = moment}, &after),
                 ST_NOT_FOUND, "is before what is still known of AUTH");
    assert_fails(&h->rq,
                 item_get(&h->rq, &(struct get_args){.item = "AUTH-2", .as_of = moment},
                          &(struct item_view){0}),
                 ST_NOT_FOUND, "is before what is still known of AUTH");
}

static void audit__comes_back_from_its_archive(void **state)
{
    struct harness *h = *state;
    struct undo_answer answer;
    const char *before = NULL;
    const char *archive = NULL;

    old_and_new(h);
    before = retention_digest(h);
    archive = retention_go(h, RETENTION_AUDIT, 30);

    assert_int_equal(retention_back(h, archive), 4);
    assert_string_equal(retention_digest(h), before);
    assert_int_equal(retention_back(h, archive), 0);
    assert_null(retention_history(&h->rq, "AUTH").archived);
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));
    assert_ok(&h->rq, undo_one(&h->rq, 4, &answer));
    retention_assert_right(h);
}

/* ------------------------------------------------------------------ texts of iterations */

static void iterations__lose_their_texts_only_when_replaced_long_ago(void **state)
{
    struct harness *h = *state;
    struct item_view view;
    struct undo_answer answer;
    const char *archive = NULL;
    const char *before = NULL;
    int64_t second = 0;

    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_submit(&h->rq, "AUTH-2", "the second draft"));
    second = undo_last(h);
    retention_age(h, "40 days");
    assert_ok(&h->rq, plan_submit(&h->rq, "AUTH-2", "the third draft"));
    before = retention_digest(h);
    archive = retention_go(h, RETENTION_ITERATIONS, 30);

    assert_string_equal(harness_sql(h,
                                    "SELECT string_agg(number::text || (cut IS NULL), ' ' ORDER BY"
                                    " number) FROM planner.iterations"),
                        "1false 2true 3true");
    assert_ok(&h->rq,
              item_get(&h->rq, &(struct get_args){.item = "AUTH-2", .detail = DETAIL_FULL}, &view));
    assert_null(LIST_AT(view.iterations, 2, struct iteration_row)->content);
    assert_true(LIST_AT(view.iterations, 2, struct iteration_row)->cut.v);
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));
    assert_fails(&h->rq, undo_one(&h->rq, second, &answer), ST_CONFLICT,
                 "the drafts it would go back to were archived");
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));
    retention_assert_right(h);
    assert_int_equal(retention_back(h, archive), 1);
    assert_ok(&h->rq, undo_one(&h->rq, undo_last(h), &answer));
    assert_ok(&h->rq, undo_one(&h->rq, second, &answer));
    (void)before;
    retention_assert_right(h);
}

static void iterations__of_an_open_dispute_are_kept(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_disputed(&h->rq, "AUTH", plan_task(&h->rq, "AUTH"));
    retention_age(h, "40 days");

    assert_null(retention_go(h, RETENTION_ITERATIONS, 30));
    assert_int_equal(retention_count(h, "iterations WHERE cut IS NOT NULL"), 0);
}

static void append_only__holds_for_everybody_else(void **state)
{
    struct harness *h = *state;
    PGresult *res = NULL;

    old_and_new(h);
    assert_non_null(retention_go(h, RETENTION_AUDIT, 30));
    res = PQexec(h->side, "DELETE FROM planner.audit");

    assert_string_equal(PQresultErrorField(res, PG_DIAG_SQLSTATE), "42501");
    PQclear(res);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(policies__that_are_not_set_take_nothing),
        HARNESS_TEST(dry_run__counts_what_a_run_takes_and_changes_nothing),
        HARNESS_TEST(audit__goes_before_the_limit_and_stays_from_it_on),
        HARNESS_TEST(audit__is_never_cut_inside_of_a_change),
        HARNESS_TEST(audit__says_in_history_where_older_changes_are),
        HARNESS_TEST(audit__is_hidden_from_the_moment_of_the_cut),
        HARNESS_TEST(undo__of_a_change_that_was_archived_is_refused),
        HARNESS_TEST(undo__again_of_what_was_done_before_the_cut_is_refused),
        HARNESS_TEST(as_of__before_the_cut_is_refused_and_after_it_the_same),
        HARNESS_TEST(audit__comes_back_from_its_archive),
        HARNESS_TEST(iterations__lose_their_texts_only_when_replaced_long_ago),
        HARNESS_TEST(iterations__of_an_open_dispute_are_kept),
        HARNESS_TEST(append_only__holds_for_everybody_else),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
