/*
 * The settings: one table (src/config/table.c) that the command line, the environment and the
 * config file are read by, that `config show` reports, and that --help, the man page and the
 * README's list are printed from.
 *
 * To add one: a member of struct options, a row of the table (with `.of` when only some commands
 * take it, so that the others refuse it), `tests/tools/check_settings.py BINARY
 * --renew` for the documents. It is then there, validated and typed, wherever struct options is.
 *
 * Texts live in the arena that was given to options_read, or in argv: as long as the process.
 */
#ifndef PLANNER_CONFIG_OPTIONS_H
#define PLANNER_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "planner/base/arena.h"

#define SETTINGS_MAX 80 /* rows of the table */

/* Each member is what its row of the table says, or the default; texts NULL when there is none. */
struct options {
    const char *agent;
    const char *role;
    const char *user;
    const char *project;
    int64_t max_claims;

    const char *data_dir;
    const char *dsn; /* as given; main.c puts what options_dsn makes of it in its place */
    bool pooled;
    const char *read_dsn;
    const char *database_type;
    const char *supabase_url;
    const char *supabase_password;
    const char *supabase_region;
    const char *supabase_host;
    const char *supabase_ca;
    const char *pg_bindir;

    const char *tls;
    const char *tls_ca;
    const char *tls_cert;
    const char *tls_key;

    int64_t database_wait;   /* times in ms */
    int64_t connect_timeout; /* 0: follows from database_wait */
    int64_t statement_timeout;
    int64_t lock_timeout;
    int64_t idle_close;
    int64_t tcp_user_timeout;
    int64_t keepalive_idle;
    int64_t keepalive_interval;
    int64_t keepalive_count;
    const char *application_name;
    int64_t pool_size; /* told and checked; there is nothing to size */

    const char *log_level;
    const char *log_format;
    int64_t slow_statement; /* ms; 0: off */

    const char *textfile;
    int64_t interval; /* ms; 0: once */
    int64_t per_project;
    const char *config;
    bool json;
    bool yes;
    bool force;
    bool update;
    const char *backup;
    const char *dir;
    const char *keep; /* of backup --dir: what rotation leaves */
    const char *backup_dir;
    bool dry_run;
    bool replace;
    bool drill;
    const char *only; /* of doctor: this check alone */
    bool quick;
    bool list;
    bool fix;
    const char *profile; /* of seed */
    int64_t number;
    int64_t items;    /* 0: the profile's own size */
    bool all;         /* of export: everything */
    bool markdown;    /* of export */
    const char *as;   /* of import: the slug of a copy */
    const char *from; /* of import: the program whose data it is; NULL: found out */
    int64_t keep_audit, keep_iterations, keep_deleted, keep_archived; /* ms; 0: for ever */
    const char *archive;
    int64_t batch;
    bool run;

    int argc; /* what is left for the command: its own arguments */
    char **argv;
};

enum setting_type {
    SETTING_TEXT,     /* min to max bytes of UTF-8 without control characters */
    SETTING_SECRET,   /* a password: never quoted, shown as *** */
    SETTING_DSN,      /* a connection string: never quoted, shown with its passwords masked */
    SETTING_WORD,     /* one of `words` */
    SETTING_PATH,     /* absolute, on one line */
    SETTING_NUMBER,   /* min to max */
    SETTING_DURATION, /* min to max, in ms; written 500ms, 30s, 5min, 1h, or seconds alone */
    SETTING_SWITCH    /* as a flag without a value; elsewhere yes or no */
};

enum setting_group {
    SETTINGS_CALLS,
    SETTINGS_DATABASE,
    SETTINGS_TLS,
    SETTINGS_CONNECTION,
    SETTINGS_LOGS,
    SETTINGS_COMMAND,
    SETTINGS_GROUPS
};

/* With which database-type a variable of somebody's application counts; that of the type itself:
 * always. None does when a server is named by our own names. */
enum setting_app { APP_NEVER, APP_POSTGRESQL, APP_SUPABASE, APP_EITHER, APP_ALWAYS };

struct setting {
    const char *name; /* of the flag (without "--") and in the config file */
    const char *env;  /* NULL: no variable of its own */
    enum setting_type type;
    enum setting_group group;
    size_t offset; /* of the member of struct options: const char *, int64_t or bool by type */
    int64_t min, max;
    const char *const *words; /* ended by NULL; of a duration: what stands for 0 */
    const char *initial;      /* the default as it would be written; NULL: none */
    const char *otherwise;    /* what holds when there is no default, for people */
    const char *value;        /* what stands for the value in --help */
    const char *help;         /* what it says, short: --help, README, man page */
    const char *more;         /* more sentences for the man page, or NULL */
    const char *app_env;      /* also read, when `app_when` says so, below `env` */
    enum setting_app app_when;
    bool not_in_file;
    /*
     * Who takes the flag, "migrate up, backup": commands, those that begin with a word of their own
     * with that word; NULL: everybody.
     */
    const char *of;
};

extern const struct setting setting_table[]; /* ended by a NULL name */
extern const char *const setting_group_titles[SETTINGS_GROUPS];

/* From what counts least to what counts most. */
enum setting_place {
    PLACE_DEFAULT,
    PLACE_APPLICATION, /* a variable that is not ours (`app_env`) */
    PLACE_FILE,
    PLACE_ENVIRONMENT,
    PLACE_FLAG
};

/* What one setting was given, and where. */
struct given {
    enum setting_place place;
    const char *text;     /* as it was written; NULL: the default holds */
    const char *variable; /* PLACE_ENVIRONMENT, PLACE_APPLICATION */
    int line;             /* PLACE_FILE */
};

/* Sentences that were collected. */
struct sentences {
    const char *texts[32]; /* what is beyond is dropped */
    size_t n;
};

/* One of libpq's variables that is set: PGPORT, keyword "port". */
struct libpq_variable {
    const char *keyword, *name, *value;
};
#define LIBPQ_VARIABLES_MAX 64 /* libpq 17 knows 40 */

/* What a command line asks for. */
struct invocation {
    struct options options;
    struct given given[SETTINGS_MAX]; /* by row */
    struct sentences problems;        /* in the environment, the config file or a flag's value */
    struct sentences warnings;        /* what works, but should not stay */
    struct libpq_variable variables[LIBPQ_VARIABLES_MAX]; /* none but where they count */
    size_t n_variables;
    const char *config_path; /* the file that is read, or would be; NULL: no home */
    bool config_found;
    const char *command; /* NULL: none was named */
    bool help, version;
};

/*
 * Read everything. False when the command line itself cannot be understood; *ret_problem is then
 * one sentence for stderr, and ret_invocation has the rest, which says in which form it is told.
 * Everything else that is wrong is in ret_invocation->problems, so that it
 * can be listed; a command that works with the settings must not go on with one of them.
 * Neither is looked for when --help or --version is given.
 */
bool options_read(struct arena *arena, int argc, char **argv, struct invocation *ret_invocation,
                  const char **ret_problem);

/* What was given for a row of the table. */
const struct given *setting_given(const struct invocation *invocation,
                                  const struct setting *setting);
/*
 * A flag that was given to a command ("backup", "migrate up") that does not take it, which would go
 * unheeded; NULL when there is none. In the environment and the config file such a setting is for
 * whom it may concern.
 */
const struct setting *setting_stray(const struct invocation *invocation, const char *name);
/* The row with that name; NULL when there is none. */
const struct setting *setting_find(const char *name, size_t len);
/* Where a value comes from: "flag --agent", "environment variable PLANNER_AGENT", "line 3 of ..."
 */
const char *setting_origin(struct arena *arena, const struct invocation *invocation,
                           const struct setting *setting);
/*
 * The value of a setting to be shown, as it was written, passwords masked; the default when nothing
 * was given; NULL when there is neither.
 */
const char *setting_shown(struct arena *arena, const struct invocation *invocation,
                          const struct setting *setting);
/* What a setting wants, for a sentence: "a whole number from 1 to 1000". */
const char *setting_wants(struct arena *arena, const struct setting *setting);

/*
 * Which database: a connection string for libpq, or NULL for the private one. What an
 * application's environment says counts only with database-type (SPEC 5), and is then in the
 * string, as is what a service says; all of libpq's variables are taken out of the environment.
 * False: *ret_problem is one sentence.
 */
bool options_dsn(struct arena *arena, const struct invocation *invocation, const char **ret_dsn,
                 const char **ret_problem);

/*
 * Where that comes from when `dsn` is not set and it is not the private one: "from PGHOST, PGUSER,
 * because ..."; else NULL.
 */
const char *options_dsn_origin(struct arena *arena, const struct invocation *invocation);

/* As options_dsn, of the standby to read from, which nothing but its own setting names. */
bool options_read_dsn(struct arena *arena, const struct invocation *invocation,
                      const char **ret_dsn, const char **ret_problem);

/*
 * What would come out only at the first connection: words and numbers in what options_dsn ("dsn")
 * or options_read_dsn ("read-dsn") has made that libpq refuses, files that are not there or that
 * others may read. Adds sentences, which name paths, never a secret.
 */
void options_check(struct arena *arena, const struct invocation *invocation, const char *name,
                   const char *dsn, struct sentences *problems, struct sentences *warnings);

/*
 * A connection string to be shown: key=value, with *** for every password in it; one that cannot
 * be read is *** as a whole.
 */
const char *dsn_masked(struct arena *arena, const char *dsn);
/* Also true of one that cannot be read. */
bool dsn_has_password(struct arena *arena, const char *dsn);

/* The table as text: for --help; the man page's section (roff); the README's tables. */
const char *settings_help(struct arena *arena);
/* Of that only the flags that not every command takes, but this one; "": none. */
const char *settings_help_of(struct arena *arena, const char *command);
const char *settings_man(struct arena *arena);
const char *settings_markdown(struct arena *arena);

#endif
