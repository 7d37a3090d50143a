/*
 * Bringing a store to the schema of this program, and telling when that is not possible.
 * Runs outside the pipeline of db.h, on a connection of its own, one transaction per migration.
 */
#ifndef PLANNER_STORE_MIGRATE_H
#define PLANNER_STORE_MIGRATE_H

#include "planner/store/db.h"
#include "planner/store/migrations.h"

/* One migration, as the program and the store see it. */
struct migrate_row {
    int version;
    const char *name;
    const char *state;      /* applied, pending, edited (checksum differs), unknown (newer) */
    const char *applied_at; /* ISO 8601, or NULL */
};

/* What planner.schema_migrations says about one migration. */
struct migrate_record {
    struct opt_int version;
    const char *name;
    const char *up_sha256;
    const char *oldest_program;
    const char *applied_at; /* ISO 8601 */
};

/* The program's migrations against the store's records. */
struct migrate_view {
    struct list rows;    /* of struct migrate_row, by version */
    const char *problem; /* the sentence that tool calls answer with, or NULL */
    bool refused;        /* the problem is more than pending migrations: nothing may be run */
    int next;            /* the first pending version, 0 when there is none */
    int newest;          /* the newest record's version, 0 when there is none */
};

/*
 * Compare without a database. `program` ends with version 0; `records` holds struct
 * migrate_record by version; `running` is the program's own version, "0.1.0". A record that the
 * program does not know is accepted when it is newer than all it knows and the program is not
 * older than its oldest_program.
 */
void migrate_compare(struct arena *arena, const struct migration *program,
                     const struct list *records, const char *running,
                     struct migrate_view *ret_view);

/*
 * Compare. *ret_rows lists every migration known to either side, by version. ST_OK also when they
 * disagree; *ret_problem is then the sentence that tool calls answer with, else NULL.
 */
enum status migrate_status(struct req *rq, struct list *ret_rows,
                           const char **ret_problem) MUST_CHECK;
/*
 * Apply what is pending up to `version` (0: all). *ret_applied counts what this call applied, also
 * when a later one fails. ST_INVALID: no such version; ST_UNAVAILABLE: the store is of another
 * program, or a script failed (rolled back; the log says why).
 */
enum status migrate_up(struct req *rq, int version, int *ret_applied) MUST_CHECK;
/*
 * Undo down to and excluding `version` (0: everything), newest first. *ret_undone counts as above.
 * Refuses to undo what this program does not know or knows with another text.
 */
enum status migrate_down(struct req *rq, int version, int *ret_undone) MUST_CHECK;

#endif
