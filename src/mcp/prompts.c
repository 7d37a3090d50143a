/* prompts/list and prompts/get. */
#include "planner/prompts/prompt.h"

#include "planner/mcp/session.h"

static void put_argument(struct json_out *out, enum mcp_revision revision,
                         const struct prompt_arg *arg)
{
    json_begin(out, '{');
    json_put_str(out, "name", arg->name);
    if (revision >= MCP_2025_06_18)
        json_put_str(out, "title", arg->title);
    json_put_str(out, "description", arg->doc);
    json_put_bool(out, "required", arg->required);
    json_end(out, '}');
}

static void put_prompt(struct json_out *out, enum mcp_revision revision,
                       const struct prompt *prompt)
{
    json_begin(out, '{');
    json_put_str(out, "name", prompt->name);
    if (revision >= MCP_2025_06_18)
        json_put_str(out, "title", prompt->title);
    json_put_str(out, "description", prompt->doc);
    if (prompt->args != NULL) {
        json_key(out, "arguments");
        json_begin(out, '[');
        for (const struct prompt_arg *arg = prompt->args; arg->name != NULL; arg++)
            put_argument(out, revision, arg);
        json_end(out, ']');
    }
    json_end(out, '}');
}

void mcp_answer_prompts_list(struct mcp *mcp, struct mcp_ask *ask)
{
    struct json_out out;

    if (mcp_refuse_cursor(mcp, ask))
        return;
    mcp_answer_begin(mcp, ask, &out);
    json_key(&out, "prompts");
    json_begin(&out, '[');
    for (const struct prompt *const *prompt = all_prompts; *prompt != NULL; prompt++)
        put_prompt(&out, ask->peer.revision, *prompt);
    json_end(&out, ']');
    mcp_answer_end(mcp, ask, &out);
}

const char *mcp_check_prompts_get(struct arena *arena, const cJSON *params)
{
    const char *name = json_get_text(params, "name");
    const cJSON *arguments = json_get(params, "arguments");

    if (name == NULL)
        return "'name' must be a string: the name of a prompt";
    if (arguments != NULL && !cJSON_IsObject(arguments))
        return "'arguments' must be an object";
    if (prompt_find(name) == NULL)
        return arena_printf(arena, "unknown prompt: %.100s", name);
    return NULL;
}

static void put_message(struct json_out *out, const struct prompt_message *message)
{
    json_begin(out, '{');
    json_put_str(out, "role", message->role);
    json_key(out, "content");
    if (message->text != NULL)
        mcp_put_text(out, message->text);
    else
        json_raw(out, message->content, strlen(message->content));
    json_end(out, '}');
}

enum status mcp_run_prompts_get(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                                struct json_out *out)
{
    const struct prompt *prompt = prompt_find(json_get_text(call->params, "name"));
    struct prompt_call pc = {.arguments = json_get(call->params, "arguments"),
                             .given = mcp_given(call)};
    const enum status status = prompt_invoke(rq, prompt, &pc);

    (void)mcp;
    call->need = pc.need;
    TRY(status);
    json_put_str(out, "description", pc.description);
    json_key(out, "messages");
    json_begin(out, '[');
    for (size_t i = 0; i < pc.n_messages; i++)
        put_message(out, &pc.messages[i]);
    json_end(out, ']');
    return ST_OK;
}
