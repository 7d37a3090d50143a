/*
 * What is known about the way to the database, and how it heals.
 *
 * A call that needs a connection tries for its patience (db_config.connect_timeout_ms). After one
 * that tried in vain the breaker (store/breaker.h) is open: calls are answered at once, while a
 * thread, one at a time, looks whether the server takes connections again. The owner's loop drives
 * it: it polls the descriptor of db_heal_watch() until the time given there, and then, or whenever
 * it likes, calls db_heal_step(), which never waits. Without a loop calls drive it themselves.
 *
 * An outage that is younger than a call's patience is waited out, until it is as old as that.
 * The limits, and what each failure looks like: docs/FAILURES.md.
 */
#ifndef PLANNER_STORE_HEALTH_H
#define PLANNER_STORE_HEALTH_H

#include "planner/store/breaker.h"
#include "planner/store/db.h"

/* Text is borrowed from the db and good until its next call. */
struct db_health {
    bool connected; /* the connection for work is there, as far as one can see */
    enum breaker_state breaker;
    int64_t away_since; /* epoch ms of the first failure in a row; 0: none */
    const char *reason; /* why the last attempt failed, without host and secret; "" */
    long openings;      /* how often the breaker opened since the start */
    long probes;        /* how often it was looked for the server while open */
    long connections;   /* made for work since the start */
    long losses;        /* connections for work that broke under a statement */
};

/* Connects to nothing, asks nobody. */
void db_health(const struct db *db, struct db_health *ret_health);

/* -1: nothing to poll for; INT64_MAX: never. */
void db_heal_watch(const struct db *db, int *ret_fd, int64_t *ret_due_ms);
void db_heal_step(struct db *db, int64_t now_ms);

#endif
