/*
 * The field tables of every tool, arguments and results. What is taken is written back in one
 * canonical form that is taken again as the same, and fits the schema that clients are shown; what
 * is refused is told in text that JSON can carry.
 *
 * The first byte chooses between the rest as JSON and the rest as the decisions of a generator that
 * walks the table, so that values come near the bounds.
 */
#include "fuzz.h"
#include "fuzz_shape.h"
#include "planner/base/field.h"
#include "planner/tools/tool.h"

struct shape {
    const struct field *fields;
    size_t size;
};

static struct shape shape_at(size_t i)
{
    size_t n = 0;

    while (all_tools[n] != NULL)
        n++;
    i %= 2 * n;
    if (i < n)
        return (struct shape){all_tools[i]->args, all_tools[i]->args_size};
    return (struct shape){all_tools[i - n]->result, all_tools[i - n]->result_size};
}

/* Decodes, and gives what was taken in its canonical form; NULL when it was refused. */
static const char *canonical(struct req *rq, const struct shape *shape, const cJSON *tree)
{
    void *args = arena_alloc(rq->arena, shape->size);
    struct json_out out = JSON_OUT_IN(rq->arena);
    const enum status status = field_decode(rq, shape->fields, tree, NULL, shape->size, args);

    if (status != ST_OK) {
        require(status == ST_INVALID || status == ST_LIMIT);
        fuzz_require_sentence(rq);
        return NULL;
    }
    field_encode(shape->fields, args, &out);
    return json_text(&out);
}

static void check(struct req *rq, const struct shape *shape, const char *text, size_t len)
{
    struct json_fault fault;
    const char *first = NULL;
    const char *second = NULL;
    OWN_JSON tree = NULL;
    OWN_JSON again = NULL;

    if (!json_check(text, len, &fault) || fault.unfit != NULL)
        return;
    tree = json_parse(text, len);
    require(tree != NULL);
    first = canonical(rq, shape, tree);
    if (first == NULL)
        return;
    require(json_check(first, strlen(first), &fault));
    again = json_parse(first, strlen(first));
    second = canonical(rq, shape, again);
    require(second != NULL && strcmp(first, second) == 0);
    fuzz_require_shape(shape->fields, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    struct req *rq = fuzz_req();
    const bool makes = feed_byte(&feed) % 4 != 0;
    const struct shape shape = shape_at(feed_byte(&feed));

    if (makes) {
        struct json_out out = JSON_OUT_IN(rq->arena);
        fuzz_make_object(&feed, shape.fields, 0, &out);
        check(rq, &shape, json_text(&out), out.buf.len);
    } else {
        size_t len = 0;
        char *text = feed_rest(&feed, &len);
        check(rq, &shape, text, len);
        free(text);
    }
    return 0;
}
