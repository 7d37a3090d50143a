/*
 * Settings from the command line, the environment and the config file, in that order of
 * precedence; and the texts that explain them.
 */
#ifndef PLANNER_CLI_OPTIONS_H
#define PLANNER_CLI_OPTIONS_H

#include "planner/cli/command.h"

/* One setting and the places where it can be given; NULL: not in that place. */
struct setting {
    const char *name; /* of the flag (without "--") and in the config file */
    const char *env;
    size_t offset;     /* of the member of struct options */
    const char *value; /* what stands for the value in --help */
    const char *help;
};

extern const struct setting option_settings[]; /* ended by a NULL name */

/* What a command line asks for. */
struct invocation {
    struct options options;
    const char *command; /* NULL: none was named */
    bool help, version;
};

/*
 * Read everything. False when something is wrong; *ret_problem is then one sentence for stderr.
 * Texts are in `arena`, which must live as long as the process, or borrowed from argv.
 */
bool options_read(struct arena *arena, int argc, char **argv, struct invocation *ret_invocation,
                  const char **ret_problem);

/* --max-claims as a number: 1 to 1000; 0 when it is not given, -1 when it is none of those. */
int64_t options_max_claims(const struct options *options);

/*
 * What the environment of an application says about the database (SPEC 5) counts only when
 * DATABASE_TYPE is postgresql or supabase: then it is taken for a *dsn that is still NULL.
 * Otherwise libpq's own variables are taken out of the environment. False: *ret_problem is set.
 */
bool dsn_complete(struct arena *arena, const char **dsn, const char **ret_problem);

/* Commands by name, NULL when unknown. */
const struct command *command_find(const char *name);

void help_print(void);       /* --help */
void help_print_short(void); /* started by hand, without a command */

#endif
