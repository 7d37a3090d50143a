/* Times that callers give. */
#ifndef PLANNER_SERVICE_MOMENT_H
#define PLANNER_SERVICE_MOMENT_H

#include "planner/service/ref.h"

/* ISO 8601 in UTC, a date with or without a time; NULL is none. ST_INVALID names the argument. */
enum status moment_check(struct req *rq, const char *arg, const char *text) MUST_CHECK;
/* The sentence for what was not there at a time. */
enum status moment_missing(struct req *rq, const struct ref *ref, const char *as_of) MUST_CHECK;

#endif
