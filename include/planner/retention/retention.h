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

/*
 * What the rows of an archive are, in the order in which a cut has them. One row is one line, and
 * "rows" are always these: of a dry run, a run, an archive's last line, and what is put back.
 */
enum retention_part {
    PART_PROJECT,
    PART_COUNTERS,
    PART_ITEMS,
    PART_ITERATIONS,
    PART_STEPS,
    PART_DISPUTES,
    PART_EVIDENCE,
    PART_DEPS,
    PART_ORIGINS,
    PART_UNDOS,
    PART_CUTS,
    PART_PURGED,
    PART_AUDIT,
    RETENTION_PARTS
};
/* As one of them is called in a report; exports call them the same. */
extern const char *const retention_part_kinds[RETENTION_PARTS];

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
    struct opt_int id;              /* of the cut; not when only looked at */
    struct opt_int rows;            /* that would go; of a run, that went into the archive */
    struct opt_int removed;         /* of them: what came back before the cut was made stays */
    int64_t parts[RETENTION_PARTS]; /* what they are; not of what was finished */
    struct opt_int change;          /* the newest change that goes */
    struct opt_int until;           /* the past is whole from here on; ms since the epoch */
    const char *line;               /* of the archive */
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

/* What is to be put back. Borrowed. */
struct retention_back {
    int fd;           /* of an archive, which can be read twice; its position is moved */
    const char *only; /* slug or id of the one project that is taken; NULL: all of the file */
    bool dry_run;     /* everything but putting rows back */
    int64_t batch;    /* rows of one transaction, 1 to RETENTION_BATCH_MAX */
    void *ctx;
    /* "looked at", "put back", and rows; total: of the file. May be NULL. */
    void (*progress)(void *ctx, const char *what, int64_t done, int64_t total);
};

/* Rows. file = same + added + left_out. */
struct retention_tally {
    int64_t file;
    int64_t same;     /* there already */
    int64_t added;    /* with a dry run: would be */
    int64_t left_out; /* of other projects than `only` */
};
struct retention_back_cut {
    const char *slug, *kind;
    struct retention_tally rows;
    int64_t shift; /* change N of the file is N + shift here */
};
struct retention_restored {
    struct retention_tally rows, parts[RETENTION_PARTS];
    struct list cuts; /* struct retention_back_cut */
    const char *sha256;
};

/* Does it begin as an archive does? Of a file that can be read twice; its position stays. */
bool retention_is_archive(int fd);
/*
 * Put the rows of an archive back, in batches; what is there already stays. The file is checked as
 * a whole, and what is in it against the store, before anything is changed. A project that is whole
 * in the archive goes into any store; where its change numbers are another project's they are moved
 * on, all by one distance. ST_INVALID: it is no archive, or not whole (with the line); ST_CONFLICT:
 * the store has no place for it, and the sentence says what would make one. What it came to is
 * written as far as it came: rows that were added before an error stay, and doing it again goes on.
 */
enum status retention_restore(struct req *rq, const struct retention_back *order,
                              struct retention_restored *ret_restored) MUST_CHECK;

/* A past cut, as the store remembers it. */
struct retention_past {
    const char *project_id, *slug, *kind, *state, *archive, *sha256, *made_by;
    struct opt_int id, archived, purged, change, until, at;
};
enum status retention_list(struct req *rq, struct list *ret_cuts) MUST_CHECK;

#endif
