/* get_item, outline, next_item, history */
#include "planner/service/claim.h"
#include "planner/service/item.h"
#include "planner/service/look.h"
#include "planner/service/page.h"
#include "planner/service/project.h"
#include "planner/tools/families.h"
#include "planner/tools/looking_parts.h"
#include "planner/tools/tool_parts.h"

static const struct field get_args_fields[] = {
    FIELD_REF(struct get_args, item, REQUIRED, "Project, task, step or dispute."),
    FIELD_STRS(struct get_args, include, 0, 7, OPTIONAL,
               "content, children, dependencies, iterations, evidence, history, origin."),
    FIELD_ENUM(struct get_args, detail, detail_names, OPTIONAL, NULL),
    FIELD_STR(struct get_args, as_of, 1, 30, OPTIONAL, "As it was then."),
    FIELD_CURSOR(struct get_args),
    FIELD_END,
};

static const struct field outline_args_fields[] = {
    FIELD_REF(struct outline_args, item, OPTIONAL, "Item or project."),
    FIELD_INT(struct outline_args, depth, 1, 64, OPTIONAL, NULL),
    FIELD_BOOL(struct outline_args, include_completed, OPTIONAL, "Default true."),
    FIELD_STR(struct outline_args, as_of, 1, 30, OPTIONAL, "ISO 8601, UTC: as it was then."),
    FIELD_INT(struct outline_args, limit, 1, OUTLINE_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_CURSOR(struct outline_args),
    FIELD_END,
};

static const struct field next_args_fields[] = {
    FIELD_REF(struct next_args, project, OPTIONAL, NULL),
    FIELD_INT(struct next_args, limit, 1, NEXT_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_BOOL(struct next_args, claim, OPTIONAL, "Take them: answers a token for each."),
    FIELD_INT(struct next_args, lease_seconds, LEASE_MIN, LEASE_MAX, OPTIONAL, NULL),
    WRITE_FIELDS(struct next_args),
    FIELD_END,
};

static const struct field history_args_fields[] = {
    FIELD_REF(struct history_args, item, OPTIONAL, "Item or project."),
    FIELD_STRS(struct history_args, actions, 0, 20, OPTIONAL, "Like created, reviewed, completed."),
    FIELD_STR(struct history_args, since, 1, 30, OPTIONAL, "ISO 8601, UTC."),
    FIELD_STR(struct history_args, until, 1, 30, OPTIONAL, NULL),
    FIELD_INT(struct history_args, limit, 1, LIST_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_CURSOR(struct history_args),
    FIELD_END,
};

static enum status get_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return item_get(rq, args, result);
}

static enum status outline_run(struct req *rq, struct tool_call *call, const void *args,
                               void *result)
{
    (void)call;
    return look_outline(rq, args, result);
}

static enum status next_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return look_next(rq, args, result);
}

static enum status history_run(struct req *rq, struct tool_call *call, const void *args,
                               void *result)
{
    (void)call;
    return look_history(rq, args, result);
}

#define TAKEN_TOLD 110 /* bytes up to which a title is told */

static void tell_ready(struct req *rq, const struct ready_row *r, struct buf *out)
{
    buf_printf(out, "%s  %s  (in %s %s): %s %s", r->key, r->title, r->parent, r->parent_title,
               r->action, r->key);
    if (r->assignee != NULL)
        buf_printf(out, ", assigned to %s", r->assignee);
    if (r->token.set)
        buf_printf(out, ", yours until %s (token %lld)", tell_time(rq, r->expires_at),
                   (long long)r->token.v);
}

/* An acknowledgement for each: the title last, with what room there is. */
static void tell_taken(struct req *rq, const struct ready_row *r, struct buf *out)
{
    const size_t from = out->len;
    size_t room = 0;

    buf_printf(out, "%s claimed until %s (token %lld): %s %s", r->key, tell_time(rq, r->expires_at),
               (long long)r->token.v, r->action, r->key);
    room = out->len - from < TAKEN_TOLD ? TAKEN_TOLD - (out->len - from) : 0;
    if (strlen(r->title) <= room)
        buf_printf(out, ", %s", r->title);
    else if (room > 0)
        buf_printf(out, ", %.*s...", (int)page_cut(r->title, 0, room), r->title);
}

static void tell_passed(const struct next_view *v, struct buf *out)
{
    for (size_t i = 0; i < v->passed_over.n; i++) {
        const struct passed_row *p = LIST_AT(v->passed_over, i, const struct passed_row);
        buf_printf(out, "%s%s %s", i == 0 ? "" : "; ", p->key, p->why);
    }
    if (v->passed_over_more.v > 0)
        buf_printf(out, "; %lld%s more", (long long)v->passed_over_more.v,
                   v->passed_over_more.v >= 20 ? " or" : "");
}

static void tell_held(const struct next_view *v, struct buf *out)
{
    if (v->held.n == 0)
        return;
    buf_printf(out, "; you hold %s", *LIST_AT(v->held, 0, const char *const));
    for (size_t i = 1; i < v->held.n; i++)
        buf_printf(out, ", %s", *LIST_AT(v->held, i, const char *const));
}

static void tell_nothing_ready(const struct next_view *v, struct buf *out)
{
    if (v->status == PROJECT_ARCHIVED) {
        buf_printf(out, "%s is archived; update_project with status active brings it back",
                   v->project);
    } else if (v->n_children.v == 0) {
        buf_printf(out, "%s has no open items; define_tasks or create_task adds some", v->project);
    } else if (v->n_open.v == 0) {
        buf_printf(out, "%s is complete", v->project);
    } else {
        buf_printf(out, "nothing is ready in %s: ", v->project);
        tell_passed(v, out);
        tell_held(v, out);
        buf_text(out, ". " TELL_WAIT);
    }
}

static void next_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct next_view *v = result;

    if (v->items.n == 0)
        tell_nothing_ready(v, out);
    for (size_t i = 0; i < v->items.n; i++) {
        const struct ready_row *r = LIST_AT(v->items, i, const struct ready_row);
        if (i > 0)
            buf_char(out, '\n');
        if (v->changed.v)
            tell_taken(rq, r, out);
        else
            tell_ready(rq, r, out);
    }
    if (v->at_cap.v)
        buf_text(out, "\n(you may not hold more at once)");
    if (v->cut.v)
        buf_text(out, "\n(more are ready; an answer has no room for them, ask again)");
    if (v->items.n > 0 && v->passed_over.n > 0 && !v->changed.v) {
        buf_text(out, "\npassed over: ");
        tell_passed(v, out);
    }
    tell_replayed(out, v->replayed);
}

#define VALUE_SHOWN 60 /* bytes */

static void tell_keys(const char *word, const cJSON *values, struct buf *out)
{
    const cJSON *keys = json_get(values, "depends_on");
    const size_t end = out->len + VALUE_SHOWN;
    const cJSON *key = NULL;
    int told = 0;

    cJSON_ArrayForEach(key, keys)
    {
        if (out->len >= end || !cJSON_IsString(key))
            break;
        buf_printf(out, "%s%s", told++ == 0 ? word : ", ", key->valuestring);
    }
    if (told < cJSON_GetArraySize(keys))
        buf_printf(out, " and %d more", cJSON_GetArraySize(keys) - told);
}

/* What the action alone leaves open: which change, which decision, whose claim, what on. */
static void tell_action(const struct history_row *h, struct buf *out)
{
    const char *holder = json_get_text(h->old_values, "agent");

    if (h->undoes.set)
        buf_printf(out, "  undid change %lld", (long long)h->undoes.v);
    if (h->redoes.set)
        buf_printf(out, "  did change %lld again", (long long)h->redoes.v);
    if (strcmp(h->action, "reviewed") == 0)
        buf_text(out, json_get(h->new_values, "client_number") != NULL ? "  counter" : "  revise");
    if (strcmp(h->action, "claimed") == 0 && holder != NULL)
        buf_printf(out, "  taken over from %s", holder);
    if (strcmp(h->action, "updated") == 0 && json_get(h->new_values, "evidence") != NULL)
        buf_text(out, "  with evidence");
    tell_keys("  waits for ", h->new_values, out);
    tell_keys("  waits no longer for ", h->old_values, out);
}

/* What an audit row says beyond its action, in a few words. */
static void tell_values(const struct history_row *h, struct buf *out)
{
    static const char *const words[] = {
        "status", "content_status", "project_status",  "title", "name",
        "slug",   "summary",        "user_resolution", "via"};
    int n = 0;

    for (size_t i = 0; i < LENGTH_OF(words) && n < 3; i++) {
        const char *text = json_get_text(h->new_values, words[i]);
        if (text != NULL)
            buf_printf(out, "%s%s %.*s", n++ == 0 ? "  " : ", ", words[i],
                       (int)page_cut(text, 0, VALUE_SHOWN), text);
    }
}

static void history_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct history_view *v = result;

    if (v->items.n == 0)
        buf_printf(out,
                   v->archived == NULL ? "nothing happened to %s in that range"
                                       : "nothing of %s is left in that range",
                   v->of);
    for (size_t i = 0; i < v->items.n; i++) {
        const struct history_row *h = LIST_AT(v->items, i, const struct history_row);
        buf_printf(out, "%s%s  %s %s", i == 0 ? "" : "\n", tell_time(rq, h->at), h->entity,
                   h->action);
        if (strcmp(h->entity_type, "dispute") == 0)
            buf_text(out, " (dispute)");
        if (h->user != NULL || h->agent != NULL)
            buf_printf(out, " by %s", h->user != NULL ? h->user : h->agent);
        tell_action(h, out);
        tell_values(h, out);
        buf_printf(out, "  (change %lld)", (long long)h->change.v);
    }
    if (v->next_cursor != NULL)
        buf_printf(out, "\n(more: cursor %s)", v->next_cursor);
    if (v->archived != NULL)
        buf_printf(out, "\n(%s)", v->archived);
}

const struct tool tool_get_item = {
    .name = "get_item",
    .title = "Read an item",
    .doc = "One item with its content, state and neighbours.",
    .hints = TOOL_READS,
    .args = get_args_fields,
    .args_size = sizeof(struct get_args),
    .result = item_view_fields,
    .result_size = sizeof(struct item_view),
    .run = get_run,
    .tell = item_tell,
};

const struct tool tool_outline = {
    .name = "outline",
    .title = "Outline of the plan",
    .doc =
        "The plan as an indented tree with marks: x complete, blank ready, . waiting, ~ claimed, "
        "! disputed, - cancelled.",
    .hints = TOOL_READS,
    .args = outline_args_fields,
    .args_size = sizeof(struct outline_args),
    .result = outline_fields,
    .result_size = sizeof(struct outline),
    .run = outline_run,
    .tell = outline_tell,
};

const struct tool tool_next_item = {
    .name = "next_item",
    .title = "What is ready",
    .doc = "The first ready items, what was passed over and why, and what to do with them.",
    .args = next_args_fields,
    .args_size = sizeof(struct next_args),
    .result = next_fields,
    .result_size = sizeof(struct next_view),
    .run = next_run,
    .tell = next_tell,
};

const struct tool tool_history = {
    .name = "history",
    .title = "What happened",
    .doc = "The audit trail of an item or project, newest first.",
    .hints = TOOL_READS,
    .args = history_args_fields,
    .args_size = sizeof(struct history_args),
    .result = history_fields,
    .result_size = sizeof(struct history_view),
    .run = history_run,
    .tell = history_tell,
};
