/* optimize_project: all steps that should be promoted, in one call of bounded size. */
#include "plan_helper.h"

#include "planner/service/promote.h"

/* A project that takes every step with content for a task; AUTH-1 to hang steps from. */
static void start(struct harness *h, double threshold)
{
    const struct project_args args = {.name = "AUTH",
                                      .slug = "AUTH",
                                      .description = "a plan",
                                      .complexity_threshold = SOME_NUM(threshold)};
    struct project_answer answer;

    assert_ok(&h->rq, project_create(&h->rq, &args, &answer));
    (void)plan_task(&h->rq, "AUTH");
}

static struct optimize_answer optimize(struct req *rq, bool dry_run)
{
    const struct optimize_args args = {.project = "AUTH", .dry_run = SOME_BOOL(dry_run)};
    struct optimize_answer answer;

    assert_ok(rq, project_optimize(rq, &args, &answer));
    return answer;
}

/* So many steps below AUTH-1, each with a list of so many items. */
static void define_lists(struct harness *h, size_t n, size_t items)
{
    struct req *rq = harness_req(h, "definer");
    struct buf content = BUF_IN(rq->arena);
    struct define_step *steps = ARENA_MANY(rq->arena, n, struct define_step);
    struct define_task task = {.title = "many", .steps = {true, n, steps}};
    const struct define_args args = {.parent = "AUTH-1", .tasks = {true, 1, &task}};
    struct define_answer answer;

    for (size_t i = 0; i < items; i++)
        buf_printf(&content, "- part %zu\n", i + 1);
    for (size_t i = 0; i < n; i++)
        steps[i] = (struct define_step){.title = "a step", .content = buf_str(&content)};
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static void a_dry_run__tells_and_changes_nothing(void **state)
{
    struct harness *h = *state;
    struct optimize_answer answer;
    const char *before = NULL;

    start(h, 0);
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b\n- c");
    before = plan_digest(h);

    answer = optimize(&h->rq, true);

    assert_false(answer.changed.v);
    assert_true(answer.dry_run.v);
    assert_int_equal(answer.n_promoted.v, 1);
    assert_int_equal(answer.n_steps.v, 3);
    assert_string_equal(LIST_AT(answer.promoted, 0, const struct optimized_row)->key, "AUTH-2");
    assert_string_equal(plan_digest(h), before);
}

static void what_should_be_promoted__is_and_then_nothing_is_left(void **state)
{
    struct harness *h = *state;
    struct optimize_answer answer;
    const char *before = NULL;

    start(h, 0.05);
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b\n- c"); /* 0.0632 */
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");      /* 0.0421 */
    (void)plan_step(&h->rq, "AUTH-1", "- d\n- e\n- f\n- g");

    answer = optimize(&h->rq, false);

    assert_true(answer.changed.v);
    assert_int_equal(answer.n_promoted.v, 2);
    assert_int_equal(answer.n_steps.v, 7);
    assert_false(answer.more.set);
    assert_string_equal(LIST_AT(answer.promoted, 0, const struct optimized_row)->key, "AUTH-4");
    assert_string_equal(plan_item(h, "AUTH-2", "kind"), "task");
    assert_string_equal(plan_item(h, "AUTH-3", "kind"), "step");
    assert_string_equal(
        harness_sql(h, "SELECT count(DISTINCT change) || ' ' || count(*) FROM planner.audit"
                       " WHERE action = 'promoted'"),
        "1 2");
    plan_assert_right(h);

    before = plan_digest(h);
    answer = optimize(&h->rq, false);
    assert_false(answer.changed.v);
    assert_int_equal(answer.n_promoted.v, 0);
    assert_string_equal(plan_digest(h), before);
}

static void what_can_not_be_promoted__is_named_with_the_reason(void **state)
{
    struct harness *h = *state;
    struct optimize_answer answer;
    const char *const why[] = {"AUTH-2 has no breakdown (promote_step AUTH-2 with one)",
                               "AUTH-3 is claimed by agent-b until ",
                               "AUTH-4 is disputed (resolve_dispute AUTH-4)"};

    start(h, 0);
    (void)plan_step(&h->rq, "AUTH-1", "no parts");
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
    (void)plan_disputed(&h->rq, "AUTH", "AUTH-1");
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-5", OUTCOME_DONE));
    harness_sql(h, "INSERT INTO planner.claims (project_id, item_id, agent, token, lease_seconds,"
                   " expires_at) SELECT project_id, id, 'agent-b', 1, 60, now() + interval"
                   " '1 minute' FROM planner.items WHERE number = 3");

    answer = optimize(&h->rq, false);

    assert_false(answer.changed.v);
    assert_int_equal(answer.skipped.n, 3);
    for (size_t i = 0; i < LENGTH_OF(why); i++) {
        bool told = false;
        for (size_t j = 0; j < answer.skipped.n; j++) {
            const struct skipped_row *s = LIST_AT(answer.skipped, j, const struct skipped_row);
            const char *line = arena_printf(h->rq.arena, "%s %s", s->key, s->why);
            told = told || strncmp(line, why[i], strlen(why[i])) == 0;
        }
        if (!told)
            fail_msg("not told: %s", why[i]);
    }
    assert_false(answer.skipped_more.set);
    plan_assert_right(h);
}

static void where_review_is_required__counters_stay_right(void **state)
{
    struct harness *h = *state;
    const struct project_args strict = {.project = "AUTH", .require_review = SOME_BOOL(true)};
    struct project_answer project;

    start(h, 0);
    for (int i = 2; i <= 4; i++) {
        (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
        assert_ok(&h->rq,
                  plan_review(&h->rq, arena_printf(h->rq.arena, "AUTH-%d", i), REVIEW_APPROVE));
    }
    assert_ok(&h->rq, project_update(&h->rq, &strict, &project));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-2 AUTH-3 AUTH-4");

    assert_int_equal(optimize(&h->rq, false).n_promoted.v, 3);

    assert_string_equal(plan_ready(&h->rq, "AUTH"), "");
    plan_assert_right(h);
}

static void a_thousand_steps__are_one_call_and_one_more_another(void **state)
{
    struct harness *h = *state;
    struct optimize_answer answer;

    start(h, 0);
    define_lists(h, OPTIMIZE_STEPS_MAX + 1, 2);

    answer = optimize(&h->rq, false);
    assert_int_equal(answer.n_promoted.v, OPTIMIZE_STEPS_MAX);
    assert_int_equal(answer.promoted.n, OPTIMIZE_TOLD);
    assert_true(answer.more.v);
    answer = optimize(&h->rq, false);
    assert_int_equal(answer.n_promoted.v, 1);
    assert_false(answer.more.set);
    assert_false(optimize(&h->rq, false).changed.v);
    plan_assert_right(h);
}

static void ten_thousand_new_steps__are_one_call_and_one_more_another(void **state)
{
    struct harness *h = *state;
    struct optimize_answer answer;

    start(h, 0);
    define_lists(h, OPTIMIZE_PARTS_MAX / 50, 50);
    answer = optimize(&h->rq, true);
    assert_int_equal(answer.n_steps.v, OPTIMIZE_PARTS_MAX);
    assert_false(answer.more.set);

    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
    answer = optimize(&h->rq, false);
    assert_int_equal(answer.n_steps.v, OPTIMIZE_PARTS_MAX);
    assert_true(answer.more.v);
    assert_int_equal(optimize(&h->rq, false).n_steps.v, 2);
    plan_assert_right(h);
}

static void skipped_ones__are_told_up_to_fifty(void **state)
{
    struct harness *h = *state;
    struct optimize_answer answer;

    start(h, 0);
    define_lists(h, OPTIMIZE_TOLD, 1);
    answer = optimize(&h->rq, true);
    assert_int_equal(answer.skipped.n, OPTIMIZE_TOLD);
    assert_false(answer.skipped_more.set);

    define_lists(h, 1, 1);
    answer = optimize(&h->rq, true);
    assert_int_equal(answer.skipped.n, OPTIMIZE_TOLD);
    assert_true(answer.skipped_more.v);
}

static void steps_below_something_deleted__are_left_alone(void **state)
{
    struct harness *h = *state;
    const struct project_args lower = {.project = "AUTH", .complexity_threshold = SOME_NUM(0.001)};
    struct project_answer project;

    start(h, 0);
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
    (void)plan_task(&h->rq, "AUTH");
    (void)plan_step(&h->rq, "AUTH-3", "- a\n- b");
    harness_sql(h, "SET planner.writer = 'mcp-planner';"
                   "UPDATE planner.items SET deleted_at = now() WHERE number = 1");

    assert_ok(&h->rq, project_update(&h->rq, &lower, &project));
    assert_int_equal(project.to_promote.v, 1);
    assert_int_equal(optimize(&h->rq, true).n_promoted.v, 1);
}

static void the_project_of_the_directory__is_the_default(void **state)
{
    struct harness *h = *state;
    const struct optimize_args args = {.dry_run = SOME_BOOL(true)};
    const struct project_args bind = {.project = "AUTH", .workspace = "/somewhere"};
    struct project_answer project;
    struct optimize_answer answer;

    start(h, 0);
    h->rq.directory = "/somewhere/below";
    assert_fails(&h->rq, project_optimize(&h->rq, &args, &answer), ST_NOT_FOUND,
                 "'project' is missing and no project is bound to this directory");
    assert_ok(&h->rq, project_update(&h->rq, &bind, &project));

    assert_ok(&h->rq, project_optimize(&h->rq, &args, &answer));
    assert_string_equal(answer.project, "AUTH");
}

static void an_archived_project__is_refused(void **state)
{
    struct harness *h = *state;
    const struct project_args archive = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    const struct optimize_args args = {.project = "AUTH"};
    struct project_answer project;
    struct optimize_answer answer;

    start(h, 0);
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
    assert_ok(&h->rq, project_update(&h->rq, &archive, &project));

    assert_fails(&h->rq, project_optimize(&h->rq, &args, &answer), ST_CONFLICT,
                 "AUTH is archived and takes no change");
}

static void a_request__is_answered_once(void **state)
{
    struct harness *h = *state;
    const struct optimize_args args = {.write = {.request_id = "r1", .fingerprint = "f"},
                                       .project = "AUTH"};
    const struct optimize_args other = {.write = {.request_id = "r1", .fingerprint = "g"},
                                        .project = "AUTH",
                                        .dry_run = SOME_BOOL(true)};
    const struct optimize_args dry = {.write = {.request_id = "r2", .fingerprint = "g"},
                                      .project = "AUTH",
                                      .dry_run = SOME_BOOL(true)};
    struct optimize_answer answer;

    start(h, 0);
    (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
    assert_ok(&h->rq, project_optimize(&h->rq, &args, &answer));
    assert_ok(&h->rq, project_optimize(&h->rq, &args, &answer));
    assert_true(answer.replayed.v && answer.changed.v);
    assert_int_equal(answer.n_promoted.v, 1);
    assert_true(answer.change.set);

    assert_fails(&h->rq, project_optimize(&h->rq, &other, &answer), ST_CONFLICT,
                 "'request_id': r1 was already used with other arguments");
    assert_ok(&h->rq, project_optimize(&h->rq, &dry, &answer));
    assert_ok(&h->rq, project_optimize(&h->rq, &dry, &answer));
    assert_true(answer.replayed.v && answer.dry_run.v && !answer.changed.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(a_dry_run__tells_and_changes_nothing),
        HARNESS_TEST(what_should_be_promoted__is_and_then_nothing_is_left),
        HARNESS_TEST(what_can_not_be_promoted__is_named_with_the_reason),
        HARNESS_TEST(where_review_is_required__counters_stay_right),
        HARNESS_TEST(a_thousand_steps__are_one_call_and_one_more_another),
        HARNESS_TEST(ten_thousand_new_steps__are_one_call_and_one_more_another),
        HARNESS_TEST(skipped_ones__are_told_up_to_fifty),
        HARNESS_TEST(steps_below_something_deleted__are_left_alone),
        HARNESS_TEST(the_project_of_the_directory__is_the_default),
        HARNESS_TEST(an_archived_project__is_refused),
        HARNESS_TEST(a_request__is_answered_once),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
