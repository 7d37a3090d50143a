/* What two writers, an archived project or a finished item must not get wrong. */
#include "plan_helper.h"

#include "planner/base/clock.h"
#include "planner/service/item.h"

static const char *told(const struct req *rq, enum status status)
{
    return status == ST_OK ? "done" : rq->message;
}

static const char *cancel_parent(struct req *rq, int nth)
{
    (void)nth;
    return told(rq, plan_complete(rq, "AUTH-1", OUTCOME_CANCELLED));
}

static const char *archive(struct req *rq, int nth)
{
    const struct project_args args = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer answer;

    (void)nth;
    return told(rq, project_update(rq, &args, &answer));
}

static const char *create_below(struct req *rq, int nth)
{
    const struct create_args args = {.task = "AUTH-1", .title = "late"};
    struct item_answer answer;

    (void)nth;
    return told(rq, plan_create_step(rq, &args, &answer));
}

static const char *reopen_child(struct req *rq, int nth)
{
    (void)nth;
    return told(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));
}

/* In this database: other tests wait for their locks on the same server. */
static void wait_for_one(struct harness *h)
{
    int tries = 0;

    while (strcmp(harness_sql(h, "SELECT count(*) > 0 FROM pg_locks l JOIN pg_database d"
                                 " ON d.oid = l.database AND d.datname = current_database()"
                                 " WHERE NOT l.granted"),
                  "t") != 0)
        assert_true(tries++ < 100000);
}

/* `first` has done everything but its audit when `second` starts; what the second one says. */
static const char *overtaken(struct harness *h, plan_work *first, plan_work *second)
{
    struct plan_child a;
    struct plan_child b;
    const char *text = NULL;

    plan_hold(h);
    a = plan_fork(h, first, 1);
    wait_for_one(h);
    b = plan_fork(h, second, 2);
    plan_let_go(h, 2);
    assert_string_equal(plan_join(h, &a), "done");
    text = plan_join(h, &b);
    plan_assert_right(h);
    return text;
}

static void a_child_of_a_task_that_is_just_cancelled__is_refused(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "AUTH");
    (void)plan_task(&h->rq, "AUTH");

    assert_non_null(strstr(overtaken(h, cancel_parent, create_below), "AUTH-1 is cancelled"));
}

static void a_child_of_a_task_that_is_just_cancelled__is_not_reopened(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_CANCELLED));

    assert_non_null(strstr(overtaken(h, cancel_parent, reopen_child), "parent of AUTH-2 is canc"));
}

static void a_project_that_is_just_archived__takes_no_change(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);

    assert_non_null(strstr(overtaken(h, archive, create_below), "AUTH is archived"));
}

static void next_item__offers_nothing_of_an_archived_project(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    assert_string_equal(plan_ready(&h->rq, "AUTH"), "AUTH-2");
    assert_string_equal(archive(&h->rq, 0), "done");

    assert_string_equal(plan_ready(&h->rq, "AUTH"), "");
}

/* A late repetition of a call that changed nothing must not act on what happened since. */
static void an_answer_that_nothing_changed__is_remembered_too(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct complete_args again = {.write = {.request_id = "r1", .fingerprint = "x"},
                                        .item = "AUTH-2"};
    struct item_answer answer;

    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, item_complete(rq, &again, &answer));
    assert_false(answer.changed.v);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));
    assert_ok(rq, item_complete(rq, &again, &answer));

    assert_true(answer.replayed.v);
    assert_false(answer.changed.v);
    assert_string_equal(plan_item(h, "AUTH-2", "completed_at"), "null");
}

static void an_update_that_changes_nothing__is_remembered_too(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args again = {
        .write = {.request_id = "r1", .fingerprint = "x"}, .project = "AUTH", .name = "AUTH"};
    const struct project_args other = {.project = "AUTH", .name = "Other"};
    struct project_answer answer;

    plan_usual(rq);
    assert_ok(rq, project_update(rq, &again, &answer));
    assert_false(answer.changed.v);
    assert_ok(rq, project_update(rq, &other, &answer));
    assert_ok(rq, project_update(rq, &again, &answer));

    assert_true(answer.replayed.v);
    assert_false(answer.changed.v);
    assert_string_equal(plan_item(h, "AUTH", "title"), "Other");
}

static void a_task_that_its_children_completed__is_complete_already(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct complete_args args = {.item = "AUTH-1"};
    struct item_answer answer;

    plan_usual(rq);
    assert_fails(rq, item_complete(rq, &args, &answer), ST_CONFLICT, "when its child is");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, item_complete(rq, &args, &answer));

    assert_false(answer.changed.v);
    assert_fails(rq, plan_complete(rq, "AUTH-1", OUTCOME_REOPEN), ST_CONFLICT, "reopen that");
    assert_fails(rq, plan_complete(rq, "AUTH-1", OUTCOME_CANCELLED), ST_CONFLICT, "cancel that");
}

/* Each sibling waits for all before it: looked at one by one that is millions of pairs. */
static void a_dependency_into_a_long_sequence__is_checked_quickly(void **state)
{
    enum { SIBLINGS = 3000 };
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args project = {
        .name = "S", .slug = "SEQ", .description = "d", .sequential = SOME_BOOL(true)};
    const char *last = "SEQ-2999";
    struct define_task *tasks = ARENA_MANY(rq->arena, SIBLINGS, struct define_task);
    struct define_task one = {.title = "t", .depends_on = {.set = true, .items = &last, .n = 1}};
    struct define_args args = {.parent = "SEQ", .tasks = {.items = tasks, .n = SIBLINGS}};
    struct project_answer made;
    struct define_answer answer;
    int64_t began = 0;

    for (int i = 0; i < SIBLINGS; i++)
        tasks[i].title = "t";
    assert_ok(rq, project_create(rq, &project, &made));
    assert_ok(rq, plan_define(rq, &args, &answer));
    args = (struct define_args){.parent = "SEQ-3000", .tasks = {.items = &one, .n = 1}};
    began = clock_monotonic_ms();
    assert_ok(rq, plan_define(rq, &args, &answer));
    assert_true(clock_monotonic_ms() - began < 2000);

    args.parent = "SEQ-1";
    assert_fails(rq, plan_define(rq, &args, &answer), ST_INVALID, "would wait for itself");
}

static void evidence_that_does_not_fit__is_not_called_none(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *part = "evidence";
    const struct get_args get = {.item = "AUTH-2",
                                 .include = {.set = true, .items = &part, .n = 1}};
    struct evidence_new *shown = ARENA_MANY(rq->arena, 3, struct evidence_new);
    const struct complete_args done = {.item = "AUTH-2",
                                       .evidence = {.set = true, .items = shown, .n = 3}};
    struct item_answer answer;
    struct item_view view;
    char *long_text = arena_alloc(rq->arena, 4001);

    for (int i = 0; i < 4000; i++)
        long_text[i] = "\xF0\x9F\x98\x80"[i % 4];
    long_text[4000] = '\0';
    for (int i = 0; i < 3; i++)
        shown[i] = (struct evidence_new){
            .kind = EVIDENCE_NOTE, .reference = long_text, .summary = long_text};
    plan_usual(rq);
    assert_ok(rq, item_complete(rq, &done, &answer));
    assert_ok(rq, item_get(rq, &get, &view));

    assert_true(view.evidence.n < 3);
    assert_int_equal(view.cut.n, 1);
    assert_string_equal(*LIST_AT(view.cut, 0, const char *const), "evidence");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(a_child_of_a_task_that_is_just_cancelled__is_refused),
        HARNESS_TEST(a_child_of_a_task_that_is_just_cancelled__is_not_reopened),
        HARNESS_TEST(a_project_that_is_just_archived__takes_no_change),
        HARNESS_TEST(next_item__offers_nothing_of_an_archived_project),
        HARNESS_TEST(an_answer_that_nothing_changed__is_remembered_too),
        HARNESS_TEST(an_update_that_changes_nothing__is_remembered_too),
        HARNESS_TEST(a_task_that_its_children_completed__is_complete_already),
        HARNESS_TEST(a_dependency_into_a_long_sequence__is_checked_quickly),
        HARNESS_TEST(evidence_that_does_not_fit__is_not_called_none),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
