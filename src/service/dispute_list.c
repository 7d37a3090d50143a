#include "planner/service/dispute.h"
#include "planner/service/page.h"
#include "planner/service/project.h"

#define ROW_TOLD                                                                            \
    ROW_STR(struct dispute_row, id, REQUIRED), ROW_STR(struct dispute_row, step, REQUIRED), \
        ROW_STR(struct dispute_row, title, REQUIRED),                                       \
        ROW_STR(struct dispute_row, project, REQUIRED),                                     \
        ROW_ENUM(struct dispute_row, status, dispute_status_names, REQUIRED),               \
        ROW_INT(struct dispute_row, rounds, REQUIRED),                                      \
        ROW_BOOL(struct dispute_row, has_client_version, REQUIRED),                         \
        ROW_ENUM(struct dispute_row, user_resolution, resolution_names, OPTIONAL),          \
        ROW_STR(struct dispute_row, resolved_by, OPTIONAL),                                 \
        ROW_STR(struct dispute_row, via, OPTIONAL),                                         \
        ROW_STR(struct dispute_row, resolved_at, OPTIONAL),                                 \
        ROW_STR(struct dispute_row, created_at, REQUIRED)
static const struct field told_fields[] = {ROW_TOLD, FIELD_END};
static const struct field row_fields[] = {
    ROW_TOLD,
    ROW_INT(struct dispute_row, place, REQUIRED),
    FIELD_END,
};
static const struct field page_fields[] = {
    ROW_LIST(struct dispute_list, disputes, row_fields, struct dispute_row, REQUIRED),
    FIELD_END,
};
const struct field dispute_list_fields[] = {
    ROW_LIST(struct dispute_list, disputes, told_fields, struct dispute_row, REQUIRED),
    ROW_STR(struct dispute_list, next_cursor, OPTIONAL),
    FIELD_END,
};

static const char *list_name(struct req *rq, const struct ref *project, int status)
{
    return arena_printf(rq->arena, "list_disputes|%s|%s",
                        field_choice(dispute_status_names, status),
                        project->id != NULL     ? project->id
                        : project->slug != NULL ? project->slug
                                                : "");
}

enum status dispute_find_all(struct req *rq, const struct dispute_list_args *args,
                             struct dispute_list *ret_list)
{
    const int64_t limit = args->limit.set ? args->limit.v : LIST_LIMIT_DEFAULT;
    const int status = args->status == 0 ? DISPUTE_PENDING : args->status;
    const char *after = NULL;
    const char *after_id = NULL;
    struct ref ref = {.arg = "project"};
    struct dispute_list list;
    struct bound_cursor cursor;
    bool found = false;

    if (args->project != NULL)
        TRY(ref_parse_project(rq, "project", args->project, &ref));
    TRY(cursor_part(rq, args->cursor, &cursor));
    TRY(cursor_read_moment(rq, cursor.place, &after, &after_id));
    TRY(cursor_check(rq, &cursor, list_name(rq, &ref, status)));
    TRY(db_read(rq, &q_dispute_list,
                PARAMS(ref.id, ref.slug, field_choice(dispute_status_names, status), after,
                       after_id, param_int(rq, limit + 1)),
                INTO_FOUND(page_fields, &list, &found)));
    if (!found)
        return ref_not_found(rq, &ref);
    if (page_trim(rq, told_fields, sizeof(struct dispute_row), (size_t)limit, &list.disputes)) {
        const struct dispute_row *last =
            LIST_AT(list.disputes, list.disputes.n - 1, struct dispute_row);
        list.next_cursor =
            cursor_bind(rq, cursor_make(rq, PARAMS(param_int(rq, last->place.v), last->id), 2),
                        list_name(rq, &ref, status));
    }
    list.status = status;
    *ret_list = list;
    return ST_OK;
}
