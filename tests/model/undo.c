/*
 * undo: the columns that a change changed get back what was in them, what it created is deleted,
 * what it deleted comes back. Undoing an undoing does the first change, its root, again. A later
 * change of the same items stands in the way, unless it was undone itself. Contents and numbers
 * stay.
 *
 * Some reasons to refuse lie in places that are gone, claims and circles: there a conflict is taken
 * as well, except right after the change.
 */
#include "model.h"

#include <stdlib.h>

#include "planner/base/memory.h"

void m_note_before(struct model *m)
{
    memcpy(m->before, m->items, sizeof(m->before));
    m->set_before = m->set;
    m->last_before = m->last;
    m->evidence_before = m->n_evidence;
    m->n_order_before = m->n_order;
    memcpy(m->order_before, m->order, sizeof(m->order));
    for (int i = 0; i <= m->last; i++) {
        const int n = m->kept[i].n_disputes;
        m->disputes_before[i] = n;
        m->dispute_before[i] = n > 0 ? m->kept[i].disputes[n - 1] : (struct m_dispute){0};
    }
}

static bool is_claim(const char *action)
{
    return strcmp(action, "claimed") == 0 || strcmp(action, "released") == 0;
}

static struct m_touch *touch_of(struct m_change *change, int item)
{
    for (int i = 0; i < change->n_touches; i++) {
        if (change->touches[i].item == item)
            return &change->touches[i];
    }
    return NULL;
}

static void keep_order(struct model *m, struct m_change *change)
{
    change->n_order = m->n_order_before;
    change->order = ARENA_MANY(&m->arena, M_ITEMS, int);
    memcpy(change->order, m->order_before, sizeof(m->order_before));
}

static void note_touch(struct model *m, struct m_change *change, const struct m_audit *row)
{
    const int item = row->item;
    const int n = m->kept[item].n_disputes;
    struct m_touch *t = touch_of(change, item);

    if (t == NULL) {
        t = &change->touches[change->n_touches++];
        *t = (struct m_touch){.item = item, .is = m->items[item], .claims = true};
        t->created = item > m->last_before;
        t->was = t->created ? m->items[item] : m->before[item];
        t->was_disputes = t->created ? 0 : m->disputes_before[item];
        t->was_dispute = m->dispute_before[item];
        t->is_disputes = n;
        t->is_dispute = n > 0 ? m->kept[item].disputes[n - 1] : (struct m_dispute){0};
    }
    t->claims = t->claims && is_claim(row->action);
    t->by_hand = t->by_hand || row->by_hand;
    if (strcmp(row->type, "dispute") != 0)
        t->type = row->type;
    if (strcmp(row->action, "moved") == 0) {
        t->moved = true;
        keep_order(m, change);
    }
}

void m_note_change(struct m_call *call)
{
    struct model *m = call->m;
    struct m_change *change = &m->changes[m->n_changes];

    m_derive(m);
    *change = (struct m_change){.root = m->n_changes,
                                .redo = true,
                                .was_set = m->set_before,
                                .is_set = m->set,
                                .evidence_from = m->evidence_before,
                                .evidence_to = m->n_evidence};
    change->touches = ARENA_MANY(&m->arena, (size_t)m->n_audit, struct m_touch);
    for (int i = 0; i < m->n_audit; i++) {
        note_touch(m, change, &m->audit[i]);
        change->claims = change->claims || is_claim(m->audit[i].action);
        change->human = change->human || strcmp(m->audit[i].action, "resolved") == 0;
    }
    if (++m->n_changes == M_LOG)
        abort();
}

/* --- what stands in the way --- */

static int find_change(const struct model *m, int64_t number)
{
    for (int i = 0; i < m->n_changes; i++) {
        if (m->changes[i].number == number)
            return i;
    }
    return -1;
}

/* Was a root in effect right after a change? */
static bool was_live(const struct model *m, int root, int after)
{
    bool live = root <= after;

    for (int i = root + 1; i <= after; i++) {
        if (m->changes[i].root == root)
            live = m->changes[i].redo;
    }
    return live;
}

static int last_of(const struct model *m, int root)
{
    int last = root;

    for (int i = root; i < m->n_changes; i++)
        last = m->changes[i].root == root ? i : last;
    return last;
}

/* Would taking the change back delete the item, as it created it? */
static bool goes(const struct model *m, const struct m_touch *t)
{
    return t->created ? !m->items[t->item].deleted : t->was.deleted && !t->is.deleted;
}

/* Would taking the change back make a step of a task? */
static bool is_demoted(const struct m_touch *t)
{
    return t->was.kind == M_STEP && t->is.kind == M_TASK;
}

static bool is_touched(struct model *m, struct m_change *change, int item)
{
    if (touch_of(change, item) != NULL)
        return true;
    for (int i = 0; i < change->n_touches; i++) {
        const struct m_touch *t = &change->touches[i];
        if ((goes(m, t) || is_demoted(t)) && m_visible(m, item) && m_below(m, item, t->item))
            return true;
    }
    return false;
}

/* A later change of the same items that is not undone, or an earlier one that was undone since. */
static bool is_blocked(struct model *m, int target)
{
    const int now = m->n_changes - 1;

    for (int i = target + 1; i <= now; i++) {
        struct m_change *later = &m->changes[i];
        if (later->root == m->changes[target].root ||
            was_live(m, later->root, now) == was_live(m, later->root, target))
            continue;
        for (int t = 0; t < later->n_touches; t++) {
            if (!later->touches[t].claims &&
                is_touched(m, &m->changes[target], later->touches[t].item))
                return true;
        }
    }
    return false;
}

static bool has_claims(struct model *m, struct m_change *change)
{
    for (int i = 1; i <= m->last; i++) {
        if (m->kept[i].claim.agent != NULL && is_touched(m, change, i))
            return true;
    }
    return false;
}

/* --- taking it back --- */

#define BACK(member)                   \
    do {                               \
        if (was->member != is->member) \
            it->member = was->member;  \
    } while (0)

static void restore_step(struct m_step *it, const struct m_step *was, const struct m_step *is)
{
    BACK(status);
    BACK(count);
    BACK(reached);
    BACK(server_ready);
    BACK(client_approved);
    BACK(turn);
    BACK(server);
    BACK(client);
    BACK(final);
    BACK(server_opinion);
    BACK(client_opinion);
    BACK(basis);
    BACK(has_agreed);
    BACK(promote);
    BACK(score);
    BACK(agreed);
}

static bool has_dep(const struct m_item *it, int dep)
{
    for (int i = 0; i < it->n_deps; i++) {
        if (it->deps[i] == dep)
            return true;
    }
    return false;
}

static void restore_deps(struct m_item *it, const struct m_item *was, const struct m_item *is)
{
    int n = 0;

    for (int i = 0; i < it->n_deps; i++) {
        if (has_dep(was, it->deps[i]) || !has_dep(is, it->deps[i]))
            it->deps[n++] = it->deps[i];
    }
    it->n_deps = n;
    for (int i = 0; i < was->n_deps; i++) {
        if (!has_dep(is, was->deps[i]) && !has_dep(it, was->deps[i]))
            it->deps[it->n_deps++] = was->deps[i];
    }
}

static void restore(struct m_item *it, const struct m_item *was, const struct m_item *is)
{
    BACK(kind);
    BACK(parent);
    BACK(title);
    BACK(objective);
    BACK(assignee);
    BACK(sequential);
    BACK(deleted);
    BACK(has_step);
    BACK(priority);
    BACK(status);
    restore_deps(it, was, is);
    restore_step(&it->step, &was->step, &is->step);
}

static void restore_dispute(struct m_call *call, const struct m_touch *t)
{
    struct m_kept *kept = &call->m->kept[t->item];
    const bool came = t->is_disputes > t->was_disputes;
    const bool went = t->is_disputes < t->was_disputes;

    if (!came && !went && t->was_dispute.resolved == t->is_dispute.resolved)
        return;
    kept->n_disputes += went - came;
    kept->forgot = true;
    if (!came)
        kept->disputes[kept->n_disputes - 1] = t->was_dispute;
    m_audit(call, "undone", "dispute", t->item);
}

static bool parent_created(const struct model *m, struct m_change *change, int item)
{
    const struct m_touch *t = touch_of(change, m->items[item].parent);

    return t != NULL && t->created;
}

static void end_claims(struct model *m)
{
    for (int i = 1; i <= m->last; i++) {
        if (!m_visible(m, i) && m->kept[i].claim.agent != NULL)
            m_end_claim(m, i);
    }
}

/* What comes back, or back to another parent, may open one that was completed by hand meanwhile. */
static void audit_above(struct m_call *call, struct m_change *change, const struct m_touch *t)
{
    const int parent = t->was.parent;
    const bool comes = t->is.deleted && !t->was.deleted;
    const bool counts = t->is.status == M_CANCELLED && t->was.status != M_CANCELLED;
    const enum m_status status = counts ? t->was.status : call->m->items[t->item].status;

    if (parent > 0 && (comes || counts || parent != t->is.parent) &&
        touch_of(change, parent) == NULL)
        m_audit_parent(call, parent, status);
}

/* Right after a move things stand as they stood; later the program finds a place. */
static void put_back(struct m_call *call, const struct m_change *change, int item)
{
    struct model *m = call->m;

    if (change != &m->changes[m->n_changes - 1]) {
        call->want->placed = item;
        return;
    }
    m->n_order = change->n_order;
    memcpy(m->order, change->order, sizeof(m->order));
}

static void take_back_touch(struct m_call *call, struct m_change *change, const struct m_touch *t)
{
    struct model *m = call->m;
    struct m_item *it = &m->items[t->item];

    if (t->claims) {
        if (m->kept[t->item].claim.agent != NULL)
            m_end_claim(m, t->item);
    } else if (t->created) {
        if (parent_created(m, change, t->item))
            return; /* it goes with that one */
        it->deleted = true;
        it->version++;
    } else {
        audit_above(call, change, t);
        restore(it, &t->was, &t->is);
        if (t->by_hand)
            it->status = t->was.status;
        it->version++;
        if (it->status != M_OPEN)
            m_end_claim(m, t->item);
        restore_dispute(call, t);
        if (t->moved)
            put_back(call, change, t->item);
    }
    m_audit(call, "undone", t->type, t->item);
}

/* The undoing is a change itself, with the same touches the other way round. */
static void note_undoing(struct m_call *call, int target, int root)
{
    struct model *m = call->m;
    struct m_change *taken = &m->changes[target];
    struct m_change *change = NULL;

    m->tick++; /* as it will be, for what is noted by it */
    m_note_change(call);
    m->tick--;
    change = &m->changes[m->n_changes - 1];
    change->root = root;
    change->redo = !was_live(m, root, m->n_changes - 2);
    for (int i = 0; i < change->n_touches; i++) {
        const struct m_touch *t = touch_of(taken, change->touches[i].item);
        change->touches[i].moved = t != NULL && t->moved;
        if (change->touches[i].moved)
            keep_order(m, change);
    }
    change->human = taken->human;
    change->claims = taken->claims;
    change->evidence_from = taken->evidence_from;
    change->evidence_to = taken->evidence_to;
}

static void check_undo(struct m_call *call, int root, int target)
{
    struct model *m = call->m;
    const struct m_change *first = &m->changes[root];
    const bool unarchives =
        m->changes[target].is_set.archived && !m->changes[target].was_set.archived;

    if (m->set.archived && !unarchives)
        m_refuse(call, M_CONFLICT, "archived");
    if (first->human && !call->actor.is_user)
        m_refuse(call, M_CONFLICT, "a person's decision");
    if (is_blocked(m, target))
        m_refuse(call, M_CONFLICT, "a later change stands in the way");
    if (target == 0 &&
        m_children(m, 0, M_OPEN) + m_counted(m, 0) + m_children(m, 0, M_CANCELLED) > 0)
        m_refuse(call, M_CONFLICT, "the project itself, and there are items in it");
}

/* Does its parent count it before, and not after, or the other way round? */
static bool goes_first(const struct m_touch *t)
{
    return t->moved || t->created || t->was.deleted != t->is.deleted ||
           (t->was.status == M_CANCELLED) != (t->is.status == M_CANCELLED);
}

/* A project that should not be there is put away. */
static void take_back_project(struct m_call *call)
{
    call->m->set.archived = true;
    call->m->items[0].version++;
    m_audit(call, "undone", "project", 0);
    m_derive(call->m);
    note_undoing(call, 0, 0);
}

static void take_back_settings(struct model *m, const struct m_change *change)
{
    const struct m_settings *was = &change->was_set;
    const struct m_settings *is = &change->is_set;
    struct m_settings *it = &m->set;

    BACK(name);
    BACK(description);
    BACK(archived);
    BACK(require_review);
    BACK(separate_authors);
    BACK(human_only);
    BACK(require_evidence);
    BACK(threshold);
    BACK(max_iterations);
}

static void take_back(struct m_call *call, int target, int root)
{
    struct model *m = call->m;
    struct m_change *change = &m->changes[target];
    const bool live = was_live(m, root, m->n_changes - 1);

    /* What goes, goes first: a parent that is left without children is what it was before. */
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < change->n_touches; i++) {
            if (goes_first(&change->touches[i]) == (pass == 0))
                take_back_touch(call, change, &change->touches[i]);
        }
        m_derive(m);
    }
    take_back_settings(m, change);
    for (int i = change->evidence_from; i < change->evidence_to; i++)
        m->evidence[i].withdrawn = live;
    end_claims(m);
    m_derive(m);
    note_undoing(call, target, root);
}

/* It changed something below what was gone already: an edge that a delete cut there. */
static bool has_hidden(struct model *m, const struct m_change *change)
{
    for (int i = 0; i < change->n_touches; i++) {
        const int item = change->touches[i].item;
        if (!m->items[item].deleted && !m_visible(m, item))
            return true;
    }
    return false;
}

static void keep_copy(struct model *m)
{
    if (m->back == NULL)
        m->back = memory_alloc(sizeof(*m));
    memcpy(m->back, m, sizeof(*m));
}

void m_undo(struct m_call *call)
{
    struct model *m = call->m;
    const cJSON *number = json_get(call->args, "change");
    const int given = number == NULL ? -1 : find_change(m, (int64_t)number->valuedouble);
    int root = 0;
    int target = 0;

    if (given < 0) {
        m_refuse(call, M_NOT_FOUND | M_INVALID, "no such change");
        return;
    }
    root = m->changes[given].root;
    target = last_of(m, root);
    if (was_live(m, root, m->n_changes - 1) == (given != root && !m->changes[given].redo)) {
        call->want->unchanged = true;
        call->want->answer = cJSON_CreateObject();
        cJSON_AddBoolToObject(call->want->answer, "changed", false);
        return;
    }
    check_undo(call, root, target);
    if (m_refused(call))
        return;
    keep_copy(m);
    call->want->unsure = target != m->n_changes - 1 || has_claims(m, &m->changes[target]) ||
                         has_hidden(m, &m->changes[target]) || m->changes[target].claims;
    if (target == 0)
        take_back_project(call);
    else
        take_back(call, target, root);
    call->want->answer = cJSON_CreateObject();
    cJSON_AddBoolToObject(call->want->answer, "changed", true);
}
