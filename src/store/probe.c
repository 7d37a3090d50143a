/*
 * A session for looking, on the parts that other connections are made of. Behind a transaction
 * pooler each transaction brings the settings; what others left in a session does no harm to one
 * that only reads catalogs and tables by their whole names.
 */
#include "planner/store/probe.h"

#include <poll.h>

#include "db_private.h"
#include "planner/base/clock.h"
#include "planner/base/memory.h"

static const struct query begin_query = {"probe_begin",
                                         "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", 0};
static const struct query end_query = {"probe_end", "ROLLBACK", 0};

struct probe {
    struct req rq; /* the caller's, with a connection of our own */
    struct db *db;
    bool local;
};

static void ignore_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

/* ------------------------------------------------------------------ opening */

/* Where a message belongs that the server did not send. The first match counts. */
static enum probe_step step_of_words(const char *message)
{
    static const struct {
        const char *word;
        enum probe_step step;
    } words[] = {
        {"SSL", PROBE_TLS},
        {"certificate", PROBE_TLS},
        {"TLS", PROBE_TLS},
        {"no password supplied", PROBE_AUTHENTICATION},
        {"authentication", PROBE_AUTHENTICATION},
        {"SCRAM", PROBE_AUTHENTICATION},
        {"read-only", PROBE_SERVER},
        {"read-write", PROBE_SERVER},
        {"protocol", PROBE_SERVER},
    };

    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        if (strstr(message, words[i].word) != NULL)
            return words[i].step;
    }
    return PROBE_CONNECT;
}

/* A state (5 characters) or its class (2) that the server refuses a session with. */
static enum probe_step step_of_state(const char *state)
{
    static const struct {
        const char *state;
        enum probe_step step;
    } states[] = {
        {"28", PROBE_AUTHENTICATION}, {"3D000", PROBE_DATABASE}, {"42501", PROBE_DATABASE},
        {"53300", PROBE_CAPACITY},    {"55000", PROBE_DATABASE},
    };

    for (size_t i = 0; i < LENGTH_OF(states); i++) {
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0)
            return states[i].step;
    }
    return PROBE_SERVER;
}

static bool is_state(const char *at)
{
    return strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && at[5] == ':';
}

/* With PQERRORS_VERBOSE libpq writes "FATAL:  28P01: words\nLOCATION:  ..." of what a server says.
 */
static void read_message(struct req *rq, const char *text, struct probe_fault *ret_fault)
{
    const char *fatal = NULL;

    for (const char *at = text; (at = strstr(at, "FATAL:  ")) != NULL;) {
        at += strlen("FATAL:  ");
        fatal = at;
    }
    *ret_fault = (struct probe_fault){0};
    if (fatal != NULL && is_state(fatal)) {
        memcpy(ret_fault->sqlstate, fatal, 5);
        text = fatal + 7;
    }
    ret_fault->why = arena_copy(rq->arena, text, strcspn(text, "\n"));
    ret_fault->tls = db_tls_advice(text);
    ret_fault->step =
        ret_fault->sqlstate[0] == '\0' ? step_of_words(text) : step_of_state(ret_fault->sqlstate);
}

static enum status fail_at(struct req *rq, struct probe_fault *ret_fault, enum probe_step step,
                           const char *why)
{
    *ret_fault = (struct probe_fault){.step = step, .why = arena_strdup(rq->arena, why)};
    return req_fail(rq, ST_UNAVAILABLE, "%s", why);
}

static enum status await(struct probe *probe, PGconn *conn, int64_t deadline,
                         struct probe_fault *ret_fault)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;

    while (state != PGRES_POLLING_OK) {
        bool ready = false;
        if (state == PGRES_POLLING_FAILED || PQsocket(conn) < 0) {
            read_message(&probe->rq, PQerrorMessage(conn), ret_fault);
            return req_fail(&probe->rq, ST_UNAVAILABLE, "%s", ret_fault->why);
        }
        TRY(req_wait(&probe->rq, PQsocket(conn), state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
                     db_left_ms(deadline, clock_monotonic_ms()), &ready));
        if (!ready)
            return fail_at(&probe->rq, ret_fault, PROBE_CONNECT, "no answer in time");
        state = PQconnectPoll(conn);
        (void)PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
    }
    return ST_OK;
}

static enum status check_opened(struct probe *probe, PGconn *conn, struct probe_fault *ret_fault)
{
    const int version = PQserverVersion(conn);

    if (version < DB_SERVER_OLDEST)
        return fail_at(&probe->rq, ret_fault, PROBE_SERVER,
                       arena_printf(probe->rq.arena, "it is PostgreSQL %d; %d or newer is needed",
                                    version / 10000, DB_SERVER_OLDEST / 10000));
    if (PQsetnonblocking(conn, 1) != 0 || PQenterPipelineMode(conn) != 1)
        return req_bug(&probe->rq, "the connection refuses pipeline mode");
    probe->local = PQhost(conn) != NULL && *PQhost(conn) == '/';
    return ST_OK;
}

static enum status params_of(struct probe *probe, int64_t deadline, struct db_params *ret_params,
                             struct probe_fault *ret_fault)
{
    const enum status status = db_params_make(&probe->rq, probe->db, deadline, ret_params);

    if (status == ST_OK || status == ST_CANCELLED || status == ST_BUG)
        return status;
    if (status == ST_INVALID)
        return fail_at(&probe->rq, ret_fault, PROBE_STRING, probe->rq.message);
    return fail_at(&probe->rq, ret_fault, PROBE_RESOLVE,
                   probe->db->gist[0] != '\0' ? probe->db->gist : probe->rq.message);
}

static enum status open_steps(struct probe *probe, int timeout_ms, struct probe_fault *ret_fault)
{
    struct db_params params;
    enum status status = ST_OK;
    int64_t deadline = 0;

    if (probe->db->config.dsn == NULL)
        status = cluster_ensure(&probe->rq, probe->db->config.cluster);
    if (status == ST_UNAVAILABLE)
        return fail_at(&probe->rq, ret_fault, PROBE_PRIVATE, probe->rq.message);
    TRY(status);
    deadline = clock_monotonic_ms() + timeout_ms;
    TRY(params_of(probe, deadline, &params, ret_fault));
    probe->db->pooled = params.words.pooled;
    probe->db->conn = PQconnectStartParams(params.keywords, params.values, 0);
    if (probe->db->conn == NULL)
        return req_bug(&probe->rq, "PQconnectStartParams: out of memory");
    (void)PQsetNoticeReceiver(probe->db->conn, ignore_notice, NULL);
    (void)PQsetErrorVerbosity(probe->db->conn, PQERRORS_VERBOSE);
    TRY(await(probe, probe->db->conn, deadline, ret_fault));
    (void)PQsetErrorVerbosity(probe->db->conn, PQERRORS_DEFAULT);
    return check_opened(probe, probe->db->conn, ret_fault);
}

enum status probe_open(struct req *rq, const struct db_config *config, int timeout_ms,
                       struct probe **ret_probe, struct probe_fault *ret_fault)
{
    OWN_PROBE *probe = memory_alloc(sizeof(*probe));
    enum status status = ST_OK;

    *ret_fault = (struct probe_fault){0};
    *probe = (struct probe){.rq = *rq, .db = db_new(config, rq->log)};
    probe->rq.db = probe->db;
    status = open_steps(probe, timeout_ms, ret_fault);
    if (status != ST_OK)
        return req_fail(rq, status, "%s", probe->rq.message);
    *ret_probe = probe;
    probe = NULL;
    return ST_OK;
}

void probe_close(struct probe **probe)
{
    if (*probe == NULL)
        return;
    db_free((*probe)->db);
    memory_free(*probe);
    *probe = NULL;
}

/* ------------------------------------------------------------------ reading */

static const char *lost_words(const struct probe *probe)
{
    return probe->db->gist[0] == '\0' ? "the connection broke" : probe->db->gist;
}

static enum status run(struct probe *probe, struct tx_slot *first, struct probe_fault *ret_fault)
{
    struct db_fault fault = {0};
    enum db_outcome outcome = DB_LOST;

    if (probe->db->conn == NULL)
        return fail_at(&probe->rq, ret_fault, PROBE_DONE, "the connection broke");
    outcome = db_batch(&probe->rq, first, &fault);
    switch (outcome) {
    case DB_DONE:
        return fault.status;
    case DB_CANCELLED:
        return req_fail(&probe->rq, ST_CANCELLED, "the call was cancelled");
    case DB_LOST:
        return fail_at(&probe->rq, ret_fault, PROBE_DONE, lost_words(probe));
    case DB_REFUSED:
        break;
    }
    db_rollback(&probe->rq);
    (void)fail_at(&probe->rq, ret_fault, PROBE_DONE, fault.message);
    memcpy(ret_fault->sqlstate, fault.sqlstate, sizeof(ret_fault->sqlstate));
    return ST_UNAVAILABLE;
}

enum status probe_read(struct probe *probe, const struct query *q, const char *const *params,
                       struct into into, struct probe_fault *ret_fault)
{
    const char *limit = arena_printf(probe->rq.arena, "%ds", PROBE_TIMEOUT_S);
    struct tx_slot *first = db_slot(&probe->rq, &begin_query, NO_PARAMS, INTO_NOTHING);
    struct tx_slot *last = first;

    *ret_fault = (struct probe_fault){0};
    if (probe->db->pooled)
        last = last->next = db_slot(&probe->rq, &q_session_settings, NO_PARAMS, INTO_NOTHING);
    last = last->next = db_slot(&probe->rq, &q_doctor_session, PARAMS(limit), INTO_NOTHING);
    last = last->next = db_slot(&probe->rq, q, params, into);
    last->next = db_slot(&probe->rq, &end_query, NO_PARAMS, INTO_NOTHING);
    return run(probe, first, ret_fault);
}

enum status probe_schema(struct probe *probe, struct migrate_view *ret_view,
                         struct probe_fault *ret_fault)
{
    struct migrate_records records = {0};
    const enum status status = probe_read(probe, &q_migrate_records, NO_PARAMS,
                                          INTO(migrate_records_fields, &records), ret_fault);

    if (status != ST_OK && strcmp(ret_fault->sqlstate, "42P01") != 0)
        return status;
    migrate_compare(probe->rq.arena, all_migrations, &records.records, PLANNER_VERSION, ret_view);
    return ST_OK;
}

struct clock_row {
    struct opt_int now;
};
static const struct field clock_fields[] = {ROW_INT(struct clock_row, now, REQUIRED), FIELD_END};

enum status probe_clock(struct probe *probe, int64_t *ret_now_ms, int64_t *ret_took_us)
{
    struct clock_row row = {0};
    struct probe_fault fault;
    struct tx_slot *slot =
        db_slot(&probe->rq, &q_doctor_clock, NO_PARAMS, INTO(clock_fields, &row));
    const int64_t from = clock_monotonic_us();

    TRY(run(probe, slot, &fault));
    *ret_took_us = clock_monotonic_us() - from;
    *ret_now_ms = row.now.v;
    return ST_OK;
}

bool probe_is_pooled(const struct probe *probe)
{
    return probe->db->pooled;
}

bool probe_is_local(const struct probe *probe)
{
    return probe->local;
}
