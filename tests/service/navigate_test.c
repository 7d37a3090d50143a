/* navigate: the chain of the plan across its levels. */
#include "plan_helper.h"

#include "planner/base/buf.h"
#include "planner/service/edit.h"
#include "planner/service/navigate.h"

/* The numbers of what is told, the item itself in brackets, "^" and "$" for the ends. */
static const char *walk(struct req *rq, const char *item, int direction, int limit)
{
    const struct navigate_args args = {
        .item = item, .direction = direction, .limit = SOME_INT(limit)};
    struct buf out = BUF_IN(rq->arena);
    struct navigate_view view;

    assert_ok(rq, look_navigate(rq, &args, &view));
    if (view.first.v)
        buf_text(&out, "^ ");
    for (size_t i = 0; i < view.items.n; i++) {
        const char *number =
            strchr(LIST_AT(view.items, i, const struct outline_line)->key, '-') + 1;
        const bool here = view.at.set && view.at.v == (int64_t)i;
        buf_printf(&out, here ? "[%s] " : "%s ", number);
    }
    buf_text(&out, view.last.v ? "$" : "");
    assert_false(view.cut.v);
    return buf_str(&out);
}

/* AUTH-1 (AUTH-2, AUTH-3 (AUTH-4 (AUTH-5)), AUTH-6), AUTH-7, AUTH-8 (AUTH-9) */
static void some_plan(struct req *rq)
{
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)plan_step(rq, "AUTH-1", "a draft");
    (void)plan_task(rq, "AUTH-1");
    (void)plan_task(rq, "AUTH-3");
    (void)plan_step(rq, "AUTH-4", NULL);
    (void)plan_step(rq, "AUTH-1", NULL);
    (void)plan_task(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)plan_step(rq, "AUTH-8", NULL);
}

static void navigate__goes_over_levels_both_ways(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    some_plan(rq);

    assert_string_equal(walk(rq, "AUTH-1", WALK_FORWARD, 3), "[1] 2 3 4 ");
    assert_string_equal(walk(rq, "AUTH-5", WALK_FORWARD, 2), "[5] 6 7 ");
    assert_string_equal(walk(rq, "AUTH-5", WALK_FORWARD, 4), "[5] 6 7 8 9 $");
    assert_string_equal(walk(rq, "AUTH-6", WALK_BACKWARD, 2), "4 5 [6] ");
    assert_string_equal(walk(rq, "AUTH-7", WALK_BACKWARD, 50), "^ 1 2 3 4 5 6 [7] ");
    assert_string_equal(walk(rq, "AUTH-4", WALK_BOTH, 1), "3 [4] 5 ");
    assert_string_equal(walk(rq, "AUTH-4", 0, 1), "[4] 5 ");
}

static void navigate__knows_the_ends(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    some_plan(rq);

    assert_string_equal(walk(rq, "AUTH-1", WALK_BOTH, 1), "^ [1] 2 ");
    assert_string_equal(walk(rq, "AUTH-9", WALK_BOTH, 1), "8 [9] $");
    assert_string_equal(walk(rq, "AUTH-2", WALK_BACKWARD, 1), "^ 1 [2] ");
    assert_string_equal(walk(rq, "AUTH-8", WALK_FORWARD, 1), "[8] 9 $");
}

static void navigate__from_a_project_is_its_beginning(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    some_plan(rq);
    (void)plan_project(rq, "EMPTY");

    assert_string_equal(walk(rq, "AUTH", WALK_BOTH, 2), "^ 1 2 ");
    assert_string_equal(walk(rq, "EMPTY", WALK_BOTH, 2), "^ $");
}

static void navigate__passes_over_what_is_deleted(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;
    struct navigate_view view;
    const struct delete_args args = {.item = "AUTH-3", .subtree = SOME_BOOL(true)};

    some_plan(rq);
    assert_ok(rq, item_delete(rq, &args, &answer));

    assert_string_equal(walk(rq, "AUTH-2", WALK_FORWARD, 2), "[2] 6 7 ");
    assert_string_equal(walk(rq, "AUTH-6", WALK_BACKWARD, 2), "^ 1 2 [6] ");
    assert_fails(rq, look_navigate(rq, &(struct navigate_args){.item = "AUTH-5"}, &view),
                 ST_NOT_FOUND, "AUTH-5 was deleted with AUTH-3");
}

static void navigate__tells_what_there_is_room_for(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    static struct define_step steps[100];
    struct define_task task = {.title = "T", .steps = {true, LENGTH_OF(steps), steps}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &task}};
    const struct navigate_args both = {
        .item = "AUTH-51", .direction = WALK_BOTH, .limit = SOME_INT(NAVIGATE_LIMIT_MAX)};
    struct define_answer answer;
    struct navigate_view view;
    static char title[800];

    for (int i = 0; i < 200; i++)
        memcpy(&title[i * 4], "\xF0\x9F\x98\x80", 4);
    for (size_t i = 0; i < LENGTH_OF(steps); i++)
        steps[i] = (struct define_step){.title = arena_copy(&h->arena, title, sizeof(title))};
    (void)plan_project(rq, "AUTH");
    assert_ok(rq, plan_define(rq, &args, &answer));
    assert_ok(rq, look_navigate(rq, &both, &view));

    assert_true(view.cut.v);
    assert_in_range(view.items.n, 10, 30);
    assert_string_equal(LIST_AT(view.items, view.at.v, struct outline_line)->key, "AUTH-51");
    assert_in_range(view.at.v, view.items.n / 2 - 1, view.items.n / 2 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(navigate__goes_over_levels_both_ways),
        HARNESS_TEST(navigate__knows_the_ends),
        HARNESS_TEST(navigate__from_a_project_is_its_beginning),
        HARNESS_TEST(navigate__passes_over_what_is_deleted),
        HARNESS_TEST(navigate__tells_what_there_is_room_for),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
