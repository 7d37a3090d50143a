/*
 * Random calls, fixed seeds. After each burst the checker finds nothing, the answers tell the
 * progress that a recomputation gives, completion is exact, and next_item gives what a naive
 * reading of the Ready predicate (SPEC 1) gives.
 */
#include "plan_helper.h"

#include "planner/base/buf.h"
#include "planner/service/item.h"

#define OPERATIONS 450
#define BURST      15
#define ITEMS_MAX  120

struct walk {
    struct harness *h;
    struct req *rq; /* its arena is emptied after every call */
    uint32_t seed;
    int items, done[12], refused;
};

static unsigned pick(struct walk *w, unsigned n)
{
    w->seed = w->seed * 1664525 + 1013904223;
    return (w->seed >> 8) % n;
}

static const char *any_key(struct walk *w)
{
    return arena_printf(w->rq->arena, "WALK-%u", 1 + pick(w, (unsigned)w->items));
}

static const char *any_parent(struct walk *w)
{
    return pick(w, 5) == 0 ? "WALK" : any_key(w);
}

/* Mostly a step in that status, if there is one: most keys would only be refused. */
static const char *step_in(struct walk *w, const char *status)
{
    const char *key = harness_sql(
        w->h,
        "SELECT 'WALK-' || i.number FROM planner.items i JOIN planner.steps s ON s.id = i.id"
        " WHERE s.status = '%s' ORDER BY (i.number * %u) %% 101 LIMIT 1",
        status, 1 + pick(w, 100));

    return key == NULL || pick(w, 4) == 0 ? any_key(w) : key;
}

static enum status op_task(struct walk *w)
{
    struct create_args args = {
        .parent = any_parent(w), .title = "task", .sequential = SOME_BOOL(pick(w, 4) == 0)};
    struct item_answer answer;

    if (pick(w, 3) == 0)
        args.before = any_key(w);
    return plan_create_task(w->rq, &args, &answer);
}

static enum status op_step(struct walk *w)
{
    const struct create_args args = {.task = any_key(w),
                                     .title = "step",
                                     .content = pick(w, 2) == 0 ? "draft" : NULL,
                                     .assignee = pick(w, 9) == 0 ? "agent-x" : NULL};
    struct item_answer answer;

    return plan_create_step(w->rq, &args, &answer);
}

/* Two tasks, one of them nested with two steps, waiting for each other and for what exists. */
static enum status op_define(struct walk *w)
{
    const char *on_second[] = {"second", any_key(w)};
    const char *on_leaf[] = {"leaf"};
    const char *on_any[] = {any_key(w)};
    struct define_step steps[] = {
        {.title = "leaf", .ref = "leaf", .depends_on = {true, pick(w, 2), on_any}},
        {.title = "after", .content = "draft", .depends_on = {true, pick(w, 2), on_leaf}}};
    struct define_task inner = {
        .title = "inner", .sequential = SOME_BOOL(pick(w, 3) == 0), .steps = {true, 2, steps}};
    struct define_task tasks[] = {
        {.title = "first", .depends_on = {true, pick(w, 3), on_second}, .tasks = {true, 1, &inner}},
        {.title = "second", .ref = "second", .depends_on = {true, pick(w, 2), on_any}}};
    const struct define_args args = {.parent = any_parent(w), .tasks = {true, 2, tasks}};
    struct define_answer answer;

    return plan_define(w->rq, &args, &answer);
}

static enum status op_complete(struct walk *w)
{
    return plan_complete(w->rq, any_key(w), OUTCOME_DONE);
}

static enum status op_cancel(struct walk *w)
{
    return plan_complete(w->rq, any_key(w), OUTCOME_CANCELLED);
}

static enum status op_reopen(struct walk *w)
{
    return plan_complete(w->rq, any_key(w), OUTCOME_REOPEN);
}

static enum status op_submit(struct walk *w)
{
    const struct submit_args args = {.step =
                                         step_in(w, pick(w, 2) == 0 ? "server_draft" : "agreed"),
                                     .content = "draft",
                                     .ready = SOME_BOOL(pick(w, 4) != 0),
                                     .reopen = SOME_BOOL(pick(w, 4) == 0)};
    struct item_answer answer;

    return step_submit(w->rq, &args, &answer);
}

static enum status op_review(struct walk *w)
{
    return plan_review(w->rq, step_in(w, "client_review"), (int)(REVIEW_APPROVE + pick(w, 3)));
}

static enum status op_resolve(struct walk *w)
{
    return plan_resolve(w->rq, step_in(w, "disputed"), (int)(RESOLVE_SERVER + pick(w, 4)));
}

static enum status op_settings(struct walk *w)
{
    struct project_args args = {.project = "WALK"};
    struct project_answer answer;

    switch (pick(w, 3)) {
    case 0:
        args.require_review = SOME_BOOL(pick(w, 2) == 0);
        break;
    case 1:
        args.sequential = SOME_BOOL(pick(w, 3) == 0);
        break;
    default:
        args.max_iterations = SOME_INT(1 + pick(w, 3));
        break;
    }
    return project_update(w->rq, &args, &answer);
}

typedef enum status operation(struct walk *w);
/* Some twice, so that the tree grows and closes at about the same pace. */
static operation *const operations[] = {op_task,     op_step,     op_step,    op_define,
                                        op_complete, op_complete, op_cancel,  op_reopen,
                                        op_submit,   op_review,   op_resolve, op_settings};

static void walk_step(struct walk *w)
{
    const unsigned which = pick(w, LENGTH_OF(operations));
    operation *op = operations[which];
    enum status status = ST_OK;

    if (w->items > ITEMS_MAX && which < 4)
        op = op_complete;
    status = op(w);
    if (status == ST_OK)
        w->done[which]++;
    else
        w->refused++;
    if (status != ST_OK && status != ST_INVALID && status != ST_CONFLICT &&
        status != ST_NOT_READY && status != ST_NOT_FOUND && status != ST_LIMIT)
        fail_msg("status %d: %s", (int)status, w->rq->message);
    arena_reset(w->rq->arena);
    w->items = (int)strtol(harness_sql(w->h, "SELECT last_number FROM planner.counters"), NULL, 10);
}

/* Of every item as it is stored, and of a few as get_item tells it. */
static void check_progress(struct walk *w)
{
    assert_null(harness_sql(w->h,
                            "SELECT string_agg(i.number::text, ', ') FROM planner.items i"
                            " LEFT JOIN planner.roll r ON r.id = i.id"
                            " WHERE abs(planner.progress(r.n_children, r.n_open, r.sum, i.status)"
                            " - test_progress(i.id)) > 1e-9"));
    for (int i = 0; i < 3; i++) {
        const char *key = any_key(w);
        struct item_view view;
        const char *mean = NULL;
        assert_ok(w->rq, item_get(w->rq, &(struct get_args){.item = key}, &view));
        mean = harness_sql(w->h, "SELECT test_progress(id) FROM planner.items WHERE number = %s",
                           strchr(key, '-') + 1);
        assert_float_equal(view.progress.v, strtod(mean, NULL), 1.01e-4);
        assert_int_equal(view.progress.v == 1, strcmp(mean, "1") == 0);
        arena_reset(w->rq->arena);
    }
}

static void check_complete(struct walk *w)
{
    assert_null(harness_sql(w->h,
                            "SELECT string_agg(format('%%s is %%s', i.number, i.status), ', ')"
                            " FROM planner.items i WHERE EXISTS (SELECT FROM planner.items c"
                            " WHERE c.parent_id = i.id AND c.status <> 'cancelled')"
                            " AND (i.status = 'complete') <> (test_progress(i.id) = 1)"));
}

static void check_ready(struct walk *w)
{
    const char *want = harness_sql(
        w->h,
        "SELECT coalesce(string_agg('WALK-' || t.number, ' ' ORDER BY t.place), '') FROM"
        " (SELECT i.number, test_place(i.id) AS place FROM planner.items i"
        " WHERE test_ready(i.id, '%s') ORDER BY place LIMIT %d) t",
        w->rq->actor.agent, NEXT_LIMIT_MAX);

    assert_string_equal(plan_ready(w->rq, "WALK"), want);
    arena_reset(w->rq->arena);
}

/* The model: slow, and written from the words of SPEC 1 alone. */
static void make_model(struct harness *h)
{
    (void)harness_sql(
        h, "CREATE FUNCTION test_progress(p uuid) RETURNS float8 LANGUAGE plpgsql AS $$"
           " DECLARE n bigint; s float8; BEGIN"
           " SELECT count(*), sum(test_progress(c.id)) INTO n, s FROM planner.items c"
           " WHERE c.parent_id = p AND c.status <> 'cancelled' AND c.deleted_at IS NULL;"
           " IF n > 0 THEN RETURN s / n; END IF;"
           " RETURN (SELECT (status = 'complete')::integer FROM planner.items WHERE id = p);"
           " END $$");
    (void)harness_sql(
        h, "CREATE FUNCTION test_place(p uuid) RETURNS text[] LANGUAGE sql AS $$"
           " WITH RECURSIVE up AS (SELECT id, parent_id, ARRAY[sort_key] AS place"
           " FROM planner.items WHERE id = p UNION ALL SELECT i.id, i.parent_id, i.sort_key ||"
           " up.place FROM up JOIN planner.items i ON i.id = up.parent_id)"
           " SELECT place FROM up WHERE parent_id IS NULL $$");
    (void)harness_sql(
        h, "CREATE FUNCTION test_may_start(p uuid) RETURNS boolean LANGUAGE plpgsql AS $$"
           " DECLARE i planner.items; BEGIN SELECT * INTO i FROM planner.items WHERE id = p;"
           " RETURN i.status = 'open'"
           " AND NOT EXISTS (SELECT FROM planner.deps d JOIN planner.items b ON b.id ="
           " d.blocked_by WHERE d.item_id = p AND b.status = 'open')"
           " AND NOT EXISTS (SELECT FROM planner.items u JOIN planner.items e ON e.parent_id ="
           " u.id WHERE u.id = i.parent_id AND u.sequential AND e.sort_key < i.sort_key"
           " AND e.status = 'open')"
           " AND (i.parent_id IS NULL OR test_may_start(i.parent_id)); END $$");
    (void)harness_sql(
        h, "CREATE FUNCTION test_ready(p uuid, agent text) RETURNS boolean LANGUAGE sql AS $$"
           " SELECT i.kind <> 'project' AND (i.assignee IS NULL OR i.assignee = agent)"
           " AND NOT EXISTS (SELECT FROM planner.items c WHERE c.parent_id = i.id"
           " AND c.status <> 'cancelled')"
           " AND NOT EXISTS (SELECT FROM planner.disputes d WHERE d.step_id = i.id"
           " AND d.status = 'pending')"
           " AND (NOT r.require_review OR i.kind <> 'step' OR EXISTS (SELECT FROM planner.steps s"
           " WHERE s.id = i.id AND s.final_number IS NOT NULL))"
           " AND test_may_start(i.id) FROM planner.items i JOIN planner.projects r"
           " ON r.id = i.project_id WHERE i.id = p $$");
}

static void take_walk(struct harness *h, uint32_t seed)
{
    struct walk w = {.h = h, .rq = harness_req(h, "agent-w"), .seed = seed, .items = 1};

    make_model(h);
    (void)plan_project(w.rq, "WALK");
    (void)plan_task(w.rq, "WALK");
    for (int i = 0; i < OPERATIONS; i++) {
        walk_step(&w);
        if (i % BURST != BURST - 1)
            continue;
        plan_assert_right(h);
        check_progress(&w);
        check_complete(&w);
        check_ready(&w);
    }
    print_message("             seed %u: %d items, %d refused, done", seed, w.items, w.refused);
    for (size_t i = 0; i < LENGTH_OF(operations); i++)
        print_message(" %d", w.done[i]);
    print_message("\n");
    plan_assert_doctor_agrees(h);
    assert_true(w.refused < OPERATIONS * 3 / 4);
}

static void walk__of_seed_1(void **state)
{
    take_walk(*state, 1);
}

static void walk__of_seed_2(void **state)
{
    take_walk(*state, 2);
}

static void walk__of_seed_3(void **state)
{
    take_walk(*state, 3);
}

static void walk__of_seed_4(void **state)
{
    take_walk(*state, 4);
}

static void walk__of_seed_5(void **state)
{
    take_walk(*state, 5);
}

static void walk__of_seed_6(void **state)
{
    take_walk(*state, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(walk__of_seed_1), HARNESS_TEST(walk__of_seed_2), HARNESS_TEST(walk__of_seed_3),
        HARNESS_TEST(walk__of_seed_4), HARNESS_TEST(walk__of_seed_5), HARNESS_TEST(walk__of_seed_6),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
