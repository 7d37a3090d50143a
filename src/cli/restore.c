/* mcp-planner restore FILE: the store of a backup, or with --drill the proof that it is one. */
#include <unistd.h>

#include "planner/backup/backup.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"

static int failed(struct app *app)
{
    command_progress_end(app);
    return command_fail_req(app);
}

/* ------------------------------------------------------------------ telling */

static int64_t rows_of(const struct list *tables)
{
    int64_t rows = 0;

    for (size_t i = 0; i < tables->n; i++)
        rows += LIST_AT(*tables, i, struct dump_table)->rows.v;
    return rows;
}

static void put_source(struct json_out *out, const struct app *app,
                       const struct backup_manifest *manifest)
{
    json_put_str(out, "file", app->options.argv[0]);
    json_put_str(out, "taken_at", manifest->taken_at);
    if (manifest->schema.set)
        json_put_int(out, "schema", manifest->schema.v);
    json_put_int(out, "tables", (int64_t)manifest->tables.n);
    json_put_int(out, "rows", rows_of(&manifest->tables));
}

static void put_times(struct json_out *out, const struct restore_report *report)
{
    json_put_int(out, "verify", report->verify_ms);
    json_put_int(out, "load", report->load.load_ms);
    json_put_int(out, "compare", report->load.check_ms);
    json_put_int(out, "swap", report->load.swap_ms);
}

static void tell_restored_json(struct app *app, const struct restore_report *report)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);

    json_begin(&out, '{');
    put_source(&out, app, &report->manifest);
    json_put_bool(&out, "replaced", report->load.replaced);
    json_put_str(&out, "problem", report->load.problem);
    json_key(&out, "milliseconds");
    json_begin(&out, '{');
    put_times(&out, report);
    json_end(&out, '}');
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static void tell_restored(struct app *app, const struct restore_report *report)
{
    const struct backup_manifest *m = &report->manifest;
    const struct load_report *load = &report->load;

    if (app->options.json) {
        tell_restored_json(app, report);
        return;
    }
    out_line("%s the store of %s: %lld rows in %zu tables, %.1f s",
             load->replaced ? "put in place" : "restored", m->taken_at,
             (long long)rows_of(&m->tables), m->tables.n,
             (double)(report->verify_ms + load->load_ms + load->check_ms + load->swap_ms) / 1000);
    if (load->problem != NULL && app->options.dsn == NULL)
        out_line("its schema is of an older program; the next use brings it up to date");
    else if (load->problem != NULL)
        out_line("next: %s", load->problem);
}

static void put_findings(struct json_out *out, const struct drill_report *report)
{
    json_key(out, "differences");
    json_begin(out, '[');
    for (size_t i = 0; i < report->restore.load.differences.n; i++) {
        const struct load_difference *d =
            LIST_AT(report->restore.load.differences, i, struct load_difference);
        json_begin(out, '{');
        json_put_str(out, "table", d->table);
        json_put_str(out, "expected", d->expected);
        json_put_str(out, "found", d->found);
        json_end(out, '}');
    }
    json_end(out, ']');
    json_key(out, "findings");
    json_begin(out, '[');
    for (size_t i = 0; i < report->findings.n; i++) {
        const struct drill_finding *f = LIST_AT(report->findings, i, struct drill_finding);
        json_begin(out, '{');
        json_put_str(out, "check", f->check);
        json_put_str(out, "severity", f->severity);
        json_put_str(out, "seen", f->seen);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void tell_drill_json(struct app *app, const struct drill_report *report)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);

    json_begin(&out, '{');
    json_put_bool(&out, "ok", report->ok);
    json_put_str(&out, "damage", report->damage);
    put_source(&out, app, &report->restore.manifest);
    json_put_int(&out, "checks", (int64_t)report->checks);
    put_findings(&out, report);
    json_key(&out, "milliseconds");
    json_begin(&out, '{');
    put_times(&out, &report->restore);
    json_put_int(&out, "make", report->make_ms);
    json_put_int(&out, "checks", report->doctor_ms);
    json_put_int(&out, "all", report->ms);
    json_end(&out, '}');
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static void tell_drill(const struct drill_report *report)
{
    const struct backup_manifest *m = &report->restore.manifest;
    const struct list *differences = &report->restore.load.differences;

    if (report->damage != NULL)
        out_line("not good: %s", report->damage);
    for (size_t i = 0; i < differences->n; i++) {
        const struct load_difference *d = LIST_AT(*differences, i, struct load_difference);
        out_line("not good: the manifest says of '%s' %s; restored: %s", d->table, d->expected,
                 d->found);
    }
    for (size_t i = 0; i < report->findings.n; i++) {
        const struct drill_finding *f = LIST_AT(report->findings, i, struct drill_finding);
        out_line("not good: %s, %s: %s", f->check, f->severity, f->seen);
    }
    if (report->ok)
        out_line("good: the store of %s came back, %lld rows in %zu tables as the manifest says, "
                 "%zu checks found nothing, %.1f s",
                 m->taken_at, (long long)rows_of(&m->tables), m->tables.n, report->checks,
                 (double)report->ms / 1000);
}

/* ------------------------------------------------------------------ the command */

static int run_drill(struct app *app)
{
    struct drill_report report = {0};

    if (backup_drill(&app->req, &app->db_config, app->options.argv[0], &report) != ST_OK)
        return failed(app);
    command_progress_end(app);
    if (app->options.json)
        tell_drill_json(app, &report);
    else
        tell_drill(&report);
    return report.ok ? EXIT_DONE : EXIT_TROUBLE;
}

/* EXIT_DONE: go on. A store with nothing in it is nobody's loss. */
static int ask(struct app *app)
{
    struct load_target target = {0};
    const char *sentence = NULL;

    if (!app->options.replace || app->options.yes)
        return EXIT_DONE;
    if (load_look(&app->req, &target) != ST_OK)
        return failed(app);
    if (target.projects.v == 0)
        return EXIT_DONE;
    command_progress_end(app);
    if (isatty(STDIN_FILENO) == 0)
        return command_fail(app, EXIT_USAGE,
                            "restore --replace puts an older store in place of %lld project%s; "
                            "without a terminal it needs --yes",
                            (long long)target.projects.v, target.projects.v == 1 ? "" : "s");
    sentence = arena_printf(app->req.arena,
                            "This puts the store of the backup in place of the one that is there, "
                            "with %lld project%s; what is in that one alone is lost.",
                            (long long)target.projects.v, target.projects.v == 1 ? "" : "s");
    if (!command_confirm(sentence))
        return command_fail(app, EXIT_FAILED, "nothing was changed");
    command_progress(app);
    return EXIT_DONE;
}

static int restore(struct app *app)
{
    const char *path = app->options.argv[0];
    struct restore_report report = {0};
    struct backup_manifest manifest = {0};
    int code = EXIT_DONE;

    if (backup_read(&app->req, path, &manifest) != ST_OK)
        return failed(app);
    code = ask(app);
    if (code != EXIT_DONE)
        return code;
    if (backup_restore(&app->req, path, app->options.replace, &report) != ST_OK)
        return failed(app);
    command_progress_end(app);
    tell_restored(app, &report);
    return EXIT_DONE;
}

static int run_restore(struct app *app)
{
    struct arena *usual = app->req.arena;
    struct arena arena;
    int code = EXIT_DONE;

    if (app->options.argc != 1)
        return command_fail(app, EXIT_USAGE, "restore needs the FILE of a backup");
    if (app->options.drill && app->options.replace)
        return command_fail(app, EXIT_USAGE,
                            "'drill' changes no store, so it is not given with 'replace'");
    arena_init(&arena, BACKUP_DRILL_MEMORY);
    app->req.arena = &arena;
    command_progress(app);
    code = app->options.drill ? run_drill(app) : restore(app);
    app->req.arena = usual;
    arena_destroy(&arena);
    return code;
}

const struct command command_restore = {
    .name = "restore",
    .args = "FILE",
    .summary = "Bring a backup's store back into an empty database, with --replace in place of "
               "another; with --drill only try it (exit code 3: it is not good)",
    .run = run_restore,
};
