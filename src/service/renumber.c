/*
 * When the keys at one spot have become too long, the children of that parent get new ones, evenly
 * spaced, in a transaction of its own under the exclusive topology lock; then the write that met
 * them starts again.
 */
#include "planner/service/plan_parts.h"

enum status plan_renumber(struct write *w, const struct ref *parent)
{
    struct req *rq = w->rq;
    struct lock_row lock;
    OWN_TX tx = {0};

    tx_abort(&w->tx);
    TRY(tx_begin(rq, &tx));
    tx_add(&tx, &q_item_lock, PARAMS(REF_PARAMS(parent), "exclusive"), INTO(lock_fields, &lock));
    tx_add(&tx, &q_audit_renumbered, PARAMS(REF_PARAMS(parent), rq->actor.agent), INTO_NOTHING);
    tx_add(&tx, &q_items_renumber, PARAMS(REF_PARAMS(parent)), INTO_NOTHING);
    tx.wakes = true;
    TRY(tx_commit(&tx));
    return req_fail(rq, ST_RETRY, "the children of '%s' were renumbered", parent->text);
}
