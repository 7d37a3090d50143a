/* mcp-planner doctor: what is wrong with the database, what it means and what to do about it. */
#include "planner/doctor/doctor.h"

#include <unistd.h>

#include "planner/backup/backup.h"
#include "planner/base/clock.h"
#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"

#define MEMORY_CAP                                                                \
    ((size_t)512 * 1024 * 1024) /* a large plan's dependencies are looked at here \
                                 */

static enum doctor_severity worst_of(const struct doctor_report *report)
{
    for (int s = DOCTOR_ERROR; s > DOCTOR_OK; s--) {
        if (report->counts[s] > 0 && s != DOCTOR_SKIPPED)
            return s;
    }
    return DOCTOR_OK;
}

static const char *name_of(enum doctor_severity severity)
{
    return doctor_severity_names[severity - 1];
}

/* ------------------------------------------------------------------ as JSON */

static void put_finding(struct json_out *out, const struct doctor_finding *f)
{
    json_begin(out, '{');
    json_put_str(out, "check", f->check);
    json_put_str(out, "severity", name_of(f->severity));
    json_put_str(out, "seen", f->seen);
    json_put_str(out, "means", f->means);
    json_put_str(out, "todo", f->todo);
    json_end(out, '}');
}

static void tell_json(struct app *app, const struct doctor_report *report)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);

    json_begin(&out, '{');
    json_put_bool(&out, "ok", worst_of(report) < DOCTOR_WARNING);
    json_put_str(&out, "severity", name_of(worst_of(report)));
    json_put_bool(&out, "reached", report->reached);
    json_key(&out, "counts");
    json_begin(&out, '{');
    for (int s = DOCTOR_OK; s <= DOCTOR_ERROR; s++)
        json_put_int(&out, name_of(s), (int64_t)report->counts[s]);
    json_end(&out, '}');
    json_key(&out, "checks");
    json_begin(&out, '[');
    for (size_t i = 0; i < report->n; i++)
        put_finding(&out, &report->findings[i]);
    json_end(&out, ']');
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

/* ------------------------------------------------------------------ for people */

/* no-color.org: set and not empty, whatever it says. */
static bool is_coloured(void)
{
    const char *no = getenv("NO_COLOR");

    return (no == NULL || *no == '\0') && isatty(STDOUT_FILENO) == 1;
}

static const char *colour_of(enum doctor_severity severity)
{
    static const char *const colours[] = {[DOCTOR_OK] = "\033[32m",
                                          [DOCTOR_INFO] = "\033[36m",
                                          [DOCTOR_SKIPPED] = "\033[2m",
                                          [DOCTOR_WARNING] = "\033[33m",
                                          [DOCTOR_ERROR] = "\033[31m"};

    return colours[severity];
}

static void tell_finding(const struct doctor_finding *f, bool coloured)
{
    out_line("%s%-7s%s  %-17s  %s", coloured ? colour_of(f->severity) : "", name_of(f->severity),
             coloured ? "\033[0m" : "", f->check, f->seen);
    if (f->means != NULL)
        out_line("%28s%s", "means: ", f->means);
    if (f->todo != NULL)
        out_line("%28s%s", "to do: ", f->todo);
}

/* Without a session there is one reason for all that follows: it is told once. */
static size_t told_one_by_one(const struct doctor_report *report)
{
    return report->reached || report->n < 3 ? report->n : 1;
}

static void tell_text(const struct doctor_report *report)
{
    const bool coloured = is_coloured();
    const size_t n = told_one_by_one(report);

    for (size_t i = 0; i < n; i++)
        tell_finding(&report->findings[i], coloured);
    if (n < report->n)
        out_line("%-7s  %-17s  %s", name_of(DOCTOR_SKIPPED), "all else", report->findings[n].seen);
    out_line("errors: %zu, warnings: %zu, information: %zu, ok: %zu, not looked at: %zu",
             report->counts[DOCTOR_ERROR], report->counts[DOCTOR_WARNING],
             report->counts[DOCTOR_INFO], report->counts[DOCTOR_OK],
             report->counts[DOCTOR_SKIPPED]);
}

/* On one line that is written over, and away when the report comes. */
static void tell_progress(void *ctx, const char *check, size_t done, size_t total)
{
    (void)ctx;
    (void)fprintf(stderr, "\r\033[K%zu of %zu: %s", done + 1, total, check);
    (void)fflush(stderr);
}

/* ------------------------------------------------------------------ the command */

/* On standard error, since the report follows on standard output. */
static bool fix(struct app *app, const struct doctor_order *order)
{
    struct doctor_fixed fixed;

    if (doctor_fix(&app->req, order, &fixed) != ST_OK)
        return false;
    command_note(app, LOG_INFO, "%lld wrong rows computed afresh in %zu projects",
                 (long long)fixed.rows, fixed.projects);
    return true;
}

/* Behind a pooler it is not asked which store it is: then any store's backups count. */
static void look_for_backups(void *ctx, struct doctor_backups *ret_backups)
{
    struct app *app = ctx;
    const struct backup_keep keep = {0};
    struct doctor_backups b = {.dir = app->options.backup_dir};
    struct list files = {0};
    const char *store = NULL;

    if (dump_identify(&app->req, &store) != ST_OK)
        store = NULL;
    if (backup_list(&app->req, b.dir, store, NULL, &keep, &files) != ST_OK)
        b.why = app->req.message;
    b.n = files.n;
    if (files.n > 0) {
        const struct backup_file *newest = LIST_AT(files, 0, struct backup_file);
        b.newest = newest->name;
        b.age_seconds = clock_now_ms() / 1000 - newest->taken;
    }
    *ret_backups = b;
}

static int run_look(struct app *app)
{
    const bool watched = isatty(STDERR_FILENO) == 1;
    const struct doctor_order order = {
        .config = &app->db_config,
        .quick = app->options.quick,
        .only = app->options.only,
        .timeout_ms = app->db_config.connect_timeout_ms,
        .ctx = app,
        .backups = app->options.backup_dir == NULL ? NULL : look_for_backups,
        .progress = watched ? tell_progress : NULL};
    struct doctor_report report;
    enum status status = ST_OK;

    if (app->options.fix && !fix(app, &order))
        return command_fail(app, EXIT_FAILED, "%s", app->req.message);
    status = doctor_run(&app->req, &order, &report);

    if (watched)
        (void)fputs("\r\033[K", stderr);
    if (status != ST_OK)
        return command_fail_req(app);
    if (app->options.json)
        tell_json(app, &report);
    else
        tell_text(&report);
    return worst_of(&report) < DOCTOR_WARNING ? EXIT_DONE : EXIT_TROUBLE;
}

static int run_doctor(struct app *app)
{
    struct arena arena;
    struct arena *usual = app->req.arena;
    int code = EXIT_DONE;

    if (app->options.argc > 0)
        return command_fail(app, EXIT_USAGE, "doctor takes no arguments; see mcp-planner --help");
    if (app->options.list && app->options.fix)
        return command_fail(app, EXIT_USAGE,
                            "'list' looks at nothing, so it is not given with 'fix'");
    if (app->options.list && doctor_check_known(&app->req, app->options.only) != ST_OK)
        return command_fail_req(app);
    arena_init(&arena, MEMORY_CAP);
    app->req.arena = &arena;
    if (app->options.list && app->options.json)
        out_line("%s", doctor_reference_json(&arena, app->options.only));
    else if (app->options.list)
        out_text(doctor_reference(&arena, app->options.only));
    else
        code = run_look(app);
    app->req.arena = usual;
    arena_destroy(&arena);
    return code;
}

const struct command command_doctor = {
    .name = "doctor",
    .args = "",
    .summary = "Look the database over and say what to do (exit code 3: there is trouble)",
    .run = run_doctor,
};
