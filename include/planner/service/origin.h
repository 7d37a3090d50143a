/*
 * Where an item came from that was imported: the other program's own records of it, verbatim
 * (planner.origins). Without being asked for, only which record it was.
 */
#ifndef PLANNER_SERVICE_ORIGIN_H
#define PLANNER_SERVICE_ORIGIN_H

#include "planner/base/field.h"
#include "planner/base/req.h"

struct origin_row {
    const char *program, *kind, *id; /* in the words of that program */
    const char *at;                  /* when it was read */
    const char *record;              /* NULL: not asked for, or the id says all */
};
extern const struct field origin_fields[];

/* How far a reader has come: rows told whole, and characters of the next one's record. */
#define ORIGIN_PLACES 2
/* ST_INVALID when the parts of a cursor are none of ours; NULL is 0. */
enum status origin_place_check(struct req *rq, const char *const *place) MUST_CHECK;
/*
 * Leave what fits into `budget` bytes of JSON, of `limit` rows; the last record may be cut. True
 * when that is not all: then ret_place, of ORIGIN_PLACES, is where to go on.
 */
bool origin_cut(struct req *rq, size_t budget, size_t limit, const char *const *place,
                struct list *rows, const char **ret_place);

#endif
