/* Judging the server: its version, its settings, its clock, what is left of it. */
#include <sys/statvfs.h>

#include "planner/doctor/doctor_parts.h"

#define ROUND_TRIP_SLOW_US 50000  /* a write takes two of them */
#define ROUND_TRIP_BAD_US  250000 /* and a conversation hundreds */
#define SKEW_MS            5000
#define NEWEST_MAJOR       18 /* that this program knows of */
#define SHARE_WARNING      80 /* percent */
#define SHARE_ERROR        95
#define CONNECTIONS_FEW    20
#define PREPARED_S         300
#define XID_ERROR          1800000000 /* the server refuses writes at about 2,144,000,000 */
#define XID_WARNING_MAX    1200000000

void judge_round_trip(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const int64_t us = doctor->measured.median_us;

    (void)facts;
    doctor_say(doctor, f,
               us > ROUND_TRIP_BAD_US    ? DOCTOR_WARNING
               : us > ROUND_TRIP_SLOW_US ? DOCTOR_INFO
                                         : DOCTOR_OK,
               "%.3f ms, the median of 9 (least: %.3f)%s", (double)us / 1000,
               (double)doctor->measured.best_us / 1000,
               doctor->measured.pooled ? "; behind a transaction pooler" : "");
}

void judge_clock(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const int64_t skew = doctor->measured.skew_ms;
    const int64_t size = skew < 0 ? -skew : skew;

    (void)facts;
    doctor_say(doctor, f, size > SKEW_MS ? DOCTOR_WARNING : DOCTOR_OK,
               "the server's clock is %.1f s %s this machine's (known to %.1f ms)",
               (double)size / 1000, skew < 0 ? "behind" : "ahead of",
               (double)doctor->measured.best_us / 2000);
}

void judge_tls(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;

    if (s->tls.set && s->tls.v)
        doctor_say(doctor, f, DOCTOR_OK, "encrypted");
    else if (s->remote.v && !doctor->measured.local)
        doctor_say(doctor, f, DOCTOR_WARNING, "not encrypted, to another machine");
    else
        doctor_say(doctor, f, DOCTOR_OK, "not encrypted, on this machine");
}

/* When the community ends its support of a major version (postgresql.org/support/versioning). */
static const char *support_end(int64_t major)
{
    static const struct {
        int64_t major;
        const char *end;
    } ends[] = {{15, "2027-11-11"}, {16, "2028-11-09"}, {17, "2029-11-08"}, {18, "2030-11-14"}};

    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        if (ends[i].major == major)
            return ends[i].end;
    }
    return NULL;
}

/* Replaced within a week or so, because they broke something. */
static bool was_withdrawn(int64_t number)
{
    static const int64_t withdrawn[] = {150009, 160005, 170001, 150011, 160007, 170003};

    for (size_t i = 0; i < LENGTH_OF(withdrawn); i++) {
        if (withdrawn[i] == number)
            return true;
    }
    return false;
}

static bool is_unfinished(const char *version)
{
    return strstr(version, "beta") != NULL || strstr(version, "rc") != NULL ||
           strstr(version, "devel") != NULL;
}

void judge_version(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;
    const int64_t major = s->version_num.v / 10000;
    const char *end = support_end(major);

    if (is_unfinished(s->version))
        doctor_say(doctor, f, DOCTOR_WARNING, "PostgreSQL %s is no release", s->version);
    else if (was_withdrawn(s->version_num.v))
        doctor_say(doctor, f, DOCTOR_WARNING,
                   "PostgreSQL %s was replaced within days of its release, for its regressions",
                   s->version);
    else if (end != NULL && strcmp(s->today, end) > 0)
        doctor_say(doctor, f, DOCTOR_WARNING, "PostgreSQL %s; support of %d ended on %s",
                   s->version, (int)major, end);
    else if (major > NEWEST_MAJOR)
        doctor_say(doctor, f, DOCTOR_INFO, "PostgreSQL %s, newer than this program knows",
                   s->version);
    else
        doctor_say(doctor, f, DOCTOR_OK,
                   "PostgreSQL %s, supported until %s; whether there is a newer minor release is "
                   "not known here",
                   s->version, end);
}

void judge_role_of_server(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;

    if (s->standby.v)
        doctor_say(doctor, f, DOCTOR_ERROR, "a standby, which refuses every write");
    else
        doctor_say(doctor, f, DOCTOR_OK, "a primary");
}

void judge_encoding(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;

    doctor_say(doctor, f, strcmp(s->encoding, "UTF8") == 0 ? DOCTOR_OK : DOCTOR_ERROR, "%s",
               s->encoding);
}

void judge_extensions(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;
    struct buf text = BUF_IN(doctor->rq->arena);
    bool plpgsql = false;
    bool old = false;

    for (size_t i = 0; i < s->extensions.n; i++) {
        const struct doctor_extension *e = LIST_AT(s->extensions, i, const struct doctor_extension);
        const bool behind = e->newest != NULL && strcmp(e->newest, e->version) != 0;
        plpgsql = plpgsql || strcmp(e->name, "plpgsql") == 0;
        old = old || behind;
        buf_printf(&text, "%s%s %s%s%s", i > 0 ? ", " : "", e->name, e->version,
                   behind ? " of " : "", behind ? e->newest : "");
    }
    if (!plpgsql)
        doctor_say(doctor, f, DOCTOR_ERROR, "plpgsql is not installed");
    else
        doctor_say(doctor, f, old ? DOCTOR_INFO : DOCTOR_OK, "%s", buf_str(&text));
}

/* What arrives in a session: of the role, the database, the server, and of our own options. */
static void advise(struct doctor *doctor, const struct doctor_server *s, const char *setting,
                   struct doctor_finding *f, const char *means)
{
    const char *undo = doctor_undo(doctor, s, setting);

    f->means = means;
    f->todo = undo != NULL ? undo : f->todo;
}

void judge_session(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;
    const char *path = doctor_setting_of(s, "search_path");
    const char *isolation = doctor_setting_of(s, "default_transaction_isolation");
    const char *triggers = doctor_setting_of(s, "session_replication_role");

    if (strcmp(doctor_setting_of(s, "default_transaction_read_only"), "on") == 0) {
        doctor_say(doctor, f, DOCTOR_ERROR,
                   "sessions begin read-only (default_transaction_read_only)");
        advise(doctor, s, "default_transaction_read_only", f,
               "every call that changes something is refused");
    } else if (*triggers != '\0' && strcmp(triggers, "origin") != 0) {
        doctor_say(doctor, f, DOCTOR_ERROR,
                   "triggers and foreign keys do not run (session_replication_role is %s)",
                   triggers);
        advise(doctor, s, "session_replication_role", f,
               "what keeps the plan right does not run: it takes wrong data, and tells nobody");
    } else if (*isolation != '\0' && strcmp(isolation, "read committed") != 0) {
        doctor_say(doctor, f, DOCTOR_WARNING, "transactions are %s by default", isolation);
        advise(doctor, s, "default_transaction_isolation", f,
               "changes that meet are refused and tried again more often than they need be");
    } else if (!doctor->measured.pooled && strncmp(path, "planner", strlen("planner")) != 0)
        doctor_say(doctor, f, DOCTOR_WARNING,
                   "this program's session options did not arrive (search_path is %s)", path);
    else
        doctor_say(doctor, f, DOCTOR_OK, "%s",
                   doctor->measured.pooled ? "settings go along with each transaction (pooler)"
                                           : "as this program asked for");
}

static int64_t number_of(const struct doctor_server *s, const char *name)
{
    return strtoll(doctor_setting_of(s, name), NULL, 10);
}

static enum doctor_severity severity_of_share(int64_t used, int64_t limit)
{
    if (used * 100 > limit * SHARE_ERROR)
        return DOCTOR_ERROR;
    return used * 100 > limit * SHARE_WARNING ? DOCTOR_WARNING : DOCTOR_OK;
}

/* A limit of its own, where it is nearer than the server's. */
static bool say_limit(struct doctor *doctor, struct doctor_finding *f, enum doctor_severity than,
                      const char *whose, const struct opt_int *used, const struct opt_int *limit)
{
    const enum doctor_severity severity =
        limit->set ? severity_of_share(used->v, limit->v) : DOCTOR_OK;

    if (severity <= than)
        return false;
    doctor_say(doctor, f, severity, "%lld of the %lld that this %s may have", (long long)used->v,
               (long long)limit->v, whose);
    return true;
}

void judge_connections(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;
    const int64_t limit = number_of(s, "max_connections") -
                          number_of(s, "superuser_reserved_connections") -
                          number_of(s, "reserved_connections");
    enum doctor_severity worst = severity_of_share(s->sessions.v, limit);

    if (say_limit(doctor, f, worst, "role", &s->role_sessions, &s->role_limit) ||
        say_limit(doctor, f, worst, "database", &s->database_sessions, &s->database_limit))
        return;
    if (worst == DOCTOR_OK && limit < CONNECTIONS_FEW)
        worst = DOCTOR_WARNING;
    doctor_say(doctor, f, worst, "%lld of %lld that are not reserved (%lld%%)%s",
               (long long)s->sessions.v, (long long)limit,
               (long long)(limit > 0 ? s->sessions.v * 100 / limit : 100),
               limit < CONNECTIONS_FEW ? "; few, since each process holds one" : "");
}

/* Statements behind statements can be pasted as one. */
static void add_undo(struct buf *todo, const char *undo)
{
    static const char run[] = "run ";
    const size_t len = sizeof(run) - 1;

    if (undo == NULL)
        return;
    if (todo->len > len && strncmp(buf_str(todo), run, len) == 0 && strncmp(undo, run, len) == 0)
        undo += len;
    buf_printf(todo, "%s%s", todo->len == 0 ? "" : "; ", undo);
}

void judge_crash_safety(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    static const struct {
        const char *name, *wrong;
        enum doctor_severity severity;
    } traps[] = {
        {"fsync", "off", DOCTOR_ERROR},
        {"full_page_writes", "off", DOCTOR_ERROR},
        {"zero_damaged_pages", "on", DOCTOR_ERROR},
        {"ignore_checksum_failure", "on", DOCTOR_ERROR},
        {"synchronous_commit", "off", DOCTOR_WARNING},
    };
    struct buf text = BUF_IN(doctor->rq->arena);
    struct buf todo = BUF_IN(doctor->rq->arena);
    enum doctor_severity worst = DOCTOR_OK;

    for (size_t i = 0; i < LENGTH_OF(traps); i++) {
        const char *undo = doctor_undo(doctor, facts, traps[i].name);
        if (strcmp(doctor_setting_of(facts, traps[i].name), traps[i].wrong) != 0)
            continue;
        buf_printf(&text, "%s%s is %s", worst == DOCTOR_OK ? "" : ", ", traps[i].name,
                   traps[i].wrong);
        add_undo(&todo, undo);
        worst = traps[i].severity > worst ? traps[i].severity : worst;
    }
    doctor_say(doctor, f, worst, "%s",
               worst == DOCTOR_OK ? "what was acknowledged is on disk" : buf_str(&text));
    if (todo.len > 0)
        f->todo = buf_str(&todo);
}

void judge_checksums(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;

    if (s->checksum_failures.v > 0)
        doctor_say(doctor, f, DOCTOR_ERROR, "%lld pages failed their checksum",
                   (long long)s->checksum_failures.v);
    else if (strcmp(doctor_setting_of(s, "data_checksums"), "off") == 0)
        doctor_say(doctor, f, DOCTOR_INFO, "off: a disk that returns wrong data is not noticed");
    else
        doctor_say(doctor, f, DOCTOR_OK, "on, no page failed");
}

void judge_vacuum_settings(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const bool off = strcmp(doctor_setting_of(facts, "autovacuum"), "off") == 0;
    const bool blind = strcmp(doctor_setting_of(facts, "track_counts"), "off") == 0;
    const char *undo = doctor_undo(doctor, facts, off ? "autovacuum" : "track_counts");

    doctor_say(doctor, f, off || blind ? DOCTOR_WARNING : DOCTOR_OK, "%s",
               off     ? "autovacuum is off"
               : blind ? "track_counts is off, so autovacuum does nothing"
                       : "on");
    f->todo = undo != NULL ? undo : f->todo;
}

void judge_archive(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;

    if (s->archive_failing.set && s->archive_failing.v)
        doctor_say(doctor, f, DOCTOR_WARNING,
                   "the log is not being archived (%lld failures); it piles up",
                   (long long)s->archive_failures.v);
    else if (s->archived_seconds.set)
        doctor_say(doctor, f, DOCTOR_OK, "the log was archived %s ago",
                   doctor_span(doctor, s->archived_seconds.v));
    else
        doctor_say(doctor, f, DOCTOR_INFO,
                   "the log is not archived; whether dumps are made cannot be seen from here");
}

void judge_prepared(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;

    if (s->prepared.v == 0)
        doctor_say(doctor, f, DOCTOR_OK, "none");
    else
        doctor_say(doctor, f, s->prepared_seconds.v > PREPARED_S ? DOCTOR_WARNING : DOCTOR_INFO,
                   "%lld, the oldest for %s", (long long)s->prepared.v,
                   doctor_span(doctor, s->prepared_seconds.v));
}

void judge_wraparound(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;
    const int64_t age = s->xid_age.v > s->multixact_age.v ? s->xid_age.v : s->multixact_age.v;
    int64_t limit = 2 * number_of(s, "autovacuum_freeze_max_age");

    if (limit == 0 || limit > XID_WARNING_MAX)
        limit = XID_WARNING_MAX;
    doctor_say(doctor, f,
               age > XID_ERROR ? DOCTOR_ERROR
               : age > limit   ? DOCTOR_WARNING
                               : DOCTOR_OK,
               "the oldest row is %lld transactions old; %lld is twice what autovacuum lets it be",
               (long long)age, (long long)limit);
}

/* As df counts: of what this user may fill. */
static void say_disk(struct doctor *doctor, struct doctor_finding *f, const struct statvfs *fs)
{
    const int64_t unit = (int64_t)fs->f_frsize;
    const int64_t used = (int64_t)(fs->f_blocks - fs->f_bfree);
    const int64_t total = used + (int64_t)fs->f_bavail;

    doctor_say(doctor, f, severity_of_share(used, total), "%lld%% of %s are used, %s are left",
               (long long)(total > 0 ? used * 100 / total : 0), doctor_size(doctor, total * unit),
               doctor_size(doctor, (int64_t)fs->f_bavail * unit));
}

void judge_disk(struct doctor *doctor, const void *facts, struct doctor_finding *f)
{
    const struct doctor_server *s = facts;
    const char *dir = doctor->data_dir;
    struct statvfs fs;

    if (dir == NULL && doctor->measured.local && *doctor_setting_of(s, "data_directory") == '/')
        dir = doctor_setting_of(s, "data_directory");
    if (dir != NULL && statvfs(dir, &fs) == 0 && fs.f_blocks > 0)
        say_disk(doctor, f, &fs);
    else if (dir == NULL && doctor->measured.local && !s->monitor.v)
        doctor_say(doctor, f, DOCTOR_SKIPPED,
                   "not looked at: which directory it is, is told to roles with pg_monitor (GRANT "
                   "pg_monitor TO %s); the database takes %s",
                   s->role, doctor_size(doctor, s->bytes.v));
    else
        doctor_say(doctor, f, DOCTOR_SKIPPED,
                   "not to be seen from %s; run df on the server's data directory (the database "
                   "takes %s)",
                   doctor->measured.local ? "here" : "another machine",
                   doctor_size(doctor, s->bytes.v));
}
