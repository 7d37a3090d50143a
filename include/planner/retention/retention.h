/*
 * Retention: what is older than somebody wants to keep goes from the store into a file, and can be
 * put back from it (docs/RETENTION.md).
 *
 * The order of a run is what makes it safe to interrupt: plan (nothing is gone), archive (written,
 * synced, under its name), begin (from then on the store counts it as gone), remove in batches.
 * What was begun and not finished is finished by the next run, by what the store knows of it.
 */
#ifndef PLANNER_RETENTION_RETENTION_H
#define PLANNER_RETENTION_RETENTION_H

#include "planner/base/field.h"
#include "planner/base/req.h"

#define RETENTION_BATCH_MAX 10000

/* In the order in which a run goes through them. */
enum retention_kind {
    RETENTION_ITERATIONS,
    RETENTION_DELETED,
    RETENTION_AUDIT,
    RETENTION_PROJECT,
    RETENTION_KINDS
};
extern const char *const retention_kind_names[RETENTION_KINDS];

/* What is asked for. Borrowed. */
struct retention_order {
    const char *const *projects; /* slugs or ids; n 0: all */
    size_t n;
    int64_t ages[RETENTION_KINDS]; /* ms; 0: kept */
    bool run;                      /* else only looked at */
    const char *archive;           /* directory, or file to be written; with run */
    int64_t batch;                 /* rows of one transaction, 1 to RETENTION_BATCH_MAX */
    void *ctx;
    /* "archived", "removed"; total 0: not known. May be NULL. */
    void (*progress)(void *ctx, const char *what, int64_t done, int64_t total);
};

/* What there is, or was, to go of a project. */
struct retention_cut {
    const char *project_id, *slug, *kind;
    struct opt_int id;      /* of the cut; not when only looked at */
    struct opt_int rows;    /* rows that would go; of a run, that went into the archive */
    struct opt_int removed; /* rows that were removed */
    struct opt_int change;  /* the newest change that goes */
    struct opt_int until;   /* the past is whole from here on; ms since the epoch */
    const char *line;       /* of the archive */
};

struct retention_report {
    struct list cuts;     /* struct retention_cut */
    struct list finished; /* struct retention_cut: of runs before, that were interrupted */
    const char *archive;  /* what was written; NULL: nothing had to be */
    const char *sha256;
    int64_t rows, removed, bytes;
};

/*
 * ST_NOT_FOUND for a project that is not there, ST_INVALID for an archive that cannot be a file,
 * ST_CONFLICT when another run is at work, ST_UNAVAILABLE when the archive cannot be written or the
 * database is away: what was archived and begun is then finished by the next run. The report is
 * written as far as it came.
 */
enum status retention_run(struct req *rq, const struct retention_order *order,
                          struct retention_report *ret_report) MUST_CHECK;

/* What was put back. */
struct retention_restored {
    int64_t rows;    /* lines of the file */
    int64_t missing; /* of them, those that were not there and are now */
    int64_t cuts;
};
/*
 * Put the rows of an archive back, in batches; what is there already stays. The file is checked as
 * a whole before anything is changed. ST_INVALID: it is no archive, or not whole (with the line).
 */
enum status retention_restore(struct req *rq, const char *path, const struct retention_order *order,
                              struct retention_restored *ret_restored) MUST_CHECK;

/* A past cut, as the store remembers it. */
struct retention_past {
    const char *project_id, *slug, *kind, *state, *archive, *sha256, *made_by;
    struct opt_int id, archived, purged, change, until, at;
};
enum status retention_list(struct req *rq, struct list *ret_cuts) MUST_CHECK;

#endif
