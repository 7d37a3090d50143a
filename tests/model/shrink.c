/* Drop calls for as long as the run still fails the same way. */
#include "walk.h"

#define TRIES_MAX 600

/* The same kind of difference, made by the same tool: not just any other failure. */
static bool fails_so(struct walk *w, const struct calls *calls, const char *kind, const char *tool,
                     int *ret_at)
{
    walk_begin(w, NULL);
    for (int i = 0; i < calls->n; i++) {
        if (walk_call(w, &calls->at[i]))
            continue;
        *ret_at = i + 1;
        return strcmp(w->kind, kind) == 0 && strcmp(calls->at[i].tool, tool) == 0;
    }
    *ret_at = calls->n;
    return strcmp(kind, "audit") == 0 && !walk_check_audit(w);
}

static void drop(const struct calls *from, int at, int n, struct calls *ret_to)
{
    ret_to->n = 0;
    for (int i = 0; i < from->n; i++) {
        if (i < at || i >= at + n)
            ret_to->at[ret_to->n++] = from->at[i];
    }
}

void shrink(struct walk *w, struct calls *calls)
{
    const char *kind = w->kind;
    const char *tool = calls->at[calls->n - 1].tool;
    struct calls *fewer = ARENA_NEW(&w->h->arena, struct calls);
    int tries = 0;
    int at = 0;

    for (int size = calls->n / 2; size >= 1; size = size == 1 ? 0 : (size + 1) / 2) {
        for (int from = calls->n - 1 - size; from >= 0 && tries < TRIES_MAX; from -= size) {
            drop(calls, from, size, fewer);
            tries++;
            if (!fails_so(w, fewer, kind, tool, &at))
                continue;
            *calls = *fewer;
            calls->n = at;
            from = from > calls->n - 1 ? calls->n - 1 : from;
        }
    }
    if (!fails_so(w, calls, kind, tool, &at))
        print_error("(it does not always fail)\n");
}
