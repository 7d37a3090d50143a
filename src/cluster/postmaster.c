/* The lock file, who stands behind it, and stopping. Starting is in start.c. */
#include "planner/cluster/postmaster.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/base/clock.h"

#define PATH_SIZE 4608 /* PATH_MAX and a name */

/* Lines of postmaster.pid, counted from 1 (PostgreSQL: utils/pidfile.h). */
enum { LINE_PID = 1, LINE_SOCKET_DIR = 5, LINE_STATUS = 8 };

static enum postmaster_phase phase_of(const char *line, size_t len)
{
    if (len >= 5 && strncmp(line, "ready", 5) == 0)
        return POSTMASTER_READY;
    if (len >= 8 && strncmp(line, "stopping", 8) == 0)
        return POSTMASTER_STOPPING;
    return POSTMASTER_STARTING; /* "starting", "standby" (recovering), or not written yet */
}

static void parse_line(int number, const char *line, size_t len, struct postmaster *out)
{
    if (number == LINE_PID)
        out->pid = (pid_t)strtol(line, NULL, 10);
    if (number == LINE_SOCKET_DIR && len < sizeof(out->socket_dir)) {
        memcpy(out->socket_dir, line, len);
        out->socket_dir[len] = '\0';
    }
    if (number == LINE_STATUS)
        out->phase = phase_of(line, len);
}

void postmaster_parse(const char *text, struct postmaster *ret_postmaster)
{
    struct postmaster found = {.phase = POSTMASTER_STARTING};

    for (int number = 1; *text != '\0'; number++) {
        const size_t len = strcspn(text, "\n");
        parse_line(number, text, len, &found);
        text += len + (text[len] == '\n');
    }
    if (found.pid <= 1) /* negative: a postgres --single */
        found = (struct postmaster){.phase = POSTMASTER_NONE};
    *ret_postmaster = found;
}

void postmaster_read(const char *pg_dir, struct postmaster *ret_postmaster)
{
    char path[PATH_SIZE];
    char text[PATH_SIZE * 2];
    ssize_t n = -1;
    int fd = -1;

    (void)snprintf(path, sizeof(path), "%s/postmaster.pid", pg_dir);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        n = read(fd, text, sizeof(text) - 1);
        (void)close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    postmaster_parse(text, ret_postmaster);
}

/* The name of the program that a process runs; "" when there is no such process. */
static void process_name(pid_t pid, char *name, size_t size)
{
    char path[64];
    ssize_t n = -1;
    int fd = -1;

    (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, name, size - 1);
        (void)close(fd);
    }
    name[n > 0 ? n : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

static bool process_works_in(pid_t pid, const char *dir)
{
    char path[64];
    struct stat there;
    struct stat here;

    (void)snprintf(path, sizeof(path), "/proc/%d/cwd", (int)pid);
    return stat(path, &there) == 0 && stat(dir, &here) == 0 && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino; /* a zombie has no directory */
}

bool postmaster_lives(const char *pg_dir, pid_t pid)
{
    char name[32];

    if (pid <= 1 || waitpid(pid, NULL, WNOHANG) == pid)
        return false;
    process_name(pid, name, sizeof(name));
    if (strcmp(name, "postgres") != 0 && strcmp(name, "postmaster") != 0)
        return false;
    return process_works_in(pid, pg_dir);
}

void postmaster_clear_stale(const char *pg_dir)
{
    char path[PATH_SIZE];
    struct postmaster found;

    postmaster_read(pg_dir, &found);
    if (found.phase == POSTMASTER_NONE || kill(found.pid, 0) != 0) /* PostgreSQL copes with it */
        return;
    if (postmaster_lives(pg_dir, found.pid))
        return;
    (void)snprintf(path, sizeof(path), "%s/postmaster.pid", pg_dir);
    (void)unlink(path);
}

/* The process is held by a descriptor while it is looked at, so that the number cannot change. */
static bool signal_verified(const char *pg_dir, pid_t pid, int sig)
{
    const int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    const bool lives = postmaster_lives(pg_dir, pid);

    if (fd < 0) /* a kernel before 5.3 */
        return lives && kill(pid, sig) == 0;
    if (lives)
        (void)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
    (void)close(fd);
    return lives;
}

static bool gone_within(const char *pg_dir, pid_t pid, int ms)
{
    const int64_t deadline = clock_monotonic_ms() + ms;

    while (postmaster_lives(pg_dir, pid)) {
        if (clock_monotonic_ms() >= deadline)
            return false;
        (void)poll(NULL, 0, 20);
    }
    return true;
}

bool postmaster_stop(const char *pg_dir, pid_t pid, int patience_ms)
{
    const struct {
        int sig;
        int ms;
    } steps[] = {{SIGINT, patience_ms}, {SIGQUIT, 3000}, {SIGKILL, 2000}};

    for (size_t i = 0; i < LENGTH_OF(steps); i++) {
        if (!signal_verified(pg_dir, pid, steps[i].sig))
            return true;
        if (gone_within(pg_dir, pid, steps[i].ms))
            return true;
    }
    return false;
}
