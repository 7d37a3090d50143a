/* A request without a database, one per test, given as its state. */
#ifndef PLANNER_TESTS_UNIT_RESOURCES_HELPER_H
#define PLANNER_TESTS_UNIT_RESOURCES_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/buf.h"
#include "planner/base/req.h"

#define REQ_TEST(fn) cmocka_unit_test_setup_teardown(fn, req_setup, req_teardown)

int req_setup(void **state);
int req_teardown(void **state);

/* The status is the wanted one and the sentence has the given part, unless it is NULL. */
void assert_status(const struct req *rq, enum status got, enum status want, const char *part);
#define assert_fails(rq, expr, want, part) assert_status((rq), (expr), (want), (part))
#define assert_ok(rq, expr)                assert_status((rq), (expr), ST_OK, NULL)

/* The text n times. */
const char *repeated(struct req *rq, const char *text, size_t n);

#endif
