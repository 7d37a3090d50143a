/* Full text over titles, objectives and contents: what is found, kept up by every writer. */
#include "plan_helper.h"

#include "planner/base/buf.h"
#include "planner/service/find.h"

static const char *keys_of(struct req *rq, const struct search_view *view)
{
    struct buf keys = BUF_IN(rq->arena);

    for (size_t i = 0; i < view->items.n; i++)
        buf_printf(&keys, "%s%s", i == 0 ? "" : " ",
                   LIST_AT(view->items, i, const struct search_row)->key);
    return buf_str(&keys);
}

static struct search_view search(struct req *rq, const char *project, const char *query)
{
    const struct search_args args = {.project = project, .query = query};
    struct search_view view = {0};

    assert_ok(rq, find_search(rq, &args, &view));
    return view;
}

#define assert_found(rq, query, keys)                                   \
    do {                                                                \
        const struct search_view view_ = search((rq), "AUTH", (query)); \
        assert_string_equal(keys_of((rq), &view_), (keys));             \
    } while (0)

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

static const char *step_titled(struct req *rq, const char *task, const char *title,
                               const char *content)
{
    const struct create_args args = {.task = task, .title = title, .content = content};
    struct item_answer answer;

    assert_ok(rq, plan_create_step(rq, &args, &answer));
    return answer.key;
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
    assert_found(rq, "AUTH-4", "AUTH AUTH-2"); /* not there: then it is two words */
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
    assert_found(rq, "AUTH-3", "AUTH AUTH-2"); /* no key any more, but "auth" is a word */
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number = 1");
    assert_found(rq, "hash", "");
    assert_found(rq, "AUTH-2", "AUTH");

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

/* `n` tasks of which each `nth` has the word "common", and the first one "rare". */
static void define_many(struct req *rq, size_t n, size_t nth)
{
    struct define_task *tasks = ARENA_MANY(rq->arena, n, struct define_task);
    const struct define_args args = {.parent = "AUTH", .tasks = {true, n, tasks}};
    struct define_answer answer;

    for (size_t i = 0; i < n; i++)
        tasks[i].title = i == 0         ? "rare common"
                         : i % nth == 0 ? arena_printf(rq->arena, "common number %zu", i)
                                        : "something else";
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static void pages__have_every_hit_once(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_args args = {.project = "AUTH", .query = "common", .limit = SOME_INT(7)};
    struct search_view view;
    long last = 1000;
    size_t n = 0;

    (void)plan_project(rq, "AUTH");
    define_many(rq, 60, 2);
    do {
        assert_ok(rq, find_search(rq, &args, &view));
        for (size_t i = 0; i < view.items.n; i++, n++) {
            const struct search_row *row = LIST_AT(view.items, i, const struct search_row);
            assert_true(row->number.v < last); /* they fit equally well */
            last = (long)row->number.v;
        }
        args.cursor = view.next_cursor;
    } while (args.cursor != NULL);

    assert_int_equal(n, 30);
    args.cursor = "WyJhIiwiMSJd";
    assert_fails(rq, find_search(rq, &args, &view), ST_INVALID, "'cursor'");
}

static void ranking__has_a_limit_that_is_told(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;

    (void)plan_project(rq, "AUTH");
    define_many(rq, SEARCH_RANKED, 1);
    view = search(rq, "AUTH", "common");
    assert_false(view.capped.v);
    (void)step_titled(rq, "AUTH-1", "common", NULL);
    view = search(rq, "AUTH", "common");

    assert_true(view.capped.v);
    assert_found(rq, "rare", "AUTH-1");
}

static void frequent_words__are_looked_for_among_the_newest_others_everywhere(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;

    (void)plan_project(rq, "AUTH");
    define_many(rq, 9000, 2);
    view = search(rq, "AUTH", "common");
    assert_true(view.capped.v);
    assert_string_equal(LIST_AT(view.items, 0, struct search_row)->key, "AUTH-8999");
    assert_found(rq, "rare", "AUTH-1");
    assert_found(rq, "rare common", "AUTH-1");
}

/* 1,500 hits in the middle, 200 among the newest and one at the beginning, as of 40,000 items. */
static void rather_frequent_words__are_looked_for_among_more_of_the_newest(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;

    (void)plan_project(rq, "AUTH");
    define_many(rq, 1701, 1);
    (void)harness_sql(h, "UPDATE planner.items SET number = number + CASE WHEN number > 1501"
                         " THEN 38000 ELSE 20000 END WHERE number > 1");
    (void)harness_sql(h, "UPDATE planner.counters SET last_number = 40000");
    (void)harness_sql(h, "DELETE FROM planner.search_texts");
    (void)harness_sql(h, "SELECT planner.search_refresh(project_id, array_agg(id))"
                         " FROM planner.items GROUP BY project_id");
    view = search(rq, "AUTH", "common");
    assert_true(view.capped.v);
    assert_found(rq, "rare common", "AUTH-1");
    (void)harness_sql(h, "DELETE FROM planner.search_texts WHERE number BETWEEN 20002 AND 21000");

    view = search(rq, "AUTH", "common"); /* no more than are ranked: everywhere */
    assert_false(view.capped.v);
}

static void long_contents__are_indexed_up_to_a_length(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    char *text = arena_alloc(rq->arena, 65536 + 100);

    plan_usual(rq);
    memset(text, ' ', 65536 + 99);
    text[65536 + 99] = '\0';
    memcpy(text + 65536 - 6, "inside", 6);
    memcpy(text + 65536, " outside", 8);
    assert_ok(rq, plan_submit(rq, "AUTH-2", text));

    assert_found(rq, "inside", "AUTH-2");
    assert_found(rq, "outside", "");
}

/* What would be more than a tsvector holds, were all of it indexed. */
static void largest_contents__are_no_trouble(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct buf text = BUF_IN(rq->arena);

    plan_usual(rq);
    for (int i = 0; text.len < 262144 - 8; i++)
        buf_printf(&text, "%04x ", i);
    assert_ok(rq, plan_submit(rq, "AUTH-2", buf_str(&text)));
    assert_found(rq, "00ff", "AUTH-2");
    text = (struct buf)BUF_IN(rq->arena);
    while (text.len < 262144 - 8)
        buf_text(&text, "word");
    assert_ok(rq, plan_submit(rq, "AUTH-2", buf_str(&text)));
}

static void queries_without_words__are_refused_and_those_with_too_many(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_args args = {.project = "AUTH", .query = " -- ?! "};
    struct buf words = BUF_IN(rq->arena);
    struct search_view view;

    plan_usual(rq);
    assert_fails(rq, find_search(rq, &args, &view), ST_INVALID, "no letter or digit");
    for (int i = 0; i < SEARCH_WORDS_MAX; i++)
        buf_printf(&words, "w%d ", i);
    args.query = buf_str(&words);
    assert_ok(rq, find_search(rq, &args, &view));
    buf_text(&words, "more");
    args.query = buf_str(&words);
    assert_fails(rq, find_search(rq, &args, &view), ST_INVALID, "33 different words, at most 32");
    args.query = "it's a \\ % ' | & ! <-> :* (test) draft";
    assert_ok(rq, find_search(rq, &args, &view));
    args.query = "the"; /* nothing but a word that is everywhere: then it counts */
    assert_ok(rq, find_search(rq, &args, &view));
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
        HARNESS_TEST(counters__do_not_touch_the_index),
        HARNESS_TEST(deleted_items__are_not_found_nor_what_is_below_them),
        HARNESS_TEST(other_projects__are_not_found_and_archived_ones_when_named),
        HARNESS_TEST(kinds__are_told_apart),
        HARNESS_TEST(pages__have_every_hit_once),
        HARNESS_TEST(ranking__has_a_limit_that_is_told),
        HARNESS_TEST(frequent_words__are_looked_for_among_the_newest_others_everywhere),
        HARNESS_TEST(rather_frequent_words__are_looked_for_among_more_of_the_newest),
        HARNESS_TEST(long_contents__are_indexed_up_to_a_length),
        HARNESS_TEST(largest_contents__are_no_trouble),
        HARNESS_TEST(queries_without_words__are_refused_and_those_with_too_many),
        HARNESS_TEST(other_languages__are_found_by_their_exact_words),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
