#include "planner/cli/options.h"

#include <errno.h>

#include "planner/base/json.h"

#define MAX_CLAIMS     1000
#define CONFIG_MAX     ((size_t)64 * 1024) /* bytes */
#define NAME_BYTES_MAX ((size_t)100)       /* bytes of an agent's, a user's, a project's name */

#define SETTING(n, e, member, v, h)                          \
    {                                                        \
        (n), (e), offsetof(struct options, member), (v), (h) \
    }

const struct setting option_settings[] = {
    SETTING("agent", "PLANNER_AGENT", agent, "NAME",
            "who calls; by default the client's name and the process number"),
    SETTING("role", "PLANNER_ROLE", role, "ROLE", "server, client, worker or user"),
    SETTING("user", "PLANNER_USER", user, "NAME", "the person on whose behalf calls are made"),
    SETTING("project", "PLANNER_PROJECT", project, "PROJECT",
            "the project of calls that name none"),
    SETTING("max-claims", "PLANNER_MAX_CLAIMS", max_claims, "N",
            "items that one agent may hold in a project at once, 1 to 1000; 5 by default"),
    SETTING("data-dir", "PLANNER_DATA_DIR", data_dir, "DIR", "where the private database lives"),
    SETTING("dsn", "PLANNER_DATABASE_URL", dsn, "DSN",
            "a PostgreSQL server instead of the private one"),
    SETTING("log-level", "PLANNER_LOG_LEVEL", log_level, "LEVEL", "error, warning, info or debug"),
    SETTING("log-format", "PLANNER_LOG_FORMAT", log_format, "FORMAT", "text or json"),
    {0},
};

/* The reading of one command line. */
struct reading {
    struct arena *arena;
    struct invocation *invocation;
    const char *config; /* --config, or NULL */
    const char *problem;
};

static bool refuse(struct reading *r, const char *problem)
{
    r->problem = problem;
    return false;
}

static const char **setting_place(struct options *options, const struct setting *setting)
{
    return (const char **)(void *)((char *)options + setting->offset);
}

static const struct setting *setting_find(const char *name, size_t len)
{
    for (const struct setting *s = option_settings; s->name != NULL; s++) {
        if (strlen(s->name) == len && strncmp(s->name, name, len) == 0)
            return s;
    }
    return NULL;
}

/* --json, --yes and what asks for no command; false when it is none of them. */
static bool read_switch(struct invocation *invocation, const char *flag)
{
    const struct {
        const char *flag;
        bool *place;
    } switches[] = {
        {"--json", &invocation->options.json}, {"--yes", &invocation->options.yes},
        {"--help", &invocation->help},         {"-h", &invocation->help},
        {"--version", &invocation->version},
    };

    for (size_t i = 0; i < LENGTH_OF(switches); i++) {
        if (strcmp(switches[i].flag, flag) == 0) {
            *switches[i].place = true;
            return true;
        }
    }
    return false;
}

/* --name value or --name=value; *i is moved on past the value. */
static bool read_flag(struct reading *r, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    const size_t len = strcspn(name, "=");
    const struct setting *setting = setting_find(name, len);
    const bool is_config = len == 6 && strncmp(name, "config", 6) == 0;
    const char *value = name[len] == '=' ? name + len + 1 : NULL;

    if (setting == NULL && !is_config)
        return refuse(r, arena_printf(r->arena, "unknown option '--%.*s'", (int)len, name));
    if (value == NULL && *i + 1 < argc)
        value = argv[++*i];
    if (value == NULL)
        return refuse(r, arena_printf(r->arena, "'--%.*s' needs a value", (int)len, name));
    if (is_config)
        r->config = value;
    else
        *setting_place(&r->invocation->options, setting) = value;
    return true;
}

/* Flags may stand on either side of the command; what is left are the command's arguments. */
static bool read_line(struct reading *r, int argc, char **argv)
{
    struct invocation *invocation = r->invocation;
    struct options *options = &invocation->options;
    bool only_arguments = false;

    options->argv = ARENA_MANY(r->arena, (size_t)argc + 1, char *);
    for (int i = 1; i < argc; i++) {
        if (only_arguments || argv[i][0] != '-' || argv[i][1] == '\0') {
            if (invocation->command == NULL)
                invocation->command = argv[i];
            else
                options->argv[options->argc++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (read_switch(invocation, argv[i])) {
            continue;
        } else if (strncmp(argv[i], "--", 2) != 0) {
            return refuse(r, arena_printf(r->arena, "unknown option '%s'", argv[i]));
        } else if (!read_flag(r, argc, argv, &i)) {
            return false;
        }
    }
    return true;
}

static void set_default(struct options *options, const struct setting *setting, const char *value)
{
    const char **place = setting_place(options, setting);

    if (*place == NULL && value != NULL && *value != '\0')
        *place = value;
}

static void read_environment(struct options *options)
{
    for (const struct setting *s = option_settings; s->name != NULL; s++)
        set_default(options, s, getenv(s->env));
}

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

static bool read_config_line(struct reading *r, char *line, int number)
{
    char *equals = NULL;
    char *name = trimmed(line);
    const struct setting *setting = NULL;

    if (*name == '\0' || *name == '#')
        return true;
    equals = strchr(name, '=');
    if (equals == NULL)
        return refuse(
            r, arena_printf(r->arena, "config file, line %d: 'name = value' is expected", number));
    *equals = '\0';
    name = trimmed(name);
    setting = setting_find(name, strlen(name));
    if (setting == NULL)
        return refuse(
            r,
            is_name(name)
                ? arena_printf(r->arena, "config file, line %d: unknown setting '%s'", number, name)
                : arena_printf(r->arena, "config file, line %d: unknown setting", number));
    set_default(&r->invocation->options, setting, trimmed(equals + 1));
    return true;
}

static bool read_config_text(struct reading *r, char *text)
{
    int number = 1;

    while (text != NULL) {
        char *end = strchr(text, '\n');
        if (end != NULL)
            *end = '\0';
        if (!read_config_line(r, text, number++))
            return false;
        text = end == NULL ? NULL : end + 1;
    }
    return true;
}

static const char *config_path(struct arena *arena)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (xdg != NULL && *xdg == '/')
        return arena_printf(arena, "%s/mcp-planner/config", xdg);
    if (home != NULL && *home == '/')
        return arena_printf(arena, "%s/.config/mcp-planner/config", home);
    return NULL;
}

static bool refuse_config(struct reading *r, const char *path)
{
    return refuse(r, arena_printf(r->arena, "the config file '%s' cannot be read: %s", path,
                                  strerror(errno)));
}

/* A file that was named has to be there; the usual one may be missing. */
static bool read_config(struct reading *r)
{
    const char *path = r->config != NULL ? r->config : config_path(r->arena);
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    char *text = NULL;
    size_t n = 0;
    bool failed = false;

    if (file == NULL &&
        (r->config != NULL || (path != NULL && errno != ENOENT && errno != ENOTDIR)))
        return refuse_config(r, path);
    if (file == NULL)
        return true;
    text = arena_alloc(r->arena, CONFIG_MAX + 1);
    n = fread(text, 1, CONFIG_MAX + 1, file);
    failed = ferror(file) != 0; /* a directory, for one, can be opened */
    if (failed)
        (void)refuse_config(r, path);
    (void)fclose(file);
    if (failed)
        return false;
    if (n > CONFIG_MAX)
        return refuse(r, "the config file is longer than 64 KiB");
    return read_config_text(r, text);
}

static bool is_word_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0)
            return true;
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

/* What is stored with every change, or quoted in answers. */
static bool check_names(struct reading *r)
{
    const struct options *options = &r->invocation->options;
    const struct {
        const char *name, *value;
    } names[] = {{"agent", options->agent}, {"user", options->user}, {"project", options->project}};

    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        if (names[i].value == NULL)
            continue;
        if (strlen(names[i].value) > NAME_BYTES_MAX)
            return refuse(r, arena_printf(r->arena, "the %s must be at most %d bytes",
                                          names[i].name, (int)NAME_BYTES_MAX));
        if (!is_text(r->arena, names[i].value))
            return refuse(r,
                          arena_printf(r->arena, "the %s must be UTF-8 without control characters",
                                       names[i].name));
    }
    return true;
}

int64_t options_max_claims(const struct options *options)
{
    const char *text = options->max_claims;
    int64_t n = 0;

    if (text == NULL)
        return 0;
    if (strlen(text) > 4 || text[strspn(text, "0123456789")] != '\0')
        return -1;
    for (; *text != '\0'; text++)
        n = n * 10 + (*text - '0');
    return n < 1 || n > MAX_CLAIMS ? -1 : n;
}

static bool check_words(struct reading *r)
{
    static const char *const roles[] = {"server", "client", "worker", "user", NULL};
    static const char *const formats[] = {"text", "json", NULL};
    const struct options *options = &r->invocation->options;
    enum log_level level = LOG_ERROR;

    if (options->role != NULL && !is_word_of(options->role, roles))
        return refuse(r, "the role must be server, client, worker or user");
    if (options->log_level != NULL && !log_level_parse(options->log_level, &level))
        return refuse(r, "the log level must be error, warning, info or debug");
    if (options->log_format != NULL && !is_word_of(options->log_format, formats))
        return refuse(r, "the log format must be text or json");
    if (options_max_claims(options) < 0)
        return refuse(r, "max-claims must be a whole number from 1 to 1000");
    return true;
}

static bool check_arguments(struct reading *r)
{
    const struct invocation *invocation = r->invocation;
    const char *name = invocation->command;
    const struct command *command = name != NULL ? command_find(name) : NULL;

    if (command == NULL || invocation->options.argc == 0 ||
        (command->args != NULL && command->args[0] != '\0'))
        return true;
    return refuse(r, arena_printf(r->arena, "'%s' takes no arguments", name));
}

bool options_read(struct arena *arena, int argc, char **argv, struct invocation *ret_invocation,
                  const char **ret_problem)
{
    struct invocation invocation = {0};
    struct reading r = {.arena = arena, .invocation = &invocation};
    bool ok = read_line(&r, argc, argv);

    if (ok && !invocation.help && !invocation.version) {
        read_environment(&invocation.options);
        ok = check_arguments(&r) && read_config(&r) && check_words(&r) && check_names(&r);
        ok = ok && dsn_complete(arena, &invocation.options.dsn, &r.problem);
    }
    if (!ok)
        *ret_problem = r.problem;
    else
        *ret_invocation = invocation;
    return ok;
}
