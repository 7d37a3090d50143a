/*
 * Under which account PostgreSQL runs, and the directory that belongs to it. PostgreSQL refuses to
 * run as root, so for root it is the owner of the data directory or `postgres`; for anybody else
 * it is themselves.
 */
#ifndef PLANNER_CLUSTER_ACCOUNT_H
#define PLANNER_CLUSTER_ACCOUNT_H

#include <sys/types.h>

#include "planner/base/req.h"

struct account {
    uid_t uid;
    gid_t gid;
    const char *name; /* in the request's arena; "" when the account has no name */
};

/* ST_UNAVAILABLE: we are root and there is no other account to run PostgreSQL. */
enum status account_choose(struct req *rq, const char *data_dir,
                           struct account *ret_account) MUST_CHECK;
/* Become the account, for good. Nothing to do unless we are root. */
enum status account_become(struct req *rq, const struct account *account) MUST_CHECK;

/*
 * Make data_dir with mode 0700, owned by the account, and the lock file in it. A directory that
 * holds other things than ours is refused, because its mode and owner would be changed.
 */
enum status account_prepare(struct req *rq, const char *data_dir) MUST_CHECK;
/* What that would refuse, as far as one can see without touching anything. */
enum status account_examine(struct req *rq, const char *data_dir) MUST_CHECK;
/*
 * Make a directory for the socket (mode 0700), or check that the one in its place is a directory
 * of ours that nobody else can enter: its name may be known in advance, in a place where all can
 * write. Runs as the account.
 */
enum status account_private_dir(struct req *rq, const char *path) MUST_CHECK;
/* The first directory on the way to path that we cannot enter, in `arena`; NULL when there is none.
 */
const char *account_barrier(struct arena *arena, const char *path);

#endif
