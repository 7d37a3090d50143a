/* assess_complexity, promote_step, optimize_project */
#include "planner/service/assess.h"
#include "planner/service/promote.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

static const struct field assess_args_fields[] = {
    FIELD_REF(struct assess_args, step, REQUIRED, NULL),
    FIELD_ENUM(struct assess_args, role, assess_role_names, OPTIONAL, "Default: as configured."),
    FIELD_OBJ(struct assess_args, assessment, assessment_fields, struct assessment, OPTIONAL, NULL),
    VERSION_FIELD(struct assess_args),
    WRITE_FIELDS(struct assess_args),
    FIELD_END,
};

static const struct field promote_args_fields[] = {
    FIELD_REF(struct promote_args, step, REQUIRED, NULL),
    FIELD_STRS(struct promote_args, breakdown, 1, 50, OPTIONAL,
               "Titles of its steps; default: as assessed, else from the text."),
    TOKEN_FIELD(struct promote_args),
    VERSION_FIELD(struct promote_args),
    WRITE_FIELDS(struct promote_args),
    FIELD_END,
};

static const struct field optimize_args_fields[] = {
    FIELD_REF(struct optimize_args, project, OPTIONAL, NULL),
    FIELD_BOOL(struct optimize_args, dry_run, OPTIONAL, NULL),
    WRITE_FIELDS(struct optimize_args),
    FIELD_END,
};

static enum status assess_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return step_assess(rq, args, result);
}

static enum status promote_run(struct req *rq, struct tool_call *call, const void *args,
                               void *result)
{
    (void)call;
    return step_promote(rq, args, result);
}

static enum status optimize_run(struct req *rq, struct tool_call *call, const void *args,
                                void *result)
{
    (void)call;
    return project_optimize(rq, args, result);
}

static void tell_counts(const struct analysis *a, struct buf *out)
{
    buf_printf(
        out,
        ": %lld character%s, %lld list item%s, %lld sub-task word%s, %lld code block%s, %lld "
        "link%s, %lld configuration line%s",
        (long long)a->characters.v, TELL_S(a->characters.v), (long long)a->list_items.v,
        TELL_S(a->list_items.v), (long long)a->task_words.v, TELL_S(a->task_words.v),
        (long long)a->code_blocks.v, TELL_S(a->code_blocks.v), (long long)a->links.v,
        TELL_S(a->links.v), (long long)a->config_lines.v, TELL_S(a->config_lines.v));
}

static void tell_proposal(const struct list *titles, struct buf *out)
{
    for (size_t i = 0; i < titles->n; i++)
        buf_printf(out, "\n- %s", *LIST_AT(*titles, i, const char *const));
}

/* Short, so that the longest key still leaves it under 150 bytes. */
static void tell_consequence(const struct assess_answer *a, struct buf *out)
{
    if (!a->should_promote.v)
        return;
    if (strcmp(field_choice(promote_reason_names, a->promote_reason), "threshold") == 0)
        buf_printf(out, "; from %.12g on it should become a task", a->threshold.v);
    else
        buf_text(out, "; assessed as a task");
    buf_printf(out, ": promote_step %s", a->key);
}

static void assess_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct assess_answer *a = result;

    (void)rq;
    if (a->analysis != NULL)
        buf_printf(out, "%s: its text scores %.2f (%s)", a->key, a->score.v, a->level);
    else
        buf_printf(out, "%s: %scomplexity %.2f (%s, %s)", a->key,
                   a->changed.v ? "" : "assessed so already, ", a->score.v, a->level,
                   field_choice(basis_names, a->basis));
    if (a->analysis != NULL)
        tell_counts(a->analysis, out);
    if (a->complexity_score.set)
        buf_printf(out, "; assessed %.2f, which counts", a->complexity_score.v);
    tell_consequence(a, out);
    if (a->analysis != NULL)
        tell_proposal(&a->analysis->breakdown, out);
    tell_replayed(out, a->replayed);
}

static void promote_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct promote_answer *a = result;

    (void)rq;
    if (!a->changed.v) {
        buf_printf(out, "%s is a task already; nothing was changed (outline %s)", a->key, a->key);
        return;
    }
    buf_printf(out, "%s is a task now with %zu step%s", a->key, a->steps.n,
               a->steps.n == 1 ? "" : "s");
    if (a->steps.n > 0) {
        buf_printf(out, ", %s", LIST_AT(a->steps, 0, const struct promoted_part)->key);
        if (a->steps.n > 1)
            buf_printf(out, " to %s",
                       LIST_AT(a->steps, a->steps.n - 1, const struct promoted_part)->key);
    }
    buf_printf(out, " (change %lld)", (long long)a->change.v);
    tell_replayed(out, a->replayed);
}

static void tell_skipped(const struct optimize_answer *a, struct buf *out)
{
    for (size_t i = 0; i < a->skipped.n; i++) {
        const struct skipped_row *s = LIST_AT(a->skipped, i, const struct skipped_row);
        buf_printf(out, "\nskipped: %s %s", s->key, s->why);
    }
    if (a->skipped_more.v)
        buf_text(out, "\n(others were skipped, too)");
}

static void optimize_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct optimize_answer *a = result;

    (void)rq;
    if (a->n_promoted.v == 0)
        buf_printf(out, "nothing to promote in %s", a->project);
    else
        buf_printf(out, "%s: %lld step%s %s a task, with %lld new step%s", a->project,
                   (long long)a->n_promoted.v, a->n_promoted.v == 1 ? "" : "s",
                   a->dry_run.v ? "would become" : "became", (long long)a->n_steps.v,
                   TELL_S(a->n_steps.v));
    if (a->changed.v)
        buf_printf(out, " (change %lld)", (long long)a->change.v);
    if (a->more.v)
        buf_text(out, "; there are more, call again");
    for (size_t i = 0; i < a->promoted.n; i++) {
        const struct optimized_row *p = LIST_AT(a->promoted, i, const struct optimized_row);
        buf_printf(out, "\n%s ", p->key);
        tell_title(out, p->title);
        buf_printf(out, "  %.2f, %lld step%s", p->score.v, (long long)p->steps.v,
                   TELL_S(p->steps.v));
    }
    if ((int64_t)a->promoted.n < a->n_promoted.v)
        buf_printf(out, "\n(%lld more)", (long long)a->n_promoted.v - (long long)a->promoted.n);
    tell_skipped(a, out);
    tell_replayed(out, a->replayed);
}

const struct tool tool_assess_complexity = {
    .name = "assess_complexity",
    .title = "Assess a step's complexity",
    .doc = "Record how complex a step is; without assessment: analyse its text.",
    .args = assess_args_fields,
    .args_size = sizeof(struct assess_args),
    .result = assess_answer_fields,
    .result_size = sizeof(struct assess_answer),
    .run = assess_run,
    .tell = assess_tell,
};

const struct tool tool_promote_step = {
    .name = "promote_step",
    .title = "Make a step a task",
    .doc = "Turn a step into a task in its place: its content becomes the objective, the breakdown "
           "its steps.",
    .args = promote_args_fields,
    .args_size = sizeof(struct promote_args),
    .result = promote_answer_fields,
    .result_size = sizeof(struct promote_answer),
    .run = promote_run,
    .tell = promote_tell,
};

const struct tool tool_optimize_project = {
    .name = "optimize_project",
    .title = "Promote all steps that should be tasks",
    .doc = "Promote every step that should be and has a breakdown; tells what was skipped.",
    .hints = TOOL_REPEATABLE,
    .args = optimize_args_fields,
    .args_size = sizeof(struct optimize_args),
    .result = optimize_answer_fields,
    .result_size = sizeof(struct optimize_answer),
    .run = optimize_run,
    .tell = optimize_tell,
};
