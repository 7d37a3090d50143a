/*
 * Waiting for changes, for clients that support no subscriptions: what changed since a cursor, and
 * if nothing did, ST_WAIT: rq->wait_for says what would end the waiting, and the caller runs the
 * request again then, or at the deadline. Nothing is held meanwhile, neither a connection nor a
 * transaction.
 *
 * A cursor is a snapshot of the database (store/feed.h); that of a page that was cut also has the
 * snapshot at which the page ends and the last change told, so it goes on exactly from there.
 */
#ifndef PLANNER_SERVICE_WATCH_H
#define PLANNER_SERVICE_WATCH_H

#include "planner/base/field.h"

#define WAIT_SECONDS_DEFAULT 25
#define WAIT_SECONDS_MAX     50 /* clients give up on a call after a minute */
#define WAIT_CHANGES_MAX     50
#define WAIT_CURSOR_MAX      16000 /* characters; grows with the transactions under way, usually 40 */

struct wait_args {
    const char *project; /* not given: the default project, or without one all projects */
    const char *cursor;  /* not given: answers at once, with the present one */
    struct opt_int timeout_seconds;
};

/* One change and action; `more` further entities have the same. */
struct changed_line {
    struct opt_int change, more;
    const char *action, *entity, *entity_type, *title, *at, *agent, *user;
};

struct wait_view {
    const char *project; /* NULL: all projects */
    struct opt_bool changed, more;
    struct list items; /* struct changed_line, newest last */
    const char *cursor;
    bool asked;           /* a cursor was given; not told */
    const char *snapshot; /* the present one; not told */
    const char *project_id;
    struct opt_bool lost;
    struct opt_bool other; /* the cursor is of another history of the database (store/feed.h) */
};
extern const struct field wait_fields[]; /* as told */

/*
 * rq->began_ms is when the request was run first. ST_WAIT: see above. ST_INVALID: the cursor is
 * none, so old that something may be missing, or of another history of the database.
 */
enum status watch_wait(struct req *rq, const struct wait_args *args,
                       struct wait_view *ret_view) MUST_CHECK;

#endif
