/* The transaction: queue, flush, commit, and what a broken connection means at each point. */
#include "db_private.h"

#include "planner/base/clock.h"

#define ASK_AGAIN_MS  100 /* while the server still ends the transaction that we lost */
#define ASK_TIMES_MAX 20

static const struct query commit_query = {"tx commit", "COMMIT", 0};

static void queue(struct tx *tx, struct tx_slot *slot)
{
    if (tx->last == NULL)
        tx->first = slot;
    else
        tx->last->next = slot;
    tx->last = slot;
}

static void tx_end(struct tx *tx)
{
    tx->open = false;
    tx->first = tx->last = NULL;
}

enum status tx_begin(struct req *rq, struct tx *tx)
{
    tx_abort(tx);
    *tx = (struct tx){.rq = rq};
    TRY(req_check_memory(rq));
    TRY(db_ensure(rq, clock_monotonic_ms() + rq->db->config.connect_timeout_ms));
    tx->first = db_begin_slots(rq, &tx->last);
    return ST_OK;
}

void tx_add(struct tx *tx, const struct query *q, const char *const *params, struct into into)
{
    queue(tx, db_slot(tx->rq, q, params, into));
}

void tx_mark(struct tx *tx, double done, double total, const char *message)
{
    tx->last->mark.done = done;
    tx->last->mark.total = total;
    tx->last->mark.message = message;
}

void tx_note_xid(struct tx *tx, const char *xid)
{
    tx->xid = xid;
}

static enum status refused(struct tx *tx, const struct db_fault *fault)
{
    tx_end(tx);
    if (db_fault_is_read_only(fault))
        db_close(tx->rq->db); /* the next session may be another server's, or begin otherwise */
    tx->constraint = fault->constraint;
    return db_fault_fail(tx->rq, fault);
}

static enum status finished(struct tx *tx, const struct db_fault *fault)
{
    db_position_forget(tx->rq->db); /* what was read is told also when nothing comes of it */
    tx->open = true;
    tx->sent = true;
    tx->first = tx->last = NULL;
    if (fault->status != ST_OK)
        tx_abort(tx);
    return fault->status;
}

static enum status cancelled(struct tx *tx)
{
    tx_end(tx);
    return req_fail(tx->rq, ST_CANCELLED, "the call was cancelled");
}

enum status tx_flush(struct tx *tx)
{
    struct db_fault fault;
    enum db_outcome outcome = DB_LOST;

    TRY(req_check_memory(tx->rq));
    tx->flushes++;
    if (!tx->sent)
        TRY(db_run(tx->rq, tx->first, &fault, &outcome)); /* nothing is changed: may be repeated */
    else if (tx->rq->db->conn != NULL)
        outcome = db_batch(tx->rq, tx->first, &fault);
    switch (outcome) {
    case DB_DONE:
        return finished(tx, &fault);
    case DB_REFUSED:
        return refused(tx, &fault);
    case DB_CANCELLED:
        return cancelled(tx);
    case DB_LOST:
        break;
    }
    tx_end(tx);
    if (!tx->sent)
        return db_away_fail(tx->rq);
    return req_fail(tx->rq, ST_RETRY, "the database connection broke (%s); nothing was changed; %s",
                    tx->rq->db->gist, req_again(tx->rq));
}

/* What became of it: "committed", "aborted", or NULL when nobody can say. */
static const char *ask_fate(struct tx *tx)
{
    for (int i = 0; i < ASK_TIMES_MAX; i++) {
        const char *fate = NULL;
        bool ready = false;
        if (db_ensure(tx->rq, clock_monotonic_ms() + tx->rq->db->config.connect_timeout_ms) !=
            ST_OK)
            return NULL;
        fate = db_fate(tx->rq, tx->xid);
        if (fate != NULL && strcmp(fate, "in progress") != 0)
            return fate;
        if (req_wait(tx->rq, -1, 0, ASK_AGAIN_MS, &ready) != ST_OK)
            return NULL;
    }
    return NULL;
}

static enum status nobody_knows(struct tx *tx, const char *subject)
{
    struct db *db = tx->rq->db;

    if (tx->xid != NULL) /* so that it is settled before anybody looks */
        (void)snprintf(db->lost_xid, sizeof(db->lost_xid), "%s", tx->xid);
    if (tx->repeatable)
        return req_fail(tx->rq, ST_UNKNOWN,
                        "the connection broke while %s was being stored; call again with the same "
                        "request_id: it is done once",
                        subject);
    return req_fail(tx->rq, ST_UNKNOWN,
                    "the connection broke while %s was being stored; %s tells whether it was "
                    "stored",
                    subject,
                    tx->look != NULL      ? tx->look
                    : tx->subject != NULL ? arena_printf(tx->rq->arena, "get_item %s", subject)
                                          : "get_item");
}

static enum status commit_lost(struct tx *tx)
{
    const char *subject = tx->subject == NULL ? "this" : tx->subject;
    const char *fate = NULL;

    req_note(tx->rq, LOG_WARNING, "the connection broke during COMMIT (%s)", tx->rq->db->gist);
    if (tx->xid != NULL)
        fate = ask_fate(tx);
    meter_count(tx->rq->meter, METER_UNANSWERED,
                fate == NULL                   ? "unknown"
                : strcmp(fate, "aborted") == 0 ? "aborted"
                                               : "committed",
                NULL);
    if (fate != NULL && strcmp(fate, "aborted") == 0)
        return req_fail(tx->rq, ST_RETRY, "the database connection broke; nothing was changed; %s",
                        req_again(tx->rq));
    tx->stored = fate != NULL && strcmp(fate, "committed") == 0;
    if (!tx->stored)
        return nobody_knows(tx, subject);
    return req_fail(tx->rq, ST_UNKNOWN,
                    "the connection broke while %s was being stored; it was stored: read it again",
                    subject);
}

/* The server refused what comes after COMMIT: it is stored, and listeners look by themselves. */
static enum status woke_nobody(struct tx *tx, const struct db_fault *fault)
{
    struct db *db = tx->rq->db;

    tx_end(tx);
    if (db_named_is_lost(db, fault->sqlstate)) {
        db_named_doubt(db);
        db_close(db); /* or it would be lost for the next one, too */
    } else if (db_position_refused(db, fault)) {
        return fault->status;
    }
    log_write(tx->rq->log, LOG_WARNING, "listeners were not notified: SQLSTATE %s: %.300s",
              fault->sqlstate, fault->message);
    return fault->status;
}

/* A constraint that is checked at COMMIT makes COMMIT fail; then nothing is stored either. */
static enum status commit_ended(struct tx *tx, enum db_outcome outcome,
                                const struct db_fault *fault)
{
    switch (outcome) {
    case DB_DONE:
        tx_end(tx);
        req_note(tx->rq, LOG_DEBUG, "transaction stored in %d flushes", tx->flushes);
        return fault->status;
    case DB_REFUSED:
        if (fault->query == q_feed_wake.name || fault->query == q_wal_position.name)
            return woke_nobody(tx, fault);
        return refused(tx, fault);
    case DB_CANCELLED:
        return cancelled(tx);
    case DB_LOST:
        break;
    }
    tx_end(tx);
    return commit_lost(tx);
}

/* COMMIT was never sent, so the server has rolled back or will. */
static enum status lost_before_commit(struct tx *tx)
{
    tx_end(tx);
    db_close(tx->rq->db);
    return req_fail(tx->rq, ST_RETRY, "the database connection broke; nothing was changed; %s",
                    req_again(tx->rq));
}

enum status tx_commit(struct tx *tx)
{
    struct db_position *position = NULL;
    struct tx_slot *slot = NULL;
    struct db_fault fault;
    enum db_outcome outcome = DB_LOST;

    TRY(req_check_memory(tx->rq));
    if (!tx->sent)
        TRY(db_ensure(tx->rq, clock_monotonic_ms() + tx->rq->db->config.connect_timeout_ms));
    else if (!db_alive(tx->rq->db))
        return lost_before_commit(tx);
    queue(tx, db_slot(tx->rq, &commit_query, NO_PARAMS, INTO_NOTHING));
    slot = db_position_slot(tx->rq, &position);
    if (slot != NULL)
        queue(tx, slot);
    if (tx->wakes)
        queue(tx, db_slot(tx->rq, &q_feed_wake, NO_PARAMS, INTO_NOTHING));
    tx->flushes++;
    outcome = db_batch(tx->rq, tx->first, &fault);
    db_position_learn(tx->rq->db, outcome == DB_DONE ? position : NULL);
    return commit_ended(tx, outcome, &fault);
}

void tx_abort(struct tx *tx)
{
    if (tx->open) {
        tx_end(tx);
        db_rollback(tx->rq);
    }
}
