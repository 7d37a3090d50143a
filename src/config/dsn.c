/*
 * Which database. What an application's environment says counts only with database-type: hosts
 * pass on the environment of whatever project they are opened in. What counts is put into one
 * connection string, so that nothing has to be left in the environment for libpq to find.
 */
#include <stdlib.h>

#include "config_private.h"

#include "planner/base/buf.h"
#include "planner/store/db.h"

#define POOLER_HOST "aws-0-%s.pooler.supabase.com"

static void put_quoted(struct buf *out, const char *keyword, const char *value)
{
    if (value == NULL)
        return;
    buf_printf(out, "%s%s=", out->len > 0 ? " " : "", keyword);
    buf_quoted(out, value);
}

static const struct given *given_of(const struct invocation *invocation, const char *name)
{
    return &invocation->given[setting_index(setting_find(name, strlen(name)))];
}

/* The project's reference in https://REF.supabase.co, or NULL. */
static const char *supabase_ref(struct arena *arena, const char *url)
{
    static const char scheme[] = "https://";
    const char *host = url + strlen(scheme);
    size_t len = 0;

    if (strncmp(url, scheme, strlen(scheme)) != 0)
        return NULL;
    len = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && host[len] == '.' ? arena_copy(arena, host, len) : NULL;
}

/* The number behind HOST: in HOST:PORT, or NULL. */
static const char *port_of(const char *host)
{
    const char *colon = strchr(host, ':');
    const char *port = colon != NULL ? colon + 1 : "";

    return *port != '\0' && port[strspn(port, "0123456789")] == '\0' ? port : NULL;
}

/* The database's own host knows the plain user; the pooler tells projects apart by the user. */
static const char *compose_supabase(struct arena *arena, const struct options *options,
                                    const char *ref)
{
    const char *host = options->supabase_host;
    const char *ca = options->supabase_ca;
    const char *port = NULL;
    struct buf out = BUF_IN(arena);

    if (host == NULL)
        host = arena_printf(arena, POOLER_HOST, options->supabase_region);
    port = port_of(host);
    if (port != NULL)
        host = arena_copy(arena, host, (size_t)(port - 1 - host));
    put_quoted(&out, "host", host);
    put_quoted(&out, "port", port != NULL ? port : "5432");
    put_quoted(&out, "dbname", "postgres");
    put_quoted(&out, "user",
               strncmp(host, "db.", 3) == 0 ? "postgres" : arena_printf(arena, "postgres.%s", ref));
    put_quoted(&out, "password", options->supabase_password);
    put_quoted(&out, "sslmode", ca != NULL ? "verify-full" : "require");
    put_quoted(&out, "sslrootcert", ca);
    return buf_str(&out);
}

static bool dsn_from_supabase(struct arena *arena, const struct options *options,
                              const char **ret_dsn, const char **ret_problem)
{
    const char *url = options->supabase_url;
    const char *ref = url != NULL ? supabase_ref(arena, url) : NULL;

    if (ref == NULL)
        *ret_problem = "DATABASE_TYPE=supabase needs SUPABASE_URL, like https://REF.supabase.co";
    else if (options->supabase_password == NULL)
        *ret_problem = "DATABASE_TYPE=supabase needs SUPABASE_DB_PASSWORD";
    else if (options->supabase_region == NULL && options->supabase_host == NULL)
        *ret_problem = "DATABASE_TYPE=supabase needs SUPABASE_REGION, like eu-central-1";
    else
        *ret_dsn = compose_supabase(arena, options, ref);
    return *ret_problem == NULL;
}

/* What libpq may be told by an application's variables, but is told by us or not at all. */
static bool is_ours(const char *keyword)
{
    static const char *const ours[] = {"service", "application_name", "client_encoding",
                                       "fallback_application_name", "replication"};

    for (size_t i = 0; i < LENGTH_OF(ours); i++) {
        if (strcmp(ours[i], keyword) == 0)
            return true;
    }
    return false;
}

const char *dsn_part(const PQconninfoOption *parts, const char *keyword)
{
    for (; parts->keyword != NULL; parts++) {
        if (strcmp(parts->keyword, keyword) == 0)
            return parts->val;
    }
    return NULL;
}

/*
 * PQconndefaults passes over a service that cannot be read, so libpq is asked to connect with it:
 * it says what is wrong with the service, or refuses the word that is wrong for certain, before it
 * looks at any host.
 */
static bool check_service(struct arena *arena, const char *service, const char **ret_problem)
{
    static const char wrong[] = "none of sslmode's words";
    const char *const keywords[] = {"service", "sslmode", NULL};
    const char *const values[] = {service, wrong, NULL};
    PGconn *conn = PQconnectStartParams(keywords, values, 0);
    const char *why = conn != NULL ? PQerrorMessage(conn) : "out of memory";

    if (strstr(why, wrong) == NULL)
        *ret_problem = arena_printf(
            arena,
            "the service '%s' cannot be used: %.*s; put it into ~/.pg_service.conf, or name host, user and dbname in 'dsn'",
            service, (int)strcspn(why, "\n"), why);
    PQfinish(conn);
    return *ret_problem == NULL;
}

/* What libpq would take from its variables and the service; its built-in defaults stay away. */
static bool is_from_outside(const PQconninfoOption *option)
{
    const char *variable = option->envvar != NULL ? getenv(option->envvar) : NULL;

    if (option->val == NULL || is_ours(option->keyword))
        return false;
    return (variable != NULL && *variable != '\0') || option->compiled == NULL ||
           strcmp(option->val, option->compiled) != 0;
}

static const char *with_defaults(struct arena *arena, const PQconninfoOption *given)
{
    PQconninfoOption *outside = PQconndefaults();
    struct buf out = BUF_IN(arena);

    for (size_t i = 0; given[i].keyword != NULL; i++) {
        if (!is_ours(given[i].keyword) || strcmp(given[i].keyword, "application_name") == 0)
            put_quoted(&out, given[i].keyword, given[i].val);
    }
    for (size_t i = 0; outside != NULL && outside[i].keyword != NULL; i++) {
        if (is_from_outside(&outside[i]) && dsn_part(given, outside[i].keyword) == NULL)
            put_quoted(&out, outside[i].keyword, outside[i].val);
    }
    PQconninfoFree(outside);
    return buf_str(&out);
}

/* Without what libpq says of it, which quotes parts that may be the password. */
static const char *unreadable(struct arena *arena, const struct invocation *invocation,
                              const char *name)
{
    return arena_printf(arena,
                        "'%s' (%s) cannot be read as a connection string; write it as "
                        "postgresql://user@host/database, or as host=... dbname=... user=... with "
                        "words that libpq knows",
                        name, setting_origin(arena, invocation, setting_find(name, strlen(name))));
}

static const char *torn(struct arena *arena, const struct invocation *invocation, const char *name)
{
    return arena_printf(arena,
                        "'%s' (%s) has a port that is no number or an '@' in its host; in a URI "
                        "write / and @ of a password as %%2F and %%40",
                        name, setting_origin(arena, invocation, setting_find(name, strlen(name))));
}

/*
 * A connection string with everything in it that libpq would look for elsewhere: the service that
 * it or PGSERVICE names, and, `completed`, the variables of the environment.
 */
static bool dsn_complete(struct arena *arena, const struct invocation *invocation, const char *name,
                         const char **dsn, bool completed, const char **ret_problem)
{
    struct db_dsn_words words;
    const char *plain = db_dsn_plain(arena, *dsn, &words);
    PQconninfoOption *given = PQconninfoParse(plain, NULL);
    const char *service = given != NULL ? dsn_part(given, "service") : NULL;

    if (given == NULL) {
        *ret_problem = unreadable(arena, invocation, name);
        return false;
    }
    if (dsn_is_torn(given)) {
        PQconninfoFree(given);
        *ret_problem = torn(arena, invocation, name);
        return false;
    }
    if (!completed)
        db_forget_environment();
    if (service != NULL)
        (void)setenv("PGSERVICE", service, 1);
    service = getenv("PGSERVICE");
    if (service != NULL && *service != '\0' && !check_service(arena, service, ret_problem)) {
        PQconninfoFree(given);
        return false;
    }
    if (completed || service != NULL)
        *dsn = arena_printf(arena, "%s%s%s", with_defaults(arena, given),
                            words.pooled ? " pgbouncer=true" : "",
                            words.nameless ? " statement_cache_size=0" : "");
    PQconninfoFree(given);
    return true;
}

bool options_dsn(struct arena *arena, const struct invocation *invocation, const char **ret_dsn,
                 const char **ret_problem)
{
    const struct options *options = &invocation->options;
    const char *dsn = options->dsn;
    const struct given *given = given_of(invocation, "dsn");
    bool completed = given->place == PLACE_APPLICATION;

    *ret_problem = NULL;
    if (dsn == NULL && strcmp(options->database_type, "postgresql") == 0) {
        dsn = "";
        completed = true;
    }
    if (dsn == NULL && strcmp(options->database_type, "supabase") == 0 &&
        !dsn_from_supabase(arena, options, &dsn, ret_problem))
        return false;
    if (dsn != NULL && !dsn_complete(arena, invocation, "dsn", &dsn, completed, ret_problem))
        return false;
    db_forget_environment();
    *ret_dsn = dsn;
    return true;
}

bool options_read_dsn(struct arena *arena, const struct invocation *invocation,
                      const char **ret_dsn, const char **ret_problem)
{
    const char *dsn = invocation->options.read_dsn;

    *ret_problem = NULL;
    if (dsn != NULL && !dsn_complete(arena, invocation, "read-dsn", &dsn, false, ret_problem))
        return false;
    db_forget_environment();
    *ret_dsn = dsn;
    return true;
}
