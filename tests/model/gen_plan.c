/* Calls that make and arrange the plan. */
#include "gen.h"

void gen_put_place(struct making *k, int parent)
{
    struct gen *g = k->g;

    if (!gen_chance(g, 30))
        return;
    for (int i = 1; i <= g->m->last; i++) {
        if (m_is_child(g->m, parent, i) && gen_chance(g, 40)) {
            gen_put_item(k, gen_chance(g, 50) ? "before" : "after", i);
            return;
        }
    }
    if (gen_chance(g, 30))
        gen_put_item(k, "after", gen_item(g, NULL));
    else if (gen_chance(g, 5))
        json_put_str(&k->args, "after", "OTHER-1");
}

void gen_put_who(struct making *k)
{
    struct gen *g = k->g;

    if (gen_chance(g, 15))
        json_put_int(&k->args, "priority", gen_pick(g, 101));
    if (gen_chance(g, 12))
        json_put_str(&k->args, "assignee", gen_actor_names()[gen_pick(g, ACTORS)]);
}

const char *gen_create_task(struct making *k)
{
    struct gen *g = k->g;
    const int parent = gen_chance(g, 40) ? 0 : gen_item(g, gen_is_parent);

    gen_put_item(k, "parent", parent);
    gen_put_text(k, "title", "task");
    if (gen_chance(g, 30))
        gen_put_text(k, "objective", "reach");
    if (gen_chance(g, 25))
        json_put_bool(&k->args, "sequential", gen_chance(g, 80));
    gen_put_place(k, parent);
    gen_put_who(k);
    return "create_task";
}

const char *gen_create_step(struct making *k)
{
    struct gen *g = k->g;
    const int task = gen_item(g, gen_is_parent);

    gen_put_item(k, "task", task);
    gen_put_text(k, "title", "step");
    if (gen_chance(g, 50))
        gen_put_content(k, "content", "draft");
    gen_put_place(k, task);
    gen_put_who(k);
    return "create_step";
}

/* --- define_tasks --- */

struct shape {
    struct making *k;
    int n; /* rows so far; every row has the ref rN */
};

static void put_depends(struct shape *s)
{
    struct gen *g = s->k->g;

    if (!gen_chance(g, 20))
        return;
    json_key(&s->k->args, "depends_on");
    json_begin(&s->k->args, '[');
    for (unsigned n = 1 + gen_pick(g, 2); n > 0; n--) {
        if (gen_chance(g, 40))
            json_str(&s->k->args, arena_printf(g->arena, "r%u",
                                               1 + gen_pick(g, (unsigned)s->n + gen_chance(g, 5))));
        else
            json_str(&s->k->args, gen_chance(g, 2) ? "OTHER-1" : gen_key(g, gen_item(g, NULL)));
    }
    json_end(&s->k->args, ']');
}

static void put_row(struct shape *s, const char *kind)
{
    struct gen *g = s->k->g;

    gen_put_text(s->k, "title", kind);
    json_put_str(&s->k->args, "ref",
                 arena_printf(g->arena, "r%d", gen_chance(g, 2) ? s->n : s->n + 1));
    s->n++;
    put_depends(s);
}

static void put_steps(struct shape *s, unsigned n)
{
    struct making *k = s->k;

    json_key(&k->args, "steps");
    json_begin(&k->args, '[');
    for (; n > 0; n--) {
        json_begin(&k->args, '{');
        put_row(s, "step");
        if (gen_chance(k->g, 40))
            gen_put_content(k, "content", "draft");
        json_end(&k->args, '}');
    }
    json_end(&k->args, ']');
}

static void put_tasks(struct shape *s, unsigned n, int level)
{
    struct making *k = s->k;

    json_key(&k->args, "tasks");
    json_begin(&k->args, '[');
    for (; n > 0; n--) {
        json_begin(&k->args, '{');
        put_row(s, "task");
        if (gen_chance(k->g, 25))
            json_put_bool(&k->args, "sequential", true);
        if (gen_chance(k->g, 20))
            gen_put_text(k, "objective", "reach");
        if (level == 0 && s->n > 1 && gen_chance(k->g, 12))
            json_put_str(&k->args, "parent_ref",
                         arena_printf(k->g->arena, "r%u", 1 + gen_pick(k->g, (unsigned)s->n)));
        if (gen_chance(k->g, 60))
            put_steps(s, 1 + gen_pick(k->g, 3));
        if (level < 2 && gen_chance(k->g, 30))
            put_tasks(s, 1 + gen_pick(k->g, 2), level + 1);
        json_end(&k->args, '}');
    }
    json_end(&k->args, ']');
}

const char *gen_define(struct making *k)
{
    struct shape shape = {.k = k};

    gen_put_item(k, "parent", gen_chance(k->g, 50) ? 0 : gen_item(k->g, gen_is_parent));
    put_tasks(&shape, 1 + gen_pick(k->g, 3), 0);
    return "define_tasks";
}

/* --- projects --- */

static void put_flag(struct making *k, const char *name, unsigned often, unsigned yes)
{
    if (gen_chance(k->g, often))
        json_put_bool(&k->args, name, gen_chance(k->g, yes));
}

static void put_settings(struct making *k, unsigned often)
{
    struct gen *g = k->g;

    if (!g->m->made || gen_has("update_item")) /* it comes with the look at dependencies */
        put_flag(k, "sequential", often / 2, 30);
    put_flag(k, "require_review", often, 50);
    put_flag(k, "separate_authors", often, 50);
    put_flag(k, "require_evidence", often, 50);
    put_flag(k, "human_only", often, 30);
    if (gen_chance(g, often))
        json_put_int(&k->args, "max_iterations", gen_chance(g, 97) ? 1 + gen_pick(g, 3) : 0);
    if (gen_chance(g, often))
        json_put_num(&k->args, "complexity_threshold",
                     gen_chance(g, 97) ? gen_pick(g, 11) / 10.0 : 1.5);
}

const char *gen_create_project(struct making *k)
{
    json_put_str(&k->args, "name", "a model");
    json_put_str(&k->args, "description", "a plan");
    json_put_str(&k->args, "slug", "$P");
    put_settings(k, 40);
    return "create_project";
}

const char *gen_update_project(struct making *k)
{
    struct gen *g = k->g;

    gen_put_item(k, "project", gen_chance(g, 97) ? 0 : gen_item(g, NULL));
    if (g->m->set.archived || gen_chance(g, 6))
        json_put_str(&k->args, "status",
                     g->m->set.archived && gen_chance(g, 80) ? "active" : "archived");
    else
        put_settings(k, 25);
    if (gen_chance(g, 15))
        gen_put_text(k, "description", "plan");
    if (gen_chance(g, 10))
        gen_put_text(k, "name", "model");
    gen_put_version(k, 0);
    return "update_project";
}
