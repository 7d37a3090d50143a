/*
 * A fresh copy of the migrated schema for every test, on the server that PLANNER_TEST_DSN, else
 * TEST_DATABASE_URL names (a superuser's connection string; databases are created and dropped
 * there).
 *
 *   static void thing__does_this(void **state)
 *   {
 *       struct harness *h = *state;
 *       assert_int_equal(db_read(&h->rq, ...), ST_OK);
 *   }
 *   int main(void)
 *   {
 *       const struct CMUnitTest tests[] = {HARNESS_TEST(thing__does_this)};
 *       return harness_run(tests, LENGTH_OF(tests));     // 77 (skipped) without PLANNER_TEST_DSN
 *   }
 *
 * The template is made once: per process, or per run when PLANNER_TEST_TEMPLATE names it (then it
 * stays, for the other test programs of the run).
 */
#ifndef PLANNER_TESTS_STORE_HARNESS_H
#define PLANNER_TESTS_STORE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "planner/base/req.h"
#include "planner/store/db.h"

struct harness {
    char database[64];
    const char *dsn; /* of this test's database */
    struct arena arena;
    struct log log; /* errors only; PLANNER_TEST_LOG=debug shows everything */
    struct uuid_source uuids;
    struct req rq;    /* agent "agent-a" */
    PGconn *side;     /* a second connection to the same database, for looking and disturbing */
    struct req *more; /* of harness_req() */
};

#define HARNESS_TEST(fn)  cmocka_unit_test_setup_teardown(fn, harness_setup, harness_teardown)
#define HARNESS_EMPTY(fn) cmocka_unit_test_setup_teardown(fn, harness_setup_empty, harness_teardown)

/* A database with the schema; without anything. */
int harness_setup(void **state);
int harness_setup_empty(void **state);
int harness_teardown(void **state);
/* Run the group; the program's exit code. */
int harness_run_group(const struct CMUnitTest *tests, size_t n);
#define harness_run(tests, n) harness_run_group((tests), (n))
/* As harness_run, with a template of this program's own: `fill` is given it empty. */
int harness_run_filled(const struct CMUnitTest *tests, size_t n, void (*fill)(struct harness *h));

/* As another server process: its own arena, connection and agent name. Lives until teardown. */
struct req *harness_req(struct harness *h, const char *agent);
/* Run SQL on the side connection; the first column of the first row, or NULL. Fails the test. */
const char *harness_sql(struct harness *h, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A whole file; fails the test when it cannot be read. */
const char *harness_file(struct arena *arena, const char *path);
/*
 * Wait until every running transaction of the server is newer than the outbox. One that is older,
 * of whatever database, might have written to it: a cursor taken meanwhile counts as lost.
 */
void harness_settle(struct harness *h);
/* End every other session of this test's database, as an administrator would. */
void harness_terminate(struct harness *h);

#endif
