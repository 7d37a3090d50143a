/* A request without a database, for the pure rules. One per test, given as its state. */
#ifndef PLANNER_TESTS_UNIT_SERVICE_HELPER_H
#define PLANNER_TESTS_UNIT_SERVICE_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/req.h"
#include "planner/service/shapes.h"

#define RULE_TEST(fn) cmocka_unit_test_setup_teardown(fn, rule_setup, rule_teardown)

/* *state is a struct req of agent "agent-a"; the caps are those of the program. */
int rule_setup(void **state);
int rule_teardown(void **state);

/* The status is the wanted one and, unless it is ST_OK, the sentence has every given part. */
void assert_status(const struct req *rq, enum status got, enum status want, const char *part);
#define assert_fails(rq, expr, want, part) assert_status((rq), (expr), (want), (part))
#define assert_ok(rq, expr)                assert_status((rq), (expr), ST_OK, NULL)

/* A step as the store would hand it to the rules, with a plausible past for its status. */
struct rule_step {
    struct item_state item; /* open, AUTH-3, of project AUTH with 3 rounds; points to the rest */
    struct project_rules project;
    struct step_state step; /* draft 1 is by "agent-s", a counter by "agent-c" */
};
void rule_step_make(struct rule_step *ret_step, enum step_status status);
/* The same, sent back by a counter: server_draft with the counter as its last iteration. */
void rule_step_make_countered(struct rule_step *ret_step);

#endif
