/* From the text of a setting to its member of struct options, by the type of its row. */
#include "config_private.h"

#include "planner/base/buf.h"
#include "planner/base/json.h"

#define SHOWN_MAX 60 /* bytes of a wrong value that are quoted */

struct unit {
    const char *name;
    int64_t ms;
};

/* The largest first, as they are told. */
static const struct unit units[] = {
    {"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};

/* Below a week, hours are what people count in. */
#define DAYS_FROM_MS ((int64_t)7 * 86400000)

const char *duration_text(struct arena *arena, int64_t ms)
{
    for (size_t i = 0; i < LENGTH_OF(units); i++) {
        if (ms != 0 && ms % units[i].ms == 0 && (i > 0 || ms >= DAYS_FROM_MS))
            return arena_printf(arena, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
    }
    return "0";
}

static const char *words_text(struct arena *arena, const char *const *words)
{
    struct buf out = BUF_IN(arena);

    for (size_t i = 0; words[i] != NULL; i++) {
        if (i > 0)
            buf_text(&out, words[i + 1] == NULL ? " or " : ", ");
        buf_text(&out, words[i]);
    }
    return buf_str(&out);
}

const char *setting_wants(struct arena *arena, const struct setting *s)
{
    switch (s->type) {
    case SETTING_TEXT:
        return arena_printf(arena, "%lld to %lld bytes of UTF-8 without control characters",
                            (long long)s->min, (long long)s->max);
    case SETTING_SECRET:
    case SETTING_DSN:
        return arena_printf(arena, "a text of at most %lld bytes without control characters",
                            (long long)s->max);
    case SETTING_WORD:
        return words_text(arena, s->words);
    case SETTING_PATH:
        return "an absolute path on one line; write it from / on";
    case SETTING_NUMBER:
        return arena_printf(arena, "a whole number from %lld to %lld", (long long)s->min,
                            (long long)s->max);
    case SETTING_DURATION:
        if (s->words != NULL)
            return arena_printf(arena, "%s, or a time from %s to %s, like 90d",
                                words_text(arena, s->words), duration_text(arena, s->min),
                                duration_text(arena, s->max));
        return arena_printf(arena, "a time from %s to %s, like 500ms, 30s or 5min",
                            duration_text(arena, s->min), duration_text(arena, s->max));
    case SETTING_SWITCH:
        return "yes or no";
    }
    return "";
}

static bool is_word_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

/* Digits only, at most 15 of them, so that no unit makes it overflow; *ret_rest is what follows. */
static bool read_digits(const char *text, int64_t *ret_number, const char **ret_rest)
{
    const size_t n = strspn(text, "0123456789");
    int64_t number = 0;

    if (n == 0 || n > 15)
        return false;
    for (size_t i = 0; i < n; i++)
        number = number * 10 + (text[i] - '0');
    *ret_number = number;
    *ret_rest = text + n;
    return true;
}

static bool read_number(const struct setting *s, const char *text, int64_t *ret_number)
{
    const char *rest = "";

    return read_digits(text, ret_number, &rest) && *rest == '\0' && *ret_number >= s->min &&
           *ret_number <= s->max;
}

static bool read_duration(const struct setting *s, const char *text, int64_t *ret_ms)
{
    const char *rest = "";
    int64_t number = 0;

    if (s->words != NULL && is_word_of(text, s->words)) {
        *ret_ms = 0;
        return true;
    }
    if (!read_digits(text, &number, &rest))
        return false;
    if (*rest == '\0')
        rest = "s";
    for (size_t i = 0; i < LENGTH_OF(units); i++) {
        if (strcmp(units[i].name, rest) != 0)
            continue;
        if (number > INT64_MAX / units[i].ms)
            return false;
        *ret_ms = number * units[i].ms;
        return *ret_ms >= s->min && *ret_ms <= s->max;
    }
    return false;
}

/* As every text that arrives as JSON: strict UTF-8 without control characters. */
static bool is_text(struct arena *arena, const char *value)
{
    char *quoted = arena_printf(arena, "\"%s\"", value);
    struct json_fault fault;

    for (char *c = quoted + 1; c[1] != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            *c = ' ';
    }
    return json_check(quoted, strlen(quoted), &fault);
}

static bool is_fitting_text(struct arena *arena, const struct setting *s, const char *text)
{
    const int64_t len = (int64_t)strlen(text);

    switch (s->type) {
    case SETTING_WORD:
        return is_word_of(text, s->words);
    case SETTING_PATH:
        return *text == '/' && strchr(text, '\n') == NULL;
    default:
        return len >= s->min && len <= s->max && is_text(arena, text);
    }
}

static bool read_switch_word(const char *text, bool *ret_on)
{
    static const char *const on[] = {"yes", "true", "on", "1", NULL};
    static const char *const off[] = {"no", "false", "off", "0", NULL};

    *ret_on = is_word_of(text, on);
    return *ret_on || is_word_of(text, off);
}

/* False: the text is not what the setting wants, and nothing is stored. */
static bool store(struct reading *r, const struct setting *s, const char *text, bool keep)
{
    char *place = (char *)&r->invocation->options + s->offset;
    int64_t number = 0;
    bool on = false;

    switch (s->type) {
    case SETTING_NUMBER:
    case SETTING_DURATION:
        if (s->type == SETTING_NUMBER ? !read_number(s, text, &number)
                                      : !read_duration(s, text, &number))
            return false;
        if (keep)
            memcpy(place, &number, sizeof(number));
        return true;
    case SETTING_SWITCH:
        if (!read_switch_word(text, &on))
            return false;
        if (keep)
            memcpy(place, &on, sizeof(on));
        return true;
    default:
        if (!is_fitting_text(r->arena, s, text))
            return false;
        if (keep)
            memcpy(place, &text, sizeof(text));
        return true;
    }
}

static const char *place_text(struct arena *arena, const struct invocation *invocation,
                              const struct setting *s, const struct given *given)
{
    switch (given->place) {
    case PLACE_FLAG:
        return arena_printf(arena, "flag --%s", s->name);
    case PLACE_ENVIRONMENT:
    case PLACE_APPLICATION:
        return arena_printf(arena, "environment variable %s", given->variable);
    case PLACE_FILE:
        return arena_printf(arena, "%s, line %d", invocation->config_path, given->line);
    case PLACE_DEFAULT:
        break;
    }
    return "default";
}

const char *setting_origin(struct arena *arena, const struct invocation *invocation,
                           const struct setting *setting)
{
    return place_text(arena, invocation, setting, setting_given(invocation, setting));
}

const struct given *setting_given(const struct invocation *invocation,
                                  const struct setting *setting)
{
    return &invocation->given[setting_index(setting)];
}

const char *setting_shown(struct arena *arena, const struct invocation *invocation,
                          const struct setting *setting)
{
    const char *text = setting_given(invocation, setting)->text;

    if (text == NULL)
        return setting->initial;
    if (setting->type == SETTING_DSN)
        return dsn_masked(arena, text);
    return setting->type == SETTING_SECRET ? "***" : text;
}

/* What is wrong is quoted, unless it could be a secret, or would spoil the line. */
static const char *shown(struct reading *r, const struct setting *s, const char *text)
{
    if (s->type == SETTING_SECRET || s->type == SETTING_DSN || strlen(text) > SHOWN_MAX ||
        !is_text(r->arena, text))
        return "";
    return arena_printf(r->arena, ", not '%s'", text);
}

bool setting_holds_password(struct arena *arena, const struct setting *s, const char *text)
{
    return s->type == SETTING_SECRET || (s->type == SETTING_DSN && dsn_has_password(arena, text));
}

/*
 * Everybody on the machine sees the flags of every process. A string that cannot be read is
 * refused, and a password in it only guessed at.
 */
static void warn_of_flag(struct reading *r, const struct setting *s, const struct given *given)
{
    if (given->place == PLACE_FLAG && setting_holds_password(r->arena, s, given->text) &&
        (s->type != SETTING_DSN || dsn_is_readable(r->arena, given->text)))
        note_warning(r, arena_printf(r->arena,
                                     "--%s holds a password, which everybody on this machine sees "
                                     "in the list of processes; put it into the config file",
                                     s->name));
}

void value_take(struct reading *r, const struct setting *setting, struct given given)
{
    struct given *had = &r->invocation->given[setting_index(setting)];
    const bool counts = given.place >= had->place;

    if (store(r, setting, given.text, counts)) {
        if (counts)
            *had = given;
        warn_of_flag(r, setting, &given);
        return;
    }
    note_problem(r, arena_printf(r->arena, "'%s' (%s) must be %s%s", setting->name,
                                 place_text(r->arena, r->invocation, setting, &given),
                                 setting_wants(r->arena, setting), shown(r, setting, given.text)));
}

void value_defaults(struct reading *r)
{
    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        if (s->initial != NULL)
            (void)store(r, s, s->initial, true);
    }
}
