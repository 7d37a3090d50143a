/* update_item, delete_item, navigate */
#include "planner/service/edit.h"
#include "planner/service/navigate.h"
#include "planner/tools/families.h"
#include "planner/tools/looking_parts.h"
#include "planner/tools/tool_parts.h"

static const struct field edit_args_fields[] = {
    FIELD_REF(struct edit_args, item, REQUIRED, NULL),
    FIELD_STR(struct edit_args, title, 1, TITLE_MAX, OPTIONAL, NULL),
    FIELD_TEXT(struct edit_args, objective, 0, TEXT_MAX, OPTIONAL, NULL),
    FIELD_BOOL(struct edit_args, sequential, OPTIONAL, NULL),
    FIELD_INT(struct edit_args, priority, 0, 100, OPTIONAL, NULL),
    FIELD_STR(struct edit_args, assignee, 0, NAME_MAX_TOLD, OPTIONAL, "Empty: nobody."),
    FIELD_REF(struct edit_args, parent, OPTIONAL, "Moves to its end, or to before/after."),
    FIELD_REF(struct edit_args, before, OPTIONAL, "A sibling there."),
    FIELD_REF(struct edit_args, after, OPTIONAL, NULL),
    TOKEN_FIELD(struct edit_args),
    VERSION_FIELD(struct edit_args),
    WRITE_FIELDS(struct edit_args),
    FIELD_END,
};

static const struct field delete_args_fields[] = {
    FIELD_REF(struct delete_args, item, REQUIRED, NULL),
    FIELD_BOOL(struct delete_args, subtree, OPTIONAL, "With all below it."),
    FIELD_BOOL(struct delete_args, force, OPTIONAL, "In spite of open disputes or others' claims."),
    TOKEN_FIELD(struct delete_args),
    VERSION_FIELD(struct delete_args),
    WRITE_FIELDS(struct delete_args),
    FIELD_END,
};

static const struct field navigate_args_fields[] = {
    FIELD_REF(struct navigate_args, item, REQUIRED, NULL),
    FIELD_ENUM(struct navigate_args, direction, direction_names, OPTIONAL, "Default forward."),
    FIELD_INT(struct navigate_args, limit, 1, NAVIGATE_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_END,
};

static enum status edit_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return item_edit(rq, args, result);
}

static enum status delete_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return item_delete(rq, args, result);
}

static enum status navigate_run(struct req *rq, struct tool_call *call, const void *args,
                                void *result)
{
    (void)call;
    return look_navigate(rq, args, result);
}

static void edit_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;

    if (!a->changed.v) {
        buf_printf(out, "%s is so already; nothing was changed", a->key);
        return;
    }
    if (a->moved_to == NULL)
        buf_printf(out, "updated %s", a->key);
    else
        buf_printf(out, "%s %s %s %s", a->updated.v ? "updated and moved" : "moved", a->key,
                   a->place == NULL ? "to" : a->place,
                   a->place == NULL ? a->moved_to : arena_printf(rq->arena, "in %s", a->moved_to));
    buf_printf(out, " (change %lld)", (long long)a->change.v);
    tell_replayed(out, a->replayed);
}

static void delete_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;

    (void)rq;
    buf_printf(out, "deleted %s", a->key);
    if (a->below.v > 0)
        buf_printf(out, " and %lld%s below it", (long long)a->below.v,
                   a->below.v == DELETE_COUNTED ? " or more" : "");
    tell_released(a, out);
    buf_printf(out, " (change %lld)", (long long)a->change.v);
    tell_replayed(out, a->replayed);
}

const struct tool tool_update_item = {
    .name = "update_item",
    .title = "Edit or move an item",
    .doc = "Edit a task or step, or move it within its project.",
    .hints = TOOL_REPEATABLE,
    .args = edit_args_fields,
    .args_size = sizeof(struct edit_args),
    .result = edit_answer_fields,
    .result_size = sizeof(struct item_answer),
    .run = edit_run,
    .tell = edit_tell,
};

const struct tool tool_delete_item = {
    .name = "delete_item",
    .title = "Delete an item",
    .doc = "Delete a task or step; what waited for it is released, undo brings all back.",
    .hints = TOOL_DESTROYS,
    .args = delete_args_fields,
    .args_size = sizeof(struct delete_args),
    .result = delete_answer_fields,
    .result_size = sizeof(struct item_answer),
    .run = delete_run,
    .tell = delete_tell,
};

const struct tool tool_navigate = {
    .name = "navigate",
    .title = "Neighbours in the plan",
    .doc = "What comes before and after an item, across levels, in the order of the outline.",
    .hints = TOOL_READS,
    .args = navigate_args_fields,
    .args_size = sizeof(struct navigate_args),
    .result = navigate_fields,
    .result_size = sizeof(struct navigate_view),
    .run = navigate_run,
    .tell = navigate_tell,
};
