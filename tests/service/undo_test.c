/*
 * Undo of every kind of change: the state is what it was before, undoing the undo makes it what it
 * was after, and what came later stands in the way with its name.
 */
#include "undo_helper.h"

#include "planner/service/edit.h"

#include "planner/base/clock.h"
#include "planner/service/link.h"

/* Everything but versions, times of changing and what is deleted; what undo must bring back. */
static const char *state_of(struct harness *h)
{
    return harness_sql(
        h,
        "WITH live AS (SELECT i.* FROM planner.items i WHERE NOT planner.is_gone(i.project_id, i.id))"
        " SELECT string_agg(x.line, E'\\n' ORDER BY x.line) FROM ("
        " SELECT 'item ' || (to_jsonb(i) - ARRAY['version', 'updated_at', 'turn_at', 'completed_at'])::text"
        "  || (i.completed_at IS NOT NULL)::text AS line FROM live i"
        " UNION ALL SELECT 'roll ' || r::text FROM planner.roll r JOIN live i ON i.id = r.id"
        "  WHERE i.kind <> 'step'"
        " UNION ALL SELECT 'step ' || (to_jsonb(s) - 'last_number')::text"
        "  FROM planner.steps s JOIN live i ON i.id = s.id"
        " UNION ALL SELECT 'dispute ' || d::text FROM planner.disputes d"
        " UNION ALL SELECT 'dep ' || d::text FROM planner.deps d JOIN live i ON i.id = d.item_id"
        " UNION ALL SELECT 'evidence ' || e.reference FROM planner.evidence e WHERE undone_by IS NULL"
        " UNION ALL SELECT 'claim ' || c.item_id FROM planner.claims c"
        " UNION ALL SELECT 'project ' || p::text FROM planner.projects p) x");
}

static void assert_state(struct harness *h, const char *name, const char *want)
{
    const char *got = state_of(h);

    if (strcmp(got, want) != 0)
        fail_msg("%s:\nwanted\n%s\ngot\n%s", name, want, got);
    plan_assert_right(h);
}

/* One kind of change: what is there before, and the call. */
struct path {
    const char *name;
    void (*arrange)(struct req *rq);
    enum status (*act)(struct req *rq);
};

static enum status act_define(struct req *rq)
{
    struct define_step step = {.title = "S", .content = "text"};
    const char *after[] = {"a", "AUTH-2"};
    struct define_task tasks[] = {
        {.title = "A", .ref = "a", .objective = "why", .steps = {true, 1, &step}},
        {.title = "B", .sequential = SOME_BOOL(true), .depends_on = {true, 2, after}}};
    const struct define_args args = {.parent = "AUTH-1", .tasks = {true, 2, tasks}};
    struct define_answer answer;

    return plan_define(rq, &args, &answer);
}

static enum status act_create_task(struct req *rq)
{
    (void)plan_task(rq, "AUTH");
    return ST_OK;
}

static enum status act_create_step(struct req *rq)
{
    (void)plan_step(rq, "AUTH-1", "text");
    return ST_OK;
}

static void start_closed_parent(struct req *rq)
{
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_DONE));
}

static enum status act_submit(struct req *rq)
{
    struct assessment assessment = {.score = SOME_NUM(0.5)};
    const struct submit_args args = {
        .step = "AUTH-2", .content = "text", .assessment = &assessment};
    struct item_answer answer;

    return step_submit(rq, &args, &answer);
}

static enum status act_revise(struct req *rq)
{
    return plan_review(rq, "AUTH-2", REVIEW_REVISE);
}

static enum status act_counter(struct req *rq)
{
    return plan_review(rq, "AUTH-2", REVIEW_COUNTER);
}

static enum status act_approve(struct req *rq)
{
    return plan_review(rq, "AUTH-2", REVIEW_APPROVE);
}

static void start_last_round(struct req *rq)
{
    const struct project_args one = {
        .project = "AUTH", .max_iterations = SOME_INT(1), .require_review = SOME_BOOL(true)};
    struct project_answer answer;

    plan_usual(rq);
    assert_ok(rq, project_update(rq, &one, &answer));
}

static void start_disputed(struct req *rq)
{
    start_last_round(rq);
    assert_ok(rq, act_counter(rq));
}

static enum status act_resolve(struct req *rq)
{
    return plan_resolve(rq, "AUTH-2", RESOLVE_HYBRID);
}

static void start_waiting(struct req *rq)
{
    const char *after[] = {"AUTH-2"};
    struct define_task task = {.title = "waits", .depends_on = {true, 1, after}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &task}};
    struct define_answer answer;

    plan_usual(rq);
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static enum status close_with(struct req *rq, int outcome)
{
    struct evidence_new evidence = {.kind = EVIDENCE_COMMIT, .reference = "abc"};
    const struct complete_args args = {
        .item = "AUTH-2", .outcome = outcome, .summary = "so", .evidence = {true, 1, &evidence}};
    struct item_answer answer;

    return item_complete(rq, &args, &answer);
}

static enum status act_complete(struct req *rq)
{
    return close_with(rq, OUTCOME_DONE);
}

static enum status act_cancel(struct req *rq)
{
    return close_with(rq, OUTCOME_CANCELLED);
}

static void start_complete(struct req *rq)
{
    start_waiting(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
}

static enum status act_reopen(struct req *rq)
{
    return close_with(rq, OUTCOME_REOPEN);
}

static enum status act_update_project(struct req *rq)
{
    const struct project_args args = {.project = "AUTH",
                                      .name = "New name",
                                      .description = "other",
                                      .workspace = "/here",
                                      .sequential = SOME_BOOL(true),
                                      .complexity_threshold = SOME_NUM(0.2),
                                      .max_iterations = SOME_INT(5),
                                      .require_review = SOME_BOOL(true)};
    struct project_answer answer;

    return project_update(rq, &args, &answer);
}

static enum status link_with(struct req *rq, const char *item, const char *add, const char *remove)
{
    const struct link_args args = {.item = item,
                                   .depends_on = {add != NULL, add != NULL, &add},
                                   .remove = {remove != NULL, remove != NULL, &remove}};
    struct item_answer answer;

    return item_link(rq, &args, &answer);
}

static void start_two(struct req *rq)
{
    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
}

static enum status act_link(struct req *rq)
{
    return link_with(rq, "AUTH-3", "AUTH-2", NULL);
}

static void start_linked(struct req *rq)
{
    start_two(rq);
    assert_ok(rq, act_link(rq));
}

static enum status act_unlink(struct req *rq)
{
    return link_with(rq, "AUTH-3", NULL, "AUTH-2");
}

static void start_project(struct req *rq)
{
    (void)plan_project(rq, "OTHER");
}

static const struct path paths[] = {
    {"define_tasks", plan_usual, act_define},
    {"create_task", plan_usual, act_create_task},
    {"create_step", plan_usual, act_create_step},
    {"create_step below a complete task", start_closed_parent, act_create_step},
    {"submit_step", plan_usual, act_submit},
    {"review_step revise", plan_usual, act_revise},
    {"review_step counter", plan_usual, act_counter},
    {"review_step approve", start_last_round, act_approve},
    {"review_step disputes", start_last_round, act_counter},
    {"resolve_dispute", start_disputed, act_resolve},
    {"complete_step done", start_waiting, act_complete},
    {"complete_step again", start_complete, act_complete},
    {"complete_step cancelled", start_waiting, act_cancel},
    {"complete_step reopen", start_complete, act_reopen},
    {"update_project", plan_usual, act_update_project},
    {"link_items", start_two, act_link},
    {"link_items remove", start_linked, act_unlink},
};

static void empty_store(struct harness *h)
{
    (void)harness_sql(h,
                      "SET client_min_messages = warning; SET session_replication_role = replica;"
                      " TRUNCATE planner.projects, planner.requests CASCADE;"
                      " RESET session_replication_role");
}

static void every_change__is_undone_and_done_again(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    rq->actor.user = "ann";
    for (size_t i = 0; i < LENGTH_OF(paths); i++) {
        const char *before = NULL;
        const char *after = NULL;
        struct undo_answer answer;
        int64_t change = 0;
        int64_t undoing = 0;
        print_message("             %s\n", paths[i].name);
        paths[i].arrange(rq);
        before = state_of(h);
        assert_ok(rq, paths[i].act(rq));
        change = undo_last(h);
        after = state_of(h);
        assert_string_not_equal(before, after);

        assert_ok(rq, undo_one(rq, change, &answer));
        assert_state(h, "undone", before);
        assert_true(answer.changed.v);
        undoing = answer.change.v;
        assert_int_equal(undoing, undo_last(h));
        assert_ok(rq, undo_one(rq, change, &answer));
        assert_false(answer.changed.v);
        assert_int_equal(answer.change.v, undoing);

        assert_ok(rq, undo_one(rq, undoing, &answer));
        assert_state(h, "done again", after);
        assert_ok(rq, undo_one(rq, undoing, &answer));
        assert_false(answer.changed.v);

        assert_ok(rq, undo_one(rq, change, &answer));
        assert_state(h, "undone again", before);
        empty_store(h);
    }
}

static void a_project__is_archived_by_undo_unless_it_has_items(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct undo_answer answer;
    int64_t change = 0;

    start_project(rq);
    change = undo_last(h);
    assert_ok(rq, undo_one(rq, change, &answer));
    assert_string_equal(harness_sql(h, "SELECT status FROM planner.projects"), "archived");
    assert_ok(rq, undo_one(rq, answer.change.v, &answer));
    assert_string_equal(harness_sql(h, "SELECT status FROM planner.projects"), "active");

    (void)plan_task(rq, "OTHER");
    assert_fails(rq, undo_one(rq, change, &answer), ST_CONFLICT,
                 "created OTHER, which has items now");
}

static void a_resolution__is_undone_by_a_user_only(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct undo_answer answer;

    start_disputed(rq);
    assert_ok(rq, act_resolve(rq));

    assert_fails(rq, undo_one(rq, undo_last(h), &answer), ST_CONFLICT, "only a user undoes it");
    rq->actor.role = "user";
    assert_ok(rq, undo_one(rq, undo_last(h), &answer));
    assert_string_equal(plan_item(h, "AUTH-2", "disputed"), "true");
}

static void an_edge__does_not_come_back_into_a_circle(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct undo_answer answer;

    start_linked(rq);
    assert_ok(rq, undo_one(rq, undo_last(h), &answer));
    assert_ok(rq, link_with(rq, "AUTH-2", "AUTH-3", NULL));

    assert_fails(rq, undo_one(rq, answer.change.v, &answer), ST_CONFLICT, "would wait for itself");
    plan_assert_right(h);
}

#define MANY 10000

static void a_definition_of_ten_thousand__is_undone_at_once(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct define_task *tasks = ARENA_MANY(rq->arena, 100, struct define_task);
    struct define_step *steps = ARENA_MANY(rq->arena, 99, struct define_step);
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 100, tasks}};
    struct define_answer defined;
    struct undo_answer answer;
    const char *before = NULL;
    int64_t began = 0;
    int64_t define_ms = 0;
    int64_t undo_ms = 0;

    for (int i = 0; i < 99; i++)
        steps[i] = (struct define_step){.title = "s"};
    for (int i = 0; i < 100; i++)
        tasks[i] = (struct define_task){.title = "t", .steps = {true, 99, steps}};
    plan_usual(rq);
    before = state_of(h);
    began = clock_monotonic_ms();
    assert_ok(rq, plan_define(rq, &args, &defined));
    define_ms = clock_monotonic_ms() - began;
    began = clock_monotonic_ms();

    assert_ok(rq, undo_one(rq, defined.change.v, &answer));

    undo_ms = clock_monotonic_ms() - began;
    print_message("             defined in %lld ms, undone in %lld ms\n", (long long)define_ms,
                  (long long)undo_ms);
    assert_true(undo_ms < 2 * define_ms + 500);
    (void)harness_sql(h, "ANALYZE planner.items, planner.roll, planner.steps, planner.audit");
    assert_state(h, "undone", before);
    assert_int_equal(answer.count.v, MANY);
    assert_int_equal(answer.items.n, UNDO_TOLD);
    assert_ok(rq, undo_one(rq, answer.change.v, &answer));
    assert_string_equal(harness_sql(h, "SELECT n_children FROM planner.roll r JOIN planner.projects"
                                       " p ON p.id = r.id"),
                        "101");
}

static void an_undo__is_two_flushes_and_one_change(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct undo_args again = {.write = {.request_id = "u1", .fingerprint = "u"},
                                    .change = SOME_INT(3)};
    struct undo_answer first;
    struct undo_answer answer;
    long flushes = 0;

    plan_usual(rq);
    flushes = db_flushes(rq->db);
    assert_ok(rq, undo_change(rq, &again, &first));
    assert_int_equal(db_flushes(rq->db) - flushes, 2);
    assert_ok(rq, undo_change(rq, &again, &answer));
    assert_true(answer.replayed.v);
    assert_int_equal(answer.change.v, first.change.v);
    assert_string_equal(harness_sql(h, "SELECT string_agg(action, ' ' ORDER BY id) FROM"
                                       " planner.audit"),
                        "created created created undone");
}

static void late_evidence__goes_and_the_version_tells(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct evidence_new late = {.kind = EVIDENCE_TEST, .reference = "run 7"};
    const struct complete_args args = {.item = "AUTH-2", .evidence = {true, 1, &late}};
    struct item_answer answer;
    struct undo_answer undone;

    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, item_complete(rq, &args, &answer));

    assert_ok(rq, undo_one(rq, answer.change.v, &undone));

    assert_string_equal(
        harness_sql(h, "SELECT count(*) FROM planner.evidence WHERE undone_by IS NULL"), "0");
    assert_int_equal(strtol(plan_item(h, "AUTH-2", "version"), NULL, 10), answer.version.v + 1);
    assert_string_equal(plan_item(h, "AUTH-2", "status"), "complete");
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(every_change__is_undone_and_done_again),
        HARNESS_TEST(a_project__is_archived_by_undo_unless_it_has_items),
        HARNESS_TEST(a_resolution__is_undone_by_a_user_only),
        HARNESS_TEST(an_edge__does_not_come_back_into_a_circle),
        HARNESS_TEST(a_definition_of_ten_thousand__is_undone_at_once),
        HARNESS_TEST(an_undo__is_two_flushes_and_one_change),
        HARNESS_TEST(late_evidence__goes_and_the_version_tells),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
