/* claim_item: who gets an item, for how long, and what the token is good for. */
#include "claim_helper.h"

#include "planner/service/edit.h"

static enum status with_token(struct req *rq, const char *key, int action, int64_t token)
{
    const struct claim_args args = {.item = key, .action = action, .token = SOME_INT(token)};
    struct item_answer answer;

    return claim_item(rq, &args, &answer);
}

static enum status complete(struct req *rq, const char *key, int64_t token)
{
    const struct complete_args args = {.item = key, .token = SOME_INT(token)};
    struct item_answer answer;

    return item_complete(rq, &args, &answer);
}

static enum status submit(struct req *rq, const char *key, int64_t token)
{
    const struct submit_args args = {.step = key, .content = "text", .token = SOME_INT(token)};
    struct item_answer answer;

    return step_submit(rq, &args, &answer);
}

/* Seconds that the claim on an item still has, of the database's clock. */
static int lease_left(struct harness *h, const char *number)
{
    const char *left = harness_sql(
        h,
        "SELECT ceil(extract(epoch FROM k.expires_at - clock_timestamp()))::integer"
        " FROM planner.claims k JOIN planner.items i ON i.id = k.item_id WHERE i.number = %s",
        number);

    assert_non_null(left);
    return (int)strtol(left, NULL, 10);
}

static void claim__is_held_for_the_lease_and_told(void **state)
{
    struct harness *h = *state;
    struct item_answer answer;

    claim_plan(&h->rq, 2);
    answer = claim_take(&h->rq, "auth-2");

    assert_true(answer.changed.v);
    assert_string_equal(answer.state, "claimed");
    assert_true(answer.token.v >= 1);
    assert_in_range(lease_left(h, "2"), 895, 900);
    assert_int_equal(answer.version.v, 1); /* a claim is no change of the item */
    assert_string_equal(
        harness_sql(h, "SELECT action || ' ' || entity_type || ' ' ||"
                       " (new_values ->> 'agent') || ' ' || (new_values ->> 'token')"
                       " FROM planner.audit ORDER BY id DESC LIMIT 1"),
        arena_printf(h->rq.arena, "claimed step agent-a %lld", (long long)answer.token.v));
    plan_assert_right(h);
}

static void claim__of_another_is_refused_until_it_runs_out(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");
    struct item_answer first;
    struct item_answer second;

    claim_plan(&h->rq, 1);
    first = claim_take(&h->rq, "AUTH-2");
    assert_fails(other, claim_try(other, "AUTH-2"), ST_CONFLICT,
                 "AUTH-2 is claimed by agent-a until ");
    assert_fails(other, claim_try(other, "AUTH-2"), ST_CONFLICT, "; next_item has others");
    claim_expire(h);
    second = claim_take(other, "AUTH-2");

    assert_true(second.token.v > first.token.v);
    assert_string_equal(
        harness_sql(h,
                    "SELECT (old_values ->> 'agent') || ' ' || (old_values ->> 'token') || ' ' ||"
                    " (old_values ? 'expires_at') || ' ' || (new_values ->> 'agent') || ' ' ||"
                    " (new_values ->> 'taken_over') FROM planner.audit"
                    " WHERE action = 'claimed' ORDER BY id DESC LIMIT 1"),
        arena_printf(h->rq.arena, "agent-a %lld true agent-b expired", (long long)first.token.v));
    assert_fails(&h->rq, complete(&h->rq, "AUTH-2", first.token.v), ST_CONFLICT,
                 "agent-b holds it until");
    assert_fails(&h->rq, with_token(&h->rq, "AUTH-2", CLAIM_RENEW, first.token.v), ST_CONFLICT,
                 "is not the claim of AUTH-2");
    assert_ok(other, complete(other, "AUTH-2", second.token.v));
    plan_assert_right(h);
}

static void claim__again_gives_the_holder_its_own_back(void **state)
{
    struct harness *h = *state;
    struct item_answer first;
    struct item_answer second;
    const char *rows;

    claim_plan(&h->rq, 1);
    first = claim_take(&h->rq, "AUTH-2");
    rows = harness_sql(h, "SELECT count(*) FROM planner.audit");
    (void)harness_sql(h, "UPDATE planner.claims SET expires_at = now() + interval '20 seconds'");
    second = claim_take(&h->rq, "AUTH-2");

    assert_false(second.changed.v);
    assert_int_equal(second.token.v, first.token.v);
    assert_in_range(lease_left(h, "2"), 895, 900);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.audit"), rows);
}

static void claim__that_ran_out_gets_its_own_agent_a_new_token(void **state)
{
    struct harness *h = *state;
    struct item_answer first;
    struct item_answer second;

    claim_plan(&h->rq, 1);
    first = claim_take(&h->rq, "AUTH-2");
    claim_expire(h);
    second = claim_take(&h->rq, "AUTH-2");

    assert_true(second.changed.v);
    assert_true(second.token.v > first.token.v);
}

static void renew__keeps_the_token_and_leaves_no_audit_row(void **state)
{
    struct harness *h = *state;
    struct claim_args args = {.item = "AUTH-2", .action = CLAIM_RENEW};
    struct item_answer first;
    struct item_answer answer;
    const char *rows;

    claim_plan(&h->rq, 1);
    first = claim_take(&h->rq, "AUTH-2");
    rows = harness_sql(h, "SELECT count(*) FROM planner.audit");
    args.token = first.token;
    args.lease_seconds = SOME_INT(86400);
    assert_ok(&h->rq, claim_item(&h->rq, &args, &answer));

    assert_false(answer.changed.v);
    assert_int_equal(answer.token.v, first.token.v);
    assert_in_range(lease_left(h, "2"), 86395, 86400);
    args.lease_seconds = (struct opt_int){0}; /* as long as before */
    assert_ok(&h->rq, claim_item(&h->rq, &args, &answer));
    assert_in_range(lease_left(h, "2"), 86395, 86400);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.audit"), rows);
    claim_expire(h); /* nobody took it over: nobody else has worked on it */
    assert_ok(&h->rq, claim_item(&h->rq, &args, &answer));
    assert_in_range(lease_left(h, "2"), 86395, 86400);
}

static void release__frees_the_item_and_is_audited(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");
    struct item_answer first;

    claim_plan(&h->rq, 1);
    first = claim_take(&h->rq, "AUTH-2");
    assert_fails(other, with_token(other, "AUTH-2", CLAIM_RELEASE, first.token.v + 1), ST_CONFLICT,
                 "is not the claim of AUTH-2");
    assert_ok(&h->rq, with_token(&h->rq, "AUTH-2", CLAIM_RELEASE, first.token.v));
    assert_ok(&h->rq,
              with_token(&h->rq, "AUTH-2", CLAIM_RELEASE, first.token.v)); /* done already */

    assert_string_equal(harness_sql(h, "SELECT count(*) || ' ' || max(old_values ->> 'agent')"
                                       " FROM planner.audit WHERE action = 'released'"),
                        "1 agent-a");
    assert_true(claim_take(other, "AUTH-2").token.v > first.token.v);
    plan_assert_right(h);
}

static void claim__takes_only_what_is_ready(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct create_args bobs = {.parent = "AUTH", .title = "Bob's", .assignee = "bob"};
    struct item_answer answer;

    claim_plan(rq, 2);
    (void)plan_disputed(rq, "AUTH", "AUTH-1"); /* AUTH-4 */
    assert_ok(rq, plan_create_task(rq, &bobs, &answer));
    (void)harness_sql(h, "UPDATE planner.items SET sequential = true WHERE number = 1");

    assert_fails(rq, claim_try(rq, "AUTH"), ST_INVALID, "AUTH is a project");
    assert_fails(rq, claim_try(rq, "AUTH-1"), ST_CONFLICT, "has children");
    assert_fails(rq, claim_try(rq, "AUTH-3"), ST_NOT_READY,
                 "AUTH-3 waits for AUTH-2 (open) before it; next_item has others");
    assert_fails(rq, claim_try(rq, "AUTH-4"), ST_NOT_READY, "AUTH-4 is disputed (resolve_dispute");
    assert_fails(rq, claim_try(rq, "AUTH-5"), ST_NOT_READY, "AUTH-5 is assigned to bob");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_fails(rq, claim_try(rq, "AUTH-2"), ST_CONFLICT, "AUTH-2 is complete; next_item");
    assert_fails(rq, claim_try(rq, "AUTH-99"), ST_NOT_FOUND, "AUTH-99 does not exist");
    assert_ok(rq, claim_try(rq, "AUTH-3"));
    assert_true(claim_take(harness_req(h, "bob"), "AUTH-5").changed.v);
}

static void claim__of_a_step_without_agreed_content_waits_where_review_is_required(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args strict = {.project = "AUTH", .require_review = SOME_BOOL(true)};
    struct project_answer answer;

    plan_usual(rq);
    assert_ok(rq, project_update(rq, &strict, &answer));

    assert_fails(rq, claim_try(rq, "AUTH-2"), ST_NOT_READY,
                 "AUTH-2 has no agreed content (review_step AUTH-2)");
    assert_ok(rq, plan_review(harness_req(h, "agent-b"), "AUTH-2", REVIEW_APPROVE));
    assert_ok(rq, claim_try(rq, "AUTH-2"));
}

static void token__is_needed_while_the_claim_lives_and_renews_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct req *other = harness_req(h, "agent-b");
    int64_t token;

    claim_plan(rq, 1);
    token = claim_take(rq, "AUTH-2").token.v;
    (void)harness_sql(h, "UPDATE planner.claims SET expires_at = now() + interval '20 seconds'");

    assert_fails(rq, plan_submit(rq, "AUTH-2", "text"), ST_CONFLICT, "'token' is missing: you");
    assert_fails(other, plan_submit(other, "AUTH-2", "text"), ST_CONFLICT, "claimed by agent-a");
    assert_fails(other, plan_complete(other, "AUTH-2", OUTCOME_CANCELLED), ST_CONFLICT,
                 "AUTH-2 is claimed by agent-a");
    assert_fails(rq, submit(rq, "AUTH-2", token + 1), ST_CONFLICT, "tells the one you hold");
    assert_in_range(lease_left(h, "2"), 15, 20); /* what was refused renews nothing */
    assert_ok(rq, submit(rq, "AUTH-2", token));
    assert_in_range(lease_left(h, "2"), 895, 900);
    assert_ok(other, plan_review(other, "AUTH-2", REVIEW_APPROVE)); /* needs none */
    assert_ok(rq, complete(rq, "AUTH-2", token));
    assert_null(harness_sql(h, "SELECT item_id FROM planner.claims"));
    assert_ok(rq, complete(rq, "AUTH-2", token)); /* done already */
    assert_fails(rq, submit(rq, "AUTH-2", token), ST_CONFLICT,
                 "no claim of AUTH-2 any more; it is");
    plan_assert_right(h);
}

static void token__is_good_after_the_lease_while_nobody_took_over(void **state)
{
    struct harness *h = *state;
    int64_t token;

    claim_plan(&h->rq, 1);
    token = claim_take(&h->rq, "AUTH-2").token.v;
    claim_expire(h);

    assert_ok(&h->rq, submit(&h->rq, "AUTH-2", token));
    assert_in_range(lease_left(h, "2"), 895, 900);
}

static void token__is_not_needed_after_the_lease(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");

    claim_plan(&h->rq, 1);
    (void)claim_take(&h->rq, "AUTH-2");
    claim_expire(h);

    assert_ok(other, plan_complete(other, "AUTH-2", OUTCOME_DONE));
    assert_null(harness_sql(h, "SELECT item_id FROM planner.claims"));
}

static void claim__is_repeated_safely_by_request_id(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct next_args args = {.write = {.request_id = "r", .fingerprint = "f"},
                             .project = "AUTH",
                             .claim = SOME_BOOL(true)};
    struct claim_args one = {.write = {.request_id = "s", .fingerprint = "f"}, .item = "AUTH-3"};
    struct next_view first;
    struct next_view again;
    struct item_answer answer;
    struct item_answer same;

    claim_plan(rq, 3);
    assert_ok(rq, look_next(rq, &args, &first));
    assert_ok(rq, look_next(rq, &args, &again));
    assert_ok(rq, claim_item(rq, &one, &answer));
    assert_ok(rq, claim_item(rq, &one, &same));

    assert_true(again.replayed.v && again.changed.v);
    assert_int_equal(again.change.v, first.change.v);
    assert_string_equal(claim_keys(rq, &again), "AUTH-2");
    assert_true(same.replayed.v && same.changed.v);
    assert_int_equal(same.token.v, answer.token.v);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "2");
    args.write.fingerprint = "g";
    assert_fails(rq, look_next(rq, &args, &again), ST_CONFLICT, "already used with other");
    plan_assert_right(h);
}

static void claim__holds_the_expected_version_against_the_item(void **state)
{
    struct harness *h = *state;
    const struct claim_args args = {.write = {.expected_version = SOME_INT(2)}, .item = "AUTH-2"};
    struct item_answer answer;

    claim_plan(&h->rq, 1);

    assert_fails(&h->rq, claim_item(&h->rq, &args, &answer), ST_CONFLICT, "is at version 1, not 2");
    assert_int_equal(h->rq.current_version, 1);
}

static void archived__takes_no_claim(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args away = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer answer;
    struct next_view view;

    claim_plan(rq, 1);
    assert_ok(rq, project_update(rq, &away, &answer));

    assert_fails(rq, claim_take_next(rq, 1, &view), ST_CONFLICT, "AUTH is archived");
    assert_fails(rq, claim_try(rq, "AUTH-2"), ST_CONFLICT, "AUTH is archived");
}

static void claim__ends_with_the_first_child(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct edit_args below = {.item = "AUTH-2", .parent = "AUTH-3"};
    struct item_answer answer;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)claim_take(rq, "AUTH-1");
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "0");

    (void)plan_task(rq, "AUTH");
    (void)claim_take(rq, "AUTH-3");
    assert_ok(rq, item_edit(rq, &below, &answer));
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "0");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(claim__is_held_for_the_lease_and_told),
        HARNESS_TEST(claim__of_another_is_refused_until_it_runs_out),
        HARNESS_TEST(claim__again_gives_the_holder_its_own_back),
        HARNESS_TEST(claim__that_ran_out_gets_its_own_agent_a_new_token),
        HARNESS_TEST(renew__keeps_the_token_and_leaves_no_audit_row),
        HARNESS_TEST(release__frees_the_item_and_is_audited),
        HARNESS_TEST(claim__takes_only_what_is_ready),
        HARNESS_TEST(claim__of_a_step_without_agreed_content_waits_where_review_is_required),
        HARNESS_TEST(token__is_needed_while_the_claim_lives_and_renews_it),
        HARNESS_TEST(token__is_good_after_the_lease_while_nobody_took_over),
        HARNESS_TEST(token__is_not_needed_after_the_lease),
        HARNESS_TEST(claim__is_repeated_safely_by_request_id),
        HARNESS_TEST(claim__holds_the_expected_version_against_the_item),
        HARNESS_TEST(claim__ends_with_the_first_child),
        HARNESS_TEST(archived__takes_no_claim),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
