/*
 * When to look again for a database that is away: pure, no clock, no descriptor, no memory.
 *
 *   closed     all is well; whoever needs a connection makes one
 *   open       the last attempt failed; nobody connects, and a probe is due at breaker_due_ms()
 *   half-open  one probe is under way; breaker_ok() or breaker_fail() ends it
 *
 * The pause before the next probe is drawn from 0 to a bound that doubles from
 * BREAKER_PAUSE_FIRST_MS to BREAKER_PAUSE_LAST_MS (full jitter): many processes that lost one
 * server do not come back as one. Times are monotonic milliseconds (base/clock.h).
 */
#ifndef PLANNER_STORE_BREAKER_H
#define PLANNER_STORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_PAUSE_FIRST_MS 100
#define BREAKER_PAUSE_LAST_MS  1500
#define BREAKER_QUICK_MS       100 /* a failure told sooner costs nobody anything */
#define BREAKER_HURRY_MS       20  /* since the last failure, before a call may ask for a probe */

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker {
    enum breaker_state state;
    int64_t since_ms;  /* not closed: when the first attempt of those that failed began */
    int64_t failed_ms; /* when the last one failed */
    int64_t probe_ms;  /* open: when the next probe is due */
    bool quick;        /* the last one failed at once */
    unsigned failures; /* in a row */
    unsigned seed;
    long openings, probes; /* since the start */
};

/* Closed. Another seed, another sequence of pauses. */
void breaker_init(struct breaker *breaker, unsigned seed);
/*
 * What was tried from began_ms on failed; the last attempt of it took took_ms. Opens it, and when
 * it was not closed puts the next probe off.
 */
void breaker_fail(struct breaker *breaker, int64_t began_ms, int64_t now_ms, int64_t took_ms);
/* The database answered. */
void breaker_ok(struct breaker *breaker);
/* A probe begins. */
void breaker_probe(struct breaker *breaker);
/* INT64_MAX unless open. */
int64_t breaker_due_ms(const struct breaker *breaker);
/* Somebody waits: a probe before it is due is worth its price, because failing costs nothing. */
bool breaker_may_hurry(const struct breaker *breaker, int64_t now_ms);
/* "closed", "open", "half-open" */
const char *breaker_state_name(enum breaker_state state);

/* Pseudo-random, 0 <= it < below_ms. */
int64_t breaker_jitter(unsigned *seed, int64_t below_ms);
/* A pause between attempts, with full jitter: 1 to a bound that doubles from first to last. */
int64_t breaker_pause(unsigned *seed, unsigned attempt, int64_t first_ms, int64_t last_ms);

#endif
