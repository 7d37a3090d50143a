/*
 * What may be meant by the beginning of a word: completion of prompt arguments and of the variables
 * of resource templates, from the store. One statement each. (Completing items is complete.h.)
 *
 * Nothing that is typed is an error here: what fits nothing has no completions.
 */
#ifndef PLANNER_SERVICE_COMPLETION_H
#define PLANNER_SERVICE_COMPLETION_H

#include "planner/base/field.h"

/* What an argument or variable names. The comment says what comes first. */
enum complete_kind {
    COMPLETE_NONE = 0,
    COMPLETE_PROJECT,         /* slugs: active projects */
    COMPLETE_ITEM,            /* keys of tasks and steps: the newest */
    COMPLETE_STEP,            /* keys of steps: open ones */
    COMPLETE_DRAFTABLE_STEP,  /* open ones sent back, then those without content; the oldest */
    COMPLETE_REVIEWABLE_STEP, /* open ones whose draft waits for its review; the oldest */
    COMPLETE_DISPUTE /* keys of steps with a dispute: pending ones, the oldest; ids of disputes
                        when the beginning of one is typed */
};

#define COMPLETE_VALUES_MAX 100  /* MCP allows no more */
#define COMPLETE_PREFIX_MAX 200  /* characters, as of a title; what is longer fits nothing */
#define COMPLETE_SCAN_MAX   2000 /* rows looked at, of each source; `total` is told below that */

struct completions {
    struct list values;   /* const char *, at most COMPLETE_VALUES_MAX, the likeliest first */
    struct opt_int total; /* of all that fit; not set when COMPLETE_SCAN_MAX ended the counting */
    struct opt_bool has_more; /* more than these are known; always set */
};

/*
 * `prefix` is what was typed, NULL as "". `project` is the value of an argument that names the
 * project, when there is one (MCP's context.arguments), else NULL: then the project of a typed key,
 * else the default project (rq->project, or the one bound to rq->directory), else all projects.
 * Errors: only those of db_read.
 */
enum status complete_find(struct req *rq, enum complete_kind kind, const char *prefix,
                          const char *project, struct completions *ret_completions) MUST_CHECK;

/* What was typed, as the store is asked for it. Pure. */
struct complete_typed {
    const char *slug;       /* the beginning of one, in upper case, or NULL */
    bool whole;             /* a dash follows: that is the whole slug */
    const char *digits;     /* the beginning of a number, or NULL */
    const char *words;      /* blanks between them single, case as typed; NULL: none */
    const char *low, *high; /* the UUIDs between which all that begin like this lie, or NULL */
    bool hopeless;          /* too long: nothing can begin like this */
};
struct complete_typed complete_parse(struct arena *arena, const char *prefix);

#endif
