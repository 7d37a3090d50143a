/* mcp-planner import --from PROGRAM PATH: what another program has, told as a reconciliation. */
#ifndef PLANNER_CLI_IMPORT_FOREIGN_H
#define PLANNER_CLI_IMPORT_FOREIGN_H

#include "planner/cli/command.h"

/* The path is the only argument of the command. */
int import_foreign(struct app *app);

#endif
