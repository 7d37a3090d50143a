/* Making the cluster: beside its place, then renamed, so that a killed attempt leaves no half. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/cluster/keeper.h"
#include "planner/cluster/programs.h"

#define REMOVE_MS 2000

/*
 * Whatever durability needs (fsync, synchronous_commit, full_page_writes) stays as PostgreSQL
 * ships it: on. Errors of single statements are told to whoever sent them and are kept out of the
 * log, which would otherwise show contents of plans.
 */
static const char settings[] = "\n"
                               "# mcp-planner\n"
                               "listen_addresses = ''\n"
                               "unix_socket_permissions = 0700\n"
                               "max_connections = 300\n"
                               "shared_buffers = '128MB'\n"
                               "max_wal_size = '512MB'\n"
                               "jit = off\n"
                               "log_destination = 'stderr'\n"
                               "logging_collector = off\n"
                               "log_checkpoints = off\n"
                               "log_autovacuum_min_duration = -1\n"
                               "log_min_messages = 'log'\n"
                               "log_min_error_statement = 'panic'\n"
                               "log_statement = 'none'\n";

/* One attempt. */
struct making {
    const char *data_dir;
    const char *bin_dir;
    const char *dir;    /* where it is made */
    const char *pg_dir; /* what it is named when it is whole */
    int log_fd;
};

int keeper_cluster_version(const char *pg_dir)
{
    char path[4608];
    char text[16];
    ssize_t n = -1;
    int fd = -1;

    (void)snprintf(path, sizeof(path), "%s/PG_VERSION", pg_dir);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    n = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    return (int)strtol(text, NULL, 10);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    (void)remove(path);
    return 0;
}

void keeper_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void keeper_sweep(const char *data_dir)
{
    DIR *dir = opendir(data_dir);
    const struct dirent *entry = NULL;
    char path[4608];

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "pg.tmp.", 7) == 0) {
            (void)snprintf(path, sizeof(path), "%s/%s", data_dir, entry->d_name);
            keeper_remove(path);
        }
    }
    if (dir != NULL)
        (void)closedir(dir);
}

/* Case and classes of letters beyond ASCII, where the system has a locale for them. */
static const char *locale_option(void)
{
    locale_t locale = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);

    if (locale == (locale_t)0)
        return "--locale=C";
    freelocale(locale);
    return "--locale=C.UTF-8";
}

static enum status run_initdb(struct req *rq, const struct making *m, bool *ret_ok)
{
    const char *const argv[] = {arena_printf(rq->arena, "%s/initdb", m->bin_dir),
                                "-D",
                                m->dir,
                                "-U",
                                "planner",
                                "-A",
                                "trust", /* the socket's directory admits this account only */
                                "-E",
                                "UTF8",
                                locale_option(),
                                "--lc-messages=C",
                                "--data-checksums",
                                "--no-instructions",
                                NULL};

    return program_run_waiting(rq, argv, (struct program_io){-1, m->log_fd, SIGKILL}, ret_ok);
}

static bool add_settings(struct req *rq, const char *dir)
{
    const char *path = arena_printf(rq->arena, "%s/postgresql.conf", dir);
    const int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool ok = false;

    if (fd < 0)
        return false;
    ok = write(fd, settings, sizeof(settings) - 1) == (ssize_t)sizeof(settings) - 1;
    ok = fsync(fd) == 0 && ok;
    (void)close(fd);
    return ok;
}

/* A server of one session that reads statements from stdin: no socket, nobody else can come. */
static enum status make_database(struct req *rq, const struct making *m, bool *ret_ok)
{
    static const char statement[] = "CREATE DATABASE planner OWNER planner;\n";
    const char *const argv[] = {arena_printf(rq->arena, "%s/postgres", m->bin_dir),
                                "--single",
                                "-j",
                                "-D",
                                m->dir,
                                "-c",
                                "exit_on_error=on",
                                "template1",
                                NULL};
    enum status status = ST_OK;
    bool told = false;
    int fds[2];

    *ret_ok = false;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return ST_OK;
    told = write(fds[1], statement, sizeof(statement) - 1) == (ssize_t)sizeof(statement) - 1;
    (void)close(fds[1]);
    if (told)
        status =
            program_run_waiting(rq, argv, (struct program_io){fds[0], m->log_fd, SIGKILL}, ret_ok);
    (void)close(fds[0]);
    return status;
}

/* Make the new name last: the directory that holds it has to reach the disk as well. */
static bool publish(const struct making *m)
{
    const int fd = open(m->data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = fd >= 0 && rename(m->dir, m->pg_dir) == 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static enum status make(struct req *rq, const struct making *m, bool *ret_ok)
{
    TRY(run_initdb(rq, m, ret_ok));
    *ret_ok = *ret_ok && add_settings(rq, m->dir);
    if (*ret_ok)
        TRY(make_database(rq, m, ret_ok));
    *ret_ok = *ret_ok && publish(m);
    return ST_OK;
}

/* What was killed a moment ago may still make a file beneath it. */
static void remove_wholly(const char *dir)
{
    const int64_t deadline = clock_monotonic_ms() + REMOVE_MS;

    keeper_remove(dir);
    while (access(dir, F_OK) == 0 && clock_monotonic_ms() < deadline) {
        (void)poll(NULL, 0, 20);
        keeper_remove(dir);
    }
}

enum status keeper_initialise(struct req *rq, const char *data_dir, const char *bin_dir)
{
    const char *log_path = arena_printf(rq->arena, "%s/postgresql.log", data_dir);
    const struct making m = {
        .data_dir = data_dir,
        .bin_dir = bin_dir,
        .dir = arena_printf(rq->arena, "%s/pg.tmp.%d", data_dir, (int)getpid()),
        .pg_dir = arena_printf(rq->arena, "%s/pg", data_dir),
        .log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600),
    };
    enum status status = ST_OK;
    bool ok = false;

    if (m.log_fd >= 0) {
        status = make(rq, &m, &ok);
        (void)close(m.log_fd);
    }
    if (ok)
        return ST_OK;
    remove_wholly(m.dir);
    TRY(status);
    return req_fail(rq, ST_UNAVAILABLE,
                    "the private database could not be made; postgresql.log in the data directory "
                    "tells why (often a full disk), 'mcp-planner status' names it");
}
