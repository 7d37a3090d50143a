/* Calls that do the work, review it and look at it. */
#include "gen.h"

static bool is_open_leaf(const struct model *m, int item)
{
    return m_is_leaf(m, item) && m->items[item].status == M_OPEN;
}

static bool is_closed_leaf(const struct model *m, int item)
{
    return m_is_leaf(m, item) && m->items[item].status != M_OPEN;
}

const char *gen_complete(struct making *k)
{
    struct gen *g = k->g;
    const bool reopen = gen_chance(g, 25);
    const int item = gen_chance(g, 4) ? 0 : gen_item(g, reopen ? is_closed_leaf : is_open_leaf);

    gen_put_item(k, "item", item);
    if (reopen)
        json_put_str(&k->args, "outcome", "reopen");
    else if (gen_chance(g, 30))
        json_put_str(&k->args, "outcome", gen_chance(g, 60) ? "cancelled" : "done");
    if (gen_chance(g, 35))
        gen_put_evidence(k);
    gen_put_token(k, item);
    gen_put_version(k, item);
    return "complete_step";
}

static bool in_content(const struct model *m, int item, enum m_content status)
{
    return m->items[item].kind == M_STEP && m->items[item].status == M_OPEN &&
           m->items[item].step.status == status && m->items[item].step.last < M_ITERATIONS - 4 &&
           m->kept[item].n_disputes < M_DISPUTES - 1;
}

static bool wants_draft(const struct model *m, int item)
{
    return in_content(m, item, M_PENDING) || in_content(m, item, M_DRAFT) ||
           in_content(m, item, M_AGREED);
}

static bool wants_review(const struct model *m, int item)
{
    return in_content(m, item, M_REVIEW);
}

static bool wants_resolution(const struct model *m, int item)
{
    return in_content(m, item, M_DISPUTED);
}

/* What a table of the model has room for. */
static int room(struct gen *g, int item)
{
    return item <= g->m->last && g->m->items[item].step.last >= M_ITERATIONS - 4 ? 0 : item;
}

const char *gen_submit(struct making *k)
{
    struct gen *g = k->g;
    const int item = room(g, gen_item(g, wants_draft));
    const struct m_step *step = item <= g->m->last ? &g->m->items[item].step : NULL;
    const bool final = step != NULL && step->final > 0;
    const bool countered =
        step != NULL && step->status == M_DRAFT && step->client == step->last && step->last > 0;

    gen_put_item(k, "step", item);
    if (gen_chance(g, countered ? 50 : 3))
        json_put_bool(&k->args, "accept", true);
    else if (gen_chance(g, 98))
        gen_put_content(k, "content", "draft");
    if (gen_chance(g, 20))
        json_put_bool(&k->args, "ready", gen_chance(g, 30));
    if (gen_chance(g, final ? 85 : 3))
        json_put_bool(&k->args, "reopen", true);
    if (gen_chance(g, 30))
        gen_put_text(k, "reasoning", "because");
    gen_put_assessment(k);
    gen_put_token(k, item);
    gen_put_version(k, item);
    return "submit_step";
}

const char *gen_review(struct making *k)
{
    static const char *const decisions[] = {"approve", "revise", "counter"};
    struct gen *g = k->g;
    const int item = room(g, gen_item(g, wants_review));
    const unsigned which = gen_chance(g, 25) ? 0 : 1 + gen_pick(g, 2);

    gen_put_item(k, "step", item);
    json_put_str(&k->args, "decision", decisions[which]);
    if (gen_chance(g, which == 2 ? 97 : which == 1 ? 2 : 20))
        gen_put_content(k, "content", "counter");
    if (gen_chance(g, which == 1 ? 97 : 30))
        gen_put_text(k, "feedback", "shorter");
    if (gen_chance(g, 20))
        gen_put_text(k, "reasoning", "because");
    if (item <= g->m->last && gen_chance(g, 20))
        json_put_int(&k->args, "draft",
                     1 + gen_pick(g, (unsigned)g->m->items[item].step.server + 1));
    gen_put_assessment(k);
    gen_put_version(k, item);
    return "review_step";
}

static bool had_dispute(const struct model *m, int item)
{
    return m->kept[item].n_disputes > 0;
}

const char *gen_resolve(struct making *k)
{
    static const char *const resolutions[] = {"server", "client", "custom", "hybrid"};
    struct gen *g = k->g;
    const int item = room(g, gen_item(g, gen_chance(g, 85) ? wants_resolution : had_dispute));
    const unsigned which = gen_pick(g, 4);

    if (!had_dispute(g->m, item < M_ITEMS ? item : 0) && gen_chance(g, 80))
        return gen_review(k);
    gen_put_item(k, "dispute", item);
    if (gen_chance(g, 97))
        json_put_str(&k->args, "resolution", resolutions[which]);
    if (gen_chance(g, which >= 2 ? 95 : 4))
        gen_put_content(k, "content", "decision");
    if (gen_chance(g, 30))
        gen_put_text(k, "reasoning", "because");
    gen_put_version(k, item);
    return "resolve_dispute";
}

/* --- looking --- */

const char *gen_next(struct making *k)
{
    json_put_str(&k->args, "project", "$P");
    if (gen_chance(k->g, 70))
        json_put_int(&k->args, "limit", 1 + gen_pick(k->g, 20));
    if (gen_has("claim_item") && gen_chance(k->g, 50))
        json_put_bool(&k->args, "claim", true);
    return "next_item";
}

const char *gen_outline(struct making *k)
{
    gen_put_item(k, "item", gen_chance(k->g, 60) ? 0 : gen_item(k->g, NULL));
    json_put_int(&k->args, "limit", 500);
    if (gen_chance(k->g, 30))
        json_put_int(&k->args, "depth", 1 + gen_pick(k->g, 4));
    if (gen_chance(k->g, 30))
        json_put_bool(&k->args, "include_completed", gen_chance(k->g, 20));
    return "outline";
}

const char *gen_get(struct making *k)
{
    static const char *const parts[] = {"content", "children", "dependencies", "iterations"};

    gen_put_item(k, "item", gen_chance(k->g, 10) ? 0 : gen_item(k->g, NULL));
    if (gen_chance(k->g, 30))
        return "get_item";
    json_key(&k->args, "include");
    json_begin(&k->args, '[');
    for (size_t i = 0; i < LENGTH_OF(parts); i++) {
        if (gen_chance(k->g, 50))
            json_str(&k->args, parts[i]);
    }
    json_end(&k->args, ']');
    return "get_item";
}

const char *gen_disputes(struct making *k)
{
    json_put_str(&k->args, "project", "$P");
    json_put_int(&k->args, "limit", 200);
    if (gen_chance(k->g, 40))
        json_put_str(&k->args, "status", gen_chance(k->g, 50) ? "resolved" : "pending");
    return "list_disputes";
}

const char *gen_queue(struct making *k)
{
    static const char *const roles[] = {"server", "client", "human", "worker"};

    json_put_str(&k->args, "project", "$P");
    json_put_int(&k->args, "limit", 100);
    if (gen_chance(k->g, 95))
        json_put_str(&k->args, "role", roles[gen_pick(k->g, 4)]);
    return "work_queue";
}

const char *gen_navigate(struct making *k)
{
    static const char *const directions[] = {"forward", "backward", "both"};

    gen_put_item(k, "item", gen_chance(k->g, 10) ? 0 : gen_item(k->g, NULL));
    if (gen_chance(k->g, 70))
        json_put_str(&k->args, "direction", directions[gen_pick(k->g, 3)]);
    json_put_int(&k->args, "limit", 1 + gen_pick(k->g, 20));
    return "navigate";
}

const char *gen_stats(struct making *k)
{
    json_put_str(&k->args, "project", gen_chance(k->g, 95) ? "$P" : "NOPE");
    return "project_stats";
}

const char *gen_history(struct making *k)
{
    const int any = gen_has("delete_item") ? 1 + (int)gen_pick(k->g, (unsigned)k->g->m->last + 1)
                                           : gen_item(k->g, NULL);

    json_put_str(&k->args, "item", gen_key(k->g, gen_chance(k->g, 30) ? 0 : any));
    json_put_int(&k->args, "limit", 1 + gen_pick(k->g, 30));
    return "history";
}
