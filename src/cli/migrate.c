/* mcp-planner migrate status|validate|plan [VERSION]|up [VERSION]|down VERSION|create NAME */
#include <unistd.h>

#include "migrate_report.h"
#include "planner/backup/backup.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/cli/migrate_create.h"

static bool read_version(const char *text, int *ret_version)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < 0 || value > 999999)
        return false;
    *ret_version = (int)value;
    return true;
}

static const char nothing_there[] =
    "there is no private database yet; the first use makes it, with all migrations";

/* Looking at a private database that was never used does not make it. */
static enum status look(struct app *app, struct list *ret_rows, const char **ret_problem)
{
    const struct list records = {0};
    struct migrate_view view = {0};

    if (db_is_made(&app->req))
        return migrate_status(&app->req, ret_rows, ret_problem);
    migrate_compare(&app->arena, all_migrations, &records, PLANNER_VERSION, &view);
    *ret_rows = view.rows;
    *ret_problem = nothing_there;
    return ST_OK;
}

static int run_status(struct app *app)
{
    struct list rows = {0};
    const char *problem = NULL;

    if (look(app, &rows, &problem) != ST_OK)
        return command_fail_req(app);
    if (app->options.json)
        migrate_tell_status_json(&app->arena, &rows, problem);
    else
        migrate_tell_status(&app->arena, &rows, problem);
    return problem == NULL ? EXIT_DONE : EXIT_TROUBLE;
}

/* As status, without the list: for scripts. */
static int run_validate(struct app *app)
{
    struct list rows = {0};
    const char *problem = NULL;

    if (app->options.json)
        return run_status(app);
    if (look(app, &rows, &problem) != ST_OK)
        return command_fail_req(app);
    migrate_tell_verdict(&app->arena, &rows, problem);
    return problem == NULL ? EXIT_DONE : EXIT_TROUBLE;
}

static const char undone[] = "undone";

/* Also when a later one failed: what was done stays. */
static int report_steps(struct app *app, const char *word, const struct migrate_steps *steps,
                        const struct list *findings, enum status status)
{
    const char *error = status == ST_OK ? NULL : app->req.message;

    if (app->options.json)
        migrate_tell_steps_json(&app->arena, word, steps, findings, error);
    else if (status == ST_OK || steps->n > 0)
        out_line("%s %zu %s", word, steps->n, steps->n == 1 ? "migration" : "migrations");
    if (strcmp(word, undone) == 0 && steps->n > 0 && app->options.dsn == NULL)
        command_note(app, LOG_INFO, "the next use of the private database applies them again");
    if (status == ST_OK)
        return EXIT_DONE;
    command_note(app, LOG_ERROR, "%s", error);
    return command_code(&app->req);
}

static void tell_findings(struct app *app, const struct list *findings)
{
    static const enum log_level levels[] = {LOG_INFO, LOG_WARNING, LOG_ERROR};
    static const char *const words[] = {"", "warning: ", ""};

    for (size_t i = 0; i < findings->n; i++) {
        const struct migrate_finding *f = LIST_AT(*findings, i, struct migrate_finding);
        command_note(app, levels[f->severity], "%s%s", words[f->severity], f->message);
    }
}

static void refuse_by_checks(struct app *app, const char *word, const struct list *findings)
{
    static const char error[] = "nothing was changed";

    command_note(app, LOG_ERROR, "%s", error);
    if (app->options.json)
        migrate_tell_steps_json(&app->arena, word, &(struct migrate_steps){0}, findings, error);
}

/* What is in the way, said before anything is run; false: it stays as it is. */
static bool may_go_on(const struct app *app, const struct list *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct migrate_finding *f = LIST_AT(*findings, i, struct migrate_finding);
        if (f->severity == MIGRATE_STOPS || (f->severity == MIGRATE_WARNS && !app->options.force))
            return false;
    }
    return true;
}

static int write_backup(struct app *app, const struct migrate_plan *plan)
{
    struct backup_report report = {0};

    if (app->options.backup == NULL)
        return EXIT_DONE;
    if (plan->from == 0) {
        command_note(app, LOG_INFO, "there is nothing to back up yet");
        return EXIT_DONE;
    }
    if (backup_take(&app->req, app->options.backup, false, &report) != ST_OK)
        return command_fail(app, command_code(&app->req), "%s; nothing was changed",
                            app->req.message);
    command_note(app, LOG_INFO, "wrote the backup '%s'", app->options.backup);
    return EXIT_DONE;
}

static bool confirmed(struct app *app, int version)
{
    return command_confirm(arena_printf(&app->arena,
                                        "This undoes every migration above %d, with all that is "
                                        "stored in what they made.",
                                        version));
}

/* Checks, a person's word and the backup, when there is anything to do. */
static int prepare(struct app *app, enum migrate_way way, int version, struct list *ret_findings)
{
    struct migrate_plan plan = {0};
    struct migrate_surroundings around = {0};

    if (migrate_plan(&app->req, way, version, &plan) != ST_OK)
        return command_fail_req(app);
    if (plan.steps.n == 0) {
        if (app->options.backup != NULL)
            command_note(app, LOG_INFO, "there is nothing to do, so no backup was written");
        return EXIT_DONE;
    }
    if (migrate_look(&app->req, &plan, &around) != ST_OK)
        return command_fail_req(app);
    *ret_findings = migrate_judge(&app->arena, &plan, &around);
    tell_findings(app, ret_findings);
    if (!may_go_on(app, ret_findings))
        return EXIT_TROUBLE;
    if (way == MIGRATE_DOWN && !app->options.yes && !confirmed(app, version))
        return command_fail(app, EXIT_FAILED, "nothing was changed");
    return write_backup(app, &plan);
}

static int change(struct app *app, enum migrate_way way, int version)
{
    const char *word = way == MIGRATE_UP ? "applied" : undone;
    struct migrate_steps steps = {0};
    struct list findings = {0};
    enum status status = ST_OK;
    int code = EXIT_DONE;

    command_listen(app);
    if (way == MIGRATE_DOWN && !db_is_made(&app->req)) {
        command_note(app, LOG_INFO, "%s", nothing_there);
        return report_steps(app, word, &steps, &findings, ST_OK);
    }
    code = prepare(app, way, version, &findings);
    if (code == EXIT_TROUBLE)
        refuse_by_checks(app, word, &findings);
    if (code != EXIT_DONE)
        return code;
    status = way == MIGRATE_UP ? migrate_up_steps(&app->req, version, &steps)
                               : migrate_down_steps(&app->req, version, &steps);
    return report_steps(app, word, &steps, &findings, status);
}

static int run_up(struct app *app)
{
    int version = 0;

    if (app->options.argc == 2 && !read_version(app->options.argv[1], &version))
        return command_usage(app, "VERSION is a whole number");
    return change(app, MIGRATE_UP, version);
}

static int run_down(struct app *app)
{
    int version = 0;

    if (app->options.argc != 2 || !read_version(app->options.argv[1], &version))
        return command_usage(app, "migrate down needs the VERSION to go back to (0 for nothing)");
    if (!app->options.yes && isatty(STDIN_FILENO) == 0)
        return command_fail(app, EXIT_USAGE,
                            "migrate down destroys what is stored; without a terminal it needs "
                            "--yes");
    return change(app, MIGRATE_DOWN, version);
}

/* Of what is there, or of nothing, which then is not made. */
static enum status plan(struct app *app, enum migrate_way way, int version,
                        struct migrate_plan *ret_plan, struct list *ret_findings)
{
    struct migrate_surroundings around = {0};

    if (!db_is_made(&app->req)) {
        command_note(app, LOG_INFO, "%s", nothing_there);
        return migrate_plan_anew(&app->req, way, version, ret_plan);
    }
    TRY(migrate_plan(&app->req, way, version, ret_plan));
    TRY(migrate_look(&app->req, ret_plan, &around));
    *ret_findings = migrate_judge(&app->arena, ret_plan, &around);
    return ST_OK;
}

/* SQL on stdout, what is in the way on stderr. */
static int run_plan(struct app *app)
{
    const bool whole = app->options.argc < 2;
    struct migrate_plan planned = {0};
    struct list findings = {0};
    int version = 0;

    if (!whole && !read_version(app->options.argv[1], &version))
        return command_usage(app, "VERSION is a whole number");
    if (plan(app, whole ? MIGRATE_UP : MIGRATE_EITHER, version, &planned, &findings) != ST_OK)
        return command_fail_req(app);
    if (app->options.json) {
        migrate_tell_plan_json(&app->arena, &planned, &findings);
    } else {
        tell_findings(app, &findings);
        migrate_tell_plan(&planned);
    }
    return EXIT_DONE;
}

static int run_create(struct app *app)
{
    struct json_out out = JSON_OUT_IN(&app->arena);
    const char *dir = app->options.dir == NULL ? "sql/migrations" : app->options.dir;
    struct created created = {0};

    if (app->options.argc != 2)
        return command_usage(app, "migrate create needs a NAME");
    if (migrate_create(&app->req, dir, app->options.argv[1], &created) != ST_OK)
        return command_fail_req(app);
    if (!app->options.json) {
        out_line("%s\n%s", created.up, created.down);
        return EXIT_DONE;
    }
    json_begin(&out, '{');
    json_put_int(&out, "version", created.version);
    json_put_str(&out, "up", created.up);
    json_put_str(&out, "down", created.down);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
    return EXIT_DONE;
}

static const struct verb verbs[] = {{"status", 1, run_status},
                                    {"validate", 1, run_validate},
                                    {"plan", 2, run_plan},
                                    {"up", 2, run_up},
                                    {"down", 2, run_down},
                                    {"create", 2, run_create},
                                    {NULL}};

const struct command command_migrate = {
    .name = "migrate",
    .args = "status|validate|plan [VERSION]|up [VERSION]|down VERSION|create NAME",
    .summary = "Compare the database's schema with this program's, and change it",
    .verbs = verbs,
    .run = command_run_verb,
};
