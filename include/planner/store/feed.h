/*
 * The feed: hears what this and other processes change, whoever they are and however they write.
 *
 * The outbox table is the truth; NOTIFY only says that it is worth a look. A look is one statement
 * (sql/queries/outbox_since.sql) that holds everything new since a cursor against what is watched.
 * A cursor is a snapshot of the database, as text: transactions commit in another order than they
 * take numbers in, so no number could say what was seen. Behind it stands which history of the
 * database it is of ("5:9:7@0f3a91c2"), since after a restore to an earlier moment, from a dump or
 * at another server, the numbers are given out again for other transactions. The feed looks
 *   - when it is notified, at once, and in a burst every FEED_CALM_MS;
 *   - every FEED_POLL_MS anyway: a wake-up may be missed, a row is not;
 *   - every FEED_BLIND_MS where LISTEN cannot work (behind a transaction pooler, on a standby);
 *   - after a lost connection, from the cursor that it had before.
 *
 * It has a connection of its own, only while something is watched. Connecting waits (feed_open,
 * with a request's waiter); after that nothing here does. The owner's loop:
 * between its calls it opens the feed when feed_wants_open(); it polls feed_fd() for feed_events(),
 * no longer than until feed_due_ms(), and then steps with feed_step(), whose news.hits are indexes
 * into what was given to feed_set().
 *
 * Times are monotonic milliseconds (base/clock.h).
 */
#ifndef PLANNER_STORE_FEED_H
#define PLANNER_STORE_FEED_H

#include "planner/store/db.h"

#define FEED_CALM_MS   20
#define FEED_POLL_MS   2000
#define FEED_BLIND_MS  500
#define FEED_LINGER_MS 5000 /* how long the connection is kept when nothing is watched any more */

struct feed;

enum feed_kind {
    FEED_PROJECTS, /* the list of projects with its figures: any change */
    FEED_PROJECT,  /* any change in a project */
    FEED_OUTLINE,  /* the same */
    FEED_ITEM,     /* itself, anything below it, what is above it, what it waits for */
    FEED_HISTORY,  /* itself and its disputes; of a project: any change */
    FEED_DISPUTE,  /* itself and its step */
    FEED_ANY       /* any change in a project (by id), or anywhere (nothing named) */
};

/* Borrowed by feed_set() for its call. What is named need not exist yet. */
struct feed_watch {
    enum feed_kind kind;
    const char *id;     /* lower-case UUID (a dispute's for its step, too), or NULL */
    const char *slug;   /* upper-case slug, without an id; or NULL */
    const char *number; /* decimal, with a slug; NULL or "0": the project */
    const char
        *cursor; /* FEED_ANY: tell what is new after it; NULL: what is new after feed_set() */
};

/* What happened; memory of the feed, good until the next call of it but the questions. */
struct feed_news {
    bool everything; /* nobody knows what changed: every watch is hit */
    bool projects;   /* a project was made, renamed, archived or brought back */
    const size_t *hits;
    size_t n_hits;
};

/* Process lifetime. `config` as for db_new(), copied; connects on feed_open() only. */
struct feed *feed_new(const struct db_config *config, const struct log *log);
void feed_free(struct feed *feed);

/*
 * What is watched from now on, instead of what was. A watch that was there before misses nothing by
 * it; a new one may still be told what happened up to FEED_POLL_MS before. n 0: nothing.
 */
void feed_set(struct feed *feed, const struct feed_watch *watches, size_t n);

/*
 * Something is watched, there is no connection, and the pause after the last attempt is over. False
 * while the private cluster was never made: hosts subscribe as soon as they have started us, and a
 * mere probe should not make it. It is looked for again at feed_due_ms(), and what was changed
 * before it was found is told.
 */
bool feed_wants_open(struct feed *feed, int64_t now_ms);
/*
 * Connect, starting the private cluster when it is ours, and begin to listen: waits through
 * rq->waiter, a few seconds at most. Whatever is committed after it returned is heard. On failure
 * (ST_UNAVAILABLE, ST_CANCELLED) feed_wants_open() is true again after a pause that doubles, or,
 * when the server is away, as soon as db_heal_step() (health.h) has found it again.
 */
enum status feed_open(struct req *rq, struct feed *feed) MUST_CHECK;
bool feed_is_open(const struct feed *feed);

/* What to poll(2) for; -1 and 0 without a connection. */
int feed_fd(const struct feed *feed);
short feed_events(const struct feed *feed);
/* When feed_step() or feed_open() is due without an event; INT64_MAX: never. */
int64_t feed_due_ms(const struct feed *feed);
/*
 * Read what came, send what is due; never waits. True when there is something to tell. Loses the
 * connection quietly: feed_wants_open() tells.
 */
bool feed_step(struct feed *feed, int64_t now_ms, struct feed_news *ret_news);

/*
 * Whether the text is a snapshot as PostgreSQL writes it, with or without the history that it is
 * of, for what comes from outside. Versions up to 0.1.0 gave cursors without one.
 */
bool feed_cursor_is_valid(const char *text);

#endif
