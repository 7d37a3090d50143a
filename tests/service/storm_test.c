/*
 * Everything that changes the shape of one plan, at once, from many processes: every call is
 * answered or refused by a rule, and what is left is a plan without a circle, whose counters are
 * right. FULL=1 in the environment makes it long.
 */
#include "plan_helper.h"

#include <stdlib.h>

#include "planner/service/edit.h"
#include "planner/service/link.h"
#include "planner/service/navigate.h"
#include "planner/service/promote.h"
#include "planner/service/undo.h"

#define PROCESSES  8
#define CALLS      80
#define CALLS_FULL 600
#define NUMBERS    60  /* items that are named */
#define CHANGES    400 /* changes that are undone */

/* What a process did, and the first thing that must not happen. */
struct tally {
    int done, refused;
    const char *wrong;
};

static unsigned pick(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* A refusal by a rule is fine, giving up on the store is not. */
static void note(struct req *rq, struct tally *t, enum status status)
{
    const bool rule = status == ST_CONFLICT || status == ST_NOT_READY || status == ST_NOT_FOUND ||
                      status == ST_INVALID || status == ST_LIMIT;

    t->done += status == ST_OK;
    t->refused += rule;
    if ((status != ST_OK && !rule) || (rule && strstr(rq->message, "too many others") != NULL))
        t->wrong = arena_printf(rq->arena, "status %d: %s", (int)status, rq->message);
}

static const char *any_item(struct req *rq, uint32_t *seed)
{
    return arena_printf(rq->arena, "STORM-%u", 1 + pick(seed, NUMBERS));
}

static enum status create(struct req *rq, uint32_t *seed)
{
    const char *item = any_item(rq, seed);
    const bool beside = pick(seed, 4) == 0;
    const struct create_args task = {.parent = beside || pick(seed, 3) == 0 ? "STORM" : item,
                                     .title = "T",
                                     .after = beside ? item : NULL};
    const struct create_args step = {.task = item, .title = "S", .content = "c"};
    struct item_answer answer;

    return pick(seed, 2) == 0 ? plan_create_task(rq, &task, &answer)
                              : plan_create_step(rq, &step, &answer);
}

static enum status define(struct req *rq, uint32_t *seed)
{
    const char *needs[] = {"a", any_item(rq, seed)};
    struct define_step step = {.title = "S"};
    struct define_task tasks[] = {
        {.title = "A", .ref = "a", .steps = {true, 1, &step}},
        {.title = "B", .sequential = SOME_BOOL(true), .depends_on = {true, 2, needs}}};
    const struct define_args args = {.parent = pick(seed, 2) == 0 ? "STORM" : any_item(rq, seed),
                                     .tasks = {true, 2, tasks}};
    struct define_answer answer;

    return plan_define(rq, &args, &answer);
}

static enum status move(struct req *rq, uint32_t *seed)
{
    const bool beside = pick(seed, 2) == 0;
    const char *place = any_item(rq, seed);
    const struct edit_args args = {
        .item = any_item(rq, seed),
        .parent = beside ? NULL : (pick(seed, 4) == 0 ? "STORM" : place),
        .before = beside && pick(seed, 2) == 0 ? place : NULL,
        .after = beside && pick(seed, 2) == 0 ? place : NULL,
        .title = "moved",
    };
    struct item_answer answer;

    return item_edit(rq, &args, &answer);
}

static enum status edit(struct req *rq, uint32_t *seed)
{
    const struct edit_args args = {.item = any_item(rq, seed),
                                   .sequential = SOME_BOOL(pick(seed, 2) == 0),
                                   .priority = SOME_INT(pick(seed, 5))};
    struct item_answer answer;

    return item_edit(rq, &args, &answer);
}

static enum status erase(struct req *rq, uint32_t *seed)
{
    const struct delete_args args = {.item = any_item(rq, seed),
                                     .subtree = SOME_BOOL(pick(seed, 3) == 0),
                                     .force = SOME_BOOL(true)};
    struct item_answer answer;

    return item_delete(rq, &args, &answer);
}

static enum status relate(struct req *rq, uint32_t *seed)
{
    const char *other[] = {any_item(rq, seed)};
    const bool off = pick(seed, 4) == 0;
    const struct link_args args = {.item = any_item(rq, seed),
                                   .depends_on = {!off, off ? 0 : 1, other},
                                   .remove = {off, off ? 1 : 0, other}};
    struct item_answer answer;

    return item_link(rq, &args, &answer);
}

static enum status undo(struct req *rq, uint32_t *seed)
{
    const struct undo_args args = {.change = SOME_INT(1 + pick(seed, CHANGES))};
    struct undo_answer answer;

    return undo_change(rq, &args, &answer);
}

static enum status take(struct req *rq, uint32_t *seed)
{
    const struct next_args args = {
        .project = "STORM", .claim = SOME_BOOL(pick(seed, 2) == 0), .lease_seconds = SOME_INT(10)};
    struct next_view view;

    return look_next(rq, &args, &view);
}

static enum status look(struct req *rq, uint32_t *seed)
{
    const struct navigate_args args = {.item = any_item(rq, seed), .direction = WALK_BOTH};
    struct navigate_view view;

    return look_navigate(rq, &args, &view);
}

static enum status complete(struct req *rq, uint32_t *seed)
{
    return plan_complete(rq, any_item(rq, seed), (int)(1 + pick(seed, 3)));
}

static enum status submit(struct req *rq, uint32_t *seed)
{
    return plan_submit(rq, any_item(rq, seed), "c");
}

static enum status review(struct req *rq, uint32_t *seed)
{
    return plan_review(rq, any_item(rq, seed), (int)(1 + pick(seed, 3)));
}

static enum status promote(struct req *rq, uint32_t *seed)
{
    const char *parts[] = {"one", "two"};
    const struct promote_args args = {.step = any_item(rq, seed), .breakdown = {true, 2, parts}};
    struct promote_answer answer;

    return step_promote(rq, &args, &answer);
}

typedef enum status storm_act(struct req *rq, uint32_t *seed);

static const char *run_calls(struct req *rq, int nth, storm_act *const *acts, size_t n_acts)
{
    const char *full = getenv("FULL");
    const int calls = full != NULL && strcmp(full, "1") == 0 ? CALLS_FULL : CALLS;
    uint32_t seed = (uint32_t)nth * 7919 + 17;
    struct tally t = {0};

    for (int i = 0; i < calls && t.wrong == NULL; i++) {
        storm_act *act = acts[pick(&seed, (unsigned)n_acts)];
        note(rq, &t, act(rq, &seed));
        if (t.wrong == NULL)
            arena_reset(rq->arena);
    }
    return arena_printf(rq->arena, "%d %d %s", t.done, t.refused,
                        t.wrong == NULL ? "fine" : t.wrong);
}

static const char *work_all(struct req *rq, int nth)
{
    static storm_act *const acts[] = {
        create, create, create, define, move,   move, move, edit,     erase,    relate,   relate,
        undo,   take,   look,   submit, review, edit, undo, complete, complete, complete, promote};

    return run_calls(rq, nth, acts, LENGTH_OF(acts));
}

static const char *work_shape(struct req *rq, int nth)
{
    static storm_act *const acts[] = {move, relate, move, relate, edit, complete, promote};

    return run_calls(rq, nth, acts, LENGTH_OF(acts));
}

static const char *work_places(struct req *rq, int nth)
{
    static storm_act *const acts[] = {create, move};

    return run_calls(rq, nth, acts, LENGTH_OF(acts));
}

static void assert_none(struct harness *h, const char *what, const char *sql)
{
    const char *wrong = harness_sql(h, "%s", sql);

    if (wrong != NULL)
        fail_msg("%s: %s", what, wrong);
}

/* Starts and ends of what is there, what each needs, and whether one needs itself. */
static const char sql_circle[] =
    "WITH RECURSIVE alive AS (SELECT i.* FROM planner.items i"
    "  WHERE NOT planner.is_gone(i.project_id, i.id)),"
    " edge (a, b) AS (SELECT 'e' || id, 's' || id FROM alive"
    "  UNION SELECT 'e' || parent_id, 'e' || id FROM alive WHERE parent_id IS NOT NULL"
    "  UNION SELECT 's' || id, 's' || parent_id FROM alive WHERE parent_id IS NOT NULL"
    "  UNION SELECT 's' || d.item_id, 'e' || d.blocked_by FROM planner.deps d"
    "   JOIN alive x ON x.id = d.item_id JOIN alive y ON y.id = d.blocked_by"
    "  UNION SELECT 's' || q.id, 'e' || q.prev FROM (SELECT x.id, u.sequential, lag(x.id)"
    "   OVER (PARTITION BY x.parent_id ORDER BY x.sort_key) AS prev FROM alive x"
    "   JOIN alive u ON u.id = x.parent_id) q WHERE q.sequential AND q.prev IS NOT NULL),"
    " reach AS (SELECT a, b FROM edge UNION SELECT r.a, e.b FROM reach r JOIN edge e ON e.a = r.b)"
    " SELECT string_agg(a, ' ') FROM reach WHERE a = b";

static void assert_whole(struct harness *h)
{
    plan_assert_right(h);
    plan_assert_doctor_agrees(h);
    assert_none(h, "depth",
                "SELECT string_agg(i.number::text, ' ') FROM planner.items i"
                " JOIN planner.items u ON u.id = i.parent_id WHERE i.depth <> u.depth + 1");
    assert_none(h, "not below the project",
                "WITH RECURSIVE down (id) AS (SELECT id FROM planner.items WHERE kind = 'project'"
                " UNION ALL SELECT i.id FROM down JOIN planner.items i ON i.parent_id = down.id)"
                " SELECT string_agg(number::text, ' ') FROM planner.items"
                " WHERE id NOT IN (SELECT id FROM down)");
    /* What a promotion had made stays, deleted, below the step that its undoing made again. */
    assert_none(h, "a step below a project, or open below cancelled",
                "SELECT string_agg(format('%s %s %s below %s %s %s', i.number, i.status, i.kind,"
                " u.number, u.status, u.kind), '; ')"
                " FROM planner.items i JOIN planner.items u ON u.id = i.parent_id"
                " WHERE i.deleted_at IS NULL AND ((i.kind = 'step' AND u.kind <> 'task')"
                " OR (i.status = 'open' AND u.status = 'cancelled'))");
    assert_none(h, "waits for what is deleted",
                "SELECT string_agg(d.item_id::text, ' ') FROM planner.deps d"
                " WHERE planner.is_gone(d.project_id, d.blocked_by)"
                " AND NOT planner.is_gone(d.project_id, d.item_id)");
    assert_none(h, "claims of what is deleted",
                "SELECT string_agg(c.item_id::text, ' ') FROM planner.claims c"
                " WHERE planner.is_gone(c.project_id, c.item_id)");
    assert_none(h, "a circle", sql_circle);
}

static void storm(struct harness *h, plan_work *work)
{
    struct plan_child children[PROCESSES];
    int done = 0;
    int refused = 0;

    for (int i = 0; i < PROCESSES; i++)
        children[i] = plan_fork(h, work, i);
    for (int i = 0; i < PROCESSES; i++) {
        const char *text = plan_join(h, &children[i]);
        char *rest = NULL;
        done += (int)strtol(text, &rest, 10);
        refused += (int)strtol(rest, &rest, 10);
        assert_string_equal(rest, " fine");
    }
    print_message("             %d calls done, %d refused by a rule\n", done, refused);
    assert_true(done > PROCESSES * 10);
    assert_whole(h);
}

/* Twelve tasks with steps, some in sequence, and dependencies among them. */
static void start(struct req *rq)
{
    struct define_step steps[] = {{.title = "a"}, {.title = "b"}, {.title = "c", .content = "c"}};
    struct define_task tasks[12];
    const char *refs[] = {"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11"};
    const struct define_args args = {.parent = "STORM", .tasks = {true, LENGTH_OF(tasks), tasks}};
    struct define_answer answer;

    for (size_t i = 0; i < LENGTH_OF(tasks); i++)
        tasks[i] = (struct define_task){.title = "T",
                                        .ref = refs[i],
                                        .sequential = SOME_BOOL(i % 2 == 0),
                                        .depends_on = {i > 0, i > 0 ? 1 : 0, &refs[i / 2]},
                                        .steps = {true, LENGTH_OF(steps), steps}};
    (void)plan_project(rq, "STORM");
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static void storm__of_everything(void **state)
{
    struct harness *h = *state;

    start(&h->rq);
    storm(h, work_all);
}

static void storm__of_moves_and_links(void **state)
{
    struct harness *h = *state;

    start(&h->rq);
    storm(h, work_shape);
}

static void storm__of_moves_and_creates_at_few_places(void **state)
{
    struct harness *h = *state;

    start(&h->rq);
    storm(h, work_places);
}

/* Two moves that would put each into the other: one is refused. */
static const char *work_swap(struct req *rq, int nth)
{
    const struct edit_args args = {.item = nth % 2 == 0 ? "STORM-1" : "STORM-2",
                                   .parent = nth % 2 == 0 ? "STORM-2" : "STORM-1"};
    struct item_answer answer;

    return item_edit(rq, &args, &answer) == ST_OK ? "moved" : rq->message;
}

static void two_moves__into_each_other(void **state)
{
    struct harness *h = *state;
    struct plan_child children[2];
    const char *texts[2];

    (void)plan_project(&h->rq, "STORM");
    (void)plan_task(&h->rq, "STORM");
    (void)plan_task(&h->rq, "STORM");
    for (int i = 0; i < 2; i++)
        children[i] = plan_fork(h, work_swap, i);
    for (int i = 0; i < 2; i++)
        texts[i] = plan_join(h, &children[i]);

    assert_int_equal((strcmp(texts[0], "moved") == 0) + (strcmp(texts[1], "moved") == 0), 1);
    assert_non_null(strstr(strcmp(texts[0], "moved") == 0 ? texts[1] : texts[0], "is inside"));
    assert_whole(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(storm__of_everything),
        HARNESS_TEST(storm__of_moves_and_links),
        HARNESS_TEST(storm__of_moves_and_creates_at_few_places),
        HARNESS_TEST(two_moves__into_each_other),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
