/* Words for tests that act on a plan in a real database. Answers live as long as rq's request. */
#ifndef PLANNER_TESTS_SERVICE_PLAN_HELPER_H
#define PLANNER_TESTS_SERVICE_PLAN_HELPER_H

#include "harness.h"

#include "planner/service/complete.h"
#include "planner/service/dispute.h"
#include "planner/service/look.h"
#include "planner/service/plan.h"
#include "planner/service/project.h"
#include "planner/service/step.h"

/* Create, or fail the test; the slug or the key. content NULL: a step without a draft. */
const char *plan_project(struct req *rq, const char *slug);
const char *plan_task(struct req *rq, const char *parent);
const char *plan_step(struct req *rq, const char *task, const char *content);
/* The usual start: project AUTH, task AUTH-1, step AUTH-2 with a draft for review. */
void plan_usual(struct req *rq);
/* A step of `task` on which the two roles do not agree: its one round is used up. */
const char *plan_disputed(struct req *rq, const char *project, const char *task);

/* A task that waits for the item `after`. */
const char *plan_waiting(struct req *rq, const char *parent, const char *after);

/* One call with the arguments that every such call has. */
enum status plan_complete(struct req *rq, const char *item, int outcome);
enum status plan_submit(struct req *rq, const char *step, const char *content);
enum status plan_review(struct req *rq, const char *step, int decision);
enum status plan_resolve(struct req *rq, const char *step, int resolution);

#define assert_ok(rq, expr)                plan_assert_status((rq), (expr), ST_OK, NULL)
#define assert_fails(rq, expr, want, part) plan_assert_status((rq), (expr), (want), (part))
void plan_assert_status(const struct req *rq, enum status got, enum status want, const char *part);

/*
 * Statistics for a store of more than a thousand items: nobody gathers them as fast as a test is,
 * and what compares whole tables takes minutes without.
 */
void plan_analyze_large(struct harness *h);

/* Nothing that is counted or derived is wrong, in any project, and the outbox has every change. */
void plan_assert_right(struct harness *h);
/* What `mcp-planner doctor` computes afresh agrees with what is stored, and the audit is whole. */
void plan_assert_doctor_agrees(struct harness *h);
/* A digest of every row of every table. */
const char *plan_digest(struct harness *h);
/* Something about an item, as text: plan_item(h, "AUTH-3", "status"). */
const char *plan_item(struct harness *h, const char *key, const char *column);
/* A minute's claim of somebody on an item. */
void plan_claim(struct harness *h, const char *key, const char *agent, int token);
/* The keys that next_item gives to nobody in particular, with blanks between. */
const char *plan_ready(struct req *rq, const char *project);

/*
 * Another server process: `work` runs in a child with a connection of its own, as agent-NTH, and
 * what it returns is given by plan_join(). It must not assert: a child has no test to fail.
 */
typedef const char *plan_work(struct req *rq, int nth);
struct plan_child {
    int pid, fd;
};
struct plan_child plan_fork(struct harness *h, plan_work *work, int nth);
const char *plan_join(struct harness *h, struct plan_child *child);
/* Let `n` children meet: keep the audit locked until they all wait for something. */
void plan_hold(struct harness *h);
void plan_let_go(struct harness *h, int n);

#endif
