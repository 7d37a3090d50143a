/* complete_step, submit_step, review_step */
#include "planner/service/complete.h"
#include "planner/service/step.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

static const struct field evidence_fields[] = {
    FIELD_ENUM(struct evidence_new, kind, evidence_kind_names, REQUIRED, NULL),
    FIELD_STR(struct evidence_new, reference, 1, 1000, REQUIRED, NULL),
    FIELD_TEXT(struct evidence_new, summary, 0, REASON_MAX, OPTIONAL, NULL),
    FIELD_END,
};
static const struct field complete_args_fields[] = {
    FIELD_REF(struct complete_args, item, REQUIRED, "A step, or a task without children."),
    FIELD_ENUM(struct complete_args, outcome, outcome_names, OPTIONAL, "Default done."),
    FIELD_TEXT(struct complete_args, summary, 0, REASON_MAX, OPTIONAL, NULL),
    FIELD_LIST(struct complete_args, evidence, evidence_fields, struct evidence_new, 0, 50,
               OPTIONAL, NULL),
    TOKEN_FIELD(struct complete_args),
    VERSION_FIELD(struct complete_args),
    WRITE_FIELDS(struct complete_args),
    FIELD_END,
};

#define ASSESSMENT_FIELD(s) \
    FIELD_OBJ(s, assessment, assessment_fields, struct assessment, OPTIONAL, "How complex.")

static const struct field submit_args_fields[] = {
    FIELD_REF(struct submit_args, step, REQUIRED, NULL),
    FIELD_TEXT(struct submit_args, content, 1, CONTENT_MAX, OPTIONAL, NULL),
    FIELD_TEXT(struct submit_args, reasoning, 0, REASON_MAX, OPTIONAL, NULL),
    ASSESSMENT_FIELD(struct submit_args),
    FIELD_BOOL(struct submit_args, ready, OPTIONAL, "Default true; false keeps a draft."),
    FIELD_BOOL(struct submit_args, accept, OPTIONAL, "Take the client's counter as it is."),
    FIELD_BOOL(struct submit_args, reopen, OPTIONAL, "Start over on final content."),
    TOKEN_FIELD(struct submit_args),
    VERSION_FIELD(struct submit_args),
    WRITE_FIELDS(struct submit_args),
    FIELD_END,
};

static const struct field review_args_fields[] = {
    FIELD_REF(struct review_args, step, REQUIRED, NULL),
    FIELD_ENUM(struct review_args, decision, decision_names, REQUIRED,
               "revise needs feedback; counter needs content, your own version."),
    FIELD_TEXT(struct review_args, content, 1, CONTENT_MAX, OPTIONAL, NULL),
    FIELD_TEXT(struct review_args, feedback, 1, REASON_MAX, OPTIONAL, NULL),
    FIELD_TEXT(struct review_args, reasoning, 0, REASON_MAX, OPTIONAL, NULL),
    ASSESSMENT_FIELD(struct review_args),
    FIELD_INT(struct review_args, draft, 1, 2147483647, OPTIONAL, "Number of the draft you read."),
    VERSION_FIELD(struct review_args),
    WRITE_FIELDS(struct review_args),
    FIELD_END,
};

static enum status complete_run(struct req *rq, struct tool_call *call, const void *args,
                                void *result)
{
    (void)call;
    return item_complete(rq, args, result);
}

static enum status submit_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return step_submit(rq, args, result);
}

static enum status review_run(struct req *rq, struct tool_call *call, const void *args,
                              void *result)
{
    (void)call;
    return step_review(rq, args, result);
}

#define PARENT_TITLE_SHOWN 24 /* bytes: an acknowledgement stays short */

static void tell_parents(const struct item_answer *a, struct buf *out)
{
    for (size_t i = 0; i < a->parents.n; i++) {
        const struct parent_progress *p = LIST_AT(a->parents, i, const struct parent_progress);
        const bool ends = i + 1 == a->parents.n;
        if (i > 0 && !ends)
            continue; /* the nearest and the project; the others are in the structured answer */
        buf_text(out, i == 0 ? "; " : ", ");
        buf_text(out, ends || strlen(p->title) > PARENT_TITLE_SHOWN ? p->key : p->title);
        buf_char(out, ' ');
        tell_percent(out, p->progress.v);
    }
}

static void complete_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;
    const char *word = strcmp(a->state, "complete") == 0    ? "complete"
                       : strcmp(a->state, "cancelled") == 0 ? "cancelled"
                                                            : "open again";
    struct buf parents = BUF_IN(rq->arena);
    struct buf rest = BUF_IN(rq->arena);

    if (!a->changed.v) {
        buf_printf(out, "%s is %s already; nothing was changed", a->key, a->state);
        return;
    }
    if (a->late.v) {
        buf_printf(out, "evidence added to %s, which is complete already (change %lld)", a->key,
                   (long long)a->change.v);
        tell_replayed(out, a->replayed);
        return;
    }
    buf_printf(out, "%s %s", a->key, word);
    tell_parents(a, &parents);
    tell_released(a, &rest);
    tell_replayed(&rest, a->replayed);
    if (out->len + parents.len + rest.len < TELL_MAX)
        buf_text(out, buf_str(&parents));
    buf_text(out, buf_str(&rest));
}

static void tell_round(const struct item_answer *a, struct buf *out)
{
    buf_printf(out, " (round %lld of %lld)", (long long)a->round.v, (long long)a->rounds.v);
}

/* A step that is really a task: what would make it one. Long slugs leave no room for more. */
static void tell_promotion(const struct item_answer *a, struct buf *out)
{
    if (a->should_promote.v)
        buf_printf(out, "; complexity %.2f: promote_step %s", a->complexity_score.v, a->key);
}

static void submit_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;

    (void)rq;
    if (strcmp(a->status, "agreed") == 0) {
        buf_printf(out, "%s: agreed, the client's version is final (complete_step %s)", a->key,
                   a->key);
    } else {
        buf_printf(out, "%s: draft %lld %s", a->key, (long long)a->draft.v,
                   strcmp(a->status, "client_review") == 0 ? "is ready for review"
                                                           : "is kept, not yet for review");
        tell_round(a, out);
    }
    tell_promotion(a, out);
    tell_replayed(out, a->replayed);
}

static void review_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;
    const char *decision = a->decision == NULL ? "" : a->decision;

    (void)rq;
    if (a->dispute != NULL) {
        buf_printf(out,
                   "%s: round %lld of %lld, no agreement: dispute opened, a human decides "
                   "(resolve_dispute %s)",
                   a->key, (long long)a->round.v, (long long)a->rounds.v, a->key);
    } else if (strcmp(decision, "approve") == 0) {
        if (a->draft.set)
            buf_printf(out, "%s: agreed, draft %lld is final", a->key, (long long)a->draft.v);
        else
            buf_printf(out, "%s: agreed, the client's version is final", a->key);
        buf_printf(out, " (complete_step %s)", a->key);
    } else {
        buf_printf(out, "%s: sent back with %s", a->key,
                   strcmp(decision, "counter") == 0 ? "a counter" : "feedback");
        tell_round(a, out);
    }
    if (a->dispute == NULL)
        tell_promotion(a, out);
    tell_replayed(out, a->replayed);
}

const struct tool tool_complete_step = {
    .name = "complete_step",
    .title = "Complete, cancel or reopen",
    .doc = "Complete, cancel or reopen an item; parents follow by themselves.",
    .hints = TOOL_REPEATABLE,
    .args = complete_args_fields,
    .args_size = sizeof(struct complete_args),
    .result = completion_fields,
    .result_size = sizeof(struct item_answer),
    .run = complete_run,
    .tell = complete_tell,
};

const struct tool tool_submit_step = {
    .name = "submit_step",
    .title = "Submit a draft",
    .doc = "Server role: write a step's content and hand it to review.",
    .args = submit_args_fields,
    .args_size = sizeof(struct submit_args),
    .result = collaboration_fields,
    .result_size = sizeof(struct item_answer),
    .run = submit_run,
    .tell = submit_tell,
};

const struct tool tool_review_step = {
    .name = "review_step",
    .title = "Review a draft",
    .doc = "Client role: approve, send back or counter a draft. When the rounds run out a dispute "
           "opens for a human.",
    .args = review_args_fields,
    .args_size = sizeof(struct review_args),
    .result = collaboration_fields,
    .result_size = sizeof(struct item_answer),
    .run = review_run,
    .tell = review_tell,
};
