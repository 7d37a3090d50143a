#include "planner/service/find.h"
#include "planner/service/page.h"
#include "planner/service/ref.h"
#include "planner/store/db.h"

const char *const queue_role_names[] = {"server", "client", "human", "worker", NULL};

#define ROW_TOLD                                                                                   \
    ROW_STR(struct queue_row, key, REQUIRED),                                                      \
        ROW_ENUM(struct queue_row, kind, kind_names, REQUIRED),                                    \
        ROW_STR(struct queue_row, title, REQUIRED), ROW_STR(struct queue_row, status, REQUIRED),   \
        ROW_INT(struct queue_row, priority, REQUIRED), ROW_STR(struct queue_row, since, REQUIRED), \
        ROW_STR(struct queue_row, parent, REQUIRED),                                               \
        ROW_STR(struct queue_row, parent_title, REQUIRED),                                         \
        ROW_STR(struct queue_row, assignee, OPTIONAL),                                             \
        ROW_STR(struct queue_row, claimed_by, OPTIONAL),                                           \
        ROW_INT(struct queue_row, draft, OPTIONAL), ROW_INT(struct queue_row, round, OPTIONAL),    \
        ROW_INT(struct queue_row, rounds, OPTIONAL),                                               \
        ROW_STR(struct queue_row, sent_back_by, OPTIONAL),                                         \
        ROW_STR(struct queue_row, sent_back_as, OPTIONAL),                                         \
        ROW_STR(struct queue_row, dispute, OPTIONAL), ROW_STR(struct queue_row, action, REQUIRED)
static const struct field told_fields[] = {ROW_TOLD, FIELD_END};
static const struct field row_fields[] = {
    ROW_TOLD,
    ROW_INT(struct queue_row, moment, REQUIRED),
    ROW_STR(struct queue_row, id, REQUIRED),
    FIELD_END,
};
static const struct field place_fields[] = {
    ROW_INT(struct queue_place, priority, REQUIRED),
    ROW_INT(struct queue_place, moment, REQUIRED),
    ROW_STR(struct queue_place, id, REQUIRED),
    FIELD_END,
};
#define VIEW_TOLD(rows)                                                      \
    ROW_STR(struct queue_view, project, REQUIRED),                           \
        ROW_ENUM(struct queue_view, status, project_status_names, REQUIRED), \
        ROW_ENUM(struct queue_view, role, queue_role_names, REQUIRED),       \
        ROW_LIST(struct queue_view, items, rows, struct queue_row, REQUIRED)
static const struct field page_fields[] = {
    VIEW_TOLD(row_fields),
    ROW_OBJ(struct queue_view, stopped, place_fields, struct queue_place, OPTIONAL),
    FIELD_END,
};
const struct field queue_fields[] = {
    VIEW_TOLD(told_fields),
    ROW_STR(struct queue_view, next_cursor, OPTIONAL),
    FIELD_END,
};

/* The role that is asked for, else the one that the process plays; a user is the human. */
static enum status pick_role(struct req *rq, int given, const char **ret_role)
{
    const char *own = rq->actor.role;

    if (given == 0 && own != NULL)
        given = field_choice_find(queue_role_names, strcmp(own, "user") == 0 ? "human" : own);
    if (given == 0)
        return req_fail(rq, ST_INVALID,
                        "'role' is missing and none is configured; give server, client, human or "
                        "worker");
    *ret_role = field_choice(queue_role_names, given);
    return ST_OK;
}

/* Behind which priority, moment and id the page starts. */
static enum status read_place(struct req *rq, const char *cursor, const char *ret_parts[3])
{
    static const size_t digits_max[] = {3, 18};

    TRY(cursor_read(rq, cursor, 3, ret_parts));
    if (cursor == NULL)
        return ST_OK;
    for (size_t i = 0; i < LENGTH_OF(digits_max); i++) {
        if (!cursor_is_number(ret_parts[i], digits_max[i]))
            return cursor_wrong(rq);
    }
    return ret_parts[2] != NULL && uuid_is_text(ret_parts[2]) ? ST_OK : cursor_wrong(rq);
}

static const char *place_cursor(struct req *rq, struct opt_int priority, struct opt_int moment,
                                const char *id)
{
    return cursor_make(rq, PARAMS(param_int(rq, priority.v), param_int(rq, moment.v), id), 3);
}

static const char *queue_name(struct req *rq, const struct queue_view *view)
{
    return arena_printf(rq->arena, "work_queue|%s|%s", view->project,
                        field_choice(queue_role_names, view->role));
}

enum status find_queue(struct req *rq, const struct queue_args *args, struct queue_view *ret_view)
{
    const int64_t limit = args->limit.set ? args->limit.v : QUEUE_LIMIT_DEFAULT;
    const char *role = NULL;
    const char *after[3];
    struct ref ref;
    struct queue_view view;
    struct bound_cursor cursor;
    bool found = false;

    TRY(pick_role(rq, args->role, &role));
    TRY(ref_parse_project(rq, "project", args->project, &ref));
    TRY(cursor_part(rq, args->cursor, &cursor));
    TRY(read_place(rq, cursor.place, after));
    TRY(db_read(rq, &q_work_queue,
                PARAMS(ref.id, ref.slug, rq->directory, role, rq->actor.agent, after[0], after[1],
                       after[2], param_int(rq, limit + 1), param_int(rq, QUEUE_LOOKED)),
                INTO_FOUND(page_fields, &view, &found)));
    if (!found)
        return ref_not_found(rq, &ref);
    TRY(cursor_check(rq, &cursor, queue_name(rq, &view)));
    if (page_trim(rq, told_fields, sizeof(struct queue_row), (size_t)limit, &view.items)) {
        const struct queue_row *last =
            LIST_AT(view.items, view.items.n - 1, const struct queue_row);
        view.next_cursor = place_cursor(rq, last->priority, last->moment, last->id);
    } else if (view.stopped != NULL) {
        view.next_cursor =
            place_cursor(rq, view.stopped->priority, view.stopped->moment, view.stopped->id);
    }
    view.next_cursor = cursor_bind(rq, view.next_cursor, queue_name(rq, &view));
    *ret_view = view;
    return ST_OK;
}
