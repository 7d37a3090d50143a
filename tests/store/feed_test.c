/* The feed against a real server: what is heard, by whom it was changed, and what is never missed.
 */
#include "feed_helper.h"

#include <poll.h>

#include "planner/base/clock.h"
#include "planner/store/health.h"

static void feed__hears_what_another_connection_changes(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    feed_plan(h);
    feed_set(feed, &feed_auth, 1);
    feed_begin(h, feed);
    assert_quiet(h, feed);

    feed_touch(h, "AUTH5");

    assert_hears(h, feed, "a");
    feed_touch(h, "BILL1");
    assert_quiet(h, feed);
    feed_free(feed);
}

/* One change, and which of the watches below it hits. */
struct effect {
    const char *sql;
    const char *hits;
    bool projects;
};

static const struct feed_watch of_all_kinds[] = {
    {.kind = FEED_PROJECTS},                                              /* a */
    {.kind = FEED_PROJECT, .slug = "AUTH"},                               /* b */
    {.kind = FEED_OUTLINE, .slug = "BILL", .number = "0"},                /* c */
    {.kind = FEED_ITEM, .slug = "AUTH", .number = "1"},                   /* d: task of 2 and 3 */
    {.kind = FEED_ITEM, .slug = "AUTH", .number = "2"},                   /* e: disputed */
    {.kind = FEED_ITEM, .slug = "AUTH", .number = "7"},                   /* f: waits for 3 */
    {.kind = FEED_ITEM, .slug = "AUTH", .number = "6"},                   /* g: after 5 */
    {.kind = FEED_HISTORY, .slug = "AUTH", .number = "2"},                /* h */
    {.kind = FEED_HISTORY, .slug = "AUTH", .number = "0"},                /* i */
    {.kind = FEED_DISPUTE, .id = "2b82f4bf-9fa8-b96d-0f43-3b7d4a6e8b5e"}, /* j: id set below */
    {.kind = FEED_ANY},                                                   /* k */
    {.kind = FEED_ITEM, .slug = "AUTH", .number = "99"},                  /* l: not there yet */
    {.kind = FEED_ITEM, .slug = "NONE", .number = "1"},                   /* m: never there */
};

static const struct effect effects[] = {
    {"UPDATE planner.items SET title = 'y' WHERE id = md5('BILL1')::uuid", "ack", false},
    {"UPDATE planner.items SET title = 'y' WHERE id = md5('AUTH3')::uuid", "abdfik", false},
    {"UPDATE planner.items SET title = 'y' WHERE id = md5('AUTH2')::uuid", "abdehijk", false},
    {"UPDATE planner.steps SET server_ready = true WHERE id = md5('AUTH2')::uuid", "abdehijk",
     false},
    {"UPDATE planner.disputes SET rounds = 2", "abdehijk", false},
    {"UPDATE planner.items SET title = 'y' WHERE id = md5('AUTH5')::uuid", "abgik", false},
    {"UPDATE planner.items SET title = 'y' WHERE id = md5('AUTH1')::uuid", "abdeik", false},
    {"UPDATE planner.projects SET max_iterations = 5 WHERE slug = 'AUTH'", "abdefgik", false},
    {"UPDATE planner.projects SET status = 'archived' WHERE slug = 'AUTH'", "abdefgik", true},
    {"UPDATE planner.items SET title = 'y' WHERE id = md5('AUTH')::uuid", "abdefgik", true},
    {"INSERT INTO planner.projects (id, slug, description) VALUES (md5('NEW')::uuid, 'NEW', 'why')",
     "ak", true},
    {"INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number, title)"
     " VALUES (md5('AUTH')::uuid, md5('AUTH99')::uuid, md5('AUTH')::uuid, 'step', 1, 'Z', 99, 'x')",
     "abikl", false},
    {"UPDATE planner.items SET parent_id = md5('AUTH')::uuid WHERE id = md5('AUTH3')::uuid",
     "abdefik", false},
    {"UPDATE planner.items SET deleted_at = now() WHERE id = md5('AUTH2')::uuid", "abdehijk",
     false},
    {"DELETE FROM planner.deps", "abfik", false},
};

static void feed__hits_what_a_change_concerns(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    struct feed_watch watches[LENGTH_OF(of_all_kinds)];
    feed_plan(h);
    memcpy(watches, of_all_kinds, sizeof(watches));
    watches[9].id = harness_sql(h, "SELECT md5('dispute')::uuid");
    feed_set(feed, watches, LENGTH_OF(watches));
    feed_begin(h, feed);

    for (size_t i = 0; i < LENGTH_OF(effects); i++) {
        struct feed_news news = {0};
        (void)harness_sql(h, "%s", effects[i].sql);
        if (!feed_hears(h, feed, SOON_MS, &news))
            fail_msg("%s: not heard", effects[i].sql);
        if (strcmp(feed_letters(h, &news), effects[i].hits) != 0 ||
            news.projects != effects[i].projects)
            fail_msg("%s: hits %s%s, not %s", effects[i].sql, feed_letters(h, &news),
                     news.projects ? " and the projects" : "", effects[i].hits);
        assert_false(news.everything);
    }
    feed_free(feed);
}

/* A transaction that began earlier, and has the lower number, commits after a later one was heard.
 */
static void feed__misses_nothing_that_commits_out_of_order(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    PGconn *late = PQconnectdb(h->dsn);
    const struct feed_watch watches[] = {{.kind = FEED_ITEM, .slug = "AUTH", .number = "6"},
                                         {.kind = FEED_OUTLINE, .slug = "BILL"}};
    feed_plan(h);
    PQclear(PQexec(late, "BEGIN; UPDATE planner.items SET title = 'late' WHERE id ="
                         " md5('AUTH6')::uuid"));
    feed_set(feed, watches, LENGTH_OF(watches));
    feed_begin(h, feed);
    feed_touch(h, "BILL1");
    assert_hears(h, feed, "b");
    feed_touch(h, "BILL1");
    assert_hears(h, feed, "b");

    PQclear(PQexec(late, "COMMIT"));

    assert_hears(h, feed, "a");
    assert_quiet(h, feed);
    PQfinish(late);
    feed_free(feed);
}

static void feed__catches_up_after_its_connection_was_ended(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    feed_plan(h);
    feed_set(feed, &feed_auth, 1);
    feed_begin(h, feed);
    assert_quiet(h, feed);

    for (int i = 0; i < 3; i++) {
        harness_terminate(h);
        feed_touch(h, "AUTH5");
        assert_hears(h, feed, "a");
        assert_true(feed_is_open(feed));
    }
    assert_quiet(h, feed);
    feed_touch(h, "AUTH5");
    assert_hears(h, feed, "a");
    feed_free(feed);
}

/* A waiting call from before a restore has to be told, though no change is newer than it knows. */
static void feed__tells_a_watch_whose_cursor_is_of_another_history(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    struct feed_watch watch = {.kind = FEED_ANY};
    feed_plan(h);
    watch.cursor = harness_sql(h, "SELECT pg_current_snapshot()");
    feed_set(feed, &watch, 1);
    feed_begin(h, feed);
    assert_quiet(h, feed);

    watch.cursor = harness_sql(h, "SELECT pg_current_snapshot() || '@00000000'");
    feed_set(feed, &watch, 1);

    assert_hears(h, feed, "a");
    feed_free(feed);
}

/* Calls must not wait for its attempts, so it makes one and leaves the rest to the breaker. */
static void feed__tries_again_when_the_breaker_has_found_the_database(void **state)
{
    struct harness *h = *state;
    const char *name = arena_printf(&h->arena, "%s_feed", h->database);
    const struct db_config config = {.dsn = arena_printf(&h->arena, "%s dbname=%s", h->dsn, name),
                                     .connect_timeout_ms = 1};
    struct db *work = h->rq.db;
    struct db *away = db_new(&config, &h->log);
    struct db_config own = config;
    struct feed *feed = NULL;
    int64_t until = 0;
    own.beside = away;
    feed = feed_new(&own, &h->log);
    feed_set(feed, &feed_auth, 1);

    assert_true(feed_wants_open(feed, clock_monotonic_ms()));
    assert_int_equal(feed_open(&h->rq, feed), ST_UNAVAILABLE);
    assert_false(feed_wants_open(feed, clock_monotonic_ms() + 100000));
    assert_true(feed_due_ms(feed) == INT64_MAX);
    (void)harness_sql(h, "CREATE DATABASE %s TEMPLATE template0", name);
    until = clock_monotonic_ms() + 5000;
    while (!feed_wants_open(feed, clock_monotonic_ms()) && clock_monotonic_ms() < until) {
        db_heal_step(away, clock_monotonic_ms());
        (void)poll(NULL, 0, 10);
    }

    assert_true(feed_wants_open(feed, clock_monotonic_ms()));
    feed_free(feed);
    db_free(away);
    h->rq.db = work;
    (void)harness_sql(h, "DROP DATABASE %s WITH (FORCE)", name);
}

/* A database that answers, but not as it should, is not asked all the time either. */
static void feed__waits_longer_each_time_while_the_schema_is_not_there(void **state)
{
    struct harness *h = *state;
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = 5000};
    struct feed *feed = feed_new(&config, &h->log);
    int64_t before = 0;
    feed_set(feed, &feed_auth, 1);
    (void)harness_sql(h, "ALTER TABLE planner.schema_migrations RENAME TO elsewhere");

    for (int i = 0; i < 4; i++) {
        int64_t pause = 0;
        assert_int_equal(feed_open(&h->rq, feed), ST_UNAVAILABLE);
        pause = feed_due_ms(feed) - clock_monotonic_ms();
        assert_false(feed_wants_open(feed, clock_monotonic_ms()));
        assert_true(feed_wants_open(feed, feed_due_ms(feed)));
        assert_in_range(pause, (125 << i) - 50, 375 << i);
        assert_true(pause > before / 3);
        before = pause;
    }
    feed_free(feed);
}

static void feed__polls_where_listening_cannot_work(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, true);
    feed_plan(h);
    feed_set(feed, &feed_auth, 1);
    feed_begin(h, feed);
    assert_quiet(h, feed);

    feed_touch(h, "AUTH5");

    assert_hears(h, feed, "a");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.listeners"), "0");
    harness_terminate(h);
    feed_touch(h, "AUTH5");
    assert_hears(h, feed, "a");
    feed_free(feed);
}

static void feed__polls_when_the_server_refuses_a_listener(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    feed_plan(h);
    (void)harness_sql(h, "ALTER DATABASE %s SET default_transaction_read_only = on", h->database);
    feed_set(feed, &feed_auth, 1);
    h->log.level = LOG_ERROR;
    feed_begin(h, feed);

    feed_touch(h, "AUTH5");

    assert_hears(h, feed, "a");
    feed_free(feed);
}

/* Writers that find nobody spare themselves the NOTIFY; its lease tells that somebody is there. */
static void feed__is_notified_only_while_it_holds_a_lease(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    const char *woke = "SELECT planner.wake_listeners()";
    feed_plan(h);
    assert_string_equal(harness_sql(h, "%s", woke), "f");
    feed_set(feed, &feed_auth, 1);

    feed_begin(h, feed);

    assert_string_equal(harness_sql(h, "%s", woke), "t");
    assert_string_equal(harness_sql(h, "SELECT until - now() > interval '59 s' FROM"
                                       " planner.listeners"),
                        "t");
    feed_free(feed);
    for (int tries = 0; tries < 100 && strcmp(harness_sql(h, "%s", woke), "t") == 0; tries++)
        (void)harness_sql(h, "SELECT pg_sleep(0.02)");
    assert_string_equal(harness_sql(h, "%s", woke), "f");
}

/* Somebody who looked for listeners just before there was one does not notify. */
static void feed__hears_by_itself_what_nobody_notified(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    const int64_t start = clock_monotonic_ms();
    feed_plan(h);
    feed_set(feed, &feed_auth, 1);
    feed_begin(h, feed);
    (void)harness_sql(h, "DELETE FROM planner.listeners");

    feed_touch(h, "AUTH5");

    assert_hears(h, feed, "a");
    assert_true(clock_monotonic_ms() - start < FEED_POLL_MS);
    feed_free(feed);
}

static void feed__goes_on_from_the_cursor_of_a_watch(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    struct feed_watch any[] = {{.kind = FEED_ANY}, {.kind = FEED_ANY}, {.kind = FEED_ANY}};
    feed_plan(h);
    any[0].id = harness_sql(h, "SELECT md5('AUTH')::uuid");
    any[1].id = harness_sql(h, "SELECT md5('BILL')::uuid");
    any[0].cursor = any[1].cursor = any[2].cursor = harness_sql(h, "SELECT pg_current_snapshot()");
    feed_touch(h, "AUTH5");
    feed_set(feed, any, LENGTH_OF(any));
    feed_begin(h, feed);

    assert_hears(h, feed, "ac");

    assert_quiet(h, feed);
    feed_touch(h, "BILL1");
    assert_hears(h, feed, "bc");
    feed_free(feed);
}

/* The answer that is under way is about other watches; nothing of it may be lost. */
static void feed__misses_nothing_while_its_watches_change(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    struct feed_news news = {0};
    const struct feed_watch both[] = {{.kind = FEED_OUTLINE, .slug = "BILL"}, feed_auth};
    feed_plan(h);
    feed_set(feed, &feed_auth, 1);
    feed_begin(h, feed);
    assert_quiet(h, feed);

    for (int i = 0; i < 20; i++) {
        feed_touch(h, "AUTH5");
        for (int step = 0; step < i % 4; step++) /* until just before, in, or after the look */
            assert_false(feed_step(feed, clock_monotonic_ms(), &news));
        feed_set(feed, i % 2 == 0 ? both : &feed_auth, i % 2 == 0 ? 2 : 1);
        assert_hears(h, feed, i % 2 == 0 ? "b" : "a");
    }
    feed_free(feed);
}

static void feed__gives_its_connection_up_when_nothing_is_watched(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    struct feed_news news = {0};
    feed_plan(h);
    feed_set(feed, &feed_auth, 1);
    feed_begin(h, feed);
    assert_false(feed_hears(h, feed, QUIET_MS, &news));

    feed_set(feed, NULL, 0);

    assert_true(feed_is_open(feed));
    assert_false(feed_step(feed, clock_monotonic_ms() + FEED_LINGER_MS, &news));
    assert_false(feed_is_open(feed));
    assert_false(feed_wants_open(feed, INT64_MAX));
    assert_true(feed_due_ms(feed) == INT64_MAX);
    assert_int_equal(feed_fd(feed), -1);
    feed_free(feed);
}

/* More than is worth looking at one by one: everything may have changed. */
static void feed__tells_everything_after_more_than_1000_changes(void **state)
{
    static const char many[] = "INSERT INTO planner.outbox (project_id, change, entities)"
                               " SELECT md5('BILL')::uuid, 100000 + n, '{}'"
                               " FROM generate_series(1, %d) n";
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    struct feed_news news = {0};
    const struct feed_watch watches[] = {feed_auth, {.kind = FEED_OUTLINE, .slug = "BILL"}};
    feed_plan(h);
    feed_set(feed, watches, LENGTH_OF(watches));
    feed_begin(h, feed);

    (void)harness_sql(h, many, 1000);
    assert_hears(h, feed, "b");
    (void)harness_sql(h, "DELETE FROM planner.outbox WHERE change > 100000");
    (void)harness_sql(h, many, 1001);

    assert_true(feed_hears(h, feed, SOON_MS, &news));
    assert_true(news.everything);
    assert_string_equal(feed_letters(h, &news), "ab");
    feed_free(feed);
}

/* More entities than are looked at one by one: anything in their projects may have changed. */
static void feed__looks_at_5000_entities_one_by_one(void **state)
{
    static const char some[] = "INSERT INTO planner.outbox (project_id, change, entities)"
                               " SELECT md5('AUTH')::uuid, 100000 + n, array_fill("
                               "gen_random_uuid(), ARRAY[1000]) FROM generate_series(1, 5) n";
    static const char one[] = "UPDATE planner.outbox SET xid = DEFAULT, entities = CASE change WHEN"
                              " 100001 THEN entities || gen_random_uuid() ELSE entities END"
                              " WHERE change > 100000";
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    const struct feed_watch watches[] = {feed_auth,
                                         {.kind = FEED_ITEM, .slug = "AUTH", .number = "2"},
                                         {.kind = FEED_ITEM, .slug = "BILL", .number = "1"}};
    feed_plan(h);
    feed_set(feed, watches, LENGTH_OF(watches));
    feed_begin(h, feed);

    (void)harness_sql(h, "%s", some);
    assert_hears(h, feed, "a");
    (void)harness_sql(h, "%s", one);
    assert_hears(h, feed, "ab");
    feed_free(feed);
}

static void feed__tells_everything_when_it_was_away_for_too_long(void **state)
{
    struct harness *h = *state;
    struct feed *feed = feed_make(h, false);
    struct feed_news news = {0};
    feed_plan(h);
    feed_set(feed, &feed_auth, 1);
    feed_begin(h, feed);
    assert_quiet(h, feed);
    feed_touch(h, "BILL1");
    feed_touch(h, "BILL1");
    (void)feed_hears(h, feed, QUIET_MS, &news);
    harness_terminate(h);
    feed_touch(h, "BILL1");
    feed_touch(h, "BILL1");
    outbox_age(h, 25);
    outbox_purge_to(h, 1000, outbox_newest(h));

    assert_true(feed_hears(h, feed, SOON_MS, &news));

    assert_true(news.everything);
    assert_string_equal(feed_letters(h, &news), "a");
    assert_quiet(h, feed);
    feed_free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(feed__hears_what_another_connection_changes),
        HARNESS_TEST(feed__hits_what_a_change_concerns),
        HARNESS_TEST(feed__misses_nothing_that_commits_out_of_order),
        HARNESS_TEST(feed__catches_up_after_its_connection_was_ended),
        HARNESS_TEST(feed__tells_a_watch_whose_cursor_is_of_another_history),
        HARNESS_TEST(feed__tries_again_when_the_breaker_has_found_the_database),
        HARNESS_TEST(feed__waits_longer_each_time_while_the_schema_is_not_there),
        HARNESS_TEST(feed__polls_where_listening_cannot_work),
        HARNESS_TEST(feed__polls_when_the_server_refuses_a_listener),
        HARNESS_TEST(feed__is_notified_only_while_it_holds_a_lease),
        HARNESS_TEST(feed__hears_by_itself_what_nobody_notified),
        HARNESS_TEST(feed__goes_on_from_the_cursor_of_a_watch),
        HARNESS_TEST(feed__misses_nothing_while_its_watches_change),
        HARNESS_TEST(feed__gives_its_connection_up_when_nothing_is_watched),
        HARNESS_TEST(feed__tells_everything_after_more_than_1000_changes),
        HARNESS_TEST(feed__looks_at_5000_entities_one_by_one),
        HARNESS_TEST(feed__tells_everything_when_it_was_away_for_too_long),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
