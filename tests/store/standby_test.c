/* Reads that a standby may answer, where there is none: tests/fault/standby.py has a real one. */
#include "harness.h"

struct row {
    struct opt_int n;
};
static const struct field row_fields[] = {ROW_INT(struct row, n, REQUIRED), FIELD_END};
static const struct query one = {"one", "SELECT json_build_object('n', 1)", 0};
static const struct query lock = {"lock", "SELECT json_build_object('n', 2)", 0};

static struct db *with_read_dsn(struct harness *h, const char *dsn)
{
    const struct db_config config = {.dsn = h->dsn, .read_dsn = dsn, .connect_timeout_ms = 5000};
    struct db *direct = h->rq.db;

    h->rq.db = db_new(&config, &h->log);
    return direct;
}

static void without(struct harness *h, struct db *direct)
{
    db_free(h->rq.db);
    h->rq.db = direct;
}

static void read_one(struct harness *h)
{
    struct row row;

    assert_int_equal(db_read_standby(&h->rq, &one, NO_PARAMS, INTO(row_fields, &row)), ST_OK);
    assert_int_equal(row.n.v, 1);
}

static void db_read_standby__without_one_is_a_read(void **state)
{
    struct harness *h = *state;
    struct db_reads reads;

    read_one(h);

    db_reads_tell(h->rq.db, &reads);
    assert_int_equal(reads.standby + reads.missing + reads.behind + reads.failed, 0);
}

static void db_read_standby__passes_over_what_is_no_standby_and_pauses(void **state)
{
    struct harness *h = *state;
    const char *const dsns[] = {h->dsn, "host=/nowhere", "nonsense"};

    for (size_t i = 0; i < LENGTH_OF(dsns); i++) {
        struct db *direct = with_read_dsn(h, dsns[i]);
        struct db_reads reads;

        read_one(h); /* nothing is known of the primary before */
        db_reads_tell(h->rq.db, &reads);
        assert_int_equal(reads.failed, 0);
        read_one(h);
        read_one(h);

        db_reads_tell(h->rq.db, &reads);
        assert_int_equal(reads.failed, 1);
        assert_int_equal(reads.standby, 0);
        without(h, direct);
    }
}

static void tx_commit__tells_how_far_the_log_is_in_its_own_round_trip(void **state)
{
    struct harness *h = *state;
    struct db *direct = with_read_dsn(h, "host=/nowhere");
    struct row row;
    long before = 0;

    read_one(h);
    before = db_flushes(h->rq.db);
    {
        OWN_TX tx = {NULL};
        assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
        tx_add(&tx, &lock, NO_PARAMS, INTO(row_fields, &row));
        assert_int_equal(tx_flush(&tx), ST_OK);
        tx_add(&tx, &one, NO_PARAMS, INTO(row_fields, &row));
        assert_int_equal(tx_commit(&tx), ST_OK);
    }
    assert_int_equal(db_flushes(h->rq.db) - before, 2);
    without(h, direct);
}

static void db_read__goes_on_where_the_position_may_not_be_asked_for(void **state)
{
    struct harness *h = *state;
    struct db *direct = h->rq.db;
    struct row row;
    OWN_TX tx = {NULL};

    (void)harness_sql(h, "CREATE ROLE planner_no_position LOGIN");
    (void)harness_sql(h, "GRANT USAGE ON SCHEMA planner TO planner_no_position");
    (void)harness_sql(h, "GRANT ALL ON ALL TABLES IN SCHEMA planner TO planner_no_position");
    (void)harness_sql(h, "REVOKE EXECUTE ON FUNCTION pg_is_in_recovery() FROM PUBLIC");
    {
        const struct db_config config = {
            .dsn = arena_printf(&h->arena, "%s user=planner_no_position", h->dsn),
            .read_dsn = "host=/nowhere",
            .connect_timeout_ms = 5000};
        h->rq.db = db_new(&config, &h->log);
    }

    read_one(h);
    read_one(h);
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &one, NO_PARAMS, INTO(row_fields, &row));
    assert_int_equal(tx_commit(&tx), ST_OK);

    without(h, direct);
    (void)harness_sql(h, "DROP OWNED BY planner_no_position");
    (void)harness_sql(h, "DROP ROLE planner_no_position");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(db_read_standby__without_one_is_a_read),
        HARNESS_TEST(db_read_standby__passes_over_what_is_no_standby_and_pauses),
        HARNESS_TEST(tx_commit__tells_how_far_the_log_is_in_its_own_round_trip),
        HARNESS_TEST(db_read__goes_on_where_the_position_may_not_be_asked_for),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
