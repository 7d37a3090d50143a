/* update_item and delete_item */
#include "model.h"

/* An empty text is none. */
static bool text_changes(struct m_call *call, const char *name, const char **text)
{
    const char *want = m_arg(call, name);

    if (want == NULL || strcmp(want, *text == NULL ? "" : *text) == 0)
        return false;
    *text = want[0] == '\0' ? NULL : want;
    return true;
}

/* The item with what is edited; whether that is a change. */
static bool edited(struct m_call *call, struct m_item *it)
{
    const int priority = m_number(call, "priority", it->priority);
    const bool sequential = m_flag(call, "sequential", it->sequential);
    bool changed = priority != it->priority || sequential != it->sequential;

    it->priority = priority;
    it->sequential = sequential;
    changed = text_changes(call, "title", &it->title) || changed;
    changed = text_changes(call, "objective", &it->objective) || changed;
    return text_changes(call, "assignee", &it->assignee) || changed;
}

static void check_edit(struct m_call *call, int item)
{
    const enum m_kind kind = call->m->items[item].kind;

    if (kind == M_PROJECT)
        m_refuse(call, M_INVALID, "a project");
    if (kind == M_STEP && json_get(call->args, "objective") != NULL)
        m_refuse(call, M_INVALID, "a step has no objective");
    if (kind == M_STEP && m_flag(call, "sequential", false))
        m_refuse(call, M_INVALID, "a step has no children");
}

/* --- another place --- */

struct place {
    bool wanted, there;
    int parent, sibling; /* sibling 0: at the end */
    bool before;
};

static struct place find_place(struct m_call *call, int item)
{
    const char *parent = json_get_text(call->args, "parent");
    struct place place = {.before = json_get(call->args, "before") != NULL, .parent = -1};

    place.wanted = parent != NULL || place.before || json_get(call->args, "after") != NULL;
    if (!place.wanted)
        return place;
    if (parent != NULL) {
        place.parent = m_lookup(call->m, parent);
        if (place.parent == -1)
            m_refuse(call, M_NOT_FOUND, "no such parent");
        else if (place.parent < 0)
            m_refuse(call, M_INVALID, "no parent here");
    }
    place.sibling = m_find_sibling(call, place.parent);
    if (parent == NULL && place.sibling > 0)
        place.parent = call->m->items[place.sibling].parent;
    if (place.sibling == item && item > 0)
        m_refuse(call, M_INVALID, "next to itself");
    if (item > 0 && place.parent == call->m->items[item].parent)
        place.there =
            place.sibling == 0 || m_sibling(call->m, item, !place.before) == place.sibling;
    return place;
}

static void check_place(struct m_call *call, int item, const struct place *place)
{
    const struct model *m = call->m;

    if (place->parent < 0 || item <= 0)
        return;
    if (m_below(m, place->parent, item))
        m_refuse(call, M_INVALID, "inside itself");
    if (!place->there)
        m_check_parent(call, m->items[item].kind, place->parent);
}

static void move(struct m_call *call, int item, const struct place *place)
{
    struct model *m = call->m;

    m_audit_parent(call, place->parent, m->items[item].status);
    m->items[item].parent = place->parent;
    m_place(m, item, place->sibling > 0 ? place->sibling : -1, place->before);
}

struct before {
    struct m_item item;
    int order[M_ITEMS];
    int n_audit;
};

static void take_back(struct model *m, int item, const struct before *was)
{
    m->items[item] = was->item;
    memcpy(m->order, was->order, sizeof(m->order));
    m->n_audit = was->n_audit;
}

void m_update_item(struct m_call *call)
{
    struct model *m = call->m;
    const int item = m_write_item(call, "item");
    const struct place place = find_place(call, item);
    const bool moves = place.wanted && !place.there;
    struct before was;
    bool edits = false;

    if (item < 0)
        return;
    m_check_version(call, item);
    check_edit(call, item);
    check_place(call, item, &place);
    if (call->want->refused & ~(unsigned)M_CONFLICT)
        return;
    was.item = m->items[item];
    was.n_audit = m->n_audit;
    memcpy(was.order, m->order, sizeof(m->order));
    edits = edited(call, &m->items[item]);
    if (moves || (edits && json_get(call->args, "token") != NULL))
        m_check_token(call, item);
    if (edits)
        m_audit(call, "updated", m_kind_names[was.item.kind], item);
    if (moves && !m_refused(call)) {
        m_audit(call, "moved", m_kind_names[was.item.kind], item);
        move(call, item, &place);
    }
    if (m_circle(m))
        m_refuse(call, M_CONFLICT, "a circle");
    if (m_refused(call)) {
        take_back(m, item, &was);
        return;
    }
    call->want->unchanged = !edits && !moves;
    if (edits || moves)
        m_renew(call, item);
    m->items[item].version += edits || moves;
    (void)m_answer_item(call, item);
}

/* --- delete --- */

static int n_below(const struct model *m, int item)
{
    int n = 0;

    for (int i = 1; i <= m->last; i++)
        n += i != item && m_visible(m, i) && m_below(m, i, item);
    return n;
}

static void check_inside(struct m_call *call, int item)
{
    const struct model *m = call->m;

    for (int i = 1; i <= m->last; i++) {
        const struct m_claim *claim = &m->kept[i].claim;
        if (!m_visible(m, i) || !m_below(m, i, item))
            continue;
        if (m_pending_dispute(m, i) >= 0)
            m_refuse(call, M_CONFLICT, "an open dispute");
        if (claim->agent != NULL && claim->live && strcmp(claim->agent, call->agent) != 0)
            m_refuse(call, M_CONFLICT, "somebody's claim");
    }
}

/* What is outside and waits for something inside waits for it no longer. */
static bool cut_edges(struct m_call *call, int item, int waiting)
{
    struct m_item *it = &call->m->items[waiting];
    int n = 0;

    for (int i = 0; i < it->n_deps; i++) {
        if (!m_below(call->m, it->deps[i], item))
            it->deps[n++] = it->deps[i];
    }
    if (n == it->n_deps)
        return false;
    it->n_deps = n;
    m_audit(call, "unlinked", m_kind_names[it->kind], waiting);
    return true;
}

static void release_outside(struct m_call *call, int item, cJSON *released)
{
    struct model *m = call->m;

    for (int i = 1; i <= m->last; i++) {
        const bool waited = !m_below(m, i, item) && m_open_deps(m, i) > 0;
        if (m_below(m, i, item) || !cut_edges(call, item, i))
            continue;
        if (waited && m_visible(m, i) && m->items[i].status == M_OPEN && m_open_deps(m, i) == 0)
            cJSON_AddItemToArray(released, cJSON_CreateString(m_key(call, i)));
    }
}

void m_delete_item(struct m_call *call)
{
    struct model *m = call->m;
    const int item = m_write_item(call, "item");
    const bool force = m_flag(call, "force", false);
    cJSON *answer = NULL;
    cJSON *released = NULL;
    int below = 0;

    if (item == 0)
        m_refuse(call, M_INVALID, "a project");
    if (item <= 0)
        return;
    below = n_below(m, item);
    m_check_version(call, item);
    if (below > 0 && !m_flag(call, "subtree", false))
        m_refuse(call, M_CONFLICT, "something is below it");
    if (!force)
        check_inside(call, item);
    if (!force || json_get(call->args, "token") != NULL)
        m_check_token(call, item);
    if (m_refused(call))
        return;
    released = cJSON_CreateArray();
    m_audit(call, "deleted", m_kind_names[m->items[item].kind], item);
    release_outside(call, item, released);
    for (int i = 1; i <= m->last; i++) {
        if (m_below(m, i, item))
            m_end_claim(m, i);
    }
    m->items[item].deleted = true;
    m->items[item].version++;
    answer = m_answer_item(call, item);
    cJSON_ReplaceItemInObjectCaseSensitive(answer, "state", cJSON_CreateString("deleted"));
    cJSON_AddNumberToObject(answer, "below", below);
    cJSON_AddItemToObject(answer, "released", released);
}
