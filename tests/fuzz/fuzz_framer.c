/*
 * However the bytes arrive, the frames are those that a reader finds who sees all of them at once:
 * lines, without blank ones, without the CR of a CRLF, each too long one reported in its place.
 */
#include "fuzz.h"
#include "planner/transport/framer.h"

struct expected {
    const char *at;
    size_t left;
    size_t cap;
};

static bool is_blank(const char *line, size_t len)
{
    while (len > 0 && memchr(" \t\r", line[len - 1], 3) != NULL)
        len--;
    return len == 0;
}

/* The plain reading of the header, over everything at once. */
static enum framed expect_next(struct expected *e, struct span *ret_line)
{
    while (e->left > 0) {
        const char *newline = memchr(e->at, '\n', e->left);
        size_t len = newline == NULL ? e->left : (size_t)(newline - e->at);
        const char *line = e->at;
        const size_t step = len + (newline != NULL);

        e->at += step;
        e->left -= step;
        if (len > 0 && line[len - 1] == '\r')
            len--;
        if (len > e->cap)
            return FRAMED_TOO_LONG;
        if (is_blank(line, len))
            continue;
        *ret_line = (struct span){line, len};
        return FRAMED_LINE;
    }
    return FRAMED_NONE;
}

static void take_all(struct framer *framer, struct expected *e)
{
    struct span line;
    struct span other;
    enum framed framed = FRAMED_NONE;

    while ((framed = framer_next(framer, &line)) != FRAMED_NONE) {
        require(expect_next(e, &other) == framed);
        if (framed == FRAMED_LINE)
            require(line.len == other.len && memcmp(line.ptr, other.ptr, line.len) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    const size_t cap = feed_byte(&feed);
    const size_t stride = (size_t)1 + feed_byte(&feed);
    const size_t jitter = (size_t)1 + feed_byte(&feed);
    struct expected e = {(const char *)feed.at, feed.left, cap};
    struct framer framer;
    size_t at = 0;

    framer_init(&framer, cap);
    for (size_t round = 0; at < feed.left; round++) {
        size_t n = (stride + round * jitter) % 300 + 1;
        size_t space = 0;
        char *to = framer_space(&framer, &space);
        require(space > 0);
        n = n < space ? n : space;
        n = n < feed.left - at ? n : feed.left - at;
        memcpy(to, feed.at + at, n);
        framer_added(&framer, n);
        at += n;
        take_all(&framer, &e);
    }
    framer.eof = true;
    take_all(&framer, &e);
    require(expect_next(&e, &(struct span){0}) == FRAMED_NONE);
    framer_destroy(&framer);
    return 0;
}
