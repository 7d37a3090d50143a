/* search, work_queue */
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

static const struct field queue_args_fields[] = {
    FIELD_ENUM(struct queue_args, role, queue_role_names, OPTIONAL, "Default the configured one."),
    FIELD_REF(struct queue_args, project, OPTIONAL, NULL),
    FIELD_INT(struct queue_args, limit, 1, QUEUE_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_CURSOR(struct queue_args),
    FIELD_END,
};

static enum status search_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return find_search(rq, args, result);
}

static enum status queue_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return find_queue(rq, args, result);
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

static void tell_queued(struct req *rq, const struct queue_row *r, struct buf *out)
{
    buf_printf(out, "%s  %s  (in %s %s): %s %s", r->key, r->title, r->parent, r->parent_title,
               r->action, r->key);
    if (r->draft.set)
        buf_printf(out, ", draft %lld", (long long)r->draft.v);
    if (r->round.set && (r->sent_back_by != NULL || r->draft.set))
        buf_printf(out, ", round %lld of %lld", (long long)r->round.v, (long long)r->rounds.v);
    if (r->sent_back_by != NULL)
        buf_printf(out, ", sent back by %s (%s)", r->sent_back_by, r->sent_back_as);
    if (r->priority.v > 0)
        buf_printf(out, ", priority %lld", (long long)r->priority.v);
    if (r->assignee != NULL)
        buf_printf(out, ", assigned to %s", r->assignee);
    if (r->claimed_by != NULL)
        buf_printf(out, ", claimed by %s", r->claimed_by);
    buf_printf(out, ", since %s", tell_time(rq, r->since));
}

static void queue_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct queue_view *v = result;

    if (v->status == PROJECT_ARCHIVED)
        buf_printf(out, "%s is archived; update_project with status active brings it back",
                   v->project);
    else if (v->items.n == 0)
        buf_printf(out, "nothing waits for the %s %s %s", field_choice(queue_role_names, v->role),
                   v->next_cursor == NULL ? "in" : "here in", v->project);
    for (size_t i = 0; i < v->items.n; i++) {
        if (i > 0)
            buf_char(out, '\n');
        tell_queued(rq, LIST_AT(v->items, i, const struct queue_row), out);
    }
    if (v->next_cursor != NULL)
        buf_printf(out, "\n(%s: cursor %s)",
                   v->stopped == NULL ? "more" : "what follows was not looked at yet",
                   v->next_cursor);
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

const struct tool tool_work_queue = {
    .name = "work_queue",
    .title = "Who moves next",
    .doc =
        "What waits for a role, urgent and oldest first: server (content), client (review), human "
        "(disputes), worker (ready).",
    .hints = TOOL_READS,
    .args = queue_args_fields,
    .args_size = sizeof(struct queue_args),
    .result = queue_fields,
    .result_size = sizeof(struct queue_view),
    .run = queue_run,
    .tell = queue_tell,
};
