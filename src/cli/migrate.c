/* mcp-planner migrate status|validate|plan [VERSION]|up [VERSION]|down VERSION|create NAME */
#include <unistd.h>

#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/cli/migrate_create.h"
#include "planner/store/dump.h"
#include "planner/store/migrate_check.h"

#define VERBS "status|validate|plan [VERSION]|up [VERSION]|down VERSION|create NAME"

static int usage(const char *what)
{
    out_error("%s; usage: mcp-planner migrate " VERBS, what);
    return EXIT_USAGE;
}

static int failed(const struct app *app)
{
    out_error("%s", app->req.message);
    return app->req.status == ST_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

static bool read_version(const char *text, int *ret_version)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < 0 || value > 999999)
        return false;
    *ret_version = (int)value;
    return true;
}

static void report_json(struct app *app, const struct list *rows, const char *problem)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

    json_begin(&out, '{');
    json_put_bool(&out, "ok", problem == NULL);
    json_put_str(&out, "problem", problem);
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

static void report_text(const struct list *rows, const char *problem)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct migrate_row *row = LIST_AT(*rows, i, struct migrate_row);
        out_line("%4d  %-24s  %-10s  %s", row->version, row->name, row->state,
                 row->applied_at == NULL ? "" : row->applied_at);
    }
    out_line("%s", problem == NULL ? "the database has the schema of this program" : problem);
}

static int run_status(struct app *app)
{
    struct list rows = {0};
    const char *problem = NULL;

    if (migrate_status(&app->req, &rows, &problem) != ST_OK)
        return failed(app);
    if (app->options.json)
        report_json(app, &rows, problem);
    else
        report_text(&rows, problem);
    return problem == NULL ? EXIT_DONE : EXIT_TROUBLE;
}

/* As status, without the list: for scripts. */
static int run_validate(struct app *app)
{
    struct list rows = {0};
    const char *problem = NULL;

    if (app->options.json)
        return run_status(app);
    if (migrate_status(&app->req, &rows, &problem) != ST_OK)
        return failed(app);
    report_text(&(struct list){0}, problem);
    return problem == NULL ? EXIT_DONE : EXIT_TROUBLE;
}

static void report_steps_json(struct app *app, const char *word, const struct migrate_steps *steps)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

    json_begin(&out, '{');
    json_put_int(&out, word, (int64_t)steps->n);
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

/* Also when a later one failed: what was done stays. */
static int report_steps(struct app *app, const char *word, const struct migrate_steps *steps,
                        enum status status)
{
    if (app->options.json)
        report_steps_json(app, word, steps);
    else if (status == ST_OK || steps->n > 0)
        out_line("%s %zu %s", word, steps->n, steps->n == 1 ? "migration" : "migrations");
    return status == ST_OK ? EXIT_DONE : failed(app);
}

static void tell_note(void *ctx, enum log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    out_error("%s", message);
}

static void tell_nothing(void *ctx, double done, double total, const char *message)
{
    (void)ctx;
    (void)done;
    (void)total;
    (void)message;
}

/* Progress for whoever waits at the terminal, unless the log shows it there anyway. */
static void listen_to_notes(struct app *app)
{
    static const struct listener listener = {.progress = tell_nothing, .log = tell_note};

    if (app->log.level < LOG_INFO)
        app->req.listener = &listener;
}

static void tell_findings(const struct list *findings)
{
    static const char *const words[] = {"", "warning: ", ""};

    for (size_t i = 0; i < findings->n; i++) {
        const struct migrate_finding *f = LIST_AT(*findings, i, struct migrate_finding);
        out_error("%s%s", words[f->severity], f->message);
    }
}

/* What is in the way, said before anything is run; false: it stays as it is. */
static bool may_go_on(const struct app *app, const struct list *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct migrate_finding *f = LIST_AT(*findings, i, struct migrate_finding);
        if (f->severity == MIGRATE_STOPS || (f->severity == MIGRATE_WARNS && !app->options.force)) {
            out_error("nothing was changed");
            return false;
        }
    }
    return true;
}

static int write_backup(struct app *app, const struct migrate_plan *plan, int server)
{
    if (app->options.backup == NULL)
        return EXIT_DONE;
    if (plan->from == 0) {
        out_error("there is nothing to back up yet");
        return EXIT_DONE;
    }
    if (dump_write(&app->req, server, app->options.backup) != ST_OK) {
        const int code = failed(app);
        out_error("nothing was changed");
        return code;
    }
    out_error("wrote the backup '%s'", app->options.backup);
    return EXIT_DONE;
}

/* Checks and backup, when there is anything to do. */
static int prepare(struct app *app, enum migrate_way way, int version)
{
    struct migrate_plan plan = {0};
    struct migrate_surroundings around = {0};
    struct list findings = {0};

    if (migrate_plan(&app->req, way, version, &plan) != ST_OK)
        return failed(app);
    if (plan.steps.n == 0)
        return EXIT_DONE;
    if (migrate_look(&app->req, &plan, &around) != ST_OK)
        return failed(app);
    findings = migrate_judge(&app->arena, &plan, &around);
    tell_findings(&findings);
    if (!may_go_on(app, &findings))
        return EXIT_TROUBLE;
    return write_backup(app, &plan, (int)around.server.v);
}

static int run_up(struct app *app)
{
    struct migrate_steps steps = {0};
    enum status status = ST_OK;
    int version = 0;
    int code = EXIT_DONE;

    if (app->options.argc == 2 && !read_version(app->options.argv[1], &version))
        return usage("VERSION is a whole number");
    code = prepare(app, MIGRATE_UP, version);
    if (code != EXIT_DONE)
        return code;
    listen_to_notes(app);
    status = migrate_up_steps(&app->req, version, &steps);
    return report_steps(app, "applied", &steps, status);
}

/* True when a person at a terminal says yes. */
static bool confirmed(int version)
{
    char answer[16] = "";

    (void)fprintf(stderr,
                  "This undoes every migration above %d, with all that is stored in what they "
                  "made. Go on? [y/N] ",
                  version);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int run_down(struct app *app)
{
    struct migrate_steps steps = {0};
    enum status status = ST_OK;
    int version = 0;
    int code = EXIT_DONE;

    if (app->options.argc != 2 || !read_version(app->options.argv[1], &version))
        return usage("migrate down needs the VERSION to go back to (0 for nothing)");
    if (!app->options.yes && isatty(STDIN_FILENO) == 0) {
        out_error("migrate down destroys what is stored; without a terminal it needs --yes");
        return EXIT_USAGE;
    }
    if (!app->options.yes && !confirmed(version)) {
        out_error("nothing was changed");
        return EXIT_FAILED;
    }
    code = prepare(app, MIGRATE_DOWN, version);
    if (code != EXIT_DONE)
        return code;
    listen_to_notes(app);
    status = migrate_down_steps(&app->req, version, &steps);
    return report_steps(app, "undone", &steps, status);
}

/* The text is SQL as it stands: what is said about it are comments. */
static void tell_planned(const struct migrate_planned *step)
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

static void report_plan_json(struct app *app, const struct migrate_plan *plan,
                             const struct list *findings)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

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

/* SQL on stdout, what is in the way on stderr. */
static int run_plan(struct app *app)
{
    struct migrate_surroundings around = {0};
    struct migrate_plan plan = {0};
    struct list findings = {0};
    int version = 0;

    if (app->options.argc == 2 && !read_version(app->options.argv[1], &version))
        return usage("VERSION is a whole number");
    if (migrate_plan(&app->req, app->options.argc == 2 ? MIGRATE_EITHER : MIGRATE_UP, version,
                     &plan) != ST_OK ||
        migrate_look(&app->req, &plan, &around) != ST_OK)
        return failed(app);
    findings = migrate_judge(&app->arena, &plan, &around);
    if (app->options.json) {
        report_plan_json(app, &plan, &findings);
        return EXIT_DONE;
    }
    tell_findings(&findings);
    out_line("-- from version %d to version %d: %zu %s", plan.from, plan.to, plan.steps.n,
             plan.steps.n == 1 ? "migration" : "migrations");
    for (size_t i = 0; i < plan.steps.n; i++)
        tell_planned(LIST_AT(plan.steps, i, struct migrate_planned));
    return EXIT_DONE;
}

static int run_create(struct app *app)
{
    struct json_out out = JSON_OUT_IN(&app->arena);
    struct created created = {0};

    if (app->options.argc != 2)
        return usage("migrate create needs a NAME");
    if (migrate_create(&app->req, app->options.dir, app->options.argv[1], &created) != ST_OK)
        return failed(app);
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

static int run(struct app *app)
{
    static const struct {
        const char *name;
        int argc_max;
        int (*run)(struct app *app);
    } verbs[] = {{"status", 1, run_status}, {"validate", 1, run_validate},
                 {"plan", 2, run_plan},     {"up", 2, run_up},
                 {"down", 2, run_down},     {"create", 2, run_create}};

    if (app->options.argc == 0)
        return usage("migrate needs a word");
    for (size_t i = 0; i < LENGTH_OF(verbs); i++) {
        if (strcmp(verbs[i].name, app->options.argv[0]) != 0)
            continue;
        if (app->options.argc > verbs[i].argc_max)
            return usage("that is one argument too many");
        return verbs[i].run(app);
    }
    return usage("migrate does not know that word");
}

const struct command command_migrate = {
    .name = "migrate",
    .args = VERBS,
    .summary = "Compare the database's schema with this program's, and change it",
    .run = run,
};
