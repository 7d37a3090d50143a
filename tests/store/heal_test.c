/* A server that is away: how long calls wait for it, what they say, and who finds it again. */
#include "harness.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/store/feed.h"
#include "planner/store/health.h"

static const struct query one = {"one", "SELECT '{}'::json", 0};

/* A TCP port in front of the test's server, or of nothing: accepts and says no word. */
struct port {
    int fd;
    int number;
};

static struct port port_make(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    struct port port = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

    assert_int_equal(bind(port.fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(port.fd, (struct sockaddr *)&address, &len), 0);
    port.number = ntohs(address.sin_port);
    return port;
}

static const char *dsn_of(struct harness *h, const struct port *port)
{
    return arena_printf(&h->arena, "host=127.0.0.1 port=%d user=x dbname=x", port->number);
}

static struct db *use(struct harness *h, const char *dsn, int patience_ms)
{
    const struct db_config config = {.dsn = dsn, .connect_timeout_ms = patience_ms};
    struct db *before = h->rq.db;

    h->rq.db = db_new(&config, &h->log);
    return before;
}

static void done(struct harness *h, struct db *before)
{
    db_free(h->rq.db);
    h->rq.db = before;
}

/* One call; how long it took in ms. */
static int64_t call(struct harness *h, enum status expected)
{
    const int64_t from = clock_monotonic_ms();

    assert_int_equal(db_read(&h->rq, &one, NO_PARAMS, INTO_NOTHING), expected);
    return clock_monotonic_ms() - from;
}

static enum breaker_state state_of(const struct harness *h)
{
    struct db_health health;

    db_health(h->rq.db, &health);
    return health.breaker;
}

static void a_refused_call__tries_for_its_patience_and_the_next_ones_do_not(void **state)
{
    struct harness *h = *state;
    struct port port = port_make(); /* bound, but nobody listens: refused */
    struct db *before = use(h, dsn_of(h, &port), 600);

    assert_in_range(call(h, ST_UNAVAILABLE), 50, 1000);

    for (int i = 0; i < 5; i++)
        assert_in_range(call(h, ST_UNAVAILABLE), 0, 150);
    assert_non_null(strstr(h->rq.message, "does not answer (connection refused); nothing was"));
    assert_int_not_equal(state_of(h), BREAKER_CLOSED);
    done(h, before);
    (void)close(port.fd);
}

static void a_silent_server__costs_one_call_its_patience_and_the_next_ones_nothing(void **state)
{
    struct harness *h = *state;
    struct port port = port_make();
    struct db *before = use(h, dsn_of(h, &port), 600);

    assert_int_equal(listen(port.fd, 100), 0); /* the kernel accepts, nobody reads */
    assert_in_range(call(h, ST_UNAVAILABLE), 550, 1500);

    for (int i = 0; i < 20; i++)
        assert_in_range(call(h, ST_UNAVAILABLE), 0, 50);
    assert_non_null(strstr(h->rq.message, "does not answer (no answer in time)"));
    done(h, before);
    (void)close(port.fd);
}

/* Waiting does not mend it, so nobody waits, not even while the trouble is young. */
static void a_refusal_for_good__is_told_at_once(void **state)
{
    struct harness *h = *state;
    struct db *before = use(h, arena_printf(&h->arena, "%s dbname=no_such_database", h->dsn), 5000);

    for (int i = 0; i < 3; i++)
        assert_in_range(call(h, ST_UNAVAILABLE), 0, 500);

    assert_non_null(strstr(h->rq.message, "the database refuses the connection (database "
                                          "\"no_such_database\" does not exist), since "));
    assert_non_null(strstr(h->rq.message, "nothing was changed"));
    done(h, before);
}

static void a_database_made_later__is_found_by_the_next_call(void **state)
{
    struct harness *h = *state;
    const char *name = arena_printf(&h->arena, "%s_later", h->database);
    struct db *before = use(h, arena_printf(&h->arena, "%s dbname=%s", h->dsn, name), 5000);

    (void)call(h, ST_UNAVAILABLE);
    (void)harness_sql(h, "CREATE DATABASE %s TEMPLATE %s", name, "template0");
    assert_int_equal(db_read(&h->rq, &one, NO_PARAMS, INTO_NOTHING), ST_UNAVAILABLE);
    assert_non_null(strstr(h->rq.message, "migrate up"));

    assert_int_equal(state_of(h), BREAKER_CLOSED);
    done(h, before);
    (void)harness_sql(h, "DROP DATABASE %s WITH (FORCE)", name);
}

static void a_young_outage__is_waited_out_by_whoever_comes(void **state)
{
    struct harness *h = *state;
    struct port port = port_make();
    struct db *before = use(h, dsn_of(h, &port), 600);
    const struct db_config config = {
        .dsn = dsn_of(h, &port), .connect_timeout_ms = 3000, .beside = h->rq.db};
    struct db *work = h->rq.db;
    struct db *beside = db_new(&config, &h->log);

    (void)call(h, ST_UNAVAILABLE); /* gives up after 600 ms */
    h->rq.db = beside;
    assert_in_range(call(h, ST_UNAVAILABLE), 1500, 3500); /* until the outage is 3 s old */
    assert_in_range(call(h, ST_UNAVAILABLE), 0, 150);

    h->rq.db = work;
    db_free(beside);
    done(h, before);
    (void)close(port.fd);
}

/* As the loop does it, with no call that asks. */
static void an_idle_process__finds_the_server_by_itself(void **state)
{
    struct harness *h = *state;
    const char *name = arena_printf(&h->arena, "%s_idle", h->database);
    struct db *before = use(h, arena_printf(&h->arena, "%s dbname=%s", h->dsn, name), 5000);
    int64_t until = 0;

    (void)call(h, ST_UNAVAILABLE);
    (void)harness_sql(h, "CREATE DATABASE %s TEMPLATE %s", name, "template0");
    until = clock_monotonic_ms() + 5000;
    while (state_of(h) != BREAKER_CLOSED && clock_monotonic_ms() < until) {
        db_heal_step(h->rq.db, clock_monotonic_ms());
        usleep(10000);
    }

    assert_int_equal(state_of(h), BREAKER_CLOSED);
    done(h, before);
    (void)harness_sql(h, "DROP DATABASE %s WITH (FORCE)", name);
}

static void health__tells_what_is_known(void **state)
{
    struct harness *h = *state;
    struct port port = port_make();
    struct db *before = use(h, dsn_of(h, &port), 200);
    struct db_health health;

    db_health(h->rq.db, &health);
    assert_false(health.connected);
    assert_int_equal(health.breaker, BREAKER_CLOSED);
    assert_int_equal(health.away_since, 0);
    (void)call(h, ST_UNAVAILABLE);
    db_health(h->rq.db, &health);

    assert_int_equal(health.openings, 1);
    assert_true(health.away_since > 0);
    assert_string_equal(health.reason, "connection refused");
    done(h, before);
    (void)call(h, ST_OK);
    db_health(h->rq.db, &health);
    assert_true(health.connected);
    assert_int_equal(health.connections, 1);
    (void)close(port.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(a_refused_call__tries_for_its_patience_and_the_next_ones_do_not),
        HARNESS_TEST(a_silent_server__costs_one_call_its_patience_and_the_next_ones_nothing),
        HARNESS_TEST(a_refusal_for_good__is_told_at_once),
        HARNESS_TEST(a_database_made_later__is_found_by_the_next_call),
        HARNESS_TEST(a_young_outage__is_waited_out_by_whoever_comes),
        HARNESS_TEST(an_idle_process__finds_the_server_by_itself),
        HARNESS_TEST(health__tells_what_is_known),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
