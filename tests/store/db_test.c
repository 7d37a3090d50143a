/* Reads, transactions, round trips and errors against a real server. */
#include "harness.h"

struct row {
    struct opt_int n;
    const char *text;
};
static const struct field row_fields[] = {FIELD_INT(struct row, n, 0, 0, OPTIONAL, NULL),
                                          FIELD_TEXT(struct row, text, 0, 0, OPTIONAL, NULL),
                                          FIELD_END};

static const struct query echo = {
    "echo", "SELECT json_build_object('n', length($1::text), 'text', $1::text)", 1};
static const struct query no_row = {"no_row", "SELECT '{}'::json WHERE false", 0};
static const struct query null_row = {"null_row", "SELECT NULL::json", 0};
static const struct query odd_row = {"odd_row", "SELECT '{\"other\": 1}'::json", 0};
static const struct query put = {"put", "INSERT INTO things VALUES ($1::int, $2)", 2};
static const struct query count = {"count", "SELECT json_build_object('n', count(*)) FROM things",
                                   0};
static const struct query divide = {"divide", "SELECT json_build_object('n', 1 / $1::int)", 1};
static const struct query typo = {"typo", "SELECT * FROM no_such_table", 0};
static const struct query raise = {
    "raise", "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$", 0};
static const struct query deadlocked = {
    "deadlocked", "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$", 0};
static const struct query our_raise = {"our_raise", "DO $$ BEGIN RAISE EXCEPTION 'no'; END $$", 0};
static const struct query lock_row = {
    "lock_row", "SELECT '{}'::json FROM things WHERE n = 1 FOR UPDATE NOWAIT", 0};
static const struct query slow = {"slow", "SELECT '{}'::json FROM pg_sleep($1::float8)", 1};
static const struct query short_patience = {
    "short_patience", "SELECT '{}'::json FROM set_config('statement_timeout', '50ms', true)", 0};

static void make_things(struct harness *h)
{
    (void)harness_sql(h, "CREATE TABLE planner.things (n int CONSTRAINT things_key PRIMARY KEY,"
                         " text text CONSTRAINT things_short CHECK (length(text) < 10))");
}

static int64_t things(struct harness *h)
{
    return strtoll(harness_sql(h, "SELECT count(*) FROM planner.things"), NULL, 10);
}

/* The first use of a connection asks once about the schema. */
static void connect_first(struct harness *h)
{
    assert_int_equal(db_read(&h->rq, &no_row, NO_PARAMS, INTO_NOTHING), ST_OK);
}

static void db_read__costs_one_round_trip_also_when_first_used(void **state)
{
    struct harness *h = *state;
    struct row row;
    long before = 0;

    connect_first(h);
    before = db_flushes(h->rq.db);

    for (int i = 0; i < 2; i++)
        assert_int_equal(db_read(&h->rq, &echo, PARAMS("h\xC3\xA9"), INTO(row_fields, &row)),
                         ST_OK);

    assert_int_equal(db_flushes(h->rq.db) - before, 2);
    assert_int_equal(row.n.v, 2);
    assert_string_equal(row.text, "h\xC3\xA9");
}

static void db_new__sends_nothing_before_the_first_use(void **state)
{
    struct harness *h = *state;

    assert_int_equal(db_flushes(h->rq.db), 0);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM pg_stat_activity"
                                       " WHERE application_name = 'mcp-planner'"
                                       " AND datname = current_database()"),
                        "0");
}

static void db_read__sets_the_session_as_promised(void **state)
{
    static const struct query settings = {
        "settings",
        "SELECT json_build_object('text', concat_ws(' ', current_setting('statement_timeout'),"
        " current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),"
        " current_setting('client_min_messages'), current_setting('jit'),"
        " current_setting('search_path'), current_setting('TimeZone'),"
        " current_setting('client_encoding'), current_setting('application_name')))",
        0};
    struct harness *h = *state;
    struct row row;

    assert_int_equal(db_read(&h->rq, &settings, NO_PARAMS, INTO(row_fields, &row)), ST_OK);

    assert_string_equal(row.text,
                        "30s 10s 10s warning off planner,pg_catalog,pg_temp UTC UTF8 mcp-planner");
}

static void db_read__no_row_and_null_mean_not_found(void **state)
{
    static const struct query *const queries[] = {&no_row, &null_row};
    struct harness *h = *state;

    for (size_t i = 0; i < LENGTH_OF(queries); i++) {
        struct row row = {SOME_INT(7), "stale"};
        bool found = true;

        assert_int_equal(
            db_read(&h->rq, queries[i], NO_PARAMS, INTO_FOUND(row_fields, &row, &found)), ST_OK);

        assert_false(found);
        assert_false(row.n.set);
        assert_null(row.text);
    }
}

static void db_read__null_parameter_is_null(void **state)
{
    struct harness *h = *state;
    struct row row;
    bool found = false;

    assert_int_equal(db_read(&h->rq, &echo, PARAMS(NULL), INTO_FOUND(row_fields, &row, &found)),
                     ST_OK);

    assert_true(found);
    assert_null(row.text);
}

static void db_read__undeclared_member_is_a_defect(void **state)
{
    struct harness *h = *state;
    struct row row;

    h->log.level = LOG_ERROR;
    assert_int_equal(db_read(&h->rq, &odd_row, NO_PARAMS, INTO(row_fields, &row)), ST_BUG);
}

static void db_read__eight_mebibytes_go_both_ways(void **state)
{
    const size_t size = (size_t)8 * 1024 * 1024;
    struct harness *h = *state;
    char *big = malloc(size + 1);
    struct row row;

    memset(big, 'x', size);
    big[size] = '\0';
    assert_int_equal(db_read(&h->rq, &echo, PARAMS(big), INTO(row_fields, &row)), ST_OK);

    assert_int_equal(row.n.v, (int64_t)size);
    assert_string_equal(row.text, big);
    free(big);
}

/* Both sides full at once: who only writes first would wait for ever. */
static void tx_flush__many_big_rows_and_parameters_do_not_deadlock(void **state)
{
    const size_t size = (size_t)2 * 1024 * 1024;
    struct harness *h = *state;
    char *big = malloc(size + 1);
    struct row rows[12];
    OWN_TX tx = {NULL};

    memset(big, 'y', size);
    big[size] = '\0';
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        tx_add(&tx, &echo, PARAMS(big), INTO(row_fields, &rows[i]));
    assert_int_equal(tx_commit(&tx), ST_OK);

    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_int_equal(strlen(rows[i].text), size);
    free(big);
}

static void tx_commit__a_write_costs_two_round_trips(void **state)
{
    struct harness *h = *state;
    struct row row;
    OWN_TX tx = {NULL};
    long before = 0;

    make_things(h);
    connect_first(h);
    before = db_flushes(h->rq.db);

    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &count, NO_PARAMS, INTO(row_fields, &row));
    assert_int_equal(tx_flush(&tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1", "a"), INTO_NOTHING);
    tx_add(&tx, &put, PARAMS("2", "b"), INTO_NOTHING);
    assert_int_equal(tx_commit(&tx), ST_OK);

    assert_int_equal(db_flushes(h->rq.db) - before, 2);
    assert_int_equal(tx.flushes, 2);
    assert_int_equal(things(h), 2);
}

static void tx_commit__alone_is_one_round_trip(void **state)
{
    struct harness *h = *state;
    OWN_TX tx = {NULL};
    long before = 0;

    make_things(h);
    connect_first(h);
    before = db_flushes(h->rq.db);

    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1", "a"), INTO_NOTHING);
    assert_int_equal(tx_commit(&tx), ST_OK);

    assert_int_equal(db_flushes(h->rq.db) - before, 1);
    assert_int_equal(things(h), 1);
}

static void tx_abort__rolls_back_what_leaves_its_block(void **state)
{
    struct harness *h = *state;

    make_things(h);
    {
        OWN_TX tx = {NULL};
        assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
        tx_add(&tx, &put, PARAMS("1", "a"), INTO_NOTHING);
        assert_int_equal(tx_flush(&tx), ST_OK);
    }

    assert_int_equal(things(h), 0);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM pg_locks l JOIN pg_class c"
                                       " ON c.oid = l.relation WHERE relname = 'things'"),
                        "0");
}

static void tx_abort__keeps_the_sentence_of_the_failure(void **state)
{
    struct harness *h = *state;

    {
        OWN_TX tx = {NULL};
        assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
        tx_add(&tx, &no_row, NO_PARAMS, INTO_NOTHING);
        assert_int_equal(tx_flush(&tx), ST_OK);
        (void)req_fail(&h->rq, ST_NOT_READY, "not yet");
    }

    assert_int_equal(h->rq.status, ST_NOT_READY);
    assert_string_equal(h->rq.message, "not yet");
}

static void tx_flush__names_the_constraint_that_refused(void **state)
{
    static const struct {
        const char *n, *text, *constraint;
    } cases[] = {{"1", "a", "things_key"}, {"2", "far too long a text", "things_short"}};
    struct harness *h = *state;

    make_things(h);
    (void)harness_sql(h, "INSERT INTO planner.things VALUES (1, 'a')");
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        OWN_TX tx = {NULL};
        assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
        tx_add(&tx, &put, PARAMS(cases[i].n, cases[i].text), INTO_NOTHING);

        assert_int_equal(tx_flush(&tx), ST_CONFLICT);

        assert_string_equal(tx.constraint, cases[i].constraint);
        assert_false(tx.open);
    }
    assert_int_equal(things(h), 1);
}

static enum status status_of(struct harness *h, const struct query *q, const char *param)
{
    OWN_TX tx = {NULL};

    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, q, PARAMS(param), INTO_NOTHING);
    return tx_flush(&tx);
}

static void tx_flush__maps_errors_by_sqlstate(void **state)
{
    static const struct {
        const struct query *q;
        enum status status;
    } cases[] = {{&raise, ST_RETRY},
                 {&deadlocked, ST_RETRY},
                 {&typo, ST_BUG},
                 {&our_raise, ST_BUG},
                 {&divide, ST_BUG}};
    struct harness *h = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++)
        assert_int_equal(status_of(h, cases[i].q, "0"), cases[i].status);
}

static void tx_flush__a_defect_tells_no_sql(void **state)
{
    struct harness *h = *state;

    assert_int_equal(status_of(h, &typo, NULL), ST_BUG);

    assert_null(strstr(h->rq.message, "no_such_table"));
}

static void tx_flush__a_lock_that_is_held_is_a_retry(void **state)
{
    struct harness *h = *state;

    make_things(h);
    (void)harness_sql(h, "INSERT INTO planner.things VALUES (1, 'a')");
    (void)harness_sql(h, "BEGIN; SELECT * FROM planner.things FOR UPDATE");

    assert_int_equal(status_of(h, &lock_row, NULL), ST_RETRY);

    (void)harness_sql(h, "ROLLBACK");
}

static void tx_flush__a_statement_that_takes_too_long_is_unavailable(void **state)
{
    struct harness *h = *state;
    OWN_TX tx = {NULL};

    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &short_patience, NO_PARAMS, INTO_NOTHING);
    assert_int_equal(tx_flush(&tx), ST_OK);
    tx_add(&tx, &slow, PARAMS("20"), INTO_NOTHING);

    assert_int_equal(tx_flush(&tx), ST_UNAVAILABLE);

    assert_non_null(
        strstr(h->rq.message, "took longer than 'statement-timeout' allows; nothing was changed"));
}

static void tx_flush__the_connection_is_clean_after_an_error(void **state)
{
    struct harness *h = *state;
    struct row row;

    assert_int_equal(status_of(h, &divide, "0"), ST_BUG);

    assert_int_equal(db_read(&h->rq, &echo, PARAMS("a"), INTO(row_fields, &row)), ST_OK);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM pg_stat_activity"
                                       " WHERE state LIKE 'idle in%%'"
                                       " AND datname = current_database()"),
                        "0");
}

/* What follows the error in a pipeline was never parsed by the server. */
static void tx_flush__statements_after_an_error_are_prepared_again(void **state)
{
    struct harness *h = *state;
    struct row row;

    for (int i = 0; i < 2; i++) {
        OWN_TX tx = {NULL};
        assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
        tx_add(&tx, &divide, PARAMS("0"), INTO_NOTHING);
        tx_add(&tx, &echo, PARAMS("a"), INTO(row_fields, &row));
        assert_int_equal(tx_flush(&tx), ST_BUG);
    }

    assert_int_equal(db_read(&h->rq, &echo, PARAMS("abc"), INTO(row_fields, &row)), ST_OK);
    assert_int_equal(row.n.v, 3);
    assert_int_equal(db_read(&h->rq, &divide, PARAMS("1"), INTO(row_fields, &row)), ST_OK);
}

static void db_idle__gives_the_connection_up_after_a_minute(void **state)
{
    struct harness *h = *state;
    static const char ours[] = "SELECT count(*) FROM pg_stat_activity WHERE application_name ="
                               " 'mcp-planner' AND datname = current_database()";
    const int64_t now = 10 * 60 * 1000 + (int64_t)1e15;

    connect_first(h);
    db_idle(h->rq.db, 0);
    assert_string_equal(harness_sql(h, "%s", ours), "1");

    db_idle(h->rq.db, now);
    for (int i = 0; i < 100 && strcmp(harness_sql(h, "%s", ours), "0") != 0; i++)
        (void)harness_sql(h, "SELECT pg_sleep(0.02)");

    assert_string_equal(harness_sql(h, "%s", ours), "0");
    connect_first(h);
}

static void db_pooled__sends_settings_and_unnamed_statements(void **state)
{
    static const struct query path = {
        "path",
        "SELECT json_build_object('text', current_setting('search_path'),"
        " 'n', (SELECT count(*) FROM pg_prepared_statements))",
        0};
    struct harness *h = *state;
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = 5000, .pooled = true};
    struct db *direct = h->rq.db;
    struct row row;

    h->rq.db = db_new(&config, &h->log);
    assert_int_equal(db_read(&h->rq, &path, NO_PARAMS, INTO(row_fields, &row)), ST_OK);
    assert_string_equal(row.text, "planner, pg_catalog, pg_temp");
    assert_int_equal(row.n.v, 0);
    {
        OWN_TX tx = {NULL};
        assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
        tx_add(&tx, &path, NO_PARAMS, INTO(row_fields, &row));
        assert_int_equal(tx_commit(&tx), ST_OK);
    }
    assert_string_equal(row.text, "planner, pg_catalog, pg_temp");

    db_free(h->rq.db);
    h->rq.db = direct;
}

static void db_tuning__limits_what_a_statement_may_take(void **state)
{
    static const struct query limits = {
        "limits",
        "SELECT json_build_object('text', current_setting('statement_timeout') || ' '"
        " || current_setting('lock_timeout'))",
        0};
    static const struct db_tuning tuning = {.statement_ms = 1500, .lock_ms = 200};
    struct harness *h = *state;
    struct db *direct = h->rq.db;
    struct row row;

    for (int pooled = 0; pooled < 2; pooled++) {
        const struct db_config config = {
            .dsn = h->dsn, .connect_timeout_ms = 5000, .pooled = pooled == 1, .tuning = &tuning};
        h->rq.db = db_new(&config, &h->log);
        assert_int_equal(db_read(&h->rq, &limits, NO_PARAMS, INTO(row_fields, &row)), ST_OK);
        assert_string_equal(row.text, "1500ms 200ms");
        assert_int_equal(db_read(&h->rq, &slow, PARAMS("3"), INTO_NOTHING), ST_UNAVAILABLE);
        db_free(h->rq.db);
    }
    h->rq.db = direct;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(db_read__costs_one_round_trip_also_when_first_used),
        HARNESS_TEST(db_tuning__limits_what_a_statement_may_take),
        HARNESS_TEST(db_new__sends_nothing_before_the_first_use),
        HARNESS_TEST(db_read__sets_the_session_as_promised),
        HARNESS_TEST(db_read__no_row_and_null_mean_not_found),
        HARNESS_TEST(db_read__null_parameter_is_null),
        HARNESS_TEST(db_read__undeclared_member_is_a_defect),
        HARNESS_TEST(db_read__eight_mebibytes_go_both_ways),
        HARNESS_TEST(tx_flush__many_big_rows_and_parameters_do_not_deadlock),
        HARNESS_TEST(tx_commit__a_write_costs_two_round_trips),
        HARNESS_TEST(tx_commit__alone_is_one_round_trip),
        HARNESS_TEST(tx_abort__rolls_back_what_leaves_its_block),
        HARNESS_TEST(tx_abort__keeps_the_sentence_of_the_failure),
        HARNESS_TEST(tx_flush__names_the_constraint_that_refused),
        HARNESS_TEST(tx_flush__maps_errors_by_sqlstate),
        HARNESS_TEST(tx_flush__a_defect_tells_no_sql),
        HARNESS_TEST(tx_flush__a_lock_that_is_held_is_a_retry),
        HARNESS_TEST(tx_flush__a_statement_that_takes_too_long_is_unavailable),
        HARNESS_TEST(tx_flush__the_connection_is_clean_after_an_error),
        HARNESS_TEST(tx_flush__statements_after_an_error_are_prepared_again),
        HARNESS_TEST(db_idle__gives_the_connection_up_after_a_minute),
        HARNESS_TEST(db_pooled__sends_settings_and_unnamed_statements),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
