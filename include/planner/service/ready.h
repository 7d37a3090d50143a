/*
 * Why something is not ready, in words. The predicate itself is planner.wait_of in the database
 * (SPEC 1, Ready): it gives these facts to everything that asks, and NULL for what is ready.
 */
#ifndef PLANNER_SERVICE_READY_H
#define PLANNER_SERVICE_READY_H

#include "planner/base/field.h"
#include "planner/base/req.h"

enum wait_why {
    WAIT_DISPUTED = 1,
    WAIT_BLOCKED,  /* by dependencies: `on` */
    WAIT_SEQUENCE, /* by the sibling before it: `on` */
    WAIT_CONTENT,  /* of a step, where the project requires review: `action` settles it */
    WAIT_CLAIMED,  /* by `agent`, `until` */
    WAIT_ASSIGNED, /* to `agent` */
};

/* An open item that another one waits for. */
struct wait_on {
    const char *key;
    struct opt_bool disputed;
    struct opt_num progress; /* of a task with children */
    const char *agent;       /* who holds it, and until when: milliseconds since the epoch */
    struct opt_int until;
};

struct wait_facts {
    int why;             /* enum wait_why */
    const char *of;      /* key of the ancestor that is held back; NULL: the item itself */
    struct list on;      /* struct wait_on, the first five */
    struct opt_int more; /* of them */
    const char *agent, *action;
    struct opt_int until;
};
extern const struct field wait_facts_fields[];

/* The keys that it waits for, "AUTH-4, AUTH-9 and 3 more"; NULL when it is something else. */
const char *ready_waits_for(struct req *rq, const struct wait_facts *wait);
/* What follows the item's key in a sentence: "waits for AUTH-4 (open)", "is disputed (...)". */
const char *ready_why(struct req *rq, const char *key, const struct wait_facts *wait);

#endif
