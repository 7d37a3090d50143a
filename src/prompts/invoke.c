/* One prompts/get: check the arguments, run, look at what came out. */
#include "planner/prompts/prompt_parts.h"

/* The names that a caller may use, for the sentence about one that is not among them. */
static const char *arg_names(struct req *rq, const struct prompt *prompt)
{
    struct buf names = BUF_IN(rq->arena);

    for (int i = 0; prompt->args != NULL && prompt->args[i].name != NULL; i++)
        buf_printf(&names, "%s'%s'", i == 0 ? "" : ", ", prompt->args[i].name);
    return names.len == 0 ? "no arguments" : buf_str(&names);
}

static size_t count_characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static enum status check_argument(struct req *rq, const struct prompt *prompt, const cJSON *given)
{
    const char *name = given->string;

    if (prompt_arg_find(prompt, name) == NULL)
        return req_fail(rq, ST_INVALID, "'%.60s' is no argument of %s, which takes %s", name,
                        prompt->name, arg_names(rq, prompt));
    if (!cJSON_IsString(given))
        return req_fail(rq, ST_INVALID, "'%s' must be a string", name);
    if (count_characters(given->valuestring) > PROMPT_VALUE_MAX)
        return req_fail(rq, ST_INVALID, "'%s' must have at most %d characters, got %zu", name,
                        PROMPT_VALUE_MAX, count_characters(given->valuestring));
    return ST_OK;
}

/* A host sends an argument that its user left empty as ""; it counts as not given. */
static enum status take_arguments(struct req *rq, const struct prompt *prompt,
                                  struct prompt_call *call)
{
    const cJSON *given = NULL;

    if (call->arguments != NULL && !cJSON_IsObject(call->arguments))
        return req_fail(rq, ST_INVALID, "'arguments' must be an object");
    cJSON_ArrayForEach(given, call->arguments)
    {
        TRY(check_argument(rq, prompt, given));
    }
    for (int i = 0; prompt->args != NULL && prompt->args[i].name != NULL; i++) {
        const struct prompt_arg *arg = &prompt->args[i];
        const char *value = json_get_text(call->arguments, arg->name);
        call->values[i] = value != NULL && *value != '\0' ? value : NULL;
        if (arg->required && call->values[i] == NULL)
            return req_fail(rq, ST_INVALID, "'%s' is missing: %s", arg->name, arg->doc);
    }
    return ST_OK;
}

static size_t message_size(const struct prompt_message *message)
{
    return message->text != NULL ? quote_cost(message->text) : strlen(message->content);
}

enum status prompt_invoke(struct req *rq, const struct prompt *prompt, struct prompt_call *call)
{
    size_t size = 0;

    TRY(take_arguments(rq, prompt, call));
    TRY(prompt->run(rq, call));
    TRY(req_check_memory(rq));
    for (size_t i = 0; i < call->n_messages; i++)
        size += message_size(&call->messages[i]);
    if (size > PROMPT_MESSAGE_MAX)
        return req_bug(rq, "the messages of prompt %s have %zu bytes", prompt->name, size);
    return ST_OK;
}

void prompt_tell(struct req *rq, struct prompt_call *call, const char *text)
{
    struct prompt_message *message = ARENA_NEW(rq->arena, struct prompt_message);

    *message = (struct prompt_message){.role = "user", .text = text};
    call->messages = message;
    call->n_messages = 1;
}
