#include "planner/cli/exchanging.h"

#include <unistd.h>

#include "planner/base/out.h"

#define MEMORY_CAP ((size_t)512 * 1024 * 1024)

int exchange_with_memory(struct app *app, int (*run)(struct app *app))
{
    struct arena arena;
    struct arena *usual = app->req.arena;
    int code = EXIT_DONE;

    arena_init(&arena, MEMORY_CAP);
    app->req.arena = &arena;
    code = run(app);
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

static void tell_progress(void *ctx, double done, double total, const char *message)
{
    (void)ctx;
    (void)fprintf(stderr, "\r\033[K%.0f of %.0f %s", done, total, message);
    if (done >= total)
        (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
}

static void tell_note(void *ctx, enum log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    out_error("%s", message);
}

void exchange_listen(struct app *app)
{
    static const struct listener listener = {.progress = tell_progress, .log = tell_note};

    if (isatty(STDERR_FILENO) == 1)
        app->req.listener = &listener;
}
