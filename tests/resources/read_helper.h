/* Words for tests that read resources. */
#ifndef PLANNER_TESTS_RESOURCES_READ_HELPER_H
#define PLANNER_TESTS_RESOURCES_READ_HELPER_H

#include "plan_helper.h"

#include "planner/base/json.h"
#include "planner/resources/resource.h"

/* The one text of a resource; fails the test when it is not there, too long or of another type. */
const char *read_text(struct req *rq, const char *uri);
/* As JSON; freed with the request. */
const cJSON *read_json(struct req *rq, const char *uri);
/* The URI behind "it goes on at", or NULL. */
const char *read_next(struct req *rq, const char *markdown);
/* The headings that markdown would find: not those inside of fences. One a line. */
const char *read_headings(struct req *rq, const char *markdown);
/* What stands in the fences, one after the other. */
const char *read_fenced(struct req *rq, const char *markdown);
/* The text n times. */
const char *read_repeated(struct req *rq, const char *text, size_t n);

#endif
