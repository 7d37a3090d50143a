#include "feed_helper.h"

#include <poll.h>

#include "planner/base/clock.h"

const struct feed_watch feed_auth = {.kind = FEED_PROJECT, .slug = "AUTH"};

/* AUTH: 1 task (2, 3 steps), 4 task in sequence (5, 6 steps), 7 step waits for 3. BILL: 1 task. */
void feed_plan(struct harness *h)
{
    (void)harness_sql(
        h, "INSERT INTO planner.projects (id, slug, description) SELECT md5(s)::uuid, s, 'why'"
           " FROM unnest('{AUTH,BILL}'::text[]) s");
    (void)harness_sql(
        h,
        "INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number,"
        " title, sequential) SELECT md5(w[1])::uuid, md5(w[1] || w[2])::uuid, NULL, 'project', 0,"
        " 'V', 0, 'x', false FROM (VALUES (ARRAY['AUTH', '']), (ARRAY['BILL', ''])) v (w)");
    (void)harness_sql(h, "INSERT INTO planner.roll (project_id, id) SELECT project_id, id FROM"
                         " planner.items");
    for (int step = 0; step <= 1; step++) {
        (void)harness_sql(
            h,
            "INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, number,"
            " title, sequential) SELECT md5(slug)::uuid, md5(slug || n)::uuid,"
            " md5(slug || coalesce(parent::text, ''))::uuid, kind, 1, 'V' || n || 'V', n, 'x', n = 4"
            " FROM (VALUES ('AUTH', 1, NULL, 'task'), ('AUTH', 2, 1, 'step'), ('AUTH', 3, 1, 'step'),"
            " ('AUTH', 4, NULL, 'task'), ('AUTH', 5, 4, 'step'), ('AUTH', 6, 4, 'step'),"
            " ('AUTH', 7, NULL, 'step'), ('BILL', 1, NULL, 'task')) v (slug, n, parent, kind)"
            " WHERE (kind = 'step') = %s",
            step ? "true" : "false");
        (void)harness_sql(h, "INSERT INTO planner.roll (project_id, id) SELECT project_id, id FROM"
                             " planner.items WHERE kind = 'task' ON CONFLICT DO NOTHING");
    }
    (void)harness_sql(h, "INSERT INTO planner.steps (project_id, id) SELECT project_id, id FROM"
                         " planner.items WHERE kind = 'step'");
    (void)harness_sql(h,
                      "INSERT INTO planner.iterations (project_id, step_id, number, action, role,"
                      " agent, content) SELECT project_id, id, 1, 'submit', 'server', 'a', 'c'"
                      " FROM planner.steps");
    (void)harness_sql(h,
                      "INSERT INTO planner.disputes (project_id, id, step_id, rounds,"
                      " server_number, review_number) SELECT project_id, md5('dispute')::uuid, id,"
                      " 1, 1, 1 FROM planner.steps WHERE id = md5('AUTH2')::uuid");
    (void)harness_sql(h, "INSERT INTO planner.deps (project_id, item_id, blocked_by) VALUES"
                         " (md5('AUTH')::uuid, md5('AUTH7')::uuid, md5('AUTH3')::uuid)");
}

/* What an ordinary edit is: the title of AUTH-n, by somebody with psql. */
void feed_touch(struct harness *h, const char *key)
{
    (void)harness_sql(h, "UPDATE planner.items SET title = title || 'x' WHERE id = md5('%s')::uuid",
                      key);
}

struct feed *feed_make(struct harness *h, bool pooled)
{
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = 5000, .pooled = pooled};

    return feed_new(&config, &h->log);
}

void feed_begin(struct harness *h, struct feed *feed)
{
    if (feed_open(&h->rq, feed) != ST_OK)
        fail_msg("%s", h->rq.message);
}

/* As the owner's loop, until there is news or the time is up. */
bool feed_hears(struct harness *h, struct feed *feed, int64_t ms, struct feed_news *ret_news)
{
    const int64_t end = clock_monotonic_ms() + ms;

    for (int64_t now = 0; (now = clock_monotonic_ms()) < end;) {
        struct pollfd pfd;
        int64_t due = 0;
        if (feed_wants_open(feed, now) && feed_open(&h->rq, feed) == ST_OK)
            continue;
        if (feed_step(feed, now, ret_news))
            return true;
        due = feed_due_ms(feed) < end ? feed_due_ms(feed) : end;
        pfd = (struct pollfd){.fd = feed_fd(feed), .events = feed_events(feed)};
        (void)poll(&pfd, 1, due > now ? (int)(due - now) : 0);
    }
    return false;
}

/* The hits as "1 3", in letters: "ac". */
const char *feed_letters(struct harness *h, const struct feed_news *news)
{
    char *text = arena_alloc(&h->arena, news->n_hits + 1);

    for (size_t i = 0; i < news->n_hits; i++)
        text[i] = (char)('a' + (int)news->hits[i]);
    return text;
}

void assert_hears(struct harness *h, struct feed *feed, const char *expected)
{
    struct feed_news news = {0};

    if (!feed_hears(h, feed, SOON_MS, &news))
        fail_msg("nothing was heard");
    assert_string_equal(feed_letters(h, &news), expected);
}

void assert_quiet(struct harness *h, struct feed *feed)
{
    struct feed_news news = {0};

    if (feed_hears(h, feed, QUIET_MS, &news))
        fail_msg("heard %s", feed_letters(h, &news));
}

/* Make every row of the outbox so many hours old. */
void outbox_age(struct harness *h, int hours)
{
    (void)harness_sql(h, "UPDATE planner.outbox SET at = now() - interval '%d hours'", hours);
}

/* The oldest change that is left, once that is `oldest`: other tests' transactions hold it up. */
void outbox_purge_to(struct harness *h, int rows, const char *oldest)
{
    const char *left = NULL;

    for (int tries = 0; tries < 1200; tries++) {
        (void)harness_sql(h, "SELECT planner.outbox_purge(%d)", rows);
        left = harness_sql(h, "SELECT change FROM planner.outbox ORDER BY xid, change LIMIT 1");
        if (strcmp(left, oldest) == 0)
            return;
        (void)harness_sql(h, "SELECT pg_sleep(0.05)");
    }
    assert_string_equal(left, oldest);
}

/* The number of the newest change. */
const char *outbox_newest(struct harness *h)
{
    return harness_sql(h,
                       "SELECT change FROM planner.outbox ORDER BY xid DESC, change DESC LIMIT 1");
}
