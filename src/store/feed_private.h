/* What the files of the feed share: feed.c steps it, feed_open.c connects. */
#ifndef PLANNER_STORE_FEED_PRIVATE_H
#define PLANNER_STORE_FEED_PRIVATE_H

#include "db_private.h"
#include "planner/store/feed.h"

#define FEED_LEASE_MS \
    20000 /* a lease of a minute is renewed so often; sql/queries/feed_lease.sql */

/* The one statement that is under way. */
enum feed_asked { ASKED_NOTHING, ASKED_NEWS, ASKED_LEASE };

struct feed {
    const struct log *log;
    struct db *db; /* its connection is in pipeline mode, as the one for work */
    struct arena watch_arena, answer_arena;
    struct req rq; /* for decoding: answer_arena */

    size_t n;                                            /* watches */
    const char *kinds, *ids, *slugs, *numbers, *cursors; /* parameters, in watch_arena */
    const char *no_cursors;            /* what `cursors` is after the first look */
    unsigned set_number, asked_number; /* which watches; those of the running look */

    char *cursor;   /* what is known, or NULL */
    bool listening; /* LISTEN works here and a lease is held */
    bool woken;     /* a look is worth while */
    enum feed_asked asked;
    int skip;                            /* rows that come before the answer */
    size_t n_polls;                      /* since it was opened */
    int64_t asked_ms, poll_ms, lease_ms; /* last sent; next look at the latest; next renewal */
    int64_t alone_ms;                    /* since when nothing is watched */
    int64_t retry_ms, pause_ms;          /* next attempt to connect; last pause between two */
    unsigned seed;
};

/* sql/queries/outbox_since.sql */
struct feed_answer {
    const char *cursor;
    struct opt_bool lost, projects;
    struct list hits; /* const char *: places, from 1 */
};
struct into feed_into(struct feed_answer *ret_answer);

void feed_know(struct feed *feed, const char *cursor);
/* Pseudo-random, 0 <= it < below_ms: processes that lost one server do not come back as one. */
int64_t feed_jitter(struct feed *feed, int64_t below_ms);

#endif
