/* mcp-planner import FILE: an export of ours, told as a table of kinds. */
#ifndef PLANNER_CLI_IMPORT_EXPORT_H
#define PLANNER_CLI_IMPORT_EXPORT_H

#include "planner/cli/command.h"

/* A file that begins as an export does, or what comes through a pipe. */
bool import_is_export(const char *path);
/* The file is the only argument of the command. */
int import_export(struct app *app);

#endif
