/*
 * The database that an application's environment names. It counts only when DATABASE_TYPE says
 * so: hosts pass on the environment of whatever project they are opened in.
 */
#include "planner/cli/options.h"

#define POOLER_HOST "aws-0-%s.pooler.supabase.com"

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static void put_quoted(struct buf *out, const char *keyword, const char *value)
{
    if (value == NULL)
        return;
    buf_printf(out, "%s%s=", out->len > 0 ? " " : "", keyword);
    buf_quoted(out, value);
}

/* Named here rather than left to libpq, so that a distant host is seen, and asked for TLS. */
static const char *dsn_from_pg_variables(struct arena *arena)
{
    static const char *const pairs[][2] = {{"host", "PGHOST"}, {"hostaddr", "PGHOSTADDR"},
                                           {"port", "PGPORT"}, {"dbname", "PGDATABASE"},
                                           {"user", "PGUSER"}, {"sslmode", "PGSSLMODE"}};
    struct buf out = BUF_IN(arena);

    for (size_t i = 0; i < LENGTH_OF(pairs); i++)
        put_quoted(&out, pairs[i][0], variable(pairs[i][1]));
    return buf_str(&out);
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

/* The database's own host knows the plain user; the pooler tells projects apart by the user. */
static const char *compose_supabase(struct arena *arena, const char *ref, const char *password)
{
    const char *host = variable("SUPABASE_HOST");
    const char *region = variable("SUPABASE_REGION");
    const char *ca = variable("SUPABASE_CA");
    struct buf out = BUF_IN(arena);

    if (host == NULL)
        host = arena_printf(arena, POOLER_HOST, region);
    put_quoted(&out, "host", host);
    put_quoted(&out, "port", "5432");
    put_quoted(&out, "dbname", "postgres");
    put_quoted(&out, "user",
               strncmp(host, "db.", 3) == 0 ? "postgres" : arena_printf(arena, "postgres.%s", ref));
    put_quoted(&out, "password", password);
    put_quoted(&out, "sslmode", ca != NULL ? "verify-full" : "require");
    put_quoted(&out, "sslrootcert", ca);
    return buf_str(&out);
}

static bool dsn_from_supabase(struct arena *arena, const char **ret_dsn, const char **ret_problem)
{
    const char *url = variable("SUPABASE_URL");
    const char *password = variable("SUPABASE_DB_PASSWORD");
    const char *ref = url != NULL ? supabase_ref(arena, url) : NULL;

    if (ref == NULL)
        *ret_problem = "DATABASE_TYPE=supabase needs SUPABASE_URL, like https://REF.supabase.co";
    else if (password == NULL)
        *ret_problem = "DATABASE_TYPE=supabase needs SUPABASE_DB_PASSWORD";
    else if (variable("SUPABASE_REGION") == NULL && variable("SUPABASE_HOST") == NULL)
        *ret_problem = "DATABASE_TYPE=supabase needs SUPABASE_REGION, like eu-central-1";
    else
        *ret_dsn = compose_supabase(arena, ref, password);
    return *ret_problem == NULL;
}

bool dsn_complete(struct arena *arena, const char **dsn, const char **ret_problem)
{
    const char *type = variable("DATABASE_TYPE");
    const char *url = variable("DATABASE_URL");

    *ret_problem = NULL;
    if (type != NULL && strcmp(type, "postgresql") == 0) {
        if (*dsn == NULL)
            *dsn = url != NULL ? url : dsn_from_pg_variables(arena);
        return true;
    }
    if (*dsn == NULL && type != NULL && strcmp(type, "supabase") == 0 &&
        !dsn_from_supabase(arena, dsn, ret_problem))
        return false;
    /*
     * libpq fills what a connection string leaves open from its variables; those of somebody's
     * application must not complete ours.
     */
    if (*dsn != NULL)
        db_forget_environment();
    return true;
}
