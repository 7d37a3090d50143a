/* wait_for_change */
#include "planner/service/watch.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

static const struct field wait_args_fields[] = {
    FIELD_REF(struct wait_args, project, OPTIONAL, NULL),
    FIELD_STR(struct wait_args, cursor, 1, WAIT_CURSOR_MAX, OPTIONAL,
              "From the last answer; without it the present one is given at once."),
    FIELD_INT(struct wait_args, timeout_seconds, 0, WAIT_SECONDS_MAX, OPTIONAL, "Default 25."),
    FIELD_END,
};

static enum status wait_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return watch_wait(rq, args, result);
}

static void tell_line(struct req *rq, const struct changed_line *l, struct buf *out)
{
    buf_printf(out, "%s  %s", tell_time(rq, l->at), l->entity != NULL ? l->entity : l->entity_type);
    if (l->more.v > 0)
        buf_printf(out, " and %lld more", (long long)l->more.v);
    buf_printf(out, " %s", l->action);
    if (l->user != NULL || l->agent != NULL)
        buf_printf(out, " by %s", l->user != NULL ? l->user : l->agent);
    if (l->title != NULL) {
        buf_char(out, ' ');
        tell_title(out, l->title);
    }
    buf_printf(out, " (change %lld)\n", (long long)l->change.v);
}

static void wait_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct wait_view *v = result;
    const char *where = v->project != NULL ? v->project : "any project";

    for (size_t i = 0; i < v->items.n; i++)
        tell_line(rq, LIST_AT(v->items, i, const struct changed_line), out);
    if (v->more.v)
        buf_printf(out, "(more: call again with cursor %s)", v->cursor);
    else if (v->changed.v)
        buf_printf(out, "(that is all so far: wait_for_change goes on with cursor %s)", v->cursor);
    else if (v->asked)
        buf_printf(out, "nothing changed in %s so far; call again with cursor %s", where,
                   v->cursor);
    else
        buf_printf(out, "wait_for_change with cursor %s tells what changes in %s from now on",
                   v->cursor, where);
}

const struct tool tool_wait_for_change = {
    .name = "wait_for_change",
    .title = "Wait for a change",
    .doc = "What changed since a cursor, by anybody; waits while nothing has. Without a cursor it "
           "gives one.",
    .hints = TOOL_READS,
    .args = wait_args_fields,
    .args_size = sizeof(struct wait_args),
    .result = wait_fields,
    .result_size = sizeof(struct wait_view),
    .run = wait_run,
    .tell = wait_tell,
};
