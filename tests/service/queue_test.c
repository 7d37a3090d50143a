/* Who has to move next: the queues of the roles, their order, and what is left out. */
#include "plan_helper.h"

#include "planner/base/buf.h"
#include "planner/service/find.h"

static struct queue_view queue(struct req *rq, int role)
{
    const struct queue_args args = {.project = "AUTH", .role = role};
    struct queue_view view = {0};

    assert_ok(rq, find_queue(rq, &args, &view));
    return view;
}

static const char *queued(struct req *rq, int role)
{
    const struct queue_view view = queue(rq, role);
    struct buf keys = BUF_IN(rq->arena);

    for (size_t i = 0; i < view.items.n; i++)
        buf_printf(&keys, "%s%s", i == 0 ? "" : " ",
                   LIST_AT(view.items, i, const struct queue_row)->key);
    return buf_str(&keys);
}

static void assert_queues(struct req *rq, const char *server, const char *client, const char *human,
                          const char *worker)
{
    assert_string_equal(queued(rq, QUEUE_SERVER), server);
    assert_string_equal(queued(rq, QUEUE_CLIENT), client);
    assert_string_equal(queued(rq, QUEUE_HUMAN), human);
    assert_string_equal(queued(rq, QUEUE_WORKER), worker);
}

static void a_step__is_in_the_queue_of_who_has_to_move_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq); /* AUTH-2 has a draft */
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_queues(rq, "AUTH-3", "AUTH-2", "", "AUTH-2 AUTH-3");
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
    assert_queues(rq, "AUTH-3 AUTH-2", "", "", "AUTH-2 AUTH-3");
    assert_ok(rq, plan_submit(rq, "AUTH-3", "a draft"));
    assert_queues(rq, "AUTH-2", "AUTH-3", "", "AUTH-2 AUTH-3");
    assert_ok(rq, plan_review(rq, "AUTH-3", REVIEW_APPROVE));
    assert_queues(rq, "AUTH-2", "", "", "AUTH-2 AUTH-3");
    assert_string_equal(plan_disputed(rq, "AUTH", "AUTH-1"), "AUTH-4");
    assert_queues(rq, "AUTH-2", "", "AUTH-4", "AUTH-2 AUTH-3");
    plan_assert_right(h);

    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_resolve(rq, "AUTH-4", RESOLVE_SERVER));
    assert_queues(rq, "", "", "", "AUTH-3 AUTH-4");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_CANCELLED));
    assert_queues(rq, "AUTH-2", "", "", "AUTH-2 AUTH-4");
    plan_assert_right(h);
}

static void rows__say_what_to_do_and_who_sent_it_back(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct queue_view view;
    const struct queue_row *row = NULL;

    plan_usual(rq);
    view = queue(rq, QUEUE_CLIENT);
    row = LIST_AT(view.items, 0, const struct queue_row);
    assert_string_equal(row->action, "review_step");
    assert_int_equal(row->draft.v, 1);
    assert_int_equal(row->round.v, 1);
    assert_int_equal(row->rounds.v, 3);
    assert_ok(harness_req(h, "agent-b"),
              plan_review(harness_req(h, "agent-b"), "AUTH-2", REVIEW_COUNTER));
    view = queue(rq, QUEUE_SERVER);
    row = LIST_AT(view.items, 0, const struct queue_row);
    assert_string_equal(row->action, "submit_step");
    assert_string_equal(row->sent_back_by, "agent-b");
    assert_string_equal(row->sent_back_as, "counter");
    assert_int_equal(row->round.v, 2);
    assert_string_equal(row->parent, "AUTH-1");

    assert_string_equal(plan_disputed(rq, "AUTH", "AUTH-1"), "AUTH-3");
    view = queue(rq, QUEUE_HUMAN);
    row = LIST_AT(view.items, 0, const struct queue_row);
    assert_string_equal(row->action, "resolve_dispute");
    assert_non_null(row->dispute);
}

static const char *step_of(struct req *rq, const char *task, int priority, const char *assignee)
{
    const struct create_args args = {
        .task = task, .title = "a step", .priority = SOME_INT(priority), .assignee = assignee};
    struct item_answer answer;

    assert_ok(rq, plan_create_step(rq, &args, &answer));
    return answer.key;
}

static void order__is_urgent_first_then_who_waits_longest(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)step_of(rq, "AUTH-1", 0, NULL);
    (void)step_of(rq, "AUTH-1", 100, NULL);
    (void)step_of(rq, "AUTH-1", 7, NULL);
    (void)step_of(rq, "AUTH-1", 100, NULL);
    assert_queues(rq, "AUTH-3 AUTH-5 AUTH-4 AUTH-2", "", "", "AUTH-3 AUTH-5 AUTH-4 AUTH-2");

    /* A draft that is not ready leaves the turn where it was, and its time. */
    assert_ok(rq, step_submit(rq,
                              &(struct submit_args){
                                  .step = "AUTH-3", .content = "c", .ready = SOME_BOOL(false)},
                              &(struct item_answer){0}));
    assert_string_equal(queued(rq, QUEUE_SERVER), "AUTH-3 AUTH-5 AUTH-4 AUTH-2");
    assert_ok(rq, plan_submit(rq, "AUTH-3", "c"));
    assert_ok(rq, plan_review(rq, "AUTH-3", REVIEW_REVISE));
    assert_string_equal(queued(rq, QUEUE_SERVER), "AUTH-5 AUTH-3 AUTH-4 AUTH-2");
}

static void workers__see_what_is_ready_for_them(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *after[] = {"AUTH-2"};
    struct define_task task = {.title = "waits", .depends_on = {true, 1, after}};
    const struct define_args define = {.parent = "AUTH", .tasks = {true, 1, &task}};
    struct define_answer defined;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)step_of(rq, "AUTH-1", 0, "agent-a");
    (void)step_of(rq, "AUTH-1", 0, "agent-b");
    assert_ok(rq, plan_define(rq, &define, &defined));
    (void)plan_step(rq, "AUTH-4", NULL);
    assert_string_equal(queued(rq, QUEUE_WORKER), "AUTH-2");
    assert_string_equal(queued(harness_req(h, "agent-b"), QUEUE_WORKER), "AUTH-3");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));

    assert_string_equal(queued(rq, QUEUE_WORKER), "AUTH-5");
}

static void deleted_and_archived_things__wait_for_nobody(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args archive = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer answer;

    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
    (void)plan_disputed(rq, "AUTH", "AUTH-1");
    assert_queues(rq, "AUTH-3", "AUTH-2", "AUTH-4", "AUTH-2 AUTH-3");
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number = 1");
    assert_queues(rq, "", "", "", "");
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = NULL");
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number = 3");
    assert_queues(rq, "", "AUTH-2", "AUTH-4", "AUTH-2");
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = NULL");

    assert_ok(rq, project_update(rq, &archive, &answer));
    assert_queues(rq, "", "", "", "");
}

static void define_many(struct req *rq, size_t n)
{
    struct define_task *tasks = ARENA_MANY(rq->arena, 1, struct define_task);
    struct define_step *steps = ARENA_MANY(rq->arena, n, struct define_step);
    const struct define_args args = {.parent = "AUTH", .tasks = {true, 1, tasks}};
    struct define_answer answer;

    for (size_t i = 0; i < n; i++)
        steps[i].title = "s";
    tasks[0] = (struct define_task){.title = "T", .steps = {true, n, steps}};
    assert_ok(rq, plan_define(rq, &args, &answer));
}

/* All pages of a role; *ret_short counts those that have less than the limit and yet a cursor. */
static size_t count_all(struct req *rq, int role, int *ret_short)
{
    struct queue_args args = {.project = "AUTH", .role = role, .limit = SOME_INT(30)};
    struct queue_view view;
    size_t n = 0;

    *ret_short = 0;
    do {
        assert_ok(rq, find_queue(rq, &args, &view));
        n += view.items.n;
        args.cursor = view.next_cursor;
        if (view.next_cursor != NULL && view.stopped != NULL)
            (*ret_short)++;
    } while (args.cursor != NULL);
    return n;
}

static void pages__have_everything_once(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct queue_args args = {.project = "AUTH", .role = QUEUE_SERVER};
    struct queue_view view;
    int n_short = 0;

    (void)plan_project(rq, "AUTH");
    define_many(rq, 100);
    (void)harness_sql(h, "UPDATE planner.items SET priority = number %% 3");
    assert_int_equal(count_all(rq, QUEUE_SERVER, &n_short), 100);
    assert_int_equal(count_all(rq, QUEUE_WORKER, &n_short), 100);
    assert_int_equal(n_short, 0);

    args.cursor = "WyJhIl0";
    assert_fails(rq, find_queue(rq, &args, &view), ST_INVALID, "'cursor'");
}

/* At, below and above what a page looks at. */
static void pages__are_short_when_too_much_had_to_be_passed_over(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    int n_short = 0;

    (void)plan_project(rq, "AUTH");
    define_many(rq, QUEUE_LOOKED - 1);
    (void)harness_sql(h, "UPDATE planner.items SET sequential = true WHERE number = 1");
    assert_int_equal(count_all(rq, QUEUE_WORKER, &n_short), 1);
    assert_int_equal(n_short, 0);
    (void)plan_step(rq, "AUTH-1", NULL);
    (void)plan_step(rq, "AUTH-1", NULL);
    (void)plan_task(rq, "AUTH");

    assert_int_equal(count_all(rq, QUEUE_WORKER, &n_short), 2);
    assert_int_equal(n_short, 1);
}

static void the_role__is_the_configured_one_unless_given(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct queue_args args = {.project = "AUTH"};
    struct queue_view view;

    plan_usual(rq);
    rq->actor.role = NULL;
    assert_fails(rq, find_queue(rq, &args, &view), ST_INVALID, "'role' is missing");
    rq->actor.role = "client";
    assert_string_equal(queued(rq, 0), "AUTH-2");
    rq->actor.role = "user";
    assert_int_equal(queue(rq, 0).role, QUEUE_HUMAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(a_step__is_in_the_queue_of_who_has_to_move_it),
        HARNESS_TEST(rows__say_what_to_do_and_who_sent_it_back),
        HARNESS_TEST(order__is_urgent_first_then_who_waits_longest),
        HARNESS_TEST(workers__see_what_is_ready_for_them),
        HARNESS_TEST(deleted_and_archived_things__wait_for_nobody),
        HARNESS_TEST(pages__have_everything_once),
        HARNESS_TEST(pages__are_short_when_too_much_had_to_be_passed_over),
        HARNESS_TEST(the_role__is_the_configured_one_unless_given),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
