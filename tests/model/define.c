/* define_tasks: the rows in the order given, then their parents, then what they wait for. */
#include "model.h"

#include <stdlib.h>

#define ROWS_MAX 64

struct row {
    const cJSON *json;
    enum m_kind kind;
    int nested_in; /* row, or -1 */
    int parent;    /* row, or -1: the call's parent */
};
struct rows {
    struct row at[ROWS_MAX];
    int n;
    int item[ROWS_MAX]; /* numbers, once they are given */
    int before;         /* the last number of the project until then */
};

static void collect(struct rows *rows, const cJSON *tasks, enum m_kind kind, int parent)
{
    const cJSON *json = NULL;

    cJSON_ArrayForEach(json, tasks)
    {
        const int row = rows->n++;
        if (row >= ROWS_MAX)
            abort();
        rows->at[row] =
            (struct row){.json = json, .kind = kind, .nested_in = parent, .parent = parent};
        collect(rows, json_get(json, "steps"), M_STEP, row);
        collect(rows, json_get(json, "tasks"), M_TASK, row);
    }
}

static int row_of(const struct rows *rows, const char *ref)
{
    for (int i = 0; i < rows->n; i++) {
        const char *own = json_get_text(rows->at[i].json, "ref");
        if (own != NULL && strcmp(own, ref) == 0)
            return i;
    }
    return -1;
}

static void check_refs(struct m_call *call, const struct rows *rows)
{
    for (int i = 0; i < rows->n; i++) {
        const char *ref = json_get_text(rows->at[i].json, "ref");
        if (ref != NULL && row_of(rows, ref) != i)
            m_refuse(call, M_INVALID, "a ref twice");
    }
}

/* False when the rows hang from each other: nothing more can be said of them. */
static bool link_parents(struct m_call *call, struct rows *rows)
{
    for (int i = 0; i < rows->n; i++) {
        const char *ref = json_get_text(rows->at[i].json, "parent_ref");
        if (ref == NULL)
            continue;
        rows->at[i].parent = row_of(rows, ref);
        if (rows->at[i].nested_in >= 0 || rows->at[i].parent < 0 ||
            rows->at[rows->at[i].parent].kind == M_STEP)
            m_refuse(call, M_INVALID, "parent_ref");
    }
    for (int i = 0; i < rows->n; i++) {
        int up = i;
        for (int n = 0; n <= rows->n && up >= 0; n++)
            up = rows->at[up].parent;
        if (up >= 0) {
            m_refuse(call, M_INVALID, "parents in a circle");
            return false;
        }
    }
    return true;
}

/* What a row waits for: a row of the call, or an item of the project. */
static int find_dep(struct m_call *call, const struct rows *rows, int row, const char *name)
{
    const int local = row_of(rows, name);
    int item = 0;

    if (local == row)
        m_refuse(call, M_INVALID, "waits for itself");
    if (local >= 0)
        return rows->item[local];
    item = m_lookup(call->m, name);
    if (item > rows->before)
        item = -1;                               /* its number is given out by this very call */
    if (item == -1 && strchr(name, '-') == NULL) /* a project at most */
        m_refuse(call, M_INVALID | M_NOT_FOUND, "neither a row nor an item");
    else if (item == -1)
        m_refuse(call, M_NOT_FOUND, "what it depends on does not exist");
    else if (item <= 0)
        m_refuse(call, M_INVALID, "what it depends on is no item of the project");
    return item;
}

static void add_dep(struct model *m, int item, int dep)
{
    struct m_item *it = &m->items[item];

    for (int i = 0; i < it->n_deps; i++) {
        if (it->deps[i] == dep)
            return;
    }
    if (it->n_deps == M_DEPS)
        abort();
    it->deps[it->n_deps++] = dep;
}

static void link_deps(struct m_call *call, const struct rows *rows)
{
    for (int i = 0; i < rows->n; i++) {
        const cJSON *name = NULL;
        cJSON_ArrayForEach(name, json_get(rows->at[i].json, "depends_on"))
        {
            const int dep = find_dep(call, rows, i, name->valuestring);
            if (dep > 0)
                add_dep(call->m, rows->item[i], dep);
        }
    }
}

/* Into the model, as if it were allowed; the caller takes a copy of the model first. */
static void insert(struct m_call *call, struct rows *rows, int parent)
{
    struct model *m = call->m;

    for (int i = 0; i < rows->n; i++) {
        const cJSON *json = rows->at[i].json;
        const int item = m_new_item(call, rows->at[i].kind, parent, json_get_text(json, "title"));
        const char *text =
            json_get_text(json, rows->at[i].kind == M_TASK ? "objective" : "content");
        rows->item[i] = item;
        m->items[item].sequential = cJSON_IsTrue(json_get(json, "sequential"));
        if (rows->at[i].kind == M_TASK)
            m->items[item].objective = arena_strdup(&m->arena, text);
        else
            m_first_draft(call, item, arena_strdup(&m->arena, text));
        m_place(m, item, -1, false);
        m_audit(call, "created", m_kind_names[rows->at[i].kind], item);
    }
    for (int i = 0; i < rows->n; i++) {
        if (rows->at[i].parent >= 0)
            m->items[rows->item[i]].parent = rows->item[rows->at[i].parent];
    }
}

static cJSON *answer(struct m_call *call, const struct rows *rows, int parent)
{
    cJSON *answer = cJSON_CreateObject();
    cJSON *items = cJSON_AddArrayToObject(answer, "items");

    m_derive(call->m);
    cJSON_AddBoolToObject(answer, "changed", true);
    cJSON_AddNumberToObject(answer, "created", rows->n);
    cJSON_AddStringToObject(answer, "parent", m_key(call, parent));
    cJSON_AddStringToObject(answer, "first", m_key(call, rows->item[0]));
    cJSON_AddStringToObject(answer, "last", m_key(call, rows->item[rows->n - 1]));
    for (int i = 0; i < rows->n; i++) {
        const char *ref = json_get_text(rows->at[i].json, "ref");
        cJSON *told = cJSON_CreateObject();
        cJSON_AddStringToObject(told, "key", m_key(call, rows->item[i]));
        if (ref != NULL)
            cJSON_AddStringToObject(told, "ref", ref);
        cJSON_AddItemToArray(items, told);
    }
    return answer;
}

/* Rows are inserted on trial: what is refused leaves the numbers and the order as they were. */
static void take_back(struct model *m, int last, int n_order)
{
    m->last = last;
    m->n_order = n_order;
}

void m_define_tasks(struct m_call *call)
{
    struct model *m = call->m;
    struct rows *rows = ARENA_NEW(&m->arena, struct rows);
    const int last = m->last;
    const int n_order = m->n_order;
    const int parent = m_write_item(call, "parent");
    bool reopens = false; /* told after the rows, by what was before them */

    rows->before = last;
    collect(rows, json_get(call->args, "tasks"), M_TASK, -1);
    check_refs(call, rows);
    if (!link_parents(call, rows))
        return;
    if (rows->n == 0)
        m_refuse(call, M_INVALID, "nothing to define");
    if (parent >= 0 && m->items[parent].kind == M_STEP)
        m_refuse(call, M_INVALID, "the parent is a step");
    if (parent >= 0 && m->items[parent].status == M_CANCELLED)
        m_refuse(call, M_CONFLICT, "the parent is cancelled");
    reopens = parent >= 0 && m->items[parent].status == M_COMPLETE && m_counted(m, parent) == 0;
    insert(call, rows, parent < 0 ? 0 : parent);
    link_deps(call, rows);
    if (m_circle(m))
        m_refuse(call, M_INVALID, "would wait for itself");
    if (m_refused(call)) {
        take_back(m, last, n_order);
        return;
    }
    if (reopens)
        m_audit(call, "reopened", m_kind_names[m->items[parent].kind], parent);
    call->want->answer = answer(call, rows, parent);
}
