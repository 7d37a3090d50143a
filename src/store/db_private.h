/*
 * What the files of the store share and nobody else sees.
 *
 * db.c owns struct db; db_connect.c makes connections (db_params.c says with what); db_batch.c
 * sends statements and reads answers; db_named.c has the names of prepared ones; db_pooled.c is
 * what a transaction pooler takes; db_fault.c turns what went wrong into a status; db_tx.c is the
 * transaction; db_heal.c and db_probe.c look for a server that is away; db_helper.c has the threads
 * for what libpq and libc can only do blocking.
 */
#ifndef PLANNER_STORE_DB_PRIVATE_H
#define PLANNER_STORE_DB_PRIVATE_H

#include "planner/store/db.h"
#include "planner/store/health.h"
#include "planner/store/migrate.h"

#define DB_STALL_STANDBY_MS 4000   /* a standby without an answer for longer is lost */
#define DB_SERVER_OLDEST    150000 /* PQserverVersion() */
#define DB_STALL_BEYOND_MS  10000  /* after statement_timeout: without an answer it is lost */
#define DB_DOUBT_MS         5000   /* without an answer for longer it is asked whether it lives */
#define DB_DRAIN_MS         600 /* to end what was cancelled; SPEC 4: SIGTERM ends us in a second */
#define DB_CANCEL_AGAIN_MS  20  /* the server may have overheard the request to stop */
#define DB_ROLLBACK_MS      300 /* else the connection is closed, which rolls back as well */

/* A statement that the server of this connection has parsed, or is about to. */
struct db_prepared {
    const struct query *query;
    unsigned number; /* in its name: through a pooler none is used twice */
    bool confirmed;
};

/* What is known about the server; the feed shares that of the connection for work. */
struct db_link {
    struct breaker breaker;
    int64_t away_since; /* epoch ms of the first failure in a row; 0 while all is well */
    char gist[160];     /* why the last attempt failed */
    int fd;             /* of the probe under way; -1: none */
    int64_t probe_ms;   /* when it began, monotonic */
    int64_t probe_limit_ms;
    bool told;    /* its loss was logged: so is its return, at the same level */
    bool silent;  /* the last probe heard nothing from a server */
    bool doubted; /* a probe runs because a statement is not answered */
};

struct db {
    struct db_config config;
    struct db_link own_link;
    struct db_link *link; /* own_link, or that of config.beside */
    const struct log *log;
    PGconn *conn; /* NULL: none; otherwise in pipeline mode, nothing outstanding between calls */
    bool pooled;
    bool nameless;  /* pooled: nobody is to ask whether prepared statements are kept */
    bool keeps;     /* pooled: they are */
    bool may_write; /* pooled: the database is not read-only by itself, only if a session is */
    bool busy;      /* between send and the last answer; a second use is a defect */
    struct db_prepared *prepared;
    size_t n_prepared, cap_prepared;
    unsigned n_names;         /* given so far */
    int64_t doubted_until_ms; /* monotonic: the pooler has lost a statement; not asked before */
    int64_t used_ms;          /* monotonic, end of the last flush */
    bool unreached;           /* the last failure was db_away_fail() */
    char gist[160];    /* why the connection was lost last, one line without host and secret */
    char lost_xid[96]; /* of a COMMIT that nobody could say anything about; "": none */
    struct db_standby *standby; /* or NULL */
    size_t turn;                /* which of several servers is asked first */
    long flushes, connections, losses;
};

/* One queued statement. In the request's arena. */
struct tx_slot {
    struct tx_slot *next;
    const struct query *query;
    const char *const *params;
    struct into into;
    bool prepares; /* its Parse went out with this batch */
    struct {
        double done, total;
        const char *message; /* NULL: nothing is told */
    } mark;                  /* tx_mark */
};

/* The first thing that went wrong in a batch. Strings are in the request's arena. */
struct db_fault {
    enum status status; /* of decoding a row; ST_OK when the server refused or nothing is wrong */
    char sqlstate[6];
    const char *message;
    const char *constraint; /* or NULL */
    const char *query;      /* name */
    const char *standby;    /* "on", "off" as the server calls itself; NULL: it did not say */
};

enum db_outcome {
    DB_DONE,     /* every statement went through; fault.status tells about decoding */
    DB_REFUSED,  /* the server said no (fault); the connection is in step */
    DB_LOST,     /* the connection is gone (db->gist) and closed */
    DB_CANCELLED /* drained or closed */
};

/* db_meter.c */
/* A batch has ended: its statements, its time, what went wrong. */
void db_meter_batch(struct req *rq, const struct tx_slot *first, int64_t began_us,
                    enum db_outcome outcome, const struct db_fault *fault);
/* A statement took at least config.slow_ms. */
void db_meter_slow(struct req *rq, const struct query *q, int64_t us, const PGresult *res);
/* Of a request that is part of a trace: names it in the session, for one transaction; else NULL. */
struct tx_slot *db_trace_slot(struct req *rq);

/* db.c */
void db_close(struct db *db);
struct tx_slot *db_slot(struct req *rq, const struct query *q, const char *const *params,
                        struct into into);
/* Run a batch that may be sent again when the connection breaks: connects, resends. */
enum status db_run(struct req *rq, struct tx_slot *first, struct db_fault *ret_fault,
                   enum db_outcome *ret_outcome) MUST_CHECK;

/* db_named.c */
struct db_keeps {
    struct opt_bool passed_on; /* the pooler gave the server the name as it was */
};
/* Queue the slot's statement in libpq: by name where that can be done; sets slot->prepares. */
bool db_named_send(struct db *db, struct tx_slot *slot);
/* The same without ever parsing by a name, for who does not tell answers apart. */
bool db_named_send_known(struct db *db, const struct tx_slot *slot);
/* The server has parsed it. */
void db_named_confirm(struct db *db, const struct query *q);
/* Those that are not confirmed by now never were parsed. */
void db_named_forget(struct db *db);
/*
 * Behind a pooler: statements in front of `then`, in one transaction with it, that find out whether
 * names can be used; db_named_learn() when they were answered, in whatever way.
 */
struct tx_slot *db_named_ask(struct req *rq, struct db_keeps *ret_keeps, struct tx_slot *then);
void db_named_learn(struct db *db, const struct db_keeps *keeps);
/* It was the asking that was refused: this connection is not asked again. */
bool db_named_ask_refused(struct db *db, const struct db_fault *fault);
/* The server does not know the statement, or another one by its name. */
bool db_named_is_lost(const struct db *db, const char *sqlstate);
/* Give names up behind this pooler for a while; does nothing where they were not used. */
void db_named_doubt(struct db *db);

/* db_pooled.c */
#define DB_POOLED_ROWS \
    3 /* answers with a row before that to the first statement of a transaction */
/* BEGIN and, behind a pooler, what makes the session ours; *ret_last is where to go on. */
struct tx_slot *db_begin_slots(struct req *rq, struct tx_slot **ret_last);
/* Statements that are a transaction by themselves: behind a pooler with all around that it takes.
 */
struct tx_slot *db_read_slots(struct req *rq, struct tx_slot *statements);
/* How transactions begin in this database, as far as we have to know; zeroed: not known yet. */
struct db_defaults {
    struct opt_bool may_write;
};
struct tx_slot *db_defaults_slot(struct req *rq, struct db_defaults *ret_defaults);

/* db_standby.c */
struct db_position {
    const char *position; /* NULL: not told */
};
struct db_standby *db_standby_new(const struct db_config *config, const struct log *log);
void db_standby_free(struct db_standby *standby);
void db_standby_idle(struct db_standby *standby, int64_t now_ms);
/*
 * Asks the primary how far it is, behind what was read or committed. NULL where nobody wants to
 * know; *ret_position is filled by the flush.
 */
struct tx_slot *db_position_slot(struct req *rq, struct db_position **ret_position);
void db_position_learn(struct db *db, const struct db_position *position);
void db_position_forget(struct db *db);
/* The server refused to tell it; it is not asked again. */
bool db_position_refused(struct db *db, const struct db_fault *fault);

/* db_params.c */
struct db_params {
    const char **keywords; /* for PQconnectStartParams, ended by NULL */
    const char **values;
    struct db_dsn_words words; /* with what the configuration and the port say */
};
/* Everything that libpq is told. Resolves names through a helper. ST_INVALID: unreadable dsn. */
enum status db_params_make(struct req *rq, const struct db *db, int64_t deadline,
                           struct db_params *ret_params) MUST_CHECK;
/* As they are given to a thread that may block: names are left to libpq, with a time limit. */
enum status db_params_for_probe(struct req *rq, const struct db *db, int timeout_ms,
                                struct db_params *ret_params) MUST_CHECK;

/* db_tuning.c */
const struct db_tuning *db_tuning(const struct db *db);
/* How long an answer is waited for: somewhat longer than the server itself would. */
int db_stall_ms(const struct db *db);

/* db_tls.c */
/* What to do when libpq says this; NULL when it is not about TLS. No path and no name is in it. */
const char *db_tls_advice(const char *message);

/* db_connect.c */
/* A bare connection: blocking protocol, no gate. `deadline` is monotonic ms. */
enum status db_open(struct req *rq, struct db *db, int64_t deadline, PGconn **ret_conn) MUST_CHECK;
/* What became of a transaction, "ID START": "committed", "aborted", "in progress"; NULL: no answer.
 */
const char *db_fate(struct req *rq, const char *xid);
/* Make sure that db->conn is there, alive as far as one can see, and of our schema. */
enum status db_ensure(struct req *rq, int64_t deadline) MUST_CHECK;
/* How long one attempt may take: a silent server must not use up a call's whole patience. */
int db_attempt_ms(const struct db *db);
/* False when there is no connection or it is known to be broken; nothing is sent to find out. */
bool db_alive(const struct db *db);

/* At most one row of one column, JSON, into `into`. The tree lives as long as the request. */
enum status db_decode(struct req *rq, const struct query *q, const struct into *into,
                      const PGresult *res) MUST_CHECK;

/* db_batch.c */
/* Send the slots and a sync, read every answer. Never reconnects; writes ret_fault always. */
enum db_outcome db_batch(struct req *rq, struct tx_slot *first, struct db_fault *ret_fault);
/* As db_batch, for what may be given up: waits timeout_ms at most, then closes the connection. */
enum db_outcome db_batch_brief(struct req *rq, struct tx_slot *first, int timeout_ms,
                               struct db_fault *ret_fault);
/* End an open transaction of the connection; closes it when that does not work. */
void db_rollback(struct req *rq);

/* db_fault.c */
enum status db_fault_fail(struct req *rq, const struct db_fault *fault) MUST_CHECK;
/* The server takes no writes, or only our session does not. */
bool db_fault_is_read_only(const struct db_fault *fault);
enum status db_away_fail(struct req *rq) MUST_CHECK;
void db_gist_set(struct db *db, const char *libpq_message);

/* What waiting does not mend: wrong password, no such database, no TLS. */
bool db_gist_is_final(const char *gist);

/* db_heal.c */
void db_link_init(struct db_link *link, unsigned seed);
void db_link_end(struct db_link *link);
bool db_may_connect(const struct db *db);
/* Before connecting: ST_UNAVAILABLE, at once or when the outage has lasted for a call's patience.
 */
enum status db_heal_admit(struct req *rq, struct db *db, int64_t deadline) MUST_CHECK;
/* A call gave up that had tried since began_ms; its last attempt took took_ms, db->gist says why.
 */
/* Somebody is there again: the breaker closes, and who was told of the loss is told. */
void db_heal_back(struct db *db);
void db_heal_failed(struct db *db, int64_t began_ms, int64_t took_ms);
/*
 * A statement is not answered: does the server take connections? True when it says nothing at all.
 * *ret_look_ms: when to ask again.
 */
bool db_heal_doubt(struct db *db, int64_t now_ms, int64_t *ret_look_ms);

/* db_probe.c */
#define DB_REPORT_MAX 512
enum { DB_REPORT_UP = '+', DB_REPORT_DOWN = '-' }; /* the first byte; then what libpq said */
/* The descriptor that a report will be read from, as one message; -1: no thread. */
int db_probe_start(const struct db *db, int timeout_ms, int *ret_n_hosts);

/* db_helper.c */
/* Run job in a thread; the descriptor given back becomes readable when it is done. -1: no thread.
 */
int db_helper_start(void (*run)(void *job, int fd), void *job);
/* Ask the server to end what conn is running; as db_helper_start. */
int db_helper_cancel(PGconn *conn);
/*
 * Addresses of a host, one text "1.2.3.4,::1". Waits through rq->waiter. ST_UNAVAILABLE: there is
 * none; db->gist is set.
 */
enum status db_helper_resolve(struct req *rq, const char *host, int64_t deadline,
                              const char **ret_addresses) MUST_CHECK;

/* migrate_gate.c */
struct migrate_records {
    struct list records; /* of struct migrate_record, by version */
};
extern const struct field migrate_records_fields[];
/*
 * On a new connection in pipeline mode, one round trip: is the schema ours? Applies pending
 * migrations on the private cluster; ST_UNAVAILABLE says what is in the way.
 */
enum status db_gate(struct req *rq) MUST_CHECK;

static inline int db_left_ms(int64_t deadline, int64_t now)
{
    return deadline <= now ? 0 : (int)(deadline - now);
}

#endif
