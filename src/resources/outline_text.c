/* The outline as a nested list that markdown renders with boxes. */
#include "planner/resources/markdown.h"
#include "planner/resources/planner_parts.h"
#include "planner/service/look.h"
#include "planner/tools/tool_parts.h"

/* Boxes say complete or not, for what has no children; the words behind say the rest. */
static const char *box_of(const struct outline_line *l)
{
    if (strcmp(l->state, "complete") == 0)
        return "[x] ";
    return strcmp(l->state, "open") == 0 || strcmp(l->state, "cancelled") == 0 ? "" : "[ ] ";
}

static void put_review(const struct outline_line *l, struct buf *out)
{
    if (l->round.set)
        buf_printf(out, ", %s, round %lld of %lld",
                   strcmp(l->status, "client_review") == 0 ? "in review" : "draft",
                   (long long)l->round.v, (long long)l->rounds.v);
    else if (strcmp(l->status, "user_resolution") == 0)
        buf_text(out, ", settled by a human");
    else if (strcmp(l->status, "agreed") == 0)
        buf_text(out, ", agreed");
}

static void put_remark(const struct outline_line *l, struct buf *out)
{
    if (strcmp(l->state, "complete") == 0)
        return;
    buf_text(out, " (");
    if (strcmp(l->state, "open") == 0)
        tell_percent(out, l->progress.v);
    else
        buf_text(out, l->state);
    if (l->claimed_by != NULL) {
        buf_text(out, " by ");
        markdown_inline(out, l->claimed_by);
    }
    put_review(l, out);
    if (l->waits_for != NULL)
        buf_printf(out, ", waits for %s", l->waits_for);
    if (l->assignee != NULL) {
        buf_text(out, ", assigned to ");
        markdown_inline(out, l->assignee);
    }
    if (l->hidden.v > 0)
        buf_printf(out, ", %lld %s", (long long)l->hidden.v,
                   l->hidden.v == 1 ? "child" : "children");
    buf_char(out, ')');
}

static void put_line(const struct outline_line *l, struct buf *out)
{
    for (int64_t level = 1; level < l->level.v; level++)
        buf_text(out, "  ");
    buf_printf(out, "- %s%s ", box_of(l), l->key);
    markdown_inline(out, l->title);
    put_remark(l, out);
    buf_char(out, '\n');
}

/* A page that goes on deep down hangs from something, or its first lines would read as code. */
static void put_way_down(int64_t level, struct buf *out)
{
    for (int64_t above = 1; above < level; above++) {
        for (int64_t i = 1; i < above; i++)
            buf_text(out, "  ");
        buf_text(out, "- ...\n");
    }
}

void markdown_tell_outline(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out)
{
    const struct outline *o = result;

    buf_printf(out, "# %s ", o->key);
    markdown_inline(out, o->title);
    buf_text(out, "\n\n");
    tell_percent(out, o->progress.v);
    if (o->disputes.v > 0)
        buf_printf(out, ", %lld dispute%s pending", (long long)o->disputes.v,
                   o->disputes.v == 1 ? "" : "s");
    if (o->status != NULL && strcmp(o->status, "archived") == 0)
        buf_text(out, ", archived");
    buf_text(out, "\n\n");
    if (o->items.n == 0)
        buf_text(out, uri->cursor == NULL ? "Nothing is planned yet; define_tasks does it.\n"
                                          : "There is no more.\n");
    else
        put_way_down(LIST_AT(o->items, 0, const struct outline_line)->level.v, out);
    for (size_t i = 0; i < o->items.n; i++)
        put_line(LIST_AT(o->items, i, const struct outline_line), out);
    markdown_tell_next(rq, uri, o->next_cursor, out);
}
