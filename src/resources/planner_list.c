/* The planner's part of resources/list. */
#include "planner/resources/planner_parts.h"
#include "planner/service/item.h"
#include "planner/service/page.h"
#include "planner/store/db.h"

#define DESCRIPTION_READ 4096 /* bytes: the size of a project with a longer one is not told */

/* sql/queries/resource_list.sql */
struct list_row {
    struct item_view *view;
    const char *changed_at;
};
struct list_rows {
    struct list rows;
};
static const struct field row_fields[] = {
    ROW_OBJ(struct list_row, view, item_view_fields, struct item_view, REQUIRED),
    ROW_STR(struct list_row, changed_at, OPTIONAL),
    FIELD_END,
};
static const struct field rows_fields[] = {
    ROW_LIST(struct list_rows, rows, row_fields, struct list_row, REQUIRED),
    FIELD_END,
};

static const struct resource_entry all_projects = {
    .uri = "planner://projects",
    .name = "projects",
    .title = "Projects",
    .description = "All projects with their progress.",
    .mime_type = RESOURCE_MIME_MARKDOWN,
    .audience = RESOURCE_FOR_BOTH,
    .priority = 0.6,
};

static const struct resource_entry health = {
    .uri = "planner://health",
    .name = "health",
    .title = "Health",
    .description = "Whether the database answers, what waits for somebody, what is wrong.",
    .mime_type = RESOURCE_MIME_MARKDOWN,
    .audience = RESOURCE_FOR_BOTH,
    .priority = 0.3,
};

/* Exactly what a reader gets, as long as nothing changes in between. */
static struct opt_int size_of(struct req *rq, const struct item_view *view)
{
    struct buf text = BUF_IN(rq->arena);

    if (view->description == NULL)
        return (struct opt_int){0};
    markdown_tell_project(rq, NULL, view, &text);
    return SOME_INT((int64_t)text.len);
}

static void put_project(struct req *rq, const struct list_row *row, struct resource_entry *out)
{
    const struct item_view *v = row->view;

    out[0] = (struct resource_entry){
        .uri = arena_printf(rq->arena, "planner://projects/%s", v->key),
        .name = v->key,
        .title = v->title,
        .description =
            arena_printf(rq->arena, "The project %s: vision, progress, settings.", v->key),
        .mime_type = RESOURCE_MIME_MARKDOWN,
        .size = size_of(rq, v),
        .last_modified = row->changed_at,
        .audience = RESOURCE_FOR_BOTH,
        .priority = 0.8,
    };
    out[1] = (struct resource_entry){
        .uri = arena_printf(rq->arena, "planner://projects/%s/outline", v->key),
        .name = arena_printf(rq->arena, "%s/outline", v->key),
        .title = arena_printf(rq->arena, "%s: outline", v->title),
        .description = arena_printf(rq->arena, "The whole plan of %s as a nested list.", v->key),
        .mime_type = RESOURCE_MIME_MARKDOWN,
        .last_modified = row->changed_at,
        .audience = RESOURCE_FOR_BOTH,
        .priority = 1,
    };
}

/* A host asks for the list when it starts and waits for it: no reason to make a database. */
static void list_nothing_yet(struct req *rq, struct resource_page *ret_page)
{
    struct resource_entry *entries = ARENA_MANY(rq->arena, 2, struct resource_entry);

    entries[0] = all_projects;
    entries[1] = health;
    *ret_page = (struct resource_page){.entries = entries, .n = 2};
}

enum status planner_list(struct req *rq, const char *cursor, struct resource_page *ret_page)
{
    const char *after = NULL;
    struct list_rows read;
    struct resource_page page = {0};
    size_t n = 0;

    TRY(cursor_read(rq, cursor, 1, &after));
    if (!db_is_made(rq)) {
        list_nothing_yet(rq, ret_page);
        return ST_OK;
    }
    TRY(db_read(
        rq, &q_resource_list,
        PARAMS(after, param_int(rq, RESOURCE_LIST_PROJECTS + 1), param_int(rq, DESCRIPTION_READ)),
        INTO(rows_fields, &read)));
    n = read.rows.n < RESOURCE_LIST_PROJECTS ? read.rows.n : RESOURCE_LIST_PROJECTS;
    page.entries = ARENA_MANY(rq->arena, 2 * n + 2, struct resource_entry);
    if (after == NULL) {
        page.entries[page.n++] = all_projects;
        page.entries[page.n++] = health;
    }
    for (size_t i = 0; i < n; i++, page.n += 2)
        put_project(rq, LIST_AT(read.rows, i, const struct list_row), &page.entries[page.n]);
    if (n < read.rows.n)
        page.next_cursor =
            cursor_make(rq, PARAMS(LIST_AT(read.rows, n - 1, struct list_row)->view->key), 1);
    TRY(req_check_memory(rq));
    *ret_page = page;
    return ST_OK;
}
