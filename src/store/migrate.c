/*
 * Running migrations: a connection of its own without pipeline (a script holds many statements),
 * a transaction each, one at a time in the whole database by an advisory lock.
 */
#include "db_private.h"

#include <poll.h>
#include <unistd.h>

#include "planner/base/clock.h"

#define STEP_MS 600000 /* a script that takes longer is not waited for */

/*
 * Waiting for the lock has to outlast another process's script. The settings count for this
 * transaction only, so they hold behind a pooler too.
 */
static const char *const begin_sql[] = {
    "BEGIN", "SET LOCAL statement_timeout = 0", "SET LOCAL lock_timeout = 0",
    "SET LOCAL client_min_messages = warning", "SET LOCAL search_path = planner, pg_catalog"};

struct runner {
    struct req *rq;
    PGconn *conn;
    const char *doing;     /* for messages: "migration 1 (planner)" */
    struct db_fault fault; /* of the last statement that was refused */
};

static void runner_close(struct runner *run)
{
    if (run->conn != NULL)
        PQfinish(run->conn);
    run->conn = NULL;
}
#define OWN_RUNNER __attribute__((cleanup(runner_close))) struct runner

static enum status runner_open(struct req *rq, struct runner *run)
{
    const int64_t deadline = clock_monotonic_ms() + rq->db->config.connect_timeout_ms;

    run->rq = rq;
    run->doing = "the record of migrations";
    TRY(db_open(rq, rq->db, deadline, &run->conn));
    if (PQsetnonblocking(run->conn, 1) != 0)
        return req_bug(rq, "the connection refuses to be nonblocking");
    return ST_OK;
}

/* A PGresult that is freed at the end of its block. */
static void result_clear(PGresult **res)
{
    PQclear(*res);
}
#define OWN_PGRESULT __attribute__((cleanup(result_clear))) PGresult

static enum status lost(struct runner *run)
{
    db_gist_set(run->rq->db, PQerrorMessage(run->conn));
    return db_away_fail(run->rq);
}

/* The one who waits has gone: the script must not go on holding locks. */
static enum status stop(struct runner *run, enum status status)
{
    const int helper = db_helper_cancel(run->conn);
    bool ready = false;

    if (helper >= 0) {
        (void)waiter_plain.wait(NULL, run->rq, helper, POLLIN, DB_DRAIN_MS, &ready);
        (void)close(helper);
    }
    runner_close(run);
    return status;
}

static enum status wait_result(struct runner *run, int64_t deadline)
{
    for (;;) {
        const int unsent = PQflush(run->conn);
        bool ready = false;
        enum status status = ST_OK;
        if (unsent <= 0 && PQisBusy(run->conn) == 0)
            return ST_OK;
        status =
            req_wait(run->rq, PQsocket(run->conn), (short)(POLLIN | (unsent > 0 ? POLLOUT : 0)),
                     db_left_ms(deadline, clock_monotonic_ms()), &ready);
        if (status != ST_OK)
            return stop(run, status);
        if (!ready)
            return stop(run, req_fail(run->rq, ST_UNAVAILABLE, "%s took too long and was undone",
                                      run->doing));
        if (PQconsumeInput(run->conn) == 0)
            return lost(run);
    }
}

static void note_refusal(struct runner *run, const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    run->fault = (struct db_fault){.query = run->doing};
    run->fault.message = arena_strdup(run->rq->arena, message == NULL ? "" : message);
    (void)snprintf(run->fault.sqlstate, sizeof(run->fault.sqlstate), "%s",
                   state == NULL ? "" : state);
}

static enum status refused(struct runner *run)
{
    const struct db_fault *fault = &run->fault;

    if (strcmp(fault->sqlstate, "42501") == 0 || strncmp(fault->sqlstate, "53", 2) == 0 ||
        strcmp(fault->sqlstate, "25006") == 0)
        return db_fault_fail(run->rq, fault);
    log_write(run->rq->log, LOG_ERROR, "%s: SQLSTATE %s: %.300s", run->doing, fault->sqlstate,
              fault->message);
    return req_fail(run->rq, ST_UNAVAILABLE,
                    "%s failed and was undone; the log of mcp-planner says why", run->doing);
}

/* Read every result of what was sent; the last one is the caller's. Refusals are in run->fault. */
static enum status read_results(struct runner *run, PGresult **ret_last)
{
    const int64_t deadline = clock_monotonic_ms() + STEP_MS;
    PGresult *last = NULL;
    PGresult *res = NULL;

    run->fault = (struct db_fault){0};
    for (;;) {
        const enum status status = wait_result(run, deadline);
        if (status != ST_OK) {
            PQclear(last);
            return status;
        }
        res = PQgetResult(run->conn);
        if (res == NULL)
            break;
        if (PQresultStatus(res) == PGRES_FATAL_ERROR)
            note_refusal(run, res);
        PQclear(last);
        last = res;
    }
    *ret_last = last;
    return PQstatus(run->conn) == CONNECTION_OK ? ST_OK : lost(run);
}

static enum status run_sql(struct runner *run, const char *sql)
{
    OWN_PGRESULT *res = NULL;

    if (PQsendQuery(run->conn, sql) != 1)
        return lost(run);
    TRY(read_results(run, &res));
    return run->fault.sqlstate[0] == '\0' ? ST_OK : refused(run);
}

static enum status send_query(struct runner *run, const struct query *q, const char *const *params,
                              PGresult **ret_res)
{
    if (PQsendQueryParams(run->conn, q->sql, q->n_params, NULL, params, NULL, NULL, 0) != 1)
        return lost(run);
    return read_results(run, ret_res);
}

static enum status run_query(struct runner *run, const struct query *q, const char *const *params)
{
    OWN_PGRESULT *res = NULL;

    TRY(send_query(run, q, params, &res));
    return run->fault.sqlstate[0] == '\0' ? ST_OK : refused(run);
}

/* The records, or none where there is no table. */
static enum status read_view(struct runner *run, struct migrate_view *ret_view)
{
    struct migrate_records records = {0};
    OWN_PGRESULT *res = NULL;

    TRY(send_query(run, &q_migrate_records, NO_PARAMS, &res));
    if (run->fault.sqlstate[0] == '\0')
        TRY(db_decode(run->rq, &q_migrate_records, &INTO(migrate_records_fields, &records), res));
    else if (strcmp(run->fault.sqlstate, "42P01") != 0)
        return refused(run);
    migrate_compare(run->rq->arena, all_migrations, &records.records, PLANNER_VERSION, ret_view);
    return ST_OK;
}

struct exists {
    struct opt_bool has_schema;
    struct opt_bool has_table;
};
static const struct field exists_fields[] = {FIELD_BOOL(struct exists, has_schema, REQUIRED, NULL),
                                             FIELD_BOOL(struct exists, has_table, REQUIRED, NULL),
                                             FIELD_END};

static enum status make_record(struct runner *run)
{
    struct exists exists = {0};
    OWN_PGRESULT *res = NULL;

    TRY(send_query(run, &q_migrate_exists, NO_PARAMS, &res));
    if (run->fault.sqlstate[0] != '\0')
        return refused(run);
    TRY(db_decode(run->rq, &q_migrate_exists, &INTO(exists_fields, &exists), res));
    if (!exists.has_schema.v)
        TRY(run_query(run, &q_migrate_schema, NO_PARAMS));
    return exists.has_table.v ? ST_OK : run_query(run, &q_migrate_table, NO_PARAMS);
}

static const struct migration *find(int version)
{
    for (const struct migration *m = all_migrations; m->version != 0; m++) {
        if (m->version == version)
            return m;
    }
    return NULL;
}

/* 0 stands for all. */
static enum status check_version(struct req *rq, int version)
{
    if (version == 0 || find(version) != NULL)
        return ST_OK;
    return req_fail(rq, ST_INVALID, "'%d' is no migration of this program; see migrate status",
                    version);
}

static const char *state_of(const struct migrate_view *view, int version)
{
    for (size_t i = 0; i < view->rows.n; i++) {
        const struct migrate_row *row = LIST_AT(view->rows, i, struct migrate_row);
        if (row->version == version)
            return row->state;
    }
    return "pending";
}

static enum status begin_locked(struct runner *run, struct migrate_view *ret_view)
{
    for (size_t i = 0; i < LENGTH_OF(begin_sql); i++)
        TRY(run_sql(run, begin_sql[i]));
    TRY(run_query(run, &q_migrate_lock, NO_PARAMS));
    TRY(make_record(run));
    return read_view(run, ret_view);
}

/* Another process may have been first: then there is nothing to do. */
static enum status apply(struct runner *run, const struct migration *m, int *applied)
{
    struct migrate_view view = {0};
    struct req *rq = run->rq;

    run->doing = arena_printf(rq->arena, "migration %d (%s)", m->version, m->name);
    TRY(begin_locked(run, &view));
    if (view.refused)
        return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
    if (strcmp(state_of(&view, m->version), "pending") != 0)
        return run_sql(run, "COMMIT");
    TRY(run_sql(run, m->up));
    TRY(run_query(run, &q_migrate_add,
                  PARAMS(param_int(rq, m->version), m->name, m->up_sha256, m->oldest_program)));
    TRY(run_sql(run, "COMMIT"));
    req_note(rq, LOG_INFO, "applied %s", run->doing);
    (*applied)++;
    return ST_OK;
}

static enum status undo(struct runner *run, const struct migration *m, int *undone)
{
    struct migrate_view view = {0};
    struct req *rq = run->rq;

    run->doing = arena_printf(rq->arena, "undoing migration %d (%s)", m->version, m->name);
    TRY(begin_locked(run, &view));
    if (view.newest != m->version)
        return run_sql(run, "COMMIT");
    if (strcmp(state_of(&view, m->version), "applied") != 0)
        return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
    TRY(run_sql(run, m->down));
    TRY(run_query(run, &q_migrate_remove, PARAMS(param_int(rq, m->version))));
    TRY(run_sql(run, "COMMIT"));
    log_write(rq->log, LOG_INFO, "%s: done", run->doing);
    (*undone)++;
    return ST_OK;
}

enum status migrate_status(struct req *rq, struct list *ret_rows, const char **ret_problem)
{
    OWN_RUNNER run = {0};
    struct migrate_view view = {0};

    TRY(runner_open(rq, &run));
    TRY(read_view(&run, &view));
    *ret_rows = view.rows;
    *ret_problem = view.problem;
    return ST_OK;
}

enum status migrate_up(struct req *rq, int version, int *ret_applied)
{
    OWN_RUNNER run = {0};

    *ret_applied = 0;
    TRY(check_version(rq, version));
    TRY(runner_open(rq, &run));
    for (;;) {
        struct migrate_view view = {0};
        TRY(read_view(&run, &view));
        if (view.refused)
            return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
        if (view.next == 0 || (version != 0 && view.next > version))
            return ST_OK;
        TRY(apply(&run, find(view.next), ret_applied));
    }
}

enum status migrate_down(struct req *rq, int version, int *ret_undone)
{
    OWN_RUNNER run = {0};

    *ret_undone = 0;
    TRY(check_version(rq, version));
    TRY(runner_open(rq, &run));
    for (;;) {
        struct migrate_view view = {0};
        TRY(read_view(&run, &view));
        if (view.newest <= version)
            return ST_OK;
        if (find(view.newest) == NULL)
            return req_fail(rq, ST_UNAVAILABLE,
                            "migration %d of the database is not known to this program; undo it "
                            "with the program that applied it",
                            view.newest);
        TRY(undo(&run, find(view.newest), ret_undone));
    }
}
