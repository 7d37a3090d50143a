/* Commands that begin with a word of their own: `migrate up`, `config show`. */
#include "planner/base/alike.h"
#include "planner/cli/command.h"

int command_usage(struct app *app, const char *what)
{
    const char *name = app->invocation->command;

    return command_fail(app, EXIT_USAGE, "%s; usage: mcp-planner %s %s", what, name,
                        command_find(name)->args);
}

const struct verb *command_verb(const struct app *app, const struct command *command)
{
    if (app->options.argc == 0 || command->verbs == NULL)
        return NULL;
    for (const struct verb *verb = command->verbs; verb->name != NULL; verb++) {
        if (strcmp(verb->name, app->options.argv[0]) == 0)
            return verb;
    }
    return NULL;
}

static int unknown_verb(struct app *app, const char *word)
{
    struct alike alike = {.word = word};

    for (const struct verb *v = command_find(app->invocation->command)->verbs; v->name != NULL; v++)
        alike_offer(&alike, v->name);
    return command_usage(app, arena_printf(&app->arena, "'%s' is no such word%s", word,
                                           alike_hint(&app->arena, &alike)));
}

int command_run_verb(struct app *app)
{
    const struct options *options = &app->options;
    const struct verb *verb = command_verb(app, command_find(app->invocation->command));

    if (options->argc == 0)
        return command_usage(app, "a word is missing");
    if (verb == NULL)
        return unknown_verb(app, options->argv[0]);
    if (options->argc > verb->argc_max)
        return command_usage(app, "that is one argument too many");
    return verb->run(app);
}
