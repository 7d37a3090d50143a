/*
 * What is looked at before migrations are run, so that what is in their way is said with what to
 * do about it, and not found out half way.
 */
#ifndef PLANNER_STORE_MIGRATE_CHECK_H
#define PLANNER_STORE_MIGRATE_CHECK_H

#include "planner/store/migrate.h"

enum migrate_severity {
    MIGRATE_NOTE,  /* nothing to do */
    MIGRATE_WARNS, /* may go wrong, or take long; whoever knows better goes on */
    MIGRATE_STOPS  /* cannot go well */
};

struct migrate_finding {
    const char *check; /* encoding, rights, read_only, loss, server, extension, disk, migrator,
                          transaction, program */
    enum migrate_severity severity;
    const char *message; /* what there is, and what to do */
};

/* Who says that transactions begin read-only, and what takes it back. */
struct migrate_read_only {
    const char *place; /* "for database plans" */
    const char *undo;
};

/* The database as a migration finds it. Lists in the request's arena. */
struct migrate_surroundings {
    struct opt_int server; /* PostgreSQL's major version */
    const char *encoding;  /* of the database; NULL: not known */
    const char *lacks;     /* what would give us the right to change it; NULL: nothing is lacking */
    const struct migrate_read_only *read_only; /* NULL: nobody says so */
    const char *data_directory;                /* NULL: not to be known */
    struct opt_int bytes;     /* of all that is stored, as the server estimates it */
    struct opt_int programs;  /* sessions of mcp-planner beside this one */
    struct list extensions;   /* of struct migrate_wanted */
    struct list migrators;    /* of struct migrate_session */
    struct list transactions; /* of struct migrate_session: they hold locks for 5 s or longer */
    int64_t disk_free;        /* bytes below data_directory; -1: not to be known */
};
struct migrate_wanted {
    const char *name;
    struct opt_bool installed;
    struct opt_bool available;
};
struct migrate_session {
    struct opt_int pid;
    const char *application;
    const char *user;
    struct opt_int seconds;
    const char *prepared; /* the name of a prepared transaction: it has no session */
};

/* Look around on behalf of what is planned; nothing is changed. */
enum status migrate_look(struct req *rq, const struct migrate_plan *plan,
                         struct migrate_surroundings *ret_around) MUST_CHECK;
/* What that means for the plan: a list of struct migrate_finding. Pure: no database. */
struct list migrate_judge(struct arena *arena, const struct migrate_plan *plan,
                          const struct migrate_surroundings *around);

#endif
