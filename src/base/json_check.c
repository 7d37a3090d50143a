/* The strict gate: one pass over the bytes, no allocation, depth bounded by JSON_DEPTH_MAX. */
#include "planner/base/json.h"

/* Of a member; most differ by their hash, so that comparing all with all is cheap. */
struct scanned_name {
    struct span raw;
    uint64_t hash;
};

struct scan {
    const unsigned char *ptr;
    size_t len;
    size_t pos;
    int depth;
    struct span name;           /* the member being read, innermost */
    struct scanned_name *names; /* of all open objects; JSON_MEMBERS_MAX */
    size_t n_names;
    size_t first_name; /* of the innermost object */
    bool any_members;  /* more of them than there is room for are not compared */
    struct json_fault *fault;
};

static bool scan_value(struct scan *s);

static bool scan_fail(struct scan *s, const char *what)
{
    if (s->fault->what == NULL) {
        s->fault->what = what;
        s->fault->at = s->pos;
    }
    return false;
}

static bool scan_limit(struct scan *s, const char *what)
{
    s->fault->is_limit = s->fault->is_limit || s->fault->what == NULL;
    return scan_fail(s, what);
}

/* Valid, but nobody can use it. */
static void scan_note(struct scan *s, const char *unfit, struct span name)
{
    if (s->fault->unfit != NULL)
        return;
    s->fault->unfit = unfit;
    s->fault->unfit_name = name;
}

static int scan_peek(const struct scan *s)
{
    return s->pos < s->len ? s->ptr[s->pos] : -1;
}

static void scan_blank(struct scan *s)
{
    while (s->pos < s->len && (s->ptr[s->pos] == ' ' || s->ptr[s->pos] == '\t' ||
                               s->ptr[s->pos] == '\n' || s->ptr[s->pos] == '\r'))
        s->pos++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The four digits after \u; -1 when they are not there. */
static int scan_hex4(struct scan *s)
{
    int code = 0;

    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(scan_peek(s));
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
        s->pos++;
    }
    return code;
}

/* Whether the other half of a surrogate pair follows; it is read when it does. */
static bool scan_low_half(struct scan *s)
{
    const size_t start = s->pos;
    int low = 0;

    if (s->len - s->pos < 6 || s->ptr[s->pos] != '\\' || s->ptr[s->pos + 1] != 'u')
        return false;
    s->pos += 2;
    low = scan_hex4(s);
    if (low >= 0xDC00 && low <= 0xDFFF)
        return true;
    s->pos = start; /* an escape by itself, or none */
    return false;
}

static bool scan_unicode_escape(struct scan *s)
{
    const int code = scan_hex4(s);

    if (code < 0)
        return scan_fail(s, "\\u needs four hexadecimal digits");
    if (code == 0)
        scan_note(s, "must not contain the character U+0000", s->name);
    if ((code >= 0xDC00 && code <= 0xDFFF) ||
        (code >= 0xD800 && code <= 0xDBFF && !scan_low_half(s)))
        scan_note(s, "must not contain half of a surrogate pair", s->name);
    return true;
}

static bool scan_escape(struct scan *s)
{
    const int c = scan_peek(s);

    if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL) /* strchr would find the NUL byte */
        return scan_fail(s, "unknown escape");
    s->pos++;
    return c != 'u' || scan_unicode_escape(s);
}

/* What needs no second look: nearly all of what a string has. */
static void scan_plain(struct scan *s)
{
    size_t pos = s->pos;

    while (pos < s->len && s->ptr[pos] >= 0x20 && s->ptr[pos] < 0x80 && s->ptr[pos] != '"' &&
           s->ptr[pos] != '\\')
        pos++;
    s->pos = pos;
}

/* One UTF-8 sequence of two to four bytes: no overlong form, no surrogate, at most U+10FFFF. */
static bool scan_utf8(struct scan *s)
{
    const unsigned char first = s->ptr[s->pos];
    const unsigned char second = s->pos + 1 < s->len ? s->ptr[s->pos + 1] : 0;
    size_t more = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;

    if (first >= 0xC2 && first <= 0xDF) {
        more = 1;
    } else if (first >= 0xE0 && first <= 0xEF) {
        more = 2;
        low = first == 0xE0 ? 0xA0 : 0x80;
        high = first == 0xED ? 0x9F : 0xBF;
    } else if (first >= 0xF0 && first <= 0xF4) {
        more = 3;
        low = first == 0xF0 ? 0x90 : 0x80;
        high = first == 0xF4 ? 0x8F : 0xBF;
    }
    if (more == 0 || s->len - s->pos <= more || second < low || second > high)
        return scan_fail(s, "invalid UTF-8");
    for (size_t i = 2; i <= more; i++) {
        if ((s->ptr[s->pos + i] & 0xC0) != 0x80)
            return scan_fail(s, "invalid UTF-8");
    }
    s->pos += more + 1;
    return true;
}

static bool scan_string(struct scan *s, struct span *ret_raw)
{
    size_t start = 0;

    if (scan_peek(s) != '"')
        return scan_fail(s, "a string is expected");
    s->pos++;
    start = s->pos;
    for (;;) {
        int c = 0;
        scan_plain(s);
        c = scan_peek(s);
        if (c < 0)
            return scan_fail(s, "the string does not end");
        if (c == '"')
            break;
        if (c < 0x20)
            return scan_fail(s, "raw control character in a string");
        if (c >= 0x80) {
            if (!scan_utf8(s))
                return false;
            continue;
        }
        s->pos++;
        if (c == '\\' && !scan_escape(s))
            return false;
    }
    *ret_raw = (struct span){(const char *)s->ptr + start, s->pos - start};
    s->pos++;
    return true;
}

static bool scan_digits(struct scan *s)
{
    if (!is_digit(scan_peek(s)))
        return scan_fail(s, "a digit is expected");
    while (is_digit(scan_peek(s)))
        s->pos++;
    return true;
}

static bool scan_number(struct scan *s)
{
    const size_t start = s->pos;

    if (scan_peek(s) == '-')
        s->pos++;
    if (scan_peek(s) == '0')
        s->pos++;
    else if (!scan_digits(s))
        return false;
    if (scan_peek(s) == '.') {
        s->pos++;
        if (!scan_digits(s))
            return false;
    }
    if (scan_peek(s) == 'e' || scan_peek(s) == 'E') {
        s->pos++;
        if (scan_peek(s) == '+' || scan_peek(s) == '-')
            s->pos++;
        if (!scan_digits(s))
            return false;
    }
    if (s->pos - start > JSON_NUMBER_MAX)
        scan_note(s, "must not be a number of more than 63 characters", s->name);
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    const size_t len = strlen(word);

    if (s->len - s->pos < len || memcmp(s->ptr + s->pos, word, len) != 0)
        return scan_fail(s, "a value is expected");
    s->pos += len;
    return true;
}

static bool scan_name(struct scan *s, struct span name)
{
    const uint64_t hash = json_hash(name);

    if (s->n_names == JSON_MEMBERS_MAX && s->any_members)
        return true;
    if (s->n_names == JSON_MEMBERS_MAX)
        return scan_limit(s, "more than 256 members in an object and those around it");
    for (size_t i = s->first_name; i < s->n_names && s->fault->unfit == NULL; i++) {
        if (s->names[i].hash == hash && json_same(s->names[i].raw, name))
            scan_note(s, "is given twice", name);
    }
    s->names[s->n_names++] = (struct scanned_name){name, hash};
    return true;
}

static bool scan_member(struct scan *s)
{
    const struct span outer = s->name;
    struct span name = {0};

    s->name = (struct span){(const char *)s->ptr + s->pos, 0};
    if (!scan_string(s, &name) || !scan_name(s, name))
        return false;
    s->name = name;
    scan_blank(s);
    if (scan_peek(s) != ':')
        return scan_fail(s, "':' is expected");
    s->pos++;
    if (!scan_value(s))
        return false;
    s->name = outer;
    return true;
}

/* The inside of an object or array, from after its opening bracket. */
static bool scan_items(struct scan *s, char close)
{
    scan_blank(s);
    if (scan_peek(s) == close) {
        s->pos++;
        return true;
    }
    for (;;) {
        scan_blank(s);
        if (!(close == '}' ? scan_member(s) : scan_value(s)))
            return false;
        scan_blank(s);
        if (scan_peek(s) == close)
            break;
        if (scan_peek(s) != ',')
            return scan_fail(s, "',' or the end of the list is expected");
        s->pos++;
    }
    s->pos++;
    return true;
}

static bool scan_nested(struct scan *s, char close)
{
    const size_t outer = s->first_name;
    bool ok = false;

    if (s->depth >= JSON_DEPTH_MAX)
        return scan_limit(s, "nested deeper than 64 levels");
    s->depth++;
    s->pos++;
    s->first_name = s->n_names;
    ok = scan_items(s, close);
    s->n_names = s->first_name;
    s->first_name = outer;
    s->depth--;
    return ok;
}

static bool scan_value(struct scan *s)
{
    struct span raw = {0};

    scan_blank(s);
    switch (scan_peek(s)) {
    case '{':
        return scan_nested(s, '}');
    case '[':
        return scan_nested(s, ']');
    case '"':
        return scan_string(s, &raw);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        if (scan_peek(s) == '-' || is_digit(scan_peek(s)))
            return scan_number(s);
        return scan_fail(s, "a value is expected");
    }
}

static bool check(const char *text, size_t len, bool any_members, struct json_fault *ret_fault)
{
    struct scanned_name names[JSON_MEMBERS_MAX];
    struct scan s = {.ptr = (const unsigned char *)text,
                     .len = len,
                     .name = {text, 0}, /* outside every member the name is empty, not absent */
                     .names = names,
                     .any_members = any_members,
                     .fault = ret_fault};

    *ret_fault = (struct json_fault){0};
    if (!scan_value(&s))
        return false;
    scan_blank(&s);
    return s.pos == s.len || scan_fail(&s, "bytes after the end of the value");
}

bool json_check(const char *text, size_t len, struct json_fault *ret_fault)
{
    return check(text, len, false, ret_fault);
}

bool json_check_stored(const char *text, size_t len, struct json_fault *ret_fault)
{
    return check(text, len, true, ret_fault);
}

/*
 * The position behind the string that starts at ptr[pos]: a quote ends it unless an odd number of
 * backslashes stands before it.
 */
static size_t skip_string(struct span text, size_t pos)
{
    const size_t start = pos + 1;

    for (pos = start; pos < text.len; pos++) {
        const char *quote = memchr(text.ptr + pos, '"', text.len - pos);
        size_t slashes = 0;
        if (quote == NULL)
            break;
        pos = (size_t)(quote - text.ptr);
        while (pos - slashes > start && text.ptr[pos - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return pos + 1;
    }
    return text.len + 1;
}

/* The position after the value that starts at pos; the text is known to be valid. */
static size_t skip_value(struct span text, size_t pos)
{
    int depth = 0;

    do {
        const char c = text.ptr[pos];
        if (c == '"') {
            pos = skip_string(text, pos);
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
        pos++;
    } while (pos < text.len && (depth > 0 || strchr(",]} \t\r\n", text.ptr[pos]) == NULL));
    return pos;
}

static bool is_between(char c)
{
    return c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blank(struct span text, size_t pos)
{
    while (pos < text.len && is_between(text.ptr[pos]))
        pos++;
    return pos;
}

bool json_next(struct span object, size_t *pos, struct span *ret_name, struct span *ret_value)
{
    size_t at = *pos;
    size_t end = 0;

    if (at == 0)
        at = skip_blank(object, 0) + 1;
    at = skip_blank(object, at);
    if (at >= object.len || object.ptr[at] == '}' || object.ptr[at] == ']')
        return false;
    if (ret_name != NULL) {
        end = skip_string(object, at);
        *ret_name = (struct span){object.ptr + at + 1, end - at - 2};
        at = skip_blank(object, end);
    }
    end = object.ptr[at] == '"' ? skip_string(object, at) : skip_value(object, at);
    *ret_value = (struct span){object.ptr + at, end - at};
    *pos = end;
    return true;
}

bool span_is(struct span span, const char *text)
{
    return span.len == strlen(text) && (span.len == 0 || memcmp(span.ptr, text, span.len) == 0);
}

struct span json_member(struct span object, const char *name)
{
    size_t pos = 0;
    struct span member = {0};
    struct span value = {0};

    if (object.ptr == NULL || object.ptr[0] != '{')
        return (struct span){0};
    while (json_next(object, &pos, &member, &value)) {
        if (span_is(member, name))
            return value;
    }
    return (struct span){0};
}
