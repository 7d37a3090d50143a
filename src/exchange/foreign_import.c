/*
 * Storing the projects of a source. A flush that locks and reads, the plan in memory, a flush that
 * adds items and edges and tells which edges would close a circle, and one for the audit, which has
 * to know that, the counters and COMMIT.
 */
#include <string.h>

#include "import_parts.h"
#include "planner/service/project_parts.h"

static const struct field known_record_fields[] = {
    ROW_STR(struct known_record, id, REQUIRED),
    ROW_STR(struct known_record, source_id, REQUIRED),
    ROW_STR(struct known_record, sha256, REQUIRED),
    ROW_STR(struct known_record, place, OPTIONAL),
    FIELD_END,
};
static const struct field known_item_fields[] = {
    ROW_STR(struct known_item, id, REQUIRED),
    ROW_ENUM(struct known_item, kind, kind_names, REQUIRED),
    ROW_STR(struct known_item, source_id, REQUIRED),
    ROW_ENUM(struct known_item, status, item_status_names, REQUIRED),
    ROW_INT(struct known_item, depth, REQUIRED),
    ROW_BOOL(struct known_item, gone, REQUIRED),
    ROW_INT(struct known_item, n_children, OPTIONAL),
    ROW_INT(struct known_item, completed_at, OPTIONAL),
    ROW_STR(struct known_item, low, OPTIONAL),
    FIELD_STRS(struct known_item, needs, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};
const struct field known_fields[] = {
    ROW_STR(struct known, id, REQUIRED),
    ROW_STR(struct known, slug, REQUIRED),
    ROW_STR(struct known, low, OPTIONAL),
    ROW_BOOL(struct known, archived, REQUIRED),
    ROW_BOOL(struct known, require_review, REQUIRED),
    ROW_LIST(struct known, records, known_record_fields, struct known_record, REQUIRED),
    ROW_LIST(struct known, items, known_item_fields, struct known_item, REQUIRED),
    FIELD_END,
};

static const struct field depth_fields[] = {ROW_INT(struct depth_row, depth, REQUIRED), FIELD_END};
static const struct field answer_fields[] = {
    ROW_STR(struct answer_row, slug, REQUIRED),
    ROW_INT(struct answer_row, change, REQUIRED),
    ROW_INT(struct answer_row, last_number, REQUIRED),
    FIELD_END,
};

struct import_job {
    const struct import_order *order;
    struct import_result *result;
    size_t n_remarks;              /* of the reader, as are the counts */
    struct foreign_tally *tallies; /* copies */
    size_t n_tallies;
};

/* ------------------------------------------------------------- which project, and what is there */

static const char *given_slug(const struct store *s)
{
    return s->order->project;
}

static const char *project_id(const struct store *s)
{
    const struct foreign_project *project = s->plan.project;
    struct arena *arena = s->w->rq->arena;
    const char *space = arena_printf(arena, "project of %s", s->plan.f->program);

    if (given_slug(s) != NULL)
        return import_id(arena, space, arena_printf(arena, "slug %s", given_slug(s)));
    if (project->id != NULL)
        return import_id(arena, space, arena_printf(arena, "id %s", project->id));
    return import_id(arena, space, arena_printf(arena, "name %s", project->name));
}

static void queue_look(struct store *s)
{
    struct ref *ref = ARENA_NEW(s->w->rq->arena, struct ref);

    ref->slug = given_slug(s);
    ref->id = ref->slug == NULL ? s->plan.id : NULL;
    ref->number = ref->slug == NULL ? NULL : "0";
    write_lock_item(s->w, ref, "exclusive", &s->lock);
    tx_add(&s->w->tx, &q_foreign_known, PARAMS(ref->id, ref->slug, s->plan.f->program),
           INTO_FOUND(known_fields, &s->plan.known, &s->plan.exists));
}

/* The same name elsewhere is another source: it would be mixed into this one, item by item. */
static enum status check_place(const struct store *s)
{
    const struct known *known = &s->plan.known;

    for (size_t i = 0; i < known->records.n; i++) {
        const char *place = LIST_AT(known->records, i, const struct known_record)->place;
        if (place == NULL || strcmp(place, s->plan.f->place) == 0 || s->order->force ||
            s->plan.project->id != NULL)
            continue;
        return req_fail(
            s->w->rq, ST_CONFLICT,
            "%s was imported from '%s', and this is '%s'; --project NEW imports it into "
            "a project of its own, --force takes it for the same source",
            known->slug, place, s->plan.f->place);
    }
    return ST_OK;
}

static enum status check_project(struct store *s)
{
    if (!s->plan.exists)
        return ST_OK;
    if (s->plan.known.archived.v)
        return write_archived(s->w->rq, s->plan.known.slug);
    s->plan.id = s->plan.known.id;
    s->plan.last_key = s->plan.known.low;
    return check_place(s);
}

/* ------------------------------------------------------------- a project that is new */

static void describe_new(struct store *s)
{
    s->args = ARENA_NEW(s->w->rq->arena, struct project_args);
    s->args->name = s->plan.project->name;
    s->args->description = s->plan.project->text;
    s->args->slug = given_slug(s);
}

static enum status add_project(struct store *s)
{
    enum status status = ST_OK;

    if (s->plan.exists) {
        tx_add(&s->w->tx, &q_doctor_fix_depth, PARAMS(s->plan.id), INTO(depth_fields, &s->deepest));
        return ST_OK;
    }
    describe_new(s);
    project_queue_add(s->w, s->args, s->plan.id, INTO_FOUND(slug_fields, &s->slug, &s->slug_found));
    status = tx_flush(&s->w->tx);
    if (status == ST_CONFLICT)
        return ST_RETRY; /* another import of the same source was first */
    TRY(status);
    if (!s->slug_found)
        return req_fail(s->w->rq, ST_CONFLICT,
                        "every slug derived from '%s' is taken; choose one with --project",
                        s->args->name);
    s->lock = (struct lock_row){.xid = s->slug.xid, .listened = s->slug.listened};
    s->w->lock = &s->lock;
    tx_note_xid(&s->w->tx, s->slug.xid);
    s->changes = true;
    return ST_OK;
}

/* A run that lost a race begins anew: what it counted does not count. */
static void forget_run(struct import_job *job)
{
    struct foreign *f = job->order->f;

    f->remarks.n = job->n_remarks;
    f->differences.n = 0;
    f->tallies.n = job->n_tallies;
    for (size_t i = 0; i < job->n_tallies; i++)
        *HEAP_AT(f->tallies, i, struct foreign_tally) = job->tallies[i];
}

static void remember_reader(struct req *rq, struct import_job *job)
{
    const struct foreign *f = job->order->f;

    job->n_remarks = f->remarks.n;
    job->n_tallies = f->tallies.n;
    job->tallies = ARENA_MANY(rq->arena, job->n_tallies + 1, struct foreign_tally);
    for (size_t i = 0; i < job->n_tallies; i++)
        job->tallies[i] = *HEAP_AT(f->tallies, i, const struct foreign_tally);
}

static enum status read_projects(struct write *w, const struct import_job *job,
                                 struct store *stores)
{
    struct foreign *f = job->order->f;
    size_t n_differing = 0;

    TRY(write_begin(w));
    for (size_t i = 0; i < f->projects.n; i++) {
        struct store *s = &stores[i];
        s->w = w;
        s->order = job->order;
        s->plan.rq = w->rq;
        s->plan.f = f;
        s->plan.project = HEAP_AT(f->projects, i, const struct foreign_project);
        s->plan.id = project_id(s);
        queue_look(s);
    }
    TRY(write_flush(w));
    for (size_t i = 0; i < f->projects.n; i++) {
        TRY(check_project(&stores[i]));
        TRY(import_plan(&stores[i].plan));
        import_collect_origins(&stores[i]);
        if (stores[i].plan.differing.n > 0)
            import_queue_differing(&stores[i]);
        n_differing += stores[i].plan.differing.n;
    }
    return n_differing > 0 ? write_flush(w) : ST_OK;
}

static void compare_projects(const struct import_job *job, struct store *stores)
{
    for (size_t i = 0; i < job->order->f->projects.n; i++) {
        import_compare(&stores[i]);
        import_plan_edges(&stores[i].plan);
    }
}

static enum status store_projects(struct write *w, const struct import_job *job,
                                  struct store *stores)
{
    const size_t n = job->order->f->projects.n;

    for (size_t i = 0; i < n; i++)
        TRY(add_project(&stores[i]));
    for (size_t i = 0; i < n; i++) {
        import_queue_items(&stores[i]);
        import_queue_updates(&stores[i]);
        import_queue_edges(&stores[i]);
        import_queue_origins(&stores[i]);
    }
    TRY(req_check_memory(w->rq));
    TRY(tx_flush(&w->tx));
    for (size_t i = 0; i < n; i++) {
        struct store *s = &stores[i];
        import_count_edges(s);
        if (!s->changes)
            continue;
        import_audit_items(s);
        import_queue_counters(s);
        tx_add(&w->tx, &q_foreign_answer, PARAMS(s->plan.id), INTO(answer_fields, &s->answer));
    }
    TRY(req_check_memory(w->rq));
    w->tx.subject = "the import";
    w->tx.look = "list_projects";
    return job->order->dry_run ? tx_flush(&w->tx) : tx_commit(&w->tx);
}

static int64_t count_updated(const struct store *s)
{
    int64_t n = 0;

    for (size_t i = 0; i < s->plan.n_nodes; i++)
        n += s->plan.nodes[i].updated;
    return n;
}

static void tell_result(struct req *rq, const struct import_job *job, const struct store *stores)
{
    const size_t n = job->order->f->projects.n;
    struct import_made *made = ARENA_MANY(rq->arena, n, struct import_made);

    for (size_t i = 0; i < n; i++) {
        const struct store *s = &stores[i];
        made[i].name = s->plan.project->name;
        made[i].slug = s->plan.exists ? s->plan.known.slug : s->slug.slug;
        made[i].is_new = !s->plan.exists;
        made[i].added = (int64_t)s->plan.order.n;
        made[i].updated = count_updated(s);
        made[i].last_number = s->answer.last_number.v;
        made[i].change = job->order->dry_run ? 0 : s->answer.change.v;
    }
    job->result->projects = (struct list){true, n, made};
}

static bool any_changes(const struct import_job *job, const struct store *stores)
{
    for (size_t i = 0; i < job->order->f->projects.n; i++) {
        if (stores[i].changes || !stores[i].plan.exists)
            return true;
    }
    return false;
}

static enum status import_body(struct write *w, void *data)
{
    struct import_job *job = data;
    struct store *stores = ARENA_MANY(w->rq->arena, job->order->f->projects.n, struct store);

    forget_run(job);
    TRY(read_projects(w, job, stores));
    compare_projects(job, stores);
    if (any_changes(job, stores))
        TRY(store_projects(w, job, stores));
    tx_abort(&w->tx); /* a dry run, or nothing to do */
    tell_result(w->rq, job, stores);
    return ST_OK;
}

/* All of it refused: it is another program's, as a rule, and an empty project would help nobody. */
static enum status check_usable(struct req *rq, const struct foreign *f)
{
    int64_t refused = 0;

    for (size_t i = 0; i < f->projects.n; i++) {
        const struct foreign_project *project =
            HEAP_AT(f->projects, i, const struct foreign_project);
        if (project->kind != NULL || project->items.n > 0 || project->notes.n > 0)
            return ST_OK;
    }
    for (size_t i = 0; i < f->tallies.n; i++)
        refused += HEAP_AT(f->tallies, i, const struct foreign_tally)->refused;
    if (refused == 0)
        return ST_OK;
    return req_fail(rq, ST_INVALID,
                    "nothing in '%s' can be used as data of %s, so nothing was imported; see "
                    "whose it is (--from)",
                    f->place, f->program);
}

enum status foreign_import(struct req *rq, const struct import_order *order,
                           struct import_result *ret_result)
{
    static const struct write_args args = {0};
    struct import_result result = {0};
    struct import_job job = {.order = order, .result = &result};

    if (order->project != NULL && !ref_slug_is_valid(order->project))
        return req_fail(
            rq, ST_INVALID,
            "'--project' must be 2 to 10 capital letters and digits, a letter first, like "
            "AUTH");
    if (order->project != NULL && order->f->projects.n > 1)
        return req_fail(rq, ST_INVALID,
                        "'--project' takes one project and the source has %zu; leave it out",
                        order->f->projects.n);
    TRY(check_usable(rq, order->f));
    remember_reader(rq, &job);
    TRY(write_run(rq, &args, INTO_NOTHING, import_body, &job));
    *ret_result = result;
    return ST_OK;
}
