/* What the files of this room share and nobody else sees. */
#ifndef PLANNER_CONFIG_PRIVATE_H
#define PLANNER_CONFIG_PRIVATE_H

#include <libpq-fe.h>

#include "planner/config/options.h"

/* The reading of one command line. */
struct reading {
    struct arena *arena;
    struct invocation *invocation;
};

/*
 * value.c: a text for a setting, and where it stands. What is wrong becomes one of the problems,
 * and the setting keeps what it had. What counts less than what is there already is only looked at.
 */
void value_take(struct reading *r, const struct setting *setting, struct given given);
/* Whether there is one in what was given; of a connection string that cannot be read: yes. */
bool setting_holds_password(struct arena *arena, const struct setting *s, const char *text);
/* The defaults, before anything is read. */
void value_defaults(struct reading *r);

/* file.c: the config file, when there is one. */
void file_read(struct reading *r);

/* read.c */
void note_problem(struct reading *r, const char *sentence);
void note_warning(struct reading *r, const char *sentence);
void sentence_add(struct sentences *list, const char *sentence);
/* Whether a row with `.of` is of that command, or of one of its words. */
bool setting_is_of(const struct setting *setting, const char *command);
/* The row's number, for invocation->given. */
size_t setting_index(const struct setting *setting);

/*
 * mask.c: was a URI cut at a character of its password? libpq takes the rest for a port or a host,
 * which would be shown.
 */
bool dsn_is_torn(const PQconninfoOption *parts);

/* dsn.c: the value of a keyword, or NULL. */
const char *dsn_part(const PQconninfoOption *parts, const char *keyword);

/* Can it? Of one that cannot be read nothing is known. */
bool dsn_is_readable(struct arena *arena, const char *dsn);

/* origin.c: the variables of libpq that are set, into invocation->variables. */
void origin_note_variables(struct reading *r);
/*
 * Who says `value` of a keyword of `dsn` or `read-dsn` (`name`): the beginning of a sentence, like
 * "'dsn' (flag --dsn)" or "'PGPORT' (environment variable)". Keyword "": of the whole.
 */
const char *origin_of(struct arena *arena, const struct invocation *invocation, const char *name,
                      const char *keyword, const char *value);

/* tell.c: a number of ms as 500ms, 30s, 5min, 1h. */
const char *duration_text(struct arena *arena, int64_t ms);

#endif
