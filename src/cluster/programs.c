#include "planner/cluster/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 50 /* how late the end of a program may be noticed that nobody tells of */

static const char *const usual_places[] = {
    "/usr/lib/postgresql/*/bin", /* Debian, Ubuntu */
    "/usr/pgsql-*/bin",          /* PostgreSQL's own packages for Fedora and its kin */
    "/usr/lib/postgresql*/bin",  /* openSUSE */
    "/usr/libexec/postgresql*",  /* Alpine */
    "/usr/local/pgsql/bin",      /* built from source */
};

/* Ignoring is inherited, and a host may ignore what a postmaster has to be told by. */
static void child_heed_signals(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < LENGTH_OF(signals); i++)
        (void)signal(signals[i], SIG_DFL);
}

/* In the child, between fork and exec: no descriptor, mask or session of ours stays. */
static void child_detach(struct program_io io, pid_t parent)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;

    (void)setsid();
    (void)dup2(io.in < 0 ? null : io.in, STDIN_FILENO);
    if (io.err > 0) /* before its number may be taken for something else */
        (void)dup2(io.err, STDERR_FILENO);
    (void)dup2(io.out < 0 ? null : io.out, STDOUT_FILENO);
    if (io.err == 0)
        (void)dup2(STDOUT_FILENO, STDERR_FILENO);
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    child_heed_signals();
    if (io.death_signal != 0) {
        (void)prctl(PR_SET_PDEATHSIG, io.death_signal);
        if (getppid() != parent) /* it died before it could be noticed */
            _exit(127);
    }
}

pid_t program_start(const char *const *argv, struct program_io io)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();

    if (pid == 0) {
        child_detach(io, parent);
        (void)execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

static bool ended_well(int how)
{
    return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

bool program_wait(pid_t pid)
{
    int how = 0;
    pid_t got = 0;

    do
        got = waitpid(pid, &how, 0);
    while (got < 0 && errno == EINTR);
    return got == pid && ended_well(how);
}

bool program_run(const char *const *argv, struct program_io io)
{
    const pid_t pid = program_start(argv, io);

    return pid > 0 && program_wait(pid);
}

/* A session of its own is a group of its own: what it started goes with it. */
static void kill_all_of(pid_t pid)
{
    (void)kill(-pid, SIGKILL);
    (void)kill(pid, SIGKILL); /* it may not have come to setsid() yet */
    (void)program_wait(pid);
}

enum status program_run_waiting(struct req *rq, const char *const *argv, struct program_io io,
                                bool *ret_ok)
{
    const pid_t pid = program_start(argv, io);
    enum status status = ST_OK;
    bool ready = false;
    int how = 0;
    pid_t got = 0;

    while (pid > 0 && (got = waitpid(pid, &how, WNOHANG)) == 0 && status == ST_OK)
        status = req_wait(rq, -1, 0, LOOK_MS, &ready);
    if (pid > 0 && got == 0)
        kill_all_of(pid);
    TRY(status);
    *ret_ok = pid > 0 && got == pid && ended_well(how);
    return ST_OK;
}

const char *program_line(struct req *rq, const char *const *argv)
{
    char text[1024];
    size_t len = 0;
    ssize_t n = 0;
    pid_t pid = -1;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return NULL;
    pid = program_start(argv, (struct program_io){-1, fds[1], SIGKILL});
    (void)close(fds[1]);
    while (len < sizeof(text) && (n = read(fds[0], text + len, sizeof(text) - len)) > 0)
        len += (size_t)n;
    (void)close(fds[0]);
    if (pid < 0 || !program_wait(pid))
        return NULL;
    for (n = 0; (size_t)n < len && text[n] != '\n';)
        n++;
    return arena_copy(rq->arena, text, (size_t)n);
}

int programs_version(const char *line)
{
    static const char mark[] = "(PostgreSQL) ";
    const char *at = strstr(line, mark);
    long major = 0;

    if (at == NULL)
        return 0;
    major = strtol(at + sizeof(mark) - 1, NULL, 10);
    return major > 0 && major < 1000 ? (int)major : 0;
}

/* The greatest number in a path: 9 is older than 15, which no comparison of texts knows. */
static long path_number(const char *path)
{
    long greatest = 0;

    for (; *path != '\0'; path++) {
        if (*path >= '0' && *path <= '9') {
            char *end = NULL;
            const long number = strtol(path, &end, 10);
            greatest = number > greatest ? number : greatest;
            path = end - 1;
        }
    }
    return greatest;
}

int programs_newer_first(const void *left, const void *right)
{
    const long a = path_number(*(const char *const *)left);
    const long b = path_number(*(const char *const *)right);

    return (a < b) - (a > b);
}

int program_version(struct req *rq, const char *path)
{
    const char *const argv[] = {path, "--version", NULL};
    const char *line = NULL;

    if (path[0] != '/' || access(path, X_OK) != 0)
        return 0;
    line = program_line(rq, argv);
    return line == NULL ? 0 : programs_version(line);
}

/* The version in dir, or 0 when it has not both programs. */
static int dir_version(struct req *rq, const char *dir)
{
    const char *initdb = arena_printf(rq->arena, "%s/initdb", dir);

    if (access(initdb, X_OK) != 0)
        return 0;
    return program_version(rq, arena_printf(rq->arena, "%s/postgres", dir));
}

/* A look into one directory; true ends the walk. */
typedef bool dir_look(struct req *rq, void *ctx, const char *dir);

/* The usual places, the newest of each kind first. */
static bool usual_places_look(struct req *rq, dir_look *look, void *ctx)
{
    bool found = false;

    for (size_t i = 0; i < LENGTH_OF(usual_places) && !found; i++) {
        glob_t hits;
        if (glob(usual_places[i], GLOB_NOSORT, NULL, &hits) != 0)
            continue;
        qsort(hits.gl_pathv, hits.gl_pathc, sizeof(char *), programs_newer_first);
        for (size_t k = 0; k < hits.gl_pathc && !found; k++)
            found = look(rq, ctx, hits.gl_pathv[k]);
        globfree(&hits);
    }
    return found;
}

/* PATH, to be taken apart. */
static char *path_copy(struct req *rq)
{
    const char *path = getenv("PATH");

    return arena_strdup(rq->arena, path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path);
}

/* What is looked for, and what was seen on the way. */
struct search {
    int major;  /* 0: any that is new enough */
    int newest; /* of those that did not fit */
    const char *found;
};

static bool search_try(struct req *rq, void *ctx, const char *dir)
{
    struct search *s = ctx;
    const int version = dir_version(rq, dir);

    if (version > s->newest)
        s->newest = version;
    if (s->major != 0 ? version != s->major : version < PROGRAMS_VERSION_MIN)
        return false;
    s->found = arena_strdup(rq->arena, dir);
    return true;
}

/* With ask_config, what pg_config in each directory of PATH names; else those directories. */
static bool search_path(struct req *rq, struct search *s, bool ask_config)
{
    char *rest = path_copy(rq);
    char *dir = NULL;

    while ((dir = strsep(&rest, ":")) != NULL) {
        const char *config = arena_printf(rq->arena, "%s/pg_config", dir);
        const char *const argv[] = {config, "--bindir", NULL};
        const char *place = dir;
        if (dir[0] != '/' || (ask_config && access(config, X_OK) != 0))
            continue;
        if (ask_config)
            place = program_line(rq, argv);
        if (place != NULL && search_try(rq, s, place))
            return true;
    }
    return false;
}

static enum status search_fail(struct req *rq, const struct search *s)
{
    if (s->major != 0)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the private database was made by PostgreSQL %d, which is not installed; "
                        "install it (Debian, Ubuntu: postgresql-%d; Fedora: postgresql%d-server)",
                        s->major, s->major, s->major);
    if (s->newest != 0)
        return req_fail(rq, ST_UNAVAILABLE,
                        "PostgreSQL %d is installed, but %d or newer is needed; install it, or "
                        "name a database with --dsn",
                        s->newest, PROGRAMS_VERSION_MIN);
    return req_fail(rq, ST_UNAVAILABLE,
                    "PostgreSQL is not installed; install it (Debian, Ubuntu: postgresql; Fedora: "
                    "postgresql-server), set PLANNER_PG_BINDIR, or name a database with --dsn");
}

enum status programs_find(struct req *rq, int major, const char **ret_dir)
{
    const char *told = getenv("PLANNER_PG_BINDIR");
    struct search s = {.major = major};
    bool found = false;

    if (told != NULL && told[0] != '\0') {
        if (!search_try(rq, &s, told) && s.newest == 0)
            return req_fail(rq, ST_UNAVAILABLE,
                            "'pg-bindir' (PLANNER_PG_BINDIR) is no directory with initdb and "
                            "postgres in it; correct it, or unset it to search the usual places");
        found = s.found != NULL;
    } else {
        found = search_path(rq, &s, true) || usual_places_look(rq, search_try, &s) ||
                search_path(rq, &s, false);
    }
    if (!found)
        return search_fail(rq, &s);
    *ret_dir = s.found;
    return ST_OK;
}

/* ------------------------------------------------------------------ for clients */

/* What is looked for. */
struct client {
    const char *name;
    int major;
    const char *path;
    int version;
};

static bool client_is_in(struct req *rq, void *ctx, const char *dir)
{
    struct client *c = ctx;
    const char *path = arena_printf(rq->arena, "%s/%s", dir, c->name);
    const int version = program_version(rq, path);

    if (version == 0 || version < c->major)
        return false;
    c->path = path;
    c->version = version;
    return true;
}

bool programs_find_client(struct req *rq, const char *name, int major, const char **ret_path,
                          int *ret_major)
{
    const char *told = getenv("PLANNER_PG_BINDIR");
    char *rest = path_copy(rq);
    struct client c = {.name = name, .major = major};
    bool found = told != NULL && client_is_in(rq, &c, told);
    const char *dir = NULL;

    while (!found && (dir = strsep(&rest, ":")) != NULL)
        found = client_is_in(rq, &c, dir);
    if (!found && !usual_places_look(rq, client_is_in, &c))
        return false;
    *ret_path = c.path;
    *ret_major = c.version;
    return true;
}
