/* Round trips: a write takes at most two, a read one, the first time and every time. */
#include "plan_helper.h"

#include "planner/service/item.h"

static void run_create_project(struct req *rq)
{
    (void)plan_project(rq, "AUTH");
}

static void run_define(struct req *rq)
{
    const char *after[] = {"AUTH-1"};
    struct define_step steps[] = {{.title = "s", .content = "c"}, {.title = "t"}};
    struct define_task tasks[] = {{.title = "A"}, {.title = "B", .depends_on = {true, 1, after}}};
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 2, tasks}};
    struct define_answer answer;

    tasks[0].steps = (struct list){true, 2, steps};
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static void run_create_task(struct req *rq)
{
    (void)plan_task(rq, "AUTH");
}

static void run_create_step(struct req *rq)
{
    (void)plan_step(rq, "AUTH-1", "c");
}

static void run_submit(struct req *rq)
{
    assert_ok(rq, plan_submit(rq, "AUTH-2", "c"));
}

static void run_counter(struct req *rq)
{
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_COUNTER));
}

static void run_resolve(struct req *rq)
{
    assert_ok(rq, plan_resolve(rq, "AUTH-2", RESOLVE_CLIENT));
}

static void run_complete(struct req *rq)
{
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
}

static void run_complete_again(struct req *rq)
{
    run_complete(rq);
}

static void run_reopen(struct req *rq)
{
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));
}

static void run_update(struct req *rq)
{
    const struct project_args args = {
        .project = "AUTH", .max_iterations = SOME_INT(1), .require_review = SOME_BOOL(true)};
    struct project_answer answer;

    assert_ok(rq, project_update(rq, &args, &answer));
}

static void run_update_again(struct req *rq)
{
    run_update(rq);
}

static void run_replay(struct req *rq)
{
    const struct complete_args args = {.write = {.request_id = "r", .fingerprint = "x"},
                                       .item = "AUTH-2"};
    struct item_answer answer;

    assert_ok(rq, item_complete(rq, &args, &answer));
}

static void read_item(struct req *rq)
{
    struct item_view view;

    assert_ok(rq, item_get(rq, &(struct get_args){.item = "AUTH-2"}, &view));
}

static void read_outline(struct req *rq)
{
    struct outline outline;

    assert_ok(rq, look_outline(rq, &(struct outline_args){.item = "AUTH"}, &outline));
}

static void read_next(struct req *rq)
{
    (void)plan_ready(rq, "AUTH");
}

static void read_history(struct req *rq)
{
    struct history_view view;

    assert_ok(rq, look_history(rq, &(struct history_args){.item = "AUTH"}, &view));
}

static void read_projects(struct req *rq)
{
    struct project_list list;

    assert_ok(rq, project_find_all(rq, &(struct project_list_args){0}, &list));
}

static void read_disputes(struct req *rq)
{
    struct dispute_list list;

    assert_ok(rq, dispute_find_all(rq, &(struct dispute_list_args){0}, &list));
}

static void read_question(struct req *rq)
{
    struct dispute_question question;

    assert_ok(rq, dispute_ask(rq, "AUTH-2", "{}", &question));
}

static const struct {
    const char *name;
    void (*run)(struct req *rq);
    long most;
} calls[] = {
    {"create_project", run_create_project, 2},
    {"create_task", run_create_task, 2},
    {"create_step", run_create_step, 2},
    {"define_tasks", run_define, 2},
    {"submit_step", run_submit, 2},
    {"update_project", run_update, 2},
    {"update_project unchanged", run_update_again, 2},
    {"review_step counter, disputed", run_counter, 2},
    {"dispute question", read_question, 1},
    {"list_disputes", read_disputes, 1},
    {"resolve_dispute", run_resolve, 2},
    {"complete_step", run_complete, 2},
    {"complete_step unchanged", run_complete_again, 2},
    {"reopen", run_reopen, 2},
    {"complete_step with request_id", run_replay, 2},
    {"complete_step replayed", run_replay, 2},
    {"get_item", read_item, 1},
    {"outline", read_outline, 1},
    {"next_item", read_next, 1},
    {"history", read_history, 1},
    {"list_projects", read_projects, 1},
};

static void run_calls(struct harness *h, bool twice)
{
    for (size_t i = 0; i < LENGTH_OF(calls); i++) {
        const long before = db_flushes(h->rq.db);
        long taken = 0;
        calls[i].run(&h->rq);
        taken = db_flushes(h->rq.db) - before;
        if (taken < 1 || taken > calls[i].most)
            fail_msg("%s%s took %ld round trips, not %ld", calls[i].name, twice ? " again" : "",
                     taken, calls[i].most);
    }
}

static void every_call__takes_its_round_trips(void **state)
{
    struct harness *h = *state;
    struct project_list list;

    /* The connection is up; nothing else was prepared yet. */
    assert_ok(&h->rq, project_find_all(&h->rq, &(struct project_list_args){0}, &list));
    run_calls(h, false);

    (void)harness_sql(h, "SET client_min_messages = warning;"
                         " SET session_replication_role = replica;"
                         " TRUNCATE planner.projects, planner.requests CASCADE;"
                         " RESET session_replication_role");
    (void)harness_sql(h, "INSERT INTO planner.listeners VALUES (1, now() + interval '1 hour')");
    run_calls(h, true); /* listeners are notified in the same round trip */
}

/* A refusal may ask once more, for a sentence that says what is there instead. */
static void refusals__take_few_round_trips(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct complete_args stale = {.write = {.expected_version = SOME_INT(9)},
                                        .item = "AUTH-2"};
    struct item_answer answer;
    long before = 0;

    plan_usual(rq);
    before = db_flushes(rq->db);
    assert_fails(rq, plan_complete(rq, "AUTH-99", OUTCOME_DONE), ST_NOT_FOUND, "AUTH-2");
    assert_in_range(db_flushes(rq->db) - before, 1, 3);
    before = db_flushes(rq->db);
    assert_fails(rq, item_complete(rq, &stale, &answer), ST_CONFLICT, "version 1, not 9");
    assert_in_range(db_flushes(rq->db) - before, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(every_call__takes_its_round_trips),
        HARNESS_TEST(refusals__take_few_round_trips),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
