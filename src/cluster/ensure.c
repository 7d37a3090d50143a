/* What a server process does before it connects. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/base/buf.h"
#include "planner/base/clock.h"
#include "planner/cluster/account.h"
#include "planner/cluster/keeper.h"
#include "planner/cluster/postmaster.h"

#define ENSURE_MS    60000
#define PAUSE_MIN_MS 10
#define PAUSE_MAX_MS 50
#define SILENT_MAX   3 /* keepers that ended without a word before we give up */

/* One call of cluster_ensure. */
struct ensure {
    struct req *rq;
    struct cluster *cluster;
    int64_t deadline;
    int silent;
};

static const char *clients_path(struct ensure *e)
{
    return arena_printf(e->rq->arena, "%s/clients.lock", e->cluster->data_dir);
}

/* A directory that was removed and made again has another lock file than the one we hold. */
static bool clients_current(struct ensure *e)
{
    struct stat held;
    struct stat there;

    return e->cluster->clients_fd >= 0 && fstat(e->cluster->clients_fd, &held) == 0 &&
           stat(clients_path(e), &there) == 0 && held.st_ino == there.st_ino &&
           held.st_dev == there.st_dev;
}

/* Hold the shared lock. *ret_held is false while the keeper is stopping the cluster. */
static enum status clients_hold(struct ensure *e, bool *ret_held)
{
    const char *path = clients_path(e);
    int fd = -1;

    *ret_held = true;
    if (clients_current(e))
        return ST_OK;
    cluster_release(e->cluster);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        TRY(account_prepare(e->rq, e->cluster->data_dir));
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    if (fd < 0) {
        log_write(e->rq->log, LOG_ERROR, "%s: %s", path, strerror(errno));
        return req_fail(e->rq, ST_UNAVAILABLE,
                        "the data directory of the private database cannot be used by this "
                        "account (%s); name another with --data-dir",
                        strerror(errno));
    }
    if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
        e->cluster->clients_fd = fd;
        return ST_OK;
    }
    (void)close(fd);
    *ret_held = false;
    return ST_OK;
}

/* Under a keeper in another PID namespace the numbers mean nothing to us; it watches for us. */
static bool postmaster_ready(struct ensure *e, pid_t keeper)
{
    const char *pg_dir = arena_printf(e->rq->arena, "%s/pg", e->cluster->data_dir);
    struct postmaster found;

    postmaster_read(pg_dir, &found);
    return found.phase == POSTMASTER_READY && (keeper == 0 || postmaster_lives(pg_dir, found.pid));
}

static enum status heard(struct ensure *e, const char *line, bool *ret_spoken)
{
    *ret_spoken = *ret_spoken || line[0] == 'R' || line[0] == 'B';
    if (line[0] == 'D')
        log_write(e->rq->log, LOG_ERROR, "keeper: %s", line + 2);
    if (line[0] == 'F')
        return req_fail(e->rq, ST_UNAVAILABLE, "%s", line + 2);
    return ST_OK;
}

static enum status hear_all(struct ensure *e, struct buf *text, bool *ret_spoken)
{
    char *rest = arena_strdup(e->rq->arena, buf_str(text));
    char *line = NULL;

    while ((line = strsep(&rest, "\n")) != NULL) {
        if (line[0] != '\0' && (line[1] == ' ' || line[1] == '\0'))
            TRY(heard(e, line, ret_spoken));
    }
    return ST_OK;
}

/* Read what the keeper says until it closes the pipe. */
static enum status listen_to(struct ensure *e, int fd, struct buf *text)
{
    char piece[512];
    bool ready = false;
    ssize_t n = -1;

    for (;;) {
        const int64_t left = e->deadline - clock_monotonic_ms();
        if (left <= 0)
            return ST_OK;
        TRY(req_wait(e->rq, fd, POLLIN, (int)left, &ready));
        n = ready ? read(fd, piece, sizeof(piece)) : -1;
        if (n == 0)
            return ST_OK;
        if (n > 0)
            buf_add(text, piece, (size_t)n);
    }
}

static enum status start_keeper(struct ensure *e)
{
    const char *pg_dir = arena_printf(e->rq->arena, "%s/pg", e->cluster->data_dir);
    struct buf text = BUF_IN(e->rq->arena);
    enum status status = ST_OK;
    bool spoken = false;
    int fd = -1;

    req_note(e->rq, LOG_INFO,
             keeper_cluster_version(pg_dir) != 0
                 ? "starting the private database"
                 : "making the private database, which takes some seconds, once");
    TRY(keeper_spawn(e->rq, e->cluster, &fd));
    status = listen_to(e, fd, &text);
    (void)close(fd);
    TRY(status);
    TRY(hear_all(e, &text, &spoken));
    e->silent += !spoken;
    if (e->silent >= SILENT_MAX)
        return req_fail(e->rq, ST_UNAVAILABLE,
                        "the process that keeps the private database ends at once; its log, "
                        "keeper.log in the data directory, tells why");
    return ST_OK;
}

/* One look at the state and the move that it asks for. */
static enum status ensure_step(struct ensure *e, bool *ret_up)
{
    bool held = false;
    pid_t keeper = 0;

    TRY(clients_hold(e, &held));
    if (!held)
        return ST_OK;
    if (!keeper_find(e->cluster->data_dir, &keeper))
        return start_keeper(e);
    *ret_up = postmaster_ready(e, keeper);
    return ST_OK;
}

enum status cluster_ensure(struct req *rq, struct cluster *cluster)
{
    struct ensure e = {.rq = rq, .cluster = cluster, .deadline = clock_monotonic_ms() + ENSURE_MS};
    int pause = PAUSE_MIN_MS;
    bool up = false;
    bool ready = false;

    for (;;) {
        TRY(ensure_step(&e, &up));
        if (up)
            return ST_OK;
        if (clock_monotonic_ms() >= e.deadline)
            return req_fail(rq, ST_UNAVAILABLE,
                            "the private database is still starting after %d seconds; %s, "
                            "or see 'mcp-planner status'",
                            ENSURE_MS / 1000, req_again(rq));
        TRY(req_wait(rq, -1, 0, pause, &ready));
        pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    }
}

void cluster_release(struct cluster *cluster)
{
    if (cluster->clients_fd >= 0)
        (void)close(cluster->clients_fd);
    cluster->clients_fd = -1;
}
