#include "row_progress.h"

#include <stdio.h>
#include <unistd.h>

#include "planner/base/clock.h"

#define TELL_MS 1000 /* between two words about progress */

struct row_progress row_progress_of(struct app *app)
{
    return (struct row_progress){
        .app = app, .rewrites = isatty(STDERR_FILENO) == 1, .told_ms = clock_monotonic_ms()};
}

void row_progress_tell(void *ctx, const char *what, int64_t done, int64_t total)
{
    struct row_progress *p = ctx;
    const int64_t now = clock_monotonic_ms();
    char of[40] = "";

    if (now - p->told_ms < TELL_MS)
        return;
    p->told_ms = now;
    if (total > 0)
        (void)snprintf(of, sizeof(of), " of %lld", (long long)total);
    if (p->rewrites)
        (void)fprintf(stderr, "\r\033[K%s %lld%s rows", what, (long long)done, of);
    else
        command_note(p->app, LOG_INFO, "%s %lld%s rows", what, (long long)done, of);
    (void)fflush(stderr);
}

void row_progress_end(const struct row_progress *p)
{
    if (p->rewrites)
        (void)fputs("\r\033[K", stderr);
}
