/* mcp-planner import FILE, retention restore FILE: an archive of retention, put back. */
#ifndef PLANNER_CLI_IMPORT_ARCHIVE_H
#define PLANNER_CLI_IMPORT_ARCHIVE_H

#include "planner/cli/command.h"

int import_archive(struct app *app, int fd);

#endif
