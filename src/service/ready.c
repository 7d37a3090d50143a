#include "planner/service/ready.h"

#include "planner/base/clock.h"
#include "planner/service/shapes.h"

static const char *const why_names[] = {"disputed", "blocked",  "sequence", "content",
                                        "claimed",  "assigned", NULL};

static const struct field on_fields[] = {
    ROW_STR(struct wait_on, key, REQUIRED),      ROW_BOOL(struct wait_on, disputed, OPTIONAL),
    ROW_NUM(struct wait_on, progress, OPTIONAL), ROW_STR(struct wait_on, agent, OPTIONAL),
    ROW_INT(struct wait_on, until, OPTIONAL),    FIELD_END,
};
const struct field wait_facts_fields[] = {
    ROW_ENUM(struct wait_facts, why, why_names, REQUIRED),
    ROW_STR(struct wait_facts, of, OPTIONAL),
    ROW_LIST(struct wait_facts, on, on_fields, struct wait_on, OPTIONAL),
    ROW_INT(struct wait_facts, more, OPTIONAL),
    ROW_STR(struct wait_facts, agent, OPTIONAL),
    ROW_STR(struct wait_facts, action, OPTIONAL),
    ROW_INT(struct wait_facts, until, OPTIONAL),
    FIELD_END,
};

/* How something that is waited for stands, in brackets. */
static void put_state(struct req *rq, const struct wait_on *on, struct buf *out)
{
    if (on->disputed.v)
        buf_text(out, " (disputed)");
    else if (on->progress.set)
        buf_printf(out, " (%d%%)", progress_percent(on->progress.v));
    else if (on->agent != NULL)
        buf_printf(out, " (open, claimed by %s until %s)", on->agent,
                   clock_local(rq->arena, on->until.v));
    else
        buf_text(out, " (open)");
}

static const char *on_list(struct req *rq, const struct wait_facts *wait, bool states)
{
    struct buf out = BUF_IN(rq->arena);

    for (size_t i = 0; i < wait->on.n; i++) {
        const struct wait_on *on = LIST_AT(wait->on, i, const struct wait_on);
        buf_printf(&out, "%s%s", i > 0 ? ", " : "", on->key);
        if (states)
            put_state(rq, on, &out);
    }
    if (wait->more.v > 0)
        buf_printf(&out, " and %lld more", (long long)wait->more.v);
    return buf_str(&out);
}

const char *ready_waits_for(struct req *rq, const struct wait_facts *wait)
{
    if (wait == NULL || (wait->why != WAIT_BLOCKED && wait->why != WAIT_SEQUENCE))
        return NULL;
    return on_list(rq, wait, false);
}

/* "through AUTH-5": it is an ancestor that waits. */
static const char *through(struct req *rq, const struct wait_facts *wait)
{
    return wait->of == NULL ? "" : arena_printf(rq->arena, " through %s", wait->of);
}

const char *ready_why(struct req *rq, const char *key, const struct wait_facts *wait)
{
    struct arena *arena = rq->arena;

    switch (wait->why) {
    case WAIT_DISPUTED:
        return arena_printf(arena, "is disputed (resolve_dispute %s)", key);
    case WAIT_BLOCKED:
        return arena_printf(arena, "waits for %s%s", on_list(rq, wait, true), through(rq, wait));
    case WAIT_SEQUENCE:
        return arena_printf(arena, "waits for %s before it%s", on_list(rq, wait, true),
                            through(rq, wait));
    case WAIT_CONTENT:
        return arena_printf(arena, "has no agreed content (%s %s)", wait->action, key);
    case WAIT_CLAIMED:
        return arena_printf(arena, "is claimed by %s until %s", wait->agent,
                            clock_local(arena, wait->until.v));
    default:
        return arena_printf(arena, "is assigned to %s", wait->agent);
    }
}
