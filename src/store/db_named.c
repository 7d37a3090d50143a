/*
 * Statements by name: parsed and planned once by the session that runs them, then called.
 *
 * With a connection of our own the session is ours. A transaction pooler gives each transaction
 * another one; some poolers (pgBouncer from 1.21) know who prepared what, prepare it in each
 * session on first use under a name of their own, and so it is planned once per session there, too.
 * Others hand a name through to whichever session it is: to those everything goes unnamed. Which
 * kind it is the first round trip of a connection tells: session_keeps.sql.
 *
 * Through a pooler no name is used twice on a connection. After an error the server has skipped the
 * rest of a batch, and whether a pooler still has the names from there differs from one to the
 * next.
 */
#include "db_private.h"

#include "planner/base/clock.h"
#include "planner/base/memory.h"

#define NAME_MAX_BYTES 64     /* PostgreSQL cuts longer ones off */
#define DOUBT_MS       600000 /* a pooler that lost a statement is asked again after so long */

static struct db_prepared *find(const struct db *db, const struct query *q)
{
    for (size_t i = 0; i < db->n_prepared; i++) {
        if (db->prepared[i].query == q)
            return &db->prepared[i];
    }
    return NULL;
}

static const struct db_prepared *add(struct db *db, const struct query *q)
{
    if (db->n_prepared == db->cap_prepared) {
        db->cap_prepared = db->cap_prepared == 0 ? 64 : db->cap_prepared * 2;
        db->prepared = memory_grow(db->prepared, db->cap_prepared * sizeof(*db->prepared));
    }
    db->prepared[db->n_prepared] = (struct db_prepared){.query = q, .number = ++db->n_names};
    return &db->prepared[db->n_prepared++];
}

/* session_unname.sql knows the form. */
static void name_of(const struct db *db, const struct db_prepared *prepared,
                    char name[NAME_MAX_BYTES])
{
    if (db->pooled)
        (void)snprintf(name, NAME_MAX_BYTES, "planner.%s.%u", prepared->query->name,
                       prepared->number);
    else
        (void)snprintf(name, NAME_MAX_BYTES, "%s", prepared->query->name);
}

static bool send_unnamed(struct db *db, const struct tx_slot *slot)
{
    return PQsendQueryParams(db->conn, slot->query->sql, slot->query->n_params, NULL, slot->params,
                             NULL, NULL, 0) == 1;
}

static bool send_named(struct db *db, const struct tx_slot *slot, const char *name)
{
    return PQsendQueryPrepared(db->conn, name, slot->query->n_params, slot->params, NULL, NULL,
                               0) == 1;
}

bool db_named_send(struct db *db, struct tx_slot *slot)
{
    const struct db_prepared *prepared = find(db, slot->query);
    char name[NAME_MAX_BYTES];

    slot->prepares = false;
    if (db->pooled && !db->keeps && slot->query != &q_session_keeps)
        return send_unnamed(db, slot);
    slot->prepares = prepared == NULL;
    if (prepared == NULL)
        prepared = add(db, slot->query);
    name_of(db, prepared, name);
    if (slot->prepares && PQsendPrepare(db->conn, name, slot->query->sql, 0, NULL) != 1)
        return false;
    return send_named(db, slot, name);
}

bool db_named_send_known(struct db *db, const struct tx_slot *slot)
{
    const struct db_prepared *prepared = find(db, slot->query);
    char name[NAME_MAX_BYTES];

    if (prepared == NULL)
        return send_unnamed(db, slot);
    name_of(db, prepared, name);
    return send_named(db, slot, name);
}

void db_named_confirm(struct db *db, const struct query *q)
{
    struct db_prepared *prepared = find(db, q);

    if (prepared != NULL)
        prepared->confirmed = true;
}

void db_named_forget(struct db *db)
{
    size_t n = 0;

    for (size_t i = 0; i < db->n_prepared; i++) {
        if (db->prepared[i].confirmed)
            db->prepared[n++] = db->prepared[i];
    }
    db->n_prepared = n;
}

/* ---- poolers ---- */

static const struct field keeps_fields[] = {FIELD_BOOL(struct db_keeps, passed_on, REQUIRED, NULL),
                                            FIELD_END};

struct tx_slot *db_named_ask(struct req *rq, struct db_keeps *ret_keeps, struct tx_slot *then)
{
    const struct db *db = rq->db;
    struct tx_slot *first = NULL;

    if (!db->pooled || db->nameless || clock_monotonic_ms() < db->doubted_until_ms)
        return then;
    first = db_slot(rq, &q_session_unname, NO_PARAMS, INTO_NOTHING);
    first->next = db_slot(rq, &q_session_keeps, NO_PARAMS, INTO(keeps_fields, ret_keeps));
    first->next->next = db_slot(rq, &q_session_unname, NO_PARAMS, INTO_NOTHING);
    first->next->next->next = then;
    return first;
}

void db_named_learn(struct db *db, const struct db_keeps *keeps)
{
    struct db_prepared *asked = find(db, &q_session_keeps);

    if (asked != NULL) /* where the name was passed on it is gone already */
        asked->confirmed = false;
    db_named_forget(db);
    db->keeps = keeps->passed_on.set && !keeps->passed_on.v;
    if (keeps->passed_on.set)
        log_write(db->log, LOG_DEBUG, "the pooler %s prepared statements",
                  db->keeps ? "keeps" : "does not keep");
}

bool db_named_ask_refused(struct db *db, const struct db_fault *fault)
{
    if (fault->query != q_session_keeps.name && fault->query != q_session_unname.name)
        return false;
    log_write(db->log, LOG_DEBUG, "the pooler takes no prepared statement: SQLSTATE %s: %.300s",
              fault->sqlstate, fault->message);
    db->nameless = true;
    return true;
}

bool db_named_is_lost(const struct db *db, const char *sqlstate)
{
    static const char *const of_poolers[] = {"42P05", "08P01"};
    bool lost = strcmp(sqlstate, "26000") == 0;

    for (size_t i = 0; db->pooled && db->keeps && i < LENGTH_OF(of_poolers); i++)
        lost = lost || strcmp(sqlstate, of_poolers[i]) == 0;
    return lost;
}

void db_named_doubt(struct db *db)
{
    if (!db->pooled || !db->keeps)
        return;
    db->keeps = false;
    db->doubted_until_ms = clock_monotonic_ms() + DOUBT_MS;
    log_write(db->log, LOG_WARNING,
              "the pooler has lost a prepared statement: for ten minutes they go unnamed");
}
