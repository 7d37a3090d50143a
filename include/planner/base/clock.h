/* Time: milliseconds since the epoch for stamps, monotonic milliseconds for deadlines. */
#ifndef PLANNER_BASE_CLOCK_H
#define PLANNER_BASE_CLOCK_H

#include <stdint.h>

#include "planner/base/arena.h"

int64_t clock_now_ms(void);       /* CLOCK_REALTIME */
int64_t clock_monotonic_ms(void); /* CLOCK_MONOTONIC */
int64_t clock_monotonic_us(void); /* microseconds, to measure with */
/* Local HH:MM, with the date in front when it is not today (SPEC 7). */
const char *clock_local(struct arena *arena, int64_t epoch_ms);

/* "2026-07-28T14:05:00.123Z", as the store writes it, to milliseconds; 0 when it is none. */
int64_t clock_parse_iso(const char *text);

/* Milliseconds as the store writes a time: "2026-07-28T14:05:00.123Z". */
const char *clock_iso(struct arena *arena, int64_t epoch_ms);

#endif
