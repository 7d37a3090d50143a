/* PostgreSQL's programs for clients: which ones, and what they connect with. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dump_private.h"
#include "planner/base/buf.h"
#include "planner/base/clock.h"
#include "planner/cluster/programs.h"

#define HEARD_MAX 16384 /* bytes of what a program says that are told */

/* The server's own first: others may be newer, and would be asked for again to restore. */
enum status dump_find_program(struct req *rq, const char *name, int major, const char **ret_path,
                              int *ret_major)
{
    const char *dir = NULL;
    int version = 0;

    if (programs_find(rq, major, &dir) == ST_OK) {
        const char *path = arena_printf(rq->arena, "%s/%s", dir, name);
        version = program_version(rq, path);
        if (version >= major) {
            *ret_path = path;
            *ret_major = version;
            return ST_OK;
        }
    }
    if (programs_find_client(rq, name, major, ret_path, ret_major))
        return ST_OK;
    return req_fail(rq, ST_UNAVAILABLE,
                    "%s is not installed; install PostgreSQL's client programs, version %d or "
                    "newer (Debian, Ubuntu: postgresql-client-%d)",
                    name, major, major);
}

/* Our own options are for calls; what the program needs to reach the server is the rest. */
static bool is_wanted(const char *keyword)
{
    static const char *const ours[] = {"password", "options", "application_name",
                                       "client_encoding"};

    for (size_t i = 0; i < LENGTH_OF(ours); i++) {
        if (strcmp(keyword, ours[i]) == 0)
            return false;
    }
    return true;
}

enum status dump_connection(struct req *rq, const char **ret_conninfo)
{
    const int64_t deadline = clock_monotonic_ms() + rq->db->config.connect_timeout_ms;
    struct buf buf = BUF_IN(rq->arena);
    struct db_params params;

    TRY(db_params_make(rq, rq->db, deadline, &params));
    for (size_t i = 0; params.keywords[i] != NULL; i++) {
        if (strcmp(params.keywords[i], "sslpassword") == 0)
            return req_fail(rq, ST_INVALID,
                            "a password of the certificate's key cannot be handed to pg_dump; "
                            "name a key without one, of mode 0600, with --tls-key");
        if (strcmp(params.keywords[i], "password") == 0)
            (void)setenv("PGPASSWORD", params.values[i], 1);
        if (!is_wanted(params.keywords[i]))
            continue;
        buf_printf(&buf, "%s%s=", buf.len == 0 ? "" : " ", params.keywords[i]);
        buf_quoted(&buf, params.values[i]);
    }
    *ret_conninfo = buf_str(&buf);
    return ST_OK;
}

void dump_hide_secret(void)
{
    (void)unsetenv("PGPASSWORD");
}

/* ------------------------------------------------------------------ what they say */

int dump_hear(void)
{
    return memfd_create("stderr", MFD_CLOEXEC);
}

void dump_hear_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

const char *dump_heard(struct req *rq, int fd)
{
    static const char mark[] = "error: ";
    char text[HEARD_MAX];
    const ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof(text) - 1, 0);
    const char *complaint = NULL;
    const char *last = "";
    char *rest = text;
    char *line = NULL;

    text[n > 0 ? n : 0] = '\0';
    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *at = strstr(line, mark);
        if (line[0] == '\0')
            continue;
        log_write(rq->log, LOG_WARNING, "%s", line);
        last = line;
        if (complaint == NULL && at != NULL)
            complaint = at + sizeof(mark) - 1;
    }
    return arena_strdup(rq->arena, complaint != NULL ? complaint : last);
}
