/* The forms of an answer to tools/call, and of the question to a person. */
#include "planner/mcp/session.h"

static void result_begin(struct json_out *out, struct arena *arena, const struct mcp_call *call)
{
    *out = JSON_OUT_IN(arena);
    rpc_result_begin(out, call->id);
    json_begin(out, '{');
}

static void result_end(struct mcp *mcp, const struct mcp_call *call, struct json_out *out)
{
    json_end(out, '}');
    rpc_end(out);
    mcp_send(mcp, call->batch, out);
}

static void put_text(struct json_out *out, const char *text)
{
    json_key(out, "content");
    json_begin(out, '[');
    json_begin(out, '{');
    json_put_str(out, "type", "text");
    json_put_str(out, "text", text == NULL ? "" : text);
    json_end(out, '}');
    json_end(out, ']');
}

/* No structuredContent: some clients hold it against outputSchema even here. */
void mcp_result_error(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                      const char *message, int64_t current_version)
{
    struct json_out out;

    result_begin(&out, arena, call);
    put_text(&out, message);
    json_put_bool(&out, "isError", true);
    mcp_put_meta(&out, call->revision, "complete", current_version);
    result_end(mcp, call, &out);
}

void mcp_result_done(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                     const struct tool_call *done)
{
    struct json_out out;

    result_begin(&out, arena, call);
    put_text(&out, done->text);
    json_put_raw(&out, "structuredContent", done->structured);
    mcp_put_meta(&out, call->revision, "complete", 0);
    result_end(mcp, call, &out);
}

/* One list of a choice: the values, or their titles. */
static void put_choice_list(struct json_out *out, const char *name, const cJSON *choices,
                            const char *member)
{
    const cJSON *choice = NULL;

    json_key(out, name);
    json_begin(out, '[');
    cJSON_ArrayForEach(choice, choices) json_str(out, json_get_text(choice, member));
    json_end(out, ']');
}

/* A property of a form in the words of 2025-06-18: enum and enumNames where there is a oneOf now.
 */
static void put_old_property(struct json_out *out, const cJSON *property)
{
    const cJSON *member = NULL;

    json_begin(out, '{');
    cJSON_ArrayForEach(member, property)
    {
        if (strcmp(member->string, "oneOf") == 0) {
            put_choice_list(out, "enum", member, "const");
            put_choice_list(out, "enumNames", member, "title");
        } else {
            json_key(out, member->string);
            json_tree(out, member);
        }
    }
    json_end(out, '}');
}

static void put_old_form(struct json_out *out, const char *form)
{
    OWN_JSON tree = json_parse(form, strlen(form));
    const cJSON *property = NULL;

    json_key(out, "requestedSchema");
    json_begin(out, '{');
    json_put_str(out, "type", "object");
    json_key(out, "properties");
    json_begin(out, '{');
    cJSON_ArrayForEach(property, json_get(tree, "properties"))
    {
        json_key(out, property->string);
        put_old_property(out, property);
    }
    json_end(out, '}');
    json_key(out, "required");
    json_tree(out, json_get(tree, "required"));
    json_end(out, '}');
}

/* `mode` came with 2025-11-25; older clients may be strict about what they do not know. */
void mcp_put_question(struct json_out *out, enum mcp_revision revision,
                      const struct tool_input *input)
{
    json_begin(out, '{');
    if (revision >= MCP_2025_11_25)
        json_put_str(out, "mode", "form");
    json_put_str(out, "message", input->message);
    if (revision >= MCP_2025_11_25)
        json_put_raw(out, "requestedSchema", input->form);
    else
        put_old_form(out, input->form);
    json_end(out, '}');
}

static void refuse_incapable(struct mcp *mcp, struct arena *arena, const struct mcp_call *call)
{
    struct json_out out = JSON_OUT_IN(arena);

    rpc_error(&out, call->id, RPC_MISSING_CAPABILITY,
              "a person has to be asked, and the client declared no elicitation",
              "{\"requiredCapabilities\":{\"elicitation\":{\"form\":{}}}}");
    mcp_send(mcp, call->batch, &out);
}

void mcp_result_input(struct mcp *mcp, struct arena *arena, const struct mcp_call *call,
                      const struct tool_input *input, bool can_elicit)
{
    struct json_out out;

    if (!can_elicit) {
        refuse_incapable(mcp, arena, call);
        return;
    }
    result_begin(&out, arena, call);
    json_key(&out, "inputRequests");
    json_begin(&out, '{');
    json_key(&out, input->key);
    json_begin(&out, '{');
    json_put_str(&out, "method", "elicitation/create");
    json_key(&out, "params");
    mcp_put_question(&out, call->revision, input);
    json_end(&out, '}');
    json_end(&out, '}');
    json_put_str(&out, "requestState", input->state);
    mcp_put_meta(&out, call->revision, "input_required", 0);
    result_end(mcp, call, &out);
}
