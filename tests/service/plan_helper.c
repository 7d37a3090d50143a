#include "plan_helper.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/base/buf.h"

void plan_assert_status(const struct req *rq, enum status got, enum status want, const char *part)
{
    if (got != want)
        fail_msg("status %d, not %d: %s", (int)got, (int)want,
                 got == ST_OK ? "it was allowed" : rq->message);
    if (part != NULL && strstr(rq->message, part) == NULL)
        fail_msg("'%s' is not in: %s", part, rq->message);
}

const char *plan_project(struct req *rq, const char *slug)
{
    const struct project_args args = {.name = slug, .slug = slug, .description = "a plan"};
    struct project_answer answer;

    assert_ok(rq, project_create(rq, &args, &answer));
    return answer.slug;
}

const char *plan_task(struct req *rq, const char *parent)
{
    const struct create_args args = {.parent = parent, .title = "a task"};
    struct item_answer answer;

    assert_ok(rq, plan_create_task(rq, &args, &answer));
    return answer.key;
}

const char *plan_step(struct req *rq, const char *task, const char *content)
{
    const struct create_args args = {.task = task, .title = "a step", .content = content};
    struct item_answer answer;

    assert_ok(rq, plan_create_step(rq, &args, &answer));
    return answer.key;
}

void plan_usual(struct req *rq)
{
    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)plan_step(rq, "AUTH-1", "a draft");
}

const char *plan_disputed(struct req *rq, const char *project, const char *task)
{
    const char *step = plan_step(rq, task, "a draft");
    const struct project_args one = {.project = project, .max_iterations = SOME_INT(1)};
    struct project_answer answer;

    assert_ok(rq, project_update(rq, &one, &answer));
    assert_ok(rq, plan_review(rq, step, REVIEW_COUNTER));
    return step;
}

const char *plan_waiting(struct req *rq, const char *parent, const char *after)
{
    const char *needs[] = {after};
    struct define_task task = {.title = "waits", .depends_on = {true, 1, needs}};
    const struct define_args args = {.parent = parent, .tasks = {true, 1, &task}};
    struct define_answer answer;

    assert_ok(rq, plan_define(rq, &args, &answer));
    return answer.first;
}

enum status plan_complete(struct req *rq, const char *item, int outcome)
{
    const struct complete_args args = {.item = item, .outcome = outcome};
    struct item_answer answer;

    return item_complete(rq, &args, &answer);
}

enum status plan_submit(struct req *rq, const char *step, const char *content)
{
    const struct submit_args args = {.step = step, .content = content};
    struct item_answer answer;

    return step_submit(rq, &args, &answer);
}

enum status plan_review(struct req *rq, const char *step, int decision)
{
    const struct review_args args = {
        .step = step,
        .decision = decision,
        .feedback = decision == REVIEW_REVISE ? "shorter" : NULL,
        .content = decision == REVIEW_COUNTER ? "a counter" : NULL,
    };
    struct item_answer answer;

    return step_review(rq, &args, &answer);
}

enum status plan_resolve(struct req *rq, const char *step, int resolution)
{
    const bool own = resolution == RESOLVE_CUSTOM || resolution == RESOLVE_HYBRID;
    const struct resolve_args args = {
        .dispute = step, .resolution = resolution, .content = own ? "a decision" : NULL};
    struct item_answer answer;

    return dispute_resolve(rq, &args, &answer);
}

void plan_assert_doctor_agrees(struct harness *h)
{
    const struct query *const looks[] = {&q_doctor_counters,  &q_doctor_blockers, &q_doctor_steps,
                                         &q_doctor_tree,      &q_doctor_order,    &q_doctor_audit,
                                         &q_doctor_sequences, &q_doctor_search};

    for (size_t i = 0; i < LENGTH_OF(looks); i++) {
        const char *const params[] = {"1000"};
        PGresult *res =
            PQexecParams(h->side, looks[i]->sql, looks[i]->n_params, NULL, params, NULL, NULL, 0);
        if (PQresultStatus(res) != PGRES_TUPLES_OK)
            fail_msg("%s: %s", looks[i]->name, PQerrorMessage(h->side));
        if (strstr(PQgetvalue(res, 0, 0), "\"wrong\" : 0") == NULL &&
            strstr(PQgetvalue(res, 0, 0), "\"wrong\":0") == NULL)
            fail_msg("%s: %s", looks[i]->name, PQgetvalue(res, 0, 0));
        PQclear(res);
    }
}

void plan_analyze_large(struct harness *h)
{
    (void)harness_sql(h, "DO $$ BEGIN IF (SELECT count(*) FROM planner.items) > 1000 THEN"
                         " ANALYZE planner.items, planner.roll, planner.steps, planner.deps,"
                         " planner.audit, planner.outbox; END IF; END $$");
}

void plan_assert_right(struct harness *h)
{
    const char *wrong = NULL;

    plan_analyze_large(h);
    wrong = harness_sql(
        h, "SELECT string_agg(format('%%s: %%s is %%s, should be %%s', c.id, c.what, c.stored,"
           " c.expected), E'\\n') FROM planner.projects p, planner.roll_check(p.id) c");

    if (wrong != NULL)
        fail_msg("%s", wrong);
    wrong = harness_sql(
        h,
        "SELECT string_agg(format('%%s of %%s', a.change, a.entity_id), ', ') FROM planner.audit a"
        " WHERE NOT EXISTS (SELECT FROM planner.outbox o WHERE o.change = a.change"
        " AND o.xid::xid = a.xmin AND o.project_id = a.project_id"
        " AND (o.entities IS NULL OR a.entity_id = ANY (o.entities)))");
    if (wrong != NULL)
        fail_msg("not in the outbox: %s", wrong);
}

const char *plan_digest(struct harness *h)
{
    return harness_sql(
        h, "SELECT md5(string_agg(query_to_xml(format('SELECT * FROM planner.%%I t ORDER BY"
           " t::text', table_name), true, true, '')::text, '' ORDER BY table_name))"
           " FROM information_schema.tables"
           " WHERE table_schema = 'planner' AND table_type = 'BASE TABLE'");
}

const char *plan_item(struct harness *h, const char *key, const char *column)
{
    const char *value = harness_sql(
        h,
        "SELECT coalesce((to_jsonb(i) || coalesce(to_jsonb(s) - 'status', '{}')) ->> '%s',"
        " 'null') FROM planner.items i JOIN planner.projects p ON p.id = i.project_id"
        " LEFT JOIN planner.steps s ON s.project_id = i.project_id AND s.id = i.id"
        " WHERE p.slug || CASE WHEN i.number > 0 THEN '-' || i.number ELSE '' END = '%s'",
        column, key);

    if (value == NULL)
        fail_msg("%s does not exist", key);
    return value;
}

void plan_claim(struct harness *h, const char *key, const char *agent, int token)
{
    (void)harness_sql(
        h,
        "INSERT INTO planner.claims (project_id, item_id, agent, token, lease_seconds, expires_at)"
        " SELECT i.project_id, i.id, '%s', %d, 60, now() + interval '1 minute' FROM planner.items i"
        " JOIN planner.projects p ON p.id = i.project_id WHERE p.slug || '-' || i.number = '%s'",
        agent, token, key);
}

const char *plan_ready(struct req *rq, const char *project)
{
    const struct next_args args = {.project = project, .limit = SOME_INT(NEXT_LIMIT_MAX)};
    struct next_view view;
    struct buf keys = BUF_IN(rq->arena);

    assert_ok(rq, look_next(rq, &args, &view));
    for (size_t i = 0; i < view.items.n; i++)
        buf_printf(&keys, "%s%s", i == 0 ? "" : " ", LIST_AT(view.items, i, struct ready_row)->key);
    return buf_str(&keys);
}

struct plan_child plan_fork(struct harness *h, plan_work *work, int nth)
{
    struct plan_child child;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    (void)fflush(NULL);
    child = (struct plan_child){.pid = (int)fork(), .fd = ends[0]};
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        struct req *rq = harness_req(h, arena_printf(&h->arena, "agent-%d", nth));
        const char *text = work(rq, nth);
        const ssize_t written = write(ends[1], text, strlen(text));
        db_free(rq->db);
        _exit(written == (ssize_t)strlen(text) ? 0 : 1);
    }
    (void)close(ends[1]);
    return child;
}

const char *plan_join(struct harness *h, struct plan_child *child)
{
    struct buf text = BUF_IN(&h->arena);
    char part[4096];
    ssize_t n = 0;
    int status = -1;

    while ((n = read(child->fd, part, sizeof(part))) > 0)
        buf_add(&text, part, (size_t)n);
    (void)close(child->fd);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_int_equal(status, 0);
    return buf_str(&text);
}

void plan_hold(struct harness *h)
{
    (void)harness_sql(h, "BEGIN");
    (void)harness_sql(h, "LOCK TABLE planner.audit IN EXCLUSIVE MODE");
}

void plan_let_go(struct harness *h, int n)
{
    int waiting = 0;

    for (int tries = 0; waiting < n && tries < 1000; tries++) {
        (void)usleep(10 * 1000);
        /* who is there is remembered for the transaction that holds the audit: look again */
        (void)harness_sql(h, "SELECT pg_stat_clear_snapshot()");
        waiting = (int)strtol(
            harness_sql(h, "SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a"
                           " ON a.pid = l.pid AND a.datname = current_database()"
                           " WHERE NOT l.granted"),
            NULL, 10);
    }
    (void)harness_sql(h, "COMMIT");
    assert_int_equal(waiting, n);
}
