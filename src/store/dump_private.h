/*
 * What dumping and loading share: dump.c writes a dump, load.c brings one back, load_stream.c is
 * the way from pg_restore into the session, dump_programs.c has the programs and how they connect.
 */
#ifndef PLANNER_STORE_DUMP_PRIVATE_H
#define PLANNER_STORE_DUMP_PRIVATE_H

#include <sys/types.h>

#include "migrate_private.h"
#include "planner/store/dump.h"

/* dump_programs.c */
/*
 * pg_dump or pg_restore of at least that major version: beside the server's programs, else as
 * programs_find_client. *ret_major is its own.
 */
enum status dump_find_program(struct req *rq, const char *name, int major, const char **ret_path,
                              int *ret_major) MUST_CHECK;
/*
 * The connection of rq->db for such a program, with our TLS and without the password, which is put
 * into the environment until dump_hide_secret().
 */
enum status dump_connection(struct req *rq, const char **ret_conninfo) MUST_CHECK;
void dump_hide_secret(void);
/*
 * What a program says on its stderr. dump_hear: the descriptor to give it, or -1, with which it
 * talks to ours. dump_heard, when it has ended: each line goes to the log, and the first complaint
 * among them (else the last line, "" when it was silent) comes back.
 */
int dump_hear(void);
const char *dump_heard(struct req *rq, int fd);
void dump_hear_close(int *fd);
#define OWN_HEARING __attribute__((cleanup(dump_hear_close))) int

/* dump.c */
/* A session for dumping or loading: refuses poolers; the lock against migrations is not taken. */
enum status dump_open(struct req *rq, const char *doing, struct runner *run) MUST_CHECK;
/* What is in the database, in the session's transaction. */
struct load_target;
enum status dump_target(struct runner *run, struct load_target *ret_target) MUST_CHECK;
/* A list of struct dump_table of which only the names are there. */
enum status dump_tables(struct runner *run, struct list *ret_tables) MUST_CHECK;
/* Count and hash a table in the session's transaction. */
enum status dump_sum(struct runner *run, const char *name, struct dump_table *ret_table) MUST_CHECK;

/* load_stream.c */
/* Run a section of the archive in the session's transaction; "pre-data", "data", "post-data". */
struct load_stream {
    struct runner *run;
    const char *program; /* pg_restore */
    const char *path;    /* the archive */
    int64_t done, total; /* bytes of rows, for progress; total is an estimate */
};
enum status load_section(struct load_stream *stream, const char *section) MUST_CHECK;

#endif
