/* Stop the private database now. A server that still runs starts it again at its next call. */
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/cluster/cluster.h"

static void tell(struct app *app, const struct cluster_state *was)
{
    const bool stopped = was->keeper != 0 || was->postmaster != 0;
    struct json_out out = JSON_OUT_IN(&app->arena);

    if (!app->options.json) {
        out_line("%s", stopped ? "the private database is stopped; it starts again when it is used"
                               : "the private database was not running");
        return;
    }
    json_begin(&out, '{');
    json_put_bool(&out, "stopped", stopped);
    json_put_bool(&out, "running", false);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static int run_stop(struct app *app)
{
    struct cluster_state was;

    if (app->options.dsn != NULL)
        return command_fail(app, EXIT_FAILED,
                            "an external database is configured; stop it with its own tools");
    if (cluster_look(&app->req, &app->cluster, &was) != ST_OK ||
        cluster_stop(&app->req, &app->cluster) != ST_OK)
        return command_fail(app, EXIT_FAILED, "%s", app->req.message);
    tell(app, &was);
    return EXIT_DONE;
}

const struct command command_stop = {
    .name = "stop",
    .args = "",
    .summary = "Stop the private database; the next use starts it again",
    .run = run_stop,
};
