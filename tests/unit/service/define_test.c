/* From the arguments of define_tasks to rows, and the circles that nobody could ever start. */
#include "service_helper.h"

#include "planner/service/plan_parts.h"

/* Arguments are written with these: a task or step is a compound literal. */
#define STRS(...)                                                                      \
    {                                                                                  \
        true, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]) \
        {                                                                              \
            __VA_ARGS__                                                                \
        }                                                                              \
    }
#define TASKS(...)                                                                      \
    {                                                                                   \
        true, sizeof((struct define_task[]){__VA_ARGS__}) / sizeof(struct define_task), \
            (struct define_task[])                                                      \
        {                                                                               \
            __VA_ARGS__                                                                 \
        }                                                                               \
    }
#define STEPS(...)                                                                      \
    {                                                                                   \
        true, sizeof((struct define_step[]){__VA_ARGS__}) / sizeof(struct define_step), \
            (struct define_step[])                                                      \
        {                                                                               \
            __VA_ARGS__                                                                 \
        }                                                                               \
    }
#define YES        \
    {              \
        true, true \
    }

static void collect(struct req *rq, struct list tasks, struct define_plan *ret_plan)
{
    const struct define_args args = {.parent = "AUTH", .tasks = tasks};

    assert_ok(rq, define_collect(rq, &args, ret_plan));
}

static void assert_refused(struct req *rq, struct list tasks, enum status want, const char *part)
{
    const struct define_args args = {.parent = "AUTH", .tasks = tasks};
    struct define_plan plan;

    assert_fails(rq, define_collect(rq, &args, &plan), want, part);
}

static void assert_circle(struct req *rq, struct list tasks, bool circle)
{
    struct define_plan plan;

    collect(rq, tasks, &plan);
    assert_fails(rq, define_check_circles(rq, &plan), circle ? ST_INVALID : ST_OK,
                 circle ? "would wait for itself" : NULL);
}

static void assert_row(const struct define_plan *plan, size_t i, const char *title, int parent,
                       int depth, int previous)
{
    const struct define_row *row = &plan->rows[i];

    assert_true(i < plan->n);
    assert_string_equal(row->title, title);
    assert_int_equal(row->parent, parent);
    assert_int_equal(row->depth, depth);
    assert_int_equal(row->previous, previous);
}

static void collect__flattens_nested_tasks_parents_first_steps_before_tasks(void **state)
{
    struct req *rq = *state;
    struct define_plan plan;
    const struct list tasks =
        TASKS({.title = "A",
               .objective = "why",
               .sequential = YES,
               .steps = STEPS({.title = "a1", .content = "text"}, {.title = "a2"}),
               .tasks = TASKS({.title = "AA", .steps = STEPS({.title = "aa1"})}, {.title = "AB"})},
              {.title = "B"});

    collect(rq, tasks, &plan);

    assert_int_equal(plan.n, 7);
    assert_row(&plan, 0, "A", -1, 1, -1);
    assert_row(&plan, 1, "a1", 0, 2, -1);
    assert_row(&plan, 2, "a2", 0, 2, 1);
    assert_row(&plan, 3, "AA", 0, 2, 2);
    assert_row(&plan, 4, "aa1", 3, 3, -1);
    assert_row(&plan, 5, "AB", 0, 2, 3);
    assert_row(&plan, 6, "B", -1, 1, 0);
    assert_int_equal(plan.rows[0].n_children, 4);
    assert_int_equal(plan.rows[0].n_open, 4);
    assert_true(plan.rows[0].sequential);
    assert_string_equal(plan.rows[0].text, "why");
    assert_string_equal(plan.rows[1].text, "text");
    assert_int_equal(plan.rows[1].kind, KIND_STEP);
    assert_int_equal(plan.rows[3].kind, KIND_TASK);
    assert_true(uuid_is_text(plan.rows[6].id));
}

static void collect__links_flat_rows_in_any_order(void **state)
{
    struct req *rq = *state;
    struct define_plan plan;
    const struct list tasks =
        TASKS({.title = "grandchild", .parent_ref = "c"},
              {.title = "child", .ref = "c", .parent_ref = "r"}, {.title = "root", .ref = "r"},
              {.title = "second child", .parent_ref = "r", .steps = STEPS({.title = "s"})});

    collect(rq, tasks, &plan);

    assert_int_equal(plan.n, 5);
    assert_row(&plan, 0, "grandchild", 1, 3, -1);
    assert_row(&plan, 1, "child", 2, 2, -1);
    assert_row(&plan, 2, "root", -1, 1, -1);
    assert_row(&plan, 3, "second child", 2, 2, 1);
    assert_row(&plan, 4, "s", 3, 3, -1);
    assert_int_equal(plan.rows[2].n_children, 2);
}

static void collect__finds_local_refs_and_takes_the_rest_for_keys(void **state)
{
    struct req *rq = *state;
    struct define_plan plan;
    const struct list tasks = TASKS(
        {.title = "A", .ref = "a"},
        {.title = "B", .ref = "AUTH-9", .depends_on = STRS("a", "auth-7", "a", "AUTH-8")},
        {.title = "C", .steps = STEPS({.title = "c1", .depends_on = STRS("AUTH-9", "BB-1")})});

    collect(rq, tasks, &plan);

    assert_int_equal(plan.n_edges, 5);
    assert_int_equal(plan.n_outside, 3);
    assert_int_equal(plan.edges[0].row, 1);
    assert_int_equal(plan.edges[0].local, 0);
    assert_int_equal(plan.edges[1].local, -1);
    assert_string_equal(plan.edges[1].target.number, "7");
    assert_string_equal(plan.edges[2].target.number, "8");
    assert_int_equal(plan.edges[3].row, 3);
    assert_int_equal(plan.edges[3].local, 1);
    assert_string_equal(plan.edges[4].target.slug, "BB");
}

static void collect__names_the_row_that_is_wrong(void **state)
{
    struct req *rq = *state;

    assert_refused(rq,
                   (struct list)TASKS({.title = "A", .ref = "x"},
                                      {.title = "B", .steps = STEPS({.title = "b", .ref = "x"})}),
                   ST_INVALID, "'x' is given to");
    assert_refused(rq, (struct list)TASKS({.title = "A"}, {.title = "B", .parent_ref = "none"}),
                   ST_INVALID, "'tasks[1].parent_ref': no row has the ref 'none'");
    assert_refused(rq,
                   (struct list)TASKS({.title = "A", .steps = STEPS({.title = "s", .ref = "s"})},
                                      {.title = "B", .parent_ref = "s"}),
                   ST_INVALID, "is a step and holds nothing");
    assert_refused(
        rq,
        (struct list)TASKS(
            {.title = "A", .ref = "a", .tasks = TASKS({.title = "AA", .parent_ref = "a"})}),
        ST_INVALID, "'tasks[0].tasks[0].parent_ref'");
    assert_refused(
        rq,
        (struct list)TASKS(
            {.title = "A",
             .steps = STEPS({.title = "s"}, {.title = "t", .depends_on = STRS("not a key")})}),
        ST_INVALID, "'tasks[0].steps[1].depends_on': 'not a key' is neither");
    assert_refused(rq, (struct list)TASKS({.title = "A", .depends_on = STRS("AUTH")}), ST_INVALID,
                   "neither a ref");
    assert_refused(rq, (struct list)TASKS({.title = "A", .ref = "a", .depends_on = STRS("a")}),
                   ST_INVALID, "is the row itself");
}

static void collect__refuses_parents_in_a_circle(void **state)
{
    struct req *rq = *state;

    assert_refused(rq, (struct list)TASKS({.title = "A", .ref = "a", .parent_ref = "a"}),
                   ST_INVALID, "'tasks[0]'");
    assert_refused(rq,
                   (struct list)TASKS({.title = "A", .ref = "a", .parent_ref = "b"},
                                      {.title = "B", .ref = "b", .parent_ref = "c"},
                                      {.title = "C", .ref = "c", .parent_ref = "a"}),
                   ST_INVALID, "circle");
}

/* A chain of flat rows, the deepest first. */
static struct list chain(struct req *rq, int depth)
{
    struct list list = {true, (size_t)depth,
                        ARENA_MANY(rq->arena, (size_t)depth, struct define_task)};

    for (int i = 0; i < depth; i++) {
        struct define_task *task = LIST_AT(list, i, struct define_task);
        task->title = "link";
        task->ref = arena_printf(rq->arena, "r%d", i);
        task->parent_ref = i == depth - 1 ? NULL : arena_printf(rq->arena, "r%d", i + 1);
    }
    return list;
}

static void collect__goes_64_levels_deep_and_no_deeper(void **state)
{
    struct req *rq = *state;
    struct define_plan plan;
    struct define_step leaf = {.title = "leaf"};
    struct list tasks = chain(rq, ITEM_DEPTH_MAX);

    collect(rq, tasks, &plan);
    assert_int_equal(plan.rows[0].depth, ITEM_DEPTH_MAX);

    LIST_AT(tasks, 0, struct define_task)->steps = (struct list){true, 1, &leaf};
    assert_refused(rq, tasks, ST_INVALID, "64 levels");
    assert_refused(rq, chain(rq, ITEM_DEPTH_MAX + 1), ST_INVALID, "64 levels");
}

static struct list many(struct req *rq, size_t n)
{
    struct list list = {true, n, ARENA_MANY(rq->arena, n, struct define_task)};

    for (size_t i = 0; i < n; i++)
        LIST_AT(list, i, struct define_task)->title = "one of many";
    return list;
}

static void collect__takes_10000_rows_and_no_more(void **state)
{
    struct req *rq = *state;
    struct define_plan plan;
    struct define_step leaf = {.title = "leaf"};
    struct list tasks = many(rq, DEFINE_ITEMS_MAX);

    collect(rq, tasks, &plan);
    assert_int_equal(plan.n, DEFINE_ITEMS_MAX);
    assert_ok(rq, define_check_circles(rq, &plan));

    LIST_AT(tasks, 9999, struct define_task)->steps = (struct list){true, 1, &leaf};
    assert_refused(rq, tasks, ST_LIMIT, "10000");
    assert_refused(rq, many(rq, DEFINE_ITEMS_MAX + 1), ST_LIMIT, "10000");
}

static void circles__plain_dependencies(void **state)
{
    struct req *rq = *state;

    assert_circle(rq,
                  (struct list)TASKS({.title = "A", .ref = "a", .depends_on = STRS("b")},
                                     {.title = "B", .ref = "b", .depends_on = STRS("a")}),
                  true);
    assert_circle(rq,
                  (struct list)TASKS({.title = "A", .ref = "a", .depends_on = STRS("b")},
                                     {.title = "B", .ref = "b", .depends_on = STRS("c")},
                                     {.title = "C", .ref = "c", .depends_on = STRS("a")}),
                  true);
    assert_circle(rq,
                  (struct list)TASKS({.title = "A", .ref = "a", .depends_on = STRS("b", "c")},
                                     {.title = "B", .ref = "b", .depends_on = STRS("d")},
                                     {.title = "C", .ref = "c", .depends_on = STRS("d")},
                                     {.title = "D", .ref = "d"}),
                  false);
}

static void circles__through_parents(void **state)
{
    struct req *rq = *state;

    /* A child that waits for its own parent, and a parent that waits for its own child. */
    assert_circle(
        rq,
        (struct list)TASKS(
            {.title = "A", .ref = "a", .steps = STEPS({.title = "s", .depends_on = STRS("a")})}),
        true);
    assert_circle(
        rq,
        (struct list)TASKS(
            {.title = "A", .depends_on = STRS("s"), .steps = STEPS({.title = "s", .ref = "s"})}),
        true);
    /* A waits for B, a child of B waits for a child of A. */
    assert_circle(
        rq,
        (struct list)TASKS(
            {.title = "A", .depends_on = STRS("b"), .steps = STEPS({.title = "s", .ref = "s"})},
            {.title = "B", .ref = "b", .steps = STEPS({.title = "t", .depends_on = STRS("s")})}),
        true);
    /* Both ways between children of two parents is work that can be done. */
    assert_circle(rq,
                  (struct list)TASKS({.title = "A",
                                      .steps = STEPS({.title = "a1", .ref = "a1"},
                                                     {.title = "a2", .depends_on = STRS("b1")})},
                                     {.title = "B",
                                      .steps = STEPS({.title = "b1", .ref = "b1"},
                                                     {.title = "b2", .depends_on = STRS("a1")})}),
                  false);
}

static void circles__through_the_order_of_a_sequential_parent(void **state)
{
    struct req *rq = *state;
    struct list tasks =
        TASKS({.title = "A",
               .sequential = YES,
               .steps = STEPS({.title = "first", .depends_on = STRS("last")}, {.title = "middle"},
                              {.title = "last", .ref = "last"})});

    assert_circle(rq, tasks, true);
    LIST_AT(tasks, 0, struct define_task)->sequential = (struct opt_bool){0};
    assert_circle(rq, tasks, false);

    /* With the order, a dependency changes nothing. */
    assert_circle(
        rq,
        (struct list)TASKS({.title = "A",
                            .sequential = YES,
                            .steps = STEPS({.title = "first", .ref = "first"},
                                           {.title = "last", .depends_on = STRS("first")})}),
        false);
    /* Across: the first part of A waits for B, and B for the second part of A. */
    assert_circle(rq,
                  (struct list)TASKS({.title = "A",
                                      .sequential = YES,
                                      .tasks = TASKS({.title = "A1", .depends_on = STRS("b")},
                                                     {.title = "A2", .ref = "a2"})},
                                     {.title = "B", .ref = "b", .depends_on = STRS("a2")}),
                  true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(collect__flattens_nested_tasks_parents_first_steps_before_tasks),
        RULE_TEST(collect__links_flat_rows_in_any_order),
        RULE_TEST(collect__finds_local_refs_and_takes_the_rest_for_keys),
        RULE_TEST(collect__names_the_row_that_is_wrong),
        RULE_TEST(collect__refuses_parents_in_a_circle),
        RULE_TEST(collect__goes_64_levels_deep_and_no_deeper),
        RULE_TEST(collect__takes_10000_rows_and_no_more),
        RULE_TEST(circles__plain_dependencies),
        RULE_TEST(circles__through_parents),
        RULE_TEST(circles__through_the_order_of_a_sequential_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
