#include "planner/service/watch.h"

#include "planner/base/clock.h"
#include "planner/service/page.h"
#include "planner/service/ref.h"
#include "planner/store/feed.h"

static const struct field line_fields[] = {
    ROW_INT(struct changed_line, change, REQUIRED),
    ROW_STR(struct changed_line, action, REQUIRED),
    ROW_STR(struct changed_line, entity, OPTIONAL),
    ROW_STR(struct changed_line, entity_type, REQUIRED),
    ROW_STR(struct changed_line, title, OPTIONAL),
    ROW_INT(struct changed_line, more, OPTIONAL),
    ROW_STR(struct changed_line, at, REQUIRED),
    ROW_STR(struct changed_line, agent, OPTIONAL),
    ROW_STR(struct changed_line, user, OPTIONAL),
    FIELD_END,
};

const struct field wait_fields[] = {
    ROW_STR(struct wait_view, project, OPTIONAL),
    ROW_BOOL(struct wait_view, changed, REQUIRED),
    ROW_LIST(struct wait_view, items, line_fields, struct changed_line, REQUIRED),
    ROW_BOOL(struct wait_view, more, OPTIONAL),
    ROW_STR(struct wait_view, cursor, REQUIRED),
    FIELD_END,
};

/* sql/queries/changes_since.sql */
static const struct field row_fields[] = {
    {.name = "cursor",
     .type = FT_STR,
     .offset = offsetof(struct wait_view, snapshot),
     .required = REQUIRED},
    ROW_BOOL(struct wait_view, lost, REQUIRED),
    ROW_BOOL(struct wait_view, other, REQUIRED),
    ROW_STR(struct wait_view, project, OPTIONAL),
    ROW_STR(struct wait_view, project_id, OPTIONAL),
    ROW_LIST(struct wait_view, items, line_fields, struct changed_line, REQUIRED),
    FIELD_END,
};

/* What a cursor says. */
struct place {
    const char *since; /* a snapshot, or NULL without a cursor */
    const char *until; /* of a page that goes on: where it ends; else NULL */
    const char *after; /* of a page that goes on: the last change told; else NULL */
};

static const char *place_cursor(struct req *rq, const struct place *place)
{
    return cursor_make(rq, PARAMS(place->since, place->until, place->after), 3);
}

static bool is_number(const char *text)
{
    const size_t len = strlen(text);

    return len >= 1 && len <= 18 && strspn(text, "0123456789") == len;
}

static enum status read_place(struct req *rq, const char *cursor, struct place *ret_place)
{
    const char *parts[3];

    TRY(cursor_read(rq, cursor, LENGTH_OF(parts), parts));
    if (cursor != NULL &&
        (parts[0] == NULL || !feed_cursor_is_valid(parts[0]) ||
         (parts[1] == NULL) != (parts[2] == NULL) ||
         (parts[1] != NULL && (!feed_cursor_is_valid(parts[1]) || !is_number(parts[2])))))
        return cursor_wrong(rq);
    *ret_place = (struct place){parts[0], parts[1], parts[2]};
    return ST_OK;
}

static enum status read_changes(struct req *rq, const struct ref *ref, const struct place *place,
                                struct wait_view *ret_view)
{
    bool found = false;

    TRY(db_read(rq, &q_changes_since,
                PARAMS(place->since, place->until, place->after, ref->id, ref->slug, rq->directory,
                       param_int(rq, WAIT_CHANGES_MAX + 1)),
                INTO_FOUND(row_fields, ret_view, &found)));
    if (!found)
        return ref_not_found(rq, ref);
    if (ret_view->other.v)
        return req_fail(rq, ST_INVALID,
                        "'cursor' is from before the database was restored or another server took "
                        "over; call again without it, and read again what matters");
    if (ret_view->lost.v)
        return req_fail(rq, ST_INVALID,
                        "'cursor' is older than what is remembered of changes, which is a day; "
                        "call again without it, and read again what matters");
    return ST_OK;
}

/* Lines of whole changes that fit, of at most WAIT_CHANGES_MAX changes; true when some were cut. */
static bool trim_lines(struct req *rq, struct list *lines)
{
    const size_t fits = page_fit(rq, line_fields, sizeof(struct changed_line), lines);
    size_t whole = 0; /* lines up to the end of the last change that is told */
    size_t n_changes = 0;

    for (size_t i = 1; i <= fits && n_changes < WAIT_CHANGES_MAX; i++) {
        const struct changed_line *line = LIST_AT(*lines, i - 1, struct changed_line);
        if (i == lines->n || line[1].change.v != line->change.v) {
            whole = i;
            n_changes++;
        }
    }
    if (whole == lines->n)
        return false;
    lines->n = whole;
    return true;
}

/* Where the next call goes on: behind the last line told, or behind all that there is. */
static struct place next_place(struct req *rq, const struct place *place,
                               const struct wait_view *view)
{
    const char *until = place->until != NULL ? place->until : view->snapshot;
    const struct changed_line *last = NULL;

    if (!view->more.set)
        return (struct place){.since = until};
    last = LIST_AT(view->items, view->items.n - 1, struct changed_line);
    return (struct place){place->since, until, param_int(rq, last->change.v)};
}

static int64_t deadline_of(const struct req *rq, const struct wait_args *args)
{
    const int64_t seconds =
        args->timeout_seconds.set ? args->timeout_seconds.v : WAIT_SECONDS_DEFAULT;

    return rq->began_ms + seconds * 1000;
}

enum status watch_wait(struct req *rq, const struct wait_args *args, struct wait_view *ret_view)
{
    struct place place = {NULL, NULL, NULL};
    struct place next;
    struct ref ref;
    struct wait_view view = {0};

    TRY(ref_parse_project(rq, "project", args->project, &ref));
    TRY(read_place(rq, args->cursor, &place));
    TRY(read_changes(rq, &ref, &place, &view));
    if (view.items.n == 0 && place.until != NULL) { /* nothing is left of that page */
        place = (struct place){.since = place.until};
        TRY(read_changes(rq, &ref, &place, &view));
    }
    if (trim_lines(rq, &view.items))
        view.more = SOME_BOOL(true);
    if (view.items.n == 0 && args->cursor != NULL && clock_monotonic_ms() < deadline_of(rq, args)) {
        rq->wait_for = (struct wait_for){view.project_id, view.snapshot, deadline_of(rq, args)};
        return ST_WAIT;
    }
    next = next_place(rq, &place, &view);
    view.cursor = place_cursor(rq, &next);
    view.changed = SOME_BOOL(view.items.n > 0);
    view.asked = args->cursor != NULL;
    *ret_view = view;
    return ST_OK;
}
