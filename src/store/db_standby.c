/*
 * Reads that a standby may answer. It is asked together with the question how far it is: what this
 * process wrote, read or was told of has to be there, else it is waited for a moment, and then the
 * primary is asked. The primary's position comes with each COMMIT and each read, in the same round
 * trip. Whatever goes wrong here is no failure of the call: the primary answers.
 */
#include "db_private.h"

#include "planner/base/clock.h"
#include "planner/base/memory.h"

#define PATIENCE_MS    1000 /* for connecting */
#define BEHIND_MS      100  /* for catching up; looked at after 4, 8, 16, ... ms */
#define PAUSE_FIRST_MS 1000 /* before it is asked again after a failure; doubles */
#define PAUSE_LAST_MS  30000

struct db_standby {
    struct db *db;
    char position[24]; /* of the primary, a pg_lsn; "": not known, so the primary is asked */
    char identity[48]; /* of the primary's store; "": not known yet */
    int64_t retry_ms, pause_ms;
    bool off; /* the primary does not tell its position */
    struct db_reads reads;
};

struct db_standby *db_standby_new(const struct db_config *config, const struct log *log)
{
    struct db_config own = *config;
    struct db_standby *standby = NULL;

    if (config->dsn == NULL || config->read_dsn == NULL)
        return NULL;
    standby = memory_alloc(sizeof(*standby));
    own.dsn = config->read_dsn;
    own.read_dsn = NULL;
    own.standby = true;
    own.beside = NULL;
    own.pooled = false; /* its own string says so, or does not */
    own.connect_timeout_ms = PATIENCE_MS;
    own.application = "mcp-planner reads";
    *standby = (struct db_standby){.db = db_new(&own, log)};
    return standby;
}

void db_standby_free(struct db_standby *standby)
{
    if (standby == NULL)
        return;
    db_free(standby->db);
    memory_free(standby);
}

void db_standby_idle(struct db_standby *standby, int64_t now_ms)
{
    if (standby != NULL)
        db_idle(standby->db, now_ms);
}

void db_reads_tell(const struct db *db, struct db_reads *ret_reads)
{
    *ret_reads = (struct db_reads){0};
    if (db->standby != NULL)
        *ret_reads = db->standby->reads;
}

/* ---- how far the primary is ---- */

static const struct field position_fields[] = {ROW_STR(struct db_position, position, OPTIONAL),
                                               FIELD_END};

struct tx_slot *db_position_slot(struct req *rq, struct db_position **ret_position)
{
    const struct db_standby *standby = rq->db->standby;

    *ret_position = NULL;
    if (standby == NULL || standby->off)
        return NULL;
    *ret_position = ARENA_NEW(rq->arena, struct db_position);
    return db_slot(rq, &q_wal_position, PARAMS(param_bool(rq->db->pooled)),
                   INTO(position_fields, *ret_position));
}

void db_position_learn(struct db *db, const struct db_position *position)
{
    if (db->standby == NULL)
        return;
    (void)snprintf(db->standby->position, sizeof(db->standby->position), "%s",
                   position == NULL || position->position == NULL ? "" : position->position);
}

void db_position_forget(struct db *db)
{
    db_position_learn(db, NULL);
}

void db_heard_news(struct db *db)
{
    db_position_forget(db);
}

bool db_position_refused(struct db *db, const struct db_fault *fault)
{
    if (db->standby == NULL || fault->query != q_wal_position.name ||
        db_named_is_lost(db, fault->sqlstate)) /* which says nothing of the log */
        return false;
    log_write(db->log, LOG_WARNING,
              "no standby is read from: the server does not tell how far its log is (%.200s)",
              fault->message);
    db->standby->off = true;
    return true;
}

/* ---- asking it ---- */

/* One question under way. */
struct asking {
    struct req *rq;
    struct db_standby *standby;
    const struct query *query;
    const char *const *params;
    struct into into;
    bool told; /* there is an answer, or a reason to give none: the primary is not asked */
};

static enum status failed(struct asking *a, const char *why)
{
    struct db_standby *s = a->standby;
    const int64_t twice = s->pause_ms * 2;

    s->pause_ms = twice < PAUSE_FIRST_MS ? PAUSE_FIRST_MS : twice;
    if (s->pause_ms > PAUSE_LAST_MS)
        s->pause_ms = PAUSE_LAST_MS;
    s->retry_ms = clock_monotonic_ms() + s->pause_ms;
    s->reads.failed++;
    meter_count(a->rq->meter, METER_STANDBY_READS, "failed", NULL);
    db_close(s->db);
    log_write(a->rq->log, LOG_WARNING, "the standby is not asked for %lld s: %s",
              (long long)(s->pause_ms / 1000), why);
    return ST_UNAVAILABLE;
}

struct identity_row {
    const char *identity;
};
static const struct field identity_fields[] = {ROW_STR(struct identity_row, identity, REQUIRED),
                                               FIELD_END};

/* Of the primary, once. */
static enum status learn_identity(struct asking *a)
{
    struct db_standby *s = a->standby;
    struct identity_row row = {NULL};

    if (s->identity[0] != '\0')
        return ST_OK;
    TRY(db_read(a->rq, &q_store_identity, NO_PARAMS, INTO(identity_fields, &row)));
    (void)snprintf(s->identity, sizeof(s->identity), "%s",
                   row.identity == NULL ? "" : row.identity);
    return ST_OK;
}

/* Of a new connection to the standby. */
static enum status check_identity(struct asking *a)
{
    struct identity_row row = {NULL};

    TRY(db_read(a->rq, &q_store_identity, NO_PARAMS, INTO(identity_fields, &row)));
    if (row.identity == NULL || strcmp(row.identity, a->standby->identity) != 0)
        return req_fail(a->rq, ST_UNAVAILABLE, "it is no copy of this store");
    return ST_OK;
}

static enum status connect_standby(struct asking *a)
{
    const bool fresh = !db_alive(a->standby->db);

    TRY(db_ensure(a->rq, clock_monotonic_ms() + PATIENCE_MS));
    return fresh ? check_identity(a) : ST_OK;
}

struct state_row {
    struct opt_bool standby, caught_up;
};
static const struct field state_fields[] = {ROW_BOOL(struct state_row, standby, REQUIRED),
                                            ROW_BOOL(struct state_row, caught_up, REQUIRED),
                                            FIELD_END};

/* The position first: what is read after it has come so far shows all that it stands for. */
static enum status ask_once(struct asking *a, struct state_row *ret_state)
{
    struct req *rq = a->rq;
    struct tx_slot *first =
        db_slot(rq, &q_standby_state, PARAMS(a->standby->position), INTO(state_fields, ret_state));
    struct db_fault fault;

    first->next = db_slot(rq, a->query, a->params, a->into);
    switch (db_batch(rq, db_read_slots(rq, first), &fault)) {
    case DB_DONE:
        a->told = fault.status != ST_OK; /* not to be read by us, wherever it comes from */
        return fault.status;
    case DB_REFUSED:
        return failed(a, fault.message);
    case DB_CANCELLED:
        a->told = true;
        return req_fail(rq, ST_CANCELLED, "the call was cancelled");
    case DB_LOST:
        break;
    }
    return failed(a, rq->db->gist);
}

/* What it does not know may be too new for it. */
static enum status answered(struct asking *a)
{
    struct db_standby *s = a->standby;

    if (s->pause_ms > 0)
        log_write(a->rq->log, LOG_WARNING, "the standby is asked again");
    s->pause_ms = 0;
    a->told = a->into.found == NULL || *a->into.found;
    if (a->told)
        s->reads.standby++;
    else
        s->reads.missing++;
    meter_count(a->rq->meter, METER_STANDBY_READS, a->told ? "standby" : "missing", NULL);
    return ST_OK;
}

static enum status ask_in_time(struct asking *a)
{
    const int64_t deadline = clock_monotonic_ms() + BEHIND_MS;
    enum status status = ST_OK;

    for (int pause = 4;; pause *= 2) {
        struct state_row state = {0};
        bool ready = false;
        TRY(ask_once(a, &state));
        if (!state.standby.v)
            return failed(a, "it is no standby any more");
        if (state.caught_up.v)
            return answered(a);
        if (clock_monotonic_ms() + pause > deadline)
            break;
        status = req_wait(a->rq, -1, 0, pause, &ready);
        a->told = status != ST_OK;
        TRY(status);
    }
    a->standby->reads.behind++;
    meter_count(a->rq->meter, METER_STANDBY_READS, "behind", NULL);
    a->standby->retry_ms = clock_monotonic_ms() + PAUSE_FIRST_MS;
    return ST_UNAVAILABLE;
}

static enum status ask(struct asking *a)
{
    struct req *rq = a->rq;
    struct db *primary = rq->db;
    enum status status = ST_OK;

    TRY(learn_identity(a));
    rq->db = a->standby->db;
    status = connect_standby(a);
    if (status == ST_OK)
        status = ask_in_time(a);
    else if (status == ST_CANCELLED)
        a->told = true;
    else
        (void)failed(a, rq->message);
    rq->db = primary;
    return status;
}

static bool may_ask(const struct db_standby *standby)
{
    return standby != NULL && !standby->off && standby->position[0] != '\0' &&
           clock_monotonic_ms() >= standby->retry_ms;
}

enum status db_read_standby(struct req *rq, const struct query *q, const char *const *params,
                            struct into into)
{
    struct asking asking = {rq, rq->db->standby, q, params, into, false};
    const enum status before = rq->status;
    const char *message = rq->message;

    if (may_ask(asking.standby)) {
        const enum status status = ask(&asking);
        if (asking.told)
            return status;
        rq->status = before; /* what went wrong with the standby is nobody's concern */
        rq->message = message;
    }
    return db_read(rq, q, params, into);
}
