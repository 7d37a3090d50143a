/* What libpq is told, and what of its messages reaches a caller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "../../../src/store/db_private.h"
#include "planner/base/clock.h"

struct fixture {
    struct arena arena;
    struct log log;
    struct req rq;
    struct db_params params;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    arena_init(&f->arena, ARENA_CAP_DEFAULT);
    f->rq = (struct req){.arena = &f->arena, .log = &f->log, .waiter = &waiter_plain};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    db_free(f->rq.db);
    arena_destroy(&f->arena);
    free(f);
    return 0;
}

static enum status make(struct fixture *f, struct db_config config)
{
    db_free(f->rq.db);
    f->rq.db = db_new(&config, &f->log);
    return db_params_make(&f->rq, f->rq.db, clock_monotonic_ms() + 5000, &f->params);
}

static const char *get(const struct fixture *f, const char *keyword)
{
    for (size_t i = 0; f->params.keywords[i] != NULL; i++) {
        if (strcmp(f->params.keywords[i], keyword) == 0)
            return f->params.values[i];
    }
    return NULL;
}

static void db_params__the_private_cluster_is_named_in_full(void **state)
{
    struct fixture *f = *state;
    struct cluster cluster = {.socket_dir = "/run/x"};

    assert_int_equal(setenv("PGPORT", "1", 1), 0);
    assert_int_equal(make(f, (struct db_config){.cluster = &cluster}), ST_OK);

    assert_string_equal(get(f, "host"), "/run/x");
    assert_string_equal(get(f, "port"), "5432");
    assert_string_equal(get(f, "dbname"), "planner");
    assert_string_equal(get(f, "user"), "planner");
    assert_null(getenv("PGPORT"));
}

static void db_params__no_variable_of_libpq_reaches_the_private_cluster(void **state)
{
    struct fixture *f = *state;
    struct cluster cluster = {.socket_dir = "/run/x"};
    PQconninfoOption *options = PQconninfoParse("", NULL);

    assert_non_null(options);
    for (size_t i = 0; options[i].keyword != NULL; i++) {
        if (options[i].envvar != NULL)
            assert_int_equal(setenv(options[i].envvar, "zz", 1), 0);
    }
    assert_int_equal(setenv("PGREQUIRESSL", "1", 1), 0);

    assert_int_equal(make(f, (struct db_config){.cluster = &cluster}), ST_OK);

    for (size_t i = 0; options[i].keyword != NULL; i++) {
        if (options[i].envvar != NULL && getenv(options[i].envvar) != NULL)
            fail_msg("%s would be read", options[i].envvar);
    }
    assert_null(getenv("PGREQUIRESSL"));
    PQconninfoFree(options);
}

static void db_params__pgbouncer_is_taken_out_and_understood(void **state)
{
    static const char *const dsns[] = {
        "postgresql://u@127.0.0.1/d?pgbouncer=true",
        "postgresql://u@127.0.0.1/d?pgbouncer=true&connect_timeout=3",
        "postgresql://u@127.0.0.1/d?connect_timeout=3&pgbouncer=true",
        "postgresql://u@127.0.0.1:6543/d",
        "host=127.0.0.1 port=6543",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH_OF(dsns); i++) {
        assert_int_equal(make(f, (struct db_config){.dsn = dsns[i]}), ST_OK);
        assert_true(f->params.pooled);
        assert_null(get(f, "options")); /* a pooler refuses them */
    }
    assert_int_equal(make(f, (struct db_config){.dsn = "host=127.0.0.1"}), ST_OK);
    assert_false(f->params.pooled);
    assert_non_null(strstr(get(f, "options"), "statement_timeout=30000"));
}

static void db_dsn__takes_out_what_only_other_drivers_know(void **state)
{
    static const struct {
        const char *dsn, *read;
        bool pooled;
    } cases[] = {
        {"postgresql://u@h/d", "postgresql://u@h/d", false},
        {"postgresql://u@h/d?pgbouncer=true", "postgresql://u@h/d", true},
        {"postgres://u@h/d?pgbouncer=1", "postgres://u@h/d", true},
        {"postgresql://u@h/d?pgbouncer=True&sslmode=require", "postgresql://u@h/d?sslmode=require",
         true},
        {"postgresql://u@h/d?sslmode=require&pgbouncer=true&connection_limit=1",
         "postgresql://u@h/d?sslmode=require", true},
        {"postgresql://u@h/d?a=1&pgbouncer=true&b=2", "postgresql://u@h/d?a=1&b=2", true},
        {"postgresql://u@h/d?pgbouncer=false", "postgresql://u@h/d", false},
        {"postgresql://u@h/d?pgbouncer", "postgresql://u@h/d", false},
        {"postgresql://u@h/d?schema=public&pool_timeout=3", "postgresql://u@h/d", false},
        {"postgresql://u:?pgbouncer=true@h/d", "postgresql://u:?pgbouncer=true@h/d", false},
        {"postgresql://u@h/pgbouncer=true", "postgresql://u@h/pgbouncer=true", false},
        {"postgresql://u@h/d?xpgbouncer=true", "postgresql://u@h/d?xpgbouncer=true", false},
        {"postgresql://u@h/d?pgbouncer=trueish", "postgresql://u@h/d", false},
        {"host=h pgbouncer=true", "host=h", true},
        {"pgbouncer=true host=h", "host=h", true},
        {"pgbouncer = 'true' host=h", "host=h", true},
        {"password='a b pgbouncer=true' host=h", "password='a b pgbouncer=true' host=h", false},
        {"password=it\\'s pgbouncer=on host=h", "password=it\\'s host=h", true},
        {"host=h pgbouncer", "host=h", false},
        {"host=h pgbouncer='", "host=h", false},
        {"= =", "= =", false},
        {"", "", false},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        bool pooled = !cases[i].pooled;
        assert_string_equal(db_dsn_plain(&f->arena, cases[i].dsn, &pooled), cases[i].read);
        assert_int_equal(pooled, cases[i].pooled);
    }
}

static void db_params__their_options_stay_before_ours(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(make(f, (struct db_config){.dsn = "options='-c work_mem=8MB'"}), ST_OK);

    assert_ptr_equal(strstr(get(f, "options"), "-c work_mem=8MB -c statement_timeout"),
                     get(f, "options"));
}

static void db_params__a_distant_host_is_asked_for_tls(void **state)
{
    static const struct {
        const char *dsn, *sslmode;
    } cases[] = {{"host=192.0.2.1", "require"},
                 {"hostaddr=192.0.2.1", "require"},
                 {"hostaddr=127.0.0.1,192.0.2.1", "require"},
                 {"host=127.0.0.1,192.0.2.1", "require"},
                 {"host=192.0.2.1 sslmode=prefer", "prefer"},
                 {"host=127.0.0.1", NULL},
                 {"host=::1", NULL},
                 {"host=localhost", NULL},
                 {"host=/run/postgresql", NULL}};
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        assert_int_equal(make(f, (struct db_config){.dsn = cases[i].dsn}), ST_OK);
        if (cases[i].sslmode == NULL)
            assert_null(get(f, "sslmode"));
        else
            assert_string_equal(get(f, "sslmode"), cases[i].sslmode);
    }
}

static void db_params__settings_of_tls_count_before_the_string(void **state)
{
    static const struct {
        const char *dsn;
        struct db_tuning tuning;
        const char *sslmode, *sslrootcert;
    } cases[] = {
        {"host=192.0.2.1 sslmode=disable", {.tls = "verify-full"}, "verify-full", NULL},
        {"host=192.0.2.1", {.tls = "disable"}, "disable", NULL},
        {"host=127.0.0.1", {.tls = "require"}, "require", NULL},
        {"host=127.0.0.1", {.tls_ca = "/ca"}, "verify-full", "/ca"},
        {"host=192.0.2.1 sslmode=require sslrootcert=/b", {.tls_ca = "/ca"}, "require", "/ca"},
        {"host=192.0.2.1 sslrootcert=/b", {.tls_cert = "/c"}, "require", "/b"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const struct db_config config = {.dsn = cases[i].dsn, .tuning = &cases[i].tuning};
        assert_int_equal(make(f, config), ST_OK);
        assert_string_equal(get(f, "sslmode"), cases[i].sslmode);
        if (cases[i].sslrootcert != NULL)
            assert_string_equal(get(f, "sslrootcert"), cases[i].sslrootcert);
    }
}

static void db_params__limits_are_those_of_the_settings_unless_the_string_has_some(void **state)
{
    const struct db_tuning tuning = {.statement_ms = 1500,
                                     .lock_ms = 100,
                                     .user_timeout_ms = 7000,
                                     .keepalive_idle_ms = 1001,
                                     .keepalive_interval_ms = 2000,
                                     .keepalive_count = 9};
    struct fixture *f = *state;

    assert_int_equal(make(f, (struct db_config){.dsn = "host=127.0.0.1", .tuning = &tuning}),
                     ST_OK);
    assert_non_null(strstr(get(f, "options"), "-c statement_timeout=1500 -c lock_timeout=100 "));
    assert_string_equal(get(f, "tcp_user_timeout"), "7000");
    assert_string_equal(get(f, "keepalives"), "1");
    assert_string_equal(get(f, "keepalives_idle"), "2");
    assert_string_equal(get(f, "keepalives_interval"), "2");
    assert_string_equal(get(f, "keepalives_count"), "9");

    assert_int_equal(make(f, (struct db_config){.dsn = "host=127.0.0.1 tcp_user_timeout=1 "
                                                       "keepalives=0 keepalives_idle=5"}),
                     ST_OK);
    assert_string_equal(get(f, "tcp_user_timeout"), "1");
    assert_string_equal(get(f, "keepalives"), "0");
    assert_string_equal(get(f, "keepalives_idle"), "5");
}

static int attempt_ms(struct fixture *f, int patience_ms, const struct db_tuning *tuning)
{
    const struct db_config config = {
        .dsn = "host=127.0.0.1", .connect_timeout_ms = patience_ms, .tuning = tuning};

    assert_int_equal(make(f, config), ST_OK);
    return db_attempt_ms(f->rq.db);
}

static void db_attempt__takes_a_part_of_the_patience_or_what_is_set(void **state)
{
    const struct db_tuning none = {.connect_ms = 0};
    const struct db_tuning brief = {.connect_ms = 100};

    assert_int_equal(attempt_ms(*state, 1000, NULL), 3000);
    assert_int_equal(attempt_ms(*state, 12000, &none), 4000);
    assert_int_equal(attempt_ms(*state, 300000, &none), 10000);
    assert_int_equal(attempt_ms(*state, 12000, &brief), 100);
}

static void db_params__names_become_addresses_in_step_with_ports(void **state)
{
    struct fixture *f = *state;
    size_t hosts = 1;
    size_t addresses = 1;
    size_t ports = 1;

    assert_int_equal(
        make(f, (struct db_config){.dsn = "host=/run/a,localhost,127.0.0.2 port=1,2,3"}), ST_OK);

    for (const char *p = get(f, "host"); *p != '\0'; p++)
        hosts += *p == ',';
    for (const char *p = get(f, "hostaddr"); *p != '\0'; p++)
        addresses += *p == ',';
    for (const char *p = get(f, "port"); *p != '\0'; p++)
        ports += *p == ',';
    assert_int_equal(hosts, addresses);
    assert_int_equal(hosts, ports);
    assert_true(hosts >= 3);
    assert_ptr_equal(strstr(get(f, "host"), "/run/a,localhost"), get(f, "host"));
    assert_int_equal(get(f, "hostaddr")[0], ',');
    assert_non_null(strstr(get(f, "hostaddr"), ",127.0.0.1"));
}

static void db_params__several_servers_are_searched_for_the_primary(void **state)
{
    static const struct {
        const char *dsn, *target;
    } cases[] = {{"host=127.0.0.1", NULL},
                 {"host=127.0.0.1,127.0.0.2", "read-write"},
                 {"postgresql://127.0.0.1:1,127.0.0.2:2/d", "read-write"},
                 {"hostaddr=127.0.0.1,127.0.0.2", "read-write"},
                 {"host=127.0.0.1,127.0.0.2 target_session_attrs=any", "any"},
                 {"host=127.0.0.1 target_session_attrs=primary", "primary"}};
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const char *target = NULL;
        assert_int_equal(make(f, (struct db_config){.dsn = cases[i].dsn}), ST_OK);
        target = get(f, "target_session_attrs");
        assert_int_equal(target == NULL, cases[i].target == NULL);
        if (target != NULL)
            assert_string_equal(target, cases[i].target);
    }
}

static void db_params__a_server_that_was_silent_is_asked_last(void **state)
{
    static const char *const dsns[] = {"host=/a,/b,/c port=1,2,3", "host=/a,/b,/c port=7"};
    static const char *const ports[] = {"2,3,1", "7,7,7"};
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH_OF(dsns); i++) {
        assert_int_equal(make(f, (struct db_config){.dsn = dsns[i]}), ST_OK);
        f->rq.db->turn = 4;
        assert_int_equal(db_params_make(&f->rq, f->rq.db, clock_monotonic_ms(), &f->params), ST_OK);
        assert_string_equal(get(f, "host"), "/b,/c,/a");
        assert_string_equal(get(f, "port"), ports[i]);
    }
}

static void db_params__a_name_without_address_does_not_hide_the_others(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(make(f, (struct db_config){.dsn = "host=no-such-host.invalid,127.0.0.1"}),
                     ST_OK);
    assert_string_equal(get(f, "host"), "127.0.0.1");
    assert_int_equal(make(f, (struct db_config){.dsn = "host=no-such-host.invalid"}),
                     ST_UNAVAILABLE);
}

static void db_params__a_pooler_among_several_servers_is_one(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(make(f, (struct db_config){.dsn = "host=/a,/b port=5432,6543"}), ST_OK);
    assert_true(f->params.pooled);
    assert_int_equal(make(f, (struct db_config){.dsn = "host=/a,/b port=16543,65432"}), ST_OK);
    assert_false(f->params.pooled);
}

static void db_gist__is_one_line_without_address(void **state)
{
    static const struct {
        const char *message, *gist;
    } cases[] = {
        {"connection to server on socket \"/a/.s.PGSQL.5432\" failed: No such file or directory\n"
         "\tIs the server running locally and accepting connections on that socket?\n",
         "it is not running"},
        {"connection to server at \"db\" (192.0.2.1), port 5432 failed: Connection refused\n"
         "\tIs the server running on that host and accepting TCP/IP connections?\n",
         "connection refused"},
        {"connection to server at \"a\" (::1), port 1 failed: Connection refused\n"
         "connection to server at \"b\" (192.0.2.1), port 1 failed: FATAL:  the database system is "
         "starting up\n",
         "the database system is starting up"},
        {"connection to server at \"b\" (192.0.2.1), port 1 failed: FATAL:  no pg_hba.conf entry for "
         "host \"192.0.2.7\", user \"x\", database \"y\", no encryption\n",
         "no pg_hba.conf entry"},
        {"connection to server at \"a\" (192.0.2.1), port 1 failed: Connection refused\n"
         "\tIs the server running on that host and accepting TCP/IP connections?\n"
         "connection to server at \"b\" (192.0.2.2), port 1 failed: session is read-only\n",
         "none of its servers takes writes"},
        {"invalid integer value \"pass/word\" for connection option \"port\"\n",
         "invalid integer value \"...\" for connection option \"...\""},
        {"connection to server at \"b\" (192.0.2.1), port 1 failed: root certificate file "
         "\"/home/u/ca.crt\" does not exist\n",
         "there is no certificate of an authority to check the server with: name it with 'tls-ca'"},
        {"connection to server at \"b\" (192.0.2.1), port 1 failed: server does not support SSL, but "
         "SSL was required\n",
         "the server offers no TLS (SSL), which is required: turn it on there, or set 'tls' to "
         "disable"},
        {"connection to server at \"b\" (192.0.2.1), port 1 failed: SSL error: certificate verify "
         "failed\n",
         "the server's certificate is not signed by the authority of 'tls-ca': name the right one, or "
         "set 'tls' to require"},
        {"definition of service \"an open end\n", "definition of service \"...\""},
        {"connection to server at \"b\" (192.0.2.1), port 1 failed: FATAL:  password "
         "authentication failed for user \"u\"\n",
         "password authentication failed for user \"u\""},
        {"server closed the connection unexpectedly\n\tThis probably means the server terminated\n",
         "server closed the connection unexpectedly"},
        {"", ""},
    };
    struct fixture *f = *state;

    f->rq.db = db_new(&(struct db_config){.dsn = ""}, &f->log);
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        db_gist_set(f->rq.db, cases[i].message);
        assert_string_equal(f->rq.db->gist, cases[i].gist);
    }
}

static void db_fault__maps_each_sqlstate(void **state)
{
    static const struct {
        const char *sqlstate;
        enum status status;
    } cases[] = {{"40001", ST_RETRY},       {"40P01", ST_RETRY},       {"55P03", ST_RETRY},
                 {"23505", ST_CONFLICT},    {"23503", ST_CONFLICT},    {"23514", ST_CONFLICT},
                 {"23P01", ST_CONFLICT},    {"23502", ST_BUG},         {"57014", ST_UNAVAILABLE},
                 {"53300", ST_UNAVAILABLE}, {"53100", ST_UNAVAILABLE}, {"57P03", ST_UNAVAILABLE},
                 {"25006", ST_UNAVAILABLE}, {"42501", ST_UNAVAILABLE}, {"42P01", ST_BUG},
                 {"3F000", ST_BUG},         {"P0001", ST_BUG},         {"0A000", ST_BUG}};
    struct fixture *f = *state;

    f->rq.db = db_new(&(struct db_config){.dsn = ""}, &f->log);
    f->log.level = LOG_ERROR;
    assert_int_equal(
        db_fault_fail(&f->rq, &(struct db_fault){.sqlstate = "0A000",
                                                 .message = "cannot do this during recovery",
                                                 .query = "q"}),
        ST_UNAVAILABLE);
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct db_fault fault = {.message = "m", .query = "q"};
        memcpy(fault.sqlstate, cases[i].sqlstate, 6);
        assert_int_equal(db_fault_fail(&f->rq, &fault), cases[i].status);
    }
}

static void db_fault__of_a_read_only_database_says_what_would_help(void **state)
{
    static const struct {
        const char *standby, *message, *words;
    } cases[] = {
        {"on", "m", "is a standby, which takes no writes; nothing was changed; connect to the"},
        {"off", "m", "read-only (default_transaction_read_only); nothing was changed; somebody"},
        {NULL, "m", "nothing was changed; connect to the primary or, where that is one, take"},
        {NULL, "cannot execute nextval() during recovery", "is a standby"},
    };
    struct fixture *f = *state;

    f->rq.db = db_new(&(struct db_config){.dsn = ""}, &f->log);
    f->log.level = LOG_ERROR;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const struct db_fault fault = {.sqlstate = "25006",
                                       .message = cases[i].message,
                                       .query = "q",
                                       .standby = cases[i].standby};
        assert_int_equal(db_fault_fail(&f->rq, &fault), ST_UNAVAILABLE);
        assert_non_null(strstr(f->rq.message, cases[i].words));
    }
}

static void db_fault__a_cancelled_statement_of_a_cancelled_call(void **state)
{
    struct fixture *f = *state;
    const struct db_fault fault = {.sqlstate = "57014", .message = "m", .query = "q"};

    f->rq.db = db_new(&(struct db_config){.dsn = ""}, &f->log);
    f->rq.cancelled = true;

    assert_int_equal(db_fault_fail(&f->rq, &fault), ST_CANCELLED);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static const char *away(struct fixture *f, const char *libpq_message)
{
    db_gist_set(f->rq.db, libpq_message);
    assert_int_equal(db_away_fail(&f->rq), ST_UNAVAILABLE);
    return f->rq.message;
}

/* Whether waiting mends it, and who can: a model has to know what to do next. */
static void away__says_what_kind_of_away_it_is(void **state)
{
    struct fixture *f = *state;
    const char *nothing = "nothing was changed";
    f->rq.db = db_new(&(struct db_config){.dsn = ""}, &f->log);

    assert_non_null(
        strstr(away(f, "connection to server at \"h\", port 1 failed: Connection refused"),
               "does not answer (connection refused); nothing was changed; trying"));
    assert_non_null(strstr(away(f, "FATAL:  sorry, too many clients already"),
                           "has no connection left for this; nothing was changed; trying again"));
    assert_non_null(strstr(away(f, "FATAL:  remaining connection slots are reserved for roles"),
                           "has no connection left for this; nothing was changed; trying again"));
    assert_non_null(strstr(away(f, "FATAL:  password authentication failed for user \"u\""),
                           "refuses the connection (password authentication failed"));
    assert_non_null(strstr(f->rq.message, nothing));
    assert_non_null(strstr(away(f, "FATAL:  the database system is starting up"),
                           "does not answer (the database system is starting up); nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(db_params__the_private_cluster_is_named_in_full),
        TEST(db_params__no_variable_of_libpq_reaches_the_private_cluster),
        TEST(db_params__pgbouncer_is_taken_out_and_understood),
        TEST(db_dsn__takes_out_what_only_other_drivers_know),
        TEST(db_params__their_options_stay_before_ours),
        TEST(db_params__a_distant_host_is_asked_for_tls),
        TEST(db_params__settings_of_tls_count_before_the_string),
        TEST(db_params__limits_are_those_of_the_settings_unless_the_string_has_some),
        TEST(db_attempt__takes_a_part_of_the_patience_or_what_is_set),
        TEST(db_params__names_become_addresses_in_step_with_ports),
        TEST(db_params__several_servers_are_searched_for_the_primary),
        TEST(db_params__a_server_that_was_silent_is_asked_last),
        TEST(db_params__a_name_without_address_does_not_hide_the_others),
        TEST(db_params__a_pooler_among_several_servers_is_one),
        TEST(db_gist__is_one_line_without_address),
        TEST(db_fault__maps_each_sqlstate),
        TEST(db_fault__of_a_read_only_database_says_what_would_help),
        TEST(db_fault__a_cancelled_statement_of_a_cancelled_call),
        TEST(away__says_what_kind_of_away_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
