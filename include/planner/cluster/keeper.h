/*
 * The keeper as others see it: is there one, start one, hear what it says. And what only the
 * keeper does: making the cluster.
 *
 * Over the pipe that it inherits the keeper says lines, the first letter telling the kind:
 *   D text   a detail for the log (it may name paths)
 *   F text   failed, with the sentence for whoever asked
 *   B        another keeper is at work; this one ends
 *   R        the cluster accepts connections
 */
#ifndef PLANNER_CLUSTER_KEEPER_H
#define PLANNER_CLUSTER_KEEPER_H

#include <sys/types.h>

#include "planner/cluster/cluster.h"

#define KEEPER_READY_FD 3 /* the pipe's number in the keeper */

/*
 * keeper.lock carries a POSIX record lock, not a flock: the kernel then tells who holds it
 * (F_GETLK) without taking it, so that looking never gets in the way of a keeper that is just
 * starting, and the number needs no belief in the contents of a file. *ret_pid is 0 when the
 * holder lives in another PID namespace.
 */
bool keeper_find(const char *data_dir, pid_t *ret_pid);
/* Take keeper.lock for the life of this process. False when another holds it. */
bool keeper_lock(const char *data_dir);

/* Start a keeper that is nobody's child; *ret_fd is the pipe's other end (close it). */
enum status keeper_spawn(struct req *rq, const struct cluster *cluster, int *ret_fd) MUST_CHECK;

/* initdb, settings, the database `planner`; pg_dir appears complete or not at all. */
enum status keeper_initialise(struct req *rq, const char *data_dir, const char *bin_dir) MUST_CHECK;
/* The major version of the cluster in pg_dir, 0 when there is none. */
int keeper_cluster_version(const char *pg_dir);
/* Remove a directory with all that is in it; links are not followed. */
void keeper_remove(const char *path);
/* Remove what killed initialisations left behind. */
void keeper_sweep(const char *data_dir);

#endif
