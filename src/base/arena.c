#include "planner/base/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "planner/base/memory.h"

#define CHUNK_SIZE ((size_t)32 * 1024) /* holds a usual request whole */

struct arena_chunk {
    struct arena_chunk *older;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

struct arena_late {
    struct arena_late *older;
    void (*fn)(void *ptr);
    void *ptr;
};

static struct arena_chunk *chunk_new(size_t size)
{
    struct arena_chunk *chunk = memory_alloc(sizeof(*chunk) + size);

    chunk->older = NULL;
    chunk->used = 0;
    chunk->size = size;
    return chunk;
}

void arena_init(struct arena *arena, size_t cap)
{
    *arena = (struct arena){.cap = cap};
}

static void run_late(struct arena *arena)
{
    while (arena->late != NULL) {
        struct arena_late *late = arena->late;
        arena->late = late->older;
        late->fn(late->ptr);
    }
}

void arena_defer(struct arena *arena, void (*fn)(void *ptr), void *ptr)
{
    struct arena_late *late = ARENA_NEW(arena, struct arena_late);

    *late = (struct arena_late){.older = arena->late, .fn = fn, .ptr = ptr};
    arena->late = late;
}

void arena_reset(struct arena *arena)
{
    run_late(arena);
    while (arena->head != NULL && arena->head->older != NULL) {
        struct arena_chunk *chunk = arena->head;
        arena->head = chunk->older;
        memory_free(chunk);
    }
    if (arena->head != NULL && arena->head->size > CHUNK_SIZE) {
        memory_free(arena->head);
        arena->head = NULL;
    }
    if (arena->head != NULL)
        arena->head->used = 0;
    arena->used = 0;
    arena->over = false;
}

void arena_destroy(struct arena *arena)
{
    run_late(arena);
    while (arena->head != NULL) {
        struct arena_chunk *chunk = arena->head;
        arena->head = chunk->older;
        memory_free(chunk);
    }
    *arena = (struct arena){0};
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    const size_t need = (size + align - 1) & ~(align - 1);
    void *ptr = NULL;

    if (arena->head == NULL || arena->head->size - arena->head->used < need) {
        struct arena_chunk *chunk = chunk_new(need > CHUNK_SIZE ? need : CHUNK_SIZE);
        chunk->older = arena->head;
        arena->head = chunk;
    }
    ptr = arena->head->bytes + arena->head->used;
    arena->head->used += need;
    arena->used += need;
    if (arena->used > arena->cap)
        arena->over = true;
    memset(ptr, 0, size);
    return ptr;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / 2 / size) {
        arena->over = true;
        count = 0;
    }
    return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
{
    va_list again;
    char *text = NULL;
    int len = 0;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    text = arena_alloc(arena, (size_t)(len < 0 ? 0 : len) + 1);
    if (len > 0)
        (void)vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, fmt);
    text = arena_vprintf(arena, fmt, args);
    va_end(args);
    return text;
}

bool arena_over(const struct arena *arena)
{
    return arena->over;
}
