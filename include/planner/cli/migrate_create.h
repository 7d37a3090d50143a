/* migrate create: a new numbered pair of migration files, with what their headers have to say. */
#ifndef PLANNER_CLI_MIGRATE_CREATE_H
#define PLANNER_CLI_MIGRATE_CREATE_H

#include "planner/base/req.h"

/* Paths are in the request's arena. */
struct created {
    int version;
    const char *up;
    const char *down;
};

/*
 * Make NNNN_name.up.sql and .down.sql in `dir`, with the number after the last one there. Both are
 * made or none. ST_INVALID: the directory is not there, the name is no lower_case word, or a
 * migration has it already; ST_UNAVAILABLE: the files cannot be written.
 */
enum status migrate_create(struct req *rq, const char *dir, const char *name,
                           struct created *ret_created) MUST_CHECK;

#endif
