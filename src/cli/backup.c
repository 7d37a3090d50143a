/* mcp-planner backup FILE, or backup --dir DIR [--keep LIST]: a backup, and some of many. */
#include "planner/backup/backup.h"

#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"

static int64_t rows_of(const struct backup_manifest *manifest)
{
    int64_t rows = 0;

    for (size_t i = 0; i < manifest->tables.n; i++)
        rows += LIST_AT(manifest->tables, i, struct dump_table)->rows.v;
    return rows;
}

static void put_files(struct json_out *out, const struct list *files, bool kept)
{
    json_key(out, kept ? "kept" : "removed");
    json_begin(out, '[');
    for (size_t i = 0; i < files->n; i++) {
        const struct backup_file *file = LIST_AT(*files, i, struct backup_file);
        if ((file->why != NULL) != kept)
            continue;
        json_begin(out, '{');
        json_put_str(out, "file", file->name);
        json_put_str(out, "why", file->why);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void put_tables(struct json_out *out, const struct list *tables)
{
    json_key(out, "tables");
    json_begin(out, '[');
    for (size_t i = 0; i < tables->n; i++) {
        const struct dump_table *table = LIST_AT(*tables, i, struct dump_table);
        json_begin(out, '{');
        json_put_str(out, "name", table->name);
        json_put_int(out, "rows", table->rows.v);
        json_put_str(out, "hash", table->hash);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void put_backup(struct json_out *out, const struct backup_report *report)
{
    const struct backup_manifest *m = &report->manifest;

    json_put_str(out, "file", report->path);
    json_put_str(out, "taken_at", m->taken_at);
    json_put_int(out, "bytes", m->bytes.v);
    json_put_str(out, "sha256", m->sha256);
    if (m->schema.set)
        json_put_int(out, "schema", m->schema.v);
    json_put_str(out, "server", m->server);
    json_put_str(out, "store", m->store);
    json_put_int(out, "rows", rows_of(m));
    put_tables(out, &m->tables);
    json_put_int(out, "milliseconds", report->ms);
}

/* report: NULL in a dry run; files: NULL without rotation; error: what went wrong behind it. */
static void tell_json(struct app *app, const struct backup_report *report, const struct list *files,
                      const char *error)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);

    json_begin(&out, '{');
    json_put_str(&out, "error", error);
    if (report != NULL)
        put_backup(&out, report);
    if (files != NULL) {
        json_put_bool(&out, "dry_run", app->options.dry_run);
        put_files(&out, files, true);
        put_files(&out, files, false);
    }
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static void tell_text(const struct app *app, const struct backup_report *report,
                      const struct list *files)
{
    if (report != NULL)
        out_line("wrote '%s': %lld rows in %zu tables, %lld bytes, %.1f s", report->path,
                 (long long)rows_of(&report->manifest), report->manifest.tables.n,
                 (long long)report->manifest.bytes.v, (double)report->ms / 1000);
    for (size_t i = 0; files != NULL && i < files->n; i++) {
        const struct backup_file *file = LIST_AT(*files, i, struct backup_file);
        if (file->why == NULL)
            out_line("%s '%s'", app->options.dry_run ? "would remove" : "removed", file->name);
        else if (app->options.dry_run)
            out_line("would keep '%s' (%s)", file->name, file->why);
    }
}

static void tell(struct app *app, const struct backup_report *report, const struct list *files,
                 const char *error)
{
    command_progress_end(app);
    if (app->options.json)
        tell_json(app, report, files, error);
    else
        tell_text(app, report, files);
}

static int failed(struct app *app)
{
    command_progress_end(app);
    return command_fail_req(app);
}

static int take_one(struct app *app)
{
    struct backup_report report = {0};

    if (backup_take(&app->req, app->options.argv[0], app->options.force, &report) != ST_OK)
        return failed(app);
    tell(app, &report, NULL, NULL);
    return EXIT_DONE;
}

/* A second in which there is one already is passed over. */
static const char *free_name(struct app *app)
{
    int64_t seconds = clock_now_ms() / 1000;
    const char *path = NULL;

    do
        path = arena_printf(app->req.arena, "%s/%s", app->options.dir,
                            backup_name(app->req.arena, seconds++));
    while (access(path, F_OK) == 0);
    return path;
}

static int rotate(struct app *app, const struct backup_report *report, const char *store,
                  const struct backup_keep *keep)
{
    struct list files = {0};

    if (backup_list(&app->req, app->options.dir, store, report != NULL ? report->path : NULL, keep,
                    &files) == ST_OK &&
        (app->options.dry_run || backup_remove(&app->req, app->options.dir, &files) == ST_OK)) {
        tell(app, report, &files, NULL);
        return EXIT_DONE;
    }
    tell(app, report, NULL, app->req.message);
    command_note(app, LOG_ERROR, "%s", app->req.message);
    return EXIT_FAILED;
}

static int take_in_directory(struct app *app)
{
    struct backup_report report = {0};
    struct backup_keep keep = {0};
    const char *store = NULL;

    if (app->options.keep != NULL && backup_keep_read(&app->req, app->options.keep, &keep) != ST_OK)
        return failed(app);
    if (app->options.dry_run) {
        if (dump_identify(&app->req, &store) != ST_OK)
            return failed(app);
        return rotate(app, NULL, store, &keep);
    }
    if (backup_make_directory(&app->req, app->options.dir) != ST_OK ||
        backup_take(&app->req, free_name(app), false, &report) != ST_OK)
        return failed(app);
    if (app->options.keep != NULL)
        return rotate(app, &report, report.manifest.store, &keep);
    tell(app, &report, NULL, NULL);
    return EXIT_DONE;
}

static int run_backup(struct app *app)
{
    struct options *o = &app->options;

    if (o->argc == 0 && o->dir == NULL)
        o->dir = o->backup_dir;
    if ((o->argc == 1) == (o->dir != NULL) || o->argc > 1)
        return command_fail(
            app, EXIT_USAGE,
            "backup needs a FILE, or a directory: --dir, or the setting 'backup-dir'");
    if (o->dir == NULL && o->keep != NULL)
        return command_fail(app, EXIT_USAGE, "'keep' is for a directory of backups: --dir");
    if (o->dry_run && o->keep == NULL)
        return command_fail(app, EXIT_USAGE,
                            "'dry-run' tells what --keep would remove; give both with --dir");
    command_progress(app);
    return o->dir == NULL ? take_one(app) : take_in_directory(app);
}

const struct command command_backup = {
    .name = "backup",
    .args = "FILE",
    .summary =
        "Write the store into FILE with a manifest beside it; with --dir DIR under a name of "
        "its own, and with --keep remove old ones",
    .run = run_backup,
};
