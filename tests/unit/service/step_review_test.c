/* review_step by the table of SPEC 2: every status, decision, limit and author. */
#include "service_helper.h"

#include "planner/service/complexity.h"
#include "planner/service/step.h"

static const struct review_args approve = {.decision = REVIEW_APPROVE};
static const struct review_args revise = {.decision = REVIEW_REVISE, .feedback = "shorter"};
static const struct review_args counter = {.decision = REVIEW_COUNTER, .content = "mine"};

static enum status review(struct req *rq, const struct rule_step *s, struct review_args args,
                          struct step_move *ret_move)
{
    return step_rule_review(rq, &s->item, &args, ret_move);
}

static void approve__makes_the_servers_content_final(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    assert_ok(rq, review(rq, &s, approve, &move));

    assert_int_equal(move.next.status, STEP_AGREED);
    assert_int_equal(move.action, ACTION_APPROVE);
    assert_string_equal(move.role, "client");
    assert_string_equal(move.audit, "agreed");
    assert_int_equal(move.next.final_number.v, 1);
    assert_int_equal(move.next.last_number.v, 2);
    assert_true(move.next.client_approved.v);
    assert_int_equal(move.next.iteration_count.v, 0);
    assert_false(move.disputed);
}

static void approve__with_content_makes_that_final(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    assert_ok(rq,
              review(rq, &s, (struct review_args){.decision = REVIEW_APPROVE, .content = "better"},
                     &move));

    assert_int_equal(move.next.status, STEP_AGREED);
    assert_int_equal(move.next.final_number.v, 2);
    assert_int_equal(move.next.client_number.v, 2);
    assert_int_equal(move.next.server_number.v, 1);
    assert_string_equal(move.content, "better");
}

static void revise__sends_back_and_counts_a_round(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    assert_ok(rq, review(rq, &s, revise, &move));

    assert_int_equal(move.next.status, STEP_SERVER_DRAFT);
    assert_int_equal(move.action, ACTION_REVISE);
    assert_string_equal(move.audit, "reviewed");
    assert_int_equal(move.next.iteration_count.v, 1);
    assert_int_equal(move.next.last_number.v, 2);
    assert_false(move.next.server_ready.v);
    assert_false(move.next.client_number.set);
    assert_false(move.next.max_iterations_reached.v);
    assert_false(move.disputed);
}

static void counter__sends_back_with_the_clients_version(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    assert_ok(rq, review(rq, &s, counter, &move));

    assert_int_equal(move.next.status, STEP_SERVER_DRAFT);
    assert_int_equal(move.action, ACTION_COUNTER);
    assert_int_equal(move.next.client_number.v, 2);
    assert_int_equal(move.next.server_number.v, 1);
    assert_string_equal(move.content, "mine");
    assert_int_equal(move.next.iteration_count.v, 1);
    assert_false(move.next.server_ready.v);
}

static void every_decision__is_refused_outside_client_review(void **state)
{
    static const enum status wanted[] = {
        [STEP_PENDING] = ST_NOT_READY, [STEP_SERVER_DRAFT] = ST_NOT_READY,
        [STEP_CLIENT_REVIEW] = ST_OK,  [STEP_AGREED] = ST_CONFLICT,
        [STEP_DISPUTED] = ST_CONFLICT, [STEP_USER_RESOLUTION] = ST_CONFLICT,
    };
    static const char *const parts[] = {
        [STEP_PENDING] = "submit_step AUTH-3",
        [STEP_SERVER_DRAFT] = "server role",
        [STEP_CLIENT_REVIEW] = NULL,
        [STEP_AGREED] = "(agreed)",
        [STEP_DISPUTED] = "resolve_dispute AUTH",
        [STEP_USER_RESOLUTION] = "(user_resolution)",
    };
    const struct review_args each[] = {approve, revise, counter};
    struct req *rq = *state;

    for (int status = STEP_PENDING; status <= STEP_USER_RESOLUTION; status++) {
        for (size_t i = 0; i < LENGTH_OF(each); i++) {
            struct rule_step s;
            struct step_move move;
            rule_step_make(&s, status);
            assert_fails(rq, review(rq, &s, each[i], &move), wanted[status], parts[status]);
        }
    }
}

static void every_decision__is_refused_on_a_closed_step(void **state)
{
    static const enum item_status closed[] = {ITEM_COMPLETE, ITEM_CANCELLED};
    const struct review_args each[] = {approve, revise, counter};
    struct req *rq = *state;

    for (size_t c = 0; c < LENGTH_OF(closed); c++) {
        for (size_t i = 0; i < LENGTH_OF(each); i++) {
            struct rule_step s;
            struct step_move move;
            rule_step_make(&s, STEP_CLIENT_REVIEW);
            s.item.status = (int)closed[c];
            assert_fails(rq, review(rq, &s, each[i], &move), ST_CONFLICT, "reopen it first");
        }
    }
}

static void arguments__have_to_fit_the_decision(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);

    assert_fails(rq, review(rq, &s, (struct review_args){.decision = REVIEW_REVISE}, &move),
                 ST_INVALID, "'feedback'");
    assert_fails(
        rq,
        review(rq, &s,
               (struct review_args){.decision = REVIEW_REVISE, .feedback = "x", .content = "y"},
               &move),
        ST_INVALID, "'content'");
    assert_fails(rq, review(rq, &s, (struct review_args){.decision = REVIEW_COUNTER}, &move),
                 ST_INVALID, "'content'");
}

static void draft__guards_against_one_that_was_replaced(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;
    struct review_args args = approve;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    s.step.last_number = SOME_INT(5);
    s.step.server_number = SOME_INT(5);

    args.draft = SOME_INT(4);
    assert_fails(rq, review(rq, &s, args, &move), ST_CONFLICT, "replaced by draft 5 (agent-s, ");
    args.draft = SOME_INT(6);
    assert_fails(rq, review(rq, &s, args, &move), ST_CONFLICT, "no draft 6; the current one is 5");
    args.draft = SOME_INT(5);
    assert_ok(rq, review(rq, &s, args, &move));
}

/* Rounds: 1 of 1, 3 of 3, and a limit that was lowered below what is counted already. */
static void last_round__opens_a_dispute(void **state)
{
    static const int limit_and_count[][2] = {{1, 0}, {3, 2}, {1, 2}, {2, 5}, {100, 99}};
    const struct review_args each[] = {revise, counter};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(limit_and_count) * 2; i++) {
        struct rule_step s;
        struct step_move move;
        rule_step_make(&s, STEP_CLIENT_REVIEW);
        s.project.max_iterations = SOME_INT(limit_and_count[i / 2][0]);
        s.step.iteration_count = SOME_INT(limit_and_count[i / 2][1]);
        assert_ok(rq, review(rq, &s, each[i % 2], &move));
        assert_int_equal(move.next.status, STEP_DISPUTED);
        assert_true(move.disputed);
        assert_true(move.next.max_iterations_reached.v);
        assert_int_equal(move.next.iteration_count.v, limit_and_count[i / 2][1] + 1);
        assert_int_equal(move.next.client_number.set, i % 2 == 1);
        assert_string_equal(move.audit, "reviewed");
    }
}

static void last_round__but_one_goes_on(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    s.step.iteration_count = SOME_INT(1);
    assert_ok(rq, review(rq, &s, revise, &move));

    assert_int_equal(move.next.status, STEP_SERVER_DRAFT);
    assert_false(move.disputed);
    assert_int_equal(move.next.iteration_count.v, 2);
}

/* A lower limit acts at the next review, and approval is no round. */
static void lowered_limit__lets_an_approval_through(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    s.project.max_iterations = SOME_INT(1);
    s.step.iteration_count = SOME_INT(2);
    assert_ok(rq, review(rq, &s, approve, &move));

    assert_int_equal(move.next.status, STEP_AGREED);
    assert_int_equal(move.next.iteration_count.v, 2);
    assert_false(move.next.max_iterations_reached.v);
}

/* Who approves, with or without content of its own: the author of what becomes final may not. */
static void separate_authors__compares_with_the_author_of_what_becomes_final(void **state)
{
    static const struct {
        const char *agent, *content;
        enum status want;
    } each[] = {
        {"agent-c", NULL, ST_OK},       /* another approves the server's draft */
        {"agent-s", NULL, ST_CONFLICT}, /* its own draft */
        {"agent-c", "x", ST_CONFLICT},  /* its own content, given with the approval */
        {"agent-s", "x", ST_CONFLICT},
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(each); i++) {
        struct rule_step s;
        struct step_move move;
        const struct review_args args = {.decision = REVIEW_APPROVE, .content = each[i].content};
        rule_step_make(&s, STEP_CLIENT_REVIEW);
        rq->actor.agent = each[i].agent;
        assert_ok(rq, review(rq, &s, args, &move));
        s.project.separate_authors = SOME_BOOL(true);
        assert_fails(rq, review(rq, &s, args, &move), each[i].want,
                     each[i].want == ST_OK ? NULL : "separate authors");
        assert_ok(rq, review(rq, &s, revise, &move));
        assert_ok(rq, review(rq, &s, counter, &move));
    }
}

static void assessments__of_both_roles_are_combined(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;
    struct assessment server = {.score = SOME_NUM(0.5)};
    struct assessment client = {.score = SOME_NUM(0.6)};
    struct review_args args = approve;

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    s.step.server_assessment = &server;
    assert_ok(rq, review(rq, &s, args, &move));
    assert_float_equal(move.next.complexity_score.v, 0.5, 1e-9);
    assert_false(move.next.agreed_complexity.set);

    args.assessment = &client;
    assert_ok(rq, review(rq, &s, args, &move));
    assert_float_equal(move.next.complexity_score.v, 0.55, 1e-9);
    assert_float_equal(move.next.agreed_complexity.v, 0.55, 1e-9);
    assert_float_equal(move.next.server_complexity.v, 0.5, 1e-9);
    assert_float_equal(move.next.client_complexity.v, 0.6, 1e-9);
}

static void a_version_of_the_clients_own__is_scored_when_it_is_final(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;
    struct assessment server = {.score = SOME_NUM(0.5)};
    struct content_analysis text = {.score = SOME_NUM(0.4)};

    rule_step_make(&s, STEP_CLIENT_REVIEW);
    s.step.server_assessment = &server;
    s.step.analysis = &text;
    assert_ok(rq, review(rq, &s, counter, &move));
    assert_non_null(move.analysis);
    assert_int_equal(move.next.complexity_basis, AGREE_ANALYSIS);
    assert_float_equal(move.next.complexity_score.v, 0.4, 1e-9); /* still the server's */

    assert_ok(
        rq,
        review(rq, &s, (struct review_args){.decision = REVIEW_APPROVE, .content = "mine"}, &move));
    assert_float_equal(move.next.complexity_score.v, 0.0003, 1e-9);
}

static void an_assessment__has_titles_that_items_may_have(void **state)
{
    struct req *rq = *state;
    struct rule_step s;
    struct step_move move;
    const char *titles[] = {""};
    struct assessment a = {.score = SOME_NUM(1), .breakdown = {true, 1, titles}};
    struct review_args args = approve;

    args.assessment = &a;
    rule_step_make(&s, STEP_CLIENT_REVIEW);
    assert_fails(rq, review(rq, &s, args, &move), ST_INVALID, "'assessment.breakdown[0]'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(approve__makes_the_servers_content_final),
        RULE_TEST(approve__with_content_makes_that_final),
        RULE_TEST(revise__sends_back_and_counts_a_round),
        RULE_TEST(counter__sends_back_with_the_clients_version),
        RULE_TEST(every_decision__is_refused_outside_client_review),
        RULE_TEST(every_decision__is_refused_on_a_closed_step),
        RULE_TEST(arguments__have_to_fit_the_decision),
        RULE_TEST(draft__guards_against_one_that_was_replaced),
        RULE_TEST(last_round__opens_a_dispute),
        RULE_TEST(last_round__but_one_goes_on),
        RULE_TEST(lowered_limit__lets_an_approval_through),
        RULE_TEST(separate_authors__compares_with_the_author_of_what_becomes_final),
        RULE_TEST(assessments__of_both_roles_are_combined),
        RULE_TEST(a_version_of_the_clients_own__is_scored_when_it_is_final),
        RULE_TEST(an_assessment__has_titles_that_items_may_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
