#include "planner/service/cut.h"

#include "planner/base/clock.h"

const struct field cut_told_fields[] = {
    ROW_STR(struct cut_told, kind, REQUIRED),
    ROW_STR(struct cut_told, slug, REQUIRED),
    ROW_STR(struct cut_told, archive, REQUIRED),
    ROW_INT(struct cut_told, change, OPTIONAL),
    ROW_INT(struct cut_told, until, REQUIRED),
    ROW_INT(struct cut_told, at, REQUIRED),
    FIELD_END,
};

const char *cut_way_back(struct req *rq, const char *archive)
{
    return arena_printf(rq->arena, "'mcp-planner import %s'", archive);
}

/* When, and the command: "2026-07-28 14:05; 'mcp-planner import FILE'". */
static const char *when_and_how(struct req *rq, const struct cut_told *cut)
{
    return arena_printf(rq->arena, "%s; %s", clock_local(rq->arena, cut->at.v),
                        cut_way_back(rq, cut->archive));
}

const char *cut_history(struct req *rq, const struct cut_told *cut)
{
    return arena_printf(rq->arena, "changes of %s up to %lld were archived %s brings them back",
                        cut->slug, (long long)cut->change.v, when_and_how(rq, cut));
}

enum status cut_refuse_undo(struct req *rq, int64_t change, const struct cut_told *cut)
{
    if (strcmp(cut->kind, "audit") == 0)
        return req_fail(rq, ST_CONFLICT, "change %lld cannot be undone: %s", (long long)change,
                        cut_history(rq, cut));
    if (strcmp(cut->kind, "iterations") == 0)
        return req_fail(rq, ST_CONFLICT,
                        "change %lld cannot be undone: the drafts it would go back to were "
                        "archived %s brings them back",
                        (long long)change, when_and_how(rq, cut));
    if (strcmp(cut->kind, "deleted") == 0)
        return req_fail(rq, ST_CONFLICT,
                        "change %lld cannot be undone: what it is about was deleted, and archived "
                        "%s brings it back",
                        (long long)change, when_and_how(rq, cut));
    return req_fail(rq, ST_CONFLICT,
                    "change %lld cannot be undone: project %s was archived %s brings it back",
                    (long long)change, cut->slug, when_and_how(rq, cut));
}

enum status cut_refuse_moment(struct req *rq, const char *as_of, const struct cut_told *cut)
{
    return req_fail(rq, ST_NOT_FOUND,
                    "'as_of': %s is before what is still known of %s: the past up to %s was "
                    "archived %s brings it back; or give a later time",
                    as_of, cut->slug, clock_local(rq->arena, cut->until.v), when_and_how(rq, cut));
}
