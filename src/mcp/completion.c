/* completion/complete: for arguments of prompts and variables of resource templates. */
#include "planner/service/completion.h"

#include "planner/mcp/session.h"
#include "planner/prompts/prompt.h"
#include "planner/resources/resource.h"

/* What is to be completed, and from what. */
struct subject {
    enum complete_kind kind;
    const char *const *choices; /* or NULL */
};

static const char *prompt_subject(struct arena *arena, const cJSON *ref, const char *name,
                                  struct subject *ret_subject)
{
    const char *prompt_name = json_get_text(ref, "name");
    const struct prompt *prompt = prompt_name == NULL ? NULL : prompt_find(prompt_name);
    const struct prompt_arg *arg = NULL;

    if (prompt_name == NULL)
        return "'ref' of type ref/prompt needs a 'name'";
    if (prompt == NULL)
        return arena_printf(arena, "unknown prompt: %.100s", prompt_name);
    arg = prompt_arg_find(prompt, name);
    if (arg == NULL)
        return arena_printf(arena, "the prompt %s has no argument '%.100s'", prompt_name, name);
    *ret_subject = (struct subject){.kind = arg->completes};
    return NULL;
}

static const char *resource_subject(struct arena *arena, const cJSON *ref, const char *name,
                                    struct subject *ret_subject)
{
    const char *uri = json_get_text(ref, "uri");
    const struct resource_template *template = uri == NULL ? NULL : resource_template_find(uri);

    if (uri == NULL)
        return "'ref' of type ref/resource needs a 'uri'";
    if (template == NULL)
        return arena_printf(arena, "unknown resource template: %.200s", uri);
    for (const struct resource_variable *v = template->variables; v->name != NULL; v++) {
        if (strcmp(v->name, name) == 0) {
            *ret_subject = (struct subject){v->completes, v->choices};
            return NULL;
        }
    }
    return arena_printf(arena, "the template %.200s has no variable '%.100s'", uri, name);
}

/* The sentence about what is wrong, or NULL. */
static const char *find_subject(struct arena *arena, const cJSON *params,
                                struct subject *ret_subject)
{
    const cJSON *ref = json_get(params, "ref");
    const cJSON *argument = json_get(params, "argument");
    const char *type = json_get_text(ref, "type");
    const char *name = json_get_text(argument, "name");

    if (name == NULL || json_get_text(argument, "value") == NULL)
        return "'argument' must have a 'name' and a 'value', both strings";
    if (type != NULL && strcmp(type, "ref/prompt") == 0)
        return prompt_subject(arena, ref, name, ret_subject);
    if (type != NULL && strcmp(type, "ref/resource") == 0)
        return resource_subject(arena, ref, name, ret_subject);
    return "'ref' must have the 'type' ref/prompt or ref/resource";
}

const char *mcp_check_completion(struct arena *arena, const cJSON *params)
{
    struct subject subject;

    return find_subject(arena, params, &subject);
}

static void put_choices(struct json_out *out, const char *const *choices, const char *prefix)
{
    int n = 0;

    json_key(out, "values");
    json_begin(out, '[');
    for (; *choices != NULL; choices++) {
        if (strncmp(*choices, prefix, strlen(prefix)) == 0) {
            json_str(out, *choices);
            n++;
        }
    }
    json_end(out, ']');
    json_put_int(out, "total", n);
    json_put_bool(out, "hasMore", false);
}

static void put_found(struct json_out *out, const struct completions *found)
{
    json_key(out, "values");
    json_begin(out, '[');
    for (size_t i = 0; i < found->values.n; i++)
        json_str(out, *LIST_AT(found->values, i, const char *const));
    json_end(out, ']');
    if (found->total.set)
        json_put_int(out, "total", found->total.v);
    json_put_bool(out, "hasMore", found->has_more.v);
}

enum status mcp_run_completion(struct mcp *mcp, struct req *rq, struct mcp_call *call,
                               struct json_out *out)
{
    static const char *const nothing[] = {NULL};
    const char *prefix = json_get_text(json_get(call->params, "argument"), "value");
    const cJSON *context = json_get(json_get(call->params, "context"), "arguments");
    struct completions found = {0};
    struct subject subject = {0};

    (void)mcp;
    if (find_subject(rq->arena, call->params, &subject) != NULL)
        return req_bug(rq, "completion/complete was queued unchecked");
    if (subject.kind != COMPLETE_NONE)
        TRY(complete_find(rq, subject.kind, prefix, json_get_text(context, "project"), &found));
    json_key(out, "completion");
    json_begin(out, '{');
    if (subject.kind != COMPLETE_NONE)
        put_found(out, &found);
    else
        put_choices(out, subject.choices != NULL ? subject.choices : nothing, prefix);
    json_end(out, '}');
    return ST_OK;
}
