/* What libpq is told. */
#include "desk_helper.h"

#include "planner/base/clock.h"

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
        assert_true(f->params.words.pooled);
        assert_null(get(f, "options")); /* a pooler refuses them */
    }
    assert_int_equal(make(f, (struct db_config){.dsn = "host=127.0.0.1"}), ST_OK);
    assert_false(f->params.words.pooled);
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
        struct db_dsn_words words = {.pooled = !cases[i].pooled};
        assert_string_equal(db_dsn_plain(&f->arena, cases[i].dsn, &words), cases[i].read);
        assert_int_equal(words.pooled, cases[i].pooled);
    }
}

static void db_dsn__a_statement_cache_of_nothing_means_no_prepared_statements(void **state)
{
    static const struct {
        const char *dsn;
        bool nameless;
    } cases[] = {
        {"postgresql://u@h/d?pgbouncer=true&statement_cache_size=0", true},
        {"postgresql://u@h/d?statement_cache_size=0&pgbouncer=true", true},
        {"host=h statement_cache_size = '0'", true},
        {"postgresql://u@h/d?statement_cache_size=00", false},
        {"postgresql://u@h/d?statement_cache_size=", false},
        {"postgresql://u@h/d?statement_cache_size=1", false},
        {"postgresql://u@h/d?statement_cache_size=100", false},
        {"postgresql://u@h/d?connection_limit=0", false},
        {"postgresql://u@h/d", false},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct db_dsn_words words = {.nameless = !cases[i].nameless};
        const char *plain = db_dsn_plain(&f->arena, cases[i].dsn, &words);
        assert_null(strstr(plain, "statement_cache_size"));
        assert_int_equal(words.nameless, cases[i].nameless);
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
    assert_true(f->params.words.pooled);
    assert_int_equal(make(f, (struct db_config){.dsn = "host=/a,/b port=16543,65432"}), ST_OK);
    assert_false(f->params.words.pooled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(db_params__the_private_cluster_is_named_in_full),
        TEST(db_params__no_variable_of_libpq_reaches_the_private_cluster),
        TEST(db_params__pgbouncer_is_taken_out_and_understood),
        TEST(db_dsn__takes_out_what_only_other_drivers_know),
        TEST(db_dsn__a_statement_cache_of_nothing_means_no_prepared_statements),
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
