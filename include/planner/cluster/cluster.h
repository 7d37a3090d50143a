/*
 * The private PostgreSQL: find its programs, initialise, start, share, stop.
 *
 * One data directory holds everything (mode 0700, owned by the account that runs PostgreSQL):
 *   pg/            the cluster (PGDATA), made under another name and renamed when complete
 *   run/           the Unix socket, unless the path is too long for one (107 bytes)
 *   clients.lock   every process that uses the cluster holds a shared flock on it for its life;
 *                  the kernel drops it when the process dies, however it dies
 *   keeper.lock    locked by the keeper for its life (a record lock: the kernel tells whose)
 *   keeper.log, postgresql.log
 *
 * The keeper is this program run as `mcp-planner keeper`: it starts the postmaster, waits until it
 * gets clients.lock exclusively (nobody is left), stops the postmaster and ends. It holds none of
 * our stdin, stdout or stderr.
 */
#ifndef PLANNER_CLUSTER_CLUSTER_H
#define PLANNER_CLUSTER_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "planner/base/req.h"

#define CLUSTER_SOCKET     ".s.PGSQL.5432" /* in socket_dir */
#define CLUSTER_SOCKET_MAX 107             /* bytes that fit into sun_path with its NUL */

/* One process's view of the cluster. */
struct cluster {
    const char *data_dir;   /* absolute */
    const char *socket_dir; /* absolute; data_dir/run or a short private directory */
    int clients_fd;         /* open descriptor that carries the shared lock, or -1 */
};

/*
 * Decide where the cluster lives, without touching the disk more than looking: `configured` (from
 * --data-dir or PLANNER_DATA_DIR) or, when NULL, /var/lib/mcp-planner for root and
 * $XDG_DATA_HOME/mcp-planner (~/.local/share/mcp-planner) for others. Strings are in `arena`,
 * which must outlive the cluster. ST_INVALID: no home directory, or a relative path.
 */
enum status cluster_locate(struct req *rq, struct arena *arena, const char *configured,
                           struct cluster *ret_cluster) MUST_CHECK;

/*
 * Where the socket of a data directory is: data_dir/run, or /tmp/mcp-planner-UID-HASH when the
 * path would be too long for a socket or cannot be written in a connection string.
 */
const char *cluster_socket_dir(struct req *rq, struct arena *arena, const char *data_dir);
/* The libpq connection string, in `arena`. Complete: no PG* variable can divert it. */
const char *cluster_connection(struct arena *arena, const struct cluster *cluster);

/*
 * Make sure that the cluster runs and will go on running while this process lives: takes the
 * shared lock, starts a keeper when there is none, waits (through rq->waiter) until the socket
 * accepts. Cheap when it already runs. ST_UNAVAILABLE says what is missing: which package to
 * install, which account cannot reach the directory, what to look at; paths and PostgreSQL's own
 * words go to rq->log, because the sentence may reach a client.
 *
 * "Runs" means that the postmaster says that it accepts connections. Right after a crash of one of
 * its processes it may still refuse for a moment (57P03): try again.
 */
enum status cluster_ensure(struct req *rq, struct cluster *cluster) MUST_CHECK;
/* Forget the shared lock; the keeper may stop the cluster when nobody else holds it. */
void cluster_release(struct cluster *cluster);

struct cluster_state {
    bool initialised;
    bool running;
    pid_t postmaster;       /* 0 when not running */
    pid_t keeper;           /* 0 when there is none */
    const char *connection; /* a libpq connection string for psql */
    const char *refusal;    /* not initialised: why the first use will make none, or NULL */
};

/* Look, change nothing. */
enum status cluster_look(struct req *rq, const struct cluster *cluster,
                         struct cluster_state *ret_state) MUST_CHECK;
/*
 * Would the first or next use go well? ST_UNAVAILABLE with what it would say: the directory is not
 * for us or holds other files, PostgreSQL is not there. Looks, changes nothing.
 */
enum status cluster_examine(struct req *rq, const struct cluster *cluster) MUST_CHECK;
/* Stop the postmaster of this data directory (never another) and wait until it is gone. */
enum status cluster_stop(struct req *rq, const struct cluster *cluster) MUST_CHECK;
/* The keeper's whole life; does not return before the cluster is stopped. Exit code. */
int cluster_keep(const char *data_dir, const char *socket_dir, int ready_fd);

#endif
