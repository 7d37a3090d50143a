/* Reading a dispute, settled or not. */
#include "planner/service/dispute.h"
#include "planner/service/page.h"

const struct field dispute_view_fields[] = {
    ROW_STR(struct dispute_view, id, REQUIRED),
    ROW_ENUM(struct dispute_view, status, dispute_status_names, REQUIRED),
    ROW_INT(struct dispute_view, rounds, REQUIRED),
    ROW_BOOL(struct dispute_view, human_only, REQUIRED),
    ROW_STR(struct dispute_view, key, REQUIRED),
    ROW_STR(struct dispute_view, title, REQUIRED),
    ROW_ENUM(struct dispute_view, step_status, item_status_names, REQUIRED),
    ROW_STR(struct dispute_view, project, REQUIRED),
    ROW_STR(struct dispute_view, project_name, REQUIRED),
    ROW_ENUM(struct dispute_view, project_status, project_status_names, REQUIRED),
    ROW_STR(struct dispute_view, task, REQUIRED),
    ROW_STR(struct dispute_view, task_title, REQUIRED),
    ROW_STR(struct dispute_view, objective, OPTIONAL),
    ROW_STR(struct dispute_view, server_content, OPTIONAL), /* absent on the pages after it */
    ROW_STR(struct dispute_view, server_reasoning, OPTIONAL),
    ROW_STR(struct dispute_view, server_agent, REQUIRED),
    ROW_STR(struct dispute_view, client_content, OPTIONAL),
    ROW_STR(struct dispute_view, client_reasoning, OPTIONAL),
    ROW_STR(struct dispute_view, client_agent, REQUIRED),
    ROW_STR(struct dispute_view, feedback, OPTIONAL),
    ROW_STR(struct dispute_view, created_at, REQUIRED),
    ROW_ENUM(struct dispute_view, user_resolution, resolution_names, OPTIONAL),
    ROW_STR(struct dispute_view, resolved_by, OPTIONAL),
    ROW_STR(struct dispute_view, via, OPTIONAL),
    ROW_STR(struct dispute_view, resolved_at, OPTIONAL),
    ROW_STR(struct dispute_view, resolved_content, OPTIONAL),
    ROW_STR(struct dispute_view, next_cursor, OPTIONAL),
    FIELD_END,
};

enum status dispute_missing(struct req *rq, const char *key)
{
    return req_fail(rq, ST_NOT_FOUND, "'dispute': %s has no dispute (list_disputes)", key);
}

enum status dispute_missing_at(struct req *rq, const struct ref *ref)
{
    TRY(ref_check(rq, ref));
    return dispute_missing(rq, ref->text);
}

enum status dispute_read(struct req *rq, const struct ref *ref, const char *cursor, size_t budget,
                         struct dispute_view *ret_view)
{
    struct dispute_view view;
    struct bound_cursor given;
    bool found = false;
    const char **texts[] = {&view.resolved_content, &view.server_content,   &view.client_content,
                            &view.feedback,         &view.server_reasoning, &view.client_reasoning,
                            &view.objective};

    TRY(db_read(rq, &q_dispute_read, PARAMS(REF_PARAMS(ref)),
                INTO_FOUND(dispute_view_fields, &view, &found)));
    if (!found)
        return dispute_missing_at(rq, ref);
    TRY(cursor_part(rq, cursor, &given));
    TRY(cursor_check(rq, &given, view.id));
    TRY(page_cut_texts(rq, given.place, budget, texts, LENGTH_OF(texts), &view.next_cursor));
    view.next_cursor = cursor_bind(rq, view.next_cursor, view.id);
    *ret_view = view;
    return ST_OK;
}
