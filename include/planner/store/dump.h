/* A dump of the store by PostgreSQL's own pg_dump. */
#ifndef PLANNER_STORE_DUMP_H
#define PLANNER_STORE_DUMP_H

#include "planner/store/db.h"

/*
 * Write schema planner to `path`, in pg_dump's custom format (pg_restore reads it), readable for
 * the owner only. The file is there when it is complete and on disk, or not at all. `server` is the
 * major version of the server, whose own pg_dump is preferred. What pg_dump complains of goes to
 * stderr. Waits as long as it takes. ST_INVALID: the file is there already, or its directory is
 * not; ST_UNAVAILABLE: there is no pg_dump, or it failed.
 */
enum status dump_write(struct req *rq, int server, const char *path) MUST_CHECK;

#endif
