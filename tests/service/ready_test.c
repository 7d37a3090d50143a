/* The one predicate of readiness, as next_item, get_item and the outline tell it. */
#include "plan_helper.h"

#include "planner/service/item.h"

static struct item_view view_of(struct req *rq, const char *key)
{
    struct item_view view;

    assert_ok(rq, item_get(rq, &(struct get_args){.item = key}, &view));
    return view;
}

static void assert_waits(struct req *rq, const char *key, const char *state, const char *why)
{
    const struct item_view view = view_of(rq, key);

    assert_string_equal(view.state, state);
    if (why == NULL)
        assert_null(view.not_ready);
    else
        assert_string_equal(view.not_ready, why);
}

/* A claim that ends in `minutes`, negative: ended. */
static void claim(struct harness *h, const char *number, const char *agent, const char *minutes)
{
    (void)harness_sql(
        h,
        "INSERT INTO planner.claims (project_id, item_id, agent, token, lease_seconds,"
        " expires_at) SELECT project_id, id, '%s', nextval('planner.claim_token'), 900,"
        " now() + interval '%s minutes' FROM planner.items WHERE number = %s",
        agent, minutes, number);
}

/* AUTH-1 with steps AUTH-2 and AUTH-3; AUTH-4, which waits for AUTH-1, with step AUTH-5. */
static void plan_two_tasks(struct req *rq)
{
    const char *refs[] = {"AUTH-1"};
    struct define_task later = {.title = "later", .depends_on = {true, 1, refs}};
    struct define_answer answer;

    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_ok(rq,
              plan_define(rq, &(struct define_args){.parent = "AUTH", .tasks = {true, 1, &later}},
                          &answer));
    (void)plan_step(rq, "AUTH-4", NULL);
}

static void blocked__names_what_is_waited_for_and_through_whom(void **state)
{
    struct harness *h = *state;

    plan_two_tasks(&h->rq);

    assert_waits(&h->rq, "AUTH-2", "ready", NULL);
    assert_waits(&h->rq, "AUTH-4", "open", "waits for AUTH-1 (0%)");
    assert_waits(&h->rq, "AUTH-5", "waiting", "waits for AUTH-1 (0%) through AUTH-4");
    assert_string_equal(view_of(&h->rq, "AUTH-5").waits_for, "AUTH-1");
}

static void claimed__is_passed_over_by_others_until_it_expires(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_two_tasks(rq);
    claim(h, "2", "agent-b", "5");
    claim(h, "3", "agent-b", "-5");

    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3");
    assert_string_equal(view_of(rq, "AUTH-2").state, "claimed");
    assert_string_equal(view_of(rq, "AUTH-2").claimed_by, "agent-b");
    assert_string_equal(view_of(rq, "AUTH-3").state, "ready");
    rq->actor.agent = "agent-b";
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2 AUTH-3"); /* its own hold nobody back */
}

static void what_is_claimed__is_told_with_what_waits_for_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *refs[] = {"AUTH-2"};
    struct define_task later = {.title = "later", .depends_on = {true, 1, refs}};
    struct define_answer answer;
    const char *why = NULL;

    plan_usual(rq);
    assert_ok(rq,
              plan_define(rq, &(struct define_args){.parent = "AUTH", .tasks = {true, 1, &later}},
                          &answer));
    claim(h, "2", "agent-b", "5");

    why = view_of(rq, "AUTH-3").not_ready;

    assert_memory_equal(why, "waits for AUTH-2 (open, claimed by agent-b until ", 49);
}

static void sequence__holds_back_what_comes_later_below_the_parent(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args in_sequence = {.project = "AUTH", .sequential = {true, true}};
    struct project_answer answer;

    plan_usual(rq);
    (void)plan_task(rq, "AUTH");
    (void)plan_step(rq, "AUTH-3", NULL);
    assert_ok(rq, project_update(rq, &in_sequence, &answer));

    assert_waits(rq, "AUTH-3", "open", "waits for AUTH-1 (0%) before it");
    assert_waits(rq, "AUTH-4", "waiting", "waits for AUTH-1 (0%) before it through AUTH-3");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2");
}

static void required_content__is_asked_for_last(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args strict = {.project = "AUTH", .require_review = {true, true}};
    struct project_answer answer;

    plan_two_tasks(rq);
    assert_ok(rq, project_update(rq, &strict, &answer));

    assert_waits(rq, "AUTH-2", "waiting", "has no agreed content (review_step AUTH-2)");
    assert_waits(rq, "AUTH-3", "waiting", "has no agreed content (submit_step AUTH-3)");
    assert_waits(rq, "AUTH-5", "waiting", "waits for AUTH-1 (0%) through AUTH-4");
}

static void deleted_ancestor__hides_what_is_below(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_view view;

    plan_usual(rq);
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number = 1");

    assert_fails(rq, item_get(rq, &(struct get_args){.item = "AUTH-2"}, &view), ST_NOT_FOUND,
                 "'item': AUTH-2");
    assert_fails(rq, plan_submit(rq, "AUTH-2", "again"), ST_NOT_FOUND, "'step': AUTH-2");
    assert_fails(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE), ST_NOT_FOUND, "'item': AUTH-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(blocked__names_what_is_waited_for_and_through_whom),
        HARNESS_TEST(claimed__is_passed_over_by_others_until_it_expires),
        HARNESS_TEST(what_is_claimed__is_told_with_what_waits_for_it),
        HARNESS_TEST(sequence__holds_back_what_comes_later_below_the_parent),
        HARNESS_TEST(required_content__is_asked_for_last),
        HARNESS_TEST(deleted_ancestor__hides_what_is_below),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
