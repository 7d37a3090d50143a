/* define_tasks: a whole tree in one transaction, two flushes, every row set-based. */
#include "planner/service/complexity.h"
#include "planner/service/link.h"
#include "planner/service/order.h"
#include "planner/service/page.h"
#include "planner/service/plan_parts.h"

struct define_job {
    const struct define_args *args;
    struct ref parent;
    struct define_plan plan;
    int base_depth; /* of the parent */
};

/* sql/queries/items_resolve.sql */
struct outside_row {
    struct opt_int place; /* among the outside edges */
    const char *id, *project_id;
    struct opt_bool open;
    int kind;
};
struct outside {
    struct list items;
    struct list circle; /* keys from one of them to the parent */
};
static const struct field outside_row_fields[] = {
    ROW_INT(struct outside_row, place, REQUIRED),
    ROW_STR(struct outside_row, id, REQUIRED),
    ROW_STR(struct outside_row, project_id, REQUIRED),
    ROW_BOOL(struct outside_row, open, REQUIRED),
    ROW_ENUM(struct outside_row, kind, kind_names, REQUIRED),
    FIELD_END,
};
static const struct field outside_fields[] = {
    ROW_LIST(struct outside, items, outside_row_fields, struct outside_row, REQUIRED),
    FIELD_STRS(struct outside, circle, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};

static const struct field defined_fields[] = {
    ROW_STR(struct defined_item, key, REQUIRED),
    ROW_STR(struct defined_item, title, REQUIRED),
    ROW_STR(struct defined_item, ref, OPTIONAL),
    FIELD_END,
};
const struct field define_answer_fields[] = {
    ROW_BOOL(struct define_answer, changed, REQUIRED),
    ROW_INT(struct define_answer, change, REQUIRED),
    ROW_INT(struct define_answer, created, REQUIRED),
    ROW_STR(struct define_answer, project, REQUIRED),
    ROW_STR(struct define_answer, parent, REQUIRED),
    ROW_STR(struct define_answer, first, REQUIRED),
    ROW_STR(struct define_answer, last, REQUIRED),
    ROW_LIST(struct define_answer, items, defined_fields, struct defined_item, REQUIRED),
    ROW_BOOL(struct define_answer, replayed, OPTIONAL),
    FIELD_END,
};

/* Rows that are stored by one statement: short enough that the client hears how far it is. */
struct batch {
    const struct define_job *job;
    size_t from, to;
};
#define BATCH_ROWS 1000

/* One array parameter over the rows of a batch; `text` makes a row's element. */
typedef const char *row_text(struct req *rq, const struct define_job *job,
                             const struct define_row *row);

static const char *rows_param(struct req *rq, const struct batch *batch, row_text *text)
{
    const size_t n = batch->to - batch->from;
    const char **texts = ARENA_MANY(rq->arena, n, const char *);

    for (size_t i = 0; i < n; i++)
        texts[i] = text(rq, batch->job, &batch->job->plan.rows[batch->from + i]);
    return param_texts(rq, texts, n);
}

#define ROW_TEXT(name, expr)                                              \
    static const char *name(struct req *rq, const struct define_job *job, \
                            const struct define_row *row)                 \
    {                                                                     \
        (void)rq;                                                         \
        (void)job;                                                        \
        return expr;                                                      \
    }
ROW_TEXT(text_id, row->id)
ROW_TEXT(text_kind, field_choice(kind_names, (int)row->kind))
ROW_TEXT(text_depth, param_int(rq, job->base_depth + row->depth))
ROW_TEXT(text_key, row->sort_key)
ROW_TEXT(text_title, row->title)
ROW_TEXT(text_text, row->text)
ROW_TEXT(text_sequential, param_bool(row->sequential))
ROW_TEXT(text_blockers, param_int(rq, row->n_blockers))
ROW_TEXT(text_children, param_int(rq, row->n_children))
ROW_TEXT(text_avail, param_int(rq, row->n_avail))

static const char *text_analysis(struct req *rq, const struct define_job *job,
                                 const struct define_row *row)
{
    (void)job;
    if (row->kind != KIND_STEP)
        return NULL;
    return complexity_json(rq, complexity_of_text(rq->arena, row->text));
}

/* The rows hang from the call's parent; before flush one its id is not known. */
static const char *parents_param(struct req *rq, const struct batch *batch, const char *parent_id)
{
    const struct define_row *rows = batch->job->plan.rows;
    const size_t n = batch->to - batch->from;
    const char **texts = ARENA_MANY(rq->arena, n, const char *);

    for (size_t i = 0; i < n; i++) {
        const int parent = rows[batch->from + i].parent;
        texts[i] = parent < 0 ? parent_id : rows[parent].id;
    }
    return param_texts(rq, texts, n);
}

static void queue_resolve(struct write *w, const struct define_job *job, struct outside *outside)
{
    const struct define_plan *plan = &job->plan;
    const char **texts[3];
    size_t n = 0;

    for (int i = 0; i < 3; i++)
        texts[i] = ARENA_MANY(w->rq->arena, plan->n_outside, const char *);
    for (size_t i = 0; i < plan->n_edges; i++) {
        const struct ref *target = &plan->edges[i].target;
        if (plan->edges[i].local >= 0)
            continue;
        texts[0][n] = target->id;
        texts[1][n] = target->slug;
        texts[2][n] = target->number;
        n++;
    }
    tx_add(&w->tx, &q_items_resolve,
           PARAMS(REF_PARAMS(&job->parent), param_texts(w->rq, texts[0], n),
                  param_texts(w->rq, texts[1], n), param_texts(w->rq, texts[2], n)),
           INTO(outside_fields, outside));
}

/* The rows by their place among the outside edges; NULL where the store found nothing. */
static const struct outside_row **outside_index(struct req *rq, const struct outside *outside,
                                                size_t n)
{
    const struct outside_row **at = ARENA_MANY(rq->arena, n, const struct outside_row *);

    for (size_t i = 0; i < outside->items.n; i++) {
        const struct outside_row *row = LIST_AT(outside->items, i, const struct outside_row);
        if (row->place.v >= 0 && (size_t)row->place.v < n)
            at[row->place.v] = row;
    }
    return at;
}

/* An earlier edge of the same row to the same item. */
static bool is_repeated(const struct define_plan *plan, size_t edge)
{
    for (size_t i = edge; i > 0 && plan->edges[i - 1].row == plan->edges[edge].row; i--) {
        const char *other = plan->edges[i - 1].target_id;
        if (other != NULL && strcmp(other, plan->edges[edge].target_id) == 0)
            return true;
    }
    return false;
}

/* Fill in what the store said about the items that exist; count the open ones. */
static enum status apply_outside(struct write *w, struct define_job *job,
                                 const struct outside *outside, const char *project_id)
{
    struct define_plan *plan = &job->plan;
    const struct outside_row **rows = outside_index(w->rq, outside, plan->n_outside);
    size_t place = 0;

    if (outside->circle.n > 0)
        return req_fail(
            w->rq, ST_INVALID,
            "'depends_on': what goes below %s would wait for itself: %s; leave one of these out",
            *LIST_AT(outside->circle, outside->circle.n - 1, const char *const),
            link_way(w->rq, &outside->circle));
    for (size_t i = 0; i < plan->n_edges; i++) {
        struct define_edge *edge = &plan->edges[i];
        const struct outside_row *row = NULL;
        if (edge->local >= 0)
            continue;
        row = rows[place++];
        if (row == NULL) {
            tx_abort(&w->tx);
            return ref_not_found(w->rq, &edge->target);
        }
        if (strcmp(row->project_id, project_id) != 0)
            return req_fail(w->rq, ST_INVALID, "'%s': %s is in another project", edge->target.arg,
                            edge->target.text);
        edge->target_id = row->id;
        if (!is_repeated(plan, i)) /* named twice, by key and by id: one blocker */
            plan->rows[edge->row].n_blockers += row->open.v;
    }
    return ST_OK;
}

/* Counters, from the deepest rows up; every new row is open. Returns the roots' part. */
static void count_rows(struct define_plan *plan, bool require_review, int *ret_children,
                       int *ret_avail)
{
    int n_roots = 0;
    int n_avail = 0;

    for (int depth = ITEM_DEPTH_MAX; depth >= 1; depth--) {
        for (size_t i = 0; i < plan->n; i++) {
            struct define_row *row = &plan->rows[i];
            bool avail = row->n_blockers == 0;
            if (row->depth != depth)
                continue;
            if (row->kind == KIND_STEP)
                avail = avail && !require_review;
            else
                avail = avail && (row->n_children == 0 || row->n_avail > 0);
            if (row->parent >= 0) {
                plan->rows[row->parent].n_avail += avail;
            } else {
                n_roots++;
                n_avail += avail;
            }
        }
    }
    *ret_children = n_roots;
    *ret_avail = n_avail;
}

static void count_local_blockers(struct define_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        plan->rows[i].n_blockers = 0;
        plan->rows[i].n_avail = 0;
    }
    for (size_t i = 0; i < plan->n_edges; i++)
        plan->rows[plan->edges[i].row].n_blockers += plan->edges[i].local >= 0;
}

/* Keys: each after the sibling before it; the first roots after what is there. */
static bool place_rows(struct req *rq, struct define_plan *plan, const char *low)
{
    for (size_t i = 0; i < plan->n; i++) {
        struct define_row *row = &plan->rows[i];
        const char *before = row->previous >= 0 ? plan->rows[row->previous].sort_key : NULL;
        if (before == NULL && row->parent < 0)
            before = low;
        row->sort_key = order_between(rq->arena, before, NULL);
        if (row->sort_key == NULL)
            return false;
    }
    return true;
}

static const char *row_as_json(struct req *rq, const struct define_plan *plan,
                               const struct define_row *row, const char *parent_id)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "kind", field_choice(kind_names, (int)row->kind));
    json_put_str(&out, "parent_id", row->parent < 0 ? parent_id : plan->rows[row->parent].id);
    json_put_str(&out, "sort_key", row->sort_key);
    json_put_str(&out, "title", row->title);
    if (row->kind == KIND_TASK)
        json_put_str(&out, "objective", row->text);
    else if (row->text != NULL)
        json_put_int(&out, "server_number", 1);
    if (row->sequential)
        json_put_bool(&out, "sequential", true);
    if (row->depends_on.n > 0) {
        json_key(&out, "depends_on");
        json_begin(&out, '[');
        for (size_t i = row->first_edge; i < row->first_edge + row->n_edges; i++) {
            const struct define_edge *edge = &plan->edges[i];
            json_str(&out, edge->local >= 0 ? plan->rows[edge->local].id : edge->target_id);
        }
        json_end(&out, ']');
    }
    json_end(&out, '}');
    return json_text(&out);
}

/* Edges point forward as well as back, so they go with the last batch. */
struct edges {
    const char **from, **to;
    size_t n;
};

static struct edges edges_of(struct req *rq, const struct define_plan *plan)
{
    struct edges edges = {.n = plan->n_edges};

    edges.from = ARENA_MANY(rq->arena, plan->n_edges, const char *);
    edges.to = ARENA_MANY(rq->arena, plan->n_edges, const char *);
    for (size_t i = 0; i < plan->n_edges; i++) {
        const struct define_edge *edge = &plan->edges[i];
        edges.from[i] = plan->rows[edge->row].id;
        edges.to[i] = edge->local >= 0 ? plan->rows[edge->local].id : edge->target_id;
    }
    return edges;
}

static void queue_batch(struct write *w, const struct batch *batch, const struct item_state *parent,
                        const struct edges *edges)
{
    struct req *rq = w->rq;
    const struct define_plan *plan = &batch->job->plan;

    tx_add(&w->tx, &q_items_add,
           PARAMS(parent->project->id, rq->actor.agent, rows_param(rq, batch, text_id),
                  parents_param(rq, batch, parent->id), rows_param(rq, batch, text_kind),
                  rows_param(rq, batch, text_depth), rows_param(rq, batch, text_key),
                  rows_param(rq, batch, text_title), rows_param(rq, batch, text_text),
                  rows_param(rq, batch, text_sequential), rows_param(rq, batch, text_blockers),
                  rows_param(rq, batch, text_children), rows_param(rq, batch, text_avail),
                  param_bool(parent->project->require_review.v),
                  param_texts(rq, edges->from, edges->n), param_texts(rq, edges->to, edges->n),
                  rows_param(rq, batch, text_analysis)),
           INTO_NOTHING);
    for (size_t i = batch->from; i < batch->to; i++)
        write_audit(w, field_choice(kind_names, (int)plan->rows[i].kind), plan->rows[i].id,
                    "created", NULL, row_as_json(rq, plan, &plan->rows[i], parent->id));
    write_queue_audit(w, parent->project->id);
    tx_mark(&w->tx, (double)batch->to, (double)plan->n,
            arena_printf(rq->arena, "stored %zu of %zu items", batch->to, plan->n));
}

/* A parent may be given after its children; it has to be stored with them. */
static size_t batch_end(const struct define_plan *plan, size_t from)
{
    size_t end = plan->n - from < BATCH_ROWS ? plan->n : from + BATCH_ROWS;

    for (size_t i = from; i < end; i++) {
        if (plan->rows[i].parent >= (int)end)
            end = (size_t)plan->rows[i].parent + 1;
    }
    return end;
}

static void queue_rows(struct write *w, const struct define_job *job,
                       const struct item_state *parent)
{
    const struct define_plan *plan = &job->plan;
    const struct edges all = edges_of(w->rq, plan);
    const struct edges none = {0};
    struct batch batch = {.job = job};

    for (; batch.from < plan->n; batch.from = batch.to) {
        batch.to = batch_end(plan, batch.from);
        queue_batch(w, &batch, parent, batch.to == plan->n ? &all : &none);
    }
}

static enum status define_store(struct write *w, struct define_job *job,
                                const struct item_state *parent, int n_roots, int n_avail)
{
    struct req *rq = w->rq;
    const struct define_plan *plan = &job->plan;
    const size_t told = plan->n < DEFINE_TOLD ? plan->n : DEFINE_TOLD;
    const char **ids = ARENA_MANY(rq->arena, told, const char *);
    const char **refs = ARENA_MANY(rq->arena, told, const char *);

    for (size_t i = 0; i < told; i++) {
        ids[i] = plan->rows[i].id;
        refs[i] = plan->rows[i].ref;
    }
    tx_add(&w->tx, &q_roll_climb,
           PARAMS(parent->project->id, parent->id, param_int(rq, n_roots), param_int(rq, n_roots),
                  param_int(rq, n_avail), "0"),
           INTO_NOTHING);
    queue_rows(w, job, parent);
    plan_audit_parent(w, parent, ITEM_OPEN);
    TRY(req_check_memory(rq));
    return write_commit(w, parent->project->id, &q_answer_define,
                        PARAMS(parent->project->id, parent->id, w->args->request_id,
                               w->args->fingerprint, param_int(rq, (int64_t)plan->n),
                               param_texts(rq, ids, told), param_texts(rq, refs, told)));
}

static enum status check_parent(struct req *rq, const struct define_job *job,
                                const struct item_state *parent)
{
    int deepest = 0;

    if (parent->kind == KIND_STEP)
        return req_fail(rq, ST_INVALID, "'parent': %s is a step and holds nothing; name a task",
                        parent->key);
    if (parent->status == ITEM_CANCELLED)
        return req_fail(rq, ST_CONFLICT, "'parent': %s is cancelled; reopen it first", parent->key);
    for (size_t i = 0; i < job->plan.n; i++)
        deepest = job->plan.rows[i].depth > deepest ? job->plan.rows[i].depth : deepest;
    if (parent->depth.v + deepest > ITEM_DEPTH_MAX)
        return req_fail(rq, ST_LIMIT,
                        "'tasks': below %s they would be nested deeper than %d "
                        "levels",
                        parent->key, ITEM_DEPTH_MAX);
    return ST_OK;
}

static enum status define_body(struct write *w, void *data)
{
    struct define_job *job = data;
    const bool outside_edges = job->plan.n_outside > 0;
    const char *mode = outside_edges ? "exclusive" : "opening";
    const struct ref at_the_end = {0};
    struct parent_read read;
    const struct item_state *parent = &read.state;
    struct outside outside = {0};
    int n_roots = 0;
    int n_avail = 0;

    TRY(write_begin(w));
    plan_queue_parent(w, &job->parent, mode, &at_the_end, false, &read);
    if (outside_edges)
        queue_resolve(w, job, &outside);
    TRY(write_flush(w));
    if (w->answered)
        return ST_OK;
    TRY(write_check_item(w, &job->parent, read.found, parent));
    TRY(check_parent(w->rq, job, parent));
    job->plan.in_sequence = parent->sequential.v;
    if (job->plan.in_sequence)
        TRY(define_check_circles(w->rq, &job->plan));
    w->tx.subject = arena_printf(w->rq->arena, "what goes below %s", parent->key);
    w->tx.look = arena_printf(w->rq->arena, "outline %s", parent->key);
    count_local_blockers(&job->plan);
    if (outside_edges)
        TRY(apply_outside(w, job, &outside, parent->project->id));
    if (!place_rows(w->rq, &job->plan, read.place.low))
        return plan_renumber(w, &job->parent);
    job->base_depth = (int)parent->depth.v;
    count_rows(&job->plan, parent->project->require_review.v, &n_roots, &n_avail);
    req_progress(w->rq, 0, (double)job->plan.n,
                 arena_printf(w->rq->arena, "checked %zu items", job->plan.n));
    return define_store(w, job, parent, n_roots, n_avail);
}

enum status plan_define(struct req *rq, const struct define_args *args,
                        struct define_answer *ret_answer)
{
    struct define_job job = {.args = args};

    TRY(ref_parse_or_default(rq, "parent", args->parent, &job.parent));
    TRY(define_collect(rq, args, &job.plan));
    TRY(define_check_circles(rq, &job.plan));
    TRY(write_run(rq, &args->write, INTO(define_answer_fields, ret_answer), define_body, &job));
    ret_answer->items.n =
        page_fit(rq, defined_fields, sizeof(struct defined_item), &ret_answer->items);
    return ST_OK;
}
