/* The encoder and the JSON Schemas of field tables. */
#include "planner/base/field.h"

static void encode_list(const struct field *f, const struct list *list, struct json_out *out)
{
    json_begin(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (f->type == FT_STRS)
            json_str(out, *LIST_AT(*list, i, const char *));
        else
            field_encode(f->fields, (const char *)list->items + i * f->size, out);
    }
    json_end(out, ']');
}

static bool is_absent(const struct field *f, const void *member)
{
    switch (f->type) {
    case FT_BOOL:
        return !((const struct opt_bool *)member)->set;
    case FT_INT:
        return !((const struct opt_int *)member)->set;
    case FT_NUM:
        return !((const struct opt_num *)member)->set;
    case FT_LIST:
    case FT_STRS:
        return !((const struct list *)member)->set && !f->required;
    case FT_ENUM:
        return *(const int *)member == 0;
    default:
        return *(const void *const *)member == NULL;
    }
}

static void encode_value(const struct field *f, const void *member, struct json_out *out)
{
    switch (f->type) {
    case FT_BOOL:
        json_bool(out, ((const struct opt_bool *)member)->v);
        break;
    case FT_INT:
        json_int(out, ((const struct opt_int *)member)->v);
        break;
    case FT_NUM:
        json_num(out, ((const struct opt_num *)member)->v);
        break;
    case FT_ENUM:
        json_str(out, field_choice(f->choices, *(const int *)member));
        break;
    case FT_LIST:
    case FT_STRS:
        encode_list(f, member, out);
        break;
    case FT_OBJ:
        field_encode(f->fields, *(const void *const *)member, out);
        break;
    case FT_JSON:
        json_tree(out, *(const cJSON *const *)member);
        break;
    default:
        json_str(out, *(const char *const *)member);
        break;
    }
}

void field_encode(const struct field *fields, const void *in, struct json_out *out)
{
    json_begin(out, '{');
    for (const struct field *f = fields; f->type != FT_END; f++) {
        const void *member = (const char *)in + f->offset;
        if (f->inner || is_absent(f, member))
            continue;
        json_key(out, f->name);
        encode_value(f, member, out);
    }
    json_end(out, '}');
}

static void schema_bounds(const struct field *f, struct json_out *out)
{
    const bool is_number = f->type == FT_INT || f->type == FT_NUM;
    const bool is_list = f->type == FT_LIST || f->type == FT_STRS;

    if (f->min == 0 && f->max == 0)
        return;
    if (is_number) {
        json_put_num(out, "minimum", f->min);
        json_put_num(out, "maximum", f->max);
    } else if (f->type == FT_STR && f->max > 0) {
        json_put_num(out, "maxLength", f->max);
    } else if (is_list && f->min > 0) {
        json_put_num(out, "minItems", f->min);
    }
}

static void schema_object(const struct field *fields, bool input, int depth, struct json_out *out);

static void schema_type(const struct field *f, bool input, int depth, struct json_out *out)
{
    static const char *const types[] = {
        [FT_STR] = "string",  [FT_TEXT] = "string", [FT_ENUM] = "string", [FT_BOOL] = "boolean",
        [FT_INT] = "integer", [FT_NUM] = "number",  [FT_OBJ] = "object",  [FT_LIST] = "array",
        [FT_STRS] = "array",  [FT_JSON] = "object",
    };

    if (f->type == FT_OBJ) {
        schema_object(f->fields, input, depth + 1, out);
        return;
    }
    json_put_str(out, "type", types[f->type]);
    if (f->type == FT_ENUM) {
        json_key(out, "enum");
        json_begin(out, '[');
        for (int i = 0; f->choices[i] != NULL; i++)
            json_str(out, f->choices[i]);
        json_end(out, ']');
    }
    if (f->type == FT_STRS)
        json_put_raw(out, "items", "{\"type\":\"string\"}");
    if (f->type == FT_LIST) {
        json_key(out, "items");
        json_begin(out, '{');
        schema_object(f->fields, input, depth + 1, out);
        json_end(out, '}');
    }
}

/* A shape that contains itself is told once, below that as a plain object; others end here. */
#define SCHEMA_DEPTH_MAX 4

static void schema_required(const struct field *fields, struct json_out *out)
{
    bool any = false;

    for (const struct field *f = fields; f->type != FT_END; f++) {
        if (!f->required)
            continue;
        if (!any) {
            json_key(out, "required");
            json_begin(out, '[');
        }
        any = true;
        json_str(out, f->name);
    }
    if (any)
        json_end(out, ']');
}

static void schema_properties(const struct field *fields, bool input, int depth,
                              struct json_out *out)
{
    for (const struct field *f = fields; f->type != FT_END; f++) {
        if (f->inner || (input && f->untold))
            continue;
        json_key(out, f->name);
        json_begin(out, '{');
        schema_type(f, input, f->fields == fields ? SCHEMA_DEPTH_MAX : depth, out);
        if (input)
            schema_bounds(f, out);
        if (input)
            json_put_str(out, "description", f->doc);
        json_end(out, '}');
    }
}

static void schema_object(const struct field *fields, bool input, int depth, struct json_out *out)
{
    json_put_str(out, "type", "object");
    if (depth >= SCHEMA_DEPTH_MAX)
        return;
    json_key(out, "properties");
    json_begin(out, '{');
    schema_properties(fields, input, depth, out);
    json_end(out, '}');
    schema_required(fields, out);
    if (!input)
        json_put_bool(out, "additionalProperties", false);
}

void field_schema_input(const struct field *fields, struct json_out *out)
{
    json_begin(out, '{');
    schema_object(fields, true, 0, out);
    json_end(out, '}');
}

void field_schema_output(const struct field *fields, const struct field *more, struct json_out *out)
{
    json_begin(out, '{');
    json_put_str(out, "type", "object");
    json_key(out, "properties");
    json_begin(out, '{');
    schema_properties(fields, false, 0, out);
    if (more != NULL)
        schema_properties(more, false, 0, out);
    json_end(out, '}');
    schema_required(fields, out);
    json_put_bool(out, "additionalProperties", false);
    json_end(out, '}');
}
