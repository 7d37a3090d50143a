#include "import_export.h"

#include <string.h>
#include <unistd.h>

#include "planner/base/out.h"
#include "planner/cli/exchanging.h"
#include "planner/exchange/intake.h"

/* ------------------------------------------------------------------ the report */

static const char *outcome_of(const struct intake_project *p)
{
    if (p->differs)
        return "differs";
    return p->there ? "there already" : "added";
}

static void put_count(struct json_out *out, const struct intake_count *count)
{
    json_begin(out, '{');
    json_put_int(out, "file", count->file);
    json_put_int(out, "same", count->same);
    json_put_int(out, "added", count->added);
    json_put_int(out, "differing", count->differing);
    json_put_int(out, "not_there", count->extra);
    json_put_int(out, "left_out", count->left_out);
    json_put_int(out, "beyond_file", count->beyond);
    json_end(out, '}');
}

static void tell_json(struct app *app, const struct intake_report *report)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);

    json_begin(&out, '{');
    json_put_bool(&out, "stored", report->stored);
    json_put_bool(&out, "refused", report->refused);
    json_put_bool(&out, "dry_run", app->options.dry_run);
    json_put_int(&out, "lines", report->sums.lines + 1);
    json_put_str(&out, "sha256", report->sums.sha256);
    json_put_int(&out, "change_shift", report->shift);
    json_key(&out, "projects");
    json_begin(&out, '[');
    for (size_t i = 0; i < report->projects.n; i++) {
        const struct intake_project *p = LIST_AT(report->projects, i, struct intake_project);
        json_begin(&out, '{');
        json_put_str(&out, "slug", p->slug);
        json_put_str(&out, "outcome", outcome_of(p));
        json_end(&out, '}');
    }
    json_end(&out, ']');
    json_key(&out, "kinds");
    json_begin(&out, '{');
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        json_key(&out, record_kind_names[kind]);
        put_count(&out, &report->counts[kind]);
    }
    json_end(&out, '}');
    json_put_strs(&out, "differences", report->differences.items, report->differences.n);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static void tell_table(const struct intake_report *report)
{
    out_line("%-11s %9s %9s %9s %9s %9s %9s", "kind", "in file", "there", "added", "differing",
             "left out", "only here");
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        const struct intake_count *c = &report->counts[kind];
        const int64_t differing = c->differing + c->extra;
        if (c->file + c->beyond > 0)
            out_line("%-11s %9lld %9lld %9lld %9lld %9lld %9lld", record_kind_names[kind],
                     (long long)c->file, (long long)c->same, (long long)c->added,
                     (long long)differing, (long long)c->left_out, (long long)c->beyond);
    }
}

static const char *verdict_of(const struct app *app, const struct intake_report *report)
{
    if (report->refused)
        return "nothing was stored: a project is there and differs; export it, or import a copy (--as "
               "SLUG)";
    if (app->options.dry_run)
        return "nothing was stored: a dry run";
    return report->stored ? "stored" : "nothing was stored: all of it is there already";
}

static void tell_text(const struct app *app, const struct intake_report *report)
{
    for (size_t i = 0; i < report->projects.n; i++) {
        const struct intake_project *p = LIST_AT(report->projects, i, struct intake_project);
        out_line("%-10s  %s", p->slug, outcome_of(p));
    }
    tell_table(report);
    for (size_t i = 0; i < report->differences.n; i++)
        out_line("%s", *LIST_AT(report->differences, i, const char *));
    if (report->shift != 0)
        out_line("change numbers were taken: change N of the file is change N + %lld here",
                 (long long)report->shift);
    out_line("%s", verdict_of(app, report));
}

/* ------------------------------------------------------------------ the command */

bool import_is_export(int fd)
{
    static const char begin[] = "{\"header\":";
    char bytes[sizeof(begin)] = "";
    const ssize_t n = pread(fd, bytes, sizeof(begin) - 1, 0);

    return n == (ssize_t)sizeof(begin) - 1 && memcmp(bytes, begin, sizeof(begin) - 1) == 0;
}

static bool says_what_became(const struct req *rq)
{
    return rq->status == ST_UNKNOWN || strstr(rq->message, "nothing was changed") != NULL;
}

static int bring_in(struct app *app, void *ctx)
{
    const int *fd = ctx;
    struct intake_order order = {.fd = *fd, .as = app->options.as, .dry_run = app->options.dry_run};
    struct intake_report report = {.shift = 0};
    enum status status = ST_OK;

    command_count(app);
    status = intake_file(&app->req, &order, &report);
    command_progress_end(app);
    if (status != ST_OK)
        return command_fail(app, EXIT_FAILED, "%s%s", app->req.message,
                            says_what_became(&app->req) ? "" : "; nothing was stored");
    if (app->options.json)
        tell_json(app, &report);
    else
        tell_text(app, &report);
    return report.refused ? EXIT_TROUBLE : EXIT_DONE;
}

int import_export(struct app *app, int fd)
{
    return exchange_with_memory(app, &fd, bring_in);
}
