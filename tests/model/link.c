/* link_items */
#include "model.h"

#include <stdlib.h>

/* Items that one of the two lists names, each once; what cannot be named is refused. */
struct named {
    int item[M_DEPS * 4];
    int n;
};

static void name(struct named *named, int item)
{
    for (int i = 0; i < named->n; i++) {
        if (named->item[i] == item)
            return;
    }
    if (named->n == (int)LENGTH_OF(named->item))
        abort();
    named->item[named->n++] = item;
}

static struct named find_all(struct m_call *call, const char *list)
{
    struct named named = {.n = 0};
    const cJSON *text = NULL;

    cJSON_ArrayForEach(text, json_get(call->args, list))
    {
        const int item = m_lookup(call->m, text->valuestring);
        if (item == -2)
            m_refuse(call, M_INVALID, "what is named is no item");
        else if (item == -1)
            m_refuse(call, M_NOT_FOUND, "what is named does not exist");
        else if (item == -3 && list[0] == 'd')
            m_refuse(call, M_INVALID, "another project's");
        else if (item >= 0)
            name(&named, item);
    }
    return named;
}

static void add(struct m_call *call, int item, int dep, int *n_added)
{
    struct model *m = call->m;
    struct m_item *it = &m->items[item];

    if (dep == 0 || m_below(m, dep, item) || m_below(m, item, dep))
        m_refuse(call, M_INVALID, "itself, or above or below it");
    if (m_waits_for(m, item, dep))
        return;
    if (it->status == M_COMPLETE && m->items[dep].status == M_OPEN)
        m_refuse(call, M_CONFLICT, "complete, and the other is open");
    if (it->n_deps == M_DEPS)
        abort();
    it->deps[it->n_deps++] = dep;
    (*n_added)++;
}

static void take_off(struct model *m, int item, int dep, int *n_removed)
{
    struct m_item *it = &m->items[item];

    for (int i = 0; i < it->n_deps; i++) {
        if (it->deps[i] != dep)
            continue;
        it->deps[i] = it->deps[--it->n_deps];
        (*n_removed)++;
        return;
    }
}

static bool has(const struct named *named, int item)
{
    for (int i = 0; i < named->n; i++) {
        if (named->item[i] == item)
            return true;
    }
    return false;
}

/* The dependencies as they would be; counts what differs. */
static void relink(struct m_call *call, int item, int *n_added, int *n_removed)
{
    const struct named wanted = find_all(call, "depends_on");
    const struct named unwanted = find_all(call, "remove");

    for (int i = 0; i < wanted.n; i++) {
        if (has(&unwanted, wanted.item[i]))
            m_refuse(call, M_INVALID, "in both lists");
    }
    if (item <= 0)
        return;
    for (int i = 0; i < unwanted.n; i++)
        take_off(call->m, item, unwanted.item[i], n_removed);
    for (int i = 0; i < wanted.n; i++)
        add(call, item, wanted.item[i], n_added);
}

void m_link_items(struct m_call *call)
{
    struct model *m = call->m;
    const int item = m_write_item(call, "item");
    struct m_item was = m->items[item < 0 ? 0 : item];
    int n_added = 0;
    int n_removed = 0;

    if (cJSON_GetArraySize(json_get(call->args, "depends_on")) +
            cJSON_GetArraySize(json_get(call->args, "remove")) ==
        0)
        m_refuse(call, M_INVALID, "nothing is named");
    if (item == 0)
        m_refuse(call, M_INVALID, "a project");
    relink(call, item, &n_added, &n_removed);
    if (item <= 0)
        return;
    if (m_circle(m))
        m_refuse(call, M_INVALID, "a circle");
    if (n_added + n_removed > 0) /* what finds its work done does not look at the version */
        m_check_version(call, item);
    if (m_refused(call)) {
        m->items[item] = was;
        return;
    }
    call->want->unchanged = n_added + n_removed == 0;
    m->items[item].version += !call->want->unchanged;
    if (n_added > 0)
        m_audit(call, "linked", m_kind_names[was.kind], item);
    if (n_removed > 0)
        m_audit(call, "unlinked", m_kind_names[was.kind], item);
    (void)m_answer_item(call, item);
}
