/* Starting the postmaster, or taking over one that outlived its keeper. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/base/buf.h"
#include "planner/base/clock.h"
#include "planner/cluster/postmaster.h"
#include "planner/cluster/programs.h"

#define LOG_KEEP_BYTES   ((off_t)1024 * 1024) /* a longer log is put aside at the next start */
#define STOP_PATIENCE_MS 6000
#define ORPHANS_MS       10000 /* how long backends of a killed postmaster may hold its memory */
#define LOOK_MS          20
#define SETTLE_MS        200 /* the word of its keeper's death may still be on its way to it */

/* The log that this start writes to. */
struct start_log {
    int fd;
    off_t begin; /* where this attempt's lines begin */
};

static enum status log_open(struct req *rq, const char *data_dir, struct start_log *out)
{
    const char *path = arena_printf(rq->arena, "%s/postgresql.log", data_dir);
    struct stat st;

    if (stat(path, &st) == 0 && st.st_size > LOG_KEEP_BYTES)
        (void)rename(path, arena_printf(rq->arena, "%s.1", path));
    out->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out->fd < 0)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the private database's log cannot be written (%s); free space or mend "
                        "the data directory's owner",
                        strerror(errno));
    out->begin = lseek(out->fd, 0, SEEK_END);
    return ST_OK;
}

/* What PostgreSQL wrote since the attempt began; the last complaint of it is what matters. */
static const char *log_complaint(struct req *rq, const struct start_log *log)
{
    char text[8192];
    const ssize_t n = pread(log->fd, text, sizeof(text) - 1, log->begin);
    char *rest = text;
    char *line = NULL;
    const char *last = "";

    text[n > 0 ? n : 0] = '\0';
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strstr(line, "FATAL:") != NULL || strstr(line, "PANIC:") != NULL || last[0] == '\0')
            last = line;
    }
    return arena_strdup(rq->arena, last);
}

/* As PostgreSQL reads a list of directories: in double quotes, so that commas and blanks stay. */
static const char *quoted(struct arena *arena, const char *path)
{
    struct buf out = BUF_IN(arena);

    buf_char(&out, '"');
    for (; *path != '\0'; path++) {
        if (*path == '"')
            buf_char(&out, '"');
        buf_char(&out, *path);
    }
    buf_char(&out, '"');
    return buf_str(&out);
}

static pid_t launch(struct req *rq, const struct postmaster_place *place, int log_fd)
{
    const char *const argv[] = {arena_printf(rq->arena, "%s/postgres", place->bin_dir),
                                "-D",
                                place->pg_dir,
                                "-k",
                                quoted(rq->arena, place->socket_dir),
                                "-p",
                                "5432",
                                NULL};

    return program_start(argv, (struct program_io){-1, log_fd, SIGTERM});
}

/* Wait until a postmaster of ours is ready; ST_NOT_READY when it ended instead. */
static enum status await_ready(struct req *rq, const struct postmaster_place *place, pid_t pid,
                               bool child)
{
    struct postmaster now;
    bool ready = false;

    for (;;) {
        if (child ? waitpid(pid, NULL, WNOHANG) != 0 : !postmaster_lives(place->pg_dir, pid))
            return ST_NOT_READY;
        postmaster_read(place->pg_dir, &now);
        if (now.pid == pid && now.phase == POSTMASTER_READY)
            return ST_OK;
        if (!child && now.phase == POSTMASTER_STOPPING) /* somebody else's stop, or its keeper's */
            return postmaster_stop(place->pg_dir, pid, STOP_PATIENCE_MS) ? ST_NOT_READY : ST_OK;
        TRY(req_wait(rq, -1, 0, LOOK_MS, &ready));
    }
}

/* A postmaster without a keeper: keep it when it is well and in the right place. */
static enum status take_over(struct req *rq, const struct postmaster_place *place, pid_t *ret_pid)
{
    struct postmaster found;
    bool ready = false;

    postmaster_read(place->pg_dir, &found);
    if (found.phase == POSTMASTER_NONE || !postmaster_lives(place->pg_dir, found.pid))
        return ST_NOT_READY;
    if (found.socket_dir[0] != '\0' && strcmp(found.socket_dir, place->socket_dir) != 0) {
        (void)postmaster_stop(place->pg_dir, found.pid, STOP_PATIENCE_MS);
        return ST_NOT_READY;
    }
    TRY(await_ready(rq, place, found.pid, false));
    TRY(req_wait(rq, -1, 0, SETTLE_MS, &ready));
    TRY(await_ready(rq, place, found.pid, false));
    log_write(rq->log, LOG_INFO, "took over postmaster %d", (int)found.pid);
    *ret_pid = found.pid;
    return ST_OK;
}

static enum status start_fail(struct req *rq, const char *complaint)
{
    log_write(rq->log, LOG_ERROR, "postgres did not start: %s", complaint);
    return req_fail(rq, ST_UNAVAILABLE,
                    "the private database did not start%s; its log tells why "
                    "('mcp-planner status' names the data directory)",
                    strstr(complaint, "No space left") != NULL ? " (no space left on the disk)"
                                                               : "");
}

/* Backends that outlive a killed postmaster hold its memory until they notice. */
static bool passes_by_itself(const char *complaint)
{
    return strstr(complaint, "still in use") != NULL || strstr(complaint, "already exists") != NULL;
}

/* Told to stop while it was starting: it ends at once, or is ended. */
static void give_up(pid_t pid)
{
    const int64_t deadline = clock_monotonic_ms() + STOP_PATIENCE_MS;

    (void)kill(pid, SIGQUIT);
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (clock_monotonic_ms() >= deadline)
            (void)kill(pid, SIGKILL);
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static enum status start_new(struct req *rq, const struct postmaster_place *place,
                             struct start_log *log, pid_t *ret_pid)
{
    const int64_t deadline = clock_monotonic_ms() + ORPHANS_MS;
    const char *complaint = NULL;
    bool ready = false;

    for (;;) {
        enum status status = ST_OK;
        pid_t pid = -1;
        postmaster_clear_stale(place->pg_dir);
        log->begin = lseek(log->fd, 0, SEEK_END);
        pid = launch(rq, place, log->fd);
        if (pid < 0)
            return start_fail(rq, strerror(errno));
        status = await_ready(rq, place, pid, true);
        if (status == ST_OK)
            *ret_pid = pid;
        if (status == ST_CANCELLED)
            give_up(pid);
        if (status != ST_NOT_READY)
            return status;
        complaint = log_complaint(rq, log);
        if (!passes_by_itself(complaint) || clock_monotonic_ms() >= deadline)
            return start_fail(rq, complaint);
        TRY(req_wait(rq, -1, 0, 250, &ready));
    }
}

enum status postmaster_start(struct req *rq, const struct postmaster_place *place, pid_t *ret_pid)
{
    struct start_log log;
    enum status status = take_over(rq, place, ret_pid);

    if (status != ST_NOT_READY)
        return status;
    TRY(log_open(rq, place->data_dir, &log));
    status = start_new(rq, place, &log, ret_pid);
    (void)close(log.fd);
    return status;
}
