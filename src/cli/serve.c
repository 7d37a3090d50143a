/* The server: wires the loop, the protocol and the store, and runs until its input ends. */
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/memory.h"
#include "planner/cli/command.h"
#include "planner/store/feed.h"
#include "planner/store/health.h"
#include "planner/transport/loop.h"

#define QUEUE_CAP          ((size_t)16 * 1024 * 1024) /* bytes of calls that wait for the one that runs */
#define IDLE_MS            15000 /* how often an idle connection is looked at, at most */
#define PAUSE_MS           250   /* without work: then a round trip of our own holds up no call */
#define ADD_MS             10000 /* what was counted goes to the store no more often */
#define ADD_TIMEOUT_MS     500
#define ADD_TIMEOUT_END_MS 100 /* of the second that a signal leaves us */

/* What the callbacks of the loop work with. */
struct serving {
    struct app *app;
    struct loop *loop;
    struct meter *meter;
    struct arena arena;
    int64_t added_ms; /* monotonic; 0: never */
};

/* It is not counted itself, or there would always be something to add. */
static void add_counts(struct serving *s, const struct waiter *waiter, int timeout_ms)
{
    struct req rq = {.arena = &s->arena, .log = &s->app->log, .waiter = waiter, .db = s->app->db};

    if (db_meter_add(&rq, s->meter, timeout_ms))
        s->added_ms = clock_monotonic_ms();
    arena_reset(&s->arena);
}

static void on_pause(void *ctx)
{
    struct serving *s = ctx;

    if (s->added_ms == 0 || clock_monotonic_ms() - s->added_ms >= ADD_MS)
        add_counts(s, &s->loop->waiter, ADD_TIMEOUT_MS);
}

static void on_idle(void *ctx)
{
    struct serving *s = ctx;

    on_pause(s);
    db_idle(s->app->db, clock_monotonic_ms());
}

/* Process lifetime. */
static struct meter *meter_new(void)
{
    struct meter *meter = memory_alloc(sizeof(*meter));

    *meter = (struct meter){.changed = false};
    return meter;
}

static void watch_healing(void *ctx, int *ret_fd, int64_t *ret_due_ms)
{
    db_heal_watch(ctx, ret_fd, ret_due_ms);
}

static void step_healing(void *ctx)
{
    db_heal_step(ctx, clock_monotonic_ms());
}

/* The feed gives up and comes back together with the connection for work. */
static struct feed *feed_for(struct app *app)
{
    struct db_config config = app->db_config;

    config.beside = app->db;
    return feed_new(&config, &app->log);
}

static const char *start_directory(struct arena *arena)
{
    char path[4096];

    return getcwd(path, sizeof(path)) != NULL ? arena_strdup(arena, path) : NULL;
}

static struct mcp_config mcp_config_for(struct app *app, const struct serving *serving,
                                        struct feed *feed)
{
    return (struct mcp_config){.log = &app->log,
                               .waiter = &serving->loop->waiter,
                               .uuids = &app->uuids,
                               .db = app->db,
                               .meter = serving->meter,
                               .feed = feed,
                               .agent = app->options.agent,
                               .role = app->options.role,
                               .user = app->options.user,
                               .project = app->options.project,
                               .directory = start_directory(&app->arena),
                               .max_claims = app->options.max_claims};
}

static int run_serve(struct app *app)
{
    struct loop loop;
    struct serving serving = {.app = app, .loop = &loop, .meter = meter_new()};
    const struct loop_side side = {app->db, watch_healing, step_healing};
    const struct loop_config loop_config = {.in = STDIN_FILENO,
                                            .out = STDOUT_FILENO,
                                            .frame_cap = FRAME_CAP_DEFAULT,
                                            .queue_cap = QUEUE_CAP,
                                            .log = &app->log,
                                            .idle = on_idle,
                                            .pause = on_pause,
                                            .idle_ctx = &serving,
                                            .idle_ms = app->options.idle_close / 4 < IDLE_MS
                                                           ? (int)app->options.idle_close / 4
                                                           : IDLE_MS,
                                            .pause_ms = PAUSE_MS,
                                            .side = &side};
    struct feed *feed = feed_for(app);
    struct mcp_config mcp_config;

    arena_init(&serving.arena, ARENA_CAP_DEFAULT);
    loop_init(&loop, &loop_config);
    mcp_config = mcp_config_for(app, &serving, feed);
    loop.mcp = mcp_new(&mcp_config, &loop.sink);
    loop_run(&loop);
    add_counts(&serving, &waiter_plain, ADD_TIMEOUT_END_MS);
    mcp_free(loop.mcp);
    feed_free(feed);
    loop_destroy(&loop);
    arena_destroy(&serving.arena);
    memory_free(serving.meter);
    return EXIT_DONE;
}

const struct command command_serve = {
    .name = "serve",
    .args = "",
    .summary = "Serve the Model Context Protocol on standard input and output (the default)",
    .run = run_serve,
};
