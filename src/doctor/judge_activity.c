/* Judging who is in whose way: transactions, locks, standbys, slots, slow statements. */
#include "planner/doctor/doctor_parts.h"

#define LONG_S      300
#define LAG_BYTES   ((int64_t)256 * 1024 * 1024)
#define LAG_S       30
#define SLOT_BYTES  ((int64_t)1024 * 1024 * 1024)
#define P95_SLOW_MS 1000
#define TOLD_MAX    5

/* "pid 12 (ann, psql) for 3 min", of the first few. */
static const char *sessions_of(struct doctor *doctor, const struct list *sessions)
{
    struct buf text = BUF_IN(doctor->rq->arena);

    for (size_t i = 0; i < sessions->n && i < TOLD_MAX; i++) {
        const struct doctor_session *s = LIST_AT(*sessions, i, const struct doctor_session);
        buf_printf(&text, "%spid %lld (%s%s%s) for %s", i > 0 ? "; " : "", (long long)s->pid.v,
                   s->who == NULL ? "?" : s->who,
                   s->program == NULL || *s->program == '\0' ? "" : ", ",
                   s->program == NULL ? "" : s->program, doctor_span(doctor, s->seconds.v));
        if (s->blocked_by != NULL && *s->blocked_by != '\0')
            buf_printf(&text, " waits for pid %s", s->blocked_by);
    }
    if (sessions->n > TOLD_MAX)
        buf_printf(&text, "; %zu more", sessions->n - TOLD_MAX);
    return buf_str(&text);
}

/* What was not to be seen is told with whatever was. */
static void say_sessions(struct doctor *doctor, struct doctor_finding *f,
                         enum doctor_severity severity, const struct list *sessions, int64_t hidden)
{
    const char *told = sessions->n == 0 ? "none" : sessions_of(doctor, sessions);

    if (sessions->n == 0 && hidden > 0)
        severity = DOCTOR_SKIPPED;
    if (hidden > 0)
        doctor_say(doctor, f, severity, "%s; %lld sessions of others are hidden from this user",
                   told, (long long)hidden);
    else
        doctor_say(doctor, f, severity, "%s", told);
}

/* `todo` with the session that ends it: of the first that is told. */
static void end_session(struct doctor *doctor, struct doctor_finding *f, const char *before,
                        int64_t pid, const char *behind)
{
    f->todo = arena_printf(doctor->rq->arena, "%s SELECT pg_terminate_backend(%lld)%s", before,
                           (long long)pid, behind);
}

static int64_t first_pid(const struct list *sessions)
{
    return LIST_AT(*sessions, 0, const struct doctor_session)->pid.v;
}

void judge_long_transactions(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_activity *a = facts;
    enum doctor_severity severity = DOCTOR_OK;

    if (a->longs.n > 0) /* the longest is the first */
        severity = LIST_AT(a->longs, 0, const struct doctor_session)->seconds.v >= LONG_S
                       ? DOCTOR_WARNING
                       : DOCTOR_INFO;
    say_sessions(doctor, f, severity, &a->longs, a->hidden.v);
    if (a->longs.n > 0)
        end_session(doctor, f, "find out what it does; to end it:", first_pid(&a->longs),
                    ". A backup takes its time");
}

void judge_idle_transactions(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_activity *a = facts;

    say_sessions(doctor, f, a->idles.n > 0 ? DOCTOR_WARNING : DOCTOR_OK, &a->idles, a->hidden.v);
    if (a->idles.n > 0)
        end_session(doctor, f, "end it:", first_pid(&a->idles),
                    "; set idle_in_transaction_session_timeout for who forgets");
}

void judge_lock_waits(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_activity *a = facts;
    int64_t blocker = 0; /* also of a prepared transaction, which has no session */

    say_sessions(doctor, f, a->waits.n > 0 ? DOCTOR_WARNING : DOCTOR_OK, &a->waits, a->hidden.v);
    if (a->waits.n > 0 && LIST_AT(a->waits, 0, const struct doctor_session)->blocked_by != NULL)
        blocker = strtoll(LIST_AT(a->waits, 0, const struct doctor_session)->blocked_by, NULL, 10);
    if (blocker > 0)
        end_session(doctor, f, "look at what the blocking session does; to end it:", blocker, "");
    else if (a->waits.n > 0)
        f->todo = "look at 'prepared': a transaction without a session holds the lock";
}

static void judge_as_standby(struct doctor *doctor, const struct doctor_replication *r,
                             struct doctor_finding *f)
{
    const bool far = r->behind_bytes.v > LAG_BYTES || r->behind_seconds.v > LAG_S;

    if (r->receiver == NULL)
        doctor_say(doctor, f, DOCTOR_WARNING, "this standby receives nothing; it is %s behind",
                   doctor_span(doctor, r->behind_seconds.v));
    else
        doctor_say(doctor, f, far ? DOCTOR_WARNING : DOCTOR_OK,
                   "this standby is %s behind, %s to be replayed",
                   doctor_span(doctor, r->behind_seconds.v),
                   doctor_size(doctor, r->behind_bytes.v));
}

void judge_replication(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_replication *r = facts;
    struct buf text = BUF_IN(doctor->rq->arena);
    bool trouble = false;

    if (r->standby.v) {
        judge_as_standby(doctor, r, f);
        return;
    }
    for (size_t i = 0; i < r->standbys.n; i++) {
        const struct doctor_standby *s = LIST_AT(r->standbys, i, const struct doctor_standby);
        const bool far = s->bytes.v > LAG_BYTES || s->seconds.v > LAG_S ||
                         (s->state != NULL && strcmp(s->state, "streaming") != 0);
        trouble = trouble || far;
        buf_printf(&text, "%s%s (%s, %s) is %s and %.1f s behind", i > 0 ? "; " : "", s->name,
                   s->state == NULL ? "state hidden" : s->state, s->sync == NULL ? "?" : s->sync,
                   doctor_size(doctor, s->bytes.v), s->seconds.v);
    }
    doctor_say(doctor, f, trouble ? DOCTOR_WARNING : DOCTOR_OK, "%s",
               r->standbys.n == 0 ? "no standby follows" : buf_str(&text));
}

static void say_nobody_confirms(struct doctor *doctor, const struct doctor_server *s,
                                struct doctor_finding *f)
{
    const char *undo = doctor_undo(doctor, s, "synchronous_standby_names");

    doctor_say(doctor, f, DOCTOR_ERROR, "every COMMIT waits for a standby, and none is there");
    if (undo != NULL)
        f->todo = arena_printf(doctor->rq->arena, "bring the standby back, or %s", undo);
}

/* Whose name is asked for is the server's business: that nobody is there is enough. */
void judge_sync_standby(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;
    const struct doctor_replication *r = doctor_facts(doctor, SOURCE_REPLICATION);
    const char *names = doctor_setting_of(s, "synchronous_standby_names");
    size_t n = 0;

    for (size_t i = 0; r != NULL && i < r->standbys.n; i++) {
        const char *sync = LIST_AT(r->standbys, i, const struct doctor_standby)->sync;
        n += sync != NULL && (strcmp(sync, "sync") == 0 || strcmp(sync, "quorum") == 0);
    }
    if (*names == '\0' || s->standby.v)
        doctor_say(doctor, f, DOCTOR_OK, "not asked for");
    else if (r == NULL || (n == 0 && r->standbys.n > 0 && !s->monitor.v))
        doctor_say(doctor, f, DOCTOR_SKIPPED, "this user may not see the standbys");
    else if (n == 0 && strcmp(doctor_setting_of(s, "synchronous_commit"), "local") != 0 &&
             strcmp(doctor_setting_of(s, "synchronous_commit"), "off") != 0)
        say_nobody_confirms(doctor, s, f);
    else
        doctor_say(doctor, f, DOCTOR_OK, "%zu confirm every COMMIT", n);
}

void judge_slots(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_replication *r = facts;
    struct buf text = BUF_IN(doctor->rq->arena);
    enum doctor_severity worst = DOCTOR_OK;
    const char *name = NULL;

    for (size_t i = 0; i < r->slots.n; i++) {
        const struct doctor_slot *s = LIST_AT(r->slots, i, const struct doctor_slot);
        enum doctor_severity severity = s->active.v ? DOCTOR_OK : DOCTOR_INFO;
        if (!s->active.v && s->bytes.v > SLOT_BYTES)
            severity = DOCTOR_WARNING;
        if (s->wal_status != NULL && strcmp(s->wal_status, "lost") == 0)
            severity = DOCTOR_ERROR;
        name = severity > worst ? s->name : name;
        worst = severity > worst ? severity : worst;
        buf_printf(&text, "%s%s (%s) holds %s of the log%s", i > 0 ? "; " : "", s->name,
                   s->active.v ? "in use" : "nobody reads it", doctor_size(doctor, s->bytes.v),
                   severity == DOCTOR_ERROR ? " and has lost some" : "");
    }
    doctor_say(doctor, f, worst, "%s", r->slots.n == 0 ? "none" : buf_str(&text));
    if (name != NULL)
        f->todo = arena_printf(doctor->rq->arena,
                               "bring its reader back; one that is gone for good: SELECT "
                               "pg_drop_replication_slot('%s')",
                               name);
}

/* Texts are kept as they came, and the first line of each of ours is its own. */
static const char *name_of(const char *text)
{
    for (const struct query *const *q = all_queries; *q != NULL; q++) {
        const size_t len = strcspn((*q)->sql, "\n");
        if (strncmp(text, (*q)->sql, len) == 0 && (text[len] == ' ' || text[len] == '\0'))
            return (*q)->name;
    }
    return NULL;
}

void judge_statements(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_statements *s = facts;
    const struct doctor_statement *worst = NULL;
    const char *name = NULL;

    if (s->schema == NULL) {
        doctor_say(doctor, f, DOCTOR_INFO,
                   "pg_stat_statements is not installed, so nothing is known");
        return;
    }
    if (s->statements.n == 0) {
        doctor_say(doctor, f, DOCTOR_OK, "no statement was called 20 times yet");
        return;
    }
    worst = LIST_AT(s->statements, 0, const struct doctor_statement);
    name = name_of(worst->query);
    doctor_say(doctor, f, worst->p95.v > P95_SLOW_MS ? DOCTOR_WARNING : DOCTOR_OK,
               "the slowest: 95%% of %lld calls within about %.0f ms, an estimate (mean %.0f, "
               "longest %.0f): %s%s%s",
               (long long)worst->calls.v, worst->p95.v, worst->mean.v, worst->max.v,
               name == NULL ? "" : "sql/queries/", name == NULL ? worst->query : name,
               name == NULL ? "" : ".sql");
}
