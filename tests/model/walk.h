/*
 * The driver of the model: calls are made at random from what the model knows, put to the program
 * and to the model, and the two are compared. A call is text, so that a failing run can be shrunk,
 * printed, pasted and replayed:
 *
 *     ada create_step {"task":"$P-1","title":"one"}
 *
 * $P stands for the slug of the run's project, $I5 for the UUID of its item 5, "$T5" for the token
 * of the claim on item 5, "$C12" for the number of the change that call 12 made. `expire` is no
 * tool: it lets the lease of an item run out.
 */
#ifndef PLANNER_TESTS_MODEL_WALK_H
#define PLANNER_TESTS_MODEL_WALK_H

#include "harness.h"
#include "model.h"

#define CALLS_MAX 400
#define ACTORS    4

struct call {
    int actor, id; /* id: its place in the run as it was made, kept when others are dropped */
    const char *tool, *args;
};
struct calls {
    struct call at[CALLS_MAX];
    int n;
};

/* One run against a project of its own. */
struct walk {
    struct harness *h;
    struct req *rq[ACTORS];
    struct m_actor actors[ACTORS];
    struct model *m;
    struct arena arena; /* of a step */
    const char *slug;
    long long audit_id;
    int64_t changes[CALLS_MAX]; /* by call id; 0: none */
    int n_projects;
    struct tally {
        const char *tool;
        long done, unchanged, refused, replayed;
    } tallies[40];
    /* What went wrong: */
    const char *kind; /* outcome, answer, state; NULL: nothing */
    const char *what; /* for people */
};

void walk_open(struct walk *w, struct harness *h);
void walk_close(struct walk *w);
/* A new project's worth of nothing: the model is empty. slug NULL: one of its own. */
void walk_begin(struct walk *w, const char *slug);
/* Put one call to both; false when they differ (w->kind, w->what). */
bool walk_call(struct walk *w, const struct call *call);
/* What became of the calls so far, a line per tool. */
void walk_tell(const struct walk *w);
/* Replay the audit into the present state; false when it does not come out. */
bool walk_check_audit(struct walk *w);
/* Texts of w->kind and w->what live in h->arena. */
bool walk_wrong(struct walk *w, const char *kind, const char *what);

/* The next call, from what the model knows; its texts live in `arena`. */
struct gen {
    uint64_t seed;
    struct arena *arena;
    const struct model *m;
    const struct calls *made;
    const int64_t *changes; /* by call id, as in struct walk */
    int n_requests;
};
struct call gen_call(struct gen *g);
unsigned gen_pick(struct gen *g, unsigned n); /* 0 to n - 1 */
const char *const *gen_actor_names(void);

/* The shortest list that still fails the same way; a prefix is already cut off. */
void shrink(struct walk *w, struct calls *calls);

#endif
