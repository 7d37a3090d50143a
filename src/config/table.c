/* Every setting, one row each, in the order of --help. Adding one: see options.h. */
#include "planner/config/options.h"

/* The member of a row; of another type than the row's, it does not compile. */
#define OPTION           ((struct options *)0)
#define CHARS_AT(member) _Generic(OPTION->member, const char * : offsetof(struct options, member))
#define INT_AT(member)   _Generic(OPTION->member, int64_t : offsetof(struct options, member))
#define BOOL_AT(member)  _Generic(OPTION->member, bool : offsetof(struct options, member))

#define TEXT_AT(member)     .type = SETTING_TEXT, .offset = CHARS_AT(member)
#define SECRET_AT(member)   .type = SETTING_SECRET, .offset = CHARS_AT(member)
#define DSN_AT(member)      .type = SETTING_DSN, .offset = CHARS_AT(member)
#define WORD_AT(member)     .type = SETTING_WORD, .offset = CHARS_AT(member)
#define PATH_AT(member)     .type = SETTING_PATH, .offset = CHARS_AT(member)
#define NUMBER_AT(member)   .type = SETTING_NUMBER, .offset = INT_AT(member)
#define DURATION_AT(member) .type = SETTING_DURATION, .offset = INT_AT(member)
#define SWITCH_AT(member)   .type = SETTING_SWITCH, .offset = BOOL_AT(member)
#define MS                  INT64_C(1)
#define SECOND              (1000 * MS)
#define MINUTE              (60 * SECOND)
#define HOUR                (60 * MINUTE)
#define DAY                 (24 * HOUR)
#define RANGE(a, b)         .min = (a), .max = (b)

static const char *const roles[] = {"server", "client", "worker", "user", NULL};
static const char *const database_types[] = {"private", "postgresql", "supabase", NULL};
static const char *const tls_modes[] = {"disable", "require", "verify-ca", "verify-full", NULL};
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};
static const char *const seed_profiles[] = {"demo", "large", "load", NULL};
static const char *const keep_words[] = {"keep", NULL};
static const char *const log_formats[] = {"text", "json", NULL};

const char *const setting_group_titles[SETTINGS_GROUPS] = {
    [SETTINGS_CALLS] = "Who calls", [SETTINGS_DATABASE] = "Which database",
    [SETTINGS_TLS] = "TLS",         [SETTINGS_CONNECTION] = "The connection",
    [SETTINGS_LOGS] = "Logs",       [SETTINGS_COMMAND] = "This command",
};

static const char *const from_words[] = {"taskmaster", "backlog", "beads", "dhafnck", NULL};

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
    {DSN_AT(dsn), .name = "dsn", .env = "PLANNER_DATABASE_URL", .group = SETTINGS_DATABASE,
     .value = "DSN", RANGE(1, 4000), .app_env = "DATABASE_URL", .app_when = APP_POSTGRESQL,
     .otherwise = "the private database",
     .help = "a PostgreSQL server instead of the private one, as a URI or key=value",
     .more = "What the string says of keepalives, tcp_user_timeout and application_name counts "
             "before the settings of that name; of sslmode and certificates, after them."},
    {DSN_AT(read_dsn), .name = "read-dsn", .env = "PLANNER_DATABASE_READ_URL",
     .group = SETTINGS_DATABASE, .value = "DSN", RANGE(1, 4000), .app_env = "DATABASE_READ_URL",
     .app_when = APP_POSTGRESQL,
     .help = "a streaming standby of that server, for lists, search, history and outlines",
     .more = "What this process has written or was told of is always in the answer. Only together "
             "with 'dsn', and complete in itself: PG* variables are not added to it."},
    {SWITCH_AT(pooled), .name = "pooled", .env = "PLANNER_POOLED", .group = SETTINGS_DATABASE,
     .help = "a transaction pooler is in front of the server",
     .more = "Known by itself from port 6543 and from pgbouncer=true in the connection string. "
             "Statements are prepared through it where it keeps them, unless the string says "
             "statement_cache_size=0."},
    {WORD_AT(database_type), .name = "database-type", .env = "PLANNER_DATABASE_TYPE",
     .app_env = "DATABASE_TYPE", .app_when = APP_ALWAYS, .group = SETTINGS_DATABASE,
     .value = "TYPE", .words = database_types, .initial = "private",
     .help = "whose variables name the database when 'dsn' does not",
     .more = "With postgresql these are DATABASE_URL, else libpq's PGHOST, PGUSER, PGSERVICE, "
             "PGPASSFILE and so on; with supabase the settings below. Otherwise the variables of "
             "an application count for nothing, because hosts pass on the environment of whatever "
             "they were started in, and none of them does when dsn is set."},
    {TEXT_AT(supabase_url), .name = "supabase-url", .group = SETTINGS_DATABASE, .value = "URL",
     RANGE(1, 300), .app_env = "SUPABASE_URL", .app_when = APP_SUPABASE,
     .help = "the Supabase project, https://REF.supabase.co"},
    {SECRET_AT(supabase_password), .name = "supabase-db-password", .group = SETTINGS_DATABASE,
     .value = "PASSWORD", RANGE(1, 300), .app_env = "SUPABASE_DB_PASSWORD",
     .app_when = APP_SUPABASE, .help = "the password of its database"},
    {TEXT_AT(supabase_region), .name = "supabase-region", .group = SETTINGS_DATABASE,
     .value = "REGION", RANGE(1, 60), .app_env = "SUPABASE_REGION", .app_when = APP_SUPABASE,
     .help = "the region of its pooler, like eu-central-1"},
    {TEXT_AT(supabase_host), .name = "supabase-host", .group = SETTINGS_DATABASE,
     .value = "HOST[:PORT]", RANGE(1, 260), .app_env = "SUPABASE_HOST", .app_when = APP_SUPABASE,
     .otherwise = "the pooler of the region",
     .help = "another host, such as the database's own, db.REF.supabase.co"},
    {PATH_AT(supabase_ca), .name = "supabase-ca", .group = SETTINGS_DATABASE, .value = "FILE",
     .app_env = "SUPABASE_CA", .app_when = APP_SUPABASE,
     .help = "the certificate to check its server against"},
    {PATH_AT(pg_bindir), .name = "pg-bindir", .env = "PLANNER_PG_BINDIR",
     .group = SETTINGS_DATABASE, .value = "DIR", .otherwise = "looked for in the usual places",
     .help = "where PostgreSQL's programs are, for the private database"},

    {WORD_AT(tls), .name = "tls", .env = "PLANNER_TLS", .group = SETTINGS_TLS, .value = "MODE",
     .words = tls_modes,
     .otherwise = "sslmode of the connection string, else require unless the host is local",
     .help = "whether the connection to a server is encrypted, and the server checked",
     .more = "require encrypts without looking at who it is; verify-ca wants the server's "
             "certificate signed by the authority of tls-ca; verify-full wants the host's name in "
             "it, too. Local are Unix sockets, localhost, 127.0.0.0/8 and ::1."},
    {PATH_AT(tls_ca), .name = "tls-ca", .env = "PLANNER_TLS_CA", .group = SETTINGS_TLS,
     .value = "FILE", .otherwise = "~/.postgresql/root.crt, if there is one",
     .help = "the certificate of the authority that signs the server's; with it alone, tls is "
             "verify-full"},
    {PATH_AT(tls_cert), .name = "tls-cert", .env = "PLANNER_TLS_CERT", .group = SETTINGS_TLS,
     .value = "FILE", .otherwise = "~/.postgresql/postgresql.crt, if there is one",
     .help = "our own certificate, for servers that ask for one"},
    {PATH_AT(tls_key), .name = "tls-key", .env = "PLANNER_TLS_KEY", .group = SETTINGS_TLS,
     .value = "FILE", .otherwise = "~/.postgresql/postgresql.key, if there is one",
     .help = "its key, of mode 0600"},

    {DURATION_AT(database_wait), .name = "database-wait", .env = "PLANNER_DATABASE_WAIT",
     .group = SETTINGS_CONNECTION, .value = "TIME", RANGE(500 * MS, 5 * MINUTE), .initial = "10s",
     .app_env = "DB_POOL_TIMEOUT", .app_when = APP_EITHER,
     .help = "how long a call waits for a database that does not answer"},
    {DURATION_AT(connect_timeout), .name = "connect-timeout", .env = "PLANNER_CONNECT_TIMEOUT",
     .group = SETTINGS_CONNECTION, .value = "TIME", RANGE(100 * MS, 5 * MINUTE),
     .otherwise = "a third of database-wait, but 3s to 10s",
     .help = "how long one attempt of these to connect may take"},
    {DURATION_AT(statement_timeout), .name = "statement-timeout",
     .env = "PLANNER_STATEMENT_TIMEOUT", .group = SETTINGS_CONNECTION, .value = "TIME",
     RANGE(SECOND, HOUR), .initial = "30s",
     .help = "a statement that takes longer is given up, and nothing was changed"},
    {DURATION_AT(lock_timeout), .name = "lock-timeout", .env = "PLANNER_LOCK_TIMEOUT",
     .group = SETTINGS_CONNECTION, .value = "TIME", RANGE(100 * MS, HOUR), .initial = "10s",
     .help = "as is one that waits longer for another's change, and tried again"},
    {DURATION_AT(idle_close), .name = "idle-close", .env = "PLANNER_IDLE_CLOSE",
     .group = SETTINGS_CONNECTION, .value = "TIME", RANGE(SECOND, 24 * HOUR), .initial = "1min",
     .help = "a connection that was not used for so long is given back"},
    {DURATION_AT(tcp_user_timeout), .name = "tcp-user-timeout", .env = "PLANNER_TCP_USER_TIMEOUT",
     .group = SETTINGS_CONNECTION, .value = "TIME", RANGE(0, 10 * MINUTE), .initial = "20s",
     .help = "a connection whose server acknowledges nothing for so long is lost; 0: the system's "
             "own limit"},
    {DURATION_AT(keepalive_idle), .name = "keepalive-idle", .env = "PLANNER_KEEPALIVE_IDLE",
     .group = SETTINGS_CONNECTION, .value = "TIME", RANGE(0, 2 * HOUR), .initial = "30s",
     .help = "a connection that is silent for so long is asked whether it lives; 0: never"},
    {DURATION_AT(keepalive_interval), .name = "keepalive-interval",
     .env = "PLANNER_KEEPALIVE_INTERVAL", .group = SETTINGS_CONNECTION, .value = "TIME",
     RANGE(SECOND, 10 * MINUTE), .initial = "10s", .help = "and then asked again"},
    {NUMBER_AT(keepalive_count), .name = "keepalive-count", .env = "PLANNER_KEEPALIVE_COUNT",
     .group = SETTINGS_CONNECTION, .value = "N", RANGE(1, 127), .initial = "3",
     .help = "so often, before it is taken for dead"},
    {TEXT_AT(application_name), .name = "application-name", .env = "PLANNER_APPLICATION_NAME",
     .group = SETTINGS_CONNECTION, .value = "NAME", RANGE(1, 63), .initial = "mcp-planner",
     .help = "what the server's list of connections shows of us"},
    {NUMBER_AT(pool_size), .name = "pool-size", .env = "PLANNER_POOL_SIZE",
     .group = SETTINGS_CONNECTION, .value = "N", RANGE(1, 1000), .initial = "1",
     .app_env = "DB_POOL_SIZE", .app_when = APP_EITHER,
     .help = "accepted for those who have it set, and changes nothing",
     .more = "A process has one connection for its work, and one more while somebody is "
             "subscribed to changes. Those who want fewer connections than processes put a pooler "
             "in between."},

    {WORD_AT(log_level), .name = "log-level", .env = "PLANNER_LOG_LEVEL", .group = SETTINGS_LOGS,
     .value = "LEVEL", .words = log_levels, .initial = "warning",
     .help = "what is logged, on standard error"},
    {WORD_AT(log_format), .name = "log-format", .env = "PLANNER_LOG_FORMAT", .group = SETTINGS_LOGS,
     .value = "FORMAT", .words = log_formats, .initial = "text", .help = "how it is logged"},
    {DURATION_AT(slow_statement), .name = "slow-statement", .env = "PLANNER_SLOW_STATEMENT",
     .group = SETTINGS_LOGS, .value = "TIME", RANGE(0, 600000), .initial = "0",
     .help = "log statements of the database that take at least as long; 0: none",
     .more =
         "By name, with the time and the size of the answer, never with values. Every statement "
         "is then answered by itself, which costs a little time in each call."},

    {PATH_AT(textfile), .name = "textfile", .of = "metrics", .group = SETTINGS_COMMAND,
     .value = "FILE", .not_in_file = true, .otherwise = "standard output",
     .help = "with metrics: write them into this file, whole or not at all",
     .more = "For node_exporter's textfile collector the name ends in .prom."},
    {DURATION_AT(interval), .name = "interval", .of = "metrics", .group = SETTINGS_COMMAND,
     .value = "TIME", RANGE(0, 3600000), .initial = "0", .not_in_file = true,
     .help = "with metrics --textfile: again so often, at least 1s apart, until SIGTERM; 0: once"},
    {NUMBER_AT(per_project), .name = "per-project", .of = "metrics", .group = SETTINGS_COMMAND,
     .value = "N", RANGE(0, 500), .initial = "0", .not_in_file = true,
     .help = "with metrics: also tell of the N active projects that changed last"},
    {TEXT_AT(config), RANGE(1, 4095), .name = "config", .env = "PLANNER_CONFIG",
     .group = SETTINGS_COMMAND, .value = "FILE", .otherwise = "$XDG_CONFIG_HOME/mcp-planner/config",
     .not_in_file = true, .help = "read settings from this file instead of the usual one"},
    {SWITCH_AT(json), .name = "json", .group = SETTINGS_COMMAND, .not_in_file = true,
     .help = "report as JSON",
     .more = "When a command fails, an object with members error (the sentence) and exit_code."},
    {SWITCH_AT(yes), .name = "yes", .of = "migrate up, migrate down, restore, seed",
     .group = SETTINGS_COMMAND, .not_in_file = true, .help = "do not ask"},
    {SWITCH_AT(force), .name = "force", .of = "migrate up, migrate down, backup, import",
     .group = SETTINGS_COMMAND, .not_in_file = true,
     .help = "migrate up and down: go on although a check warns; backup: replace the file; "
             "import: into what came from another place"},
    {SWITCH_AT(update), .name = "update", .of = "import", .group = SETTINGS_COMMAND,
     .not_in_file = true,
     .help = "import from another program: take over what has changed there since, of what nobody "
             "has changed here"},
    {TEXT_AT(backup), RANGE(1, 4095), .name = "backup", .of = "migrate up, migrate down",
     .group = SETTINGS_COMMAND, .value = "FILE", .not_in_file = true,
     .help = "migrate up and down: write a dump to this file first"},
    {TEXT_AT(dir), RANGE(1, 4000), .name = "dir", .of = "migrate create, backup",
     .group = SETTINGS_COMMAND, .value = "DIR", .not_in_file = true,
     .otherwise = "sql/migrations for migrate create",
     .help = "migrate create: where the migrations are; backup: write one with the time in its "
             "name there"},
    {PATH_AT(backup_dir), .name = "backup-dir", .of = "backup, doctor", .env = "PLANNER_BACKUP_DIR",
     .group = SETTINGS_COMMAND, .value = "DIR",
     .help = "where backups lie: backup without FILE and --dir writes there, and doctor tells how "
             "old the newest is"},
    {TEXT_AT(keep), RANGE(1, 100), .name = "keep", .of = "backup", .group = SETTINGS_COMMAND,
     .value = "LIST", .not_in_file = true, .otherwise = "all",
     .help = "backup --dir: like daily=7,weekly=4; remove what is not the newest of one of so many "
             "days or weeks"},
    {SWITCH_AT(dry_run), .name = "dry-run", .of = "backup, import, retention, retention restore",
     .group = SETTINGS_COMMAND, .not_in_file = true,
     .help = "backup --dir --keep: write and remove nothing, tell what would be removed; "
             "import, retention: change nothing, tell what would be done"},
    {SWITCH_AT(replace), .name = "replace", .of = "restore", .group = SETTINGS_COMMAND,
     .not_in_file = true, .help = "restore: in place of the store that is there"},
    {SWITCH_AT(drill), .name = "drill", .of = "restore", .group = SETTINGS_COMMAND,
     .not_in_file = true,
     .help = "restore: only try it, in a database that is thrown away (exit code 3: it is not "
             "good)"},
    {TEXT_AT(only), RANGE(1, 40), .name = "only", .of = "doctor", .group = SETTINGS_COMMAND,
     .value = "CHECK", .not_in_file = true, .help = "doctor: this check alone"},
    {SWITCH_AT(quick), .name = "quick", .of = "doctor", .group = SETTINGS_COMMAND,
     .not_in_file = true, .help = "doctor: without the checks that read whole tables"},
    {SWITCH_AT(list), .name = "list", .of = "doctor", .group = SETTINGS_COMMAND,
     .not_in_file = true, .help = "doctor: tell the checks and look at nothing"},
    {SWITCH_AT(fix), .name = "fix", .of = "doctor", .group = SETTINGS_COMMAND, .not_in_file = true,
     .help = "doctor: compute wrong counters afresh, then look"},
    {WORD_AT(profile), .name = "profile", .of = "seed", .group = SETTINGS_COMMAND,
     .value = "PROFILE", .words = seed_profiles, .not_in_file = true,
     .help = "seed: which plan is made up"},
    {NUMBER_AT(number), .name = "number", .of = "seed", .group = SETTINGS_COMMAND, .value = "N",
     RANGE(0, 1000000000), .initial = "0", .not_in_file = true,
     .help = "seed: another number makes another plan, the same number the same"},
    {NUMBER_AT(items), .name = "items", .of = "seed", .group = SETTINGS_COMMAND, .value = "N",
     RANGE(1000, 10000000), .otherwise = "10,000 of large, 100,000 of load", .not_in_file = true,
     .help = "seed: how many items, of large and load"},
    {SWITCH_AT(all), .name = "all", .of = "export", .group = SETTINGS_COMMAND, .not_in_file = true,
     .help = "export: everything, which is also what it does when no project is named"},
    {WORD_AT(from), .words = from_words, .name = "from", .of = "import", .group = SETTINGS_COMMAND,
     .value = "PROGRAM", .not_in_file = true, .otherwise = "found out, where it is certain",
     .help = "import: the program whose data it is"},
    {DURATION_AT(keep_audit), .name = "retention-audit", .of = "retention",
     .env = "PLANNER_RETENTION_AUDIT", .group = SETTINGS_COMMAND, .value = "AGE",
     .words = keep_words, RANGE(7 * DAY, 36500 * DAY), .initial = "keep",
     .help = "retention: what is older goes from the history"},
    {DURATION_AT(keep_iterations), .name = "retention-iterations", .of = "retention",
     .env = "PLANNER_RETENTION_ITERATIONS", .group = SETTINGS_COMMAND, .value = "AGE",
     .words = keep_words, RANGE(7 * DAY, 36500 * DAY), .initial = "keep",
     .help = "retention: the texts of drafts and reviews that were replaced longer ago go"},
    {DURATION_AT(keep_deleted), .name = "retention-deleted", .of = "retention",
     .env = "PLANNER_RETENTION_DELETED", .group = SETTINGS_COMMAND, .value = "AGE",
     .words = keep_words, RANGE(7 * DAY, 36500 * DAY), .initial = "keep",
     .help = "retention: items that were deleted longer ago go, with all below them"},
    {DURATION_AT(keep_archived), .name = "retention-archived", .of = "retention",
     .env = "PLANNER_RETENTION_ARCHIVED", .group = SETTINGS_COMMAND, .value = "AGE",
     .words = keep_words, RANGE(7 * DAY, 36500 * DAY), .initial = "keep",
     .help = "retention: projects that have been archived for longer go, whole"},
    {PATH_AT(archive), .name = "archive", .of = "retention", .env = "PLANNER_ARCHIVE",
     .group = SETTINGS_COMMAND, .value = "PATH",
     .help = "retention --run: where what goes is written to first"},
    {NUMBER_AT(batch), .name = "batch", .of = "retention, retention restore, import",
     .env = "PLANNER_BATCH", .group = SETTINGS_COMMAND, .value = "N", RANGE(1, 10000),
     .initial = "1000", .help = "retention: rows that one transaction removes or puts back"},
    {SWITCH_AT(run), .name = "run", .of = "retention", .group = SETTINGS_COMMAND,
     .not_in_file = true,
     .help = "retention: archive and remove, instead of only telling what would go"},
    {SWITCH_AT(markdown), .name = "markdown", .of = "export", .group = SETTINGS_COMMAND,
     .not_in_file = true, .help = "export: for people to read; nothing reads it back"},
    {TEXT_AT(as), RANGE(2, 10), .name = "as", .of = "import", .group = SETTINGS_COMMAND,
     .value = "SLUG", .not_in_file = true,
     .help = "import: an export's one project as a copy with this slug"},
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
