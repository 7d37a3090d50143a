#include "planner/base/clock.h"

#include <time.h>

static int64_t clock_read(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
    return clock_read(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

const char *clock_local(struct arena *arena, int64_t epoch_ms)
{
    const time_t at = (time_t)(epoch_ms / 1000);
    const time_t now = (time_t)(clock_now_ms() / 1000);
    struct tm then;
    struct tm today;

    (void)localtime_r(&at, &then);
    (void)localtime_r(&now, &today);
    if (then.tm_year == today.tm_year && then.tm_yday == today.tm_yday)
        return arena_printf(arena, "%02d:%02d", then.tm_hour, then.tm_min);
    return arena_printf(arena, "%04d-%02d-%02d %02d:%02d", then.tm_year + 1900, then.tm_mon + 1,
                        then.tm_mday, then.tm_hour, then.tm_min);
}

int64_t clock_parse_iso(const char *text)
{
    struct tm utc = {0};
    const char *rest = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    int64_t ms = 0;

    if (rest == NULL)
        return 0;
    if (*rest == '.')
        ms = (int64_t)(strtod(rest, NULL) * 1000 + 0.5);
    return (int64_t)timegm(&utc) * 1000 + ms;
}

const char *clock_iso(struct arena *arena, int64_t epoch_ms)
{
    const time_t at = (time_t)(epoch_ms / 1000);
    struct tm utc;

    (void)gmtime_r(&at, &utc);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                        utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                        (int)(epoch_ms % 1000));
}
