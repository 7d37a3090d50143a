/* Calls that link, assess and promote. */
#include "gen.h"

static bool is_open(const struct model *m, int item)
{
    return m->items[item].status == M_OPEN;
}

static void put_keys(struct making *k, const char *name, const int *items, unsigned n)
{
    json_key(&k->args, name);
    json_begin(&k->args, '[');
    for (unsigned i = 0; i < n; i++)
        json_str(&k->args, gen_chance(k->g, 1) ? "OTHER-1" : gen_key(k->g, items[i]));
    json_end(&k->args, ']');
}

const char *gen_link(struct making *k)
{
    struct gen *g = k->g;
    const int item = gen_item(g, is_open);
    const struct m_item *it = item <= g->m->last ? &g->m->items[item] : NULL;
    int named[3] = {0};

    gen_put_item(k, "item", item);
    for (int i = 0; i < 3; i++)
        named[i] = gen_item(g, NULL);
    if (gen_chance(g, 75) && (it == NULL || it->n_deps < M_DEPS - 4))
        put_keys(k, "depends_on", named, 1 + gen_pick(g, 2));
    if (it != NULL && it->n_deps > 0 && gen_chance(g, 40))
        put_keys(k, "remove", it->deps, 1 + gen_pick(g, (unsigned)it->n_deps));
    else if (gen_chance(g, 10))
        put_keys(k, "remove", named + 2, 1);
    gen_put_version(k, item);
    return "link_items";
}

static bool is_open_step(const struct model *m, int item)
{
    return gen_is_step(m, item) && is_open(m, item) && m->items[item].step.last < M_ITERATIONS - 4;
}

const char *gen_assess(struct making *k)
{
    struct gen *g = k->g;
    int item = gen_item(g, is_open_step);

    if (item <= g->m->last && g->m->items[item].step.last >= M_ITERATIONS - 4)
        item = 0;
    gen_put_item(k, "step", item);
    if (gen_chance(g, 95))
        json_put_str(&k->args, "role", gen_chance(g, 50) ? "server" : "client");
    gen_put_assessment(k);
    gen_put_version(k, item);
    return "assess_complexity";
}

const char *gen_promote(struct making *k)
{
    struct gen *g = k->g;
    const int item = gen_item(g, gen_chance(g, 90) ? is_open_step : NULL);

    gen_put_item(k, "step", item);
    if (gen_chance(g, 50))
        gen_put_breakdown(k);
    gen_put_token(k, item);
    gen_put_version(k, item);
    return "promote_step";
}

const char *gen_optimize(struct making *k)
{
    json_put_str(&k->args, "project", "$P");
    if (gen_chance(k->g, 60))
        json_put_bool(&k->args, "dry_run", gen_chance(k->g, 90));
    return "optimize_project";
}
