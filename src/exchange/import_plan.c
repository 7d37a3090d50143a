/* Deciding what a source becomes, before anything is stored: no database here. */
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "import_parts.h"
#include "planner/service/order.h"

/* The space of our names: a version 4 UUID, once drawn. */
static const uuid_t space_of_imports = {0x5d, 0x1f, 0x8a, 0x3c, 0x7e, 0x42, 0x4b, 0x96,
                                        0x9a, 0x0d, 0x2c, 0x61, 0xe8, 0x4f, 0x73, 0xb5};

const char *import_id(struct arena *arena, const char *space, const char *name)
{
    char text[UUID_TEXT_LEN + 1];
    const char *whole = arena_printf(arena, "%s\n%s", space, name);
    uuid_t id;

    uuid_generate_sha1(id, space_of_imports, whole, strlen(whole));
    uuid_unparse_lower(id, text);
    return arena_strdup(arena, text);
}

static size_t slot_of(const struct project_plan *plan, const char *id)
{
    uint64_t hash = 14695981039346656037ULL;

    for (; *id != '\0'; id++)
        hash = (hash ^ (unsigned char)*id) * 1099511628211ULL;
    return (size_t)(hash % plan->n_slots);
}

struct node *import_find(const struct project_plan *plan, const char *id)
{
    struct node *node = plan->slots[slot_of(plan, id)];

    while (node != NULL && strcmp(node->item->id, id) != 0)
        node = node->next;
    return node;
}

static void refuse(const struct project_plan *plan, struct node *node, const char *why)
{
    node->why_not = why;
    foreign_count(plan->f, node->item->kind)->refused++;
    foreign_remark(plan->f, "%s %s: %s", node->item->kind, node->item->id, why);
}

static void index_nodes(struct project_plan *plan)
{
    plan->n_nodes = plan->project->items.n;
    plan->nodes = ARENA_MANY(plan->rq->arena, plan->n_nodes + 1, struct node);
    plan->n_slots = plan->n_nodes * 2 + 1;
    plan->slots = ARENA_MANY(plan->rq->arena, plan->n_slots, struct node *);
    for (size_t i = 0; i < plan->n_nodes; i++) {
        struct node *node = &plan->nodes[i];
        struct node **slot = NULL;
        node->item = HEAP_AT(plan->project->items, i, const struct foreign_item);
        if (import_find(plan, node->item->id) != NULL) {
            refuse(plan, node, "its id is in the source twice; the first is taken");
            continue;
        }
        node->id = import_id(plan->rq->arena, plan->id, node->item->id);
        slot = &plan->slots[slot_of(plan, node->item->id)];
        node->next = *slot;
        *slot = node;
    }
}

static int by_source_id(const void *key, const void *record)
{
    return strcmp(key, ((const struct known_record *)record)->source_id);
}

bool import_is_known(const struct project_plan *plan, const char *source_id, const char *record,
                     bool *ret_same)
{
    char sum_text[SHA256_HEX_LEN + 1];
    const struct known_record *known = NULL;

    if (plan->known.records.n > 0)
        known = bsearch(source_id, plan->known.records.items, plan->known.records.n, sizeof(*known),
                        by_source_id);
    if (known == NULL)
        return false;
    OWN_SHA256 *sum = sha256_new();
    sha256_add(sum, record, strlen(record));
    sha256_text(sum, sum_text);
    *ret_same = strcmp(known->sha256, sum_text) == 0;
    return true;
}

/* What an earlier import brought, by the id that we would give it. */
static void match_known(struct project_plan *plan)
{
    for (size_t i = 0; i < plan->known.items.n; i++) {
        const struct known_item *known = LIST_AT(plan->known.items, i, const struct known_item);
        struct node *node = import_find(plan, known->source_id + strlen("item:"));
        if (node == NULL)
            continue;
        node->known = known;
        node->id = known->id;
        node->kind = known->kind;
        node->status = known->status;
        node->depth = (int)known->depth.v;
        node->last_key = known->low;
    }
}

/* The same record, and yet not the same: where a file lies can be part of what it says. */
static bool may_differ(const struct node *node)
{
    return !node->known->gone.v && node->known->n_children.v == 0 &&
           node->known->status != node->item->status;
}

static void compare_known(struct project_plan *plan)
{
    for (size_t i = 0; i < plan->n_nodes; i++) {
        struct node *node = &plan->nodes[i];
        struct foreign_tally *tally = foreign_count(plan->f, node->item->kind);
        const char *source_id = arena_printf(plan->rq->arena, "item:%s", node->item->id);
        if (node->known == NULL || node->why_not != NULL)
            continue;
        (void)import_is_known(plan, source_id, node->item->record, &node->same);
        if (node->same && !may_differ(node))
            tally->there++;
        else
            import_add_differing(plan, &(struct differing){.source_id = source_id,
                                                           .kind = node->item->kind,
                                                           .id = node->item->id,
                                                           .record = node->item->record,
                                                           .node = node,
                                                           .same = node->same});
    }
}

/* True when going up from the node comes back to it. */
static bool is_round(const struct project_plan *plan, const struct node *node)
{
    const struct node *up = node->parent;

    for (size_t i = 0; up != NULL && up != node && i < plan->n_nodes; i++)
        up = up->parent;
    return up == node;
}

static void find_parents(struct project_plan *plan)
{
    for (size_t i = 0; i < plan->n_nodes; i++) {
        struct node *node = &plan->nodes[i];
        const char *parent = node->item->parent;
        if (node->why_not != NULL || parent == NULL || node->known != NULL)
            continue;
        node->parent = import_find(plan, parent);
        if (node->parent == NULL)
            foreign_remark(plan->f,
                           "%s %s: its parent %s is no item of the source; it stands at the top",
                           node->item->kind, node->item->id, parent);
    }
    for (size_t i = 0; i < plan->n_nodes; i++) {
        struct node *node = &plan->nodes[i];
        if (!is_round(plan, node))
            continue;
        node->parent = NULL;
        foreign_remark(plan->f, "%s %s: its parents form a circle; it stands at the top",
                       node->item->kind, node->item->id);
    }
}

/* What hangs from something that takes nothing more is refused, with all below it. */
static const char *why_not_below(const struct node *parent)
{
    if (parent->why_not != NULL)
        return "what it belongs to was not taken";
    if (parent->known == NULL)
        return NULL;
    if (parent->known->gone.v)
        return "what it belongs to was deleted here";
    if (parent->status == ITEM_CANCELLED)
        return "what it belongs to is cancelled here; reopen that first";
    return parent->kind == KIND_STEP ? "what it belongs to is a step here; promote that first"
                                     : NULL;
}

/* Parents first: their place in the order, their depth, and who may not come along. */
static void put_in_order(struct project_plan *plan, struct node *node)
{
    const char *why = NULL;

    if (node->why_not != NULL || node->known != NULL || node->depth > 0)
        return;
    if (node->parent != NULL) {
        put_in_order(plan, node->parent);
        why = why_not_below(node->parent);
    }
    if (why != NULL) {
        refuse(plan, node, why);
        return;
    }
    if (node->parent != NULL && node->parent->depth >= ITEM_DEPTH_MAX) {
        foreign_remark(plan->f,
                       "%s %s: stands higher, since nothing is nested deeper than %d levels",
                       node->item->kind, node->item->id, ITEM_DEPTH_MAX);
        while (node->parent->depth >= ITEM_DEPTH_MAX)
            node->parent = node->parent->parent;
    }
    node->depth = node->parent == NULL ? 1 : node->parent->depth + 1;
    plan->deepest = node->depth > plan->deepest ? node->depth : plan->deepest;
    heap_add(plan->rq->arena, &plan->order, node);
}

/* A leaf below a task is a step, anything else a task. */
static void choose_kinds(struct project_plan *plan)
{
    for (size_t i = 0; i < plan->order.n; i++) {
        struct node *node = HEAP_AT(plan->order, i, struct node);
        node->kind = node->item->leaf && node->parent != NULL ? KIND_STEP : KIND_TASK;
        if (node->parent != NULL && node->parent->known == NULL)
            node->parent->kind = KIND_TASK;
    }
}

/* What is open below something cancelled is cancelled, too: nothing can be open there. */
static void cancel_below(struct project_plan *plan)
{
    for (size_t i = 0; i < plan->order.n; i++) {
        struct node *node = HEAP_AT(plan->order, i, struct node);
        node->status = node->item->status;
        if (node->parent != NULL && node->parent->status == ITEM_CANCELLED &&
            node->status == ITEM_OPEN) {
            node->status = ITEM_CANCELLED;
            foreign_remark(plan->f, "%s %s: is cancelled, as is what it belongs to",
                           node->item->kind, node->item->id);
        }
    }
}

static const char *later(const char *a, const char *b)
{
    return a == NULL || (b != NULL && strcmp(a, b) < 0) ? b : a;
}

/* With children, completion follows from them (SPEC 1). */
static void follow_children(struct project_plan *plan, struct node *node)
{
    const int status = node->n_complete == node->n_counted ? ITEM_COMPLETE : ITEM_OPEN;

    if (node->n_counted == 0 || node->status == status)
        return;
    foreign_remark(plan->f, "%s %s: is %s there and %s here, as follows from what is below it",
                   node->item->kind, node->item->id, field_choice(item_status_names, node->status),
                   field_choice(item_status_names, status));
    node->status = status;
}

static void settle_statuses(struct project_plan *plan)
{
    for (size_t i = plan->order.n; i > 0; i--) {
        struct node *node = HEAP_AT(plan->order, i - 1, struct node);
        const struct foreign_item *item = node->item;
        follow_children(plan, node);
        if (node->status == ITEM_COMPLETE) {
            node->completed_at = later(node->completed_at, item->completed_at);
            if (node->completed_at == NULL)
                node->completed_at = later(item->updated_at, item->created_at);
        } else {
            node->completed_at = NULL;
        }
        if (node->parent == NULL || node->status == ITEM_CANCELLED)
            continue;
        node->parent->n_counted++;
        node->parent->n_complete += node->status == ITEM_COMPLETE;
        if (node->parent->known == NULL)
            node->parent->completed_at = later(node->parent->completed_at, node->completed_at);
    }
}

static enum status give_keys(struct project_plan *plan)
{
    for (size_t i = 0; i < plan->order.n; i++) {
        struct node *node = HEAP_AT(plan->order, i, struct node);
        const char **last = node->parent == NULL ? &plan->last_key : &node->parent->last_key;
        node->sort_key = order_between(plan->rq->arena, *last, NULL);
        if (node->sort_key == NULL)
            return req_fail(plan->rq, ST_LIMIT,
                            "there is no room behind the items of %s; move one of them first",
                            plan->known.slug);
        *last = node->sort_key;
    }
    return ST_OK;
}

static bool has_need(const struct known_item *known, const char *id)
{
    for (size_t i = 0; i < known->needs.n; i++) {
        if (strcmp(*LIST_AT(known->needs, i, const char *const), id) == 0)
            return true;
    }
    return false;
}

static bool is_named_before(const struct foreign_item *item, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(HEAP_AT(item->needs, i, const char), HEAP_AT(item->needs, at, const char)) == 0)
            return true;
    }
    return false;
}

const char *import_why_no_edge(const struct node *node, const struct node *to, size_t at)
{
    if (to == NULL)
        return "is no item of the source";
    if (to == node)
        return "is the item itself";
    if (is_named_before(node->item, at))
        return "is named twice";
    if (to->why_not != NULL)
        return "was not taken";
    return to->known != NULL && to->known->gone.v ? "was deleted here" : NULL;
}

static void plan_edge(struct project_plan *plan, struct node *node, size_t at)
{
    struct foreign_tally *tally = foreign_count(plan->f, "dependency");
    const char *id = HEAP_AT(node->item->needs, at, const char);
    struct node *to = import_find(plan, id);
    const char *why = node->why_not != NULL ? "was not taken: neither was the item"
                                            : import_why_no_edge(node, to, at);

    tally->source++;
    if (why == NULL && node->known != NULL && has_need(node->known, to->id)) {
        tally->there++;
    } else if (why == NULL && (node->known == NULL || node->updated)) {
        struct edge *edge = ARENA_NEW(plan->rq->arena, struct edge);
        *edge = (struct edge){node, to};
        heap_add(plan->rq->arena, &plan->edges, edge);
    } else if (why == NULL && !node->same) {
        tally->differs++;
    } else {
        tally->refused++;
        foreign_remark(plan->f, "%s %s waits for %s, which %s", node->item->kind, node->item->id,
                       id, why == NULL ? "was left out or removed before" : why);
    }
}

enum status import_plan(struct project_plan *plan)
{
    index_nodes(plan);
    match_known(plan);
    compare_known(plan);
    find_parents(plan);
    for (size_t i = 0; i < plan->n_nodes; i++)
        put_in_order(plan, &plan->nodes[i]);
    choose_kinds(plan);
    cancel_below(plan);
    settle_statuses(plan);
    TRY(give_keys(plan));
    return req_check_memory(plan->rq);
}

void import_plan_edges(struct project_plan *plan)
{
    for (size_t i = 0; i < plan->n_nodes; i++) {
        for (size_t at = 0; at < plan->nodes[i].item->needs.n; at++)
            plan_edge(plan, &plan->nodes[i], at);
    }
}
