#include "planner/service/navigate.h"

#include "planner/service/ref.h"
#include "planner/store/db.h"

const char *const direction_names[] = {"forward", "backward", "both", NULL};

#define NAVIGATE_TOLD(lines)                                                         \
    ROW_STR(struct navigate_view, key, REQUIRED),                                    \
        ROW_STR(struct navigate_view, project, REQUIRED),                            \
        ROW_LIST(struct navigate_view, items, lines, struct outline_line, REQUIRED), \
        ROW_INT(struct navigate_view, at, OPTIONAL),                                 \
        ROW_BOOL(struct navigate_view, first, OPTIONAL),                             \
        ROW_BOOL(struct navigate_view, last, OPTIONAL),                              \
        ROW_BOOL(struct navigate_view, cut, OPTIONAL)
static const struct field navigate_row_fields[] = {NAVIGATE_TOLD(outline_line_rows), FIELD_END};
const struct field navigate_fields[] = {NAVIGATE_TOLD(outline_line_fields), FIELD_END};

#define LINES_BUDGET 36000 /* bytes of structured lines and told lines together */
#define LINE_EXTRA   200   /* bytes of a told line beside its title: indentation, remarks */

static size_t line_cost(struct req *rq, const struct outline_line *line)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    field_encode(outline_line_fields, line, &out);
    return out.buf.len + strlen(line->title) + LINE_EXTRA;
}

/* What fits, from the item outward. */
static void cut_lines(struct req *rq, struct navigate_view *view)
{
    const size_t n = view->items.n;
    struct outline_line *lines = view->items.items;
    size_t from = view->at.set ? (size_t)view->at.v : 0;
    size_t to = from;
    size_t room = LINES_BUDGET;

    while (from > 0 || to < n) {
        const bool behind =
            to < n && (from == 0 || to - (size_t)view->at.v <= (size_t)view->at.v - from);
        const size_t cost = line_cost(rq, &lines[behind ? to : from - 1]);
        if (cost > room)
            break;
        room -= cost;
        to += behind;
        from -= !behind;
    }
    if (from > 0 || to < n)
        view->cut = SOME_BOOL(true);
    if (from > 0)
        view->first = (struct opt_bool){0};
    if (to < n)
        view->last = (struct opt_bool){0};
    view->at.v -= (int64_t)from;
    view->items.items = lines + from;
    view->items.n = to - from;
}

enum status look_navigate(struct req *rq, const struct navigate_args *args,
                          struct navigate_view *ret_view)
{
    const int64_t limit = args->limit.set ? args->limit.v : NAVIGATE_LIMIT_DEFAULT;
    const int direction = args->direction == 0 ? WALK_FORWARD : args->direction;
    struct navigate_view view;
    struct ref ref;
    bool found = false;

    TRY(ref_parse(rq, "item", args->item, &ref));
    TRY(db_read(rq, &q_navigate,
                PARAMS(REF_PARAMS(&ref), param_int(rq, direction == WALK_FORWARD ? 0 : limit),
                       param_int(rq, direction == WALK_BACKWARD ? 0 : limit)),
                INTO_FOUND(navigate_row_fields, &view, &found)));
    if (!found)
        return ref_not_found(rq, &ref);
    for (size_t i = 0; i < view.items.n; i++)
        outline_tell_wait(rq, LIST_AT(view.items, i, struct outline_line));
    cut_lines(rq, &view);
    *ret_view = view;
    return ST_OK;
}
