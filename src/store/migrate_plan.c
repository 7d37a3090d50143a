/*
 * What up or down would run, as a text that psql takes: for whoever wants to read it first, or has
 * to run it by other means. Nothing is run but a look at the store's record.
 */
#include "migrate_private.h"

#include <limits.h>

#include "planner/base/buf.h"

static void add_literal(struct buf *buf, const char *text)
{
    if (text == NULL) {
        buf_text(buf, "NULL");
        return;
    }
    buf_char(buf, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_char(buf, '\'');
        buf_char(buf, *text);
    }
    buf_char(buf, '\'');
}

/* psql of PostgreSQL 15 can bind parameters only to what it has prepared. */
static void add_query_with(struct buf *buf, const struct query *q, const char *const *params,
                           size_t n)
{
    if (n == 0) {
        buf_printf(buf, "%s;\n", q->sql);
        return;
    }
    buf_printf(buf, "PREPARE %s AS\n%s;\nEXECUTE %s(", q->name, q->sql, q->name);
    for (size_t i = 0; i < n; i++) {
        buf_text(buf, i == 0 ? "" : ", ");
        add_literal(buf, params[i]);
    }
    buf_printf(buf, ");\nDEALLOCATE %s;\n", q->name);
}

#define add_bare(buf, q) add_query_with((buf), (q), NULL, 0)
#define add_query(buf, q, ...) \
    add_query_with((buf), (q), PARAMS(__VA_ARGS__), LENGTH_OF(PARAMS(__VA_ARGS__)))

static void begin(struct buf *buf, const struct migration_script *script)
{
    buf_text(buf, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n");
    add_bare(buf, &q_migrate_settings);
    add_bare(buf, &q_migrate_lock);
    add_query(buf, &q_migrate_limits, script->lock_timeout, script->statement_timeout);
}

static const char *write_up(struct req *rq, const struct migration *m, bool makes_record)
{
    struct buf buf = BUF_IN(rq->arena);

    if (makes_record) {
        add_bare(&buf, &q_migrate_schema);
        add_bare(&buf, &q_migrate_table);
    }
    begin(&buf, &m->up);
    buf_text(&buf, m->up.sql);
    add_query(&buf, &q_migrate_add, param_int(rq, m->version), m->name, m->sha256,
              m->oldest_program, m->batch == NULL ? NULL : "{}");
    buf_text(&buf, "COMMIT;\n");
    return buf_str(&buf);
}

static const char *write_down(struct req *rq, const struct migration *m)
{
    struct buf buf = BUF_IN(rq->arena);

    begin(&buf, &m->down);
    buf_text(&buf, m->down.sql);
    add_query(&buf, &q_migrate_remove, param_int(rq, m->version));
    buf_text(&buf, "COMMIT;\n");
    return buf_str(&buf);
}

static void plan_add(struct migrate_plan *plan, struct migrate_planned planned)
{
    *LIST_AT(plan->steps, plan->steps.n, struct migrate_planned) = planned;
    plan->steps.n++;
}

static void plan_up(struct req *rq, const struct migrate_view *view, int version,
                    struct migrate_plan *plan)
{
    for (const struct migration *m = all_migrations; m->version != 0; m++) {
        const struct migrate_row *row = migrate_row_find(view, m->version);
        const bool pending = strcmp(row->state, "pending") == 0;
        if (m->version > version || (!pending && strcmp(row->state, "unfinished") != 0))
            continue;
        plan_add(plan,
                 (struct migrate_planned){
                     m, true, !pending,
                     pending ? write_up(rq, m, view->newest == 0 && plan->steps.n == 0) : NULL});
        plan->to = m->version > plan->to ? m->version : plan->to;
    }
}

static enum status plan_down(struct req *rq, const struct migrate_view *view, int version,
                             struct migrate_plan *plan)
{
    for (size_t i = view->rows.n; i > 0; i--) {
        const struct migrate_row *row = LIST_AT(view->rows, i - 1, struct migrate_row);
        const struct migration *m = migration_find(all_migrations, row->version);
        if (row->version <= version)
            break;
        if (strcmp(row->state, "pending") == 0)
            continue;
        if (m == NULL)
            return req_fail(rq, ST_UNAVAILABLE,
                            "migration %d of the database is not known to this program; undo it "
                            "with the program that applied it",
                            row->version);
        plan_add(plan, (struct migrate_planned){m, false, false, write_down(rq, m)});
    }
    plan->to = version < plan->to ? version : plan->to;
    return ST_OK;
}

static enum status plan_from(struct req *rq, const struct migrate_view *view, enum migrate_way way,
                             int version, struct migrate_plan *ret_plan)
{
    struct migrate_plan plan = {
        view->newest,
        view->newest,
        {true, 0, ARENA_MANY(rq->arena, view->rows.n + 1, struct migrate_planned)}};

    if (way == MIGRATE_DOWN || (way == MIGRATE_EITHER && version < view->newest))
        TRY(plan_down(rq, view, version, &plan));
    else if (way == MIGRATE_UP || version > 0)
        plan_up(rq, view, version == 0 ? INT_MAX : version, &plan);
    *ret_plan = plan;
    return ST_OK;
}

enum status migrate_plan(struct req *rq, enum migrate_way way, int version,
                         struct migrate_plan *ret_plan)
{
    OWN_RUNNER run = {0};
    struct migrate_view view = {0};

    TRY(migration_check(rq, version));
    TRY(runner_open(rq, &run));
    TRY(runner_view(&run, &view));
    if (view.refused)
        return req_fail(rq, ST_UNAVAILABLE, "%s", view.problem);
    return plan_from(rq, &view, way, version, ret_plan);
}

enum status migrate_plan_anew(struct req *rq, enum migrate_way way, int version,
                              struct migrate_plan *ret_plan)
{
    const struct list records = {0};
    struct migrate_view view = {0};

    TRY(migration_check(rq, version));
    migrate_compare(rq->arena, all_migrations, &records, PLANNER_VERSION, &view);
    return plan_from(rq, &view, way, version, ret_plan);
}
