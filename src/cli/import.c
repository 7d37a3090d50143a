/* mcp-planner import PATH|- [--from PROGRAM] [--as SLUG] [--project SLUG] */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "import_archive.h"
#include "import_export.h"
#include "import_foreign.h"
#include "planner/retention/retention.h"
#include "source.h"

static int refuse(struct app *app, const char *path, int problem)
{
    return command_fail(app, EXIT_USAGE, "'%s' cannot be read (%s); name another PATH", path,
                        strerror(problem));
}

static int run_foreign(struct app *app, const char *path)
{
    if (app->options.as != NULL)
        return command_fail(app, EXIT_USAGE, "'--as' is for an export of mcp-planner");
    if (access(path, R_OK) != 0)
        return refuse(app, path, errno);
    return import_foreign(app);
}

/* One of ours says what it is in its first bytes; only these come through a pipe. */
static int run_file(struct app *app, const char *path, int fd)
{
    const bool is_archive = retention_is_archive(fd);

    if (!is_archive && !import_is_export(fd) && strcmp(path, "-") != 0)
        return run_foreign(app, path);
    if (app->options.update)
        return command_fail(app, EXIT_USAGE,
                            "'--update' is for what another program has, and '%s' is of "
                            "mcp-planner itself",
                            path);
    return is_archive ? import_archive(app, fd) : import_export(app, fd);
}

static int run(struct app *app)
{
    const char *path = app->options.argc == 1 ? app->options.argv[0] : NULL;
    int code = EXIT_USAGE;
    int fd = -1;

    if (path == NULL)
        return command_fail(app, EXIT_USAGE,
                            "name one PATH; usage: mcp-planner import [--from PROGRAM] PATH|-");
    if (app->options.from != NULL)
        return run_foreign(app, path);
    fd = source_open(path);
    if (fd < 0)
        return errno == EISDIR ? run_foreign(app, path) : refuse(app, path, errno);
    code = run_file(app, path, fd);
    (void)close(fd);
    return code;
}

const struct command command_import = {
    .name = "import",
    .args = "[--from PROGRAM] PATH|-",
    .summary = "Bring an export in, an archive of retention, or what another program has",
    .run = run,
};
