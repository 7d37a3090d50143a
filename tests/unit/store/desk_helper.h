/* A way to the database that connects to nothing: f->rq.db is made by each test. */
#ifndef PLANNER_TESTS_STORE_DESK_HELPER_H
#define PLANNER_TESTS_STORE_DESK_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "../../../src/store/db_private.h"

struct fixture {
    struct arena arena;
    struct log log;
    struct req rq;
    struct db_params params;
};

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, desk_open, desk_close)
int desk_open(void **state);
int desk_close(void **state);

#endif
