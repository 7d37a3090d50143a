/* What stands between quotes, without a tree: strings compared, and mended for cJSON. */
#include "planner/base/json.h"

#define ESCAPE_LEN ((size_t)6) /* of \uXXXX */

static int hex_value(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The code unit of a \uXXXX that starts at ptr; -1 when none does. */
static int unit_at(struct span text)
{
    int unit = 0;

    if (text.len < ESCAPE_LEN || text.ptr[0] != '\\' || text.ptr[1] != 'u')
        return -1;
    for (size_t i = 2; i < ESCAPE_LEN; i++)
        unit = unit * 16 + hex_value(text.ptr[i]);
    return unit;
}

static bool is_high(int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

static struct span after(struct span text, size_t n)
{
    return (struct span){text.ptr + n, text.len - n};
}

/* How many bytes of a backslash and what belongs to it; two for a pair of surrogates. */
static size_t escape_read(struct span text, int *ret_char)
{
    static const char letters[] = "bfnrt";
    static const char controls[] = "\b\f\n\r\t";
    const int unit = unit_at(text);
    const int next = is_high(unit) ? unit_at(after(text, ESCAPE_LEN)) : -1;
    const char *letter = strchr(letters, text.ptr[1]);

    if (is_low(next)) {
        *ret_char = 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00);
        return 2 * ESCAPE_LEN;
    }
    if (unit >= 0) {
        *ret_char = unit;
        return ESCAPE_LEN;
    }
    *ret_char = letter != NULL ? controls[letter - letters] : text.ptr[1];
    return 2;
}

/* One sequence of valid UTF-8. */
static size_t utf8_read(struct span text, int *ret_char)
{
    const unsigned char first = (unsigned char)text.ptr[0];
    const size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    int c = first;

    if (len > 1)
        c &= 0x7F >> len;
    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((unsigned char)text.ptr[i] & 0x3F);
    *ret_char = c;
    return len;
}

/* The next character, -1 at the end. */
static int char_take(struct span *text)
{
    int c = -1;

    if (text->len == 0)
        return -1;
    if ((unsigned char)text->ptr[0] < 0x80 && text->ptr[0] != '\\') { /* nearly always */
        c = (unsigned char)text->ptr[0];
        *text = after(*text, 1);
        return c;
    }
    *text = after(*text, text->ptr[0] == '\\' ? escape_read(*text, &c) : utf8_read(*text, &c));
    return c;
}

static bool is_escaped(struct span text)
{
    return text.len > 0 && memchr(text.ptr, '\\', text.len) != NULL;
}

bool json_same(struct span a, struct span b)
{
    int c = 0;

    if (a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0))
        return true;
    if (!is_escaped(a) && !is_escaped(b))
        return false;
    do {
        c = char_take(&a);
        if (c != char_take(&b))
            return false;
    } while (c >= 0);
    return true;
}

/* FNV-1a, over characters. */
uint64_t json_hash(struct span raw)
{
    uint64_t hash = 14695981039346656037ULL;

    for (int c = char_take(&raw); c >= 0; c = char_take(&raw))
        hash = (hash ^ (uint64_t)c) * 1099511628211ULL;
    return hash;
}

/* Half of a pair becomes U+FFFD; how many bytes it and its backslash have. */
static size_t escape_mend(char *text, size_t len)
{
    static const char replacement[] = {'f', 'f', 'f', 'd'};
    int c = 0;
    const size_t n = escape_read((struct span){text, len}, &c);

    if (is_high(c) || is_low(c))
        memcpy(text + 2, replacement, sizeof(replacement));
    return n;
}

/* A number that is too long becomes 0, with blanks behind it; how many bytes it has. */
static size_t number_mend(char *text, size_t len)
{
    size_t n = 0;

    while (n < len && text[n] != '\0' && strchr("+-.0123456789eE", text[n]) != NULL)
        n++;
    if (n > JSON_NUMBER_MAX) {
        memset(text, ' ', n);
        text[0] = '0';
    }
    return n;
}

void json_mend(char *text, size_t len)
{
    bool quoted = false;

    for (size_t i = 0, n = 0; i < len; i += n) {
        const char c = text[i];
        n = 1;
        if (quoted && c == '\\' && len - i > 1)
            n = escape_mend(text + i, len - i);
        else if (!quoted && (c == '-' || (c >= '0' && c <= '9')))
            n = number_mend(text + i, len - i);
        else if (c == '"')
            quoted = !quoted;
    }
}
