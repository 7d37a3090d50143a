/* Two assessments, one score: every branch and every border of SPEC 2, Complexity. */
#include "service_helper.h"

#include "planner/service/complexity.h"

#define NEAR 1e-9

static struct assessment says(double score, bool promote)
{
    return (struct assessment){.score = SOME_NUM(score), .should_promote = SOME_BOOL(promote)};
}

static struct assessment surely(double score, double confidence, bool promote)
{
    struct assessment a = says(score, promote);

    a.confidence = SOME_NUM(confidence);
    return a;
}

static void assert_combined(struct assessment server, struct assessment client,
                            enum agreement agreement, double score, bool promote)
{
    const struct complexity c = complexity_combine(&server, &client);

    assert_int_equal(c.agreement, agreement);
    assert_float_equal(c.score, score, NEAR);
    assert_int_equal(c.should_promote, promote);
}

static void nobody__is_no_agreement(void **state)
{
    (void)state;
    assert_int_equal(complexity_combine(NULL, NULL).agreement, AGREE_NONE);
}

static void one__counts_alone(void **state)
{
    const struct assessment a = surely(0.9, 0, true);
    struct complexity c = complexity_combine(&a, NULL);

    (void)state;
    assert_int_equal(c.agreement, AGREE_SINGLE);
    assert_float_equal(c.score, 0.9, NEAR);
    assert_true(c.should_promote);

    c = complexity_combine(NULL, &a);
    assert_int_equal(c.agreement, AGREE_SINGLE);
    assert_float_equal(c.score, 0.9, NEAR);
    assert_true(c.should_promote);
}

static void same_level_and_same_promotion__is_consensus(void **state)
{
    (void)state;
    assert_combined(says(0, false), says(0.29, false), AGREE_CONSENSUS, 0.145, false);
    assert_combined(says(0.31, true), says(0.69, true), AGREE_CONSENSUS, 0.5, true);
    assert_combined(says(0.71, true), says(1, true), AGREE_CONSENSUS, 0.855, true);
    /* 0.3 and 0.7 are medium, both */
    assert_combined(says(0.3, false), says(0.7, false), AGREE_CONSENSUS, 0.5, false);
}

static void borders_of_the_levels__are_medium(void **state)
{
    (void)state;
    /* Another level each time, and more than 0.2 apart: weighted, not consensus. */
    assert_combined(surely(0.29, 0, false), surely(0.7, 0, false), AGREE_WEIGHTED, 0.495, false);
    assert_combined(surely(0.3, 0, false), surely(0.71, 0, false), AGREE_WEIGHTED, 0.505, false);
    /* Neighbouring levels, near each other: close. */
    assert_combined(says(0.29, false), says(0.3, false), AGREE_CLOSE, 0.295, false);
    assert_combined(says(0.7, false), says(0.71, false), AGREE_CLOSE, 0.705, false);
}

static void near_scores__are_close_and_promote_only_together(void **state)
{
    (void)state;
    assert_combined(says(0.5, true), says(0.6, false), AGREE_CLOSE, 0.55, false);
    assert_combined(says(0.65, true), says(0.75, true), AGREE_CLOSE, 0.7, true);
    assert_combined(says(0.9, false), says(0.85, true), AGREE_CLOSE, 0.875, false);
}

static void exactly_two_tenths__is_still_close(void **state)
{
    (void)state;
    assert_combined(says(0.7, false), says(0.9, false), AGREE_CLOSE, 0.8, false);
    assert_combined(says(0.1, false), says(0.3, false), AGREE_CLOSE, 0.2, false);
    assert_combined(says(0.4, true), says(0.6, false), AGREE_CLOSE, 0.5, false);
    assert_combined(surely(0.7, 0, false), surely(0.9001, 0, false), AGREE_WEIGHTED, 0.80005,
                    false);
    /* Two levels apart is never within 0.2, whatever the borders. */
    assert_combined(surely(0.2, 0, false), surely(0.8, 0, false), AGREE_WEIGHTED, 0.5, false);
}

static void far_scores__are_weighted_by_confidence_the_client_a_tenth_more(void **state)
{
    (void)state;
    assert_combined(surely(0.2, 1, false), surely(0.8, 1, false), AGREE_WEIGHTED,
                    (0.2 + 0.8 * 1.1) / 2.1, false);
    assert_combined(surely(0.2, 0.9, false), surely(0.8, 0.1, false), AGREE_WEIGHTED,
                    (0.2 * 0.9 + 0.8 * 0.11) / 1.01, false);
    assert_combined(surely(0.2, 0, false), surely(0.8, 0.4, false), AGREE_WEIGHTED, 0.8, false);
    assert_combined(surely(0.2, 0.4, false), surely(0.8, 0, false), AGREE_WEIGHTED, 0.2, false);
}

static void unsaid_confidence__is_a_half(void **state)
{
    (void)state;
    assert_combined(says(0.2, false), says(0.8, false), AGREE_WEIGHTED,
                    (0.2 * 0.5 + 0.8 * 0.55) / 1.05, false);
    assert_combined(says(0.2, false), surely(0.8, 1, false), AGREE_WEIGHTED,
                    (0.2 * 0.5 + 0.8 * 1.1) / 1.6, false);
}

static void no_confidence_at_all__is_the_mean(void **state)
{
    (void)state;
    assert_combined(surely(0.1, 0, false), surely(0.9, 0, true), AGREE_WEIGHTED, 0.5, false);
}

static void weighted__promotes_when_both_say_so(void **state)
{
    (void)state;
    assert_combined(surely(0.1, 0, true), surely(0.9, 0, true), AGREE_WEIGHTED, 0.5, true);
}

static void weighted__promotes_when_high_and_one_is_sure(void **state)
{
    const double high = (0.5 * 0.1 + 0.95 * 1.1) / 1.2;

    (void)state;
    assert_true(high > 0.8);
    assert_combined(surely(0.5, 0.1, false), surely(0.95, 1, false), AGREE_WEIGHTED, high, true);
    assert_combined(surely(1, 0.9, false), surely(0.5, 0.1, true), AGREE_WEIGHTED,
                    (0.9 + 0.5 * 0.11) / 1.01, true);
    /* High, but nobody is surer than 0.8. */
    assert_combined(surely(0.5, 0, false), surely(0.95, 0.8, true), AGREE_WEIGHTED, 0.95, false);
    assert_combined(surely(0.5, 0, false), surely(0.95, 0.81, true), AGREE_WEIGHTED, 0.95, true);
    /* Sure, but not above 0.8. */
    assert_combined(surely(0.5, 0, false), surely(0.8, 1, true), AGREE_WEIGHTED, 0.8, false);
}

static void a_mean__meets_the_threshold_that_it_is(void **state)
{
    const struct assessment server = says(0.6, false);
    const struct assessment client = says(0.8, false);
    struct step_state step = {0};

    (void)state;
    complexity_score_step(&server, &client, NULL, &step);
    assert_int_equal(complexity_promote_reason(&step, 0.7), 1);
    assert_true(complexity_promote_score(&step).v >= 0.7);
    assert_int_equal(complexity_promote_reason(&step, 0.71), 0);
    assert_false(complexity_promote_score(&step).v >= 0.71);
}

static void nobody__leaves_it_to_the_content(void **state)
{
    const struct content_analysis text = {.score = SOME_NUM(0.4)};
    struct step_state step = {.server_complexity = SOME_NUM(1),
                              .assessed_promote = SOME_BOOL(true)};

    (void)state;
    complexity_score_step(NULL, NULL, &text, &step);
    assert_int_equal(step.complexity_basis, AGREE_ANALYSIS);
    assert_float_equal(step.complexity_score.v, 0.4, NEAR);
    assert_false(step.server_complexity.set || step.assessed_promote.set);
    assert_float_equal(complexity_promote_score(&step).v, 0.4, NEAR);

    complexity_score_step(NULL, NULL, NULL, &step);
    assert_false(step.complexity_score.set);
    assert_int_equal(step.complexity_basis, AGREE_NONE);
    assert_false(complexity_promote_score(&step).set);
    assert_int_equal(complexity_promote_reason(&step, 0), 0);
}

static void an_assessment__wins_over_the_content(void **state)
{
    const struct content_analysis text = {.score = SOME_NUM(0.9)};
    const struct assessment low = says(0.1, true);
    struct step_state step = {0};

    (void)state;
    complexity_score_step(NULL, &low, &text, &step);
    assert_int_equal(step.complexity_basis, AGREE_SINGLE);
    assert_float_equal(step.complexity_score.v, 0.1, NEAR);
    assert_int_equal(complexity_promote_reason(&step, 0.7), 2); /* said so, below the threshold */
    assert_float_equal(complexity_promote_score(&step).v, 1, NEAR);
    assert_int_equal(complexity_promote_reason(&step, 0.1), 1);
}

static void levels__begin_at_three_and_end_above_seven_tenths(void **state)
{
    (void)state;
    assert_string_equal(complexity_level(0), "low");
    assert_string_equal(complexity_level(0.2999), "low");
    assert_string_equal(complexity_level(0.3), "medium");
    assert_string_equal(complexity_level(0.7), "medium");
    assert_string_equal(complexity_level(0.7001), "high");
}

static void titles_of_a_breakdown__are_those_of_items(void **state)
{
    struct req *rq = *state;
    char long_title[2 * 201 + 1] = "";
    const char *titles[] = {"a", long_title};
    const struct list list = {.set = true, .n = 2, .items = titles};

    for (int i = 0; i < 200; i++)
        memcpy(long_title + strlen(long_title), "\xC3\xA9", 3);
    assert_ok(rq, complexity_check_breakdown(rq, "breakdown", &list));
    memcpy(long_title + strlen(long_title), "x", 2);
    assert_fails(rq, complexity_check_breakdown(rq, "breakdown", &list), ST_INVALID,
                 "'breakdown[1]' must be 1 to 200 characters, got 201");
    titles[1] = "";
    assert_fails(rq, complexity_check_breakdown(rq, "breakdown", &list), ST_INVALID,
                 "'breakdown[1]' must be 1 to 200 characters, got 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody__is_no_agreement),
        cmocka_unit_test(one__counts_alone),
        cmocka_unit_test(same_level_and_same_promotion__is_consensus),
        cmocka_unit_test(borders_of_the_levels__are_medium),
        cmocka_unit_test(near_scores__are_close_and_promote_only_together),
        cmocka_unit_test(exactly_two_tenths__is_still_close),
        cmocka_unit_test(far_scores__are_weighted_by_confidence_the_client_a_tenth_more),
        cmocka_unit_test(unsaid_confidence__is_a_half),
        cmocka_unit_test(no_confidence_at_all__is_the_mean),
        cmocka_unit_test(weighted__promotes_when_both_say_so),
        cmocka_unit_test(weighted__promotes_when_high_and_one_is_sure),
        cmocka_unit_test(a_mean__meets_the_threshold_that_it_is),
        cmocka_unit_test(nobody__leaves_it_to_the_content),
        cmocka_unit_test(an_assessment__wins_over_the_content),
        cmocka_unit_test(levels__begin_at_three_and_end_above_seven_tenths),
        RULE_TEST(titles_of_a_breakdown__are_those_of_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
