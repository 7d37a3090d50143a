/* The table as text: --help, the SETTINGS of the man page, the tables of the README. */
#include "config_private.h"

#include "planner/base/buf.h"
#include "planner/base/out.h"

static const char *no_value(const char *value)
{
    return value != NULL ? value : "";
}

/* What may be given, short: "1 to 1000", "text or json"; "" where anything may. */
static const char *range_text(struct arena *arena, const struct setting *s)
{
    switch (s->type) {
    case SETTING_WORD:
        return setting_wants(arena, s);
    case SETTING_NUMBER:
        return arena_printf(arena, "%lld to %lld", (long long)s->min, (long long)s->max);
    case SETTING_DURATION:
        return arena_printf(arena, "%s to %s", duration_text(arena, s->min),
                            duration_text(arena, s->max));
    default:
        return "";
    }
}

/* "default 5", "default: the private database", or "". */
static const char *default_text(struct arena *arena, const struct setting *s)
{
    if (s->initial != NULL)
        return arena_printf(arena, "default %s", s->initial);
    return s->otherwise != NULL ? arena_printf(arena, "default: %s", s->otherwise) : "";
}

/* "who calls (default: the client's name and the process number)" */
static const char *sentence(struct arena *arena, const struct setting *s)
{
    const char *range = range_text(arena, s);
    const char *initial = default_text(arena, s);

    if (*range == '\0' && *initial == '\0')
        return s->help;
    return arena_printf(arena, "%s (%s%s%s)", s->help, range,
                        *range != '\0' && *initial != '\0' ? "; " : "", initial);
}

/* The variables, the application's in parentheses: "PLANNER_DATABASE_URL (DATABASE_URL)". */
static const char *variables(struct arena *arena, const struct setting *s)
{
    if (s->app_env == NULL)
        return no_value(s->env);
    return arena_printf(arena, "%s%s(%s)", no_value(s->env), s->env != NULL ? " " : "", s->app_env);
}

static void put_flag(struct buf *out, const struct setting *s)
{
    buf_printf(out, "--%s%s%s", s->name, s->value != NULL ? " " : "", no_value(s->value));
}

/* Words in lines of at most `width` bytes, each behind `indent`. */
static void put_wrapped(struct buf *out, const char *text, const char *indent, size_t width)
{
    size_t column = width;

    while (*text != '\0') {
        const size_t len = strcspn(text, " ");
        if (column + 1 + len > width) {
            buf_printf(out, "\n%s", indent);
            column = strlen(indent);
        } else {
            buf_char(out, ' ');
            column++;
        }
        buf_add(out, text, len);
        column += len;
        text += len + (text[len] == ' ');
    }
}

static void put_help(struct arena *arena, struct buf *out, const struct setting *s)
{
    const char *names = variables(arena, s);

    buf_text(out, "  ");
    put_flag(out, s);
    buf_printf(out, "%s%s", *names != '\0' ? ", " : "", names);
    put_wrapped(out, sentence(arena, s), "      ", 96);
    buf_char(out, '\n');
}

const char *settings_help(struct arena *arena)
{
    struct buf out = BUF_IN(arena);

    for (int group = 0; group < SETTINGS_GROUPS; group++) {
        buf_printf(&out, "\n%s:\n", setting_group_titles[group]);
        for (const struct setting *s = setting_table; s->name != NULL; s++) {
            if (s->group == (enum setting_group)group)
                put_help(arena, &out, s);
        }
    }
    return buf_str(&out);
}

const char *settings_help_of(struct arena *arena, const char *command)
{
    struct buf out = BUF_IN(arena);

    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        if (s->of != NULL && setting_is_of(s, command))
            put_help(arena, &out, s);
    }
    return buf_str(&out);
}

/* Dashes that may be copied, and backslashes that stay. No line of ours begins with a dot. */
static void put_roff(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == '\\')
            buf_char(out, '\\');
        buf_char(out, *text);
        if (*text == '\\')
            buf_char(out, 'e');
    }
}

static void put_man_setting(struct arena *arena, struct buf *out, const struct setting *s)
{
    const char *text = sentence(arena, s);
    const char *names = variables(arena, s);

    buf_text(out, ".TP\n\\fB");
    put_roff(out, arena_printf(arena, "--%s", s->name));
    buf_printf(out, "\\fP%s%s%s", s->value != NULL ? " \\fI" : "", no_value(s->value),
               s->value != NULL ? "\\fP" : "");
    buf_printf(out, "%s%s\n", *names != '\0' ? ", " : "", names);
    buf_char(out, (char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text));
    put_roff(out, text + 1);
    buf_text(out, ".\n");
    if (s->more != NULL)
        put_roff(out, s->more);
    buf_text(out, s->more != NULL ? "\n" : "");
}

const char *settings_man(struct arena *arena)
{
    struct buf out = BUF_IN(arena);

    for (int group = 0; group < SETTINGS_GROUPS; group++) {
        buf_printf(&out, ".SS %s\n", setting_group_titles[group]);
        for (const struct setting *s = setting_table; s->name != NULL; s++) {
            if (s->group == (enum setting_group)group)
                put_man_setting(arena, &out, s);
        }
    }
    return buf_str(&out);
}

const char *settings_markdown(struct arena *arena)
{
    struct buf out = BUF_IN(arena);

    for (int group = 0; group < SETTINGS_GROUPS; group++) {
        buf_printf(&out, "%s**%s**\n\n| flag | environment | what it says |\n|---|---|---|\n",
                   group > 0 ? "\n" : "", setting_group_titles[group]);
        for (const struct setting *s = setting_table; s->name != NULL; s++) {
            if (s->group != (enum setting_group)group)
                continue;
            buf_text(&out, "| `");
            put_flag(&out, s);
            buf_printf(&out, "` | %s | %s |\n", variables(arena, s), sentence(arena, s));
        }
    }
    return buf_str(&out);
}
