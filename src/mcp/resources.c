/* resources/list, resources/templates/list and resources/read. */
#include "planner/resources/resource.h"

#include "planner/mcp/session.h"

/* lastModified came with 2025-06-18. */
static void put_annotations(struct json_out *out, enum mcp_revision revision, unsigned audience,
                            double priority, const char *last_modified)
{
    json_key(out, "annotations");
    json_begin(out, '{');
    json_key(out, "audience");
    json_begin(out, '[');
    if ((audience & RESOURCE_FOR_USER) != 0)
        json_str(out, "user");
    if ((audience & RESOURCE_FOR_ASSISTANT) != 0)
        json_str(out, "assistant");
    json_end(out, ']');
    json_put_num(out, "priority", priority);
    if (revision >= MCP_2025_06_18)
        json_put_str(out, "lastModified", last_modified);
    json_end(out, '}');
}

static void put_entry(struct json_out *out, enum mcp_revision revision,
                      const struct resource_entry *entry)
{
    json_begin(out, '{');
    json_put_str(out, "uri", entry->uri);
    json_put_str(out, "name", entry->name);
    if (revision >= MCP_2025_06_18)
        json_put_str(out, "title", entry->title);
    json_put_str(out, "description", entry->description);
    json_put_str(out, "mimeType", entry->mime_type);
    if (entry->size.set)
        json_put_int(out, "size", entry->size.v);
    put_annotations(out, revision, entry->audience, entry->priority, entry->last_modified);
    json_end(out, '}');
}

static const char *check_cursor(const cJSON *params)
{
    const cJSON *cursor = json_get(params, "cursor");

    return cursor == NULL || cJSON_IsNull(cursor) || cJSON_IsString(cursor)
               ? NULL
               : "'cursor' must be a string";
}

const char *mcp_check_resources_list(struct arena *arena, const cJSON *params)
{
    (void)arena;
    return check_cursor(params);
}

enum status mcp_run_resources_list(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                                   struct json_out *out)
{
    struct resource_page page;

    mcp->has_listed |= call->revision < MCP_2026_07_28;
    TRY(resource_list(rq, json_get_text(call->params, "cursor"), &page));
    json_key(out, "resources");
    json_begin(out, '[');
    for (size_t i = 0; i < page.n; i++)
        put_entry(out, call->revision, &page.entries[i]);
    json_end(out, ']');
    json_put_str(out, "nextCursor", page.next_cursor);
    return ST_OK;
}

static void put_template(struct json_out *out, enum mcp_revision revision,
                         const struct resource_template *template)
{
    json_begin(out, '{');
    json_put_str(out, "uriTemplate", template->uri_template);
    json_put_str(out, "name", template->name);
    if (revision >= MCP_2025_06_18)
        json_put_str(out, "title", template->title);
    json_put_str(out, "description", template->description);
    json_put_str(out, "mimeType", template->mime_type);
    put_annotations(out, revision, template->audience, template->priority, NULL);
    json_end(out, '}');
}

void mcp_answer_templates_list(struct mcp *mcp, struct mcp_ask *ask)
{
    const struct resource_template *template = NULL;
    struct json_out out;

    if (mcp_refuse_cursor(mcp, ask))
        return;
    mcp_answer_begin(mcp, ask, &out);
    json_key(&out, "resourceTemplates");
    json_begin(&out, '[');
    for (size_t i = 0; (template = resource_template_at(i)) != NULL; i++)
        put_template(&out, ask->peer.revision, template);
    json_end(&out, ']');
    mcp_answer_end(mcp, ask, &out);
}

const char *mcp_check_resources_read(struct arena *arena, const cJSON *params)
{
    (void)arena;
    return json_get_text(params, "uri") == NULL ? "'uri' must be a string" : NULL;
}

const char *mcp_uri_data(struct arena *arena, const char *uri)
{
    struct json_out data = JSON_OUT_IN(arena);

    json_begin(&data, '{');
    json_put_str(&data, "uri", uri);
    json_end(&data, '}');
    return json_text(&data);
}

enum status mcp_run_resources_read(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                                   struct json_out *out)
{
    const char *uri = json_get_text(call->params, "uri");
    struct resource_contents contents;

    (void)mcp;
    call->error_data = mcp_uri_data(rq->arena, uri);
    TRY(resource_read(rq, uri, &contents));
    json_key(out, "contents");
    json_begin(out, '[');
    for (size_t i = 0; i < contents.n; i++) {
        const struct resource_content *part = &contents.parts[i];
        json_begin(out, '{');
        json_put_str(out, "uri", part->uri);
        json_put_str(out, "mimeType", part->mime_type);
        json_put_str(out, "text", part->text);
        json_put_str(out, "blob", part->blob);
        json_end(out, '}');
    }
    json_end(out, ']');
    return ST_OK;
}
