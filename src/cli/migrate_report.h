/* What the migrate command prints: texts for people, JSON for scripts. */
#ifndef PLANNER_CLI_MIGRATE_REPORT_H
#define PLANNER_CLI_MIGRATE_REPORT_H

#include "planner/store/migrate_check.h"

/* Rows are struct migrate_row, findings struct migrate_finding; problem NULL: all is well. */
void migrate_tell_status(struct arena *arena, const struct list *rows, const char *problem);
/* Its last line alone. */
void migrate_tell_verdict(struct arena *arena, const struct list *rows, const char *problem);
void migrate_tell_status_json(struct arena *arena, const struct list *rows, const char *problem);
/* `word` is what was done: "applied", "undone"; error NULL: all of it was. */
void migrate_tell_steps_json(struct arena *arena, const char *word,
                             const struct migrate_steps *steps, const struct list *findings,
                             const char *error);
/* A text that psql takes. */
void migrate_tell_plan(const struct migrate_plan *plan);
void migrate_tell_plan_json(struct arena *arena, const struct migrate_plan *plan,
                            const struct list *findings);

#endif
