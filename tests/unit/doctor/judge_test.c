/* Every limit of the checks, below, at and above, on facts that no server has to have. */
#include "desk_helper.h"

/* ------------------------------------------------------------------ measured */

static void round_trip__is_told_above_50_ms_and_too_much_above_250(void **state)
{
    const struct {
        int64_t us;
        enum doctor_severity severity;
    } cases[] = {{0, DOCTOR_OK},
                 {50000, DOCTOR_OK},
                 {50001, DOCTOR_INFO},
                 {250000, DOCTOR_INFO},
                 {250001, DOCTOR_WARNING}};
    struct desk *desk = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        desk->doctor.measured.median_us = cases[i].us;
        JUDGED(desk, round_trip, NULL);
        expect(desk, cases[i].severity, "median of 9");
    }
}

static void clock__may_differ_by_5_s_both_ways(void **state)
{
    struct desk *desk = *state;

    desk->doctor.measured.skew_ms = 5000;
    JUDGED(desk, clock, NULL);
    expect(desk, DOCTOR_OK, "5.0 s ahead of");
    desk->doctor.measured.skew_ms = 5001;
    JUDGED(desk, clock, NULL);
    expect(desk, DOCTOR_WARNING, "ahead of");
    desk->doctor.measured.skew_ms = -5000;
    JUDGED(desk, clock, NULL);
    expect(desk, DOCTOR_OK, "behind");
    desk->doctor.measured.skew_ms = -5001;
    JUDGED(desk, clock, NULL);
    expect(desk, DOCTOR_WARNING, "behind");
}

static void tls__is_missed_only_to_another_machine(void **state)
{
    struct desk *desk = *state;
    struct doctor_server server = {.tls = SOME_BOOL(false), .remote = SOME_BOOL(true)};

    JUDGED(desk, tls, &server);
    expect(desk, DOCTOR_WARNING, "not encrypted, to another machine");
    server.tls = SOME_BOOL(true);
    JUDGED(desk, tls, &server);
    expect(desk, DOCTOR_OK, "encrypted");
    server = (struct doctor_server){.tls = SOME_BOOL(false), .remote = SOME_BOOL(false)};
    JUDGED(desk, tls, &server);
    expect(desk, DOCTOR_OK, "on this machine");
}

/* ------------------------------------------------------------------ the server */

static void version__tells_what_is_known_of_it(void **state)
{
    const struct {
        const char *version;
        int64_t number;
        const char *today;
        enum doctor_severity severity;
        const char *words;
    } cases[] = {
        {"15.8", 150008, "2027-11-11", DOCTOR_OK, "until 2027-11-11"},
        {"15.8", 150008, "2027-11-12", DOCTOR_WARNING, "support of 15 ended on 2027-11-11"},
        {"15.9", 150009, "2026-01-01", DOCTOR_WARNING, "was replaced within days"},
        {"17.1", 170001, "2026-01-01", DOCTOR_WARNING, "was replaced within days"},
        {"18.0", 180000, "2026-01-01", DOCTOR_OK, "until 2030-11-14"},
        {"18beta2", 180000, "2025-06-01", DOCTOR_WARNING, "is no release"},
        {"19.1", 190001, "2026-12-01", DOCTOR_INFO, "newer than this program knows"},
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const struct doctor_server server = {.version = cases[i].version,
                                             .version_num = SOME_INT(cases[i].number),
                                             .today = cases[i].today};
        JUDGED(desk, version, &server);
        expect(desk, cases[i].severity, cases[i].words);
    }
}

static void connections__are_a_warning_above_80_percent_and_an_error_above_95(void **state)
{
    const struct doctor_setting settings[] = {{"max_connections", "103"},
                                              {"superuser_reserved_connections", "3"}};
    const struct {
        int64_t used;
        enum doctor_severity severity;
    } cases[] = {{80, DOCTOR_OK}, {81, DOCTOR_WARNING}, {95, DOCTOR_WARNING}, {96, DOCTOR_ERROR}};
    struct desk *desk = *state;
    struct doctor_server server = {.settings = list_of(settings, LENGTH_OF(settings))};

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        server.sessions = SOME_INT(cases[i].used);
        JUDGED(desk, connections, &server);
        expect(desk, cases[i].severity, "of 100 that are not reserved");
    }
    server.sessions = SOME_INT(1);
    server.role_limit = SOME_INT(10);
    server.role_sessions = SOME_INT(9);
    JUDGED(desk, connections, &server);
    expect(desk, DOCTOR_WARNING, "9 of the 10 that this role may have");
    server.role_limit = (struct opt_int){0}; /* a superuser's is not told */
    server.database_limit = SOME_INT(10);
    server.database_sessions = SOME_INT(10);
    JUDGED(desk, connections, &server);
    expect(desk, DOCTOR_ERROR, "10 of the 10 that this database may have");
    server.database_sessions = SOME_INT(8);
    JUDGED(desk, connections, &server);
    expect(desk, DOCTOR_OK, "1 of 100");
}

static void connections__fewer_than_20_are_few(void **state)
{
    const struct doctor_setting twenty[] = {{"max_connections", "20"}};
    const struct doctor_setting nineteen[] = {{"max_connections", "19"}};
    struct desk *desk = *state;
    struct doctor_server server = {.sessions = SOME_INT(1), .settings = list_of(twenty, 1)};

    JUDGED(desk, connections, &server);
    expect(desk, DOCTOR_OK, "1 of 20");
    server.settings = list_of(nineteen, 1);
    JUDGED(desk, connections, &server);
    expect(desk, DOCTOR_WARNING, "few");
}

static void wraparound__is_told_at_twice_autovacuums_limit(void **state)
{
    const struct doctor_setting settings[] = {{"autovacuum_freeze_max_age", "200000000"}};
    const struct {
        int64_t age;
        enum doctor_severity severity;
    } cases[] = {{400000000, DOCTOR_OK},
                 {400000001, DOCTOR_WARNING},
                 {1800000000, DOCTOR_WARNING},
                 {1800000001, DOCTOR_ERROR}};
    struct desk *desk = *state;
    struct doctor_server server = {.settings = list_of(settings, 1)};

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        server.xid_age = SOME_INT(cases[i].age);
        JUDGED(desk, wraparound, &server);
        expect(desk, cases[i].severity, "transactions old");
    }
    server.xid_age = SOME_INT(1);
    server.multixact_age = SOME_INT(400000001);
    JUDGED(desk, wraparound, &server);
    expect(desk, DOCTOR_WARNING, "400000001");
}

static void prepared_transactions__may_live_for_5_minutes(void **state)
{
    struct desk *desk = *state;
    struct doctor_server server = {.prepared = SOME_INT(1), .prepared_seconds = SOME_INT(300)};

    JUDGED(desk, prepared, &server);
    expect(desk, DOCTOR_INFO, "1, the oldest for 5 min");
    server.prepared_seconds = SOME_INT(301);
    JUDGED(desk, prepared, &server);
    expect(desk, DOCTOR_WARNING, "1");
}

static void session_options__that_did_not_arrive_are_told(void **state)
{
    const struct doctor_setting lost[] = {{"search_path", "\"$user\", public"}};
    struct desk *desk = *state;
    const struct doctor_server server = {.settings = list_of(lost, 1)};

    JUDGED(desk, session, &server);
    expect(desk, DOCTOR_WARNING, "did not arrive");
    desk->doctor.measured.pooled = true;
    JUDGED(desk, session, &server);
    expect(desk, DOCTOR_OK, "pooler");
}

/* ------------------------------------------------------------------ activity */

static void long_transactions__are_a_warning_from_5_minutes_on(void **state)
{
    struct desk *desk = *state;
    struct doctor_session one = {.pid = SOME_INT(7), .seconds = SOME_INT(299), .who = "ann"};
    const struct doctor_activity activity = {.longs = list_of(&one, 1)};

    JUDGED(desk, long_transactions, &activity);
    expect(desk, DOCTOR_INFO, "pid 7 (ann) for 4 min");
    one.seconds = SOME_INT(300);
    JUDGED(desk, long_transactions, &activity);
    expect(desk, DOCTOR_WARNING, "pid 7 (ann) for 5 min");
}

static void hidden_sessions__are_not_taken_for_none(void **state)
{
    struct desk *desk = *state;
    const struct doctor_activity activity = {.hidden = SOME_INT(3)};

    JUDGED(desk, lock_waits, &activity);

    expect(desk, DOCTOR_SKIPPED, "3 sessions of others are hidden");
}

static void standby__may_be_256_mb_and_30_s_behind(void **state)
{
    struct desk *desk = *state;
    struct doctor_standby one = {.name = "s", .state = "streaming", .sync = "async"};
    const struct doctor_replication replication = {.standbys = list_of(&one, 1)};

    one.bytes = SOME_INT((int64_t)256 * 1024 * 1024);
    one.seconds = SOME_NUM(30);
    JUDGED(desk, replication, &replication);
    expect(desk, DOCTOR_OK, "256 MB and 30.0 s behind");
    one.bytes.v++;
    JUDGED(desk, replication, &replication);
    expect(desk, DOCTOR_WARNING, "");
    one.bytes.v = 0;
    one.seconds = SOME_NUM(30.5);
    JUDGED(desk, replication, &replication);
    expect(desk, DOCTOR_WARNING, "");
    one.seconds.v = 0;
    one.state = "catchup";
    JUDGED(desk, replication, &replication);
    expect(desk, DOCTOR_WARNING, "catchup");
}

static void standby_itself__is_told_as_far_behind_or_without_a_source(void **state)
{
    struct desk *desk = *state;
    struct doctor_replication r = {
        .standby = SOME_BOOL(true), .receiver = "streaming", .behind_seconds = SOME_INT(30)};

    JUDGED(desk, replication, &r);
    expect(desk, DOCTOR_OK, "this standby is 30 s behind");
    r.behind_seconds = SOME_INT(31);
    JUDGED(desk, replication, &r);
    expect(desk, DOCTOR_WARNING, "31 s");
    r.receiver = NULL;
    JUDGED(desk, replication, &r);
    expect(desk, DOCTOR_WARNING, "receives nothing");
}

static void slot__may_hold_1_gb_that_nobody_reads(void **state)
{
    struct desk *desk = *state;
    struct doctor_slot one = {
        .name = "left", .active = SOME_BOOL(false), .bytes = SOME_INT((int64_t)1024 * 1024 * 1024)};
    const struct doctor_replication replication = {.slots = list_of(&one, 1)};

    JUDGED(desk, slots, &replication);
    expect(desk, DOCTOR_INFO, "left (nobody reads it) holds 1.0 GB");
    one.bytes.v++;
    JUDGED(desk, slots, &replication);
    expect(desk, DOCTOR_WARNING, "left");
    assert_non_null(strstr(desk->found.todo, "SELECT pg_drop_replication_slot('left')"));
    one.active = SOME_BOOL(true);
    JUDGED(desk, slots, &replication);
    expect(desk, DOCTOR_OK, "left (in use)");
    one.wal_status = "lost";
    JUDGED(desk, slots, &replication);
    expect(desk, DOCTOR_ERROR, "has lost some");
}

static void statement__is_slow_above_1_s(void **state)
{
    struct desk *desk = *state;
    struct doctor_statement one = {
        .query = "SELECT 1", .calls = SOME_INT(20), .p95 = SOME_NUM(1000)};
    const struct doctor_statements statements = {.schema = "public",
                                                 .statements = list_of(&one, 1)};
    const struct doctor_statements none = {NULL};

    JUDGED(desk, statements, &statements);
    expect(desk, DOCTOR_OK, "SELECT 1");
    one.p95 = SOME_NUM(1000.1);
    JUDGED(desk, statements, &statements);
    expect(desk, DOCTOR_WARNING, "an estimate");
    JUDGED(desk, statements, &none);
    expect(desk, DOCTOR_INFO, "not installed");
}

/* ------------------------------------------------------------------ the store */

static void dead_rows__are_told_from_10000_on_above_40_percent(void **state)
{
    const struct {
        int64_t live, dead;
        enum doctor_severity severity;
    } cases[] = {{0, 9999, DOCTOR_OK},
                 {0, 10000, DOCTOR_WARNING},
                 {25000, 10000, DOCTOR_OK},
                 {24999, 10000, DOCTOR_WARNING}};
    struct desk *desk = *state;

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        const struct doctor_table one = {
            .name = "t", .live = SOME_INT(cases[i].live), .dead = SOME_INT(cases[i].dead)};
        const struct doctor_tables tables = {.tables = list_of(&one, 1)};
        JUDGED(desk, bloat, &tables);
        expect(desk, cases[i].severity, "dead rows");
    }
}

static void upkeep__lets_100000_rows_stay(void **state)
{
    struct desk *desk = *state;
    struct doctor_upkeep upkeep = {.outbox_old = SOME_INT(100000),
                                   .requests_old = SOME_INT(100000)};

    JUDGED(desk, upkeep, &upkeep);
    expect(desk, DOCTOR_OK, "100000");
    upkeep.outbox_old.v++;
    JUDGED(desk, upkeep, &upkeep);
    expect(desk, DOCTOR_WARNING, "100001");
    upkeep = (struct doctor_upkeep){.requests_old = SOME_INT(100001)};
    JUDGED(desk, upkeep, &upkeep);
    expect(desk, DOCTOR_WARNING, "100001");
}

static void schema__of_a_newer_program_that_we_may_use_is_told(void **state)
{
    const struct migrate_row rows[] = {{.version = 1, .name = "a", .state = "applied"},
                                       {.version = 2, .name = "b", .state = "unknown"}};
    struct desk *desk = *state;

    desk->doctor.schema = (struct migrate_view){.rows = list_of(rows, 2), .newest = 2};
    JUDGED(desk, schema, NULL);
    expect(desk, DOCTOR_INFO, "version 2, 1 migrations newer");
    desk->doctor.schema.problem = "the database lacks migration 3";
    JUDGED(desk, schema, NULL);
    expect(desk, DOCTOR_ERROR, "lacks migration 3");
    desk->doctor.schema_why = "permission denied";
    JUDGED(desk, schema, NULL);
    expect(desk, DOCTOR_ERROR, "cannot be read: permission denied");
}

/* ------------------------------------------------------------------ circles */

static const char *circle(struct desk *desk, int64_t n, const char *nodes, const char *waits)
{
    const struct doctor_graph graph = {
        .n = SOME_INT(n), .nodes = nodes, .keys = "A A-1 A-2 A-3 A-4", .waits = waits};

    return doctor_circle(&desk->arena, &graph);
}

static void circle__is_found_between_items_and_through_parents(void **state)
{
    struct desk *desk = *state;

    assert_null(circle(desk, 0, "", ""));
    assert_null(circle(desk, 3, "0 0 1 0 1 0", "3 2"));
    assert_string_equal(circle(desk, 3, "0 0 1 0 1 0", "2 3 3 2"), "A-2, A-1");
    assert_non_null(circle(desk, 3, "0 0 1 0 2 0", "3 2")); /* a child for its parent */
    assert_non_null(circle(desk, 3, "0 0 1 0 2 0", "2 3")); /* a parent for its child */
    assert_non_null(circle(desk, 5, "0 0 1 0 1 0 2 0 3 0", "2 5 3 4"));
    assert_null(circle(desk, 5, "0 0 1 0 1 0 2 0 3 0", "4 3"));
}

static void circle__is_found_in_the_order_below_a_sequential_parent(void **state)
{
    struct desk *desk = *state;

    assert_null(circle(desk, 4, "0 1 1 0 1 0 1 0", "4 2"));
    assert_non_null(circle(desk, 4, "0 1 1 0 1 0 1 0", "2 4"));
    assert_null(circle(desk, 4, "0 0 1 0 1 0 1 0", "2 4"));
}

static void spans_and_sizes__are_told_in_one_unit(void **state)
{
    struct desk *desk = *state;

    assert_string_equal(doctor_span(&desk->doctor, 119), "119 s");
    assert_string_equal(doctor_span(&desk->doctor, 120), "2 min");
    assert_string_equal(doctor_span(&desk->doctor, 7199), "119 min");
    assert_string_equal(doctor_span(&desk->doctor, 7200), "2 h");
    assert_string_equal(doctor_span(&desk->doctor, 172800), "2 days");
    assert_string_equal(doctor_size(&desk->doctor, 512), "0.5 kB");
    assert_string_equal(doctor_size(&desk->doctor, (int64_t)3 << 30), "3.0 GB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(round_trip__is_told_above_50_ms_and_too_much_above_250),
        DESK_TEST(clock__may_differ_by_5_s_both_ways),
        DESK_TEST(tls__is_missed_only_to_another_machine),
        DESK_TEST(version__tells_what_is_known_of_it),
        DESK_TEST(connections__are_a_warning_above_80_percent_and_an_error_above_95),
        DESK_TEST(connections__fewer_than_20_are_few),
        DESK_TEST(wraparound__is_told_at_twice_autovacuums_limit),
        DESK_TEST(prepared_transactions__may_live_for_5_minutes),
        DESK_TEST(session_options__that_did_not_arrive_are_told),
        DESK_TEST(long_transactions__are_a_warning_from_5_minutes_on),
        DESK_TEST(hidden_sessions__are_not_taken_for_none),
        DESK_TEST(standby__may_be_256_mb_and_30_s_behind),
        DESK_TEST(standby_itself__is_told_as_far_behind_or_without_a_source),
        DESK_TEST(slot__may_hold_1_gb_that_nobody_reads),
        DESK_TEST(statement__is_slow_above_1_s),
        DESK_TEST(dead_rows__are_told_from_10000_on_above_40_percent),
        DESK_TEST(upkeep__lets_100000_rows_stay),
        DESK_TEST(schema__of_a_newer_program_that_we_may_use_is_told),
        DESK_TEST(circle__is_found_between_items_and_through_parents),
        DESK_TEST(circle__is_found_in_the_order_below_a_sequential_parent),
        DESK_TEST(spans_and_sizes__are_told_in_one_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
