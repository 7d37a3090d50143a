#include "planner/base/clock.h"
#include "planner/service/complexity.h"
#include "planner/tools/tool_parts.h"

#define TITLE_SHOWN 60 /* bytes */

void tell_title(struct buf *out, const char *title)
{
    size_t len = strlen(title);

    buf_char(out, '"');
    if (len > TITLE_SHOWN) {
        len = TITLE_SHOWN - 3;
        while (len > 0 && ((unsigned char)title[len] & 0xC0) == 0x80)
            len--;
        buf_add(out, title, len);
        buf_text(out, "...");
    } else {
        buf_add(out, title, len);
    }
    buf_char(out, '"');
}

void tell_percent(struct buf *out, double progress)
{
    buf_printf(out, "%d%%", progress_percent(progress));
}

void tell_complexity(struct buf *out, double score, int basis, int reason)
{
    const char *why = field_choice(promote_reason_names, reason);

    buf_printf(out, "complexity %.2f (%s, %s)", score, complexity_level(score),
               field_choice(basis_names, basis));
    if (why != NULL)
        buf_printf(out, ", should become a task: %s",
                   strcmp(why, "threshold") == 0 ? "at or above the threshold" : "assessed so");
}

void tell_replayed(struct buf *out, struct opt_bool replayed)
{
    if (replayed.v)
        buf_text(out, " (answered before)");
}

const char *tell_time(struct req *rq, const char *iso)
{
    return clock_local(rq->arena, clock_parse_iso(iso));
}

void tell_released(const struct item_answer *a, struct buf *out)
{
    const char *first = a->released.n == 0 ? NULL : *LIST_AT(a->released, 0, const char *const);

    if (first != NULL && a->released.n == 1 && a->next != NULL && strcmp(first, a->next) == 0) {
        buf_printf(out, "; %s waits no longer and is ready now", first);
        return;
    }
    if (first != NULL)
        buf_printf(out, "; %s", first);
    if (a->released.n > 1)
        buf_printf(out, " and %zu more wait no longer", a->released.n - 1);
    else if (first != NULL)
        buf_text(out, " waits no longer");
    if (a->next != NULL)
        buf_printf(out, "; %s is ready now", a->next);
}
