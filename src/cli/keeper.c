/*
 * Internal: the process that keeps the private database. Started by cluster_ensure with the data
 * directory, the socket directory and the number of the pipe on which it reports.
 */
#include <fcntl.h>

#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/cluster/cluster.h"

/* The number of a descriptor that is open, or -1. */
static int open_descriptor(const char *text)
{
    char *end = NULL;
    const long number = strtol(text, &end, 10);

    if (end == text || *end != '\0' || number < 3 || number > 1024)
        return -1;
    return fcntl((int)number, F_GETFD) < 0 ? -1 : (int)number;
}

static int run_keeper(struct app *app)
{
    char *const *args = app->options.argv;

    if (app->options.argc != 3 || args[0][0] != '/' || args[1][0] != '/') {
        out_error("'keeper' is started by mcp-planner itself; use 'status' and 'stop'");
        return EXIT_USAGE;
    }
    return cluster_keep(args[0], args[1], open_descriptor(args[2]));
}

const struct command command_keeper = {
    .name = "keeper",
    .args = "DATA_DIR SOCKET_DIR FD",
    .summary = "Keep the private database running (internal)",
    .hidden = true,
    .bare = true,
    .run = run_keeper,
};
