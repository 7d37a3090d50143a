#include "planner/store/breaker.h"

void breaker_init(struct breaker *breaker, unsigned seed)
{
    *breaker = (struct breaker){.state = BREAKER_CLOSED, .seed = seed};
}

int64_t breaker_jitter(unsigned *seed, int64_t below_ms)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (int64_t)(*seed >> 8) % below_ms;
}

int64_t breaker_pause(unsigned *seed, unsigned attempt, int64_t first_ms, int64_t last_ms)
{
    int64_t bound = first_ms;

    while (attempt-- > 0 && bound < last_ms)
        bound *= 2;
    return 1 + breaker_jitter(seed, bound < last_ms ? bound : last_ms);
}

void breaker_fail(struct breaker *breaker, int64_t began_ms, int64_t now_ms, int64_t took_ms)
{
    if (breaker->state == BREAKER_CLOSED) {
        breaker->since_ms = began_ms;
        breaker->failures = 0;
        breaker->openings++;
    }
    breaker->state = BREAKER_OPEN;
    breaker->failed_ms = now_ms;
    breaker->quick = took_ms < BREAKER_QUICK_MS;
    breaker->probe_ms = now_ms + breaker_pause(&breaker->seed, breaker->failures++,
                                               BREAKER_PAUSE_FIRST_MS, BREAKER_PAUSE_LAST_MS);
}

void breaker_ok(struct breaker *breaker)
{
    breaker->state = BREAKER_CLOSED;
}

void breaker_probe(struct breaker *breaker)
{
    breaker->state = BREAKER_HALF_OPEN;
    breaker->probes++;
}

int64_t breaker_due_ms(const struct breaker *breaker)
{
    return breaker->state == BREAKER_OPEN ? breaker->probe_ms : INT64_MAX;
}

bool breaker_may_hurry(const struct breaker *breaker, int64_t now_ms)
{
    return breaker->state == BREAKER_OPEN && breaker->quick &&
           now_ms - breaker->failed_ms >= BREAKER_HURRY_MS;
}

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {
        [BREAKER_CLOSED] = "closed", [BREAKER_OPEN] = "open", [BREAKER_HALF_OPEN] = "half-open"};

    return names[state];
}
