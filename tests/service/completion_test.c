/* What is offered for the beginning of a word, and in which order. */
#include "plan_helper.h"

#include "planner/service/completion.h"

/* The values with blanks between. */
static const char *joined(struct req *rq, const struct completions *c)
{
    struct buf out = BUF_IN(rq->arena);

    for (size_t i = 0; i < c->values.n; i++)
        buf_printf(&out, "%s%s", i == 0 ? "" : " ", *LIST_AT(c->values, i, const char *const));
    return buf_str(&out);
}

static struct completions found(struct req *rq, enum complete_kind kind, const char *prefix,
                                const char *project)
{
    struct completions c;

    assert_ok(rq, complete_find(rq, kind, prefix, project, &c));
    assert_true(c.values.n <= COMPLETE_VALUES_MAX);
    assert_true(c.has_more.set);
    assert_true(!c.total.set || c.total.v >= (int64_t)c.values.n);
    assert_true(!c.total.set || c.has_more.v == (c.total.v > (int64_t)c.values.n));
    return c;
}

#define assert_offers(rq, kind, prefix, project, values) \
    offers((rq), (kind), (prefix), (project), (values))
static void offers(struct req *rq, enum complete_kind kind, const char *prefix, const char *project,
                   const char *values)
{
    const struct completions c = found(rq, kind, prefix, project);
    const char *got = joined(rq, &c);

    if (strcmp(got, values) != 0)
        fail_msg("'%s' offers '%s', not '%s'", prefix == NULL ? "" : prefix, got, values);
}

static const char *named_project(struct req *rq, const char *slug, const char *name)
{
    const struct project_args args = {.name = name, .slug = slug, .description = "a plan"};
    struct project_answer answer;

    assert_ok(rq, project_create(rq, &args, &answer));
    return answer.slug;
}

static const char *titled_step(struct req *rq, const char *task, const char *title,
                               const char *content)
{
    const struct create_args args = {.task = task, .title = title, .content = content};
    struct item_answer answer;

    assert_ok(rq, plan_create_step(rq, &args, &answer));
    return answer.key;
}

static void archive(struct req *rq, const char *slug)
{
    const struct project_args args = {.project = slug, .status = PROJECT_ARCHIVED};
    struct project_answer answer;

    assert_ok(rq, project_update(rq, &args, &answer));
}

/* `n` steps below AUTH-1, from AUTH-2 on. */
static void many_steps(struct req *rq, size_t n)
{
    struct define_step *steps = ARENA_MANY(rq->arena, n, struct define_step);
    struct define_task task = {.title = "a task", .steps = {.set = true, .items = steps, .n = n}};
    const struct define_args args = {.parent = "AUTH", .tasks = {.items = &task, .n = 1}};
    struct define_answer answer;

    for (size_t i = 0; i < n; i++)
        steps[i].title = "a step";
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static void an_empty_store__offers_nothing(void **state)
{
    struct harness *h = *state;

    for (int kind = COMPLETE_NONE; kind <= COMPLETE_DISPUTE; kind++) {
        const struct completions c = found(&h->rq, (enum complete_kind)kind, "", NULL);
        assert_int_equal(c.values.n, 0);
        assert_int_equal(c.total.v, 0);
        assert_false(c.has_more.v);
    }
}

static void a_project__is_found_by_slug_in_any_case_then_by_name(void **state)
{
    struct harness *h = *state;

    (void)named_project(&h->rq, "AUTH", "Sign-in service");
    (void)named_project(&h->rq, "AUDIT", "Trail");
    (void)named_project(&h->rq, "BILL", "Authors and invoices");

    assert_offers(&h->rq, COMPLETE_PROJECT, "au", NULL, "AUDIT AUTH BILL");
    assert_offers(&h->rq, COMPLETE_PROJECT, "AUTH", NULL, "AUTH BILL");
    assert_offers(&h->rq, COMPLETE_PROJECT, "service sign", NULL, "AUTH");
    assert_offers(&h->rq, COMPLETE_PROJECT, "", NULL, "AUDIT AUTH BILL");
    assert_offers(&h->rq, COMPLETE_PROJECT, "x", NULL, "");
}

static void an_archived_project__comes_last_and_its_steps_never(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)plan_project(&h->rq, "BILL");
    archive(&h->rq, "AUTH");

    assert_offers(&h->rq, COMPLETE_PROJECT, "", NULL, "BILL AUTH");
    assert_offers(&h->rq, COMPLETE_ITEM, "au", NULL, "AUTH-2 AUTH-1");
    assert_offers(&h->rq, COMPLETE_STEP, "AUTH-2", NULL, "");
    assert_offers(&h->rq, COMPLETE_REVIEWABLE_STEP, "", NULL, "");
}

static void the_beginning_of_a_slug__offers_the_newest_items(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)plan_project(&h->rq, "AUDIT");
    (void)plan_task(&h->rq, "AUDIT");
    (void)plan_project(&h->rq, "BILL");
    (void)plan_task(&h->rq, "BILL");

    assert_offers(&h->rq, COMPLETE_ITEM, "au", NULL, "AUDIT-1 AUTH-2 AUTH-1");
    assert_offers(&h->rq, COMPLETE_ITEM, "Auth", NULL, "AUTH-2 AUTH-1");
    assert_offers(&h->rq, COMPLETE_ITEM, "AUTH-", NULL, "AUTH-2 AUTH-1");
    assert_offers(&h->rq, COMPLETE_ITEM, "", NULL, "BILL-1 AUDIT-1 AUTH-2 AUTH-1");
}

static void the_beginning_of_a_number__offers_it_and_what_begins_with_it(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "AUTH");
    many_steps(&h->rq, 120); /* to AUTH-121 */

    assert_offers(&h->rq, COMPLETE_ITEM, "auth-1", NULL,
                  "AUTH-1 AUTH-10 AUTH-11 AUTH-12 AUTH-13 AUTH-14 AUTH-15 AUTH-16 AUTH-17 AUTH-18 "
                  "AUTH-19 AUTH-100 AUTH-101 AUTH-102 AUTH-103 AUTH-104 AUTH-105 AUTH-106 AUTH-107 "
                  "AUTH-108 AUTH-109 AUTH-110 AUTH-111 AUTH-112 AUTH-113 AUTH-114 AUTH-115 "
                  "AUTH-116 AUTH-117 AUTH-118 AUTH-119 AUTH-120 AUTH-121");
    assert_offers(&h->rq, COMPLETE_ITEM, "AUTH-12", NULL, "AUTH-12 AUTH-120 AUTH-121");
    assert_offers(&h->rq, COMPLETE_ITEM, "AUTH-122", NULL, "");
    assert_offers(&h->rq, COMPLETE_ITEM, "AUTH-99999999", NULL, "");
    assert_offers(&h->rq, COMPLETE_ITEM, "AUTH-999999999", NULL, "");
}

/* One project with n steps: what is offered, and whether the total is told. */
static void counted(struct harness *h, size_t n, size_t values, bool total)
{
    struct completions c;

    (void)plan_project(&h->rq, "AUTH");
    many_steps(&h->rq, n);
    c = found(&h->rq, COMPLETE_STEP, "AUTH-", NULL);
    assert_int_equal(c.values.n, values);
    assert_int_equal(c.has_more.v, n > values);
    assert_int_equal(c.total.set, total);
    if (total)
        assert_int_equal(c.total.v, n);
}

static void a_hundred__are_all_offered(void **state)
{
    counted(*state, 100, 100, true);
}

static void a_hundred_and_one__are_counted(void **state)
{
    counted(*state, 101, 100, true);
}

/* The task counts as a row that was looked at, too. */
static void one_less_than_the_scan__is_counted(void **state)
{
    counted(*state, COMPLETE_SCAN_MAX - 2, 100, true);
}

static void as_many_as_the_scan__are_not_counted(void **state)
{
    counted(*state, COMPLETE_SCAN_MAX - 1, 100, false);
}

static void one__is_offered_with_its_total(void **state)
{
    counted(*state, 1, 1, true);
}

/* Nothing of what was looked at fits; what is older was not: no total, and no promise. */
static void words_among_more_than_the_scan__have_no_total(void **state)
{
    struct harness *h = *state;
    struct completions c;

    (void)plan_project(&h->rq, "AUTH");
    many_steps(&h->rq, COMPLETE_SCAN_MAX + 1);
    c = found(&h->rq, COMPLETE_STEP, "no such words", NULL);

    assert_int_equal(c.values.n, 0);
    assert_false(c.total.set);
    assert_false(c.has_more.v);
}

static void words__are_looked_for_in_titles_in_any_case_and_order(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)titled_step(&h->rq, "AUTH-1", "Limit the RATE of sign-ups", NULL);

    assert_offers(&h->rq, COMPLETE_STEP, "rate limit", NULL, "AUTH-3");
    assert_offers(&h->rq, COMPLETE_STEP, "sign-up", NULL, "AUTH-3");
    assert_offers(&h->rq, COMPLETE_STEP, "limit speed", NULL, "");
}

static void keys__come_before_titles(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)plan_project(&h->rq, "BILL");
    (void)plan_task(&h->rq, "BILL");
    (void)titled_step(&h->rq, "BILL-1", "Author of an invoice", NULL);

    assert_offers(&h->rq, COMPLETE_STEP, "auth", NULL, "AUTH-2 BILL-2");
    assert_offers(&h->rq, COMPLETE_STEP, "auth-", NULL, "AUTH-2");
}

static void a_slug_that_does_not_exist__is_a_word(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)titled_step(&h->rq, "AUTH-1", "Only UTF-8 is accepted", NULL);

    assert_offers(&h->rq, COMPLETE_ITEM, "utf-8", NULL, "AUTH-3");
}

static void patterns_and_quotes__mean_themselves(void **state)
{
    static const char *const texts[] = {"%",    "_",  "'",  "\\", "'; DROP TABLE planner.items; --",
                                        "{}",   "\"", "$1", "*",  "AUTH-%",
                                        "A_TH", "%25"};
    struct harness *h = *state;

    plan_usual(&h->rq);
    for (int kind = COMPLETE_PROJECT; kind <= COMPLETE_DISPUTE; kind++) {
        for (size_t i = 0; i < LENGTH_OF(texts); i++)
            assert_offers(&h->rq, (enum complete_kind)kind, texts[i], NULL, "");
    }
    (void)titled_step(&h->rq, "AUTH-1", "100% of {it}: \\ _ ' \" $1 *", NULL);

    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        if (strlen(texts[i]) == 1)
            assert_offers(&h->rq, COMPLETE_STEP, texts[i], NULL, "AUTH-3");
    }
}

static void a_context_project__is_the_only_one(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)plan_project(&h->rq, "BILL");
    (void)plan_task(&h->rq, "BILL");
    (void)plan_step(&h->rq, "BILL-1", NULL);

    assert_offers(&h->rq, COMPLETE_STEP, "", "bill", "BILL-2");
    assert_offers(&h->rq, COMPLETE_STEP, "a step", "AUTH", "AUTH-2");
    assert_offers(&h->rq, COMPLETE_STEP, "AUTH-", "BILL", "");
    assert_offers(&h->rq, COMPLETE_STEP, "", "NOPE", "");
    assert_offers(&h->rq, COMPLETE_STEP, "", "no project!", "");
    assert_offers(&h->rq, COMPLETE_STEP, "", "", "BILL-2 AUTH-2");
}

static void the_default_project__is_looked_at_until_another_is_typed(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)plan_project(&h->rq, "BILL");
    (void)plan_task(&h->rq, "BILL");
    (void)plan_step(&h->rq, "BILL-1", NULL);
    h->rq.project = "AUTH";

    assert_offers(&h->rq, COMPLETE_STEP, "", NULL, "AUTH-2");
    assert_offers(&h->rq, COMPLETE_STEP, "step", NULL, "AUTH-2");
    assert_offers(&h->rq, COMPLETE_STEP, "bi", NULL, "BILL-2");
    assert_offers(&h->rq, COMPLETE_STEP, "bill-2", NULL, "BILL-2");
}

static void a_project_bound_to_the_directory__is_the_default(void **state)
{
    struct harness *h = *state;
    const struct project_args args = {.project = "AUTH", .workspace = "/src/auth"};
    struct project_answer answer;

    plan_usual(&h->rq);
    assert_ok(&h->rq, project_update(&h->rq, &args, &answer));
    (void)plan_project(&h->rq, "BILL");
    (void)plan_task(&h->rq, "BILL");
    h->rq.directory = "/src/auth/lib";

    assert_offers(&h->rq, COMPLETE_ITEM, "", NULL, "AUTH-2 AUTH-1");
}

/* AUTH-2 in review, AUTH-3 sent back, AUTH-4 pending, AUTH-5 agreed, AUTH-6 complete. */
static void one_of_each(struct req *rq)
{
    plan_usual(rq);
    (void)plan_step(rq, "AUTH-1", "a draft");
    assert_ok(rq, plan_review(rq, "AUTH-3", REVIEW_REVISE));
    (void)plan_step(rq, "AUTH-1", NULL);
    (void)plan_step(rq, "AUTH-1", "a draft");
    assert_ok(rq, plan_review(rq, "AUTH-5", REVIEW_APPROVE));
    (void)plan_step(rq, "AUTH-1", NULL);
    assert_ok(rq, plan_complete(rq, "AUTH-6", OUTCOME_DONE));
}

static void what_fits_the_purpose__comes_first(void **state)
{
    struct harness *h = *state;

    one_of_each(&h->rq);

    assert_offers(&h->rq, COMPLETE_STEP, "", NULL, "AUTH-5 AUTH-4 AUTH-3 AUTH-2 AUTH-6");
    assert_offers(&h->rq, COMPLETE_REVIEWABLE_STEP, "AU", NULL,
                  "AUTH-2 AUTH-5 AUTH-4 AUTH-3 AUTH-6");
    assert_offers(&h->rq, COMPLETE_DRAFTABLE_STEP, "auth-", NULL,
                  "AUTH-3 AUTH-4 AUTH-5 AUTH-2 AUTH-6");
}

static void what_fits__is_found_however_old_it_is(void **state)
{
    struct harness *h = *state;
    struct completions c;

    plan_usual(&h->rq);
    many_steps(&h->rq, COMPLETE_SCAN_MAX + 10);

    c = found(&h->rq, COMPLETE_REVIEWABLE_STEP, "", NULL);
    assert_string_equal(*LIST_AT(c.values, 0, const char *const), "AUTH-2");
    c = found(&h->rq, COMPLETE_REVIEWABLE_STEP, "au", NULL);
    assert_string_equal(*LIST_AT(c.values, 0, const char *const), "AUTH-2");
}

/* As in a queue: who waits longest comes first. */
static void what_fits__is_offered_the_oldest_first(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    (void)plan_step(&h->rq, "AUTH-1", NULL);
    (void)plan_step(&h->rq, "AUTH-1", "a draft");
    (void)plan_step(&h->rq, "AUTH-1", NULL);

    assert_offers(&h->rq, COMPLETE_REVIEWABLE_STEP, "", NULL, "AUTH-2 AUTH-4 AUTH-5 AUTH-3");
    assert_offers(&h->rq, COMPLETE_DRAFTABLE_STEP, "", NULL, "AUTH-3 AUTH-5 AUTH-4 AUTH-2");
}

static void what_was_typed_whole__comes_before_what_fits(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "AUTH");
    many_steps(&h->rq, 20);
    assert_ok(&h->rq, plan_submit(&h->rq, "AUTH-20", "a draft"));

    assert_offers(&h->rq, COMPLETE_REVIEWABLE_STEP, "AUTH-2", NULL, "AUTH-2 AUTH-20 AUTH-21");
}

static void a_dispute__is_offered_by_its_step_the_pending_ones_first(void **state)
{
    struct harness *h = *state;

    plan_usual(&h->rq);
    for (int i = 0; i < 3; i++)
        (void)plan_disputed(&h->rq, "AUTH", "AUTH-1");
    assert_ok(&h->rq, plan_resolve(&h->rq, "AUTH-3", RESOLVE_SERVER));

    assert_offers(&h->rq, COMPLETE_DISPUTE, "", NULL, "AUTH-4 AUTH-5 AUTH-3");
    assert_offers(&h->rq, COMPLETE_DISPUTE, "auth-5", NULL, "AUTH-5");
    assert_offers(&h->rq, COMPLETE_DISPUTE, "a step", NULL, "AUTH-4 AUTH-5 AUTH-3");
    assert_offers(&h->rq, COMPLETE_DISPUTE, "AUTH-2", NULL, "");
    assert_offers(&h->rq, COMPLETE_DISPUTE, "", "BILL", "");
}

static void a_step_with_two_disputes__is_offered_once(void **state)
{
    struct harness *h = *state;
    const struct submit_args again = {
        .step = "AUTH-3", .content = "anew", .reopen = SOME_BOOL(true)};
    struct item_answer answer;

    plan_usual(&h->rq);
    (void)plan_disputed(&h->rq, "AUTH", "AUTH-1");
    assert_ok(&h->rq, plan_resolve(&h->rq, "AUTH-3", RESOLVE_SERVER));
    assert_ok(&h->rq, step_submit(&h->rq, &again, &answer));
    assert_ok(&h->rq, plan_review(&h->rq, "AUTH-3", REVIEW_REVISE));

    assert_offers(&h->rq, COMPLETE_DISPUTE, "", NULL, "AUTH-3");
}

static void the_beginning_of_a_disputes_id__offers_the_id(void **state)
{
    struct harness *h = *state;
    const char *id = NULL;

    plan_usual(&h->rq);
    (void)plan_disputed(&h->rq, "AUTH", "AUTH-1");
    id = harness_sql(h, "SELECT id FROM planner.disputes");

    assert_offers(&h->rq, COMPLETE_DISPUTE, arena_copy(h->rq.arena, id, 8), NULL, id);
    assert_offers(&h->rq, COMPLETE_DISPUTE, arena_copy(h->rq.arena, id, 20), NULL, id);
    assert_offers(&h->rq, COMPLETE_DISPUTE, id, "AUTH", id);
    assert_offers(&h->rq, COMPLETE_DISPUTE, "00000000-0000", NULL, "");
}

static void what_is_too_long__is_offered_nothing(void **state)
{
    struct harness *h = *state;
    char *title = arena_alloc(h->rq.arena, COMPLETE_PREFIX_MAX + 2);

    memset(title, 'a', COMPLETE_PREFIX_MAX);
    plan_usual(&h->rq);
    (void)titled_step(&h->rq, "AUTH-1", title, NULL);

    assert_offers(&h->rq, COMPLETE_STEP, title + 1, NULL, "AUTH-3");
    assert_offers(&h->rq, COMPLETE_STEP, title, NULL, "AUTH-3");
    title[COMPLETE_PREFIX_MAX] = 'a';
    assert_offers(&h->rq, COMPLETE_STEP, title, NULL, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(an_empty_store__offers_nothing),
        HARNESS_TEST(a_project__is_found_by_slug_in_any_case_then_by_name),
        HARNESS_TEST(an_archived_project__comes_last_and_its_steps_never),
        HARNESS_TEST(the_beginning_of_a_slug__offers_the_newest_items),
        HARNESS_TEST(the_beginning_of_a_number__offers_it_and_what_begins_with_it),
        HARNESS_TEST(a_hundred__are_all_offered),
        HARNESS_TEST(a_hundred_and_one__are_counted),
        HARNESS_TEST(one_less_than_the_scan__is_counted),
        HARNESS_TEST(as_many_as_the_scan__are_not_counted),
        HARNESS_TEST(one__is_offered_with_its_total),
        HARNESS_TEST(words_among_more_than_the_scan__have_no_total),
        HARNESS_TEST(words__are_looked_for_in_titles_in_any_case_and_order),
        HARNESS_TEST(keys__come_before_titles),
        HARNESS_TEST(a_slug_that_does_not_exist__is_a_word),
        HARNESS_TEST(patterns_and_quotes__mean_themselves),
        HARNESS_TEST(a_context_project__is_the_only_one),
        HARNESS_TEST(the_default_project__is_looked_at_until_another_is_typed),
        HARNESS_TEST(a_project_bound_to_the_directory__is_the_default),
        HARNESS_TEST(what_fits_the_purpose__comes_first),
        HARNESS_TEST(what_fits__is_found_however_old_it_is),
        HARNESS_TEST(what_fits__is_offered_the_oldest_first),
        HARNESS_TEST(what_was_typed_whole__comes_before_what_fits),
        HARNESS_TEST(a_dispute__is_offered_by_its_step_the_pending_ones_first),
        HARNESS_TEST(a_step_with_two_disputes__is_offered_once),
        HARNESS_TEST(the_beginning_of_a_disputes_id__offers_the_id),
        HARNESS_TEST(what_is_too_long__is_offered_nothing),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
