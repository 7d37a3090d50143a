/* The keeper's life: begin, watch, stop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/cluster/account.h"
#include "planner/cluster/keeper.h"
#include "planner/cluster/postmaster.h"
#include "planner/cluster/programs.h"

#define TICK_MS        500  /* how often the clients' lock is tried */
#define GRACE_MS       3000 /* alone for so long: hosts start a program twice to probe it */
#define PATIENCE_MS    6000 /* with TICK, GRACE and the hard end after it: within 15 s */
#define SHORT_LIFE_MS  5000
#define SHORT_LIVES    5 /* so many in a row, and the keeper gives up */
#define LOG_KEEP_BYTES ((off_t)1024 * 1024)

struct keeper {
    struct req rq;
    struct arena arena; /* everything the keeper ever allocates is small and counted */
    struct log log;
    struct waiter waiter;
    struct postmaster_place place;
    int ready_fd;        /* -1 once all is said */
    int signal_fd;       /* SIGTERM, SIGINT, SIGCHLD */
    int clients_fd;      /* carries the exclusive lock when we are alone */
    bool has_socket_dir; /* it was found to be ours, or made */
    pid_t postmaster;
    int64_t started_at;
    int short_lives;
    int64_t alone_since; /* 0: somebody is there */
};

/* ---- speaking ---- */

static void say(struct keeper *k, char kind, const char *text)
{
    const char *line = arena_printf(&k->arena, text == NULL ? "%c\n" : "%c %s\n", kind, text);

    if (k->ready_fd >= 0)
        (void)!write(k->ready_fd, line, strlen(line));
}

static void say_no_more(struct keeper *k)
{
    if (k->ready_fd >= 0)
        (void)close(k->ready_fd);
    k->ready_fd = -1;
}

/* ---- waiting ---- */

/* True when we were told to end. A child's death only ends the wait. */
static bool told_to_end(struct keeper *k)
{
    struct signalfd_siginfo info;
    bool told = false;

    while (read(k->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        told = told || info.ssi_signo != SIGCHLD;
    return told;
}

static enum status keeper_wait(void *ctx, struct req *rq, int fd, short events, int timeout_ms,
                               bool *ret_ready)
{
    struct keeper *k = ctx;
    struct pollfd fds[] = {{.fd = k->signal_fd, .events = POLLIN}, {.fd = fd, .events = events}};

    (void)poll(fds, LENGTH_OF(fds), timeout_ms);
    if (told_to_end(k))
        return req_fail(rq, ST_CANCELLED, "the keeper was told to end");
    *ret_ready = fd >= 0 && fds[1].revents != 0;
    return ST_OK;
}

static void catch_signals(struct keeper *k)
{
    sigset_t set;

    (void)signal(SIGPIPE, SIG_IGN); /* whoever waits on the ready pipe may be gone */
    (void)signal(SIGHUP, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &set, NULL);
    k->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- beginning ---- */

static void keeper_init(struct keeper *k, const char *data_dir, const char *socket_dir,
                        int ready_fd)
{
    *k = (struct keeper){.ready_fd = ready_fd, .clients_fd = -1, .log = {.level = LOG_INFO}};
    arena_init(&k->arena, ARENA_CAP_DEFAULT);
    k->waiter = (struct waiter){k, keeper_wait};
    k->rq = (struct req){.arena = &k->arena, .log = &k->log, .waiter = &k->waiter};
    k->place.data_dir = data_dir;
    k->place.socket_dir = socket_dir;
    k->place.pg_dir = arena_printf(&k->arena, "%s/pg", data_dir);
    (void)umask(077);
    (void)prctl(PR_SET_NAME, "planner-keeper");
    if (ready_fd >= 0)
        (void)fcntl(ready_fd, F_SETFD, FD_CLOEXEC);
    catch_signals(k);
}

/* From root to the account that PostgreSQL runs under, and see whether it gets through. */
static enum status keeper_demote(struct keeper *k)
{
    struct account account;
    const char *barrier = NULL;

    TRY(account_choose(&k->rq, k->place.data_dir, &account));
    TRY(account_become(&k->rq, &account));
    (void)prctl(PR_SET_DUMPABLE, 1); /* /proc must go on telling the account about itself */
    barrier = account_barrier(&k->arena, k->place.data_dir);
    if (barrier == NULL)
        return ST_OK;
    say(k, 'D', arena_printf(&k->arena, "account %s cannot enter %s", account.name, barrier));
    return req_fail(&k->rq, ST_UNAVAILABLE,
                    "the account '%s' that runs PostgreSQL cannot enter a directory on the way to "
                    "the data directory (the log names it); open it, or name another data "
                    "directory with --data-dir",
                    account.name);
}

/* Everything that we and our children say from here on. */
static void keeper_open_log(struct keeper *k)
{
    const char *path = arena_printf(&k->arena, "%s/keeper.log", k->place.data_dir);
    struct stat st;
    int fd = -1;

    if (stat(path, &st) == 0 && st.st_size > LOG_KEEP_BYTES)
        (void)rename(path, arena_printf(&k->arena, "%s.1", path));
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        (void)dup2(fd, STDERR_FILENO);
        (void)close(fd);
    }
}

static enum status keeper_open_clients(struct keeper *k)
{
    const char *path = arena_printf(&k->arena, "%s/clients.lock", k->place.data_dir);

    k->clients_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (k->clients_fd >= 0)
        return ST_OK;
    say(k, 'D', arena_printf(&k->arena, "%s: %s", path, strerror(errno)));
    return req_fail(&k->rq, ST_UNAVAILABLE,
                    "the data directory of the private database cannot be used (%s); give it to "
                    "the account that runs PostgreSQL",
                    strerror(errno));
}

/* With keeper.lock held: whatever is missing is made, then the postmaster is started. */
static enum status keeper_bring_up(struct keeper *k)
{
    const int version = keeper_cluster_version(k->place.pg_dir);

    TRY(keeper_open_clients(k));
    TRY(account_private_dir(&k->rq, k->place.socket_dir));
    k->has_socket_dir = true;
    keeper_sweep(k->place.data_dir);
    TRY(programs_find(&k->rq, version, &k->place.bin_dir));
    if (version == 0)
        TRY(keeper_initialise(&k->rq, k->place.data_dir, k->place.bin_dir));
    TRY(postmaster_start(&k->rq, &k->place, &k->postmaster));
    k->started_at = clock_monotonic_ms();
    /* Once more: what a killed initdb had started may write beneath the first sweep. */
    keeper_sweep(k->place.data_dir);
    log_write(&k->log, LOG_INFO, "postmaster %d is ready", (int)k->postmaster);
    return ST_OK;
}

/* ---- watching ---- */

static enum status keeper_revive(struct keeper *k)
{
    const bool was_short = clock_monotonic_ms() - k->started_at < SHORT_LIFE_MS;
    bool ready = false;

    log_write(&k->log, LOG_WARNING, "postmaster %d ended by itself", (int)k->postmaster);
    k->postmaster = 0;
    k->short_lives = was_short ? k->short_lives + 1 : 0;
    if (k->short_lives >= SHORT_LIVES)
        return req_fail(&k->rq, ST_UNAVAILABLE, "the postmaster ends again and again");
    if (was_short)
        TRY(req_wait(&k->rq, -1, 0, 200 * k->short_lives, &ready));
    TRY(postmaster_start(&k->rq, &k->place, &k->postmaster));
    k->started_at = clock_monotonic_ms();
    log_write(&k->log, LOG_INFO, "postmaster %d is ready again", (int)k->postmaster);
    return ST_OK;
}

/*
 * The directory was removed, or another took its place: what we hold no longer means anything.
 * The postmaster, which cannot be told from others without it, stops because we end.
 */
static bool keeper_evicted(struct keeper *k)
{
    char path[4608];
    struct stat held;
    struct stat there;

    (void)snprintf(path, sizeof(path), "%s/clients.lock", k->place.data_dir);
    return fstat(k->clients_fd, &held) != 0 || stat(path, &there) != 0 ||
           held.st_ino != there.st_ino || held.st_dev != there.st_dev;
}

/*
 * True when nobody has used the cluster for the grace. We then keep the exclusive lock: newcomers
 * wait until we have ended and start afresh, instead of finding a cluster that is going down.
 */
static bool keeper_is_alone(struct keeper *k)
{
    const int64_t now = clock_monotonic_ms();

    if (flock(k->clients_fd, LOCK_EX | LOCK_NB) != 0) {
        k->alone_since = 0;
        return false;
    }
    if (k->alone_since == 0)
        k->alone_since = now;
    if (now - k->alone_since >= GRACE_MS)
        return true;
    (void)flock(k->clients_fd, LOCK_UN);
    return false;
}

/* Until nobody is left, or we are told to end, or there is nothing left to keep. */
static enum status keeper_watch(struct keeper *k)
{
    bool ready = false;

    for (;;) {
        if (keeper_is_alone(k) || keeper_evicted(k))
            return ST_OK;
        if (!postmaster_lives(k->place.pg_dir, k->postmaster))
            TRY(keeper_revive(k));
        TRY(req_wait(&k->rq, -1, 0, TICK_MS, &ready));
    }
}

/* ---- the whole ---- */

static void keeper_finish(struct keeper *k)
{
    const size_t len = strlen(k->place.data_dir);

    if (k->postmaster != 0 && !postmaster_stop(k->place.pg_dir, k->postmaster, PATIENCE_MS))
        log_write(&k->log, LOG_ERROR, "postmaster %d does not stop", (int)k->postmaster);
    if (k->has_socket_dir && strncmp(k->place.socket_dir, k->place.data_dir, len) != 0)
        (void)rmdir(k->place.socket_dir); /* the short one, outside; only when it is empty */
    log_write(&k->log, LOG_INFO, "the keeper ends");
}

static enum status keeper_live(struct keeper *k)
{
    TRY(keeper_bring_up(k));
    say(k, 'R', NULL);
    say_no_more(k);
    return keeper_watch(k);
}

int cluster_keep(const char *data_dir, const char *socket_dir, int ready_fd)
{
    struct keeper k;
    enum status status = ST_OK;

    keeper_init(&k, data_dir, socket_dir, ready_fd);
    status = keeper_demote(&k);
    if (status == ST_OK) {
        keeper_open_log(&k);
        if (!keeper_lock(data_dir)) {
            say(&k, 'B', NULL);
            return 0;
        }
        status = keeper_live(&k);
    }
    if (status != ST_OK && status != ST_CANCELLED) {
        log_write(&k.log, LOG_ERROR, "%s", k.rq.message);
        say(&k, 'F', k.rq.message);
    }
    say_no_more(&k);
    keeper_finish(&k);
    return status == ST_OK || status == ST_CANCELLED ? 0 : 1;
}
