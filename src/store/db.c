/* struct db: its life, reads, and the one way to run a batch that may be sent again. */
#include "db_private.h"

#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/memory.h"

#define RESENDS 3 /* a server that drops every connection is not worth more */

/*
 * What libpq would read from the environment (its manual, chapter 34.15) and what would redirect a
 * connection or overrule our settings, whatever names the database.
 */
static const char *const variables_never[] = {
    "PGHOSTADDR",           "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGTZ", "PGDATESTYLE",
    "PGTARGETSESSIONATTRS", "PGGEQO",    "PGAPPNAME"};
/* Read by libpq although they stand for no parameter of a connection. */
static const char *const variables_beside[] = {"PGREQUIRESSL", "PGSYSCONFDIR"};

static void forget_variables(const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)unsetenv(names[i]);
}

/* libpq itself says what it would read. */
void db_forget_environment(void)
{
    PQconninfoOption *options = PQconninfoParse("", NULL);

    for (size_t i = 0; options != NULL && options[i].keyword != NULL; i++) {
        if (options[i].envvar != NULL)
            (void)unsetenv(options[i].envvar);
    }
    PQconninfoFree(options);
    forget_variables(variables_beside, LENGTH_OF(variables_beside));
}

struct db *db_new(const struct db_config *config, const struct log *log)
{
    struct db *db = memory_alloc(sizeof(*db));

    *db = (struct db){.config = *config, .log = log, .standby = db_standby_new(config, log)};
    db_link_init(&db->own_link, (unsigned)getpid() * 2654435761U ^ (unsigned)clock_monotonic_ms());
    db->link = config->beside != NULL ? config->beside->link : &db->own_link;
    forget_variables(variables_never, LENGTH_OF(variables_never));
    if (config->dsn == NULL)
        db_forget_environment();
    return db;
}

void db_close(struct db *db)
{
    if (db->conn != NULL)
        PQfinish(db->conn);
    db->conn = NULL;
    db->n_prepared = 0;
}

void db_free(struct db *db)
{
    if (db == NULL)
        return;
    db_close(db);
    db_link_end(&db->own_link);
    db_standby_free(db->standby);
    memory_free(db->prepared);
    memory_free(db);
}

bool db_is_made(struct req *rq)
{
    const struct db *db = rq->db;
    struct cluster_state state;

    if (db->conn != NULL || db->config.dsn != NULL)
        return true;
    return cluster_look(rq, db->config.cluster, &state) != ST_OK || state.initialised ||
           cluster_examine(rq, db->config.cluster) != ST_OK;
}

bool db_is_pooled(const struct db *db)
{
    return db->pooled;
}

const char *db_data_dir(const struct db *db)
{
    return db->config.dsn == NULL ? db->config.cluster->data_dir : NULL;
}

void db_give_up(struct db *db)
{
    if (!db->busy)
        db_close(db);
}

void db_idle(struct db *db, int64_t now_ms)
{
    if (db->conn != NULL && !db->busy && now_ms - db->used_ms > db_tuning(db)->idle_close_ms) {
        log_write(db->log, LOG_DEBUG, "database connection given up: idle");
        db_close(db);
    }
    db_standby_idle(db->standby, now_ms);
}

long db_flushes(const struct db *db)
{
    return db->flushes;
}

struct tx_slot *db_slot(struct req *rq, const struct query *q, const char *const *params,
                        struct into into)
{
    struct tx_slot *slot = ARENA_NEW(rq->arena, struct tx_slot);
    const char **copy = ARENA_MANY(rq->arena, (size_t)q->n_params + 1, const char *);

    if (q->n_params > 0)
        memcpy(copy, params, (size_t)q->n_params * sizeof(*copy));
    *slot = (struct tx_slot){.query = q, .params = copy, .into = into};
    return slot;
}

enum status db_run(struct req *rq, struct tx_slot *first, struct db_fault *ret_fault,
                   enum db_outcome *ret_outcome)
{
    const int64_t deadline = clock_monotonic_ms() + rq->db->config.connect_timeout_ms;

    for (int tries = 1;; tries++) {
        enum db_outcome outcome = DB_LOST;
        TRY(db_ensure(rq, deadline));
        outcome = db_batch(rq, first, ret_fault);
        if (outcome != DB_LOST || tries == RESENDS || clock_monotonic_ms() >= deadline) {
            *ret_outcome = outcome;
            return ST_OK;
        }
        req_note(rq, LOG_INFO, "database connection lost (%s): connecting again", rq->db->gist);
    }
}

static enum status read_once(struct req *rq, const struct query *q, const char *const *params,
                             struct into into)
{
    const int64_t deadline = clock_monotonic_ms() + rq->db->config.connect_timeout_ms;
    struct db_position *position = NULL;
    struct tx_slot *slot = NULL;
    struct db_fault fault;
    enum db_outcome outcome = DB_LOST;

    TRY(db_ensure(rq, deadline)); /* only then is it known what has to go along */
    slot = db_slot(rq, q, params, into);
    slot->next = db_position_slot(rq, &position);
    TRY(db_run(rq, db_read_slots(rq, slot), &fault, &outcome));
    switch (outcome) {
    case DB_DONE:
        db_position_learn(rq->db, position);
        return fault.status;
    case DB_REFUSED:
        if (db_position_refused(rq->db, &fault))
            return read_once(rq, q, params, into);
        return db_fault_fail(rq, &fault);
    case DB_CANCELLED:
        return req_fail(rq, ST_CANCELLED, "the call was cancelled");
    case DB_LOST:
        break;
    }
    return db_away_fail(rq);
}

enum status db_read(struct req *rq, const struct query *q, const char *const *params,
                    struct into into)
{
    const enum status status = read_once(rq, q, params, into);

    if (status == ST_RETRY && rq->db->conn == NULL) /* the session was given up: a new one */
        return read_once(rq, q, params, into);
    return status;
}
