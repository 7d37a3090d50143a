/*
 * What the feed listens for, and where its news go: to subscriptions as marks, and to calls that
 * wait for a change, which are run again. A call whose time is up is run for the last time.
 */
#include "planner/store/feed.h"
#include "planner/base/clock.h"
#include "planner/mcp/subscriptions.h"
#include "planner/resources/resource.h"

static struct req scratch_req(struct arena *arena)
{
    return (struct req){.arena = arena};
}

bool mcp_feed_knows(const char *uri)
{
    struct arena arena;
    struct req rq = scratch_req(&arena);
    struct resource_watched watched;
    bool known = false;

    arena_init(&arena, ARENA_CAP_DEFAULT);
    known = resource_watch(&rq, uri, &watched);
    arena_destroy(&arena);
    return known;
}

static struct feed_watch watch_of(struct req *rq, const char *uri)
{
    static const enum feed_kind kinds[] = {
        [RESOURCE_PROJECTS] = FEED_PROJECTS, [RESOURCE_PROJECT] = FEED_PROJECT,
        [RESOURCE_OUTLINE] = FEED_OUTLINE,   [RESOURCE_ITEM] = FEED_ITEM,
        [RESOURCE_HISTORY] = FEED_HISTORY,   [RESOURCE_DISPUTE] = FEED_DISPUTE};
    struct resource_watched watched;

    if (!resource_watch(rq, uri, &watched))
        return (struct feed_watch){.kind = FEED_PROJECTS};
    return (struct feed_watch){.kind = kinds[watched.kind],
                               .id = watched.ref.id,
                               .slug = watched.ref.slug,
                               .number = watched.ref.number};
}

static size_t count_watches(const struct mcp *mcp)
{
    size_t n = 0;

    for (const struct mcp_subscription *s = mcp->subscriptions; s != NULL; s = s->next)
        n += s->n + s->wants_list;
    for (const struct mcp_call *call = mcp->waiting.first; call != NULL; call = call->next)
        n++;
    return n;
}

/* The order is that of hear(): streams with their URIs and list, then calls. */
void mcp_feed_update(struct mcp *mcp)
{
    struct arena arena;
    struct req rq = scratch_req(&arena);
    struct feed_watch *watches = NULL;
    size_t n = 0;

    if (mcp->config->feed == NULL)
        return;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    watches = ARENA_MANY(&arena, count_watches(mcp), struct feed_watch);
    for (const struct mcp_subscription *s = mcp->subscriptions; s != NULL; s = s->next) {
        for (size_t i = 0; i < s->n; i++)
            watches[n++] = watch_of(&rq, s->uris[i].text);
        if (s->wants_list)
            watches[n++] = (struct feed_watch){.kind = FEED_PROJECTS};
    }
    for (const struct mcp_call *call = mcp->waiting.first; call != NULL; call = call->next)
        watches[n++] = (struct feed_watch){
            .kind = FEED_ANY, .id = call->wait_project, .cursor = call->wait_cursor};
    feed_set(mcp->config->feed, watches, n);
    arena_destroy(&arena);
}

static bool is_hit(const struct feed_news *news, size_t index)
{
    for (size_t i = 0; i < news->n_hits; i++) {
        if (news->hits[i] == index)
            return true;
    }
    return news->everything;
}

/* Run it again; mcp_feed_update() is owed. */
static void wake(struct mcp *mcp, struct mcp_call *call)
{
    mcp_list_remove(&mcp->waiting, call);
    mcp_call_queue(mcp, call);
}

static void hear(struct mcp *mcp, const struct feed_news *news)
{
    struct mcp_call *next = NULL;
    bool woken = false;
    size_t n = 0;

    db_heard_news(mcp->config->db);
    for (struct mcp_subscription *s = mcp->subscriptions; s != NULL; s = s->next) {
        for (size_t i = 0; i < s->n; i++)
            s->uris[i].changed |= is_hit(news, n++);
        n += s->wants_list;
        s->list_changed |= s->wants_list && (news->projects || news->everything);
    }
    for (struct mcp_call *call = mcp->waiting.first; call != NULL; call = next) {
        next = call->next;
        if (!is_hit(news, n++))
            continue;
        wake(mcp, call);
        woken = true;
    }
    if (woken)
        mcp_feed_update(mcp);
}

static void wake_late(struct mcp *mcp, int64_t now_ms)
{
    struct mcp_call *next = NULL;
    bool woken = false;

    for (struct mcp_call *call = mcp->waiting.first; call != NULL; call = next) {
        next = call->next;
        if (call->wait_until_ms > now_ms)
            continue;
        wake(mcp, call);
        woken = true;
    }
    if (woken)
        mcp_feed_update(mcp);
}

void mcp_feed_close(struct mcp *mcp)
{
    for (struct mcp_call *call = mcp->waiting.first; call != NULL; call = call->next)
        call->began_ms = 1; /* long ago: its time is up */
    wake_late(mcp, INT64_MAX);
}

/* Only between calls: connecting waits, and a call that waits must not wait for that. */
static bool may_open(const struct mcp *mcp)
{
    return mcp->running == NULL && !mcp->closing;
}

bool mcp_feed_open(struct mcp *mcp)
{
    struct feed *feed = mcp->config->feed;
    const struct mcp_peer nobody = {0};
    enum status status = ST_OK;
    struct req rq;

    if (feed == NULL || !may_open(mcp) || !feed_wants_open(feed, clock_monotonic_ms()))
        return false;
    rq = mcp_req_for(mcp, &nobody, &mcp->call_arena);
    mcp->opening = true;
    status = feed_open(&rq, feed);
    mcp->opening = false;
    if (status != ST_OK)
        log_write(mcp->config->log, LOG_INFO, "listening to changes: %s", rq.message);
    mcp_listen_opened(mcp, status == ST_OK);
    arena_reset(&mcp->call_arena);
    return true;
}

void mcp_watch(const struct mcp *mcp, struct mcp_watch *ret_watch)
{
    const struct feed *feed = mcp->config->feed;

    *ret_watch = (struct mcp_watch){.fd = -1, .due_ms = INT64_MAX};
    if (feed != NULL && !mcp->opening)
        *ret_watch = (struct mcp_watch){feed_fd(feed), feed_events(feed), INT64_MAX};
    if (feed != NULL && !mcp->opening && (feed_is_open(feed) || may_open(mcp)))
        ret_watch->due_ms = feed_due_ms(feed);
    for (const struct mcp_call *call = mcp->waiting.first; call != NULL; call = call->next) {
        if (call->wait_until_ms < ret_watch->due_ms)
            ret_watch->due_ms = call->wait_until_ms;
    }
}

void mcp_tick(struct mcp *mcp)
{
    const int64_t now = clock_monotonic_ms();
    struct feed_news news;

    if (mcp->config->feed != NULL && !mcp->opening && feed_step(mcp->config->feed, now, &news))
        hear(mcp, &news);
    wake_late(mcp, now);
    mcp_listen_tell(mcp);
}
