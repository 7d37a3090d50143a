/* mcp-planner retention: what is older than the policies say, archived to a file and removed. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/retention/retention.h"

#define MEMORY_CAP ((size_t)256 * 1024 * 1024) /* a cut of each kind of very many projects */
#define TELL_MS    1000                        /* between two words about progress */

struct progress {
    struct app *app;
    bool rewrites; /* one line on a terminal, else one a second */
    int64_t told_ms;
};

static void tell_progress(void *ctx, const char *what, int64_t done, int64_t total)
{
    struct progress *p = ctx;
    const int64_t now = clock_monotonic_ms();
    char of[40] = "";

    if (now - p->told_ms < TELL_MS)
        return;
    p->told_ms = now;
    if (total > 0)
        (void)snprintf(of, sizeof(of), " of %lld", (long long)total);
    if (p->rewrites)
        (void)fprintf(stderr, "\r\033[K%s %lld%s rows", what, (long long)done, of);
    else
        command_note(p->app, LOG_INFO, "%s %lld%s rows", what, (long long)done, of);
    (void)fflush(stderr);
}

static void end_progress(const struct progress *p)
{
    if (p->rewrites && p->told_ms != 0)
        (void)fputs("\r\033[K", stderr);
}

/* ------------------------------------------------------------------ what a kind is called */

static const char *kind_text(const char *kind, bool one)
{
    static const char *const words[][3] = {
        {"audit", "change row of the history", "change rows of the history"},
        {"iterations", "draft or review, of which the texts",
         "drafts and reviews, of which the texts"},
        {"deleted", "deleted item", "deleted items"},
        {"project", "row of the whole project", "rows of the whole project"}};

    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        if (strcmp(words[i][0], kind) == 0)
            return words[i][one ? 1 : 2];
    }
    return kind;
}

/* ------------------------------------------------------------------ as JSON */

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
    put_cuts(&out, "cuts", &report->cuts);
    if (app->options.run) {
        put_cuts(&out, "finished", &report->finished);
        json_put_str(&out, "archive", report->archive);
        json_put_str(&out, "sha256", report->sha256);
        json_put_int(&out, "archived", report->rows);
        json_put_int(&out, "removed", report->removed);
    }
    json_put_str(&out, "error", error);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

/* ------------------------------------------------------------------ for people */

static void tell_cut(const struct app *app, const struct retention_cut *c)
{
    const int64_t n = app->options.run ? c->removed.v : c->rows.v;
    const char *change = "";

    if (c->change.set && strcmp(c->kind, "audit") == 0)
        change = arena_printf(app->req.arena, ", up to change %lld", (long long)c->change.v);
    out_line("%-10s  %lld %s %s%s", c->slug, (long long)n, kind_text(c->kind, n == 1),
             app->options.run ? (n == 1 ? "was removed" : "were removed") : "would go", change);
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
        out_line("%-10s  an interrupted removal was finished: %lld rows", c->slug,
                 (long long)c->removed.v);
    }
    for (size_t i = 0; i < report->cuts.n; i++)
        tell_cut(app, LIST_AT(report->cuts, i, const struct retention_cut));
    if (report->archive != NULL)
        out_line("archive     %s: %lld rows, %lld bytes, sha256 %s", report->archive,
                 (long long)report->rows, (long long)report->bytes, report->sha256);
    if (!has_policy(&app->options))
        out_line("everything is kept: no policy is set (--retention-audit 365d, "
                 "--retention-iterations, --retention-deleted, --retention-archived)");
    else if (report->cuts.n == 0)
        out_line("nothing is older than the policies say");
    else if (!app->options.run)
        out_line("nothing was changed; --run --archive DIR archives this and removes it");
}

/* ------------------------------------------------------------------ the command */

static struct retention_order order_of(struct app *app, struct progress *progress)
{
    const struct options *o = &app->options;
    struct retention_order order = {.projects = (const char *const *)o->argv,
                                    .n = (size_t)o->argc,
                                    .run = o->run,
                                    .archive = o->archive,
                                    .batch = o->batch,
                                    .ctx = progress,
                                    .progress = tell_progress};

    order.ages[RETENTION_AUDIT] = o->keep_audit;
    order.ages[RETENTION_ITERATIONS] = o->keep_iterations;
    order.ages[RETENTION_DELETED] = o->keep_deleted;
    order.ages[RETENTION_PROJECT] = o->keep_archived;
    return order;
}

static int run_restore(struct app *app)
{
    struct progress progress = {.app = app, .rewrites = isatty(STDERR_FILENO) == 1};
    const struct retention_order order = order_of(app, &progress);
    struct retention_restored done = {0};
    struct json_out out = JSON_OUT_IN(app->req.arena);
    enum status status = retention_restore(&app->req, app->options.argv[1], &order, &done);

    end_progress(&progress);
    if (status != ST_OK)
        return command_fail_req(app);
    if (!app->options.json) {
        out_line("%lld of %lld rows were missing and are back, of %lld %s", (long long)done.missing,
                 (long long)done.rows, (long long)done.cuts, done.cuts == 1 ? "cut" : "cuts");
        return EXIT_DONE;
    }
    json_begin(&out, '{');
    json_put_int(&out, "rows", done.rows);
    json_put_int(&out, "restored", done.missing);
    json_put_int(&out, "cuts", done.cuts);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
    return EXIT_DONE;
}

static void put_past(struct json_out *out, const struct retention_past *c)
{
    json_begin(out, '{');
    json_put_str(out, "project", c->slug);
    json_put_str(out, "kind", c->kind);
    json_put_str(out, "state", c->state);
    json_put_int(out, "archived", c->archived.v);
    json_put_int(out, "removed", c->purged.v);
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
    struct progress progress = {.app = app, .rewrites = isatty(STDERR_FILENO) == 1};
    const struct retention_order order = order_of(app, &progress);
    struct retention_report report;
    enum status status = ST_OK;

    if (order.run && order.archive == NULL)
        return command_fail(app, EXIT_USAGE,
                            "'run' needs an 'archive': a directory, or a file that is not there");
    status = retention_run(&app->req, &order, &report);
    end_progress(&progress);
    if (status == ST_INVALID || (status != ST_OK && report.cuts.n == 0))
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
               "file and remove it; cuts lists what was, restore puts it back",
    .verbs = verbs,
    .run = run_retention,
};
