/* On the parts that migrations run on: no pipeline, since each set of rows waits for the last. */
#include "planner/store/transfer.h"

#include "migrate_private.h"
#include "planner/base/memory.h"

struct transfer {
    struct runner run;
    PGresult *row; /* the one that was handed out */
    bool selecting;
    const struct query *sent; /* and not waited for; or NULL */
    struct transfer_fault fault;
};

static void drop_row(struct transfer *t)
{
    PQclear(t->row);
    t->row = NULL;
}

void transfer_close(struct transfer **transfer)
{
    if (*transfer == NULL)
        return;
    drop_row(*transfer);
    runner_close(&(*transfer)->run);
    memory_free(*transfer);
    *transfer = NULL;
}

const struct transfer_fault *transfer_fault(const struct transfer *transfer)
{
    return &transfer->fault;
}

static const char *field_of(struct transfer *t, const PGresult *res, int code)
{
    return arena_strdup(t->run.rq->arena, PQresultErrorField(res, code));
}

/* Data that a constraint or a type does not take is the caller's to explain. */
static enum status refused(struct transfer *t, const PGresult *res, const char *name)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    struct db_fault fault = {.query = name};

    t->fault = (struct transfer_fault){.message = field_of(t, res, PG_DIAG_MESSAGE_PRIMARY),
                                       .detail = field_of(t, res, PG_DIAG_MESSAGE_DETAIL),
                                       .constraint = field_of(t, res, PG_DIAG_CONSTRAINT_NAME),
                                       .column = field_of(t, res, PG_DIAG_COLUMN_NAME)};
    (void)snprintf(t->fault.sqlstate, sizeof(t->fault.sqlstate), "%s", state == NULL ? "" : state);
    if (strncmp(t->fault.sqlstate, "22", 2) == 0 || strncmp(t->fault.sqlstate, "23", 2) == 0)
        return req_fail(t->run.rq, ST_CONFLICT, "the database refuses it (%s)",
                        t->fault.message == NULL ? t->fault.sqlstate : t->fault.message);
    memcpy(fault.sqlstate, t->fault.sqlstate, sizeof(fault.sqlstate));
    fault.message = t->fault.message == NULL ? "" : t->fault.message;
    return db_fault_fail(t->run.rq, &fault);
}

enum status transfer_send(struct transfer *transfer, const struct query *q,
                          const char *const *params)
{
    transfer->sent = q;
    return runner_start(&transfer->run, q, params);
}

enum status transfer_wait(struct transfer *transfer, struct into into)
{
    const struct query *q = transfer->sent;
    PGresult *res = NULL;
    enum status status = ST_OK;

    if (q == NULL)
        return req_bug(transfer->run.rq, "no statement was sent");
    transfer->sent = NULL;
    status = runner_results(&transfer->run, &res);
    if (status == ST_OK && PQresultStatus(res) == PGRES_FATAL_ERROR)
        status = refused(transfer, res, q->name);
    else if (status == ST_OK && into.fields != NULL)
        status = db_decode(transfer->run.rq, q, &into, res);
    PQclear(res);
    return status;
}

enum status transfer_run(struct transfer *transfer, const struct query *q,
                         const char *const *params, struct into into)
{
    TRY(transfer_send(transfer, q, params));
    return transfer_wait(transfer, into);
}

static enum status run_words(struct transfer *t, const char *sql)
{
    const struct query q = {sql, sql, 0};

    return transfer_run(t, &q, NO_PARAMS, INTO_NOTHING);
}

enum status transfer_whole(struct transfer *transfer, bool loops)
{
    return transfer_run(transfer, &q_transfer_plans, PARAMS(param_bool(loops)), INTO_NOTHING);
}

static enum status begin(struct transfer *t, enum transfer_way way)
{
    TRY(run_words(t, way == TRANSFER_OUT ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                         : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"));
    if (t->run.rq->db->pooled)
        TRY(transfer_run(t, &q_session_settings, NO_PARAMS, INTO_NOTHING));
    TRY(transfer_run(t, &q_session_undo, NO_PARAMS, INTO_NOTHING));
    TRY(transfer_run(t, &q_transfer_session, NO_PARAMS, INTO_NOTHING));
    return way == TRANSFER_OUT ? transfer_whole(t, true) : ST_OK;
}

/* The connection for work is opened on the way: it knows whether the schema is ours. */
enum status transfer_open(struct req *rq, enum transfer_way way, struct transfer **ret_transfer)
{
    OWN_TRANSFER *t = NULL;

    TRY(db_read(rq, &q_transfer_ready, NO_PARAMS, INTO_NOTHING));
    t = memory_alloc(sizeof(*t));
    *t = (struct transfer){.row = NULL};
    TRY(runner_open(rq, &t->run));
    t->run.doing = "a transfer";
    TRY(begin(t, way));
    *ret_transfer = t;
    t = NULL;
    return ST_OK;
}

enum status transfer_select(struct transfer *transfer, const struct query *q,
                            const char *const *params)
{
    if (transfer->selecting)
        return req_bug(transfer->run.rq, "the rows of the last statement were not all read");
    TRY(runner_stream(&transfer->run, q, params));
    transfer->selecting = true;
    return ST_OK;
}

/* Behind the last row: what is left to read of the statement is nothing. */
static enum status end_select(struct transfer *t)
{
    PGresult *res = NULL;

    t->selecting = false;
    for (;;) {
        TRY(runner_result(&t->run, &res));
        if (res == NULL)
            return ST_OK;
        PQclear(res);
    }
}

enum status transfer_next(struct transfer *transfer, struct span *ret_row)
{
    enum status status = ST_OK;

    drop_row(transfer);
    TRY(runner_result(&transfer->run, &transfer->row));
    if (transfer->row != NULL && PQresultStatus(transfer->row) == PGRES_SINGLE_TUPLE) {
        *ret_row = (struct span){PQgetvalue(transfer->row, 0, 0),
                                 (size_t)PQgetlength(transfer->row, 0, 0)};
        return ST_OK;
    }
    if (transfer->row != NULL && PQresultStatus(transfer->row) == PGRES_FATAL_ERROR)
        status = refused(transfer, transfer->row, "a transfer");
    drop_row(transfer);
    *ret_row = (struct span){0};
    TRY(end_select(transfer));
    return status;
}

enum status transfer_mark(struct transfer *transfer)
{
    return run_words(transfer, "SAVEPOINT planner_transfer");
}

enum status transfer_keep(struct transfer *transfer)
{
    return run_words(transfer, "RELEASE SAVEPOINT planner_transfer");
}

enum status transfer_back(struct transfer *transfer)
{
    TRY(run_words(transfer, "ROLLBACK TO SAVEPOINT planner_transfer"));
    return transfer_keep(transfer);
}

enum status transfer_commit(struct transfer *transfer)
{
    struct req *rq = transfer->run.rq;
    const enum status status = run_words(transfer, "COMMIT");

    if (status == ST_UNAVAILABLE && transfer->run.conn != NULL &&
        PQstatus(transfer->run.conn) != CONNECTION_OK)
        return req_fail(rq, ST_UNKNOWN,
                        "the connection broke while it was stored; do it again: what is there "
                        "already is left as it is");
    return status;
}
