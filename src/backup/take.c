#include <errno.h>
#include <unistd.h>

#include "backup_private.h"
#include "planner/base/clock.h"
#include "planner/base/sha256.h"

static enum status cannot_write(struct req *rq, const char *path)
{
    return req_fail(rq, ST_INVALID, "'%s' cannot be written (%s); name another file", path,
                    strerror(errno));
}

static enum status check_place(struct req *rq, const char *path, bool force)
{
    const int64_t size = disk_size(path);

    if (disk_base(path)[0] == '\0')
        return req_fail(rq, ST_INVALID, "'%s' is a directory; name a file in it, or give --dir",
                        path);
    if (size >= 0 && !force)
        return req_fail(rq, ST_INVALID,
                        "'%s' exists; name a file that does not, or replace it with --force", path);
    if (size < 0 && errno != ENOENT)
        return cannot_write(rq, path);
    if (access(disk_directory(rq->arena, path), W_OK) != 0)
        return cannot_write(rq, path);
    return ST_OK;
}

/* The place was right when it began: a full disk, or somebody else. */
static enum status write_failed(struct req *rq, const char *path, int why)
{
    return req_fail(rq, ST_UNAVAILABLE, "the backup '%s' cannot be written (%s)", path,
                    strerror(why));
}

/* link(2) does not replace a file that came meanwhile, as rename(2) would. */
static bool give_name(const char *part, const char *path, bool force)
{
    return force ? rename(part, path) == 0 : link(part, path) == 0;
}

/* The manifest is on disk before the file has its name, and gets its own right after it. */
static enum status publish(struct req *rq, const char *part, const struct backup_report *report,
                           bool force)
{
    const char *dir = disk_directory(rq->arena, report->path);
    const char *next = manifest_next(rq->arena, report->path);
    const char *text = manifest_text(rq->arena, &report->manifest);
    const int lock = disk_lock_directory(dir);
    bool ok = lock >= 0 && disk_write(next, text, strlen(text)) && disk_sync(dir);
    int why = 0;

    ok = ok && give_name(part, report->path, force);
    why = errno;
    if (!ok)
        (void)unlink(next);
    ok = ok && disk_sync(dir) && rename(next, manifest_path(rq->arena, report->path)) == 0 &&
         disk_sync(dir);
    if (lock >= 0)
        (void)close(lock);
    if (ok)
        return ST_OK;
    return write_failed(rq, report->path, why);
}

static struct backup_manifest describe(const struct dump_facts *facts)
{
    return (struct backup_manifest){.format = SOME_INT(BACKUP_FORMAT),
                                    .program = PLANNER_VERSION,
                                    .taken_at = facts->taken_at,
                                    .server = facts->server,
                                    .store = facts->store,
                                    .server_major = facts->server_major,
                                    .schema = facts->schema,
                                    .pg_dump = facts->pg_dump,
                                    .tables = facts->tables};
}

static enum status write_part(struct req *rq, const char *part, struct backup_report *report)
{
    struct dump_facts facts = {0};
    char sha256[SHA256_HEX_LEN + 1];

    TRY(dump_write(rq, part, &facts));
    report->manifest = describe(&facts);
    report->manifest.file = disk_base(report->path);
    report->manifest.bytes = SOME_INT(disk_size(part));
    req_progress(rq, 0, 0, "reading the file");
    if (!disk_sync(part) || !sha256_file(part, sha256))
        return write_failed(rq, report->path, errno);
    report->manifest.sha256 = arena_strdup(rq->arena, sha256);
    return ST_OK;
}

enum status backup_take(struct req *rq, const char *path, bool force,
                        struct backup_report *ret_report)
{
    const char *part = arena_printf(rq->arena, "%s.part-%d", path, (int)getpid());
    const int64_t began = clock_monotonic_ms();
    struct backup_report report = {.path = path};
    enum status status = ST_OK;
    int hold = -1;

    TRY(check_place(rq, path, force));
    disk_sweep(rq, disk_directory(rq->arena, path), disk_base(path));
    hold = disk_hold(part);
    if (hold < 0)
        return cannot_write(rq, path);
    status = write_part(rq, part, &report);
    if (status == ST_OK)
        status = publish(rq, part, &report, force);
    (void)unlink(part);
    (void)close(hold);
    TRY(status);
    report.ms = clock_monotonic_ms() - began;
    *ret_report = report;
    return ST_OK;
}
