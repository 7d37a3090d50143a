/* What `status` and `stop` need. */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/cluster/account.h"
#include "planner/cluster/keeper.h"
#include "planner/cluster/postmaster.h"
#include "planner/cluster/programs.h"

#define STOP_MS     15000
#define PATIENCE_MS 6000

enum status cluster_look(struct req *rq, const struct cluster *cluster,
                         struct cluster_state *ret_state)
{
    const char *pg_dir = arena_printf(rq->arena, "%s/pg", cluster->data_dir);
    struct cluster_state state = {.connection = cluster_connection(rq->arena, cluster)};
    struct postmaster found;

    /* Behind the slash a file is no directory of another account. */
    if (access(arena_printf(rq->arena, "%s/.", cluster->data_dir), R_OK | X_OK) != 0 &&
        errno == EACCES)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the data directory belongs to another account; ask as that account");
    state.initialised = keeper_cluster_version(pg_dir) != 0;
    if (!state.initialised && account_examine(rq, cluster->data_dir) != ST_OK)
        state.refusal = rq->message;
    (void)keeper_find(cluster->data_dir, &state.keeper);
    postmaster_read(pg_dir, &found);
    if (found.phase != POSTMASTER_NONE && postmaster_lives(pg_dir, found.pid)) {
        state.postmaster = found.pid;
        state.running = found.phase == POSTMASTER_READY;
    }
    *ret_state = state;
    return ST_OK;
}

enum status cluster_examine(struct req *rq, const struct cluster *cluster)
{
    const char *pg_dir = arena_printf(rq->arena, "%s/pg", cluster->data_dir);
    const char *programs = NULL;

    TRY(account_examine(rq, cluster->data_dir));
    return programs_find(rq, keeper_cluster_version(pg_dir), &programs);
}

/* The keeper's number comes from the kernel's lock table; hold the process while asking again. */
static bool signal_keeper(const char *data_dir, pid_t keeper)
{
    const int fd = (int)syscall(SYS_pidfd_open, keeper, 0);
    pid_t now = 0;
    bool sent = false;

    if (!keeper_find(data_dir, &now) || now != keeper)
        sent = true; /* it has ended meanwhile */
    else if (fd >= 0)
        sent = syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) == 0;
    else
        sent = kill(keeper, SIGTERM) == 0;
    if (fd >= 0)
        (void)close(fd);
    return sent;
}

/* Servers that still run may have started another keeper by then: only these two count. */
static enum status await_end(struct req *rq, const char *data_dir, const char *pg_dir,
                             const struct cluster_state *was)
{
    const int64_t deadline = clock_monotonic_ms() + STOP_MS;
    bool ready = false;

    for (;;) {
        pid_t keeper = 0;
        const bool kept = keeper_find(data_dir, &keeper) && keeper == was->keeper;
        if (!kept && (was->postmaster == 0 || !postmaster_lives(pg_dir, was->postmaster)))
            return ST_OK;
        if (clock_monotonic_ms() >= deadline)
            return req_fail(rq, ST_UNAVAILABLE,
                            "the private database does not stop; keeper.log and postgresql.log in "
                            "the data directory tell why");
        TRY(req_wait(rq, -1, 0, 20, &ready));
    }
}

enum status cluster_stop(struct req *rq, const struct cluster *cluster)
{
    const char *pg_dir = arena_printf(rq->arena, "%s/pg", cluster->data_dir);
    struct cluster_state state = {0};

    TRY(cluster_look(rq, cluster, &state));
    if (state.keeper == 0) {
        if (state.postmaster == 0 || postmaster_stop(pg_dir, state.postmaster, PATIENCE_MS))
            return ST_OK;
        return req_fail(rq, ST_UNAVAILABLE,
                        "the private database does not stop; this account may not signal it");
    }
    if (!signal_keeper(cluster->data_dir, state.keeper))
        return req_fail(rq, ST_UNAVAILABLE,
                        "the keeper belongs to another account; run this as that account");
    return await_end(rq, cluster->data_dir, pg_dir, &state);
}
