#include "planner/store/load.h"

#include "dump_private.h"
#include "planner/base/clock.h"

#define LOCK_TRIES   30
#define LOOK_BACK_MS 30000 /* a server that crashed comes back by then, or somebody has to look */

/* One load. */
struct load {
    struct runner *run;
    const struct load_order *order;
    struct load_target target;
    struct load_report report;
    int schema_before; /* the newest migration of what is replaced; 0: none */
};

/* What was done since the savepoint. */
static enum status take_back(struct runner *run)
{
    TRY(runner_sql(run, "ROLLBACK TO SAVEPOINT place"));
    return runner_sql(run, "RELEASE SAVEPOINT place");
}

enum status load_look(struct req *rq, struct load_target *ret_target)
{
    OWN_RUNNER run = {0};

    TRY(dump_open(rq, "a restore", &run));
    return dump_target(&run, ret_target);
}

/* The server's own word would be about a schema that the restore makes on its way. */
static enum status check_rights(const struct load *l)
{
    const struct load_target *t = &l->target;

    if (!t->may_create.v)
        return req_fail(l->run->rq, ST_UNAVAILABLE,
                        "role %s may not create a schema in database %s; nothing was changed; let "
                        "its owner run: GRANT CREATE ON DATABASE %s TO %s",
                        t->role, t->database, t->database, t->role);
    if (t->owner != NULL)
        return req_fail(l->run->rq, ST_UNAVAILABLE,
                        "schema planner belongs to %s, and only its owner can put another one in "
                        "its place; nothing was changed; restore as %s, or let a superuser run: "
                        "GRANT %s TO %s",
                        t->owner, t->owner, t->owner, t->role);
    return ST_OK;
}

static enum status check_target(const struct load *l)
{
    struct req *rq = l->run->rq;
    const int ours = (int)l->target.server_major.v;
    const int its = (int)l->order->says->server_major.v;

    if (l->target.standby.v)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the server is a standby and takes no changes; name its primary");
    if (ours < its)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the backup is of PostgreSQL %d and the server is %d; restore into %d or "
                        "newer",
                        its, ours, its);
    if (l->target.projects.v > 0 && !l->order->replace)
        return req_fail(rq, ST_CONFLICT,
                        "there is a store with %lld projects; --replace puts the backup in its "
                        "place",
                        (long long)l->target.projects.v);
    return check_rights(l);
}

/* ------------------------------------------------------------------ comparing */

static const char *told(struct arena *arena, const struct dump_table *table)
{
    return arena_printf(arena, "%lld rows, hash %s", (long long)table->rows.v, table->hash);
}

static void differ(struct load *l, const char *table, const char *expected, const char *found)
{
    struct load_difference *list = l->report.differences.items;

    list[l->report.differences.n++] = (struct load_difference){table, expected, found};
}

static enum status compare_table(struct load *l, const struct dump_table *expected)
{
    struct arena *arena = l->run->rq->arena;
    struct dump_table found = {0};

    TRY(dump_sum(l->run, expected->name, &found));
    if (found.rows.v != expected->rows.v || strcmp(found.hash, expected->hash) != 0)
        differ(l, expected->name, told(arena, expected), told(arena, &found));
    return ST_OK;
}

static bool has_table(const struct list *tables, const char *name)
{
    for (size_t i = 0; i < tables->n; i++) {
        if (strcmp(LIST_AT(*tables, i, struct dump_table)->name, name) == 0)
            return true;
    }
    return false;
}

static enum status compare_all(struct load *l, const struct list *found)
{
    const struct list *says = &l->order->says->tables;

    l->report.differences.items =
        ARENA_MANY(l->run->rq->arena, says->n + found->n + 2, struct load_difference);
    for (size_t i = 0; i < says->n; i++) {
        const struct dump_table *expected = LIST_AT(*says, i, struct dump_table);
        if (has_table(found, expected->name))
            TRY(compare_table(l, expected));
        else
            differ(l, expected->name, told(l->run->rq->arena, expected), "no such table");
    }
    for (size_t i = 0; i < found->n; i++) {
        const char *name = LIST_AT(*found, i, struct dump_table)->name;
        if (!has_table(says, name))
            differ(l, name, "no such table", "a table");
    }
    return ST_OK;
}

/*
 * The manifest stands outside of what its hashes are of, and is believed in nothing that the dump
 * itself can tell.
 */
static enum status compare_facts(struct load *l)
{
    static const struct field fields[] = {
        ROW_INT(struct dump_facts, schema, OPTIONAL),
        ROW_STR(struct dump_facts, store, REQUIRED),
        FIELD_END,
    };
    const struct dump_facts *says = l->order->says;
    struct arena *arena = l->run->rq->arena;
    struct dump_facts found = {0};

    TRY(runner_query(l->run, &q_load_facts, NO_PARAMS, INTO(fields, &found)));
    if (found.schema.v != says->schema.v)
        differ(l, "schema", arena_printf(arena, "migration %lld", (long long)says->schema.v),
               arena_printf(arena, "migration %lld", (long long)found.schema.v));
    if (strcmp(found.store, says->store) != 0)
        differ(l, "store", says->store, found.store);
    return ST_OK;
}

static enum status judge_differences(const struct load *l)
{
    const struct load_difference *first = l->report.differences.items;

    if (l->report.differences.n == 0 || l->order->is_drill)
        return ST_OK;
    return req_fail(l->run->rq, ST_CONFLICT,
                    "what came back is not what the manifest says: %s has %s, not %s; take another "
                    "backup, nothing was changed",
                    first->table, first->found, first->expected);
}

static enum status check(struct load *l)
{
    const int64_t began = clock_monotonic_ms();
    struct migrate_view view = {0};
    struct list tables = {0};

    req_progress(l->run->rq, 0, 0, "comparing");
    TRY(dump_tables(l->run, &tables));
    TRY(compare_all(l, &tables));
    if (l->report.differences.n == 0) /* else it may be no store at all */
        TRY(compare_facts(l));
    TRY(judge_differences(l));
    TRY(runner_read_view(l->run, &view));
    if (view.refused)
        return req_fail(l->run->rq, ST_CONFLICT, "%s; nothing was changed", view.problem);
    l->report.problem = view.problem;
    l->report.check_ms = clock_monotonic_ms() - began;
    return ST_OK;
}

/* ------------------------------------------------------------------ loading */

static enum status load(struct load *l)
{
    const struct dump_facts *says = l->order->says;
    const int64_t began = clock_monotonic_ms();
    struct load_stream stream = {.run = l->run, .path = l->order->path, .total = says->bytes.v};
    int found = 0;

    /* It only unpacks: the statements in the archive are those that pg_dump has written. */
    TRY(dump_find_program(l->run->rq, "pg_restore", (int)says->pg_dump.v, &stream.program, &found));
    TRY(load_section(&stream, "pre-data"));
    TRY(load_section(&stream, "data"));
    req_progress(l->run->rq, 0, 0, "indexes and keys");
    TRY(load_section(&stream, "post-data"));
    TRY(runner_query(l->run, &q_dump_settings, NO_PARAMS, INTO_NOTHING));
    TRY(runner_query(l->run, &q_load_analyze, NO_PARAMS, INTO_NOTHING));
    l->report.load_ms = clock_monotonic_ms() - began;
    return ST_OK;
}

/* ------------------------------------------------------------------ swapping */

/* All of it or nothing: whoever made us wait may hold what the next statement wants. */
static enum status try_swap(struct load *l)
{
    TRY(runner_sql(l->run, "SAVEPOINT place"));
    TRY(runner_sql(l->run, "SET LOCAL lock_timeout = '2s'"));
    if (l->target.has_tables.v) {
        TRY(runner_query(l->run, &q_load_lock, NO_PARAMS, INTO_NOTHING));
        TRY(dump_target(l->run, &l->target)); /* a first project may have been made meanwhile */
        TRY(check_target(l));
        TRY(runner_query(l->run, &q_load_unused, NO_PARAMS, INTO_NOTHING));
    }
    TRY(runner_query(l->run, &q_load_numbers, PARAMS(l->order->says->taken_at), INTO_NOTHING));
    return runner_query(l->run, &q_load_drop, NO_PARAMS, INTO_NOTHING);
}

static bool is_busy(const struct runner *run)
{
    return strcmp(run->fault.sqlstate, "55P03") == 0 || strcmp(run->fault.sqlstate, "40P01") == 0;
}

static enum status swap(struct load *l)
{
    bool ready = false;

    if (!l->target.has_schema.v)
        return runner_query(l->run, &q_load_numbers, PARAMS(l->order->says->taken_at),
                            INTO_NOTHING);
    for (int i = 0; i < LOCK_TRIES; i++) {
        const enum status status = try_swap(l);
        if (status == ST_OK || !is_busy(l->run))
            return status;
        TRY(take_back(l->run));
        TRY(req_wait(l->run->rq, -1, 0, 100, &ready));
    }
    return req_fail(l->run->rq, ST_UNAVAILABLE,
                    "the store was in use for a minute without a pause (a backup, a long "
                    "transaction: 'mcp-planner doctor' names it); nothing was changed, try again");
}

/* ------------------------------------------------------------------ the end */

/* What has the place of the store, and the session that looks or is looked for. */
struct place {
    struct opt_int schema, session;
    struct opt_bool busy;
};
static const struct field place_fields[] = {
    ROW_INT(struct place, schema, REQUIRED),
    ROW_INT(struct place, session, REQUIRED),
    ROW_BOOL(struct place, busy, REQUIRED),
    FIELD_END,
};

/* Look with another session. ST_NOT_READY: the lost one is still at it, or nobody answers. */
static enum status look_back(struct load *l, const struct place *ours, bool *ret_done)
{
    OWN_RUNNER run = {0};
    struct place found = {0};

    if (runner_open(l->run->rq, &run) != ST_OK ||
        runner_query(&run, &q_load_place, PARAMS(param_int(l->run->rq, ours->session.v)),
                     INTO(place_fields, &found)) != ST_OK ||
        found.busy.v)
        return l->run->rq->cancelled ? ST_CANCELLED : ST_NOT_READY;
    *ret_done = found.schema.v == ours->schema.v;
    return ST_OK;
}

/* The connection broke at COMMIT: which store is there now? */
static enum status commit_lost(struct load *l, const struct place *ours)
{
    const int64_t deadline = clock_monotonic_ms() + LOOK_BACK_MS;
    struct req *rq = l->run->rq;
    enum status status = ST_OK;
    bool ready = false;
    bool done = false;

    req_note(rq, LOG_WARNING, "the connection broke at the very end: looking what became of it");
    while ((status = look_back(l, ours, &done)) == ST_NOT_READY) {
        if (clock_monotonic_ms() >= deadline)
            return req_fail(rq, ST_UNKNOWN,
                            "the connection broke at the very end: either the old store is there "
                            "or the new one, whole; look before you try again");
        TRY(req_wait(rq, -1, 0, 200, &ready));
    }
    TRY(status);
    if (!done)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the connection broke at the very end; the old store is there, nothing was "
                        "changed; try again");
    return ST_OK;
}

static enum status commit(struct load *l)
{
    struct place ours = {0};
    enum status status = ST_OK;

    TRY(runner_query(l->run, &q_load_place, PARAMS(NULL), INTO(place_fields, &ours)));
    status = runner_sql(l->run, "COMMIT");
    if (status == ST_OK || PQstatus(l->run->conn) == CONNECTION_OK)
        return status;
    return commit_lost(l, &ours);
}

/*
 * Sessions look at the schema when they connect. Ended here, they wait at the table of migrations,
 * which is locked with the old store, until it is decided which store they look at; afterwards we
 * might be killed before we come to it.
 */
static enum status wake(struct load *l)
{
    const struct dump_facts *says = l->order->says;

    if (!l->target.has_schema.v || l->schema_before == (int)says->schema.v)
        return ST_OK;
    return runner_query(l->run, &q_load_wake, NO_PARAMS, INTO_NOTHING);
}

static enum status settle(struct load *l)
{
    const int64_t began = clock_monotonic_ms();

    req_progress(l->run->rq, 0, 0, "taking its place");
    TRY(runner_query(l->run, &q_load_forget, NO_PARAMS, INTO_NOTHING));
    TRY(runner_query(l->run, &q_load_mark, NO_PARAMS, INTO_NOTHING));
    TRY(swap(l));
    TRY(wake(l));
    TRY(commit(l));
    l->report.swap_ms = clock_monotonic_ms() - began;
    return ST_OK;
}

static enum status begin(struct load *l)
{
    struct migrate_view view = {0};

    TRY(runner_begin_alone(l->run));
    TRY(runner_query(l->run, &q_dump_settings, NO_PARAMS, INTO_NOTHING));
    TRY(dump_target(l->run, &l->target));
    TRY(check_target(l));
    if (!l->target.has_schema.v)
        return ST_OK;
    TRY(runner_sql(l->run, "SAVEPOINT place")); /* a schema may be there without its record */
    TRY(runner_read_view(l->run, &view));
    TRY(take_back(l->run));
    l->schema_before = view.newest;
    return runner_query(l->run, &q_load_aside, NO_PARAMS, INTO_NOTHING);
}

enum status load_store(struct req *rq, const struct load_order *order,
                       struct load_report *ret_report)
{
    OWN_RUNNER run = {0};
    struct load l = {.run = &run, .order = order};

    TRY(dump_open(rq, "a restore", &run));
    TRY(begin(&l));
    TRY(load(&l));
    TRY(check(&l));
    TRY(settle(&l));
    l.report.replaced = l.target.projects.v > 0;
    *ret_report = l.report;
    return ST_OK;
}
