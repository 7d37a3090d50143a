/* The second half of update_item: another place in the plan. */
#include "planner/service/edit_parts.h"
#include "planner/service/order.h"
#include "planner/service/plan_parts.h"

const struct field edge_fields[] = {
    ROW_STR(struct edge_row, item, REQUIRED),
    ROW_STR(struct edge_row, needs, REQUIRED),
    FIELD_END,
};
static const struct field parent_fields[] = {
    ROW_STR(struct item_state, id, REQUIRED),
    ROW_STR(struct item_state, key, REQUIRED),
    ROW_ENUM(struct item_state, kind, kind_names, REQUIRED),
    ROW_ENUM(struct item_state, status, item_status_names, REQUIRED),
    ROW_INT(struct item_state, depth, REQUIRED),
    ROW_INT(struct item_state, completed_at, OPTIONAL),
    ROW_INT(struct item_state, n_children, REQUIRED),
    FIELD_END,
};
static const struct field move_fields[] = {
    ROW_STR(struct move_row, sort_key, REQUIRED),
    ROW_STR(struct move_row, was_after, OPTIONAL),
    ROW_STR(struct move_row, sibling, OPTIONAL),
    ROW_STR(struct move_row, sibling_key, OPTIONAL),
    ROW_STR(struct move_row, sibling_parent, OPTIONAL),
    ROW_STR(struct move_row, low, OPTIONAL),
    ROW_STR(struct move_row, high, OPTIONAL),
    ROW_STR(struct move_row, after, OPTIONAL),
    ROW_BOOL(struct move_row, there, OPTIONAL),
    ROW_BOOL(struct move_row, same_project, OPTIONAL),
    ROW_BOOL(struct move_row, inside, OPTIONAL),
    ROW_INT(struct move_row, height, OPTIONAL),
    ROW_OBJ(struct move_row, circle, edge_fields, struct edge_row, OPTIONAL),
    ROW_OBJ(struct move_row, parent, parent_fields, struct item_state, OPTIONAL),
    FIELD_END,
};

enum status edge_rule_order(struct req *rq, const struct edge_row *against)
{
    if (against == NULL)
        return ST_OK;
    return req_fail(rq, ST_CONFLICT,
                    "'sequential': %s waits for %s, which comes after it; reorder them or take the "
                    "dependency off (link_items %s with remove %s)",
                    against->item, against->needs, against->item, against->needs);
}

enum status move_parse(struct req *rq, const struct edit_args *args, struct move *ret_move)
{
    const char *sibling = args->before != NULL ? args->before : args->after;
    struct move move = {.before = args->before != NULL};

    if (args->before != NULL && args->after != NULL)
        return req_fail(rq, ST_INVALID, "'before' and 'after' exclude each other; give one");
    move.wanted = args->parent != NULL || sibling != NULL;
    if (args->parent != NULL)
        TRY(ref_parse(rq, "parent", args->parent, &move.parent));
    if (sibling != NULL)
        TRY(ref_parse(rq, move.before ? "before" : "after", sibling, &move.sibling));
    *ret_move = move;
    return ST_OK;
}

void move_queue_read(struct write *w, const struct ref *item, struct move *move)
{
    tx_add(&w->tx, &q_move_state,
           PARAMS(REF_PARAMS(item), REF_PARAMS(&move->parent), REF_PARAMS(&move->sibling),
                  param_bool(move->before)),
           INTO(move_fields, &move->row));
}

static enum status check_sibling(struct write *w, const struct item_state *item,
                                 const struct move *move)
{
    const struct move_row *row = &move->row;
    const struct ref *sibling = &move->sibling;

    if (sibling->text == NULL)
        return ST_OK;
    if (row->sibling == NULL) {
        tx_abort(&w->tx);
        return ref_not_found(w->rq, sibling);
    }
    if (strcmp(row->sibling, item->id) == 0)
        return req_fail(w->rq, ST_INVALID, "'%s': %s is the item itself; name a sibling",
                        sibling->arg, item->key);
    if (row->sibling_parent == NULL)
        return req_fail(w->rq, ST_INVALID, "'%s': %s is a project; name an item in it",
                        sibling->arg, sibling->text);
    if (strcmp(row->sibling_parent, row->parent->id) != 0)
        return req_fail(w->rq, ST_INVALID, "'%s': %s is not in %s; name an item of the same parent",
                        sibling->arg, sibling->text, row->parent->key);
    return ST_OK;
}

/* The argument that says where to. */
static const struct ref *place_ref(const struct move *move)
{
    return move->parent.text != NULL ? &move->parent : &move->sibling;
}

static enum status check_depth(struct req *rq, const char *arg, const struct item_state *item,
                               const struct move_row *row)
{
    const long long height = row->height.v;

    if (row->parent->depth.v + 1 + height <= ITEM_DEPTH_MAX)
        return ST_OK;
    return req_fail(
        rq, ST_LIMIT,
        "'%s': %s is on level %lld and %s has %lld more below it; nothing goes below level %d", arg,
        row->parent->key, (long long)row->parent->depth.v, item->key, height, ITEM_DEPTH_MAX);
}

enum status move_rule(struct write *w, const struct item_state *item, const struct move *move)
{
    const struct move_row *row = &move->row;
    const char *arg = place_ref(move)->arg;
    struct req *rq = w->rq;

    if (row->parent == NULL) { /* not there, or not named and the sibling is not there */
        tx_abort(&w->tx);
        return ref_not_found(rq, place_ref(move));
    }
    TRY(check_sibling(w, item, move));
    if (!row->same_project.v)
        return req_fail(rq, ST_INVALID, "'%s': %s is in another project and %s stays in %s", arg,
                        row->parent->key, item->key, item->project->slug);
    if (row->inside.v)
        return req_fail(rq, ST_INVALID, "'%s': %s is %s%s; move it out first, or name another", arg,
                        row->parent->key,
                        strcmp(row->parent->id, item->id) == 0 ? "the item itself" : "inside ",
                        strcmp(row->parent->id, item->id) == 0 ? "" : item->key);
    if (row->there.v)
        return ST_OK;
    TRY(plan_check_parent(rq, arg, item->kind, row->parent));
    TRY(check_depth(rq, arg, item, row));
    if (row->circle == NULL)
        return ST_OK;
    return req_fail(rq, ST_CONFLICT,
                    "'%s': %s waits for %s, and in that place of %s each would wait for the other; "
                    "take the dependency off first (link_items %s with remove %s)",
                    arg, row->circle->item, row->circle->needs, item->key, row->circle->item,
                    row->circle->needs);
}

/* A place for the audit; `after` serves when sort keys have been given anew. */
static const char *place_as_json(struct req *rq, const char *parent_id, const char *sort_key,
                                 int64_t depth, const char *after)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "parent_id", parent_id);
    json_put_str(&out, "sort_key", sort_key);
    json_put_int(&out, "depth", depth);
    json_put_str(&out, "after", after);
    if (after == NULL) {
        json_key(&out, "after");
        json_null(&out);
    }
    json_end(&out, '}');
    return json_text(&out);
}

enum status move_store(struct write *w, const struct item_state *item, const struct move *move)
{
    const struct move_row *row = &move->row;
    const struct item_state *parent = row->parent;
    struct req *rq = w->rq;
    const char *sort_key = order_between(rq->arena, row->low, row->high);

    if (sort_key == NULL)
        return plan_renumber(w,
                             &(struct ref){.arg = "parent", .text = parent->key, .id = parent->id});
    tx_add(&w->tx, &q_item_move, PARAMS(item->project->id, item->id, parent->id, sort_key),
           INTO_NOTHING);
    write_audit(w, field_choice(kind_names, item->kind), item->id, "moved",
                place_as_json(rq, item->parent_id, row->sort_key, item->depth.v, row->was_after),
                place_as_json(rq, parent->id, sort_key, parent->depth.v + 1, row->after));
    plan_audit_parent(w, parent, item->status);
    return ST_OK;
}
