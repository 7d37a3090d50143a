/*
 * One look whether the server takes connections: one is opened and closed by a thread, because
 * libpq resolves names blocking and walks through the addresses of a host only when it may block.
 * The thread owns copies of all it uses; what it found arrives as one short text (db_helper.c).
 */
#include "db_private.h"

#include <sys/socket.h>

#include "planner/base/memory.h"

struct probe {
    size_t n;
    char **keywords; /* n, and a NULL */
    char **values;
    int n_hosts; /* each may take its time */
};

static void probe_free(struct probe *probe)
{
    for (size_t i = 0; i < probe->n; i++) {
        memory_free(probe->keywords[i]);
        memory_free(probe->values[i]);
    }
    memory_free(probe->keywords);
    memory_free(probe->values);
    memory_free(probe);
}

static int count_items(const char *list)
{
    int n = 1;

    for (; *list != '\0'; list++)
        n += *list == ',';
    return n;
}

static struct probe *probe_new(const struct db_params *params)
{
    struct probe *probe = memory_alloc(sizeof(*probe));

    *probe = (struct probe){.n_hosts = 1};
    while (params->keywords[probe->n] != NULL)
        probe->n++;
    probe->keywords = memory_alloc((probe->n + 1) * sizeof(*probe->keywords));
    probe->values = memory_alloc((probe->n + 1) * sizeof(*probe->values));
    for (size_t i = 0; i < probe->n; i++) {
        probe->keywords[i] = memory_text(params->keywords[i]);
        probe->values[i] = memory_text(params->values[i]);
        if (strcmp(probe->keywords[i], "host") == 0)
            probe->n_hosts = count_items(probe->values[i]);
    }
    probe->keywords[probe->n] = probe->values[probe->n] = NULL;
    return probe;
}

/* In the thread. Nobody may listen any more. */
static void run_probe(void *job, int fd)
{
    struct probe *probe = job;
    PGconn *conn = PQconnectdbParams((const char *const *)probe->keywords,
                                     (const char *const *)probe->values, 0);
    char report[DB_REPORT_MAX];
    int len = 1;

    report[0] = DB_REPORT_UP;
    if (PQstatus(conn) != CONNECTION_OK)
        len = snprintf(report, sizeof(report), "%c%s", DB_REPORT_DOWN, PQerrorMessage(conn));
    (void)send(fd, report, len < DB_REPORT_MAX ? (size_t)len : sizeof(report) - 1, MSG_NOSIGNAL);
    PQfinish(conn);
    probe_free(probe);
}

int db_probe_start(const struct db *db, int timeout_ms, int *ret_n_hosts)
{
    struct arena arena;
    struct req rq = {.arena = &arena, .log = db->log};
    struct db_params params;
    int fd = -1;

    arena_init(&arena, ARENA_CAP_DEFAULT);
    if (db_params_for_probe(&rq, db, timeout_ms, &params) == ST_OK) {
        struct probe *probe = probe_new(&params);
        *ret_n_hosts = probe->n_hosts;
        fd = db_helper_start(run_probe, probe);
        if (fd < 0)
            probe_free(probe);
    }
    arena_destroy(&arena);
    return fd;
}
