/* link_items */
#include "planner/service/link.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

static const struct field link_args_fields[] = {
    FIELD_REF(struct link_args, item, REQUIRED, NULL),
    FIELD_STRS(struct link_args, depends_on, 0, LINK_ITEMS_MAX, OPTIONAL,
               "Complete before it starts; added to what is there."),
    FIELD_STRS(struct link_args, remove, 0, LINK_ITEMS_MAX, OPTIONAL, NULL),
    VERSION_FIELD(struct link_args),
    WRITE_FIELDS(struct link_args),
    FIELD_END,
};

static enum status link_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return item_link(rq, args, result);
}

static void link_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;

    (void)rq;
    if (!a->changed.v)
        buf_printf(out, "the dependencies of %s are so already; nothing was changed", a->key);
    else if (a->waits_for != NULL)
        buf_printf(out, "%s waits for %s now", a->key, a->waits_for);
    else
        buf_printf(out, "%s waits for no other item now", a->key);
    tell_replayed(out, a->replayed);
}

const struct tool tool_link_items = {
    .name = "link_items",
    .title = "Change dependencies",
    .doc = "Make an item wait for others, or no longer; any task or step of the project.",
    .hints = TOOL_REPEATABLE,
    .args = link_args_fields,
    .args_size = sizeof(struct link_args),
    .result = link_answer_fields,
    .result_size = sizeof(struct item_answer),
    .run = link_run,
    .tell = link_tell,
};
