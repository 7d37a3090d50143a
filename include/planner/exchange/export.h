/*
 * Writing projects, or the whole store, as lines (record.h): everything that cannot be computed
 * from the rest. One moment of the store, whatever is written to it meanwhile; memory does not
 * depend on its size.
 */
#ifndef PLANNER_EXCHANGE_EXPORT_H
#define PLANNER_EXCHANGE_EXPORT_H

#include "planner/exchange/record.h"

struct export_order {
    const char *const *projects; /* slugs, ids or URIs; NULL: the whole store */
    size_t n;
};

/*
 * ST_NOT_FOUND: no such project; ST_UNAVAILABLE: the database is away, or the sink took no more.
 * Tells how far it is through req_progress().
 */
enum status export_write(struct req *rq, const struct export_order *order,
                         const struct record_sink *sink, struct record_sums *ret_sums) MUST_CHECK;

/*
 * The same projects for people, as CommonMark: an outline with boxes, then texts, decisions and
 * evidence. Nothing that somebody wrote ends its own quotation. What is deleted is not in it.
 */
enum status export_markdown(struct req *rq, const struct export_order *order,
                            const struct record_sink *sink) MUST_CHECK;

#endif
