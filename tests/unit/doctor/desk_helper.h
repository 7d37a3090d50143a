/* A doctor without a server: facts are made up, and a judge says what it thinks of them. */
#ifndef PLANNER_TESTS_DOCTOR_DESK_HELPER_H
#define PLANNER_TESTS_DOCTOR_DESK_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/doctor/doctor_parts.h"

struct desk {
    struct arena arena;
    struct req rq;
    struct db_config config; /* of an external database */
    struct doctor_order order;
    struct doctor doctor;
    struct doctor_finding found;
};

#define DESK_TEST(fn) cmocka_unit_test_setup_teardown(fn, desk_open, desk_close)
int desk_open(void **state);
int desk_close(void **state);

#define JUDGED(desk, name, facts) (judge_##name(&(desk)->doctor, (facts), &(desk)->found))
/* What was found is so bad, and told with these words. */
void expect(const struct desk *desk, enum doctor_severity severity, const char *words);

struct list list_of(const void *items, size_t n);

#endif
