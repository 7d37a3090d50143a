/* Up, down, status, the gate, and many processes at once. */
#include "harness.h"

#include <sys/wait.h>
#include <unistd.h>

#include "planner/store/migrate.h"

#define PROCESSES 20

static const struct query nothing = {"nothing", "SELECT '{}'::json WHERE false", 0};

static const char *problem_of(struct harness *h)
{
    const char *problem = NULL;
    struct list rows = {0};

    assert_int_equal(migrate_status(&h->rq, &rows, &problem), ST_OK);
    return problem;
}

static const char *state_of(struct harness *h, size_t i)
{
    const char *problem = NULL;
    struct list rows = {0};

    assert_int_equal(migrate_status(&h->rq, &rows, &problem), ST_OK);
    assert_true(i < rows.n);
    return LIST_AT(rows, i, struct migrate_row)->state;
}

static void migrate_status__an_empty_database_lacks_everything(void **state)
{
    struct harness *h = *state;
    const char *expected =
        arena_printf(&h->arena, "the database lacks migration 1 (%s); run 'mcp-planner migrate up'",
                     all_migrations[0].name);

    assert_string_equal(problem_of(h), expected);

    assert_string_equal(state_of(h, 0), "pending");
    assert_null(harness_sql(h, "SELECT to_regnamespace('planner')")); /* looked, changed nothing */
}

static void migrate_up__applies_once_and_records_the_checksum(void **state)
{
    struct harness *h = *state;
    int applied = 0;

    assert_int_equal(migrate_up(&h->rq, 0, &applied), ST_OK);
    assert_true(applied >= 1);
    assert_int_equal(migrate_up(&h->rq, 0, &applied), ST_OK);
    assert_int_equal(applied, 0);

    assert_null(problem_of(h));
    assert_string_equal(
        harness_sql(h, "SELECT up_sha256 FROM planner.schema_migrations WHERE version = 1"),
        all_migrations[0].sha256);
}

static void migrate_up__an_unknown_version_is_refused(void **state)
{
    struct harness *h = *state;
    int applied = 0;

    assert_int_equal(migrate_up(&h->rq, 9999, &applied), ST_INVALID);
    assert_int_equal(migrate_down(&h->rq, 9999, &applied), ST_INVALID);
}

static void migrate_up__a_failing_script_leaves_nothing(void **state)
{
    struct harness *h = *state;
    int applied = 0;

    (void)harness_sql(h, "CREATE SCHEMA planner; CREATE TABLE planner.projects (odd int)");
    h->log.level = LOG_ERROR;

    assert_int_equal(migrate_up(&h->rq, 0, &applied), ST_UNAVAILABLE);

    assert_int_equal(applied, 0);
    assert_non_null(strstr(h->rq.message, "failed and was undone"));
    assert_string_equal(
        harness_sql(h, "SELECT count(*) FROM pg_class WHERE relnamespace = 'planner'::regnamespace"
                       " AND relkind = 'r'"),
        "1");
}

/* Twenty processes that all find the database empty. */
static void migrate_up__twenty_processes_at_once_all_work(void **state)
{
    struct harness *h = *state;
    pid_t pids[PROCESSES];

    for (size_t i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct req *rq = harness_req(h, "other");
            int applied = 0;
            _exit(migrate_up(rq, 0, &applied) == ST_OK ? applied : 100);
        }
    }
    int applied = 0;
    for (size_t i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_int_not_equal(WEXITSTATUS(status), 100);
        applied += WEXITSTATUS(status);
    }

    assert_null(problem_of(h));
    assert_int_equal(
        applied,
        strtol(harness_sql(h, "SELECT count(*) FROM planner.schema_migrations"), NULL, 10));
}

/* Everything that a schema consists of, as text. */
static const char *catalog(struct harness *h)
{
    return harness_sql(
        h, "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ("
           " SELECT 'class ' || relname || ' ' || relkind::text FROM pg_class"
           "  WHERE relnamespace = 'planner'::regnamespace"
           " UNION ALL SELECT 'column ' || attrelid::regclass || ' ' || attname || ' '"
           "  || format_type(atttypid, atttypmod) || ' ' || attnotnull FROM pg_attribute a"
           "  JOIN pg_class c ON c.oid = attrelid"
           "  WHERE relnamespace = 'planner'::regnamespace AND attnum > 0 AND NOT attisdropped"
           " UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid)"
           "  FROM pg_constraint WHERE connamespace = 'planner'::regnamespace"
           " UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc"
           "  WHERE pronamespace = 'planner'::regnamespace AND prokind <> 'a'"
           " UNION ALL SELECT 'type ' || typname FROM pg_type"
           "  WHERE typnamespace = 'planner'::regnamespace"
           " UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger"
           "  WHERE NOT tgisinternal"
           " UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'"
           " UNION ALL SELECT 'extension ' || extname FROM pg_extension) AS lines (line)");
}

static void migrate_down__leaves_nothing_behind(void **state)
{
    struct harness *h = *state;
    const char *full = catalog(h);
    const char *bare = NULL;
    int n = 0;

    assert_int_equal(migrate_down(&h->rq, 0, &n), ST_OK);
    assert_true(n >= 1);
    bare = catalog(h);
    (void)harness_sql(h, "DROP SCHEMA planner CASCADE; CREATE SCHEMA planner;"
                         "CREATE TABLE planner.schema_migrations (version integer PRIMARY KEY,"
                         " name text NOT NULL, up_sha256 text NOT NULL,"
                         " oldest_program text NOT NULL,"
                         " applied_at timestamptz NOT NULL DEFAULT now(), batch jsonb)");
    assert_string_equal(bare, catalog(h));
    assert_int_equal(migrate_up(&h->rq, 0, &n), ST_OK);

    assert_string_equal(catalog(h), full);
}

static void migrate_down__an_edited_migration_is_not_undone(void **state)
{
    struct harness *h = *state;
    int undone = 0;

    (void)harness_sql(h, "UPDATE planner.schema_migrations SET up_sha256 = 'other'");

    assert_int_equal(migrate_down(&h->rq, 0, &undone), ST_UNAVAILABLE);

    assert_int_equal(undone, 0);
    assert_non_null(harness_sql(h, "SELECT to_regclass('planner.items')"));
}

static void gate__pending_migrations_name_the_command(void **state)
{
    struct harness *h = *state;
    int applied = 0;

    assert_int_equal(db_read(&h->rq, &nothing, NO_PARAMS, INTO_NOTHING), ST_UNAVAILABLE);
    assert_non_null(strstr(h->rq.message, "lacks migration 1"));
    assert_non_null(strstr(h->rq.message, "run 'mcp-planner migrate up'"));
    assert_int_equal(migrate_up(&h->rq, 0, &applied), ST_OK);

    assert_int_equal(db_read(&h->rq, &nothing, NO_PARAMS, INTO_NOTHING), ST_OK);
}

static void gate__an_edited_migration_is_refused(void **state)
{
    struct harness *h = *state;

    (void)harness_sql(h, "UPDATE planner.schema_migrations SET up_sha256 = 'other'");

    assert_int_equal(db_read(&h->rq, &nothing, NO_PARAMS, INTO_NOTHING), ST_UNAVAILABLE);

    assert_non_null(strstr(h->rq.message, "another text"));
    assert_string_equal(state_of(h, 0), "edited");
}

static void gate__a_newer_store_is_refused_only_when_it_says_so(void **state)
{
    struct harness *h = *state;

    (void)harness_sql(h, "INSERT INTO planner.schema_migrations"
                         " VALUES (9000, 'later', 'x', '0.1.0')");
    assert_int_equal(db_read(&h->rq, &nothing, NO_PARAMS, INTO_NOTHING), ST_OK);
    (void)harness_sql(h, "UPDATE planner.schema_migrations SET oldest_program = '99.0.0'"
                         " WHERE version = 9000");

    harness_terminate(h); /* a connection is checked once */
    assert_int_equal(db_read(&h->rq, &nothing, NO_PARAMS, INTO_NOTHING), ST_UNAVAILABLE);

    assert_non_null(strstr(h->rq.message, "needs 99.0.0 or newer"));
}

static void gate__a_user_without_rights_is_told(void **state)
{
    struct harness *h = *state;
    const char *user = arena_printf(&h->arena, "%s_user", h->database);
    struct db *direct = h->rq.db;
    struct db_config config = {.connect_timeout_ms = 2000};

    (void)harness_sql(h, "CREATE ROLE %s LOGIN", user);
    config.dsn = arena_printf(&h->arena, "%s user=%s", h->dsn, user);
    h->rq.db = db_new(&config, &h->log);

    h->log.level = LOG_ERROR;
    assert_int_equal(db_read(&h->rq, &nothing, NO_PARAMS, INTO_NOTHING), ST_UNAVAILABLE);

    assert_non_null(strstr(h->rq.message, "grant it the rights on schema planner"));
    db_free(h->rq.db);
    h->rq.db = direct;
    (void)harness_sql(h, "DROP ROLE %s", user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_EMPTY(migrate_status__an_empty_database_lacks_everything),
        HARNESS_EMPTY(migrate_up__applies_once_and_records_the_checksum),
        HARNESS_EMPTY(migrate_up__an_unknown_version_is_refused),
        HARNESS_EMPTY(migrate_up__a_failing_script_leaves_nothing),
        HARNESS_EMPTY(migrate_up__twenty_processes_at_once_all_work),
        HARNESS_TEST(migrate_down__leaves_nothing_behind),
        HARNESS_TEST(migrate_down__an_edited_migration_is_not_undone),
        HARNESS_EMPTY(gate__pending_migrations_name_the_command),
        HARNESS_TEST(gate__an_edited_migration_is_refused),
        HARNESS_TEST(gate__a_newer_store_is_refused_only_when_it_says_so),
        HARNESS_TEST(gate__a_user_without_rights_is_told),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
