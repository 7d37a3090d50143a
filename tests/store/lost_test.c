/* Connections that break, at every point where one can, and calls that are taken back. */
#include "harness.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "planner/base/clock.h"

struct row {
    struct opt_int n;
    const char *text;
};
static const struct field row_fields[] = {FIELD_INT(struct row, n, 0, 0, OPTIONAL, NULL),
                                          FIELD_TEXT(struct row, text, 0, 0, OPTIONAL, NULL),
                                          FIELD_END};

static const struct query session = {"session", "SELECT json_build_object('n', pg_backend_pid())",
                                     0};
/* What flush one of a write tells of its transaction; after a crash the number may be another's. */
static const struct query own_xid = {
    "own_xid", "SELECT json_build_object('text', pg_current_xact_id()::text || ' ' || now())", 0};
static const struct query reused_xid = {
    "reused_xid",
    "SELECT json_build_object('text', xmin::text || ' ' || now()) FROM pg_class"
    " WHERE relname = 'things'",
    0};
static const struct query future_xid = {
    "future_xid", "SELECT json_build_object('text', pg_current_xact_id()::text || '000 ' || now())",
    0};
struct fate {
    const char *fate;
};
static const struct field fate_fields[] = {FIELD_TEXT(struct fate, fate, 0, 0, OPTIONAL, NULL),
                                           FIELD_END};
static const struct query put_change = {
    "put_change",
    "INSERT INTO planner.outbox (project_id, change, entities) VALUES (gen_random_uuid(), 1, '{}')",
    0};
static const struct query put = {"put", "INSERT INTO things VALUES ($1::int)", 1};
static const struct query slow = {"slow", "SELECT '{}'::json FROM pg_sleep($1::float8)", 1};

/* A waiter that does something to the connection at its n-th wait, then goes on as usual. */
struct trouble {
    struct harness *h;
    int at; /* counts down; at 0 it strikes */
    enum status (*strike)(struct trouble *t, struct req *rq, int fd);
};

static enum status wait_with_trouble(void *ctx, struct req *rq, int fd, short events,
                                     int timeout_ms, bool *ret_ready)
{
    struct trouble *t = ctx;

    if (t->at-- == 0)
        TRY(t->strike(t, rq, fd));
    return waiter_plain.wait(NULL, rq, fd, events, timeout_ms, ret_ready);
}

static enum status strike_terminate(struct trouble *t, struct req *rq, int fd)
{
    (void)rq;
    (void)fd;
    (void)harness_sql(t->h, "SELECT pg_sleep(0.1)"); /* the statement has to have begun */
    harness_terminate(t->h);
    return ST_OK;
}

/* Throw the answer away and cut the line: the server has done it, and we do not know. */
static enum status strike_cut(struct trouble *t, struct req *rq, int fd)
{
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    char answer[4096];

    (void)t;
    (void)rq;
    assert_int_equal(poll(&pfd, 1, 5000), 1);
    usleep(50000);
    (void)recv(fd, answer, sizeof(answer), 0);
    (void)shutdown(fd, SHUT_RDWR);
    return ST_OK;
}

static enum status strike_cancel(struct trouble *t, struct req *rq, int fd)
{
    (void)fd;
    (void)harness_sql(t->h, "SELECT pg_sleep(0.1)");
    rq->cancelled = true;
    return req_fail(rq, ST_CANCELLED, "the call was cancelled");
}

static void make_things(struct harness *h)
{
    (void)harness_sql(h, "CREATE TABLE planner.things (n int)");
}

/* COMMIT takes long: what is checked then sleeps. */
static void make_commit_slow(struct harness *h)
{
    (void)harness_sql(h,
                      "CREATE FUNCTION planner.nap() RETURNS trigger LANGUAGE plpgsql AS"
                      " $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;"
                      "CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON planner.things"
                      " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION planner.nap()");
}

static int64_t things(struct harness *h)
{
    return strtoll(harness_sql(h, "SELECT count(*) FROM planner.things"), NULL, 10);
}

static int64_t session_of(struct harness *h)
{
    struct row row;

    assert_int_equal(db_read(&h->rq, &session, NO_PARAMS, INTO(row_fields, &row)), ST_OK);
    return row.n.v;
}

static void db_read__goes_on_after_the_session_was_ended_while_idle(void **state)
{
    struct harness *h = *state;
    const int64_t before = session_of(h);

    harness_terminate(h);

    assert_int_not_equal(session_of(h), before);
}

static void tx_commit__one_flush_survives_an_idle_loss(void **state)
{
    struct harness *h = *state;
    OWN_TX tx = {NULL};

    make_things(h);
    (void)session_of(h);
    harness_terminate(h);

    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1"), INTO_NOTHING);
    assert_int_equal(tx_commit(&tx), ST_OK);

    assert_int_equal(things(h), 1);
}

static void tx_flush__the_first_is_sent_again(void **state)
{
    struct harness *h = *state;
    struct trouble trouble = {h, 0, strike_terminate};
    const struct waiter waiter = {&trouble, wait_with_trouble};
    struct row row = {0};
    OWN_TX tx = {NULL};

    (void)session_of(h);
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &slow, PARAMS("0.5"), INTO_NOTHING);
    tx_add(&tx, &session, NO_PARAMS, INTO(row_fields, &row));
    h->rq.waiter = &waiter;
    assert_int_equal(tx_flush(&tx), ST_OK);

    assert_true(row.n.set);
    assert_true(trouble.at < -1);
}

static void tx_flush__a_loss_between_flushes_is_a_retry(void **state)
{
    struct harness *h = *state;
    OWN_TX tx = {NULL};

    make_things(h);
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1"), INTO_NOTHING);
    assert_int_equal(tx_flush(&tx), ST_OK);
    harness_terminate(h);
    tx_add(&tx, &put, PARAMS("2"), INTO_NOTHING);

    assert_int_equal(tx_flush(&tx), ST_RETRY);

    assert_false(tx.open);
    assert_int_equal(things(h), 0);
}

static void tx_commit__a_loss_before_commit_is_a_retry(void **state)
{
    struct harness *h = *state;
    OWN_TX tx = {NULL};

    make_things(h);
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1"), INTO_NOTHING);
    assert_int_equal(tx_flush(&tx), ST_OK);
    harness_terminate(h);

    assert_int_equal(tx_commit(&tx), ST_RETRY);
    assert_int_equal(things(h), 0);
}

/* Two flushes, the second of which meets `strike`. */
static enum status commit_with(struct harness *h, const struct query *xid,
                               enum status (*strike)(struct trouble *, struct req *, int))
{
    struct trouble trouble = {h, 0, strike};
    const struct waiter waiter = {&trouble, wait_with_trouble};
    struct row row = {0};
    enum status status = ST_OK;
    OWN_TX tx = {NULL};

    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, xid == NULL ? &own_xid : xid, NO_PARAMS, INTO(row_fields, &row));
    assert_int_equal(tx_flush(&tx), ST_OK);
    if (xid != NULL)
        tx_note_xid(&tx, row.text);
    tx_add(&tx, &put, PARAMS("1"), INTO_NOTHING);
    tx_add(&tx, &put_change, NO_PARAMS, INTO_NOTHING);
    h->rq.waiter = &waiter;
    status = tx_commit(&tx);
    h->rq.waiter = &waiter_plain;
    return status;
}

static void tx_commit__a_lost_answer_is_looked_up_and_was_stored(void **state)
{
    struct harness *h = *state;

    make_things(h);

    assert_int_equal(commit_with(h, &own_xid, strike_cut), ST_UNKNOWN);

    assert_string_equal(h->rq.message, "the connection broke while this was being stored; it was "
                                       "stored: read it again");
    assert_int_equal(things(h), 1);
}

static void tx_commit__a_lost_commit_is_looked_up_and_was_not_stored(void **state)
{
    struct harness *h = *state;

    make_things(h);
    make_commit_slow(h);

    assert_int_equal(commit_with(h, &own_xid, strike_terminate), ST_RETRY);

    assert_int_equal(things(h), 0);
}

/* What a crash took with its number is not there, whoever has the number now. */
static void tx_commit__a_number_given_out_again_does_not_vouch_for_the_first(void **state)
{
    struct harness *h = *state;

    make_things(h);
    make_commit_slow(h);

    assert_int_equal(commit_with(h, &reused_xid, strike_terminate), ST_RETRY);

    assert_int_equal(things(h), 0);
}

static void tx_commit__a_number_not_given_out_yet_was_lost(void **state)
{
    struct harness *h = *state;

    make_things(h);
    make_commit_slow(h);

    assert_int_equal(commit_with(h, &future_xid, strike_terminate), ST_RETRY);

    assert_int_equal(things(h), 0);
}

static void tx_commit__without_a_transaction_id_nobody_knows(void **state)
{
    struct harness *h = *state;

    make_things(h);

    assert_int_equal(commit_with(h, NULL, strike_cut), ST_UNKNOWN);

    assert_non_null(strstr(h->rq.message, "get_item tells whether it was stored"));
}

static void tx_commit__one_flush_whose_answer_is_lost_is_not_repeated(void **state)
{
    struct harness *h = *state;
    struct trouble trouble = {h, 0, strike_cut};
    const struct waiter waiter = {&trouble, wait_with_trouble};
    OWN_TX tx = {NULL};

    make_things(h);
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1"), INTO_NOTHING);
    h->rq.waiter = &waiter;

    assert_int_equal(tx_commit(&tx), ST_UNKNOWN);

    assert_int_equal(things(h), 1);
}

static void db_read__cancelled_ends_the_statement_and_keeps_the_connection(void **state)
{
    struct harness *h = *state;
    struct trouble trouble = {h, 0, strike_cancel};
    const struct waiter waiter = {&trouble, wait_with_trouble};
    const int64_t before = session_of(h);
    const int64_t from = clock_monotonic_ms();

    h->rq.waiter = &waiter;
    assert_int_equal(db_read(&h->rq, &slow, PARAMS("20"), INTO_NOTHING), ST_CANCELLED);

    assert_true(clock_monotonic_ms() - from < 1000);
    h->rq.waiter = &waiter_plain;
    h->rq.cancelled = false;
    assert_int_equal(session_of(h), before);
}

static void tx_flush__cancelled_rolls_back(void **state)
{
    struct harness *h = *state;
    struct trouble trouble = {h, 0, strike_cancel};
    const struct waiter waiter = {&trouble, wait_with_trouble};
    OWN_TX tx = {NULL};

    make_things(h);
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1"), INTO_NOTHING);
    assert_int_equal(tx_flush(&tx), ST_OK);
    tx_add(&tx, &slow, PARAMS("20"), INTO_NOTHING);
    h->rq.waiter = &waiter;

    assert_int_equal(tx_flush(&tx), ST_CANCELLED);

    assert_string_equal(harness_sql(h, "SELECT count(*) FROM pg_locks l JOIN pg_class c"
                                       " ON c.oid = l.relation WHERE relname = 'things'"),
                        "0");
    assert_int_equal(things(h), 0);
}

/*
 * A session that waits for the rest of a transaction whose client is gone is ended by the look, so
 * that what the network holds back cannot come true later; then it is known.
 */
static void transaction_fate__ends_the_session_that_waits_for_its_client(void **state)
{
    struct harness *h = *state;
    struct req *beside = harness_req(h, "agent-b");
    struct row row = {0};
    struct fate told = {NULL};
    OWN_TX tx = {NULL};
    make_things(h);
    assert_int_equal(tx_begin(&h->rq, &tx), ST_OK);
    tx_add(&tx, &put, PARAMS("1"), INTO_NOTHING);
    tx_add(&tx, &own_xid, NO_PARAMS, INTO(row_fields, &row));
    assert_int_equal(tx_flush(&tx), ST_OK);

    assert_int_equal(
        db_read(beside, &q_transaction_fate, PARAMS(row.text), INTO(fate_fields, &told)), ST_OK);
    assert_string_equal(told.fate, "in progress");
    assert_int_equal(
        db_read(beside, &q_transaction_fate, PARAMS(row.text), INTO(fate_fields, &told)), ST_OK);

    assert_string_equal(told.fate, "aborted");
    assert_int_equal(tx_commit(&tx), ST_RETRY);
    assert_int_equal(things(h), 0);
}

static const char *away_sentence(struct harness *h, const char *gist)
{
    return arena_printf(&h->arena,
                        "the database does not answer (%s); nothing was changed; "
                        "trying again since %s, call again",
                        gist, clock_local(&h->arena, clock_now_ms()));
}

/* A database that is away: one sentence, since when, no host and no path. */
static void away(struct harness *h, const char *dsn, const char *gist)
{
    const struct db_config config = {.dsn = dsn, .connect_timeout_ms = 300};
    const char *sentence = away_sentence(h, gist);
    struct db *direct = h->rq.db;
    struct row row;
    const int64_t from = clock_monotonic_ms();

    h->rq.db = db_new(&config, &h->log);
    assert_int_equal(db_read(&h->rq, &session, NO_PARAMS, INTO(row_fields, &row)), ST_UNAVAILABLE);
    if (strcmp(h->rq.message, sentence) != 0) /* a minute may have begun meanwhile */
        sentence = away_sentence(h, gist);
    assert_string_equal(h->rq.message, sentence);
    assert_true(clock_monotonic_ms() - from < 2000);
    db_free(h->rq.db);
    h->rq.db = direct;
}

static void db_read__a_database_that_is_away_is_told_without_its_address(void **state)
{
    struct harness *h = *state;

    away(h, "host=/nonexistent/run dbname=x", "it is not running");
    away(h, "host=127.0.0.1 port=1 user=x password=secret", "connection refused");
    away(h, "postgresql://x:secret@localhost:1/x", "connection refused");
    away(h, "host=no-such-host.invalid dbname=x", "its host name has no address");
}

static void db_read__an_unreadable_connection_string_is_not_repeated(void **state)
{
    const struct db_config config = {.dsn = "postgresql://u:secret@[h/x"};
    struct harness *h = *state;
    struct db *direct = h->rq.db;

    h->rq.db = db_new(&config, &h->log);
    assert_int_equal(db_read(&h->rq, &session, NO_PARAMS, INTO_NOTHING), ST_INVALID);

    assert_null(strstr(h->rq.message, "secret"));
    db_free(h->rq.db);
    h->rq.db = direct;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(db_read__goes_on_after_the_session_was_ended_while_idle),
        HARNESS_TEST(tx_commit__one_flush_survives_an_idle_loss),
        HARNESS_TEST(tx_flush__the_first_is_sent_again),
        HARNESS_TEST(tx_flush__a_loss_between_flushes_is_a_retry),
        HARNESS_TEST(tx_commit__a_loss_before_commit_is_a_retry),
        HARNESS_TEST(tx_commit__a_lost_answer_is_looked_up_and_was_stored),
        HARNESS_TEST(tx_commit__a_lost_commit_is_looked_up_and_was_not_stored),
        HARNESS_TEST(tx_commit__a_number_given_out_again_does_not_vouch_for_the_first),
        HARNESS_TEST(tx_commit__a_number_not_given_out_yet_was_lost),
        HARNESS_TEST(tx_commit__without_a_transaction_id_nobody_knows),
        HARNESS_TEST(tx_commit__one_flush_whose_answer_is_lost_is_not_repeated),
        HARNESS_TEST(transaction_fate__ends_the_session_that_waits_for_its_client),
        HARNESS_TEST(db_read__cancelled_ends_the_statement_and_keeps_the_connection),
        HARNESS_TEST(tx_flush__cancelled_rolls_back),
        HARNESS_TEST(db_read__a_database_that_is_away_is_told_without_its_address),
        HARNESS_TEST(db_read__an_unreadable_connection_string_is_not_repeated),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
