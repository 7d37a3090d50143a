/* request_id: once is once, whoever asks again; expected_version; round trips. */
#include "plan_helper.h"

#include "planner/base/clock.h"

static struct write_args request(const char *id, const char *fingerprint)
{
    return (struct write_args){.request_id = id, .fingerprint = fingerprint};
}

static enum status create_with(struct req *rq, const char *id, const char *title,
                               struct item_answer *ret_answer)
{
    const struct create_args args = {.write = request(id, title), .parent = "AUTH", .title = title};

    return plan_create_task(rq, &args, ret_answer);
}

static void same_id_and_arguments__give_the_stored_answer(void **state)
{
    struct harness *h = *state;
    struct item_answer first;
    struct item_answer second;
    const char *digest = NULL;

    plan_usual(&h->rq);
    assert_ok(&h->rq, create_with(&h->rq, "r1", "T", &first));
    digest = plan_digest(h);
    assert_ok(&h->rq, create_with(&h->rq, "r1", "T", &second));

    assert_false(first.replayed.v);
    assert_true(second.replayed.v);
    assert_true(second.changed.v);
    assert_string_equal(second.key, first.key);
    assert_string_equal(second.id, first.id);
    assert_int_equal(second.change.v, first.change.v);
    assert_int_equal(second.version.v, first.version.v);
    assert_string_equal(plan_digest(h), digest);
}

/* The stored answer comes even when the call could no longer be made. */
static void same_id__wins_over_what_happened_since(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct review_args approve = {
        .write = request("r1", "x"), .step = "AUTH-2", .decision = REVIEW_APPROVE};
    struct project_answer project;
    struct item_answer answer;

    plan_usual(rq);
    assert_ok(rq, step_review(rq, &approve, &answer));
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, project_update(
                      rq, &(struct project_args){.project = "AUTH", .status = PROJECT_ARCHIVED},
                      &project));
    assert_ok(rq, step_review(rq, &approve, &answer));

    assert_true(answer.replayed.v);
    assert_string_equal(answer.status, "agreed");
    assert_string_equal(answer.decision, "approve");
}

static void same_id_with_other_arguments__is_a_conflict(void **state)
{
    struct harness *h = *state;
    struct item_answer answer;
    const char *digest = NULL;

    plan_usual(&h->rq);
    assert_ok(&h->rq, create_with(&h->rq, "r1", "T", &answer));
    digest = plan_digest(h);

    assert_fails(&h->rq, create_with(&h->rq, "r1", "U", &answer), ST_CONFLICT, "'request_id'");
    assert_string_equal(plan_digest(h), digest);
}

static void refused_calls__are_not_remembered(void **state)
{
    struct harness *h = *state;
    const struct complete_args args = {.write = request("r1", "x"), .item = "AUTH-2"};
    struct item_answer answer;
    struct project_answer project;
    const struct project_args strict = {.project = "AUTH", .require_review = SOME_BOOL(true)};
    const struct project_args loose = {.project = "AUTH", .require_review = SOME_BOOL(false)};

    plan_usual(&h->rq);
    assert_ok(&h->rq, project_update(&h->rq, &strict, &project));
    assert_fails(&h->rq, item_complete(&h->rq, &args, &answer), ST_NOT_READY, "review_step");
    assert_ok(&h->rq, project_update(&h->rq, &loose, &project));
    assert_ok(&h->rq, item_complete(&h->rq, &args, &answer));

    assert_false(answer.replayed.v);
    assert_true(answer.changed.v);
}

static void after_seven_days__an_id_is_new_again(void **state)
{
    struct harness *h = *state;
    struct item_answer first;
    struct item_answer second;

    plan_usual(&h->rq);
    assert_ok(&h->rq, create_with(&h->rq, "r1", "T", &first));
    (void)harness_sql(h, "UPDATE planner.requests SET at = now() - interval '6 days 23 hours'");
    assert_ok(&h->rq, create_with(&h->rq, "r1", "T", &second));
    assert_true(second.replayed.v);

    (void)harness_sql(h, "UPDATE planner.requests SET at = now() - interval '7 days 1 second'");
    assert_ok(&h->rq, create_with(&h->rq, "r1", "U", &second));

    assert_false(second.replayed.v);
    assert_string_not_equal(second.key, first.key);
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.requests"), "1");
}

static const char *answer_text(struct req *rq, enum status status, bool replayed, int64_t change)
{
    if (status != ST_OK)
        return rq->message;
    return arena_printf(rq->arena, "%s %lld", replayed ? "again" : "first", (long long)change);
}

static const char *item_text(struct req *rq, enum status status, const struct item_answer *a)
{
    return answer_text(rq, status, a->replayed.v, a->change.v);
}

static const char *work_project(struct req *rq, int nth)
{
    const struct project_args args = {
        .write = request("r1", "x"), .name = "N", .slug = "NEW", .description = "d"};
    struct project_answer a = {0};
    const enum status status = project_create(rq, &args, &a);

    (void)nth;
    return answer_text(rq, status, a.replayed.v, a.change.v);
}

static const char *work_update(struct req *rq, int nth)
{
    const struct project_args args = {.write = request("r1", "x"), .project = "AUTH", .name = "N"};
    struct project_answer a = {0};
    const enum status status = project_update(rq, &args, &a);

    (void)nth;
    return answer_text(rq, status, a.replayed.v, a.change.v);
}

static const char *work_task(struct req *rq, int nth)
{
    struct item_answer a = {0};

    (void)nth;
    return item_text(rq, create_with(rq, "r1", "T", &a), &a);
}

static const char *work_define(struct req *rq, int nth)
{
    struct define_task task = {.title = "T"};
    const struct define_args args = {
        .write = request("r1", "x"), .parent = "AUTH", .tasks = {true, 1, &task}};
    struct define_answer a = {0};
    const enum status status = plan_define(rq, &args, &a);

    (void)nth;
    return answer_text(rq, status, a.replayed.v, a.change.v);
}

static const char *work_submit(struct req *rq, int nth)
{
    const struct submit_args args = {.write = request("r1", "x"), .step = "AUTH-2", .content = "c"};
    struct item_answer a = {0};

    (void)nth;
    return item_text(rq, step_submit(rq, &args, &a), &a);
}

static const char *work_review(struct req *rq, int nth)
{
    const struct review_args args = {
        .write = request("r1", "x"), .step = "AUTH-2", .decision = REVIEW_APPROVE};
    struct item_answer a = {0};

    (void)nth;
    return item_text(rq, step_review(rq, &args, &a), &a);
}

static const char *work_complete(struct req *rq, int nth)
{
    const struct complete_args args = {.write = request("r1", "x"), .item = "AUTH-2"};
    struct item_answer a = {0};

    (void)nth;
    return item_text(rq, item_complete(rq, &args, &a), &a);
}

static const char *work_resolve(struct req *rq, int nth)
{
    const struct resolve_args args = {
        .write = request("r1", "x"), .dispute = "AUTH-3", .resolution = RESOLVE_SERVER};
    struct item_answer a = {0};

    (void)nth;
    return item_text(rq, dispute_resolve(rq, &args, &a), &a);
}

/* Two processes send the same call at once: it is done once, and both get its answer. */
static void same_id_by_two_processes_at_once__is_done_once(void **state)
{
    static plan_work *const works[] = {work_project, work_update, work_task,     work_define,
                                       work_submit,  work_review, work_complete, work_resolve};
    struct harness *h = *state;

    plan_usual(&h->rq);
    assert_string_equal(plan_disputed(&h->rq, "AUTH", "AUTH-1"), "AUTH-3");
    for (size_t i = 0; i < LENGTH_OF(works); i++) {
        struct plan_child children[2];
        const char *texts[2];
        plan_hold(h);
        for (int c = 0; c < 2; c++)
            children[c] = plan_fork(h, works[i], c);
        plan_let_go(h, 2);
        for (int c = 0; c < 2; c++)
            texts[c] = plan_join(h, &children[c]);
        if (strncmp(texts[0], "first ", 6) != 0) {
            const char *swap = texts[0];
            texts[0] = texts[1];
            texts[1] = swap;
        }
        print_message("             %zu: %s; %s\n", i, texts[0], texts[1]);
        assert_int_equal(strncmp(texts[0], "first ", 6), 0);
        assert_int_equal(strncmp(texts[1], "again ", 6), 0);
        assert_string_equal(texts[0] + 6, texts[1] + 6);
        (void)harness_sql(h, "DELETE FROM planner.requests");
    }
    plan_assert_right(h);
}

static void expected_version__lets_the_right_one_through(void **state)
{
    struct harness *h = *state;
    const struct submit_args args = {
        .write = {.expected_version = SOME_INT(1)}, .step = "AUTH-2", .content = "c"};
    struct item_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, step_submit(&h->rq, &args, &answer));

    assert_int_equal(answer.version.v, 2);
}

static void expected_version__names_who_changed_it_when_and_how(void **state)
{
    struct harness *h = *state;
    struct req *other = harness_req(h, "agent-b");
    const struct write_args stale = {.expected_version = SOME_INT(1)};
    const struct submit_args submit = {.write = stale, .step = "AUTH-2", .content = "c"};
    const struct review_args review = {
        .write = stale, .step = "AUTH-2", .decision = REVIEW_APPROVE};
    const struct complete_args complete = {.write = stale, .item = "AUTH-2"};
    struct item_answer answer;
    const char *digest = NULL;

    plan_usual(&h->rq);
    assert_ok(other, plan_submit(other, "AUTH-2", "another draft"));
    digest = plan_digest(h);

    assert_fails(&h->rq, step_submit(&h->rq, &submit, &answer), ST_CONFLICT,
                 arena_printf(&h->arena,
                              "'expected_version': AUTH-2 is at version 2, not 1 (agent-b, %s: "
                              "submitted); read it again",
                              clock_local(&h->arena, clock_now_ms())));
    assert_int_equal(h->rq.current_version, 2);
    assert_fails(&h->rq, step_review(&h->rq, &review, &answer), ST_CONFLICT, "agent-b");
    assert_fails(&h->rq, item_complete(&h->rq, &complete, &answer), ST_CONFLICT, "agent-b");
    assert_string_equal(plan_digest(h), digest);
}

static void expected_version__holds_for_projects_and_disputes(void **state)
{
    struct harness *h = *state;
    const struct write_args stale = {.expected_version = SOME_INT(7)};
    const struct project_args update = {.write = stale, .project = "AUTH", .name = "N"};
    struct resolve_args resolve = {.write = stale, .resolution = RESOLVE_SERVER};
    struct project_answer project;
    struct item_answer answer;

    plan_usual(&h->rq);
    resolve.dispute = plan_disputed(&h->rq, "AUTH", "AUTH-1");

    assert_fails(&h->rq, project_update(&h->rq, &update, &project), ST_CONFLICT,
                 "AUTH is at version 2, not 7");
    assert_int_equal(h->rq.current_version, 2);
    assert_fails(&h->rq, dispute_resolve(&h->rq, &resolve, &answer), ST_CONFLICT,
                 "AUTH-3 is at version 2, not 7");
}

static void roll_ups__change_no_version(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(&h->rq, plan_complete(&h->rq, "AUTH-3", OUTCOME_DONE));

    assert_string_equal(plan_item(h, "AUTH-1", "status"), "complete");
    assert_string_equal(plan_item(h, "AUTH", "status"), "complete");
    assert_string_equal(plan_item(h, "AUTH-1", "version"), "1");
    assert_string_equal(plan_item(h, "AUTH", "version"), "1");
    assert_string_equal(plan_item(h, "AUTH-2", "version"), "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(same_id_and_arguments__give_the_stored_answer),
        HARNESS_TEST(same_id__wins_over_what_happened_since),
        HARNESS_TEST(same_id_with_other_arguments__is_a_conflict),
        HARNESS_TEST(refused_calls__are_not_remembered),
        HARNESS_TEST(after_seven_days__an_id_is_new_again),
        HARNESS_TEST(same_id_by_two_processes_at_once__is_done_once),
        HARNESS_TEST(expected_version__lets_the_right_one_through),
        HARNESS_TEST(expected_version__names_who_changed_it_when_and_how),
        HARNESS_TEST(expected_version__holds_for_projects_and_disputes),
        HARNESS_TEST(roll_ups__change_no_version),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
