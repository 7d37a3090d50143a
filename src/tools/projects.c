/* create_project, list_projects, update_project */
#include "planner/service/project.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

#define SETTING_FIELDS                                                                             \
    FIELD_NUM(struct project_args, complexity_threshold, 0, 1, OPTIONAL,                           \
              "Score from which a step should become a task; default 0.7."),                       \
        FIELD_INT(struct project_args, max_iterations, 1, 100, OPTIONAL,                           \
                  "Review rounds before a dispute; default 3."),                                   \
        FIELD_BOOL(struct project_args, sequential, OPTIONAL, "Tasks one after the other."),       \
        FIELD_BOOL(struct project_args, require_review, OPTIONAL,                                  \
                   "Steps complete only with agreed content."),                                    \
        FIELD_BOOL(struct project_args, separate_authors, OPTIONAL,                                \
                   "Nobody approves their own content."),                                          \
        FIELD_BOOL(struct project_args, human_only, OPTIONAL, "Only a human resolves disputes."),  \
        FIELD_BOOL(struct project_args, require_evidence, OPTIONAL, "Completing needs evidence."), \
        FIELD_STR(struct project_args, workspace, 0, WORKSPACE_MAX, OPTIONAL,                      \
                  "Absolute directory in which this is the default project.")

static const struct field create_args[] = {
    FIELD_STR(struct project_args, name, 1, TITLE_MAX, REQUIRED, NULL),
    FIELD_TEXT(struct project_args, description, 1, TEXT_MAX, REQUIRED,
               "The vision that planning starts from."),
    FIELD_STR(struct project_args, slug, 2, 10, OPTIONAL,
              "Prefix of keys, like AUTH; derived from the name."),
    SETTING_FIELDS,
    WRITE_FIELDS(struct project_args),
    FIELD_END,
};

static const struct field update_args[] = {
    FIELD_REF(struct project_args, project, OPTIONAL, NULL),
    FIELD_STR(struct project_args, name, 1, TITLE_MAX, OPTIONAL, NULL),
    FIELD_TEXT(struct project_args, description, 1, TEXT_MAX, OPTIONAL, NULL),
    FIELD_ENUM(struct project_args, status, project_status_names, OPTIONAL, NULL),
    FIELD_NUM(struct project_args, complexity_threshold, 0, 1, OPTIONAL, NULL),
    FIELD_INT(struct project_args, max_iterations, 1, 100, OPTIONAL, NULL),
    FIELD_BOOL(struct project_args, sequential, OPTIONAL, NULL),
    FIELD_BOOL(struct project_args, require_review, OPTIONAL, NULL),
    FIELD_BOOL(struct project_args, separate_authors, OPTIONAL, NULL),
    FIELD_BOOL(struct project_args, human_only, OPTIONAL, NULL),
    FIELD_BOOL(struct project_args, require_evidence, OPTIONAL, NULL),
    FIELD_STR(struct project_args, workspace, 0, WORKSPACE_MAX, OPTIONAL, "Empty unbinds."),
    VERSION_FIELD(struct project_args),
    WRITE_FIELDS(struct project_args),
    FIELD_END,
};

static const struct field list_args[] = {
    FIELD_ENUM(struct project_list_args, status, project_status_names, OPTIONAL, NULL),
    FIELD_STR(struct project_list_args, query, 1, TITLE_MAX, OPTIONAL, "Part of slug or name."),
    FIELD_INT(struct project_list_args, limit, 1, LIST_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_CURSOR(struct project_list_args),
    FIELD_END,
};

static enum status create_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return project_create(rq, args, result);
}

static enum status update_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return project_update(rq, args, result);
}

static enum status list_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return project_find_all(rq, args, result);
}

static void create_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct project_answer *a = result;

    (void)rq;
    buf_printf(out, "created %s ", a->slug);
    tell_title(out, a->name);
    buf_printf(out, " (change %lld)", (long long)a->change.v);
    tell_replayed(out, a->replayed);
}

static void update_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct project_answer *a = result;

    (void)rq;
    if (!a->changed.v)
        buf_printf(out, "%s is so already; nothing was changed (version %lld)", a->slug,
                   (long long)a->version.v);
    else
        buf_printf(out, "updated %s (%s), now version %lld (change %lld)", a->slug,
                   field_choice(project_status_names, a->status), (long long)a->version.v,
                   (long long)a->change.v);
    if (a->to_promote.v > 0)
        buf_printf(out, "; %lld open step%s should be promoted (optimize_project %s)",
                   (long long)a->to_promote.v, a->to_promote.v == 1 ? "" : "s", a->slug);
    tell_replayed(out, a->replayed);
}

static void list_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct project_list *list = result;

    (void)rq;
    if (list->projects.n == 0)
        buf_text(out, list->narrowed
                          ? "no project fits; list_projects without query and status has all"
                          : "no projects; create_project makes one");
    for (size_t i = 0; i < list->projects.n; i++) {
        const struct project_row *p = LIST_AT(list->projects, i, const struct project_row);
        buf_printf(out, "%s%s  %s  ", i == 0 ? "" : "\n", p->slug, p->name);
        tell_percent(out, p->progress.v);
        buf_printf(out, "  %lld items created", (long long)p->items.v);
        if (p->disputes.v > 0)
            buf_printf(out, ", %lld disputed", (long long)p->disputes.v);
        if (p->status == PROJECT_ARCHIVED)
            buf_text(out, ", archived");
    }
    if (list->next_cursor != NULL)
        buf_printf(out, "\n(more: cursor %s)", list->next_cursor);
}

const struct tool tool_create_project = {
    .name = "create_project",
    .title = "Create a project",
    .doc = "Start a project; tasks and steps hang below it.",
    .hints = TOOL_LISTS,
    .args = create_args,
    .args_size = sizeof(struct project_args),
    .result = project_answer_fields,
    .result_size = sizeof(struct project_answer),
    .run = create_run,
    .tell = create_tell,
};

const struct tool tool_update_project = {
    .name = "update_project",
    .title = "Change a project",
    .doc = "Change settings, archive or un-archive; what is not given stays.",
    .hints = TOOL_DESTROYS | TOOL_REPEATABLE | TOOL_LISTS,
    .args = update_args,
    .args_size = sizeof(struct project_args),
    .result = project_answer_fields,
    .result_size = sizeof(struct project_answer),
    .run = update_run,
    .tell = update_tell,
};

const struct tool tool_list_projects = {
    .name = "list_projects",
    .title = "List projects",
    .doc = "Projects with their progress.",
    .hints = TOOL_READS,
    .args = list_args,
    .args_size = sizeof(struct project_list_args),
    .result = project_list_fields,
    .result_size = sizeof(struct project_list),
    .run = list_run,
    .tell = list_tell,
};
