/*
 * Storing what a reader has found: one transaction, whatever the number of projects. What is new is
 * added, what an earlier import brought stays as it is, unless it has changed there, not here, and
 * is to be updated. All are counted in the tallies of the source, what differs is told field by
 * field, and what a person should know is among its remarks.
 *
 * Ids are made of the program and the ids of the source (UUID version 5), so the same source meets
 * what it has made before. A project is known by its id in the source, or else by its name.
 */
#ifndef PLANNER_EXCHANGE_FOREIGN_IMPORT_H
#define PLANNER_EXCHANGE_FOREIGN_IMPORT_H

#include "planner/exchange/foreign.h"

struct import_order {
    struct foreign *f;
    const char *project; /* slug of the project to import into, made when there is none; or NULL */
    bool dry_run;        /* everything but COMMIT */
    bool force;          /* also where the project was imported from another place */
    bool update;         /* take over what has changed in the source, of what nobody changed here */
};

/* What became of one project. */
struct import_made {
    const char *slug, *name;
    bool is_new;
    int64_t added;       /* items */
    int64_t updated;     /* items */
    int64_t last_number; /* of the project, afterwards */
    int64_t change;      /* in its history; 0: nothing was changed */
};
struct import_result {
    struct list projects; /* struct import_made */
};

/*
 * ST_INVALID, ST_CONFLICT, ST_LIMIT and ST_NOT_FOUND name what is in the way; then nothing was
 * changed. Beyond a request's usual memory: the caller gives it an arena with room for the source.
 */
enum status foreign_import(struct req *rq, const struct import_order *order,
                           struct import_result *ret_result) MUST_CHECK;

#endif
