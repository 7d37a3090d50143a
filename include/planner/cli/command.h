/*
 * One file per command, one row each in command_all (src/cli/commands.c). main.c parses the
 * options, builds the app, runs the command, closes.
 *
 * Exit codes: 0 done, 1 failed, 2 usage, 3 found trouble (SPEC 6).
 */
#ifndef PLANNER_CLI_COMMAND_H
#define PLANNER_CLI_COMMAND_H

#include "planner/base/log.h"
#include "planner/base/req.h"
#include "planner/store/db.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 3 };

/*
 * Settings, each from its flag, else the environment, else the config file
 * ($XDG_CONFIG_HOME/mcp-planner/config, `name = value` lines, or --config FILE). NULL: not given.
 */
struct options {
    const char *agent;      /* --agent, PLANNER_AGENT */
    const char *role;       /* --role, PLANNER_ROLE: server, client, worker, user */
    const char *user;       /* --user, PLANNER_USER */
    const char *project;    /* --project, PLANNER_PROJECT */
    const char *max_claims; /* --max-claims, PLANNER_MAX_CLAIMS */
    const char *data_dir;   /* --data-dir, PLANNER_DATA_DIR */
    const char *dsn;        /* --dsn, PLANNER_DATABASE_URL, or what SPEC 5 derives */
    const char *log_level;  /* --log-level, PLANNER_LOG_LEVEL */
    const char *log_format; /* --log-format, PLANNER_LOG_FORMAT: text, json */
    bool json;              /* --json: report as JSON */
    bool yes;               /* --yes: do not ask */
    int argc;               /* what is left for the command: its own arguments */
    char **argv;
};

/* Process lifetime, owned by main.c. */
struct app {
    struct options options;
    struct log log;
    struct arena arena; /* lives as long as the process */
    struct uuid_source uuids;
    struct cluster cluster; /* located, not started; meaningless when options.dsn is set */
    struct db_config db_config;
    struct db *db;  /* connects on first use */
    struct req req; /* a request for commands: arena, log, plain waiter, db */
};

struct command {
    const char *name;
    const char *args;    /* for the usage line: "status|up [VERSION]|down VERSION|validate" */
    const char *summary; /* one line for --help */
    bool hidden;         /* not in --help: internal */
    int (*run)(struct app *app);
};

extern const struct command *const command_all[]; /* ended by NULL */

extern const struct command command_serve;
extern const struct command command_keeper;
extern const struct command command_migrate;
extern const struct command command_status;
extern const struct command command_stop;
extern const struct command command_tools;
extern const struct command command_version;

#endif
