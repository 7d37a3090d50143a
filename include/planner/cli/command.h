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
#include "planner/config/options.h"
#include "planner/store/db.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 3 };

/* Process lifetime, owned by main.c. */
struct app {
    const struct invocation *invocation; /* what was given, and where */
    struct options options;              /* what it comes to; dsn: which server, NULL: private */
    struct log log;
    struct arena arena; /* lives as long as the process */
    struct uuid_source uuids;
    struct cluster cluster; /* located, not started; meaningless when options.dsn is set */
    struct db_tuning tuning;
    bool stays; /* serves, rather than being done after one thing */
    struct db_config db_config;
    struct db *db;            /* connects on first use */
    struct req req;           /* a request for commands: arena, log, plain waiter, db */
    struct listener listener; /* of req, after command_listen */
    const char *stage;        /* of command_progress: what was shown last, and when */
    bool counts;              /* it is told in pieces (command_count), not in bytes */
    int64_t shown_ms;
};

/* A word that the arguments of a command may begin with, and how many they may be with it. */
struct verb {
    const char *name;
    int argc_max;
    int (*run)(struct app *app);
};

struct command {
    const char *name;
    const char *args;         /* for the usage line: "status|up [VERSION]|down VERSION|validate" */
    const char *summary;      /* one line for --help */
    bool hidden;              /* not in --help: internal */
    bool bare;                /* runs without settings and database, whatever is wrong with them */
    const struct verb *verbs; /* its words, ended by a NULL name; NULL: it has none */
    int (*run)(struct app *app);
};

/* Said of read-dsn without dsn. */
extern const char command_lone_standby[];

extern const struct command *const command_all[]; /* ended by NULL */

/*
 * A command has failed: say why on stderr, as a line of the log where that is JSON, and with --json
 * also on stdout, as the one object that every command then answers with:
 * {"error":"the sentence","exit_code":1}. An answer that tells what was done until then has `error`
 * as one of its members; only the sentence is left to be said then, by command_note. Gives back
 * the code.
 */
int command_fail(struct app *app, enum exit_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same with the sentence of app->req; ST_INVALID is a usage error. */
int command_fail_req(struct app *app);
enum exit_code command_code(const struct req *rq);
/* Ask a person at a terminal whether to go on, after the sentence. True: yes. */
bool command_confirm(const char *sentence);
/* Usage error: what is wrong, and how the command is called. */
int command_usage(struct app *app, const char *what);

/* Which of a command's verbs the first argument names; NULL: none. */
const struct verb *command_verb(const struct app *app, const struct command *command);
/* `.run` of a command that does nothing without one of its verbs: run the one that is named. */
int command_run_verb(struct app *app);
/* What there is to say beside the answer, on stderr: progress, warnings. */
void command_note(struct app *app, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* From here on what req_note() is told is said as well, whatever the level of the log. */
void command_listen(struct app *app);
/*
 * From here on, where a person looks at stderr, how far it is stands there on a line that is
 * written over, until command_progress_end(); with --log-level info each stage is a line of its
 * own.
 */
void command_progress(struct app *app);
/* The same for what counts lines or items: "500 of 9000 items". */
void command_count(struct app *app);
void command_progress_end(struct app *app);

void help_print_short(void); /* started by hand, without a command */
/* Commands by name, NULL when unknown. */
const struct command *command_find(const char *name);

extern const struct command command_seed;
extern const struct command command_retention;
extern const struct command command_serve;
extern const struct command command_backup;
extern const struct command command_config;
extern const struct command command_doctor;
extern const struct command command_export;
extern const struct command command_help;
extern const struct command command_import;
extern const struct command command_keeper;
extern const struct command command_metrics;
extern const struct command command_migrate;
extern const struct command command_restore;
extern const struct command command_status;
extern const struct command command_stop;
extern const struct command command_tools;
extern const struct command command_version;

#endif
