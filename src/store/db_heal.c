/*
 * Looking for a server that is away, beside the calls. The look is a connection that is opened and
 * closed by a thread, because resolving names blocks and a process may have nothing else to do;
 * what came of it arrives as one short text on a socket pair (db_helper.c).
 */
#include "db_private.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "planner/base/clock.h"

#define HURRY_WAIT_MS  250 /* what a call waits for a probe that it asked for */
#define DOUBT_LOOK_MS  250 /* while a probe runs beside a silent statement */
#define PROBE_SLACK_MS 1000

static void start_probe(struct db *db, int64_t now_ms)
{
    struct db_link *link = db->link;
    int n_hosts = 1;

    if (link->breaker.state == BREAKER_OPEN)
        breaker_probe(&link->breaker);
    link->probe_ms = now_ms;
    link->fd = db_probe_start(db, db_attempt_ms(db), &n_hosts);
    link->probe_limit_ms = (int64_t)n_hosts * db_attempt_ms(db) + PROBE_SLACK_MS;
    if (link->fd < 0 && link->breaker.state == BREAKER_HALF_OPEN)
        breaker_fail(&link->breaker, now_ms, now_ms, 0);
}

/* ---- what came of it ---- */

void db_heal_back(struct db *db)
{
    struct db_link *link = db->link;

    breaker_ok(&link->breaker);
    if (link->told)
        log_write(db->log, LOG_WARNING, "the database takes connections again");
    link->told = false;
}

/* The server's own words: it is there, whatever it thinks of us. */
static bool is_answer(const char *message)
{
    return strstr(message, "FATAL:") != NULL || strstr(message, "ERROR:") != NULL;
}

/* A private cluster that is not running is started by the next call: nothing to wait for. */
static bool is_up(const struct db *db, const char *report, int64_t took_ms)
{
    if (report[0] == DB_REPORT_UP)
        return true;
    return db->config.dsn == NULL && !is_answer(report) && took_ms < BREAKER_QUICK_MS;
}

static void probe_ended(struct db *db, const char *report, int64_t now_ms)
{
    struct db_link *link = db->link;
    const int64_t took_ms = now_ms - link->probe_ms;
    const bool up = is_up(db, report, took_ms);

    (void)close(link->fd);
    link->fd = -1;
    link->silent = !up && !is_answer(report);
    if (link->breaker.state != BREAKER_HALF_OPEN)
        return;
    if (up) {
        db_heal_back(db);
        return;
    }
    breaker_fail(&link->breaker, link->probe_ms, now_ms, took_ms);
    db_gist_set(db, report + 1);
    memcpy(link->gist, db->gist, sizeof(link->gist));
}

static void look_at_probe(struct db *db, int64_t now_ms)
{
    const struct db_link *link = db->link;
    struct pollfd pfd = {.fd = link->fd, .events = POLLIN};
    char report[DB_REPORT_MAX + 1];
    ssize_t n = 0;

    if (poll(&pfd, 1, 0) > 0) {
        n = recv(link->fd, report, sizeof(report) - 1, 0);
        report[n > 0 ? n : 0] = '\0';
        probe_ended(db, n > 0 ? report : "-no answer", now_ms);
    } else if (now_ms - link->probe_ms > link->probe_limit_ms) {
        probe_ended(db, "-no answer in time", now_ms); /* it hangs in a name; it ends by itself */
    }
}

void db_heal_step(struct db *db, int64_t now_ms)
{
    if (db->link->fd >= 0)
        look_at_probe(db, now_ms);
    if (db->link->fd < 0 && now_ms >= breaker_due_ms(&db->link->breaker))
        start_probe(db, now_ms);
}

void db_heal_watch(const struct db *db, int *ret_fd, int64_t *ret_due_ms)
{
    const struct db_link *link = db->link;

    *ret_fd = link->fd;
    *ret_due_ms =
        link->fd >= 0 ? link->probe_ms + link->probe_limit_ms + 1 : breaker_due_ms(&link->breaker);
}

/* ---- what calls ask ---- */

bool db_may_connect(const struct db *db)
{
    return db->link->breaker.state == BREAKER_CLOSED;
}

/*
 * A server that says no at once is asked once more for every call: that costs a moment, and a call
 * after its return then works. Done when a probe that began after the call came has ended.
 */
static int64_t hurry_ends(const struct db_link *link, int64_t came_ms)
{
    const bool asked = link->fd < 0 && link->probe_ms >= came_ms;

    return link->breaker.quick && !asked ? came_ms + BREAKER_HURRY_MS + HURRY_WAIT_MS : 0;
}

/* Until when a call waits: while the outage is young, unless waiting does not mend it. */
static int64_t admit_ends(const struct db *db, int64_t came_ms, int64_t deadline)
{
    const struct db_link *link = db->link;
    const int64_t hurry = hurry_ends(link, came_ms);
    int64_t ends =
        db_gist_is_final(link->gist) ? 0 : link->breaker.since_ms + db->config.connect_timeout_ms;

    ends = ends < hurry ? hurry : ends;
    return ends < deadline ? ends : deadline;
}

/* Wait for the probe, or until one may begin. */
static enum status await_healing(struct req *rq, struct db *db, int64_t now_ms, int64_t ends)
{
    const struct db_link *link = db->link;
    int64_t due = 0;
    int fd = -1;
    bool ready = false;

    if (link->fd < 0 && breaker_may_hurry(&link->breaker, now_ms))
        start_probe(db, now_ms);
    db_heal_watch(db, &fd, &due);
    if (fd < 0 && link->breaker.quick && due > link->breaker.failed_ms + BREAKER_HURRY_MS)
        due = link->breaker.failed_ms + BREAKER_HURRY_MS;
    return req_wait(rq, fd, POLLIN, db_left_ms(due < ends ? due : ends, now_ms), &ready);
}

enum status db_heal_admit(struct req *rq, struct db *db, int64_t deadline)
{
    const int64_t came = clock_monotonic_ms();
    int64_t now = came;

    db_heal_step(db, now);
    while (!db_may_connect(db)) {
        const int64_t ends = admit_ends(db, came, deadline);
        if (now >= ends) {
            memcpy(db->gist, db->link->gist, sizeof(db->gist));
            return db_away_fail(rq);
        }
        TRY(await_healing(rq, db, now, ends));
        now = clock_monotonic_ms();
        db_heal_step(db, now);
    }
    return ST_OK;
}

void db_heal_failed(struct db *db, int64_t began_ms, int64_t took_ms)
{
    struct db_link *link = db->link;

    if (link->breaker.state == BREAKER_CLOSED && db->config.stays) {
        log_write(db->log, LOG_WARNING,
                  "the database is away (%s): calls are answered at once until it is back",
                  db->gist);
        link->told = true;
    }
    if (link->breaker.state != BREAKER_HALF_OPEN)
        breaker_fail(&link->breaker, began_ms, clock_monotonic_ms(), took_ms);
    memcpy(link->gist, db->gist, sizeof(link->gist));
}

bool db_heal_doubt(struct db *db, int64_t now_ms, int64_t *ret_look_ms)
{
    struct db_link *link = db->link;

    if (!link->doubted) {
        link->doubted = true;
        link->silent = false;
        if (link->fd < 0)
            start_probe(db, now_ms);
    }
    db_heal_step(db, now_ms);
    if (link->fd >= 0) {
        *ret_look_ms = now_ms + DOUBT_LOOK_MS;
        return false;
    }
    link->doubted = false;
    *ret_look_ms = now_ms + DB_DOUBT_MS;
    return link->silent;
}

void db_health(const struct db *db, struct db_health *ret_health)
{
    const struct db_link *link = db->link;

    *ret_health = (struct db_health){.connected = db_alive(db),
                                     .breaker = link->breaker.state,
                                     .away_since = link->away_since,
                                     .reason = link->gist,
                                     .openings = link->breaker.openings,
                                     .probes = link->breaker.probes,
                                     .connections = db->connections,
                                     .losses = db->losses};
}

void db_link_init(struct db_link *link, unsigned seed)
{
    *link = (struct db_link){.fd = -1};
    breaker_init(&link->breaker, seed);
}

void db_link_end(struct db_link *link)
{
    if (link->fd >= 0)
        (void)close(link->fd);
    link->fd = -1;
}
