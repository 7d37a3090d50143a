/* --help, and the parts of the documents that the table of settings is printed into. */
#include "planner/base/out.h"
#include "planner/cli/command.h"

static void print_commands(void)
{
    out_line("Commands:");
    for (const struct command *const *c = command_all; *c != NULL; c++) {
        const char *args = (*c)->args != NULL ? (*c)->args : "";
        if (!(*c)->hidden)
            out_line("  %s%s%s\n      %s", (*c)->name, *args != '\0' ? " " : "", args,
                     (*c)->summary);
    }
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
    const char *word = app->options.argc == 1 ? app->options.argv[0] : NULL;

    if (app->options.argc == 0)
        print_all(&app->arena);
    else if (word != NULL && strcmp(word, "man") == 0)
        out_text(settings_man(&app->arena));
    else if (word != NULL && strcmp(word, "markdown") == 0)
        out_text(settings_markdown(&app->arena));
    else
        return command_fail(app, EXIT_USAGE,
                            "help knows 'man' and 'markdown'; see mcp-planner --help");
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
    .args = "[man|markdown]",
    .summary = "Print this text, or the settings for the man page or the README",
    .bare = true,
    .run = run_help,
};
