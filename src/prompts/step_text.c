/* What a prompt about a step tells of the plan around it. */
#include "planner/prompts/prompt_parts.h"

/* Bytes, for the smallest context; times the scale for larger ones. */
#define VISION_SHOWN    2000
#define OBJECTIVE_SHOWN 1500 /* of the task that the step belongs to */
#define LINE_SHOWN      200  /* one item in a line */
#define NEIGHBOUR_SHOWN 500  /* final content of an item before it, or of one that it needs */
#define NEIGHBOURS_FULL 3    /* so many of them with their content */
#define FEEDBACK_SHOWN  1500 /* of the last round; an older one gets a fifth */
#define ROUNDS_SHOWN    5
#define EVIDENCE_SHOWN  250
#define AGENT_SHOWN     120

static const size_t scales[] = {4, 2, 1};

const struct brief_round *step_last_round(const struct brief_step *brief)
{
    return brief->rounds.n == 0 ? NULL : LIST_AT(brief->rounds, 0, const struct brief_round);
}

const char *step_closed(struct req *rq, const struct brief_step *brief)
{
    const char *slug = brief->project->slug;
    struct buf out = BUF_IN(rq->arena);

    if (brief->project->status == PROJECT_ARCHIVED) {
        buf_printf(&out,
                   "%s is archived: it can be read, and nothing in it can be changed. Tell your "
                   "user. If they want to go on with it, un-archive it and start again:\n",
                   slug);
        tell_call(&out, "update_project", "{\"project\": \"%s\", \"status\": \"active\"}", slug);
        return buf_str(&out);
    }
    if (brief->status == ITEM_OPEN)
        return NULL;
    buf_printf(&out,
               "%s is %s: its content cannot be changed now. Tell your user. If they want to go on "
               "with it, reopen it and start again:\n",
               brief->key, field_choice(item_status_names, brief->status));
    tell_call(&out, "complete_step", "{\"item\": \"%s\", \"outcome\": \"reopen\"}", brief->key);
    return buf_str(&out);
}

static void put_vision(struct buf *out, const struct brief_project *p, size_t scale)
{
    buf_printf(out, "\n## The project %s and its vision\n", p->slug);
    quote_line(out, LINE_SHOWN * scale, "%s", p->name);
    quote_part(out, "Its description:", p->description, VISION_SHOWN * scale,
               (struct quote_source){p->slug, NULL, p->description_length});
}

static void put_item_line(struct buf *out, const struct brief_item *item, size_t budget)
{
    const bool told = item->state != NULL;

    quote_line(out, budget, "%s %s%s%s%s", item->key, item->title, told ? " (" : "",
               told ? item->state : "", told ? ")" : "");
}

/* The ancestors in a line each, from the top, then the task itself. */
static void put_path(struct buf *out, const struct brief_step *brief, size_t scale)
{
    const struct list *path = &brief->path;
    const int64_t above = brief->depth.v - 1 - (int64_t)path->n;

    buf_text(out, "\n## Where the step belongs\n");
    if (above > 0)
        buf_printf(out, "(%lld more above)\n", (long long)above);
    for (size_t i = 0; i < path->n; i++) {
        const struct brief_item *task = LIST_AT(*path, i, const struct brief_item);
        if (i + 1 < path->n && task->text != NULL)
            quote_line(out, LINE_SHOWN * scale, "%s %s: %s", task->key, task->title, task->text);
        else
            put_item_line(out, task, LINE_SHOWN * scale);
        if (i + 1 == path->n)
            quote_part(out, "The objective of that task:", task->text, OBJECTIVE_SHOWN * scale,
                       (struct quote_source){task->key, NULL, task->length});
    }
}

static const char *ordinal_rounds(struct req *rq, const struct brief_step *brief)
{
    const int64_t most = brief->limit.v;
    const int64_t left = most - brief->round.v;

    return arena_printf(rq->arena, "%lld of %lld review rounds used, %lld left",
                        (long long)brief->round.v, (long long)most, (long long)left);
}

static void put_complexity(struct buf *out, const struct brief_step *brief)
{
    if (!brief->complexity_score.set)
        return;
    buf_printf(out, "Complexity: %.2f (%s)", brief->complexity_score.v,
               field_choice(basis_names, brief->basis));
    if (brief->server_complexity.set)
        buf_printf(out, ", server role %.2f", brief->server_complexity.v);
    if (brief->client_complexity.set)
        buf_printf(out, ", client role %.2f", brief->client_complexity.v);
    buf_printf(out, " (from %g on a step should become a task).\n",
               brief->project->complexity_threshold.v);
}

static void put_step(struct req *rq, struct buf *out, const struct brief_step *brief)
{
    buf_printf(out, "\n## The step %s\n", brief->key);
    quote_text(out, brief->title, LINE_SHOWN * scales[0]);
    buf_printf(out, "Its content is %s; %s.\n",
               field_choice(step_status_names, brief->content_status), ordinal_rounds(rq, brief));
    if (brief->not_ready != NULL)
        buf_printf(out, "It cannot be carried out yet: it %s.\n", brief->not_ready);
    put_complexity(out, brief);
    if (brief->assignee != NULL) {
        buf_text(out, "It is assigned to\n");
        quote_line(out, AGENT_SHOWN, "%s", brief->assignee);
    }
}

/* Other items, the first ones with their content. */
static void put_items(struct buf *out, const char *heading, const struct list *items, size_t scale)
{
    if (items->n == 0)
        return;
    buf_printf(out, "\n## %s\n", heading);
    for (size_t i = 0; i < items->n; i++) {
        const struct brief_item *item = LIST_AT(*items, i, const struct brief_item);
        put_item_line(out, item, LINE_SHOWN * scale);
        if (i < NEIGHBOURS_FULL)
            quote_part(
                out, item->kind == KIND_STEP ? "Its final content:" : "Its objective:", item->text,
                NEIGHBOUR_SHOWN * scale, (struct quote_source){item->key, NULL, item->length});
    }
}

static void put_round(struct buf *out, const struct brief_step *brief,
                      const struct brief_round *round, size_t shown)
{
    const bool newest = round == step_last_round(brief);
    const struct quote_source source = {brief->key, newest ? "content" : "iterations", {0}};

    buf_printf(out, "%lld, %s by the %s role", (long long)round->number.v,
               field_choice(action_names, round->action), round->role);
    if (round->score.set)
        buf_printf(out, ", complexity %.2f", round->score.v);
    buf_text(out, ", agent\n");
    quote_line(out, AGENT_SHOWN, "%s", round->agent);
    quote_part(out, "Feedback:", round->feedback, shown, source);
    quote_part(out, "Reasoning:", round->reasoning, shown, source);
    quote_part(out, "About its complexity:", round->assessment, shown / 2, source);
}

static void put_rounds(struct buf *out, const struct brief_step *brief, size_t scale)
{
    if (brief->rounds.n == 0)
        return;
    buf_text(out, "\n## What was submitted and said, the newest first\n");
    for (size_t i = 0; i < brief->rounds.n && i < ROUNDS_SHOWN; i++)
        put_round(out, brief, LIST_AT(brief->rounds, i, const struct brief_round),
                  (i < 2 ? FEEDBACK_SHOWN : FEEDBACK_SHOWN / 5) * scale);
    if (brief->last.v > ROUNDS_SHOWN) {
        buf_printf(out, "(%lld older ones: ", (long long)brief->last.v - ROUNDS_SHOWN);
        buf_printf(out, "get_item {\"item\": \"%s\", \"include\": [\"iterations\"]})\n",
                   brief->key);
    }
}

static void put_evidence(struct buf *out, const struct brief_step *brief, size_t scale)
{
    if (brief->evidence.n == 0)
        return;
    buf_text(out, "\n## Evidence\n");
    for (size_t i = 0; i < brief->evidence.n; i++) {
        const struct brief_evidence *e = LIST_AT(brief->evidence, i, const struct brief_evidence);
        quote_line(out, EVIDENCE_SHOWN * scale, "%s %s: %s (%s)", e->kind, e->reference,
                   e->summary == NULL ? "" : e->summary, e->agent);
    }
}

/* What stands before the versions, and what behind them. */
static const char *text_before(struct req *rq, const struct brief_step *brief, const char *intro,
                               size_t scale)
{
    struct buf out = BUF_IN(rq->arena);

    buf_text(&out, intro);
    buf_char(&out, '\n');
    buf_text(&out, quote_rule);
    put_vision(&out, brief->project, scale);
    put_path(&out, brief, scale);
    put_step(rq, &out, brief);
    put_items(&out, "Before it, the nearest first", &brief->before, scale);
    put_items(&out, "It depends on", &brief->needs, scale);
    if (brief->after.n > 0) {
        buf_text(&out, "\n## After it: work that is not this step's\n");
        for (size_t i = 0; i < brief->after.n; i++)
            put_item_line(&out, LIST_AT(brief->after, i, const struct brief_item),
                          LINE_SHOWN * scale);
    }
    return buf_str(&out);
}

static const char *text_after(struct req *rq, const struct brief_step *brief, const char *what_next,
                              size_t scale)
{
    struct buf out = BUF_IN(rq->arena);

    put_rounds(&out, brief, scale);
    put_evidence(&out, brief, scale);
    buf_printf(&out, "\n## What to do now\n%s", what_next);
    return buf_str(&out);
}

#define VERSION_EXTRA ((size_t)500) /* heading, who wrote it, remark */

static size_t version_need(const struct step_version *shown)
{
    return shown->version == NULL ? 0 : quote_need(shown->version->text);
}

/* Half of the room, and what the other one leaves of its half. */
static size_t fair_share(size_t room, size_t other)
{
    return other < room / 2 ? room - other : room / 2;
}

static void put_version(struct buf *out, const char *key, const struct step_version *shown,
                        size_t budget)
{
    const struct brief_version *v = shown->version;

    if (v == NULL)
        return;
    buf_printf(out, "\n## %s (number %lld), written by\n", shown->heading, (long long)v->number.v);
    quote_line(out, AGENT_SHOWN, "%s", v->agent);
    quote_part(out, "Its text:", v->text, budget, (struct quote_source){key, "content", v->length});
}

/* Everything at this scale; false when a version had to be cut. */
static bool put_all(struct req *rq, struct buf *out, const struct brief_step *brief,
                    const struct step_text *text, size_t scale)
{
    const char *before = text_before(rq, brief, text->intro, scale);
    const char *after = text_after(rq, brief, text->what_next, scale);
    const size_t used = quote_cost(before) + quote_cost(after) + STEP_VERSIONS_MAX * VERSION_EXTRA;
    const size_t room = used < PROMPT_MESSAGE_MAX ? PROMPT_MESSAGE_MAX - used : 0;
    const size_t first = version_need(&text->versions[0]);
    const size_t second = version_need(&text->versions[1]);

    buf_text(out, before);
    put_version(out, brief->key, &text->versions[0], fair_share(room, second));
    put_version(out, brief->key, &text->versions[1], fair_share(room, first));
    buf_text(out, after);
    return first + second <= room;
}

void step_show_versions(const struct brief_step *brief, const char *server_heading,
                        const char *client_heading, struct step_text *text)
{
    if (brief->final != NULL) {
        text->versions[0] = (struct step_version){"The final content", brief->final};
        return;
    }
    text->versions[0] = (struct step_version){server_heading, brief->server};
    text->versions[1] = (struct step_version){client_heading, brief->client};
}

void step_tell(struct req *rq, struct prompt_call *call, const struct brief_step *brief,
               const struct step_text *text)
{
    struct buf out = BUF_IN(rq->arena);

    for (size_t i = 0; i < LENGTH_OF(scales); i++) {
        out = BUF_IN(rq->arena);
        if (put_all(rq, &out, brief, text, scales[i]))
            break;
    }
    prompt_tell(rq, call, buf_str(&out));
}
