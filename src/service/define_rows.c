/* From the arguments of define_tasks to flat rows with parents and edges. No database. */
#include "planner/service/plan_parts.h"

static enum status row_add(struct req *rq, struct define_plan *plan, struct define_row row)
{
    if (plan->n >= DEFINE_ITEMS_MAX)
        return req_fail(rq, ST_LIMIT,
                        "'tasks': more than %d tasks and steps; split them over "
                        "several calls",
                        DEFINE_ITEMS_MAX);
    if (row.parent >= 0 && plan->rows[row.parent].depth >= ITEM_DEPTH_MAX)
        return req_fail(rq, ST_LIMIT, "'%s': nested deeper than %d levels", row.where,
                        ITEM_DEPTH_MAX);
    if (plan->n == plan->cap) {
        const size_t cap = plan->cap == 0 ? 64 : plan->cap * 4;
        struct define_row *rows = ARENA_MANY(rq->arena, cap, struct define_row);
        if (plan->n > 0)
            memcpy(rows, plan->rows, plan->n * sizeof(*rows));
        plan->rows = rows;
        plan->cap = cap;
    }
    row.id = uuid_new(rq->uuids, rq->arena);
    row.last_child = -1;
    row.previous = -1;
    plan->rows[plan->n++] = row;
    return ST_OK;
}

static enum status collect_steps(struct req *rq, struct define_plan *plan,
                                 const struct define_task *task, int parent, const char *where)
{
    for (size_t i = 0; i < task->steps.n; i++) {
        const struct define_step *step = LIST_AT(task->steps, i, const struct define_step);
        TRY(row_add(rq, plan,
                    (struct define_row){
                        .kind = KIND_STEP,
                        .title = step->title,
                        .text = step->content,
                        .ref = step->ref,
                        .where = arena_printf(rq->arena, "%s.steps[%zu]", where, i),
                        .depends_on = step->depends_on,
                        .parent = parent,
                    }));
    }
    return ST_OK;
}

static enum status collect_tasks(struct req *rq, struct define_plan *plan, const struct list *tasks,
                                 int parent, const char *where)
{
    for (size_t i = 0; i < tasks->n; i++) {
        const struct define_task *task = LIST_AT(*tasks, i, const struct define_task);
        const char *here = arena_printf(rq->arena, "%s[%zu]", where, i);
        const int row = (int)plan->n;
        if (parent >= 0 && task->parent_ref != NULL)
            return req_fail(rq, ST_INVALID,
                            "'%s.parent_ref': the task is nested already; leave "
                            "it out",
                            here);
        TRY(row_add(rq, plan,
                    (struct define_row){
                        .kind = KIND_TASK,
                        .title = task->title,
                        .text = task->objective,
                        .ref = task->ref,
                        .parent_ref = task->parent_ref,
                        .where = here,
                        .depends_on = task->depends_on,
                        .parent = parent,
                        .sequential = task->sequential.v,
                    }));
        TRY(collect_steps(rq, plan, task, row, here));
        TRY(collect_tasks(rq, plan, &task->tasks, row, arena_printf(rq->arena, "%s.tasks", here)));
    }
    return ST_OK;
}

/* Rows by ref, sorted, for binary search. */
struct ref_index {
    const struct define_row **rows;
    size_t n;
};

static int compare_refs(const void *a, const void *b)
{
    const struct define_row *const *left = a;
    const struct define_row *const *right = b;

    return strcmp((*left)->ref, (*right)->ref);
}

static enum status index_build(struct req *rq, const struct define_plan *plan,
                               struct ref_index *ret_index)
{
    struct ref_index index = {ARENA_MANY(rq->arena, plan->n, const struct define_row *), 0};

    for (size_t i = 0; i < plan->n; i++) {
        if (plan->rows[i].ref != NULL)
            index.rows[index.n++] = &plan->rows[i];
    }
    if (index.n > 1)
        qsort(index.rows, index.n, sizeof(*index.rows), compare_refs);
    for (size_t i = 1; i < index.n; i++) {
        if (strcmp(index.rows[i - 1]->ref, index.rows[i]->ref) == 0)
            return req_fail(rq, ST_INVALID,
                            "'%s.ref': '%s' is given to %s, too; refs are unique "
                            "in a call",
                            index.rows[i]->where, index.rows[i]->ref, index.rows[i - 1]->where);
    }
    *ret_index = index;
    return ST_OK;
}

/* The row of a ref, or -1. */
static int index_find(const struct define_plan *plan, const struct ref_index *index,
                      const char *ref)
{
    const struct define_row key = {.ref = ref};
    const struct define_row *key_ptr = &key;
    const struct define_row **at = index->n == 0 ? NULL
                                                 : bsearch(&key_ptr, index->rows, index->n,
                                                           sizeof(*index->rows), compare_refs);

    return at == NULL ? -1 : (int)(*at - plan->rows);
}

static enum status link_parent(struct req *rq, struct define_plan *plan,
                               const struct ref_index *index, struct define_row *row)
{
    if (row->parent_ref == NULL)
        return ST_OK;
    row->parent = index_find(plan, index, row->parent_ref);
    if (row->parent < 0)
        return req_fail(rq, ST_INVALID, "'%s.parent_ref': no row has the ref '%.60s'", row->where,
                        row->parent_ref);
    if (plan->rows[row->parent].kind == KIND_STEP)
        return req_fail(rq, ST_INVALID, "'%s.parent_ref': '%.60s' is a step and holds nothing",
                        row->where, row->parent_ref);
    return ST_OK;
}

/* The depth of every row, by walking up; a walk longer than the limit is a circle or too deep. */
static enum status measure_depth(struct req *rq, struct define_plan *plan, struct define_row *row)
{
    int depth = 1;

    for (int up = row->parent; up >= 0; up = plan->rows[up].parent) {
        if (++depth > ITEM_DEPTH_MAX)
            return req_fail(
                rq, ST_INVALID,
                "'%s': its parents form a circle or more than %d levels; name a parent_ref nearer to the top",
                row->where, ITEM_DEPTH_MAX);
    }
    row->depth = depth;
    return ST_OK;
}

static void link_sibling(struct define_plan *plan, size_t i, int *last_root)
{
    struct define_row *row = &plan->rows[i];
    int *last = row->parent < 0 ? last_root : &plan->rows[row->parent].last_child;

    row->previous = *last;
    *last = (int)i;
    if (row->parent >= 0) {
        plan->rows[row->parent].n_children++;
        plan->rows[row->parent].n_open++;
    }
}

static enum status edge_add(struct req *rq, struct define_plan *plan, const struct ref_index *index,
                            size_t row, size_t nth)
{
    const struct define_row *r = &plan->rows[row];
    const char *name = *LIST_AT(r->depends_on, nth, const char *);
    const char *arg = arena_printf(rq->arena, "%s.depends_on", r->where);
    struct define_edge edge = {.row = (int)row, .local = index_find(plan, index, name)};

    if (edge.local == (int)row)
        return req_fail(rq, ST_INVALID, "'%s': '%.60s' is the row itself", arg, name);
    if (edge.local < 0) {
        if (ref_parse(rq, arg, name, &edge.target) != ST_OK || edge.target.text == NULL ||
            (edge.target.number != NULL && strcmp(edge.target.number, "0") == 0))
            return req_fail(rq, ST_INVALID,
                            "'%s': '%.60s' is neither a ref of this call nor the key of an item",
                            arg, name);
        plan->n_outside++;
    }
    for (size_t i = plan->n_edges; i > 0 && plan->edges[i - 1].row == (int)row; i--) {
        if (edge.local >= 0 && plan->edges[i - 1].local == edge.local)
            return ST_OK; /* named twice: one edge */
    }
    plan->edges[plan->n_edges++] = edge;
    return ST_OK;
}

static enum status collect_edges(struct req *rq, struct define_plan *plan,
                                 const struct ref_index *index)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n; i++)
        n += plan->rows[i].depends_on.n;
    plan->edges = ARENA_MANY(rq->arena, n, struct define_edge);
    for (size_t i = 0; i < plan->n; i++) {
        plan->rows[i].first_edge = plan->n_edges;
        for (size_t d = 0; d < plan->rows[i].depends_on.n; d++)
            TRY(edge_add(rq, plan, index, i, d));
        plan->rows[i].n_edges = plan->n_edges - plan->rows[i].first_edge;
    }
    return ST_OK;
}

enum status define_collect(struct req *rq, const struct define_args *args,
                           struct define_plan *ret_plan)
{
    struct define_plan plan = {0};
    struct ref_index index = {0};
    int last_root = -1;

    TRY(collect_tasks(rq, &plan, &args->tasks, -1, "tasks"));
    TRY(req_check_memory(rq));
    TRY(index_build(rq, &plan, &index));
    for (size_t i = 0; i < plan.n; i++)
        TRY(link_parent(rq, &plan, &index, &plan.rows[i]));
    for (size_t i = 0; i < plan.n; i++)
        TRY(measure_depth(rq, &plan, &plan.rows[i]));
    for (size_t i = 0; i < plan.n; i++)
        link_sibling(&plan, i, &last_root);
    TRY(collect_edges(rq, &plan, &index));
    *ret_plan = plan;
    return req_check_memory(rq);
}
