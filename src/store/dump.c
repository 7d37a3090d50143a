#include "planner/store/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db_private.h"
#include "planner/base/buf.h"
#include "planner/cluster/programs.h"

/* pg_dump beside the server's other programs, else in PATH: a client may have nothing else. */
static enum status find_program(struct req *rq, int server, const char **ret_path)
{
    const char *path = getenv("PATH");
    char *rest = arena_strdup(rq->arena, path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path);
    const char *found = NULL;
    char *dir = NULL;

    if (programs_find(rq, server, &found) == ST_OK) {
        found = arena_printf(rq->arena, "%s/pg_dump", found);
        if (access(found, X_OK) == 0) {
            *ret_path = found;
            return ST_OK;
        }
    }
    while ((dir = strsep(&rest, ":")) != NULL) {
        found = arena_printf(rq->arena, "%s/pg_dump", dir);
        if (dir[0] == '/' && access(found, X_OK) == 0) {
            *ret_path = found;
            return ST_OK;
        }
    }
    return req_fail(rq, ST_UNAVAILABLE,
                    "pg_dump is not installed; install PostgreSQL's client programs, version %d or "
                    "newer (Debian, Ubuntu: postgresql-client-%d)",
                    server, server);
}

/* The connection string in parts, without the password, which everybody could read in `ps`. */
static const char *without_password(struct req *rq, const PQconninfoOption *options,
                                    const char **ret_password)
{
    struct buf buf = BUF_IN(rq->arena);

    *ret_password = NULL;
    for (; options->keyword != NULL; options++) {
        if (options->val == NULL)
            continue;
        if (strcmp(options->keyword, "password") == 0) {
            *ret_password = arena_strdup(rq->arena, options->val);
            continue;
        }
        buf_printf(&buf, "%s%s=", buf.len == 0 ? "" : " ", options->keyword);
        buf_quoted(&buf, options->val);
    }
    return buf_str(&buf);
}

static enum status connection_of(struct req *rq, const char **ret_conninfo,
                                 const char **ret_password)
{
    const struct db_config *config = &rq->db->config;
    PQconninfoOption *options = NULL;

    *ret_password = NULL;
    if (config->dsn == NULL) {
        *ret_conninfo = cluster_connection(rq->arena, config->cluster);
        return ST_OK;
    }
    options = PQconninfoParse(config->dsn, NULL);
    if (options == NULL)
        return req_fail(rq, ST_INVALID,
                        "pg_dump cannot use this connection string; name the server itself with "
                        "--dsn, not a pooler");
    *ret_conninfo = without_password(rq, options, ret_password);
    PQconninfoFree(options);
    return ST_OK;
}

static enum status run_program(struct req *rq, int server, const char *file)
{
    const char *program = NULL;
    const char *conninfo = NULL;
    const char *password = NULL;
    mode_t mask = 0;
    bool ok = false;

    TRY(find_program(rq, server, &program));
    TRY(connection_of(rq, &conninfo, &password));
    const char *const argv[] = {program,         "--format=custom", "--schema=planner",
                                "--no-password", "--file",          file,
                                "--dbname",      conninfo,          NULL};
    if (password != NULL)
        (void)setenv("PGPASSWORD", password, 1);
    mask = umask(S_IRWXG | S_IRWXO);
    ok = program_run(argv, (struct program_io){-1, STDERR_FILENO, SIGTERM});
    (void)umask(mask);
    if (password != NULL)
        (void)unsetenv("PGPASSWORD");
    if (!ok)
        return req_fail(rq, ST_UNAVAILABLE, "pg_dump failed; it says why above");
    return ST_OK;
}

static bool sync_path(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static const char *directory_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return ".";
    return slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

/* link(2) does not replace a file that came meanwhile, as rename(2) would. */
static enum status put_in_place(struct req *rq, const char *part, const char *path)
{
    if (!sync_path(part) || link(part, path) != 0 || !sync_path(directory_of(rq->arena, path)))
        return req_fail(rq, ST_UNAVAILABLE, "the dump '%s' cannot be written (%s)", path,
                        strerror(errno));
    return ST_OK;
}

enum status dump_write(struct req *rq, int server, const char *path)
{
    const char *part = arena_printf(rq->arena, "%s.part-%d", path, (int)getpid());
    enum status status = ST_OK;

    if (access(path, F_OK) == 0)
        return req_fail(rq, ST_INVALID, "'%s' exists; name a file that does not", path);
    if (access(directory_of(rq->arena, path), W_OK) != 0)
        return req_fail(rq, ST_INVALID, "'%s' cannot be written (%s); name another file", path,
                        strerror(errno));
    status = run_program(rq, server, part);
    if (status == ST_OK)
        status = put_in_place(rq, part, path);
    (void)unlink(part);
    return status;
}
