/* promote_step: a step becomes a task in its place, and nothing else about it changes. */
#include "plan_helper.h"

#include "planner/service/assess.h"
#include "planner/service/promote.h"
#include "planner/service/undo.h"

static const char *const two_titles[] = {"one", "two"};
static const struct list two = {.set = true, .n = 2, .items = (void *)two_titles};

static enum status promote(struct req *rq, const char *step, const struct list *breakdown,
                           struct promote_answer *ret_answer)
{
    const struct promote_args args = {
        .step = step, .breakdown = breakdown == NULL ? (struct list){0} : *breakdown};

    return step_promote(rq, &args, ret_answer);
}

static const struct promoted_part *part(const struct promote_answer *answer, size_t i)
{
    assert_true(i < answer->steps.n);
    return LIST_AT(answer->steps, i, const struct promoted_part);
}

/* AUTH-2 between AUTH-3 (before it) and AUTH-4, which waits for it; it waits for AUTH-3 itself. */
static void start_between(struct harness *h)
{
    const struct create_args before = {.task = "AUTH-1", .title = "before", .before = "AUTH-2"};
    struct item_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_create_step(&h->rq, &before, &answer));
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    harness_sql(h, "SET planner.writer = 'mcp-planner';"
                   "INSERT INTO planner.deps SELECT a.project_id, a.id, b.id FROM planner.items a,"
                   " planner.items b WHERE (a.number, b.number) IN ((2, 3), (4, 2));"
                   "UPDATE planner.items SET n_blockers = 1, priority = 7, assignee = 'agent-a'"
                   " WHERE number IN (2, 4);"
                   "UPDATE planner.roll r SET n_avail = 1 FROM planner.items i"
                   " WHERE i.id = r.id AND i.number = 1");
    plan_assert_right(h);
}

static void a_promoted_step__keeps_what_it_is_known_by(void **state)
{
    struct harness *h = *state;
    struct promote_answer answer;
    const char *columns = NULL;

    start_between(h);
    columns = harness_sql(h, "SELECT concat_ws(' ', id, number, parent_id, sort_key, priority,"
                             " assignee, title, depth, status, n_blockers) FROM planner.items"
                             " WHERE number = 2");

    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));

    assert_string_equal(
        harness_sql(h, "SELECT concat_ws(' ', id, number, parent_id, sort_key, priority,"
                       " assignee, title, depth, status, n_blockers) FROM planner.items"
                       " WHERE number = 2"),
        columns);
    assert_int_equal(answer.kind, KIND_TASK);
    assert_string_equal(plan_item(h, "AUTH-2", "kind"), "task");
    assert_string_equal(plan_item(h, "AUTH-2", "objective"), "a draft");
    assert_int_equal(answer.version.v, 2);
    plan_assert_right(h);
}

static void a_promoted_step__has_its_breakdown_as_steps(void **state)
{
    struct harness *h = *state;
    struct promote_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, promote(&h->rq, "auth-2", &two, &answer));

    assert_true(answer.changed.v);
    assert_int_equal(answer.parts_from, PARTS_GIVEN);
    assert_int_equal(answer.steps.n, 2);
    assert_string_equal(part(&answer, 0)->key, "AUTH-3");
    assert_string_equal(part(&answer, 0)->title, "one");
    assert_string_equal(part(&answer, 1)->title, "two");
    assert_string_equal(plan_item(h, "AUTH-4", "kind"), "step");
    assert_string_equal(plan_item(h, "AUTH-4", "depth"), "3");
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-3 AUTH-4");
    plan_assert_right(h);
}

static void what_waited_for_it__waits_for_its_steps(void **state)
{
    struct harness *h = *state;
    struct promote_answer answer;

    start_between(h);
    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-3");

    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-3", OUTCOME_DONE));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-5 AUTH-6");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-5", OUTCOME_DONE));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-6", OUTCOME_DONE));

    assert_string_equal(plan_item(h, "AUTH-2", "status"), "complete");
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-4");
    plan_assert_right(h);
}

static void the_breakdown__is_given_else_the_clients_the_servers_the_texts(void **state)
{
    struct harness *h = *state;
    const char *servers[] = {"s"};
    const char *clients[] = {"c"};
    struct assessment server = {.score = SOME_NUM(0.5), .breakdown = {true, 1, servers}};
    struct assessment client = {.score = SOME_NUM(0.5), .breakdown = {true, 1, clients}};
    const struct assess_args by_server = {
        .step = "AUTH-4", .role = ASSESS_SERVER, .assessment = &server};
    const struct assess_args also_by_server = {
        .step = "AUTH-5", .role = ASSESS_SERVER, .assessment = &server};
    const struct assess_args by_client = {
        .step = "AUTH-5", .role = ASSESS_CLIENT, .assessment = &client};
    struct assess_answer assessed;
    struct promote_answer answer;

    plan_usual(&h->rq);
    for (int i = 3; i <= 6; i++)
        (void)plan_step(&h->rq, "AUTH-1", "- a\n- b");
    assert_ok(&h->rq, step_assess(&h->rq, &by_server, &assessed));
    assert_ok(&h->rq, step_assess(&h->rq, &also_by_server, &assessed));
    assert_ok(&h->rq, step_assess(&h->rq, &by_client, &assessed));

    assert_ok(&h->rq, promote(&h->rq, "AUTH-3", NULL, &answer));
    assert_int_equal(answer.parts_from, PARTS_ANALYSIS);
    assert_string_equal(part(&answer, 1)->title, "b");
    assert_ok(&h->rq, promote(&h->rq, "AUTH-4", NULL, &answer));
    assert_int_equal(answer.parts_from, PARTS_SERVER);
    assert_string_equal(part(&answer, 0)->title, "s");
    assert_ok(&h->rq, promote(&h->rq, "AUTH-5", NULL, &answer));
    assert_int_equal(answer.parts_from, PARTS_CLIENT);
    assert_string_equal(part(&answer, 0)->title, "c");
    assert_ok(&h->rq, promote(&h->rq, "AUTH-6", &two, &answer));
    assert_int_equal(answer.parts_from, PARTS_GIVEN);

    assert_fails(&h->rq, promote(&h->rq, "AUTH-2", NULL, &answer), ST_NOT_READY,
                 "'breakdown' is missing");
    plan_assert_right(h);
}

static void the_objective__is_the_final_content_where_there_is_one(void **state)
{
    struct harness *h = *state;
    const struct review_args own = {
        .step = "AUTH-2", .decision = REVIEW_APPROVE, .content = "agreed text"};
    struct item_answer reviewed;
    struct promote_answer answer;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_ok(&h->rq, step_review(&h->rq, &own, &reviewed));

    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));
    assert_ok(&h->rq, promote(&h->rq, "AUTH-3", &two, &answer)); /* without content, too */

    assert_string_equal(plan_item(h, "AUTH-2", "objective"), "agreed text");
    assert_string_equal(plan_item(h, "AUTH-3", "objective"), "null");
    plan_assert_right(h);
}

static void what_is_kept_of_the_step__is_in_the_audit_whole(void **state)
{
    struct harness *h = *state;
    struct promote_answer answer;
    const char *row = NULL;

    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_review(&h->rq, "AUTH-2", REVIEW_COUNTER));
    row = harness_sql(h, "SELECT s::text FROM planner.steps s");

    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));

    assert_string_equal(harness_sql(h, "SELECT jsonb_populate_record(NULL::planner.steps,"
                                       " a.old_values || jsonb_build_object("
                                       "'project_id', a.project_id, 'id', a.entity_id))::text"
                                       " FROM planner.audit a WHERE a.action = 'promoted'"),
                        row);
    assert_string_equal(
        harness_sql(h,
                    "SELECT string_agg(concat_ws(' ', entity_type, action, old_values ->>"
                    " 'kind', new_values - 'parent_id' - 'sort_key'), '; ' ORDER BY id)"
                    " FROM planner.audit WHERE change = (SELECT max(change) FROM planner.audit)"),
        "task promoted step {\"kind\": \"task\", \"objective_number\": 1}; "
        "step created {\"kind\": \"step\", \"title\": \"one\"}; "
        "step created {\"kind\": \"step\", \"title\": \"two\"}");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.iterations"), "2");
    assert_string_equal(
        harness_sql(h, "SELECT count(*) FROM planner.steps WHERE id = '%s'", answer.id), "0");
}

static void where_review_is_required__its_steps_need_content(void **state)
{
    struct harness *h = *state;
    const struct project_args strict = {.project = "AUTH", .require_review = SOME_BOOL(true)};
    struct project_answer project;
    struct promote_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_review(&h->rq, "AUTH-2", REVIEW_APPROVE));
    assert_ok(&h->rq, project_update(&h->rq, &strict, &project));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-2");

    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));

    assert_string_equal(plan_ready(&h->rq, "AUTH"), "");
    assert_string_equal(plan_item(h, "AUTH-3", "needs_final"), "true");
    plan_assert_right(h);
}

static void in_a_sequence__it_stays_in_its_turn(void **state)
{
    struct harness *h = *state;
    const struct create_args args = {.parent = "AUTH", .title = "t", .sequential = SOME_BOOL(true)};
    struct item_answer created;
    struct promote_answer answer;

    (void)plan_project(&h->rq, "AUTH");
    assert_ok(&h->rq, plan_create_task(&h->rq, &args, &created));
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    (void)plan_step(&h->rq, "AUTH-1", NULL);

    assert_ok(&h->rq, promote(&h->rq, "AUTH-3", &two, &answer));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-2");
    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-6 AUTH-7");
    plan_assert_right(h);
}

static void what_may_not_be_promoted__is_refused_with_the_reason(void **state)
{
    struct harness *h = *state;
    struct promote_answer answer;
    const char *before = NULL;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_string_equal(plan_disputed(&h->rq, "AUTH", "AUTH-1"), "AUTH-5");
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-3", OUTCOME_DONE));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-4", OUTCOME_CANCELLED));
    before = plan_digest(h);

    assert_fails(&h->rq, promote(&h->rq, "AUTH-3", &two, &answer), ST_CONFLICT,
                 "AUTH-3 is complete; reopen it first");
    assert_fails(&h->rq, promote(&h->rq, "AUTH-4", &two, &answer), ST_CONFLICT,
                 "AUTH-4 is cancelled; reopen it first");
    assert_fails(&h->rq, promote(&h->rq, "AUTH-5", &two, &answer), ST_CONFLICT,
                 "AUTH-5 is disputed and a human decides (resolve_dispute AUTH-5)");
    assert_fails(&h->rq, promote(&h->rq, "AUTH", &two, &answer), ST_INVALID,
                 "AUTH is a project; name a step");
    assert_fails(&h->rq, promote(&h->rq, "AUTH-9", &two, &answer), ST_NOT_FOUND, "AUTH-9");

    assert_string_equal(plan_digest(h), before);
}

static void a_claim__wants_its_token_and_ends(void **state)
{
    struct harness *h = *state;
    const struct promote_args held = {.step = "AUTH-2", .breakdown = two, .token = SOME_INT(7)};
    const struct promote_args wrong = {.step = "AUTH-2", .breakdown = two, .token = SOME_INT(6)};
    struct promote_answer answer;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    harness_sql(h, "INSERT INTO planner.claims (project_id, item_id, agent, token, lease_seconds,"
                   " expires_at) SELECT project_id, id, 'agent-b', 5 + number, 60,"
                   " now() + interval '1 minute' FROM planner.items WHERE number IN (2, 3)");
    assert_fails(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer), ST_CONFLICT,
                 "AUTH-2 is claimed by agent-b until");
    assert_fails(&h->rq, step_promote(&h->rq, &wrong, &answer), ST_CONFLICT, "'token'");

    assert_ok(&h->rq, step_promote(&h->rq, &held, &answer));
    harness_sql(h, "UPDATE planner.claims SET expires_at = now() - interval '1 second'");
    assert_ok(&h->rq, promote(&h->rq, "AUTH-3", &two, &answer)); /* it ran out */

    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "0");
    plan_assert_right(h);
}

static void nothing__goes_below_the_sixty_fourth_level(void **state)
{
    struct harness *h = *state;
    struct promote_answer answer;
    const char *parent = NULL;

    parent = plan_project(&h->rq, "AUTH");
    for (int depth = 1; depth <= 62; depth++)
        parent = plan_task(&h->rq, parent);
    (void)plan_step(&h->rq, parent, NULL); /* AUTH-63, at level 63 */
    assert_ok(&h->rq, promote(&h->rq, "AUTH-63", &two, &answer));
    assert_string_equal(plan_item(h, "AUTH-64", "depth"), "64");

    assert_fails(&h->rq, promote(&h->rq, "AUTH-64", &two, &answer), ST_LIMIT,
                 "AUTH-64 is 64 levels deep and nothing goes below that");
}

static void titles__are_held_to_what_an_item_may_have(void **state)
{
    struct harness *h = *state;
    const char *titles[] = {"fine", ""};
    const struct list bad = {.set = true, .n = 2, .items = titles};
    struct promote_answer answer;

    plan_usual(&h->rq);

    assert_fails(&h->rq, promote(&h->rq, "AUTH-2", &bad, &answer), ST_INVALID,
                 "'breakdown[1]' must be 1 to 200 characters, got 0");
}

static void again__it_is_a_task_already(void **state)
{
    struct harness *h = *state;
    struct promote_answer answer;
    const char *before = NULL;

    plan_usual(&h->rq);
    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));
    before = plan_digest(h);

    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));

    assert_false(answer.changed.v);
    assert_int_equal(answer.kind, KIND_TASK);
    assert_string_equal(plan_digest(h), before);
}

static void a_request__is_answered_once(void **state)
{
    struct harness *h = *state;
    const struct promote_args args = {
        .write = {.request_id = "r1", .fingerprint = "f"}, .step = "AUTH-2", .breakdown = two};
    const struct promote_args old = {
        .write = {.expected_version = SOME_INT(9)}, .step = "AUTH-5", .breakdown = two};
    struct promote_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, step_promote(&h->rq, &args, &answer));
    assert_ok(&h->rq, step_promote(&h->rq, &args, &answer));
    assert_true(answer.replayed.v && answer.changed.v);
    assert_int_equal(answer.steps.n, 2);

    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_fails(&h->rq, step_promote(&h->rq, &old, &answer), ST_CONFLICT,
                 "AUTH-5 is at version 1, not 9");
}

/* All that is stored of the step, but what an undo may change: version and times. */
static const char *whole(struct harness *h)
{
    return harness_sql(h,
                       "SELECT (to_jsonb(i) - ARRAY['version', 'updated_at', 'turn_at'])::text ||"
                       " to_jsonb(s)::text FROM planner.items i JOIN planner.steps s"
                       " ON s.id = i.id WHERE i.number = 2");
}

static void an_undone_promotion__is_a_step_again_and_may_be_promoted_again(void **state)
{
    struct harness *h = *state;
    const struct project_args all = {.project = "AUTH", .complexity_threshold = SOME_NUM(0)};
    struct undo_args back = {0};
    struct project_answer project;
    struct undo_answer undone;
    struct promote_answer answer;
    struct optimize_answer optimized;
    const struct optimize_args every = {.project = "AUTH"};
    const char *before = NULL;

    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_submit(&h->rq, "AUTH-2", "- a\n- b"));
    assert_ok(&h->rq, plan_review(&h->rq, "AUTH-2", REVIEW_COUNTER));
    before = whole(h);

    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));
    back.change = answer.change;
    assert_ok(&h->rq, undo_change(&h->rq, &back, &undone));
    assert_string_equal(whole(h), before);
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-2");
    plan_assert_right(h);

    assert_ok(&h->rq, promote(&h->rq, "AUTH-2", &two, &answer));
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-5 AUTH-6");
    plan_assert_right(h);
    back.change = answer.change;
    assert_ok(&h->rq, undo_change(&h->rq, &back, &undone));

    assert_ok(&h->rq, project_update(&h->rq, &all, &project));
    assert_ok(&h->rq, project_optimize(&h->rq, &every, &optimized));
    assert_int_equal(optimized.n_promoted.v, 1);
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-7 AUTH-8");
    back.change = optimized.change;
    assert_ok(&h->rq, undo_change(&h->rq, &back, &undone));
    assert_string_equal(whole(h), before);
    plan_assert_right(h);
}

static const char *promote_it(struct req *rq, int nth)
{
    struct promote_answer answer;
    const enum status status = promote(rq, "AUTH-2", &two, &answer);

    (void)nth;
    if (status != ST_OK)
        return rq->message;
    return answer.changed.v ? "did" : "was done";
}

static const char *complete_it(struct req *rq, int nth)
{
    (void)nth;
    return plan_complete(rq, "AUTH-2", OUTCOME_DONE) == ST_OK ? "did" : rq->message;
}

/* Two at once: what the second one says, when the first one was promote. */
static const char *second_says(struct harness *h, plan_work *second)
{
    struct plan_child children[2];
    const char *text[2];

    plan_usual(&h->rq);
    plan_hold(h);
    children[0] = plan_fork(h, promote_it, 1);
    children[1] = plan_fork(h, second, 2);
    plan_let_go(h, 2);
    for (int i = 0; i < 2; i++)
        text[i] = plan_join(h, &children[i]);
    plan_assert_right(h);
    return strcmp(text[0], "did") == 0 ? text[1] : text[0];
}

static void an_undone_promotion__is_told_with_the_status_of_the_content(void **state)
{
    struct harness *h = *state;
    struct undo_args back = {0};
    struct undo_answer undone;
    struct promote_answer answer;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_ok(&h->rq, promote(&h->rq, "AUTH-3", &two, &answer));
    back.change = answer.change;

    assert_ok(&h->rq, undo_change(&h->rq, &back, &undone));

    assert_string_equal(harness_sql(h,
                                    "SELECT a.new_values ->> 'content_status' FROM planner.audit a"
                                    " JOIN planner.items i ON i.id = a.entity_id"
                                    " WHERE a.action = 'undone' AND i.number = 3"),
                        "pending");
    plan_assert_right(h);
}
static void two_at_once__promote_once(void **state)
{
    struct harness *h = *state;

    assert_string_equal(second_says(h, promote_it), "was done");
    assert_string_equal(harness_sql(h, "SELECT last_number FROM planner.counters"), "4");
}

static void promoted_and_completed_at_once__is_one_or_the_other(void **state)
{
    struct harness *h = *state;
    const char *said = second_says(h, complete_it);

    assert_true(strstr(said, "is complete") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(a_promoted_step__keeps_what_it_is_known_by),
        HARNESS_TEST(a_promoted_step__has_its_breakdown_as_steps),
        HARNESS_TEST(what_waited_for_it__waits_for_its_steps),
        HARNESS_TEST(the_breakdown__is_given_else_the_clients_the_servers_the_texts),
        HARNESS_TEST(the_objective__is_the_final_content_where_there_is_one),
        HARNESS_TEST(what_is_kept_of_the_step__is_in_the_audit_whole),
        HARNESS_TEST(where_review_is_required__its_steps_need_content),
        HARNESS_TEST(in_a_sequence__it_stays_in_its_turn),
        HARNESS_TEST(what_may_not_be_promoted__is_refused_with_the_reason),
        HARNESS_TEST(a_claim__wants_its_token_and_ends),
        HARNESS_TEST(nothing__goes_below_the_sixty_fourth_level),
        HARNESS_TEST(titles__are_held_to_what_an_item_may_have),
        HARNESS_TEST(again__it_is_a_task_already),
        HARNESS_TEST(a_request__is_answered_once),
        HARNESS_TEST(an_undone_promotion__is_a_step_again_and_may_be_promoted_again),
        HARNESS_TEST(an_undone_promotion__is_told_with_the_status_of_the_content),
        HARNESS_TEST(two_at_once__promote_once),
        HARNESS_TEST(promoted_and_completed_at_once__is_one_or_the_other),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
