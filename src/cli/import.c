/* mcp-planner import PATH|- [--from PROGRAM] [--as SLUG] */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "import_export.h"
#include "import_foreign.h"

static int run(struct app *app)
{
    if (app->options.argc != 1) {
        return command_fail(app, EXIT_USAGE,
                            "name one PATH; usage: mcp-planner import [--from PROGRAM] PATH|-");
    }
    if (app->options.from == NULL && import_is_export(app->options.argv[0]))
        return import_export(app);
    if (app->options.as != NULL)
        return command_fail(app, EXIT_USAGE, "'--as' is for an export of mcp-planner");
    if (access(app->options.argv[0], R_OK) != 0)
        return command_fail(app, EXIT_USAGE, "'%s' cannot be read (%s); name another PATH",
                            app->options.argv[0], strerror(errno));
    return import_foreign(app);
}

const struct command command_import = {
    .name = "import",
    .args = "[--from PROGRAM] PATH|-",
    .summary = "Bring an export in, or what another program has",
    .run = run,
};
