#include "planner/base/memory.h"

#include <malloc.h>
#include <unistd.h>

static void die_without_memory(void)
{
    static const char message[] = "mcp-planner: out of memory\n";

    (void)!write(STDERR_FILENO, message, sizeof(message) - 1);
    _exit(1);
}

void *memory_alloc(size_t size)
{
    void *ptr = malloc(size > 0 ? size : 1);

    if (ptr == NULL)
        die_without_memory();
    return ptr;
}

void *memory_grow(void *old, size_t size)
{
    void *ptr = realloc(old, size > 0 ? size : 1);

    if (ptr == NULL)
        die_without_memory();
    return ptr;
}

char *memory_span(const char *bytes, size_t len)
{
    char *copy = memory_alloc(len + 1);

    memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

char *memory_text(const char *text)
{
    return text == NULL ? NULL : memory_span(text, strlen(text));
}

void memory_free(void *ptr)
{
    free(ptr);
}

void memory_give_back(void)
{
    (void)malloc_trim(0);
}

void memory_hook_cjson(void)
{
    cJSON_Hooks hooks = {.malloc_fn = memory_alloc, .free_fn = memory_free};

    cJSON_InitHooks(&hooks);
}
