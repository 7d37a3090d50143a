/* The outline as a person and a model read it (SPEC 7). */
#include "planner/service/navigate.h"
#include "planner/service/plan.h"
#include "planner/tools/looking_parts.h"
#include "planner/tools/tool_parts.h"

#define COLUMN_MAX 60 /* characters up to which remarks are aligned */

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static char mark_of(const struct outline_line *l)
{
    if (strcmp(l->state, "complete") == 0)
        return 'x';
    if (strcmp(l->state, "cancelled") == 0)
        return '-';
    if (strcmp(l->state, "disputed") == 0)
        return '!';
    if (strcmp(l->state, "claimed") == 0)
        return '~';
    return strcmp(l->state, "ready") == 0 || strcmp(l->state, "open") == 0 ? ' ' : '.';
}

/* A task with children tells its progress, a leaf its mark. */
static bool has_mark(const struct outline_line *l)
{
    return l->kind == KIND_STEP || strcmp(l->state, "open") != 0;
}

/* The line up to its remark. */
static const char *line_head(struct req *rq, const struct outline_line *l)
{
    const int indent = (int)l->level.v * 2;

    if (l->kind == KIND_STEP || strcmp(l->state, "open") != 0)
        return arena_printf(rq->arena, "%*s[%c] %s  %s", indent, "", mark_of(l), l->key, l->title);
    return arena_printf(rq->arena, "%*s%s  %s", indent, "", l->key, l->title);
}

static const char *status_words(struct req *rq, const struct outline_line *l)
{
    if (strcmp(l->status, "client_review") == 0)
        return arena_printf(rq->arena, "in review, round %lld of %lld", (long long)l->round.v,
                            (long long)l->rounds.v);
    if (strcmp(l->status, "server_draft") == 0)
        return arena_printf(rq->arena, "draft, round %lld of %lld", (long long)l->round.v,
                            (long long)l->rounds.v);
    if (strcmp(l->status, "user_resolution") == 0)
        return "settled by a human";
    return strcmp(l->status, "agreed") == 0 ? "agreed" : NULL;
}

static const char *line_remark(struct req *rq, const struct outline_line *l)
{
    const char *status = status_words(rq, l);
    struct buf out = BUF_IN(rq->arena);

    if (!has_mark(l))
        tell_percent(&out, l->progress.v);
    else if (strcmp(l->state, "disputed") == 0)
        buf_text(&out, "disputed");
    else if (mark_of(l) != 'x' && mark_of(l) != '-')
        buf_text(&out, status);
    if (l->waits_for != NULL)
        buf_printf(&out, "%swaits for %s", out.len > 0 ? "; " : "", l->waits_for);
    if (l->claimed_by != NULL)
        buf_printf(&out, "%s%s until %s", out.len > 0 ? "; " : "", l->claimed_by,
                   tell_time(rq, l->claimed_until));
    if (l->assignee != NULL)
        buf_printf(&out, "%sfor %s", out.len > 0 ? "; " : "", l->assignee);
    if (l->hidden.v > 0)
        buf_printf(&out, "%s%lld %s (outline %s)", out.len > 0 ? "; " : "", (long long)l->hidden.v,
                   l->hidden.v == 1 ? "child" : "children", l->key);
    return out.len == 0 ? NULL : buf_str(&out);
}

static void put_line(struct buf *out, const char *head, const char *remark, size_t column)
{
    buf_char(out, '\n');
    buf_text(out, head);
    if (remark == NULL)
        return;
    for (size_t n = characters(head); n < column; n++)
        buf_char(out, ' ');
    buf_printf(out, "  %s", remark);
}

/* Of lines in the order of the tree: is nothing below this one? */
static bool is_leaf(const struct outline *o, size_t at)
{
    const struct outline_line *l = LIST_AT(o->items, at, const struct outline_line);

    return at + 1 == o->items.n ||
           LIST_AT(o->items, at + 1, const struct outline_line)->level.v <= l->level.v;
}

/* "3 of 8 steps", or leaves where some are tasks; only when all of them were told. */
static void tell_leaves(const struct outline *o, struct buf *out)
{
    bool tasks = false;
    int n = 0;
    int complete = 0;

    for (size_t i = 0; i < o->items.n; i++) {
        const struct outline_line *l = LIST_AT(o->items, i, const struct outline_line);
        if (l->hidden.v > 0)
            return;
        if (is_leaf(o, i) && strcmp(l->state, "cancelled") != 0) {
            n++;
            complete += strcmp(l->state, "complete") == 0;
            tasks = tasks || l->kind != KIND_STEP;
        }
    }
    if (!o->partial && n > 0)
        buf_printf(out, "  %d of %d %s", complete, n,
                   tasks    ? n == 1 ? "leaf" : "leaves"
                   : n == 1 ? "step"
                            : "steps");
}

static const char *nothing_words(const struct outline *o)
{
    if (o->goes_on)
        return "nothing more below it";
    return o->open_only ? "nothing open below it" : "nothing below it";
}

static void tell_top(const struct outline *o, struct buf *out)
{
    buf_printf(out, "%s  %s  ", o->key, o->title);
    tell_percent(out, o->progress.v);
    tell_leaves(o, out);
    if (o->disputes.v > 0)
        buf_printf(out, ", %lld dispute%s", (long long)o->disputes.v,
                   o->disputes.v == 1 ? "" : "s");
    if (o->status != NULL && strcmp(o->status, "archived") == 0)
        buf_text(out, ", archived");
    if (o->as_of != NULL)
        buf_printf(out, ", as of %s", o->as_of);
    if (o->items.n == 0)
        buf_printf(out, "\n  %s", nothing_words(o));
}

void outline_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct outline *o = result;
    const char **heads = ARENA_MANY(rq->arena, o->items.n, const char *);
    size_t column = 0;

    tell_top(o, out);
    for (size_t i = 0; i < o->items.n; i++) {
        size_t width = 0;
        heads[i] = line_head(rq, LIST_AT(o->items, i, const struct outline_line));
        width = characters(heads[i]);
        if (width > column && width <= COLUMN_MAX)
            column = width;
    }
    for (size_t i = 0; i < o->items.n; i++) {
        const struct outline_line *l = LIST_AT(o->items, i, const struct outline_line);
        put_line(out, heads[i], line_remark(rq, l), column);
    }
    if (o->next_cursor != NULL)
        buf_printf(out, "\n(more: outline %s%s%s with cursor %s)", o->key,
                   o->as_of == NULL ? "" : " as_of ", o->as_of == NULL ? "" : o->as_of,
                   o->next_cursor);
}

/* The lines as far to the left as they go, the item itself marked. */
void navigate_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct navigate_view *v = result;
    int64_t left = ITEM_DEPTH_MAX;

    for (size_t i = 0; i < v->items.n; i++) {
        const int64_t level = LIST_AT(v->items, i, const struct outline_line)->level.v;
        left = level < left ? level : left;
    }
    if (v->first.v)
        buf_printf(out, "(the beginning of %s)", v->project);
    for (size_t i = 0; i < v->items.n; i++) {
        struct outline_line l = *LIST_AT(v->items, i, const struct outline_line);
        const char *remark = NULL;
        l.level = SOME_INT(l.level.v - left);
        remark = line_remark(rq, &l);
        buf_printf(out, "%s%s %s", out->len > 0 ? "\n" : "",
                   v->at.set && v->at.v == (int64_t)i ? ">" : " ", line_head(rq, &l));
        if (remark != NULL)
            buf_printf(out, "  %s", remark);
    }
    if (v->cut.v)
        buf_text(out, "\n(no room for more: navigate from the first or last of these)");
    if (v->last.v)
        buf_printf(out, "%s(the end of %s)", out->len > 0 ? "\n" : "", v->project);
}
