/* The server: wires the loop, the protocol and the store, and runs until its input ends. */
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/cli/command.h"
#include "planner/store/feed.h"
#include "planner/transport/loop.h"

#define QUEUE_CAP ((size_t)16 * 1024 * 1024) /* bytes of calls that wait for the one that runs */
#define IDLE_MS   15000 /* how often an idle connection is looked at, at most */

static void idle(void *ctx)
{
    db_idle(ctx, clock_monotonic_ms());
}

static const char *start_directory(struct arena *arena)
{
    char path[4096];

    return getcwd(path, sizeof(path)) != NULL ? arena_strdup(arena, path) : NULL;
}

static struct mcp_config mcp_config_for(struct app *app, const struct loop *loop, struct feed *feed)
{
    return (struct mcp_config){.log = &app->log,
                               .waiter = &loop->waiter,
                               .uuids = &app->uuids,
                               .db = app->db,
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
    const struct loop_config loop_config = {.in = STDIN_FILENO,
                                            .out = STDOUT_FILENO,
                                            .frame_cap = FRAME_CAP_DEFAULT,
                                            .queue_cap = QUEUE_CAP,
                                            .log = &app->log,
                                            .idle = idle,
                                            .idle_ctx = app->db,
                                            .idle_ms = app->options.idle_close / 4 < IDLE_MS
                                                           ? (int)app->options.idle_close / 4
                                                           : IDLE_MS};
    struct feed *feed = feed_new(&app->db_config, &app->log);
    struct loop loop;
    struct mcp_config mcp_config;

    loop_init(&loop, &loop_config);
    mcp_config = mcp_config_for(app, &loop, feed);
    loop.mcp = mcp_new(&mcp_config, &loop.sink);
    loop_run(&loop);
    mcp_free(loop.mcp);
    feed_free(feed);
    loop_destroy(&loop);
    return EXIT_DONE;
}

const struct command command_serve = {
    .name = "serve",
    .args = "",
    .summary = "Serve the Model Context Protocol on standard input and output (the default)",
    .run = run_serve,
};
