/*
 * The envelope: whatever the bytes, each message is one of the four kinds with what the kind needs;
 * a batch is the list of what its elements are by themselves; an answer to a message is valid, and
 * is read as the answer to that message; a glance sees the id that reading finds.
 */
#include "fuzz.h"
#include "planner/rpc/rpc.h"

static bool is_inside(struct span part, const char *text, size_t len)
{
    return part.ptr == NULL || (part.ptr >= text && part.ptr + part.len <= text + len);
}

static bool spans_equal(struct span a, struct span b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && a.len == b.len &&
           (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/*
 * The parts are where they say, and each is a value by itself. Of what is not read at all only the
 * id is known, which is a copy.
 */
static void check_parts(const struct rpc_message *m, bool is_read, const char *text, size_t len)
{
    const struct span parts[] = {m->id, m->params, m->result};
    struct json_fault fault;

    for (size_t i = 0; i < LENGTH_OF(parts); i++) {
        require(!is_read || is_inside(parts[i], text, len));
        if (parts[i].ptr != NULL)
            require(json_check(parts[i].ptr, parts[i].len, &fault));
    }
    require(m->method != NULL);
}

/* The kind has what it needs, and nothing that it cannot have. */
static void check_kind(struct arena *arena, const struct rpc_message *m)
{
    switch (m->kind) {
    case RPC_REQUEST:
        require(m->id.ptr != NULL);
        require(m->params.ptr == NULL || m->params.ptr[0] == '{');
        break;
    case RPC_NOTIFICATION:
        require(m->id.ptr == NULL);
        break;
    case RPC_RESPONSE:
        require(m->method[0] == '\0' && m->params.ptr == NULL);
        break;
    case RPC_INVALID:
        require(m->code <= RPC_INVALID_REQUEST || m->code == RPC_INVALID_PARAMS);
        require(m->code < 0 && m->problem != NULL && m->problem[0] != '\0');
        break;
    }
    require(fuzz_is_text(arena, m->method, strlen(m->method)));
    if (m->unfit != NULL)
        require(fuzz_is_text(arena, m->unfit, strlen(m->unfit)));
}

/* The answer is one message, and it is a response to the same id. */
static void check_answer(struct arena *arena, const struct rpc_message *m)
{
    const char *problem = m->kind == RPC_INVALID ? m->problem : "why";
    struct json_out out = JSON_OUT_IN(arena);
    struct json_fault fault;
    struct rpc_frame frame;

    rpc_error(&out, m->id, RPC_INTERNAL_ERROR, problem, "{}");
    require(json_check(json_text(&out), out.buf.len, &fault));
    rpc_read(arena, json_text(&out), out.buf.len, &frame);
    require(frame.n == 1 && !frame.batch);
    require(frame.messages[0].kind == RPC_RESPONSE && frame.messages[0].is_error);
    require(spans_equal(frame.messages[0].id, m->id));
    if (m->id.ptr != NULL)
        require(rpc_id_same(frame.messages[0].id, m->id));
}

/* What a tree says about a message that was taken. */
static void check_against_tree(const struct rpc_message *m, const cJSON *tree)
{
    if (m->kind != RPC_REQUEST && m->kind != RPC_NOTIFICATION)
        return;
    require(strcmp(json_get_text(tree, "method"), m->method) == 0 || m->method[0] == '\0');
    require(strcmp(json_get_text(tree, "jsonrpc"), "2.0") == 0);
    if (m->kind == RPC_REQUEST || m->params.ptr != NULL)
        require(cJSON_IsObject(json_get(tree, "params")) == (m->params.ptr != NULL));
    require((json_get(tree, "id") != NULL) == (m->kind == RPC_REQUEST));
}

static void check_alone(struct arena *arena, const struct rpc_message *in_batch,
                        struct span element)
{
    struct rpc_frame frame;
    const struct rpc_message *m = NULL;

    rpc_read(arena, element.ptr, element.len, &frame);
    if (frame.batch)
        return; /* a list in a list is no message */
    m = &frame.messages[0];
    require(m->kind == in_batch->kind && strcmp(m->method, in_batch->method) == 0);
    require(spans_equal(m->id, in_batch->id) && spans_equal(m->params, in_batch->params));
    require(spans_equal(m->result, in_batch->result) && m->is_error == in_batch->is_error);
    require(m->code == in_batch->code && (m->unfit != NULL) == (in_batch->unfit != NULL));
}

/* cJSON cuts a name at U+0000, so the tree says little when anything is unfit. */
static void check_frame(struct arena *arena, const struct rpc_frame *frame, bool is_fit,
                        const char *text, size_t len)
{
    OWN_JSON tree = json_parse(text, len);
    const cJSON *child = frame->batch ? tree->child : tree;
    struct span element = {text, len};
    size_t pos = 0;

    for (size_t i = 0; i < frame->n; i++) {
        if (frame->batch) {
            require(json_next((struct span){text, len}, &pos, NULL, &element));
            check_alone(arena, &frame->messages[i], element);
        }
        if (is_fit)
            check_against_tree(&frame->messages[i], child);
        child = child == NULL ? NULL : child->next;
    }
}

/*
 * What is glanced at in pieces has the id that is read, or none: never another one. Without
 * escapes, which may spell the name, it is always found.
 */
static void check_glance(const struct rpc_frame *frame, const char *text, size_t len)
{
    static struct rpc_glance glance;
    const struct span read = frame->batch ? (struct span){0} : frame->messages[0].id;
    struct span seen = {0};

    rpc_glance_begin(&glance);
    for (size_t at = 0, n = 0; at < len; at += n) {
        n = at % 7 + 1 < len - at ? at % 7 + 1 : len - at;
        rpc_glance_feed(&glance, text + at, n);
    }
    seen = rpc_glance_id(&glance);
    require(seen.ptr == NULL || spans_equal(seen, read));
    if (read.ptr != NULL && memchr(text, '\\', len) == NULL)
        require(seen.ptr != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_req()->arena;
    struct json_fault fault;
    struct rpc_frame frame;
    size_t len = 0;
    char *text = feed_rest(&(struct feed){data, size}, &len);
    const bool is_read = json_check(text, len, &fault);
    const bool is_limit = fault.is_limit;
    const bool is_fit = fault.unfit == NULL;

    rpc_read(arena, text, len, &frame);
    for (size_t i = 0; i < frame.n; i++) {
        check_parts(&frame.messages[i], is_read, text, len);
        check_kind(arena, &frame.messages[i]);
        check_answer(arena, &frame.messages[i]);
    }
    if (is_read) {
        check_glance(&frame, text, len);
        if (frame.batch || frame.messages[0].kind != RPC_INVALID)
            check_frame(arena, &frame, is_fit, text, len);
    } else {
        require(!frame.batch && frame.n == 1 && frame.messages[0].kind == RPC_INVALID);
        require(frame.messages[0].id.ptr == NULL || is_limit);
    }
    free(text);
    return 0;
}
