/* Words for tests that search. */
#ifndef PLANNER_TESTS_SERVICE_SEARCH_HELPER_H
#define PLANNER_TESTS_SERVICE_SEARCH_HELPER_H

#include "plan_helper.h"

#include "planner/service/find.h"

/* Search a project, or fail the test. */
struct search_view search(struct req *rq, const char *project, const char *query);
/* The keys that were found, with blanks between. */
const char *keys_of(struct req *rq, const struct search_view *view);
/* A step with a title; its key. */
const char *step_titled(struct req *rq, const char *task, const char *title, const char *content);

/* A query in project AUTH finds these, in this order. */
#define assert_found(rq, query, keys)                                   \
    do {                                                                \
        const struct search_view view_ = search((rq), "AUTH", (query)); \
        assert_string_equal(keys_of((rq), &view_), (keys));             \
    } while (0)

#endif
