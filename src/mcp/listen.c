/*
 * Who listens to changes: subscriptions/listen streams of 2026-07-28, and the one subscription of a
 * handshake client (resources/subscribe). What was heard is kept as a mark per URI and told when
 * the reader has room, so that a slow one costs no memory and misses nothing.
 */
#include "planner/base/clock.h"
#include "planner/base/memory.h"
#include "planner/mcp/subscriptions.h"
#include "planner/store/feed.h"

#define META_SUBSCRIPTION MCP_META "subscriptionId"

static struct mcp_subscription *subscription_new(struct mcp *mcp, struct span id)
{
    struct mcp_subscription **place = &mcp->subscriptions;
    struct mcp_subscription *new = memory_alloc(sizeof(*new));

    while (*place != NULL)
        place = &(*place)->next;
    *new = (struct mcp_subscription){.id = id.ptr == NULL ? NULL : memory_span(id.ptr, id.len)};
    *place = new;
    return new;
}

static void subscription_free(struct mcp *mcp, struct mcp_subscription *gone)
{
    struct mcp_subscription **place = &mcp->subscriptions;

    while (*place != gone)
        place = &(*place)->next;
    *place = gone->next;
    for (size_t i = 0; i < gone->n; i++)
        memory_free(gone->uris[i].text);
    memory_free(gone->uris);
    memory_free(gone->id);
    memory_free(gone);
}

void mcp_listen_forget(struct mcp *mcp)
{
    while (mcp->subscriptions != NULL)
        subscription_free(mcp, mcp->subscriptions);
}

static size_t count_uris(const struct mcp *mcp, size_t *ret_streams)
{
    size_t n = 0;

    *ret_streams = 0;
    for (const struct mcp_subscription *s = mcp->subscriptions; s != NULL; s = s->next) {
        *ret_streams += s->id != NULL;
        n += s->n;
    }
    return n;
}

static struct mcp_subscription *find_stream(const struct mcp *mcp, struct span id)
{
    struct mcp_subscription *s = mcp->subscriptions;

    while (s != NULL && !(s->id != NULL && rpc_id_same((struct span){s->id, strlen(s->id)}, id)))
        s = s->next;
    return s;
}

static struct mcp_uri *find_uri(const struct mcp_subscription *s, const char *uri)
{
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->uris[i].text, uri) == 0)
            return &s->uris[i];
    }
    return NULL;
}

static bool is_heard(const struct mcp *mcp)
{
    return mcp->config->feed == NULL || (!mcp->opening && feed_is_open(mcp->config->feed));
}

static void add_uri(const struct mcp *mcp, struct mcp_subscription *s, const char *uri)
{
    if (find_uri(s, uri) != NULL)
        return;
    s->uris = memory_grow(s->uris, (s->n + 1) * sizeof(*s->uris));
    s->uris[s->n++] = (struct mcp_uri){.text = memory_text(uri), .fresh = !is_heard(mcp)};
}

static void drop_uri(struct mcp_subscription *s, struct mcp_uri *uri)
{
    const struct mcp_uri *end = s->uris + s->n--;

    memory_free(uri->text);
    memmove(uri, uri + 1, (size_t)(end - (uri + 1)) * sizeof(*uri));
}

/* ------------------------------------------------------------------ subscriptions/listen */

/* The sentence about what is wrong with the filter, or NULL. */
static const char *filter_problem(struct mcp *mcp, const struct mcp_ask *ask, const cJSON *filter)
{
    const cJSON *uris = json_get(filter, "resourceSubscriptions");
    const cJSON *uri = NULL;
    size_t streams = 0;
    const size_t watched = count_uris(mcp, &streams);

    if (!cJSON_IsObject(filter))
        return "'notifications' must be an object: what to listen to";
    if (uris != NULL && !cJSON_IsArray(uris))
        return "'resourceSubscriptions' must be a list of URIs";
    cJSON_ArrayForEach(uri, uris)
    {
        if (!cJSON_IsString(uri))
            return "'resourceSubscriptions' must be a list of URIs";
    }
    if (find_stream(mcp, ask->message->id) != NULL)
        return "'id' belongs to a subscription that is still open";
    if (streams >= MCP_STREAMS_MAX)
        return arena_printf(&mcp->arena, "at most %d subscriptions can be open at once",
                            MCP_STREAMS_MAX);
    if (watched + (size_t)cJSON_GetArraySize(uris) > MCP_URIS_MAX)
        return arena_printf(&mcp->arena, "at most %d resources can be subscribed to at once",
                            MCP_URIS_MAX);
    return NULL;
}

static void put_subscription_meta(struct json_out *out, const struct mcp_subscription *s)
{
    if (s->id == NULL)
        return;
    json_key(out, "_meta");
    json_begin(out, '{');
    json_put_raw(out, META_SUBSCRIPTION, s->id);
    json_end(out, '}');
}

/* Only what will be told is acknowledged: the lists of tools and prompts never change. */
static void acknowledge(struct mcp *mcp, struct mcp_subscription *s)
{
    struct json_out out = JSON_OUT_IN(&mcp->tick_arena);

    s->acknowledged = true;
    rpc_request_begin(&out, NULL, "notifications/subscriptions/acknowledged");
    json_begin(&out, '{');
    put_subscription_meta(&out, s);
    json_key(&out, "notifications");
    json_begin(&out, '{');
    if (s->wants_list)
        json_put_bool(&out, "resourcesListChanged", true);
    if (s->n > 0) {
        json_key(&out, "resourceSubscriptions");
        json_begin(&out, '[');
        for (size_t i = 0; i < s->n; i++)
            json_str(&out, s->uris[i].text);
        json_end(&out, ']');
    }
    json_end(&out, '}');
    json_end(&out, '}');
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
    arena_reset(&mcp->tick_arena);
}

void mcp_answer_listen(struct mcp *mcp, struct mcp_ask *ask)
{
    const cJSON *filter = json_get(ask->params, "notifications");
    const char *problem = filter_problem(mcp, ask, filter);
    struct mcp_subscription *s = NULL;
    const cJSON *uri = NULL;

    if (problem != NULL) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, problem, NULL);
        return;
    }
    s = subscription_new(mcp, ask->message->id);
    s->wants_list = cJSON_IsTrue(json_get(filter, "resourcesListChanged"));
    s->list_fresh = s->wants_list && !is_heard(mcp);
    cJSON_ArrayForEach(uri, json_get(filter, "resourceSubscriptions"))
    {
        if (mcp_feed_knows(uri->valuestring))
            add_uri(mcp, s, uri->valuestring);
    }
    mcp_feed_update(mcp);
    if (!mcp->opening &&
        (is_heard(mcp) || !feed_wants_open(mcp->config->feed, clock_monotonic_ms())))
        acknowledge(mcp, s);
}

bool mcp_listen_is_owed(const struct mcp *mcp)
{
    const struct mcp_subscription *s = mcp->subscriptions;

    while (s != NULL && s->acknowledged)
        s = s->next;
    return s != NULL;
}

void mcp_listen_opened(struct mcp *mcp, bool is_open)
{
    for (struct mcp_subscription *s = mcp->subscriptions; s != NULL; s = s->next) {
        const bool first = s->id != NULL && !s->acknowledged;
        if (first)
            acknowledge(mcp, s);
        for (size_t i = 0; i < s->n && is_open; i++) {
            s->uris[i].changed |= s->uris[i].fresh && !first;
            s->uris[i].fresh = false;
        }
        if (is_open) {
            s->list_changed |= s->list_fresh && !first;
            s->list_fresh = false;
        }
    }
    mcp_listen_tell(mcp);
}

void mcp_listen_cancel(struct mcp *mcp, struct span id)
{
    struct mcp_subscription *s = id.ptr == NULL ? NULL : find_stream(mcp, id);

    if (s == NULL)
        return;
    subscription_free(mcp, s);
    mcp_feed_update(mcp);
}

static void end_stream(struct mcp *mcp, const struct mcp_subscription *s)
{
    struct json_out out = JSON_OUT_IN(&mcp->arena);

    rpc_result_begin(&out, (struct span){s->id, strlen(s->id)});
    json_begin(&out, '{');
    json_put_str(&out, "resultType", "complete");
    json_key(&out, "_meta");
    json_begin(&out, '{');
    json_put_raw(&out, META_SUBSCRIPTION, s->id);
    json_put_raw(&out, MCP_META "serverInfo", MCP_SERVER_INFO);
    json_end(&out, '}');
    json_end(&out, '}');
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
}

void mcp_listen_close(struct mcp *mcp)
{
    for (struct mcp_subscription *s = mcp->subscriptions; s != NULL; s = s->next) {
        if (s->id != NULL && !s->acknowledged)
            acknowledge(mcp, s);
        if (s->id != NULL)
            end_stream(mcp, s);
    }
    mcp_listen_forget(mcp);
}

/* ------------------------------------------------------------------ resources/subscribe */

static struct mcp_subscription *handshake_find(const struct mcp *mcp)
{
    struct mcp_subscription *s = mcp->subscriptions;

    while (s != NULL && s->id != NULL)
        s = s->next;
    return s;
}

/* The list is declared once for the session, not asked for. */
static struct mcp_subscription *handshake_subscription(struct mcp *mcp)
{
    struct mcp_subscription *s = handshake_find(mcp);

    if (s != NULL)
        return s;
    s = subscription_new(mcp, (struct span){0});
    s->acknowledged = true;
    s->wants_list = true;
    s->list_fresh = !is_heard(mcp);
    return s;
}

static bool wrong_uri(struct mcp *mcp, const struct mcp_ask *ask, const char *uri)
{
    if (uri == NULL) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS, "'uri' must be a string", NULL);
        return true;
    }
    if (mcp_feed_knows(uri))
        return false;
    mcp_send_error(mcp, ask, RPC_RESOURCE_MISSING, "there is no such resource; see resources/list",
                   mcp_uri_data(&mcp->arena, uri));
    return true;
}

void mcp_answer_subscribe(struct mcp *mcp, struct mcp_ask *ask)
{
    const char *uri = json_get_text(ask->params, "uri");
    const struct mcp_subscription *had = handshake_find(mcp);
    size_t streams = 0;
    struct json_out out;

    if (wrong_uri(mcp, ask, uri))
        return;
    if ((had == NULL || find_uri(had, uri) == NULL) && count_uris(mcp, &streams) >= MCP_URIS_MAX) {
        mcp_send_error(mcp, ask, RPC_INVALID_PARAMS,
                       arena_printf(&mcp->arena,
                                    "at most %d resources can be subscribed to at once",
                                    MCP_URIS_MAX),
                       NULL);
        return;
    }
    add_uri(mcp, handshake_subscription(mcp), uri);
    mcp_answer_begin(mcp, ask, &out);
    mcp_answer_end(mcp, ask, &out);
    mcp_feed_update(mcp);
}

void mcp_answer_unsubscribe(struct mcp *mcp, struct mcp_ask *ask)
{
    const char *uri = json_get_text(ask->params, "uri");
    struct mcp_subscription *s = handshake_find(mcp);
    struct mcp_uri *subscribed = NULL;
    struct json_out out;

    if (wrong_uri(mcp, ask, uri))
        return;
    subscribed = s == NULL ? NULL : find_uri(s, uri);
    if (subscribed != NULL)
        drop_uri(s, subscribed);
    if (s != NULL && s->n == 0)
        subscription_free(mcp, s);
    mcp_answer_begin(mcp, ask, &out);
    mcp_answer_end(mcp, ask, &out);
    mcp_feed_update(mcp);
}

/* ------------------------------------------------------------------ what was heard */

static void tell(struct mcp *mcp, const struct mcp_subscription *s, const char *method,
                 const char *uri)
{
    struct json_out out = JSON_OUT_IN(&mcp->tick_arena);

    rpc_request_begin(&out, NULL, method);
    json_begin(&out, '{');
    put_subscription_meta(&out, s);
    json_put_str(&out, "uri", uri);
    json_end(&out, '}');
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
    arena_reset(&mcp->tick_arena);
}

void mcp_listen_own_list(struct mcp *mcp)
{
    static const struct mcp_subscription untagged = {0};
    const bool is_told = mcp->config->feed != NULL && is_heard(mcp) && handshake_find(mcp) != NULL;

    if (mcp->has_listed && !is_told && mcp_has_room(mcp))
        tell(mcp, &untagged, "notifications/resources/list_changed", NULL);
}

void mcp_listen_tell(struct mcp *mcp)
{
    for (struct mcp_subscription *s = mcp->subscriptions; s != NULL; s = s->next) {
        if (!s->acknowledged)
            continue;
        if (s->list_changed && mcp_has_room(mcp)) {
            s->list_changed = false;
            tell(mcp, s, "notifications/resources/list_changed", NULL);
        }
        for (size_t i = 0; i < s->n && mcp_has_room(mcp); i++) {
            if (!s->uris[i].changed)
                continue;
            s->uris[i].changed = false;
            tell(mcp, s, "notifications/resources/updated", s->uris[i].text);
        }
    }
}
