/* Commands that begin with a word of their own: `migrate up`, `config show`. */
#include "planner/cli/command.h"

int command_usage(struct app *app, const char *what)
{
    const char *name = app->invocation->command;

    return command_fail(app, EXIT_USAGE, "%s; usage: mcp-planner %s %s", what, name,
                        command_find(name)->args);
}

int command_run_verb(struct app *app, const struct verb *verbs)
{
    const struct options *options = &app->options;

    if (options->argc == 0)
        return command_usage(app, "a word is missing");
    for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
        if (strcmp(verb->name, options->argv[0]) != 0)
            continue;
        if (options->argc > verb->argc_max)
            return command_usage(app, "that is one argument too many");
        return verb->run(app);
    }
    return command_usage(app, arena_printf(&app->arena, "'%s' is no such word", options->argv[0]));
}
