/* Why there is no session with the database: the step that failed, and what to do about it. */
#include "planner/doctor/doctor_parts.h"

struct step {
    const char *name;
    const char *means, *todo;
};

#define WHENCE "'mcp-planner config show' tells where they come from"

static const struct step steps[] = {
    [PROBE_PRIVATE] = {"starting the private database",
                       "the PostgreSQL that this program runs by itself does not start",
                       "do what the sentence says; keeper.log and postgresql.log in the data "
                       "directory say more, and 'mcp-planner status' where that is"},
    [PROBE_STRING] = {"reading the connection string", "what names the database cannot be read",
                      "give it as postgresql://user@host/database; 'mcp-planner config show' tells "
                      "where it comes from"},
    [PROBE_RESOLVE] = {"looking up the host's name", "the name has no address here",
                       "correct the host in the connection string, or this machine's resolver"},
    [PROBE_CONNECT] = {"connecting", "nothing answers at that address, or a firewall is in between",
                       "start the server; check host and port; let this machine through "
                       "(listen_addresses, firewall)"},
    [PROBE_TLS] = {"agreeing on encryption",
                   "the two sides do not agree on TLS, or the server's certificate is not trusted",
                   "name the authority's certificate with 'tls-ca', give the host's name as it is "
                   "in the server's certificate, and set 'tls' to what the server offers"},
    [PROBE_AUTHENTICATION] = {"logging in", "the server does not let this user in",
                              "correct user and password in 'dsn'; " WHENCE},
    [PROBE_DATABASE] = {"opening the database",
                        "the database does not exist, or the user may not connect to it",
                        "create it (createdb NAME), correct the name, or GRANT CONNECT ON DATABASE "
                        "to the user"},
    [PROBE_CAPACITY] = {"getting a connection", "all connections of the server or role are taken",
                        "end what is not needed, raise max_connections or the role's limit, or put "
                        "a pooler in front"},
    [PROBE_SERVER] = {"talking to the server", "the server is not up, or not one that can be used",
                      "wait until it is up, or use a PostgreSQL of version 15 or newer that takes "
                      "writes"},
    [PROBE_DONE] = {"reading", "the connection broke", "run it again"},
};

/* Words of the server or of libpq, and what helps against just that. The first match counts. */
static const char *login_advice(const char *why)
{
    static const struct {
        const char *words, *todo;
    } cases[] = {
        {"no encryption",
         "set 'tls' to require, if pg_hba.conf lets in what is encrypted; else add "
         "a line for this user, database and address to it"},
        {"pg_hba.conf", "add a line for this user, database and address to the server's "
                        "pg_hba.conf, then SELECT pg_reload_conf()"},
        {"assword", "correct the password: it is in 'dsn' (PLANNER_DATABASE_URL), in ~/.pgpass or "
                    "the file that passfile in 'dsn' names, or, of Supabase, in "
                    "SUPABASE_DB_PASSWORD; " WHENCE},
        {"role \"", "correct the user in 'dsn' (PLANNER_DATABASE_URL), or CREATE ROLE; " WHENCE},
    };

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        if (strstr(why, cases[i].words) != NULL)
            return cases[i].todo;
    }
    return NULL;
}

/* "plans" of: database "plans" does not exist. */
static const char *quoted_name(struct arena *arena, const char *why)
{
    const char *open = why == NULL ? NULL : strchr(why, '"');
    const char *close = open == NULL ? NULL : strrchr(why, '"');

    return close == open ? "NAME" : arena_copy(arena, open, (size_t)(close - open) + 1);
}

/* What is known more exactly than by the step. */
static void refine(struct doctor *doctor, const struct probe_fault *fault, struct doctor_finding *f)
{
    const char *colon = fault->tls == NULL ? NULL : strstr(fault->tls, ": ");
    const char *login =
        fault->step == PROBE_AUTHENTICATION && fault->why != NULL ? login_advice(fault->why) : NULL;

    if (colon != NULL) {
        f->means = arena_copy(doctor->rq->arena, fault->tls, (size_t)(colon - fault->tls));
        f->todo = colon + 2;
    } else if (login != NULL) {
        f->todo = login;
    } else if (strcmp(fault->sqlstate, "3D000") == 0) {
        f->todo = arena_printf(doctor->rq->arena,
                               "run CREATE DATABASE %s in the database postgres of that server, or "
                               "correct the name in 'dsn'",
                               quoted_name(doctor->rq->arena, fault->why));
    } else if (fault->why != NULL && strncmp(fault->why, "invalid ", strlen("invalid ")) == 0) {
        f->todo = "'mcp-planner config check' says which setting that is";
    }
}

void doctor_tell_unreached(struct doctor *doctor, const struct probe_fault *fault,
                           struct doctor_finding *f)
{
    const struct step *step = &steps[fault->step];

    doctor_say(doctor, f, DOCTOR_ERROR, "failed at: %s (%s%s%s)", step->name,
               fault->why == NULL ? "no reason given" : fault->why,
               fault->sqlstate[0] == '\0' ? "" : "; SQLSTATE ", fault->sqlstate);
    f->means = step->means;
    f->todo = step->todo;
    refine(doctor, fault, f);
}
