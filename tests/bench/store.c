/* What both sides work on. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

PGconn *store_connect(const char *conninfo, const char *options)
{
    PGconn *conn = NULL;

    (void)setenv("PGOPTIONS", options, 1);
    conn = PQconnectdb(conninfo);
    if (PQstatus(conn) != CONNECTION_OK)
        die("%s", PQerrorMessage(conn));
    return conn;
}

static PGresult *query(PGconn *conn, const char *sql, int n_params, const char *const *params)
{
    PGresult *res = PQexecParams(conn, sql, n_params, NULL, params, NULL, NULL, 0);

    if (PQresultStatus(res) != PGRES_TUPLES_OK && PQresultStatus(res) != PGRES_COMMAND_OK)
        die("%s", PQerrorMessage(conn));
    return res;
}

void store_seed(PGconn *conn, const char *slug, int64_t base, long n_tasks)
{
    char *sql = read_file(BENCH_SOURCE "/seed.sql");
    char *base_text = format("%lld", (long long)base);
    char *tasks_text = format("%ld", n_tasks);
    const char *const params[] = {slug, base_text, tasks_text};

    PQclear(query(conn, sql, 3, params));
    free(sql);
    free(base_text);
    free(tasks_text);
}

void store_analyze(PGconn *conn)
{
    PQclear(query(conn, "VACUUM ANALYZE", 0, NULL));
    PQclear(query(conn, "CHECKPOINT", 0, NULL));
}

void store_check(PGconn *conn, const char *slug)
{
    PGresult *res = query(conn,
                          "SELECT c.what, c.stored, c.expected, c.id FROM planner.projects p,"
                          " planner.roll_check(p.id) c WHERE p.slug = $1",
                          1, &slug);

    if (PQntuples(res) > 0)
        die("%s: %s is %s, not %s (%s)", slug, PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1),
            PQgetvalue(res, 0, 2), PQgetvalue(res, 0, 3));
    PQclear(res);
}
