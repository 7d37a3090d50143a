/*
 * One running postmaster, as its lock file (postmaster.pid in PGDATA) and /proc tell it. A number
 * in that file is only believed when the process it names is a postgres that works in this very
 * directory: numbers are used again, and a signal must never reach anybody else.
 */
#ifndef PLANNER_CLUSTER_POSTMASTER_H
#define PLANNER_CLUSTER_POSTMASTER_H

#include <sys/types.h>

#include "planner/base/req.h"

enum postmaster_phase {
    POSTMASTER_NONE,     /* no lock file, or none that can be read */
    POSTMASTER_STARTING, /* also: recovering after a crash */
    POSTMASTER_READY,    /* accepts connections */
    POSTMASTER_STOPPING
};

struct postmaster {
    enum postmaster_phase phase;
    pid_t pid;
    char socket_dir[128]; /* "" when there is none, or when it is too long to be ours */
};

/* Read the text of postmaster.pid. The phase is POSTMASTER_NONE when it is not one. */
void postmaster_parse(const char *text, struct postmaster *ret_postmaster);
/* Read the lock file below pg_dir, believing what it says. */
void postmaster_read(const char *pg_dir, struct postmaster *ret_postmaster);
/* True when `pid` is a postgres that works in pg_dir and has not ended. Reaps it if it was ours. */
bool postmaster_lives(const char *pg_dir, pid_t pid);
/*
 * Remove a lock file whose number now belongs to another process of this account (or to one that
 * ended and was not reaped), for which PostgreSQL would refuse to start. Call it only while holding
 * keeper.lock and when no postmaster of pg_dir lives.
 */
void postmaster_clear_stale(const char *pg_dir);

/*
 * Start the postmaster, or take over one that runs already, and wait until it is ready.
 * The child is told to stop (once its connections have ended) when we die, so that a killed keeper
 * leaves no server behind that nobody would ever stop. ST_UNAVAILABLE, ST_CANCELLED (the waiter).
 */
struct postmaster_place {
    const char *data_dir;
    const char *pg_dir;
    const char *socket_dir;
    const char *bin_dir;
};
enum status postmaster_start(struct req *rq, const struct postmaster_place *place,
                             pid_t *ret_pid) MUST_CHECK;
/*
 * Stop it and wait until it is gone: fast shutdown, after `patience_ms` immediate shutdown, then
 * the hard way. Never longer than patience_ms + 5 s. False when it is still there.
 */
bool postmaster_stop(const char *pg_dir, pid_t pid, int patience_ms);

#endif
