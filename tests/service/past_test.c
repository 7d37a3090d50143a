/*
 * What a plan was at a time: a random history is looked at as it goes, and each look has to be
 * found again later, when as_of asks for its time.
 */
#include "undo_helper.h"

#include "planner/base/buf.h"
#include "planner/service/claim.h"
#include "planner/service/edit.h"
#include "planner/service/item.h"
#include "planner/service/link.h"
#include "planner/service/promote.h"

#define STEPS 120
#define LOOKS 20
#define ITEMS 8

static const char *or_none(const char *text)
{
    return text == NULL ? "-" : text;
}

static const char *outline_text(struct req *rq, const char *as_of)
{
    const struct outline_args args = {.item = "AUTH",
                                      .depth = SOME_INT(64),
                                      .limit = SOME_INT(OUTLINE_LIMIT_MAX),
                                      .budget = 1 << 20,
                                      .as_of = as_of};
    struct outline outline;
    struct buf out = BUF_IN(rq->arena);

    assert_ok(rq, look_outline(rq, &args, &outline));
    buf_printf(&out, "%s %.4f %s %lld %lld disputes %lld\n", outline.title, outline.progress.v,
               outline.state, (long long)outline.n_children.v, (long long)outline.n_open.v,
               (long long)outline.disputes.v);
    for (size_t i = 0; i < outline.items.n; i++) {
        const struct outline_line *l = LIST_AT(outline.items, i, struct outline_line);
        buf_printf(&out, "%lld %s %d %s %s %s %.4f %lld/%lld %s waits for %s held by %s until %s\n",
                   (long long)l->level.v, l->key, l->kind, l->title, l->status, l->state,
                   l->progress.v, (long long)l->round.v, (long long)l->rounds.v,
                   or_none(l->assignee), or_none(l->waits_for), or_none(l->claimed_by),
                   or_none(l->claimed_until));
    }
    return buf_str(&out);
}

static void put_keys(struct buf *out, const char *what, const struct list *list)
{
    buf_printf(out, " %s", what);
    for (size_t i = 0; i < list->n; i++) {
        const struct dependency_row *d = LIST_AT(*list, i, const struct dependency_row);
        buf_printf(out, " %s %s %s", d->key, d->title, d->status);
    }
}

/* One item whole. */
static void put_item(struct req *rq, struct buf *out, const char *key, const char *as_of)
{
    const struct get_args args = {.item = key, .detail = DETAIL_FULL, .as_of = as_of};
    struct item_view v;
    const enum status status = item_get(rq, &args, &v);

    if (status != ST_OK) { /* not there, or not there yet */
        assert_int_equal(status, ST_NOT_FOUND);
        buf_printf(out, "%s: not there\n", key);
        return;
    }
    buf_printf(out, "%s %d %s %s %s %.4f in %s after %s before %s", v.key, v.kind, v.title,
               v.status, v.state, v.progress.v, or_none(v.parent), or_none(v.prev_id),
               or_none(v.next_id));
    buf_printf(out, " %s | %s | %s | %s | %s rounds %lld draft %lld score %.3f %s",
               or_none(v.final_content), or_none(v.server_content), or_none(v.client_content),
               or_none(v.feedback), or_none(v.assignee), (long long)v.iteration_count.v,
               (long long)v.draft.v, v.complexity_score.v,
               v.dispute == NULL ? "-" : v.dispute->status);
    buf_printf(out, " waits for %s held by %s", or_none(v.waits_for), or_none(v.claimed_by));
    put_keys(out, "needs", &v.depends_on);
    put_keys(out, "blocks", &v.blocks);
    buf_printf(out, " %zu children %zu iterations %zu evidence %zu changes %lld items\n",
               v.children.n, v.iterations.n, v.evidence.n, v.history.n, (long long)v.items.v);
}

/* The outline, and each of the first items. */
static const char *plan_text(struct req *rq, const char *as_of)
{
    struct buf out = BUF_IN(rq->arena);

    buf_text(&out, outline_text(rq, as_of));
    put_item(rq, &out, "AUTH", as_of);
    for (int i = 1; i <= ITEMS; i++)
        put_item(rq, &out, arena_printf(rq->arena, "AUTH-%d", i), as_of);
    return buf_str(&out);
}

static unsigned random_below(unsigned *seed, unsigned n)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % n;
}

static enum status edit_or_move(struct req *rq, unsigned *seed, const char *key)
{
    struct edit_args edit = {.item = key};
    struct item_answer answer;

    if (random_below(seed, 3) == 0)
        edit.title = arena_printf(rq->arena, "title %u", random_below(seed, 100));
    else if (random_below(seed, 2) == 0)
        edit.sequential = SOME_BOOL(random_below(seed, 2) == 0);
    else
        edit.parent = arena_printf(rq->arena, "AUTH-%u", random_below(seed, ITEMS) + 1);
    return item_edit(rq, &edit, &answer);
}

static enum status claim_or_release(struct req *rq, unsigned *seed, const char *key)
{
    const struct claim_args claim = {.item = key};
    struct item_answer answer;

    TRY(claim_item(rq, &claim, &answer));
    if (random_below(seed, 2) == 0)
        return ST_OK;
    return claim_item(
        rq, &(struct claim_args){.item = key, .action = CLAIM_RELEASE, .token = answer.token},
        &answer);
}

static void act_on_item(struct req *rq, unsigned *seed, const char *key)
{
    const char *parts[] = {"one part", "another"};
    struct item_answer answer;
    struct promote_answer promoted;
    static const int outcomes[] = {OUTCOME_DONE, OUTCOME_DONE, OUTCOME_CANCELLED, OUTCOME_REOPEN};
    static const int decisions[] = {REVIEW_APPROVE, REVIEW_REVISE, REVIEW_COUNTER};
    enum status ignored = ST_OK;

    switch (random_below(seed, 9)) {
    case 8:
        ignored = claim_or_release(rq, seed, key);
        break;
    case 5:
        ignored = edit_or_move(rq, seed, key);
        break;
    case 6:
        ignored =
            item_delete(rq,
                        &(struct delete_args){
                            .item = key, .subtree = SOME_BOOL(true), .force = SOME_BOOL(true)},
                        &answer);
        break;
    case 7:
        ignored = step_promote(
            rq, &(struct promote_args){.step = key, .breakdown = {true, 2, parts}}, &promoted);
        break;
    case 0:
        ignored = plan_submit(rq, key, "words");
        break;
    case 1:
        ignored = plan_review(rq, key, decisions[random_below(seed, 3)]);
        break;
    case 2:
        ignored = plan_resolve(rq, key, RESOLVE_SERVER);
        break;
    default:
        ignored = plan_complete(rq, key, outcomes[random_below(seed, 4)]);
        break;
    }
    (void)ignored;
}

/* One random call; what is refused changes nothing, and that is fine. */
static void act(struct harness *h, unsigned *seed)
{
    struct req *rq = &h->rq;
    const int n = (int)strtol(harness_sql(h, "SELECT max(number) FROM planner.items"), NULL, 10);
    const char *key = arena_printf(rq->arena, "AUTH-%u", random_below(seed, (unsigned)n) + 1);
    const char *other = arena_printf(rq->arena, "AUTH-%u", random_below(seed, (unsigned)n) + 1);
    struct create_args create = {.parent = key, .task = key, .title = "made", .content = NULL};
    struct item_answer answer;
    struct undo_answer undone;
    enum status ignored = ST_OK;

    switch (random_below(seed, 10)) {
    case 0:
        create.assignee = "agent-z";
        ignored = plan_create_task(rq, &create, &answer);
        break;
    case 1:
        create.content = "a draft";
        ignored = plan_create_step(rq, &create, &answer);
        break;
    case 2:
    case 3:
        ignored = undo_one(rq, undo_last(h) - random_below(seed, 4), &undone);
        break;
    case 4: {
        const struct link_args link = {.item = key, .depends_on = {true, 1, &other}};
        ignored = item_link(rq, &link, &answer);
        break;
    }
    case 5: {
        const struct project_args update = {.project = "AUTH",
                                            .max_iterations = SOME_INT(1 + random_below(seed, 3)),
                                            .sequential = SOME_BOOL(random_below(seed, 4) == 0),
                                            .require_review =
                                                SOME_BOOL(random_below(seed, 4) == 0)};
        struct project_answer project;
        ignored = project_update(rq, &update, &project);
        break;
    }
    default:
        act_on_item(rq, seed, key);
        break;
    }
    (void)ignored;
}

static void random_history(struct harness *h, unsigned seed)
{
    struct req *rq = &h->rq;
    const char *seen[LOOKS];
    const char *times[LOOKS];

    rq->actor.role = "user";
    plan_usual(rq);
    for (int i = 0; i < LOOKS; i++) {
        for (int j = 0; j < STEPS / LOOKS; j++)
            act(h, &seed);
        seen[i] = plan_text(rq, NULL);
        times[i] = harness_sql(h, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                  " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    }
    plan_assert_right(h);
    for (int i = LOOKS - 1; i >= 0; i--) {
        const char *then = plan_text(rq, times[i]);
        if (strcmp(then, seen[i]) != 0)
            fail_msg("look %d at %s:\nseen\n%s\nas_of\n%s", i, times[i], seen[i], then);
    }
}

static void an_outline__is_found_again_as_it_was(void **state)
{
    struct harness *h = *state;

    random_history(h, 1);
}

static void an_outline__is_found_again_in_another_history(void **state)
{
    struct harness *h = *state;

    const char *seed = getenv("PLANNER_TEST_SEED"); /* another one than the usual */

    random_history(h, seed == NULL ? 77 : (unsigned)strtoul(seed, NULL, 10));
}

/* Now, as as_of takes it. */
static const char *now_text(struct harness *h)
{
    return harness_sql(h, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                          " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
}

static void a_step_promoted_since__was_neither_complete_nor_half_so(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *parts[] = {"a", "b"};
    struct promote_answer promoted;
    const char *times[3];
    const char *seen[3];

    plan_usual(rq);
    times[0] = now_text(h);
    seen[0] = plan_text(rq, NULL);
    assert_ok(rq, step_promote(
                      rq, &(struct promote_args){.step = "AUTH-2", .breakdown = {true, 2, parts}},
                      &promoted));
    times[1] = now_text(h);
    seen[1] = plan_text(rq, NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));
    times[2] = now_text(h);
    seen[2] = plan_text(rq, NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-4", OUTCOME_DONE));

    for (int i = 0; i < 3; i++)
        assert_string_equal(strstr(plan_text(rq, times[i]), "AUTH-1"), strstr(seen[i], "AUTH-1"));
}

static void marks_of_a_time__are_those_that_it_had(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *key = "AUTH-2";
    struct item_answer answer;
    struct claim_args claim = {.item = "AUTH-2", .lease_seconds = SOME_INT(60)};
    const char *then = NULL;
    const char *seen = NULL;

    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_ok(rq,
              item_link(rq, &(struct link_args){.item = "AUTH-3", .depends_on = {true, 1, &key}},
                        &answer));
    (void)plan_task(rq, "AUTH");
    assert_ok(rq, claim_item(rq, &claim, &answer));
    claim.token = answer.token;
    claim.lease_seconds = SOME_INT(3600);
    claim.action = CLAIM_RENEW;
    assert_ok(rq, claim_item(rq, &claim, &answer));
    then = now_text(h);
    seen = outline_text(rq, NULL);

    assert_string_equal(outline_text(rq, then), seen);
    claim.action = CLAIM_RELEASE;
    assert_ok(rq, claim_item(rq, &claim, &answer));
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_string_equal(outline_text(rq, then), seen);
    assert_non_null(strstr(seen, "claimed"));
    assert_non_null(strstr(seen, "waits for AUTH-2"));
}

static void what_was_not_there__is_told_so(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct outline_args args = {.item = "AUTH-1", .as_of = "2020-01-01"};
    struct item_answer answer;
    struct outline outline;

    plan_usual(rq);
    assert_fails(rq, look_outline(rq, &args, &outline), ST_NOT_FOUND,
                 "'item': AUTH-1 did not exist at 2020-01-01");
    args.as_of = now_text(h);
    assert_ok(rq, plan_submit(rq, "AUTH-2", "words"));
    assert_ok(rq, item_delete(rq, &(struct delete_args){.item = "AUTH-2"}, &answer));
    args.item = "AUTH-2";
    assert_ok(rq, look_outline(rq, &args, &outline));
    args.as_of = "2998-01-01";
    assert_fails(rq, look_outline(rq, &args, &outline), ST_NOT_FOUND,
                 "'item': AUTH-2 was deleted before 2998-01-01; history AUTH-2 tells when");
    args.item = "AUTH-9";
    assert_fails(rq, look_outline(rq, &args, &outline), ST_NOT_FOUND, "AUTH-9 does not exist");
    args.item = "AUTH-1";
    args.as_of = "yesterday";
    assert_fails(rq, look_outline(rq, &args, &outline), ST_INVALID, "'as_of' must be a time");
    args.as_of = "2999-01-01";
    assert_ok(rq, look_outline(rq, &args, &outline));
    assert_int_equal(outline.items.n, 0);
}

static void pages_of_a_time__are_of_that_time(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct outline_args args = {.item = "AUTH", .limit = SOME_INT(1)};
    struct outline outline;

    plan_usual(rq);
    args.as_of = harness_sql(h, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_ok(rq, look_outline(rq, &args, &outline));
    args.cursor = outline.next_cursor;
    assert_ok(rq, look_outline(rq, &args, &outline));
    assert_int_equal(outline.items.n, 1);
    assert_null(outline.next_cursor);
    args.as_of = "2999-01-01";
    assert_fails(rq, look_outline(rq, &args, &outline), ST_INVALID, "another 'as_of'");
    args.as_of = NULL;
    assert_fails(rq, look_outline(rq, &args, &outline), ST_INVALID, "'cursor'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(an_outline__is_found_again_as_it_was),
        HARNESS_TEST(an_outline__is_found_again_in_another_history),
        HARNESS_TEST(a_step_promoted_since__was_neither_complete_nor_half_so),
        HARNESS_TEST(marks_of_a_time__are_those_that_it_had),
        HARNESS_TEST(what_was_not_there__is_told_so),
        HARNESS_TEST(pages_of_a_time__are_of_that_time),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
