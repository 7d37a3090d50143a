/*
 * The connection that migrations run on: a script at a time, one migrator at a time in the whole
 * database by an advisory lock.
 */
#include "migrate_private.h"

#include <poll.h>
#include <unistd.h>

#include "planner/base/clock.h"

void runner_close(struct runner *run)
{
    if (run->conn != NULL)
        PQfinish(run->conn);
    run->conn = NULL;
}

enum status runner_open(struct req *rq, struct runner *run)
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

enum status runner_lost(struct runner *run)
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

enum status runner_wait_result(struct runner *run, int64_t deadline)
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
            return runner_lost(run);
    }
}

void runner_note_refusal(struct runner *run, const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    run->fault = (struct db_fault){.query = run->doing};
    run->fault.message = arena_strdup(run->rq->arena, message == NULL ? "" : message);
    (void)snprintf(run->fault.sqlstate, sizeof(run->fault.sqlstate), "%s",
                   state == NULL ? "" : state);
}

static bool fault_is(const struct runner *run, const char *sqlstate)
{
    return strncmp(run->fault.sqlstate, sqlstate, strlen(sqlstate)) == 0;
}

enum status runner_refused(struct runner *run)
{
    const struct db_fault *fault = &run->fault;

    if (fault_is(run, "42501") || fault_is(run, "53") || fault_is(run, "25006"))
        return db_fault_fail(run->rq, fault);
    log_write(run->rq->log, LOG_ERROR, "%s: SQLSTATE %s: %.300s", run->doing, fault->sqlstate,
              fault->message);
    if (fault_is(run, "55P03"))
        return req_fail(run->rq, ST_UNAVAILABLE,
                        "%s waited longer for a lock than its lock timeout and was undone; run it "
                        "again when no long transaction is at work ('mcp-planner migrate plan' "
                        "names them)",
                        run->doing);
    if (fault_is(run, "57014"))
        return req_fail(run->rq, ST_UNAVAILABLE,
                        "a statement of %s took longer than its statement timeout, and all of it "
                        "was undone; run it again when the database has less to do",
                        run->doing);
    return req_fail(run->rq, ST_UNAVAILABLE,
                    "%s failed and was undone; the log of mcp-planner says why", run->doing);
}

enum status runner_results(struct runner *run, PGresult **ret_last)
{
    const int64_t deadline = clock_monotonic_ms() + RUNNER_MS;
    PGresult *last = NULL;
    PGresult *res = NULL;

    run->fault = (struct db_fault){0};
    for (;;) {
        const enum status status = runner_wait_result(run, deadline);
        if (status != ST_OK) {
            PQclear(last);
            return status;
        }
        res = PQgetResult(run->conn);
        if (res == NULL)
            break;
        if (PQresultStatus(res) == PGRES_FATAL_ERROR)
            runner_note_refusal(run, res);
        PQclear(last);
        last = res;
    }
    *ret_last = last;
    return PQstatus(run->conn) == CONNECTION_OK ? ST_OK : runner_lost(run);
}

enum status runner_sql(struct runner *run, const char *sql)
{
    OWN_PGRESULT *res = NULL;

    if (PQsendQuery(run->conn, sql) != 1)
        return runner_lost(run);
    TRY(runner_results(run, &res));
    return run->fault.sqlstate[0] == '\0' ? ST_OK : runner_refused(run);
}

enum status runner_start(struct runner *run, const struct query *q, const char *const *params)
{
    if (PQsendQueryParams(run->conn, q->sql, q->n_params, NULL, params, NULL, NULL, 0) != 1)
        return runner_lost(run);
    return runner_let_go(run);
}

enum status runner_send(struct runner *run, const struct query *q, const char *const *params,
                        PGresult **ret_res)
{
    TRY(runner_start(run, q, params));
    return runner_results(run, ret_res);
}

enum status runner_stream(struct runner *run, const struct query *q, const char *const *params)
{
    if (PQsendQueryParams(run->conn, q->sql, q->n_params, NULL, params, NULL, NULL, 0) != 1 ||
        PQsetSingleRowMode(run->conn) != 1)
        return runner_lost(run);
    return ST_OK;
}

enum status runner_result(struct runner *run, PGresult **ret_res)
{
    PGresult *res = NULL;

    TRY(runner_wait_result(run, clock_monotonic_ms() + RUNNER_MS));
    res = PQgetResult(run->conn);
    if (PQstatus(run->conn) != CONNECTION_OK) {
        PQclear(res);
        return runner_lost(run);
    }
    *ret_res = res;
    return ST_OK;
}

enum status runner_query(struct runner *run, const struct query *q, const char *const *params,
                         struct into into)
{
    OWN_PGRESULT *res = NULL;

    TRY(runner_send(run, q, params, &res));
    if (run->fault.sqlstate[0] != '\0')
        return runner_refused(run);
    return into.fields == NULL ? ST_OK : db_decode(run->rq, q, &into, res);
}

enum status runner_read_view(struct runner *run, struct migrate_view *ret_view)
{
    struct migrate_records records = {0};
    OWN_PGRESULT *res = NULL;

    TRY(runner_send(run, &q_migrate_records, NO_PARAMS, &res));
    if (run->fault.sqlstate[0] == '\0')
        TRY(db_decode(run->rq, &q_migrate_records, &INTO(migrate_records_fields, &records), res));
    else if (!fault_is(run, "42P01"))
        return runner_refused(run);
    migrate_compare(run->rq->arena, all_migrations, &records.records, PLANNER_VERSION, ret_view);
    return ST_OK;
}

struct exists {
    struct opt_bool has_schema;
    struct opt_bool has_table;
    struct opt_bool has_batch;
};
static const struct field exists_fields[] = {FIELD_BOOL(struct exists, has_schema, REQUIRED, NULL),
                                             FIELD_BOOL(struct exists, has_table, REQUIRED, NULL),
                                             FIELD_BOOL(struct exists, has_batch, REQUIRED, NULL),
                                             FIELD_END};

static enum status make_record(struct runner *run)
{
    struct exists exists = {0};

    TRY(runner_query(run, &q_migrate_exists, NO_PARAMS, INTO(exists_fields, &exists)));
    if (!exists.has_schema.v)
        TRY(runner_query(run, &q_migrate_schema, NO_PARAMS, INTO_NOTHING));
    if (!exists.has_table.v)
        return runner_query(run, &q_migrate_table, NO_PARAMS, INTO_NOTHING);
    return exists.has_batch.v ? ST_OK
                              : runner_query(run, &q_migrate_table_batch, NO_PARAMS, INTO_NOTHING);
}

/* Behind a pooler others may have left anything in the session, and ours must not stay in it. */
static enum status begin(struct runner *run, const char *how)
{
    TRY(runner_sql(run, how));
    if (run->rq->db->pooled) {
        TRY(runner_query(run, &q_session_settings, NO_PARAMS, INTO_NOTHING));
        TRY(runner_query(run, &q_session_undo, NO_PARAMS, INTO_NOTHING));
    }
    return runner_query(run, &q_migrate_settings, NO_PARAMS, INTO_NOTHING);
}

enum status runner_peek(struct runner *run)
{
    return begin(run, "BEGIN ISOLATION LEVEL READ COMMITTED");
}

enum status runner_end(struct runner *run)
{
    return runner_sql(run, "ROLLBACK");
}

/* Whom we wait for, if that can be seen. */
static enum status tell_wait(struct runner *run)
{
    const struct migrate_plan nothing = {0};
    struct migrate_surroundings around = {0};
    struct req *rq = run->rq;

    TRY(runner_look(run, &nothing, &around));
    for (size_t i = 0; i < around.migrators.n; i++) {
        const struct migrate_session *s = LIST_AT(around.migrators, i, struct migrate_session);
        req_note(rq, LOG_INFO, "waiting for another migrator, %s%s",
                 migrate_session_text(rq->arena, s),
                 s->seconds.set
                     ? arena_printf(rq->arena, ", at work for %lld s", (long long)s->seconds.v)
                     : "");
    }
    return ST_OK;
}

/* Not to be had in time: the transaction is over. */
static enum status try_lock(struct runner *run, const char *patience, bool *ret_got)
{
    OWN_PGRESULT *res = NULL;

    TRY(runner_query(run, &q_migrate_limits, PARAMS(patience, "0"), INTO_NOTHING));
    TRY(runner_send(run, &q_migrate_lock, NO_PARAMS, &res));
    *ret_got = run->fault.sqlstate[0] == '\0';
    if (*ret_got)
        return ST_OK;
    return fault_is(run, "55P03") ? runner_sql(run, "ROLLBACK") : runner_refused(run);
}

/*
 * Queued behind other migrators, but not in silence: after a moment, and then now and then, the
 * place in the queue is given up for long enough to look who they are.
 */
enum status runner_begin_alone(struct runner *run)
{
    static const char *const patience[] = {"200ms", "5s", "30s"};
    const int64_t deadline = clock_monotonic_ms() + RUNNER_MS;
    bool got = false;

    for (size_t n = 0; !got; n++) {
        if (clock_monotonic_ms() >= deadline)
            return req_fail(run->rq, ST_UNAVAILABLE,
                            "another migrator has been at work for an hour; nothing was changed; "
                            "'mcp-planner migrate plan' names it");
        TRY(begin(run, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"));
        if (n > 0)
            TRY(tell_wait(run));
        TRY(try_lock(run, patience[n < LENGTH_OF(patience) ? n : LENGTH_OF(patience) - 1], &got));
    }
    return ST_OK;
}

enum status runner_begin(struct runner *run, const struct migration_script *script,
                         struct migrate_view *ret_view)
{
    TRY(runner_begin_alone(run));
    TRY(runner_query(run, &q_migrate_limits,
                     PARAMS(script->lock_timeout, script->statement_timeout), INTO_NOTHING));
    TRY(make_record(run));
    return runner_read_view(run, ret_view);
}

enum status runner_view(struct runner *run, struct migrate_view *ret_view)
{
    TRY(runner_peek(run));
    TRY(runner_read_view(run, ret_view));
    return runner_end(run);
}
