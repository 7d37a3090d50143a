/* The composition root: read the options, build the app, run the command, close. */
#include <fcntl.h>
#include <unistd.h>

#include "planner/base/memory.h"
#include "planner/base/out.h"
#include "planner/cli/options.h"

#define CONNECT_TIMEOUT_MS 10000

static int refuse_usage(const char *problem)
{
    out_error("%s; see mcp-planner --help", problem);
    return EXIT_USAGE;
}

static struct log log_for(const struct options *options)
{
    struct log log = {.level = LOG_WARNING};

    if (options->log_level != NULL)
        (void)log_level_parse(options->log_level, &log.level);
    log.json = options->log_format != NULL && strcmp(options->log_format, "json") == 0;
    return log;
}

/* Connects to nothing: a host may start the program only to see that it answers. */
static enum status app_open(struct app *app)
{
    struct db_config config = {.dsn = app->options.dsn,
                               .cluster = &app->cluster,
                               .connect_timeout_ms = CONNECT_TIMEOUT_MS};

    app->req = (struct req){.arena = &app->arena,
                            .log = &app->log,
                            .waiter = &waiter_plain,
                            .uuids = &app->uuids,
                            .project = app->options.project};
    app->cluster.clients_fd = -1;
    if (app->options.dsn == NULL)
        TRY(cluster_locate(&app->req, &app->arena, app->options.data_dir, &app->cluster));
    app->db_config = config;
    app->db = db_new(&config, &app->log);
    app->req.db = app->db;
    return ST_OK;
}

static int app_run(struct app *app, const struct command *command)
{
    int code = EXIT_FAILED;

    if (command == &command_version)
        return command->run(app);
    app->log = log_for(&app->options);
    if (app_open(app) != ST_OK)
        return refuse_usage(app->req.message);
    code = command->run(app);
    db_free(app->db);
    cluster_release(&app->cluster);
    return code;
}

/* Without a command: serve, unless a person has started us at a terminal. */
static int dispatch(struct app *app, const struct invocation *invocation)
{
    const char *name = invocation->command;
    const struct command *command = name != NULL ? command_find(name) : &command_serve;

    if (invocation->version)
        return command_version.run(app);
    if (invocation->help || (name != NULL && strcmp(name, "help") == 0)) {
        help_print();
        return EXIT_DONE;
    }
    if (command == NULL)
        return refuse_usage(arena_printf(&app->arena, "unknown command '%s'", name));
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
    int code = EXIT_USAGE;

    hold_standard_files();
    memory_hook_cjson();
    arena_init(&app.arena, ARENA_CAP_DEFAULT);
    if (options_read(&app.arena, argc, argv, &invocation, &problem)) {
        app.options = invocation.options;
        code = dispatch(&app, &invocation);
    } else {
        code = refuse_usage(problem);
    }
    arena_destroy(&app.arena);
    return code;
}
