/*
 * Memory of one request: allocate, never free by hand, reset when the request is answered.
 *
 * An arena never returns NULL. Beyond `cap` bytes it goes on serving but latches `over`; the
 * places that matter (the argument decoder, every flush, the encoder) ask arena_over() and end
 * the request with ST_LIMIT. Input frames are capped, so the overshoot is bounded. When the
 * machine itself has no memory left the process ends with a message (base/memory.h).
 */
#ifndef PLANNER_BASE_ARENA_H
#define PLANNER_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "planner/base/status.h"

#define ARENA_CAP_DEFAULT ((size_t)32 * 1024 * 1024) /* bytes */

struct arena_chunk;
struct arena_late;

struct arena {
    struct arena_chunk *head; /* newest first; the oldest is kept by arena_reset */
    size_t used;              /* bytes handed out since the last reset */
    size_t cap;               /* bytes */
    bool over;
    struct arena_late *late; /* what arena_defer() put off, newest first */
};

void arena_init(struct arena *arena, size_t cap);
/* Forget everything but the first chunk. */
void arena_reset(struct arena *arena);
void arena_destroy(struct arena *arena);

/* Call fn(ptr) when the arena is reset or destroyed, newest first, before its memory goes. */
void arena_defer(struct arena *arena, void (*fn)(void *ptr), void *ptr);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_copy(struct arena *arena, const char *bytes, size_t len); /* NUL-terminated */
char *arena_strdup(struct arena *arena, const char *text);            /* NULL gives NULL */
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
bool arena_over(const struct arena *arena);

#define ARENA_NEW(arena, type)     ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_MANY(arena, n, type) ((type *)arena_array((arena), (n), sizeof(type)))

#endif
