/*
 * YAML by libyaml, as a tree of JSON. Every scalar is a text but a plain null, so that nothing
 * turns into a number or a date on the way (1.0, yes, 2026-01-01). Anchors and aliases are refused:
 * no program that we read writes them, and a few lines of them unfold into gigabytes.
 */
#include "planner/exchange/yaml_tree.h"

#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 32
#define NODES_MAX 100000

struct build {
    cJSON *stack[DEPTH_MAX]; /* the open lists and maps */
    cJSON *root;
    char *key; /* of the map on top, waiting for its value; owned */
    const char *fault;
    int depth;
    int nodes;
};

static void drop_event(yaml_event_t *event)
{
    yaml_event_delete(event);
}
static void drop_parser(yaml_parser_t *parser)
{
    yaml_parser_delete(parser);
}

static bool fails(struct build *b, const char *fault)
{
    b->fault = fault;
    return false;
}

/* Put a value where it belongs. Takes it. */
static bool place_value(struct build *b, cJSON *value)
{
    cJSON *top = b->depth == 0 ? NULL : b->stack[b->depth - 1];

    if (top == NULL) {
        b->root = value;
        return true;
    }
    if (cJSON_IsArray(top))
        return cJSON_AddItemToArray(top, value) != 0;
    (void)cJSON_AddItemToObject(top, b->key, value);
    cJSON_free(b->key);
    b->key = NULL;
    return true;
}

/* The top is a map that waits for a name. */
static bool wants_name(const struct build *b)
{
    return b->depth > 0 && cJSON_IsObject(b->stack[b->depth - 1]) && b->key == NULL;
}

static bool take_scalar(struct build *b, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const bool null =
        plain && (*text == '\0' || strcmp(text, "null") == 0 || strcmp(text, "~") == 0);
    cJSON *value = NULL;

    if (strlen(text) != event->data.scalar.length)
        return fails(b, "holds U+0000");
    if (wants_name(b)) {
        if (json_get(b->stack[b->depth - 1], text) != NULL)
            return fails(b, "a name is given twice");
        value = cJSON_CreateString(text);
        b->key = value->valuestring; /* moved out of its shell */
        value->valuestring = NULL;
        cJSON_Delete(value);
        return true;
    }
    return place_value(b, null ? cJSON_CreateNull() : cJSON_CreateString(text));
}

static bool take_start(struct build *b, cJSON *value)
{
    if (wants_name(b) || b->depth == DEPTH_MAX) {
        cJSON_Delete(value);
        return fails(b,
                     b->depth == DEPTH_MAX ? "is nested too deep" : "has a name that is no text");
    }
    if (!place_value(b, value))
        return false;
    b->stack[b->depth++] = value;
    return true;
}

static bool has_anchor(const yaml_event_t *event)
{
    return event->type == YAML_ALIAS_EVENT ||
           (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor != NULL) ||
           (event->type == YAML_SEQUENCE_START_EVENT &&
            event->data.sequence_start.anchor != NULL) ||
           (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor != NULL);
}

static bool take(struct build *b, const yaml_event_t *event)
{
    if (++b->nodes > NODES_MAX)
        return fails(b, "has too many values");
    if (has_anchor(event))
        return fails(b, "has an anchor or alias");
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return take_start(b, cJSON_CreateArray());
    case YAML_MAPPING_START_EVENT:
        return take_start(b, cJSON_CreateObject());
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return true;
    case YAML_DOCUMENT_START_EVENT:
        return b->root == NULL || fails(b, "holds more than one document");
    default:
        return true;
    }
}

/* All events until the end of the stream; false with the line of the fault. */
static bool build_tree(struct build *b, struct span text, size_t *ret_line)
{
    __attribute__((cleanup(drop_parser))) yaml_parser_t parser;
    bool going = true;

    if (!yaml_parser_initialize(&parser))
        return fails(b, "cannot be read: no memory is left");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    while (going) {
        __attribute__((cleanup(drop_event))) yaml_event_t event = {0};
        if (!yaml_parser_parse(&parser, &event)) {
            *ret_line = parser.problem_mark.line;
            return fails(b, parser.problem == NULL ? "cannot be read" : parser.problem);
        }
        *ret_line = event.start_mark.line;
        if (!take(b, &event))
            return false;
        going = event.type != YAML_STREAM_END_EVENT;
    }
    return true;
}

enum status yaml_tree(struct req *rq, const char *what, size_t line, struct span text,
                      cJSON **ret_tree)
{
    struct build b = {0};
    size_t at = 0;
    const bool good = build_tree(&b, text, &at);
    enum status status = ST_OK;

    if (!good)
        status = req_fail(rq, ST_INVALID, "'%s': line %zu: the YAML %s", what, line + at, b.fault);
    cJSON_free(b.key);
    if (status != ST_OK) {
        cJSON_Delete(b.root);
        return status;
    }
    *ret_tree = b.root == NULL ? cJSON_CreateObject() : b.root;
    return ST_OK;
}

/* Past the end of the line that begins at `at`. */
static size_t next_line(struct span text, size_t at)
{
    const char *end = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;

    return end == NULL ? text.len : (size_t)(end - text.ptr) + 1;
}

/* The line is --- and nothing else. */
static bool is_fence(struct span text, size_t at)
{
    const size_t end = next_line(text, at);

    if (end - at < 3 || memcmp(text.ptr + at, "---", 3) != 0)
        return false;
    for (size_t i = at + 3; i < end; i++) {
        if (strchr(" \t\r\n", text.ptr[i]) == NULL)
            return false;
    }
    return true;
}

enum status front_matter_read(struct req *rq, const char *what, struct span text, cJSON **ret_tree,
                              struct span *ret_body)
{
    const size_t begin = next_line(text, 0);
    size_t end = begin;
    size_t body = 0;
    cJSON *tree = NULL;

    if (!is_fence(text, 0))
        return req_fail(rq, ST_INVALID, "'%s' has no front matter: its first line is not ---",
                        what);
    while (end < text.len && !is_fence(text, end))
        end = next_line(text, end);
    if (end >= text.len)
        return req_fail(rq, ST_INVALID, "'%s': its front matter has no end (a line ---)", what);
    TRY(yaml_tree(rq, what, 2, (struct span){text.ptr + begin, end - begin}, &tree));
    if (!cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        return req_fail(rq, ST_INVALID, "'%s': its front matter is no list of names and values",
                        what);
    }
    *ret_tree = tree;
    body = next_line(text, end);
    *ret_body = (struct span){text.ptr + body, text.len - body};
    return ST_OK;
}
