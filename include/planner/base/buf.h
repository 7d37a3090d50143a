/*
 * A growing byte string in an arena, always NUL-terminated once something was added. Older copies
 * stay in the arena until it is reset: buffers double, so the waste is at most the final size.
 */
#ifndef PLANNER_BASE_BUF_H
#define PLANNER_BASE_BUF_H

#include <stddef.h>

#include "planner/base/arena.h"

struct buf {
    struct arena *arena;
    char *ptr;
    size_t len;
    size_t cap;
};

#define BUF_IN(a) ((struct buf){.arena = (a)})

void buf_add(struct buf *buf, const char *bytes, size_t len);
void buf_text(struct buf *buf, const char *text); /* NULL adds nothing */
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* In single quotes, with backslashes: a value of a libpq connection string. */
void buf_quoted(struct buf *buf, const char *text);
const char *buf_str(struct buf *buf); /* "" when nothing was added */

#endif
