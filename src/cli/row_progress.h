/* How many rows are done, on standard error. */
#ifndef PLANNER_CLI_ROW_PROGRESS_H
#define PLANNER_CLI_ROW_PROGRESS_H

#include "planner/cli/command.h"

struct row_progress {
    struct app *app;
    bool rewrites; /* one line on a terminal, else one a second */
    int64_t told_ms;
};

struct row_progress row_progress_of(struct app *app);
/* ctx: a row_progress; total 0: not known. */
void row_progress_tell(void *ctx, const char *what, int64_t done, int64_t total);
void row_progress_end(const struct row_progress *progress);

#endif
