/* A run: plan, archive, begin, remove. */
#include <string.h>

#include "archive.h"
#include "retention_private.h"

#define WALK_ROWS "5000" /* iterations looked at by one statement */

struct runner {
    struct req *rq;
    const struct retention_order *order;
    struct retention_scope scope;
    struct archive *archive;
    struct retention_report *report;
    struct retention_cut *cuts; /* of this run */
    size_t n_cuts;
    int64_t expected; /* rows to be removed, as far as they are known */
};

/* Of a page, or of a walk: how much it was and where it ended. */
struct page {
    struct opt_int rows, n;
    struct opt_bool more;
    const char *id, *lines;
};
static const struct field page_fields[] = {
    ROW_INT(struct page, rows, REQUIRED),  ROW_INT(struct page, n, OPTIONAL),
    ROW_BOOL(struct page, more, REQUIRED), ROW_STR(struct page, id, OPTIONAL),
    ROW_STR(struct page, lines, OPTIONAL), FIELD_END,
};
struct counted_part {
    const char *part;
    struct opt_int rows;
};
static const struct field counted_part_fields[] = {
    ROW_STR(struct counted_part, part, REQUIRED),
    ROW_INT(struct counted_part, rows, REQUIRED),
    FIELD_END,
};
struct counted {
    struct list parts;
    struct opt_int change, until;
};
static const struct field count_fields[] = {
    ROW_LIST(struct counted, parts, counted_part_fields, struct counted_part, REQUIRED),
    ROW_INT(struct counted, change, OPTIONAL),
    ROW_INT(struct counted, until, OPTIONAL),
    FIELD_END,
};
static const struct field planned_fields[] = {
    ROW_STR(struct retention_cut, line, REQUIRED),
    ROW_INT(struct retention_cut, change, OPTIONAL),
    ROW_INT(struct retention_cut, until, REQUIRED),
    FIELD_END,
};
static const struct field id_fields[] = {ROW_INT(struct retention_cut, id, OPTIONAL), FIELD_END};

struct flag {
    struct opt_bool begun, alone;
};
static const struct field begun_fields[] = {ROW_BOOL(struct flag, begun, REQUIRED), FIELD_END};
static const struct field alone_fields[] = {ROW_BOOL(struct flag, alone, REQUIRED), FIELD_END};

struct going {
    const char *project_id, *slug, *kind;
    struct opt_int id, archived, purged;
};
static const struct field going_row_fields[] = {
    ROW_STR(struct going, project_id, REQUIRED),
    ROW_STR(struct going, slug, REQUIRED),
    ROW_STR(struct going, kind, REQUIRED),
    ROW_INT(struct going, id, REQUIRED),
    ROW_INT(struct going, archived, REQUIRED),
    ROW_INT(struct going, purged, REQUIRED),
    FIELD_END,
};
struct going_list {
    struct list cuts;
};
static const struct field going_fields[] = {
    ROW_LIST(struct going_list, cuts, going_row_fields, struct going, REQUIRED), FIELD_END};

static void tell(const struct runner *run, const char *what, int64_t done, int64_t total)
{
    if (run->order->progress != NULL)
        run->order->progress(run->order->ctx, what, done, total);
}

/* ------------------------------------------------------------------ looking only */

/* One page of a walk; the place it ended at is kept in `id`, which has room for it. */
static enum status walk_page(struct runner *run, const struct retention_cut *cut,
                             const char *before, char id[40], struct page *place)
{
    struct retention_apart apart;
    struct page page = {0};
    enum status status = ST_OK;

    retention_apart(run->rq, &apart);
    status = retention_look(
        run->rq, &q_retention_walk,
        PARAMS(cut->project_id, before, id, param_int(run->rq, place->n.v), WALK_ROWS),
        INTO(page_fields, &page));
    place->rows = page.rows;
    place->more = page.more;
    place->n = page.n;
    if (status == ST_OK && page.id != NULL)
        (void)snprintf(id, 40, "%s", page.id);
    retention_apart_end(run->rq, &apart);
    return status;
}

static enum status count_iterations(struct runner *run, const char *before,
                                    struct retention_cut *cut)
{
    char id[40] = NO_ID;
    struct page place = {.more = SOME_BOOL(true)};

    while (place.more.v) {
        TRY(walk_page(run, cut, before, id, &place));
        cut->parts[PART_ITERATIONS] += place.rows.v;
    }
    cut->rows = SOME_INT(cut->parts[PART_ITERATIONS]);
    return ST_OK;
}

/* A cut's rows by part and as a whole; of one that has begun (`id`) what is left of it. */
static enum status count_rows(struct runner *run, const char *before, const char *id,
                              struct retention_cut *cut)
{
    struct counted found = {0};
    bool any = false;

    TRY(retention_look(run->rq, &q_retention_count, PARAMS(cut->project_id, cut->kind, before, id),
                       INTO_FOUND(count_fields, &found, &any)));
    cut->rows = SOME_INT(0);
    cut->change = found.change;
    cut->until = found.until;
    for (size_t i = 0; any && i < found.parts.n; i++) {
        const struct counted_part *c = LIST_AT(found.parts, i, const struct counted_part);
        cut->parts[retention_part_find(c->part, strlen(c->part))] = c->rows.v;
        cut->rows.v += c->rows.v;
    }
    return ST_OK;
}

static enum status count(struct runner *run, enum retention_kind kind, const char *before,
                         struct retention_cut *cut)
{
    if (kind == RETENTION_ITERATIONS)
        TRY(count_iterations(run, before, cut));
    else
        TRY(count_rows(run, before, NULL, cut));
    run->report->rows += cut->rows.v;
    return ST_OK;
}

/* ------------------------------------------------------------------ planning and archiving */

static enum status plan(struct runner *run, enum retention_kind kind, const char *before,
                        struct retention_cut *cut)
{
    struct req *rq = run->rq;
    struct retention_cut planned = {0};
    const char *by = rq->actor.user != NULL ? rq->actor.user : rq->actor.agent;

    TRY(retention_write(rq, &q_retention_plan,
                        PARAMS(cut->project_id, retention_kind_names[kind], before, by),
                        INTO(id_fields, &planned), true));
    if (!planned.id.set)
        return ST_OK;
    cut->id = planned.id;
    TRY(db_read(rq, &q_retention_planned, PARAMS(cut->project_id, param_int(rq, cut->id.v)),
                INTO(planned_fields, &planned)));
    cut->line = planned.line;
    cut->change = planned.change;
    cut->until = planned.until;
    return ST_OK;
}

/* What there is to do, by project and kind; `step` looks or plans. */
static enum status for_each(struct runner *run,
                            enum status (*step)(struct runner *, enum retention_kind, const char *,
                                                struct retention_cut *))
{
    const struct list *projects = &run->scope.projects;

    run->cuts = ARENA_MANY(run->rq->arena, projects->n * RETENTION_KINDS + 1, struct retention_cut);
    for (size_t i = 0; i < projects->n; i++) {
        const struct retention_project *project =
            LIST_AT(*projects, i, const struct retention_project);
        for (int kind = 0; kind < RETENTION_KINDS; kind++) {
            struct retention_cut *cut = &run->cuts[run->n_cuts];
            const char *before = retention_before(&run->scope, project, kind);
            if (before == NULL)
                continue;
            *cut = (struct retention_cut){.project_id = project->id,
                                          .slug = project->slug,
                                          .kind = retention_kind_names[kind]};
            TRY(step(run, kind, before, cut));
            if (cut->id.set || cut->rows.v > 0)
                run->n_cuts++;
        }
    }
    return ST_OK;
}

/* A cut that turns out to be empty leaves nothing in the archive. */
static enum status archive_rows(struct runner *run, struct retention_cut *cut,
                                enum retention_part part, const struct page *page)
{
    if (page->rows.v == 0)
        return ST_OK;
    if (cut->rows.v == 0)
        TRY(archive_begin_cut(run->rq, run->archive, cut->line));
    TRY(archive_write(run->rq, run->archive, page->lines, page->rows.v));
    cut->parts[part] += page->rows.v;
    cut->rows.v += page->rows.v;
    return ST_OK;
}

static enum status archive_page(struct runner *run, struct retention_cut *cut,
                                enum retention_part part, char id[40], struct page *place)
{
    struct req *rq = run->rq;
    struct retention_apart apart;
    struct page page = {0};
    enum status status = ST_OK;

    retention_apart(rq, &apart);
    status = db_read(rq, &q_retention_page,
                     PARAMS(cut->project_id, param_int(rq, cut->id.v), retention_part_names[part],
                            id, param_int(rq, place->n.v), param_int(rq, PAGE_ROWS),
                            param_int(rq, PAGE_BYTES)),
                     INTO(page_fields, &page));
    if (status == ST_OK)
        status = archive_rows(run, cut, part, &page);
    place->more = page.more;
    place->n = page.n;
    if (status == ST_OK && page.id != NULL)
        (void)snprintf(id, 40, "%s", page.id);
    retention_apart_end(rq, &apart);
    return status;
}

static bool has_part(const char *kind, enum retention_part part)
{
    if (strcmp(kind, "audit") == 0)
        return part == PART_AUDIT;
    if (strcmp(kind, "iterations") == 0)
        return part == PART_ITERATIONS;
    return strcmp(kind, "project") == 0 || (part >= PART_ITEMS && part <= PART_ORIGINS);
}

/* In the order in which they can be put back. */
static enum status archive_cut(struct runner *run, struct retention_cut *cut)
{
    cut->rows = SOME_INT(0);
    for (enum retention_part part = PART_PROJECT; part < RETENTION_PARTS; part++) {
        char id[40] = NO_ID;
        struct page place = {.more = SOME_BOOL(has_part(cut->kind, part))};
        while (place.more.v) {
            TRY(archive_page(run, cut, part, id, &place));
            tell(run, "archived", run->archive->rows, 0);
        }
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ removing */

static enum status remove_batch(struct runner *run, const char *project, int64_t cut,
                                struct page *ret_page)
{
    struct retention_apart apart;
    enum status status = ST_OK;

    retention_apart(run->rq, &apart);
    status = retention_write(
        run->rq, &q_retention_purge,
        PARAMS(project, param_int(run->rq, cut), param_int(run->rq, run->order->batch)),
        INTO(page_fields, ret_page), false);
    retention_apart_end(run->rq, &apart);
    return status;
}

/* Batches are of items, or of what else stands for many rows: told is never more than `rows`. */
static enum status remove_batches(struct runner *run, const struct retention_cut *cut, int64_t rows,
                                  int64_t *ret_done)
{
    struct page page = {.more = SOME_BOOL(true)};
    int64_t done = 0;

    while (page.more.v) {
        TRY(remove_batch(run, cut->project_id, cut->id.v, &page));
        done += page.rows.v;
        tell(run, "removed", run->report->removed + (done < rows ? done : rows), run->expected);
    }
    *ret_done = done;
    return ST_OK;
}

/* Nothing of what is counted here can come back any more: the cut has begun. */
static enum status remove_all(struct runner *run, struct retention_cut *cut)
{
    const bool is_list = strcmp(cut->kind, "deleted") == 0 || strcmp(cut->kind, "project") == 0;
    struct retention_cut left = *cut;
    int64_t done = 0;

    if (is_list)
        TRY(count_rows(run, NULL, param_int(run->rq, cut->id.v), &left));
    TRY(remove_batches(run, cut, left.rows.v, &done));
    cut->removed = SOME_INT(is_list ? left.rows.v : done);
    run->report->removed += cut->removed.v;
    return ST_OK;
}

/* What runs before us have archived and begun. */
static enum status finish_others(struct runner *run)
{
    struct req *rq = run->rq;
    struct going_list going = {0};
    struct retention_cut *done = NULL;

    TRY(db_read(rq, &q_retention_going, NO_PARAMS, INTO(going_fields, &going)));
    done = ARENA_MANY(rq->arena, going.cuts.n + 1, struct retention_cut);
    for (size_t i = 0; i < going.cuts.n; i++) {
        const struct going *g = LIST_AT(going.cuts, i, const struct going);
        done[i] = (struct retention_cut){.project_id = g->project_id,
                                         .slug = g->slug,
                                         .kind = g->kind,
                                         .id = g->id,
                                         .rows = g->archived};
        run->report->finished = (struct list){.set = true, .items = done, .n = i + 1};
        TRY(remove_all(run, &done[i]));
    }
    return ST_OK;
}

static enum status begin_and_remove(struct runner *run, struct retention_cut *cut)
{
    struct req *rq = run->rq;
    const struct retention_report *report = run->report;
    struct flag flag = {0};

    TRY(retention_write(rq, &q_retention_begin,
                        PARAMS(cut->project_id, param_int(rq, cut->id.v), run->archive->name,
                               report->sha256, param_int(rq, cut->rows.v)),
                        INTO(begun_fields, &flag), true));
    cut->removed = SOME_INT(0); /* all of it came back */
    return flag.begun.v ? remove_all(run, cut) : ST_OK;
}

static enum status forget(struct runner *run, bool *ret_alone)
{
    struct flag flag = {0};

    TRY(retention_write(run->rq, &q_retention_forget, NO_PARAMS, INTO(alone_fields, &flag), false));
    *ret_alone = flag.alone.v;
    return ST_OK;
}

/* The cuts that found nothing are left out from here on. */
static void settle(struct runner *run)
{
    size_t n = 0;

    for (size_t i = 0; i < run->n_cuts; i++) {
        if (run->cuts[i].rows.v > 0)
            run->cuts[n++] = run->cuts[i];
    }
    run->n_cuts = n;
}

static enum status archive_all(struct runner *run)
{
    char hex[SHA256_HEX_LEN + 1];

    TRY(archive_open(run->rq, run->order->archive, run->archive));
    for (size_t i = 0; i < run->n_cuts; i++)
        TRY(archive_cut(run, &run->cuts[i]));
    settle(run);
    run->report->rows = run->expected = run->archive->rows;
    if (run->expected == 0)
        return ST_OK;
    TRY(archive_finish(run->rq, run->archive, hex));
    run->report->archive = run->archive->path;
    run->report->sha256 = arena_strdup(run->rq->arena, hex);
    run->report->bytes = run->archive->bytes;
    return ST_OK;
}

/* Kinds in their order over all projects: the audit says which texts may go, and goes after them.
 */
static enum status remove_in_order(struct runner *run)
{
    for (int kind = 0; kind < RETENTION_KINDS && run->expected > 0; kind++) {
        for (size_t i = 0; i < run->n_cuts; i++) {
            if (strcmp(run->cuts[i].kind, retention_kind_names[kind]) == 0)
                TRY(begin_and_remove(run, &run->cuts[i]));
        }
    }
    return ST_OK;
}

static enum status run_all(struct runner *run)
{
    bool alone = false;

    TRY(forget(run, &alone));
    if (!alone)
        return req_fail(run->rq, ST_CONFLICT,
                        "another retention run is at work on this database; wait for its end");
    TRY(finish_others(run));
    run->report->removed = 0;
    TRY(for_each(run, plan));
    if (run->n_cuts == 0)
        return ST_OK;
    TRY(archive_all(run));
    TRY(remove_in_order(run));
    return forget(run, &alone);
}

enum status retention_run(struct req *rq, const struct retention_order *order,
                          struct retention_report *ret_report)
{
    OWN_ARCHIVE archive = {.file.fd = -1};
    struct runner run = {.rq = rq, .order = order, .archive = &archive, .report = ret_report};
    enum status status = ST_OK;

    *ret_report = (struct retention_report){0};
    TRY(retention_scope_read(rq, order, &run.scope));
    status = order->run ? run_all(&run) : for_each(&run, count);
    if (order->run && ret_report->archive == NULL)
        run.n_cuts = 0; /* what was only planned is nothing to anybody */
    ret_report->cuts = (struct list){.set = true, .items = run.cuts, .n = run.n_cuts};
    return status;
}
