/* What export and import share: counts by kind, and progress for whoever waits at a terminal. */
#ifndef PLANNER_CLI_EXCHANGING_H
#define PLANNER_CLI_EXCHANGING_H

#include "planner/cli/command.h"
#include "planner/exchange/record.h"

/* An object, kinds without rows left out. */
void exchange_put_counts(struct json_out *out, const int64_t *counts);
/* Run it with room for the dependencies of a large plan, which are looked at as a whole. */
int exchange_with_memory(struct app *app, int (*run)(struct app *app));
/* Progress goes to standard error when that is a terminal. */
void exchange_listen(struct app *app);

#endif
