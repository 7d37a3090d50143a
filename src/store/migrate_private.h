/*
 * What the files about migrations share.
 *
 * migrate_run.c owns the connection that scripts run on; migrate.c decides what is run, up and
 * down; migrate_batch.c transforms data piece by piece; migrate_compare.c holds the store's record
 * against the program's migrations; migrate_plan.c writes down what would be run; migrate_check.c
 * looks at what is in the way.
 */
#ifndef PLANNER_STORE_MIGRATE_PRIVATE_H
#define PLANNER_STORE_MIGRATE_PRIVATE_H

#include "db_private.h"
#include "planner/store/migrate_check.h"

/* A connection of its own without pipeline: a script holds many statements. Also for transfers. */
struct runner {
    struct req *rq;
    PGconn *conn;
    const char *doing;     /* for messages: "migration 1 (planner)" */
    struct db_fault fault; /* of the last statement that was refused */
};

void runner_close(struct runner *run);
#define OWN_RUNNER __attribute__((cleanup(runner_close))) struct runner

enum status runner_open(struct req *rq, struct runner *run) MUST_CHECK;
/* A script of any number of statements. */
enum status runner_sql(struct runner *run, const char *sql) MUST_CHECK;
/* One statement; what it answers goes into `into`. */
enum status runner_query(struct runner *run, const struct query *q, const char *const *params,
                         struct into into) MUST_CHECK;
/* One statement, for who reads what it answers himself; a refusal is a result, too. */
enum status runner_send(struct runner *run, const struct query *q, const char *const *params,
                        PGresult **ret_res) MUST_CHECK;
/* The first half of it: what was sent is with the server. runner_results is the second. */
enum status runner_start(struct runner *run, const struct query *q,
                         const char *const *params) MUST_CHECK;
/* The same, with a result for each row: runner_result until there is none. */
enum status runner_stream(struct runner *run, const struct query *q,
                          const char *const *params) MUST_CHECK;
/* The next result, the caller's to clear; NULL: the statement is over. */
enum status runner_result(struct runner *run, PGresult **ret_res) MUST_CHECK;
/* A transaction only to look in; settings that others left in a pooler's session do not count. */
enum status runner_peek(struct runner *run) MUST_CHECK;
enum status runner_end(struct runner *run) MUST_CHECK;
/*
 * The store's record against the program's migrations, in a transaction of its own; a store without
 * one lacks them all.
 */
enum status runner_view(struct runner *run, struct migrate_view *ret_view) MUST_CHECK;
/*
 * Begin a transaction, wait for other migrators (telling for whom: req_note), set the limits of
 * the script, make the record when there is none, and look at it (again: another migrator may have
 * been first).
 */
enum status runner_begin(struct runner *run, const struct migration_script *script,
                         struct migrate_view *ret_view) MUST_CHECK;

/* Begin a transaction with nobody else at work on the schema, and wait for that. */
enum status runner_begin_alone(struct runner *run) MUST_CHECK;
/* As runner_view, within the transaction that is open. */
enum status runner_read_view(struct runner *run, struct migrate_view *ret_view) MUST_CHECK;

/* migrate_run.c, for what sends by itself (runner_copy.c) */
#define RUNNER_MS 3600000 /* a script that takes longer is not waited for */
/* Send what is queued and wait until a result is there. `deadline` is monotonic ms. */
enum status runner_wait_result(struct runner *run, int64_t deadline) MUST_CHECK;
/* Read every result of what was sent; the last one is the caller's. Refusals are in run->fault. */
enum status runner_results(struct runner *run, PGresult **ret_last) MUST_CHECK;
void runner_note_refusal(struct runner *run, const PGresult *res);
/* The sentences for run->fault, and for a connection that is gone. */
enum status runner_refused(struct runner *run) MUST_CHECK;
enum status runner_lost(struct runner *run) MUST_CHECK;

/* runner_copy.c */
/* COPY ... FROM stdin: begin with the statement, put rows as they are, end. */
enum status runner_copy_begin(struct runner *run, const char *sql) MUST_CHECK;
enum status runner_copy_put(struct runner *run, const char *bytes, size_t len) MUST_CHECK;
enum status runner_copy_end(struct runner *run) MUST_CHECK;
/* Wait until the server took what was sent: libpq would go on collecting it. */
enum status runner_let_go(struct runner *run) MUST_CHECK;

/* migrate_batch.c */
/* Run what is left of a migration's batches; adds what this call did to the step. */
enum status batch_run(struct runner *run, const struct migration *m,
                      struct migrate_step *step) MUST_CHECK;

/* migrate_check.c */
/* As migrate_look, on a connection that is there. */
enum status runner_look(struct runner *run, const struct migrate_plan *plan,
                        struct migrate_surroundings *ret_around) MUST_CHECK;

/* "process 12 (psql, user ann)" */
const char *migrate_session_text(struct arena *arena, const struct migrate_session *session);

/* migrate_compare.c */
const struct migration *migration_find(const struct migration *program, int64_t version);
/* ST_INVALID: the program has no such version; 0 stands for all, or for none. */
enum status migration_check(struct req *rq, int version) MUST_CHECK;
const struct migrate_row *migrate_row_find(const struct migrate_view *view, int version);

#endif
