/*
 * The past that was archived to a file and removed (docs/RETENTION.md): facts of the store, and the
 * words in which every answer says so.
 */
#ifndef PLANNER_SERVICE_CUT_H
#define PLANNER_SERVICE_CUT_H

#include "planner/base/field.h"
#include "planner/base/req.h"

/* What took it away. Times in ms since the epoch. */
struct cut_told {
    const char *kind; /* audit, iterations, deleted, project */
    const char *slug; /* of the project */
    const char *archive;
    struct opt_int change; /* the newest one that went; of audit and project */
    struct opt_int until;  /* the past is whole from here on */
    struct opt_int at;     /* when it was archived */
};
extern const struct field cut_told_fields[];

/* The command that brings back what is in an archive, in quotes. */
const char *cut_way_back(struct req *rq, const char *archive);
/* For the end of a history: that, up to which change, when, and how to have older ones back. */
const char *cut_history(struct req *rq, const struct cut_told *cut);
/* ST_CONFLICT: why a change can no longer be undone, and what would help. */
enum status cut_refuse_undo(struct req *rq, int64_t change, const struct cut_told *cut) MUST_CHECK;
/* ST_NOT_FOUND: as_of names a time whose past was taken away. */
enum status cut_refuse_moment(struct req *rq, const char *as_of,
                              const struct cut_told *cut) MUST_CHECK;

#endif
