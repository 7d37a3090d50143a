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
    bool twice;    /* a member of the envelope was given more than once */
    bool id_twice; /* and that was the id */
};

static void message_refuse(struct rpc_message *message, enum rpc_code code, const char *problem)
{
    message->kind = RPC_INVALID;
    message->code = code;
    message->problem = problem;
}

#define NAME_SHOWN ((size_t)64) /* bytes of a raw name that an answer quotes */

/* The beginning of a raw name, not cut inside of a character or an escape. */
static const char *shown(struct arena *arena, struct span raw)
{
    size_t len = raw.len < NAME_SHOWN ? raw.len : NAME_SHOWN;
    const char *escape = memchr(raw.ptr, '\\', len);

    if (escape != NULL)
        len = (size_t)(escape - raw.ptr);
    while (len > 0 && len < raw.len && ((unsigned char)raw.ptr[len] & 0xC0) == 0x80)
        len--;
    return arena_copy(arena, raw.ptr, len);
}

/* A raw JSON string (with its quotes) as text. */
static const char *text_of(struct arena *arena, struct span raw)
{
    OWN_JSON tree = json_parse(raw.ptr, raw.len);

    return cJSON_IsString(tree) ? arena_strdup(arena, tree->valuestring) : "";
}

/* What is said of a member whose value, or name, is unfit. */
static const char *unfit_text(struct arena *arena, const struct json_fault *fault)
{
    const struct span raw = fault->unfit_name;
    const bool is_long = raw.len > NAME_SHOWN;

    if (raw.len == 0)
        return arena_printf(arena, "the name of a member %s", fault->unfit);
    if (is_long || memchr(raw.ptr, '\\', raw.len) == NULL)
        return arena_printf(arena, "'%s%s' %s", shown(arena, raw), is_long ? "..." : "",
                            fault->unfit);
    return arena_printf(arena, "'%s' %s", text_of(arena, (struct span){raw.ptr - 1, raw.len + 2}),
                        fault->unfit);
}

/* The sentence about what makes a value unfit, or NULL. */
static const char *unfit_of(struct arena *arena, struct span value)
{
    struct json_fault fault;

    if (value.ptr == NULL || !json_check(value.ptr, value.len, &fault) || fault.unfit == NULL)
        return NULL;
    return unfit_text(arena, &fault);
}

static struct span *envelope_member(struct envelope *envelope, struct span name)
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
        if (json_same(name, (struct span){members[i].name, strlen(members[i].name)}))
            return members[i].place;
    }
    return NULL;
}

static void envelope_read(struct span text, struct envelope *ret_envelope)
{
    size_t pos = 0;
    struct span name = {0};
    struct span value = {0};

    *ret_envelope = (struct envelope){0};
    while (json_next(text, &pos, &name, &value)) {
        struct span *place = envelope_member(ret_envelope, name);
        if (place == NULL)
            continue;
        if (place->ptr != NULL) {
            ret_envelope->twice = true;
            ret_envelope->id_twice = ret_envelope->id_twice || place == &ret_envelope->id;
        }
        *place = value;
    }
}

bool rpc_id_is_readable(struct span id)
{
    size_t i = 0;

    if (id.len > RPC_ID_MAX)
        return false;
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

static bool span_is_text(struct span raw, const char *text)
{
    return span_is_string(raw) &&
           json_same((struct span){raw.ptr + 1, raw.len - 2}, (struct span){text, strlen(text)});
}

static void request_read(struct arena *arena, const struct envelope *envelope,
                         struct rpc_message *message)
{
    message->params = envelope->params;
    if (envelope->params.ptr != NULL && envelope->params.ptr[0] != '{')
        message_refuse(message, RPC_INVALID_PARAMS, "'params' must be an object");
    else if (has_too_many_values(envelope->params))
        message_refuse(message, RPC_INVALID_PARAMS,
                       arena_printf(arena, "'params' may hold at most %d values; split the message",
                                    RPC_VALUES_MAX));
    else
        message->kind = RPC_REQUEST;
}

static void notification_read(const struct envelope *envelope, struct rpc_message *message)
{
    message->kind = RPC_NOTIFICATION;
    if (envelope->params.ptr != NULL && envelope->params.ptr[0] == '{' &&
        !has_too_many_values(envelope->params))
        message->params = envelope->params;
}

static void response_read(const struct envelope *envelope, struct rpc_message *message)
{
    message->kind = RPC_RESPONSE;
    message->is_error = envelope->error.ptr != NULL || envelope->twice;
    message->result = envelope->result;
}

/* A message with a method: what is wrong with it is answered, also when it has no id. */
static void asking_read(struct arena *arena, const struct envelope *envelope,
                        struct rpc_message *message)
{
    if (envelope->twice)
        message_refuse(message, RPC_INVALID_REQUEST, "a member of the message is given twice");
    else if (envelope->id.ptr != NULL && envelope->id.len > RPC_ID_MAX)
        message_refuse(message, RPC_INVALID_REQUEST,
                       arena_printf(arena, "'id' may have at most %d bytes", RPC_ID_MAX));
    else if (envelope->id.ptr != NULL && message->id.ptr == NULL)
        message_refuse(message, RPC_INVALID_REQUEST, "'id' must be a string or an integer");
    else if (!span_is_text(envelope->jsonrpc, "2.0"))
        message_refuse(message, RPC_INVALID_REQUEST, "'jsonrpc' must be \"2.0\"");
    else if (envelope->method.ptr == NULL)
        message_refuse(message, RPC_INVALID_REQUEST, "'method' is missing");
    else if (!span_is_string(envelope->method))
        message_refuse(message, RPC_INVALID_REQUEST, "'method' must be a string");
    else if (envelope->id.ptr == NULL)
        notification_read(envelope, message);
    else
        request_read(arena, envelope, message);
}

/* cJSON would cut such a name short, which could then look like another one. */
static void method_read(struct arena *arena, struct span method, struct rpc_message *message)
{
    if (unfit_of(arena, method) == NULL)
        message->method = text_of(arena, method);
    else if (message->kind == RPC_REQUEST)
        message_refuse(message, RPC_METHOD_NOT_FOUND, "no such method");
}

static void message_read(struct arena *arena, struct span text, bool has_unfit,
                         struct rpc_message *message)
{
    struct envelope envelope;

    message->method = "";
    if (text.ptr[0] != '{') {
        message_refuse(message, RPC_INVALID_REQUEST, "a message must be an object");
        return;
    }
    envelope_read(text, &envelope);
    if (envelope.id.ptr != NULL && !envelope.id_twice && rpc_id_is_readable(envelope.id))
        message->id = envelope.id;
    if (envelope.method.ptr == NULL && (envelope.result.ptr != NULL || envelope.error.ptr != NULL))
        response_read(&envelope, message);
    else
        asking_read(arena, &envelope, message);
    if (message->kind == RPC_REQUEST || message->kind == RPC_NOTIFICATION)
        method_read(arena, envelope.method, message);
    if (has_unfit)
        message->unfit =
            unfit_of(arena, message->kind == RPC_RESPONSE ? message->result : message->params);
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

/* Bytes that are no JSON have no id. What is too much of it may have one. */
static void frame_refuse(struct arena *arena, struct span text, const struct json_fault *fault,
                         struct rpc_frame *ret_frame)
{
    const char *problem = arena_printf(arena, "%s (byte %zu)", fault->what, fault->at);
    struct rpc_glance *glance = fault->is_limit ? ARENA_NEW(arena, struct rpc_glance) : NULL;

    ret_frame->n = 1;
    ret_frame->messages = ARENA_NEW(arena, struct rpc_message);
    ret_frame->messages->method = "";
    message_refuse(ret_frame->messages, fault->is_limit ? RPC_INVALID_REQUEST : RPC_PARSE_ERROR,
                   problem);
    if (glance == NULL)
        return;
    rpc_glance_begin(glance);
    rpc_glance_feed(glance, text.ptr, text.len);
    ret_frame->messages->id = rpc_glance_id(glance);
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

static void batch_read(struct arena *arena, struct span array, bool has_unfit,
                       struct rpc_frame *ret_frame)
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
        message_read(arena, value, has_unfit, &ret_frame->messages[i]);
}

void rpc_read(struct arena *arena, const char *text, size_t len, struct rpc_frame *ret_frame)
{
    struct json_fault fault;

    *ret_frame = (struct rpc_frame){0};
    if (!json_check(text, len, &fault)) {
        frame_refuse(arena, (struct span){text, len}, &fault, ret_frame);
        return;
    }
    while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
        text++;
        len--;
    }
    if (*text == '[') {
        batch_read(arena, (struct span){text, len}, fault.unfit != NULL, ret_frame);
    } else {
        ret_frame->n = 1;
        ret_frame->messages = ARENA_NEW(arena, struct rpc_message);
        message_read(arena, (struct span){text, len}, fault.unfit != NULL, ret_frame->messages);
    }
}

bool rpc_id_same(struct span a, struct span b)
{
    if (a.ptr == NULL || b.ptr == NULL)
        return false;
    if (a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0)
        return true;
    return a.ptr[0] == '"' && b.ptr[0] == '"' &&
           json_same((struct span){a.ptr + 1, a.len - 2}, (struct span){b.ptr + 1, b.len - 2});
}
