/* Paths of a source: its names, and what is there. Texts live in the request's arena. */
#ifndef PLANNER_EXCHANGE_PATHS_H
#define PLANNER_EXCHANGE_PATHS_H

#include "planner/base/req.h"

/* Absolute, without links. ST_NOT_FOUND when there is nothing. */
enum status path_real(struct req *rq, const char *path, const char **ret_path) MUST_CHECK;
bool path_is_file(const char *path);
bool path_is_directory(const char *path);
const char *path_parent(struct arena *arena, const char *path); /* "/" above the top */
const char *path_name(struct arena *arena, const char *path);   /* the last part */
bool path_ends(const char *path, const char *end);

#endif
