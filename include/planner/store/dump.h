/*
 * A dump of the store by PostgreSQL's own pg_dump, with what is in it: counted and hashed in the
 * very snapshot that pg_dump reads.
 */
#ifndef PLANNER_STORE_DUMP_H
#define PLANNER_STORE_DUMP_H

#include "planner/store/db.h"

/*
 * The rows of a table. The hash does not depend on their order: two sums of hashtextextended()
 * with the seeds 0 and 1 over each row as text, in decimal with ':' between
 * (sql/queries/dump_sum.sql).
 */
struct dump_table {
    const char *name;
    struct opt_int rows;
    const char *hash;
};
struct dump_facts {
    const char *snapshot; /* of no use afterwards */
    const char *taken_at; /* ISO 8601, of the snapshot */
    const char *server;   /* the version, "15.18 (Debian ...)" */
    struct opt_int server_major;
    const char *store;      /* which store; the same for all its copies */
    struct opt_int schema;  /* the newest migration; not set: none was applied */
    struct opt_int bytes;   /* of tables and indexes on the server */
    struct list tables;     /* of struct dump_table, by name */
    struct opt_int pg_dump; /* its major version */
};

/*
 * Write schema planner into the file `path`, which is there already and empty, in pg_dump's custom
 * format, and read it back as a whole. It is neither synced nor removed here. Migrations wait
 * meanwhile, nobody else does. Progress goes through req_progress() in bytes. What pg_dump
 * complains of goes to stderr. Waits as long as it takes. ST_UNAVAILABLE: there is no pg_dump, it
 * failed, or the server is reached through a pooler; ST_NOT_FOUND: there is no store.
 */
enum status dump_write(struct req *rq, const char *path, struct dump_facts *ret_facts) MUST_CHECK;
/* Which store rq->db is: struct dump_facts.store. Errors as dump_write. */
enum status dump_identify(struct req *rq, const char **ret_store) MUST_CHECK;

#endif
