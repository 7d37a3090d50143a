/*
 * Circles of waiting. Each item has two nodes, its start and its end (sql/migrations/0001, "What
 * has to be over before what"): a start needs its parent's start, the ends of what the item waits
 * for and, below a sequential parent, the end of the sibling before it; an end needs its own start
 * and the ends of the children. What is in no circle can be taken away, one node without needs
 * after the other; if anything is left, walking on along needs from it ends in a circle.
 */
#include "planner/doctor/doctor_parts.h"

struct edge {
    size_t needed; /* the node that has to be over first */
    size_t next;   /* index + 1 of the next edge from the same node */
};

struct graph {
    struct arena *arena;
    size_t n; /* items; nodes are 2 * item and 2 * item + 1 */
    bool *sequential;
    struct edge *edges; /* by who needs it */
    size_t n_edges, cap_edges;
    size_t *first; /* of each node: index + 1 of its first edge */
    char *state;   /* of each node: 1 on the way, 2 over */
    size_t *way;   /* from where the walk began to where it is */
    size_t *at;    /* of each node on the way: the edge to go along next, index + 1 */
};

static size_t start_of(size_t item)
{
    return 2 * item;
}

static size_t end_of(size_t item)
{
    return 2 * item + 1;
}

static void need(struct graph *g, size_t node, size_t needed)
{
    if (g->n_edges == g->cap_edges)
        return; /* counted before: cannot be */
    g->edges[g->n_edges] = (struct edge){needed, g->first[node]};
    g->first[node] = ++g->n_edges;
}

static size_t next_number(const char **text)
{
    char *end = NULL;
    const unsigned long value = strtoul(*text, &end, 10);

    *text = end;
    return value;
}

/* Parents come before their children, siblings in their order. */
static void read_nodes(struct graph *g, const char *nodes)
{
    size_t *last = ARENA_MANY(g->arena, g->n + 1, size_t); /* child of each parent so far */

    for (size_t item = 1; item <= g->n; item++) {
        const size_t parent = next_number(&nodes);
        g->sequential[item] = next_number(&nodes) != 0;
        need(g, end_of(item), start_of(item));
        if (parent == 0 || parent >= item)
            continue;
        need(g, start_of(item), start_of(parent));
        need(g, end_of(parent), end_of(item));
        if (g->sequential[parent] && last[parent] != 0)
            need(g, start_of(item), end_of(last[parent]));
        last[parent] = item;
    }
}

static void read_waits(struct graph *g, const char *waits)
{
    while (*waits != '\0') {
        const size_t item = next_number(&waits);
        const size_t on = next_number(&waits);
        if (item == 0 || on == 0 || item > g->n || on > g->n)
            return;
        need(g, start_of(item), end_of(on));
    }
}

static size_t count_numbers(const char *text)
{
    size_t n = *text != '\0';

    for (; *text != '\0'; text++)
        n += *text == ' ';
    return n;
}

/* Depth first without recursion. The node that closes a circle, or 0; *ret_len: of the way to it.
 */
static size_t walk(const struct graph *g, size_t from, size_t *ret_len)
{
    size_t len = 0;

    g->way[len] = from;
    g->at[len++] = g->first[from];
    g->state[from] = 1;
    while (len > 0) {
        const size_t e = g->at[len - 1];
        size_t needed = 0;
        if (e == 0) {
            g->state[g->way[--len]] = 2;
            continue;
        }
        g->at[len - 1] = g->edges[e - 1].next;
        needed = g->edges[e - 1].needed;
        *ret_len = len;
        if (g->state[needed] == 1)
            return needed;
        if (g->state[needed] == 0) {
            g->state[needed] = 1;
            g->way[len] = needed;
            g->at[len++] = g->first[needed];
        }
    }
    return 0;
}

static const char *key_of(struct arena *arena, const char *keys, size_t item)
{
    while (--item > 0 && *keys != '\0')
        keys += strcspn(keys, " ") + 1;
    return arena_copy(arena, keys, strcspn(keys, " "));
}

/* The items of the circle in the order of their needs, each once where it stands. */
static const char *told(const struct graph *g, const char *keys, size_t len, size_t closing)
{
    struct buf text = BUF_IN(g->arena);
    size_t from = len - 1;
    size_t before = 0;

    while (from > 0 && g->way[from] != closing)
        from--;
    for (size_t i = from; i < len; i++) {
        const size_t item = g->way[i] / 2;
        if (item != before && (i + 1 < len || item != g->way[from] / 2 || text.len == 0))
            buf_printf(&text, "%s%s", text.len > 0 ? ", " : "", key_of(g->arena, keys, item));
        before = item;
    }
    return buf_str(&text);
}

static struct graph graph_of(struct arena *arena, const struct doctor_graph *facts)
{
    struct graph g = {.arena = arena, .n = (size_t)facts->n.v};
    const size_t n_nodes = 2 * g.n + 2;

    g.cap_edges = 4 * g.n + count_numbers(facts->waits) / 2;
    g.edges = ARENA_MANY(arena, g.cap_edges + 1, struct edge);
    g.first = ARENA_MANY(arena, n_nodes, size_t);
    g.sequential = ARENA_MANY(arena, g.n + 1, bool);
    g.state = ARENA_MANY(arena, n_nodes, char);
    g.way = ARENA_MANY(arena, n_nodes + 1, size_t);
    g.at = ARENA_MANY(arena, n_nodes + 1, size_t);
    read_nodes(&g, facts->nodes);
    read_waits(&g, facts->waits);
    return g;
}

const char *doctor_circle(struct arena *arena, const struct doctor_graph *facts)
{
    const struct graph g = graph_of(arena, facts);

    for (size_t node = 2; node < 2 * g.n + 2; node++) {
        size_t len = 0;
        const size_t closing = g.state[node] == 0 ? walk(&g, node, &len) : 0;
        if (closing != 0)
            return told(&g, facts->keys, len, closing);
    }
    return NULL;
}
