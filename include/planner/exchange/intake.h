/*
 * Bringing an export in: the file is read twice, once to know that it is whole and what is in it,
 * once to store it, all of it in one transaction or nothing. What is there already, the same to the
 * last member, is left alone; a project that is there and differs is a reason to store nothing.
 *
 * Change numbers are one sequence for a store. They are kept where nobody has them, else all of
 * them are moved on by one distance. Everything else is kept as it is.
 */
#ifndef PLANNER_EXCHANGE_INTAKE_H
#define PLANNER_EXCHANGE_INTAKE_H

#include "planner/base/field.h"
#include "planner/exchange/record.h"

#define INTAKE_DIFFERENCES 10 /* that are told */

struct intake_order {
    int fd;         /* of a file that can be read twice; its position is moved */
    const char *as; /* the one project of the file becomes a copy with this slug; or NULL */
    bool dry_run;   /* everything but storing it */
};

/* Rows of a kind. file = same + added + differing + extra + left_out. */
struct intake_count {
    int64_t file;
    int64_t same;      /* there already */
    int64_t added;     /* with a dry run, or when nothing was stored: would be */
    int64_t differing; /* there, and not the same */
    int64_t extra;     /* of a project that is there, and has no such row */
    int64_t left_out;  /* not brought in on purpose: see intake_file */
    int64_t beyond;    /* in the store, of a project in the file, and not in the file */
};

struct intake_project {
    const char *slug;
    bool there;   /* before */
    bool differs; /* there, and not the same */
};

struct intake_report {
    struct record_header header;
    struct record_sums sums;
    struct intake_count counts[RECORD_KINDS];
    struct list projects;    /* struct intake_project */
    struct list differences; /* const char *: the first, as "AUTH: item 12 differs in title" */
    int64_t shift;           /* change N of the file is N + shift here */
    bool refused;            /* something differs: nothing was stored */
    bool stored;             /* something was; false: dry run, refused, or all was there */
};

/*
 * ST_OK also when it was refused because of differences. ST_INVALID: the file is not as it has to
 * be ("line N: ..."), ST_CONFLICT: its slug or directory is another project's; ST_UNKNOWN: the
 * connection broke at the very end, so do it again. Left out are answers kept for request ids that
 * are taken or whose projects are there already, and in a copy (`as`) answers and claims.
 */
enum status intake_file(struct req *rq, const struct intake_order *order,
                        struct intake_report *ret_report) MUST_CHECK;

#endif
