/*
 * Which known word a mistyped one was probably meant to be: candidates are offered one by one, the
 * nearest stays. Letters that were exchanged, left out, doubled or wrong count one each; a third of
 * the word may be wrong.
 *
 *     struct alike alike = {.word = typed};
 *     for (...) alike_offer(&alike, name);
 *     ... "unknown command 'x'%s", alike_hint(arena, &alike)
 */
#ifndef PLANNER_BASE_ALIKE_H
#define PLANNER_BASE_ALIKE_H

#include "planner/base/arena.h"

struct alike {
    const char *word; /* as it was typed */
    size_t len;       /* of it, when it does not end with NUL; 0: up to that */
    const char *best; /* borrowed from who offered it; NULL: none is like it */
    size_t distance;
};

/* Words over 40 bytes are like none. */
void alike_offer(struct alike *alike, const char *candidate);
/* " (did you mean 'status'?)", or "". */
const char *alike_hint(struct arena *arena, const struct alike *alike);

#endif
