/* complete_step */
#include "model.h"

#include <stdlib.h>

static enum m_status wanted(struct m_call *call)
{
    const char *outcome = json_get_text(call->args, "outcome");

    if (outcome == NULL || strcmp(outcome, "done") == 0)
        return M_COMPLETE;
    if (strcmp(outcome, "cancelled") == 0)
        return M_CANCELLED;
    if (strcmp(outcome, "reopen") != 0)
        m_refuse(call, M_INVALID, "no such outcome");
    return M_OPEN;
}

static int n_evidence(const struct m_call *call)
{
    return cJSON_GetArraySize(json_get(call->args, "evidence"));
}

static int last_content(const struct model *m, int item)
{
    int tick = 0;

    for (int i = 1; i <= m->items[item].step.last; i++) {
        if (m->kept[item].iterations[i].content != NULL)
            tick = m->kept[item].iterations[i].tick;
    }
    return tick;
}

static bool has_evidence(const struct model *m, int item)
{
    for (int i = 0; i < m->n_evidence; i++) {
        if (m->evidence[i].item == item && !m->evidence[i].withdrawn &&
            m->evidence[i].tick >= last_content(m, item))
            return true;
    }
    return false;
}

static void check_done(struct m_call *call, int item)
{
    const struct model *m = call->m;
    const struct m_item *it = &m->items[item];

    if (m->set.require_review && it->kind == M_STEP && it->step.final == 0)
        m_refuse(call, M_NOT_READY, "no final content");
    if (m->set.require_evidence && n_evidence(call) == 0 && !has_evidence(m, item))
        m_refuse(call, M_NOT_READY, "no evidence");
}

static void check(struct m_call *call, int item, enum m_status status)
{
    const struct model *m = call->m;
    const struct m_item *it = &m->items[item];

    if (!m_is_leaf(m, item))
        m_refuse(call, M_CONFLICT, "it has children");
    if (status != M_OPEN && it->status != M_OPEN)
        m_refuse(call, M_CONFLICT, "reopen it first");
    if (m->items[it->parent].status == M_CANCELLED)
        m_refuse(call, M_CONFLICT, "the parent is cancelled");
    if (it->kind == M_STEP && m_pending_dispute(m, item) >= 0)
        m_refuse(call, M_CONFLICT, "disputed");
    if (status == M_COMPLETE)
        check_done(call, item);
}

static void keep_evidence(struct m_call *call, int item)
{
    struct model *m = call->m;
    const cJSON *e = NULL;

    cJSON_ArrayForEach(e, json_get(call->args, "evidence"))
    {
        if (m->n_evidence == M_LOG)
            abort();
        m->evidence[m->n_evidence++] =
            (struct m_evidence){.item = item,
                                .tick = m->tick + 1,
                                .kind = arena_strdup(&m->arena, json_get_text(e, "kind")),
                                .reference = arena_strdup(&m->arena, json_get_text(e, "reference")),
                                .summary = arena_strdup(&m->arena, json_get_text(e, "summary")),
                                .agent = call->agent};
    }
}

/* --- the answer --- */

static void tell_parents(struct m_call *call, cJSON *answer, int item)
{
    cJSON *parents = cJSON_AddArrayToObject(answer, "parents");

    for (int up = call->m->items[item].parent; up >= 0; up = call->m->items[up].parent) {
        cJSON *told = cJSON_CreateObject();
        cJSON_AddStringToObject(told, "key", m_key(call, up));
        cJSON_AddNumberToObject(told, "progress", m_shown(call->m, up));
        cJSON_AddItemToArray(parents, told);
    }
}

bool m_waits_for(const struct model *m, int item, int dep)
{
    for (int i = 0; i < m->items[item].n_deps; i++) {
        if (m->items[item].deps[i] == dep)
            return true;
    }
    return false;
}

int m_open_deps(const struct model *m, int item)
{
    int n = 0;

    for (int i = 0; i < m->items[item].n_deps; i++) {
        const int dep = m->items[item].deps[i];
        n += m->items[dep].status == M_OPEN && m_visible(m, dep);
    }
    return n;
}

/* Closed by this call, the item or a parent, and waited for by `waiting`. */
static bool set_free(const struct model *m, int waiting, int item)
{
    for (int up = item; up >= 0; up = m->items[up].parent) {
        if (m->items[up].status != M_OPEN && m_waits_for(m, waiting, up))
            return true;
    }
    return false;
}

void m_tell_released(struct m_call *call, cJSON *answer, int item)
{
    const struct model *m = call->m;
    cJSON *released = NULL;

    if (m->items[item].status == M_OPEN)
        return;
    for (int i = 1; i <= m->last; i++) {
        if (m->items[i].status != M_OPEN || !m_visible(m, i) || m_open_deps(m, i) > 0 ||
            !set_free(m, i, item))
            continue;
        if (released == NULL)
            released = cJSON_AddArrayToObject(answer, "released");
        cJSON_AddItemToArray(released, cJSON_CreateString(m_key(call, i)));
    }
}

struct first {
    const struct model *m;
    const char *agent;
    int item;
};

static void first_ready(void *ctx, int item, int level)
{
    struct first *first = ctx;
    const struct m_claim *claim = &first->m->kept[item].claim;
    const bool held = claim->agent != NULL && claim->live; /* by the agent itself, too */

    (void)level;
    if (first->item == 0 && !held && m_ready(first->m, item, first->agent))
        first->item = item;
}

static void tell_next(struct m_call *call, cJSON *answer, int item)
{
    struct first first = {.m = call->m, .agent = call->agent};

    if (call->m->items[item].status == M_OPEN)
        return;
    m_walk(call->m, 0, 1, first_ready, &first);
    if (first.item > 0)
        cJSON_AddStringToObject(answer, "next", m_key(call, first.item));
}

static void unchanged(struct m_call *call, int item)
{
    call->want->unchanged = true;
    (void)m_answer_item(call, item); /* done already: the version is not looked at */
}

void m_complete_step(struct m_call *call)
{
    static const char *const actions[] = {"reopened", "completed", "cancelled"};
    struct model *m = call->m;
    const int item = m_write_item(call, "item");
    const enum m_status status = wanted(call);
    bool again = false;
    cJSON *answer = NULL;

    if (item == 0)
        m_refuse(call, M_INVALID, "a project");
    if (item <= 0 || m_refused(call))
        return;
    again = m->items[item].status == status;
    if (again && !(status == M_COMPLETE && n_evidence(call) > 0)) {
        unchanged(call, item);
        return;
    }
    m_check_version(call, item);
    m_check_token(call, item);
    if (!again)
        check(call, item, status);
    if (m_refused(call))
        return;
    if (status == M_OPEN)
        m_audit_parent(call, m->items[item].parent, M_OPEN);
    keep_evidence(call, item);
    m_end_claim(m, item);
    m->items[item].status = status;
    m->items[item].version++;
    m_audit(call, again ? "updated" : actions[status], m_kind_names[m->items[item].kind], item);
    answer = m_answer_item(call, item);
    if (again) {
        cJSON_AddTrueToObject(answer, "late");
        return;
    }
    tell_parents(call, answer, item);
    m_tell_released(call, answer, item);
    tell_next(call, answer, item);
}
