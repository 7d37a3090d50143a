/* What get_item says: everything that its structured answer holds, for a model to read. */
#include "planner/service/complexity.h"
#include "planner/service/cut.h"
#include "planner/service/item.h"
#include "planner/tools/looking_parts.h"
#include "planner/tools/tool_parts.h"

static void tell_head(struct req *rq, const struct item_view *v, struct buf *out)
{
    buf_printf(out, "%s  %s\n%s, %s", v->key, v->title, field_choice(kind_names, v->kind),
               v->status);
    if (strcmp(v->state, v->status) != 0)
        buf_printf(out, ", %s", v->state);
    buf_text(out, ", ");
    tell_percent(out, v->progress.v);
    if (v->version.set)
        buf_printf(out, ", version %lld", (long long)v->version.v);
    if (v->as_of != NULL)
        buf_printf(out, ", as of %s", v->as_of);
    if (v->parent != NULL)
        buf_printf(out, ", in %s", v->parent);
    if (v->assignee != NULL)
        buf_printf(out, ", assigned to %s", v->assignee);
    if (v->priority.set)
        buf_printf(out, ", priority %lld", (long long)v->priority.v);
    if (v->sequential.v)
        buf_text(out, ", sequential");
    buf_printf(out, "; changed %s", tell_time(rq, v->updated_at));
    if (v->not_ready != NULL)
        buf_printf(out, "\n%s", v->not_ready);
}

static void tell_size(const struct item_view *v, struct buf *out)
{
    buf_char(out, '\n');
    tell_complexity(out, v->complexity_score.v, v->basis, v->promote_reason);
    if (v->server_complexity.set)
        buf_printf(out, "; server role %.2f", v->server_complexity.v);
    if (v->client_complexity.set)
        buf_printf(out, "; client role %.2f", v->client_complexity.v);
    if (v->promote_reason != 0)
        buf_printf(out, " (promote_step %s)", v->key);
}

static void tell_collaboration(struct req *rq, const struct item_view *v, struct buf *out)
{
    if (v->draft.set)
        buf_printf(out, "\ndraft %lld, %lld of %lld rounds used", (long long)v->draft.v,
                   (long long)v->iteration_count.v, (long long)v->max_iterations.v);
    if (v->complexity_score.set && (v->basis != AGREE_ANALYSIS || v->promote_reason != 0))
        tell_size(v, out);
    if (v->dispute == NULL)
        return;
    if (v->dispute->user_resolution != NULL)
        buf_printf(out, "\ndispute %s: opened %s, resolved %s: %s by %s", v->dispute->id,
                   tell_time(rq, v->dispute->created_at), tell_time(rq, v->dispute->resolved_at),
                   v->dispute->user_resolution, v->dispute->resolved_by);
    else
        buf_printf(out, "\ndispute %s: %s since %s (resolve_dispute %s)", v->dispute->id,
                   v->dispute->status, tell_time(rq, v->dispute->created_at), v->key);
}

static void tell_settings(const struct item_view *v, struct buf *out)
{
    const struct project_settings *s = v->settings;

    if (s == NULL)
        return;
    buf_printf(out, "\n%lld item%s created, %lld dispute%s pending", (long long)v->items.v,
               v->items.v == 1 ? "" : "s", (long long)v->disputes.v, v->disputes.v == 1 ? "" : "s");
    buf_printf(
        out, "\ncomplexity_threshold %g, max_iterations %lld%s%s%s%s", s->complexity_threshold.v,
        (long long)s->max_iterations.v, s->require_review.v ? ", require_review" : "",
        s->separate_authors.v ? ", separate_authors" : "", s->human_only.v ? ", human_only" : "",
        s->require_evidence.v ? ", require_evidence" : "");
    if (s->workspace != NULL)
        buf_printf(out, "\nworkspace %s", s->workspace);
}

/* Which records of another program it was made of; what is asked for is told below. */
static void tell_from(const struct item_view *v, struct buf *out)
{
    bool told = false;

    for (size_t i = 0; i < v->origin.n; i++) {
        const struct origin_row *o = LIST_AT(v->origin, i, const struct origin_row);
        told = told || o->record != NULL;
    }
    for (size_t i = 0; i < v->origin.n && !told; i++) {
        const struct origin_row *o = LIST_AT(v->origin, i, const struct origin_row);
        buf_printf(out, "%s%s %s %s", i == 0 ? "\nfrom " : ", ", o->program, o->kind, o->id);
    }
    if (v->origin.n > 0 && !told)
        buf_text(out, " (include origin has its record)");
}

static void tell_origin(struct req *rq, const struct item_view *v, struct buf *out)
{
    for (size_t i = 0; i < v->origin.n; i++) {
        const struct origin_row *o = LIST_AT(v->origin, i, const struct origin_row);
        if (o->record != NULL)
            buf_printf(out, "\n\norigin: %s %s %s, as read %s:\n%s", o->program, o->kind, o->id,
                       tell_time(rq, o->at), o->record);
    }
}

static void tell_part(const char *heading, const char *text, struct buf *out)
{
    if (text != NULL)
        buf_printf(out, "\n\n%s:\n%s", heading, text);
}

static void tell_children(const struct item_view *v, struct buf *out)
{
    if (v->n_children.set && v->children.set)
        buf_printf(out, "\n\nchildren (%lld open):", (long long)v->n_open.v);
    for (size_t i = 0; i < v->children.n; i++) {
        const struct child_row *c = LIST_AT(v->children, i, const struct child_row);
        buf_printf(out, "\n%s  %s  %s%s", c->key, c->title, c->state,
                   c->should_promote.v ? ", should become a task" : "");
        if (c->kind == KIND_TASK) {
            buf_char(out, ' ');
            tell_percent(out, c->progress.v);
        }
    }
    if (v->children.set && (int64_t)v->children.n < v->n_children.v)
        buf_printf(out, "\n(more: outline %s)", v->key);
}

static void tell_dependencies(const char *heading, const struct list *list, struct buf *out)
{
    if (!list->set)
        return;
    buf_printf(out, "\n\n%s:%s", heading, list->n == 0 ? " nothing" : "");
    for (size_t i = 0; i < list->n; i++) {
        const struct dependency_row *d = LIST_AT(*list, i, const struct dependency_row);
        buf_printf(out, "\n%s  %s  %s", d->key, d->title, d->status);
    }
}

static void tell_iterations(struct req *rq, const struct item_view *v, struct buf *out)
{
    if (v->iterations.set)
        buf_text(out, "\n\niterations, newest first:");
    for (size_t i = 0; i < v->iterations.n; i++) {
        const struct iteration_row *t = LIST_AT(v->iterations, i, const struct iteration_row);
        buf_printf(out, "\n%lld  %s  %s (%s)  %s", (long long)t->number.v, tell_time(rq, t->at),
                   t->agent, t->role, t->action);
        if (t->content != NULL)
            buf_printf(out, "\n  content (%lld character%s): %s", (long long)t->content_length.v,
                       TELL_S(t->content_length.v), t->content);
        if (t->feedback != NULL)
            buf_printf(out, "\n  feedback: %s", t->feedback);
        if (t->reasoning != NULL)
            buf_printf(out, "\n  reasoning: %s", t->reasoning);
        if (t->cut.v && t->content == NULL && t->feedback == NULL && t->reasoning == NULL)
            buf_text(out, "\n  (its texts were archived to a file: mcp-planner retention cuts)");
        else if (t->cut.v)
            buf_printf(out,
                       "\n  (cut at %d characters; include content has the current texts whole)",
                       ITEM_PART_CHARS);
    }
}

static void tell_trail(struct req *rq, const struct item_view *v, struct buf *out)
{
    if (v->evidence.set)
        buf_printf(out, "\n\nevidence:%s", v->evidence.n == 0 && !v->cut.set ? " none" : "");
    for (size_t i = 0; i < v->evidence.n; i++) {
        const struct evidence_row *e = LIST_AT(v->evidence, i, const struct evidence_row);
        buf_printf(out, "\n%s  %s %s  by %s%s%s", tell_time(rq, e->at), e->kind, e->reference,
                   e->agent, e->summary == NULL ? "" : ": ", e->summary == NULL ? "" : e->summary);
        if (e->cut.v)
            buf_printf(out, " (cut at %d characters)", ITEM_PART_CHARS);
    }
    if (v->history.set)
        buf_text(out, "\n\nhistory, newest first:");
    for (size_t i = 0; i < v->history.n; i++) {
        const struct change_row *h = LIST_AT(v->history, i, const struct change_row);
        buf_printf(out, "\n%s  %s by %s (change %lld)", tell_time(rq, h->at), h->action,
                   h->user != NULL    ? h->user
                   : h->agent != NULL ? h->agent
                                      : "unknown",
                   (long long)h->change.v);
    }
    if (v->history.set && v->gone != NULL)
        buf_printf(out, "\n(%s)", cut_history(rq, v->gone));
}

/* What was archived of a history has been told: asking for it alone would tell no more. */
static void tell_cut(const struct item_view *v, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < v->cut.n; i++) {
        const char *name = *LIST_AT(v->cut, i, const char *const);
        if (v->gone != NULL && strcmp(name, "history") == 0)
            continue;
        buf_printf(out, "%s%s", any ? ", " : "\n(told in part: ", name);
        any = true;
    }
    if (any)
        buf_text(out, "; include one alone to read more of it)");
}

void item_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_view *v = result;

    tell_head(rq, v, out);
    tell_from(v, out);
    tell_collaboration(rq, v, out);
    tell_settings(v, out);
    tell_part("description", v->description, out);
    tell_part("objective", v->objective, out);
    tell_part("final content", v->final_content, out);
    tell_part("server content", v->server_content, out);
    tell_part("server reasoning", v->server_reasoning, out);
    tell_part("client content", v->client_content, out);
    tell_part("feedback", v->feedback, out);
    tell_part("client reasoning", v->client_reasoning, out);
    tell_children(v, out);
    tell_dependencies("depends on", &v->depends_on, out);
    tell_dependencies("blocks", &v->blocks, out);
    tell_iterations(rq, v, out);
    tell_trail(rq, v, out);
    tell_origin(rq, v, out);
    tell_cut(v, out);
    if (v->next_cursor != NULL)
        buf_printf(out, "\n(cut; get_item %s with cursor %s goes on)", v->key, v->next_cursor);
}
