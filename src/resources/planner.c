/* The planner's own resources: a URI taken apart, one statement, one text. */
#include "planner/doctor/doctor.h"
#include "planner/resources/families.h"
#include "planner/resources/planner_parts.h"
#include "planner/service/dispute.h"
#include "planner/service/item.h"
#include "planner/service/look.h"
#include "planner/service/project.h"

#define OUTLINE_LINES 2000 /* of one page; each line asks what it waits for */
#define OUTLINE_DEPTH 64
#define HISTORY_ROWS  500
#define PROJECT_ROWS  200

/* What is to be read; `budget` is bytes of JSON. */
struct reading {
    const struct resource_uri *uri;
    const struct ref *ref; /* of what the URI names */
    size_t budget;
};

/* Like a tool: how a result is read, and the shape and the text that it is told in. */
struct reader {
    const struct field *fields;
    size_t size;
    enum status (*run)(struct req *rq, const struct reading *reading, void *result);
    void (*tell)(struct req *rq, const struct resource_uri *uri, const void *result,
                 struct buf *out);
};

static enum status run_projects(struct req *rq, const struct reading *reading, void *result)
{
    const struct project_list_args args = {
        .limit = SOME_INT(PROJECT_ROWS), .cursor = reading->uri->cursor, .budget = reading->budget};

    return project_find_all(rq, &args, result);
}

static enum status not_a_project(struct req *rq, const char *name, int kind, const char *key)
{
    return req_fail(rq, ST_NOT_FOUND, "'project': %s is the %s %s; read planner://items/%s", name,
                    field_choice(kind_names, kind), key, key);
}

static enum status run_project(struct req *rq, const struct reading *reading, void *result)
{
    const char *no_lists[] = {"content"};
    const struct get_args args = {.include = {true, 1, no_lists}, .budget = reading->budget};
    struct item_view *view = result;

    TRY(item_read_ref(rq, reading->ref, &args, view));
    return view->kind == KIND_PROJECT
               ? ST_OK
               : not_a_project(rq, reading->uri->name, view->kind, view->key);
}

static enum status run_outline(struct req *rq, const struct reading *reading, void *result)
{
    const struct outline_args args = {.item = reading->ref->text,
                                      .depth = SOME_INT(OUTLINE_DEPTH),
                                      .limit = SOME_INT(OUTLINE_LINES),
                                      .cursor = reading->uri->cursor,
                                      .budget = reading->budget};
    struct outline *outline = result;

    TRY(look_outline(rq, &args, outline));
    return outline->kind == KIND_PROJECT
               ? ST_OK
               : not_a_project(rq, reading->uri->name, outline->kind, outline->key);
}

static enum status run_item(struct req *rq, const struct reading *reading, void *result)
{
    const char *all[] = {"content", "children", "dependencies", "iterations", "evidence", "origin"};
    const struct get_args args = {.include = {true, LENGTH_OF(all), all},
                                  .cursor = reading->uri->cursor,
                                  .budget = reading->budget};

    return item_read_ref(rq, reading->ref, &args, result);
}

static enum status run_history(struct req *rq, const struct reading *reading, void *result)
{
    const struct history_args args = {.item = reading->ref->text,
                                      .limit = SOME_INT(HISTORY_ROWS),
                                      .cursor = reading->uri->cursor,
                                      .budget = reading->budget};

    return look_history(rq, &args, result);
}

static enum status run_dispute(struct req *rq, const struct reading *reading, void *result)
{
    return dispute_read(rq, reading->ref, reading->uri->cursor, reading->budget, result);
}

static enum status run_health(struct req *rq, const struct reading *reading, void *result)
{
    (void)reading;
    return doctor_health(rq, result);
}

static const struct reader readers[] = {
    [RESOURCE_PROJECTS] = {project_list_fields, sizeof(struct project_list), run_projects,
                           markdown_tell_projects},
    [RESOURCE_PROJECT] = {item_view_fields, sizeof(struct item_view), run_project,
                          markdown_tell_project},
    [RESOURCE_OUTLINE] = {outline_fields, sizeof(struct outline), run_outline,
                          markdown_tell_outline},
    [RESOURCE_ITEM] = {item_view_fields, sizeof(struct item_view), run_item, markdown_tell_item},
    [RESOURCE_HISTORY] = {history_fields, sizeof(struct history_view), run_history,
                          markdown_tell_history},
    [RESOURCE_DISPUTE] = {dispute_view_fields, sizeof(struct dispute_view), run_dispute,
                          markdown_tell_dispute},
    [RESOURCE_HEALTH] = {doctor_health_fields, sizeof(struct doctor_health), run_health,
                         markdown_tell_health},
};

/* What the URI names. What names nothing is well-formed all the same: it is just not there. */
static enum status parse_name(struct req *rq, const struct resource_uri *uri, struct ref *ret_ref)
{
    static const char *const args[] = {
        [RESOURCE_PROJECT] = "project", [RESOURCE_OUTLINE] = "project", [RESOURCE_ITEM] = "item",
        [RESOURCE_HISTORY] = "item",    [RESOURCE_DISPUTE] = "dispute",
    };
    enum status status = ST_OK;

    if (uri->kind == RESOURCE_PROJECT || uri->kind == RESOURCE_OUTLINE)
        status = ref_parse_project(rq, args[uri->kind], uri->name, ret_ref);
    else if (uri->name != NULL)
        status = ref_parse(rq, args[uri->kind], uri->name, ret_ref);
    return status == ST_OK ? ST_OK : req_fail(rq, ST_NOT_FOUND, "%s", rq->message);
}

/* After the URI is understood, a cursor is all that can still be wrong with it. */
static enum status run_reader(struct req *rq, const struct reading *reading, void *result)
{
    const enum status status = readers[reading->uri->kind].run(rq, reading, result);

    if (status != ST_INVALID)
        return status;
    return req_fail(rq, ST_INVALID,
                    "'cursor' is none that this resource gave; read it without one to start over");
}

/*
 * Markdown is longer than JSON where there are more backticks than anybody writes: a fence has one
 * more than the text, twice. Then less is told at once.
 */
static enum status read_text(struct req *rq, struct reading *reading, const char **ret_text)
{
    const struct reader *reader = &readers[reading->uri->kind];
    struct json_out out;

    do {
        void *result = arena_alloc(rq->arena, reader->size);
        TRY(run_reader(rq, reading, result));
        out = JSON_OUT_IN(rq->arena);
        if (reading->uri->format == RESOURCE_JSON)
            field_encode(reader->fields, result, &out);
        else
            reader->tell(rq, reading->uri, result, &out.buf);
        TRY(req_check_memory(rq));
        reading->budget /= 2;
    } while (out.buf.len > RESOURCE_TEXT_MAX);
    *ret_text = json_text(&out);
    return ST_OK;
}

static enum status planner_read(struct req *rq, const char *text,
                                struct resource_contents *ret_contents)
{
    struct resource_content *content = ARENA_NEW(rq->arena, struct resource_content);
    struct resource_uri uri;
    struct ref ref = {0};

    TRY(resource_uri_parse(rq, text, &uri));
    TRY(parse_name(rq, &uri, &ref));
    TRY(read_text(rq, &(struct reading){.uri = &uri, .ref = &ref, .budget = RESOURCE_BUDGET},
                  &content->text));
    content->uri = arena_strdup(rq->arena, text);
    content->mime_type = uri.format == RESOURCE_JSON ? RESOURCE_MIME_JSON : RESOURCE_MIME_MARKDOWN;
    *ret_contents = (struct resource_contents){.parts = content, .n = 1};
    return ST_OK;
}

static bool planner_watch(struct req *rq, const char *text, struct resource_watched *ret_watched)
{
    struct resource_watched watched = {0};
    struct resource_uri uri;

    if (resource_uri_parse(rq, text, &uri) != ST_OK || uri.kind == RESOURCE_HEALTH ||
        parse_name(rq, &uri, &watched.ref) != ST_OK)
        return false;
    watched.kind = uri.kind;
    *ret_watched = watched;
    return true;
}

const struct resource_family resource_family_planner = {
    .scheme = "planner",
    .templates = planner_templates,
    .n_templates = PLANNER_TEMPLATES,
    .list = planner_list,
    .read = planner_read,
    .watch = planner_watch,
};
