/* What a migration finds in its way, and what is said about it, without a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/store/migrate_check.h"

#define MIB ((int64_t)1024 * 1024)

static const struct migration expands = {.version = 5,
                                         .name = "more",
                                         .oldest_program = "0.1.0",
                                         .depends_on = "nothing",
                                         .phase = "expand",
                                         .extensions = ""};
static const struct migration contracts = {.version = 6,
                                           .name = "less",
                                           .oldest_program = "0.9.0",
                                           .depends_on = "0005",
                                           .phase = "contract",
                                           .server = 17,
                                           .loses = "the colours",
                                           .extensions = "plpgsql  pg_trgm tablefunc"};

struct fixture {
    struct arena arena;
    struct migrate_planned step;
    struct migrate_surroundings around;
    struct list findings;
};

/* A database in which nothing is in the way. */
static struct fixture *fixture(const struct migration *m, bool up)
{
    static struct fixture f;

    f = (struct fixture){.step = {.migration = m, .up = up}};
    f.around = (struct migrate_surroundings){.server = SOME_INT(15),
                                             .bytes = SOME_INT(10 * MIB),
                                             .programs = SOME_INT(0),
                                             .disk_free = -1};
    arena_init(&f.arena, ARENA_CAP_DEFAULT);
    return &f;
}

static void judge(struct fixture *f)
{
    const struct migrate_plan plan = {4, 5, {true, 1, &f->step}};

    f->findings = migrate_judge(&f->arena, &plan, &f->around);
}

static const struct migrate_finding *finding(const struct fixture *f, size_t i)
{
    assert_true(i < f->findings.n);
    return LIST_AT(f->findings, i, struct migrate_finding);
}

static void nothing_in_the_way__is_not_mentioned(void **unused)
{
    struct fixture *f = fixture(&expands, true);

    (void)unused;
    f->around.programs = SOME_INT(3); /* an expanding migration does not mind */
    judge(f);

    assert_int_equal(f->findings.n, 0);
    arena_destroy(&f->arena);
}

static void wants__stop_with_what_to_install(void **unused)
{
    struct fixture *f = fixture(&contracts, true);
    struct migrate_wanted wanted[] = {{"plpgsql", SOME_BOOL(true), SOME_BOOL(true)},
                                      {"pg_trgm", SOME_BOOL(false), SOME_BOOL(true)},
                                      {"tablefunc", SOME_BOOL(false), SOME_BOOL(false)}};

    (void)unused;
    f->around.extensions = (struct list){true, 3, wanted};
    judge(f);

    assert_int_equal(f->findings.n, 3);
    assert_string_equal(finding(f, 0)->check, "server");
    assert_int_equal(finding(f, 0)->severity, MIGRATE_STOPS);
    assert_string_equal(
        finding(f, 0)->message,
        "migration 6 (less) needs PostgreSQL 17 or newer; this server is 15: update it");
    assert_string_equal(finding(f, 1)->check, "extension");
    assert_int_equal(finding(f, 1)->severity, MIGRATE_STOPS);
    assert_string_equal(finding(f, 1)->message,
                        "migration 6 (less) wants the extension 'pg_trgm'; have a superuser run "
                        "CREATE EXTENSION pg_trgm in this database");
    assert_string_equal(finding(f, 2)->message,
                        "migration 6 (less) wants the extension 'tablefunc'; install its package "
                        "on the server, then have a superuser run CREATE EXTENSION tablefunc in "
                        "this database");
    arena_destroy(&f->arena);
}

static void going_down__tells_what_is_lost_and_wants_nothing(void **unused)
{
    struct fixture *f = fixture(&contracts, false);

    (void)unused;
    f->around.programs = SOME_INT(3);
    judge(f);

    assert_int_equal(f->findings.n, 1);
    assert_int_equal(finding(f, 0)->severity, MIGRATE_NOTE);
    assert_string_equal(finding(f, 0)->message, "undoing migration 6 (less) loses: the colours");
    arena_destroy(&f->arena);
}

static void contracting__warns_of_programs_that_are_connected(void **unused)
{
    struct fixture *f = fixture(&contracts, true);

    (void)unused;
    f->around.server = SOME_INT(17);
    f->around.programs = SOME_INT(3);
    judge(f);

    assert_int_equal(f->findings.n, 1);
    assert_int_equal(finding(f, 0)->severity, MIGRATE_WARNS);
    assert_string_equal(finding(f, 0)->message,
                        "3 sessions of mcp-planner are connected, and migration 6 (less) removes "
                        "what those before 0.9.0 use; end the older ones, or say --force when "
                        "there are none");
    arena_destroy(&f->arena);
}

static void disk__has_to_hold_the_store_once_more(void **unused)
{
    static const struct {
        int64_t left;
        size_t n;
    } cases[] = {{74 * MIB - 1, 1}, {74 * MIB, 0}, {74 * MIB + 1, 0}, {-1, 0}, {0, 1}};

    (void)unused;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct fixture *f = fixture(&expands, true);

        f->around.disk_free = cases[i].left;
        judge(f);

        assert_int_equal(f->findings.n, cases[i].n);
        if (cases[i].n == 1) {
            assert_string_equal(finding(f, 0)->check, "disk");
            assert_int_equal(finding(f, 0)->severity, MIGRATE_WARNS);
            assert_non_null(strstr(finding(f, 0)->message, "a migration may need 74"));
        }
        arena_destroy(&f->arena);
    }
}

static void others__are_named_with_what_ends_them(void **unused)
{
    struct fixture *f = fixture(&expands, true);
    struct migrate_session migrators[] = {
        {SOME_INT(12), "mcp-planner migrate", "ann", SOME_INT(3), NULL}};
    struct migrate_session transactions[] = {{SOME_INT(13), "", NULL, SOME_INT(42), NULL},
                                             {{false, 0}, NULL, "bob", SOME_INT(7), "nightly"}};

    (void)unused;
    f->around.migrators = (struct list){true, 1, migrators};
    f->around.transactions = (struct list){true, 2, transactions};
    judge(f);

    assert_int_equal(f->findings.n, 3);
    assert_int_equal(finding(f, 0)->severity, MIGRATE_NOTE);
    assert_string_equal(finding(f, 0)->message,
                        "another migrator is at work, process 12 (mcp-planner migrate, user ann), "
                        "for 3 s; this one goes on when it is done");
    assert_int_equal(finding(f, 1)->severity, MIGRATE_WARNS);
    assert_string_equal(finding(f, 1)->message,
                        "process 13 (without a name, user unknown) has been in a transaction for "
                        "42 s, and a migration that needs its locks would give up; end it (SELECT "
                        "pg_terminate_backend(13)), wait, or say --force");
    assert_non_null(strstr(finding(f, 2)->message,
                           "the prepared transaction 'nightly' of user bob is 7 s old"));
    assert_non_null(strstr(finding(f, 2)->message, "ROLLBACK PREPARED"));
    arena_destroy(&f->arena);
}

static void a_database_that_was_made_read_only__is_left_alone_with_where_that_is_said(void **unused)
{
    struct fixture *f = fixture(&expands, true);

    (void)unused;
    f->around.read_only = &(struct migrate_read_only){"for database plans", "do this"};
    judge(f);

    assert_int_equal(f->findings.n, 1);
    assert_string_equal(finding(f, 0)->check, "read_only");
    assert_int_equal(finding(f, 0)->severity, MIGRATE_WARNS);
    assert_string_equal(
        finding(f, 0)->message,
        "somebody made the database read-only (default_transaction_read_only is on for database "
        "plans); when it may be changed: do this, or say --force");
    arena_destroy(&f->arena);
}

static void what_cannot_go_well__stops_with_what_mends_it(void **unused)
{
    struct fixture *f = fixture(&expands, true);

    (void)unused;
    f->around.encoding = "LATIN1";
    f->around.lacks = "GRANT CREATE ON DATABASE plans TO ann";
    judge(f);

    assert_int_equal(f->findings.n, 2);
    assert_string_equal(finding(f, 0)->check, "encoding");
    assert_int_equal(finding(f, 0)->severity, MIGRATE_STOPS);
    assert_non_null(strstr(finding(f, 0)->message, "is in LATIN1, which cannot hold all texts; "));
    assert_string_equal(finding(f, 1)->check, "rights");
    assert_int_equal(finding(f, 1)->severity, MIGRATE_STOPS);
    assert_non_null(strstr(finding(f, 1)->message, "it takes: GRANT CREATE ON DATABASE plans"));
    arena_destroy(&f->arena);
}

static void an_encoding_that_is_right__is_not_mentioned(void **unused)
{
    struct fixture *f = fixture(&expands, true);

    (void)unused;
    f->around.encoding = "UTF8";
    judge(f);

    assert_int_equal(f->findings.n, 0);
    arena_destroy(&f->arena);
}

static void nothing_planned__nothing_is_in_the_way(void **unused)
{
    struct fixture *f = fixture(&expands, true);
    const struct migrate_plan plan = {4, 4, {true, 0, NULL}};

    (void)unused;
    f->around.disk_free = 0;

    assert_int_equal(migrate_judge(&f->arena, &plan, &f->around).n, 0);
    arena_destroy(&f->arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_in_the_way__is_not_mentioned),
        cmocka_unit_test(wants__stop_with_what_to_install),
        cmocka_unit_test(going_down__tells_what_is_lost_and_wants_nothing),
        cmocka_unit_test(contracting__warns_of_programs_that_are_connected),
        cmocka_unit_test(disk__has_to_hold_the_store_once_more),
        cmocka_unit_test(others__are_named_with_what_ends_them),
        cmocka_unit_test(a_database_that_was_made_read_only__is_left_alone_with_where_that_is_said),
        cmocka_unit_test(what_cannot_go_well__stops_with_what_mends_it),
        cmocka_unit_test(an_encoding_that_is_right__is_not_mentioned),
        cmocka_unit_test(nothing_planned__nothing_is_in_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
