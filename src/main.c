/* The composition root: read the options, build the app, run the command, close. */
#include <fcntl.h>
#include <unistd.h>

#include "planner/base/alike.h"
#include "planner/base/memory.h"
#include "planner/cli/command.h"

static int refuse_usage(struct app *app, const char *problem)
{
    return command_fail(app, EXIT_USAGE, "%s; see mcp-planner --help", problem);
}

static struct log log_for(const struct options *options)
{
    struct log log = {.level = LOG_WARNING};

    (void)log_level_parse(options->log_level, &log.level);
    log.json = strcmp(options->log_format, "json") == 0;
    return log;
}

static struct db_tuning tuning_for(const struct options *options)
{
    return (struct db_tuning){.connect_ms = options->connect_timeout,
                              .statement_ms = options->statement_timeout,
                              .lock_ms = options->lock_timeout,
                              .idle_close_ms = options->idle_close,
                              .user_timeout_ms = options->tcp_user_timeout,
                              .keepalive_idle_ms = options->keepalive_idle,
                              .keepalive_interval_ms = options->keepalive_interval,
                              .keepalive_count = options->keepalive_count,
                              .tls = options->tls,
                              .tls_ca = options->tls_ca,
                              .tls_cert = options->tls_cert,
                              .tls_key = options->tls_key};
}

/* Connects to nothing: a host may start the program only to see that it answers. */
static enum status app_open(struct app *app)
{
    const struct db_config config = {.dsn = app->options.dsn,
                                     .cluster = &app->cluster,
                                     .connect_timeout_ms = (int)app->options.database_wait,
                                     .application = app->options.application_name,
                                     .tuning = &app->tuning,
                                     .pooled = app->options.pooled,
                                     .stays = app->stays,
                                     .slow_ms = (int)app->options.slow_statement,
                                     .read_dsn = app->options.read_dsn};

    if (app->options.pg_bindir != NULL) /* the keeper inherits it */
        (void)setenv("PLANNER_PG_BINDIR", app->options.pg_bindir, 1);
    app->req = (struct req){.arena = &app->arena,
                            .log = &app->log,
                            .waiter = &waiter_plain,
                            .uuids = &app->uuids,
                            .project = app->options.project,
                            .by_hand = !app->stays};
    app->cluster.clients_fd = -1;
    if (app->options.dsn == NULL && app->options.read_dsn != NULL)
        return req_fail(&app->req, ST_INVALID, "%s", command_lone_standby);
    if (app->options.dsn == NULL)
        TRY(cluster_locate(&app->req, &app->arena, app->options.data_dir, &app->cluster));
    app->tuning = tuning_for(&app->options);
    app->db_config = config;
    app->db = db_new(&config, &app->log);
    app->req.db = app->db;
    return ST_OK;
}

/* What is wrong with the settings, all of it, so that it is mended at once. */
static int refuse_settings(struct app *app)
{
    const struct sentences *problems = &app->invocation->problems;

    for (size_t i = 0; i + 1 < problems->n; i++)
        command_note(app, LOG_ERROR, "%s", problems->texts[i]);
    return refuse_usage(app, problems->n == 1
                                 ? problems->texts[0]
                                 : arena_printf(&app->arena,
                                                "%s; 'mcp-planner config check' lists all of it",
                                                problems->texts[problems->n - 1]));
}

static int app_run(struct app *app, const struct command *command)
{
    const struct invocation *invocation = app->invocation;
    const char *problem = NULL;
    int code = EXIT_FAILED;

    if (command->bare)
        return command->run(app);
    if (invocation->problems.n > 0)
        return refuse_settings(app);
    for (size_t i = 0; i < invocation->warnings.n; i++)
        log_write(&app->log, LOG_WARNING, "%s", invocation->warnings.texts[i]);
    if (!options_dsn(&app->arena, invocation, &app->options.dsn, &problem) ||
        !options_read_dsn(&app->arena, invocation, &app->options.read_dsn, &problem))
        return refuse_usage(app, problem);
    app->stays = command == &command_serve;
    if (app_open(app) != ST_OK)
        return refuse_usage(app, app->req.message);
    code = command->run(app);
    db_free(app->db);
    cluster_release(&app->cluster);
    return code;
}

static const char *unknown_command(struct arena *arena, const char *name)
{
    struct alike alike = {.word = name};

    for (const struct command *const *c = command_all; *c != NULL; c++) {
        if (!(*c)->hidden)
            alike_offer(&alike, (*c)->name);
    }
    return arena_printf(arena, "unknown command '%s'%s", name, alike_hint(arena, &alike));
}

/* "migrate up"; NULL: of a verb that is missing or unknown the command itself speaks. */
static const char *full_name(struct app *app, const struct command *command)
{
    const struct verb *verb = command_verb(app, command);

    if (verb == NULL)
        return command->run == command_run_verb ? NULL : command->name;
    return arena_printf(&app->arena, "%s %s", command->name, verb->name);
}

/* 'config' tells of any setting. */
static const char *stray_flag(struct app *app, const struct command *command)
{
    const char *name = command == &command_config ? NULL : full_name(app, command);
    const struct setting *stray = name == NULL ? NULL : setting_stray(app->invocation, name);

    if (stray == NULL)
        return NULL;
    return arena_printf(&app->arena, "'%s' takes no --%s, which is of %s", name, stray->name,
                        stray->of);
}

/* Without a command: serve, unless a person has started us at a terminal. */
static int dispatch(struct app *app, const struct invocation *invocation)
{
    const char *name = invocation->command;
    const struct command *command = name != NULL ? command_find(name) : &command_serve;
    const char *stray = NULL;

    if (invocation->version)
        return command_version.run(app);
    if (invocation->help) {
        app->options.argc = 0;
        if (name != NULL && command != NULL && !command->hidden)
            app->options.argv[app->options.argc++] = arena_strdup(&app->arena, name);
        return command_help.run(app);
    }
    if (command == NULL)
        return refuse_usage(app, unknown_command(&app->arena, name));
    if (invocation->options.argc > 0 && (command->args == NULL || command->args[0] == '\0'))
        return refuse_usage(app, arena_printf(&app->arena, "'%s' takes no arguments", name));
    stray = stray_flag(app, command);
    if (stray != NULL)
        return refuse_usage(app, stray);
    if (name == NULL && isatty(STDIN_FILENO) == 1) {
        help_print_short();
        return EXIT_DONE;
    }
    return app_run(app, command);
}

/* Started without one of them, the next file or socket would take its number and its bytes. */
static void hold_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(EXIT_FAILED);
    }
}

int main(int argc, char **argv)
{
    struct app app = {0};
    struct invocation invocation = {0};
    const char *problem = NULL;
    bool understood = false;
    int code = EXIT_USAGE;

    hold_standard_files();
    memory_hook_cjson();
    arena_init(&app.arena, ARENA_CAP_DEFAULT);
    understood = options_read(&app.arena, argc, argv, &invocation, &problem);
    app.invocation = &invocation;
    app.options = invocation.options;
    app.log = log_for(&app.options);
    code = understood ? dispatch(&app, &invocation) : refuse_usage(&app, problem);
    arena_destroy(&app.arena);
    return code;
}
