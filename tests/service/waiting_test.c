/* What waits for an item when that closes or opens again, where the dependencies overlap. */
#include "plan_helper.h"

/*
 * AUTH-1 is waited for by AUTH-3 and by AUTH-4 inside it. The step is counted out first, which may
 * already take the task with it.
 */
static void reopening__blocks_a_task_and_its_step_once_each(void **state)
{
    struct harness *h = *state;
    const char *on_first[] = {"AUTH-1"};
    struct define_step steps[] = {{.title = "inside", .depends_on = {true, 1, on_first}}};
    struct define_task inner = {
        .title = "inner", .depends_on = {true, 1, on_first}, .steps = {true, 1, steps}};
    struct define_task outer = {.title = "outer", .tasks = {true, 1, &inner}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &outer}};
    struct define_answer defined;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-1", OUTCOME_DONE));
    assert_ok(&h->rq, plan_define(&h->rq, &args, &defined));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-4");

    (void)plan_step(&h->rq, "AUTH-1", NULL);

    plan_assert_right(h);
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-5");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-5", OUTCOME_DONE));
    plan_assert_right(h);
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(reopening__blocks_a_task_and_its_step_once_each),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
