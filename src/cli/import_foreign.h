/* mcp-planner import --from PROGRAM PATH: what another program has, told as a reconciliation. */
#ifndef PLANNER_CLI_IMPORT_FOREIGN_H
#define PLANNER_CLI_IMPORT_FOREIGN_H

#include "planner/cli/command.h"
#include "planner/exchange/foreign.h"

/*
 * The reader for a path: the one that --from names, else the one whose source it surely is. NULL
 * when neither is so.
 */
const struct foreign_reader *import_foreign_reader(struct app *app, const char *path);
int import_foreign(struct app *app, const struct foreign_reader *reader, const char *path);

#endif
