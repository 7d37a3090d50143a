/* Words and texts of other programs in our terms. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "planner/exchange/foreign.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *foreign_trim(struct arena *arena, const char *text)
{
    size_t len = strlen(text);

    while (len > 0 && is_blank(text[len - 1]))
        len--;
    while (len > 0 && is_blank(*text)) {
        text++;
        len--;
    }
    return len == 0 ? NULL : arena_copy(arena, text, len);
}

/* In lower case, with one kind of dash. */
static const char *plain_word(struct arena *arena, const char *word)
{
    char *plain = arena_strdup(arena, word);

    for (char *c = plain; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        if (*c == '_' || *c == ' ')
            *c = '-';
    }
    return plain;
}

static bool is_among(const char *word, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

int foreign_status(struct foreign *f, const char *kind, const char *word)
{
    static const char *const complete[] = {"done",     "complete", "completed", "closed",
                                           "resolved", "finished", NULL};
    static const char *const cancelled[] = {"cancelled", "canceled", "archived", "abandoned",
                                            "rejected",  "wontfix",  NULL};
    static const char *const open[] = {"open", "todo", "to-do", "pending", "active", "", NULL};
    const char *plain = plain_word(f->rq->arena, word == NULL ? "" : word);

    if (is_among(plain, complete))
        return ITEM_COMPLETE;
    if (is_among(plain, cancelled))
        return ITEM_CANCELLED;
    if (!is_among(plain, open))
        foreign_note_field(f, kind, arena_printf(f->rq->arena, "status '%s'", word));
    return ITEM_OPEN;
}

int64_t foreign_priority(struct foreign *f, const char *kind, const char *word)
{
    static const struct {
        const char *word;
        int64_t priority;
    } known[] = {{"critical", 100}, {"urgent", 100}, {"highest", 100}, {"high", 75}, {"medium", 50},
                 {"normal", 50},    {"low", 25},     {"lowest", 10},   {"none", 0},  {"", 0}};
    const char *plain = plain_word(f->rq->arena, word == NULL ? "" : word);

    for (size_t i = 0; i < LENGTH_OF(known); i++) {
        if (strcmp(plain, known[i].word) == 0)
            return known[i].priority;
    }
    foreign_note_field(f, kind, arena_printf(f->rq->arena, "priority '%s'", word));
    return 0;
}

/* So many digits, as a number from low to high. */
static bool read_digits(const char **text, int n, int low, int high, int *ret_value)
{
    int value = 0;

    for (int i = 0; i < n; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        value = value * 10 + (**text - '0');
    }
    *ret_value = value;
    return value >= low && value <= high;
}

static bool read_char(const char **text, const char *any)
{
    if (**text == '\0' || strchr(any, **text) == NULL)
        return false;
    (*text)++;
    return true;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool read_date(const char **text, int date[3])
{
    return read_digits(text, 4, 1970, 9999, &date[0]) && read_char(text, "-") &&
           read_digits(text, 2, 1, 12, &date[1]) && read_char(text, "-") &&
           read_digits(text, 2, 1, days_of(date[0], date[1]), &date[2]);
}

/* HH:MM, and perhaps seconds with a fraction, of which microseconds are taken. */
static bool read_clock(const char **text, int clock[4])
{
    int digits = 0;

    if (!read_digits(text, 2, 0, 23, &clock[0]) || !read_char(text, ":") ||
        !read_digits(text, 2, 0, 59, &clock[1]))
        return false;
    if (!read_char(text, ":"))
        return true;
    if (!read_digits(text, 2, 0, 59, &clock[2]))
        return false;
    if (!read_char(text, ".,"))
        return true;
    for (; isdigit((unsigned char)**text); (*text)++, digits++) {
        if (digits < 6)
            clock[3] = clock[3] * 10 + (**text - '0');
    }
    for (int i = digits; i < 6; i++)
        clock[3] *= 10;
    return digits > 0;
}

/* In seconds east of UTC; none is UTC. */
static bool read_offset(const char **text, int *ret_offset)
{
    const int sign = **text == '-' ? -1 : 1;
    int hours = 0;
    int minutes = 0;

    if (**text == '\0' || read_char(text, "Zz"))
        return true;
    if (!read_char(text, "+-") || !read_digits(text, 2, 0, 14, &hours))
        return false;
    (void)read_char(text, ":");
    if (**text != '\0' && !read_digits(text, 2, 0, 59, &minutes))
        return false;
    *ret_offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

const char *foreign_time(struct arena *arena, const char *text)
{
    int date[3] = {0};
    int clock[4] = {0};
    int offset = 0;
    struct tm tm = {0};
    time_t at = 0;

    text = text == NULL ? NULL : foreign_trim(arena, text);
    if (text == NULL || !read_date(&text, date))
        return NULL;
    if (*text != '\0') {
        if (!read_char(&text, "Tt ") || !read_clock(&text, clock))
            return NULL;
        (void)read_char(&text, " ");
        if (!read_offset(&text, &offset) || *text != '\0')
            return NULL;
    }
    tm = (struct tm){.tm_year = date[0] - 1900,
                     .tm_mon = date[1] - 1,
                     .tm_mday = date[2],
                     .tm_hour = clock[0],
                     .tm_min = clock[1],
                     .tm_sec = clock[2]};
    at = timegm(&tm) - offset;
    (void)gmtime_r(&at, &tm);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900,
                        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, clock[3]);
}

void foreign_section(struct buf *buf, const char *heading, const char *text)
{
    const char *trimmed = text == NULL ? NULL : foreign_trim(buf->arena, text);

    if (trimmed == NULL)
        return;
    if (buf->len > 0)
        buf_text(buf, "\n\n");
    if (heading != NULL)
        buf_printf(buf, "%s:\n\n", heading);
    buf_text(buf, trimmed);
}

const char *foreign_member(struct arena *arena, const cJSON *object, const char *name)
{
    const cJSON *member = json_get(object, name);

    if (cJSON_IsString(member))
        return arena_strdup(arena, member->valuestring);
    if (cJSON_IsNumber(member))
        return arena_printf(arena, "%.15g", member->valuedouble);
    return NULL;
}
