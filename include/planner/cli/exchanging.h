/* What export and import share: room, and counts by kind. */
#ifndef PLANNER_CLI_EXCHANGING_H
#define PLANNER_CLI_EXCHANGING_H

#include "planner/cli/command.h"
#include "planner/exchange/record.h"

/* An object, kinds without rows left out. */
void exchange_put_counts(struct json_out *out, const int64_t *counts);
/* Run it with room for a whole source, or the dependencies of a large plan. */
int exchange_with_memory(struct app *app, void *ctx, int (*run)(struct app *app, void *ctx));

#endif
