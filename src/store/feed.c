/* The feed after it was opened: a state machine that is stepped by the owner's loop. */
#include "feed_private.h"

#include <poll.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/memory.h"

#define OPEN_MS        3000  /* patience with a database that is away: calls wait meanwhile, once */
#define STALL_MS       20000 /* an answer that takes longer does not come */
#define GOODBYE_MS     50
#define PAUSE_BREAK_MS 100 /* after a connection broke, with jitter below it */
#define UNMADE_MS      500 /* how often it is looked whether the private cluster was made */

/* Before the first change of any database: whatever is found there is news. */
#define BEFORE_ALL "3:3:"

struct feed *feed_new(const struct db_config *config, const struct log *log)
{
    struct feed *feed = memory_alloc(sizeof(*feed));
    struct db_config own = *config;

    own.application = "mcp-planner feed";
    if (own.connect_timeout_ms > OPEN_MS)
        own.connect_timeout_ms = OPEN_MS;
    own.read_dsn = NULL;
    *feed = (struct feed){.log = log, .db = db_new(&own, log)};
    feed->seed = (unsigned)getpid() * 2654435761U ^ (unsigned)clock_monotonic_ms();
    arena_init(&feed->watch_arena, ARENA_CAP_DEFAULT);
    arena_init(&feed->answer_arena, ARENA_CAP_DEFAULT);
    feed->rq = (struct req){.arena = &feed->answer_arena, .log = log, .db = feed->db};
    feed_set(feed, NULL, 0);
    return feed;
}

int64_t feed_jitter(struct feed *feed, int64_t below_ms)
{
    return breaker_jitter(&feed->seed, below_ms);
}

void feed_know(struct feed *feed, const char *cursor)
{
    memory_free(feed->cursor);
    feed->cursor = memory_text(cursor);
}

/* ---- what is watched ---- */

/* One column of the watches as an array parameter. */
static const char *watch_column(struct req *rq, const struct feed_watch *watches, size_t n,
                                size_t offset)
{
    const char **texts = ARENA_MANY(rq->arena, n + 1, const char *);

    for (size_t i = 0; i < n; i++)
        texts[i] = *(const char *const *)((const char *)&watches[i] + offset);
    return param_texts(rq, texts, n);
}

static const char *kind_column(struct req *rq, const struct feed_watch *watches, size_t n)
{
    static const char *const names[] = {[FEED_PROJECTS] = "projects",
                                        [FEED_PROJECT] = "project",
                                        [FEED_OUTLINE] = "outline",
                                        [FEED_ITEM] = "item",
                                        [FEED_HISTORY] = "history",
                                        [FEED_DISPUTE] = "dispute",
                                        [FEED_ANY] = "any"};
    const char **texts = ARENA_MANY(rq->arena, n + 1, const char *);

    for (size_t i = 0; i < n; i++)
        texts[i] = names[watches[i].kind];
    return param_texts(rq, texts, n);
}

void feed_set(struct feed *feed, const struct feed_watch *watches, size_t n)
{
    struct req rq = {.arena = &feed->watch_arena};
    const char **no_texts = NULL;

    arena_reset(rq.arena);
    no_texts = ARENA_MANY(rq.arena, n + 1, const char *);
    feed->kinds = kind_column(&rq, watches, n);
    feed->ids = watch_column(&rq, watches, n, offsetof(struct feed_watch, id));
    feed->slugs = watch_column(&rq, watches, n, offsetof(struct feed_watch, slug));
    feed->numbers = watch_column(&rq, watches, n, offsetof(struct feed_watch, number));
    feed->cursors = watch_column(&rq, watches, n, offsetof(struct feed_watch, cursor));
    feed->no_cursors = param_texts(&rq, no_texts, n);
    for (size_t i = 0; i < n; i++)
        feed->woken = feed->woken || watches[i].cursor != NULL;
    feed->n = n;
    feed->set_number++;
    if (n == 0)
        feed->alone_ms = clock_monotonic_ms();
    if (n == 0 && !feed_is_open(feed)) {
        memory_free(feed->cursor);
        feed->cursor = NULL;
    }
}

/* ---- sending ---- */

static bool send_statement(struct feed *feed, const struct query *q, const char *const *params)
{
    for (const struct tx_slot *slot =
             db_read_slots(&feed->rq, db_slot(&feed->rq, q, params, INTO_NOTHING));
         slot != NULL; slot = slot->next) {
        if (!db_named_send_known(feed->db, slot))
            return false;
    }
    return true;
}

static bool send_asked(struct feed *feed, enum feed_asked asked, const struct query *q,
                       const char *const *params, int64_t now_ms)
{
    PGconn *conn = feed->db->conn;

    if (!send_statement(feed, q, params) || PQpipelineSync(conn) != 1 || PQflush(conn) < 0)
        return false;
    feed->asked = asked;
    feed->skip = feed->db->pooled ? DB_POOLED_ROWS : 0;
    feed->asked_ms = now_ms;
    return true;
}

static int64_t poll_pause(struct feed *feed)
{
    /* A writer may have looked for listeners just before we were one, so look soon. */
    static const int64_t first[] = {50, 150, 400, 1000};

    if (!feed->listening)
        return FEED_BLIND_MS;
    return feed->n_polls < LENGTH_OF(first) ? first[feed->n_polls++] : FEED_POLL_MS;
}

static bool send_look(struct feed *feed, int64_t now_ms)
{
    arena_reset(&feed->answer_arena);
    feed->woken = false;
    feed->asked_number = feed->set_number;
    feed->poll_ms = now_ms + poll_pause(feed);
    return send_asked(
        feed, ASKED_NEWS, &q_outbox_since,
        PARAMS(feed->cursor, feed->kinds, feed->ids, feed->slugs, feed->numbers, feed->cursors),
        now_ms);
}

static int64_t look_due_ms(const struct feed *feed)
{
    const int64_t calm = feed->asked_ms + FEED_CALM_MS;

    return feed->woken && calm < feed->poll_ms ? calm : feed->poll_ms;
}

/* False when the connection does not take it. */
static bool send_due(struct feed *feed, int64_t now_ms)
{
    if (feed->listening && now_ms >= feed->lease_ms) {
        feed->lease_ms = now_ms + FEED_LEASE_MS;
        return send_asked(feed, ASKED_LEASE, &q_feed_lease, NO_PARAMS, feed->asked_ms);
    }
    if (now_ms >= look_due_ms(feed))
        return send_look(feed, now_ms);
    return true;
}

/* ---- receiving ---- */

static const struct field answer_fields[] = {
    ROW_STR(struct feed_answer, cursor, REQUIRED),
    ROW_BOOL(struct feed_answer, lost, REQUIRED),
    ROW_BOOL(struct feed_answer, projects, REQUIRED),
    FIELD_STRS(struct feed_answer, hits, 0, 0, REQUIRED, NULL),
    FIELD_END,
};

struct into feed_into(struct feed_answer *ret_answer)
{
    return INTO(answer_fields, ret_answer);
}

static void tell_hits(struct feed *feed, const struct feed_answer *answer,
                      struct feed_news *ret_news)
{
    const size_t n = answer->lost.v ? feed->n : answer->hits.n;
    size_t *hits = ARENA_MANY(&feed->answer_arena, n + 1, size_t);

    for (size_t i = 0; i < n; i++)
        hits[i] =
            answer->lost.v ? i : strtoul(*LIST_AT(answer->hits, i, const char *), NULL, 10) - 1;
    *ret_news = (struct feed_news){.everything = answer->lost.v,
                                   .projects = answer->lost.v || answer->projects.v,
                                   .hits = hits,
                                   .n_hits = n};
}

/*
 * When the watches changed meanwhile the answer is not about them: it is asked again from where it
 * was asked, so that those that stayed miss nothing.
 */
static bool take_answer(struct feed *feed, const struct feed_answer *answer,
                        struct feed_news *ret_news)
{
    feed->pause_ms = 0;
    if (feed->asked_number != feed->set_number) {
        feed->woken = true;
        return false;
    }
    feed_know(feed, answer->cursor);
    feed->cursors = feed->no_cursors;
    tell_hits(feed, answer, ret_news);
    return ret_news->n_hits > 0 || ret_news->projects;
}

enum taken { TAKEN_NOTHING, TAKEN_NEWS, TAKEN_FAULT };

static enum taken take_row(struct feed *feed, const PGresult *res, struct feed_news *ret_news)
{
    struct feed_answer answer;
    const struct into into = feed_into(&answer);

    if (feed->skip-- > 0 || feed->asked != ASKED_NEWS)
        return TAKEN_NOTHING;
    if (db_decode(&feed->rq, &q_outbox_since, &into, res) != ST_OK)
        return TAKEN_FAULT;
    return take_answer(feed, &answer, ret_news) ? TAKEN_NEWS : TAKEN_NOTHING;
}

static void note_lost(struct feed *feed, const char *sqlstate)
{
    if (sqlstate != NULL && db_named_is_lost(feed->db, sqlstate))
        db_named_doubt(feed->db);
}

static enum taken take_result(struct feed *feed, const PGresult *res, struct feed_news *ret_news)
{
    switch (PQresultStatus(res)) {
    case PGRES_PIPELINE_SYNC:
        feed->asked = ASKED_NOTHING;
        return TAKEN_NOTHING;
    case PGRES_TUPLES_OK:
        return take_row(feed, res, ret_news);
    case PGRES_COMMAND_OK:
        return TAKEN_NOTHING;
    default:
        note_lost(feed, PQresultErrorField(res, PG_DIAG_SQLSTATE));
        db_gist_set(feed->db, PQresultErrorMessage(res));
        return TAKEN_FAULT;
    }
}

/* What has arrived of an answer. Each statement's results end with a NULL, the sync's do not. */
static enum taken take_results(struct feed *feed, struct feed_news *ret_news, bool *ret_told)
{
    enum taken taken = TAKEN_NOTHING;
    int nulls = 0;

    while (feed->asked != ASKED_NOTHING && PQisBusy(feed->db->conn) == 0) {
        PGresult *res = PQgetResult(feed->db->conn);
        enum taken one = TAKEN_NOTHING;
        if (res == NULL && ++nulls > 1)
            return TAKEN_FAULT; /* nothing is outstanding: it broke */
        if (res == NULL)
            continue;
        nulls = 0;
        one = take_result(feed, res, ret_news);
        PQclear(res);
        if (one == TAKEN_FAULT)
            return one;
        if (one == TAKEN_NEWS) {
            *ret_told = true;
            taken = one;
        }
    }
    return taken;
}

/* libpq finds those behind an answer only once that was taken, and poll(2) does not tell of them.
 */
static void take_notifications(struct feed *feed)
{
    for (PGnotify *n = NULL; (n = PQnotifies(feed->db->conn)) != NULL; PQfreemem(n))
        feed->woken = true;
}

/* False when the connection is broken. */
static bool take_input(struct feed *feed)
{
    PGconn *conn = feed->db->conn;

    if (PQconsumeInput(conn) == 0 || PQflush(conn) < 0) {
        db_gist_set(feed->db, PQerrorMessage(conn));
        return false;
    }
    return true;
}

/*
 * Give the lease back, or writers would notify nobody for a minute. Waited for, a moment: a session
 * that ends with something unsent is rolled back.
 */
static void say_goodbye(struct feed *feed)
{
    struct pollfd pfd = {.fd = PQsocket(feed->db->conn), .events = POLLIN};
    struct feed_news news;
    bool told = false;

    if (PQsendQueryParams(feed->db->conn, q_feed_release.sql, 0, NULL, NULL, NULL, NULL, 0) != 1 ||
        PQpipelineSync(feed->db->conn) != 1 || PQflush(feed->db->conn) != 0)
        return;
    feed->asked = ASKED_LEASE;
    while (feed->asked != ASKED_NOTHING && poll(&pfd, 1, GOODBYE_MS) > 0) {
        if (!take_input(feed) || take_results(feed, &news, &told) == TAKEN_FAULT)
            return;
    }
}

static void feed_close(struct feed *feed)
{
    if (feed->listening && feed->asked == ASKED_NOTHING)
        say_goodbye(feed);
    db_close(feed->db);
    feed->asked = ASKED_NOTHING;
    feed->listening = false;
}

void feed_free(struct feed *feed)
{
    if (feed == NULL)
        return;
    feed_close(feed);
    db_free(feed->db);
    arena_destroy(&feed->watch_arena);
    arena_destroy(&feed->answer_arena);
    memory_free(feed->cursor);
    memory_free(feed);
}

static void feed_broke(struct feed *feed, int64_t now_ms)
{
    log_write(feed->log, LOG_INFO, "the feed's connection was lost (%s)", feed->db->gist);
    feed->listening = false; /* no goodbye */
    feed_close(feed);
    feed->retry_ms = now_ms + feed_jitter(feed, PAUSE_BREAK_MS);
}

/* ---- what the owner calls ---- */

bool feed_is_open(const struct feed *feed)
{
    return feed->db->conn != NULL;
}

bool feed_wants_open(struct feed *feed, int64_t now_ms)
{
    bool made = false;

    if (feed->n == 0 || feed_is_open(feed) || now_ms < feed->retry_ms || !db_may_connect(feed->db))
        return false;
    made = db_is_made(&feed->rq);
    arena_reset(&feed->answer_arena);
    if (made)
        return true;
    if (feed->cursor == NULL)
        feed_know(feed, BEFORE_ALL);
    feed->retry_ms = now_ms + UNMADE_MS;
    return false;
}

int feed_fd(const struct feed *feed)
{
    return feed_is_open(feed) ? PQsocket(feed->db->conn) : -1;
}

short feed_events(const struct feed *feed)
{
    if (!feed_is_open(feed))
        return 0;
    return PQflush(feed->db->conn) > 0 ? POLLIN | POLLOUT : POLLIN;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t feed_due_ms(const struct feed *feed)
{
    int64_t due = 0;

    if (!feed_is_open(feed)) /* while the server is away, its return is what there is to wait for */
        return feed->n > 0 && db_may_connect(feed->db) ? feed->retry_ms : INT64_MAX;
    if (feed->asked != ASKED_NOTHING)
        return feed->asked_ms + STALL_MS;
    due = look_due_ms(feed);
    if (feed->listening)
        due = earlier(due, feed->lease_ms);
    return feed->n > 0 ? due : earlier(due, feed->alone_ms + FEED_LINGER_MS);
}

static void forget(struct feed *feed)
{
    log_write(feed->log, LOG_DEBUG, "the feed's connection is given up: nothing is watched");
    feed_close(feed);
    memory_free(feed->cursor);
    feed->cursor = NULL;
}

bool feed_step(struct feed *feed, int64_t now_ms, struct feed_news *ret_news)
{
    enum taken taken = TAKEN_FAULT;
    bool told = false; /* also when the connection broke right after: the cursor has gone on */

    if (!feed_is_open(feed))
        return false;
    if (take_input(feed))
        taken = take_results(feed, ret_news, &told);
    take_notifications(feed);
    if (taken == TAKEN_FAULT || PQstatus(feed->db->conn) != CONNECTION_OK ||
        (feed->asked != ASKED_NOTHING && now_ms - feed->asked_ms > STALL_MS)) {
        feed_broke(feed, now_ms);
        return told;
    }
    if (feed->asked == ASKED_NOTHING) {
        if (feed->n == 0 && now_ms - feed->alone_ms >= FEED_LINGER_MS)
            forget(feed);
        else if (taken != TAKEN_NEWS && !send_due(feed, now_ms))
            feed_broke(feed, now_ms);
    }
    return told;
}
