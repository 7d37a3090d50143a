/* From bytes to messages: the envelope is walked raw, so that ids survive and nothing is merged. */
#include "planner/rpc/rpc.h"

/* Whether an object or array has more values in it, at any depth, than are worth parsing. */
static bool has_too_many_values(struct span text)
{
    size_t n = 0;
    bool quoted = false;

    if (text.ptr == NULL || text.len < RPC_VALUES_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (quoted && text.ptr[i] == '\\')
            i++;
        else if (text.ptr[i] == '"')
            quoted = !quoted;
        else if (!quoted && strchr(",[{", text.ptr[i]) != NULL)
            n++;
    }
    return n > RPC_VALUES_MAX;
}

/* The members of one message, raw; ptr NULL: absent. */
struct envelope {
    struct span jsonrpc, id, method, params, result, error;
    bool twice; /* a member of the envelope was given more than once */
};

static void message_refuse(struct rpc_message *message, enum rpc_code code, const char *problem)
{
    message->kind = RPC_INVALID;
    message->code = code;
    message->problem = problem;
}

/* A raw JSON string (with its quotes) as text. */
static const char *text_of(struct arena *arena, struct span raw)
{
    OWN_JSON tree = json_parse(raw.ptr, raw.len);

    return cJSON_IsString(tree) ? arena_strdup(arena, tree->valuestring) : "";
}

/* A raw member name (without its quotes) as text. */
static const char *name_of(struct arena *arena, struct span raw)
{
    if (raw.len == 0)
        return "";
    if (memchr(raw.ptr, '\\', raw.len) == NULL)
        return arena_copy(arena, raw.ptr, raw.len);
    return text_of(arena, (struct span){raw.ptr - 1, raw.len + 2});
}

static struct span *envelope_member(struct envelope *envelope, const char *name)
{
    const struct {
        const char *name;
        struct span *place;
    } members[] = {
        {"jsonrpc", &envelope->jsonrpc}, {"id", &envelope->id},
        {"method", &envelope->method},   {"params", &envelope->params},
        {"result", &envelope->result},   {"error", &envelope->error},
    };

    for (size_t i = 0; i < LENGTH_OF(members); i++) {
        if (strcmp(members[i].name, name) == 0)
            return members[i].place;
    }
    return NULL;
}

static void envelope_read(struct arena *arena, struct span text, struct envelope *ret_envelope)
{
    size_t pos = 0;
    struct span name = {0};
    struct span value = {0};

    *ret_envelope = (struct envelope){0};
    while (json_next(text, &pos, &name, &value)) {
        struct span *place = envelope_member(ret_envelope, name_of(arena, name));
        if (place == NULL)
            continue;
        if (place->ptr != NULL)
            ret_envelope->twice = true;
        *place = value;
    }
}

static bool id_is_readable(struct span id)
{
    size_t i = 0;

    if (id.ptr[0] == '"')
        return true;
    if (id.ptr[0] == '-')
        i = 1;
    for (; i < id.len; i++) {
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return false;
    }
    return true;
}

static bool span_is_string(struct span span)
{
    return span.ptr != NULL && span.ptr[0] == '"';
}

/* A string that holds U+0000 would be cut short by cJSON and then look like another method. */
static bool span_has_nul(struct span span)
{
    return memmem(span.ptr, span.len, "\\u0000", 6) != NULL;
}

static void request_read(struct arena *arena, const struct envelope *envelope,
                         struct rpc_message *message)
{
    message->kind = envelope->id.ptr != NULL ? RPC_REQUEST : RPC_NOTIFICATION;
    message->params = envelope->params;
    if (!span_is_string(envelope->method)) {
        message_refuse(message, RPC_INVALID_REQUEST, "'method' must be a string");
        return;
    }
    if (span_has_nul(envelope->method)) {
        message_refuse(message, RPC_INVALID_PARAMS,
                       "'method' must not contain the character U+0000");
        return;
    }
    message->method = text_of(arena, envelope->method);
    if (envelope->params.ptr != NULL && envelope->params.ptr[0] != '{' &&
        message->kind == RPC_REQUEST)
        message_refuse(message, RPC_INVALID_PARAMS, "'params' must be an object");
    else if (has_too_many_values(envelope->params))
        message_refuse(message, RPC_INVALID_PARAMS,
                       arena_printf(arena, "'params' may hold at most %d values; split the message",
                                    RPC_VALUES_MAX));
}

/* A batch's elements are looked at one by one: the fault of one is not that of its neighbours. */
static const char *nul_name_of(struct arena *arena, struct span text)
{
    struct json_fault fault;

    if (span_has_nul(text) && json_check(text.ptr, text.len, &fault) && fault.nul_name.ptr != NULL)
        return name_of(arena, fault.nul_name);
    return NULL;
}

static void message_read(struct arena *arena, struct span text, struct rpc_message *message)
{
    struct envelope envelope;

    message->method = "";
    message->nul_name = nul_name_of(arena, text);
    if (text.ptr[0] != '{') {
        message_refuse(message, RPC_INVALID_REQUEST, "a message must be an object");
        return;
    }
    envelope_read(arena, text, &envelope);
    if (envelope.twice) {
        message_refuse(message, RPC_INVALID_REQUEST, "a member of the message is given twice");
        return;
    }
    if (envelope.id.ptr != NULL && id_is_readable(envelope.id))
        message->id = envelope.id;
    if (envelope.method.ptr == NULL &&
        (envelope.result.ptr != NULL || envelope.error.ptr != NULL)) {
        message->kind = RPC_RESPONSE;
        message->is_error = envelope.error.ptr != NULL;
        message->result = envelope.result;
        return;
    }
    if (envelope.id.ptr != NULL && message->id.ptr == NULL)
        message_refuse(message, RPC_INVALID_REQUEST, "'id' must be a string or an integer");
    else if (envelope.jsonrpc.ptr == NULL || !span_is(envelope.jsonrpc, "\"2.0\""))
        message_refuse(message, RPC_INVALID_REQUEST, "'jsonrpc' must be \"2.0\"");
    else if (envelope.method.ptr == NULL)
        message_refuse(message, RPC_INVALID_REQUEST, "'method' is missing");
    else
        request_read(arena, &envelope, message);
}

static size_t count_elements(struct span array)
{
    size_t pos = 0;
    size_t n = 0;
    struct span value = {0};

    while (json_next(array, &pos, NULL, &value))
        n++;
    return n;
}

static void frame_refuse(struct arena *arena, const struct json_fault *fault,
                         struct rpc_frame *ret_frame)
{
    const bool too_deep = strncmp(fault->what, "nested", 6) == 0;
    const char *problem = arena_printf(arena, "%s (byte %zu)", fault->what, fault->at);

    ret_frame->n = 1;
    ret_frame->messages = ARENA_NEW(arena, struct rpc_message);
    ret_frame->messages->method = "";
    message_refuse(ret_frame->messages, too_deep ? RPC_INVALID_REQUEST : RPC_PARSE_ERROR, problem);
}

/* Elements of two bytes each would otherwise take a hundred times their size. */
static void batch_refuse(struct arena *arena, struct rpc_frame *ret_frame)
{
    ret_frame->n = 1;
    ret_frame->messages = ARENA_NEW(arena, struct rpc_message);
    ret_frame->messages->method = "";
    message_refuse(ret_frame->messages, RPC_INVALID_REQUEST,
                   arena_printf(arena, "a batch may have at most %d messages", RPC_BATCH_MAX));
}

static void batch_read(struct arena *arena, struct span array, struct rpc_frame *ret_frame)
{
    const size_t n = count_elements(array);
    size_t pos = 0;
    struct span value = {0};

    if (n > RPC_BATCH_MAX) {
        batch_refuse(arena, ret_frame);
        return;
    }
    ret_frame->batch = true;
    ret_frame->n = n;
    ret_frame->messages = ARENA_MANY(arena, ret_frame->n, struct rpc_message);
    for (size_t i = 0; i < ret_frame->n && json_next(array, &pos, NULL, &value); i++)
        message_read(arena, value, &ret_frame->messages[i]);
}

void rpc_read(struct arena *arena, const char *text, size_t len, struct rpc_frame *ret_frame)
{
    struct json_fault fault;

    *ret_frame = (struct rpc_frame){0};
    if (!json_check(text, len, &fault)) {
        frame_refuse(arena, &fault, ret_frame);
        return;
    }
    while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
        text++;
        len--;
    }
    if (*text == '[') {
        batch_read(arena, (struct span){text, len}, ret_frame);
    } else {
        ret_frame->n = 1;
        ret_frame->messages = ARENA_NEW(arena, struct rpc_message);
        message_read(arena, (struct span){text, len}, ret_frame->messages);
    }
}

bool rpc_id_same(struct span a, struct span b)
{
    OWN_JSON left = NULL;
    OWN_JSON right = NULL;

    if (a.ptr == NULL || b.ptr == NULL)
        return false;
    if (a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0)
        return true;
    if (a.ptr[0] != '"' || b.ptr[0] != '"')
        return false;
    left = json_parse(a.ptr, a.len);
    right = json_parse(b.ptr, b.len);
    return cJSON_IsString(left) && cJSON_IsString(right) &&
           strcmp(left->valuestring, right->valuestring) == 0;
}
