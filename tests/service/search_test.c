/* Full text over titles, objectives and contents: what is found, kept up by every writer. */
#include "search_helper.h"

#include "planner/service/edit.h"
#include "planner/service/find.h"
#include "planner/service/undo.h"

/* What was written by triggers is what would be written now. */
static void assert_index_right(struct harness *h)
{
    const char *wrong = NULL;

    (void)harness_sql(h, "CREATE TEMP TABLE had AS SELECT * FROM planner.search_texts");
    (void)harness_sql(h, "DELETE FROM planner.search_texts");
    (void)harness_sql(h, "SELECT count(planner.search_refresh(project_id, ARRAY[id]))"
                         " FROM planner.items");
    wrong = harness_sql(h, "SELECT string_agg(coalesce(a.number, b.number)::text, ' ') FROM had a"
                           " FULL JOIN planner.search_texts b USING (project_id, item_id)"
                           " WHERE (a.tsv, a.content_number) IS DISTINCT FROM"
                           " (b.tsv, b.content_number)");
    (void)harness_sql(h, "DROP TABLE had");
    if (wrong != NULL)
        fail_msg("the index is not right for the numbers %s", wrong);
}

/* AUTH, AUTH-1 Registration, AUTH-2 Hash passwords, AUTH-3 Limit sign-ins */
static void plan_words(struct req *rq)
{
    const struct create_args task = {.parent = "AUTH",
                                     .title = "Registration",
                                     .objective = "People sign up with an e-mail address."};
    struct item_answer answer;

    (void)plan_project(rq, "AUTH");
    assert_ok(rq, plan_create_task(rq, &task, &answer));
    (void)step_titled(rq, "AUTH-1", "Hash passwords", "Use argon2id in src/auth/hash_user.c.");
    (void)step_titled(rq, "AUTH-1", "Limit sign-ins", NULL);
}

static void words__are_found_in_title_objective_and_content_in_any_form(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;
    const struct search_row *row = NULL;

    plan_words(rq);
    assert_found(rq, "password", "AUTH-2");
    assert_found(rq, "limits sign", "AUTH-3");
    assert_found(rq, "plan", "AUTH"); /* the project's description */
    assert_found(rq, "hash_user", "AUTH-2");
    assert_found(rq, "HASH", "AUTH-2");
    assert_found(rq, "regis", "AUTH-1");
    assert_found(rq, "elephant", "");
    view = search(rq, "AUTH", "argon2id");
    row = LIST_AT(view.items, 0, const struct search_row);
    assert_string_equal(row->key, "AUTH-2");
    assert_string_equal(row->parent, "AUTH-1");
    assert_string_equal(row->status, "client_review");
    assert_string_equal(row->snippet, "Use **argon2id** in src/auth/hash_user.c.");
    assert_int_equal(row->matched.n, 1);
    assert_string_equal(*LIST_AT(row->matched, 0, const char *const), "content");
    assert_false(view.loose.v);
}

static void several_words__all_have_to_fit_unless_nothing_has_all(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;

    plan_words(rq);
    assert_found(rq, "sign limit", "AUTH-3");
    assert_found(rq, "how do I limit the sign-ins", "AUTH-3");

    view = search(rq, "AUTH", "limit elephants");
    assert_true(view.loose.v);
    assert_string_equal(keys_of(rq, &view), "AUTH-3");
}

static void titles__come_before_objectives_and_contents(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct create_args task = {
        .parent = "AUTH", .title = "Other", .objective = "It has a token."};
    struct item_answer answer;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)step_titled(rq, "AUTH-1", "The token", NULL);
    (void)step_titled(rq, "AUTH-1", "Nothing", "A token.");
    assert_ok(rq, plan_create_task(rq, &task, &answer));

    assert_found(rq, "token", "AUTH-2 AUTH-4 AUTH-3");
}

static void typing_errors__are_forgiven_and_told(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;
    const struct search_meant *meant = NULL;

    plan_words(rq);
    assert_found(rq, "registation", "AUTH-1");
    assert_found(rq, "regsitration", "AUTH-1");
    assert_found(rq, "pasword", "AUTH-2");
    assert_found(rq, "lmiit", "AUTH-3");
    view = search(rq, "AUTH", "haash");
    assert_string_equal(keys_of(rq, &view), "AUTH-2");
    assert_int_equal(view.meant.n, 1);
    meant = LIST_AT(view.meant, 0, const struct search_meant);
    assert_string_equal(meant->word, "haash");
    assert_string_equal(*LIST_AT(meant->taken, 0, const char *const), "hash");
}

static void keys__are_found_however_they_are_written(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    static const char *const forms[] = {"AUTH-2", "auth2", "auth 2", " Auth_2 ",
                                        "2",      "#2",    "AUHT-2", "ATH-2"};

    plan_words(rq);
    for (size_t i = 0; i < LENGTH_OF(forms); i++)
        assert_found(rq, forms[i], "AUTH-2");
    assert_found(rq, plan_item(h, "AUTH-3", "id"), "AUTH-3");
    assert_found(rq, arena_printf(rq->arena, "step://%s", plan_item(h, "AUTH-3", "id")), "AUTH-3");
    assert_string_equal(LIST_AT(search(rq, "AUTH", "auth").items, 0, struct search_row)->key,
                        "AUTH");
    assert_found(rq, "BILL-2", "");
    assert_found(rq, "AUTH-4", ""); /* not there, although "auth" is a word */
}

static void content__is_the_final_one_else_the_servers_latest(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct review_args approve = {
        .step = "AUTH-2", .decision = REVIEW_APPROVE, .content = "gamma"};
    const struct review_args counter = {
        .step = "AUTH-2", .decision = REVIEW_COUNTER, .content = "beta"};
    struct item_answer answer;

    plan_usual(rq);
    assert_ok(rq, plan_submit(rq, "AUTH-2", "alpha"));
    assert_found(rq, "draft", "");
    assert_found(rq, "alpha", "AUTH-2");
    assert_ok(rq, step_review(rq, &counter, &answer));
    assert_found(rq, "beta", "");
    assert_found(rq, "alpha", "AUTH-2");
    assert_ok(rq, plan_submit(rq, "AUTH-2", "delta"));
    assert_ok(rq, step_review(rq, &approve, &answer));

    assert_found(rq, "delta", "");
    assert_found(rq, "gamma", "AUTH-2");
    assert_index_right(h);
}

/* With other settings, other statements, and in an order of its own. */
static void writers_outside_the_program__are_indexed_too(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_words(rq);
    (void)harness_sql(h, "UPDATE planner.items SET title = 'Zebra' WHERE number = 2");
    (void)harness_sql(h, "UPDATE planner.items SET objective = 'giraffe' WHERE number = 1");
    (void)harness_sql(h, "UPDATE planner.projects SET description = 'ostrich'");
    assert_found(rq, "zebra", "AUTH-2");
    assert_found(rq, "password", "");
    assert_found(rq, "giraffe", "AUTH-1");
    assert_found(rq, "ostrich", "AUTH");
    (void)harness_sql(h,
                      "INSERT INTO planner.iterations (project_id, step_id, number, action, role,"
                      " agent, content) SELECT project_id, id, 9, 'submit', 'server', 'psql',"
                      " 'monkey' FROM planner.items WHERE number = 3");
    (void)harness_sql(h, "UPDATE planner.steps s SET server_number = 9 FROM planner.items i"
                         " WHERE i.number = 3 AND s.id = i.id");
    assert_found(rq, "monkey", "AUTH-3");
    assert_index_right(h);
}

static void undo_last(struct harness *h)
{
    const char *last = harness_sql(h, "SELECT max(change) FROM planner.audit");
    const struct undo_args args = {.change = SOME_INT(strtoll(last, NULL, 10))};
    struct undo_answer answer;

    assert_ok(&h->rq, undo_change(&h->rq, &args, &answer));
}

/* What is undone is not found any more, and what comes back is found again. */
static void edits_deletions_and_their_undoing__are_followed(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct edit_args edit = {.item = "AUTH-1", .title = "Zebra", .objective = "giraffe"};
    const struct delete_args below = {.item = "AUTH-1", .subtree = SOME_BOOL(true)};
    struct item_answer answer;

    plan_words(rq);
    assert_ok(rq, item_edit(rq, &edit, &answer));
    assert_found(rq, "zebra giraffe", "AUTH-1");
    assert_found(rq, "registration", "");
    undo_last(h);
    assert_found(rq, "zebra", "");
    assert_found(rq, "registration", "AUTH-1");
    assert_ok(rq, plan_submit(rq, "AUTH-3", "ostrich"));
    assert_found(rq, "ostrich", "AUTH-3");
    undo_last(h);
    assert_found(rq, "ostrich", "");
    assert_index_right(h);

    assert_ok(rq, item_delete(rq, &below, &answer));
    assert_found(rq, "registration", "");
    assert_found(rq, "hash", "");
    undo_last(h);
    assert_found(rq, "registration", "AUTH-1");
    assert_found(rq, "hash", "AUTH-2");
    plan_assert_right(h);
    assert_index_right(h);
}

static void counters__do_not_touch_the_index(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *before = NULL;

    plan_words(rq);
    before = harness_sql(h, "SELECT string_agg(xmin::text, ' ' ORDER BY number)"
                            " FROM planner.search_texts");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));

    assert_string_equal(before, harness_sql(h, "SELECT string_agg(xmin::text, ' ' ORDER BY number)"
                                               " FROM planner.search_texts"));
}

static void deleted_items__are_not_found_nor_what_is_below_them(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_words(rq);
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number = 3");
    assert_found(rq, "sign", "AUTH-1");
    assert_found(rq, "AUTH-3", "");
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number = 1");
    assert_found(rq, "hash", "");
    assert_found(rq, "AUTH-2", "");

    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = NULL");
    assert_found(rq, "hash", "AUTH-2");
    assert_found(rq, "limit", "AUTH-3");
    assert_index_right(h);
}

static void other_projects__are_not_found_and_archived_ones_when_named(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args archive = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer answer;
    struct search_view view;

    plan_words(rq);
    (void)plan_project(rq, "BILL");
    view = search(rq, "BILL", "hash");
    assert_int_equal(view.items.n, 0);
    assert_ok(rq, project_update(rq, &archive, &answer));

    assert_found(rq, "hash", "AUTH-2");
}

static void kinds__are_told_apart(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *kinds[] = {"task", "project"};
    struct search_args args = {.project = "AUTH", .query = "sign", .kinds = {true, 1, kinds}};
    struct search_view view;

    plan_words(rq);
    assert_ok(rq, find_search(rq, &args, &view));
    assert_string_equal(keys_of(rq, &view), "AUTH-1");
    args.query = "auth-2"; /* a step */
    assert_ok(rq, find_search(rq, &args, &view));
    assert_string_equal(keys_of(rq, &view), "");
    kinds[0] = "steps";
    assert_fails(rq, find_search(rq, &args, &view), ST_INVALID, "'steps' is no kind");
}

static void other_languages__are_found_by_their_exact_words(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)step_titled(rq, "AUTH-1", "Prüfungen über Größen", NULL);
    (void)step_titled(rq, "AUTH-1", "проверка данных", NULL);
    assert_found(rq, "prüfungen", "AUTH-3");
    assert_found(rq, "größen", "AUTH-3");
    assert_found(rq, "данных", "AUTH-4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(words__are_found_in_title_objective_and_content_in_any_form),
        HARNESS_TEST(several_words__all_have_to_fit_unless_nothing_has_all),
        HARNESS_TEST(titles__come_before_objectives_and_contents),
        HARNESS_TEST(typing_errors__are_forgiven_and_told),
        HARNESS_TEST(keys__are_found_however_they_are_written),
        HARNESS_TEST(content__is_the_final_one_else_the_servers_latest),
        HARNESS_TEST(writers_outside_the_program__are_indexed_too),
        HARNESS_TEST(edits_deletions_and_their_undoing__are_followed),
        HARNESS_TEST(counters__do_not_touch_the_index),
        HARNESS_TEST(deleted_items__are_not_found_nor_what_is_below_them),
        HARNESS_TEST(other_projects__are_not_found_and_archived_ones_when_named),
        HARNESS_TEST(kinds__are_told_apart),
        HARNESS_TEST(other_languages__are_found_by_their_exact_words),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
