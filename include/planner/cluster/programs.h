/*
 * PostgreSQL's programs: where they are, which version they have, how they are run. None of them
 * ever gets our stdin, stdout or any other descriptor.
 */
#ifndef PLANNER_CLUSTER_PROGRAMS_H
#define PLANNER_CLUSTER_PROGRAMS_H

#include <sys/types.h>

#include "planner/base/req.h"

#define PROGRAMS_VERSION_MIN 15

/*
 * The directory that holds initdb and postgres, in rq->arena. From PLANNER_PG_BINDIR when it is
 * set, else the first that fits of: pg_config --bindir, the usual places (newest first), PATH.
 * `major` is the version of an existing cluster, which no other one can read; 0 takes any from
 * PROGRAMS_VERSION_MIN. ST_UNAVAILABLE says what to install.
 */
enum status programs_find(struct req *rq, int major, const char **ret_dir) MUST_CHECK;

/*
 * A program for clients of at least that major version, where there may be no server: in
 * PLANNER_PG_BINDIR, in PATH, in the usual places (newest first). False: there is none.
 */
bool programs_find_client(struct req *rq, const char *name, int major, const char **ret_path,
                          int *ret_major);

/* The major version that a program tells with --version, or 0. */
int program_version(struct req *rq, const char *path);
/* The major version in the answer of `postgres --version`, or 0. */
int programs_version(const char *line);
/* Order directories so that the one with the greatest number in its path comes first. */
int programs_newer_first(const void *left, const void *right);

/* What a child gets for stdin and for stdout and stderr; -1: /dev/null. */
struct program_io {
    int in;
    int out;
    int death_signal; /* sent to it when we die; 0: none */
    int err;          /* stderr apart from stdout; 0: the same */
};

/* Start argv[0] as a session of its own. The pid, or -1 (errno). */
pid_t program_start(const char *const *argv, struct program_io io);
/* Start and wait. True when it ended with 0. */
bool program_run(const char *const *argv, struct program_io io);
/*
 * The same with rq's waiter, for what takes long: *ret_ok is what program_run answers. When the
 * wait is cut short, it and all that it started are killed, and the wait's failure is the answer.
 */
enum status program_run_waiting(struct req *rq, const char *const *argv, struct program_io io,
                                bool *ret_ok) MUST_CHECK;
/* The first line of what it prints, in the arena; NULL when it failed. */
const char *program_line(struct req *rq, const char *const *argv);
/* Wait for one that was started. True when it ended with 0. */
bool program_wait(pid_t pid);

#endif
