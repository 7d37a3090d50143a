#include "planner/cli/exchanging.h"

#include "planner/base/out.h"

#define MEMORY_CAP ((size_t)2 * 1024 * 1024 * 1024) /* a source and what is made of it */

int exchange_with_memory(struct app *app, void *ctx, int (*run)(struct app *app, void *ctx))
{
    struct arena arena;
    struct arena *usual = app->req.arena;
    int code = EXIT_DONE;

    arena_init(&arena, MEMORY_CAP);
    app->req.arena = &arena;
    code = run(app, ctx);
    app->req.arena = usual;
    arena_destroy(&arena);
    return code;
}

void exchange_put_counts(struct json_out *out, const int64_t *counts)
{
    json_begin(out, '{');
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        if (counts[kind] > 0)
            json_put_int(out, record_kind_names[kind], counts[kind]);
    }
    json_end(out, '}');
}
