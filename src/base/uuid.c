#include "planner/base/uuid.h"

#include <uuid/uuid.h>

#include "planner/base/clock.h"

/* The next (millisecond, counter) pair, greater than the one before. */
static void uuid_tick(struct uuid_source *source)
{
    const int64_t now = clock_now_ms();

    if (now > source->last_ms) {
        source->last_ms = now;
        source->counter = 0;
    } else if (++source->counter > 0xFFF) {
        source->last_ms++;
        source->counter = 0;
    }
}

const char *uuid_new(struct uuid_source *source, struct arena *arena)
{
    char *text = arena_alloc(arena, UUID_TEXT_LEN + 1);
    uuid_t bytes;

    uuid_tick(source);
    uuid_generate_random(bytes); /* sets version 4 and the variant; the version is replaced below */
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(source->last_ms >> (40 - 8 * i));
    bytes[6] = (unsigned char)(0x70 | (source->counter >> 8));
    bytes[7] = (unsigned char)(source->counter & 0xFF);
    uuid_unparse_lower(bytes, text);
    return text;
}

bool uuid_is_text(const char *text)
{
    uuid_t bytes;

    return strlen(text) == UUID_TEXT_LEN && uuid_parse(text, bytes) == 0;
}
