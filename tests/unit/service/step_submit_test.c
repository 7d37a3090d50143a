/* submit_step by the table of SPEC 2: every status, ready or not, accept and reopen. */
#include "service_helper.h"

#include "planner/service/complexity.h"
#include "planner/service/step.h"

static const struct submit_args draft = {.content = "new"};

static enum status submit(struct req *rq, const struct rule_step *s, struct submit_args args,
                          struct step_move *ret_move)
{
    return step_rule_submit(rq, &s->item, &args, ret_move);
}

/* Content that was not agreed yet may always be replaced. */
static void submit__sends_a_draft_to_review_from_every_open_status(void **state)
{
    static const enum step_status from[] = {STEP_PENDING, STEP_SERVER_DRAFT, STEP_CLIENT_REVIEW};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(from); i++) {
        struct rule_step s;
        struct step_move move;
        rule_step_make(&s, from[i]);
        assert_ok(rq, submit(rq, &s, draft, &move));
        assert_int_equal(move.next.status, STEP_CLIENT_REVIEW);
        assert_int_equal(move.action, ACTION_SUBMIT);
        assert_string_equal(move.role, "server");
        assert_string_equal(move.audit, "submitted");
        assert_string_equal(move.content, "new");
        assert_false(move.disputed);
        assert_true(move.next.server_ready.v);
        assert_int_equal(move.next.last_number.v, s.step.last_number.v + 1);
        assert_int_equal(move.next.server_number.v, move.next.last_number.v);
        assert_int_equal(move.next.iteration_count.v, s.step.iteration_count.v);
    }
}

static void submit__keeps_an_unready_draft_with_the_server(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    assert_ok(rq, submit(rq, &s, (struct submit_args){.content = "half", .ready = SOME_BOOL(false)},
                         &move));

    assert_int_equal(move.next.status, STEP_SERVER_DRAFT);
    assert_false(move.next.server_ready.v);
    assert_int_equal(move.next.server_number.v, 2);
}

static void submit__needs_content(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_PENDING);

    assert_fails(rq, submit(rq, &s, (struct submit_args){0}, &move), ST_INVALID, "'content'");
}

static void submit__after_a_counter_keeps_the_round_and_the_clients_version(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make_countered(&s);
    assert_ok(rq, submit(rq, &s, draft, &move));

    assert_int_equal(move.next.iteration_count.v, 1);
    assert_int_equal(move.next.client_number.v, 2);
    assert_int_equal(move.next.server_number.v, 3);
}

static void submit__is_a_conflict_while_disputed(void **state)
{
    static const struct submit_args each[] = {
        {.content = "new"},
        {.content = "new", .reopen = {true, true}},
        {.accept = {true, true}},
        {.content = "new", .ready = {true, false}},
    };
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_DISPUTED);

    for (size_t i = 0; i < LENGTH_OF(each); i++)
        assert_fails(rq, submit(rq, &s, each[i], &move), ST_CONFLICT, "resolve_dispute AUTH-3");
}

static void submit__is_a_conflict_when_complete_or_cancelled(void **state)
{
    static const enum item_status closed[] = {ITEM_COMPLETE, ITEM_CANCELLED};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(closed); i++) {
        for (int status = STEP_PENDING; status <= STEP_USER_RESOLUTION; status++) {
            struct rule_step s;
            struct step_move move;
            rule_step_make(&s, status);
            s.item.status = (int)closed[i];
            assert_fails(rq, submit(rq, &s, draft, &move), ST_CONFLICT, "reopen it first");
        }
    }
}

static void submit__is_for_steps(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_PENDING);
    s.item.kind = KIND_TASK;
    s.item.step = NULL;

    assert_fails(rq, submit(rq, &s, draft, &move), ST_INVALID, "AUTH-3 is a task");
}

static void submit__on_final_content_needs_reopen(void **state)
{
    static const enum step_status final[] = {STEP_AGREED, STEP_USER_RESOLUTION};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(final); i++) {
        struct rule_step s;
        struct step_move move;
        rule_step_make(&s, final[i]);
        assert_fails(rq, submit(rq, &s, draft, &move), ST_CONFLICT, "reopen true");
    }
}

static void reopen__starts_over_and_goes_on_numbering(void **state)
{
    static const enum step_status final[] = {STEP_AGREED, STEP_USER_RESOLUTION};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(final); i++) {
        struct rule_step s;
        struct step_move move;
        rule_step_make(&s, final[i]);
        assert_ok(rq,
                  submit(rq, &s, (struct submit_args){.content = "new", .reopen = SOME_BOOL(true)},
                         &move));
        assert_int_equal(move.next.status, STEP_CLIENT_REVIEW);
        assert_int_equal(move.next.iteration_count.v, 0);
        assert_false(move.next.max_iterations_reached.v);
        assert_false(move.next.client_approved.v);
        assert_false(move.next.final_number.set);
        assert_false(move.next.client_number.set);
        assert_int_equal(move.next.last_number.v, 3);
        assert_int_equal(move.next.server_number.v, 3);
    }
}

static void reopen__needs_final_content(void **state)
{
    static const enum step_status open[] = {STEP_PENDING, STEP_SERVER_DRAFT, STEP_CLIENT_REVIEW};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(open); i++) {
        struct rule_step s;
        struct step_move move;
        rule_step_make(&s, open[i]);
        assert_fails(rq,
                     submit(rq, &s,
                            (struct submit_args){.content = "new", .reopen = SOME_BOOL(true)},
                            &move),
                     ST_CONFLICT, "'reopen'");
    }
}

static void accept__takes_the_clients_version_directly_after_a_counter(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make_countered(&s);
    assert_ok(rq, submit(rq, &s, (struct submit_args){.accept = SOME_BOOL(true)}, &move));

    assert_int_equal(move.next.status, STEP_AGREED);
    assert_int_equal(move.action, ACTION_ACCEPT);
    assert_string_equal(move.audit, "agreed");
    assert_string_equal(move.role, "server");
    assert_null(move.content);
    assert_int_equal(move.next.final_number.v, 2);
    assert_int_equal(move.next.last_number.v, 3);
    assert_true(move.next.client_approved.v);
    assert_int_equal(move.next.iteration_count.v, 1);
}

static void accept__is_a_conflict_anywhere_else(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;
    const struct submit_args accept = {.accept = SOME_BOOL(true)};

    for (int status = STEP_PENDING; status <= STEP_USER_RESOLUTION; status++) {
        if (status == STEP_DISPUTED)
            continue;
        rule_step_make(&s, status);
        assert_fails(rq, submit(rq, &s, accept, &move), ST_CONFLICT, "'accept'");
    }

    /* A draft after the counter: it is no longer waiting. */
    rule_step_make_countered(&s);
    s.step.last_action = ACTION_SUBMIT;
    assert_fails(rq, submit(rq, &s, accept, &move), ST_CONFLICT, "'accept'");
    s.step.last_action = ACTION_REVISE;
    assert_fails(rq, submit(rq, &s, accept, &move), ST_CONFLICT, "'accept'");
}

static void accept__brings_no_content(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make_countered(&s);

    assert_fails(
        rq,
        submit(rq, &s, (struct submit_args){.accept = SOME_BOOL(true), .content = "mine"}, &move),
        ST_INVALID, "exclude each other");
}

static void accept__by_the_author_of_the_counter_needs_no_separate_authors(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;
    const struct submit_args accept = {.accept = SOME_BOOL(true)};

    rule_step_make_countered(&s);
    rq->actor.agent = "agent-c";
    assert_ok(rq, submit(rq, &s, accept, &move));

    s.project.separate_authors = SOME_BOOL(true);
    assert_fails(rq, submit(rq, &s, accept, &move), ST_CONFLICT, "separate authors");
    rq->actor.agent = "agent-s";
    assert_ok(rq, submit(rq, &s, accept, &move));
}

static void submit__makes_older_assessments_stale(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;
    struct assessment a = {.score = SOME_NUM(0.9), .should_promote = SOME_BOOL(true)};

    rule_step_make(&s, STEP_SERVER_DRAFT);
    s.step.server_complexity = SOME_NUM(0.1);
    s.step.client_complexity = SOME_NUM(0.2);
    s.step.agreed_complexity = SOME_NUM(0.15);
    s.step.complexity_score = SOME_NUM(0.15);
    s.step.assessed_promote = SOME_BOOL(false);
    assert_ok(rq, submit(rq, &s, draft, &move));
    assert_false(move.next.server_complexity.set);
    assert_false(move.next.client_complexity.set);
    assert_false(move.next.agreed_complexity.set);
    assert_int_equal(move.next.complexity_basis, AGREE_ANALYSIS);
    assert_float_equal(move.next.complexity_score.v, move.analysis->score.v, 1e-9);
    assert_false(move.next.assessed_promote.set);

    assert_ok(rq, submit(rq, &s, (struct submit_args){.content = "new", .assessment = &a}, &move));
    assert_float_equal(move.next.server_complexity.v, 0.9, 1e-9);
    assert_false(move.next.client_complexity.set);
    assert_false(move.next.agreed_complexity.set);
    assert_float_equal(move.next.complexity_score.v, 0.9, 1e-9);
    assert_int_equal(move.next.complexity_basis, AGREE_SINGLE);
    assert_true(move.next.assessed_promote.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(submit__sends_a_draft_to_review_from_every_open_status),
        RULE_TEST(submit__keeps_an_unready_draft_with_the_server),
        RULE_TEST(submit__needs_content),
        RULE_TEST(submit__after_a_counter_keeps_the_round_and_the_clients_version),
        RULE_TEST(submit__is_a_conflict_while_disputed),
        RULE_TEST(submit__is_a_conflict_when_complete_or_cancelled),
        RULE_TEST(submit__is_for_steps),
        RULE_TEST(submit__on_final_content_needs_reopen),
        RULE_TEST(reopen__starts_over_and_goes_on_numbering),
        RULE_TEST(reopen__needs_final_content),
        RULE_TEST(accept__takes_the_clients_version_directly_after_a_counter),
        RULE_TEST(accept__is_a_conflict_anywhere_else),
        RULE_TEST(accept__brings_no_content),
        RULE_TEST(accept__by_the_author_of_the_counter_needs_no_separate_authors),
        RULE_TEST(submit__makes_older_assessments_stale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
