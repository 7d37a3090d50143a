/* How far a long command is. */
#include <unistd.h>

#include "planner/base/clock.h"
#include "planner/cli/command.h"

#define PAUSE_MS 100 /* a line that is written over more often cannot be read */
#define MB       1e6

/* Bytes done of about so many, or pieces of a number that is known; 0, 0 where it is not. */
static const char *line_of(struct app *app, double done, double total, const char *message)
{
    if (app->counts)
        return arena_printf(&app->arena, "%.0f of %.0f %s", done, total, message);
    if (done <= 0)
        return message;
    if (total <= 0)
        return arena_printf(&app->arena, "%s: %.1f MB", message, done / MB);
    return arena_printf(&app->arena, "%s: %.1f MB (on the server: %.1f MB)", message, done / MB,
                        total / MB);
}

static void show(void *ctx, double done, double total, const char *message)
{
    struct app *app = ctx;
    const int64_t now_ms = clock_monotonic_ms();
    const bool is_new = app->stage == NULL || strcmp(app->stage, message) != 0;

    if (!is_new && now_ms < app->shown_ms + PAUSE_MS)
        return;
    app->shown_ms = now_ms;
    app->stage = message;
    (void)fprintf(stderr, "\r\033[K%s", line_of(app, done, total, message));
    (void)fflush(stderr);
}

static void note(void *ctx, double done, double total, const char *message)
{
    struct app *app = ctx;

    if (app->stage == NULL || strcmp(app->stage, message) != 0)
        command_note(app, LOG_INFO, "%s",
                     app->counts ? line_of(app, done, total, message) : message);
    app->stage = message;
}

void command_progress(struct app *app)
{
    const bool is_watched =
        isatty(STDERR_FILENO) == 1 && strcmp(app->options.log_format, "json") != 0;

    if (!is_watched && !log_wants(&app->log, LOG_INFO))
        return;
    command_listen(app);
    app->listener.progress = is_watched ? show : note;
}

void command_count(struct app *app)
{
    app->counts = true;
    command_progress(app);
}

void command_progress_end(struct app *app)
{
    if (app->listener.progress == show)
        (void)fputs("\r\033[K", stderr);
    app->req.listener = NULL;
}
