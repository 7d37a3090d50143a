/*
 * Made-up plans: for a first look, for tests and for measurements. The same profile, number and
 * size make the same plan: ids, keys, texts, states. Times too, but in `demo`, which is made by
 * calls of tools and is as old as they are, and but for live claims and kept requests, which have
 * to be new.
 */
#ifndef PLANNER_SEED_SEED_H
#define PLANNER_SEED_SEED_H

#include "planner/base/req.h"

enum seed_profile {
    SEED_DEMO = 1, /* two small projects with everything in them, made by the program's own tools */
    SEED_LARGE,    /* five projects */
    SEED_LOAD      /* one project of any size, with one task of up to 10,000 steps */
};
extern const char *const seed_profile_names[]; /* from enum seed_profile - 1; ended by NULL */

#define SEED_ITEMS_MIN  1000
#define SEED_ITEMS_MAX  10000000
#define SEED_NUMBER_MAX INT64_C(1000000000)

/* The slugs of the demo: a finished, archived project and the one to look at. */
#define SEED_DEMO_OLD "PAPER"
#define SEED_DEMO_NEW "DEMO"

struct seed_order {
    enum seed_profile profile;
    int64_t number; /* 0 to SEED_NUMBER_MAX */
    int64_t items;  /* of all projects together; 0: the profile's own size; not for demo */
};

struct seed_result {
    const char *first;       /* slug of the project to look at */
    int64_t projects, items; /* made */
};

/*
 * Make it, all or nothing but for demo, which is a line of calls. A store that has projects takes
 * only demo, and that only when `may_add`: else ST_CONFLICT, and nothing is made. ST_INVALID on a
 * size out of range or behind a transaction pooler.
 */
enum status seed_run(struct req *rq, const struct seed_order *order, bool may_add,
                     struct seed_result *ret_result) MUST_CHECK;

/* From the embedded script of calls, a JSON object {"tool", "arguments"} a line. */
enum status seed_demo(struct req *rq, int64_t number) MUST_CHECK;

#endif
