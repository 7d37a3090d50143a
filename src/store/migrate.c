/* What is run, up and down: one migration after the other, each in a transaction of its own. */
#include "migrate_private.h"

#include "planner/base/clock.h"

static bool has_state(const struct migrate_view *view, int version, const char *state)
{
    const struct migrate_row *row = migrate_row_find(view, version);

    return row != NULL && strcmp(row->state, state) == 0;
}

static size_t count_migrations(void)
{
    size_t n = 0;

    while (all_migrations[n].version != 0)
        n++;
    return n;
}

/* The step of a migration, added when there is none yet: so there is room for all of them. */
static struct migrate_step *step_of(struct migrate_steps *steps, const struct migration *m)
{
    for (size_t i = 0; i < steps->n; i++) {
        if (steps->items[i].version == m->version)
            return &steps->items[i];
    }
    steps->items[steps->n++] = (struct migrate_step){.version = m->version, .name = m->name};
    return &steps->items[steps->n - 1];
}

/* What the server lacks is said before the script stumbles over it. */
static enum status check_wants(struct runner *run, const struct migration *m)
{
    struct migrate_planned step = {m, true, false, NULL};
    const struct migrate_plan plan = {m->version, m->version, {true, 1, &step}};
    struct migrate_surroundings around = {0};
    struct list findings = {0};

    if (m->server == 0 && m->extensions[0] == '\0')
        return ST_OK;
    TRY(runner_look(run, &plan, &around));
    findings = migrate_judge(run->rq->arena, &plan, &around);
    for (size_t i = 0; i < findings.n; i++) {
        const struct migrate_finding *f = LIST_AT(findings, i, struct migrate_finding);
        if (f->severity == MIGRATE_STOPS)
            return req_fail(run->rq, ST_UNAVAILABLE, "%s", f->message);
    }
    return ST_OK;
}

/* Another process may have been first: then there is nothing to do. */
static enum status apply(struct runner *run, const struct migration *m, struct migrate_steps *steps)
{
    const int64_t began = clock_monotonic_ms();
    struct migrate_view view = {0};
    struct req *rq = run->rq;

    run->doing = arena_printf(rq->arena, "migration %d (%s)", m->version, m->name);
    TRY(runner_begin(run, &m->up, &view));
    if (view.refused)
        return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
    if (!has_state(&view, m->version, "pending"))
        return runner_sql(run, "COMMIT");
    TRY(check_wants(run, m));
    TRY(runner_sql(run, m->up.sql));
    TRY(runner_query(run, &q_migrate_add,
                     PARAMS(param_int(rq, m->version), m->name, m->sha256, m->oldest_program,
                            m->batch == NULL ? NULL : "{}"),
                     INTO_NOTHING));
    TRY(runner_sql(run, "COMMIT"));
    req_note(rq, LOG_INFO, "applied %s", run->doing);
    step_of(steps, m)->ms += clock_monotonic_ms() - began;
    return ST_OK;
}

/* Its script has run, here or in a program that ended before its batches did. */
static enum status finish(struct runner *run, const struct migration *m,
                          struct migrate_steps *steps)
{
    const int64_t began = clock_monotonic_ms();
    struct migrate_step work = {0};
    const enum status status = batch_run(run, m, &work);

    if (work.batches > 0) {
        struct migrate_step *step = step_of(steps, m);
        step->batches += work.batches;
        step->rows += work.rows;
        step->ms += clock_monotonic_ms() - began;
    }
    return status;
}

static enum status undo(struct runner *run, const struct migration *m, struct migrate_steps *steps)
{
    const int64_t began = clock_monotonic_ms();
    struct migrate_view view = {0};
    struct req *rq = run->rq;

    run->doing = arena_printf(rq->arena, "undoing migration %d (%s)", m->version, m->name);
    TRY(runner_begin(run, &m->down, &view));
    if (view.newest != m->version)
        return runner_sql(run, "COMMIT");
    if (!has_state(&view, m->version, "applied") && !has_state(&view, m->version, "unfinished"))
        return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
    TRY(runner_sql(run, m->down.sql));
    TRY(runner_query(run, &q_migrate_remove, PARAMS(param_int(rq, m->version)), INTO_NOTHING));
    TRY(runner_sql(run, "COMMIT"));
    req_note(rq, LOG_INFO, "undid migration %d (%s)", m->version, m->name);
    step_of(steps, m)->ms += clock_monotonic_ms() - began;
    return ST_OK;
}

enum status migrate_status(struct req *rq, struct list *ret_rows, const char **ret_problem)
{
    OWN_RUNNER run = {0};
    struct migrate_view view = {0};

    TRY(runner_open(rq, &run));
    TRY(runner_view(&run, &view));
    *ret_rows = view.rows;
    *ret_problem = view.problem;
    return ST_OK;
}

enum status migrate_up_steps(struct req *rq, int version, struct migrate_steps *ret_steps)
{
    OWN_RUNNER run = {0};

    *ret_steps = (struct migrate_steps){
        ARENA_MANY(rq->arena, count_migrations() + 1, struct migrate_step), 0};
    TRY(migration_check(rq, version));
    TRY(runner_open(rq, &run));
    for (;;) {
        struct migrate_view view = {0};
        const struct migration *m = NULL;
        TRY(runner_view(&run, &view));
        if (view.refused)
            return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
        if (view.next == 0 || (version != 0 && view.next > version))
            return ST_OK;
        m = migration_find(all_migrations, view.next);
        if (has_state(&view, view.next, "unfinished"))
            TRY(finish(&run, m, ret_steps));
        else
            TRY(apply(&run, m, ret_steps));
    }
}

enum status migrate_down_steps(struct req *rq, int version, struct migrate_steps *ret_steps)
{
    OWN_RUNNER run = {0};

    *ret_steps = (struct migrate_steps){
        ARENA_MANY(rq->arena, count_migrations() + 1, struct migrate_step), 0};
    TRY(migration_check(rq, version));
    TRY(runner_open(rq, &run));
    for (;;) {
        struct migrate_view view = {0};
        const struct migration *m = NULL;
        TRY(runner_view(&run, &view));
        if (view.newest <= version)
            return ST_OK;
        m = migration_find(all_migrations, view.newest);
        if (m == NULL)
            return req_fail(rq, ST_UNAVAILABLE,
                            "migration %d of the database is not known to this program; undo it "
                            "with the program that applied it",
                            view.newest);
        TRY(undo(&run, m, ret_steps));
    }
}

enum status migrate_up(struct req *rq, int version, int *ret_applied)
{
    struct migrate_steps steps = {0};
    const enum status status = migrate_up_steps(rq, version, &steps);

    *ret_applied = (int)steps.n;
    return status;
}

enum status migrate_down(struct req *rq, int version, int *ret_undone)
{
    struct migrate_steps steps = {0};
    const enum status status = migrate_down_steps(rq, version, &steps);

    *ret_undone = (int)steps.n;
    return status;
}
