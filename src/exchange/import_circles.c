/*
 * Whether a source can have a circle at all, seen in memory: the database looks at edges one by
 * one, which a source of ten thousand without any need not wait for. The graph is that of
 * planner.needs: each item starts and ends; it starts after its parent has started and what it
 * waits for has ended, and ends after it has started and its children have ended.
 */
#include "import_parts.h"

struct need {
    size_t who, what; /* places: twice the node's, and one more for its end */
};

struct graph {
    struct need *needs;
    size_t n_needs;
    size_t n_places;
    size_t *first; /* of the needs by what they need; one more than places */
    size_t *by_what;
    size_t *waits; /* how many needs of each place are left */
};

static size_t start_of(const struct project_plan *plan, const struct node *node)
{
    return (size_t)(node - plan->nodes) * 2;
}

static void add_need(struct graph *g, size_t who, size_t what)
{
    g->needs[g->n_needs++] = (struct need){who, what};
}

static void collect_needs(struct graph *g, const struct project_plan *plan)
{
    for (size_t i = 0; i < plan->order.n; i++) {
        const struct node *node = HEAP_AT(plan->order, i, const struct node);
        const size_t start = start_of(plan, node);
        add_need(g, start + 1, start);
        if (node->parent != NULL) {
            add_need(g, start, start_of(plan, node->parent));
            add_need(g, start_of(plan, node->parent) + 1, start + 1);
        }
    }
    for (size_t i = 0; i < plan->edges.n; i++) {
        const struct edge *edge = HEAP_AT(plan->edges, i, const struct edge);
        add_need(g, start_of(plan, edge->from), start_of(plan, edge->to) + 1);
    }
}

/* Sorted by what is needed, so that what waits for a place is found at once. */
static void sort_needs(struct graph *g, struct arena *arena)
{
    size_t *at = ARENA_MANY(arena, g->n_places + 1, size_t);

    for (size_t i = 0; i < g->n_needs; i++)
        g->first[g->needs[i].what + 1]++;
    for (size_t i = 0; i < g->n_places; i++) {
        g->first[i + 1] += g->first[i];
        at[i] = g->first[i];
    }
    for (size_t i = 0; i < g->n_needs; i++) {
        g->by_what[at[g->needs[i].what]++] = g->needs[i].who;
        g->waits[g->needs[i].who]++;
    }
}

/* Take away what waits for nothing, until nothing is left or nothing goes. */
static bool comes_to_an_end(const struct graph *g, struct arena *arena)
{
    size_t *ready = ARENA_MANY(arena, g->n_places, size_t);
    size_t n = 0;

    for (size_t i = 0; i < g->n_places; i++) {
        if (g->waits[i] == 0)
            ready[n++] = i;
    }
    for (size_t done = 0; done < n; done++) {
        for (size_t i = g->first[ready[done]]; i < g->first[ready[done] + 1]; i++) {
            if (--g->waits[g->by_what[i]] == 0)
                ready[n++] = g->by_what[i];
        }
    }
    return n == g->n_places;
}

bool import_is_free_of_circles(const struct project_plan *plan)
{
    struct arena *arena = plan->rq->arena;
    struct graph g = {.n_places = plan->n_nodes * 2};

    if (plan->exists) /* what was added here meanwhile is known to the database alone */
        return false;
    g.needs = ARENA_MANY(arena, plan->order.n * 3 + plan->edges.n, struct need);
    g.first = ARENA_MANY(arena, g.n_places + 2, size_t);
    g.waits = ARENA_MANY(arena, g.n_places + 1, size_t);
    collect_needs(&g, plan);
    g.by_what = ARENA_MANY(arena, g.n_needs + 1, size_t);
    sort_needs(&g, arena);
    return comes_to_an_end(&g, arena);
}
