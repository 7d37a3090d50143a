/* define_tasks, create_task, create_step */
#include "planner/service/plan.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

#define PLACE_FIELDS                                                               \
    FIELD_REF(struct create_args, before, OPTIONAL, "Sibling; else at the end."),  \
        FIELD_REF(struct create_args, after, OPTIONAL, NULL),                      \
        FIELD_INT(struct create_args, priority, 0, 100, OPTIONAL, NULL),           \
        FIELD_STR(struct create_args, assignee, 1, NAME_MAX_TOLD, OPTIONAL, NULL), \
        WRITE_FIELDS(struct create_args)

static const struct field task_args[] = {
    FIELD_REF(struct create_args, parent, OPTIONAL, "Project or task."),
    FIELD_STR(struct create_args, title, 1, TITLE_MAX, REQUIRED, NULL),
    FIELD_TEXT(struct create_args, objective, 1, TEXT_MAX, OPTIONAL, NULL),
    FIELD_BOOL(struct create_args, sequential, OPTIONAL, "Children one after the other."),
    PLACE_FIELDS,
    FIELD_END,
};

static const struct field step_args[] = {
    FIELD_REF(struct create_args, task, REQUIRED, NULL),
    FIELD_STR(struct create_args, title, 1, TITLE_MAX, REQUIRED, NULL),
    FIELD_TEXT(struct create_args, content, 1, CONTENT_MAX, OPTIONAL, "A draft ready for review."),
    PLACE_FIELDS,
    FIELD_END,
};

#define REF_FIELDS(s)                          \
    FIELD_STR(s, ref, 1, 100, OPTIONAL, NULL), \
        FIELD_STRS(s, depends_on, 0, 1000, OPTIONAL, "Refs of this call or keys.")

static const struct field define_step_fields[] = {
    FIELD_STR(struct define_step, title, 1, TITLE_MAX, REQUIRED, NULL),
    FIELD_TEXT(struct define_step, content, 1, CONTENT_MAX, OPTIONAL, NULL),
    {.name = "ref",
     .type = FT_STR,
     .offset = offsetof(struct define_step, ref),
     .min = 1,
     .max = 100},
    {.name = "depends_on",
     .type = FT_STRS,
     .offset = offsetof(struct define_step, depends_on),
     .max = 1000},
    FIELD_END,
};
static const struct field define_task_fields[] = {
    FIELD_STR(struct define_task, title, 1, TITLE_MAX, REQUIRED, NULL),
    FIELD_TEXT(struct define_task, objective, 1, TEXT_MAX, OPTIONAL, NULL),
    FIELD_BOOL(struct define_task, sequential, OPTIONAL, NULL),
    REF_FIELDS(struct define_task),
    FIELD_STR(struct define_task, parent_ref, 1, 100, OPTIONAL, "For flat rows."),
    FIELD_LIST(struct define_task, steps, define_step_fields, struct define_step, 0,
               DEFINE_ITEMS_MAX, OPTIONAL, NULL),
    FIELD_LIST(struct define_task, tasks, define_task_fields, struct define_task, 0,
               DEFINE_ITEMS_MAX, OPTIONAL, NULL),
    FIELD_END,
};
static const struct field define_args[] = {
    FIELD_REF(struct define_args, parent, OPTIONAL, "Project or task."),
    FIELD_LIST(struct define_args, tasks, define_task_fields, struct define_task, 1,
               DEFINE_ITEMS_MAX, REQUIRED, NULL),
    WRITE_FIELDS(struct define_args),
    FIELD_END,
};

static enum status define_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return plan_define(rq, args, result);
}

static enum status task_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return plan_create_task(rq, args, result);
}

static enum status step_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return plan_create_step(rq, args, result);
}

static void define_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct define_answer *a = result;

    (void)rq;
    if (a->created.v == 1)
        buf_printf(out, "created %s in %s", a->first, a->parent);
    else
        buf_printf(out, "created %lld items in %s: %s to %s, in the order given",
                   (long long)a->created.v, a->parent, a->first, a->last);
    buf_printf(out, " (change %lld)", (long long)a->change.v);
    tell_replayed(out, a->replayed);
}

static void create_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;

    (void)rq;
    buf_printf(out, "created %s ", a->key);
    tell_title(out, a->title);
    buf_printf(out, " in %s (change %lld)", a->project, (long long)a->change.v);
    tell_replayed(out, a->replayed);
}

const struct tool tool_define_tasks = {
    .name = "define_tasks",
    .title = "Define many tasks",
    .doc = "Create up to 10,000 tasks and steps at once, nested (30 levels) or flat, all or "
           "nothing.",
    .args = define_args,
    .args_size = sizeof(struct define_args),
    .result = define_answer_fields,
    .result_size = sizeof(struct define_answer),
    .run = define_run,
    .tell = define_tell,
};

const struct tool tool_create_task = {
    .name = "create_task",
    .title = "Create a task",
    .doc = "A goal; holds tasks and steps.",
    .args = task_args,
    .args_size = sizeof(struct create_args),
    .result = item_answer_fields,
    .result_size = sizeof(struct item_answer),
    .run = task_run,
    .tell = create_tell,
};

const struct tool tool_create_step = {
    .name = "create_step",
    .title = "Create a step",
    .doc = "One executable piece of work below a task.",
    .args = step_args,
    .args_size = sizeof(struct create_args),
    .result = item_answer_fields,
    .result_size = sizeof(struct item_answer),
    .run = step_run,
    .tell = create_tell,
};
