/*
 * A script on a connection of its own: for what is done set by set on a store of its own and would
 * not fit a call. Runs as whoever the connection string names, with that account's rights.
 */
#ifndef PLANNER_STORE_SCRIPT_H
#define PLANNER_STORE_SCRIPT_H

#include "planner/store/db.h"

struct script {
    const char *doing;            /* what it does, for the sentence when it fails */
    const struct query *settings; /* runs first; sets what the texts read */
    const char *const *params;    /* of settings */
    const char *const *texts;     /* statements without parameters; ended by NULL */
};

/*
 * Each text is one transaction unless it says otherwise. What it raises as INFO is told by
 * req_note(). Errors as for migrate_up; ST_INVALID behind a transaction pooler, where a session
 * is not one's own. An hour is the limit of each text.
 */
enum status script_run(struct req *rq, const struct script *script) MUST_CHECK;

#endif
