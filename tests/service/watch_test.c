/* wait_for_change: what is told since a cursor, exactly once, and when waiting begins and ends. */
#include "plan_helper.h"

#include "planner/base/clock.h"
#include "planner/service/page.h"
#include "planner/service/watch.h"
#include "planner/store/feed.h"

static enum status wait_with(struct req *rq, const char *project, const char *cursor, int seconds,
                             struct wait_view *ret_view)
{
    const struct wait_args args = {
        .project = project, .cursor = cursor, .timeout_seconds = SOME_INT(seconds)};

    return watch_wait(rq, &args, ret_view);
}

/* The present cursor, or what comes after a cursor without waiting. */
static struct wait_view look(struct req *rq, const char *project, const char *cursor)
{
    struct wait_view view;

    assert_ok(rq, wait_with(rq, project, cursor, 0, &view));
    assert_int_equal(view.changed.v, view.items.n > 0);
    return view;
}

/* "AUTH-1 created, AUTH-2 created"; "+3" for more entities. */
static const char *told(struct req *rq, const struct wait_view *view)
{
    struct buf text = BUF_IN(rq->arena);

    for (size_t i = 0; i < view->items.n; i++) {
        const struct changed_line *l = LIST_AT(view->items, i, const struct changed_line);
        buf_printf(&text, "%s%s %s", i == 0 ? "" : ", ", l->entity, l->action);
        if (l->more.set)
            buf_printf(&text, " +%lld", (long long)l->more.v);
    }
    return buf_str(&text);
}

static void wait__without_a_cursor_gives_the_present_one(void **state)
{
    struct harness *h = *state;
    struct wait_view view;
    plan_usual(&h->rq);

    view = look(&h->rq, "AUTH", NULL);

    assert_false(view.changed.v);
    assert_int_equal(view.items.n, 0);
    assert_string_equal(view.project, "AUTH");
    view = look(&h->rq, "AUTH", view.cursor);
    assert_false(view.changed.v);
}

static void wait__tells_what_changed_since_the_cursor_once(void **state)
{
    struct harness *h = *state;
    struct wait_view view;
    const char *cursor = NULL;
    (void)plan_project(&h->rq, "AUTH");
    cursor = look(&h->rq, "AUTH", NULL).cursor;
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_step(harness_req(h, "agent-b"), "AUTH-1", "a draft");

    view = look(&h->rq, "AUTH", cursor);

    assert_string_equal(told(&h->rq, &view), "AUTH-1 created, AUTH-2 created");
    assert_string_equal(LIST_AT(view.items, 1, struct changed_line)->agent, "agent-b");
    assert_string_equal(LIST_AT(view.items, 1, struct changed_line)->title, "a step");
    assert_false(view.more.set);
    view = look(&h->rq, "AUTH", view.cursor);
    assert_string_equal(told(&h->rq, &view), "");
}

static void wait__tells_a_line_for_each_action_of_a_change(void **state)
{
    struct harness *h = *state;
    struct define_task tasks[] = {{.title = "A"}, {.title = "B"}, {.title = "C"}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 3, tasks}};
    struct define_answer answer;
    struct wait_view view;
    const char *cursor = NULL;
    plan_usual(&h->rq);
    cursor = look(&h->rq, "AUTH", NULL).cursor;

    assert_ok(&h->rq, plan_define(&h->rq, &args, &answer));
    (void)plan_disputed(&h->rq, "AUTH", "AUTH-1");
    assert_ok(&h->rq, plan_resolve(&h->rq, "AUTH-6", RESOLVE_SERVER));

    view = look(&h->rq, "AUTH", cursor);
    assert_string_equal(told(&h->rq, &view),
                        "AUTH-3 created +2, AUTH-6 created, AUTH updated, AUTH-6 reviewed,"
                        " AUTH-6 disputed, AUTH-6 resolved");
    plan_assert_right(h);
}

static void wait__looks_at_one_project_or_at_all(void **state)
{
    struct harness *h = *state;
    struct wait_view view;
    const char *cursor = NULL;
    (void)plan_project(&h->rq, "AUTH");
    (void)plan_project(&h->rq, "BILL");
    cursor = look(&h->rq, NULL, NULL).cursor;
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "BILL");

    view = look(&h->rq, "BILL", cursor);
    assert_string_equal(told(&h->rq, &view), "BILL-1 created");
    view = look(&h->rq, NULL, cursor);
    assert_string_equal(told(&h->rq, &view), "AUTH-1 created, BILL-1 created");
    assert_null(view.project);

    h->rq.project = "AUTH";
    view = look(&h->rq, NULL, cursor);
    assert_string_equal(told(&h->rq, &view), "AUTH-1 created");
    assert_fails(&h->rq, wait_with(&h->rq, "NONE", cursor, 0, &view), ST_NOT_FOUND, "NONE");
}

/* Nothing to tell and time left: the caller keeps the request and runs it again. */
static void wait__is_parked_until_something_changed_or_time_is_up(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct wait_view view;
    const char *cursor = NULL;
    plan_usual(rq);
    cursor = look(rq, "AUTH", NULL).cursor;
    rq->began_ms = clock_monotonic_ms();

    assert_int_equal(wait_with(rq, "AUTH", cursor, 20, &view), ST_WAIT);
    assert_string_equal(rq->wait_for.project, plan_item(h, "AUTH", "id"));
    assert_true(feed_cursor_is_valid(rq->wait_for.cursor));
    assert_int_equal(rq->wait_for.deadline_ms, rq->began_ms + 20000);
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, wait_with(rq, "AUTH", cursor, 20, &view));
    assert_string_equal(told(rq, &view), "AUTH-3 created");

    assert_int_equal(wait_with(rq, "AUTH", view.cursor, 20, &view), ST_WAIT);
    rq->began_ms -= 20000;
    assert_ok(rq, wait_with(rq, "AUTH", view.cursor, 20, &view));
    assert_false(view.changed.v);
    assert_ok(rq, wait_with(rq, "AUTH", NULL, 20, &view));
}

/* What the request said it waits for is what the feed hears. */
static void wait__is_ended_by_the_feed(void **state)
{
    struct harness *h = *state;
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = 5000};
    struct feed *feed = feed_new(&config, &h->log);
    struct feed_watch watch = {.kind = FEED_ANY};
    struct feed_news news = {0};
    struct wait_view view;
    const char *cursor = NULL;
    bool heard = false;
    plan_usual(&h->rq);
    cursor = look(&h->rq, "AUTH", NULL).cursor;
    h->rq.began_ms = clock_monotonic_ms();
    assert_int_equal(wait_with(&h->rq, "AUTH", cursor, 20, &view), ST_WAIT);
    watch.id = h->rq.wait_for.project;
    watch.cursor = h->rq.wait_for.cursor;
    (void)plan_task(harness_req(h, "agent-b"), "AUTH"); /* before the feed is there */

    feed_set(feed, &watch, 1);
    assert_ok(&h->rq, feed_open(&h->rq, feed));
    for (int i = 0; i < 500 && !heard; i++) {
        heard = feed_step(feed, clock_monotonic_ms(), &news);
        (void)harness_sql(h, "SELECT pg_sleep(0.01)");
    }

    assert_true(heard);
    assert_int_equal(news.n_hits, 1);
    feed_free(feed);
}

static void wait__goes_on_exactly_where_a_page_ended(void **state)
{
    struct harness *h = *state;
    struct wait_view view;
    const char *cursor = NULL;
    (void)plan_project(&h->rq, "AUTH");
    cursor = look(&h->rq, "AUTH", NULL).cursor;
    for (int i = 0; i < WAIT_CHANGES_MAX; i++)
        (void)plan_task(&h->rq, "AUTH");
    view = look(&h->rq, "AUTH", cursor);
    assert_int_equal(view.items.n, WAIT_CHANGES_MAX); /* exactly as many: no more */
    assert_false(view.more.set);
    (void)plan_task(&h->rq, "AUTH");

    view = look(&h->rq, "AUTH", cursor);
    assert_int_equal(view.items.n, WAIT_CHANGES_MAX);
    assert_true(view.more.v);
    (void)plan_task(&h->rq, "AUTH"); /* not of this page */
    view = look(&h->rq, "AUTH", view.cursor);
    assert_string_equal(told(&h->rq, &view), "AUTH-51 created");
    assert_false(view.more.set);
    view = look(&h->rq, "AUTH", view.cursor);
    assert_string_equal(told(&h->rq, &view), "AUTH-52 created");
}

/* A transaction that took its number before the page, and commits after it. */
static void wait__misses_nothing_that_commits_between_two_pages(void **state)
{
    struct harness *h = *state;
    PGconn *late = PQconnectdb(h->dsn);
    struct wait_view view;
    const char *cursor = NULL;
    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    cursor = look(&h->rq, "AUTH", NULL).cursor;
    PQclear(PQexec(late, "BEGIN; UPDATE planner.items SET priority = 5 WHERE number = 1"));
    (void)plan_project(&h->rq, "BILL");
    view = look(&h->rq, NULL, cursor);
    assert_string_equal(told(&h->rq, &view), "BILL created");

    PQclear(PQexec(late, "COMMIT"));

    view = look(&h->rq, NULL, view.cursor);
    assert_string_equal(told(&h->rq, &view), "AUTH-1 updated");
    view = look(&h->rq, NULL, view.cursor);
    assert_string_equal(told(&h->rq, &view), "");
    PQfinish(late);
}

static void wait__fits_its_answer_whatever_the_titles(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    char title[4 * 200 + 1] = "";
    struct create_args args = {.parent = "AUTH", .title = title};
    struct item_answer answer;
    struct wait_view view;
    size_t n = 0;
    for (size_t i = 0; i < 200; i++)
        memcpy(title + 4 * i, "\xF0\x9F\x8E\x89", 4);
    (void)plan_project(rq, "AUTH");
    view = look(rq, "AUTH", NULL);
    for (int i = 0; i < WAIT_CHANGES_MAX; i++) {
        assert_ok(rq, plan_create_task(rq, &args, &answer));
    }

    for (int pages = 0; pages < 10 && n < WAIT_CHANGES_MAX; pages++) {
        struct json_out out = JSON_OUT_IN(rq->arena);
        view = look(rq, "AUTH", view.cursor);
        field_encode(wait_fields, &view, &out);
        assert_in_range(out.buf.len, 1000, PAGE_BUDGET + 1000);
        n += view.items.n;
    }

    assert_int_equal(n, WAIT_CHANGES_MAX);
    assert_false(view.more.set);
}

static void wait__refuses_a_damaged_cursor(void **state)
{
    static const char *const parts[][3] = {
        {NULL, NULL, NULL},
        {"1:1", NULL, NULL},
        {"5:9:5'", NULL, NULL},
        {"1:1:", "1:1:", NULL},
        {"1:1:", NULL, "5"},
        {"1:1:", "1:1:", "-5"},
        {"1:1:", "x", "5"},
        {"1:1:", "1:1:", "x"},
        {"1:1:", "1:1:", ""},
        {"9:1:", NULL, NULL},
        {"1:1:", "1:1:", "1234567890123456789"},
    };
    struct harness *h = *state;
    struct wait_view view;

    assert_fails(&h->rq, wait_with(&h->rq, NULL, "%%%", 0, &view), ST_INVALID, "'cursor'");
    assert_fails(&h->rq, wait_with(&h->rq, NULL, "aGVsbG8", 0, &view), ST_INVALID, "'cursor'");
    for (size_t i = 0; i < LENGTH_OF(parts); i++)
        assert_fails(&h->rq, wait_with(&h->rq, NULL, cursor_make(&h->rq, parts[i], 3), 0, &view),
                     ST_INVALID, "'cursor'");
}

/* Also one of another server, which is ahead of this one. */
static void wait__says_when_a_cursor_is_too_old(void **state)
{
    static const char *const strange[] = {"1:1:", "9000000000000000000:9000000000000000000:"};
    struct harness *h = *state;
    struct wait_view view;

    for (size_t i = 0; i < LENGTH_OF(strange); i++) {
        const char *cursor = cursor_make(&h->rq, PARAMS(strange[i], NULL, NULL), 3);
        assert_fails(&h->rq, wait_with(&h->rq, NULL, cursor, 20, &view), ST_INVALID,
                     "call again without it");
    }
}

/* As after a restore to an earlier moment: the transactions' numbers are given out again. */
static void wait__says_when_a_cursor_is_of_another_history(void **state)
{
    struct harness *h = *state;
    const char *parts[3];
    struct wait_view view;
    const char *cursor = NULL;
    plan_usual(&h->rq);
    cursor = look(&h->rq, "AUTH", NULL).cursor;
    assert_ok(&h->rq, cursor_read(&h->rq, cursor, LENGTH_OF(parts), parts));
    assert_non_null(strchr(parts[0], '@'));

    parts[0] = arena_printf(h->rq.arena, "%.*s@00000000", (int)strcspn(parts[0], "@"), parts[0]);

    assert_fails(&h->rq, wait_with(&h->rq, "AUTH", cursor_make(&h->rq, parts, 3), 20, &view),
                 ST_INVALID, "from before the database was restored");
}

/* Ten thousand rows are one change, in the outbox without its entities, in the answer in one line.
 */
static void wait__tells_a_bulk_definition_in_a_line(void **state)
{
    struct harness *h = *state;
    struct define_task *tasks = ARENA_MANY(h->rq.arena, 10000, struct define_task);
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 10000, tasks}};
    struct define_answer answer;
    struct wait_view view;
    const char *cursor = NULL;
    (void)plan_project(&h->rq, "AUTH");
    cursor = look(&h->rq, "AUTH", NULL).cursor;
    for (size_t i = 0; i < 10000; i++)
        tasks[i].title = "t";

    assert_ok(&h->rq, plan_define(&h->rq, &args, &answer));

    view = look(&h->rq, "AUTH", cursor);
    assert_string_equal(told(&h->rq, &view), "AUTH-1 created +9999");
    assert_string_equal(harness_sql(h, "SELECT count(*) || ' ' || count(entities) FROM"
                                       " planner.outbox WHERE change > 1"),
                        "1 0");
}

/* Up to 1,000 entities are named in the outbox; they are stored in two statements, or in one. */
static void outbox__names_1000_entities_and_no_more(void **state)
{
    static const int sizes[] = {999, 1000, 1001};
    struct harness *h = *state;
    struct define_task *tasks = ARENA_MANY(h->rq.arena, 1001, struct define_task);
    struct define_args args = {.parent = "AUTH", .tasks = {.set = true, .items = tasks}};
    struct define_answer answer;
    (void)plan_project(&h->rq, "AUTH");
    for (size_t i = 0; i < 1001; i++)
        tasks[i].title = "t";

    for (size_t i = 0; i < LENGTH_OF(sizes); i++) {
        args.tasks.n = (size_t)sizes[i];
        assert_ok(&h->rq, plan_define(&h->rq, &args, &answer));
    }

    assert_string_equal(harness_sql(h, "SELECT string_agg(coalesce(cardinality(entities)::text,"
                                       " 'all'), ' ' ORDER BY change) FROM planner.outbox"
                                       " WHERE change > 1"),
                        "999 1000 all");
    plan_assert_right(h);
}

static void outside__writes_are_told_too(void **state)
{
    struct harness *h = *state;
    struct wait_view view;
    const char *cursor = NULL;
    plan_usual(&h->rq);
    cursor = look(&h->rq, "AUTH", NULL).cursor;

    (void)harness_sql(h, "UPDATE planner.items SET title = 'by hand' WHERE number = 2");

    view = look(&h->rq, "AUTH", cursor);
    assert_string_equal(told(&h->rq, &view), "AUTH-2 updated");
    assert_non_null(LIST_AT(view.items, 0, struct changed_line)->user);
    plan_assert_right(h);
}

/* Listeners are told after the commit; that this fails is no failure of the write. */
static void write__is_stored_although_nobody_could_be_notified(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    (void)harness_sql(h, "INSERT INTO planner.listeners VALUES (1, now() + interval '1 hour')");
    (void)harness_sql(h, "CREATE OR REPLACE FUNCTION planner.wake_listeners() RETURNS boolean"
                         " LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$");
    plan_usual(rq);

    assert_string_equal(plan_task(rq, "AUTH"), "AUTH-3");

    assert_string_equal(plan_item(h, "AUTH-3", "title"), "a task");
    plan_assert_right(h);
}

static void write__notifies_only_while_somebody_listens(void **state)
{
    struct harness *h = *state;
    PGconn *ear = PQconnectdb(h->dsn);
    PGnotify *heard = NULL;
    plan_usual(&h->rq);
    PQclear(PQexec(ear, "LISTEN planner_changes"));

    (void)plan_task(&h->rq, "AUTH");
    PQclear(PQexec(ear, "SELECT 1"));
    assert_null(PQnotifies(ear));
    (void)harness_sql(h, "INSERT INTO planner.listeners VALUES (1, now() + interval '1 minute')");
    (void)plan_task(&h->rq, "AUTH");
    for (int i = 0; i < 100 && heard == NULL; i++) {
        PQclear(PQexec(ear, "SELECT pg_sleep(0.01)"));
        heard = PQnotifies(ear);
    }
    assert_non_null(heard);
    PQfreemem(heard);
    (void)harness_sql(h, "UPDATE planner.listeners SET until = now()");
    (void)plan_task(&h->rq, "AUTH");
    PQclear(PQexec(ear, "SELECT pg_sleep(0.05)"));
    assert_null(PQnotifies(ear));
    PQfinish(ear);
}

static int set_up(void **state)
{
    const int code = harness_setup(state);

    if (code == 0)
        harness_settle(*state);
    return code;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wait__without_a_cursor_gives_the_present_one),
        TEST(wait__tells_what_changed_since_the_cursor_once),
        TEST(wait__tells_a_line_for_each_action_of_a_change),
        TEST(wait__looks_at_one_project_or_at_all),
        TEST(wait__is_parked_until_something_changed_or_time_is_up),
        TEST(wait__is_ended_by_the_feed),
        TEST(wait__goes_on_exactly_where_a_page_ended),
        TEST(wait__misses_nothing_that_commits_between_two_pages),
        TEST(wait__fits_its_answer_whatever_the_titles),
        TEST(wait__refuses_a_damaged_cursor),
        TEST(wait__says_when_a_cursor_is_too_old),
        TEST(wait__says_when_a_cursor_is_of_another_history),
        TEST(wait__tells_a_bulk_definition_in_a_line),
        TEST(outbox__names_1000_entities_and_no_more),
        TEST(outside__writes_are_told_too),
        TEST(write__is_stored_although_nobody_could_be_notified),
        TEST(write__notifies_only_while_somebody_listens),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
