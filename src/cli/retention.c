/* mcp-planner retention: what is older than the policies say, archived to a file and removed. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "import_archive.h"
#include "planner/base/clock.h"
#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/retention/retention.h"
#include "row_progress.h"
#include "source.h"

#define MEMORY_CAP ((size_t)256 * 1024 * 1024) /* a cut of each kind of very many projects */

/* ------------------------------------------------------------------ what a kind is called */

/* What a cut is about, in numbers that a person thinks in: rows are many to an item. */
static const char *cut_text(const struct app *app, const struct retention_cut *c)
{
    struct arena *arena = app->req.arena;
    const int64_t rows = c->rows.v;
    const int64_t items = c->parts[PART_ITEMS];

    if (strcmp(c->kind, "audit") == 0)
        return arena_printf(arena, "%lld change %s of the history, up to change %lld",
                            (long long)rows, rows == 1 ? "row" : "rows", (long long)c->change.v);
    if (strcmp(c->kind, "iterations") == 0)
        return arena_printf(arena, "the texts of %lld %s", (long long)rows,
                            rows == 1 ? "draft or review" : "drafts and reviews");
    if (strcmp(c->kind, "deleted") == 0)
        return arena_printf(arena, "%lld deleted %s, %lld %s", (long long)items,
                            items == 1 ? "item" : "items", (long long)rows,
                            rows == 1 ? "row" : "rows");
    return arena_printf(arena, "the whole project, %lld rows", (long long)rows);
}

/* ------------------------------------------------------------------ as JSON */

static void put_parts(struct json_out *out, const int64_t parts[RETENTION_PARTS])
{
    json_key(out, "kinds");
    json_begin(out, '{');
    for (enum retention_part part = PART_PROJECT; part < RETENTION_PARTS; part++) {
        if (parts[part] > 0)
            json_put_int(out, retention_part_kinds[part], parts[part]);
    }
    json_end(out, '}');
}

static void put_cuts(struct json_out *out, const char *name, const struct list *cuts)
{
    json_key(out, name);
    json_begin(out, '[');
    for (size_t i = 0; i < cuts->n; i++) {
        const struct retention_cut *c = LIST_AT(*cuts, i, const struct retention_cut);
        json_begin(out, '{');
        json_put_str(out, "project", c->slug);
        json_put_str(out, "kind", c->kind);
        json_put_int(out, "rows", c->rows.v);
        if (c->removed.set)
            json_put_int(out, "removed", c->removed.v);
        put_parts(out, c->parts);
        if (c->change.set)
            json_put_int(out, "change", c->change.v);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void tell_json(struct app *app, const struct retention_report *report, const char *error)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);

    json_begin(&out, '{');
    json_put_bool(&out, "run", app->options.run);
    json_put_int(&out, "rows", report->rows);
    put_cuts(&out, "cuts", &report->cuts);
    if (app->options.run) {
        put_cuts(&out, "finished", &report->finished);
        json_put_str(&out, "archive", report->archive);
        json_put_str(&out, "sha256", report->sha256);
        json_put_int(&out, "removed", report->removed);
    }
    json_put_str(&out, "error", error);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

/* ------------------------------------------------------------------ for people */

static const char *outcome_of(const struct app *app, const struct retention_cut *c)
{
    if (!app->options.run)
        return "would go";
    if (!c->removed.set)
        return "not removed yet";
    if (c->removed.v == c->rows.v)
        return "removed";
    return arena_printf(app->req.arena, "%lld of them removed; the others came back meanwhile",
                        (long long)c->removed.v);
}

static bool has_policy(const struct options *o)
{
    return o->keep_audit != 0 || o->keep_iterations != 0 || o->keep_deleted != 0 ||
           o->keep_archived != 0;
}

static void tell_text(struct app *app, const struct retention_report *report)
{
    for (size_t i = 0; i < report->finished.n; i++) {
        const struct retention_cut *c = LIST_AT(report->finished, i, const struct retention_cut);
        out_line("%-10s  an interrupted removal was finished: %lld of %lld rows", c->slug,
                 (long long)c->removed.v, (long long)c->rows.v);
    }
    for (size_t i = 0; i < report->cuts.n; i++) {
        const struct retention_cut *c = LIST_AT(report->cuts, i, const struct retention_cut);
        out_line("%-10s  %s: %s", c->slug, cut_text(app, c), outcome_of(app, c));
    }
    if (report->archive != NULL)
        out_line("archive     %s: %lld rows, %lld bytes, sha256 %s", report->archive,
                 (long long)report->rows, (long long)report->bytes, report->sha256);
    if (!has_policy(&app->options))
        out_line("everything is kept: no policy is set (--retention-audit 365d, "
                 "--retention-iterations, --retention-deleted, --retention-archived)");
    else if (report->cuts.n == 0)
        out_line("nothing is older than the policies say");
    else if (!app->options.run)
        out_line("%lld rows in all. Nothing was changed; --run --archive DIR archives them and "
                 "removes them",
                 (long long)report->rows);
}

/* ------------------------------------------------------------------ the command */

static struct retention_order order_of(struct app *app, struct row_progress *progress)
{
    const struct options *o = &app->options;
    struct retention_order order = {.projects = (const char *const *)o->argv,
                                    .n = (size_t)o->argc,
                                    .run = o->run,
                                    .archive = o->archive,
                                    .batch = o->batch,
                                    .ctx = progress,
                                    .progress = row_progress_tell};

    order.ages[RETENTION_AUDIT] = o->keep_audit;
    order.ages[RETENTION_ITERATIONS] = o->keep_iterations;
    order.ages[RETENTION_DELETED] = o->keep_deleted;
    order.ages[RETENTION_PROJECT] = o->keep_archived;
    return order;
}

static int run_restore(struct app *app)
{
    const char *path = app->options.argv[1];
    const int fd = source_open(path);
    int code = EXIT_USAGE;

    if (fd < 0)
        return command_fail(app, EXIT_USAGE, "'%s' cannot be read (%s); name another FILE", path,
                            strerror(errno));
    code = import_archive(app, fd);
    (void)close(fd);
    return code;
}

static void put_past(struct json_out *out, const struct retention_past *c)
{
    json_begin(out, '{');
    json_put_str(out, "project", c->slug);
    json_put_str(out, "kind", c->kind);
    json_put_str(out, "state", c->state);
    json_put_int(out, "rows", c->archived.v);
    if (c->change.set)
        json_put_int(out, "change", c->change.v);
    json_put_int(out, "until", c->until.v);
    json_put_int(out, "at", c->at.v);
    json_put_str(out, "archive", c->archive);
    json_put_str(out, "sha256", c->sha256);
    json_put_str(out, "by", c->made_by);
    json_end(out, '}');
}

static int run_cuts(struct app *app)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);
    struct list cuts = {0};

    if (retention_list(&app->req, &cuts) != ST_OK)
        return command_fail_req(app);
    json_begin(&out, '{');
    json_key(&out, "cuts");
    json_begin(&out, '[');
    for (size_t i = 0; i < cuts.n; i++) {
        const struct retention_past *c = LIST_AT(cuts, i, const struct retention_past);
        put_past(&out, c);
        if (!app->options.json)
            out_line("%-10s  %s  %s, %lld rows, %s: %s (%s)", c->slug,
                     clock_local(app->req.arena, c->at.v), c->kind, (long long)c->archived.v,
                     c->state, c->archive, c->made_by);
    }
    json_end(&out, ']');
    json_end(&out, '}');
    if (app->options.json)
        out_line("%s", json_text(&out));
    else if (cuts.n == 0)
        out_line("nothing was ever removed");
    return EXIT_DONE;
}

static int run_policies(struct app *app)
{
    struct row_progress progress = row_progress_of(app);
    const struct retention_order order = order_of(app, &progress);
    struct retention_report report;
    enum status status = ST_OK;

    if (order.run && order.archive == NULL)
        return command_fail(app, EXIT_USAGE,
                            "'run' needs an 'archive': a directory, or a file that is not there");
    status = retention_run(&app->req, &order, &report);
    row_progress_end(&progress);
    if (status == ST_INVALID || (status != ST_OK && report.cuts.n + report.finished.n == 0))
        return command_fail_req(app);
    if (app->options.json)
        tell_json(app, &report, status == ST_OK ? NULL : app->req.message);
    else
        tell_text(app, &report);
    if (status == ST_OK)
        return EXIT_DONE;
    command_note(app, LOG_ERROR, "%s; the next run goes on", app->req.message);
    return EXIT_FAILED;
}

static const struct verb verbs[] = {{"cuts", 1, run_cuts}, {"restore", 2, run_restore}, {NULL}};

static int run_words(struct app *app)
{
    const struct verb *verb = command_verb(app, &command_retention);

    app->options.run = app->options.run && !app->options.dry_run;
    if (verb != NULL && app->options.argc != verb->argc_max)
        return command_fail(app, EXIT_USAGE, "'retention %s' takes %s", verb->name,
                            verb->run == run_restore ? "one file" : "no arguments");
    if (verb != NULL && verb->run == run_restore)
        return run_restore(app);
    if (!db_is_made(&app->req))
        return command_fail(app, EXIT_FAILED,
                            "there is nothing that could be old: the private database has not been "
                            "made yet");
    return verb != NULL ? verb->run(app) : run_policies(app);
}

static int run_retention(struct app *app)
{
    struct arena arena;
    struct arena *usual = app->req.arena;
    int code = EXIT_DONE;

    arena_init(&arena, MEMORY_CAP);
    app->req.arena = &arena;
    app->req.actor.user = app->options.user;
    app->req.actor.agent =
        app->options.agent == NULL ? "mcp-planner retention" : app->options.agent;
    code = run_words(app);
    app->req.arena = usual;
    arena_destroy(&arena);
    return code;
}

const struct command command_retention = {
    .name = "retention",
    .args = "[PROJECT...]|cuts|restore FILE",
    .summary = "Tell what is older than the policies say; with --run --archive DIR archive it to a "
               "file and remove it; cuts lists what was, restore (or import FILE) puts it back",
    .verbs = verbs,
    .run = run_retention,
};
