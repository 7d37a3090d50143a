#include "planner/resources/markdown.h"

#include <ctype.h>
#include <string.h>

/* The most backticks in a row. */
static size_t longest_run(const char *text)
{
    size_t longest = 0;

    while (*text != '\0') {
        const size_t run = strspn(text, "`");
        longest = run > longest ? run : longest;
        text += run > 0 ? run : strcspn(text, "`");
    }
    return longest;
}

static void put_backticks(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_char(out, '`');
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || ((unsigned char)c & 0x80) != 0;
}

/* An underline inside a word is no emphasis, and names are full of them. */
static bool is_markup(const char *text, size_t at)
{
    if (text[at] == '_')
        return at == 0 || !is_word(text[at - 1]) || !is_word(text[at + 1]);
    return strchr("\\`*[<&~#", text[at]) != NULL;
}

void markdown_inline(struct buf *out, const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7F) {
            buf_char(out, ' ');
            continue;
        }
        if (is_markup(text, i))
            buf_char(out, '\\');
        buf_char(out, text[i]);
    }
}

void markdown_code(struct buf *out, const char *text)
{
    const size_t run = longest_run(text);

    put_backticks(out, run + 1);
    if (run > 0)
        buf_char(out, ' '); /* one blank on each side is no part of it */
    for (; *text != '\0'; text++)
        buf_char(out, (unsigned char)*text < 0x20 ? ' ' : *text);
    if (run > 0)
        buf_char(out, ' ');
    put_backticks(out, run + 1);
}

void markdown_fenced(struct buf *out, const char *text)
{
    const size_t run = longest_run(text);
    const size_t fence = run < 3 ? 3 : run + 1;
    const size_t len = strlen(text);

    put_backticks(out, fence);
    buf_char(out, '\n');
    buf_add(out, text, len);
    if (len > 0 && text[len - 1] != '\n')
        buf_char(out, '\n');
    put_backticks(out, fence);
    buf_char(out, '\n');
}

void markdown_part(struct buf *out, const char *heading, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    buf_printf(out, "\n## %s\n\n", heading);
    markdown_fenced(out, text);
}

void markdown_time(struct buf *out, const char *iso)
{
    if (iso != NULL && strlen(iso) >= strlen("2026-07-28T14:05"))
        buf_printf(out, "%.10s %.5s UTC", iso, iso + 11);
}
