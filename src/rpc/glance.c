/* The id of what is too long or too deep to be read. */
#include "planner/rpc/rpc.h"

void rpc_glance_begin(struct rpc_glance *glance)
{
    memset(glance, 0, offsetof(struct rpc_glance, id));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void id_add(struct rpc_glance *g, char c)
{
    if (g->id_len == RPC_ID_MAX)
        g->spoilt = true;
    else
        g->id[g->id_len++] = c;
}

static void name_add(struct rpc_glance *g, char c)
{
    if (c == '\\')
        g->spoilt = true; /* it may well spell id */
    if (g->name_len < sizeof(g->name))
        g->name[g->name_len] = c;
    g->name_len++;
}

/* Inside of a string. */
static void feed_quoted(struct rpc_glance *g, char c)
{
    if (g->is_id)
        id_add(g, c);
    else if (g->depth == 1 && !g->is_value && c != '"')
        name_add(g, c);
    if (g->escaped)
        g->escaped = false;
    else if (c == '\\')
        g->escaped = true;
    else if (c == '"')
        g->quoted = false;
}

/* Punctuation of the message itself, outside of what its members hold. */
static void feed_message(struct rpc_glance *g, char c)
{
    if (c == ',') {
        g->is_value = false;
        g->is_id = false;
    } else if (c == ':') {
        g->is_value = true;
        g->is_id = g->name_len == 2 && memcmp(g->name, "id", 2) == 0;
        g->spoilt = g->spoilt || (g->is_id && g->id_len > 0);
    } else if (c == '"' && !g->is_value) {
        g->name_len = 0;
    } else if (g->is_id && !is_blank(c)) {
        id_add(g, c);
    }
}

static void feed_close(struct rpc_glance *g)
{
    g->depth--;
    g->closed = g->depth == 0;
}

static void feed_one(struct rpc_glance *g, char c)
{
    if (g->quoted) {
        feed_quoted(g, c);
    } else if (g->depth == 0 && (g->closed || c != '{')) {
        g->spoilt = !is_blank(c); /* no message, or more than one */
    } else if (c == '{' || c == '[') {
        g->spoilt = g->is_id; /* at depth 1: of what it holds nothing is looked at */
        g->depth++;
    } else if (c == '}' || c == ']') {
        feed_close(g);
    } else {
        if (g->depth == 1)
            feed_message(g, c);
        g->quoted = c == '"';
    }
}

void rpc_glance_feed(struct rpc_glance *glance, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && !glance->spoilt; i++)
        feed_one(glance, bytes[i]);
}

struct span rpc_glance_id(const struct rpc_glance *glance)
{
    const struct span id = {glance->id, glance->id_len};
    struct json_fault fault;

    if (glance->spoilt || !glance->closed || !json_check(id.ptr, id.len, &fault) ||
        !rpc_id_is_readable(id))
        return (struct span){0};
    return id;
}
