/*
 * Migrations on a store with data, and what those of later versions bring: batches, timeouts,
 * wants. This program has three migrations more than the others (tests/store/migrations).
 */
#include "harness.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/base/memory.h"
#include "planner/store/migrate_check.h"

#define COLOUR    9001 /* has batches */
#define ODD       9002 /* sleeps, and needs a lock */
#define PROCESSES 5

static const struct query nothing = {"nothing", "SELECT '{}'::json WHERE false", 0};

static const struct migration *migration(int version)
{
    const struct migration *m = all_migrations;

    while (m->version != version)
        m++;
    return m;
}

/* The last one that the program itself has. */
static int newest(void)
{
    const struct migration *m = migration(COLOUR);

    return m[-1].version;
}

static void read_and_run(struct harness *h, const char *path)
{
    FILE *file = fopen(path, "re");
    static char text[65536];
    size_t n = 0;
    PGresult *res = NULL;

    assert_non_null(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    text[n] = '\0';
    assert_int_equal(fclose(file), 0);
    res = PQexec(h->side, text);
    assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
    PQclear(res);
}

/* A store of the program's own version with some 2,500 items. */
static void build(struct harness *h)
{
    int n = 0;

    assert_int_equal(migrate_up(&h->rq, newest(), &n), ST_OK);
    read_and_run(h, STORE_SQL);
    (void)harness_sql(h, "SET planner.writer = 'mcp-planner'; SET client_min_messages = warning");
    (void)harness_sql(h, "SELECT pg_temp.store_build('BIG', 1, 2500, 100)");
    (void)harness_sql(h, "ANALYZE planner.items");
}

static int64_t count(struct harness *h, const char *what)
{
    return strtoll(harness_sql(h, "SELECT count(*) FROM %s", what), NULL, 10);
}

static const char *state_of(struct harness *h, int version, int64_t *ret_rows)
{
    const char *problem = NULL;
    struct list rows = {0};

    assert_int_equal(migrate_status(&h->rq, &rows, &problem), ST_OK);
    for (size_t i = 0; i < rows.n; i++) {
        const struct migrate_row *row = LIST_AT(rows, i, struct migrate_row);
        if (row->version != version)
            continue;
        *ret_rows = row->batch_rows;
        return row->state;
    }
    return "nothing";
}

/* Items with an id from `from` on cannot be changed for the time being. */
static void block_items(struct harness *h, int from)
{
    (void)harness_sql(h,
                      "CREATE FUNCTION public.block() RETURNS trigger LANGUAGE plpgsql AS"
                      " 'BEGIN RAISE ''not now''; END';"
                      "CREATE TRIGGER block BEFORE UPDATE ON planner.items FOR EACH ROW"
                      " WHEN (OLD.id >= '%s'::uuid) EXECUTE FUNCTION public.block()",
                      harness_sql(h, "SELECT id FROM planner.items ORDER BY id OFFSET %d", from));
}

static void batches__run_until_nothing_is_left(void **state)
{
    struct harness *h = *state;
    struct migrate_steps steps = {0};
    const int64_t items = count(h, "planner.items");
    const int64_t audited = count(h, "planner.audit"); /* it is the program's own doing */
    int64_t rows = 0;

    assert_int_equal(migrate_up_steps(&h->rq, COLOUR, &steps), ST_OK);

    assert_int_equal(steps.n, 1);
    assert_int_equal(steps.items[0].version, COLOUR);
    assert_int_equal(steps.items[0].batches, 3);
    assert_int_equal(steps.items[0].rows, items);
    assert_string_equal(state_of(h, COLOUR, &rows), "applied");
    assert_int_equal(count(h, "planner.items WHERE colour IS NULL"), 0);
    assert_int_equal(count(h, "planner.audit"), audited);
    assert_null(harness_sql(h, "SELECT c FROM planner.projects p, planner.roll_check(p.id) c"));
    assert_null(harness_sql(h, "SELECT batch FROM planner.schema_migrations WHERE version = 9001"));
}

static void batches__go_on_where_a_broken_run_ended(void **state)
{
    struct harness *h = *state;
    struct migrate_steps steps = {0};
    int64_t rows = 0;

    block_items(h, 1700);
    h->log.level = LOG_ERROR;

    assert_int_equal(migrate_up_steps(&h->rq, COLOUR, &steps), ST_UNAVAILABLE);

    assert_string_equal(h->rq.message, "a batch of migration 9001 (colour) failed and was undone; "
                                       "the log of mcp-planner says why");
    assert_int_equal(steps.n, 1);
    assert_int_equal(steps.items[0].rows, 1000);
    assert_string_equal(state_of(h, COLOUR, &rows), "unfinished");
    assert_int_equal(rows, 1000);
    assert_int_equal(count(h, "planner.items WHERE colour IS NOT NULL"), 1000);

    (void)harness_sql(h, "DROP TRIGGER block ON planner.items");
    assert_int_equal(migrate_up_steps(&h->rq, COLOUR, &steps), ST_OK);
    assert_int_equal(steps.items[0].batches, 2);
    assert_int_equal(steps.items[0].rows, count(h, "planner.items") - 1000);
    assert_string_equal(state_of(h, COLOUR, &rows), "applied");
}

static void batches__a_program_that_knows_them_waits_until_they_are_done(void **state)
{
    struct harness *h = *state;
    int n = 0;

    block_items(h, 1700);
    h->log.level = LOG_ERROR;
    assert_int_equal(migrate_up(&h->rq, COLOUR, &n), ST_UNAVAILABLE);

    assert_int_equal(db_read(&h->rq, &nothing, NO_PARAMS, INTO_NOTHING), ST_UNAVAILABLE);

    assert_string_equal(h->rq.message, "migration 9001 (colour) of the database is not finished; "
                                       "'mcp-planner migrate up' goes on with it");
}

static void batches__unfinished_ones_can_be_undone(void **state)
{
    struct harness *h = *state;
    struct migrate_steps steps = {0};
    int n = 0;

    block_items(h, 1700);
    h->log.level = LOG_ERROR;
    assert_int_equal(migrate_up(&h->rq, COLOUR, &n), ST_UNAVAILABLE);

    assert_int_equal(migrate_down(&h->rq, newest(), &n), ST_OK);

    assert_int_equal(n, 1);
    (void)harness_sql(h, "DROP TRIGGER block ON planner.items");
    assert_int_equal(migrate_up_steps(&h->rq, COLOUR, &steps), ST_OK);
    assert_int_equal(steps.items[0].rows, count(h, "planner.items")); /* from the beginning */
}

static void batches__nothing_to_do_is_one_batch(void **state)
{
    struct harness *h = *state;
    struct migrate_steps steps = {0};
    int64_t rows = 0;

    assert_int_equal(migrate_up_steps(&h->rq, COLOUR, &steps), ST_OK);

    assert_int_equal(steps.items[steps.n - 1].batches, 1);
    assert_int_equal(steps.items[steps.n - 1].rows, 0);
    assert_string_equal(state_of(h, COLOUR, &rows), "applied");
}

/* Exactly a batch: only the next one can see that nothing is left. */
static void batches__a_full_last_one_is_followed_by_an_empty_one(void **state)
{
    struct harness *h = *state;
    struct migrate_steps steps = {0};

    (void)harness_sql(h, "ALTER TABLE planner.items ADD COLUMN colour text");
    (void)harness_sql(h,
                      "INSERT INTO planner.schema_migrations VALUES (9001, 'colour', '%s',"
                      " '0.1.0', now(), json_build_object('rows', 7, 'place', json_build_object("
                      " 'after', (SELECT id FROM planner.items ORDER BY id DESC OFFSET 1000"
                      " LIMIT 1))))",
                      migration(COLOUR)->sha256);

    assert_int_equal(migrate_up_steps(&h->rq, COLOUR, &steps), ST_OK);

    assert_int_equal(steps.items[0].batches, 2);
    assert_int_equal(steps.items[0].rows, 1000);
}

static void batches__migrators_at_once_do_each_row_once(void **state)
{
    struct harness *h = *state;
    pid_t pids[PROCESSES];
    int64_t rows = 0;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    for (size_t i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct req *rq = harness_req(h, "other");
            struct migrate_steps steps = {0};
            const enum status status = migrate_up_steps(rq, COLOUR, &steps);
            const int64_t mine = steps.n > 0 ? steps.items[0].rows : 0;
            const bool written = write(fds[1], &mine, sizeof(mine)) == sizeof(mine);
            _exit(status == ST_OK && written ? 0 : 1);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        int64_t mine = 0;
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
        assert_int_equal(read(fds[0], &mine, sizeof(mine)), sizeof(mine));
        rows += mine;
    }

    assert_int_equal(rows, count(h, "planner.items"));
    assert_int_equal(count(h, "planner.items WHERE colour IS NULL"), 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void timeouts__a_slow_statement_is_undone_and_said(void **state)
{
    struct harness *h = *state;
    int64_t rows = 0;
    int n = 0;

    assert_int_equal(migrate_up(&h->rq, COLOUR, &n), ST_OK);
    (void)harness_sql(h, "CREATE TABLE public.slow ()");
    h->log.level = LOG_ERROR;

    assert_int_equal(migrate_up(&h->rq, ODD, &n), ST_UNAVAILABLE);

    assert_string_equal(h->rq.message,
                        "a statement of migration 9002 (odd) took longer than its statement "
                        "timeout, and all of it was undone; run it again when the database has "
                        "less to do");
    assert_string_equal(state_of(h, ODD, &rows), "pending");
    (void)harness_sql(h, "DROP TABLE public.slow");
    assert_int_equal(migrate_up(&h->rq, ODD, &n), ST_OK);
}

static void timeouts__a_lock_that_others_hold_is_not_waited_for_long(void **state)
{
    struct harness *h = *state;
    int64_t rows = 0;
    int n = 0;

    assert_int_equal(migrate_up(&h->rq, COLOUR, &n), ST_OK);
    (void)harness_sql(h, "BEGIN; SELECT count(*) FROM planner.items");
    h->log.level = LOG_ERROR;

    assert_int_equal(migrate_up(&h->rq, ODD, &n), ST_UNAVAILABLE);

    assert_non_null(strstr(h->rq.message,
                           "migration 9002 (odd) waited longer for a lock than its lock timeout"));
    (void)harness_sql(h, "COMMIT");
    assert_string_equal(state_of(h, ODD, &rows), "pending");
    assert_int_equal(migrate_up(&h->rq, ODD, &n), ST_OK);
    (void)harness_sql(h, "BEGIN; SELECT count(*) FROM planner.items");
    assert_int_equal(migrate_down(&h->rq, COLOUR, &n), ST_UNAVAILABLE);
    assert_non_null(strstr(h->rq.message, "undoing migration 9002 (odd) waited longer"));
    (void)harness_sql(h, "COMMIT");
}

static void wants__what_the_server_lacks_is_said_before_the_script_runs(void **state)
{
    struct harness *h = *state;
    int64_t rows = 0;
    int n = 0;

    assert_int_equal(migrate_up(&h->rq, ODD, &n), ST_OK);

    assert_int_equal(migrate_up(&h->rq, 0, &n), ST_UNAVAILABLE);

    assert_int_equal(n, 0);
    assert_string_equal(h->rq.message,
                        "migration 9003 (wants) wants the extension 'planner_is_not_there'; "
                        "install its package on the server, then have a superuser run CREATE "
                        "EXTENSION planner_is_not_there in this database");
    assert_string_equal(state_of(h, 9003, &rows), "pending");
}

static void look__sees_who_holds_locks_and_who_migrates(void **state)
{
    struct harness *h = *state;
    struct migrate_surroundings around = {0};
    struct migrate_plan plan = {0};
    struct req *other = harness_req(h, "other");
    PGconn *second = PQconnectdb(h->dsn);

    (void)harness_sql(
        h, "SET application_name = 'watcher'; BEGIN; SELECT count(*) FROM planner.items");
    PQclear(PQexec(second, "BEGIN; SELECT pg_sleep(5.1); SELECT pg_advisory_xact_lock("
                           "7236218560021377521)"));
    assert_int_equal(migrate_plan(other, MIGRATE_UP, 0, &plan), ST_OK);
    assert_int_equal(migrate_look(other, &plan, &around), ST_OK);

    assert_int_equal(plan.steps.n, 3);
    assert_int_equal(around.server.v, PQserverVersion(second) / 10000);
    assert_true(around.bytes.v > 0);
    if (PQhost(second)[0] == '/' && access(around.data_directory, F_OK) == 0)
        assert_true(around.disk_free > 0);
    assert_int_equal(around.extensions.n, 2);
    assert_int_equal(around.transactions.n, 1); /* the other one holds nothing of ours */
    assert_string_equal(LIST_AT(around.transactions, 0, struct migrate_session)->application,
                        "watcher");
    assert_int_equal(LIST_AT(around.transactions, 0, struct migrate_session)->pid.v,
                     PQbackendPID(h->side));
    assert_true(LIST_AT(around.transactions, 0, struct migrate_session)->seconds.v >= 5);
    assert_int_equal(around.migrators.n, 1);
    assert_int_equal(LIST_AT(around.migrators, 0, struct migrate_session)->pid.v,
                     PQbackendPID(second));
    PQfinish(second);
}

/* Everything that a store holds, but for what belongs to single migrations. */
static const char *contents(struct harness *h)
{
    return harness_sql(h, "SELECT md5(string_agg(x.line, E'\\n' ORDER BY x.line)) FROM ("
                          " SELECT to_jsonb(i)::text FROM planner.items i"
                          " UNION ALL SELECT to_jsonb(s)::text FROM planner.steps s"
                          " UNION ALL SELECT to_jsonb(r)::text FROM planner.roll r"
                          " UNION ALL SELECT to_jsonb(p)::text FROM planner.projects p"
                          " UNION ALL SELECT to_jsonb(t)::text FROM planner.iterations t"
                          " UNION ALL SELECT to_jsonb(e)::text FROM planner.evidence e"
                          " UNION ALL SELECT to_jsonb(a)::text FROM planner.audit a) AS x (line)");
}

/* Down to each version in turn and up again, with a store full of data. */
static void each_migration__goes_down_and_up_on_a_store_with_data(void **state)
{
    struct harness *h = *state;
    const char *before = contents(h);

    for (int version = newest() - 1; version >= 1; version--) {
        int n = 0;
        assert_int_equal(migrate_down(&h->rq, version, &n), ST_OK);
        assert_int_equal(n, newest() - version);
        assert_int_equal(migrate_up(&h->rq, newest(), &n), ST_OK);
        assert_int_equal(n, newest() - version);

        assert_string_equal(contents(h), before);
        assert_null(harness_sql(h, "SELECT c FROM planner.projects p, planner.roll_check(p.id) c"));
        assert_int_equal(count(h, "planner.search_texts"), count(h, "planner.items"));
    }
}

static void each_migration__can_be_undone_with_all_that_is_stored(void **state)
{
    struct harness *h = *state;
    int n = 0;

    assert_int_equal(migrate_down(&h->rq, 0, &n), ST_OK);

    assert_int_equal(n, newest());
    assert_string_equal(harness_sql(h, "SELECT string_agg(relname, ' ') FROM pg_class"
                                       " WHERE relnamespace = 'planner'::regnamespace"
                                       " AND relkind = 'r'"),
                        "schema_migrations");
}

static void headers__are_what_the_files_say(void **state)
{
    const struct migration *m = migration(ODD);

    (void)state;
    assert_string_equal(m->up.locks,
                        "reads and writes of items; what \"\\;\" and 'quotes' are for");
    assert_string_equal(m->up.lock_timeout, "200ms");
    assert_string_equal(m->up.statement_timeout, "700ms");
    assert_string_equal(m->down.lock_timeout, "300ms");
    assert_string_equal(m->down.statement_timeout, "400ms");
    assert_string_equal(m->depends_on, "0001 9001");
    assert_string_equal(m->phase, "contract");
    assert_string_equal(m->oldest_program, "0.1.0");
    assert_null(m->batch);
    assert_string_equal(m->sha256, m->up.sha256);
    assert_string_not_equal(m[-1].sha256, m[-1].up.sha256); /* its batches count, too */
    assert_string_equal(m[1].extensions, "plpgsql planner_is_not_there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(batches__run_until_nothing_is_left),
        HARNESS_TEST(batches__go_on_where_a_broken_run_ended),
        HARNESS_TEST(batches__a_program_that_knows_them_waits_until_they_are_done),
        HARNESS_TEST(batches__unfinished_ones_can_be_undone),
        HARNESS_EMPTY(batches__nothing_to_do_is_one_batch),
        HARNESS_TEST(batches__a_full_last_one_is_followed_by_an_empty_one),
        HARNESS_TEST(batches__migrators_at_once_do_each_row_once),
        HARNESS_EMPTY(timeouts__a_slow_statement_is_undone_and_said),
        HARNESS_EMPTY(timeouts__a_lock_that_others_hold_is_not_waited_for_long),
        HARNESS_TEST(wants__what_the_server_lacks_is_said_before_the_script_runs),
        HARNESS_TEST(look__sees_who_holds_locks_and_who_migrates),
        HARNESS_TEST(each_migration__goes_down_and_up_on_a_store_with_data),
        HARNESS_TEST(each_migration__can_be_undone_with_all_that_is_stored),
        cmocka_unit_test(headers__are_what_the_files_say),
    };

    return harness_run_filled(tests, LENGTH_OF(tests), build);
}
