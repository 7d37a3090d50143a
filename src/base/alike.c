#include "planner/base/alike.h"

#include <string.h>

#define LONGEST 40

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau and Levenshtein's, with neighbours exchanged once: three rows are all that is looked at.
 */
static size_t distance_of(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][LONGEST + 1] = {{0}};

    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        const size_t *before = rows[(i + 2) % 3];
        const size_t *two_before = rows[(i + 1) % 3];
        size_t *row = rows[i % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t wrong = a[i - 1] != b[j - 1];
            row[j] = least(least(before[j], row[j - 1]) + 1, before[j - 1] + wrong);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

void alike_offer(struct alike *alike, const char *candidate)
{
    const size_t n = alike->len > 0 ? alike->len : strlen(alike->word);
    const size_t m = strlen(candidate);
    size_t distance = 0;

    if (n > LONGEST || m > LONGEST)
        return;
    distance = distance_of(alike->word, n, candidate, m);
    if (distance * 3 > (n > m ? n : m) || (alike->best != NULL && distance >= alike->distance))
        return;
    alike->best = candidate;
    alike->distance = distance;
}

const char *alike_hint(struct arena *arena, const struct alike *alike)
{
    return alike->best == NULL ? "" : arena_printf(arena, " (did you mean '%s'?)", alike->best);
}
