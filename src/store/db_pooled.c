/*
 * Behind a transaction pooler. Each transaction may meet another session of the server, one that
 * others have used before, so each brings what it needs and leaves nothing behind.
 */
#include "db_private.h"

static const struct query begin_own = {"tx begin", "BEGIN", 0};
static const struct query begin_shared = {"tx begin", "BEGIN ISOLATION LEVEL READ COMMITTED", 0};
static const struct query begin_to_write = {"tx begin",
                                            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", 0};
/* What the database says, not what somebody has set: an answer has to mean that it is on disk. */
static const struct query commit_durably = {"tx durable", "SET LOCAL synchronous_commit TO DEFAULT",
                                            0};
static const struct query commit = {"tx commit", "COMMIT", 0};

static struct tx_slot *plain_slot(struct req *rq, const struct query *q)
{
    return db_slot(rq, q, NO_PARAMS, INTO_NOTHING);
}

/* Of a request that is part of a trace, its name for this transaction. */
static struct tx_slot *append_trace(struct req *rq, struct tx_slot *last)
{
    last->next = db_trace_slot(rq);
    return last->next != NULL ? last->next : last;
}

static struct tx_slot *begin_pooled(struct req *rq, struct tx_slot **ret_last)
{
    const struct db_tuning *tuning = db_tuning(rq->db);
    struct tx_slot *first = plain_slot(rq, rq->db->may_write ? &begin_to_write : &begin_shared);
    struct tx_slot *last = first;

    last = last->next = plain_slot(rq, &q_session_settings);
    last = last->next = db_slot(
        rq, &q_session_limits,
        PARAMS(param_int(rq, tuning->statement_ms), param_int(rq, tuning->lock_ms)), INTO_NOTHING);
    last = last->next = plain_slot(rq, &q_session_undo);
    last = last->next = plain_slot(rq, &commit_durably);
    last = append_trace(rq, last);
    *ret_last = last;
    return first;
}

struct tx_slot *db_begin_slots(struct req *rq, struct tx_slot **ret_last)
{
    struct tx_slot *first = NULL;

    if (rq->db->pooled)
        return begin_pooled(rq, ret_last);
    first = plain_slot(rq, &begin_own);
    *ret_last = append_trace(rq, first);
    return first;
}

struct tx_slot *db_read_slots(struct req *rq, struct tx_slot *statements)
{
    struct tx_slot *last = NULL;
    struct tx_slot *first = NULL;

    if (!rq->db->pooled && rq->trace == NULL)
        return statements;
    if (rq->db->pooled)
        first = begin_pooled(rq, &last);
    else
        first = last = db_trace_slot(rq); /* in the implicit transaction of one round trip */
    for (last->next = statements; last->next != NULL;)
        last = last->next;
    if (rq->db->pooled)
        last->next = plain_slot(rq, &commit);
    return first;
}

static const struct field defaults_fields[] = {
    FIELD_BOOL(struct db_defaults, may_write, REQUIRED, NULL), FIELD_END};

struct tx_slot *db_defaults_slot(struct req *rq, struct db_defaults *ret_defaults)
{
    return db_slot(rq, &q_session_defaults, NO_PARAMS, INTO(defaults_fields, ret_defaults));
}
