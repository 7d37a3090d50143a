/* The tree: order, completion, progress, readiness, circles. All of it computed afresh. */
#include "model.h"

#include <math.h>
#include <stdlib.h>

bool m_visible(const struct model *m, int item)
{
    for (int i = item; i >= 0; i = m->items[i].parent) {
        if (m->items[i].deleted)
            return false;
    }
    return true;
}

bool m_is_child(const struct model *m, int parent, int item)
{
    return m->items[item].parent == parent && !m->items[item].deleted;
}

bool m_below(const struct model *m, int item, int top)
{
    while (item >= 0 && item != top)
        item = m->items[item].parent;
    return item == top;
}

int m_sibling(const struct model *m, int item, bool before)
{
    int last = 0;
    bool passed = false;

    for (int i = 0; i < m->n_order; i++) {
        const int other = m->order[i];
        if (other == item) {
            if (before)
                return last;
            passed = true;
        } else if (m_is_child(m, m->items[item].parent, other)) {
            if (passed)
                return other;
            last = other;
        }
    }
    return 0;
}

int m_children(const struct model *m, int parent, enum m_status status)
{
    int n = 0;

    for (int i = 1; i <= m->last; i++)
        n += m_is_child(m, parent, i) && m->items[i].status == status;
    return n;
}

int m_counted(const struct model *m, int parent)
{
    return m_children(m, parent, M_OPEN) + m_children(m, parent, M_COMPLETE);
}

bool m_is_leaf(const struct model *m, int item)
{
    return m->items[item].kind != M_PROJECT && m_counted(m, item) == 0;
}

void m_place(struct model *m, int item, int sibling, bool before)
{
    int at = 0;

    for (int i = 0; i < m->n_order; i++) { /* out of where it was */
        if (m->order[i] != item)
            m->order[at++] = m->order[i];
    }
    m->n_order = at;
    if (sibling > 0) {
        for (at = 0; m->order[at] != sibling; at++)
            ;
        at += !before;
    }
    memmove(&m->order[at + 1], &m->order[at], (size_t)(m->n_order - at) * sizeof(int));
    m->order[at] = item;
    m->n_order++;
}

/* A parent is complete when nothing in it is open; without children it stands for itself. */
static void derive_item(struct model *m, int item)
{
    struct m_item *it = &m->items[item];
    const bool has = m_counted(m, item) > 0;

    for (int i = 1; i <= m->last; i++) {
        if (m->items[i].parent == item && m->items[i].kind != M_STEP)
            derive_item(m, i);
    }
    if (has && !it->had_children)
        m_end_claim(m, item); /* what is claimed is a leaf */
    if (m_counted(m, item) > 0)
        it->status = m_children(m, item, M_OPEN) == 0 ? M_COMPLETE : M_OPEN;
    else if (it->had_children)
        it->status = M_OPEN;
    it->had_children = has;
}

void m_derive(struct model *m)
{
    derive_item(m, 0);
}

double m_progress(const struct model *m, int item)
{
    double sum = 0;
    int n = 0;

    for (int i = 1; i <= m->last; i++) {
        if (m_is_child(m, item, i) && m->items[i].status != M_CANCELLED) {
            sum += m_progress(m, i);
            n++;
        }
    }
    if (n > 0)
        return m_children(m, item, M_OPEN) == 0 ? 1 : sum / n;
    return m->items[item].status == M_COMPLETE ? 1 : 0;
}

/* As answers tell it: four decimals, downwards. */
double m_shown(const struct model *m, int item)
{
    return floor(m_progress(m, item) * 10000 + 1e-6) / 10000;
}

int m_pending_dispute(const struct model *m, int item)
{
    for (int i = 0; i < m->kept[item].n_disputes; i++) {
        if (!m->kept[item].disputes[i].resolved)
            return i;
    }
    return -1;
}

static bool waits_itself(const struct model *m, int item)
{
    const struct m_item *it = &m->items[item];

    for (int i = 0; i < it->n_deps; i++) {
        if (m->items[it->deps[i]].status == M_OPEN && m_visible(m, it->deps[i]))
            return true;
    }
    if (item == 0 || !m->items[it->parent].sequential)
        return false;
    for (int i = 0; i < m->n_order && m->order[i] != item; i++) {
        if (m_is_child(m, it->parent, m->order[i]) && m->items[m->order[i]].status == M_OPEN)
            return true;
    }
    return false;
}

bool m_waits(const struct model *m, int item)
{
    for (int i = item; i > 0; i = m->items[i].parent) {
        if (waits_itself(m, i))
            return true;
    }
    return false;
}

bool m_startable(const struct model *m, int item)
{
    const struct m_item *it = &m->items[item];

    if (!m_is_leaf(m, item) || it->status != M_OPEN || !m_visible(m, item) || m_waits(m, item))
        return false;
    if (it->kind != M_STEP)
        return true;
    return m_pending_dispute(m, item) < 0 && (!m->set.require_review || it->step.final > 0);
}

static bool is_others(const char *who, const char *agent)
{
    return who != NULL && agent != NULL && strcmp(who, agent) != 0;
}

bool m_ready(const struct model *m, int item, const char *agent)
{
    const struct m_claim *claim = &m->kept[item].claim;

    if (!m_startable(m, item) || is_others(m->items[item].assignee, agent))
        return false;
    return claim->agent == NULL || !claim->live ||
           (agent != NULL && strcmp(claim->agent, agent) == 0);
}

const char *m_state(const struct model *m, int item)
{
    const struct m_item *it = &m->items[item];

    if (it->status != M_OPEN)
        return m_status_names[it->status];
    if (it->kind == M_PROJECT || m_counted(m, item) > 0)
        return "open";
    if (it->kind == M_STEP && m_pending_dispute(m, item) >= 0)
        return "disputed";
    if (m->kept[item].claim.agent != NULL && m->kept[item].claim.live)
        return "claimed";
    return m_startable(m, item) ? "ready" : "waiting";
}

const char *m_content_name(const struct model *m, int item)
{
    const struct m_item *it = &m->items[item];

    return it->kind == M_STEP ? m_content_names[it->step.status] : m_status_names[it->status];
}

void m_walk(const struct model *m, int parent, int level, m_visit *visit, void *ctx)
{
    for (int i = 0; i < m->n_order; i++) {
        if (!m_is_child(m, parent, m->order[i]))
            continue;
        visit(ctx, m->order[i], level);
        m_walk(m, m->order[i], level + 1, visit, ctx);
    }
}

/* --- circles --- */

enum side { START, END };

/* Depth first over starts and ends: a node that is met again on the way to it is on a circle. */
struct search {
    const struct model *m;
    enum { UNSEEN, OPEN, DONE } state[M_ITEMS][2];
    bool circle;
};

static void need(struct search *s, int item, enum side side);

static void needs_of_end(struct search *s, int item)
{
    need(s, item, START);
    for (int i = 1; i <= s->m->last; i++) {
        if (m_is_child(s->m, item, i))
            need(s, i, END);
    }
}

static void needs_of_start(struct search *s, int item)
{
    const struct m_item *it = &s->m->items[item];

    if (it->parent < 0)
        return;
    need(s, it->parent, START);
    for (int i = 0; i < it->n_deps; i++) {
        if (m_visible(s->m, it->deps[i]))
            need(s, it->deps[i], END);
    }
    if (!s->m->items[it->parent].sequential)
        return;
    for (int i = 0; i < s->m->n_order && s->m->order[i] != item; i++) {
        if (m_is_child(s->m, it->parent, s->m->order[i]))
            need(s, s->m->order[i], END);
    }
}

static void need(struct search *s, int item, enum side side)
{
    if (s->state[item][side] == OPEN)
        s->circle = true;
    if (s->state[item][side] != UNSEEN)
        return;
    s->state[item][side] = OPEN;
    if (side == END)
        needs_of_end(s, item);
    else
        needs_of_start(s, item);
    s->state[item][side] = DONE;
}

bool m_circle(const struct model *m)
{
    struct search s = {.m = m};

    for (int i = 0; i <= m->last && !s.circle; i++) {
        if (m_visible(m, i))
            need(&s, i, END);
    }
    return s.circle;
}
