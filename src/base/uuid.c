#include "planner/base/uuid.h"

#include <uuid/uuid.h>

#include "planner/base/clock.h"

/* The next (millisecond, counter) pair, greater than the one before. */
static void uuid_tick(struct uuid_source *source)
{
    const int64_t now = source->seeded ? 0 : clock_now_ms();

    if (now > source->last_ms) {
        source->last_ms = now;
        source->counter = 0;
    } else if (++source->counter > 0xFFF) {
        source->last_ms++;
        source->counter = 0;
    }
}

struct uuid_source uuid_seeded(int64_t first_ms, uint64_t number)
{
    return (struct uuid_source){.last_ms = first_ms, .seeded = true, .state = number};
}

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
static uint64_t uuid_next(struct uuid_source *source)
{
    uint64_t x = source->state += UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* The last eight bytes carry the variant; the first eight are overwritten with the time. */
static void uuid_fill(struct uuid_source *source, unsigned char bytes[16])
{
    const uint64_t bits = uuid_next(source);

    for (int i = 8; i < 16; i++)
        bytes[i] = (unsigned char)(bits >> (8 * (15 - i)));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3F));
}

const char *uuid_new(struct uuid_source *source, struct arena *arena)
{
    char *text = arena_alloc(arena, UUID_TEXT_LEN + 1);
    uuid_t bytes;

    uuid_tick(source);
    if (source->seeded)
        uuid_fill(source, bytes);
    else
        uuid_generate_random(bytes); /* with the variant; its version, 4, is replaced below */
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
