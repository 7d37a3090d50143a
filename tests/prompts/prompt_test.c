/* Each prompt about an item in each state: what it says, and which call it names. */
#include "prompt_helper.h"

static void draft_step__of_a_new_step_asks_for_its_content(void **state)
{
    struct harness *h = *state;
    const char *text = NULL;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    text = prompt_get(&h->rq, "draft_step", "auth-2");

    assert_says(text, "server role for AUTH-2");
    assert_says(text, "| a plan\n");
    assert_says(text, "| AUTH-1 a task");
    assert_says(text, "0 of 3 review rounds used, 3 left");
    assert_says(text, "    submit_step {\"step\": \"AUTH-2\", \"content\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(draft_step__of_a_new_step_asks_for_its_content),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
