#include "planner/store/migrate_check.h"

#include <sys/statvfs.h>

#include "migrate_private.h"
#include "planner/base/buf.h"

#define DISK_FLOOR \
    ((int64_t)64 * 1024 * 1024) /* bytes; four segments of the log that is written first */
#define MIB        ((int64_t)1024 * 1024)
#define WANTED_MAX 32 /* extensions of all that is planned */

static const struct field wanted_fields[] = {ROW_STR(struct migrate_wanted, name, REQUIRED),
                                             ROW_BOOL(struct migrate_wanted, installed, REQUIRED),
                                             ROW_BOOL(struct migrate_wanted, available, REQUIRED),
                                             FIELD_END};
static const struct field session_fields[] = {
    ROW_INT(struct migrate_session, pid, OPTIONAL),
    ROW_STR(struct migrate_session, application, OPTIONAL),
    ROW_STR(struct migrate_session, user, OPTIONAL),
    ROW_INT(struct migrate_session, seconds, OPTIONAL),
    ROW_STR(struct migrate_session, prepared, OPTIONAL),
    FIELD_END};
static const struct field read_only_fields[] = {ROW_STR(struct migrate_read_only, place, REQUIRED),
                                                ROW_STR(struct migrate_read_only, undo, REQUIRED),
                                                FIELD_END};
static const struct field around_fields[] = {
    ROW_INT(struct migrate_surroundings, server, REQUIRED),
    ROW_STR(struct migrate_surroundings, encoding, OPTIONAL),
    ROW_STR(struct migrate_surroundings, lacks, OPTIONAL),
    ROW_OBJ(struct migrate_surroundings, read_only, read_only_fields, struct migrate_read_only,
            OPTIONAL),
    ROW_STR(struct migrate_surroundings, data_directory, OPTIONAL),
    ROW_INT(struct migrate_surroundings, bytes, REQUIRED),
    ROW_INT(struct migrate_surroundings, programs, REQUIRED),
    ROW_LIST(struct migrate_surroundings, extensions, wanted_fields, struct migrate_wanted,
             REQUIRED),
    ROW_LIST(struct migrate_surroundings, migrators, session_fields, struct migrate_session,
             REQUIRED),
    ROW_LIST(struct migrate_surroundings, transactions, session_fields, struct migrate_session,
             REQUIRED),
    FIELD_END};

/* The names in "a b" from *at on, one by one; NULL at the end. */
static const char *next_name(struct arena *arena, const char **at)
{
    const char *name = *at + strspn(*at, " ");
    const size_t len = strcspn(name, " ");

    *at = name + len;
    return len == 0 ? NULL : arena_copy(arena, name, len);
}

static const char *param_wanted(struct req *rq, const struct migrate_plan *plan)
{
    const char *names[WANTED_MAX];
    size_t n = 0;

    for (size_t i = 0; i < plan->steps.n; i++) {
        const struct migrate_planned *step = LIST_AT(plan->steps, i, struct migrate_planned);
        const char *at = step->migration->extensions;
        const char *name = NULL;
        while (step->up && n < WANTED_MAX && (name = next_name(rq->arena, &at)) != NULL)
            names[n++] = name;
    }
    return param_texts(rq, names, n);
}

/* Only where the server is on this machine does its path mean anything here. */
static int64_t disk_free(const PGconn *conn, const char *directory)
{
    const char *host = PQhost(conn);
    const char *address = PQhostaddr(conn);
    struct statvfs fs;
    const bool here = (host != NULL && host[0] == '/') || strncmp(address, "127.", 4) == 0 ||
                      strcmp(address, "::1") == 0;

    if (!here || directory == NULL || statvfs(directory, &fs) != 0)
        return -1;
    return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

enum status runner_look(struct runner *run, const struct migrate_plan *plan,
                        struct migrate_surroundings *ret_around)
{
    struct migrate_surroundings around = {0};

    TRY(runner_query(run, &q_migrate_checks, PARAMS(param_wanted(run->rq, plan)),
                     INTO(around_fields, &around)));
    around.disk_free = disk_free(run->conn, around.data_directory);
    *ret_around = around;
    return ST_OK;
}

enum status migrate_look(struct req *rq, const struct migrate_plan *plan,
                         struct migrate_surroundings *ret_around)
{
    OWN_RUNNER run = {0};

    TRY(runner_open(rq, &run));
    TRY(runner_peek(&run));
    TRY(runner_look(&run, plan, ret_around));
    return runner_end(&run);
}

struct judge {
    struct arena *arena;
    const struct migrate_surroundings *around;
    struct migrate_finding *findings;
    size_t n, cap;
};

static void PRINTF_LIKE(4, 5)
    find(struct judge *j, const char *check, enum migrate_severity severity, const char *fmt, ...)
{
    va_list args;

    if (j->n == j->cap)
        return;
    va_start(args, fmt);
    j->findings[j->n++] =
        (struct migrate_finding){check, severity, arena_vprintf(j->arena, fmt, args)};
    va_end(args);
}

static void judge_extension(struct judge *j, const struct migration *m, const char *name)
{
    for (size_t i = 0; i < j->around->extensions.n; i++) {
        const struct migrate_wanted *w = LIST_AT(j->around->extensions, i, struct migrate_wanted);
        if (strcmp(w->name, name) != 0)
            continue;
        if (!w->installed.v)
            find(j, "extension", MIGRATE_STOPS,
                 "migration %d (%s) wants the extension '%s'; %shave a superuser run CREATE "
                 "EXTENSION %s in this database",
                 m->version, m->name, name,
                 w->available.v ? "" : "install its package on the server, then ", name);
        return;
    }
}

static void judge_step(struct judge *j, const struct migrate_planned *step)
{
    const struct migration *m = step->migration;
    const char *at = m->extensions;
    const char *name = NULL;

    if (!step->up)
        find(j, "loss", MIGRATE_NOTE, "undoing migration %d (%s) loses: %s", m->version, m->name,
             m->loses);
    if (!step->up || step->batches_only)
        return;
    if (m->server > j->around->server.v)
        find(j, "server", MIGRATE_STOPS,
             "migration %d (%s) needs PostgreSQL %d or newer; this server is %d: update it",
             m->version, m->name, m->server, (int)j->around->server.v);
    while ((name = next_name(j->arena, &at)) != NULL)
        judge_extension(j, m, name);
    if (strcmp(m->phase, "contract") == 0 && j->around->programs.v > 0)
        find(j, "program", MIGRATE_WARNS,
             "%d sessions of mcp-planner are connected, and migration %d (%s) removes what those "
             "before %s use; end the older ones, or say --force when there are none",
             (int)j->around->programs.v, m->version, m->name, m->oldest_program);
}

const char *migrate_session_text(struct arena *arena, const struct migrate_session *session)
{
    return arena_printf(arena, "process %d (%s, user %s)", (int)session->pid.v,
                        session->application == NULL || session->application[0] == '\0'
                            ? "without a name"
                            : session->application,
                        session->user == NULL ? "unknown" : session->user);
}

static void judge_transaction(struct judge *j, const struct migrate_session *s)
{
    if (s->prepared != NULL)
        find(j, "transaction", MIGRATE_WARNS,
             "the prepared transaction '%s' of user %s is %lld s old, and a migration that needs "
             "its locks would give up; end it (COMMIT PREPARED or ROLLBACK PREPARED), or say "
             "--force",
             s->prepared, s->user, (long long)s->seconds.v);
    else
        find(j, "transaction", MIGRATE_WARNS,
             "%s has been in a transaction for %lld s, and a migration that needs its locks would "
             "give up; end it (SELECT pg_terminate_backend(%d)), wait, or say --force",
             migrate_session_text(j->arena, s), (long long)s->seconds.v, (int)s->pid.v);
}

static void judge_sessions(struct judge *j)
{
    for (size_t i = 0; i < j->around->migrators.n; i++) {
        const struct migrate_session *s = LIST_AT(j->around->migrators, i, struct migrate_session);
        find(j, "migrator", MIGRATE_NOTE,
             "another migrator is at work, %s, for %lld s; this one goes on when it is done",
             migrate_session_text(j->arena, s), (long long)s->seconds.v);
    }
    for (size_t i = 0; i < j->around->transactions.n; i++)
        judge_transaction(j, LIST_AT(j->around->transactions, i, struct migrate_session));
}

/* At the worst everything is written anew. */
static void judge_disk(struct judge *j)
{
    const int64_t needed = j->around->bytes.v + DISK_FLOOR;

    if (j->around->disk_free < 0 || j->around->disk_free >= needed)
        return;
    find(j, "disk", MIGRATE_WARNS,
         "the disk of the database has %lld MiB left, and a migration may need %lld; free some, or "
         "say --force",
         (long long)(j->around->disk_free / MIB), (long long)(needed / MIB));
}

/* Texts are stored as they come, in any language. */
static void judge_encoding(struct judge *j, const struct migrate_plan *plan)
{
    const char *encoding = j->around->encoding;

    if (encoding != NULL && strcmp(encoding, "UTF8") != 0 && plan->to > plan->from)
        find(j, "encoding", MIGRATE_STOPS,
             "the database is in %s, which cannot hold all texts; make another one with ENCODING "
             "'UTF8' TEMPLATE template0",
             encoding);
}

static void judge_rights(struct judge *j)
{
    if (j->around->lacks != NULL)
        find(j, "rights", MIGRATE_STOPS,
             "this user may not change the schema of the database; it takes: %s", j->around->lacks);
}

/* A migrator says READ WRITE, which would override what an administrator has said. */
static void judge_read_only(struct judge *j)
{
    const struct migrate_read_only *said = j->around->read_only;

    if (said != NULL)
        find(j, "read_only", MIGRATE_WARNS,
             "somebody made the database read-only (default_transaction_read_only is on %s); when "
             "it may be changed: %s, or say --force",
             said->place, said->undo);
}

struct list migrate_judge(struct arena *arena, const struct migrate_plan *plan,
                          const struct migrate_surroundings *around)
{
    const size_t cap =
        2 * plan->steps.n + around->extensions.n + around->migrators.n + around->transactions.n + 4;
    struct judge j = {arena, around, ARENA_MANY(arena, cap, struct migrate_finding), 0, cap};

    if (plan->steps.n == 0)
        return (struct list){true, 0, j.findings};
    judge_encoding(&j, plan);
    judge_rights(&j);
    judge_read_only(&j);
    for (size_t i = 0; i < plan->steps.n; i++)
        judge_step(&j, LIST_AT(plan->steps, i, struct migrate_planned));
    judge_disk(&j);
    judge_sessions(&j);
    return (struct list){true, j.n, j.findings};
}
