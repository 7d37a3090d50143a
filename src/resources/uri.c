#include "planner/resources/uri.h"

#include <ctype.h>
#include <strings.h>

const char *const resource_format_names[] = {"markdown", "json", NULL};

#define SCHEME    "planner:"
#define PARTS_MAX 3

/* A part of the path: these words, or NULL for the variable. */
struct form {
    enum resource_kind kind;
    bool paged;
    size_t n;
    const char *parts[PARTS_MAX];
};
static const struct form forms[] = {
    {RESOURCE_PROJECTS, true, 1, {"projects"}},
    {RESOURCE_PROJECT, false, 2, {"projects", NULL}},
    {RESOURCE_OUTLINE, true, 3, {"projects", NULL, "outline"}},
    {RESOURCE_ITEM, true, 2, {"items", NULL}},
    {RESOURCE_HISTORY, true, 3, {"items", NULL, "history"}},
    {RESOURCE_DISPUTE, true, 2, {"disputes", NULL}},
    {RESOURCE_HEALTH, false, 1, {"health"}},
};

static bool is_escape(const char *at)
{
    return at[0] == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
}

/* RFC 3986, section 2: unreserved and reserved characters, and escapes. */
static enum status check_characters(struct req *rq, const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~:/?[]@!$&'()*+,;=";
    const size_t len = strlen(text);
    size_t at = 0;

    if (len > RESOURCE_URI_MAX)
        return req_fail(rq, ST_INVALID, "'uri' must be at most %d bytes, got %zu", RESOURCE_URI_MAX,
                        len);
    while (text[at] != '\0' && (strchr(allowed, text[at]) != NULL || is_escape(text + at)))
        at++;
    if (text[at] == '#')
        return req_fail(rq, ST_INVALID, "'uri' names a whole resource; leave the fragment out (#)");
    if (text[at] == '%')
        return req_fail(rq, ST_INVALID, "'uri': the escape at byte %zu is not %% and two digits",
                        at);
    if (text[at] != '\0')
        return req_fail(rq, ST_INVALID, "'uri': no URI has the character at byte %zu; escape it",
                        at);
    return ST_OK;
}

static int digit_of(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static bool is_utf8(struct req *rq, const char *text)
{
    struct json_out out = JSON_OUT_IN(rq->arena);
    struct json_fault fault;

    json_str(&out, text);
    return json_check(json_text(&out), out.buf.len, &fault);
}

static enum status decode(struct req *rq, const char *text, size_t len, const char **ret_text)
{
    struct buf out = BUF_IN(rq->arena);

    for (size_t i = 0; i < len; i++) {
        const bool escaped = text[i] == '%';
        const char c =
            escaped ? (char)(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2])) : text[i];
        if (c == '\0')
            return req_fail(rq, ST_INVALID, "'uri' must not hold U+0000");
        buf_char(&out, c);
        i += escaped ? 2 : 0;
    }
    if (!is_utf8(rq, buf_str(&out)))
        return req_fail(rq, ST_INVALID, "'uri': its escapes are no UTF-8");
    *ret_text = buf_str(&out);
    return ST_OK;
}

static enum status no_such_form(struct req *rq, const char *text)
{
    return req_fail(rq, ST_NOT_FOUND,
                    "'uri': there is no %.200s; there are planner://projects, "
                    "planner://projects/{project}, .../outline, planner://items/{item}, "
                    ".../history and planner://disputes/{dispute}",
                    text);
}

static bool span_matches(struct span part, const char *word, bool any_case)
{
    if (word == NULL)
        return part.len > 0;
    if (part.len != strlen(word))
        return false;
    return (any_case ? strncasecmp : strncmp)(part.ptr, word, part.len) == 0;
}

static bool form_fits(const struct form *form, const struct span *parts, size_t n)
{
    if (form->n != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!span_matches(parts[i], form->parts[i], i == 0))
            return false;
    }
    return true;
}

/* The path, taken apart at its slashes; NULL when none of the forms fits. */
static const struct form *find_form(const char *path, size_t len, struct span *ret_name)
{
    struct span parts[PARTS_MAX + 1];
    size_t n = 0;
    size_t from = 0;

    for (size_t i = 0; i <= len && n <= PARTS_MAX; i++) {
        if (i < len && path[i] != '/')
            continue;
        parts[n++] = (struct span){path + from, i - from};
        from = i + 1;
    }
    for (size_t i = 0; i < LENGTH_OF(forms); i++) {
        if (form_fits(&forms[i], parts, n)) {
            *ret_name = n > 1 ? parts[1] : (struct span){NULL, 0};
            return &forms[i];
        }
    }
    return NULL;
}

static enum status take_format(struct req *rq, const char *value, struct resource_uri *uri)
{
    const int format = field_choice_find(resource_format_names, value);

    if (format == 0)
        return req_fail(rq, ST_INVALID, "'format' must be markdown or json, got '%.40s'", value);
    uri->format = (enum resource_format)format;
    return ST_OK;
}

static enum status take_member(struct req *rq, const struct form *form, const char *name,
                               const char *value, struct resource_uri *uri)
{
    const bool is_cursor = strcmp(name, "cursor") == 0;

    if (!is_cursor && strcmp(name, "format") != 0)
        return req_fail(rq, ST_INVALID, "'%.40s' is unknown; this resource takes format%s", name,
                        form->paged ? " and cursor" : "");
    if (is_cursor ? uri->cursor != NULL : uri->format != 0)
        return req_fail(rq, ST_INVALID, "'%s' is given twice", name);
    if (!is_cursor)
        return take_format(rq, value, uri);
    if (!form->paged)
        return req_fail(rq, ST_INVALID, "'cursor': this resource has no pages; leave it out");
    uri->cursor = value;
    return ST_OK;
}

static enum status read_query(struct req *rq, const struct form *form, const char *query,
                              struct resource_uri *uri)
{
    while (*query != '\0') {
        const size_t len = strcspn(query, "&");
        const char *equals = memchr(query, '=', len);
        const size_t name_len = equals == NULL ? len : (size_t)(equals - query);
        const size_t skip = name_len + (equals != NULL);
        const char *name = NULL;
        const char *value = NULL;

        TRY(decode(rq, query, name_len, &name));
        TRY(decode(rq, query + skip, len - skip, &value));
        if (len > 0)
            TRY(take_member(rq, form, name, value, uri));
        query += len + (query[len] == '&');
    }
    return ST_OK;
}

enum status resource_uri_parse(struct req *rq, const char *text, struct resource_uri *ret_uri)
{
    struct resource_uri uri = {.text = text};
    const size_t head = strlen(SCHEME "//");
    const struct form *form = NULL;
    const char *path = NULL;
    struct span name;
    size_t len = 0;

    TRY(check_characters(rq, text));
    if (strncasecmp(text, SCHEME "//", head) != 0)
        return no_such_form(rq, text);
    path = text + head;
    len = strcspn(path, "?");
    form = find_form(path, len, &name);
    if (form == NULL)
        return no_such_form(rq, text);
    uri.kind = form->kind;
    if (name.ptr != NULL)
        TRY(decode(rq, name.ptr, name.len, &uri.name));
    TRY(read_query(rq, form, path + len + (path[len] == '?'), &uri));
    if (uri.format == 0)
        uri.format = RESOURCE_MARKDOWN;
    *ret_uri = uri;
    return ST_OK;
}

const char *resource_uri_next(struct req *rq, const struct resource_uri *uri, const char *cursor)
{
    return arena_printf(rq->arena, "%.*s?%scursor=%s", (int)strcspn(uri->text, "?"), uri->text,
                        uri->format == RESOURCE_JSON ? "format=json&" : "", cursor);
}
