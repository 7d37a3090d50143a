/*
 * Taking over what has changed in a source, of items that nobody has changed here: the items, their
 * edges, the records that are kept, and the audit rows that any other change of them has.
 */
#include <string.h>

#include "import_parts.h"
#include "planner/base/clock.h"
#include "planner/service/complexity.h"
#include "planner/service/link.h"
#include "planner/service/step_parts.h"

#define BATCH 250

static bool takes(const struct differing *d, const char *name)
{
    for (size_t i = 0; i < d->told->fields.n; i++) {
        const struct foreign_changed *field =
            HEAP_AT(d->told->fields, i, const struct foreign_changed);
        if (!field->kept && strcmp(field->name, name) == 0)
            return true;
    }
    return false;
}

/* A step keeps its last draft when the source has none any more. */
static bool takes_content(const struct differing *d)
{
    return d->node->kind == KIND_STEP && d->node->item->text != NULL && takes(d, "text");
}

static bool is_updated(const struct differing *d)
{
    return d->told != NULL && d->told->taken && d->node != NULL && d->node->updated;
}

static int status_after(const struct differing *d)
{
    return takes(d, "status") ? d->node->item->status : d->node->known->status;
}

static const char *completed_before(const struct store *s, const struct differing *d)
{
    return d->row->completed_at.set ? clock_iso(s->w->rq->arena, d->row->completed_at.v) : NULL;
}

static const char *completed_after(const struct store *s, const struct differing *d)
{
    const struct foreign_item *item = d->node->item;

    if (status_after(d) != ITEM_COMPLETE)
        return NULL;
    if (!takes(d, "status"))
        return completed_before(s, d);
    if (item->completed_at != NULL)
        return item->completed_at;
    return item->updated_at != NULL ? item->updated_at : "now";
}

/* ------------------------------------------------------------- items and edges */

static void put_item(struct json_out *out, const struct store *s, const struct differing *d)
{
    struct req *rq = s->w->rq;
    const struct foreign_item *item = d->node->item;

    json_begin(out, '{');
    json_put_str(out, "id", d->node->id);
    json_put_str(out, "title", item->title);
    if (d->node->kind == KIND_TASK)
        json_put_str(out, "objective", item->text);
    json_put_int(out, "priority", item->priority);
    json_put_str(out, "assignee", item->assignee);
    json_put_str(out, "status", field_choice(item_status_names, status_after(d)));
    json_put_str(out, "completed_at", completed_after(s, d));
    if (takes_content(d)) {
        json_put_int(out, "number", d->row->last_number.v + 1);
        json_put_str(out, "content", item->text);
        json_put_raw(out, "analysis",
                     complexity_json(rq, complexity_of_text(rq->arena, item->text)));
    }
    json_end(out, '}');
}

static void queue_items(struct store *s, size_t *at)
{
    struct json_out rows = JSON_OUT_IN(s->w->rq->arena);
    size_t n = 0;

    json_begin(&rows, '[');
    for (; *at < s->plan.differing.n && n < BATCH; (*at)++) {
        const struct differing *d = HEAP_AT(s->plan.differing, *at, const struct differing);
        if (!is_updated(d))
            continue;
        put_item(&rows, s, d);
        n++;
    }
    json_end(&rows, ']');
    if (n > 0)
        tx_add(&s->w->tx, &q_foreign_update,
               PARAMS(s->plan.id, s->w->rq->actor.agent, json_text(&rows)), INTO_NOTHING);
}

static void queue_unlinks(struct store *s, const struct differing *d)
{
    struct req *rq = s->w->rq;
    const char **items = ARENA_MANY(rq->arena, d->dropped.n, const char *);

    for (size_t i = 0; i < d->dropped.n; i++)
        items[i] = d->node->id;
    if (d->dropped.n > 0)
        tx_add(&s->w->tx, &q_foreign_unlink,
               PARAMS(s->plan.id, param_texts(rq, items, d->dropped.n),
                      param_texts(rq, (const char *const *)d->dropped.at, d->dropped.n)),
               INTO_NOTHING);
}

/* Before the new edges are made, which what is gone could close to a circle. */
void import_queue_updates(struct store *s)
{
    struct arena *arena = s->w->rq->arena;
    const size_t n = s->plan.differing.n;
    const char **ids = ARENA_MANY(arena, n, const char *);
    const char **records = ARENA_MANY(arena, n, const char *);
    const char **changed = ARENA_MANY(arena, n, const char *);
    size_t n_records = 0;

    for (size_t at = 0; at < n;)
        queue_items(s, &at);
    for (size_t i = 0; i < n; i++) {
        const struct differing *d = HEAP_AT(s->plan.differing, i, const struct differing);
        if (is_updated(d))
            queue_unlinks(s, d);
        if (d->told == NULL || !d->told->taken)
            continue;
        ids[n_records] = d->source_id;
        changed[n_records] = d->node != NULL && d->row->changed.v ? "t" : "f";
        records[n_records++] = d->record;
    }
    for (size_t from = 0; from < n_records; from += BATCH) {
        const size_t many = n_records - from < BATCH ? n_records - from : BATCH;
        tx_add(&s->w->tx, &q_foreign_refresh,
               PARAMS(s->plan.id, s->plan.f->program, param_texts(s->w->rq, ids + from, many),
                      param_texts(s->w->rq, records + from, many),
                      param_texts(s->w->rq, changed + from, many)),
               INTO_NOTHING);
    }
}

/* ------------------------------------------------------------- the audit */

/* The columns of an edit that are taken over, as they were or as they are. */
static const char *edit_as_json(const struct store *s, const struct differing *d, bool after)
{
    struct json_out out = JSON_OUT_IN(s->w->rq->arena);
    const struct foreign_item *item = d->node->item;

    json_begin(&out, '{');
    if (takes(d, "title"))
        json_put_str(&out, "title", after ? item->title : d->row->title);
    if (takes(d, "text") && d->node->kind == KIND_TASK)
        json_put_str(&out, "objective", after ? item->text : d->row->text);
    if (takes(d, "priority"))
        json_put_int(&out, "priority", after ? item->priority : d->row->priority.v);
    if (takes(d, "assignee"))
        json_put_str(&out, "assignee", after ? item->assignee : d->row->assignee);
    json_end(&out, '}');
    return json_text(&out);
}

static void audit_edit(struct store *s, const struct differing *d, const char *kind)
{
    const char *old_values = edit_as_json(s, d, false);
    const char *new_values = edit_as_json(s, d, true);

    if (strcmp(old_values, "{}") != 0 || strcmp(new_values, "{}") != 0)
        write_audit(s->w, kind, d->node->id, "updated", old_values, new_values);
}

static void audit_content(struct store *s, const struct differing *d)
{
    struct req *rq = s->w->rq;
    const struct differing_row *row = d->row;
    const struct content_analysis *analysis = complexity_of_text(rq->arena, d->node->item->text);
    const struct step_state from = {.status = row->content_status,
                                    .last_number = row->last_number,
                                    .server_ready = row->server_ready,
                                    .turn_number = row->turn_number,
                                    .server_number = row->server_number,
                                    .complexity_score = row->complexity_score,
                                    .complexity_basis = row->complexity_basis};
    struct step_state to = from;

    to.status = STEP_CLIENT_REVIEW;
    to.last_number = to.turn_number = to.server_number = SOME_INT(row->last_number.v + 1);
    to.server_ready = SOME_BOOL(true);
    to.complexity_score = analysis == NULL ? (struct opt_num){0} : analysis->score;
    to.complexity_basis = AGREE_ANALYSIS;
    write_audit(s->w, "step", d->node->id, "submitted", step_diff_json(rq, &from, &to, false),
                step_diff_json(rq, &from, &to, true));
}

static const char *status_as_json(const struct store *s, int status, const char *completed_at)
{
    struct json_out out = JSON_OUT_IN(s->w->rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "status", field_choice(item_status_names, status));
    if (completed_at != NULL && strcmp(completed_at, "now") != 0)
        json_put_str(&out, "completed_at", completed_at);
    json_end(&out, '}');
    return json_text(&out);
}

static void audit_status(struct store *s, const struct differing *d, const char *kind)
{
    static const char *const actions[] = {
        [ITEM_OPEN] = "reopened", [ITEM_COMPLETE] = "completed", [ITEM_CANCELLED] = "cancelled"};
    const int status = status_after(d);

    write_audit(s->w, kind, d->node->id, actions[status],
                status_as_json(s, d->node->known->status, completed_before(s, d)),
                status_as_json(s, status, completed_after(s, d)));
}

static void audit_edges(struct store *s, const struct differing *d, const char *kind)
{
    struct req *rq = s->w->rq;
    const struct heap *made = &d->node->made;

    if (made->n > 0)
        write_audit(s->w, kind, d->node->id, "linked", NULL,
                    link_edges_json(rq, (const char *const *)made->at, made->n));
    if (d->dropped.n > 0)
        write_audit(s->w, kind, d->node->id, "unlinked",
                    link_edges_json(rq, (const char *const *)d->dropped.at, d->dropped.n), NULL);
}

size_t import_audit_updates(struct store *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->plan.differing.n; i++) {
        const struct differing *d = HEAP_AT(s->plan.differing, i, const struct differing);
        const char *kind = NULL;
        if (!is_updated(d))
            continue;
        kind = field_choice(kind_names, d->node->kind);
        audit_edit(s, d, kind);
        if (takes_content(d))
            audit_content(s, d);
        if (takes(d, "status"))
            audit_status(s, d, kind);
        audit_edges(s, d, kind);
        n++;
    }
    return n;
}
