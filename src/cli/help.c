/* --help, and the parts of the documents that the table of settings is printed into. */
#include <unistd.h>

#include "planner/base/out.h"
#include "planner/cli/command.h"

static void print_command(const struct command *c)
{
    const char *args = c->args != NULL ? c->args : "";

    out_line("  %s%s%s\n      %s", c->name, *args != '\0' ? " " : "", args, c->summary);
}

static void print_one(struct arena *arena, const struct command *c)
{
    const char *flags = settings_help_of(arena, c->name);

    print_command(c);
    if (*flags != '\0')
        out_line("\nIts own flags:\n%.*s", (int)strlen(flags) - 1, flags);
    out_line("\n'mcp-planner --help' lists the settings, 'mcp-planner help man' names the manual.");
}

static void print_commands(void)
{
    out_line("Commands:");
    for (const struct command *const *c = command_all; *c != NULL; c++) {
        if (!(*c)->hidden)
            print_command(*c);
    }
}

/* Beside the program: where it is installed, or where it was built. */
static void print_manual(struct arena *arena)
{
    static const char *const places[] = {"../share/man/man1/mcp-planner.1",
                                         "../../docs/mcp-planner.1"};
    char program[4096] = "";
    const ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    char *slash = strrchr(program, '/');

    if (n > 0 && slash != NULL)
        slash[1] = '\0';
    for (size_t i = 0; i < LENGTH_OF(places); i++) {
        char *path = realpath(arena_printf(arena, "%s%s", program, places[i]), NULL);
        if (path != NULL) {
            out_line("The manual is %s; to read it: man %s", path, path);
            free(path);
            return;
        }
    }
    out_line("The manual is mcp-planner(1), docs/mcp-planner.1 of the sources; to read it: man "
             "mcp-planner");
}

static void print_all(struct arena *arena)
{
    out_line("mcp-planner plans work with coding agents over the Model Context Protocol.\n\n"
             "Usage: mcp-planner [COMMAND] [SETTINGS]\n");
    print_commands();
    out_text(settings_help(arena));
    out_line(
        "\nA flag counts before the environment variable, the variable before the config file,\n"
        "whose lines are 'name = value', the names being those of the flags. Variables in\n"
        "parentheses are those of an application; they count last, and only with the\n"
        "database-type that they belong to. 'mcp-planner config show' tells what is set, and where.\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 found trouble.");
}

static int run_help(struct app *app)
{
    const char *word = app->options.argc > 0 ? app->options.argv[0] : "";
    const struct command *command = command_find(word);

    if (app->options.argc == 0)
        print_all(&app->arena);
    else if (strcmp(word, "man") == 0)
        print_manual(&app->arena);
    else if (strcmp(word, "settings-man") == 0)
        out_text(settings_man(&app->arena));
    else if (strcmp(word, "settings-markdown") == 0)
        out_text(settings_markdown(&app->arena));
    else if (command != NULL && !command->hidden && app->options.argc == 1)
        print_one(&app->arena, command);
    else
        return command_fail(app, EXIT_USAGE,
                            "help knows the commands, 'man', 'settings-man' and "
                            "'settings-markdown'; see mcp-planner --help");
    return EXIT_DONE;
}

void help_print_short(void)
{
    out_line(
        "mcp-planner %s is started by an MCP host, such as Claude Code or Cursor, not by hand:\n"
        "\n"
        "  claude mcp add planner -- mcp-planner\n"
        "\n"
        "It then speaks the Model Context Protocol on its standard input and output.\n"
        "'mcp-planner status' tells about its database, 'mcp-planner --help' about the rest;\n"
        "'mcp-planner serve' serves even on a terminal.",
        PLANNER_VERSION);
}

const struct command command_help = {
    .name = "help",
    .args = "[COMMAND|man|settings-man|settings-markdown]",
    .summary = "Print this text, one command of it, where the manual is, or the settings as the "
               "manual and the README have them",
    .bare = true,
    .run = run_help,
};
