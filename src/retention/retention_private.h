/* What the files of this layer share. */
#ifndef PLANNER_RETENTION_PRIVATE_H
#define PLANNER_RETENTION_PRIVATE_H

#include "planner/retention/retention.h"
#include "planner/store/db.h"

#define NO_ID      "00000000-0000-0000-0000-000000000000"
#define PAGE_ROWS  1000
#define PAGE_BYTES INT64_C(2097152) /* little more than which a page of an archive has */
#define TRIES_MAX  10

extern const char *const retention_part_names[RETENTION_PARTS]; /* in the lines of an archive */
/* RETENTION_PARTS: there is none of that name. */
enum retention_part retention_part_find(const char *name, size_t len);

/* A project, and when each kind of thing in it is old enough. */
struct retention_project {
    const char *id, *slug, *name;
    struct opt_bool whole; /* it goes as a whole, so nothing is looked for in it */
};
struct retention_scope {
    const char *audit, *iterations, *deleted, *project; /* times; NULL: kept */
    const char *unknown;
    struct list projects; /* struct retention_project */
};
enum status retention_scope_read(struct req *rq, const struct retention_order *order,
                                 struct retention_scope *ret_scope) MUST_CHECK;
/* The time of a kind, in a project; NULL: nothing of it goes. */
const char *retention_before(const struct retention_scope *scope,
                             const struct retention_project *project, enum retention_kind kind);

/*
 * A request with memory of its own, for the many pages of one run: what it allocates is gone with
 * retention_apart_end(), which brings a message home.
 */
struct retention_apart {
    struct arena arena;
    struct arena *outer;
};
void retention_apart(struct req *rq, struct retention_apart *apart);
void retention_apart_end(struct req *rq, struct retention_apart *apart);

/* One statement as a transaction of its own, again when it met others. patient: it may take long.
 */
enum status retention_write(struct req *rq, const struct query *q, const char *const *params,
                            struct into into, bool patient) MUST_CHECK;
/* One that only reads, and may take long. */
enum status retention_look(struct req *rq, const struct query *q, const char *const *params,
                           struct into into) MUST_CHECK;

#endif
