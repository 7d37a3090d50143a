/* Choices that all families of the generator share, and which tool comes next. */
#include "gen.h"

#include <stdio.h>

#include "planner/base/buf.h"
#include "planner/tools/tool.h"

unsigned gen_pick(struct gen *g, unsigned n)
{
    g->seed = g->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(g->seed >> 33) % n;
}

bool gen_chance(struct gen *g, unsigned percent)
{
    return gen_pick(g, 100) < percent;
}

bool gen_is_task(const struct model *m, int item)
{
    return m->items[item].kind == M_TASK;
}

bool gen_is_step(const struct model *m, int item)
{
    return m->items[item].kind == M_STEP;
}

bool gen_is_parent(const struct model *m, int item)
{
    return m->items[item].kind == M_TASK && m->items[item].status != M_CANCELLED;
}

int gen_item(struct gen *g, gen_wanted *wanted)
{
    const struct model *m = g->m;
    const unsigned n = (unsigned)m->last + 1;

    for (int tries = 0; tries < 60 && m->last > 0; tries++) {
        const int item = 1 + (int)gen_pick(g, n);
        if (item > m->last)
            return gen_chance(g, 10) ? item : 1;
        if (gen_chance(g, 3))
            return item; /* whatever it is */
        if (m_visible(m, item) && (wanted == NULL || wanted(m, item)))
            return item;
    }
    return m->last > 0 && gen_chance(g, 80) ? 1 + (int)gen_pick(g, (unsigned)m->last) : 0;
}

const char *gen_key(struct gen *g, int item)
{
    return item == 0 ? "$P" : arena_printf(g->arena, "$P-%d", item);
}

void gen_put_item(struct making *k, const char *name, int item)
{
    struct gen *g = k->g;
    const bool has_id = item >= 0 && item <= g->m->last && g->m->kept[item].id != NULL;

    if (gen_chance(g, 1))
        json_put_str(&k->args, name, "what is this");
    else if (has_id && item > 0 && gen_chance(g, 6))
        json_put_str(&k->args, name,
                     arena_printf(g->arena, "%s$I%d", gen_chance(g, 50) ? "step://" : "", item));
    else
        json_put_str(&k->args, name, gen_key(g, item));
}

void gen_put_text(struct making *k, const char *name, const char *prefix)
{
    json_put_str(&k->args, name, arena_printf(k->g->arena, "%s %u", prefix, gen_pick(k->g, 1000)));
}

void gen_put_content(struct making *k, const char *name, const char *prefix)
{
    static const char *const parts[] = {"then this", "first that", "finally", "the rest"};
    struct gen *g = k->g;
    struct buf text = BUF_IN(g->arena);

    buf_printf(&text, "%s %u", prefix, gen_pick(g, 1000));
    for (unsigned n = gen_chance(g, 70) ? 0 : gen_pick(g, 8); n > 0; n--)
        buf_printf(&text, "\n%s%s %u", gen_chance(g, 80) ? "- " : "",
                   parts[gen_pick(g, LENGTH_OF(parts))], n);
    json_put_str(&k->args, name, buf_str(&text));
}

bool gen_has(const char *tool)
{
    return strcmp(tool, "expire") == 0 ? gen_has("claim_item") : tool_find(tool) != NULL;
}

void gen_put_token(struct making *k, int item)
{
    struct gen *g = k->g;
    const bool claimed = item >= 0 && item <= g->m->last && g->m->kept[item].claim.agent != NULL;

    if (!gen_has("claim_item") || !gen_chance(g, claimed ? 80 : 2))
        return;
    if (gen_chance(g, 92))
        json_put_str(&k->args, "token", arena_printf(g->arena, "$T%d", item));
    else
        json_put_int(&k->args, "token", 1 + gen_pick(g, (unsigned)g->m->token + 3));
}

void gen_put_breakdown(struct making *k)
{
    json_key(&k->args, "breakdown");
    json_begin(&k->args, '[');
    for (unsigned n = 1 + gen_pick(k->g, 3); n > 0; n--)
        json_str(&k->args, arena_printf(k->g->arena, "part %u", gen_pick(k->g, 1000)));
    json_end(&k->args, ']');
}

void gen_put_assessment(struct making *k)
{
    static const double scores[] = {0, 0.1, 0.25, 0.3, 0.45, 0.5, 0.7, 0.71, 0.85, 0.95, 1};
    struct gen *g = k->g;

    if (gen_chance(g, 55))
        return;
    json_key(&k->args, "assessment");
    json_begin(&k->args, '{');
    json_put_num(&k->args, "score", scores[gen_pick(g, LENGTH_OF(scores))]);
    if (gen_chance(g, 50))
        json_put_num(&k->args, "confidence", scores[gen_pick(g, LENGTH_OF(scores))]);
    if (gen_chance(g, 50))
        json_put_bool(&k->args, "should_promote", gen_chance(g, 50));
    if (gen_chance(g, 30))
        gen_put_breakdown(k);
    json_end(&k->args, '}');
}

void gen_put_evidence(struct making *k)
{
    static const char *const kinds[] = {"commit", "test", "review", "url", "note"};

    json_key(&k->args, "evidence");
    json_begin(&k->args, '[');
    for (unsigned n = 1 + gen_pick(k->g, 2); n > 0; n--) {
        json_begin(&k->args, '{');
        json_put_str(&k->args, "kind", kinds[gen_pick(k->g, LENGTH_OF(kinds))]);
        gen_put_text(k, "reference", "ref");
        if (gen_chance(k->g, 30))
            gen_put_text(k, "summary", "shows");
        json_end(&k->args, '}');
    }
    json_end(&k->args, ']');
}

void gen_put_version(struct making *k, int item)
{
    struct gen *g = k->g;

    if (item < 0 || item > g->m->last || !gen_chance(g, 8))
        return;
    json_put_int(&k->args, "expected_version",
                 g->m->items[item].version + (gen_chance(g, 60) ? 0 : 1));
}

/* Mostly new; now and then one that was used before, which is another call's then. */
static void put_common(struct making *k, bool write)
{
    struct gen *g = k->g;
    const bool takes = strstr(buf_str(&k->args.buf), "\"claim\":true") != NULL;

    if ((write || takes) && gen_chance(g, 12)) {
        const bool old = g->n_requests > 0 && gen_chance(g, 4);
        json_put_str(
            &k->args, "request_id",
            arena_printf(g->arena, "$P-r%d",
                         old ? 1 + (int)gen_pick(g, (unsigned)g->n_requests) : ++g->n_requests));
    }
    if ((write || takes) && gen_chance(g, 10))
        json_put_str(&k->args, "agent",
                     gen_chance(g, 30) ? "zoe" : gen_actor_names()[gen_pick(g, ACTORS)]);
    if (gen_chance(g, 1))
        json_put_bool(&k->args, "surplus", true);
}

struct choice {
    const char *tool;
    gen_tool *make;
    unsigned weight;
    bool grows, reads; /* grows: not when the project is large */
};
static const struct choice choices[] = {
    {"create_project", gen_create_project, 1, false, false},
    {"update_project", gen_update_project, 4, false, false},
    {"create_task", gen_create_task, 7, true, false},
    {"create_step", gen_create_step, 10, true, false},
    {"define_tasks", gen_define, 5, true, false},
    {"complete_step", gen_complete, 18, false, false},
    {"submit_step", gen_submit, 13, false, false},
    {"review_step", gen_review, 13, false, false},
    {"resolve_dispute", gen_resolve, 6, false, false},
    {"update_item", gen_update_item, 12, false, false},
    {"delete_item", gen_delete, 4, false, false},
    {"link_items", gen_link, 9, false, false},
    {"assess_complexity", gen_assess, 5, false, false},
    {"promote_step", gen_promote, 4, true, false},
    {"optimize_project", gen_optimize, 1, true, false},
    {"claim_item", gen_claim, 8, false, false},
    {"expire", gen_expire, 3, false, false},
    {"next_item", gen_next, 6, false, true},
    {"undo", gen_undo, 8, false, false},
    {"navigate", gen_navigate, 2, false, true},
    {"project_stats", gen_stats, 2, false, true},
    {"work_queue", gen_queue, 3, false, true},
    {"outline", gen_outline, 3, false, true},
    {"get_item", gen_get, 4, false, true},
    {"list_disputes", gen_disputes, 2, false, true},
    {"history", gen_history, 1, false, true},
};

static const struct choice *choose(struct gen *g)
{
    unsigned total = 0;
    unsigned at = 0;

    for (size_t i = 0; i < LENGTH_OF(choices); i++)
        total += gen_has(choices[i].tool) ? choices[i].weight : 0;
    at = gen_pick(g, total);
    for (size_t i = 0; i < LENGTH_OF(choices); i++) {
        if (!gen_has(choices[i].tool))
            continue;
        if (at < choices[i].weight)
            return &choices[i];
        at -= choices[i].weight;
    }
    return &choices[0];
}

static int n_live(const struct model *m)
{
    int n = 0;

    for (int i = 1; i <= m->last; i++)
        n += m_visible(m, i);
    return n;
}

/* The very same call again, perhaps by another process: known request ids are replayed. */
static bool repeat(struct gen *g, struct call *ret_call)
{
    const struct calls *made = g->made;

    for (int tries = 0; tries < 20 && made->n > 0; tries++) {
        const struct call *call = &made->at[gen_pick(g, (unsigned)made->n)];
        if (strstr(call->args, "\"request_id\"") == NULL)
            continue;
        *ret_call = *call;
        ret_call->actor = (int)gen_pick(g, ACTORS);
        return true;
    }
    return false;
}

struct call gen_call(struct gen *g)
{
    struct making k = {.g = g, .args = JSON_OUT_IN(g->arena)};
    const struct choice *choice = choose(g);
    struct call call = {.actor = (int)gen_pick(g, ACTORS)};

    if (!g->m->made)
        choice = &choices[0];
    else if (gen_chance(g, 2) && repeat(g, &call))
        return call;
    while (choice->grows && (n_live(g->m) > 45 || g->m->last > M_ITEMS - 40))
        choice = choose(g);
    json_begin(&k.args, '{');
    call.tool = choice->make(&k);
    if (strcmp(call.tool, "expire") != 0)
        put_common(&k, !choice->reads);
    json_end(&k.args, '}');
    call.args = json_text(&k.args);
    return call;
}
