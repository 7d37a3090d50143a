/* What of the messages of the server and of libpq reaches a caller. */
#include "desk_helper.h"

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

static const char *refused(struct fixture *f, const char *sqlstate)
{
    struct db_fault fault = {.message = "m", .query = "q", .standby = "off"};

    memcpy(fault.sqlstate, sqlstate, 6);
    assert_int_not_equal(db_fault_fail(&f->rq, &fault), ST_OK);
    return f->rq.message;
}

/* A person at a shell cannot "call", and nobody tries again for them. */
static void fault_by_hand__ends_with_what_a_person_can_do(void **state)
{
    static const char *const states[] = {"40001", "55P03", "57014", "53100", "53200", "53300",
                                         "53400", "57P01", "08006", "25006", "42501"};
    static const char *const words[] = {"FATAL:  sorry, too many clients already",
                                        "Connection refused",
                                        "",
                                        "FATAL:  password authentication failed for user \"u\"",
                                        "invalid port number: \"99999\"",
                                        "FATAL:  database \"x\" does not exist"};
    struct fixture *f = *state;
    f->rq.db = db_new(&(struct db_config){.dsn = ""}, &f->log);
    f->log.level = LOG_ERROR;

    f->rq.by_hand = true;
    for (size_t i = 0; i < LENGTH_OF(states) + LENGTH_OF(words); i++) {
        const char *told =
            i < LENGTH_OF(states) ? refused(f, states[i]) : away(f, words[i - LENGTH_OF(states)]);
        assert_null(strstr(told, "call again"));
        assert_null(strstr(told, "trying again"));
        assert_true(strstr(told, "run it again") != NULL || strstr(told, "'mcp-planner ") != NULL);
    }
    assert_non_null(strstr(refused(f, "53100"), "make room, then run it again"));
    assert_non_null(strstr(away(f, words[4]), "'mcp-planner config check' says what"));

    f->rq.by_hand = false;
    assert_non_null(strstr(refused(f, "53100"), "somebody has to make room, then call again"));
    assert_non_null(strstr(refused(f, "40001"), "in the way; call again"));
    assert_non_null(strstr(away(f, words[1]), "trying again since"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(db_gist__is_one_line_without_address),
        TEST(db_fault__maps_each_sqlstate),
        TEST(db_fault__of_a_read_only_database_says_what_would_help),
        TEST(db_fault__a_cancelled_statement_of_a_cancelled_call),
        TEST(away__says_what_kind_of_away_it_is),
        TEST(fault_by_hand__ends_with_what_a_person_can_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
