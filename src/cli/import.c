/* mcp-planner import [--from PROGRAM] PATH */
#include "import_foreign.h"

static int run(struct app *app)
{
    const struct foreign_reader *reader = NULL;

    if (app->options.argc != 1) {
        return command_fail(app, EXIT_USAGE,
                            "name one PATH; usage: mcp-planner import [--from PROGRAM] PATH");
    }
    reader = import_foreign_reader(app, app->options.argv[0]);
    if (reader == NULL) {
        return command_fail(
            app, EXIT_USAGE,
            "it is not certain whose data '%s' is; say --from taskmaster, backlog, beads or "
            "dhafnck",
            app->options.argv[0]);
    }
    return import_foreign(app, reader, app->options.argv[0]);
}

const struct command command_import = {
    .name = "import",
    .args = "[--from PROGRAM] PATH",
    .summary = "take over what another program has",
    .run = run,
};
