/* undo */
#include "planner/service/page.h"
#include "planner/service/undo.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

#define NAME_SHOWN 24 /* bytes: an acknowledgement stays short */

static const struct field undo_args_fields[] = {
    FIELD_INT(struct undo_args, change, 1, 999999999999, REQUIRED, NULL),
    WRITE_FIELDS(struct undo_args),
    FIELD_END,
};

static enum status undo_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return undo_change(rq, args, result);
}

static void tell_cut(struct buf *out, const char *text)
{
    const size_t len = page_cut(text, 0, NAME_SHOWN);

    buf_add(out, text, len);
    if (text[len] != '\0')
        buf_text(out, "...");
}

/* What the change was: created AUTH-2 "Registration" and 5 more */
static void tell_what(const struct undo_answer *a, struct buf *out)
{
    buf_printf(out, " (%s %s", a->action, a->item == NULL ? a->project : a->item);
    if (a->count.v > 1) {
        buf_printf(out, " and %lld more", (long long)a->count.v - 1);
    } else if (a->title != NULL) {
        buf_text(out, " \"");
        tell_cut(out, a->title);
        buf_char(out, '"');
    }
    buf_char(out, ')');
}

static void undo_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct undo_answer *a = result;

    (void)rq;
    if (!a->changed.v) {
        buf_printf(out, "change %lld %s already (change %lld); nothing was changed",
                   (long long)a->undone.v, a->redone.v ? "is in effect" : "was undone",
                   (long long)a->change.v);
        return;
    }
    buf_printf(out, "%s change %lld", a->redone.v ? "redid" : "undid", (long long)a->undone.v);
    if (a->agent != NULL) {
        buf_text(out, " of ");
        tell_cut(out, a->agent);
    }
    tell_what(a, out);
    buf_printf(out, " (change %lld)", (long long)a->change.v);
    tell_replayed(out, a->replayed);
}

const struct tool tool_undo = {
    .name = "undo",
    .title = "Undo a change",
    .doc = "Take a change back, or an undo. Later changes of the same items come first.",
    .hints = TOOL_DESTROYS | TOOL_LISTS,
    .args = undo_args_fields,
    .args_size = sizeof(struct undo_args),
    .result = undo_answer_fields,
    .result_size = sizeof(struct undo_answer),
    .run = undo_run,
    .tell = undo_tell,
};
