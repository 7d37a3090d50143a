/* Rows into the server as pg_restore writes them, without holding more than a piece of them. */
#include <poll.h>

#include "migrate_private.h"
#include "planner/base/clock.h"

enum status runner_copy_begin(struct runner *run, const char *sql)
{
    PGresult *res = NULL;
    bool ready = false;

    if (PQsendQuery(run->conn, sql) != 1)
        return runner_lost(run);
    TRY(runner_wait_result(run, clock_monotonic_ms() + RUNNER_MS));
    res = PQgetResult(run->conn);
    ready = PQresultStatus(res) == PGRES_COPY_IN;
    if (!ready)
        runner_note_refusal(run, res);
    PQclear(res);
    if (ready)
        return ST_OK;
    while ((res = PQgetResult(run->conn)) != NULL)
        PQclear(res);
    return runner_refused(run);
}

enum status runner_let_go(struct runner *run)
{
    const int64_t deadline = clock_monotonic_ms() + RUNNER_MS;
    int unsent = PQflush(run->conn);

    while (unsent > 0) {
        bool ready = false;
        TRY(req_wait(run->rq, PQsocket(run->conn), POLLIN | POLLOUT,
                     db_left_ms(deadline, clock_monotonic_ms()), &ready));
        if (!ready || PQconsumeInput(run->conn) == 0)
            return runner_lost(run);
        unsent = PQflush(run->conn);
    }
    return unsent == 0 ? ST_OK : runner_lost(run);
}

enum status runner_copy_put(struct runner *run, const char *bytes, size_t len)
{
    if (PQputCopyData(run->conn, bytes, (int)len) != 1)
        return runner_lost(run);
    return runner_let_go(run);
}

enum status runner_copy_end(struct runner *run)
{
    PGresult *res = NULL;

    if (PQputCopyEnd(run->conn, NULL) != 1)
        return runner_lost(run);
    TRY(runner_results(run, &res));
    PQclear(res);
    return run->fault.sqlstate[0] == '\0' ? ST_OK : runner_refused(run);
}
