/* The demo: a line of calls of tools, run as a host would send them. */
#include "planner/base/json.h"
#include "planner/seed/seed.h"
#include "planner/tools/tool.h"

extern const char seed_demo_lines[]; /* src/seed/demo.jsonl */

#define FIRST_ID_MS INT64_C(1767600000000) /* 5 January 2026, as in sql/seed/store.sql */

static enum status call_tool(struct req *rq, const char *line, size_t len, int number)
{
    OWN_JSON tree = json_parse(line, len);
    const char *name = tree == NULL ? NULL : json_get_text(tree, "tool");
    const struct tool *tool = name == NULL ? NULL : tool_find(name);
    struct tool_call call = {.arguments = json_get(tree, "arguments")};
    enum status status = ST_OK;

    if (tool == NULL)
        return req_bug(rq, "line %d of the demo names no tool", number);
    status = tool_invoke(rq, tool, &call);
    if (status == ST_OK || status == ST_UNAVAILABLE || status == ST_CANCELLED)
        return status;
    return req_bug(rq, "line %d of the demo, %s: %s", number, name, rq->message);
}

enum status seed_demo(struct req *rq, int64_t number)
{
    struct uuid_source ids = uuid_seeded(FIRST_ID_MS, (uint64_t)number);
    struct req calls = *rq;
    const char *line = seed_demo_lines;
    int n = 0;

    calls.uuids = &ids;
    calls.listener = NULL; /* nobody wants to hear of every call */
    calls.actor = (struct actor){.agent = "ada", .client = "seed"};
    for (const char *end = NULL; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        const enum status status = call_tool(&calls, line, (size_t)(end - line), ++n);
        if (status != ST_OK)
            return req_fail(rq, status, "%s", calls.message);
    }
    return ST_OK;
}
