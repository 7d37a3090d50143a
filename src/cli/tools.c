/* `mcp-planner tools`: the reference page docs/TOOLS.md, from the declarations. */
#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/command.h"
#include "planner/tools/tool.h"

static int run(struct app *app)
{
    struct json_out out = JSON_OUT_IN(&app->arena);

    if (!app->options.json) {
        out_text(tool_reference(&app->arena));
        return EXIT_DONE;
    }
    json_begin(&out, '[');
    for (int i = 0; all_tools[i] != NULL; i++)
        tool_describe(all_tools[i], TOOL_SHAPE_WHOLE, &out);
    json_end(&out, ']');
    out_line("%s", json_text(&out));
    return EXIT_DONE;
}

const struct command command_tools = {
    .name = "tools",
    .summary = "Print the reference of all tools (with --json: as models see them)",
    .run = run,
};
