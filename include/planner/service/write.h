/*
 * The frame of every write: flush one (begin, lock, read), the rules decide, flush two (change,
 * audit, answer, commit). A service writes the body; write_run starts it again when the store says
 * that it lost a race.
 *
 *     static enum status body(struct write *w, void *job)
 *         TRY(write_begin(w)); ... locks ...; write_find_request(w); tx_add(&w->tx, ...) ...;
 *         TRY(write_flush(w));
 *         if (w->answered)
 *             return ST_OK;            the request id was known: the answer is filled
 *         ... rules ...
 *         tx_add(&w->tx, ...); write_audit(w, ...);
 *         return write_commit(w, project, q_answer_..., params);
 *
 * The answer is composed by the last statement, in the transaction, as the JSON of the result
 * shape; fresh or replayed, it goes through the same decoder into the same struct.
 */
#ifndef PLANNER_SERVICE_WRITE_H
#define PLANNER_SERVICE_WRITE_H

#include "planner/service/ref.h"
#include "planner/service/shapes.h"
#include "planner/store/db.h"

/* What every write takes (SPEC 3); embedded as `write` in the argument structs. */
struct write_args {
    const char *request_id;
    struct opt_int expected_version;
    const char *agent;
    const char *fingerprint; /* tool and arguments, made by tools/; NULL without a request id */
};

struct write_audit_row;
struct request_row;

struct write {
    struct req *rq;
    const struct write_args *args;
    struct tx tx;
    struct into answer;         /* where the result goes */
    struct request_row *stored; /* what the request id brought */
    bool found;
    const struct lock_row *lock; /* of the flush, for its transaction id */
    const char *role;            /* that the call acts in, when it is not the configured one */
    const char *user;            /* who decided, when it is not the configured one */
    bool answered;               /* a stored answer was replayed into it */
    struct write_audit_row *rows;
    size_t n_rows;
    size_t cap_rows;
    bool audit_begun; /* the change has its number */
};

typedef enum status write_body(struct write *w, void *job);

/*
 * Run the body in a transaction of its own, again after ST_RETRY: at most WRITE_ATTEMPTS times, and
 * not again once WRITE_PATIENCE_MS have passed, because hosts give a call up after a minute.
 */
#define WRITE_ATTEMPTS    12
#define WRITE_PATIENCE_MS 15000
enum status write_run(struct req *rq, const struct write_args *args, struct into answer,
                      write_body *body, void *job) MUST_CHECK;

/* Queue BEGIN. */
enum status write_begin(struct write *w) MUST_CHECK;
/*
 * Queue the look-up of the request id: before anything that changes or refuses, but after the locks
 * of the write, so that the second of two that send one id at once finds the first one's answer.
 */
void write_find_request(struct write *w);
/* Queue the topology lock of the item's project; modes as in sql/queries/item_lock.sql. */
void write_lock_item(struct write *w, const struct ref *ref, const char *mode,
                     struct lock_row *ret_lock);
/*
 * The usual flush one of a write to one item: request id, lock, hold, state, flush. *ret_state is
 * filled unless the request id was known (w->answered). ST_NOT_FOUND names the argument; ST_RETRY
 * when the lock turned out to be too weak; ST_CONFLICT when the project is archived.
 */
struct item_read {
    struct lock_row lock;
    struct item_state state;
    bool found;
};
enum status write_read_item(struct write *w, const struct ref *ref, const char *mode,
                            struct item_state *ret_state) MUST_CHECK;
/* Its two halves, for writes that read more in the same flush. *ret_read has to outlive it. */
void write_queue_item(struct write *w, const struct ref *ref, const char *mode,
                      struct item_read *ret_read);
enum status write_flush_item(struct write *w, const struct ref *ref,
                             const struct item_read *read) MUST_CHECK;
/* The sentence for a project that takes no change. */
enum status write_archived(struct req *rq, const char *slug) MUST_CHECK;
/* What every reader of an item state under lock checks first; for writes that hold other rows. */
enum status write_check_item(struct write *w, const struct ref *ref, bool found,
                             const struct item_state *state) MUST_CHECK;
/* Flush one. Sets w->answered when the request id was known with the same arguments. */
enum status write_flush(struct write *w) MUST_CHECK;
/* Note one audit row; old and new are JSON objects or NULL. */
void write_audit(struct write *w, const char *entity_type, const char *entity_id,
                 const char *action, const char *old_values, const char *new_values);
/*
 * Queue the rows noted so far, ahead of write_commit: for calls of thousands, whose statements are
 * kept short. All rows of a call share one change number.
 */
void write_queue_audit(struct write *w, const char *project_id);
/* Flush two: the audit rows that are left, the answer (its row fills w->answer), COMMIT. */
enum status write_commit(struct write *w, const char *project_id, const struct query *answer,
                         const char *const *params) MUST_CHECK;
/* As write_commit, with the answer of sql/queries/answer_item.sql; `extra` is a JSON object. */
enum status write_commit_item(struct write *w, const struct item_state *state,
                              const char *extra) MUST_CHECK;
/* Queue the roll-up after the item's row was changed; `was` is its state before. */
void write_settle(struct write *w, const struct item_state *was);
/* Nothing has to change: remember the answer, which is written already, and end. */
enum status write_unchanged(struct write *w) MUST_CHECK;

/* The expected_version rule; `key` and ids for the sentence. */
enum status write_check_version(struct write *w, const char *project_id, const char *entity_id,
                                const char *key, int64_t version) MUST_CHECK;

#endif
