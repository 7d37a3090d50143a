/* What a store's records mean for a program, without a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/store/migrate.h"

#define MIGRATION(v, n, sha, oldest, depends)                                     \
    {                                                                             \
        .version = (v), .name = (n), .sha256 = (sha), .oldest_program = (oldest), \
        .depends_on = (depends)                                                   \
    }
static const struct migration program[] = {MIGRATION(1, "first", "aa", "0.1.0", "nothing"),
                                           MIGRATION(2, "second", "bb", "0.2.0", "0001"),
                                           {0}};

struct fixture {
    struct arena arena;
    struct migrate_view view;
};

static void compare(struct fixture *f, struct migrate_record *records, size_t n)
{
    const struct list list = {true, n, records};

    arena_init(&f->arena, ARENA_CAP_DEFAULT);
    migrate_compare(&f->arena, program, &list, "0.9.0", &f->view);
}

static const char *state(const struct fixture *f, size_t i)
{
    assert_true(i < f->view.rows.n);
    return LIST_AT(f->view.rows, i, struct migrate_row)->state;
}

#define RECORD(v, name, sha, oldest)                                         \
    {                                                                        \
        SOME_INT(v), (name), (sha), (oldest), SOME_BOOL(false), SOME_INT(0), \
            "2026-01-01T00:00:00Z"                                           \
    }

static void migrate_compare__equal_is_no_problem(void **unused)
{
    struct migrate_record records[] = {RECORD(1, "first", "aa", "0.1.0"),
                                       RECORD(2, "second", "bb", "0.2.0")};
    struct fixture f;

    (void)unused;
    compare(&f, records, 2);

    assert_null(f.view.problem);
    assert_int_equal(f.view.next, 0);
    assert_int_equal(f.view.newest, 2);
    assert_string_equal(state(&f, 1), "applied");
    arena_destroy(&f.arena);
}

static void migrate_compare__pending_names_the_first_and_the_command(void **unused)
{
    struct migrate_record records[] = {RECORD(1, "first", "aa", "0.1.0")};
    struct fixture f;

    (void)unused;
    compare(&f, records, 1);

    assert_string_equal(f.view.problem,
                        "the database lacks migration 2 (second); run 'mcp-planner migrate up'");
    assert_false(f.view.refused);
    assert_int_equal(f.view.next, 2);
    arena_destroy(&f.arena);
}

static void migrate_compare__edited_outweighs_pending(void **unused)
{
    struct migrate_record records[] = {RECORD(1, "first", "zz", "0.1.0")};
    struct fixture f;

    (void)unused;
    compare(&f, records, 1);

    assert_true(f.view.refused);
    assert_non_null(strstr(f.view.problem, "migration 1 (first)"));
    assert_string_equal(state(&f, 0), "edited");
    assert_string_equal(state(&f, 1), "pending");
    arena_destroy(&f.arena);
}

static void migrate_compare__a_newer_record_counts_by_its_oldest_program(void **unused)
{
    static const struct {
        const char *oldest;
        bool refused;
    } cases[] = {{"0.9.0", false}, {"0.8.12", false}, {"0.10.0", true}, {"1.0", true}};

    (void)unused;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct migrate_record records[] = {RECORD(1, "first", "aa", "0.1.0"),
                                           RECORD(2, "second", "bb", "0.2.0"),
                                           RECORD(3, "third", "cc", cases[i].oldest)};
        struct fixture f;

        compare(&f, records, 3);

        assert_int_equal(f.view.refused, cases[i].refused);
        assert_int_equal(f.view.problem != NULL, cases[i].refused);
        assert_string_equal(state(&f, 2), "unknown");
        arena_destroy(&f.arena);
    }
}

static void migrate_compare__a_hole_in_the_program_is_refused(void **unused)
{
    struct migrate_record records[] = {RECORD(1, "first", "aa", "0.1.0"),
                                       RECORD(2, "second", "bb", "0.2.0")};
    static const struct migration holed[] = {MIGRATION(2, "second", "bb", "0.2.0", "0001"), {0}};
    const struct list list = {true, 2, records};
    struct fixture f;

    (void)unused;
    arena_init(&f.arena, ARENA_CAP_DEFAULT);
    migrate_compare(&f.arena, holed, &list, "0.9.0", &f.view);

    assert_true(f.view.refused);
    assert_non_null(strstr(f.view.problem, "missing in this program"));
    assert_int_equal(LIST_AT(f.view.rows, 0, struct migrate_row)->version, 1); /* by version */
    arena_destroy(&f.arena);
}

static void migrate_compare__unfinished_batches_come_before_what_is_pending(void **unused)
{
    struct migrate_record records[] = {RECORD(1, "first", "aa", "0.1.0")};
    struct fixture f;

    (void)unused;
    records[0].unfinished = SOME_BOOL(true);
    records[0].batch_rows = SOME_INT(3000);
    compare(&f, records, 1);

    assert_string_equal(f.view.problem, "migration 1 (first) of the database is not finished; "
                                        "'mcp-planner migrate up' goes on with it");
    assert_false(f.view.refused);
    assert_int_equal(f.view.next, 1);
    assert_string_equal(state(&f, 0), "unfinished");
    assert_int_equal(LIST_AT(f.view.rows, 0, struct migrate_row)->batch_rows, 3000);
    arena_destroy(&f.arena);
}

/* Old and new programs overlap: only those that know the migration wait for its data. */
static void migrate_compare__a_newer_one_may_be_unfinished(void **unused)
{
    struct migrate_record records[] = {RECORD(1, "first", "aa", "0.1.0"),
                                       RECORD(2, "second", "bb", "0.2.0"),
                                       RECORD(3, "third", "cc", "0.9.0")};
    struct fixture f;

    (void)unused;
    records[2].unfinished = SOME_BOOL(true);
    compare(&f, records, 3);

    assert_null(f.view.problem);
    assert_int_equal(f.view.next, 0);
    arena_destroy(&f.arena);
}

static void migrate_compare__a_missing_dependency_is_refused(void **unused)
{
    struct migrate_record records[] = {RECORD(2, "second", "bb", "0.2.0")};
    struct fixture f;

    (void)unused;
    compare(&f, records, 1);

    assert_true(f.view.refused);
    assert_string_equal(f.view.problem,
                        "the database has migration 2 (second) but not migration 1, which it "
                        "depends on; restore a backup");
    arena_destroy(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrate_compare__equal_is_no_problem),
        cmocka_unit_test(migrate_compare__pending_names_the_first_and_the_command),
        cmocka_unit_test(migrate_compare__edited_outweighs_pending),
        cmocka_unit_test(migrate_compare__a_newer_record_counts_by_its_oldest_program),
        cmocka_unit_test(migrate_compare__a_hole_in_the_program_is_refused),
        cmocka_unit_test(migrate_compare__unfinished_batches_come_before_what_is_pending),
        cmocka_unit_test(migrate_compare__a_newer_one_may_be_unfinished),
        cmocka_unit_test(migrate_compare__a_missing_dependency_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
