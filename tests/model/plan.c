/* create_project, update_project, create_task, create_step */
#include "model.h"

#include <stdlib.h>

int m_new_item(struct m_call *call, enum m_kind kind, int parent, const char *title)
{
    struct model *m = call->m;
    const int item = ++m->last;

    if (item >= M_ITEMS)
        abort();
    m->items[item] = (struct m_item){.kind = kind,
                                     .parent = parent,
                                     .title = arena_strdup(&m->arena, title),
                                     .has_step = kind == M_STEP,
                                     .version = 1};
    return item;
}

int m_add_iteration(struct m_call *call, int item, struct m_iteration iteration)
{
    struct m_step *step = &call->m->items[item].step;

    if (step->last == M_ITERATIONS)
        abort();
    iteration.agent = call->agent;
    iteration.tick = call->m->tick + 1;
    call->m->kept[item].iterations[++step->last] = iteration;
    return step->last;
}

void m_first_draft(struct m_call *call, int item, const char *content)
{
    struct m_step *step = &call->m->items[item].step;

    if (content == NULL)
        return;
    step->server = m_add_iteration(
        call, item, (struct m_iteration){.action = "submit", .role = "server", .content = content});
    step->status = M_REVIEW;
    step->server_ready = true;
    step->turn = step->server;
    m_score(call->m, item);
}

/* Out of bounds, as docs/TOOLS.md has them. */
static void check_settings(struct m_call *call)
{
    const cJSON *threshold = json_get(call->args, "complexity_threshold");
    const int rounds = m_number(call, "max_iterations", 1);
    const char *description = json_get_text(call->args, "description");

    if (threshold != NULL && (threshold->valuedouble < 0 || threshold->valuedouble > 1))
        m_refuse(call, M_INVALID, "complexity_threshold");
    if (rounds < 1 || rounds > 100)
        m_refuse(call, M_INVALID, "max_iterations");
    if (description != NULL && description[0] == '\0')
        m_refuse(call, M_INVALID, "description");
}

static void set_flag(struct m_call *call, const char *name, bool *flag, bool *ret_changed)
{
    const bool want = m_flag(call, name, *flag);

    *ret_changed = *ret_changed || want != *flag;
    *flag = want;
}

static void set_text(struct m_call *call, const char *name, const char **text, bool *ret_changed)
{
    const char *want = m_arg(call, name);

    if (want == NULL || (*text != NULL && strcmp(want, *text) == 0))
        return;
    *ret_changed = true;
    *text = want;
}

/* What the arguments make of the settings; whether that is a change. */
static bool settings_of(struct m_call *call, struct m_settings *set, bool *sequential)
{
    const cJSON *threshold = json_get(call->args, "complexity_threshold");
    const int rounds = m_number(call, "max_iterations", set->max_iterations);
    bool changed = rounds != set->max_iterations;

    set->max_iterations = rounds;
    if (threshold != NULL && threshold->valuedouble != set->threshold) {
        set->threshold = threshold->valuedouble;
        changed = true;
    }
    set_text(call, "name", &set->name, &changed);
    set_text(call, "description", &set->description, &changed);
    set_flag(call, "sequential", sequential, &changed);
    set_flag(call, "require_review", &set->require_review, &changed);
    set_flag(call, "separate_authors", &set->separate_authors, &changed);
    set_flag(call, "human_only", &set->human_only, &changed);
    set_flag(call, "require_evidence", &set->require_evidence, &changed);
    return changed;
}

void m_create_project(struct m_call *call)
{
    struct model *m = call->m;
    bool sequential = false;

    if (json_get_text(call->args, "name") == NULL ||
        json_get_text(call->args, "description") == NULL)
        m_refuse(call, M_INVALID, "name or description is missing");
    check_settings(call);
    if (m->made)
        m_refuse(call, M_CONFLICT, "the slug is taken");
    if (m_refused(call))
        return;
    m->set = (struct m_settings){.threshold = 0.7, .max_iterations = 3};
    (void)settings_of(call, &m->set, &sequential);
    m->items[0] = (struct m_item){.kind = M_PROJECT,
                                  .parent = -1,
                                  .title = m->set.name,
                                  .sequential = sequential,
                                  .version = 1};
    m->made = true;
    m_audit(call, "created", "project", 0);
    m_answer_project(call);
}

void m_update_project(struct m_call *call)
{
    struct model *m = call->m;
    struct m_settings set = m->set;
    bool sequential = m->items[0].sequential;
    const char *status = json_get_text(call->args, "status");
    const int item = m_find(call, "project");
    bool changed = settings_of(call, &set, &sequential);

    if (status != NULL)
        set.archived = strcmp(status, "archived") == 0;
    changed = changed || set.archived != m->set.archived;
    if (item != 0)
        m_refuse(call, M_INVALID | M_NOT_FOUND, "an item, not a project");
    check_settings(call);
    if (changed) /* what finds its work done does not look at the version */
        m_check_version(call, 0);
    if (sequential && !m->items[0].sequential) {
        m->items[0].sequential = true;
        if (m_circle(m))
            m_refuse(call, M_CONFLICT, "a dependency runs against the order");
        m->items[0].sequential = false;
    }
    if (changed && m->set.archived && set.archived)
        m_refuse(call, M_CONFLICT, "archived");
    if (m_refused(call))
        return;
    call->want->unchanged = !changed;
    m->set = set;
    m->items[0].title = set.name;
    m->items[0].sequential = sequential;
    m->items[0].version += changed;
    if (changed)
        m_audit(call, "updated", "project", 0);
    m_answer_project(call);
}

/* --- tasks and steps --- */

void m_check_parent(struct m_call *call, enum m_kind kind, int parent)
{
    const struct m_item *it = &call->m->items[parent];

    if (it->kind == M_STEP)
        m_refuse(call, M_INVALID, "the parent is a step");
    if (kind == M_STEP && it->kind == M_PROJECT)
        m_refuse(call, M_INVALID, "a step belongs to a task");
    if (it->status == M_CANCELLED)
        m_refuse(call, M_CONFLICT, "the parent is cancelled");
}

/* The sibling of `before` or `after`, 0 for none. */
int m_find_sibling(struct m_call *call, int parent)
{
    const bool before = json_get(call->args, "before") != NULL;
    const char *text = json_get_text(call->args, before ? "before" : "after");
    const int sibling = text == NULL ? 0 : m_lookup(call->m, text);

    if (before && json_get(call->args, "after") != NULL)
        m_refuse(call, M_INVALID, "before and after");
    if (text == NULL)
        return 0;
    if (sibling == -2)
        m_refuse(call, M_INVALID, "the sibling names nothing");
    else if (sibling == -1)
        m_refuse(call, M_NOT_FOUND, "no such sibling");
    else if (sibling <= 0) /* another project's, or the project: neither is below this parent */
        m_refuse(call, M_INVALID | M_NOT_FOUND, "not a sibling");
    else if (parent >= 0 && call->m->items[sibling].parent != parent)
        m_refuse(call, M_INVALID, "the sibling is elsewhere");
    return sibling;
}

/* Read before the child is there. */
void m_audit_parent(struct m_call *call, int parent, enum m_status child)
{
    const struct m_item *it = &call->m->items[parent];

    if (it->status != M_COMPLETE || m_counted(call->m, parent) > 0 || child == M_CANCELLED)
        return;
    m_audit(call, child == M_OPEN ? "reopened" : "updated", m_kind_names[it->kind], parent);
    call->m->audit[call->m->n_audit - 1].by_hand = true;
}

static void create(struct m_call *call, enum m_kind kind)
{
    struct model *m = call->m;
    const int parent = m_write_item(call, kind == M_TASK ? "parent" : "task");
    const int sibling = m_find_sibling(call, parent);
    int item = 0;

    if (json_get_text(call->args, "title") == NULL)
        m_refuse(call, M_INVALID, "title is missing");
    if (m_number(call, "priority", 0) < 0 || m_number(call, "priority", 0) > 100)
        m_refuse(call, M_INVALID, "priority");
    if (parent >= 0)
        m_check_parent(call, kind, parent);
    if (m_refused(call))
        return;
    m_audit_parent(call, parent, M_OPEN);
    item = m_new_item(call, kind, parent, m_arg(call, "title"));
    m->items[item].priority = m_number(call, "priority", 0);
    m->items[item].assignee = m_arg(call, "assignee");
    if (kind == M_TASK) {
        m->items[item].objective = m_arg(call, "objective");
        m->items[item].sequential = m_flag(call, "sequential", false);
    } else {
        m_first_draft(call, item, m_arg(call, "content"));
    }
    m_place(m, item, sibling > 0 ? sibling : -1, json_get(call->args, "before") != NULL);
    m_audit(call, "created", m_kind_names[kind], item);
    (void)m_answer_item(call, item);
}

void m_create_task(struct m_call *call)
{
    create(call, M_TASK);
}

void m_create_step(struct m_call *call)
{
    create(call, M_STEP);
}
