/* Does this backup come back? Tried in a cluster of its own, which is thrown away. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup_private.h"
#include "planner/base/clock.h"
#include "planner/cluster/account.h"
#include "planner/cluster/keeper.h"
#include "planner/doctor/doctor.h"

#define PREFIX  "mcp-planner-drill."
#define LOG_MAX ((size_t)1024 * 1024) /* of what the database said; it says little */

/* One drill. */
struct drill {
    struct req rq; /* the caller's, with a database of its own */
    struct cluster cluster;
    struct db_config config;
    const char *path;
    char place[4096]; /* the directory */
    int hold;         /* of the directory: nobody sweeps it while we live */
    struct drill_report *report;
};

/* ------------------------------------------------------------------ the place */

static const char *temporary(void)
{
    const char *told = getenv("TMPDIR");

    return told != NULL && told[0] == '/' ? told : "/tmp";
}

/* Of an account that we are or that our PostgreSQL runs as. */
static bool is_ours(struct req *rq, const char *path)
{
    struct account account;
    struct stat st;

    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return false;
    return st.st_uid == geteuid() ||
           (account_choose(rq, path, &account) == ST_OK && st.st_uid == account.uid);
}

static void throw_away(struct req *rq, const char *path)
{
    const char *socket_dir = cluster_socket_dir(rq, rq->arena, path);

    keeper_remove(path);
    if (strncmp(socket_dir, path, strlen(path)) != 0)
        keeper_remove(socket_dir);
}

static void sweep_one(struct req *rq, const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct cluster cluster;

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_ours(rq, path) &&
        cluster_locate(rq, rq->arena, path, &cluster) == ST_OK &&
        cluster_stop(rq, &cluster) == ST_OK) {
        throw_away(rq, path);
        req_note(rq, LOG_INFO, "removed '%s', which a killed drill left", path);
    }
    (void)close(fd);
}

static void sweep(struct req *rq)
{
    DIR *names = opendir(temporary());
    const struct dirent *entry = NULL;

    while (names != NULL && (entry = readdir(names)) != NULL) {
        if (strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1) == 0)
            sweep_one(rq, arena_printf(rq->arena, "%s/%s", temporary(), entry->d_name));
    }
    if (names != NULL)
        (void)closedir(names);
}

static enum status make_place(struct drill *d)
{
    (void)snprintf(d->place, sizeof(d->place), "%s/" PREFIX "XXXXXX", temporary());
    if (mkdtemp(d->place) == NULL) {
        d->place[0] = '\0';
        return req_fail(&d->rq, ST_UNAVAILABLE,
                        "a directory below '%s' cannot be made (%s); name another place with "
                        "TMPDIR",
                        temporary(), strerror(errno));
    }
    d->hold = open(d->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->hold >= 0)
        (void)flock(d->hold, LOCK_EX | LOCK_NB);
    TRY(cluster_locate(&d->rq, d->rq.arena, d->place, &d->cluster));
    d->config.dsn = NULL;
    d->config.read_dsn = NULL;
    d->config.pooled = false;
    d->config.beside = NULL;
    d->config.cluster = &d->cluster;
    d->rq.db = db_new(&d->config, d->rq.log);
    return ST_OK;
}

/* ------------------------------------------------------------------ the drill */

/* What is wrong with the backup is what the drill is for, and no failure of the drill. */
static enum status damage(struct drill *d, enum status status)
{
    if (status != ST_CONFLICT)
        return status;
    d->report->damage = d->rq.message;
    return ST_OK;
}

static enum status restore(struct drill *d)
{
    struct restore_report *r = &d->report->restore;
    const struct dump_facts says = manifest_facts(&r->manifest);
    const struct load_order order = {.path = d->path, .says = &says, .is_drill = true};
    const int64_t began = clock_monotonic_ms();
    struct load_target target = {0};
    int applied = 0;

    req_progress(&d->rq, 0, 0, "making a database to throw away");
    TRY(load_look(&d->rq, &target));
    d->report->make_ms = clock_monotonic_ms() - began;
    TRY(load_store(&d->rq, &order, &r->load));
    return r->load.problem == NULL ? ST_OK : migrate_up(&d->rq, 0, &applied);
}

static enum status look_over(struct drill *d)
{
    const struct doctor_order order = {.config = &d->config, .store = true, .timeout_ms = 10000};
    struct doctor_report found = {0};
    struct drill_finding *findings = NULL;
    const int64_t began = clock_monotonic_ms();

    req_progress(&d->rq, 0, 0, "looking it over");
    TRY(doctor_run(&d->rq, &order, &found));
    findings = ARENA_MANY(d->rq.arena, found.n + 1, struct drill_finding);
    for (size_t i = 0; i < found.n; i++) {
        const struct doctor_finding *f = &found.findings[i];
        if (f->severity >= DOCTOR_SKIPPED)
            findings[d->report->findings.n++] =
                (struct drill_finding){f->check, doctor_severity_names[f->severity - 1], f->seen};
    }
    d->report->findings.items = findings;
    d->report->checks = found.n;
    d->report->doctor_ms = clock_monotonic_ms() - began;
    return ST_OK;
}

/* ------------------------------------------------------------------ what went wrong with it */

/* The last line of the log that tells why something ended, or NULL. */
static const char *last_complaint(struct drill *d, char *log)
{
    static const char *const marks[] = {"PANIC:  ", "FATAL:  ", "error: "};
    const char *last = NULL;
    char *line = NULL;

    while ((line = strsep(&log, "\n")) != NULL) {
        for (size_t i = 0; i < LENGTH_OF(marks); i++) {
            const char *at = strstr(line, marks[i]);
            if (at != NULL)
                last = at + strlen(marks[i]);
        }
    }
    return last == NULL ? NULL : arena_strdup(d->rq.arena, last);
}

static bool tells_of_space(const char *log)
{
    static const char *const words[] = {"No space left on device", "Check free disk space",
                                        "Disk quota exceeded"};

    for (size_t i = 0; i < LENGTH_OF(words) && log != NULL; i++) {
        if (strstr(log, words[i]) != NULL)
            return true;
    }
    return false;
}

/* The log that the database's own sentences speak of goes away with it. */
static enum status place_failed(struct drill *d, enum status status)
{
    const char *path = arena_printf(d->rq.arena, "%s/postgresql.log", d->place);
    const char *complaint = NULL;
    const char *log = NULL;
    size_t len = 0;

    if (status != ST_UNAVAILABLE)
        return status;
    log = disk_read(d->rq.arena, path, LOG_MAX, &len);
    if (tells_of_space(log) || strstr(d->rq.message, "no disk space left") != NULL)
        return req_fail(&d->rq, ST_UNAVAILABLE,
                        "there is no room left in '%s' for the drill; it needs as much as the "
                        "store takes on its server, and 100 MB; make room, or name another place "
                        "with TMPDIR",
                        temporary());
    complaint = log == NULL ? NULL : last_complaint(d, arena_strdup(d->rq.arena, log));
    if (complaint == NULL)
        return status;
    return req_fail(&d->rq, ST_UNAVAILABLE,
                    "the drill's own database in '%s' failed (%s); mend that, or name another "
                    "place with TMPDIR",
                    temporary(), complaint);
}

static enum status verify(struct drill *d)
{
    const int64_t began = clock_monotonic_ms();

    TRY(backup_read(&d->rq, d->path, &d->report->restore.manifest));
    TRY(backup_verify(&d->rq, d->path, &d->report->restore.manifest));
    d->report->restore.verify_ms = clock_monotonic_ms() - began;
    return ST_OK;
}

static enum status run(struct drill *d)
{
    TRY(damage(d, verify(d)));
    if (d->report->damage != NULL)
        return ST_OK;
    TRY(make_place(d));
    TRY(place_failed(d, damage(d, restore(d))));
    if (d->report->damage == NULL)
        TRY(place_failed(d, look_over(d)));
    d->report->ok = d->report->damage == NULL && d->report->findings.n == 0 &&
                    d->report->restore.load.differences.n == 0;
    return ST_OK;
}

/* What the drill came to is in the request already, and stays there. */
static void clear(struct drill *d, const struct db *own)
{
    struct req rq = d->rq;

    if (d->rq.db != own) {
        db_free(d->rq.db);
        cluster_release(&d->cluster);
        if (cluster_stop(&rq, &d->cluster) != ST_OK)
            return; /* the next drill sweeps it */
    }
    if (d->place[0] != '\0')
        throw_away(&rq, d->place);
    if (d->hold >= 0)
        (void)close(d->hold);
}

/* Findings are told by the caller, so they stay as long as its request. */
enum status backup_drill(struct req *rq, const struct db_config *config, const char *path,
                         struct drill_report *ret_report)
{
    const int64_t began = clock_monotonic_ms();
    struct drill_report report = {0};
    struct drill d = {.rq = *rq, .config = *config, .path = path, .hold = -1, .report = &report};
    enum status status = ST_OK;

    sweep(rq);
    status = run(&d);
    clear(&d, rq->db);
    report.ms = clock_monotonic_ms() - began;
    rq->status = d.rq.status;
    rq->message = d.rq.message;
    TRY(status);
    *ret_report = report;
    return ST_OK;
}
