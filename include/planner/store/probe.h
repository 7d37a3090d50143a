/*
 * A session for looking: of its own, read-only, with limits of its own, and opened step by step so
 * that it can be told which one fails. Asks for no schema. For `doctor`.
 */
#ifndef PLANNER_STORE_PROBE_H
#define PLANNER_STORE_PROBE_H

#include "planner/store/db.h"
#include "planner/store/migrate.h"

#define PROBE_TIMEOUT_S 30 /* of one statement */

/* On the way to a session, in this order. */
enum probe_step {
    PROBE_PRIVATE = 1,    /* the private cluster is started */
    PROBE_STRING,         /* the connection string is read */
    PROBE_RESOLVE,        /* the host has an address */
    PROBE_CONNECT,        /* something listens there and answers */
    PROBE_TLS,            /* both sides agree on encryption and certificates */
    PROBE_AUTHENTICATION, /* the server lets the user in */
    PROBE_DATABASE,       /* the database is there, and the user may connect to it */
    PROBE_CAPACITY,       /* a connection is left */
    PROBE_SERVER,         /* it is a PostgreSQL of a version that we know, and it is up */
    PROBE_DONE
};

/* What went wrong. Texts are in the request's arena and may quote the server: not for clients. */
struct probe_fault {
    enum probe_step step; /* of probe_open */
    char sqlstate[6];     /* "" when it was not the server that refused */
    const char *why;
    const char *tls; /* "what is wrong: what to do", when it is about TLS; else NULL */
};

struct probe;

/*
 * Open it, within `timeout_ms`; no second attempt. ST_UNAVAILABLE: *ret_fault says at which step
 * and why. The probe borrows rq. Closed by probe_close.
 */
enum status probe_open(struct req *rq, const struct db_config *config, int timeout_ms,
                       struct probe **ret_probe, struct probe_fault *ret_fault) MUST_CHECK;
void probe_close(struct probe **probe);
#define OWN_PROBE __attribute__((cleanup(probe_close))) struct probe

/*
 * One statement in a read-only transaction of its own, one round trip. ST_UNAVAILABLE: *ret_fault
 * says why the server refused, or that the connection is gone; ST_CANCELLED, ST_BUG (a row that the
 * table does not know).
 */
enum status probe_read(struct probe *probe, const struct query *q, const char *const *params,
                       struct into into, struct probe_fault *ret_fault) MUST_CHECK;
/* The records of migrations against this program's; no table says the same as an empty one. */
enum status probe_schema(struct probe *probe, struct migrate_view *ret_view,
                         struct probe_fault *ret_fault) MUST_CHECK;
/* The server's clock in ms since the epoch, and how long asking took in microseconds. */
enum status probe_clock(struct probe *probe, int64_t *ret_now_ms, int64_t *ret_took_us) MUST_CHECK;
/* The session is behind a transaction pooler, as far as we were told. */
bool probe_is_pooled(const struct probe *probe);
/* The server is reached through a Unix socket: on this machine. */
bool probe_is_local(const struct probe *probe);

#endif
