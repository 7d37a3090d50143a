/* What is sent of one project: items, edges, records, the audit, the counters. */
#include <string.h>

#include "import_parts.h"
#include "planner/service/complexity.h"

#define BATCH_ITEMS   500
#define BATCH_RECORDS 500
#define BATCH_EDGES   250

static const struct field links_fields[] = {
    FIELD_STRS(struct import_links, refused, 0, 0, REQUIRED, NULL),
    FIELD_END,
};

struct origin {
    const char *item, *source_id, *kind, *record;
};

/* ------------------------------------------------------------- items */

static const char *parent_id(const struct store *s, const struct node *node)
{
    return node->parent == NULL ? s->plan.id : node->parent->id;
}

static void put_node(struct json_out *out, const struct store *s, const struct node *node,
                     size_t place)
{
    struct req *rq = s->w->rq;
    const struct foreign_item *item = node->item;

    json_begin(out, '{');
    json_put_int(out, "place", (int64_t)place);
    json_put_str(out, "id", node->id);
    json_put_str(out, "parent_id", parent_id(s, node));
    json_put_str(out, "kind", field_choice(kind_names, node->kind));
    json_put_int(out, "depth", node->depth);
    json_put_str(out, "sort_key", node->sort_key);
    json_put_str(out, "title", item->title);
    json_put_str(out, "text", item->text);
    json_put_str(out, "status", field_choice(item_status_names, node->status));
    json_put_int(out, "priority", item->priority);
    json_put_str(out, "assignee", item->assignee);
    json_put_str(out, "created_at", item->created_at);
    json_put_str(out, "updated_at", item->updated_at);
    json_put_str(out, "completed_at", node->completed_at);
    if (node->status == ITEM_COMPLETE && node->completed_at == NULL)
        json_put_str(out, "completed_at", "now");
    if (node->kind == KIND_STEP)
        json_put_raw(out, "analysis",
                     complexity_json(rq, complexity_of_text(rq->arena, item->text)));
    json_end(out, '}');
}

void import_queue_items(struct store *s)
{
    struct req *rq = s->w->rq;
    const size_t n = s->plan.order.n;

    for (size_t from = 0; from < n; from += BATCH_ITEMS) {
        const size_t to = n - from < BATCH_ITEMS ? n : from + BATCH_ITEMS;
        struct json_out rows = JSON_OUT_IN(rq->arena);
        json_begin(&rows, '[');
        for (size_t i = from; i < to; i++)
            put_node(&rows, s, HEAP_AT(s->plan.order, i, const struct node), i);
        json_end(&rows, ']');
        tx_add(&s->w->tx, &q_foreign_items,
               PARAMS(s->plan.id, rq->actor.agent, param_bool(s->plan.known.require_review.v),
                      json_text(&rows)),
               INTO_NOTHING);
        tx_mark(&s->w->tx, (double)to, (double)n, "items");
    }
}

void import_queue_edges(struct store *s)
{
    struct req *rq = s->w->rq;
    const size_t n = s->plan.edges.n;
    const bool is_free = import_is_free_of_circles(&s->plan);

    s->links = ARENA_MANY(rq->arena, n / BATCH_EDGES + 1, struct import_links);
    for (size_t from = 0; from < n; from += BATCH_EDGES) {
        const size_t to = n - from < BATCH_EDGES ? n : from + BATCH_EDGES;
        const char **items = ARENA_MANY(rq->arena, to - from, const char *);
        const char **needs = ARENA_MANY(rq->arena, to - from, const char *);
        for (size_t i = from; i < to; i++) {
            items[i - from] = HEAP_AT(s->plan.edges, i, const struct edge)->from->id;
            needs[i - from] = HEAP_AT(s->plan.edges, i, const struct edge)->to->id;
        }
        tx_add(&s->w->tx, is_free ? &q_foreign_edges : &q_foreign_links,
               PARAMS(s->plan.id, param_texts(rq, items, to - from),
                      param_texts(rq, needs, to - from)),
               is_free ? INTO_NOTHING : INTO(links_fields, &s->links[from / BATCH_EDGES]));
    }
}

static bool was_refused(const struct store *s, size_t edge)
{
    const struct list *refused = &s->links[edge / BATCH_EDGES].refused;

    for (size_t i = 0; i < refused->n; i++) {
        const long place = strtol(*LIST_AT(*refused, i, const char *const), NULL, 10);
        if ((size_t)place == edge % BATCH_EDGES + 1)
            return true;
    }
    return false;
}

/* What came of the edges: made, or left out because they would close a circle. */
void import_count_edges(struct store *s)
{
    for (size_t i = 0; i < s->plan.edges.n; i++) {
        const struct edge *edge = HEAP_AT(s->plan.edges, i, const struct edge);
        struct foreign_tally *tally = foreign_count(s->plan.f, "dependency");
        if (!was_refused(s, i)) {
            tally->added++;
            heap_add(s->w->rq->arena, &edge->from->made, (void *)edge->to->id);
            continue;
        }
        tally->refused++;
        foreign_remark(s->plan.f, "%s %s waits for %s, which would close a circle",
                       edge->from->item->kind, edge->from->item->id, edge->to->item->id);
    }
}

/* ------------------------------------------------------------- records */

static void add_origin(struct store *s, const char *item, const char *source_id, const char *kind,
                       const char *record)
{
    struct origin *origin = ARENA_NEW(s->w->rq->arena, struct origin);

    *origin = (struct origin){item, source_id, kind, record};
    heap_add(s->w->rq->arena, &s->origins, origin);
}

static void collect_note(struct store *s, const struct foreign_note *note)
{
    struct arena *arena = s->w->rq->arena;
    struct foreign_tally *tally = foreign_count(s->plan.f, note->kind);
    const char *source_id = arena_printf(arena, "%s:%s", note->kind, note->id);
    const struct node *node = note->of == NULL ? NULL : import_find(&s->plan, note->of);
    bool same = false;

    if (import_is_known(&s->plan, source_id, note->record, &same)) {
        tally->there += same;
        if (!same)
            import_add_differing(&s->plan, &(struct differing){.source_id = source_id,
                                                               .kind = note->kind,
                                                               .id = note->id,
                                                               .record = note->record});
        return;
    }
    tally->kept++;
    add_origin(s, node == NULL || node->why_not != NULL ? s->plan.id : node->id, source_id,
               note->kind, note->record);
}

void import_collect_origins(struct store *s)
{
    struct arena *arena = s->w->rq->arena;
    const struct foreign_project *project = s->plan.project;
    bool same = false;

    if (project->kind != NULL)
        collect_note(s, &(struct foreign_note){project->id, project->kind, NULL, project->record});
    for (size_t i = 0; i < s->plan.order.n; i++) {
        const struct node *node = HEAP_AT(s->plan.order, i, const struct node);
        foreign_count(s->plan.f, node->item->kind)->added++;
        add_origin(s, node->id, arena_printf(arena, "item:%s", node->item->id), node->item->kind,
                   node->item->record);
    }
    for (size_t i = 0; i < project->notes.n; i++)
        collect_note(s, HEAP_AT(project->notes, i, const struct foreign_note));
    s->changes = s->changes || s->origins.n > 0;
    if (s->origins.n > 0 && !import_is_known(&s->plan, "place", s->plan.f->place, &same))
        add_origin(s, s->plan.id, "place", "place", s->plan.f->place);
}

static const char *origins_column(const struct store *s, size_t from, size_t to, size_t offset)
{
    const char **texts = ARENA_MANY(s->w->rq->arena, to - from, const char *);

    for (size_t i = from; i < to; i++)
        texts[i - from] =
            *(const char *const *)((const char *)HEAP_AT(s->origins, i, const struct origin) +
                                   offset);
    return param_texts(s->w->rq, texts, to - from);
}

void import_queue_origins(struct store *s)
{
    const size_t n = s->origins.n;

    for (size_t from = 0; from < n; from += BATCH_RECORDS) {
        const size_t to = n - from < BATCH_RECORDS ? n : from + BATCH_RECORDS;
        tx_add(&s->w->tx, &q_foreign_origins,
               PARAMS(s->plan.id, s->plan.f->program,
                      origins_column(s, from, to, offsetof(struct origin, item)),
                      origins_column(s, from, to, offsetof(struct origin, source_id)),
                      origins_column(s, from, to, offsetof(struct origin, kind)),
                      origins_column(s, from, to, offsetof(struct origin, record))),
               INTO_NOTHING);
    }
}

/* ------------------------------------------------------------- audit, counters, answer */

static const char *node_as_json(const struct store *s, const struct node *node)
{
    struct json_out out = JSON_OUT_IN(s->w->rq->arena);
    const struct foreign_item *item = node->item;

    json_begin(&out, '{');
    json_put_str(&out, "kind", field_choice(kind_names, node->kind));
    json_put_str(&out, "parent_id", parent_id(s, node));
    json_put_str(&out, "sort_key", node->sort_key);
    json_put_str(&out, "title", item->title);
    if (node->kind == KIND_TASK)
        json_put_str(&out, "objective", item->text);
    else if (item->text != NULL)
        json_put_int(&out, "server_number", 1);
    if (node->status != ITEM_OPEN)
        json_put_str(&out, "status", field_choice(item_status_names, node->status));
    json_put_str(&out, "completed_at", node->completed_at);
    if (item->priority != 0)
        json_put_int(&out, "priority", item->priority);
    json_put_str(&out, "assignee", item->assignee);
    if (node->made.n > 0)
        json_put_strs(&out, "depends_on", (const char *const *)node->made.at, node->made.n);
    json_end(&out, '}');
    return json_text(&out);
}

/* A task that was completed by hand and gets its first children has a change of its own. */
static void audit_parent(struct store *s, struct node *parent)
{
    struct item_state state = {0};

    if (parent == NULL || parent->known == NULL || parent->audited || parent->n_counted == 0)
        return;
    parent->audited = true;
    state.id = parent->id;
    state.kind = parent->kind;
    state.status = parent->known->status;
    state.n_children = parent->known->n_children;
    state.completed_at = parent->known->completed_at;
    plan_audit_parent(s->w, &state,
                      parent->n_complete < parent->n_counted ? ITEM_OPEN : ITEM_COMPLETE);
}

void import_audit_items(struct store *s)
{
    if (!s->plan.exists)
        write_audit(s->w, "project", s->plan.id, "created", NULL,
                    project_as_json(s->w->rq, s->args, s->slug.slug));
    for (size_t i = 0; i < s->plan.order.n; i++) {
        const struct node *node = HEAP_AT(s->plan.order, i, const struct node);
        write_audit(s->w, field_choice(kind_names, node->kind), node->id, "created", NULL,
                    node_as_json(s, node));
        audit_parent(s, node->parent);
    }
    if (import_audit_updates(s) == 0 && s->plan.order.n == 0 &&
        s->plan.exists) /* records alone: the history says that they came */
        write_audit(s->w, "project", s->plan.id, "updated", NULL, NULL);
    write_queue_audit(s->w, s->plan.id);
}

/* From the deepest on; twice, since what waits for something that was opened again may be anywhere.
 */
void import_queue_counters(struct store *s)
{
    const int known = (int)s->deepest.depth.v;
    const int deepest = known > s->plan.deepest ? known : s->plan.deepest;

    for (int pass = 0; pass < 2; pass++) {
        for (int depth = deepest; depth >= 0; depth--)
            tx_add(&s->w->tx, &q_doctor_fix_counters,
                   PARAMS(s->plan.id, param_int(s->w->rq, depth)), INTO_NOTHING);
        if (pass == 0)
            tx_add(&s->w->tx, &q_doctor_fix_blockers, PARAMS(s->plan.id), INTO_NOTHING);
    }
}
