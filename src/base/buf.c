#include "planner/base/buf.h"

static void buf_reserve(struct buf *buf, size_t more)
{
    size_t cap = buf->cap == 0 ? 256 : buf->cap;
    char *grown = NULL;

    if (buf->len + more + 1 <= buf->cap)
        return;
    while (cap < buf->len + more + 1)
        cap *= 2;
    grown = arena_alloc(buf->arena, cap);
    if (buf->len > 0)
        memcpy(grown, buf->ptr, buf->len);
    buf->ptr = grown;
    buf->cap = cap;
}

void buf_add(struct buf *buf, const char *bytes, size_t len)
{
    buf_reserve(buf, len);
    if (len > 0)
        memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
    if (text != NULL)
        buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    buf_text(buf, arena_vprintf(buf->arena, fmt, args));
    va_end(args);
}

void buf_quoted(struct buf *buf, const char *text)
{
    buf_char(buf, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            buf_char(buf, '\\');
        buf_char(buf, *text);
    }
    buf_char(buf, '\'');
}

const char *buf_str(struct buf *buf)
{
    return buf->ptr == NULL ? "" : buf->ptr;
}
