#include "planner/base/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "planner/base/memory.h"

/*
 * To AddressSanitizer a chunk would be one piece in which nothing overflows. In such builds what is
 * not handed out is forbidden, and so is a gap behind each piece.
 */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_GUARDED 1
#endif
#endif
#ifdef ARENA_GUARDED
#include <sanitizer/asan_interface.h>
#define GAP                ((size_t)16)
#define GUARD_SET(ptr, n)  ASAN_POISON_MEMORY_REGION((ptr), (n))
#define GUARD_LIFT(ptr, n) ASAN_UNPOISON_MEMORY_REGION((ptr), (n))
#else
#define GAP                ((size_t)0)
#define GUARD_SET(ptr, n)  ((void)0)
#define GUARD_LIFT(ptr, n) ((void)0)
#endif

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
    GUARD_SET(chunk->bytes, size);
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
    if (arena->head != NULL) {
        arena->head->used = 0;
        GUARD_SET(arena->head->bytes, arena->head->size);
    }
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

    if (arena->head == NULL || arena->head->size - arena->head->used < need + GAP) {
        struct arena_chunk *chunk = chunk_new(need + GAP > CHUNK_SIZE ? need + GAP : CHUNK_SIZE);
        chunk->older = arena->head;
        arena->head = chunk;
    }
    ptr = arena->head->bytes + arena->head->used;
    arena->head->used += need + GAP;
    GUARD_LIFT(ptr, size);
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
