#include "planner/base/out.h"
#include "planner/cli/options.h"

static void print_commands(void)
{
    out_line("Commands:");
    for (const struct command *const *c = command_all; *c != NULL; c++) {
        const char *args = (*c)->args != NULL ? (*c)->args : "";
        if (!(*c)->hidden)
            out_line("  %s%s%s\n      %s", (*c)->name, *args != '\0' ? " " : "", args,
                     (*c)->summary);
    }
    out_line("  help\n      Print this text");
}

static void print_settings(void)
{
    out_line("\nSettings (flag, environment variable):");
    for (const struct setting *s = option_settings; s->name != NULL; s++)
        out_line("  --%s %s, %s\n      %s", s->name, s->value, s->env, s->help);
    out_line("  --config FILE\n      read settings from this file\n"
             "  --json, --yes\n      report as JSON; do not ask");
}

void help_print(void)
{
    out_line("mcp-planner plans work with coding agents over the Model Context Protocol.\n\n"
             "Usage: mcp-planner [COMMAND] [SETTINGS]\n");
    print_commands();
    print_settings();
    out_line(
        "\nA flag counts before the environment, the environment before the config file\n"
        "($XDG_CONFIG_HOME/mcp-planner/config, lines of 'name = value', names as the flags').\n"
        "\n"
        "Without --dsn, DATABASE_TYPE=postgresql takes DATABASE_URL or the PG* variables, and\n"
        "DATABASE_TYPE=supabase takes SUPABASE_URL, SUPABASE_DB_PASSWORD and SUPABASE_REGION\n"
        "(or SUPABASE_HOST; SUPABASE_CA names the certificate to check against). Otherwise a\n"
        "private PostgreSQL runs in the data directory.\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 found trouble.");
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
