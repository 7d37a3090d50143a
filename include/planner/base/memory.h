/* Allocation that ends the process with a message instead of returning NULL. */
#ifndef PLANNER_BASE_MEMORY_H
#define PLANNER_BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t size);
void *memory_grow(void *old, size_t size);
/* A copy of text, or NULL of NULL. */
char *memory_text(const char *text);
/* A copy of bytes, ended by NUL. */
char *memory_span(const char *bytes, size_t len);
void memory_free(void *ptr);
/* To the system, what was freed: worth its time after a lot of it. */
void memory_give_back(void);
/* Make cJSON use the functions above; called once by main. */
void memory_hook_cjson(void);

#endif
