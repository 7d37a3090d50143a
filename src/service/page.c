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

static enum status cursor_wrong(struct req *rq)
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

    if (!json_check(json, strlen(json), &fault) || fault.nul_name.ptr != NULL)
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

enum status cursor_read_number(struct req *rq, const char *text, const char **ret_number)
{
    const char *number = NULL;
    size_t len = 0;

    TRY(cursor_read(rq, text, 1, &number));
    len = number == NULL ? 1 : strlen(number);
    if (len < 1 || len > 18 || (number != NULL && strspn(number, "0123456789") != len))
        return cursor_wrong(rq);
    *ret_number = number;
    return ST_OK;
}

size_t page_fit(struct req *rq, const struct field *fields, size_t size, const struct list *list)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    for (size_t i = 0; i < list->n; i++) {
        field_encode(fields, (const char *)list->items + i * size, &out);
        if (out.buf.len > PAGE_BUDGET && i > 0)
            return i;
    }
    return list->n;
}

bool page_trim(struct req *rq, const struct field *fields, size_t size, size_t limit,
               struct list *list)
{
    const size_t had = list->n;
    const size_t fits = page_fit(rq, fields, size, list);

    list->n = fits < limit ? fits : limit;
    return list->n < had;
}

static size_t escaped_size(unsigned char c)
{
    if (c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r' || c == '\b' || c == '\f')
        return 2;
    return c < 0x20 || c == 0x7F ? 6 : 1;
}

size_t page_cut(const char *text, size_t from, size_t budget)
{
    size_t at = from;
    size_t cost = 0;

    while (text[at] != '\0' && cost + escaped_size((unsigned char)text[at]) <= budget)
        cost += escaped_size((unsigned char)text[at++]);
    while (at > from && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    return at - from;
}
