#include "import_archive.h"

#include "planner/base/out.h"
#include "planner/cli/exchanging.h"
#include "planner/retention/retention.h"
#include "row_progress.h"

/* ------------------------------------------------------------------ as JSON */

static void put_tally(struct json_out *out, const char *name, const struct retention_tally *tally)
{
    json_put_int(out, name, tally->file);
    json_put_int(out, "same", tally->same);
    json_put_int(out, "added", tally->added);
    json_put_int(out, "left_out", tally->left_out);
}

static void put_cuts(struct json_out *out, const struct list *cuts)
{
    json_key(out, "cuts");
    json_begin(out, '[');
    for (size_t i = 0; i < cuts->n; i++) {
        const struct retention_back_cut *c = LIST_AT(*cuts, i, const struct retention_back_cut);
        json_begin(out, '{');
        json_put_str(out, "project", c->slug);
        json_put_str(out, "kind", c->kind);
        put_tally(out, "rows", &c->rows);
        json_put_int(out, "change_shift", c->shift);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void put_kinds(struct json_out *out, const struct retention_restored *done)
{
    json_key(out, "kinds");
    json_begin(out, '{');
    for (enum retention_part part = PART_PROJECT; part < RETENTION_PARTS; part++) {
        json_key(out, retention_part_kinds[part]);
        json_begin(out, '{');
        put_tally(out, "file", &done->parts[part]);
        json_end(out, '}');
    }
    json_end(out, '}');
}

static void tell_json(struct app *app, const struct retention_restored *done)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);

    json_begin(&out, '{');
    json_put_bool(&out, "stored", !app->options.dry_run && done->rows.added > 0);
    json_put_bool(&out, "dry_run", app->options.dry_run);
    put_tally(&out, "rows", &done->rows);
    json_put_str(&out, "sha256", done->sha256);
    put_cuts(&out, &done->cuts);
    put_kinds(&out, done);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

/* ------------------------------------------------------------------ for people */

static const char *cut_name(const char *kind)
{
    if (strcmp(kind, "audit") == 0)
        return "changes of the history";
    if (strcmp(kind, "iterations") == 0)
        return "texts of drafts and reviews";
    return strcmp(kind, "deleted") == 0 ? "deleted items" : "the whole project";
}

static void tell_cut(const struct app *app, const struct retention_back_cut *c)
{
    const struct retention_tally *t = &c->rows;

    if (t->left_out > 0)
        out_line("%-10s  %s: left out", c->slug, cut_name(c->kind));
    else
        out_line("%-10s  %s: %lld of %lld rows %s", c->slug, cut_name(c->kind), (long long)t->added,
                 (long long)t->file, app->options.dry_run ? "would be put back" : "put back");
    if (c->shift != 0 && t->added > 0)
        out_line("%-10s  change numbers were taken: change N of the file is change N + %lld here",
                 c->slug, (long long)c->shift);
}

static void tell_table(const struct retention_restored *done)
{
    out_line("%-11s %9s %9s %9s %9s", "kind", "in file", "there", "added", "left out");
    for (enum retention_part part = PART_PROJECT; part < RETENTION_PARTS; part++) {
        const struct retention_tally *t = &done->parts[part];
        if (t->file > 0)
            out_line("%-11s %9lld %9lld %9lld %9lld", retention_part_kinds[part],
                     (long long)t->file, (long long)t->same, (long long)t->added,
                     (long long)t->left_out);
    }
}

static void tell_text(const struct app *app, const struct retention_restored *done)
{
    for (size_t i = 0; i < done->cuts.n; i++)
        tell_cut(app, LIST_AT(done->cuts, i, const struct retention_back_cut));
    tell_table(done);
    if (app->options.dry_run)
        out_line("nothing was stored: a dry run");
    else
        out_line("%s", done->rows.added > 0 ? "stored"
                                            : "nothing was stored: all of it is there already");
}

/* ------------------------------------------------------------------ the command */

/* A project that a host's configuration names is no wish to leave the others out. */
static const char *chosen_project(const struct app *app)
{
    const char name[] = "project";
    const struct setting *setting = setting_find(name, sizeof(name) - 1);

    return setting_given(app->invocation, setting)->place == PLACE_FLAG ? app->options.project
                                                                        : NULL;
}

static int put_back(struct app *app, void *ctx)
{
    const int *fd = ctx;
    struct row_progress progress = row_progress_of(app);
    const struct retention_back order = {.fd = *fd,
                                         .only = chosen_project(app),
                                         .dry_run = app->options.dry_run,
                                         .batch = app->options.batch,
                                         .ctx = &progress,
                                         .progress = row_progress_tell};
    struct retention_restored done;
    const enum status status = retention_restore(&app->req, &order, &done);

    row_progress_end(&progress);
    if (status != ST_OK)
        return command_fail(app, EXIT_FAILED, "%s; %s", app->req.message,
                            !order.dry_run && done.rows.added > 0
                                ? "what was put back until then stays, and doing it again goes on"
                                : "nothing was stored");
    if (app->options.json)
        tell_json(app, &done);
    else
        tell_text(app, &done);
    return EXIT_DONE;
}

int import_archive(struct app *app, int fd)
{
    if (app->options.as != NULL)
        return command_fail(app, EXIT_USAGE,
                            "'--as' is for an export, and this is an archive of retention");
    return exchange_with_memory(app, &fd, put_back);
}
