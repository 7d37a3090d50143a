/*
 * Where the parts of a connection string come from: the string itself, a variable of libpq, a
 * service, a setting of Supabase. Noted while the environment is read, since it is emptied later.
 */
#include <stdlib.h>

#include "config_private.h"

#include "planner/base/buf.h"
#include "planner/store/db.h"

void origin_note_variables(struct reading *r)
{
    struct invocation *invocation = r->invocation;
    PQconninfoOption *all = PQconninfoParse("", NULL);

    for (size_t i = 0; all != NULL && all[i].keyword != NULL; i++) {
        const char *value = all[i].envvar != NULL ? getenv(all[i].envvar) : NULL;
        if (value == NULL || *value == '\0' || invocation->n_variables == LIBPQ_VARIABLES_MAX)
            continue;
        invocation->variables[invocation->n_variables++] =
            (struct libpq_variable){.keyword = arena_strdup(r->arena, all[i].keyword),
                                    .name = arena_strdup(r->arena, all[i].envvar),
                                    .value = arena_strdup(r->arena, value)};
    }
    PQconninfoFree(all);
}

static const struct setting *row(const char *name)
{
    return setting_find(name, strlen(name));
}

/* The variables that are set: "PGHOST, PGUSER". */
static const char *names_of(struct arena *arena, const struct invocation *invocation)
{
    struct buf out = BUF_IN(arena);

    for (size_t i = 0; i < invocation->n_variables; i++)
        buf_printf(&out, "%s%s", i > 0 ? ", " : "", invocation->variables[i].name);
    return out.len > 0 ? buf_str(&out) : "the defaults of libpq";
}

const char *options_dsn_origin(struct arena *arena, const struct invocation *invocation)
{
    const char *type = invocation->options.database_type;

    if (invocation->options.dsn != NULL || strcmp(type, "private") == 0)
        return NULL;
    return arena_printf(arena, "from %s, because 'database-type' (%s) is %s",
                        strcmp(type, "supabase") == 0 ? "'supabase-url' and the settings beside it"
                                                      : names_of(arena, invocation),
                        setting_origin(arena, invocation, row("database-type")), type);
}

static const char *of_setting(struct arena *arena, const struct invocation *invocation,
                              const char *name)
{
    return arena_printf(arena, "'%s' (%s)", name, setting_origin(arena, invocation, row(name)));
}

/* What a string that was given says of a keyword, or NULL. */
static const char *said_by(struct arena *arena, const char *text, const char *keyword)
{
    struct db_dsn_words words;
    PQconninfoOption *parts =
        text == NULL ? NULL : PQconninfoParse(db_dsn_plain(arena, text, &words), NULL);
    const char *value = parts == NULL ? NULL : dsn_part(parts, keyword);

    value = value == NULL ? NULL : arena_strdup(arena, value);
    PQconninfoFree(parts);
    return value;
}

static const struct libpq_variable *variable_of(const struct invocation *invocation,
                                                const char *keyword)
{
    for (size_t i = 0; i < invocation->n_variables; i++) {
        if (strcmp(invocation->variables[i].keyword, keyword) == 0)
            return &invocation->variables[i];
    }
    return NULL;
}

static const char *service_of(struct arena *arena, const struct invocation *invocation,
                              const char *text)
{
    const struct libpq_variable *variable = variable_of(invocation, "service");
    const char *said = said_by(arena, text, "service");

    if (said != NULL)
        return said;
    return variable == NULL ? NULL : variable->value;
}

/* Of what neither a string nor a variable says. */
static const char *of_whole(struct arena *arena, const struct invocation *invocation,
                            const char *name, const char *keyword)
{
    const char *text = setting_given(invocation, row(name))->text;
    const bool is_host = strcmp(keyword, "host") == 0 || strcmp(keyword, "port") == 0;

    if (text != NULL)
        return of_setting(arena, invocation, name);
    if (is_host && invocation->options.supabase_host != NULL)
        return of_setting(arena, invocation, "supabase-host");
    return of_setting(arena, invocation, "database-type");
}

const char *origin_of(struct arena *arena, const struct invocation *invocation, const char *name,
                      const char *keyword, const char *value)
{
    const char *text = setting_given(invocation, row(name))->text;
    const bool reads = strcmp(name, "dsn") != 0; /* which no variable completes */
    const struct libpq_variable *variable = reads ? NULL : variable_of(invocation, keyword);
    const char *service = NULL;

    if (said_by(arena, text, keyword) != NULL)
        return of_setting(arena, invocation, name);
    if (variable != NULL && value != NULL && strcmp(variable->value, value) == 0)
        return arena_printf(arena, "'%s' (environment variable)", variable->name);
    service = value == NULL ? NULL : service_of(arena, invocation, text);
    return service != NULL ? arena_printf(arena, "the service '%s'", service)
                           : of_whole(arena, invocation, name, keyword);
}
