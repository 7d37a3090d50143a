#include "planner/service/page.h"
#include "planner/service/project.h"

static const struct field project_row_fields[] = {
    ROW_STR(struct project_row, slug, REQUIRED),
    ROW_STR(struct project_row, name, REQUIRED),
    ROW_STR(struct project_row, description, REQUIRED),
    ROW_ENUM(struct project_row, status, project_status_names, REQUIRED),
    ROW_NUM(struct project_row, progress, REQUIRED),
    ROW_INT(struct project_row, items, REQUIRED),
    ROW_INT(struct project_row, open, REQUIRED),
    ROW_INT(struct project_row, disputes, REQUIRED),
    ROW_INT(struct project_row, version, REQUIRED),
    FIELD_END,
};
const struct field project_list_fields[] = {
    ROW_LIST(struct project_list, projects, project_row_fields, struct project_row, REQUIRED),
    ROW_STR(struct project_list, next_cursor, OPTIONAL),
    FIELD_END,
};

enum status project_find_all(struct req *rq, const struct project_list_args *args,
                             struct project_list *ret_list)
{
    const int64_t limit = args->limit.set ? args->limit.v : LIST_LIMIT_DEFAULT;
    const char *after = NULL;
    const char *status = field_choice(project_status_names, args->status);
    const char *name = arena_printf(rq->arena, "list_projects|%s|%s", status == NULL ? "" : status,
                                    args->query == NULL ? "" : args->query);
    struct project_list list;
    struct bound_cursor cursor;

    TRY(cursor_part(rq, args->cursor, &cursor));
    TRY(cursor_read(rq, cursor.place, 1, &after));
    TRY(cursor_check(rq, &cursor, name));
    TRY(db_read_standby(rq, &q_project_list,
                        PARAMS(status, args->query, after, param_int(rq, limit + 1)),
                        INTO(project_list_fields, &list)));
    if (page_trim_to(rq, project_row_fields, sizeof(struct project_row), (size_t)limit,
                     args->budget != 0 ? args->budget : PAGE_BUDGET, &list.projects))
        list.next_cursor = cursor_bind(
            rq,
            cursor_make(
                rq, PARAMS(LIST_AT(list.projects, list.projects.n - 1, struct project_row)->slug),
                1),
            name);
    list.narrowed = args->query != NULL || args->status != 0 || args->cursor != NULL;
    *ret_list = list;
    return ST_OK;
}
