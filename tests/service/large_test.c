/* The caps of define_tasks in a real database: 10,000 items at once, 64 levels. */
#include "plan_helper.h"

#include "planner/base/clock.h"

#define PER_TASK 99

#define LONG_TITLE                                                                         \
    "Step %zu, which comes after the one before and goes on until its title is nearly as " \
    "long as a title may be, which is two hundred characters, so that the call needs the " \
    "memory that it may need"

/* 100 tasks with 99 steps each, every step waiting for the one before it. */
static struct list ten_thousand(struct arena *arena)
{
    struct list tasks = {true, 100, ARENA_MANY(arena, 100, struct define_task)};

    for (size_t t = 0; t < tasks.n; t++) {
        struct define_task *task = LIST_AT(tasks, t, struct define_task);
        struct define_step *steps = ARENA_MANY(arena, PER_TASK, struct define_step);
        task->title = arena_printf(arena, "Task %zu of a plan that is as long as it may be", t);
        task->steps = (struct list){true, PER_TASK, steps};
        for (size_t s = 0; s < PER_TASK; s++) {
            const char **after = ARENA_MANY(arena, 1, const char *);
            after[0] = arena_printf(arena, "s%zu-%zu", t, s - 1);
            steps[s].title = arena_printf(arena, LONG_TITLE, s);
            steps[s].ref = arena_printf(arena, "s%zu-%zu", t, s);
            steps[s].depends_on = (struct list){true, s == 0 ? 0 : 1, after};
        }
    }
    return tasks;
}

static void define__ten_thousand_items_at_once(void **state)
{
    struct harness *h = *state;
    struct req *rq = harness_req(h, "agent-b");
    const struct define_args args = {.parent = "AUTH", .tasks = ten_thousand(&h->arena)};
    struct define_answer answer;
    const int64_t before = clock_monotonic_ms();

    (void)plan_project(&h->rq, "AUTH");
    assert_ok(rq, plan_define(rq, &args, &answer));
    print_message("             %lld ms, %zu bytes of the request's memory\n",
                  (long long)(clock_monotonic_ms() - before), rq->arena->used);

    assert_int_equal(answer.created.v, DEFINE_ITEMS_MAX);
    assert_string_equal(answer.first, "AUTH-1");
    assert_string_equal(answer.last, "AUTH-10000");
    assert_in_range(answer.items.n, 1, DEFINE_TOLD);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.items"), "10001");
    assert_string_equal(
        harness_sql(h, "SELECT count(*) FROM planner.audit WHERE action = 'created'"), "10001");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    (void)harness_sql(h, "ANALYZE planner.items, planner.roll, planner.deps");
    plan_assert_right(h);
}

/* A chain of tasks below `parent`, the lowest last. */
static enum status define_chain(struct req *rq, const char *parent, int levels,
                                struct define_answer *ret_answer)
{
    struct list tasks = {true, (size_t)levels,
                         ARENA_MANY(rq->arena, (size_t)levels, struct define_task)};
    const struct define_args args = {.parent = parent, .tasks = tasks};

    for (int i = 0; i < levels; i++) {
        struct define_task *task = LIST_AT(tasks, (size_t)i, struct define_task);
        task->title = "level";
        task->ref = arena_printf(rq->arena, "l%d", i);
        task->parent_ref = i == 0 ? NULL : arena_printf(rq->arena, "l%d", i - 1);
    }
    return plan_define(rq, &args, ret_answer);
}

static void define__goes_64_levels_below_the_project(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct create_args deeper = {.task = "AUTH-64", .title = "too deep"};
    struct define_answer answer;
    struct item_answer item;

    (void)plan_project(rq, "AUTH");
    assert_ok(rq, define_chain(rq, "AUTH", 60, &answer));
    assert_fails(rq, define_chain(rq, "AUTH-60", 5, &answer), ST_LIMIT, "64 levels");
    assert_ok(rq, define_chain(rq, "AUTH-60", 4, &answer));
    assert_fails(rq, plan_create_step(rq, &deeper, &item), ST_LIMIT, "64 levels");

    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-64");
    assert_ok(rq, plan_complete(rq, "AUTH-64", OUTCOME_DONE));
    assert_string_equal(plan_item(h, "AUTH", "status"), "complete");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(define__ten_thousand_items_at_once),
        HARNESS_TEST(define__goes_64_levels_below_the_project),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
