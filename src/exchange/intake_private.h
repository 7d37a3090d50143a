/*
 * What the files of an import share: intake_plan.c reads the file for what is in it,
 * intake_rewrite.c makes rows fit into the store, intake_load.c stores them, intake_verify.c holds
 * them against what is there, intake_settle.c computes and checks what follows from them, intake.c
 * is the order of all that.
 */
#ifndef PLANNER_EXCHANGE_INTAKE_PRIVATE_H
#define PLANNER_EXCHANGE_INTAKE_PRIVATE_H

#include "planner/exchange/intake.h"
#include "planner/exchange/shape.h"
#include "planner/store/transfer.h"

/* ------------------------------------------------------------------ intake_plan.c */

/* A project of the file. */
struct planned {
    const char *id, *slug, *workspace; /* as in the file; workspace NULL: none */
    int64_t line;
    size_t first_change, n_changes; /* in plan->changes */
    int64_t depth;                  /* of its deepest item */
    bool there;                     /* in the store */
    bool differs;
    int64_t shift;
    const char *id_here, *slug_here; /* in the store */
};

struct plan {
    struct planned *projects; /* memory_alloc */
    size_t n, cap;
    int64_t *changes; /* those of the audit, each once in a row; memory_alloc */
    size_t n_changes, cap_changes;
    int64_t audit, evidence, token, cut; /* the greatest */
};

/* Scoped. */
void intake_plan_drop(struct plan *plan);
#define OWN_PLAN __attribute__((cleanup(intake_plan_drop))) struct plan

/* From the beginning of the file to its end; everything that needs no database is checked. */
enum status intake_plan_read(struct req *rq, int fd, struct plan *ret_plan,
                             struct intake_report *report) MUST_CHECK;
/* The file once more from its beginning: a reader behind the header. Scoped by the caller. */
enum status intake_rewind(struct req *rq, const struct record_source *source, const int *fd,
                          struct record_reader **ret_reader) MUST_CHECK;
extern ssize_t intake_plan_source_read(void *ctx, char *bytes, size_t size);

/* ------------------------------------------------------------------ intake_rewrite.c */

/*
 * A row with changed numbers and, for a copy, ids of its own. Into `out`, which may lie in an arena
 * that is reset for each row.
 */
void intake_rewrite_row(const struct record *record, const struct planned *project, const char *as,
                        int64_t shift, struct buf *out);
/* The id that an id has in a copy: the same time, the rest from the slug; always the same. */
void intake_rewrite_id(const char *id, const char *as, char ret_id[UUID_TEXT_LEN + 1]);

/* ------------------------------------------------------------------ intake_load.c */

/* Rows of one kind of one project, on their way. */
struct load;
struct load *intake_load_new(struct req *rq, struct transfer *to);
void intake_load_drop(struct load **load);
#define OWN_LOAD __attribute__((cleanup(intake_load_drop))) struct load
/*
 * `project` is borrowed until the next flush; NULL for rows of none. ST_INVALID may be about a row
 * that was put earlier: the server works on one set while the next one is filled.
 */
enum status intake_load_put(struct load *load, const char *project,
                            const struct record *record) MUST_CHECK;
/* Store what waits. ST_INVALID: "line N: ..." says which row the database refuses. */
enum status intake_load_flush(struct load *load) MUST_CHECK;
/* Answers for request ids that were stored, and that were there. */
void intake_load_requests(const struct load *load, int64_t *ret_added, int64_t *ret_same);

/* ------------------------------------------------------------------ intake_verify.c */

/* A project of the file beside the one in the store, both in their order. */
struct verify;
struct verify *intake_verify_new(struct req *rq, struct transfer *from,
                                 struct intake_report *report);
void intake_verify_drop(struct verify **verify);
#define OWN_VERIFY __attribute__((cleanup(intake_verify_drop))) struct verify
void intake_verify_begin(struct verify *verify, struct planned *project);
enum status intake_verify_row(struct verify *verify, const struct record *record) MUST_CHECK;
/* What the store has beyond the file. */
enum status intake_verify_end(struct verify *verify) MUST_CHECK;

/* ------------------------------------------------------------------ intake_settle.c */

/*
 * Counters, then everything that constraints do not see; ST_INVALID names what is wrong. `change`:
 * a number for the outbox that no other project of this transaction has.
 */
enum status intake_settle(struct req *rq, struct transfer *to, const struct planned *project,
                          int64_t change) MUST_CHECK;

#endif
