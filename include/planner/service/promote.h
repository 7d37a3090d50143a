/*
 * Steps that are really tasks: promote_step and optimize_project (SPEC 2, Complexity). A promoted
 * item keeps its id, number, place, dependencies, priority and assignee; its content becomes its
 * objective, its breakdown becomes its steps. Its row in steps goes, whole into the audit; its
 * iterations stay.
 */
#ifndef PLANNER_SERVICE_PROMOTE_H
#define PLANNER_SERVICE_PROMOTE_H

#include "planner/service/shapes.h"
#include "planner/service/write.h"

struct promote_args {
    struct write_args write;
    const char *step;
    struct list breakdown; /* titles; not given: as assessed, else as the text falls into parts */
    struct opt_int token;
};

/* Where the titles came from; the names are parts_from_names, in this order. */
enum parts_from { PARTS_GIVEN = 1, PARTS_CLIENT, PARTS_SERVER, PARTS_ANALYSIS };
extern const char *const parts_from_names[];

struct promoted_part {
    const char *key, *title;
};
struct promote_answer {
    struct opt_bool changed, replayed;
    struct opt_int change, version;
    const char *key, *id, *title, *project, *state, *status;
    int kind;
    struct opt_num progress;
    int parts_from;
    struct list steps; /* struct promoted_part */
};
extern const struct field promote_answer_fields[];

/*
 * What becomes of a step, or why nothing does: ST_CONFLICT when it is closed, disputed or claimed,
 * ST_NOT_READY without a breakdown, ST_LIMIT at the greatest depth. *ret_titles is borrowed.
 */
enum status promote_rule(struct req *rq, const struct item_state *item,
                         const struct promote_args *args, struct list *ret_titles,
                         enum parts_from *ret_from) MUST_CHECK;
/* A task answers changed: false: it is one already. */
enum status step_promote(struct req *rq, const struct promote_args *args,
                         struct promote_answer *ret_answer) MUST_CHECK;

/* Bounds of one call, so that it ends soon: said in the answer, the next call goes on. */
#define OPTIMIZE_STEPS_MAX 1000    /* promoted */
#define OPTIMIZE_PARTS_MAX 10000   /* new steps, and one promotion more than that */
#define OPTIMIZE_BYTES_MAX 1048576 /* of their titles, likewise */
#define OPTIMIZE_TOLD      50      /* of each list */

struct optimize_args {
    struct write_args write;
    const char *project;
    struct opt_bool dry_run;
};
struct optimized_row {
    const char *key, *title;
    struct opt_num score;
    struct opt_int steps;
};
struct skipped_row {
    const char *key, *why;
};
struct optimize_answer {
    struct opt_bool changed, dry_run, replayed;
    struct opt_int change;
    const char *project;
    struct opt_int n_promoted, n_steps; /* with dry_run: that would be */
    struct list promoted;               /* struct optimized_row, the highest score first */
    struct list skipped;                /* struct skipped_row */
    struct opt_bool more;               /* the bounds were reached: call again */
    struct opt_bool skipped_more;       /* there are others that were skipped */
};
extern const struct field optimize_answer_fields[];

/*
 * Promote every open step that should be promoted and has a breakdown. Two round trips however many
 * there are. New steps have no content, thus no score: one pass is the fixed point.
 */
enum status project_optimize(struct req *rq, const struct optimize_args *args,
                             struct optimize_answer *ret_answer) MUST_CHECK;

#endif
