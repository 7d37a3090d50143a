#include "planner/service/project_parts.h"

#include "planner/service/edit_parts.h"
#include "planner/service/page.h"

const struct field slug_fields[] = {
    ROW_STR(struct slug_row, slug, OPTIONAL),
    ROW_STR(struct slug_row, xid, OPTIONAL),
    ROW_BOOL(struct slug_row, listened, OPTIONAL),
    ROW_STR(struct slug_row, bound, OPTIONAL),
    FIELD_END,
};

#define SLUG_TRIES 30

/* The given slug alone, or what the name gives, then the same with 2, 3, ... */
static const char *slug_candidates(struct req *rq, const struct project_args *args)
{
    const char *slugs[SLUG_TRIES] = {args->slug};

    if (args->slug != NULL)
        return param_texts(rq, slugs, 1);
    slugs[0] = ref_slug_from_name(rq->arena, args->name);
    for (int i = 1; i < SLUG_TRIES; i++)
        slugs[i] = arena_printf(rq->arena, "%.*s%d", i < 9 ? 9 : 8, slugs[0], i + 1);
    return param_texts(rq, slugs, SLUG_TRIES);
}

/* Name and value of a member that was given, into an audit row. */
static void put_given(struct json_out *out, const struct project_args *args)
{
    json_put_str(out, "name", args->name);
    json_put_str(out, "description", args->description);
    if (args->status != 0)
        json_put_str(out, "status", field_choice(project_status_names, args->status));
    if (args->complexity_threshold.set)
        json_put_num(out, "complexity_threshold", args->complexity_threshold.v);
    if (args->max_iterations.set)
        json_put_int(out, "max_iterations", args->max_iterations.v);
    if (args->sequential.set)
        json_put_bool(out, "sequential", args->sequential.v);
    if (args->require_review.set)
        json_put_bool(out, "require_review", args->require_review.v);
    if (args->separate_authors.set)
        json_put_bool(out, "separate_authors", args->separate_authors.v);
    if (args->human_only.set)
        json_put_bool(out, "human_only", args->human_only.v);
    if (args->require_evidence.set)
        json_put_bool(out, "require_evidence", args->require_evidence.v);
    json_put_str(out, "workspace", args->workspace);
}

const char *project_as_json(struct req *rq, const struct project_args *args, const char *slug)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "slug", slug);
    put_given(&out, args);
    json_end(&out, '}');
    return json_text(&out);
}

void project_queue_add(struct write *w, const struct project_args *args, const char *id,
                       struct into into)
{
    struct req *rq = w->rq;

    tx_add(&w->tx, &q_project_add,
           PARAMS(id, slug_candidates(rq, args), args->name, args->description,
                  param_opt_num(rq, args->complexity_threshold),
                  param_opt_int(rq, args->max_iterations), param_bool(args->sequential.v),
                  param_bool(args->require_review.v), param_bool(args->separate_authors.v),
                  param_bool(args->human_only.v), param_bool(args->require_evidence.v),
                  args->workspace),
           into);
}

static enum status slug_taken(struct write *w, const struct project_args *args)
{
    tx_abort(&w->tx);
    if (args->slug == NULL)
        return req_fail(w->rq, ST_CONFLICT,
                        "'name': every slug derived from it is taken; give a 'slug'");
    return req_fail(w->rq, ST_CONFLICT, "'slug': %s is taken; choose another", args->slug);
}

static enum status workspace_taken(struct write *w, const char *workspace, const char *by)
{
    tx_abort(&w->tx);
    return req_fail(w->rq, ST_CONFLICT,
                    "'workspace': %s is bound to %s; update_project %s with an empty workspace "
                    "frees it",
                    workspace, by, by);
}

/* Somebody took the same slug or the same workspace at the same moment. */
static bool is_race(const struct write *w, enum status status)
{
    return status == ST_CONFLICT && w->tx.constraint != NULL &&
           (strcmp(w->tx.constraint, "projects_slug_key") == 0 ||
            strcmp(w->tx.constraint, "projects_workspace") == 0);
}

static enum status create_body(struct write *w, void *job)
{
    const struct project_args *args = job;
    const char *id = uuid_new(w->rq->uuids, w->rq->arena);
    struct slug_row slug;
    bool found = false;
    enum status status = ST_OK;

    TRY(write_begin(w));
    write_find_request(w);
    project_queue_add(w, args, id, INTO_FOUND(slug_fields, &slug, &found));
    status = write_flush(w);
    if (w->answered)
        return ST_OK;
    if (is_race(w, status))
        return ST_RETRY; /* the next run sees who was first: perhaps this very call, sent twice */
    TRY(status);
    if (!found)
        return slug_taken(w, args);
    if (slug.bound != NULL)
        return workspace_taken(w, args->workspace, slug.bound);
    w->tx.subject = slug.slug;
    w->tx.look = "list_projects";
    w->lock = &(struct lock_row){.xid = slug.xid, .listened = slug.listened};
    tx_note_xid(&w->tx, slug.xid); /* a lost COMMIT is looked up by it */
    write_audit(w, "project", id, "created", NULL, project_as_json(w->rq, args, slug.slug));
    return write_commit(w, id, &q_answer_project,
                        PARAMS(id, args->write.request_id, args->write.fingerprint, "{}", "false"));
}

static enum status check_settings(struct req *rq, const struct project_args *args)
{
    if (args->slug != NULL && !ref_slug_is_valid(args->slug))
        return req_fail(rq, ST_INVALID,
                        "'slug' must be 2 to 10 capital letters and digits, a letter first, like "
                        "AUTH");
    if (args->workspace != NULL && args->workspace[0] != '\0' && args->workspace[0] != '/')
        return req_fail(rq, ST_INVALID, "'workspace' must be an absolute directory");
    return ST_OK;
}

/* "/a/b/" and "/a/b" are one directory. */
static const char *workspace_trimmed(struct req *rq, const char *workspace)
{
    size_t len = workspace == NULL ? 0 : strlen(workspace);

    while (len > 1 && workspace[len - 1] == '/')
        len--;
    return workspace == NULL ? NULL : arena_copy(rq->arena, workspace, len);
}

enum status project_create(struct req *rq, const struct project_args *args,
                           struct project_answer *ret_answer)
{
    struct project_args given = *args;

    TRY(check_settings(rq, args));
    given.workspace = workspace_trimmed(rq, args->workspace);
    return write_run(rq, &args->write, INTO(project_answer_fields, ret_answer), create_body,
                     &given);
}

struct update_job {
    const struct project_args *args;
    struct ref ref;
};

/* sql/queries/project_state.sql */
struct project_state {
    const char *id, *slug, *name, *description, *workspace;
    const char *bound; /* slug of the active project that has the workspace */
    int status;
    struct opt_num complexity_threshold;
    struct opt_int max_iterations, version;
    struct opt_bool sequential, require_review, separate_authors, human_only, require_evidence;
    struct edge_row *against; /* a dependency against the order of the tasks */
};
static const struct field project_state_fields[] = {
    ROW_STR(struct project_state, id, REQUIRED),
    ROW_STR(struct project_state, slug, REQUIRED),
    ROW_STR(struct project_state, name, REQUIRED),
    ROW_STR(struct project_state, description, REQUIRED),
    ROW_STR(struct project_state, workspace, OPTIONAL),
    ROW_STR(struct project_state, bound, OPTIONAL),
    ROW_ENUM(struct project_state, status, project_status_names, REQUIRED),
    ROW_NUM(struct project_state, complexity_threshold, REQUIRED),
    ROW_INT(struct project_state, max_iterations, REQUIRED),
    ROW_INT(struct project_state, version, REQUIRED),
    ROW_BOOL(struct project_state, sequential, REQUIRED),
    ROW_BOOL(struct project_state, require_review, REQUIRED),
    ROW_BOOL(struct project_state, separate_authors, REQUIRED),
    ROW_BOOL(struct project_state, human_only, REQUIRED),
    ROW_BOOL(struct project_state, require_evidence, REQUIRED),
    ROW_OBJ(struct project_state, against, edge_fields, struct edge_row, OPTIONAL),
    FIELD_END,
};

/* Keep of the wanted text only what differs; *ret_was is what stands there then. */
static const char *text_change(const char *want, const char *has, const char **ret_was)
{
    if (want == NULL || (has != NULL && strcmp(want, has) == 0))
        return NULL;
    *ret_was = has == NULL ? "" : has;
    return want;
}

static struct opt_bool bool_change(struct opt_bool want, struct opt_bool has,
                                   struct opt_bool *ret_was)
{
    if (!want.set || want.v == has.v)
        return (struct opt_bool){0};
    *ret_was = has;
    return want;
}

/*
 * What really changes, as a pair of the same shape: the new values, and the old ones of the same
 * members. Both go into the audit; the new ones into the update.
 */
static void update_diff(const struct project_args *args, const struct project_state *state,
                        struct project_args *ret_new, struct project_args *ret_old)
{
    struct project_args want = {0};
    struct project_args was = {0};

    want.name = text_change(args->name, state->name, &was.name);
    want.description = text_change(args->description, state->description, &was.description);
    if (args->workspace != NULL && (args->workspace[0] != '\0' || state->workspace != NULL))
        want.workspace = text_change(args->workspace, state->workspace, &was.workspace);
    if (args->status != 0 && args->status != state->status) {
        want.status = args->status;
        was.status = state->status;
    }
    if (args->complexity_threshold.set &&
        args->complexity_threshold.v != state->complexity_threshold.v) {
        want.complexity_threshold = args->complexity_threshold;
        was.complexity_threshold = state->complexity_threshold;
    }
    if (args->max_iterations.set && args->max_iterations.v != state->max_iterations.v) {
        want.max_iterations = args->max_iterations;
        was.max_iterations = state->max_iterations;
    }
    want.sequential = bool_change(args->sequential, state->sequential, &was.sequential);
    want.require_review =
        bool_change(args->require_review, state->require_review, &was.require_review);
    want.separate_authors =
        bool_change(args->separate_authors, state->separate_authors, &was.separate_authors);
    want.human_only = bool_change(args->human_only, state->human_only, &was.human_only);
    want.require_evidence =
        bool_change(args->require_evidence, state->require_evidence, &was.require_evidence);
    *ret_new = want;
    *ret_old = was;
}

static void update_queue(struct write *w, const struct project_state *state,
                         const struct project_args *want)
{
    struct req *rq = w->rq;

    tx_add(&w->tx, &q_project_update,
           PARAMS(state->id, want->name, want->description,
                  field_choice(project_status_names, want->status),
                  param_opt_num(rq, want->complexity_threshold),
                  param_opt_int(rq, want->max_iterations), param_opt_bool(want->sequential),
                  param_opt_bool(want->require_review), param_opt_bool(want->separate_authors),
                  param_opt_bool(want->human_only), param_opt_bool(want->require_evidence),
                  want->workspace),
           INTO_NOTHING);
    if (want->require_review.set)
        tx_add(&w->tx, &q_roll_rebuild, PARAMS(state->id, param_bool(want->require_review.v)),
               INTO_NOTHING);
}

static enum status update_unchanged(struct write *w, const struct project_state *state)
{
    struct project_answer *answer = w->answer.out;

    tx_add(&w->tx, &q_project_answer, PARAMS(state->id, w->args->request_id, w->args->fingerprint),
           w->answer);
    TRY(tx_commit(&w->tx));
    answer->changed = SOME_BOOL(false);
    return ST_OK;
}

/* Archived projects hold no workspace: the one that is opened again may find its own taken. */
static enum status check_workspace(struct write *w, const struct project_args *want,
                                   const struct project_state *state)
{
    const char *workspace = want->workspace != NULL ? want->workspace : state->workspace;
    const int status = want->status != 0 ? want->status : state->status;

    if (state->bound == NULL || workspace == NULL || workspace[0] == '\0' ||
        status != PROJECT_ACTIVE)
        return ST_OK;
    return workspace_taken(w, workspace, state->bound);
}

static enum status update_decide(struct write *w, const struct update_job *job,
                                 const struct project_state *state)
{
    const struct project_args *args = job->args;
    struct project_args want;
    struct project_args was;
    const char *new_values = NULL;
    enum status status = ST_OK;

    w->tx.subject = state->slug;
    update_diff(args, state, &want, &was);
    new_values = project_as_json(w->rq, &want, NULL);
    if (strcmp(new_values, "{}") == 0)
        return update_unchanged(w, state);
    TRY(write_check_version(w, state->id, state->id, state->slug, state->version.v));
    if (state->status == PROJECT_ARCHIVED && want.status != PROJECT_ACTIVE)
        return req_fail(w->rq, ST_CONFLICT,
                        "%s is archived; set status active first, or in the same call",
                        state->slug);
    TRY(check_workspace(w, &want, state));
    if (want.sequential.v)
        TRY(edge_rule_order(w->rq, state->against));
    update_queue(w, state, &want);
    write_audit(w, "project", state->id, "updated", project_as_json(w->rq, &was, NULL), new_values);
    status = write_commit(w, state->id, &q_answer_project,
                          PARAMS(state->id, args->write.request_id, args->write.fingerprint, "{}",
                                 param_bool(want.complexity_threshold.set)));
    return is_race(w, status) ? ST_RETRY : status;
}

static enum status update_body(struct write *w, void *data)
{
    const struct update_job *job = data;
    const bool alone =
        job->args->require_review.set || job->args->status != 0 || job->args->sequential.v;
    const char *mode = alone ? "exclusive" : "shared"; /* nobody writes to what is just archived */
    struct project_state state;
    struct lock_row lock;
    bool found = false;

    TRY(write_begin(w));
    write_lock_item(w, &job->ref, mode, &lock);
    tx_add(&w->tx, &q_item_hold, PARAMS(REF_PARAMS(&job->ref)), INTO_NOTHING);
    write_find_request(w);
    tx_add(&w->tx, &q_project_state,
           PARAMS(REF_PARAMS(&job->ref), param_bool(job->args->sequential.v), job->args->workspace),
           INTO_FOUND(project_state_fields, &state, &found));
    TRY(write_flush(w));
    if (w->answered)
        return ST_OK;
    if (!found) {
        tx_abort(&w->tx);
        return ref_not_found(w->rq, &job->ref);
    }
    return update_decide(w, job, &state);
}

enum status project_update(struct req *rq, const struct project_args *args,
                           struct project_answer *ret_answer)
{
    struct project_args given = *args;
    struct update_job job = {.args = &given};

    TRY(check_settings(rq, args));
    if (args->project != NULL)
        TRY(ref_parse_project(rq, "project", args->project, &job.ref));
    else
        TRY(ref_parse_or_default(rq, "project", NULL, &job.ref));
    given.workspace = workspace_trimmed(rq, args->workspace);
    return write_run(rq, &args->write, INTO(project_answer_fields, ret_answer), update_body, &job);
}
