/* Every setting, one row each, in the order of --help. Adding one: see options.h. */
#include "planner/config/options.h"

/* The member of a row; of another type than the row's, it does not compile. */
#define OPTION           ((struct options *)0)
#define CHARS_AT(member) _Generic(OPTION->member, const char * : offsetof(struct options, member))
#define INT_AT(member)   _Generic(OPTION->member, int64_t : offsetof(struct options, member))
#define BOOL_AT(member)  _Generic(OPTION->member, bool : offsetof(struct options, member))

#define TEXT_AT(member)     .type = SETTING_TEXT, .offset = CHARS_AT(member)
#define SECRET_AT(member)   .type = SETTING_SECRET, .offset = CHARS_AT(member)
#define WORD_AT(member)     .type = SETTING_WORD, .offset = CHARS_AT(member)
#define PATH_AT(member)     .type = SETTING_PATH, .offset = CHARS_AT(member)
#define NUMBER_AT(member)   .type = SETTING_NUMBER, .offset = INT_AT(member)
#define DURATION_AT(member) .type = SETTING_DURATION, .offset = INT_AT(member)
#define SWITCH_AT(member)   .type = SETTING_SWITCH, .offset = BOOL_AT(member)
#define RANGE(a, b)         .min = (a), .max = (b)

static const char *const roles[] = {"server", "client", "worker", "user", NULL};
static const char *const database_types[] = {"private", "postgresql", "supabase", NULL};
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};
static const char *const log_formats[] = {"text", "json", NULL};

const char *const setting_group_titles[SETTINGS_GROUPS] = {
    [SETTINGS_CALLS] = "Who calls",
    [SETTINGS_DATABASE] = "Which database",
    [SETTINGS_LOGS] = "Logs",
    [SETTINGS_COMMAND] = "This command",
};

const struct setting setting_table[] = {
    {TEXT_AT(agent), .name = "agent", .env = "PLANNER_AGENT", .group = SETTINGS_CALLS,
     .value = "NAME", RANGE(1, 100), .otherwise = "the client's name and the process number",
     .help = "who calls", .more = "Names are self-declared: a convention, not a boundary."},
    {WORD_AT(role), .name = "role", .env = "PLANNER_ROLE", .group = SETTINGS_CALLS, .value = "ROLE",
     .words = roles, .help = "the part that the caller plays"},
    {TEXT_AT(user), .name = "user", .env = "PLANNER_USER", .group = SETTINGS_CALLS, .value = "NAME",
     RANGE(1, 100), .help = "the person on whose behalf calls are made"},
    {TEXT_AT(project), .name = "project", .env = "PLANNER_PROJECT", .group = SETTINGS_CALLS,
     .value = "PROJECT", RANGE(1, 100), .otherwise = "the one of the directory, if there is one",
     .help = "the project of calls that name none"},
    {NUMBER_AT(max_claims), .name = "max-claims", .env = "PLANNER_MAX_CLAIMS",
     .group = SETTINGS_CALLS, .value = "N", RANGE(1, 1000), .initial = "5",
     .help = "items that one agent may hold in a project at once"},

    {PATH_AT(data_dir), .name = "data-dir", .env = "PLANNER_DATA_DIR", .group = SETTINGS_DATABASE,
     .value = "DIR", .otherwise = "$XDG_DATA_HOME/mcp-planner, for root /var/lib/mcp-planner",
     .help = "where the private database lives"},
    {SECRET_AT(dsn), .name = "dsn", .env = "PLANNER_DATABASE_URL", .group = SETTINGS_DATABASE,
     .value = "DSN", RANGE(1, 4000), .app_env = "DATABASE_URL", .app_when = APP_POSTGRESQL,
     .otherwise = "the private database",
     .help = "a PostgreSQL server instead of the private one, as a URI or key=value",
     .more = "A host that is not local is asked for TLS unless the string says otherwise with "
             "sslmode."},
    {SWITCH_AT(pooled), .name = "pooled", .env = "PLANNER_POOLED", .group = SETTINGS_DATABASE,
     .help = "a transaction pooler is in front of the server",
     .more = "Known by itself from port 6543 and from pgbouncer=true in the connection string."},
    {WORD_AT(database_type), .name = "database-type", .env = "DATABASE_TYPE",
     .group = SETTINGS_DATABASE, .value = "TYPE", .words = database_types, .initial = "private",
     .help = "whose variables name the database when 'dsn' does not",
     .more = "With postgresql these are DATABASE_URL, else libpq's PGHOST, PGUSER, PGSERVICE, "
             "PGPASSFILE and so on; with supabase the settings below. Otherwise the variables of "
             "an application count for nothing, because hosts pass on the environment of whatever "
             "they were started in. What is given in the same place as 'dsn' or in one that "
             "counts less gives way to it."},
    {TEXT_AT(supabase_url), .name = "supabase-url", .group = SETTINGS_DATABASE, .value = "URL",
     RANGE(1, 300), .app_env = "SUPABASE_URL", .app_when = APP_SUPABASE,
     .help = "the Supabase project, https://REF.supabase.co"},
    {SECRET_AT(supabase_password), .name = "supabase-db-password", .group = SETTINGS_DATABASE,
     .value = "PASSWORD", RANGE(1, 300), .app_env = "SUPABASE_DB_PASSWORD",
     .app_when = APP_SUPABASE, .help = "the password of its database"},
    {TEXT_AT(supabase_region), .name = "supabase-region", .group = SETTINGS_DATABASE,
     .value = "REGION", RANGE(1, 60), .app_env = "SUPABASE_REGION", .app_when = APP_SUPABASE,
     .help = "the region of its pooler, like eu-central-1"},
    {TEXT_AT(supabase_host), .name = "supabase-host", .group = SETTINGS_DATABASE, .value = "HOST",
     RANGE(1, 253), .app_env = "SUPABASE_HOST", .app_when = APP_SUPABASE,
     .otherwise = "the pooler of the region",
     .help = "another host, such as the database's own, db.REF.supabase.co"},
    {PATH_AT(supabase_ca), .name = "supabase-ca", .group = SETTINGS_DATABASE, .value = "FILE",
     .app_env = "SUPABASE_CA", .app_when = APP_SUPABASE,
     .help = "the certificate to check its server against"},
    {PATH_AT(pg_bindir), .name = "pg-bindir", .env = "PLANNER_PG_BINDIR",
     .group = SETTINGS_DATABASE, .value = "DIR", .otherwise = "looked for in the usual places",
     .help = "where PostgreSQL's programs are, for the private database"},

    {WORD_AT(log_level), .name = "log-level", .env = "PLANNER_LOG_LEVEL", .group = SETTINGS_LOGS,
     .value = "LEVEL", .words = log_levels, .initial = "warning",
     .help = "what is logged, on standard error"},
    {WORD_AT(log_format), .name = "log-format", .env = "PLANNER_LOG_FORMAT", .group = SETTINGS_LOGS,
     .value = "FORMAT", .words = log_formats, .initial = "text", .help = "how it is logged"},

    {TEXT_AT(config), RANGE(1, 4095), .name = "config", .env = "PLANNER_CONFIG",
     .group = SETTINGS_COMMAND, .value = "FILE", .otherwise = "$XDG_CONFIG_HOME/mcp-planner/config",
     .not_in_file = true, .help = "read settings from this file instead of the usual one"},
    {SWITCH_AT(json), .name = "json", .group = SETTINGS_COMMAND, .not_in_file = true,
     .help = "report as JSON"},
    {SWITCH_AT(yes), .name = "yes", .group = SETTINGS_COMMAND, .not_in_file = true,
     .help = "do not ask"},
    {.name = NULL},
};

const struct setting *setting_find(const char *name, size_t len)
{
    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        if (strlen(s->name) == len && strncmp(s->name, name, len) == 0)
            return s;
    }
    return NULL;
}
