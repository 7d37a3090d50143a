/* A request and an empty directory for one test; both go with it. */
#ifndef PLANNER_TESTS_CLUSTER_HELPER_H
#define PLANNER_TESTS_CLUSTER_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/req.h"

struct place {
    struct arena arena;
    struct req rq;
    const char *dir;
};

int place_open(void **state);
int place_close(void **state);
const char *place_path(struct place *place, const char *name);
const char *place_write(struct place *place, const char *name, const char *text);

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, place_open, place_close)

#endif
