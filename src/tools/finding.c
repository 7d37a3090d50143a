/* search */
#include "planner/service/find.h"
#include "planner/service/page.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

static const struct field search_args_fields[] = {
    FIELD_STR(struct search_args, query, 1, SEARCH_QUERY_MAX, REQUIRED, "Words or a key."),
    FIELD_REF(struct search_args, project, OPTIONAL, NULL),
    FIELD_STRS(struct search_args, kinds, 0, 3, OPTIONAL, "project, task, step."),
    FIELD_INT(struct search_args, limit, 1, SEARCH_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_CURSOR(struct search_args),
    FIELD_END,
};

static enum status search_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return find_search(rq, args, result);
}

/* What the search did beside what it was asked for. */
static void tell_notes(const struct search_view *v, struct buf *out)
{
    for (size_t i = 0; i < v->meant.n; i++) {
        const struct search_meant *m = LIST_AT(v->meant, i, const struct search_meant);
        buf_printf(out, "\"%s\" is nowhere in %s, taken for ", m->word, v->project);
        for (size_t j = 0; j < m->taken.n; j++)
            buf_printf(out, "%s%s", j == 0 ? "" : ", ", *LIST_AT(m->taken, j, const char *const));
        buf_char(out, '\n');
    }
    if (v->loose.v)
        buf_text(out, "nothing has every word; these have some\n");
    if (v->capped.v)
        buf_printf(out, "more than %d fit, the newest of them are ranked; more words find less\n",
                   SEARCH_RANKED);
}

static void tell_hit(const struct search_row *r, struct buf *out)
{
    buf_printf(out, "%s  %s  (%s, %s", r->key, r->title, field_choice(kind_names, r->kind),
               r->status);
    if (r->parent != NULL && strcmp(r->state, r->status) != 0)
        buf_printf(out, ", %s", r->state);
    if (r->parent != NULL)
        buf_printf(out, ", in %s", r->parent);
    buf_char(out, ')');
    if (r->snippet != NULL &&
        strcmp(*LIST_AT(r->matched, r->matched.n - 1, const char *const), "title") != 0)
        buf_printf(out, "\n  %s", r->snippet);
}

static void search_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct search_view *v = result;

    (void)rq;
    tell_notes(v, out);
    if (v->items.n == 0)
        buf_printf(out, "nothing in %s fits \"%.*s\"", v->project, (int)page_cut(v->query, 0, 100),
                   v->query);
    for (size_t i = 0; i < v->items.n; i++) {
        if (i > 0)
            buf_char(out, '\n');
        tell_hit(LIST_AT(v->items, i, const struct search_row), out);
    }
    if (v->next_cursor != NULL)
        buf_printf(out, "\n(more: cursor %s)", v->next_cursor);
}

const struct tool tool_search = {
    .name = "search",
    .title = "Search",
    .doc = "Find items by words of their title, objective or content; typing errors are forgiven.",
    .hints = TOOL_READS,
    .args = search_args_fields,
    .args_size = sizeof(struct search_args),
    .result = search_fields,
    .result_size = sizeof(struct search_view),
    .run = search_run,
    .tell = search_tell,
};
