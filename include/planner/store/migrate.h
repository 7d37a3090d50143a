/*
 * Bringing a store to the schema of this program, and telling when that is not possible.
 * Runs outside the pipeline of db.h, on a connection of its own, one transaction per migration
 * and, for those that transform data, one per batch.
 */
#ifndef PLANNER_STORE_MIGRATE_H
#define PLANNER_STORE_MIGRATE_H

#include "planner/store/db.h"
#include "planner/store/migrations.h"

/* One migration, as the program and the store see it. */
struct migrate_row {
    int version;
    const char *name;
    /* applied, pending, unfinished (batches are left), edited (checksum differs), unknown (newer)
     */
    const char *state;
    const char *oldest_program;
    const char *applied_at; /* ISO 8601, or NULL */
    int64_t batch_rows;     /* unfinished: done so far */
};

/* What planner.schema_migrations says about one migration. */
struct migrate_record {
    struct opt_int version;
    const char *name;
    const char *up_sha256;
    const char *oldest_program;
    struct opt_bool unfinished;
    struct opt_int batch_rows;
    const char *applied_at; /* ISO 8601 */
};

/* The program's migrations against the store's records. */
struct migrate_view {
    struct list rows;    /* of struct migrate_row, by version */
    const char *problem; /* the sentence that tool calls answer with, or NULL */
    bool refused;        /* the problem is more than pending migrations: nothing may be run */
    int next;            /* the first version that is pending or unfinished, 0: there is none */
    int newest;          /* the newest record's version, 0 when there is none */
};

/*
 * Compare without a database. `program` ends with version 0; `records` holds struct
 * migrate_record by version; `running` is the program's own version, "0.1.0". A record that the
 * program does not know is accepted when it is newer than all it knows and the program is not
 * older than its oldest_program (docs/MIGRATIONS.md has the rule that makes this safe).
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
 * Compare through rq's own connection, in one statement. No table says the same as an empty one.
 * Asks for nothing else where db_config.any_schema is set, or there would be no connection.
 */
enum status migrate_view_read(struct req *rq, struct migrate_view *ret_view) MUST_CHECK;

/* What one call did with one migration. */
struct migrate_step {
    int version;
    const char *name;
    int64_t ms; /* how long it took */
    int64_t batches, rows;
};
/* In the order in which it was done. Valid also when a later step failed. */
struct migrate_steps {
    struct migrate_step *items;
    size_t n;
};

/*
 * Apply what is pending up to `version` (0: all), and finish what is unfinished. Progress is told
 * through req_note(). ST_INVALID: no such version; ST_UNAVAILABLE: the store is of another
 * program, the server lacks what a migration needs, or a script failed or waited too long (rolled
 * back; the log says why).
 */
enum status migrate_up_steps(struct req *rq, int version,
                             struct migrate_steps *ret_steps) MUST_CHECK;
/*
 * Undo down to and excluding `version` (0: everything), newest first. Refuses to undo what this
 * program does not know or knows with another text.
 */
enum status migrate_down_steps(struct req *rq, int version,
                               struct migrate_steps *ret_steps) MUST_CHECK;
/* The same for who wants to know only how many there were. */
enum status migrate_up(struct req *rq, int version, int *ret_applied) MUST_CHECK;
enum status migrate_down(struct req *rq, int version, int *ret_undone) MUST_CHECK;

/* One migration that would be run. */
struct migrate_planned {
    const struct migration *migration;
    bool up;
    bool batches_only; /* its script has run already */
    const char *sql;   /* the whole transaction, as psql takes it */
};
/* What migrate_up or migrate_down would run. */
struct migrate_plan {
    int from, to;      /* the newest version of the store, before and after */
    struct list steps; /* of struct migrate_planned, in order */
};
/* Looks, changes nothing. Refuses what up and down refuse. */
enum migrate_way {
    MIGRATE_UP,    /* up to version; 0: all */
    MIGRATE_DOWN,  /* down to and excluding version */
    MIGRATE_EITHER /* whichever way version lies */
};
enum status migrate_plan(struct req *rq, enum migrate_way way, int version,
                         struct migrate_plan *ret_plan) MUST_CHECK;
/* The same of a database that is not there yet: nobody is asked. */
enum status migrate_plan_anew(struct req *rq, enum migrate_way way, int version,
                              struct migrate_plan *ret_plan) MUST_CHECK;

#endif
