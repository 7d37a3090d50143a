/*
 * A file that is there when it is complete and on disk, or not at all. It is written under another
 * name in its directory, readable for the owner only, and gets its own at the end; one that exists
 * is never replaced.
 */
#ifndef PLANNER_BASE_NEWFILE_H
#define PLANNER_BASE_NEWFILE_H

#include <stdbool.h>
#include <stddef.h>

struct newfile {
    char *path; /* NULL: not begun, or done */
    char *part;
    int fd;
};

/* False, with errno: EEXIST when there is one. */
bool newfile_begin(struct newfile *file, const char *path);
bool newfile_write(struct newfile *file, const char *bytes, size_t len);
/* The file is there, or (false, with errno) nothing is. */
bool newfile_end(struct newfile *file);
/* Scoped: what was not ended is removed. */
void newfile_drop(struct newfile *file);
#define OWN_NEWFILE __attribute__((cleanup(newfile_drop))) struct newfile

#endif
