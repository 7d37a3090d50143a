/* optimize_project: every step that should be promoted and can be, in one transaction. */
#include "planner/service/promote_parts.h"
#include "planner/service/ready.h"

/* Promotions that flush one locks beyond those it stores: claims may end or begin in between. */
#define HOLD_MORE 1000

static const struct field optimized_fields[] = {
    ROW_STR(struct optimized_row, key, REQUIRED),
    ROW_STR(struct optimized_row, title, REQUIRED),
    ROW_NUM(struct optimized_row, score, REQUIRED),
    ROW_INT(struct optimized_row, steps, REQUIRED),
    FIELD_END,
};
static const struct field skipped_fields[] = {
    ROW_STR(struct skipped_row, key, REQUIRED),
    ROW_STR(struct skipped_row, why, REQUIRED),
    FIELD_END,
};
const struct field optimize_answer_fields[] = {
    ROW_BOOL(struct optimize_answer, changed, REQUIRED),
    ROW_INT(struct optimize_answer, change, OPTIONAL),
    ROW_STR(struct optimize_answer, project, REQUIRED),
    ROW_BOOL(struct optimize_answer, dry_run, OPTIONAL),
    ROW_INT(struct optimize_answer, n_promoted, REQUIRED),
    ROW_INT(struct optimize_answer, n_steps, REQUIRED),
    ROW_LIST(struct optimize_answer, promoted, optimized_fields, struct optimized_row, REQUIRED),
    ROW_LIST(struct optimize_answer, skipped, skipped_fields, struct skipped_row, REQUIRED),
    ROW_BOOL(struct optimize_answer, more, OPTIONAL),
    ROW_BOOL(struct optimize_answer, skipped_more, OPTIONAL),
    ROW_BOOL(struct optimize_answer, replayed, OPTIONAL),
    FIELD_END,
};

/* sql/queries/optimize_read.sql */
struct due_row {
    const char *id, *key, *title;
    struct opt_num score;
    struct opt_int depth, content_number;
    struct opt_bool avail;
    struct list titles;
    const cJSON *row;
    const char *last_key;
};
struct skip_facts {
    const char *key, *why, *agent;
    struct opt_int until;
};
struct due_view {
    struct project_rules *project;
    struct list promotions; /* struct due_row */
    struct list skipped;    /* struct skip_facts */
    struct opt_bool more;
};
static const struct field due_fields[] = {
    ROW_STR(struct due_row, id, REQUIRED),
    ROW_STR(struct due_row, key, REQUIRED),
    ROW_STR(struct due_row, title, REQUIRED),
    ROW_NUM(struct due_row, score, REQUIRED),
    ROW_INT(struct due_row, depth, REQUIRED),
    ROW_INT(struct due_row, content_number, OPTIONAL),
    ROW_BOOL(struct due_row, avail, REQUIRED),
    FIELD_STRS(struct due_row, titles, 0, 0, REQUIRED, NULL),
    ROW_JSON(struct due_row, row, REQUIRED),
    ROW_STR(struct due_row, last_key, OPTIONAL),
    FIELD_END,
};
static const struct field skip_facts_fields[] = {
    ROW_STR(struct skip_facts, key, REQUIRED),
    ROW_STR(struct skip_facts, why, REQUIRED),
    ROW_STR(struct skip_facts, agent, OPTIONAL),
    ROW_INT(struct skip_facts, until, OPTIONAL),
    FIELD_END,
};
static const struct field due_view_fields[] = {
    ROW_OBJ(struct due_view, project, project_rules_fields, struct project_rules, REQUIRED),
    ROW_LIST(struct due_view, promotions, due_fields, struct due_row, REQUIRED),
    ROW_LIST(struct due_view, skipped, skip_facts_fields, struct skip_facts, REQUIRED),
    ROW_BOOL(struct due_view, more, REQUIRED),
    FIELD_END,
};

struct optimize_job {
    const struct optimize_args *args;
    struct ref ref;
};

/* Why a step that should be promoted is not, and what would change that. */
static const char *skip_reason(struct req *rq, const struct skip_facts *s)
{
    struct wait_facts wait = {.agent = s->agent, .until = s->until};

    if (strcmp(s->why, "disputed") == 0)
        wait.why = WAIT_DISPUTED;
    if (strcmp(s->why, "claimed") == 0)
        wait.why = WAIT_CLAIMED;
    if (wait.why != 0)
        return ready_why(rq, s->key, &wait);
    if (strcmp(s->why, "deep") == 0)
        return "is as deep as steps can be";
    return arena_printf(rq->arena, "has no breakdown (promote_step %s with one)", s->key);
}

static void tell_lists(struct req *rq, const struct due_view *view, struct optimize_answer *answer)
{
    const size_t n = view->promotions.n < OPTIMIZE_TOLD ? view->promotions.n : OPTIMIZE_TOLD;
    const size_t n_skipped = view->skipped.n < OPTIMIZE_TOLD ? view->skipped.n : OPTIMIZE_TOLD;
    struct optimized_row *promoted = ARENA_MANY(rq->arena, n, struct optimized_row);
    struct skipped_row *skipped = ARENA_MANY(rq->arena, n_skipped, struct skipped_row);

    for (size_t i = 0; i < n; i++) {
        const struct due_row *due = LIST_AT(view->promotions, i, const struct due_row);
        promoted[i] = (struct optimized_row){due->key, due->title, due->score,
                                             SOME_INT((int64_t)due->titles.n)};
    }
    for (size_t i = 0; i < n_skipped; i++) {
        const struct skip_facts *s = LIST_AT(view->skipped, i, const struct skip_facts);
        skipped[i] = (struct skipped_row){s->key, skip_reason(rq, s)};
    }
    answer->promoted = (struct list){.set = true, .n = n, .items = promoted};
    answer->skipped = (struct list){.set = true, .n = n_skipped, .items = skipped};
    if (view->skipped.n > n_skipped)
        answer->skipped_more = SOME_BOOL(true);
}

static struct optimize_answer tell(struct req *rq, const struct due_view *view, bool changed)
{
    struct optimize_answer answer = {
        .changed = SOME_BOOL(changed),
        .project = view->project->slug,
        .n_promoted = SOME_INT((int64_t)view->promotions.n),
        .n_steps = SOME_INT(0),
    };

    for (size_t i = 0; i < view->promotions.n; i++)
        answer.n_steps.v += (int64_t)LIST_AT(view->promotions, i, const struct due_row)->titles.n;
    if (view->more.v)
        answer.more = SOME_BOOL(true);
    tell_lists(rq, view, &answer);
    return answer;
}

#define READ_PARAMS(rq, ref)                                                                      \
    PARAMS(REF_PARAMS(ref), param_int(rq, OPTIMIZE_STEPS_MAX), param_int(rq, OPTIMIZE_PARTS_MAX), \
           param_int(rq, OPTIMIZE_BYTES_MAX), param_int(rq, OPTIMIZE_TOLD))

static enum status dry_run(struct req *rq, const struct ref *ref,
                           struct optimize_answer *ret_answer)
{
    struct due_view view;
    bool found = false;

    TRY(db_read(rq, &q_optimize_read, READ_PARAMS(rq, ref),
                INTO_FOUND(due_view_fields, &view, &found)));
    if (!found)
        return ref_not_found(rq, ref);
    *ret_answer = tell(rq, &view, false);
    ret_answer->dry_run = SOME_BOOL(true);
    return ST_OK;
}

static enum status optimize_store(struct write *w, const struct due_view *view)
{
    struct req *rq = w->rq;
    const size_t n = view->promotions.n;
    struct promotion *promotions = ARENA_MANY(rq->arena, n, struct promotion);
    const struct optimize_answer answer = tell(rq, view, true);
    struct json_out extra = JSON_OUT_IN(rq->arena);

    for (size_t i = 0; i < n; i++) {
        const struct due_row *due = LIST_AT(view->promotions, i, const struct due_row);
        promotions[i] = (struct promotion){
            .id = due->id,
            .depth = due->depth.v,
            .was_avail = due->avail.v,
            .row = due->row,
            .last_key = due->last_key,
            .content_number = due->content_number,
            .titles = due->titles,
        };
    }
    TRY(promote_queue(w, view->project, promotions, n));
    field_encode(optimize_answer_fields, &answer, &extra);
    return write_commit(w, view->project->id, &q_answer_optimize,
                        PARAMS(w->args->request_id, w->args->fingerprint, json_text(&extra)));
}

static enum status optimize_unchanged(struct write *w, const struct due_view *view, bool dry)
{
    struct optimize_answer *answer = w->answer.out;

    *answer = tell(w->rq, view, false);
    if (dry)
        answer->dry_run = SOME_BOOL(true);
    return write_unchanged(w);
}

static void queue_locks(struct write *w, const struct ref *ref, struct lock_row *ret_lock)
{
    write_lock_item(w, ref, "exclusive", ret_lock);
    tx_add(&w->tx, &q_optimize_hold,
           PARAMS(REF_PARAMS(ref), param_int(w->rq, OPTIMIZE_STEPS_MAX + HOLD_MORE)), INTO_NOTHING);
}

static enum status optimize_body(struct write *w, void *data)
{
    const struct optimize_job *job = data;
    struct req *rq = w->rq;
    const bool dry = job->args->dry_run.v;
    struct due_view view;
    struct lock_row lock;
    bool found = false;

    TRY(write_begin(w));
    if (!dry)
        queue_locks(w, &job->ref, &lock);
    write_find_request(w);
    tx_add(&w->tx, &q_optimize_read, READ_PARAMS(rq, &job->ref),
           INTO_FOUND(due_view_fields, &view, &found));
    TRY(write_flush(w));
    if (w->answered)
        return ST_OK;
    if (!found) {
        tx_abort(&w->tx);
        return ref_not_found(rq, &job->ref);
    }
    w->tx.subject = view.project->slug;
    w->tx.look = arena_printf(rq->arena, "outline %s", view.project->slug);
    if (dry)
        return optimize_unchanged(w, &view, true);
    if (view.project->status == PROJECT_ARCHIVED)
        return write_archived(rq, view.project->slug);
    return view.promotions.n > 0 ? optimize_store(w, &view) : optimize_unchanged(w, &view, false);
}

enum status project_optimize(struct req *rq, const struct optimize_args *args,
                             struct optimize_answer *ret_answer)
{
    struct optimize_job job = {.args = args};

    TRY(ref_parse_project(rq, "project", args->project, &job.ref));
    if (job.ref.text == NULL)
        TRY(ref_parse_or_default(rq, "project", NULL, &job.ref));
    if (args->dry_run.v && args->write.request_id == NULL) /* under an id it is kept like others */
        return dry_run(rq, &job.ref, ret_answer);
    return write_run(rq, &args->write, INTO(optimize_answer_fields, ret_answer), optimize_body,
                     &job);
}
