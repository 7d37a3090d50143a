/* Counts in one pass over the lines; the titles of a breakdown on the way. */
#include "planner/service/analysis.h"

#include <math.h>

const struct field analysis_fields[] = {
    ROW_NUM(struct analysis, score, REQUIRED),
    ROW_INT(struct analysis, characters, REQUIRED),
    ROW_INT(struct analysis, code_blocks, REQUIRED),
    ROW_INT(struct analysis, list_items, REQUIRED),
    ROW_INT(struct analysis, links, REQUIRED),
    ROW_INT(struct analysis, task_words, REQUIRED),
    ROW_INT(struct analysis, config_lines, REQUIRED),
    FIELD_STRS(struct analysis, breakdown, 0, BREAKDOWN_MAX, OPTIONAL, NULL),
    FIELD_END,
};

/* Each count weighs as much as it can, once it has reached `full`. The weights add up to one. */
static const struct measure {
    size_t offset;
    double full, weight;
} measures[] = {
    {offsetof(struct analysis, characters), 4000, 0.25},
    {offsetof(struct analysis, list_items), 12, 0.25},
    {offsetof(struct analysis, task_words), 10, 0.20},
    {offsetof(struct analysis, code_blocks), 4, 0.10},
    {offsetof(struct analysis, links), 5, 0.10},
    {offsetof(struct analysis, config_lines), 6, 0.10},
};

static const char *const task_word_list[] = {
    "additionally", "after",     "afterwards", "also", "finally",  "first",
    "lastly",       "milestone", "multiple",   "next", "phase",    "second",
    "separately",   "several",   "stage",      "step", "sub-task", "subtask",
    "task",         "then",      "third",      NULL};
static const char *const config_word_list[] = {
    "certificate",  "config",     "configuration", "configure",   "credential", "deploy",
    "deployment",   "enable",     "env",           "environment", "export",     "install",
    "installation", "permission", "setting",       "setup",       "variable",   NULL};

#define WORD_MAX 16 /* bytes; a longer word is none of the lists */

/* The titles of one kind: list items of the lowest indent, or headings of one level. */
struct titles {
    struct span spans[BREAKDOWN_MAX];
    size_t n;
    size_t indent;
};

#define HEADING_LEVELS 6

struct scan {
    struct analysis counts;
    struct titles items;
    struct titles headings[HEADING_LEVELS];
    char fence;       /* of the code block that the line is in; 0 outside */
    size_t fence_len; /* of its opening */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' ||
           c == '_' || (unsigned char)c >= 0x80;
}

static struct span span_trim(struct span s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static struct span span_from(struct span s, size_t n)
{
    return (struct span){s.ptr + n, s.len - n};
}

/* How often the line begins with c. */
static size_t span_run(struct span s, char c)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] == c)
        n++;
    return n;
}

static bool span_has(struct span s, size_t at, const char *text)
{
    const size_t len = strlen(text);

    return at <= s.len && s.len - at >= len && memcmp(s.ptr + at, text, len) == 0;
}

/* The word in lower case, without the s of a plural; false when it is too long for any list. */
static bool word_read(struct span s, char *ret_word)
{
    if (s.len >= WORD_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        ret_word[i] =
            (char)(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? s.ptr[i] + ('a' - 'A') : s.ptr[i]);
    ret_word[s.len] = '\0';
    return true;
}

static bool word_listed(const char *const *list, const char *word)
{
    const size_t len = strlen(word);

    for (; *list != NULL; list++) {
        const size_t known = strlen(*list);
        if (len >= known && len <= known + 1 && memcmp(word, *list, known) == 0 &&
            (len == known || word[known] == 's'))
            return true;
    }
    return false;
}

static void count_words(struct scan *scan, struct span line, bool in_code)
{
    char word[WORD_MAX] = "";
    bool configures = false;

    for (size_t i = 0; i < line.len;) {
        const size_t from = i;
        while (i < line.len && is_word(line.ptr[i]))
            i++;
        if (i > from && word_read((struct span){line.ptr + from, i - from}, word)) {
            configures = configures || word_listed(config_word_list, word);
            scan->counts.task_words.v += !in_code && word_listed(task_word_list, word);
        }
        i += i == from;
    }
    scan->counts.config_lines.v += configures;
}

/* The length of an address' beginning at this place, or 0. */
static size_t address_at(struct span s, size_t at)
{
    if (span_has(s, at, "https://"))
        return 8;
    return span_has(s, at, "http://") ? 7 : 0;
}

/* [text](target) is one link, whatever its target is; an address by itself is one, too. */
static void count_links(struct scan *scan, struct span line)
{
    for (size_t i = 0; i < line.len;) {
        const size_t address = address_at(line, i);
        const bool target = span_has(line, i, "](");
        scan->counts.links.v += target || address > 0;
        i += address > 0 ? address : 1;
        if (target) {
            i++;
            i += span_has(line, i, "<");
            i += address_at(line, i);
        }
    }
}

/* The marker of a list item and the blank behind it, or 0: "- ", "* ", "+ ", "1. ", "1) ". */
static size_t item_marker(struct span s)
{
    size_t n = 0;

    if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '*' || s.ptr[0] == '+')) {
        n = 1;
    } else {
        while (n < s.len && n < 9 && is_digit(s.ptr[n]))
            n++;
        if (n == 0 || n >= s.len || (s.ptr[n] != '.' && s.ptr[n] != ')'))
            return 0;
        n++;
    }
    return n < s.len && is_blank(s.ptr[n]) ? n + 1 : 0;
}

/* A rule across the page: only dashes, stars or underscores, and blanks. */
static bool is_rule(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '-' && s.ptr[i] != '*' && s.ptr[i] != '_' && !is_blank(s.ptr[i]))
            return false;
    }
    return true;
}

static void titles_add(struct titles *titles, struct span title)
{
    if (title.len > 0 && titles->n < BREAKDOWN_MAX)
        titles->spans[titles->n++] = title;
}

/* Columns before the line's first word; a tab ends at the next multiple of four. */
static size_t line_indent(struct span line)
{
    size_t columns = 0;

    for (size_t i = 0; i < line.len && is_blank(line.ptr[i]); i++)
        columns = line.ptr[i] == '\t' ? columns / 4 * 4 + 4 : columns + 1;
    return columns;
}

/* Items of the lowest indent are the parts; one column more is an untidy hand, not a level. */
static void add_item(struct scan *scan, struct span title, size_t indent)
{
    struct titles *items = &scan->items;

    scan->counts.list_items.v++;
    if (span_has(title, 0, "[ ] ") || span_has(title, 0, "[x] ") || span_has(title, 0, "[X] "))
        title = span_trim(span_from(title, 4));
    if (items->n > 0 && indent + 1 < items->indent)
        items->n = 0;
    if (items->n == 0 || indent < items->indent)
        items->indent = indent;
    if (indent <= items->indent + 1)
        titles_add(items, title);
}

static void add_heading(struct scan *scan, struct span title, size_t level)
{
    while (title.len > 0 && title.ptr[title.len - 1] == '#')
        title.len--;
    titles_add(&scan->headings[level - 1], span_trim(title));
}

static void scan_prose(struct scan *scan, struct span line)
{
    const struct span text = span_trim(line);
    const size_t marker = item_marker(text);
    const size_t level = span_run(text, '#');

    count_words(scan, text, false);
    count_links(scan, text);
    if (marker > 0 && !is_rule(text))
        add_item(scan, span_trim(span_from(text, marker)), line_indent(line));
    else if (level >= 1 && level <= HEADING_LEVELS && level < text.len && is_blank(text.ptr[level]))
        add_heading(scan, span_trim(span_from(text, level)), level);
}

/*
 * Length of the fence that the line is, or 0. A closing one has nothing behind it; what is between
 * backticks on one line is code within the line.
 */
static size_t fence_of(struct span text, char c, bool closing)
{
    const size_t n = span_run(text, c);

    if (n < 3 || (closing && n < text.len))
        return 0;
    return c == '`' && memchr(text.ptr + n, c, text.len - n) != NULL ? 0 : n;
}

static void scan_line(struct scan *scan, struct span line)
{
    const struct span text = span_trim(line);
    const char first = text.len > 0 ? text.ptr[0] : '\0';

    if (scan->fence != '\0') {
        if (fence_of(text, scan->fence, true) >= scan->fence_len)
            scan->fence = '\0';
        else
            count_words(scan, text, true);
        return;
    }
    if ((first == '`' || first == '~') && fence_of(text, first, false) > 0) {
        scan->fence = first;
        scan->fence_len = fence_of(text, first, false);
        scan->counts.code_blocks.v++;
        return;
    }
    scan_prose(scan, line);
}

/* A title as an item may have it: no emphasis, no control characters, at most 200 characters. */
static const char *title_clean(struct arena *arena, struct span s)
{
    char *title = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    size_t n_chars = 0;

    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        n_chars += ((unsigned char)c & 0xC0) != 0x80;
        if (n_chars > BREAKDOWN_TITLE)
            break;
        if (span_has(s, i, "**")) {
            i++;
            n_chars--;
            continue;
        }
        title[len++] = (char)((unsigned char)c < 0x20 || c == 0x7F ? ' ' : c);
    }
    while (len > 0 && (is_blank(title[len - 1]) || title[len - 1] == ':'))
        len--;
    title[len] = '\0';
    return title + strspn(title, " ");
}

/* A step that falls into one part has not fallen apart. */
static bool titles_make(struct arena *arena, const struct titles *titles, struct list *ret_list)
{
    const char **texts = NULL;
    size_t n = 0;

    if (titles->n < 2)
        return false;
    texts = ARENA_MANY(arena, titles->n, const char *);
    for (size_t i = 0; i < titles->n; i++) {
        texts[n] = title_clean(arena, titles->spans[i]);
        n += texts[n][0] != '\0';
    }
    if (n < 2)
        return false;
    *ret_list = (struct list){.set = true, .n = n, .items = texts};
    return true;
}

/* The list, where there is one, else the headings of the highest level that has two. */
static void propose_breakdown(struct arena *arena, const struct scan *scan, struct list *ret_list)
{
    bool done = titles_make(arena, &scan->items, ret_list);

    for (size_t i = 0; !done && i < HEADING_LEVELS; i++)
        done = titles_make(arena, &scan->headings[i], ret_list);
}

static double score_of(const struct analysis *counts)
{
    double score = 0;

    for (size_t i = 0; i < LENGTH_OF(measures); i++) {
        const struct opt_int *count = (const void *)((const char *)counts + measures[i].offset);
        score += measures[i].weight * fmin(1, (double)count->v / measures[i].full);
    }
    return round(score * 10000) / 10000;
}

static int64_t count_characters(const char *text)
{
    int64_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

void analysis_make(struct arena *arena, const char *text, struct analysis *ret_analysis)
{
    const struct opt_int none = SOME_INT(0);
    struct scan scan = {0}; /* not of the arena: a call may bring thousands of texts */
    struct analysis *a = &scan.counts;

    a->characters = SOME_INT(count_characters(text));
    a->code_blocks = a->list_items = a->links = a->task_words = a->config_lines = none;
    for (const char *at = text; *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        scan_line(&scan, (struct span){at, len});
        at += len + (at[len] == '\n');
    }
    a->score = SOME_NUM(score_of(a));
    propose_breakdown(arena, &scan, &a->breakdown);
    *ret_analysis = *a;
}
