/* define_tasks in more than one statement: the same rows, the same two flushes, and a report. */
#include "plan_helper.h"

#include "planner/store/db.h"

#define REPORTS_MAX 32

struct heard {
    double done[REPORTS_MAX], total;
    char last[80];
    size_t n;
};

static void hear(void *ctx, double done, double total, const char *message)
{
    struct heard *heard = ctx;

    assert_in_range(heard->n, 0, REPORTS_MAX - 1);
    heard->done[heard->n++] = done;
    heard->total = total;
    (void)snprintf(heard->last, sizeof(heard->last), "%s", message);
}

static void hear_nothing(void *ctx, enum log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    (void)message;
}

/* Flat rows below AUTH; row i waits for the row before. */
static struct list flat(struct arena *arena, size_t n)
{
    struct list tasks = {true, n, ARENA_MANY(arena, n, struct define_task)};

    for (size_t i = 0; i < n; i++) {
        struct define_task *task = LIST_AT(tasks, i, struct define_task);
        const char **after = ARENA_MANY(arena, 1, const char *);
        after[0] = arena_printf(arena, "r%zu", i - 1);
        task->title = "a task";
        task->ref = arena_printf(arena, "r%zu", i);
        task->depends_on = (struct list){true, i == 0 ? 0 : 1, after};
    }
    return tasks;
}

static void assert_one_change(struct harness *h, size_t n)
{
    assert_string_equal(
        harness_sql(h, "SELECT count(*) FROM planner.audit WHERE entity_type = 'task'"),
        arena_printf(&h->arena, "%zu", n));
    assert_string_equal(harness_sql(h, "SELECT count(DISTINCT change) FROM planner.audit"
                                       " WHERE entity_type = 'task'"),
                        "1");
    assert_string_equal(
        harness_sql(h, "SELECT bool_and(number = place) FROM (SELECT i.number, row_number() OVER "
                       "(ORDER BY a.id) AS place FROM planner.audit a JOIN planner.items i "
                       "ON i.id = a.entity_id WHERE a.entity_type = 'task') x"),
        "t");
}

static void define__reports_each_thousand_as_it_is_stored(void **state)
{
    static const double expected[] = {0, 1000, 2000, 2500};
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct heard heard = {.n = 0};
    const struct listener listener = {&heard, hear, hear_nothing};
    const struct define_args args = {.parent = "AUTH", .tasks = flat(&h->arena, 2500)};
    struct define_answer answer;
    long flushes = 0;

    (void)plan_project(rq, "AUTH");
    flushes = db_flushes(rq->db);
    rq->listener = &listener;
    assert_ok(rq, plan_define(rq, &args, &answer));
    rq->listener = NULL;

    assert_int_equal(db_flushes(rq->db) - flushes, 2);
    assert_int_equal(heard.n, LENGTH_OF(expected));
    for (size_t i = 0; i < LENGTH_OF(expected); i++)
        assert_true(heard.done[i] == expected[i]);
    assert_true(heard.total == 2500);
    assert_string_equal(heard.last, "stored 2500 of 2500 items");
    assert_string_equal(answer.last, "AUTH-2500");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.deps"), "2499");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-1");
    assert_one_change(h, 2500);
    plan_assert_right(h);
}

static void define__of_exactly_a_thousand_is_one_statement(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    for (size_t n = 999; n <= 1001; n++) {
        struct heard heard = {.n = 0};
        const struct listener listener = {&heard, hear, hear_nothing};
        const struct define_args args = {.parent =
                                             plan_project(rq, arena_printf(&h->arena, "P%zu", n)),
                                         .tasks = flat(&h->arena, n)};
        struct define_answer answer;
        rq->listener = &listener;
        assert_ok(rq, plan_define(rq, &args, &answer));
        rq->listener = NULL;
        assert_int_equal(heard.n, n > 1000 ? 3 : 2);
        assert_true(heard.done[heard.n - 1] == (double)n);
    }
}

/* Rows hang from others that are given in a later thousand. */
static void define__stores_children_that_are_given_before_their_parents(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct list tasks = flat(&h->arena, 3000);
    const struct define_args args = {.parent = "AUTH", .tasks = tasks};
    struct define_answer answer;

    for (size_t i = 0; i < tasks.n; i++)
        LIST_AT(tasks, i, struct define_task)->depends_on.n = i == 5;
    *LIST_AT(LIST_AT(tasks, 5, struct define_task)->depends_on, 0, const char *) = "r2999";
    LIST_AT(tasks, 10, struct define_task)->parent_ref = "r1500";
    LIST_AT(tasks, 1400, struct define_task)->parent_ref = "r2100";
    (void)plan_project(rq, "AUTH");
    assert_ok(rq, plan_define(rq, &args, &answer));

    assert_string_equal(answer.last, "AUTH-3000");
    assert_string_equal(plan_item(h, "AUTH-11", "depth"), plan_item(h, "AUTH-1401", "depth"));
    assert_one_change(h, 3000);
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(define__reports_each_thousand_as_it_is_stored),
        HARNESS_TEST(define__of_exactly_a_thousand_is_one_statement),
        HARNESS_TEST(define__stores_children_that_are_given_before_their_parents),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
