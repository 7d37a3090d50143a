#include "planner/store/dump.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dump_private.h"
#include "planner/cluster/programs.h"
#include "planner/store/load.h"

#define LOOK_MS 200 /* how often a program is asked whether it has ended */

static const struct field table_fields[] = {
    ROW_STR(struct dump_table, name, REQUIRED),
    ROW_INT(struct dump_table, rows, OPTIONAL),
    ROW_STR(struct dump_table, hash, OPTIONAL),
    FIELD_END,
};
static const struct field facts_fields[] = {
    ROW_STR(struct dump_facts, snapshot, REQUIRED),
    ROW_STR(struct dump_facts, taken_at, REQUIRED),
    ROW_STR(struct dump_facts, server, REQUIRED),
    ROW_INT(struct dump_facts, server_major, REQUIRED),
    ROW_STR(struct dump_facts, store, REQUIRED),
    ROW_INT(struct dump_facts, schema, OPTIONAL),
    ROW_INT(struct dump_facts, bytes, REQUIRED),
    FIELD_END,
};

struct tables {
    struct list tables;
};
static const struct field tables_fields[] = {
    ROW_LIST(struct tables, tables, table_fields, struct dump_table, REQUIRED),
    FIELD_END,
};

static const struct field target_fields[] = {
    ROW_INT(struct load_target, server_major, REQUIRED),
    ROW_BOOL(struct load_target, standby, REQUIRED),
    ROW_BOOL(struct load_target, has_schema, REQUIRED),
    ROW_BOOL(struct load_target, has_tables, REQUIRED),
    ROW_INT(struct load_target, projects, REQUIRED),
    ROW_STR(struct load_target, role, REQUIRED),
    ROW_STR(struct load_target, database, REQUIRED),
    ROW_BOOL(struct load_target, may_create, REQUIRED),
    ROW_STR(struct load_target, owner, OPTIONAL),
    FIELD_END,
};

enum status dump_open(struct req *rq, const char *doing, struct runner *run)
{
    TRY(runner_open(rq, run));
    run->doing = doing;
    if (rq->db->pooled)
        return req_fail(rq, ST_UNAVAILABLE,
                        "a pooler stands before the server, and %s needs a session of its own; "
                        "name the server itself with --dsn",
                        doing);
    return ST_OK;
}

enum status dump_target(struct runner *run, struct load_target *ret_target)
{
    return runner_query(run, &q_load_look, NO_PARAMS, INTO(target_fields, ret_target));
}

enum status dump_tables(struct runner *run, struct list *ret_tables)
{
    struct tables found = {0};

    TRY(runner_query(run, &q_dump_tables, NO_PARAMS, INTO(tables_fields, &found)));
    *ret_tables = found.tables;
    return ST_OK;
}

enum status dump_sum(struct runner *run, const char *name, struct dump_table *ret_table)
{
    struct dump_table sum = {0};

    TRY(runner_query(run, &q_dump_sum, PARAMS(name), INTO(table_fields + 1, &sum)));
    sum.name = name;
    *ret_table = sum;
    return ST_OK;
}

static enum status check_made(struct runner *run)
{
    struct load_target target = {0};

    TRY(dump_target(run, &target));
    if (target.has_tables.v)
        return ST_OK;
    return req_fail(run->rq, ST_NOT_FOUND,
                    "there is nothing to back up: the database has no store yet");
}

static enum status begin(struct runner *run, struct dump_facts *facts)
{
    TRY(runner_query(run, &q_dump_lock, NO_PARAMS, INTO_NOTHING));
    TRY(runner_sql(run, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    TRY(runner_query(run, &q_dump_settings, NO_PARAMS, INTO_NOTHING));
    TRY(runner_query(run, &q_dump_facts, NO_PARAMS, INTO(facts_fields, facts)));
    return dump_tables(run, &facts->tables);
}

static enum status start_program(struct req *rq, struct dump_facts *facts, const char *path,
                                 int says, pid_t *ret_pid)
{
    const char *program = NULL;
    const char *conninfo = NULL;
    int major = 0;

    TRY(dump_find_program(rq, "pg_dump", (int)facts->server_major.v, &program, &major));
    facts->pg_dump = SOME_INT(major);
    TRY(dump_connection(rq, &conninfo));
    const char *const argv[] = {program,
                                "--format=custom",
                                "--schema=planner",
                                "--no-unlogged-table-data",
                                "--no-password",
                                arena_printf(rq->arena, "--snapshot=%s", facts->snapshot),
                                "--file",
                                path,
                                "--dbname",
                                conninfo,
                                NULL};
    *ret_pid = program_start(argv, (struct program_io){-1, STDERR_FILENO, SIGTERM, says});
    dump_hide_secret();
    return *ret_pid > 0 ? ST_OK : req_fail(rq, ST_UNAVAILABLE, "pg_dump cannot be started");
}

/* What it comes to in the end is not known: rows are packed, and indexes are not in it. */
static void tell_size(struct req *rq, const char *path, const struct dump_facts *facts)
{
    struct stat st;

    if (stat(path, &st) == 0)
        req_progress(rq, (double)st.st_size, (double)facts->bytes.v, "dumping");
}

static enum status sum_tables(struct runner *run, const char *path, struct dump_facts *facts)
{
    for (size_t i = 0; i < facts->tables.n; i++) {
        struct dump_table *table = LIST_AT(facts->tables, i, struct dump_table);
        tell_size(run->rq, path, facts);
        TRY(dump_sum(run, table->name, table));
    }
    return ST_OK;
}

/* How it ended goes into *ret_how; one that we were told not to wait for is left. */
static enum status await_program(struct req *rq, pid_t pid, const char *path,
                                 const struct dump_facts *facts, int *ret_how)
{
    bool ready = false;

    for (;;) {
        const pid_t got = waitpid(pid, ret_how, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            return ST_OK;
        tell_size(rq, path, facts);
        TRY(req_wait(rq, -1, 0, LOOK_MS, &ready));
    }
}

static enum status judge_program(struct req *rq, int how, const char *said)
{
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return ST_OK;
    return req_fail(rq, ST_UNAVAILABLE,
                    "pg_dump failed (%s); nothing is left of this backup; mend that and take it "
                    "again",
                    said[0] != '\0' ? said : "it was ended, and said nothing");
}

/* pg_dump and the hashes at the same time: two sessions, one snapshot. */
static enum status dump_and_sum(struct runner *run, const char *path, struct dump_facts *facts)
{
    OWN_HEARING says = dump_hear();
    enum status status = ST_OK;
    pid_t pid = -1;
    int how = 0;

    TRY(start_program(run->rq, facts, path, says, &pid));
    status = sum_tables(run, path, facts);
    if (status == ST_OK)
        status = await_program(run->rq, pid, path, facts, &how);
    if (status == ST_OK)
        return judge_program(run->rq, how, dump_heard(run->rq, says));
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    (void)dump_heard(run->rq, says);
    return status;
}

/* The list alone would not notice that the rows are cut off. */
static enum status read_back(struct req *rq, const char *path, const struct dump_facts *facts)
{
    OWN_HEARING says = dump_hear();
    const char *program = NULL;
    const char *said = NULL;
    bool ok = false;
    int major = 0;

    TRY(dump_find_program(rq, "pg_restore", (int)facts->pg_dump.v, &program, &major));
    const char *const argv[] = {program, "--file=/dev/null", path, NULL};
    ok = program_run(argv, (struct program_io){-1, STDERR_FILENO, SIGTERM, says});
    said = dump_heard(rq, says);
    if (ok)
        return ST_OK;
    return req_fail(rq, ST_UNAVAILABLE,
                    "what pg_dump wrote cannot be read back (%s); look at the disk and try again",
                    said);
}

static enum status open_store(struct req *rq, struct runner *run)
{
    if (!db_is_made(rq))
        return req_fail(rq, ST_NOT_FOUND,
                        "there is nothing to back up: the private database has not been made yet");
    TRY(dump_open(rq, "a backup", run));
    return check_made(run);
}

enum status dump_identify(struct req *rq, const char **ret_store)
{
    OWN_RUNNER run = {0};
    struct dump_facts facts = {0};

    TRY(open_store(rq, &run));
    TRY(runner_query(&run, &q_dump_facts, NO_PARAMS, INTO(facts_fields, &facts)));
    *ret_store = facts.store;
    return ST_OK;
}

enum status dump_write(struct req *rq, const char *path, struct dump_facts *ret_facts)
{
    OWN_RUNNER run = {0};
    struct dump_facts facts = {0};

    TRY(open_store(rq, &run));
    TRY(begin(&run, &facts));
    TRY(dump_and_sum(&run, path, &facts));
    TRY(runner_sql(&run, "COMMIT"));
    runner_close(&run);
    TRY(read_back(rq, path, &facts));
    *ret_facts = facts;
    return ST_OK;
}
