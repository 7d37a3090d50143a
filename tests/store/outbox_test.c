/* The outbox: what leaves it and when, and what a cursor may have missed. */
#include "feed_helper.h"

static void outbox_purge__leaves_a_day_and_the_mark(void **state)
{
    struct harness *h = *state;
    feed_plan(h);
    outbox_age(h, 25);
    (void)harness_sql(h, "UPDATE planner.outbox SET at = now() - interval '23 hours'"
                         " WHERE change > 10");

    outbox_settle(h);

    assert_string_equal(harness_sql(h, "SELECT planner.outbox_purge(1)"), "0");
    assert_string_equal(harness_sql(h, "SELECT planner.outbox_purge(5)"), "4");
    assert_string_equal(harness_sql(h, "SELECT planner.outbox_purge(1000)"), "6");
    assert_string_equal(harness_sql(h, "SELECT planner.outbox_purge(1000)"), "0");

    assert_string_equal(harness_sql(h, "SELECT min(change) FROM planner.outbox"), "10");
}

/* Nothing may appear before the mark later: what a running transaction may still be behind stays.
 */
static void outbox_purge__spares_what_runs_beside_a_transaction(void **state)
{
    struct harness *h = *state;
    PGconn *late = PQconnectdb(h->dsn);
    const char *before = NULL;
    feed_plan(h);
    before = outbox_newest(h);
    PQclear(PQexec(late, "BEGIN; SELECT pg_current_xact_id()"));
    feed_touch(h, "AUTH5");
    feed_touch(h, "AUTH5");
    outbox_age(h, 25);

    outbox_purge_to(h, 1000, before);
    assert_string_equal(harness_sql(h, "SELECT planner.outbox_purge(1000)"), "0");

    PQclear(PQexec(late, "COMMIT"));
    outbox_purge_to(h, 1000, outbox_newest(h));
    PQfinish(late);
}

static void outbox_lost__knows_where_a_cursor_may_miss_something(void **state)
{
    struct harness *h = *state;
    const char *old = NULL;
    const char *young = NULL;
    const char *lost = "SELECT planner.outbox_lost('%s')";
    feed_plan(h);
    old = harness_sql(h, "SELECT pg_current_snapshot()");
    feed_touch(h, "AUTH5");
    feed_touch(h, "AUTH5");
    young =
        harness_sql(h, "SELECT format('%%1$s:%%1$s:', pg_snapshot_xmax(pg_current_snapshot()))");
    assert_string_equal(harness_sql(h, lost, old), "f");
    assert_string_equal(harness_sql(h, lost, "1:1:"), "t");

    outbox_age(h, 25);
    outbox_purge_to(h, 1000, outbox_newest(h));

    assert_string_equal(harness_sql(h, lost, old), "t");
    assert_string_equal(harness_sql(h, lost, young), "f");
    assert_string_equal(harness_sql(h, lost, "9000000000000000000:9000000000000000000:"), "t");
}

static void feed_cursor__is_a_snapshot_and_nothing_else(void **state)
{
    static const char *const good[] = {"1:1:", "5:9:5,7,8", "5:9:", "738:742:738",
                                       "9223372036854775807:9223372036854775807:"};
    static const char *const bad[] = {"",           "x",
                                      "1:1",        "1",
                                      "1:1:1",      "2:1:",
                                      "0:1:",       "5:9:4",
                                      "5:9:9",      "5:9:7,6",
                                      "5:9:6,6",    "5:9:6,",
                                      "5:9:,6",     "5:9:6 ",
                                      "-1:1:",      "1:9223372036854775808:",
                                      "1:2:1;DROP", "1:99999999999999999999:",
                                      "01:1:",      "1:9:07",
                                      "1:00:"};
    struct harness *h = *state;

    for (size_t i = 0; i < LENGTH_OF(good); i++) {
        assert_true(feed_cursor_is_valid(good[i]));
        (void)harness_sql(h, "SELECT '%s'::pg_snapshot", good[i]);
    }
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        if (feed_cursor_is_valid(bad[i]))
            fail_msg("%s is none", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(outbox_purge__leaves_a_day_and_the_mark),
        HARNESS_TEST(outbox_purge__spares_what_runs_beside_a_transaction),
        HARNESS_TEST(outbox_lost__knows_where_a_cursor_may_miss_something),
        HARNESS_TEST(feed_cursor__is_a_snapshot_and_nothing_else),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
