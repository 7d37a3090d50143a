#include "planner/service/find.h"
#include "planner/service/page.h"
#include "planner/service/ref.h"
#include "planner/store/db.h"

#define ROW_TOLD                                                                                   \
    ROW_STR(struct search_row, key, REQUIRED),                                                     \
        ROW_ENUM(struct search_row, kind, kind_names, REQUIRED),                                   \
        ROW_STR(struct search_row, title, REQUIRED), ROW_STR(struct search_row, status, REQUIRED), \
        ROW_STR(struct search_row, state, REQUIRED), ROW_STR(struct search_row, parent, OPTIONAL), \
        FIELD_STRS(struct search_row, matched, 0, 0, REQUIRED, NULL),                              \
        ROW_STR(struct search_row, snippet, OPTIONAL)
static const struct field told_fields[] = {ROW_TOLD, FIELD_END};
static const struct field row_fields[] = {
    ROW_TOLD,
    ROW_INT(struct search_row, score, REQUIRED),
    ROW_INT(struct search_row, number, REQUIRED),
    FIELD_END,
};
static const struct field meant_fields[] = {
    ROW_STR(struct search_meant, word, REQUIRED),
    FIELD_STRS(struct search_meant, taken, 0, 0, REQUIRED, NULL),
    FIELD_END,
};
#define VIEW_TOLD(rows)                                                                            \
    ROW_STR(struct search_view, project, REQUIRED), ROW_BOOL(struct search_view, loose, OPTIONAL), \
        ROW_LIST(struct search_view, meant, meant_fields, struct search_meant, OPTIONAL),          \
        ROW_BOOL(struct search_view, capped, OPTIONAL),                                            \
        ROW_LIST(struct search_view, items, rows, struct search_row, REQUIRED)
static const struct field page_fields[] = {
    VIEW_TOLD(row_fields),
    ROW_INT(struct search_view, words, REQUIRED),
    FIELD_END,
};
const struct field search_fields[] = {
    VIEW_TOLD(told_fields),
    ROW_STR(struct search_view, next_cursor, OPTIONAL),
    FIELD_END,
};

static enum status check_kinds(struct req *rq, const struct list *kinds)
{
    for (size_t i = 0; i < kinds->n; i++) {
        const char *name = *LIST_AT(*kinds, i, const char *const);
        if (field_choice_find(kind_names, name) == 0)
            return req_fail(rq, ST_INVALID,
                            "'kinds': '%.40s' is no kind; give project, task or step", name);
    }
    return ST_OK;
}

static enum status check_words(struct req *rq, const struct search_view *view)
{
    if (view->words.v == 0)
        return req_fail(rq, ST_INVALID,
                        "'query' has no letter or digit to look for; give words, or a key");
    if (view->words.v > SEARCH_WORDS_MAX)
        return req_fail(rq, ST_INVALID, "'query' has %lld different words, at most %d are allowed",
                        (long long)view->words.v, SEARCH_WORDS_MAX);
    return ST_OK;
}

/* The score and number behind which the page starts. */
static enum status read_place(struct req *rq, const char *cursor, const char *ret_parts[2])
{
    TRY(cursor_read(rq, cursor, 2, ret_parts));
    if (cursor == NULL || (cursor_is_number(ret_parts[0], 13) && cursor_is_number(ret_parts[1], 9)))
        return ST_OK;
    return cursor_wrong(rq);
}

static const char *search_name(struct req *rq, const struct search_view *view,
                               const struct search_args *args, const char *kinds)
{
    return arena_printf(rq->arena, "search|%s|%s|%s", view->project, kinds == NULL ? "" : kinds,
                        args->query);
}

enum status find_search(struct req *rq, const struct search_args *args,
                        struct search_view *ret_view)
{
    const int64_t limit = args->limit.set ? args->limit.v : SEARCH_LIMIT_DEFAULT;
    const char *kinds = NULL;
    const char *after[2];
    struct ref ref;
    struct search_view view;
    struct bound_cursor cursor;
    bool found = false;

    TRY(ref_parse_project(rq, "project", args->project, &ref));
    TRY(check_kinds(rq, &args->kinds));
    TRY(cursor_part(rq, args->cursor, &cursor));
    TRY(read_place(rq, cursor.place, after));
    if (args->kinds.n > 0)
        kinds = param_texts(rq, args->kinds.items, args->kinds.n);
    TRY(db_read_standby(rq, &q_search,
                        PARAMS(ref.id, ref.slug, rq->directory, args->query, kinds,
                               param_int(rq, SEARCH_RANKED), after[0], after[1],
                               param_int(rq, limit + 1)),
                        INTO_FOUND(page_fields, &view, &found)));
    if (!found)
        return ref_not_found(rq, &ref);
    TRY(check_words(rq, &view));
    TRY(cursor_check(rq, &cursor, search_name(rq, &view, args, kinds)));
    if (page_trim(rq, told_fields, sizeof(struct search_row), (size_t)limit, &view.items)) {
        const struct search_row *last =
            LIST_AT(view.items, view.items.n - 1, const struct search_row);
        view.next_cursor =
            cursor_make(rq, PARAMS(param_int(rq, last->score.v), param_int(rq, last->number.v)), 2);
    }
    view.next_cursor = cursor_bind(rq, view.next_cursor, search_name(rq, &view, args, kinds));
    view.query = args->query;
    *ret_view = view;
    return ST_OK;
}
