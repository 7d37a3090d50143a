/* What stands in the way of an undo is named, with what would satisfy it. */
#include "undo_helper.h"

#include "planner/service/claim.h"
#include "planner/service/edit.h"
#include "planner/service/item.h"
#include "planner/service/link.h"
#include "planner/service/promote.h"

static void a_later_change__stands_in_the_way_until_it_is_undone(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct undo_answer answer;
    int64_t submit = 0;
    int64_t review = 0;

    plan_usual(rq);
    assert_ok(rq, plan_submit(rq, "AUTH-2", "second"));
    submit = undo_last(h);
    assert_ok(rq, plan_review(rq, "AUTH-2", REVIEW_REVISE));
    review = undo_last(h);

    assert_fails(
        rq, undo_one(rq, submit, &answer), ST_CONFLICT,
        arena_printf(rq->arena, "AUTH-2 was changed by change %lld (agent-a, ", (long long)review));
    assert_fails(rq, undo_one(rq, submit, &answer), ST_CONFLICT, ": reviewed); undo that first");
    assert_ok(rq, undo_one(rq, review, &answer));
    assert_ok(rq, undo_one(rq, submit, &answer));
    assert_fails(rq, undo_one(rq, review + 1, &answer), ST_CONFLICT, "undone); undo that first");
    assert_ok(rq, undo_one(rq, review + 2, &answer));
    assert_true(answer.redone.v);
    assert_ok(rq, undo_one(rq, review + 1, &answer));
    assert_string_equal(plan_item(h, "AUTH-2", "iteration_count"), "1");
    plan_assert_right(h);
}

static void what_hangs_from_it_or_waits_for_it__stands_in_the_way(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct undo_answer answer;
    int64_t task = 0;

    (void)plan_project(rq, "AUTH");
    (void)plan_task(rq, "AUTH");
    task = undo_last(h);
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_fails(rq, undo_one(rq, task, &answer), ST_CONFLICT, "AUTH-2 was changed by change");
    assert_ok(rq, undo_one(rq, task + 1, &answer));

    (void)plan_task(rq, "AUTH");
    {
        const char *after[] = {"AUTH-1"};
        struct define_task waits = {.title = "waits", .depends_on = {true, 1, after}};
        const struct define_args args = {.parent = "AUTH-3", .tasks = {true, 1, &waits}};
        struct define_answer defined;
        assert_ok(rq, plan_define(rq, &args, &defined));
    }
    assert_fails(rq, undo_one(rq, task, &answer), ST_CONFLICT,
                 "AUTH-4 waits for AUTH-1 since change");
    assert_ok(rq, undo_one(rq, undo_last(h), &answer));
    assert_ok(rq, undo_one(rq, task, &answer));
    plan_assert_right(h);
}

static void a_step_that_came_below__stops_the_undoing_of_a_promotion(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *parts[] = {"part one", "part two"};
    const struct promote_args promote = {.step = "AUTH-2", .breakdown = {true, 2, parts}};
    struct promote_answer promoted;
    struct undo_answer answer;

    plan_usual(rq);
    assert_ok(rq, step_promote(rq, &promote, &promoted));
    (void)plan_step(rq, "AUTH-2", NULL);

    assert_fails(rq, undo_one(rq, promoted.change.v, &answer), ST_CONFLICT,
                 ": created); undo that first");
    plan_assert_right(h);
    assert_ok(rq, undo_one(rq, undo_last(h), &answer));
    assert_ok(rq, undo_one(rq, promoted.change.v, &answer));
    assert_string_equal(plan_item(h, "AUTH-2", "kind"), "step");
    plan_assert_right(h);
}

static void what_a_later_change_keeps_away__is_told_with_it(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *parts[] = {"part one", "part two"};
    const struct promote_args promote = {.step = "AUTH-2", .breakdown = {true, 2, parts}};
    struct promote_answer promoted;
    struct undo_answer answer;
    const struct get_args get = {.item = "AUTH-3"};
    struct item_view view;
    int64_t undo = 0;

    plan_usual(rq);
    assert_ok(rq, step_promote(rq, &promote, &promoted));
    assert_ok(rq, undo_one(rq, promoted.change.v, &answer));
    undo = undo_last(h);
    assert_fails(
        rq, item_get(rq, &get, &view), ST_NOT_FOUND,
        arena_printf(rq->arena, "AUTH-3 was deleted; undo %lld brings it back", (long long)undo));
    assert_null(strstr(rq->message, "after"));

    assert_ok(rq, step_promote(rq, &promote, &promoted));
    assert_fails(rq, item_get(rq, &get, &view), ST_NOT_FOUND,
                 arena_printf(rq->arena, "%lld brings it back, after undo %lld (AUTH-2 was",
                              (long long)undo, (long long)promoted.change.v));
    assert_ok(rq, undo_one(rq, promoted.change.v, &answer));
    assert_ok(rq, undo_one(rq, undo, &answer));
    assert_ok(rq, item_get(rq, &get, &view));
}

static int64_t updated(struct req *rq, const struct edit_args *args)
{
    struct item_answer answer;

    assert_ok(rq, item_edit(rq, args, &answer));
    assert_true(answer.changed.v);
    return answer.change.v;
}

static void wait_for(struct req *rq, const char *item, const char *on)
{
    const char *names[] = {on};
    const struct link_args args = {.item = item, .depends_on = {true, 1, names}};
    struct item_answer answer;

    assert_ok(rq, item_link(rq, &args, &answer));
}

/* AUTH-2 and AUTH-3 in AUTH-1 one after the other, AUTH-5 in AUTH-4. */
static void plan_in_sequence(struct req *rq)
{
    const char *task = NULL;

    (void)plan_project(rq, "AUTH");
    task = plan_task(rq, "AUTH");
    (void)plan_step(rq, task, NULL);
    (void)plan_step(rq, task, NULL);
    (void)plan_step(rq, plan_task(rq, "AUTH"), NULL);
    (void)updated(rq, &(struct edit_args){.item = task, .sequential = SOME_BOOL(true)});
}

/* AUTH-2 waits for AUTH-3, against what a change has ended: it is undone when they are unlinked. */
static void assert_comes_back_without_link(struct harness *h, int64_t change)
{
    struct req *rq = &h->rq;
    struct undo_answer answer;

    wait_for(rq, "AUTH-2", "AUTH-3");
    assert_fails(rq, undo_one(rq, change, &answer), ST_CONFLICT, "would wait for itself");
    assert_ok(rq, undo_one(rq, undo_last(h), &answer));
    assert_ok(rq, undo_one(rq, change, &answer));
    plan_assert_right(h);
}

static void an_order_that_dependencies_contradict_now__does_not_come_back(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct edit_args loose = {.item = "AUTH-1", .sequential = SOME_BOOL(false)};

    plan_in_sequence(rq);
    assert_comes_back_without_link(h, updated(rq, &loose));
}

static void a_place_that_dependencies_contradict_now__is_not_taken_again(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct edit_args away = {.item = "AUTH-3", .parent = "AUTH-4"};

    plan_in_sequence(rq);
    assert_comes_back_without_link(h, updated(rq, &away));
}

static int64_t claimed(struct req *rq, const char *item, const char *agent)
{
    const struct claim_args args = {
        .write = {.agent = agent}, .item = item, .lease_seconds = SOME_INT(900)};
    struct item_answer answer;

    assert_ok(rq, claim_item(rq, &args, &answer));
    return answer.change.v;
}

static void a_claim__is_released_by_its_holder_and_stops_others(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct undo_answer answer;
    int64_t submit = 0;
    int64_t claim = 0;

    plan_usual(rq);
    assert_ok(rq, plan_submit(rq, "AUTH-2", "second"));
    submit = undo_last(h);
    claim = claimed(rq, "AUTH-2", "agent-b");
    rq->actor.agent = "agent-a";

    assert_fails(rq, undo_one(rq, submit, &answer), ST_CONFLICT,
                 "AUTH-2 is claimed by agent-b until");
    assert_fails(rq, undo_one(rq, claim, &answer), ST_CONFLICT, "which you hold no longer");
    rq->actor.agent = "agent-b";
    assert_ok(rq, undo_one(rq, claim, &answer));
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.claims"), "0");
    assert_fails(rq, undo_one(rq, answer.change.v, &answer), ST_CONFLICT, "takes it again");
    assert_ok(rq, undo_one(rq, submit, &answer));
}

static void what_is_not_there_or_not_to_be_changed__is_refused(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args archive = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer project;
    struct undo_answer answer;
    int64_t change = 0;

    assert_fails(rq, undo_one(rq, 999, &answer), ST_NOT_FOUND, "'change': 999 does not exist");
    plan_usual(rq);
    change = undo_last(h);
    (void)harness_sql(h, "UPDATE planner.items SET title = 'by hand' WHERE number = 1");
    assert_fails(rq, undo_one(rq, undo_last(h), &answer), ST_CONFLICT, "outside of mcp-planner");
    assert_ok(rq, project_update(rq, &archive, &project));
    assert_fails(rq, undo_one(rq, change, &answer), ST_CONFLICT, "AUTH is archived");
    assert_ok(rq, undo_one(rq, undo_last(h), &answer));
    assert_ok(rq, undo_one(rq, change, &answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(a_later_change__stands_in_the_way_until_it_is_undone),
        HARNESS_TEST(what_hangs_from_it_or_waits_for_it__stands_in_the_way),
        HARNESS_TEST(what_a_later_change_keeps_away__is_told_with_it),
        HARNESS_TEST(a_step_that_came_below__stops_the_undoing_of_a_promotion),
        HARNESS_TEST(an_order_that_dependencies_contradict_now__does_not_come_back),
        HARNESS_TEST(a_place_that_dependencies_contradict_now__is_not_taken_again),
        HARNESS_TEST(what_is_not_there_or_not_to_be_changed__is_refused),
        HARNESS_TEST(a_claim__is_released_by_its_holder_and_stops_others),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
