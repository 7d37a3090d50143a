/* Decoding and validation. The encoder and the schemas are in field_out.c. */
#include "planner/base/field.h"

#include <math.h>

/* One object being decoded. */
struct decode {
    struct req *rq;
    const char *where; /* path prefix with its dot, or "" */
    bool trusted;      /* our own SQL made it: no bounds, disagreement is a defect */
};

static enum status decode_object(const struct decode *d, const struct field *fields,
                                 const cJSON *tree, void *out);

static enum status decode_wrong(const struct decode *d, const struct field *f, const char *what)
{
    if (d->trusted)
        return req_bug(d->rq, "row member %s%s %s", d->where, f->name, what);
    return req_fail(d->rq, ST_INVALID, "'%s%s' %s", d->where, f->name, what);
}

static size_t utf8_count(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* C0 and C1, line separators, and what turns the direction of the text around it. */
static bool is_control(const unsigned char *c)
{
    if (c[0] == 0xE2 && c[1] == 0x80)
        return c[2] >= 0xA8 && c[2] <= 0xAE;
    if (c[0] == 0xE2 && c[1] == 0x81)
        return c[2] >= 0xA6 && c[2] <= 0xA9;
    return c[0] < 0x20 || c[0] == 0x7F || (c[0] == 0xC2 && c[1] < 0xA0);
}

static bool is_line(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (is_control(c))
            return false;
    }
    return true;
}

/* What was said would break, or forge, the lines of answers that quote it. */
static enum status check_words(const struct decode *d, const struct field *f, const char *text)
{
    if (d->trusted)
        return ST_OK;
    if (f->min > 0 && is_blank(text))
        return decode_wrong(d, f, "must not be blank");
    if (f->type != FT_TEXT && !is_line(text))
        return decode_wrong(d, f, "must be one line without control characters");
    return ST_OK;
}

static enum status decode_str(const struct decode *d, const struct field *f, const cJSON *v,
                              void *member)
{
    const char *unit = f->type == FT_STR ? "characters" : "bytes";
    struct arena *arena = d->rq->arena;
    size_t len = 0;

    if (!cJSON_IsString(v))
        return decode_wrong(d, f, "must be a string");
    len = f->type == FT_STR ? utf8_count(v->valuestring) : strlen(v->valuestring);
    if (!d->trusted && ((double)len < f->min || (f->max > 0 && (double)len > f->max)))
        return decode_wrong(
            d, f,
            arena_printf(arena, "must be %.0f to %.0f %s, got %zu", f->min, f->max, unit, len));
    TRY(check_words(d, f, v->valuestring));
    *(const char **)member = v->valuestring;
    return ST_OK;
}

/* At most `max` bytes of what a caller sent, never cut inside a character. */
static const char *decode_quote(const struct decode *d, const char *text, size_t max)
{
    size_t len = strlen(text);

    if (len > max) {
        len = max;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    return arena_copy(d->rq->arena, text, len);
}

const char *field_choice(const char *const *choices, int value)
{
    return value > 0 ? choices[value - 1] : NULL;
}

int field_choice_find(const char *const *choices, const char *name)
{
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], name) == 0)
            return i + 1;
    }
    return 0;
}

static enum status decode_enum(const struct decode *d, const struct field *f, const cJSON *v,
                               void *member)
{
    const int value = cJSON_IsString(v) ? field_choice_find(f->choices, v->valuestring) : 0;
    struct buf names = BUF_IN(d->rq->arena);

    if (value != 0) {
        *(int *)member = value;
        return ST_OK;
    }
    for (int i = 0; f->choices[i] != NULL; i++)
        buf_printf(&names, "%s%s", i == 0 ? "must be one of " : ", ", f->choices[i]);
    if (cJSON_IsString(v))
        buf_printf(&names, ", got '%s'", decode_quote(d, v->valuestring, 40));
    return decode_wrong(d, f, buf_str(&names));
}

/* From 2^53 on a double no longer tells neighbours apart: refuse rather than alter. */
#define WHOLE_MAX 9007199254740991.0

static enum status decode_number(const struct decode *d, const struct field *f, const cJSON *v,
                                 void *member)
{
    const bool whole = f->type == FT_INT;
    const double x = cJSON_IsNumber(v) ? v->valuedouble : NAN;
    const char *kind = whole ? "a whole number" : "a number";
    const bool bounded = f->min != 0 || f->max != 0;

    if (!isfinite(x) || (whole && (x != floor(x) || fabs(x) > WHOLE_MAX)))
        return decode_wrong(d, f, arena_printf(d->rq->arena, "must be %s", kind));
    if (!d->trusted && bounded && (x < f->min || x > f->max))
        return decode_wrong(d, f,
                            arena_printf(d->rq->arena, "must be %s from %.12g to %.12g, got %.12g",
                                         kind, f->min, f->max, x));
    if (whole)
        *(struct opt_int *)member = SOME_INT((int64_t)x);
    else
        *(struct opt_num *)member = SOME_NUM(x);
    return ST_OK;
}

static enum status decode_bool(const struct decode *d, const struct field *f, const cJSON *v,
                               void *member)
{
    if (!cJSON_IsBool(v))
        return decode_wrong(d, f, "must be true or false");
    *(struct opt_bool *)member = SOME_BOOL(cJSON_IsTrue(v));
    return ST_OK;
}

/* The object at the path `where`, which is also what a wrong kind of value is reported with. */
static enum status decode_nested(const struct decode *d, const struct field *f, const cJSON *v,
                                 const char *where, void *out)
{
    const struct decode inner = {d->rq, arena_printf(d->rq->arena, "%s.", where), d->trusted};
    const struct field named = {.name = where};
    const struct decode top = {d->rq, "", d->trusted};

    if (!cJSON_IsObject(v))
        return decode_wrong(&top, &named, "must be an object");
    return decode_object(&inner, f->fields, v, out);
}

static enum status decode_obj(const struct decode *d, const struct field *f, const cJSON *v,
                              void *member)
{
    void *out = arena_alloc(d->rq->arena, f->size);

    TRY(decode_nested(d, f, v, arena_printf(d->rq->arena, "%s%s", d->where, f->name), out));
    *(void **)member = out;
    return ST_OK;
}

static enum status decode_count(const struct decode *d, const struct field *f, const cJSON *v,
                                size_t *ret_n)
{
    size_t n = 0;
    const cJSON *element = NULL;

    if (!cJSON_IsArray(v))
        return decode_wrong(d, f, "must be a list");
    cJSON_ArrayForEach(element, v) n++;
    if (!d->trusted && ((double)n < f->min || (f->max > 0 && (double)n > f->max)))
        return decode_wrong(d, f,
                            arena_printf(d->rq->arena, "must have %.0f to %.0f entries, got %zu",
                                         f->min, f->max, n));
    *ret_n = n;
    return ST_OK;
}

static enum status decode_list(const struct decode *d, const struct field *f, const cJSON *v,
                               void *member)
{
    struct list list = {.set = true};
    const cJSON *element = NULL;
    size_t i = 0;

    TRY(decode_count(d, f, v, &list.n));
    list.items = arena_array(d->rq->arena, list.n, f->size);
    TRY(req_check_memory(d->rq));
    cJSON_ArrayForEach(element, v)
    {
        char *out = (char *)list.items + i * f->size;
        const char *where =
            d->trusted ? f->name : arena_printf(d->rq->arena, "%s%s[%zu]", d->where, f->name, i);
        TRY(decode_nested(d, f, element, where, out));
        i++;
    }
    *(struct list *)member = list;
    return ST_OK;
}

static enum status check_element(const struct decode *d, const struct field *f, size_t i,
                                 const cJSON *element)
{
    struct field named = {.type = FT_STRS};

    if (d->trusted && cJSON_IsString(element))
        return ST_OK;
    named.name = arena_printf(d->rq->arena, "%s[%zu]", f->name, i);
    if (!cJSON_IsString(element))
        return decode_wrong(d, &named, "must be a string");
    return check_words(d, &named, element->valuestring);
}

static enum status decode_strs(const struct decode *d, const struct field *f, const cJSON *v,
                               void *member)
{
    struct list list = {.set = true};
    const cJSON *element = NULL;
    size_t i = 0;

    TRY(decode_count(d, f, v, &list.n));
    list.items = ARENA_MANY(d->rq->arena, list.n, const char *);
    cJSON_ArrayForEach(element, v)
    {
        TRY(check_element(d, f, i, element));
        *LIST_AT(list, i, const char *) = element->valuestring;
        i++;
    }
    *(struct list *)member = list;
    return ST_OK;
}

static enum status decode_json(const struct decode *d, const struct field *f, const cJSON *v,
                               void *member)
{
    if (!cJSON_IsObject(v))
        return decode_wrong(d, f, "must be an object");
    *(const cJSON **)member = v;
    return ST_OK;
}

static enum status decode_value(const struct decode *d, const struct field *f, const cJSON *v,
                                void *member)
{
    switch (f->type) {
    case FT_STR:
    case FT_TEXT:
        return decode_str(d, f, v, member);
    case FT_ENUM:
        return decode_enum(d, f, v, member);
    case FT_BOOL:
        return decode_bool(d, f, v, member);
    case FT_INT:
    case FT_NUM:
        return decode_number(d, f, v, member);
    case FT_OBJ:
        return decode_obj(d, f, v, member);
    case FT_LIST:
        return decode_list(d, f, v, member);
    case FT_STRS:
        return decode_strs(d, f, v, member);
    case FT_JSON:
        return decode_json(d, f, v, member);
    case FT_END:
        break;
    }
    return req_bug(d->rq, "field %s has no type", f->name);
}

static const struct field *field_find(const struct field *fields, const char *name)
{
    for (const struct field *f = fields; f->type != FT_END; f++) {
        if (strcmp(f->name, name) == 0)
            return f;
    }
    return NULL;
}

static enum status decode_unknown(const struct decode *d, const struct field *fields,
                                  const char *name)
{
    struct buf known = BUF_IN(d->rq->arena);

    if (d->trusted)
        return req_bug(d->rq, "row member %s%s is not declared", d->where, name);
    for (const struct field *f = fields; f->type != FT_END; f++)
        buf_printf(&known, "%s%s", f == fields ? "" : ", ", f->name);
    return req_fail(d->rq, ST_INVALID, "'%s%s' is not known here; known are %s", d->where,
                    decode_quote(d, name, 60), known.len == 0 ? "none" : buf_str(&known));
}

/* cJSON keeps duplicate members; two values for one argument is nobody's intention. */
static bool member_repeats(const cJSON *member)
{
    for (const cJSON *later = member->next; later != NULL; later = later->next) {
        if (strcmp(later->string, member->string) == 0)
            return true;
    }
    return false;
}

static enum status decode_object(const struct decode *d, const struct field *fields,
                                 const cJSON *tree, void *out)
{
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, tree)
    {
        const struct field *f = field_find(fields, member->string);
        if (f == NULL)
            return decode_unknown(d, fields, member->string);
        if (!d->trusted && member_repeats(member))
            return decode_wrong(d, f, "is given twice; give it once");
        if (cJSON_IsNull(member)) /* models send null for "not given" */
            continue;
        TRY(decode_value(d, f, member, (char *)out + f->offset));
    }
    for (const struct field *f = fields; f->type != FT_END; f++) {
        if (f->required) {
            const cJSON *given = json_get(tree, f->name);
            if (given == NULL || cJSON_IsNull(given))
                return decode_wrong(d, f, "is missing");
        }
    }
    return ST_OK;
}

/* No tree at all stands for an object without members: "arguments" may be left out. */
static enum status decode_top(const struct decode *d, const struct field *fields, const cJSON *tree,
                              void *out)
{
    if (tree != NULL && !cJSON_IsObject(tree)) {
        if (d->trusted)
            return req_bug(d->rq, "a row is not an object");
        return req_fail(d->rq, ST_INVALID, "the arguments must be an object");
    }
    TRY(decode_object(d, fields, tree, out));
    return req_check_memory(d->rq);
}

enum status field_decode(struct req *rq, const struct field *fields, const cJSON *tree,
                         const char *where, size_t size, void *out)
{
    const char *prefix = where == NULL ? "" : arena_printf(rq->arena, "%s.", where);
    const struct decode d = {rq, prefix, false};

    memset(out, 0, size);
    return decode_top(&d, fields, tree, out);
}

enum status field_decode_row(struct req *rq, const struct field *fields, const cJSON *tree,
                             size_t size, void *out)
{
    const struct decode d = {rq, "", true};

    memset(out, 0, size);
    return decode_top(&d, fields, tree, out);
}
