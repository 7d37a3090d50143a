/*
 * A whole conversation: lines to mcp_receive, among them "!" for a turn of the queue and "?" for a
 * tick. While a call waits, the lines after it come in, as in the real loop. The tools are those of
 * the unit tests; everything else is real, with a database that is away.
 *
 * Whatever is said: every frame is one line and one message (or a batch), of the form that JSON-RPC
 * wants; nothing is answered that was not asked, nothing twice; and once the conversation is over
 * everything that was asked and not taken back is answered.
 */
#include "fuzz.h"
#include "planner/mcp/mcp.h"
#include "planner/store/db.h"

#define ASKED_MAX 256

struct talk {
    struct mcp *mcp;
    struct arena arena; /* of this harness */
    struct feed rest;   /* lines to come */
    struct span asked[ASKED_MAX];
    size_t n_asked;
    bool uncounted; /* something was taken back, or came in a batch */
    int waits;
};

/* ------------------------------------------------------------------ what is said */

static void note_asked(struct talk *talk, const struct rpc_message *m)
{
    if (m->id.ptr == NULL || (m->kind != RPC_REQUEST && m->kind != RPC_INVALID))
        return;
    require(talk->n_asked < ASKED_MAX);
    talk->asked[talk->n_asked++] =
        (struct span){arena_copy(&talk->arena, m->id.ptr, m->id.len), m->id.len};
}

static void note_line(struct talk *talk, const char *line, size_t len)
{
    struct rpc_frame frame;

    rpc_read(&talk->arena, line, len, &frame);
    talk->uncounted = talk->uncounted || frame.batch;
    for (size_t i = 0; i < frame.n; i++) {
        note_asked(talk, &frame.messages[i]);
        if (strcmp(frame.messages[i].method, "notifications/cancelled") == 0)
            talk->uncounted = true;
    }
}

/* The next line; false at the end. `step` allows what only the loop itself does. */
static bool say_line(struct talk *talk, bool step)
{
    const uint8_t *newline = NULL;
    size_t len = talk->rest.left;
    char *line = NULL;

    if (talk->rest.left == 0 || talk->n_asked > ASKED_MAX / 2)
        return false;
    newline = memchr(talk->rest.at, '\n', talk->rest.left);
    if (newline != NULL)
        len = (size_t)(newline - talk->rest.at);
    line = feed_rest(&(struct feed){talk->rest.at, len}, &len);
    talk->rest.at += len + (newline != NULL);
    talk->rest.left -= len + (newline != NULL);
    if (len == 1 && line[0] == '!') {
        if (step)
            (void)mcp_step(talk->mcp);
    } else if (len == 1 && line[0] == '?') {
        if (step)
            mcp_tick(talk->mcp);
    } else {
        note_line(talk, line, len);
        mcp_receive(talk->mcp, line, len);
    }
    free(line);
    return true;
}

/* While a call waits, one more line comes in. Time does not pass. */
static enum status wait_in_talk(void *ctx, struct req *rq, int fd, short events, int timeout_ms,
                                bool *ret_ready)
{
    struct talk *talk = ctx;

    (void)fd;
    (void)events;
    (void)timeout_ms;
    *ret_ready = false;
    if (talk->waits++ < 100)
        (void)say_line(talk, false);
    return rq->cancelled ? ST_CANCELLED : ST_OK;
}

/* ------------------------------------------------------------------ what is answered */

static void check_asked(struct talk *talk, struct span id)
{
    for (size_t i = 0; i < talk->n_asked; i++) {
        if (rpc_id_same(talk->asked[i], id)) {
            talk->asked[i] = talk->asked[--talk->n_asked];
            return;
        }
    }
    require(!"an answer to what was not asked, or asked once and answered twice");
}

static void check_response(const cJSON *tree)
{
    const cJSON *result = json_get(tree, "result");
    const cJSON *error = json_get(tree, "error");

    require((result != NULL) != (error != NULL));
    require(result == NULL || cJSON_IsObject(result));
    if (error == NULL)
        return;
    require(cJSON_IsNumber(json_get(error, "code")));
    require(json_get_text(error, "message") != NULL && json_get_text(error, "message")[0] != '\0');
}

static void check_message(struct talk *talk, struct span text)
{
    OWN_JSON tree = json_parse(text.ptr, text.len);
    struct span name = {0};
    struct span value = {0};
    size_t pos = 0;

    require(cJSON_IsObject(tree) && strcmp(json_get_text(tree, "jsonrpc"), "2.0") == 0);
    require(!cJSON_IsNull(json_get(tree, "id")) || json_get(tree, "id") == NULL);
    if (json_get(tree, "method") != NULL) {
        require(cJSON_IsString(json_get(tree, "method")));
        require(json_get(tree, "result") == NULL && json_get(tree, "error") == NULL);
        require(json_get(tree, "params") == NULL || cJSON_IsObject(json_get(tree, "params")));
        require(json_get(tree, "id") == NULL || cJSON_IsString(json_get(tree, "id")));
        return;
    }
    check_response(tree);
    while (json_next(text, &pos, &name, &value)) {
        if (span_is(name, "id"))
            check_asked(talk, value);
    }
}

static void hear(void *ctx, const char *frame, size_t len)
{
    struct talk *talk = ctx;
    struct span element = {frame, len - 1};
    struct json_fault fault;
    size_t pos = 0;

    require(len > 1 && frame[len - 1] == '\n' && memchr(frame, '\n', len - 1) == NULL);
    require(json_check(frame, len - 1, &fault));
    if (frame[0] == '{')
        check_message(talk, element);
    while (frame[0] == '[' && json_next((struct span){frame, len - 1}, &pos, NULL, &element))
        check_message(talk, element);
}

/* ------------------------------------------------------------------ the conversation */

static void step_all(struct talk *talk)
{
    for (int i = 0; i < 10 * ASKED_MAX; i++) {
        if (!mcp_step(talk->mcp))
            return;
    }
    require(!"the queue never ends");
}

/* The same for every conversation: it is never reached. */
static struct db *absent_db(const struct log *log)
{
    static const struct db_config config = {.dsn = "host=/nonexistent user=nobody dbname=none"};
    static struct db *db;

    if (db == NULL)
        db = db_new(&config, log);
    return db;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct log log = {.level = LOG_ERROR};
    static struct uuid_source uuids;
    struct talk talk = {.rest = {data, size}};
    const struct waiter waiter = {&talk, wait_in_talk};
    const struct mcp_sink sink = {.ctx = &talk, .send = hear};
    const struct mcp_config config = {
        .log = &log, .waiter = &waiter, .uuids = &uuids, .db = absent_db(&log), .directory = "/"};

    arena_init(&talk.arena, ARENA_CAP_DEFAULT);
    talk.mcp = mcp_new(&config, &sink);
    while (say_line(&talk, true))
        continue;
    step_all(&talk);
    mcp_close(talk.mcp);
    step_all(&talk);
    if (!talk.uncounted)
        require(talk.n_asked == 0);
    mcp_free(talk.mcp);
    arena_destroy(&talk.arena);
    return 0;
}
