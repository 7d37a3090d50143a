/*
 * The way to the database: one connection for work, statements prepared on first use, pipelines.
 *
 * Every query answers with at most one row of one column: a JSON object without nulls, decoded
 * through a field table straight into a struct (base/field.h). So a query and the struct it fills
 * are held against each other at every call, and a statement can be pasted into psql and read.
 *
 * A write is two flushes: tx_begin + tx_add... + tx_flush (lock and read), decide in C,
 * tx_add... + tx_commit. A read is one: db_read.
 */
#ifndef PLANNER_STORE_DB_H
#define PLANNER_STORE_DB_H

#include "planner/base/field.h"
#include "planner/base/meter.h"
#include "planner/base/req.h"
#include "planner/cluster/cluster.h"
#include "planner/store/queries.h"

/* The limits of a connection. Borrowed for the life of the process. Times in ms. */
struct db_tuning {
    int64_t connect_ms;      /* one attempt to connect; 0: a third of the caller's patience */
    int64_t statement_ms;    /* a statement that takes longer is ended by the server */
    int64_t lock_ms;         /* as is one that waits longer for a lock */
    int64_t idle_close_ms;   /* a connection unused for longer is given up */
    int64_t user_timeout_ms; /* what was sent and is not acknowledged; 0: the system's own limit */
    int64_t keepalive_idle_ms, keepalive_interval_ms, keepalive_count; /* idle 0: none are sent */
    /* As sslmode, sslrootcert, sslcert and sslkey of libpq; NULL: as the connection string says. */
    const char *tls, *tls_ca, *tls_cert, *tls_key;
};

/* Where the database is. Strings are borrowed for the life of the process. */
struct db_config {
    const char *dsn;         /* a libpq connection string or URI; NULL: the private cluster */
    struct cluster *cluster; /* used when dsn is NULL */
    int connect_timeout_ms;  /* how long a call waits for a database that is away */
    bool
        pooled; /* behind a transaction pooler; port 6543 and pgbouncer=true say so by themselves */
    const char *read_dsn; /* a standby of dsn, for db_read_standby(); or NULL */
    bool standby;         /* this is it */
    bool stays; /* the process goes on after an outage: its log tells of loss and return */
    const char *application;        /* what pg_stat_activity shows; NULL: mcp-planner */
    const struct db_tuning *tuning; /* NULL: the usual limits */
    int slow_ms;       /* statements that take at least as long are logged, by name; 0: none are */
    bool any_schema;   /* connects whatever migrations the store has, and makes none */
    struct db *beside; /* shares what it knows of the server (health.h), and outlives us; or NULL */
};

/*
 * Process lifetime: made and destroyed in main.c; connects on first use. Takes those of libpq's
 * variables out of the environment that would redirect the connection or overrule its settings
 * (PGHOSTADDR, PGSERVICE, PGOPTIONS, PGTZ, ...), and for the private cluster all of them: they
 * belong to somebody's application.
 */
struct db *db_new(const struct db_config *config, const struct log *log);
void db_free(struct db *db);
/* Take every variable that libpq would read out of the environment, now and in later versions. */
void db_forget_environment(void);
/* Needs no TLS: a Unix socket, or this machine by an address or a name that nobody can move. */
bool db_host_is_local(const char *host);
/* Words of other drivers that mean something here, too. */
struct db_dsn_words {
    bool pooled;   /* pgbouncer=true */
    bool nameless; /* statement_cache_size=0: no prepared statements through a pooler */
};
/* The string without the words of other drivers, for which libpq would refuse all of it. */
const char *db_dsn_plain(struct arena *arena, const char *dsn, struct db_dsn_words *ret_words);
/* Give the connection up, so that the next use begins another session: with other settings, maybe.
 */
void db_give_up(struct db *db);
/*
 * Give the connection up when it was idle for a minute; called by the loop when nothing happens.
 * now_ms: clock_monotonic_ms().
 */
void db_idle(struct db *db, int64_t now_ms);
/*
 * False when the private cluster has not been made yet and the next use would make it: then nothing
 * is stored, which can be told without making it. Looks at the disk only, and only while there is
 * no connection.
 */
bool db_is_made(struct req *rq);
/* The connection goes through a transaction pooler, as far as we were told; false without one. */
bool db_is_pooled(const struct db *db);
/* The directory of the private cluster, on this machine; NULL for another database. */
const char *db_data_dir(const struct db *db);
/*
 * Add what was counted to what all processes have (planner.metrics), in a round trip of its own
 * that waits for no lock; for when nothing else is to be done. False when nothing was added:
 * nothing new, no connection at hand (none is made), another process at it, or no answer within
 * timeout_ms (then the connection is closed). The counts stay for the next time. rq->meter should
 * be NULL, or this is counted as well.
 */
bool db_meter_add(struct req *rq, struct meter *meter, int timeout_ms);
/* Flushes since db_new: round trips, as the tests count them. */
long db_flushes(const struct db *db);

/* Where the row of a statement goes; fields NULL: nothing is expected back. */
struct into {
    const struct field *fields;
    size_t size;
    void *out;   /* zeroed when there was no row */
    bool *found; /* may be NULL */
};
#define INTO(table, ptr)              ((struct into){(table), sizeof(*(ptr)), (ptr), NULL})
#define INTO_FOUND(table, ptr, found) ((struct into){(table), sizeof(*(ptr)), (ptr), (found)})
#define INTO_NOTHING                  ((struct into){0})

/* Parameters are text, NULL for SQL null, borrowed until the flush. */
#define PARAMS(...) ((const char *const[]){__VA_ARGS__})
#define NO_PARAMS   ((const char *const[]){NULL})
const char *param_int(struct req *rq, int64_t value);
const char *param_num(struct req *rq, double value);
const char *param_bool(bool value);
const char *param_opt_int(struct req *rq, struct opt_int value); /* NULL when not set */
const char *param_opt_num(struct req *rq, struct opt_num value); /* NULL when not set */
const char *param_opt_bool(struct opt_bool value);               /* NULL when not set */
/* A PostgreSQL array literal of text; NULL elements are SQL nulls. */
const char *param_texts(struct req *rq, const char *const *texts, size_t n);

/*
 * One statement, one round trip, outside a transaction of ours. Errors as for tx_flush, except
 * that a lost connection is simply tried again once: a read changes nothing.
 */
enum status db_read(struct req *rq, const struct query *q, const char *const *params,
                    struct into into) MUST_CHECK;

/*
 * As db_read, but where a standby is configured it may answer. What this process has written or
 * read, or db_heard_news() was called for, is in the answer all the same; what others have written
 * since may be missing. Where the statement finds nothing on the standby, the primary is asked.
 */
enum status db_read_standby(struct req *rq, const struct query *q, const char *const *params,
                            struct into into) MUST_CHECK;
/* The client was told that others have changed something: what is read next has to show it. */
void db_heard_news(struct db *db);
/* How reads of db_read_standby went since db_new; zeros where no standby is configured. */
struct db_reads {
    long standby; /* answered by it */
    long missing; /* it did not know what was asked for, and the primary was asked, too */
    long behind;  /* it did not come as far as it had to within a moment: the primary was asked */
    long failed;  /* it was away, refused, or is no standby of this store: the primary was asked */
};
void db_reads_tell(const struct db *db, struct db_reads *ret_reads);

struct tx_slot;

/* A transaction. Scoped: rolls back when it leaves its block uncommitted. */
struct tx {
    struct req *rq;
    struct tx_slot *first, *last; /* queued statements of this flush */
    bool open;                    /* BEGIN was sent and not ended */
    bool sent;                    /* at least one flush went through */
    const char *constraint;       /* after ST_CONFLICT: the constraint that refused, or NULL */
    const char *xid;              /* set by tx_note_xid; lets a lost COMMIT be looked up */
    int flushes;                  /* round trips so far */
    bool wakes;                   /* after COMMIT, in its round trip: tell those who listen */
    const char *subject;          /* what is being changed, for the sentence about a lost COMMIT */
    const char *look;             /* the call that tells whether it was; NULL: get_item SUBJECT */
    bool repeatable;              /* the call has a request id: again, it is done once */
    bool stored;                  /* after ST_UNKNOWN: looked up, and it was stored */
};
void tx_abort(struct tx *tx);
#define OWN_TX __attribute__((cleanup(tx_abort))) struct tx

/* Queue BEGIN; nothing is sent yet. Connects first when there is no connection. */
enum status tx_begin(struct req *rq, struct tx *tx) MUST_CHECK;
/* Queue a statement. Params are copied into the arena. */
void tx_add(struct tx *tx, const struct query *q, const char *const *params, struct into into);
/*
 * When the answer of the statement queued last is there, the client hears how far the request is
 * (req_progress); the server sends that answer at once instead of with the last one. Strings are
 * borrowed until the flush.
 */
void tx_mark(struct tx *tx, double done, double total, const char *message);
/*
 * Send what is queued, read every answer, decode the rows. ST_UNAVAILABLE when the server is gone
 * (nothing was changed), ST_CONFLICT on a unique, foreign key, check or exclusion constraint
 * (tx->constraint names it), ST_RETRY on 40001 and 40P01, ST_CANCELLED, ST_BUG otherwise. After an
 * error the transaction is over.
 */
enum status tx_flush(struct tx *tx) MUST_CHECK;
/*
 * Tell the transaction its own id and start ("ID START", read in the first flush), so that
 * a COMMIT whose answer was lost can be looked up by the audit row that it wrote. Borrowed until
 * the transaction ends.
 */
void tx_note_xid(struct tx *tx, const char *xid);
/*
 * As tx_flush, with COMMIT at the end. ST_UNKNOWN when the connection broke after COMMIT may have
 * reached the server and looking afterwards could not tell, or (tx->stored) that it was stored;
 * when it could tell "not committed", ST_RETRY.
 */
enum status tx_commit(struct tx *tx) MUST_CHECK;

#endif
