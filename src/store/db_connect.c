/*
 * Making connections: start the private cluster when it is ours, connect without blocking, try
 * again while the database is away and the caller's patience lasts, check server and schema.
 */
#include "db_private.h"

#include <poll.h>

#include "planner/base/clock.h"

#define PAUSE_FIRST_MS     50 /* bound of the pause between attempts; doubles up to the last */
#define PAUSE_LAST_MS      500
#define ATTEMPT_MIN_MS     3000
#define ATTEMPT_MAX_MS     10000
#define CONNECT_STARTED_MS 5000 /* for connecting to a private cluster that says it is ready */

/* Notices go where our own messages go; stderr may be read by the host line by line. */
static void take_notice(void *arg, const PGresult *res)
{
    const struct db *db = arg;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const bool warning = severity != NULL && strcmp(severity, "WARNING") == 0;

    log_write(db->log, warning ? LOG_WARNING : LOG_DEBUG, "database: %s",
              message != NULL ? message : PQresultErrorMessage(res));
}

static enum status connect_failed(struct req *rq, const PGconn *conn, bool *ret_again)
{
    db_gist_set(rq->db, PQerrorMessage(conn));
    *ret_again = !db_gist_is_final(rq->db->gist);
    return db_away_fail(rq);
}

static enum status connect_poll(struct req *rq, PGconn *conn, int64_t deadline, bool *ret_again)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;

    while (state != PGRES_POLLING_OK) {
        bool ready = false;
        if (state == PGRES_POLLING_FAILED || PQsocket(conn) < 0)
            return connect_failed(rq, conn, ret_again);
        TRY(req_wait(rq, PQsocket(conn), state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
                     db_left_ms(deadline, clock_monotonic_ms()), &ready));
        if (!ready) {
            db_gist_set(rq->db, "no answer in time");
            rq->db->turn++;
            *ret_again = true;
            return db_away_fail(rq);
        }
        state = PQconnectPoll(conn);
    }
    return ST_OK;
}

static enum status check_server(struct req *rq, const PGconn *conn)
{
    const int version = PQserverVersion(conn);

    if (version >= DB_SERVER_OLDEST)
        return ST_OK;
    return req_fail(rq, ST_UNAVAILABLE,
                    "the database server is PostgreSQL %d; mcp-planner needs %d or newer",
                    version / 10000, DB_SERVER_OLDEST / 10000);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static enum status connect_once(struct req *rq, struct db *db, int64_t deadline, bool *ret_again,
                                PGconn **ret_conn)
{
    struct db_params params;
    PGconn *conn = NULL;
    enum status status = ST_OK;

    if (db->config.dsn == NULL) {
        TRY(cluster_ensure(rq, db->config.cluster));
        /* Starting it may have taken longer than the caller's patience with a database that is up.
         */
        deadline = later(deadline, clock_monotonic_ms() + CONNECT_STARTED_MS);
    }
    TRY(db_params_make(rq, db, deadline, &params));
    conn = PQconnectStartParams(params.keywords, params.values, 0);
    if (conn == NULL)
        return req_bug(rq, "PQconnectStartParams: out of memory");
    (void)PQsetNoticeReceiver(conn, take_notice, db);
    status = connect_poll(rq, conn, deadline, ret_again);
    if (status == ST_OK)
        status = check_server(rq, conn);
    if (status != ST_OK) {
        PQfinish(conn);
        return status;
    }
    db->pooled = params.words.pooled;
    db->nameless = params.words.nameless;
    db->keeps = false;
    *ret_conn = conn;
    return ST_OK;
}

int db_attempt_ms(const struct db *db)
{
    const int third = db->config.connect_timeout_ms / 3;

    if (db_tuning(db)->connect_ms > 0)
        return (int)db_tuning(db)->connect_ms;
    if (third < ATTEMPT_MIN_MS)
        return ATTEMPT_MIN_MS;
    return third < ATTEMPT_MAX_MS ? third : ATTEMPT_MAX_MS;
}

/* One attempt after the other until one succeeds or the deadline comes (*ret_worn). */
static enum status try_until(struct req *rq, struct db *db, int64_t deadline, int64_t *ret_took_ms,
                             bool *ret_worn, PGconn **ret_conn)
{
    for (unsigned attempt = 0;; attempt++) {
        const int64_t from = clock_monotonic_ms();
        const int64_t limit = from + db_attempt_ms(db);
        const int64_t pause =
            breaker_pause(&db->link->breaker.seed, attempt, PAUSE_FIRST_MS, PAUSE_LAST_MS);
        bool ready = false;
        const enum status status =
            connect_once(rq, db, limit < deadline ? limit : deadline, ret_worn, ret_conn);
        *ret_took_ms = clock_monotonic_ms() - from;
        meter_count(rq->meter, METER_CONNECTS, status == ST_OK ? "ok" : "failed", NULL);
        if (status == ST_OK || !*ret_worn || clock_monotonic_ms() + pause >= deadline)
            return status;
        TRY(req_wait(rq, -1, 0, (int)pause, &ready));
        *ret_worn = false;
    }
}

enum status db_open(struct req *rq, struct db *db, int64_t deadline, PGconn **ret_conn)
{
    int64_t began = clock_monotonic_ms();
    int64_t took = 0;
    bool worn = false;
    enum status status = ST_OK;

    if (db->config.standby) /* there is another one to ask: nobody waits for this one */
        return connect_once(rq, db, deadline, &worn, ret_conn);
    TRY(db_heal_admit(rq, db, deadline));
    db->unreached = false;
    status = try_until(rq, db, deadline, &took, &worn, ret_conn);
    if (status == ST_OK) {
        db_heal_back(db);
    } else if (status == ST_UNAVAILABLE && db->unreached) {
        if (worn) /* somebody has waited in vain: whoever comes next need not */
            began = clock_monotonic_ms() - db->config.connect_timeout_ms;
        db_heal_failed(db, began, took);
    }
    return status;
}

/* A server that went away while we were idle has left something to read: its farewell or EOF. */
static bool looks_dead(PGconn *conn)
{
    struct pollfd pfd = {.fd = PQsocket(conn), .events = POLLIN};

    if (PQstatus(conn) != CONNECTION_OK)
        return true;
    if (poll(&pfd, 1, 0) <= 0)
        return false;
    if (PQconsumeInput(conn) == 0)
        return true;
    (void)PQisBusy(conn); /* parses what came: notices, or the last words of the session */
    return PQstatus(conn) != CONNECTION_OK || (pfd.revents & (POLLHUP | POLLERR)) != 0;
}

bool db_alive(const struct db *db)
{
    return db->conn != NULL && !looks_dead(db->conn);
}

static enum status connect_for_work(struct req *rq, struct db *db, int64_t deadline)
{
    TRY(db_open(rq, db, deadline, &db->conn));
    if (PQsetnonblocking(db->conn, 1) != 0 || PQenterPipelineMode(db->conn) != 1) {
        db_close(db);
        return req_bug(rq, "the connection refuses pipeline mode");
    }
    db->used_ms = clock_monotonic_ms();
    db->connections++;
    if (db->link->away_since != 0)
        req_note(rq, LOG_INFO, "the database answers again");
    db->link->away_since = 0;
    return ST_OK;
}

struct fate_row {
    const char *fate;
};
static const struct field fate_fields[] = {FIELD_TEXT(struct fate_row, fate, 0, 0, OPTIONAL, NULL),
                                           FIELD_END};

const char *db_fate(struct req *rq, const char *xid)
{
    struct tx_slot *slot = db_slot(rq, &q_transaction_fate, PARAMS(xid), INTO_NOTHING);
    struct fate_row row = {NULL};
    struct db_fault fault;

    slot->into = INTO(fate_fields, &row);
    if (db_batch(rq, db_read_slots(rq, slot), &fault) != DB_DONE || fault.status != ST_OK)
        return NULL;
    return row.fate;
}

/* Before anybody looks whether it was stored, nothing must be on its way any more. */
static void settle_lost(struct req *rq, struct db *db)
{
    const char *fate = NULL;

    if (db->lost_xid[0] == '\0')
        return;
    for (int i = 0; i < 2; i++) /* the first one ends the session that holds it */
        fate = db->conn == NULL ? NULL : db_fate(rq, db->lost_xid);
    log_write(rq->log, LOG_WARNING, "the COMMIT that was not answered: %s",
              fate == NULL ? "unknown" : fate);
    if (db->conn != NULL)
        db->lost_xid[0] = '\0';
}

enum status db_ensure(struct req *rq, int64_t deadline)
{
    struct db *db = rq->db;
    enum status status = ST_OK;

    if (db->busy)
        return req_bug(rq, "the database connection is in use already");
    if (db_alive(db))
        return ST_OK;
    db_close(db);
    TRY(connect_for_work(rq, db, deadline));
    if (!db->config.any_schema)
        status = db_gate(rq);
    if (status != ST_OK) {
        db_close(db); /* looked at again by the next call: somebody may have migrated by then */
        return status;
    }
    settle_lost(rq, db);
    return db->conn != NULL ? ST_OK : db_away_fail(rq);
}
