/* Old plans, and runs of retention on them. */
#ifndef PLANNER_TESTS_RETENTION_HELPER_H
#define PLANNER_TESTS_RETENTION_HELPER_H

#include "undo_helper.h"

#include "planner/retention/retention.h"

#define DAY_MS INT64_C(86400000)

/* Everything that happened so far happened so much earlier: "40 days". */
void retention_age(struct harness *h, const char *interval);
/* One run of the policies, days by kind, 0: kept; into a directory of the test's own. */
enum status retention_try(struct harness *h, const int64_t days[RETENTION_KINDS], bool run,
                          struct retention_report *ret_report);
/* As above, and it must succeed; the archive's path, NULL when nothing was archived. */
const char *retention_go(struct harness *h, enum retention_kind kind, int64_t days);
/* Put an archive back, or try to, seven rows at a time. */
enum status retention_put(struct harness *h, const char *archive, bool dry_run,
                          struct retention_restored *ret_done);
/* As above, and it must succeed and reconcile; how many rows were missing. */
int64_t retention_back(struct harness *h, const char *archive);
/* A digest of every row that belongs to a plan: not of cuts, outbox, answers and claims. */
const char *retention_digest(struct harness *h);
/* Nothing that is counted or derived is wrong, and the doctor's checks agree. */
void retention_assert_right(struct harness *h);
/* The first page of history. */
struct history_view retention_history(struct req *rq, const char *item);
/* How many rows there are: "items WHERE ..." */
int64_t retention_count(struct harness *h, const char *from);

#endif
