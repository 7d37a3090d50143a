/* Counts on their way to the store, slow statements, and sessions that name a trace. */
#include "harness.h"

#include "planner/base/trace.h"

struct text_row {
    const char *text;
};
static const struct field text_fields[] = {
    FIELD_TEXT(struct text_row, text, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};
static const struct query whose_query = {
    "test whose", "SELECT json_build_object('text', current_setting('application_name'))", 0};
static const struct query sleep_query = {
    "test sleep", "SELECT json_build_object('text', pg_sleep(0.03)::text)", 0};

static struct meter *fresh(void)
{
    static struct meter meter;

    meter = (struct meter){.changed = false};
    return &meter;
}

static struct trace *trace_of(void)
{
    static struct trace trace;

    assert_true(
        trace_read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL, &trace));
    return &trace;
}

/* Adding is not counted itself. */
static bool add(struct req *rq, struct meter *meter)
{
    struct req own = *rq;

    own.meter = NULL;
    return db_meter_add(&own, meter, 1000);
}

static const char *whose(struct req *rq)
{
    struct text_row row;

    assert_int_equal(db_read(rq, &whose_query, NO_PARAMS, INTO(text_fields, &row)), ST_OK);
    return row.text;
}

static void trace__names_the_session_while_a_read_runs(void **state)
{
    struct harness *h = *state;

    h->rq.trace = trace_of();
    assert_string_equal(whose(&h->rq),
                        "mcp-planner 4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7");
    h->rq.trace = NULL;
    assert_string_equal(whose(&h->rq), "mcp-planner");
}

static void trace__names_the_session_in_both_flushes_of_a_write(void **state)
{
    struct harness *h = *state;
    struct text_row first;
    struct text_row second;
    OWN_TX tx = {NULL};

    h->rq.trace = trace_of();
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &whose_query, NO_PARAMS, INTO(text_fields, &first));
    assert_int_equal(tx_flush(&tx), ST_OK);
    tx_add(&tx, &whose_query, NO_PARAMS, INTO(text_fields, &second));
    assert_int_equal(tx_commit(&tx), ST_OK);

    assert_string_equal(first.text,
                        "mcp-planner 4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7");
    assert_string_equal(second.text, first.text);
    assert_int_equal(tx.flushes, 2);
    h->rq.trace = NULL;
    assert_string_equal(whose(&h->rq), "mcp-planner");
}

static void trace__fits_behind_the_longest_name(void **state)
{
    struct harness *h = *state;
    const struct db_config config = {.dsn = h->dsn,
                                     .connect_timeout_ms = 5000,
                                     .application = "a name of more than thirteen bytes"};
    struct req rq = h->rq;

    rq.db = db_new(&config, &h->log);
    rq.trace = trace_of();
    assert_string_equal(whose(&rq),
                        "a name of mor 4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7");
    db_free(rq.db);
}

static void trace__holds_behind_a_pooler(void **state)
{
    struct harness *h = *state;
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = 5000, .pooled = true};
    struct req rq = h->rq;

    rq.db = db_new(&config, &h->log);
    rq.trace = trace_of();
    assert_string_equal(whose(&rq),
                        "mcp-planner 4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7");
    rq.trace = NULL;
    assert_string_equal(whose(&rq), "mcp-planner");
    db_free(rq.db);
}

static void meter_add__puts_growth_into_the_store_and_only_once(void **state)
{
    struct harness *h = *state;
    struct meter *meter = fresh();

    assert_non_null(whose(&h->rq)); /* connects, unseen */
    h->rq.meter = meter;
    assert_non_null(whose(&h->rq));
    assert_non_null(whose(&h->rq));
    assert_true(add(&h->rq, meter));
    assert_false(add(&h->rq, meter));
    assert_non_null(whose(&h->rq));
    assert_true(add(&h->rq, meter));

    assert_string_equal(harness_sql(h, "SELECT value FROM planner.metrics WHERE name = "
                                       "'statements_total' AND a = 'test whose'"),
                        "3");
    assert_string_equal(
        harness_sql(h, "SELECT sum(value) FROM planner.metrics WHERE name = "
                       "'round_trip_duration_seconds' AND a = 'single' AND b <> 'sum'"),
        "3");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.metrics WHERE "
                                       "a = 'metrics_add'"),
                        "0");
}

static void meter_add__of_several_processes_is_summed(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");
    struct meter *meter = fresh();
    struct meter theirs = {.changed = false};

    assert_non_null(whose(&h->rq));
    assert_non_null(whose(other));
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    meter_count(&theirs, METER_RESTARTS, NULL, NULL);
    assert_true(add(&h->rq, meter));
    assert_true(add(other, &theirs));

    assert_string_equal(harness_sql(h, "SELECT value FROM planner.metrics"), "2");
}

static void meter_add__waits_for_nobody(void **state)
{
    struct harness *h = *state;
    struct meter *meter = fresh();

    assert_non_null(whose(&h->rq));
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    (void)harness_sql(h, "BEGIN");
    (void)harness_sql(h, "SELECT pg_advisory_xact_lock(hashtextextended('planner.metrics', 0))");
    assert_false(add(&h->rq, meter));
    (void)harness_sql(h, "COMMIT");

    assert_true(add(&h->rq, meter));
    assert_string_equal(harness_sql(h, "SELECT value FROM planner.metrics"), "1");
}

static void meter_add__keeps_the_counts_while_the_database_is_away(void **state)
{
    struct harness *h = *state;
    struct meter *meter = fresh();

    assert_false(add(&h->rq, meter)); /* no connection yet, and none is made */
    assert_non_null(whose(&h->rq));
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    harness_terminate(h);
    assert_false(add(&h->rq, meter));
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    assert_non_null(whose(&h->rq));

    assert_true(add(&h->rq, meter));
    assert_string_equal(harness_sql(h, "SELECT value FROM planner.metrics"), "2");
}

static void meter_add__gives_up_in_time(void **state)
{
    struct harness *h = *state;
    struct req own = h->rq;
    struct meter *meter = fresh();

    assert_non_null(whose(&h->rq));
    meter_count(meter, METER_RESTARTS, NULL, NULL);
    (void)harness_sql(h, "BEGIN");
    (void)harness_sql(h, "LOCK TABLE planner.metrics");
    assert_false(db_meter_add(&own, meter, 50));
    (void)harness_sql(h, "ROLLBACK");

    assert_non_null(whose(&h->rq));
    assert_true(add(&h->rq, meter));
}

static void slow_statement__is_timed_by_itself_and_counted(void **state)
{
    struct harness *h = *state;
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = 5000, .slow_ms = 20};
    struct req rq = h->rq;
    struct meter *meter = fresh();
    struct text_row row;
    OWN_TX tx = {NULL};

    rq.db = db_new(&config, &(struct log){.level = LOG_ERROR});
    rq.log = &(struct log){.level = LOG_ERROR};
    assert_non_null(whose(&rq));
    rq.meter = meter;
    assert_int_equal(tx_begin(&rq, &tx), ST_OK);
    tx_add(&tx, &whose_query, NO_PARAMS, INTO(text_fields, &row));
    tx_add(&tx, &sleep_query, NO_PARAMS, INTO(text_fields, &row));
    tx_add(&tx, &whose_query, NO_PARAMS, INTO(text_fields, &row));
    assert_int_equal(tx_commit(&tx), ST_OK);
    assert_true(add(&rq, meter));
    db_free(rq.db);

    assert_string_equal(harness_sql(h, "SELECT string_agg(a || ' ' || value, ',') FROM "
                                       "planner.metrics WHERE name = 'slow_statements_total'"),
                        "test sleep 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(trace__names_the_session_while_a_read_runs),
        HARNESS_TEST(trace__names_the_session_in_both_flushes_of_a_write),
        HARNESS_TEST(trace__fits_behind_the_longest_name),
        HARNESS_TEST(trace__holds_behind_a_pooler),
        HARNESS_TEST(meter_add__puts_growth_into_the_store_and_only_once),
        HARNESS_TEST(meter_add__of_several_processes_is_summed),
        HARNESS_TEST(meter_add__waits_for_nobody),
        HARNESS_TEST(meter_add__keeps_the_counts_while_the_database_is_away),
        HARNESS_TEST(meter_add__gives_up_in_time),
        HARNESS_TEST(slow_statement__is_timed_by_itself_and_counted),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
