/* What to do: for the place where a setting is set, for the way in which a connection fails. */
#include "desk_helper.h"

static void advice__undoes_a_setting_where_it_is_set(void **state)
{
    static const struct {
        const char *source, *file, *todo;
    } cases[] = {
        {"configuration file", "/x/postgresql.auto.conf",
         "run ALTER SYSTEM RESET synchronous_commit; SELECT pg_reload_conf()"},
        {"configuration file", "/x/postgresql.conf",
         "correct synchronous_commit in /x/postgresql.conf, then SELECT pg_reload_conf()"},
        {"configuration file", NULL,
         "run ALTER SYSTEM RESET synchronous_commit, or correct it in the server's configuration file, "
         "then SELECT pg_reload_conf()"},
        {"database", NULL, "run ALTER DATABASE \"d b\" RESET synchronous_commit"},
        {"user", NULL, "run ALTER ROLE ann RESET synchronous_commit"},
        {"database user", NULL, "run ALTER ROLE ann IN DATABASE \"d b\" RESET synchronous_commit"},
        {"global", NULL, "run ALTER ROLE ALL RESET synchronous_commit"},
        {"client", NULL, "take synchronous_commit out of the options of the connection string"},
        {"command line", NULL, "start the server without synchronous_commit on its command line"},
        {"override", NULL, "as the table says"},
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const struct doctor_setting off = {"synchronous_commit", "off", cases[i].source,
                                           cases[i].file};
        const struct doctor_server server = {
            .role = "ann", .database = "\"d b\"", .settings = list_of(&off, 1)};
        desk->found.todo = "as the table says";
        JUDGED(desk, crash_safety, &server);
        expect(desk, DOCTOR_WARNING, "synchronous_commit is off");
        assert_string_equal(desk->found.todo, cases[i].todo);
    }
}

static void advice__of_several_settings_names_each(void **state)
{
    const struct doctor_setting settings[] = {{"fsync", "off", "command line", NULL},
                                              {"zero_damaged_pages", "on", "user", NULL}};
    struct desk *desk = *state;
    const struct doctor_server server = {.role = "ann", .settings = list_of(settings, 2)};

    JUDGED(desk, crash_safety, &server);

    assert_string_equal(desk->found.todo, "start the server without fsync on its command line; "
                                          "run ALTER ROLE ann RESET zero_damaged_pages");
}

static void session__that_is_read_only_says_what_that_means_and_what_undoes_it(void **state)
{
    const struct doctor_setting on = {"default_transaction_read_only", "on", "database", NULL};
    struct desk *desk = *state;
    const struct doctor_server server = {.database = "plans", .settings = list_of(&on, 1)};

    JUDGED(desk, session, &server);

    expect(desk, DOCTOR_ERROR, "sessions begin read-only");
    assert_string_equal(desk->found.means, "every call that changes something is refused");
    assert_string_equal(desk->found.todo,
                        "run ALTER DATABASE plans RESET default_transaction_read_only");
}

static void rights__of_who_only_watches_are_not_missing(void **state)
{
    static const char *const missing[] = {"INSERT on items"};
    struct desk *desk = *state;
    struct doctor_rights rights = {.missing = list_of(missing, 1),
                                   .owner = SOME_BOOL(false),
                                   .superuser = SOME_BOOL(false),
                                   .monitor = SOME_BOOL(true),
                                   .writes = SOME_BOOL(false)};

    JUDGED(desk, rights, &rights);
    expect(desk, DOCTOR_SKIPPED, "only watches");
    rights.writes = SOME_BOOL(true);
    JUDGED(desk, rights, &rights);
    expect(desk, DOCTOR_ERROR, "missing: INSERT on items");
    rights.writes = rights.monitor = SOME_BOOL(false);
    JUDGED(desk, rights, &rights);
    expect(desk, DOCTOR_ERROR, "missing: INSERT on items");
    rights.owner = (struct opt_bool){false, false};
    JUDGED(desk, rights, &rights);
    expect(desk, DOCTOR_SKIPPED, "there is no schema planner");
}

static void reason__for_want_of_a_right_names_the_right(void **state)
{
    static const struct {
        const char *why, *reason;
    } cases[] = {
        {"permission denied for table audit", "needs SELECT on planner.audit"},
        {"permission denied for sequence claim_token", "needs SELECT on planner.claim_token"},
        {"permission denied for view gone", "needs SELECT on planner.gone"},
        {"permission denied for schema planner", "needs USAGE on schema planner"},
        {"permission denied for function f", "needs EXECUTE on function f"},
        {"Zugriff verweigert", "needs a right that this user lacks (Zugriff verweigert)"},
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const struct probe_fault fault = {.sqlstate = "42501", .why = cases[i].why};
        assert_string_equal(doctor_reason(&desk->doctor, &fault), cases[i].reason);
        assert_true(doctor_is_hidden(&fault));
    }
}

static void statement__of_ours_is_told_by_its_name(void **state)
{
    struct desk *desk = *state;
    const size_t len = strcspn(q_item_lock.sql, "\n");
    const struct doctor_statement one = {
        .query = arena_printf(&desk->arena, "%.*s and more", (int)len, q_item_lock.sql),
        .calls = SOME_INT(20),
        .p95 = SOME_NUM(1)};
    const struct doctor_statements statements = {.schema = "public",
                                                 .statements = list_of(&one, 1)};

    JUDGED(desk, statements, &statements);

    expect(desk, DOCTOR_OK, ": sql/queries/item_lock.sql");
}

static void unreached__names_our_settings_and_what_helps(void **state)
{
    static const struct {
        enum probe_step step;
        const char *why, *tls, *todo;
    } cases[] = {
        {PROBE_AUTHENTICATION, "password authentication failed for user \"x\"", NULL,
         "correct the password: it is in 'dsn' (PLANNER_DATABASE_URL)"},
        {PROBE_AUTHENTICATION, "fe_sendauth: no password supplied", NULL, "correct the password"},
        {PROBE_AUTHENTICATION, "role \"x\" does not exist", NULL, "correct the user in 'dsn'"},
        {PROBE_AUTHENTICATION, "no pg_hba.conf entry for host \"1\", no encryption", NULL,
         "set 'tls' to require"},
        {PROBE_AUTHENTICATION, "no pg_hba.conf entry for host \"1\"", NULL, "add a line"},
        {PROBE_TLS, "certificate verify failed", "it is not signed: name it with 'tls-ca'",
         "name it with 'tls-ca'"},
        {PROBE_TLS, "no such cipher", NULL, "name the authority's certificate with 'tls-ca'"},
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const struct probe_fault fault = {
            .step = cases[i].step, .why = cases[i].why, .tls = cases[i].tls};
        doctor_tell_unreached(&desk->doctor, &fault, &desk->found);
        expect(desk, DOCTOR_ERROR, cases[i].why);
        assert_ptr_equal(strstr(desk->found.todo, cases[i].todo), desk->found.todo);
        assert_null(strstr(desk->found.todo, "sslrootcert"));
        assert_null(strstr(desk->found.todo, "PGPASSFILE"));
    }
    assert_string_equal(desk->found.means, "the two sides do not agree on TLS, or the server's "
                                           "certificate is not trusted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(advice__undoes_a_setting_where_it_is_set),
        DESK_TEST(advice__of_several_settings_names_each),
        DESK_TEST(session__that_is_read_only_says_what_that_means_and_what_undoes_it),
        DESK_TEST(rights__of_who_only_watches_are_not_missing),
        DESK_TEST(reason__for_want_of_a_right_names_the_right),
        DESK_TEST(statement__of_ours_is_told_by_its_name),
        DESK_TEST(unreached__names_our_settings_and_what_helps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
