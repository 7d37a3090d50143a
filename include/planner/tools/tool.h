/*
 * One declaration per tool. From it come decoding, validation, inputSchema, outputSchema,
 * annotations and docs/TOOLS.md; the tests iterate over the registry.
 *
 * Adding a tool: one handler block in src/tools/<family>.c, one line in src/tools/registry.c, its
 * .sql files, one transcript. CONTRIBUTING.md walks through it.
 */
#ifndef PLANNER_TOOLS_TOOL_H
#define PLANNER_TOOLS_TOOL_H

#include "planner/base/field.h"
#include "planner/base/input.h"
#include "planner/base/req.h"

enum tool_hint {
    TOOL_READS = 1,      /* readOnlyHint */
    TOOL_DESTROYS = 2,   /* destructiveHint: changes or removes what was there */
    TOOL_REPEATABLE = 4, /* idempotentHint: the same call again changes nothing more */
    TOOL_ASKS = 8,       /* may answer ST_NEED_INPUT (base/input.h) */
    TOOL_LISTS = 16      /* changes what resources/list tells */
};

/* One call, on its way down and back. */
struct tool_call {
    const cJSON *arguments;   /* an object, or NULL for none */
    struct input_given given; /* answers, when this is the retry of a call that needed them */
    /* Out: ST_OK: texts; ST_NEED_INPUT: need; otherwise the message is in the request. */
    const char *structured; /* JSON object that matches outputSchema; NULL: the tool has none */
    const char *text;       /* NULL when `tell` said nothing */
    const char *blocks;     /* further content blocks, JSON objects separated by commas, or NULL */
    struct input_need need;
};

struct tool {
    const char *name;
    const char *title;
    const char *doc;          /* the description that models read */
    unsigned hints;           /* enum tool_hint */
    const char *input_schema; /* for what a field table cannot say; NULL: made from `args` */
    const struct field *args;
    size_t args_size;
    const struct field *result; /* NULL: no structured content, only what `tell` says */
    size_t result_size;
    /* args and result are the structs of the two tables; call is for struct tool_call's input. */
    enum status (*run)(struct req *rq, struct tool_call *call, const void *args, void *result);
    /* The compact text for a model, from the result alone: a replayed answer reads the same. */
    void (*tell)(struct req *rq, const void *result, struct buf *out);
};

/* Every tool, in the order in which they are listed; ended by NULL. */
extern const struct tool *const all_tools[];

const struct tool *tool_find(const char *name); /* NULL when unknown */
/*
 * Decode, validate, run, encode. Any status but ST_OK and ST_NEED_INPUT leaves the sentence in
 * rq->message. The answer is at most 40 KB (structured and text together).
 */
enum status tool_invoke(struct req *rq, const struct tool *tool, struct tool_call *call) MUST_CHECK;
/* Which members of an entry the reader knows: older revisions of MCP lack some. */
struct tool_shape {
    bool titles, hints, outputs;
};
#define TOOL_SHAPE_WHOLE ((struct tool_shape){true, true, true})
/* One entry of tools/list: name, title, description, inputSchema, outputSchema, annotations. */
void tool_describe(const struct tool *tool, struct tool_shape shape, struct json_out *out);
/* docs/TOOLS.md, whole. */
const char *tool_reference(struct arena *arena);

#endif
