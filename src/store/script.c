/* Scripts that are no migrations, on the connection that migrations have. */
#include "planner/store/script.h"

#include "migrate_private.h"

static void hear(void *ctx, const PGresult *res)
{
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    struct req *rq = ctx;

    if (severity != NULL && message != NULL && strcmp(severity, "INFO") == 0)
        req_note(rq, LOG_INFO, "%s", message);
}

enum status script_run(struct req *rq, const struct script *script)
{
    OWN_RUNNER run = {0};

    TRY(runner_open(rq, &run));
    run.doing = script->doing;
    if (rq->db->pooled)
        return req_fail(rq, ST_INVALID,
                        "%s needs a session of its own, which a transaction pooler does not give; "
                        "name the server itself in 'dsn'",
                        script->doing);
    (void)PQsetNoticeReceiver(run.conn, hear, rq);
    TRY(runner_query(&run, script->settings, script->params, INTO_NOTHING));
    for (const char *const *text = script->texts; *text != NULL; text++)
        TRY(runner_sql(&run, *text));
    return ST_OK;
}
