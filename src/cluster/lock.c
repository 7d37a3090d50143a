/* keeper.lock, and starting a keeper. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/cluster/keeper.h"

static int lock_open(const char *data_dir, int flags)
{
    char path[4608];

    (void)snprintf(path, sizeof(path), "%s/keeper.lock", data_dir);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool keeper_find(const char *data_dir, pid_t *ret_pid)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const int fd = lock_open(data_dir, O_RDONLY);
    bool held = false;

    if (fd < 0)
        return false;
    held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    (void)close(fd);
    if (held)
        *ret_pid = lock.l_pid > 0 ? lock.l_pid : 0;
    return held;
}

bool keeper_lock(const char *data_dir)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const int fd = lock_open(data_dir, O_RDWR | O_CREAT);

    /* Never closed: closing any descriptor of the file would give the lock up. */
    return fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
}

/*
 * The keeper's whole environment. It may run under another account and outlives us, so it gets no
 * secrets of the host; and PG* variables would change what postgres does.
 */
static char **keeper_environment(struct arena *arena, const char *data_dir)
{
    static const char *const kept[] = {
        "PATH",         "HOME",         "TZ", "LD_LIBRARY_PATH", "PLANNER_PG_BINDIR",
        "ASAN_OPTIONS", "UBSAN_OPTIONS"};
    char **env = ARENA_MANY(arena, LENGTH_OF(kept) + 2, char *);
    size_t n = 0;

    for (size_t i = 0; i < LENGTH_OF(kept); i++) {
        const char *value = getenv(kept[i]);
        if (value != NULL)
            env[n++] = arena_printf(arena, "%s=%s", kept[i], value);
    }
    env[n++] = arena_printf(arena, "PLANNER_DATA_DIR=%s", data_dir);
    env[n] = NULL;
    return env;
}

/* In the grandchild: nothing of the host stays open but the pipe, which becomes descriptor 3. */
static _Noreturn void become_keeper(char **argv, char **env, int pipe_fd)
{
    static const char failed[] = "F this program could not start itself again; reinstall it\n";
    const int high = fcntl(pipe_fd, F_DUPFD, KEEPER_READY_FD + 7);
    const int null = open("/dev/null", O_RDWR);
    sigset_t none;

    for (int fd = 0; fd < KEEPER_READY_FD; fd++)
        (void)dup2(null, fd);
    (void)dup2(high, KEEPER_READY_FD);
    (void)close_range(KEEPER_READY_FD + 1, ~0U, 0);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir("/") == 0)
        (void)execve("/proc/self/exe", argv, env);
    (void)!write(KEEPER_READY_FD, failed, sizeof(failed) - 1);
    _exit(1);
}

/* Two forks: the keeper belongs to init, so that no zombie is left for us to reap. */
static bool fork_twice(char **argv, char **env, int pipe_fd)
{
    const pid_t pid = fork();
    pid_t got = 0;

    if (pid == 0) {
        (void)setsid();
        if (fork() == 0)
            become_keeper(argv, env, pipe_fd);
        _exit(0);
    }
    do
        got = waitpid(pid, NULL, 0);
    while (pid > 0 && got < 0 && errno == EINTR);
    return pid > 0;
}

/* What ps shows; the name under which this program runs, else its usual one. */
static const char *own_name(struct arena *arena)
{
    char path[4096];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

    return n > 0 ? arena_copy(arena, path, (size_t)n) : "mcp-planner";
}

enum status keeper_spawn(struct req *rq, const struct cluster *cluster, int *ret_fd)
{
    const char *argv[] = {own_name(rq->arena),
                          "keeper",
                          cluster->data_dir,
                          cluster->socket_dir,
                          arena_printf(rq->arena, "%d", KEEPER_READY_FD),
                          NULL};
    char **env = keeper_environment(rq->arena, cluster->data_dir);
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return req_fail(rq, ST_UNAVAILABLE, "no pipe can be made (%s); close other programs",
                        strerror(errno));
    if (!fork_twice((char **)argv, env, fds[1])) {
        const int cause = errno;
        (void)close(fds[0]);
        (void)close(fds[1]);
        return req_fail(rq, ST_UNAVAILABLE,
                        "no process can be started for the private database (%s); %s",
                        strerror(cause), req_again(rq));
    }
    (void)close(fds[1]);
    (void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
    *ret_fd = fds[0];
    return ST_OK;
}
