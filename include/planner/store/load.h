/*
 * Bringing a store back from a dump: beside the one that is there, compared with what the dump
 * says it holds, and put in its place at the end of one transaction. Whatever goes wrong, and
 * whenever this process or the server is killed, there is the old store or the new one.
 */
#ifndef PLANNER_STORE_LOAD_H
#define PLANNER_STORE_LOAD_H

#include "planner/store/dump.h"

/* What the database has. */
struct load_target {
    struct opt_int server_major;
    struct opt_bool standby;
    struct opt_bool has_schema;
    struct opt_bool has_tables;  /* a store, from its first migration on */
    struct opt_int projects;     /* that would be replaced */
    const char *role, *database; /* who we are, and where; quoted where SQL wants it */
    struct opt_bool may_create;  /* a schema there */
    const char *owner;           /* of the schema, where we are not; or NULL */
};
/* Look; the private cluster is made and started for it. */
enum status load_look(struct req *rq, struct load_target *ret_target) MUST_CHECK;

/* A table that is not as the dump says, or another fact: "schema", "store". */
struct load_difference {
    const char *table;
    const char *expected; /* "12 rows, hash 1:2", or "no such table"; "migration 6" */
    const char *found;
};

struct load_order {
    const char *path;              /* the dump, in pg_dump's custom format */
    const struct dump_facts *says; /* what it holds */
    bool replace;                  /* a store with projects may be replaced */
    bool is_drill;                 /* nobody goes on with it: differences are listed, not refused */
};

struct load_report {
    bool replaced;           /* a store with projects was there */
    struct list differences; /* of struct load_difference; of a drill */
    const char *problem;     /* what calls will say of its schema, or NULL: it fits */
    int64_t load_ms, check_ms, swap_ms;
};

/*
 * Load. Others go on with the old store meanwhile; what they change is lost with it. At the end
 * those in the midst of a change are waited for. ST_INVALID: the dump is damaged; ST_CONFLICT:
 * there is a store and `replace` was not told, or what came back differs from what the dump says,
 * or its schema is newer than this program; ST_UNAVAILABLE: the server (also one that is older than
 * the dump's), a right, a program that is missing. Nothing is changed then.
 */
enum status load_store(struct req *rq, const struct load_order *order,
                       struct load_report *ret_report) MUST_CHECK;

#endif
