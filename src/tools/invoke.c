/* One call: decode, run, encode. */
#include "planner/tools/tool_parts.h"

#define ANSWER_MAX ((size_t)40 * 1024) /* bytes of structured content and text together */

const struct tool *tool_find(const char *name)
{
    for (int i = 0; all_tools[i] != NULL; i++) {
        if (strcmp(all_tools[i]->name, name) == 0)
            return all_tools[i];
    }
    return NULL;
}

/* Tool and arguments in one canonical form, without the request id itself. */
static const char *fingerprint(struct req *rq, const struct tool *tool, struct write_args *write)
{
    const char *request_id = write->request_id;
    struct json_out out = JSON_OUT_IN(rq->arena);

    if (request_id == NULL)
        return NULL;
    buf_printf(&out.buf, "%s ", tool->name);
    write->request_id = NULL;
    field_encode(tool->args, write, &out);
    write->request_id = request_id;
    return json_text(&out);
}

struct says {
    const char *text;
};
const struct field says_fields[] = {
    {.name = "says", .type = FT_STR, .offset = offsetof(struct says, text)},
    FIELD_END,
};

static void add_says(struct json_out *structured, const struct buf *text)
{
    if (text->len == 0 || text->len > SAYS_MAX)
        return;
    json_reopen(structured);
    json_key(structured, "says");
    json_strn(structured, text->ptr, text->len);
    json_end(structured, '}');
}

static enum status encode(struct req *rq, const struct tool *tool, const void *result,
                          struct tool_call *call)
{
    struct json_out structured = JSON_OUT_IN(rq->arena);
    struct buf text = BUF_IN(rq->arena);

    if (tool->result != NULL)
        field_encode(tool->result, result, &structured);
    tool->tell(rq, result, &text);
    if (tool->result != NULL)
        add_says(&structured, &text);
    if ((tool->hints & TOOL_READS) != 0)
        TRY(req_check_memory(
            rq)); /* a write is stored by now: it is answered, write_commit saw to it */
    if (structured.buf.len + text.len > ANSWER_MAX)
        return req_bug(rq, "the answer of %s has %zu bytes", tool->name,
                       structured.buf.len + text.len);
    call->structured = tool->result != NULL ? json_text(&structured) : NULL;
    call->text = text.len > 0 ? buf_str(&text) : NULL;
    return ST_OK;
}

enum status tool_invoke(struct req *rq, const struct tool *tool, struct tool_call *call)
{
    void *args = arena_alloc(rq->arena, tool->args_size);
    void *result = arena_alloc(rq->arena, tool->result_size);

    TRY(field_decode(rq, tool->args, call->arguments, NULL, tool->args_size, args));
    if ((tool->hints & TOOL_READS) == 0) {
        struct write_args *write = args; /* the first member of every write's arguments */
        write->fingerprint = fingerprint(rq, tool, write);
    }
    TRY(tool->run(rq, call, args, result));
    return encode(rq, tool, result, call);
}
