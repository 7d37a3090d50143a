/*
 * Bringing a store to the schema of this program, and telling when that is not possible.
 * Runs outside the pipeline of db.h, on a connection of its own, one transaction per migration.
 */
#ifndef PLANNER_STORE_MIGRATE_H
#define PLANNER_STORE_MIGRATE_H

#include "planner/store/db.h"
#include "planner/store/migrations.h"

enum migrate_state { MIGRATE_APPLIED, MIGRATE_PENDING, MIGRATE_EDITED, MIGRATE_UNKNOWN };

/* One migration, as the program and the store see it. */
struct migrate_row {
    int version;
    const char *name;
    const char *state;      /* applied, pending, edited (checksum differs), unknown (newer) */
    const char *applied_at; /* ISO 8601, or NULL */
};

/*
 * Compare. *ret_rows lists every migration known to either side, by version. ST_OK also when they
 * disagree; *ret_problem is then the sentence that tool calls answer with, else NULL.
 */
enum status migrate_status(struct req *rq, struct list *ret_rows, const char **ret_problem) MUST_CHECK;
/* Apply what is pending up to `version` (0: all). *ret_applied counts. */
enum status migrate_up(struct req *rq, int version, int *ret_applied) MUST_CHECK;
/* Undo down to and excluding `version` (0: everything). */
enum status migrate_down(struct req *rq, int version, int *ret_undone) MUST_CHECK;

#endif
