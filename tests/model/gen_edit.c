/* Calls that claim, edit, move and delete. */
#include "gen.h"

static bool is_claimed(const struct model *m, int item)
{
    return m->kept[item].claim.agent != NULL;
}

static bool is_ready(const struct model *m, int item)
{
    return m_ready(m, item, NULL);
}

const char *gen_claim(struct making *k)
{
    struct gen *g = k->g;
    const unsigned which = gen_pick(g, 10);
    const int item = gen_item(g, which < 6 ? is_ready : is_claimed);

    gen_put_item(k, "item", item);
    if (which >= 6)
        json_put_str(&k->args, "action",
                     which < 8           ? "renew"
                     : gen_chance(g, 80) ? "release"
                                         : "claim");
    if (gen_chance(g, 30))
        json_put_int(&k->args, "lease_seconds", 60 + gen_pick(g, 3600));
    gen_put_token(k, item);
    gen_put_version(k, item);
    return "claim_item";
}

const char *gen_expire(struct making *k)
{
    json_put_str(&k->args, "item", gen_key(k->g, gen_item(k->g, is_claimed)));
    return "expire";
}

static void put_edit(struct making *k, int item)
{
    struct gen *g = k->g;
    const bool step = item <= g->m->last && g->m->items[item].kind == M_STEP;

    if (gen_chance(g, 40))
        gen_put_text(k, "title", "edited");
    if (gen_chance(g, step ? 3 : 30))
        json_put_str(&k->args, "objective", gen_chance(g, 30) ? "" : "another");
    if (gen_chance(g, step ? 5 : 30))
        json_put_bool(&k->args, "sequential", gen_chance(g, 50));
    if (gen_chance(g, 20))
        json_put_int(&k->args, "priority", gen_pick(g, 101));
    if (gen_chance(g, 20))
        json_put_str(&k->args, "assignee",
                     gen_chance(g, 50) ? "" : gen_actor_names()[gen_pick(g, ACTORS)]);
}

/* To another parent, or among its siblings. */
static void put_move(struct making *k, int item)
{
    struct gen *g = k->g;
    const bool step = item <= g->m->last && g->m->items[item].kind == M_STEP;
    const bool stays = item <= g->m->last && item > 0 && gen_chance(g, 40);
    const int parent = stays                        ? g->m->items[item].parent
                       : !step && gen_chance(g, 30) ? 0
                                                    : gen_item(g, gen_is_parent);

    if (!stays || gen_chance(g, 20))
        gen_put_item(k, "parent", parent);
    gen_put_place(k, parent);
}

const char *gen_update_item(struct making *k)
{
    struct gen *g = k->g;
    const int item = gen_chance(g, 2) ? 0 : gen_item(g, NULL);
    const bool moves = gen_chance(g, 60);

    gen_put_item(k, "item", item);
    if (moves)
        put_move(k, item);
    if (!moves || gen_chance(g, 20))
        put_edit(k, item);
    gen_put_token(k, item);
    gen_put_version(k, item);
    return "update_item";
}

static bool is_leaf(const struct model *m, int item)
{
    for (int i = 1; i <= m->last; i++) {
        if (m_is_child(m, item, i))
            return false;
    }
    return true;
}

const char *gen_delete(struct making *k)
{
    struct gen *g = k->g;
    const int item = gen_item(g, gen_chance(g, 60) ? is_leaf : NULL);

    gen_put_item(k, "item", item);
    if (gen_chance(g, 50))
        json_put_bool(&k->args, "subtree", gen_chance(g, 90));
    if (gen_chance(g, 30))
        json_put_bool(&k->args, "force", gen_chance(g, 90));
    gen_put_token(k, item);
    gen_put_version(k, item);
    return "delete_item";
}

/* Mostly a recent change: older ones are in each other's way. */
const char *gen_undo(struct making *k)
{
    struct gen *g = k->g;
    const int n = g->made->n;
    const int back = 1 + (int)gen_pick(g, gen_chance(g, 70) ? 4 : 30);
    int id = n > back ? n - back : 0;

    while (id > 0 && g->changes[id] == 0 && gen_chance(g, 95))
        id--;
    json_put_str(&k->args, "change", arena_printf(g->arena, "$C%d", id));
    return "undo";
}
