#include "planner/transport/framer.h"

#include "planner/base/memory.h"

#define SIZE_MIN ((size_t)16 * 1024)

void framer_init(struct framer *framer, size_t cap)
{
    *framer = (struct framer){.cap = cap};
}

void framer_destroy(struct framer *framer)
{
    memory_free(framer->bytes);
    *framer = (struct framer){0};
}

static void buffer_resize(struct framer *framer, size_t size)
{
    framer->bytes = memory_grow(framer->bytes, size);
    framer->size = size;
}

static void buffer_compact(struct framer *framer)
{
    const size_t left = framer->end - framer->start;

    if (framer->start > 0 && left > 0)
        memmove(framer->bytes, framer->bytes + framer->start, left);
    framer->seen -= framer->start;
    framer->start = 0;
    framer->end = left;
}

char *framer_space(struct framer *framer, size_t *ret_space)
{
    buffer_compact(framer);
    if (framer->size < SIZE_MIN || (framer->size > SIZE_MIN && framer->end < SIZE_MIN / 2))
        buffer_resize(framer, SIZE_MIN);
    else if (framer->end == framer->size)
        buffer_resize(framer, framer->size * 2);
    *ret_space = framer->size - framer->end;
    return framer->bytes + framer->end;
}

void framer_added(struct framer *framer, size_t n)
{
    framer->end += n;
}

/* Take the line from start up to `stop`; the newline, if there is one, is at `stop`. */
static struct span line_take(struct framer *framer, size_t stop, size_t newline)
{
    struct span line = {framer->bytes + framer->start, stop - framer->start};

    framer->start = stop + newline;
    framer->seen = framer->start;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool is_blank(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r')
            return false;
    }
    return true;
}

/* What has no end yet: forget it when it is too long, but for its id. */
static enum framed line_unfinished(struct framer *framer)
{
    const size_t len = framer->end - framer->start;

    framer->seen = framer->end;
    if (!framer->skipping && len <= framer->cap + 1)
        return FRAMED_NONE;
    if (!framer->skipping)
        rpc_glance_begin(&framer->glance);
    rpc_glance_feed(&framer->glance, framer->bytes + framer->start, len);
    framer->start = framer->end;
    framer->skipping = true;
    return FRAMED_NONE;
}

/* The end of a line that is too long. */
static enum framed line_too_long(struct framer *framer, struct span rest, struct span *ret_id)
{
    if (!framer->skipping)
        rpc_glance_begin(&framer->glance);
    rpc_glance_feed(&framer->glance, rest.ptr, rest.len);
    framer->skipping = false;
    *ret_id = rpc_glance_id(&framer->glance);
    return FRAMED_TOO_LONG;
}

enum framed framer_next(struct framer *framer, struct span *ret_line)
{
    struct span line = {0};

    do {
        const size_t left = framer->end - framer->seen;
        const char *newline = left > 0 ? memchr(framer->bytes + framer->seen, '\n', left) : NULL;
        const bool is_last = framer->eof && (framer->end > framer->start || framer->skipping);
        if (newline == NULL && !is_last)
            return line_unfinished(framer);
        if (newline != NULL)
            line = line_take(framer, (size_t)(newline - framer->bytes), 1);
        else
            line = line_take(framer, framer->end, 0);
        if (framer->skipping || line.len > framer->cap)
            return line_too_long(framer, line, ret_line);
    } while (is_blank(line));
    *ret_line = line;
    return FRAMED_LINE;
}
