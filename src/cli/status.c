/* What there is of a database: the private one, or word that another is configured. */
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/cluster/cluster.h"

/* Only which server it is, without its password: how it fares is asked of doctor. */
static int tell_external(struct app *app)
{
    struct json_out out = JSON_OUT_IN(&app->arena);
    const char *connection = dsn_masked(&app->arena, app->options.dsn);

    if (!app->options.json) {
        out_line("an external database is configured; the private one is not used");
        out_line("connection      %s", connection);
        out_line("'mcp-planner doctor --quick' tells whether it answers and how it fares");
        return EXIT_DONE;
    }
    json_begin(&out, '{');
    json_put_bool(&out, "external", true);
    json_put_str(&out, "connection", connection);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
    return EXIT_DONE;
}

static const char *socket_path(struct app *app)
{
    return arena_printf(&app->arena, "%s/%s", app->cluster.socket_dir, CLUSTER_SOCKET);
}

static void tell_json(struct app *app, const struct cluster_state *state, const char *problem)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

    json_begin(&out, '{');
    json_put_str(&out, "data_directory", app->cluster.data_dir);
    json_put_str(&out, "socket", socket_path(app));
    if (state->postmaster != 0)
        json_put_int(&out, "process", state->postmaster);
    if (state->keeper != 0)
        json_put_int(&out, "keeper", state->keeper);
    json_put_str(&out, "connection", state->connection);
    json_put_bool(&out, "initialised", state->initialised);
    json_put_bool(&out, "running", state->running);
    json_put_bool(&out, "external", false);
    json_put_str(&out, "problem", problem);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static const char *process_text(struct app *app, const struct cluster_state *state)
{
    if (!state->initialised)
        return "none (the database is made at the first use)";
    if (state->postmaster == 0)
        return "none (the database is started at the next use)";
    return arena_printf(&app->arena, "%d%s", (int)state->postmaster,
                        state->running ? "" : " (starting or stopping)");
}

static void tell_text(struct app *app, const struct cluster_state *state, const char *problem)
{
    out_line("data directory  %s", app->cluster.data_dir);
    out_line("socket          %s", socket_path(app));
    out_line("process         %s", process_text(app, state));
    if (state->keeper != 0)
        out_line("keeper          %d", (int)state->keeper);
    if (problem != NULL)
        out_line("problem         %s", problem);
    out_line("connection      psql \"%s\"", state->connection);
}

static int run_status(struct app *app)
{
    struct cluster_state state;
    const char *problem = NULL;

    if (app->options.dsn != NULL)
        return tell_external(app);
    if (cluster_look(&app->req, &app->cluster, &state) != ST_OK)
        return command_fail(app, EXIT_FAILED, "%s", app->req.message);
    if (!state.running && cluster_examine(&app->req, &app->cluster) != ST_OK)
        problem = app->req.message;
    if (app->options.json)
        tell_json(app, &state, problem);
    else
        tell_text(app, &state, problem);
    return state.running ? EXIT_DONE : EXIT_TROUBLE;
}

const struct command command_status = {
    .name = "status",
    .args = "",
    .summary =
        "Tell where the private database is and whether it runs (exit code 3: it does not); of "
        "another server which it is",
    .run = run_status,
};
