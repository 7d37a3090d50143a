/* The config file: `name = value` lines, names as the flags'; # begins a line that is a comment. */
#include "config_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CONFIG_MAX ((size_t)64 * 1024) /* bytes */

static char *trimmed(char *text)
{
    size_t len = 0;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
        text[--len] = '\0';
    return text;
}

/* What is none may be a connection string with a password in it: it is not shown. */
static bool is_name(const char *text)
{
    return text[strspn(
               text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0';
}

static void refuse_line(struct reading *r, int line, const char *what)
{
    note_problem(r,
                 arena_printf(r->arena, "%s, line %d: %s", r->invocation->config_path, line, what));
}

static void read_line(struct reading *r, char *text, int line)
{
    char *name = trimmed(text);
    char *equals = strchr(name, '=');
    const struct setting *s = NULL;
    char *value = NULL;

    if (*name == '\0' || *name == '#')
        return;
    if (equals == NULL) {
        refuse_line(r, line, "'name = value' is expected");
        return;
    }
    *equals = '\0';
    name = trimmed(name);
    value = trimmed(equals + 1);
    s = setting_find(name, strlen(name));
    if (s == NULL || s->not_in_file)
        refuse_line(r, line,
                    !is_name(name)
                        ? "unknown setting"
                        : arena_printf(r->arena, "%s '%s'",
                                       s == NULL ? "unknown setting" : "only a flag can say",
                                       name));
    else if (*value != '\0')
        value_take(r, s, (struct given){.place = PLACE_FILE, .text = value, .line = line});
}

static void read_text(struct reading *r, char *text)
{
    int line = 1;

    while (text != NULL) {
        char *end = strchr(text, '\n');
        if (end != NULL)
            *end = '\0';
        read_line(r, text, line++);
        text = end == NULL ? NULL : end + 1;
    }
}

static const char *usual_path(struct arena *arena)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (xdg != NULL && *xdg == '/')
        return arena_printf(arena, "%s/mcp-planner/config", xdg);
    if (home != NULL && *home == '/')
        return arena_printf(arena, "%s/.config/mcp-planner/config", home);
    return NULL;
}

static void refuse_file(struct reading *r, const char *why)
{
    note_problem(r, arena_printf(r->arena, "the config file '%s' cannot be read: %s",
                                 r->invocation->config_path, why));
}

static void read_stream(struct reading *r, FILE *file)
{
    char *text = arena_alloc(r->arena, CONFIG_MAX + 2);
    const size_t n = fread(text, 1, CONFIG_MAX + 1, file);

    if (ferror(file) != 0) /* a directory, for one, can be opened */
        refuse_file(r, strerror(errno));
    else if (n > CONFIG_MAX)
        refuse_file(r, "it is longer than 64 KiB");
    else if (strlen(text) != n)
        refuse_file(r, "it holds a NUL byte");
    else
        read_text(r, text);
}

static bool holds_password(struct reading *r)
{
    const struct invocation *invocation = r->invocation;

    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        const struct given *given = &invocation->given[setting_index(s)];
        if (given->place == PLACE_FILE && setting_holds_password(r->arena, s, given->text))
            return true;
    }
    return false;
}

static void check_mode(struct reading *r, FILE *file)
{
    struct stat status;

    if (fstat(fileno(file), &status) != 0 || (status.st_mode & 077) == 0 || !holds_password(r))
        return;
    note_warning(r, arena_printf(r->arena,
                                 "the config file holds a password and others may read it (mode "
                                 "%04o): chmod 600 %s",
                                 (unsigned)status.st_mode & 07777, r->invocation->config_path));
}

/* A file that was named has to be there; the usual one may be missing. */
void file_read(struct reading *r)
{
    const char *named = r->invocation->options.config;
    const char *path = named != NULL ? named : usual_path(r->arena);
    FILE *file = path != NULL ? fopen(path, "re") : NULL;

    r->invocation->config_path = path;
    if (file == NULL) {
        if (named != NULL || (path != NULL && errno != ENOENT && errno != ENOTDIR))
            refuse_file(r, strerror(errno));
        return;
    }
    r->invocation->config_found = true;
    read_stream(r, file);
    check_mode(r, file);
    (void)fclose(file);
}
