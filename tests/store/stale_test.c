/* Plans that were made for a schema that is no more: the session is given up, and nobody hears of
 * it. */
#include "harness.h"

struct row {
    struct opt_int n;
};
static const struct field row_fields[] = {ROW_INT(struct row, n, REQUIRED), FIELD_END};

/* As PostgreSQL says it in the session that first asks, and in no other one. */
static void make_stale(struct harness *h, const char *message)
{
    (void)harness_sql(h, "CREATE TABLE planner.first_session (pid integer)");
    (void)harness_sql(
        h,
        "CREATE FUNCTION planner.stale() RETURNS integer LANGUAGE plpgsql AS $$ "
        "BEGIN IF EXISTS (SELECT FROM planner.first_session WHERE pid = pg_backend_pid()) THEN "
        "RAISE EXCEPTION '%s' USING ERRCODE = 'XX000'; END IF; RETURN 1; END $$",
        message);
}

static const struct query own_pid = {"own_pid", "SELECT json_build_object('n', pg_backend_pid())",
                                     0};
static const struct query stale_query = {"stale_query",
                                         "SELECT json_build_object('n', planner.stale())", 0};

static void db_read__takes_another_session_when_a_plan_kept_what_is_gone(void **state)
{
    static const char *const messages[] = {"cache lookup failed for function 4711",
                                           "could not open relation with OID 4711"};
    struct harness *h = *state;

    for (size_t i = 0; i < LENGTH_OF(messages); i++) {
        struct row row = {0};
        (void)harness_sql(h, "DROP TABLE IF EXISTS planner.first_session");
        (void)harness_sql(h, "DROP FUNCTION IF EXISTS planner.stale");
        make_stale(h, messages[i]);
        assert_int_equal(db_read(&h->rq, &own_pid, NO_PARAMS, INTO(row_fields, &row)), ST_OK);
        (void)harness_sql(h, "INSERT INTO planner.first_session VALUES (%d)", (int)row.n.v);

        assert_int_equal(db_read(&h->rq, &stale_query, NO_PARAMS, INTO(row_fields, &row)), ST_OK);

        assert_int_equal(row.n.v, 1);
    }
}

static void db_read__other_internal_errors_are_defects(void **state)
{
    struct harness *h = *state;
    struct row row = {0};

    make_stale(h, "unexpected node type");
    assert_int_equal(db_read(&h->rq, &own_pid, NO_PARAMS, INTO(row_fields, &row)), ST_OK);
    (void)harness_sql(h, "INSERT INTO planner.first_session VALUES (%d)", (int)row.n.v);

    assert_int_equal(db_read(&h->rq, &stale_query, NO_PARAMS, INTO(row_fields, &row)), ST_BUG);
}

/* Reads go on by themselves; a transaction is begun again by whoever has its rules. */
static void db_read__takes_another_session_when_the_result_type_changed(void **state)
{
    static const struct query star = {"star", "SELECT * FROM planner.shape", 0};
    struct harness *h = *state;

    (void)harness_sql(h, "CREATE TABLE planner.shape (a json)");
    assert_int_equal(db_read(&h->rq, &star, NO_PARAMS, INTO_NOTHING), ST_OK);
    (void)harness_sql(h, "ALTER TABLE planner.shape ADD b int");

    assert_int_equal(db_read(&h->rq, &star, NO_PARAMS, INTO_NOTHING), ST_OK);
}

static void tx_flush__a_changed_result_type_is_a_retry_that_works(void **state)
{
    static const struct query star = {"star", "SELECT * FROM planner.shape", 0};
    const enum status expected[] = {ST_OK, ST_RETRY, ST_OK};
    struct harness *h = *state;

    (void)harness_sql(h, "CREATE TABLE planner.shape (a json)");
    for (size_t i = 0; i < LENGTH_OF(expected); i++) {
        OWN_TX tx = {NULL};
        assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
        tx_add(&tx, &star, NO_PARAMS, INTO_NOTHING);

        assert_int_equal(tx_flush(&tx), expected[i]);
        tx_abort(&tx);
        if (i == 0)
            (void)harness_sql(h, "ALTER TABLE planner.shape ADD b int");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(db_read__takes_another_session_when_a_plan_kept_what_is_gone),
        HARNESS_TEST(db_read__other_internal_errors_are_defects),
        HARNESS_TEST(db_read__takes_another_session_when_the_result_type_changed),
        HARNESS_TEST(tx_flush__a_changed_result_type_is_a_retry_that_works),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
