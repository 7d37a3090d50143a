/* A task or step, with all that belongs to it. */
#include "planner/resources/markdown.h"
#include "planner/resources/planner_parts.h"
#include "planner/service/item.h"
#include "planner/tools/tool_parts.h"

/* "step://UUID" is read at planner://items/UUID. */
static void put_neighbour(struct buf *out, const char *word, const char *id)
{
    const char *bare = id == NULL ? NULL : strstr(id, "://");

    if (bare != NULL)
        buf_printf(out, "- %s: planner://items/%s\n", word, bare + 3);
}

static void put_rounds(const struct item_view *v, struct buf *out)
{
    if (v->draft.set)
        buf_printf(out, "- draft %lld, %lld of %lld rounds used\n", (long long)v->draft.v,
                   (long long)v->iteration_count.v, (long long)v->max_iterations.v);
    if (v->complexity_score.set) {
        buf_text(out, "- ");
        tell_complexity(out, v->complexity_score.v, v->basis, v->promote_reason);
        buf_char(out, '\n');
    }
    if (v->dispute != NULL) {
        const bool resolved = v->dispute->resolved_at != NULL;
        buf_printf(out, "- dispute, %s%s ", v->dispute->status, resolved ? "" : " since");
        markdown_time(out, resolved ? v->dispute->resolved_at : v->dispute->created_at);
        buf_printf(out, ": planner://disputes/%s\n", v->dispute->id);
    }
}

static void put_plan(const struct item_view *v, struct buf *out)
{
    if (v->not_ready != NULL)
        buf_printf(out, "- %s\n", v->not_ready);
    if (v->sequential.v)
        buf_text(out, "- sequential: what is below it comes one after the other\n");
    if (v->priority.set)
        buf_printf(out, "- priority %lld\n", (long long)v->priority.v);
    if (v->assignee != NULL) {
        buf_text(out, "- assigned to ");
        markdown_inline(out, v->assignee);
        buf_char(out, '\n');
    }
    put_neighbour(out, "before it", v->prev_id);
    put_neighbour(out, "after it", v->next_id);
}

static void put_head(const struct item_view *v, struct buf *out)
{
    buf_printf(out, "# %s ", v->key);
    markdown_inline(out, v->title);
    buf_printf(out, "\n\n- %s, %s", field_choice(kind_names, v->kind), v->status);
    if (strcmp(v->state, v->status) != 0)
        buf_printf(out, ", %s", v->state);
    buf_text(out, ", ");
    tell_percent(out, v->progress.v);
    buf_printf(out, ", version %lld, changed ", (long long)v->version.v);
    markdown_time(out, v->updated_at);
    buf_char(out, '\n');
    if (v->parent != NULL)
        buf_printf(out, "- in %s: planner://items/%s\n", v->parent, v->parent);
}

static void put_keyed(struct buf *out, const char *key, const char *title, const char *state)
{
    buf_printf(out, "- %s ", key);
    markdown_inline(out, title);
    buf_printf(out, " (%s)\n", state);
}

static void put_children(const struct item_view *v, struct buf *out)
{
    if (v->children.n == 0)
        return;
    buf_printf(out, "\n## Below it, %lld of %lld open\n\n", (long long)v->n_open.v,
               (long long)v->n_children.v);
    for (size_t i = 0; i < v->children.n; i++) {
        const struct child_row *c = LIST_AT(v->children, i, const struct child_row);
        put_keyed(out, c->key, c->title, c->state);
    }
}

static void put_dependencies(const char *heading, const struct list *list, struct buf *out)
{
    if (list->n > 0)
        buf_printf(out, "\n## %s\n\n", heading);
    for (size_t i = 0; i < list->n; i++) {
        const struct dependency_row *d = LIST_AT(*list, i, const struct dependency_row);
        put_keyed(out, d->key, d->title, d->status);
    }
}

static void put_excerpt(struct buf *out, const char *word, const char *text)
{
    if (text == NULL)
        return;
    buf_printf(out, "\n%s:\n\n", word);
    markdown_fenced(out, text);
}

/* The versions that are current stand above, whole; these are the beginnings of all. */
static void put_iterations(const struct item_view *v, struct buf *out)
{
    if (v->iterations.n > 0)
        buf_text(out, "\n## Versions and reviews, newest first\n");
    for (size_t i = 0; i < v->iterations.n; i++) {
        const struct iteration_row *t = LIST_AT(v->iterations, i, const struct iteration_row);
        buf_printf(out, "\n### %lld: %s by ", (long long)t->number.v, t->action);
        markdown_inline(out, t->agent);
        buf_printf(out, " (%s), ", t->role);
        markdown_time(out, t->at);
        buf_char(out, '\n');
        if (t->content_length.set)
            buf_printf(out, "\nContent, %lld character%s, at most 1000 of them here:\n\n",
                       (long long)t->content_length.v, t->content_length.v == 1 ? "" : "s");
        if (t->content != NULL)
            markdown_fenced(out, t->content);
        put_excerpt(out, "Feedback", t->feedback);
        put_excerpt(out, "Reasoning", t->reasoning);
        if (t->cut.v && t->content == NULL && t->feedback == NULL && t->reasoning == NULL)
            buf_text(out, "\nIts texts were archived to a file.\n");
    }
}

static void put_evidence(const struct item_view *v, struct buf *out)
{
    if (v->evidence.n > 0)
        buf_text(out, "\n## Evidence\n\n");
    for (size_t i = 0; i < v->evidence.n; i++) {
        const struct evidence_row *e = LIST_AT(v->evidence, i, const struct evidence_row);
        buf_printf(out, "- %s ", e->kind);
        markdown_code(out, e->reference);
        buf_text(out, " by ");
        markdown_inline(out, e->agent);
        buf_text(out, ", ");
        markdown_time(out, e->at);
        if (e->summary != NULL) {
            buf_text(out, ": ");
            markdown_inline(out, e->summary);
        }
        buf_char(out, '\n');
    }
}

/* The other program's records, as they stood there. */
static void put_origin(const struct item_view *v, struct buf *out)
{
    if (v->origin.n > 0)
        buf_text(out, "\n## Where it came from\n");
    for (size_t i = 0; i < v->origin.n; i++) {
        const struct origin_row *o = LIST_AT(v->origin, i, const struct origin_row);
        buf_printf(out, "\n%s ", o->program);
        markdown_inline(out, o->kind);
        buf_char(out, ' ');
        markdown_code(out, o->id);
        buf_text(out, ", as read ");
        markdown_time(out, o->at);
        buf_char(out, '\n');
        if (o->record == NULL)
            continue;
        buf_char(out, '\n');
        markdown_fenced(out, o->record);
    }
}

static void put_texts(const struct item_view *v, struct buf *out)
{
    markdown_part(out, "Description", v->description);
    markdown_part(out, "Objective", v->objective);
    markdown_part(out, "Final content", v->final_content);
    markdown_part(out, "Server version", v->server_content);
    markdown_part(out, "Server's reasoning", v->server_reasoning);
    markdown_part(out, "Client version", v->client_content);
    markdown_part(out, "Client's feedback", v->feedback);
    markdown_part(out, "Client's reasoning", v->client_reasoning);
}

static void put_cut(const struct item_view *v, struct buf *out)
{
    bool children = false;

    for (size_t i = 0; i < v->cut.n; i++) {
        const char *name = *LIST_AT(v->cut, i, const char *const);
        buf_printf(out, "%s%s", i == 0 ? "\nTold in part: " : ", ", name);
        children = children || strcmp(name, "children") == 0;
    }
    if (children)
        buf_printf(out, "; what is below it stands in planner://projects/%s/outline", v->project);
    if (v->cut.n > 0)
        buf_char(out, '\n');
}

/* The pages after the first go on with its long texts only. */
void markdown_tell_item(struct req *rq, const struct resource_uri *uri, const void *result,
                        struct buf *out)
{
    const struct item_view *v = result;

    put_head(v, out);
    if (uri->cursor == NULL) {
        put_plan(v, out);
        put_rounds(v, out);
        buf_printf(out, "- what happened: planner://items/%s/history\n", v->key);
    }
    put_texts(v, out);
    if (uri->cursor == NULL) {
        put_children(v, out);
        put_dependencies("It depends on", &v->depends_on, out);
        put_dependencies("These wait for it", &v->blocks, out);
        put_iterations(v, out);
        put_evidence(v, out);
        put_cut(v, out);
    }
    put_origin(v, out);
    markdown_tell_next(rq, uri, v->next_cursor, out);
}
