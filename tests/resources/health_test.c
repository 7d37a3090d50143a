/* planner://health: what an agent has to know of the database. Whether it is away is for the
 * faults. */
#include "read_helper.h"

static bool has_trouble(const cJSON *health, const char *check)
{
    const cJSON *one = NULL;

    cJSON_ArrayForEach(one, json_get(health, "trouble"))
    {
        if (strcmp(json_get_text(one, "check"), check) == 0)
            return true;
    }
    return false;
}

static void health__tells_that_the_database_answers_and_what_waits(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *text = NULL;
    const cJSON *health = NULL;

    plan_usual(rq);
    (void)harness_sql(h, "INSERT INTO planner.claims (project_id, item_id, agent, token,"
                         " lease_seconds, expires_at) SELECT project_id, id, 'b', 1, 900,"
                         " now() - interval '1 hour' FROM planner.items WHERE number = 2");
    text = read_text(rq, "planner://health");
    health = read_json(rq, "planner://health?format=json");

    assert_non_null(strstr(text, "# Health\n\n- the database answers in "));
    assert_non_null(strstr(text, " fits\n- disputes that wait for a person: 0\n"));
    assert_non_null(
        strstr(text, "- claims: 1, 1 of them expired: others may take that work over\n"));
    assert_string_equal(json_get_text(health, "database"), "answers");
    assert_string_equal(json_get_text(health, "breaker"), "closed");
    assert_int_equal(json_get(health, "claims_expired")->valueint, 1);
    assert_true(json_get(health, "answer_ms")->valuedouble >= 0);
}

static void trouble__is_told_with_what_it_means_until_it_is_gone(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const cJSON *health = NULL;

    plan_usual(rq);
    assert_false(has_trouble(read_json(rq, "planner://health?format=json"), "guards"));

    (void)harness_sql(h, "ALTER TABLE planner.items DISABLE TRIGGER items_outside");
    health = read_json(rq, "planner://health?format=json");

    assert_true(has_trouble(health, "guards"));
    assert_true(cJSON_IsFalse(json_get(health, "ok")));
    assert_non_null(strstr(read_text(rq, "planner://health"),
                           "- error, guards: what the store promises is not kept"));
    assert_non_null(strstr(read_text(rq, "planner://health"), "`mcp-planner doctor`"));

    (void)harness_sql(h, "ALTER TABLE planner.items ENABLE TRIGGER items_outside");
    assert_false(has_trouble(read_json(rq, "planner://health?format=json"), "guards"));
}

/* The settings are those that a session began with: of a process that connects afterwards. */
static void sessions_that_begin_read_only__are_trouble_until_they_do_not(void **state)
{
    struct harness *h = *state;
    struct req *rq = harness_req(h, "late");
    struct req *later = harness_req(h, "later");
    const cJSON *health = NULL;

    plan_usual(&h->rq);
    (void)harness_sql(h, "ALTER DATABASE %s SET default_transaction_read_only = on", h->database);
    health = read_json(rq, "planner://health?format=json");
    assert_true(has_trouble(health, "session"));
    assert_true(cJSON_IsFalse(json_get(health, "ok")));
    assert_non_null(strstr(read_text(rq, "planner://health"),
                           "- error, session: every call that changes something is refused\n"));
    assert_fails(rq, plan_submit(rq, "AUTH-2", "Otherwise"), ST_UNAVAILABLE,
                 "read-only (default_transaction_read_only); nothing was changed");
    assert_true(has_trouble(read_json(later, "planner://health?format=json"), "session"));

    (void)harness_sql(h, "SET default_transaction_read_only = off");
    (void)harness_sql(h, "ALTER DATABASE %s RESET default_transaction_read_only", h->database);
    assert_false(has_trouble(read_json(rq, "planner://health?format=json"), "session"));
    assert_false(has_trouble(read_json(later, "planner://health?format=json"), "session"));
}

static void trouble__names_no_session_user_or_path(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *text = NULL;

    plan_usual(rq);
    (void)harness_sql(h, "SET application_name = 'a secret name'");
    (void)harness_sql(h, "BEGIN");
    (void)harness_sql(h, "SELECT 1 FROM planner.items");
    text = read_text(rq, "planner://health");
    (void)harness_sql(h, "ROLLBACK");

    assert_null(strstr(text, "a secret name"));
    assert_null(strstr(text, "pid"));
    assert_null(strstr(text, "/"));
}

static void health__costs_a_few_statements_and_no_write(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    long before = 0;

    plan_usual(rq);
    (void)harness_sql(h, "ALTER DATABASE %s SET default_transaction_read_only = on", h->database);
    before = db_flushes(rq->db);
    (void)read_text(rq, "planner://health");

    assert_in_range(db_flushes(rq->db) - before, 3, 8);
}

static void health__is_not_watched(void **state)
{
    struct harness *h = *state;
    struct resource_watched watched;

    assert_false(resource_watch(&h->rq, "planner://health", &watched));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(health__tells_that_the_database_answers_and_what_waits),
        HARNESS_TEST(trouble__is_told_with_what_it_means_until_it_is_gone),
        HARNESS_TEST(sessions_that_begin_read_only__are_trouble_until_they_do_not),
        HARNESS_TEST(trouble__names_no_session_user_or_path),
        HARNESS_TEST(health__costs_a_few_statements_and_no_write),
        HARNESS_TEST(health__is_not_watched),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
