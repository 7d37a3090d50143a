/*
 * Every change has its audit row in the same transaction: when the audit cannot be written,
 * nothing changes in any table; when it can, exactly the expected rows are there.
 */
#include "plan_helper.h"

/* One write path: what is there before, the call, and the audit rows that it makes. */
struct path {
    const char *name;
    void (*arrange)(struct req *rq);
    enum status (*act)(struct req *rq);
    const char *expected; /* as told() writes them */
    const char *role;     /* that the call acts in; NULL: the configured one */
};

static const struct write_args usual_write = {
    .request_id = "call-1", .agent = "agent-z", .fingerprint = "the arguments"};

static void start_empty(struct req *rq)
{
    (void)rq;
}

static enum status act_create_project(struct req *rq)
{
    const struct project_args args = {.write = usual_write,
                                      .name = "Authentication",
                                      .slug = "AUTH",
                                      .description = "why",
                                      .require_review = SOME_BOOL(true)};
    struct project_answer answer;

    return project_create(rq, &args, &answer);
}

static enum status act_update_project(struct req *rq)
{
    const struct project_args args = {.write = usual_write,
                                      .project = "AUTH",
                                      .name = "New name",
                                      .description = "a plan",
                                      .max_iterations = SOME_INT(5),
                                      .require_review = SOME_BOOL(true)};
    struct project_answer answer;

    return project_update(rq, &args, &answer);
}

static enum status act_define(struct req *rq)
{
    struct define_step step = {.title = "S", .content = "text"};
    const char *after[] = {"a", "AUTH-2"};
    struct define_task tasks[] = {
        {.title = "A", .ref = "a", .objective = "why", .steps = {true, 1, &step}},
        {.title = "B", .sequential = SOME_BOOL(true), .depends_on = {true, 2, after}}};
    const struct define_args args = {
        .write = usual_write, .parent = "AUTH-1", .tasks = {true, 2, tasks}};
    struct define_answer answer;

    return plan_define(rq, &args, &answer);
}

static enum status act_create_task(struct req *rq)
{
    const struct create_args args = {.write = usual_write,
                                     .parent = "AUTH",
                                     .title = "T",
                                     .objective = "why",
                                     .sequential = SOME_BOOL(true),
                                     .priority = SOME_INT(7),
                                     .assignee = "agent-b"};
    struct item_answer answer;

    return plan_create_task(rq, &args, &answer);
}

static enum status act_create_step(struct req *rq)
{
    const struct create_args args = {
        .write = usual_write, .task = "AUTH-1", .title = "S", .content = "text"};
    struct item_answer answer;

    return plan_create_step(rq, &args, &answer);
}

static enum status act_submit(struct req *rq)
{
    struct assessment assessment = {.score = SOME_NUM(0.5)};
    const struct submit_args args = {
        .write = usual_write, .step = "AUTH-2", .content = "text", .assessment = &assessment};
    struct item_answer answer;

    return step_submit(rq, &args, &answer);
}

static enum status review_with(struct req *rq, int decision)
{
    const struct review_args args = {.write = usual_write,
                                     .step = "AUTH-2",
                                     .decision = decision,
                                     .content = decision == REVIEW_COUNTER ? "mine" : NULL,
                                     .feedback = "because"};
    struct item_answer answer;

    return step_review(rq, &args, &answer);
}

static enum status act_revise(struct req *rq)
{
    return review_with(rq, REVIEW_REVISE);
}

static enum status act_approve(struct req *rq)
{
    return review_with(rq, REVIEW_APPROVE);
}

static void start_last_round(struct req *rq)
{
    const struct project_args one = {.project = "AUTH", .max_iterations = SOME_INT(1)};
    struct project_answer answer;

    plan_usual(rq);
    assert_ok(rq, project_update(rq, &one, &answer));
}

static enum status act_last_counter(struct req *rq)
{
    return review_with(rq, REVIEW_COUNTER);
}

static void start_disputed(struct req *rq)
{
    start_last_round(rq);
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_COUNTER));
}

static enum status act_resolve(struct req *rq)
{
    const struct resolve_args args = {.write = usual_write,
                                      .dispute = "AUTH-2",
                                      .resolution = RESOLVE_HYBRID,
                                      .content = "both",
                                      .reasoning = "peace"};
    struct item_answer answer;

    return dispute_resolve(rq, &args, &answer);
}

static void start_waiting(struct req *rq)
{
    const char *after[] = {"AUTH-2"};
    struct define_task task = {.title = "waits", .depends_on = {true, 1, after}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, &task}};
    struct define_answer answer;

    plan_usual(rq);
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static enum status close_with(struct req *rq, int outcome)
{
    struct evidence_new evidence = {.kind = EVIDENCE_COMMIT, .reference = "abc"};
    const struct complete_args args = {.write = usual_write,
                                       .item = "AUTH-2",
                                       .outcome = outcome,
                                       .summary = "so",
                                       .evidence = {true, 1, &evidence}};
    struct item_answer answer;

    return item_complete(rq, &args, &answer);
}

static enum status act_complete(struct req *rq)
{
    return close_with(rq, OUTCOME_DONE);
}

static enum status act_cancel(struct req *rq)
{
    return close_with(rq, OUTCOME_CANCELLED);
}

static void start_complete(struct req *rq)
{
    start_waiting(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
}

static enum status act_reopen(struct req *rq)
{
    return close_with(rq, OUTCOME_REOPEN);
}

/* Keys instead of ids, TIME instead of times, members in the order of jsonb; sort keys and numbers
 * of rows as they are. */
static const struct path paths[] = {
    {"create_project", start_empty, act_create_project,
     "project AUTH created null -> {\"name\": \"Authentication\", \"slug\": \"AUTH\","
     " \"description\": \"why\", \"require_review\": true}\n"},
    {"update_project", plan_usual, act_update_project,
     "project AUTH updated {\"name\": \"AUTH\", \"max_iterations\": 3, \"require_review\": false}"
     " -> {\"name\": \"New name\", \"max_iterations\": 5, \"require_review\": true}\n"},
    {"define_tasks", plan_usual, act_define,
     "task AUTH-3 created null -> {\"kind\": \"task\", \"title\": \"A\", \"sort_key\": \"V000H\", \"objective\":"
     " \"why\", \"parent_id\": \"AUTH-1\"}\n"
     "step AUTH-4 created null -> {\"kind\": \"step\", \"title\": \"S\", \"sort_key\": \"V0001\", \"parent_id\":"
     " \"AUTH-3\", \"server_number\": 1}\n"
     "task AUTH-5 created null -> {\"kind\": \"task\", \"title\": \"B\", \"sort_key\": \"V000X\", \"parent_id\":"
     " \"AUTH-1\", \"depends_on\": [\"AUTH-3\", \"AUTH-2\"], \"sequential\": true}\n"},
    {"create_task", plan_usual, act_create_task,
     "task AUTH-3 created null -> {\"kind\": \"task\", \"title\": \"T\", \"assignee\": \"agent-b\","
     " \"priority\": 7, \"sort_key\": \"V000H\", \"objective\": \"why\", \"parent_id\": \"AUTH\","
     " \"sequential\": true}\n"},
    {"create_step", plan_usual, act_create_step,
     "step AUTH-3 created null -> {\"kind\": \"step\", \"title\": \"S\", \"sort_key\": \"V000H\","
     " \"parent_id\": \"AUTH-1\", \"server_number\": 1}\n"},
    {"submit_step", plan_usual, act_submit,
     "step AUTH-2 submitted {\"last_number\": 1, \"turn_number\": 1, \"server_number\": 1, \"assessed_promote\": null,"
     " \"complexity_basis\": \"analysis\", \"complexity_score\": 0.0004,"
     " \"server_complexity\": null, \"server_assessment_number\": null} -> {\"last_number\": 2, \"turn_number\": 2,"
     " \"server_number\": 2, \"assessed_promote\": false, \"complexity_basis\": \"single\","
     " \"complexity_score\": 0.5,"
     " \"server_complexity\": 0.5, \"server_assessment_number\": 2}\n",
     "server"},
    {"review_step revise", plan_usual, act_revise,
     "step AUTH-2 reviewed {\"status\": \"client_review\", \"last_number\": 1, \"turn_number\": 1, \"server_ready\":"
     " true, \"iteration_count\": 0} -> {\"status\": \"server_draft\", \"last_number\": 2, \"turn_number\": 2,"
     " \"server_ready\": false, \"iteration_count\": 1}\n",
     "client"},
    {"review_step approve", plan_usual, act_approve,
     "step AUTH-2 agreed {\"status\": \"client_review\", \"last_number\": 1, \"turn_number\": 1, \"final_number\":"
     " null, \"client_approved\": false} -> {\"status\": \"agreed\", \"last_number\": 2, \"turn_number\": 2,"
     " \"final_number\": 1, \"client_approved\": true}\n",
     "client"},
    {"review_step disputes", start_last_round, act_last_counter,
     "step AUTH-2 reviewed {\"status\": \"client_review\", \"last_number\": 1, \"turn_number\": 1, \"server_ready\":"
     " true, \"client_number\": null, \"iteration_count\": 0, \"max_iterations_reached\": false}"
     " -> {\"status\": \"disputed\", \"last_number\": 2, \"turn_number\": 2, \"server_ready\": false,"
     " \"client_number\": 2, \"iteration_count\": 1, \"max_iterations_reached\": true}\n"
     "dispute AUTH-2 disputed null -> {\"rounds\": 1, \"step_id\": \"AUTH-2\", \"client_number\":"
     " 2, \"review_number\": 2, \"server_number\": 1}\n",
     "client"},
    {"resolve_dispute", start_disputed, act_resolve,
     "dispute AUTH-2 resolved {\"status\": \"pending\"} -> {\"via\": \"explicit\", \"status\":"
     " \"resolved\", \"resolved_by\": \"ann\", \"resolved_number\": 3, \"user_resolution\":"
     " \"hybrid\"}\n"
     "step AUTH-2 resolved {\"status\": \"disputed\", \"last_number\": 2, \"turn_number\": 2, \"final_number\": null,"
     " \"complexity_score\": 0.0004} -> {\"status\": \"user_resolution\", \"last_number\": 3,"
     " \"turn_number\": 3, \"final_number\": 3, \"complexity_score\": 0.0003}\n"},
    {"complete_step done", start_waiting, act_complete,
     "step AUTH-2 completed {\"status\": \"open\"} -> {\"status\": \"complete\", \"summary\":"
     " \"so\", \"evidence\": [{\"kind\": \"commit\", \"reference\": \"abc\"}]}\n"},
    {"complete_step cancelled", start_waiting, act_cancel,
     "step AUTH-2 cancelled {\"status\": \"open\"} -> {\"status\": \"cancelled\", \"summary\":"
     " \"so\", \"evidence\": [{\"kind\": \"commit\", \"reference\": \"abc\"}]}\n"},
    {"complete_step reopen", start_complete, act_reopen,
     "step AUTH-2 reopened {\"status\": \"complete\", \"completed_at\": \"TIME\"} -> {\"status\": \"open\", \"summary\":"
     " \"so\", \"evidence\": [{\"kind\": \"commit\", \"reference\": \"abc\"}]}\n"},
};

static const struct path *path_at(size_t i)
{
    print_message("             %s\n", paths[i].name);
    return &paths[i];
}

/* The audit rows with an id above `after`, ids replaced by keys. */
static const char *told(struct harness *h, const char *after)
{
    const char *text = harness_sql(
        h,
        "SELECT string_agg(format(E'%%s %%s %%s %%s -> %%s\\n', entity_type, entity_id, action,"
        " coalesce(old_values::text, 'null'), coalesce(new_values::text, 'null')), ''"
        " ORDER BY id) FROM planner.audit WHERE id > %s",
        after);

    return harness_sql(h, "SELECT planner_test_keys($told$%s$told$)",
                       text == NULL ? "nothing" : text);
}

static void make_keys_function(struct harness *h)
{
    (void)harness_sql(
        h, "CREATE FUNCTION planner_test_keys(t text) RETURNS text LANGUAGE plpgsql AS $f$"
           "DECLARE r record; BEGIN FOR r IN SELECT i.id, p.slug || CASE WHEN i.number > 0"
           " THEN '-' || i.number ELSE '' END AS key FROM planner.items i JOIN planner.projects p"
           " ON p.id = i.project_id UNION ALL SELECT d.id, p.slug || '-' || i.number"
           " FROM planner.disputes d JOIN planner.items i ON i.id = d.step_id"
           " JOIN planner.projects p ON p.id = i.project_id LOOP"
           " t := replace(t, r.id::text, r.key); END LOOP;"
           " RETURN regexp_replace(t, '\\d+-\\d+-\\d+T[\\d:.]+Z', 'TIME', 'g'); END $f$");
}

static void as_agent_with_user(struct req *rq)
{
    rq->actor =
        (struct actor){.agent = "agent-a", .role = "worker", .user = "ann", .client = "host 1.0"};
}

static void empty_store(struct harness *h)
{
    (void)harness_sql(
        h,
        "SET client_min_messages = warning; SET session_replication_role = replica; TRUNCATE planner.projects,"
        " planner.requests CASCADE; RESET session_replication_role");
}

static void every_write__leaves_exactly_its_audit_rows(void **state)
{
    struct harness *h = *state;

    make_keys_function(h);
    as_agent_with_user(&h->rq);
    for (size_t i = 0; i < LENGTH_OF(paths); i++) {
        const struct path *path = path_at(i);
        const char *before = NULL;
        path->arrange(&h->rq);
        before = harness_sql(h, "SELECT coalesce(max(id), 0) FROM planner.audit");

        assert_ok(&h->rq, path->act(&h->rq));

        assert_string_equal(told(h, before), path->expected);
        assert_string_equal(
            harness_sql(h,
                        "SELECT format('%%s %%s', count(DISTINCT change), string_agg(DISTINCT"
                        " concat_ws(',', user_id, ai_agent, role, client, request_id), ';'))"
                        " FROM planner.audit WHERE id > %s",
                        before),
            arena_printf(h->rq.arena, "1 ann,agent-z,%s,host 1.0,call-1",
                         path->role == NULL ? "worker" : path->role));
        plan_assert_right(h);
        empty_store(h);
        h->rq.actor.agent = "agent-a";
    }
}

static void every_write__changes_nothing_when_the_audit_fails(void **state)
{
    struct harness *h = *state;

    for (size_t i = 0; i < LENGTH_OF(paths); i++) {
        const struct path *path = path_at(i);
        const char *before = NULL;
        path->arrange(&h->rq);
        before = plan_digest(h);
        (void)harness_sql(h, "ALTER TABLE planner.audit ADD CONSTRAINT refuse CHECK (false)"
                             " NOT VALID");

        assert_int_not_equal(path->act(&h->rq), ST_OK);

        assert_string_equal(plan_digest(h), before);
        (void)harness_sql(h, "ALTER TABLE planner.audit DROP CONSTRAINT refuse");
        assert_ok(&h->rq, path->act(&h->rq));
        assert_string_not_equal(plan_digest(h), before);
        empty_store(h);
    }
}

/* The same when the database itself raises an error in the statement. */
static void every_write__changes_nothing_when_the_audit_raises(void **state)
{
    struct harness *h = *state;

    (void)harness_sql(h, "CREATE FUNCTION planner_test_raise() RETURNS trigger LANGUAGE plpgsql AS"
                         " $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$");
    for (size_t i = 0; i < LENGTH_OF(paths); i++) {
        const struct path *path = path_at(i);
        const char *before = NULL;
        path->arrange(&h->rq);
        before = plan_digest(h);
        (void)harness_sql(h, "CREATE TRIGGER refuse AFTER INSERT ON planner.audit FOR EACH ROW"
                             " EXECUTE FUNCTION planner_test_raise()");

        assert_int_not_equal(path->act(&h->rq), ST_OK);

        assert_null(strstr(h->rq.message, "disk full"));
        assert_string_equal(plan_digest(h), before);
        (void)harness_sql(h, "DROP TRIGGER refuse ON planner.audit");
        empty_store(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(every_write__leaves_exactly_its_audit_rows),
        HARNESS_TEST(every_write__changes_nothing_when_the_audit_fails),
        HARNESS_TEST(every_write__changes_nothing_when_the_audit_raises),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
