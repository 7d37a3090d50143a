#include "planner/service/page.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const char *base64_encode(struct arena *arena, const char *bytes, size_t len)
{
    struct buf out = BUF_IN(arena);
    unsigned bits = 0;
    int n_bits = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | (unsigned char)bytes[i];
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            buf_char(&out, base64_digits[bits >> (n_bits - 6) & 63]);
    }
    if (n_bits > 0)
        buf_char(&out, base64_digits[bits << (6 - n_bits) & 63]);
    return buf_str(&out);
}

/* NULL when it is no base64url. */
static const char *base64_decode(struct arena *arena, const char *text)
{
    struct buf out = BUF_IN(arena);
    unsigned bits = 0;
    int n_bits = 0;

    for (; *text != '\0'; text++) {
        const char *at = strchr(base64_digits, *text);
        if (at == NULL)
            return NULL;
        bits = bits << 6 | (unsigned)(at - base64_digits);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            buf_char(&out, (char)(bits >> n_bits & 255));
        }
    }
    return buf_str(&out);
}

const char *cursor_make(struct req *rq, const char *const *parts, size_t n)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '[');
    for (size_t i = 0; i < n; i++)
        json_str(&out, parts[i]);
    json_end(&out, ']');
    return base64_encode(rq->arena, json_text(&out), out.buf.len);
}

enum status cursor_wrong(struct req *rq)
{
    return req_fail(rq, ST_INVALID,
                    "'cursor' is none that this tool gave; call again without it to start over");
}

/* The parts of a JSON list of texts and nulls; false when it is none of n. */
static bool parts_read(struct req *rq, const char *json, size_t n, const char **ret_parts)
{
    struct json_fault fault;
    const cJSON *part = NULL;
    size_t i = 0;
    OWN_JSON tree = NULL;

    if (!json_check(json, strlen(json), &fault) || fault.unfit != NULL)
        return false;
    tree = json_parse(json, strlen(json));
    if (!cJSON_IsArray(tree) || cJSON_GetArraySize(tree) != (int)n)
        return false;
    cJSON_ArrayForEach(part, tree)
    {
        if (!cJSON_IsString(part) && !cJSON_IsNull(part))
            return false;
        ret_parts[i++] = arena_strdup(rq->arena, part->valuestring);
    }
    return true;
}

enum status cursor_read(struct req *rq, const char *text, size_t n, const char **ret_parts)
{
    const char *json = NULL;
    const char **parts = ARENA_MANY(rq->arena, n, const char *);

    if (text != NULL) {
        json = base64_decode(rq->arena, text);
        /* One text for one place: what differs from what would be written was not written here. */
        if (json == NULL || !parts_read(rq, json, n, parts) ||
            strcmp(cursor_make(rq, parts, n), text) != 0)
            return cursor_wrong(rq);
    }
    for (size_t i = 0; i < n; i++)
        ret_parts[i] = parts[i];
    return ST_OK;
}

#define BOUND_MARK '.' /* no digit of base64url */

/* FNV-1a in hexadecimal. A cursor is not secret, it only must not be mistaken. */
static const char *bound_text(struct req *rq, const char *of)
{
    uint32_t hash = 2166136261U;

    for (; *of != '\0'; of++)
        hash = (hash ^ (unsigned char)*of) * 16777619U;
    return arena_printf(rq->arena, "%08x", (unsigned)hash);
}

const char *cursor_bind(struct req *rq, const char *cursor, const char *of)
{
    if (cursor == NULL)
        return NULL;
    return arena_printf(rq->arena, "%s%c%s", cursor, BOUND_MARK, bound_text(rq, of));
}

enum status cursor_part(struct req *rq, const char *text, struct bound_cursor *ret_cursor)
{
    const char *mark = text == NULL ? NULL : strchr(text, BOUND_MARK);

    if (text != NULL && mark == NULL)
        return cursor_wrong(rq);
    *ret_cursor = (struct bound_cursor){0};
    if (text != NULL)
        *ret_cursor =
            (struct bound_cursor){arena_copy(rq->arena, text, (size_t)(mark - text)), mark + 1};
    return ST_OK;
}

enum status cursor_check(struct req *rq, const struct bound_cursor *cursor, const char *of)
{
    if (cursor->place == NULL || strcmp(cursor->bound, bound_text(rq, of)) == 0)
        return ST_OK;
    return req_fail(rq, ST_INVALID,
                    "'cursor' was given by a call with other arguments; repeat those, or leave it "
                    "out to start over");
}

#define NUMBER_DIGITS 18 /* what a bigint holds, whatever the digits */

bool cursor_is_number(const char *part, size_t digits_max)
{
    const size_t len = part == NULL ? 0 : strlen(part);

    return len >= 1 && len <= digits_max && strspn(part, "0123456789") == len;
}

enum status cursor_read_moment(struct req *rq, const char *text, const char **ret_moment,
                               const char **ret_id)
{
    const char *parts[2];

    TRY(cursor_read(rq, text, LENGTH_OF(parts), parts));
    if (text != NULL &&
        (!cursor_is_number(parts[0], NUMBER_DIGITS) || parts[1] == NULL || !uuid_is_text(parts[1])))
        return cursor_wrong(rq);
    *ret_moment = parts[0];
    *ret_id = parts[1];
    return ST_OK;
}

enum status cursor_read_number(struct req *rq, const char *text, const char **ret_number)
{
    const char *number = NULL;

    TRY(cursor_read(rq, text, 1, &number));
    if (number != NULL && !cursor_is_number(number, NUMBER_DIGITS))
        return cursor_wrong(rq);
    *ret_number = number;
    return ST_OK;
}

static size_t fit_into(struct req *rq, const struct field *fields, size_t size, size_t budget,
                       const struct list *list)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    for (size_t i = 0; i < list->n; i++) {
        field_encode(fields, (const char *)list->items + i * size, &out);
        if (out.buf.len > budget && i > 0)
            return i;
    }
    return list->n;
}

size_t page_fit(struct req *rq, const struct field *fields, size_t size, const struct list *list)
{
    return fit_into(rq, fields, size, PAGE_BUDGET, list);
}

bool page_trim_to(struct req *rq, const struct field *fields, size_t size, size_t limit,
                  size_t budget, struct list *list)
{
    const size_t had = list->n;
    const size_t fits = fit_into(rq, fields, size, budget, list);

    list->n = fits < limit ? fits : limit;
    return list->n < had;
}

bool page_trim(struct req *rq, const struct field *fields, size_t size, size_t limit,
               struct list *list)
{
    return page_trim_to(rq, fields, size, limit, PAGE_BUDGET, list);
}

static size_t escaped_size(unsigned char c)
{
    if (c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r' || c == '\b' || c == '\f')
        return 2;
    return c < 0x20 || c == 0x7F ? 6 : 1;
}

static bool is_inside_character(const char *at)
{
    return ((unsigned char)*at & 0xC0) == 0x80;
}

size_t page_cut(const char *text, size_t from, size_t budget)
{
    size_t at = from;
    size_t cost = 0;

    while (text[at] != '\0' && cost + escaped_size((unsigned char)text[at]) <= budget)
        cost += escaped_size((unsigned char)text[at++]);
    while (at > from && is_inside_character(text + at))
        at--;
    return at - from;
}

size_t page_cost(const char *text, size_t len)
{
    size_t cost = 0;

    for (size_t i = 0; i < len; i++)
        cost += escaped_size((unsigned char)text[i]);
    return cost;
}

/* From the offset on, what fits; *offset moves on. The text may be another one by now. */
static const char *cut_one(struct req *rq, const char *text, size_t *offset, size_t *left)
{
    const size_t len = strlen(text);
    size_t told = 0;

    if (*offset > len)
        *offset = len;
    while (is_inside_character(text + *offset))
        (*offset)++;
    text += *offset;
    told = page_cut(text, 0, *left);
    *left -= page_cost(text, told);
    *offset += told;
    return arena_copy(rq->arena, text, told);
}

bool page_cut_from(struct req *rq, bool first, const char **offsets, size_t *budget,
                   const char **texts[], size_t n)
{
    bool cut = false;

    for (size_t i = 0; i < n; i++) {
        const char *text = *texts[i];
        size_t offset = offsets[i] == NULL ? 0 : (size_t)strtoul(offsets[i], NULL, 10);
        if (text == NULL)
            continue;
        *texts[i] = cut_one(rq, text, &offset, budget);
        cut = cut || text[offset] != '\0';
        if (!first && **texts[i] == '\0')
            *texts[i] = NULL;
        offsets[i] = arena_printf(rq->arena, "%zu", offset);
    }
    return cut;
}

enum status page_cut_texts(struct req *rq, const char *cursor, size_t budget, const char **texts[],
                           size_t n, const char **ret_cursor)
{
    const char *offsets[PAGE_TEXTS_MAX];
    bool cut = false;

    TRY(cursor_read(rq, cursor, n, offsets));
    cut = page_cut_from(rq, cursor == NULL, offsets, &budget, texts, n);
    *ret_cursor = cut ? cursor_make(rq, offsets, n) : NULL;
    return ST_OK;
}
