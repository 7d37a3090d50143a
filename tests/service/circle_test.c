/* What the schema says of circles, on random plans, against the whole graph walked plainly. */
#include "plan_helper.h"

#include "planner/service/link.h"

static enum status link_one(struct req *rq, const char *item, const char *on)
{
    const char *names[] = {on};
    const struct link_args args = {.item = item, .depends_on = {true, 1, names}};
    struct item_answer answer;

    return item_link(rq, &args, &answer);
}

static unsigned pick(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

#define RANDOM_ITEMS 18

/* Tasks and steps below each other, every third task with its children in sequence. */
static void plan_random(struct req *rq, const char *slug, uint32_t *seed)
{
    const char *tasks[RANDOM_ITEMS + 1] = {plan_project(rq, slug)};
    unsigned n = 1;

    for (int i = 1; i <= RANDOM_ITEMS; i++) {
        const char *parent = tasks[pick(seed, n)];
        const struct create_args args = {
            .parent = parent, .title = "t", .sequential = SOME_BOOL(pick(seed, 3) == 0)};
        struct item_answer answer;
        if (n > 1 && pick(seed, 2) == 0) {
            (void)plan_step(rq, tasks[1 + pick(seed, n - 1)], NULL);
        } else {
            assert_ok(rq, plan_create_task(rq, &args, &answer));
            tasks[n++] = answer.key;
        }
    }
}

/* The whole graph: each item starts and ends; way: all that the end of an item needs. */
#define GRAPH                                                                                  \
    "WITH RECURSIVE i AS MATERIALIZED (SELECT * FROM planner.items), edge AS MATERIALIZED ("   \
    " SELECT id AS a, true AS a_end, id AS b, false AS b_end FROM i"                           \
    " UNION ALL SELECT parent_id, true, id, true FROM i WHERE parent_id IS NOT NULL"           \
    " UNION ALL SELECT id, false, parent_id, false FROM i WHERE parent_id IS NOT NULL"         \
    " UNION ALL SELECT item_id, false, blocked_by, true FROM planner.deps"                     \
    " UNION ALL SELECT y.id, false, x.id, true FROM i x JOIN i y ON y.parent_id = x.parent_id" \
    "  AND y.sort_key > x.sort_key JOIN i u ON u.id = x.parent_id AND u.sequential"            \
    "), way (origin, id, is_end) AS ("                                                         \
    " SELECT id, id, true FROM i UNION"                                                        \
    " SELECT w.origin, e.b, e.b_end FROM way w JOIN edge e ON e.a = w.id AND e.a_end = w.is_end"

/*
 * What planner.circle says of every pair, for the start of an item and for what would hang from it,
 * against the whole graph, walked plainly: how many pairs could not be linked, and those of which
 * the two say different things.
 */
static const char circles_compared[] =
    GRAPH "), pair AS (SELECT a.number AS item, b.number AS other, ends, EXISTS ("
          "  SELECT FROM way w WHERE w.origin = b.id AND w.id = a.id AND w.is_end = ends) AS plain,"
          "  planner.circle(a.project_id, ARRAY[b.id], a.id, ends) IS NOT NULL AS told"
          " FROM i a JOIN i b ON b.project_id = a.project_id, (VALUES (false), (true)) e (ends)"
          " WHERE a.kind <> 'project' AND b.kind <> 'project' AND (a.kind = 'task' OR NOT ends))"
          " SELECT count(*) FILTER (WHERE plain)"
          "  || coalesce(': ' || string_agg(item || ' on ' || other || ' ' || ends, ', ')"
          "  FILTER (WHERE plain <> told), '') FROM pair";

/* The same for planner.against_order: tasks whose children could not be in sequence. */
static const char orders_compared[] = GRAPH
    "), said AS (SELECT u.number, EXISTS (SELECT FROM i x JOIN i y ON y.parent_id = x.parent_id"
    "  AND y.sort_key > x.sort_key JOIN way w ON w.origin = x.id AND w.id = y.id AND NOT w.is_end"
    "  WHERE x.parent_id = u.id) AS plain,"
    "  EXISTS (SELECT FROM planner.against_order(u.project_id, u.id)) AS told"
    " FROM i u WHERE u.kind <> 'step' AND NOT u.sequential)"
    " SELECT count(*) FILTER (WHERE plain) || ' of ' || count(*) || coalesce(': ' || string_agg("
    "  number::text, ', ') FILTER (WHERE plain <> told), '') FROM said";

static void circles__are_those_of_the_whole_graph(void **state)
{
    static const char *const slugs[] = {"RA", "RB"};
    struct harness *h = *state;
    const char *told = NULL;
    uint32_t seed = 7;
    int n_linked = 0;

    for (size_t round = 0; round < LENGTH_OF(slugs); round++) {
        plan_random(&h->rq, slugs[round], &seed);
        for (int i = 0; i < 30; i++) {
            const char *item =
                arena_printf(&h->arena, "%s-%u", slugs[round], 1 + pick(&seed, RANDOM_ITEMS));
            const char *on =
                arena_printf(&h->arena, "%s-%u", slugs[round], 1 + pick(&seed, RANDOM_ITEMS));
            n_linked += link_one(&h->rq, item, on) == ST_OK;
        }
    }
    told = harness_sql(h, "%s", circles_compared);

    print_message("             %d links; pairs that could not be: %s\n", n_linked, told);
    assert_true(n_linked > 10);
    assert_null(strchr(told, ':'));
    told = harness_sql(h, "%s", orders_compared);
    print_message("             parents that could not be sequential: %s\n", told);
    assert_null(strchr(told, ':'));
    plan_assert_right(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(circles__are_those_of_the_whole_graph),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
