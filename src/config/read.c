/* The command line, then the environment, then the config file: what comes first counts. */
#include <stdlib.h>
#include <unistd.h>

#include "config_private.h"

#include "planner/base/alike.h"

void sentence_add(struct sentences *list, const char *sentence)
{
    if (list->n < LENGTH_OF(list->texts))
        list->texts[list->n++] = sentence;
}

void note_problem(struct reading *r, const char *sentence)
{
    sentence_add(&r->invocation->problems, sentence);
}

void note_warning(struct reading *r, const char *sentence)
{
    sentence_add(&r->invocation->warnings, sentence);
}

size_t setting_index(const struct setting *setting)
{
    return (size_t)(setting - setting_table);
}

static bool is_named(const char *argument, const char *flag)
{
    return strcmp(argument, flag) == 0;
}

static const char *unknown_flag(struct arena *arena, const char *name, size_t len)
{
    struct alike alike = {.word = name, .len = len};

    for (const struct setting *s = setting_table; len > 0 && s->name != NULL; s++)
        alike_offer(&alike, s->name);
    if (alike.best != NULL)
        return arena_printf(arena, "unknown option '--%.*s' (did you mean '--%s'?)", (int)len, name,
                            alike.best);
    return arena_printf(arena, "unknown option '--%.*s'", (int)len, name);
}

/*
 * A file that one command is told to write is typed by somebody who knows where they are; where a
 * server looks for its data must not depend on where a host has started it.
 */
static const char *whole_path(struct arena *arena, const struct setting *s, const char *value)
{
    char here[4096] = "";

    if (s->type != SETTING_PATH || s->of == NULL || *value == '/' || *value == '\0' ||
        getcwd(here, sizeof(here)) == NULL)
        return value;
    return arena_printf(arena, "%s/%s", here, value);
}

/* --name value or --name=value; *i is moved on past the value. NULL: read, else what is wrong. */
static const char *read_flag(struct reading *r, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    const size_t len = strcspn(name, "=");
    const struct setting *s = setting_find(name, len);
    const char *value = name[len] == '=' ? name + len + 1 : NULL;

    if (s == NULL)
        return unknown_flag(r->arena, name, len);
    if (s->type == SETTING_SWITCH && value == NULL)
        value = "yes";
    if (value == NULL && *i + 1 < argc)
        value = argv[++*i];
    if (value == NULL)
        return arena_printf(r->arena, "'--%s' needs a value", s->name);
    value_take(r, s, (struct given){.place = PLACE_FLAG, .text = whole_path(r->arena, s, value)});
    return NULL;
}

static void take_word(struct invocation *invocation, char *word)
{
    if (invocation->command == NULL)
        invocation->command = word;
    else
        invocation->options.argv[invocation->options.argc++] = word;
}

/*
 * Flags may stand on either side of the command; what is left are the command's arguments. What is
 * not understood is passed over, because a flag behind it may say how to tell that. NULL: read,
 * else what was wrong first.
 */
static const char *read_line(struct reading *r, int argc, char **argv)
{
    struct invocation *invocation = r->invocation;
    const char *first = NULL;
    bool only_words = false;

    invocation->options.argv = ARENA_MANY(r->arena, (size_t)argc + 1, char *);
    for (int i = 1; i < argc; i++) {
        const char *problem = NULL;
        if (only_words || argv[i][0] != '-' || argv[i][1] == '\0')
            take_word(invocation, argv[i]);
        else if (is_named(argv[i], "--"))
            only_words = true;
        else if (is_named(argv[i], "--help") || is_named(argv[i], "-h"))
            invocation->help = true;
        else if (is_named(argv[i], "--version"))
            invocation->version = true;
        else if (argv[i][1] != '-')
            problem = arena_printf(r->arena, "unknown option '%s'", argv[i]);
        else
            problem = read_flag(r, argc, argv, &i);
        first = first == NULL ? problem : first;
    }
    return first;
}

/* An empty variable is none. */
static void take_variable(struct reading *r, const struct setting *s, const char *variable,
                          enum setting_place place)
{
    const char *value = variable != NULL ? getenv(variable) : NULL;

    if (value != NULL && *value != '\0' && r->invocation->given[setting_index(s)].place < place)
        value_take(r, s, (struct given){.place = place, .text = value, .variable = variable});
}

static void read_environment(struct reading *r)
{
    for (const struct setting *s = setting_table; s->name != NULL; s++)
        take_variable(r, s, s->env, PLACE_ENVIRONMENT);
}

static struct given *given_at(struct reading *r, const char *name)
{
    return &r->invocation->given[setting_index(setting_find(name, strlen(name)))];
}

/* database-type in a place that counts more than that of dsn: dsn gives way. */
static void weigh_dsn(struct reading *r)
{
    struct given *dsn = given_at(r, "dsn");

    if (given_at(r, "database-type")->place <= dsn->place)
        return;
    *dsn = (struct given){.place = PLACE_DEFAULT};
    r->invocation->options.dsn = NULL;
}

/* Whoever names the Supabase project by our own names wants no host of another, but its password
 * may well be kept in a variable. */
static bool is_of_another_project(struct reading *r, const struct setting *s)
{
    return s->app_when == APP_SUPABASE && s->type != SETTING_SECRET &&
           given_at(r, "supabase-url")->place > PLACE_APPLICATION;
}

static bool app_counts(const struct reading *r, const struct setting *s)
{
    const char *type = r->invocation->options.database_type;
    const bool postgresql = strcmp(type, "postgresql") == 0;
    const bool supabase = strcmp(type, "supabase") == 0;

    return s->app_when == APP_ALWAYS || (s->app_when == APP_POSTGRESQL && postgresql) ||
           (s->app_when == APP_SUPABASE && supabase) ||
           (s->app_when == APP_EITHER && (postgresql || supabase));
}

/*
 * The variables of somebody's application, last: DATABASE_TYPE before those that it lets count.
 * Whoever names a server by our own names need not care what is around.
 */
static void read_application(struct reading *r)
{
    if (given_at(r, "dsn")->place != PLACE_DEFAULT)
        return;
    for (int when = APP_ALWAYS; when > APP_NEVER; when--) {
        for (const struct setting *s = setting_table; s->name != NULL; s++) {
            if (s->app_when == (enum setting_app)when && app_counts(r, s) &&
                !is_of_another_project(r, s))
                take_variable(r, s, s->app_env, PLACE_APPLICATION);
        }
    }
    if (strcmp(r->invocation->options.database_type, "postgresql") == 0)
        origin_note_variables(r);
}

bool options_read(struct arena *arena, int argc, char **argv, struct invocation *ret_invocation,
                  const char **ret_problem)
{
    struct invocation invocation = {0};
    struct reading r = {.arena = arena, .invocation = &invocation};
    const char *problem = NULL;

    value_defaults(&r);
    problem = read_line(&r, argc, argv);
    if (!invocation.help && !invocation.version) {
        read_environment(&r);
        file_read(&r);
        weigh_dsn(&r);
        read_application(&r);
    }
    *ret_invocation = invocation;
    if (problem != NULL)
        *ret_problem = problem;
    return problem == NULL;
}

/* "migrate up" in "migrate up, migrate down, backup"; `with_verbs`: "migrate", too. */
static bool is_named_in(const char *names, const char *name, bool with_verbs)
{
    const size_t len = strlen(name);

    for (; *names != '\0'; names += strspn(names, ", ")) {
        const size_t n = strcspn(names, ",");
        if (n >= len && strncmp(names, name, len) == 0 &&
            (n == len || (with_verbs && names[len] == ' ')))
            return true;
        names += n;
    }
    return false;
}

bool setting_is_of(const struct setting *setting, const char *command)
{
    return is_named_in(setting->of, command, true);
}

const struct setting *setting_stray(const struct invocation *invocation, const char *name)
{
    for (const struct setting *s = setting_table; s->name != NULL; s++) {
        if (s->of != NULL && setting_given(invocation, s)->place == PLACE_FLAG &&
            !is_named_in(s->of, name, false))
            return s;
    }
    return NULL;
}
