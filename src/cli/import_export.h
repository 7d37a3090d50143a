/* mcp-planner import FILE: an export of ours, told as a table of kinds. */
#ifndef PLANNER_CLI_IMPORT_EXPORT_H
#define PLANNER_CLI_IMPORT_EXPORT_H

#include "planner/cli/command.h"

/* Does a file begin as an export does? */
bool import_is_export(int fd);
int import_export(struct app *app, int fd);

#endif
