/* The form of a question to a person, in the words of each revision. */
#include "planner/mcp/session.h"

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
void mcp_put_form(struct json_out *out, enum mcp_revision revision,
                  const struct input_question *question)
{
    json_begin(out, '{');
    if (revision >= MCP_2025_11_25)
        json_put_str(out, "mode", "form");
    json_put_str(out, "message", question->message);
    if (revision >= MCP_2025_11_25)
        json_put_raw(out, "requestedSchema", question->form);
    else
        put_old_form(out, question->form);
    json_end(out, '}');
}
