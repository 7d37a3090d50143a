/* mcp-planner migrate status|up [VERSION]|down VERSION|validate */
#include <unistd.h>

#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/store/migrate.h"

static int usage(const char *what)
{
    out_error("%s; usage: mcp-planner migrate status|up [VERSION]|down VERSION|validate", what);
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
        json_put_str(&out, "applied_at", row->applied_at);
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
        out_line("%4d  %-24s  %-8s  %s", row->version, row->name, row->state,
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

static int report_count(struct app *app, const char *word, int n)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

    if (!app->options.json) {
        out_line("%s %d %s", word, n, n == 1 ? "migration" : "migrations");
        return EXIT_DONE;
    }
    json_begin(&out, '{');
    json_put_int(&out, word, n);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
    return EXIT_DONE;
}

static int run_up(struct app *app)
{
    int version = 0;
    int applied = 0;

    if (app->options.argc == 2 && !read_version(app->options.argv[1], &version))
        return usage("VERSION is a whole number");
    if (migrate_up(&app->req, version, &applied) != ST_OK)
        return failed(app);
    return report_count(app, "applied", applied);
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
    int version = 0;
    int undone = 0;

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
    if (migrate_down(&app->req, version, &undone) != ST_OK)
        return failed(app);
    return report_count(app, "undone", undone);
}

static int run(struct app *app)
{
    static const struct {
        const char *name;
        int argc_max;
        int (*run)(struct app *app);
    } verbs[] = {{"status", 1, run_status},
                 {"validate", 1, run_validate},
                 {"up", 2, run_up},
                 {"down", 2, run_down}};

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
    .args = "status|up [VERSION]|down VERSION|validate",
    .summary = "Compare the database's schema with this program's, and change it",
    .run = run,
};
