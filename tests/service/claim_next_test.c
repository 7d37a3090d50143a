/* next_item with claim: what is handed out, and how much of it. */
#include "claim_helper.h"

static void next__takes_the_first_ready_leaves_in_order(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");
    struct next_view view;

    claim_plan(&h->rq, 5);
    assert_ok(&h->rq, claim_take_next(&h->rq, 2, &view));
    assert_string_equal(claim_keys(&h->rq, &view), "AUTH-2 AUTH-3");
    assert_true(view.changed.v && view.change.v > 0);
    assert_true(LIST_AT(view.items, 0, const struct ready_row)->token.set);
    assert_ok(other, claim_take_next(other, 1, &view));
    assert_string_equal(claim_keys(other, &view), "AUTH-4");
    assert_int_equal(view.passed_over.n, 2);
    assert_ok(&h->rq, claim_take_next(&h->rq, 1, &view)); /* not what it has already */

    assert_string_equal(claim_keys(&h->rq, &view), "AUTH-5");
    assert_non_null(strstr(LIST_AT(view.passed_over, 0, const struct passed_row)->why, "is yours"));
    assert_string_equal(harness_sql(h, "SELECT count(*) || ' ' || count(DISTINCT change)"
                                       " FROM planner.audit WHERE action = 'claimed'"),
                        "4 3");
    plan_assert_right(h);
}

static void next__says_why_nothing_is_left_and_what_is_held(void **state)
{
    struct harness *h = *state;
    struct next_view view;

    claim_plan(&h->rq, 2);
    assert_ok(&h->rq, claim_take_next(&h->rq, 5, &view));
    assert_int_equal(view.items.n, 2);
    assert_ok(&h->rq, claim_take_next(&h->rq, 1, &view));

    assert_int_equal(view.items.n, 0);
    assert_true(view.changed.set && !view.changed.v);
    assert_int_equal(view.passed_over.n, 2);
    assert_int_equal(view.held.n, 2);
    assert_string_equal(*LIST_AT(view.held, 0, const char *const), "AUTH-2");
}

static void next__offers_its_own_claims_to_who_only_looks(void **state)
{
    struct harness *h = *state;
    struct next_view view;
    int64_t token;

    claim_plan(&h->rq, 2);
    token = claim_take(&h->rq, "AUTH-2").token.v;
    assert_ok(&h->rq, look_next(&h->rq, &(struct next_args){.project = "AUTH"}, &view));

    assert_string_equal(claim_keys(&h->rq, &view), "AUTH-2");
    assert_int_equal(LIST_AT(view.items, 0, const struct ready_row)->token.v, token);
}

static void next__takes_over_what_ran_out(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");
    struct next_view view;

    claim_plan(&h->rq, 1);
    (void)claim_take(&h->rq, "AUTH-2");
    claim_expire(h);
    assert_ok(other, claim_take_next(other, 1, &view));

    assert_string_equal(claim_keys(other, &view), "AUTH-2");
    assert_string_equal(harness_sql(h, "SELECT (old_values ->> 'agent') || ' ' ||"
                                       " (new_values ->> 'taken_over') FROM planner.audit"
                                       " ORDER BY id DESC LIMIT 1"),
                        "agent-a expired");
}

static void next__under_a_sequential_parent_hands_out_one_at_a_time(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");
    struct next_view view;

    claim_plan(&h->rq, 3);
    (void)harness_sql(h, "UPDATE planner.items SET sequential = true WHERE number = 1");
    assert_ok(&h->rq, claim_take_next(&h->rq, 3, &view));
    assert_string_equal(claim_keys(&h->rq, &view), "AUTH-2");
    assert_ok(other, claim_take_next(other, 3, &view));

    assert_int_equal(view.items.n, 0);
}

static void next__honours_assignees(void **state)
{
    struct harness *h = *state;
    struct req *bob = harness_req(h, "bob");
    const struct create_args bobs = {.task = "AUTH-1", .title = "Bob's", .assignee = "bob"};
    struct item_answer answer;
    struct next_view view;

    claim_plan(&h->rq, 0);
    assert_ok(&h->rq, plan_create_step(&h->rq, &bobs, &answer));
    assert_ok(&h->rq, claim_take_next(&h->rq, 1, &view));
    assert_int_equal(view.items.n, 0);
    assert_ok(bob, claim_take_next(bob, 1, &view));

    assert_string_equal(claim_keys(bob, &view), "AUTH-2");
}

static void cap__holds_below_at_and_above(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct next_view view;

    claim_plan(rq, 8);
    assert_ok(rq, claim_take_next(rq, 4, &view));
    assert_false(view.at_cap.v);
    assert_ok(rq, claim_take_next(rq, 4, &view)); /* one is left */
    assert_string_equal(claim_keys(rq, &view), "AUTH-6");
    assert_true(view.at_cap.v);
    assert_fails(rq, claim_take_next(rq, 1, &view), ST_CONFLICT,
                 "agent-a holds AUTH-2, AUTH-3, AUTH-4, AUTH-5, AUTH-6 in AUTH, and 5 claims at");
    assert_fails(rq, claim_try(rq, "AUTH-7"), ST_CONFLICT, "complete or release one");
    assert_ok(rq, claim_try(rq, "AUTH-2")); /* its own */
    claim_expire(h);                        /* what ran out is no burden */
    assert_ok(rq, claim_try(rq, "AUTH-7"));
    rq->max_claims = 1;
    assert_fails(rq, claim_try(rq, "AUTH-8"), ST_CONFLICT,
                 "holds AUTH-7 in AUTH, and 1 claim at once");
    rq->max_claims = 2;
    assert_ok(rq, claim_try(rq, "AUTH-8"));
}

static void cap__holds_for_a_lease_that_begins_anew(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct claim_args renew = {.item = "AUTH-2", .action = CLAIM_RENEW};
    struct next_view view;
    struct item_answer answer;

    claim_plan(rq, 3);
    rq->max_claims = 1;
    assert_ok(rq, claim_take_next(rq, 1, &view));
    renew.token = LIST_AT(view.items, 0, const struct ready_row)->token;
    assert_ok(rq, claim_item(rq, &renew, &answer));
    claim_expire(h);
    assert_ok(rq, claim_try(rq, "AUTH-3"));

    assert_fails(rq, claim_item(rq, &renew, &answer), ST_CONFLICT, "holds AUTH-3 in AUTH");
}

static void cap__forgets_what_was_closed_or_got_children(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    claim_plan(rq, 1);
    (void)plan_task(rq, "AUTH"); /* AUTH-3 */
    rq->max_claims = 1;
    assert_ok(rq, claim_try(rq, "AUTH-3"));
    assert_fails(rq, claim_try(rq, "AUTH-2"), ST_CONFLICT, "holds AUTH-3");
    (void)plan_step(rq, "AUTH-3", NULL);

    assert_ok(rq, claim_try(rq, "AUTH-2"));
}

static const char *take_all(struct req *rq, int nth)
{
    struct next_view view;

    (void)nth;
    rq->actor.agent = "twin";
    if (claim_take_next(rq, 4, &view) != ST_OK)
        return rq->message;
    return arena_printf(rq->arena, "%zu", view.items.n);
}

/* Two processes under one name, both of which would have room for four. */
static void cap__is_one_for_all_processes_of_an_agent(void **state)
{
    struct harness *h = *state;
    struct plan_child children[2];

    claim_plan(&h->rq, 10);
    plan_hold(h);
    for (int i = 0; i < 2; i++)
        children[i] = plan_fork(h, take_all, i);
    plan_let_go(h, 2);
    for (int i = 0; i < 2; i++)
        (void)plan_join(h, &children[i]);

    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims WHERE agent = 'twin'"),
                        "5");
    plan_assert_right(h);
}

#define TAKERS 6

static const char *take_one(struct req *rq, int nth)
{
    struct next_view view;

    (void)nth;
    if (claim_take_next(rq, 1, &view) != ST_OK)
        return rq->message;
    return arena_strdup(rq->arena, claim_keys(rq, &view));
}

/* All of them meet at the first ready leaf. */
static void next__never_hands_out_one_item_twice(void **state)
{
    struct harness *h = *state;
    struct plan_child children[TAKERS];

    claim_plan(&h->rq, TAKERS);
    plan_hold(h);
    for (int i = 0; i < TAKERS; i++)
        children[i] = plan_fork(h, take_one, i);
    plan_let_go(h, TAKERS);
    for (int i = 0; i < TAKERS; i++)
        assert_non_null(strstr(plan_join(h, &children[i]), "AUTH-"));

    assert_string_equal(harness_sql(h, "SELECT count(*) || ' ' || count(DISTINCT entity_id)"
                                       " FROM planner.audit WHERE action = 'claimed'"),
                        "6 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(next__takes_the_first_ready_leaves_in_order),
        HARNESS_TEST(next__says_why_nothing_is_left_and_what_is_held),
        HARNESS_TEST(next__offers_its_own_claims_to_who_only_looks),
        HARNESS_TEST(next__takes_over_what_ran_out),
        HARNESS_TEST(next__under_a_sequential_parent_hands_out_one_at_a_time),
        HARNESS_TEST(next__honours_assignees),
        HARNESS_TEST(cap__holds_below_at_and_above),
        HARNESS_TEST(cap__holds_for_a_lease_that_begins_anew),
        HARNESS_TEST(cap__forgets_what_was_closed_or_got_children),
        HARNESS_TEST(cap__is_one_for_all_processes_of_an_agent),
        HARNESS_TEST(next__never_hands_out_one_item_twice),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
