/* Where the cluster lives. Every process must come to the same answer, whatever its environment. */
#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/base/buf.h"
#include "planner/cluster/account.h"
#include "planner/cluster/cluster.h"

/* The home directory from the environment, else from the account's entry; NULL when neither is. */
static const char *home_directory(void)
{
    const char *home = getenv("HOME");
    const struct passwd *entry = NULL;

    if (home != NULL && home[0] == '/')
        return home;
    entry = getpwuid(geteuid());
    return entry != NULL && entry->pw_dir[0] == '/' ? entry->pw_dir : NULL;
}

static enum status default_directory(struct req *rq, const char **ret_dir)
{
    const char *data_home = getenv("XDG_DATA_HOME");
    const char *home = NULL;

    if (geteuid() == 0) {
        *ret_dir = "/var/lib/mcp-planner";
        return ST_OK;
    }
    if (data_home != NULL && data_home[0] == '/') {
        *ret_dir = arena_printf(rq->arena, "%s/mcp-planner", data_home);
        return ST_OK;
    }
    home = home_directory();
    if (home == NULL)
        return req_fail(rq, ST_INVALID,
                        "there is no home directory to keep the database in; "
                        "name a directory with --data-dir or PLANNER_DATA_DIR");
    *ret_dir = arena_printf(rq->arena, "%s/.local/share/mcp-planner", home);
    return ST_OK;
}

/*
 * Resolve links in the part of the path that exists: one directory must not have two names, since
 * the name of the short socket directory follows from it.
 */
static const char *canonical(struct arena *arena, const char *path)
{
    char *head = arena_strdup(arena, path);
    const char *tail = "";
    char *real = NULL;
    const char *whole = NULL;

    for (;;) {
        char *slash = NULL;
        real = realpath(head, NULL);
        if (real != NULL)
            break;
        slash = strrchr(head, '/');
        if (slash == NULL || slash == head)
            return arena_strdup(arena, path);
        tail = slash[1] == '\0' ? tail : arena_printf(arena, "/%s%s", slash + 1, tail);
        *slash = '\0';
    }
    whole = arena_printf(arena, "%s%s", strcmp(real, "/") == 0 ? "" : real, tail);
    free(real);
    return whole[0] == '\0' ? "/" : whole;
}

static uint64_t hash_text(const char *text) /* FNV-1a */
{
    uint64_t hash = 14695981039346656037U;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211U;
    return hash;
}

/* Whom the short socket directory will belong to. */
static uid_t socket_owner(struct req *rq, const char *data_dir)
{
    struct account account;

    return account_choose(rq, data_dir, &account) == ST_OK ? account.uid : geteuid();
}

const char *cluster_socket_dir(struct req *rq, struct arena *arena, const char *data_dir)
{
    const char *dir = arena_printf(arena, "%s/run", data_dir);

    /* libpq takes a comma for the end of a host name. */
    if (strlen(dir) + strlen("/" CLUSTER_SOCKET) <= CLUSTER_SOCKET_MAX && strchr(dir, ',') == NULL)
        return dir;
    /*
     * Not XDG_RUNTIME_DIR: hosts filter the environment, so two processes could disagree, and the
     * directory is removed at log-out while servers may go on.
     */
    return arena_printf(arena, "/tmp/mcp-planner-%u-%016llx", (unsigned)socket_owner(rq, data_dir),
                        (unsigned long long)hash_text(data_dir));
}

enum status cluster_locate(struct req *rq, struct arena *arena, const char *configured,
                           struct cluster *ret_cluster)
{
    const char *dir = configured != NULL ? configured : "";

    if (configured == NULL)
        TRY(default_directory(rq, &dir));
    if (dir[0] != '/' || strchr(dir, '\n') != NULL)
        return req_fail(rq, ST_INVALID,
                        "'data-dir' must be an absolute path on one line; write it from / on");
    dir = canonical(arena, dir);
    *ret_cluster = (struct cluster){
        .data_dir = dir,
        .socket_dir = cluster_socket_dir(rq, arena, dir),
        .clients_fd = -1,
    };
    return ST_OK;
}

/* One value of a libpq connection string. */
static void add_value(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s%s=", out->len == 0 ? "" : " ", name);
    if (value[0] != '\0' && strpbrk(value, " '\\\t") == NULL) {
        buf_text(out, value);
        return;
    }
    buf_quoted(out, value);
}

const char *cluster_connection(struct arena *arena, const struct cluster *cluster)
{
    struct buf out = BUF_IN(arena);

    add_value(&out, "host", cluster->socket_dir);
    buf_text(&out, " port=5432 user=planner dbname=planner");
    return buf_str(&out);
}
