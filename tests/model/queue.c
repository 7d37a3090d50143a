/* work_queue: whose move it is, the most urgent first, then what waits longest. */
#include "model.h"

static bool is_turn(const struct m_call *call, int item, const char *role)
{
    const struct model *m = call->m;
    const struct m_item *it = &m->items[item];

    if (strcmp(role, "worker") == 0)
        return m_ready(m, item, call->agent);
    if (it->kind != M_STEP || it->status != M_OPEN || !m_visible(m, item))
        return false;
    if (strcmp(role, "server") == 0)
        return it->step.status == M_PENDING || it->step.status == M_DRAFT;
    return it->step.status == (strcmp(role, "client") == 0 ? M_REVIEW : M_DISPUTED);
}

static bool is_before(const struct model *m, int a, int b, bool by_age)
{
    const struct m_item *x = &m->items[a];
    const struct m_item *y = &m->items[b];

    if (x->priority != y->priority)
        return x->priority > y->priority;
    if (!by_age && x->step.since != y->step.since)
        return x->step.since < y->step.since;
    return a < b;
}

void m_work_queue(struct m_call *call)
{
    const struct model *m = call->m;
    const char *role = call->actor.is_user ? "human" : NULL;
    const char *given = json_get_text(call->args, "role");
    cJSON *list = NULL;
    int queue[M_ITEMS];
    int n = 0;

    role = given != NULL ? given : role;
    if (role == NULL)
        m_refuse(call, M_INVALID, "no role");
    if (m_find(call, "project") != 0 || role == NULL)
        return;
    for (int i = 1; i <= m->last && !m->set.archived; i++) {
        int at = n;
        if (!is_turn(call, i, role))
            continue;
        for (; at > 0 && is_before(m, i, queue[at - 1], strcmp(role, "worker") == 0); at--)
            queue[at] = queue[at - 1];
        queue[at] = i;
        n++;
    }
    list = cJSON_CreateArray();
    for (int i = 0; i < n; i++) {
        cJSON *told = cJSON_CreateObject();
        cJSON_AddStringToObject(told, "key", m_key(call, queue[i]));
        cJSON_AddItemToArray(list, told);
    }
    call->want->answer = cJSON_CreateObject();
    cJSON_AddItemToObject(call->want->answer, "items", list);
}
