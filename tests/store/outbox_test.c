/* The outbox: what leaves it and when, and what a cursor may have missed. */
#include "feed_helper.h"

static void outbox_purge__leaves_a_day_and_the_mark(void **state)
{
    struct harness *h = *state;
    feed_plan(h);
    outbox_age(h, 25);
    (void)harness_sql(h, "UPDATE planner.outbox SET at = now() - interval '23 hours'"
                         " WHERE change > 10");

    harness_settle(h);

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

/* Rows of any table that the query read on the side connection, as the server counts them. */
static const char *rows_read(struct harness *h, const struct query *q, const char *const *params)
{
    const char *n = NULL;
    PGresult *res = NULL;

    (void)harness_sql(h, "SELECT pg_stat_force_next_flush()"); /* what was counted until now */
    (void)harness_sql(h, "BEGIN");
    res = PQexecPrepared(h->side, q->name, q->n_params, params, NULL, NULL, 0);
    if (PQntuples(res) != 1)
        fail_msg("%s", PQerrorMessage(h->side));
    PQclear(res);
    n = harness_sql(h, "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM"
                       " pg_stat_xact_user_tables WHERE schemaname = 'planner'");
    (void)harness_sql(h, "COMMIT");
    return n;
}

static long read_by_look(struct harness *h, const char *since)
{
    return strtol(rows_read(h, &q_outbox_since,
                            PARAMS(since, "{item,history,projects,outline,item}",
                                   "{NULL,NULL,NULL,NULL,NULL}", "{AUTH,AUTH,NULL,BILL,AUTH}",
                                   "{7,2,NULL,0,5}", "{NULL,NULL,NULL,NULL,NULL}")),
                  NULL, 10);
}

static long read_by_wait(struct harness *h, const char *since)
{
    return strtol(
        rows_read(h, &q_changes_since, PARAMS(since, NULL, NULL, NULL, "AUTH", NULL, "51")), NULL,
        10);
}

static void prepare(struct harness *h)
{
    const struct query *const queries[] = {&q_outbox_since, &q_changes_since};

    (void)harness_sql(h, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
                         " SET enable_bitmapscan = off; SET enable_hashjoin = off;"
                         " SET enable_mergejoin = off; SET cpu_tuple_cost = 0.1;"
                         " SET random_page_cost = 0.02");
    for (size_t i = 0; i < LENGTH_OF(queries); i++)
        PQclear(PQprepare(h->side, queries[i]->name, queries[i]->sql, 0, NULL));
}

/* Found by key, however much there is: also by a session that made its plans while the store was
 * small. */
static void outbox__is_read_by_key(void **state)
{
    struct harness *h = *state;
    const char *since = NULL;
    feed_plan(h);
    prepare(h);
    assert_in_range(read_by_look(h, "1:1:"), 1, 400);
    assert_in_range(read_by_wait(h, "1:1:"), 1, 400);
    (void)harness_sql(h, "INSERT INTO planner.audit (project_id, change, entity_type, entity_id,"
                         " action) SELECT md5('AUTH')::uuid, 1000 + n, 'project',"
                         " md5('AUTH')::uuid, 'updated' FROM generate_series(1, 20000) n");
    (void)harness_sql(h, "INSERT INTO planner.items (project_id, id, parent_id, kind, depth,"
                         " sort_key, number, title) SELECT md5('AUTH')::uuid, md5(n::text)::uuid,"
                         " md5('AUTH4')::uuid, 'step', 2, 'W' || n || 'V', 100 + n, 'x'"
                         " FROM generate_series(1, 2000) n");
    since = harness_sql(h, "SELECT pg_current_snapshot()");
    feed_touch(h, "AUTH7");

    for (int analyzed = 0; analyzed <= 1; analyzed++) {
        assert_in_range(read_by_look(h, since), 1, 60);
        assert_in_range(read_by_wait(h, since), 1, 20);
        (void)harness_sql(h, "ANALYZE");
    }
}

static void feed_cursor__is_a_snapshot_and_perhaps_its_history(void **state)
{
    static const char *const good[] = {"1:1:", "5:9:5,7,8", "5:9:", "738:742:738",
                                       "9223372036854775807:9223372036854775807:"};
    static const char *const with_history[] = {"1:1:@01234567", "5:9:5,7@89abcdef"};
    static const char *const bad[] = {"",
                                      "x",
                                      "1:1",
                                      "1",
                                      "1:1:1",
                                      "2:1:",
                                      "0:1:",
                                      "5:9:4",
                                      "5:9:9",
                                      "5:9:7,6",
                                      "5:9:6,6",
                                      "5:9:6,",
                                      "5:9:,6",
                                      "5:9:6 ",
                                      "-1:1:",
                                      "1:9223372036854775808:",
                                      "1:2:1;DROP",
                                      "1:99999999999999999999:",
                                      "01:1:",
                                      "1:9:07",
                                      "1:00:",
                                      "1:1:@",
                                      "1:1:@0123456",
                                      "1:1:@012345678",
                                      "1:1:@0123456A",
                                      "1:1:@01234567@01234567",
                                      "5:9:5,@01234567",
                                      "1:1@01234567",
                                      "@01234567"};
    struct harness *h = *state;

    for (size_t i = 0; i < LENGTH_OF(good); i++) {
        assert_true(feed_cursor_is_valid(good[i]));
        (void)harness_sql(h, "SELECT '%s'::pg_snapshot", good[i]);
    }
    for (size_t i = 0; i < LENGTH_OF(with_history); i++)
        assert_true(feed_cursor_is_valid(with_history[i]));
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
        HARNESS_TEST(outbox__is_read_by_key),
        HARNESS_TEST(feed_cursor__is_a_snapshot_and_perhaps_its_history),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
