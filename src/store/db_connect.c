/*
 * Making connections: start the private cluster when it is ours, connect without blocking, try
 * again while the database is away and the caller's patience lasts, check server and schema.
 */
#include "db_private.h"

#include <poll.h>

#include "planner/base/clock.h"

#define PAUSE_FIRST_MS     50 /* between attempts; doubles up to PAUSE_LAST_MS */
#define PAUSE_LAST_MS      500
#define AWAY_PATIENCE_MS   1000 /* attempts of a call while an earlier one waited in vain */
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

/* What waiting does not mend: wrong password, no such database, no TLS. */
static bool is_final(const char *gist)
{
    static const char *const words[] = {
        "authentication failed", "does not exist", "pg_hba.conf", "certificate", "SSL", "password",
        "unsupported frontend",  "invalid"};

    if (strstr(gist, "starting up") != NULL)
        return false;
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        if (strstr(gist, words[i]) != NULL)
            return true;
    }
    return false;
}

static enum status connect_failed(struct req *rq, const PGconn *conn, bool *ret_again)
{
    db_gist_set(rq->db, PQerrorMessage(conn));
    *ret_again = !is_final(rq->db->gist);
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
    db->pooled = params.pooled;
    *ret_conn = conn;
    return ST_OK;
}

/*
 * One call tries for its full time. Those behind it in the queue would each take as long again, so
 * until the database answers they begin no new attempt after a moment.
 */
static int64_t last_attempt(const struct db *db, int64_t deadline)
{
    const int64_t soon = clock_monotonic_ms() + AWAY_PATIENCE_MS;

    return db->away_since != 0 && soon < deadline ? soon : deadline;
}

enum status db_open(struct req *rq, struct db *db, int64_t deadline, PGconn **ret_conn)
{
    const int64_t last = last_attempt(db, deadline);
    int pause = PAUSE_FIRST_MS;

    for (;;) {
        bool again = false;
        bool ready = false;
        const enum status status = connect_once(rq, db, deadline, &again, ret_conn);
        meter_count(rq->meter, METER_CONNECTS, status == ST_OK ? "ok" : "failed", NULL);
        if (status == ST_OK || !again || clock_monotonic_ms() + pause >= last)
            return status;
        TRY(req_wait(rq, -1, 0, pause, &ready));
        pause = pause * 2 < PAUSE_LAST_MS ? pause * 2 : PAUSE_LAST_MS;
    }
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
    if (db->away_since != 0)
        req_note(rq, LOG_INFO, "the database answers again");
    db->away_since = 0;
    return ST_OK;
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
    status = db_gate(rq);
    if (status != ST_OK)
        db_close(db); /* looked at again by the next call: somebody may have migrated by then */
    return status;
}
