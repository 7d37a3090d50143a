/*
 * Moving much: one transaction on a connection of its own, with plans and limits for whole
 * projects. Rows come out one at a time, so that memory does not depend on how many there are; or
 * sets of them go in, and what the server refuses can be told and taken back without losing what
 * went before.
 */
#ifndef PLANNER_STORE_TRANSFER_H
#define PLANNER_STORE_TRANSFER_H

#include "planner/base/json.h"
#include "planner/store/db.h"

enum transfer_way {
    TRANSFER_OUT, /* REPEATABLE READ, READ ONLY: all statements see one moment */
    TRANSFER_IN   /* READ COMMITTED, READ WRITE: what is locked is seen as it is then */
};

/* Why the server refused a statement. Texts are in the request's arena and may quote values. */
struct transfer_fault {
    char sqlstate[6];
    const char *message;
    const char *detail;     /* NULL: none */
    const char *constraint; /* NULL: none */
    const char *column;     /* NULL: none */
};

/* Scoped; what was not committed is rolled back. Borrows rq. */
struct transfer;
/* ST_UNAVAILABLE as tx_begin: also when the schema is not that of this program. */
enum status transfer_open(struct req *rq, enum transfer_way way,
                          struct transfer **ret_transfer) MUST_CHECK;
void transfer_close(struct transfer **transfer);
#define OWN_TRANSFER __attribute__((cleanup(transfer_close))) struct transfer

/* Begin a statement of one text or JSON column; all its rows are to be read before the next one. */
enum status transfer_select(struct transfer *transfer, const struct query *q,
                            const char *const *params) MUST_CHECK;
/* The next row, borrowed until the one after it; ptr NULL at the end. */
enum status transfer_next(struct transfer *transfer, struct span *ret_row) MUST_CHECK;

/* A statement with one row or none. ST_CONFLICT: the server refused it; see transfer_fault. */
enum status transfer_run(struct transfer *transfer, const struct query *q,
                         const char *const *params, struct into into) MUST_CHECK;
/*
 * The same in two halves, so that the caller can work beside the server: the parameters are not
 * needed any more when it was sent, and nothing else is run before it was waited for.
 */
enum status transfer_send(struct transfer *transfer, const struct query *q,
                          const char *const *params) MUST_CHECK;
enum status transfer_wait(struct transfer *transfer, struct into into) MUST_CHECK;
/*
 * From here on statements may read whole tables; the way out does so from the beginning. `loops`:
 * also row by row, which is wrong for what has just been stored and has no statistics.
 */
enum status transfer_whole(struct transfer *transfer, bool loops) MUST_CHECK;
/* Of the last ST_CONFLICT. */
const struct transfer_fault *transfer_fault(const struct transfer *transfer);

/* A place to come back to after a refusal; one at a time. */
enum status transfer_mark(struct transfer *transfer) MUST_CHECK;
enum status transfer_keep(struct transfer *transfer) MUST_CHECK;
enum status transfer_back(struct transfer *transfer) MUST_CHECK;

/* ST_UNKNOWN: the connection broke, and it was stored or not. */
enum status transfer_commit(struct transfer *transfer) MUST_CHECK;

#endif
