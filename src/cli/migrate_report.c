#include "migrate_report.h"

#include "planner/base/json.h"
#include "planner/base/out.h"

static int newest_known(void)
{
    int newest = 0;

    for (const struct migration *m = all_migrations; m->version != 0; m++)
        newest = m->version;
    return newest;
}

/* Of a schema that is newer than the program and lets it work: what that means; else NULL. */
static const char *newer_text(struct arena *arena, const struct list *rows)
{
    const struct migrate_row *newest = NULL;

    for (size_t i = 0; i < rows->n; i++) {
        const struct migrate_row *row = LIST_AT(*rows, i, struct migrate_row);
        if (strcmp(row->state, "unknown") == 0)
            newest = row;
    }
    if (newest == NULL)
        return NULL;
    return arena_printf(arena,
                        "the database is newer than this program: migration %d (%s) is unknown to "
                        "%s, which may go on working with it (%s or newer may); update mcp-planner "
                        "when it suits",
                        newest->version, newest->name, PLANNER_VERSION, newest->oldest_program);
}

void migrate_tell_status_json(struct arena *arena, const struct list *rows, const char *problem)
{
    struct json_out out = JSON_OUT_IN(arena);

    json_begin(&out, '{');
    json_put_bool(&out, "ok", problem == NULL);
    json_put_str(&out, "problem", problem);
    json_put_str(&out, "newer", problem == NULL ? newer_text(arena, rows) : NULL);
    json_put_str(&out, "program", PLANNER_VERSION);
    json_put_int(&out, "newest_known", newest_known());
    json_key(&out, "migrations");
    json_begin(&out, '[');
    for (size_t i = 0; i < rows->n; i++) {
        const struct migrate_row *row = LIST_AT(*rows, i, struct migrate_row);
        json_begin(&out, '{');
        json_put_int(&out, "version", row->version);
        json_put_str(&out, "name", row->name);
        json_put_str(&out, "state", row->state);
        json_put_str(&out, "oldest_program", row->oldest_program);
        json_put_str(&out, "applied_at", row->applied_at);
        if (strcmp(row->state, "unfinished") == 0)
            json_put_int(&out, "rows", row->batch_rows);
        json_end(&out, '}');
    }
    json_end(&out, ']');
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

void migrate_tell_verdict(struct arena *arena, const struct list *rows, const char *problem)
{
    const char *newer = newer_text(arena, rows);

    if (problem == NULL)
        problem = newer != NULL ? newer : "the database has the schema of this program";
    out_line("%s", problem);
}

void migrate_tell_status(struct arena *arena, const struct list *rows, const char *problem)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct migrate_row *row = LIST_AT(*rows, i, struct migrate_row);
        if (strcmp(row->state, "unfinished") == 0)
            out_line("%4d  %-24s  %-10s  %lld rows done", row->version, row->name, row->state,
                     (long long)row->batch_rows);
        else
            out_line("%4d  %-24s  %-10s  %s", row->version, row->name, row->state,
                     row->applied_at == NULL ? "" : row->applied_at);
    }
    migrate_tell_verdict(arena, rows, problem);
}

static void findings_json(struct json_out *out, const struct list *findings)
{
    static const char *const words[] = {"note", "warning", "stop"};

    json_key(out, "checks");
    json_begin(out, '[');
    for (size_t i = 0; i < findings->n; i++) {
        const struct migrate_finding *f = LIST_AT(*findings, i, struct migrate_finding);
        json_begin(out, '{');
        json_put_str(out, "check", f->check);
        json_put_str(out, "severity", words[f->severity]);
        json_put_str(out, "message", f->message);
        json_end(out, '}');
    }
    json_end(out, ']');
}

void migrate_tell_steps_json(struct arena *arena, const char *word,
                             const struct migrate_steps *steps, const struct list *findings,
                             const char *error)
{
    struct json_out out = JSON_OUT_IN(arena);

    json_begin(&out, '{');
    json_put_str(&out, "error", error);
    json_put_int(&out, word, (int64_t)steps->n);
    findings_json(&out, findings);
    json_key(&out, "migrations");
    json_begin(&out, '[');
    for (size_t i = 0; i < steps->n; i++) {
        const struct migrate_step *step = &steps->items[i];
        json_begin(&out, '{');
        json_put_int(&out, "version", step->version);
        json_put_str(&out, "name", step->name);
        json_put_int(&out, "milliseconds", step->ms);
        if (step->batches > 0) {
            json_put_int(&out, "batches", step->batches);
            json_put_int(&out, "rows", step->rows);
        }
        json_end(&out, '}');
    }
    json_end(&out, ']');
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

/* The text is SQL as it stands: what is said about it are comments. */
static void tell_step(const struct migrate_planned *step)
{
    const struct migration *m = step->migration;

    out_line("-- migration %d (%s), %s", m->version, m->name,
             step->batches_only ? "its batches"
             : step->up         ? "up"
                                : "down");
    if (!step->batches_only)
        out_text(step->sql);
    if (step->up && m->batch != NULL)
        out_line("-- then 'mcp-planner migrate up' runs this, a transaction each time, until "
                 "nothing is left:\n/*\n%s*/",
                 m->batch);
}

static void planned_json(struct json_out *out, const struct migrate_planned *step)
{
    const struct migration *m = step->migration;
    const struct migration_script *script = step->up ? &m->up : &m->down;

    json_begin(out, '{');
    json_put_int(out, "version", m->version);
    json_put_str(out, "name", m->name);
    json_put_str(out, "direction", step->up ? "up" : "down");
    json_put_str(out, "phase", step->up ? m->phase : NULL);
    json_put_str(out, "oldest_program", step->up ? m->oldest_program : NULL);
    json_put_str(out, "depends_on", step->up ? m->depends_on : NULL);
    json_put_str(out, "loses", step->up ? NULL : m->loses);
    json_put_str(out, "locks", script->locks);
    json_put_str(out, "lock_timeout", script->lock_timeout);
    json_put_str(out, "statement_timeout", script->statement_timeout);
    json_put_str(out, "sql", step->sql);
    json_put_str(out, "batch", step->up ? m->batch : NULL);
    json_end(out, '}');
}

void migrate_tell_plan_json(struct arena *arena, const struct migrate_plan *plan,
                            const struct list *findings)
{
    struct json_out out = JSON_OUT_IN(arena);

    json_begin(&out, '{');
    json_put_int(&out, "from", plan->from);
    json_put_int(&out, "to", plan->to);
    findings_json(&out, findings);
    json_key(&out, "steps");
    json_begin(&out, '[');
    for (size_t i = 0; i < plan->steps.n; i++)
        planned_json(&out, LIST_AT(plan->steps, i, struct migrate_planned));
    json_end(&out, ']');
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

void migrate_tell_plan(const struct migrate_plan *plan)
{
    out_line("-- from version %d to version %d: %zu %s", plan->from, plan->to, plan->steps.n,
             plan->steps.n == 1 ? "migration" : "migrations");
    for (size_t i = 0; i < plan->steps.n; i++)
        tell_step(LIST_AT(plan->steps, i, struct migrate_planned));
}
