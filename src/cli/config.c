/* mcp-planner config show|check|path: what is set, where, and what is wrong with it. */
#include <unistd.h>

#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"

/* Everything that is to be told; made once for all forms. */
struct findings {
    struct sentences problems;
    struct sentences warnings;
    struct sentences notes; /* nothing is wrong */
    const char *dsn;        /* masked; NULL: the private database, or not known for a problem */
    const char *dsn_origin; /* when it is no setting's value; or NULL */
    const char *data_dir;   /* of the private database; NULL with dsn or a problem */
};

static void add(struct sentences *list, const char *sentence)
{
    if (list->n < LENGTH_OF(list->texts))
        list->texts[list->n++] = sentence;
}

static void find_private(struct app *app, struct findings *found)
{
    struct req rq = {.arena = &app->arena, .log = &app->log};
    struct cluster cluster;

    if (app->options.pg_bindir != NULL)
        (void)setenv("PLANNER_PG_BINDIR", app->options.pg_bindir, 1);
    if (cluster_locate(&rq, &app->arena, app->options.data_dir, &cluster) != ST_OK) {
        add(&found->problems, rq.message);
        return;
    }
    found->data_dir = cluster.data_dir;
    if (cluster_examine(&rq, &cluster) != ST_OK)
        add(&found->problems, arena_printf(&app->arena, "%s (the data directory is '%s')",
                                           rq.message, cluster.data_dir));
    else if (access(cluster.data_dir, F_OK) != 0)
        add(&found->notes, arena_printf(&app->arena,
                                        "the data directory '%s' does not exist yet; the first use "
                                        "makes it",
                                        cluster.data_dir));
}

/* What only shows when the settings are put together is a problem like the others. */
static struct findings find(struct app *app)
{
    const struct invocation *given = app->invocation;
    struct findings found = {.problems = given->problems, .warnings = given->warnings};
    struct arena *arena = &app->arena;
    const char *problem = NULL;
    const char *dsn = NULL;
    const char *read_dsn = NULL;

    if (found.problems.n > 0)
        return found;
    found.dsn_origin = options_dsn_origin(arena, given);
    if (!options_dsn(arena, given, &dsn, &problem) ||
        !options_read_dsn(arena, given, &read_dsn, &problem))
        add(&found.problems, problem);
    else if (dsn == NULL && read_dsn != NULL)
        add(&found.problems, command_lone_standby);
    else if (dsn == NULL)
        find_private(app, &found);
    if (found.problems.n > 0 || dsn == NULL)
        return found;
    found.dsn = dsn_masked(arena, dsn);
    options_check(arena, given, "dsn", dsn, &found.problems, &found.warnings);
    if (read_dsn != NULL)
        options_check(arena, given, "read-dsn", read_dsn, &found.problems, &found.warnings);
    return found;
}

static const char *place_word(enum setting_place place)
{
    static const char *const words[] = {"default", "environment", "file", "environment", "flag"};

    return words[place];
}

static void put_setting(struct app *app, struct json_out *out, const struct setting *s)
{
    const struct given *given = setting_given(app->invocation, s);

    json_begin(out, '{');
    json_put_str(out, "name", s->name);
    json_put_str(out, "value", setting_shown(&app->arena, app->invocation, s));
    json_put_str(out, "origin", place_word(given->place));
    json_put_str(out, "variable", given->variable);
    if (given->line > 0)
        json_put_int(out, "line", given->line);
    json_put_str(out, "default", s->initial);
    json_put_str(out, "help", s->help);
    json_end(out, '}');
}

static void tell_json(struct app *app, const struct findings *found, bool all)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

    json_begin(&out, '{');
    json_put_bool(&out, "ok", found->problems.n == 0 && found->warnings.n == 0);
    json_put_str(&out, "file", app->invocation->config_path);
    json_put_bool(&out, "file_exists", app->invocation->config_found);
    if (found->dsn != NULL || found->data_dir != NULL)
        json_put_str(&out, "database", found->dsn != NULL ? "external" : "private");
    json_put_str(&out, "connection", found->dsn);
    json_put_str(&out, "connection_origin", found->dsn_origin);
    json_put_str(&out, "data_directory", found->data_dir);
    json_put_strs(&out, "problems", found->problems.texts, found->problems.n);
    json_put_strs(&out, "warnings", found->warnings.texts, found->warnings.n);
    json_put_strs(&out, "notes", found->notes.texts, found->notes.n);
    if (all) {
        json_key(&out, "settings");
        json_begin(&out, '[');
        for (const struct setting *s = setting_table; s->name != NULL; s++)
            put_setting(app, &out, s);
        json_end(&out, ']');
    }
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

static void tell_setting(struct app *app, const struct findings *found, const struct setting *s)
{
    const char *value = setting_shown(&app->arena, app->invocation, s);
    const char *origin = setting_origin(&app->arena, app->invocation, s);

    if (strcmp(s->name, "dsn") == 0 && found->dsn != NULL && found->dsn_origin != NULL)
        out_line("%-22s %s  (%s)", s->name, found->dsn, found->dsn_origin);
    else if (value == NULL)
        out_line("%-22s -  (%s)", s->name, s->otherwise != NULL ? s->otherwise : "not set");
    else
        out_line("%-22s %s  (%s)", s->name, value, origin);
}

static void tell_findings(const struct findings *found)
{
    for (size_t i = 0; i < found->problems.n; i++)
        out_line("problem: %s", found->problems.texts[i]);
    for (size_t i = 0; i < found->warnings.n; i++)
        out_line("warning: %s", found->warnings.texts[i]);
    for (size_t i = 0; i < found->notes.n; i++)
        out_line("note: %s", found->notes.texts[i]);
}

static int run_show(struct app *app)
{
    const struct findings found = find(app);

    if (app->options.json) {
        tell_json(app, &found, true);
    } else {
        for (const struct setting *s = setting_table; s->name != NULL; s++)
            tell_setting(app, &found, s);
        out_line("%s", "");
        if (found.dsn != NULL || found.data_dir != NULL)
            out_line("the database is %s%s", found.dsn == NULL ? "the private one in " : found.dsn,
                     found.dsn == NULL ? found.data_dir : "");
        tell_findings(&found);
    }
    return found.problems.n == 0 ? EXIT_DONE : EXIT_TROUBLE;
}

static int run_check(struct app *app)
{
    const struct findings found = find(app);
    const bool ok = found.problems.n == 0 && found.warnings.n == 0;

    if (app->options.json) {
        tell_json(app, &found, false);
    } else {
        if (ok)
            out_line("nothing is wrong with the settings");
        tell_findings(&found);
    }
    return ok ? EXIT_DONE : EXIT_TROUBLE;
}

static int run_path(struct app *app)
{
    const struct invocation *invocation = app->invocation;
    struct json_out out = JSON_OUT_IN(&app->arena);

    if (invocation->config_path == NULL)
        return command_fail(app, EXIT_FAILED,
                            "there is no home directory, so no config file is read; name one with "
                            "--config");
    if (!app->options.json) {
        out_line("%s%s", invocation->config_path,
                 invocation->config_found ? "" : "  (does not exist)");
        return EXIT_DONE;
    }
    json_begin(&out, '{');
    json_put_str(&out, "file", invocation->config_path);
    json_put_bool(&out, "file_exists", invocation->config_found);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
    return EXIT_DONE;
}

static const struct verb verbs[] = {
    {"show", 1, run_show}, {"check", 1, run_check}, {"path", 1, run_path}, {NULL}};

const struct command command_config = {
    .name = "config",
    .args = "show|check|path",
    .summary = "Show every setting with its origin; say what is wrong; name the config file",
    .bare = true,
    .verbs = verbs,
    .run = command_run_verb,
};
