/* plan_project: from the vision to tasks and steps. */
#include "planner/prompts/prompt_parts.h"
#include "planner/service/shapes.h"

#define TITLE_LINE_SHOWN 300 /* bytes of an outline's line */
#define OBJECTIVE_SHOWN  160
#define DISPUTE_SHOWN    200

static void put_settings(struct buf *out, const struct brief_project *p)
{
    buf_printf(out, "%lld items were created so far; %d%% is complete.", (long long)p->items.v,
               progress_percent(p->progress.v));
    if (p->sequential.v)
        buf_text(out, " Its tasks run one after the other.");
    if (p->require_review.v)
        buf_text(out, " A step needs agreed content before it can be completed.");
    if (p->require_evidence.v)
        buf_text(out, " A step needs evidence to be completed.");
    buf_printf(out, " A human decides after %lld review rounds.\n", (long long)p->max_iterations.v);
}

static void put_line(struct buf *out, const struct brief_item *line)
{
    const bool step = line->kind == KIND_STEP;
    const char *content = field_choice(step_status_names, line->content_status);
    const int indent = 2 * (int)(line->level.v - 1);

    quote_line(out, TITLE_LINE_SHOWN, "%*s%s %s (%s%s%s)", indent, "", line->key, line->title,
               line->state, step ? ", content " : "", step ? content : "");
    if (!step && line->text != NULL)
        quote_line(out, OBJECTIVE_SHOWN, "%*s    %s", indent, "", line->text);
}

/* As many lines as fit into `room`. */
static const char *outline(struct req *rq, const struct brief_project *p, size_t room)
{
    struct buf out = BUF_IN(rq->arena);
    size_t cost = 0;
    size_t n = 0;

    for (; n < p->lines.n; n++) {
        const size_t from = out.len;
        put_line(&out, LIST_AT(p->lines, n, const struct brief_item));
        cost += quote_cost(out.ptr + from);
        if (cost <= room)
            continue;
        out.len = from;
        out.ptr[from] = '\0';
        break;
    }
    if (n < p->lines.n || n == BRIEF_LINES)
        buf_printf(&out, "(the first %zu items; outline {\"item\": \"%s\"} shows all)\n", n,
                   p->slug);
    return buf_str(&out);
}

static void put_disputes(struct buf *out, const struct brief_project *p)
{
    if (p->disputed.v == 0)
        return;
    buf_text(out, "\n## Disputes that wait for a human, the oldest first\n");
    for (size_t i = 0; i < p->disputes.n; i++) {
        const struct brief_item *d = LIST_AT(p->disputes, i, const struct brief_item);
        quote_line(out, DISPUTE_SHOWN, "%s %s", d->key, d->title);
    }
    if (p->disputed.v > (int64_t)p->disputes.n)
        buf_printf(out, "(%lld more: list_disputes {\"project\": \"%s\"})\n",
                   (long long)p->disputed.v - (int64_t)p->disputes.n, p->slug);
}

static void next_archived(struct buf *out, const struct brief_project *p)
{
    buf_printf(out,
               "%s is archived: it can be read, and nothing in it can be changed. Tell your user. "
               "If they want to go on with it, un-archive it and start again:\n",
               p->slug);
    tell_call(out, "update_project", "{\"project\": \"%s\", \"status\": \"active\"}", p->slug);
}

static void next_plan(struct buf *out, const struct brief_project *p)
{
    buf_printf(
        out,
        "%s %s.\n"
        "1. Find what the vision needs and the plan lacks. What only your user can know or decide, "
        "ask them before you write anything.\n"
        "2. A task is a goal: its objective says what is true when it is reached. A step is one "
        "piece of work that one agent does in one go, below a task. The order is that in which "
        "they are done; 'depends_on' (refs of this call, or keys) is for what must not start "
        "earlier, 'sequential' for a task whose children run one after the other.\n"
        "3. Show your user the plan in a few lines, and when they agree write it, all in one call, "
        "without repeating what is there already:\n",
        p->items.v == 0 ? "Make a plan of the vision of" : "Complete the plan after the vision of",
        p->slug);
    tell_call(out, "define_tasks",
              "{\"parent\": \"%s\", \"tasks\": [{\"title\": \"<goal>\", \"objective\": \"<what is "
              "true when it is reached>\", \"steps\": [{\"title\": \"<one piece of work>\"}]}]}",
              p->slug);
    buf_text(out, "   Below a task that is there already, give its key as 'parent'. Leave the "
                  "contents of steps out: they are written one by one (the prompt draft_step, or "
                  "submit_step) and reviewed.\n");
    if (p->disputed.v > 0)
        buf_text(out, "4. Remind your user of the disputes above: resolve_dispute, or the prompt "
                      "settle_dispute.\n");
    buf_text(out, "Then look at what can start:\n");
    tell_call(out, "next_item", "{\"project\": \"%s\"}", p->slug);
}

static const char *plan_end(struct req *rq, const struct brief_project *p)
{
    struct buf out = BUF_IN(rq->arena);

    put_disputes(&out, p);
    buf_text(&out, "\n## What to do now\n");
    if (p->status == PROJECT_ARCHIVED)
        next_archived(&out, p);
    else
        next_plan(&out, p);
    return buf_str(&out);
}

#define PLAN_EXTRA 1200 /* headings, settings, name, remarks */

static const char *plan_text(struct req *rq, const struct brief_project *p)
{
    const char *intro = arena_printf(
        rq->arena,
        "Plan the project %s with your user. Below is what the planner knows; what to do now is at "
        "the end.\n%s",
        p->slug, quote_rule);
    const char *end = plan_end(rq, p);
    const size_t room = PROMPT_MESSAGE_MAX - quote_cost(intro) - quote_cost(end) - PLAN_EXTRA;
    const char *whole = outline(rq, p, room);
    const size_t need = quote_cost(whole);
    struct buf out = BUF_IN(rq->arena);
    struct buf vision = BUF_IN(rq->arena);

    quote_part(&vision, "Its description, the vision:", p->description,
               need < room / 2 ? room - need : room / 2,
               (struct quote_source){p->slug, NULL, p->description_length});
    buf_printf(&out, "%s\n## The project %s\n", intro, p->slug);
    quote_line(&out, TITLE_LINE_SHOWN, "%s", p->name);
    buf_text(&out, buf_str(&vision));
    put_settings(&out, p);
    buf_text(&out, "\n## The plan so far\n");
    if (p->lines.n == 0)
        buf_text(&out, "There is nothing yet.\n");
    else
        buf_text(&out, outline(rq, p, room - quote_cost(buf_str(&vision))));
    buf_text(&out, end);
    return buf_str(&out);
}

static enum status plan_run(struct req *rq, struct prompt_call *call)
{
    struct brief_project brief;

    TRY(brief_read_project(rq, "project", call->values[0], &brief));
    call->description = arena_printf(rq->arena, "Plan %s", brief.slug);
    prompt_tell(rq, call, plan_text(rq, &brief));
    return ST_OK;
}

static const struct prompt_arg plan_args[] = {
    {.name = "project",
     .title = "Project",
     .doc = "The project, by its slug, like AUTH; left out: the project of this directory.",
     .completes = COMPLETE_PROJECT},
    {.name = NULL},
};
const struct prompt prompt_plan_project = {
    .name = "plan_project",
    .title = "Plan a project",
    .doc = "Turn the vision of a project into tasks and steps, on top of the plan so far.",
    .args = plan_args,
    .run = plan_run,
};
