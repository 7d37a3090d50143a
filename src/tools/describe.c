/* What is told about the tools: tools/list for models, docs/TOOLS.md for people. */
#include "planner/tools/tool_parts.h"

static void describe_hints(const struct tool *tool, struct json_out *out)
{
    const bool reads = (tool->hints & TOOL_READS) != 0;

    json_key(out, "annotations");
    json_begin(out, '{');
    json_put_bool(out, "readOnlyHint", reads);
    if (!reads) {
        json_put_bool(out, "destructiveHint", (tool->hints & TOOL_DESTROYS) != 0);
        json_put_bool(out, "idempotentHint", (tool->hints & TOOL_REPEATABLE) != 0);
    }
    json_put_bool(out, "openWorldHint", false);
    json_end(out, '}');
}

void tool_describe(const struct tool *tool, struct tool_shape shape, struct json_out *out)
{
    json_begin(out, '{');
    json_put_str(out, "name", tool->name);
    json_put_str(out, "title", shape.titles ? tool->title : NULL);
    json_put_str(out, "description", tool->doc);
    json_key(out, "inputSchema");
    if (tool->input_schema != NULL)
        json_raw(out, tool->input_schema, strlen(tool->input_schema));
    else
        field_schema_input(tool->args, out);
    if (shape.outputs && tool->result != NULL) {
        json_key(out, "outputSchema");
        field_schema_output(tool->result, says_fields, out);
    }
    if (shape.hints)
        describe_hints(tool, out);
    json_end(out, '}');
}

static const char *type_word(const struct field *f)
{
    static const char *const words[] = {
        [FT_STR] = "string",   [FT_TEXT] = "string", [FT_ENUM] = "one of",
        [FT_BOOL] = "boolean", [FT_INT] = "integer", [FT_NUM] = "number",
        [FT_OBJ] = "object",   [FT_LIST] = "list",   [FT_STRS] = "list of strings",
        [FT_JSON] = "object",
    };

    return words[f->type];
}

static void reference_limits(const struct field *f, struct buf *out)
{
    static const char *const units[] = {[FT_STR] = " characters",
                                        [FT_TEXT] = " bytes",
                                        [FT_LIST] = " entries",
                                        [FT_STRS] = " entries",
                                        [FT_JSON] = ""};
    const char *unit = (size_t)f->type < LENGTH_OF(units) ? units[f->type] : NULL;

    if (f->type == FT_ENUM) {
        for (int i = 0; f->choices[i] != NULL; i++)
            buf_printf(out, "%s`%s`", i == 0 ? " " : ", ", f->choices[i]);
    } else if (f->max != 0 || f->min != 0) {
        buf_printf(out, ", %.10g to %.10g%s", f->min, f->max, unit == NULL ? "" : unit);
    }
}

static void reference_fields(const struct field *fields, const struct field *outer, int indent,
                             struct buf *out)
{
    for (const struct field *f = fields; f->type != FT_END; f++) {
        buf_printf(out, "%*s- `%s` (%s", indent, "", f->name, type_word(f));
        reference_limits(f, out);
        buf_printf(out, "%s)", f->required ? ", required" : "");
        if (f->doc != NULL)
            buf_printf(out, ": %s", f->doc);
        buf_char(out, '\n');
        if (f->fields != NULL && f->fields != fields && f->fields != outer)
            reference_fields(f->fields, fields, indent + 2, out);
    }
}

static void reference_tool(const struct tool *tool, struct buf *out)
{
    buf_printf(out, "\n## %s\n\n%s\n\n%s\n\nArguments:\n\n", tool->name, tool->doc,
               (tool->hints & TOOL_READS) != 0 ? "Reads only." : "Writes.");
    reference_fields(tool->args, NULL, 0, out);
    if (tool->result == NULL)
        return;
    buf_text(out, "\nResult:\n\n");
    reference_fields(tool->result, NULL, 0, out);
}

const char *tool_reference(struct arena *arena)
{
    struct buf out = BUF_IN(arena);

    buf_text(
        &out,
        "# Tools\n\n"
        "Generated from the declarations in src/tools by `mcp-planner tools`; a test compares\n"
        "it. Wherever an item is taken: its key (AUTH-34, any case), its UUID, `task://UUID`\n"
        "or `step://UUID`; wherever a project is taken: its slug, its UUID or\n"
        "`project://UUID`. Members that do not apply are left out of results.\n\n"
        "Every write takes `request_id` (the same id with the same arguments gives the stored\n"
        "answer again, for 7 days) and `agent` (who acts, in hosts that run several agents in\n"
        "one process). Writes to one entity take `expected_version`; a mismatch is a conflict.\n"
        "An answer has at most 40 KB; what was cut is said, with the cursor that goes on.\n\n"
        "Besides what is listed, every result has `says` when its text has at most 300 bytes: that\n"
        "text, for hosts whose model sees only the structure.\n");
    for (int i = 0; all_tools[i] != NULL; i++)
        reference_tool(all_tools[i], &out);
    return buf_str(&out);
}
