/*
 * Statements out, answers in. libpq buffers what is sent (the connection is nonblocking), so
 * everything is queued first; then writing and reading alternate, because a server that waits for
 * us to read does not read what we write.
 */
#include "db_private.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "planner/base/clock.h"

/* Where the reader is in the row of answers. */
struct reader {
    struct req *rq;
    struct db *db;
    struct tx_slot *slot; /* whose answer comes next; NULL: the sync's */
    bool in_prepare;      /* the answer to the slot's Parse comes first */
    bool synced;          /* every answer is there */
    bool refused;         /* the server said no to a statement */
    bool fatal;           /* the server ended the session */
    bool broken;          /* reading failed; db->gist has libpq's first word about it */
    bool quiet;           /* answers are thrown away: draining */
    int64_t answered_us;  /* when the last answer came; at first, when all was sent */
    struct db_fault *fault;
};

/* ---- sending ---- */

/* Without being asked, the server keeps short answers until the sync, and nobody sees how long each
 * statement took. */
static bool send_mark(struct db *db, const struct tx_slot *slot)
{
    return (slot->mark.message == NULL && db->config.slow_ms == 0) ||
           PQsendFlushRequest(db->conn) == 1;
}

static void time_answer(struct reader *r, const PGresult *res)
{
    const int64_t now = clock_monotonic_us();
    const int64_t took = now - r->answered_us;

    r->answered_us = now;
    if (r->slot != NULL && r->db->config.slow_ms > 0 &&
        took >= (int64_t)r->db->config.slow_ms * 1000)
        db_meter_slow(r->rq, r->slot->query, took, res);
}

static bool send_all(struct db *db, struct tx_slot *first)
{
    for (struct tx_slot *slot = first; slot != NULL; slot = slot->next) {
        if (!db_named_send(db, slot) || !send_mark(db, slot))
            return false;
    }
    db->flushes++;
    return PQpipelineSync(db->conn) == 1;
}

/* ---- reading ---- */

static void tree_free(void *tree)
{
    cJSON_Delete(tree);
}

enum status db_decode(struct req *rq, const struct query *q, const struct into *into,
                      const PGresult *res)
{
    const bool found = PQntuples(res) > 0 && !PQgetisnull(res, 0, 0);
    cJSON *tree = NULL;

    if (into->found != NULL)
        *into->found = found;
    if (into->fields == NULL)
        return ST_OK;
    memset(into->out, 0, into->size);
    if (!found)
        return ST_OK;
    tree = json_parse(PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0));
    if (tree == NULL)
        return req_bug(rq, "query %s: its row is no JSON", q->name);
    arena_defer(rq->arena, tree_free, tree);
    if (field_decode_row(rq, into->fields, tree, into->size, into->out) == ST_OK)
        return ST_OK;
    if (rq->status == ST_BUG)
        log_write(rq->log, LOG_ERROR, "query %s: the row above is its", q->name);
    return rq->status;
}

/* Kept up to date by the server, from version 14 on. */
static const char *standby_of(const struct reader *r)
{
    return arena_strdup(r->rq->arena, PQparameterStatus(r->db->conn, "in_hot_standby"));
}

static void note_error(struct reader *r, const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    struct db_fault *fault = r->fault;

    if (severity == NULL || strcmp(severity, "ERROR") != 0) {
        r->fatal = true;
        db_gist_set(r->db, message != NULL ? message : PQresultErrorMessage(res));
        return;
    }
    if (r->refused)
        return;
    r->refused = true;
    (void)snprintf(fault->sqlstate, sizeof(fault->sqlstate), "%s", state == NULL ? "" : state);
    fault->message = arena_strdup(r->rq->arena, message == NULL ? "" : message);
    fault->constraint =
        arena_strdup(r->rq->arena, PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME));
    fault->query = r->slot == NULL ? "sync" : r->slot->query->name;
    fault->standby = r->db->pooled ? NULL : standby_of(r);
}

/* The answer to a statement of the batch, not to its Parse. */
static void take_answer(struct reader *r, const PGresult *res)
{
    const struct tx_slot *slot = r->slot;

    if (r->quiet || slot == NULL || r->fault->status != ST_OK)
        return;
    r->fault->status = db_decode(r->rq, slot->query, &slot->into, res);
    if (slot->mark.message != NULL && r->fault->status == ST_OK)
        req_progress(r->rq, slot->mark.done, slot->mark.total, slot->mark.message);
}

static void take_result(struct reader *r, const PGresult *res)
{
    if (r->db->config.slow_ms > 0 && !r->in_prepare)
        time_answer(r, res);
    switch (PQresultStatus(res)) {
    case PGRES_PIPELINE_SYNC:
        r->synced = true;
        break;
    case PGRES_COMMAND_OK:
        if (r->in_prepare)
            db_named_confirm(r->db, r->slot->query);
        else
            take_answer(r, res);
        break;
    case PGRES_TUPLES_OK:
        take_answer(r, res);
        break;
    case PGRES_PIPELINE_ABORTED:
        break;
    default:
        note_error(r, res);
    }
}

/* libpq ends the answers to one message with NULL. */
static void take_end(struct reader *r)
{
    if (r->in_prepare) {
        r->in_prepare = false;
    } else if (r->slot != NULL) {
        r->slot = r->slot->next;
        r->in_prepare = r->slot != NULL && r->slot->prepares;
    }
}

static void take_all(struct reader *r)
{
    while (!r->synced && !r->fatal && PQisBusy(r->db->conn) == 0) {
        PGresult *res = PQgetResult(r->db->conn);
        if (res == NULL) {
            if (r->slot == NULL && !r->in_prepare)
                return; /* nothing outstanding: only a broken connection gets here */
            take_end(r);
        } else {
            take_result(r, res);
            PQclear(res);
        }
    }
}

/* ---- both at once ---- */

enum pump_end { PUMP_SYNCED, PUMP_LOST, PUMP_STOPPED, PUMP_TIMEOUT };

static enum status wait_for(const struct waiter *waiter, struct req *rq, int fd, short events,
                            int64_t deadline, bool *ret_ready)
{
    return waiter->wait(waiter->ctx, rq, fd, events, db_left_ms(deadline, clock_monotonic_ms()),
                        ret_ready);
}

/* What libpq says of a broken connection later on is about its own bookkeeping. */
static void consume(struct reader *r)
{
    if (PQconsumeInput(r->db->conn) == 1 || r->broken)
        return;
    r->broken = true;
    db_gist_set(r->db, PQerrorMessage(r->db->conn));
}

/* Nothing came until the deadline, or until it was time to ask whether the server lives at all. */
static bool is_given_up(const struct reader *r, int64_t deadline, int64_t *ret_look)
{
    const int64_t now = clock_monotonic_ms();

    if (now >= deadline)
        return true;
    return now >= *ret_look && db_heal_doubt(r->db, now, ret_look);
}

static enum pump_end pump(struct reader *r, const struct waiter *waiter, int timeout_ms)
{
    PGconn *conn = r->db->conn;
    const int64_t deadline = clock_monotonic_ms() + timeout_ms;
    int64_t look = clock_monotonic_ms() + DB_DOUBT_MS;

    for (;;) {
        const int unsent = PQflush(conn);
        bool ready = false;
        take_all(r);
        if (r->synced)
            return PUMP_SYNCED;
        if (r->fatal || PQstatus(conn) == CONNECTION_BAD) {
            if (!r->fatal && !r->broken)
                db_gist_set(r->db, PQerrorMessage(conn));
            return PUMP_LOST;
        }
        if (wait_for(waiter, r->rq, PQsocket(conn), (short)(POLLIN | (unsent > 0 ? POLLOUT : 0)),
                     look < deadline ? look : deadline, &ready) != ST_OK)
            return PUMP_STOPPED;
        if (!ready && is_given_up(r, deadline, &look))
            return PUMP_TIMEOUT;
        consume(r); /* what came before a break is still read above */
    }
}

/* True when the server has taken the cancel: a late one would hit whatever runs next. */
static bool cancel_arrived(struct reader *r, int helper, int64_t deadline)
{
    bool ready = false;

    return wait_for(&waiter_plain, r->rq, helper, POLLIN, deadline, &ready) == ST_OK && ready;
}

/* One request to cancel, and what comes back within a moment. */
static enum pump_end cancel_once(struct reader *r, int64_t deadline, bool *ret_arrived)
{
    const int helper = db_helper_cancel(r->db->conn);
    enum pump_end end = PUMP_TIMEOUT;

    *ret_arrived = false;
    if (helper < 0)
        return end;
    end = pump(r, &waiter_plain, DB_CANCEL_AGAIN_MS);
    *ret_arrived = cancel_arrived(r, helper, deadline);
    (void)close(helper);
    return end;
}

/*
 * Stop the statements and bring the connection in step again, or close it. Between two statements
 * of a batch the server reads and ignores a cancel, and would go on to the COMMIT: so until it
 * stops it is asked again.
 */
static void cancel(struct reader *r)
{
    const int64_t deadline = clock_monotonic_ms() + DB_DRAIN_MS;
    enum pump_end end = PUMP_TIMEOUT;
    bool arrived = true;

    r->quiet = true;
    while (end == PUMP_TIMEOUT && arrived && clock_monotonic_ms() < deadline)
        end = cancel_once(r, deadline, &arrived);
    if (end != PUMP_SYNCED || !arrived)
        db_close(r->db);
}

/*
 * Reset, not closed: what is still under way to the server (a COMMIT, when the network was cut)
 * must not be delivered when nobody waits for it any more.
 */
static void abandon(struct db *db)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    if (PQsocket(db->conn) >= 0)
        (void)setsockopt(PQsocket(db->conn), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    db_close(db);
}

static enum db_outcome finish(struct reader *r, enum pump_end end)
{
    switch (end) {
    case PUMP_SYNCED:
        return r->refused ? DB_REFUSED : DB_DONE;
    case PUMP_STOPPED:
        cancel(r);
        return DB_CANCELLED;
    case PUMP_TIMEOUT:
        db_gist_set(r->db, "no answer");
        break;
    case PUMP_LOST:
        break;
    }
    r->db->losses++;
    abandon(r->db);
    return DB_LOST;
}

static enum db_outcome run(struct req *rq, struct tx_slot *first, const struct waiter *waiter,
                           int timeout_ms, struct db_fault *ret_fault)
{
    struct db *db = rq->db;
    const int64_t began_us = clock_monotonic_us();
    struct reader r = {
        .rq = rq, .db = db, .slot = first, .fault = ret_fault, .answered_us = began_us};
    enum db_outcome outcome = DB_LOST;

    *ret_fault = (struct db_fault){0};
    db->busy = true;
    if (send_all(db, first)) {
        r.in_prepare = first != NULL && first->prepares;
        outcome = finish(&r, pump(&r, waiter, timeout_ms));
    } else {
        db_gist_set(db, PQerrorMessage(db->conn));
        db_close(db);
    }
    db_named_forget(db); /* after an error the server skipped the rest up to the sync */
    db->busy = false;
    db->used_ms = clock_monotonic_ms();
    db_meter_batch(rq, first, began_us, outcome, ret_fault);
    return outcome;
}

enum db_outcome db_batch(struct req *rq, struct tx_slot *first, struct db_fault *ret_fault)
{
    const enum db_outcome outcome = run(rq, first, rq->waiter, db_stall_ms(rq->db), ret_fault);

    if (outcome != DB_DONE && rq->db->conn != NULL &&
        PQtransactionStatus(rq->db->conn) != PQTRANS_IDLE)
        db_rollback(rq);
    return outcome;
}

enum db_outcome db_batch_brief(struct req *rq, struct tx_slot *first, int timeout_ms,
                               struct db_fault *ret_fault)
{
    return run(rq, first, rq->waiter, timeout_ms, ret_fault);
}

void db_rollback(struct req *rq)
{
    static const struct query rollback = {"tx rollback", "ROLLBACK", 0};
    const enum status status = rq->status;
    const char *message = rq->message;
    struct db_fault fault;

    if (rq->db->conn == NULL)
        return;
    if (run(rq, db_slot(rq, &rollback, NO_PARAMS, INTO_NOTHING), &waiter_plain, DB_ROLLBACK_MS,
            &fault) == DB_REFUSED)
        db_close(rq->db);
    rq->status = status; /* the failure that led here is the one to tell */
    rq->message = message;
}
