/* Version 7 UUIDs (RFC 9562): 48 bits of milliseconds, a 12-bit counter, 62 random bits. */
#ifndef PLANNER_BASE_UUID_H
#define PLANNER_BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "planner/base/arena.h"

#define UUID_TEXT_LEN 36

/*
 * The source of one process: the counter orders ids of one millisecond, so that rows made by one
 * call sort in the order in which they were made.
 */
struct uuid_source {
    int64_t last_ms;
    unsigned counter; /* 0..4095; when it is used up, last_ms runs ahead of the clock */
    bool seeded;      /* always the same ids: made from `state`, from last_ms on, without a clock */
    uint64_t state;
};

/* A source whose ids are always the same for the same number: for plans that are made up. */
struct uuid_source uuid_seeded(int64_t first_ms, uint64_t number);

const char *uuid_new(struct uuid_source *source, struct arena *arena); /* lower-case text */
bool uuid_is_text(const char *text); /* 8-4-4-4-12 hexadecimal digits, any case */

#endif
