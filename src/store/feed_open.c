/* Connecting the feed, and what it takes to be woken. */
#include "feed_private.h"

#include <ctype.h>

#include "planner/base/clock.h"

#define PAUSE_FIRST_MS 250 /* between attempts; doubles up to PAUSE_LAST_MS */
#define PAUSE_LAST_MS  30000

static const struct query listen_query = {"feed listen", "LISTEN planner_changes", 0};

/* The lease first: from its commit on writers notify. */
static enum status listen_to_it(struct req *rq)
{
    TRY(db_read(rq, &q_feed_lease, NO_PARAMS, INTO_NOTHING));
    return db_read(rq, &listen_query, NO_PARAMS, INTO_NOTHING);
}

/* A server that refuses to let us listen (a standby) can still be asked. */
static enum status begin_listening(struct req *rq, struct feed *feed)
{
    enum status status = ST_OK;

    feed->listening = false;
    if (feed->db->pooled)
        return ST_OK;
    feed->db->unreached = false;
    status = listen_to_it(rq);
    if (status == ST_CANCELLED || (status != ST_OK && feed->db->unreached))
        return status;
    feed->listening = status == ST_OK;
    if (!feed->listening)
        log_write(rq->log, LOG_WARNING, "changes are polled for: listening fails (%s)",
                  rq->message);
    return ST_OK;
}

/* Prepares the statement of all looks; the first cursor is taken when there is none to go on from.
 */
static enum status first_look(struct req *rq, struct feed *feed)
{
    struct feed_answer answer;

    TRY(db_read(rq, &q_outbox_since, PARAMS(NULL, "{}", "{}", "{}", "{}", "{}"),
                feed_into(&answer)));
    if (feed->cursor == NULL)
        feed_know(feed, answer.cursor);
    return ST_OK;
}

static enum status open_session(struct req *rq, struct feed *feed)
{
    int pid = 0;

    TRY(db_ensure(rq, clock_monotonic_ms() + feed->db->config.connect_timeout_ms));
    pid = PQbackendPID(feed->db->conn);
    TRY(begin_listening(rq, feed));
    TRY(first_look(rq, feed));
    if (feed->listening &&
        PQbackendPID(feed->db->conn) != pid) /* a read connects again by itself */
        return req_fail(rq, ST_UNAVAILABLE, "the database connection broke; call again");
    return ST_OK;
}

static void note_failure(struct feed *feed, int64_t now_ms)
{
    const int64_t twice = feed->pause_ms * 2;

    if (!db_may_connect(feed->db)) { /* the breaker says when */
        feed->pause_ms = 0;
        feed->retry_ms = now_ms;
        return;
    }
    feed->pause_ms = twice < PAUSE_FIRST_MS ? PAUSE_FIRST_MS : twice;
    if (feed->pause_ms > PAUSE_LAST_MS)
        feed->pause_ms = PAUSE_LAST_MS;
    feed->retry_ms = now_ms + feed->pause_ms / 2 + feed_jitter(feed, feed->pause_ms);
}

static void note_success(struct feed *feed, int64_t now_ms)
{
    feed->asked = ASKED_NOTHING;
    feed->woken = true;
    feed->n_polls = 0;
    feed->asked_ms = 0;
    feed->poll_ms = now_ms;
    feed->lease_ms = now_ms + FEED_LEASE_MS;
}

enum status feed_open(struct req *rq, struct feed *feed)
{
    struct db *work = rq->db;
    enum status status = ST_OK;

    rq->db = feed->db;
    status = open_session(rq, feed);
    rq->db = work;
    if (status == ST_OK) {
        note_success(feed, clock_monotonic_ms());
    } else {
        db_close(feed->db);
        note_failure(feed, clock_monotonic_ms());
    }
    return status;
}

/* ---- cursors from outside ---- */

/* A transaction's number: no sign, no leading zero, below 2^63. */
static bool read_xid(const char **at, uint64_t *ret_xid)
{
    uint64_t xid = 0;
    int n = 0;

    if (**at == '0')
        return false;
    for (; isdigit((unsigned char)**at) && n < 19; (*at)++, n++)
        xid = xid * 10 + (uint64_t)(**at - '0');
    *ret_xid = xid;
    return xid > 0 && xid <= INT64_MAX && !isdigit((unsigned char)**at);
}

/* "@" and eight hexadecimal digits. */
static bool is_history(const char *text)
{
    return text[0] == '@' && strlen(text) == 9 && strspn(text + 1, "0123456789abcdef") == 8;
}

bool feed_cursor_is_valid(const char *text)
{
    uint64_t xmin = 0;
    uint64_t xmax = 0;
    uint64_t last = 0;

    if (!read_xid(&text, &xmin) || *text++ != ':' || !read_xid(&text, &xmax) || *text++ != ':' ||
        xmin > xmax)
        return false;
    while (*text != '\0' && *text != '@') {
        uint64_t xid = 0;
        if ((last != 0 && *text++ != ',') || !read_xid(&text, &xid))
            return false;
        if (xid < xmin || xid >= xmax || xid <= last)
            return false;
        last = xid;
    }
    return *text == '\0' || is_history(text);
}
