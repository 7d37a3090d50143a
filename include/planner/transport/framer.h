/*
 * Bytes to lines, in one buffer that starts small, grows to the cap and is given back after a
 * large frame. A line is a frame: CRLF is tolerated, blank lines are passed over, a line beyond
 * the cap is skipped to its newline and reported there, once, with the id of the message in it.
 */
#ifndef PLANNER_TRANSPORT_FRAMER_H
#define PLANNER_TRANSPORT_FRAMER_H

#include <stdbool.h>
#include <stddef.h>

#include "planner/rpc/rpc.h"

#define FRAME_CAP_DEFAULT ((size_t)4 * 1024 * 1024) /* bytes, without the newline */

enum framed { FRAMED_NONE, FRAMED_LINE, FRAMED_TOO_LONG };

struct framer {
    char *bytes;
    size_t size;  /* allocated */
    size_t start; /* of what was not handed out */
    size_t end;   /* of what was read */
    size_t seen;  /* up to here there is no newline */
    size_t cap;
    bool skipping;            /* inside a line that is too long */
    bool eof;                 /* nothing will be added: what is left is a line */
    struct rpc_glance glance; /* at the line that is too long */
};

void framer_init(struct framer *framer, size_t cap);
void framer_destroy(struct framer *framer);
/* Where to read to; *ret_space is never 0. Moves what is buffered: lines handed out end here. */
char *framer_space(struct framer *framer, size_t *ret_space);
void framer_added(struct framer *framer, size_t n);
/* The next line, or the raw id (ptr NULL: none) of one that is too long; borrowed until
 * framer_space. */
enum framed framer_next(struct framer *framer, struct span *ret_line);

#endif
