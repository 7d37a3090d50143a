/* What happened, as a list, newest first. */
#include "planner/resources/markdown.h"
#include "planner/resources/planner_parts.h"
#include "planner/service/look.h"

static void put_values(struct req *rq, const char *word, const cJSON *values, struct buf *out)
{
    struct json_out json = JSON_OUT_IN(rq->arena);

    if (values == NULL || values->child == NULL)
        return;
    json_tree(&json, values);
    buf_printf(out, "  - %s: ", word);
    markdown_code(out, json_text(&json));
    buf_char(out, '\n');
}

static void put_row(struct req *rq, const struct history_row *h, struct buf *out)
{
    buf_text(out, "- ");
    markdown_time(out, h->at);
    buf_printf(out, " %s %s", h->entity, h->action);
    if (strcmp(h->entity_type, "dispute") == 0)
        buf_text(out, " (dispute)");
    if (h->user != NULL || h->agent != NULL) {
        buf_text(out, " by ");
        markdown_inline(out, h->user != NULL ? h->user : h->agent);
    }
    buf_printf(out, ", change %lld\n", (long long)h->change.v);
    put_values(rq, "before", h->old_values, out);
    put_values(rq, "after", h->new_values, out);
}

void markdown_tell_history(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out)
{
    const struct history_view *v = result;

    buf_printf(out, "# History of %s\n\n", v->of);
    if (v->items.n == 0)
        buf_text(out, uri->cursor == NULL ? "Nothing is recorded.\n" : "There is no more.\n");
    for (size_t i = 0; i < v->items.n; i++)
        put_row(rq, LIST_AT(v->items, i, const struct history_row), out);
    if (v->archived != NULL) {
        buf_text(out, "\nOlder: ");
        markdown_inline(out, v->archived);
        buf_text(out, ".\n");
    }
    markdown_tell_next(rq, uri, v->next_cursor, out);
}
