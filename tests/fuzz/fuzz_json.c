/*
 * The gate, the parser and the walk agree: what json_check() lets through, json_parse() reads, the
 * walk takes apart completely, each part passes the gate by itself, and what the writer makes of
 * the tree passes too and is written the same again.
 */
#include "fuzz.h"

static void walk(struct span value, const cJSON *tree, bool is_unfit, int depth)
{
    struct span name = {0};
    struct span part = {0};
    struct json_fault fault;
    const cJSON *child = tree->child;
    size_t pos = 0;
    size_t last = 0;

    require(depth <= JSON_DEPTH_MAX);
    while (json_next(value, &pos, cJSON_IsObject(tree) ? &name : NULL, &part)) {
        require(pos > last && pos <= value.len); /* it moves on and stays inside */
        last = pos;
        require(part.ptr >= value.ptr && part.ptr + part.len <= value.ptr + value.len);
        require(json_check(part.ptr, part.len, &fault));
        require(child != NULL);
        if (!is_unfit && cJSON_IsObject(tree) && memchr(name.ptr, '\\', name.len) == NULL)
            require(span_is(name, child->string));
        if (cJSON_IsObject(child) || cJSON_IsArray(child))
            walk(part, child, is_unfit, depth + 1);
        child = child->next;
    }
    require(child == NULL);
}

static void rewrite(const cJSON *tree)
{
    struct json_out out = JSON_OUT_IN(fuzz_req()->arena);
    struct json_out twice = out;
    struct json_fault fault;
    OWN_JSON again = NULL;

    json_tree(&out, tree);
    require(json_check(json_text(&out), out.buf.len, &fault));
    require(fault.unfit == NULL || strcmp(fault.unfit, "is given twice") == 0);
    again = json_parse(json_text(&out), out.buf.len);
    require(again != NULL);
    json_tree(&twice, again);
    require(strcmp(json_text(&out), json_text(&twice)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_fault fault;
    char *text = feed_rest(&(struct feed){data, size}, &size);

    if (json_check(text, size, &fault)) {
        OWN_JSON tree = json_parse(text, size);
        require(fault.what == NULL && tree != NULL);
        if (cJSON_IsObject(tree) || cJSON_IsArray(tree))
            walk((struct span){text, size}, tree, fault.unfit != NULL, 1);
        rewrite(tree);
    } else {
        require(fault.what != NULL && fault.at <= size);
    }
    free(text);
    return 0;
}
