/* Completion, release and order as they climb and travel through the tree. */
#include "plan_helper.h"

#include "planner/base/buf.h"
#include "planner/service/order.h"
#include "planner/service/page.h"

/* A task with `refs` as what it waits for, up to two. */
static const char *waiting_task(struct req *rq, const char *parent, const char *a, const char *b)
{
    const char *after[] = {a, b};
    struct define_task task = {.title = "waits", .depends_on = {true, b == NULL ? 1 : 2, after}};
    const struct define_args args = {.parent = parent, .tasks = {true, 1, &task}};
    struct define_answer answer;

    assert_ok(rq, plan_define(rq, &args, &answer));
    return answer.first;
}

static void last_child__completes_every_ancestor_and_releases_what_waits(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq); /* AUTH-1 with AUTH-2 */
    (void)plan_task(rq, "AUTH-1");
    (void)plan_step(rq, "AUTH-3", NULL);
    assert_string_equal(waiting_task(rq, "AUTH", "AUTH-1", NULL), "AUTH-5");
    (void)plan_step(rq, "AUTH-5", NULL);
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2 AUTH-4");

    assert_ok(rq, plan_complete(rq, "AUTH-4", OUTCOME_DONE));
    assert_string_equal(plan_item(h, "AUTH-3", "status"), "complete");
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-6");
    plan_assert_right(h);
    assert_ok(rq, plan_complete(rq, "AUTH-6", OUTCOME_DONE));
    assert_string_equal(plan_item(h, "AUTH", "status"), "complete");
    plan_assert_right(h);
}

static void new_child__reopens_complete_ancestors_and_blocks_what_waited(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)plan_task(rq, "AUTH-1");
    (void)plan_step(rq, "AUTH-3", NULL);
    (void)waiting_task(rq, "AUTH", "AUTH-1", NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-4", OUTCOME_DONE));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-5");

    (void)plan_step(rq, "AUTH-3", NULL);

    assert_string_equal(plan_item(h, "AUTH-3", "status"), "open");
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    assert_string_equal(plan_item(h, "AUTH-1", "completed_at"), "null");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-6");
    plan_assert_right(h);
}

static void new_child__of_a_task_completed_by_hand_reopens_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_DONE));
    assert_string_equal(plan_item(h, "AUTH", "status"), "complete");

    (void)plan_step(rq, "AUTH-1", NULL);

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    assert_string_equal(plan_item(h, "AUTH", "status"), "open");
    plan_assert_right(h);
}

static void reopened_step__reopens_and_blocks(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)waiting_task(rq, "AUTH", "AUTH-2", "AUTH-1");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));

    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2");
    assert_string_equal(plan_item(h, "AUTH-3", "n_blockers"), "2");
    plan_assert_right(h);
}

static void cancelled_item__leaves_the_mean_and_releases(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
    (void)waiting_task(rq, "AUTH", "AUTH-2", NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2");

    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_CANCELLED));

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-4");
    plan_assert_right(h);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    plan_assert_right(h);
}

static void only_cancelled_children__leave_a_leaf(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    plan_usual(rq);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_CANCELLED));
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "open");
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-1");
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_CANCELLED));
    assert_fails(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN), ST_CONFLICT, "parent of AUTH-2");
    assert_fails(rq,
                 plan_create_step(rq, &(struct create_args){.task = "AUTH-1", .title = "x"},
                                  &(struct item_answer){0}),
                 ST_CONFLICT, "is cancelled");
    assert_ok(rq, plan_complete(rq, "AUTH-1", OUTCOME_REOPEN));
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_REOPEN));

    plan_assert_right(h);
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2");
}

static void dependency_named_twice__counts_once(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *id = NULL;

    plan_usual(rq);
    id = plan_item(h, "AUTH-2", "id");
    (void)waiting_task(rq, "AUTH", "AUTH-2", "auth-2");
    (void)waiting_task(rq, "AUTH", "AUTH-2", id);

    assert_string_equal(plan_item(h, "AUTH-3", "n_blockers"), "1");
    plan_assert_right(h);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3 AUTH-4");
}

static void dependencies__that_could_never_be_met_are_refused(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *parent[] = {"AUTH-1"};
    const char *waits_for_parent[] = {"AUTH-3"};
    struct define_task task = {.title = "T", .depends_on = {true, 1, parent}};
    const struct define_args args = {.parent = "AUTH-1", .tasks = {true, 1, &task}};
    struct define_answer answer;

    plan_usual(rq);
    (void)waiting_task(rq, "AUTH", "AUTH-1", NULL);
    assert_fails(rq, plan_define(rq, &args, &answer), ST_INVALID, "'depends_on'");
    task.depends_on.items = waits_for_parent;
    assert_fails(rq, plan_define(rq, &args, &answer), ST_INVALID, "'depends_on'");
    plan_assert_right(h);
}

/* A closed parent is reopened by the row that would wait for it. */
static void dependencies__on_what_this_call_reopens_are_refused(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *on[] = {"AUTH-1"};
    struct define_task task = {.title = "T", .depends_on = {true, 1, on}};
    const struct define_args args = {.parent = "AUTH-1", .tasks = {true, 1, &task}};
    struct define_answer answer;

    plan_usual(rq);
    (void)waiting_task(rq, "AUTH", "AUTH-1", NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");

    assert_fails(rq, plan_define(rq, &args, &answer), ST_INVALID, "'depends_on'");
    on[0] = "AUTH-3";
    assert_fails(rq, plan_define(rq, &args, &answer), ST_INVALID, "'depends_on'");
    plan_assert_right(h);
}

/* Roots of a call under a sequential parent run one after the other, too. */
static void dependency_against_the_order__of_a_sequential_parent_is_refused(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args project = {
        .name = "S", .slug = "SEQ", .description = "d", .sequential = SOME_BOOL(true)};
    const char *after[] = {"b"};
    struct define_task tasks[] = {{.title = "A", .depends_on = {true, 1, after}},
                                  {.title = "B", .ref = "b"}};
    const struct define_args args = {.parent = "SEQ", .tasks = {true, 2, tasks}};
    struct project_answer made;
    struct define_answer answer;

    assert_ok(rq, project_create(rq, &project, &made));
    assert_fails(rq, plan_define(rq, &args, &answer), ST_INVALID, "would wait for itself");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.items"), "1");
}

static void sequential_parent__offers_one_child_at_a_time(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct create_args task = {.parent = "AUTH", .title = "T", .sequential = SOME_BOOL(true)};
    struct item_answer answer;

    (void)plan_project(rq, "AUTH");
    assert_ok(rq, plan_create_task(rq, &task, &answer));
    for (int i = 0; i < 3; i++)
        (void)plan_step(rq, "AUTH-1", NULL);

    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-2");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_CANCELLED));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-3");
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));
    assert_string_equal(plan_ready(rq, "AUTH"), "AUTH-4");
}

static void archived__takes_nothing_but_its_own_return(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct project_args args = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct define_task task = {.title = "T"};
    const struct define_args define = {.parent = "AUTH", .tasks = {true, 1, &task}};
    struct project_answer answer;
    struct define_answer defined;
    struct item_answer item;
    const char *digest = NULL;

    plan_usual(rq);
    (void)plan_disputed(rq, "AUTH", "AUTH-1");
    assert_ok(rq, project_update(rq, &args, &answer));
    digest = plan_digest(h);

    assert_fails(rq,
                 plan_create_task(rq, &(struct create_args){.parent = "AUTH", .title = "T"}, &item),
                 ST_CONFLICT, "AUTH is archived");
    assert_fails(rq,
                 plan_create_step(rq, &(struct create_args){.task = "AUTH-1", .title = "T"}, &item),
                 ST_CONFLICT, "AUTH is archived");
    assert_fails(rq, plan_define(rq, &define, &defined), ST_CONFLICT, "AUTH is archived");
    assert_fails(rq, plan_submit(rq, "AUTH-2", "x"), ST_CONFLICT, "AUTH is archived");
    assert_fails(rq, plan_review(rq, "AUTH-2", REVIEW_APPROVE), ST_CONFLICT, "AUTH is archived");
    assert_fails(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE), ST_CONFLICT, "AUTH is archived");
    assert_fails(rq, plan_resolve(rq, "AUTH-3", RESOLVE_SERVER), ST_CONFLICT, "AUTH is archived");
    assert_fails(
        rq, project_update(rq, &(struct project_args){.project = "AUTH", .name = "N"}, &answer),
        ST_CONFLICT, "AUTH is archived");
    assert_string_equal(plan_digest(h), digest);

    args.status = PROJECT_ACTIVE;
    assert_ok(rq, project_update(rq, &args, &answer));
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
}

static enum status create_at(struct req *rq, const char *before, const char *after,
                             struct item_answer *ret_answer)
{
    const struct create_args args = {
        .parent = "AUTH", .title = "T", .before = before, .after = after};

    return plan_create_task(rq, &args, ret_answer);
}

static const char *order_of_roots(struct harness *h)
{
    return harness_sql(h, "SELECT string_agg(number::text, ' ' ORDER BY sort_key)"
                          " FROM planner.items WHERE depth = 1");
}

static void places__before_and_after_siblings(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, create_at(rq, "AUTH-1", NULL, &answer));
    assert_ok(rq, create_at(rq, NULL, "AUTH-1", &answer));
    assert_ok(rq, create_at(rq, NULL, "AUTH-2", &answer));
    assert_string_equal(order_of_roots(h), "3 1 4 2 5");

    (void)plan_step(rq, "AUTH-1", NULL);
    assert_fails(rq, create_at(rq, "AUTH-6", NULL, &answer), ST_INVALID, "is not in AUTH");
    assert_fails(rq, create_at(rq, "AUTH-66", NULL, &answer), ST_NOT_FOUND, "'before'");
    assert_fails(rq, create_at(rq, "AUTH-1", "AUTH-2", &answer), ST_INVALID, "exclude each other");
}

/* A zigzag lengthens the key by a digit each time, until the children get new keys. */
static void full_spot__is_renumbered_on_the_way(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct item_answer answer;
    struct buf want = BUF_IN(&h->arena);
    const char *low = "AUTH-1";
    const char *high = "AUTH-2";
    int longest = 0;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    for (int i = 0; i < 70; i++) {
        const bool up = i % 2 == 0;
        const char *text = NULL;
        assert_ok(rq, up ? create_at(rq, high, NULL, &answer) : create_at(rq, NULL, low, &answer));
        if (up)
            high = answer.key;
        else
            low = answer.key;
        text = harness_sql(h, "SELECT max(length(sort_key)) FROM planner.items");
        longest = (int)strtol(text, NULL, 10) > longest ? (int)strtol(text, NULL, 10) : longest;
    }

    assert_int_equal(longest, ORDER_KEY_MAX);
    assert_in_range(
        strtol(harness_sql(h, "SELECT max(length(sort_key)) FROM planner.items"), NULL, 10), 5,
        ORDER_KEY_MAX - 1);
    buf_text(&want, "1");
    for (int i = 4; i <= 72; i += 2)
        buf_printf(&want, " %d", i);
    for (int i = 71; i >= 3; i -= 2)
        buf_printf(&want, " %d", i);
    buf_text(&want, " 2");
    assert_string_equal(order_of_roots(h), buf_str(&want));
    plan_assert_right(h);
}

static void cursors_of_another_list__are_an_argument_that_is_wrong(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *parts[] = {"V0001"};
    struct history_view history;
    struct project_list projects;
    struct dispute_list disputes;
    const char *cursor = NULL;
    enum status got[3];

    plan_usual(rq);
    cursor = cursor_bind(rq, cursor_make(rq, parts, 1), "outline|AUTH");
    got[0] = look_history(rq, &(struct history_args){.item = "AUTH", .cursor = cursor}, &history);
    got[1] = project_find_all(rq, &(struct project_list_args){.cursor = cursor}, &projects);
    got[2] = dispute_find_all(rq, &(struct dispute_list_args){.cursor = cursor}, &disputes);

    assert_int_equal(got[0], ST_INVALID);
    assert_int_equal(got[1], ST_INVALID);
    assert_int_equal(got[2], ST_INVALID);
}

/* Cursors have the right number of parts and yet are of another list, or of nobody. */
static void cursors_with_other_parts__are_an_argument_that_is_wrong(void **state)
{
    static const char id[] = "0191f6a2-7c1e-7abc-8def-0123456789ab";
    static const char of[] = "list_disputes|pending|";
    const char *const forged[][2] = {
        {"planner", "WyJBIl0"},
        {"2026-01-01 00:00:00+00", "x"},
        {"yesterday", id},
        {"", id},
        {"1", NULL},
        {NULL, id},
        {"-1", id},
    };
    const char *const good[] = {"999999999999999999", id};
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct dispute_list disputes;

    plan_usual(rq);
    for (size_t i = 0; i < LENGTH_OF(forged); i++) {
        const struct dispute_list_args args = {
            .cursor = cursor_bind(rq, cursor_make(rq, forged[i], 2), of)};
        assert_fails(rq, dispute_find_all(rq, &args, &disputes), ST_INVALID, "'cursor'");
    }
    assert_ok(rq, dispute_find_all(rq,
                                   &(struct dispute_list_args){
                                       .cursor = cursor_bind(rq, cursor_make(rq, good, 2), of)},
                                   &disputes));
}

static void impossible_dates__are_an_argument_that_is_wrong(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct history_view view;

    plan_usual(rq);
    assert_fails(
        rq, look_history(rq, &(struct history_args){.item = "AUTH", .since = "2026-02-31"}, &view),
        ST_INVALID, "'since'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(last_child__completes_every_ancestor_and_releases_what_waits),
        HARNESS_TEST(new_child__reopens_complete_ancestors_and_blocks_what_waited),
        HARNESS_TEST(new_child__of_a_task_completed_by_hand_reopens_it),
        HARNESS_TEST(reopened_step__reopens_and_blocks),
        HARNESS_TEST(cancelled_item__leaves_the_mean_and_releases),
        HARNESS_TEST(only_cancelled_children__leave_a_leaf),
        HARNESS_TEST(dependency_named_twice__counts_once),
        HARNESS_TEST(dependencies__that_could_never_be_met_are_refused),
        HARNESS_TEST(dependencies__on_what_this_call_reopens_are_refused),
        HARNESS_TEST(dependency_against_the_order__of_a_sequential_parent_is_refused),
        HARNESS_TEST(sequential_parent__offers_one_child_at_a_time),
        HARNESS_TEST(archived__takes_nothing_but_its_own_return),
        HARNESS_TEST(places__before_and_after_siblings),
        HARNESS_TEST(full_spot__is_renumbered_on_the_way),
        HARNESS_TEST(cursors_with_other_parts__are_an_argument_that_is_wrong),
        HARNESS_TEST(cursors_of_another_list__are_an_argument_that_is_wrong),
        HARNESS_TEST(impossible_dates__are_an_argument_that_is_wrong),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
