/* The list of projects, and one project, as markdown. */
#include "planner/resources/markdown.h"
#include "planner/resources/planner_parts.h"
#include "planner/service/item.h"
#include "planner/service/project.h"
#include "planner/tools/tool_parts.h"

#define DEFAULT_THRESHOLD      0.7
#define DEFAULT_MAX_ITERATIONS 3

void markdown_tell_next(struct req *rq, const struct resource_uri *uri, const char *next_cursor,
                        struct buf *out)
{
    if (next_cursor != NULL)
        buf_printf(out, "\nThis is a part; it goes on at %s\n",
                   resource_uri_next(rq, uri, next_cursor));
}

static void put_disputes(int64_t n, struct buf *out)
{
    if (n > 0)
        buf_printf(out, ", %lld dispute%s pending", (long long)n, n == 1 ? "" : "s");
}

void markdown_tell_projects(struct req *rq, const struct resource_uri *uri, const void *result,
                            struct buf *out)
{
    const struct project_list *list = result;

    buf_text(out, "# Projects\n\n");
    if (list->projects.n == 0)
        buf_text(out, uri->cursor == NULL ? "There are none; create_project makes one.\n"
                                          : "There are no more.\n");
    for (size_t i = 0; i < list->projects.n; i++) {
        const struct project_row *p = LIST_AT(list->projects, i, const struct project_row);
        buf_printf(out, "- %s ", p->slug);
        markdown_inline(out, p->name);
        buf_text(out, " (");
        tell_percent(out, p->progress.v);
        buf_printf(out, ", %lld item%s", (long long)p->items.v, p->items.v == 1 ? "" : "s");
        put_disputes(p->disputes.v, out);
        buf_printf(out, "%s): planner://projects/%s\n",
                   p->status == PROJECT_ARCHIVED ? ", archived" : "", p->slug);
    }
    markdown_tell_next(rq, uri, list->next_cursor, out);
}

static void put_setting(struct buf *out, bool differs, const char *text)
{
    if (differs)
        buf_printf(out, "- %s\n", text);
}

/* Only what is not as it always is. */
static void put_settings(const struct item_view *v, struct buf *out)
{
    const struct project_settings *s = v->settings;

    put_setting(out, v->sequential.v, "sequential: its tasks come one after the other");
    put_setting(out, s->require_review.v,
                "require_review: steps complete only with agreed content");
    put_setting(out, s->separate_authors.v,
                "separate_authors: nobody approves what they wrote themselves");
    put_setting(out, s->human_only.v, "human_only: only a human settles disputes");
    put_setting(out, s->require_evidence.v, "require_evidence: completing a step needs evidence");
    if (s->max_iterations.v != DEFAULT_MAX_ITERATIONS)
        buf_printf(out, "- max_iterations: a dispute after %lld review round%s\n",
                   (long long)s->max_iterations.v, s->max_iterations.v == 1 ? "" : "s");
    if (s->complexity_threshold.v != DEFAULT_THRESHOLD)
        buf_printf(out, "- complexity_threshold: %g, from which a step should become a task\n",
                   s->complexity_threshold.v);
    if (s->workspace != NULL) {
        buf_text(out, "- workspace: ");
        markdown_code(out, s->workspace);
        buf_char(out, '\n');
    }
}

void markdown_tell_project(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out)
{
    const struct item_view *v = result;

    (void)rq;
    (void)uri; /* has no pages; resource_list has no URI at hand */
    buf_printf(out, "# %s ", v->key);
    markdown_inline(out, v->title);
    buf_text(out, "\n\n- progress: ");
    tell_percent(out, v->progress.v);
    buf_printf(out, "\n- %s; name, vision and settings are version %lld, of ", v->status,
               (long long)v->version.v);
    markdown_time(out, v->updated_at);
    buf_printf(out, "\n- %lld item%s, %lld of %lld open at the top", (long long)v->items.v,
               v->items.v == 1 ? "" : "s", (long long)v->n_open.v, (long long)v->n_children.v);
    put_disputes(v->disputes.v, out);
    buf_char(out, '\n');
    put_settings(v, out);
    markdown_part(out, "Vision", v->description);
    buf_printf(out,
               "\n## Read on\n\n- the plan: planner://projects/%s/outline\n"
               "- what happened: planner://items/%s/history\n",
               v->key, v->key);
}
