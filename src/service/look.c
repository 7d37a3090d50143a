#include "planner/service/look.h"

#include "planner/base/clock.h"
#include "planner/service/claim.h"
#include "planner/service/cut.h"
#include "planner/service/moment.h"
#include "planner/service/page.h"
#include "planner/service/plan.h"
#include "planner/service/project.h"
#include "planner/service/ref.h"
#include "planner/store/db.h"

/* Places among siblings serve the cursor only: the store tells them, answers do not. */
#define LINE_TOLD                                                  \
    ROW_STR(struct outline_line, key, REQUIRED),                   \
        ROW_ENUM(struct outline_line, kind, kind_names, REQUIRED), \
        ROW_INT(struct outline_line, level, REQUIRED),             \
        ROW_STR(struct outline_line, title, REQUIRED),             \
        ROW_STR(struct outline_line, status, REQUIRED),            \
        ROW_STR(struct outline_line, state, REQUIRED),             \
        ROW_NUM(struct outline_line, progress, REQUIRED),          \
        ROW_STR(struct outline_line, waits_for, OPTIONAL),         \
        ROW_INT(struct outline_line, round, OPTIONAL),             \
        ROW_INT(struct outline_line, rounds, OPTIONAL),            \
        ROW_STR(struct outline_line, assignee, OPTIONAL),          \
        ROW_STR(struct outline_line, claimed_by, OPTIONAL),        \
        ROW_STR(struct outline_line, claimed_until, OPTIONAL),     \
        ROW_INT(struct outline_line, hidden, OPTIONAL)
const struct field outline_line_fields[] = {LINE_TOLD, FIELD_END};
const struct field outline_line_rows[] = {
    LINE_TOLD,
    ROW_INNER(struct outline_line, wait, wait_facts_fields, struct wait_facts),
    ROW_STR(struct outline_line, place, REQUIRED),
    FIELD_END,
};

#define OUTLINE_TOLD(lines)                                                                       \
    ROW_STR(struct outline, key, REQUIRED), ROW_ENUM(struct outline, kind, kind_names, REQUIRED), \
        ROW_STR(struct outline, title, REQUIRED), ROW_STR(struct outline, project, REQUIRED),     \
        ROW_NUM(struct outline, progress, REQUIRED), ROW_STR(struct outline, state, REQUIRED),    \
        ROW_STR(struct outline, status, OPTIONAL), ROW_INT(struct outline, n_children, REQUIRED), \
        ROW_INT(struct outline, n_open, REQUIRED), ROW_INT(struct outline, disputes, OPTIONAL),   \
        ROW_LIST(struct outline, items, lines, struct outline_line, REQUIRED)
static const struct field outline_row_fields[] = {OUTLINE_TOLD(outline_line_rows), FIELD_END};
const struct field outline_fields[] = {
    OUTLINE_TOLD(outline_line_fields),
    ROW_STR(struct outline, as_of, OPTIONAL),
    ROW_STR(struct outline, next_cursor, OPTIONAL),
    FIELD_END,
};

#define READY_TOLD                                                                                 \
    ROW_STR(struct ready_row, key, REQUIRED),                                                      \
        ROW_ENUM(struct ready_row, kind, kind_names, REQUIRED),                                    \
        ROW_STR(struct ready_row, title, REQUIRED), ROW_STR(struct ready_row, status, REQUIRED),   \
        ROW_STR(struct ready_row, state, REQUIRED), ROW_NUM(struct ready_row, progress, REQUIRED), \
        ROW_INT(struct ready_row, version, REQUIRED), ROW_STR(struct ready_row, parent, REQUIRED), \
        ROW_STR(struct ready_row, parent_title, REQUIRED),                                         \
        ROW_STR(struct ready_row, assignee, OPTIONAL),                                             \
        ROW_STR(struct ready_row, action, REQUIRED), ROW_INT(struct ready_row, token, OPTIONAL),   \
        ROW_STR(struct ready_row, expires_at, OPTIONAL)
static const struct field ready_fields[] = {READY_TOLD, FIELD_END};
static const struct field ready_row_fields[] = {
    READY_TOLD,
    ROW_STR(struct ready_row, id, REQUIRED),
    ROW_OBJ(struct ready_row, was, claim_state_fields, struct claim_state, OPTIONAL),
    FIELD_END,
};
static const struct field passed_fields[] = {
    ROW_STR(struct passed_row, key, REQUIRED),
    ROW_STR(struct passed_row, why, REQUIRED),
    FIELD_END,
};
static const struct field passed_row_fields[] = {
    ROW_STR(struct passed_row, key, REQUIRED),
    ROW_OBJ(struct passed_row, wait, wait_facts_fields, struct wait_facts, REQUIRED),
    FIELD_END,
};
#define NEXT_TOLD(ready, passed)                                                             \
    ROW_STR(struct next_view, project, REQUIRED), ROW_STR(struct next_view, name, REQUIRED), \
        ROW_ENUM(struct next_view, status, project_status_names, REQUIRED),                  \
        ROW_NUM(struct next_view, progress, REQUIRED),                                       \
        ROW_INT(struct next_view, n_children, REQUIRED),                                     \
        ROW_INT(struct next_view, n_open, REQUIRED),                                         \
        ROW_LIST(struct next_view, items, ready, struct ready_row, REQUIRED),                \
        ROW_LIST(struct next_view, passed_over, passed, struct passed_row, REQUIRED),        \
        ROW_INT(struct next_view, passed_over_more, OPTIONAL),                               \
        FIELD_STRS(struct next_view, held, 0, 0, OPTIONAL, NULL),                            \
        ROW_BOOL(struct next_view, at_cap, OPTIONAL), ROW_BOOL(struct next_view, cut, OPTIONAL)
#define NEXT_CHANGED                                                                            \
    ROW_BOOL(struct next_view, changed, OPTIONAL), ROW_INT(struct next_view, change, OPTIONAL), \
        ROW_BOOL(struct next_view, replayed, OPTIONAL)
const struct field next_row_fields[] = {
    NEXT_TOLD(ready_row_fields, passed_row_fields),
    ROW_STR(struct next_view, project_id, REQUIRED),
    ROW_INT(struct next_view, n_held, REQUIRED),
    ROW_INT(struct next_view, busy, REQUIRED),
    FIELD_END,
};
const struct field next_kept_fields[] = {
    NEXT_CHANGED,
    NEXT_TOLD(ready_fields, passed_row_fields),
    FIELD_END,
};
const struct field next_fields[] = {
    NEXT_CHANGED,
    NEXT_TOLD(ready_fields, passed_fields),
    FIELD_END,
};

#define HISTORY_TOLD                                                                               \
    ROW_INT(struct history_row, change, REQUIRED), ROW_STR(struct history_row, action, REQUIRED),  \
        ROW_STR(struct history_row, entity, REQUIRED),                                             \
        ROW_STR(struct history_row, entity_type, REQUIRED),                                        \
        ROW_STR(struct history_row, title, OPTIONAL), ROW_STR(struct history_row, at, REQUIRED),   \
        ROW_STR(struct history_row, agent, OPTIONAL), ROW_STR(struct history_row, user, OPTIONAL), \
        ROW_STR(struct history_row, role, OPTIONAL),                                               \
        ROW_STR(struct history_row, client, OPTIONAL),                                             \
        ROW_STR(struct history_row, request_id, OPTIONAL),                                         \
        ROW_INT(struct history_row, undoes, OPTIONAL),                                             \
        ROW_INT(struct history_row, redoes, OPTIONAL),                                             \
        ROW_JSON(struct history_row, old_values, OPTIONAL),                                        \
        ROW_JSON(struct history_row, new_values, OPTIONAL)
static const struct field history_line_fields[] = {HISTORY_TOLD, FIELD_END};
static const struct field history_row_fields[] = {
    HISTORY_TOLD,
    ROW_INT(struct history_row, place, REQUIRED),
    FIELD_END,
};
static const struct field history_page_fields[] = {
    ROW_STR(struct history_view, of, REQUIRED),
    ROW_LIST(struct history_view, items, history_row_fields, struct history_row, REQUIRED),
    ROW_OBJ(struct history_view, cut, cut_told_fields, struct cut_told, OPTIONAL),
    FIELD_END,
};
const struct field history_fields[] = {
    ROW_STR(struct history_view, of, REQUIRED),
    ROW_LIST(struct history_view, items, history_line_fields, struct history_row, REQUIRED),
    ROW_STR(struct history_view, next_cursor, OPTIONAL),
    ROW_STR(struct history_view, archived, OPTIONAL),
    FIELD_END,
};

const char *const audit_action_names[] = {
    "created",   "updated",  "moved",    "deleted",  "restored", "submitted", "reviewed",
    "agreed",    "disputed", "resolved", "assessed", "promoted", "completed", "reopened",
    "cancelled", "claimed",  "released", "linked",   "unlinked", "undone",    NULL};

/* An item, a project, the configured project, or nothing: then the directory decides. */
static enum status ref_parse_scope(struct req *rq, const char *arg, const char *text,
                                   struct ref *ret_ref)
{
    *ret_ref = (struct ref){.arg = arg, .text = text != NULL ? text : rq->project};
    return ret_ref->text == NULL ? ST_OK : ref_parse(rq, arg, ret_ref->text, ret_ref);
}

/* "V0001 V0007" as the array that the store goes on from. */
static const char *place_param(struct req *rq, const char *place)
{
    const char *keys[ITEM_DEPTH_MAX + 1];
    size_t n = 0;
    char *rest = arena_strdup(rq->arena, place);

    while (rest != NULL && n < LENGTH_OF(keys)) {
        keys[n++] = rest;
        rest = strchr(rest, ' ');
        if (rest != NULL)
            *rest++ = '\0';
    }
    return place == NULL ? NULL : param_texts(rq, keys, n);
}

#define LINE_EXTRA     70 /* bytes of a told line beside its own words: marks, columns, remarks */
#define OUTLINE_BUDGET 36000 /* bytes of structured lines and told lines together */

/* How many lines fit; a told line is indented, so a deep one costs more than its words. */
static size_t outline_fit(struct req *rq, const struct list *lines, size_t limit, size_t budget)
{
    struct json_out out = JSON_OUT_IN(rq->arena);
    size_t told = 0;

    for (size_t i = 0; i < lines->n && i < limit; i++) {
        const struct outline_line *l = LIST_AT(*lines, i, const struct outline_line);
        field_encode(outline_line_fields, l, &out);
        told += LINE_EXTRA + 2 * (size_t)l->level.v + strlen(l->title) +
                (l->waits_for == NULL ? 0 : strlen(l->waits_for)) +
                (l->assignee == NULL ? 0 : strlen(l->assignee));
        if (out.buf.len + told > budget && i > 0)
            return i;
    }
    return lines->n < limit ? lines->n : limit;
}

void outline_tell_wait(struct req *rq, struct outline_line *l)
{
    const struct wait_facts *wait = l->wait;

    if (wait == NULL || (wait->of != NULL && strcmp(l->state, "open") == 0))
        return;
    l->waits_for = ready_waits_for(rq, wait);
    if (wait->why == WAIT_CLAIMED) {
        l->claimed_by = wait->agent;
        l->claimed_until = clock_iso(rq->arena, wait->until.v);
    }
}

/* A page of the plan as it was goes on with the same time only: the time is in its cursor. */
static enum status read_cursor(struct req *rq, const struct outline_args *args,
                               struct bound_cursor *ret_cursor, const char **ret_after)
{
    const char *parts[2] = {NULL, NULL};

    TRY(cursor_part(rq, args->cursor, ret_cursor));
    TRY(cursor_read(rq, ret_cursor->place, args->as_of == NULL ? 1 : 2, parts));
    if (args->cursor != NULL && args->as_of != NULL &&
        (parts[1] == NULL || strcmp(parts[1], args->as_of) != 0))
        return req_fail(rq, ST_INVALID,
                        "'cursor' goes on with another 'as_of'; give that of the page before");
    *ret_after = parts[0];
    return ST_OK;
}

static enum status read_outline(struct req *rq, const struct outline_args *args,
                                const struct ref *ref, const char *after,
                                struct outline *ret_outline)
{
    const int64_t limit = args->limit.set ? args->limit.v : OUTLINE_LIMIT_DEFAULT;
    const int64_t depth = args->depth.set ? args->depth.v : OUTLINE_DEPTH_DEFAULT;
    const bool complete = !args->include_completed.set || args->include_completed.v;
    bool found = false;

    if (args->as_of == NULL) {
        TRY(db_read_standby(rq, &q_outline,
                            PARAMS(REF_PARAMS(ref), rq->directory, param_int(rq, depth),
                                   param_bool(complete), param_int(rq, limit),
                                   place_param(rq, after)),
                            INTO_FOUND(outline_row_fields, ret_outline, &found)));
        return found ? ST_OK : ref_not_found(rq, ref);
    }
    TRY(db_read_standby(rq, &q_outline_past,
                        PARAMS(REF_PARAMS(ref), rq->directory, param_int(rq, depth),
                               param_bool(complete), param_int(rq, limit), place_param(rq, after),
                               args->as_of),
                        INTO_FOUND(outline_row_fields, ret_outline, &found)));
    if (!found)
        return moment_missing(rq, ref, args->as_of);
    ret_outline->as_of = args->as_of;
    return ST_OK;
}

/* A place in the tree stays one at any depth, with what is complete or without. */
static const char *outline_name(struct req *rq, const struct outline *outline)
{
    return arena_printf(rq->arena, "outline|%s", outline->key);
}

enum status look_outline(struct req *rq, const struct outline_args *args,
                         struct outline *ret_outline)
{
    const int64_t limit = args->limit.set ? args->limit.v : OUTLINE_LIMIT_DEFAULT;
    const char *after = NULL;
    struct ref ref;
    struct outline outline;
    struct bound_cursor cursor;
    size_t fits = 0;

    TRY(ref_parse_scope(rq, "item", args->item, &ref));
    TRY(moment_check(rq, "as_of", args->as_of));
    TRY(read_cursor(rq, args, &cursor, &after));
    TRY(read_outline(rq, args, &ref, after, &outline));
    TRY(cursor_check(rq, &cursor, outline_name(rq, &outline)));
    for (size_t i = 0; i < outline.items.n; i++)
        outline_tell_wait(rq, LIST_AT(outline.items, i, struct outline_line));
    fits = outline_fit(rq, &outline.items, (size_t)limit,
                       args->budget != 0 ? args->budget : OUTLINE_BUDGET);
    if (fits < outline.items.n)
        outline.next_cursor = cursor_bind(
            rq,
            cursor_make(
                rq,
                PARAMS(LIST_AT(outline.items, fits - 1, struct outline_line)->place, args->as_of),
                args->as_of == NULL ? 1 : 2),
            outline_name(rq, &outline));
    outline.items.n = fits;
    outline.goes_on = args->cursor != NULL;
    outline.open_only = args->include_completed.set && !args->include_completed.v;
    outline.partial = outline.goes_on || outline.open_only || outline.next_cursor != NULL;
    *ret_outline = outline;
    return ST_OK;
}

void look_next_fit(struct req *rq, struct next_view *view)
{
    const size_t fits = page_fit(rq, ready_fields, sizeof(struct ready_row), &view->items);

    if (fits < view->items.n)
        view->cut = SOME_BOOL(true);
    view->items.n = fits;
}

static enum status read_next(struct req *rq, const struct next_args *args, const struct ref *ref,
                             struct next_view *ret_view)
{
    const int64_t limit = args->limit.set ? args->limit.v : 1;
    bool found = false;

    TRY(db_read(rq, &q_next_item,
                PARAMS(ref->id, ref->slug, rq->directory, rq->actor.agent, param_int(rq, limit),
                       param_int(rq, PASSED_TOLD), NULL, NULL, NULL),
                INTO_FOUND(next_row_fields, ret_view, &found)));
    if (!found)
        return ref_not_found(rq, ref);
    look_next_fit(rq, ret_view);
    return req_check_memory(rq);
}

/* Only who wants more is told of what it holds itself. */
static const char *passed_why(struct req *rq, const char *key, const struct wait_facts *wait)
{
    if (wait->why == WAIT_CLAIMED && strcmp(wait->agent, rq->actor.agent) == 0)
        return arena_printf(rq->arena, "is yours until %s (claim_item %s tells its token)",
                            clock_local(rq->arena, wait->until.v), key);
    return ready_why(rq, key, wait);
}

enum status look_next(struct req *rq, const struct next_args *args, struct next_view *ret_view)
{
    struct ref ref;

    if (args->write.agent != NULL)
        rq->actor.agent = args->write.agent;
    TRY(ref_parse_project(rq, "project", args->project, &ref));
    if (args->lease_seconds.set && !args->claim.v)
        return req_fail(rq, ST_INVALID, "'lease_seconds' goes with claim true");
    if (args->claim.v)
        TRY(claim_next(rq, args, &ref, ret_view));
    else
        TRY(read_next(rq, args, &ref, ret_view));
    for (size_t i = 0; i < ret_view->passed_over.n; i++) {
        struct passed_row *p = LIST_AT(ret_view->passed_over, i, struct passed_row);
        p->why = passed_why(rq, p->key, p->wait);
    }
    return ST_OK;
}

static enum status check_actions(struct req *rq, const struct list *actions)
{
    for (size_t i = 0; i < actions->n; i++) {
        const char *name = *LIST_AT(*actions, i, const char *const);
        if (field_choice_find(audit_action_names, name) == 0)
            return req_fail(rq, ST_INVALID,
                            "'actions': '%.40s' is no action; some are created, submitted, "
                            "reviewed, agreed, disputed, resolved, completed",
                            name);
    }
    return ST_OK;
}

static const char *history_name(struct req *rq, const struct history_args *args, const char *of,
                                const char *actions)
{
    return arena_printf(rq->arena, "history|%s|%s|%s|%s", of, actions == NULL ? "" : actions,
                        args->since == NULL ? "" : args->since,
                        args->until == NULL ? "" : args->until);
}

enum status look_history(struct req *rq, const struct history_args *args,
                         struct history_view *ret_view)
{
    const int64_t limit = args->limit.set ? args->limit.v : LIST_LIMIT_DEFAULT;
    const char *actions = NULL;
    const char *before = NULL;
    struct ref ref;
    struct history_view view;
    struct bound_cursor cursor;
    bool found = false;

    TRY(ref_parse_scope(rq, "item", args->item, &ref));
    TRY(check_actions(rq, &args->actions));
    TRY(moment_check(rq, "since", args->since));
    TRY(moment_check(rq, "until", args->until));
    TRY(cursor_part(rq, args->cursor, &cursor));
    TRY(cursor_read_number(rq, cursor.place, &before));
    if (args->actions.set && args->actions.n > 0)
        actions = param_texts(rq, args->actions.items, args->actions.n);
    TRY(db_read_standby(rq, &q_history,
                        PARAMS(REF_PARAMS(&ref), rq->directory, actions, args->since, args->until,
                               before, param_int(rq, limit + 1)),
                        INTO_FOUND(history_page_fields, &view, &found)));
    if (!found)
        return ref_not_found(rq, &ref);
    TRY(cursor_check(rq, &cursor, history_name(rq, args, view.of, actions)));
    if (page_trim_to(rq, history_line_fields, sizeof(struct history_row), (size_t)limit,
                     args->budget != 0 ? args->budget : PAGE_BUDGET, &view.items)) {
        const struct history_row *last = LIST_AT(view.items, view.items.n - 1, struct history_row);
        view.next_cursor = cursor_bind(rq, cursor_make(rq, PARAMS(param_int(rq, last->place.v)), 1),
                                       history_name(rq, args, view.of, actions));
    } else if (view.cut != NULL) {
        view.archived = cut_history(rq, view.cut);
    }
    *ret_view = view;
    return ST_OK;
}
