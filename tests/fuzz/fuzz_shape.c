#include "fuzz_shape.h"

#include <math.h>

#define MAKE_DEPTH_MAX 6
#define SCHEMAS_MAX    128
#define TEXT_MAX       210 /* characters: beyond the bound of a title */

/* ------------------------------------------------------------------ making */

/* Texts whose length in characters and in bytes differ, that need escapes, or that are special. */
static void make_string(struct feed *feed, const struct field *f, struct json_out *out)
{
    static const char *const units[] = {"a",  "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x99\x82",
                                        "\"", "\n"};
    const uint8_t how = feed_byte(feed);
    const char *unit = units[how % LENGTH_OF(units)];
    const double lengths[] = {f->min, 1, 0, 2, 1, 3, 1, 7}; /* long ones take time: seldom */
    double n = how < 8 ? f->max + how % 2 : lengths[how / LENGTH_OF(units) % LENGTH_OF(lengths)];
    struct buf text = BUF_IN(out->buf.arena);

    if (f->choices != NULL && how % 5 != 0) {
        int n_choices = 0;
        while (f->choices[n_choices] != NULL)
            n_choices++;
        json_str(out, f->choices[how % n_choices]);
        return;
    }
    for (n = n > TEXT_MAX ? TEXT_MAX : n; n > 0; n--)
        buf_text(&text, unit);
    json_str(out, buf_str(&text));
}

static void make_number(struct feed *feed, const struct field *f, struct json_out *out)
{
    const double numbers[] = {f->min, f->max, f->min - 1, f->max + 1, (f->min + f->max) / 2,
                              0,      -0.0,   1e300,      5e-324,     9007199254740993.0};

    json_num(out, numbers[feed_byte(feed) % LENGTH_OF(numbers)]);
}

static void make_wrong(struct feed *feed, struct json_out *out)
{
    static const char *const wrongs[] = {"null", "true", "[]", "{}", "\"\"", "0", "[[]]", "[null]"};
    const char *wrong = wrongs[feed_byte(feed) % LENGTH_OF(wrongs)];

    json_raw(out, wrong, strlen(wrong));
}

static void make_value(struct feed *feed, const struct field *f, int depth, struct json_out *out);

static void make_list(struct feed *feed, const struct field *f, int depth, struct json_out *out)
{
    const struct field text = {.type = FT_STR, .max = 9};
    const int n = depth < MAKE_DEPTH_MAX ? feed_byte(feed) % 4 : 0;

    json_begin(out, '[');
    for (int i = 0; i < n; i++) {
        if (f->type == FT_STRS)
            make_value(feed, &text, depth, out);
        else
            fuzz_make_object(feed, f->fields, depth + 1, out);
    }
    json_end(out, ']');
}

static void make_value(struct feed *feed, const struct field *f, int depth, struct json_out *out)
{
    if (feed_byte(feed) % 16 == 15) {
        make_wrong(feed, out);
        return;
    }
    switch (f->type) {
    case FT_BOOL:
        json_bool(out, feed_byte(feed) % 2 == 0);
        break;
    case FT_INT:
    case FT_NUM:
        make_number(feed, f, out);
        break;
    case FT_LIST:
    case FT_STRS:
        make_list(feed, f, depth, out);
        break;
    case FT_OBJ:
        fuzz_make_object(feed, f->fields, depth + 1, out);
        break;
    case FT_JSON:
        json_raw(out, "{\"a\":[1,{}]}", 12);
        break;
    default:
        make_string(feed, f, out);
        break;
    }
}

void fuzz_make_object(struct feed *feed, const struct field *fields, int depth,
                      struct json_out *out)
{
    json_begin(out, '{');
    for (const struct field *f = fields; f->type != FT_END && feed->left > 0; f++) {
        const uint8_t how = feed_byte(feed);
        if (!f->required && how % 3 == 0)
            continue;
        json_key(out, how == 255 ? "unknown" : f->name);
        make_value(feed, f, depth, out);
        if (how == 254) { /* given twice */
            json_key(out, f->name);
            make_value(feed, f, depth, out);
        }
    }
    json_end(out, '}');
}

/* ------------------------------------------------------------------ judging */

static bool has_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "integer") == 0)
        return cJSON_IsNumber(value) && floor(value->valuedouble) == value->valuedouble;
    return (cJSON_IsString(value) && strcmp(type, "string") == 0) ||
           (cJSON_IsBool(value) && strcmp(type, "boolean") == 0) ||
           (cJSON_IsNumber(value) && strcmp(type, "number") == 0) ||
           (cJSON_IsObject(value) && strcmp(type, "object") == 0) ||
           (cJSON_IsArray(value) && strcmp(type, "array") == 0);
}

static size_t n_characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static size_t n_elements(const cJSON *list)
{
    size_t n = 0;
    const cJSON *element = NULL;

    cJSON_ArrayForEach(element, list) n++;
    return n;
}

static double bound(const cJSON *schema, const char *name, double otherwise)
{
    const cJSON *value = json_get(schema, name);

    return value == NULL ? otherwise : value->valuedouble;
}

static bool is_one_of(const cJSON *names, const char *text)
{
    const cJSON *name = NULL;

    cJSON_ArrayForEach(name, names)
    {
        if (strcmp(name->valuestring, text) == 0)
            return true;
    }
    return false;
}

static void require_leaf(const cJSON *schema, const cJSON *value)
{
    const cJSON *names = json_get(schema, "enum");

    if (cJSON_IsString(value)) {
        require((double)n_characters(value->valuestring) <= bound(schema, "maxLength", INFINITY));
        require(names == NULL || is_one_of(names, value->valuestring));
    } else if (cJSON_IsNumber(value)) {
        require(value->valuedouble >= bound(schema, "minimum", -INFINITY));
        require(value->valuedouble <= bound(schema, "maximum", INFINITY));
    } else if (cJSON_IsArray(value)) {
        require((double)n_elements(value) >= bound(schema, "minItems", 0));
    }
}

/* What the schema leaves out (untold members, deeper levels) is not judged. */
static void require_fits(const cJSON *schema, const cJSON *value)
{
    const cJSON *child = NULL;
    const cJSON *items = json_get(schema, "items");

    require(has_type(value, json_get_text(schema, "type")));
    require_leaf(schema, value);
    cJSON_ArrayForEach(child, json_get(schema, "required"))
    {
        require(json_get(value, child->valuestring) != NULL);
    }
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
        return;
    cJSON_ArrayForEach(child, value)
    {
        const cJSON *inner =
            items != NULL ? items : json_get(json_get(schema, "properties"), child->string);
        if (inner != NULL)
            require_fits(inner, child);
    }
}

/* Made once for each table. */
static const cJSON *schema_of(const struct field *fields)
{
    static struct {
        const struct field *fields;
        cJSON *schema;
    } known[SCHEMAS_MAX];
    struct arena arena;
    struct json_out out;
    size_t i = 0;

    while (i < SCHEMAS_MAX && known[i].fields != NULL && known[i].fields != fields)
        i++;
    require(i < SCHEMAS_MAX);
    if (known[i].fields == NULL) {
        arena_init(&arena, ARENA_CAP_DEFAULT);
        out = JSON_OUT_IN(&arena);
        field_schema_input(fields, &out);
        known[i].fields = fields;
        known[i].schema = json_parse(json_text(&out), out.buf.len);
        arena_destroy(&arena);
    }
    return known[i].schema;
}

void fuzz_require_shape(const struct field *fields, const cJSON *value)
{
    require_fits(schema_of(fields), value);
}
