/* The file that is imported. */
#ifndef PLANNER_CLI_SOURCE_H
#define PLANNER_CLI_SOURCE_H

/*
 * Open a file so that it can be read twice, to be closed by the caller; "-": standard input. What
 * comes through a pipe is kept in a file without a name. -1, with errno: EISDIR for a directory.
 */
int source_open(const char *path);

#endif
