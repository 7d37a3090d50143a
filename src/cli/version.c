#include "planner/base/out.h"
#include "planner/cli/command.h"

static int run_version(struct app *app)
{
    if (app->options.json)
        out_line("{\"name\":\"mcp-planner\",\"version\":\"%s\"}", PLANNER_VERSION);
    else
        out_line("mcp-planner %s", PLANNER_VERSION);
    return EXIT_DONE;
}

const struct command command_version = {
    .name = "version",
    .args = "",
    .summary = "Print the version",
    .bare = true,
    .run = run_version,
};
