/* search, work_queue, project_stats */
#include "planner/service/find.h"
#include "planner/service/page.h"
#include "planner/service/stats.h"
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

static const struct field stats_args_fields[] = {
    FIELD_REF(struct stats_args, project, OPTIONAL, NULL),
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

static enum status stats_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return stats_read(rq, args, result);
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
        buf_printf(out, "nothing in %s fits \"%.*s\"; try fewer or other words, or outline %s",
                   v->project, (int)page_cut(v->query, 0, 100), v->query, v->project);
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
        buf_printf(out, "nothing waits for the %s %s %s%s", field_choice(queue_role_names, v->role),
                   v->next_cursor == NULL ? "in" : "here in", v->project,
                   v->next_cursor == NULL ? ". " TELL_WAIT : "");
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

static void tell_count(struct buf *out, const char *what, const struct stats_count *n)
{
    buf_printf(out, "%lld %s%s (%lld open, %lld complete, %lld cancelled)", (long long)n->total.v,
               what, n->total.v == 1 ? "" : "s", (long long)n->open.v, (long long)n->complete.v,
               (long long)n->cancelled.v);
}

/* "40 s", "12 min", "3.5 h", "2.1 days" */
static void tell_span(struct buf *out, double seconds)
{
    if (seconds < 120)
        buf_printf(out, "%.0f s", seconds);
    else if (seconds < 7200)
        buf_printf(out, "%.0f min", seconds / 60);
    else if (seconds < 172800)
        buf_printf(out, "%.1f h", seconds / 3600);
    else
        buf_printf(out, "%.1f days", seconds / 86400);
}

static void tell_time_to(struct buf *out, const char *what, const struct stats_time *t)
{
    if (t == NULL)
        return;
    buf_printf(out, "\ntime to %s: median ", what);
    tell_span(out, t->median.v);
    buf_text(out, ", mean ");
    tell_span(out, t->mean.v);
}

static void tell_collaboration(const struct stats_view *v, struct buf *out)
{
    const struct stats_contents *c = v->contents;

    buf_printf(out,
               "\ncontents: %lld pending, %lld server_draft, %lld client_review, %lld agreed, %lld "
               "disputed, %lld user_resolution",
               (long long)c->pending.v, (long long)c->server_draft.v, (long long)c->client_review.v,
               (long long)c->agreed.v, (long long)c->disputed.v, (long long)c->user_resolution.v);
    if (v->agreement_rate.set)
        buf_printf(out,
                   "\nsettled: %lld agreed, %lld by a human (agreement rate %.0f%%), %lld "
                   "reopened",
                   (long long)v->agreed.v, (long long)v->resolved.v, v->agreement_rate.v * 100,
                   (long long)v->revisions_after_agreement.v);
    if (v->iterations_per_step.set)
        buf_printf(out, "\niterations per step: %.1f, at most %lld", v->iterations_per_step.v,
                   (long long)v->most_iterations.v);
    tell_time_to(out, "agreement", v->time_to_agreement);
    tell_time_to(out, "resolution", v->time_to_resolution);
}

static void stats_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct stats_view *v = result;
    const struct stats_complexity *x = v->complexity;

    buf_printf(out, "%s  %s  ", v->project, v->name);
    tell_percent(out, v->progress.v);
    if (v->status == PROJECT_ARCHIVED)
        buf_text(out, ", archived");
    buf_char(out, '\n');
    tell_count(out, "task", v->tasks);
    buf_text(out, ", ");
    tell_count(out, "step", v->steps);
    tell_collaboration(v, out);
    buf_printf(out, "\ncomplexity: %lld low, %lld medium, %lld high, %lld unknown",
               (long long)x->low.v, (long long)x->medium.v, (long long)x->high.v,
               (long long)x->unknown.v);
    buf_printf(out, "\ncompleted per day: %.2f (7 days), %.2f (30 days); %lld remain",
               v->throughput->last_7_days.v, v->throughput->last_30_days.v,
               (long long)v->remaining.v);
    if (v->estimate != NULL)
        buf_printf(out, ", about %.1f days: %s", v->estimate->days.v,
                   tell_time(rq, v->estimate->at));
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

const struct tool tool_project_stats = {
    .name = "project_stats",
    .title = "Figures of a project",
    .doc = "Counts, agreement, times, complexity, throughput and an estimate.",
    .hints = TOOL_READS,
    .args = stats_args_fields,
    .args_size = sizeof(struct stats_args),
    .result = stats_fields,
    .result_size = sizeof(struct stats_view),
    .run = stats_run,
    .tell = stats_tell,
};
