/*
 * Circles among the rows of one define_tasks call. Each row has two nodes: it starts, it ends.
 *   start(x) needs start(parent), end(every row it waits for), end(the sibling before, in sequence)
 *   end(x)   needs start(x), end(every child)
 * A circle in this graph is work that can never begin. Depth-first with a stack of its own: the
 * tree may be 10,000 rows long.
 */
#include "planner/service/plan_parts.h"

enum { START = 0, END = 1 };

/* Outgoing needs of all nodes, as one array grouped by node. */
struct need_graph {
    int *first; /* per node: where its needs begin; one more than nodes */
    int *needs;
    size_t n_nodes;
};

static int node_of(int row, int side)
{
    return row * 2 + side;
}

typedef void need_visit(void *ctx, int from, int to);

static bool runs_in_sequence(const struct define_plan *plan, const struct define_row *row)
{
    return row->previous >= 0 &&
           (row->parent < 0 ? plan->in_sequence : plan->rows[row->parent].sequential);
}

static void each_need(const struct define_plan *plan, need_visit *visit, void *ctx)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct define_row *row = &plan->rows[i];
        visit(ctx, node_of((int)i, END), node_of((int)i, START));
        if (row->parent >= 0) {
            visit(ctx, node_of((int)i, START), node_of(row->parent, START));
            visit(ctx, node_of(row->parent, END), node_of((int)i, END));
        }
        if (runs_in_sequence(plan, row))
            visit(ctx, node_of((int)i, START), node_of(row->previous, END));
    }
    for (size_t i = 0; i < plan->n_edges; i++) {
        const struct define_edge *edge = &plan->edges[i];
        if (edge->local >= 0)
            visit(ctx, node_of(edge->row, START), node_of(edge->local, END));
    }
}

static void need_count(void *ctx, int from, int to)
{
    (void)to;
    ((int *)ctx)[from + 1]++;
}

struct need_fill {
    const struct need_graph *graph;
    int *next;
};

static void need_put(void *ctx, int from, int to)
{
    const struct need_fill *fill = ctx;

    fill->graph->needs[fill->next[from]++] = to;
}

static struct need_graph graph_build(struct req *rq, const struct define_plan *plan)
{
    struct need_graph graph = {.n_nodes = plan->n * 2};
    struct need_fill fill = {.graph = &graph};

    graph.first = ARENA_MANY(rq->arena, graph.n_nodes + 1, int);
    each_need(plan, need_count, graph.first);
    for (size_t i = 0; i < graph.n_nodes; i++)
        graph.first[i + 1] += graph.first[i];
    graph.needs = ARENA_MANY(rq->arena, (size_t)graph.first[graph.n_nodes], int);
    fill.next = ARENA_MANY(rq->arena, graph.n_nodes, int);
    memcpy(fill.next, graph.first, graph.n_nodes * sizeof(int));
    each_need(plan, need_put, &fill);
    return graph;
}

/* A node on a circle reachable from `root`, or -1. at[] is where each open node goes on. */
static int circle_from(const struct need_graph *graph, int root, int *at, bool *open, int *stack)
{
    int depth = 0;

    stack[depth] = root;
    open[root] = true;
    while (depth >= 0) {
        const int node = stack[depth];
        if (at[node] == graph->first[node + 1]) {
            open[node] = false;
            depth--;
            continue;
        }
        const int to = graph->needs[at[node]++];
        if (open[to])
            return to;
        if (at[to] == graph->first[to] && graph->first[to] < graph->first[to + 1]) {
            open[to] = true;
            stack[++depth] = to;
        }
    }
    return -1;
}

enum status define_check_circles(struct req *rq, const struct define_plan *plan)
{
    const struct need_graph graph = graph_build(rq, plan);
    int *at = ARENA_MANY(rq->arena, graph.n_nodes, int);
    bool *open = ARENA_MANY(rq->arena, graph.n_nodes, bool);
    int *stack = ARENA_MANY(rq->arena, graph.n_nodes, int);

    TRY(req_check_memory(rq));
    memcpy(at, graph.first, graph.n_nodes * sizeof(int));
    for (size_t i = 0; i < graph.n_nodes; i++) {
        int found = -1;
        if (at[i] == graph.first[i])
            found = circle_from(&graph, (int)i, at, open, stack);
        if (found >= 0)
            return req_fail(rq, ST_INVALID,
                            "'%s.depends_on': '%.80s' would wait for itself, through what it "
                            "depends on, its parents or their order; leave one of those out",
                            plan->rows[found / 2].where, plan->rows[found / 2].title);
    }
    return ST_OK;
}
