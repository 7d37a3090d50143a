/* Eight server processes at once, in one project and in many: nothing is lost or told twice. */
#include "plan_helper.h"

#include "planner/base/buf.h"

#define PROCESSES 8
#define CALLS     60
#define SLUGS     4

/* What a process did: how many of each, and the first thing that must not happen. */
struct tally {
    int created, closed, told;
    const char *wrong;
};

static unsigned pick(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* A refusal by a rule is fine, giving up on the store is not. */
static void note(struct req *rq, struct tally *t, enum status status, int *count)
{
    if (status == ST_OK) {
        ++*count;
        t->told++;
    } else if (strstr(rq->message, "too many others") != NULL ||
               (status != ST_CONFLICT && status != ST_NOT_READY && status != ST_NOT_FOUND &&
                status != ST_INVALID)) {
        t->wrong = rq->message;
    }
}

static enum status define_some(struct req *rq, const char *project, const char *after)
{
    const char *waits[] = {"a", after};
    struct define_task tasks[] = {{.title = "A", .ref = "a"},
                                  {.title = "B", .depends_on = {true, 2, waits}}};
    const struct define_args args = {.parent = project, .tasks = {true, 2, tasks}};
    struct define_answer answer;

    return plan_define(rq, &args, &answer);
}

/* What was so already is no change. */
static void close_one(struct req *rq, struct tally *t, const char *item, int outcome)
{
    const struct complete_args args = {.item = item, .outcome = outcome};
    struct item_answer answer = {0};
    const enum status status = item_complete(rq, &args, &answer);

    note(rq, t, status, &t->closed);
    t->told -= (int)(status == ST_OK && !answer.changed.v);
}

static void change_settings(struct req *rq, uint32_t *seed, const char *slug, struct tally *t)
{
    const struct project_args args = {.project = slug,
                                      .require_review = SOME_BOOL(pick(seed, 2) == 0),
                                      .max_iterations = SOME_INT(1 + pick(seed, 3))};
    struct project_answer answer = {0};
    const enum status status = project_update(rq, &args, &answer);
    int ignored = 0;

    note(rq, t, status, &ignored);
    t->told -= (int)(status == ST_OK && !answer.changed.v);
}

static void act(struct req *rq, uint32_t *seed, const char *slug, struct tally *t)
{
    const char *item = arena_printf(rq->arena, "%s-%u", slug, 1 + pick(seed, 40));
    const struct create_args task = {.parent = pick(seed, 2) == 0 ? slug : item, .title = "T"};
    const struct create_args step = {.task = item, .title = "S", .content = "c"};
    struct item_answer answer;
    int ignored = 0;
    int defined = 0;

    switch (pick(seed, 10)) {
    case 0:
    case 1:
        note(rq, t, plan_create_task(rq, &task, &answer), &t->created);
        break;
    case 2:
        note(rq, t, plan_create_step(rq, &step, &answer), &t->created);
        break;
    case 3:
        note(rq, t, define_some(rq, slug, item), &defined);
        t->created += 2 * defined;
        break;
    case 4:
        note(rq, t, plan_submit(rq, item, "c"), &ignored);
        break;
    case 5:
        note(rq, t, plan_review(rq, item, (int)(1 + pick(seed, 3))), &ignored);
        break;
    case 6:
        note(rq, t, plan_resolve(rq, item, RESOLVE_SERVER), &ignored);
        break;
    case 7:
        change_settings(rq, seed, slug, t);
        break;
    default:
        close_one(rq, t, item, (int)(1 + pick(seed, 3)));
        break;
    }
}

static const char *run_calls(struct req *rq, int nth, unsigned n_slugs)
{
    uint32_t seed = (uint32_t)nth * 7919 + 1;
    struct tally t = {0};

    for (int i = 0; i < CALLS && t.wrong == NULL; i++) {
        const char *slug = arena_printf(rq->arena, "CON%u", pick(&seed, n_slugs));
        act(rq, &seed, slug, &t);
        if (t.wrong == NULL)
            arena_reset(rq->arena);
    }
    return arena_printf(rq->arena, "%d %d %s", t.created, t.told,
                        t.wrong == NULL ? "fine" : t.wrong);
}

static const char *work_in_one(struct req *rq, int nth)
{
    return run_calls(rq, nth, 1);
}

static const char *work_in_many(struct req *rq, int nth)
{
    return run_calls(rq, nth, SLUGS);
}

static int number_of(struct harness *h, const char *sql)
{
    return (int)strtol(harness_sql(h, "%s", sql), NULL, 10);
}

static void assert_nothing_lost(struct harness *h, int created, int told, int prepared)
{
    assert_int_equal(number_of(h, "SELECT count(*) FROM planner.items WHERE number > 0"),
                     created + prepared);
    assert_null(harness_sql(
        h, "SELECT string_agg(p.slug, ',') FROM planner.projects p JOIN planner.counters c"
           " ON c.project_id = p.id, LATERAL (SELECT count(*) AS n, count(DISTINCT number) AS d,"
           " max(number) AS top FROM planner.items i WHERE i.project_id = p.id AND number > 0) x"
           " WHERE (x.n, x.d, x.top) IS DISTINCT FROM"
           " (c.last_number::bigint, c.last_number::bigint, c.last_number)"));
    assert_int_equal(number_of(h, "SELECT count(DISTINCT change) FROM planner.audit"
                                  " WHERE ai_agent LIKE 'agent-_' AND ai_agent <> 'agent-a'"),
                     told);
    plan_assert_right(h);
}

static void run_processes(struct harness *h, plan_work *work, int prepared)
{
    struct plan_child children[PROCESSES];
    int created = 0;
    int told = 0;

    for (int i = 0; i < PROCESSES; i++)
        children[i] = plan_fork(h, work, i);
    for (int i = 0; i < PROCESSES; i++) {
        const char *text = plan_join(h, &children[i]);
        char *rest = NULL;
        created += (int)strtol(text, &rest, 10);
        told += (int)strtol(rest, &rest, 10);
        assert_string_equal(rest, " fine");
    }
    print_message("             %d calls done, %d items created\n", told, created);
    assert_true(told > PROCESSES * CALLS / 4);
    assert_nothing_lost(h, created, told, prepared);
}

static void eight_processes__in_one_project(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "CON0");
    for (int i = 0; i < 6; i++)
        (void)plan_task(&h->rq, "CON0");

    run_processes(h, work_in_one, 6);
}

static void eight_processes__in_many_projects(void **state)
{
    struct harness *h = *state;

    for (int i = 0; i < SLUGS; i++) {
        const char *slug = arena_printf(&h->arena, "CON%d", i);
        (void)plan_project(&h->rq, slug);
        for (int n = 0; n < 3; n++)
            (void)plan_task(&h->rq, slug);
    }

    run_processes(h, work_in_many, SLUGS * 3);
}

static const char *work_create(struct req *rq, int nth)
{
    struct tally t = {0};

    (void)nth;
    for (int i = 0; i < 50 && t.wrong == NULL; i++) {
        const struct create_args args = {.parent = "CON0", .title = "T"};
        struct item_answer answer;
        note(rq, &t, plan_create_task(rq, &args, &answer), &t.created);
    }
    return arena_printf(rq->arena, "%d %d %s", t.created, t.told,
                        t.wrong == NULL && t.told == 50 ? "fine" : "refused");
}

static void eight_processes__creating_in_one_place(void **state)
{
    struct harness *h = *state;

    (void)plan_project(&h->rq, "CON0");
    run_processes(h, work_create, 0);

    assert_int_equal(number_of(h, "SELECT max(number) FROM planner.items"), PROCESSES * 50);
}

static const char *work_close(struct req *rq, int nth)
{
    struct tally t = {0};

    for (int i = 0; i < 20 && t.wrong == NULL; i++) {
        const char *item = arena_printf(rq->arena, "CON0-%d", 2 + nth * 20 + i);
        note(rq, &t, plan_complete(rq, item, OUTCOME_DONE), &t.closed);
    }
    return arena_printf(rq->arena, "0 %d %s", t.told,
                        t.wrong == NULL && t.told == 20 ? "fine" : "refused");
}

/* Nobody's last child is missed, whoever it was that completed it. */
static void eight_processes__completing_one_task(void **state)
{
    struct harness *h = *state;
    struct define_step steps[PROCESSES * 20];
    struct define_task task = {.title = "T", .steps = {true, LENGTH_OF(steps), steps}};
    const struct define_args args = {.parent = "CON0", .tasks = {true, 1, &task}};
    struct define_answer answer;

    for (size_t i = 0; i < LENGTH_OF(steps); i++)
        steps[i] = (struct define_step){.title = "S"};
    (void)plan_project(&h->rq, "CON0");
    assert_ok(&h->rq, plan_define(&h->rq, &args, &answer));

    run_processes(h, work_close, 1 + PROCESSES * 20);

    assert_string_equal(plan_item(h, "CON0-1", "status"), "complete");
    assert_string_equal(plan_item(h, "CON0", "status"), "complete");
}

static const char *work_same_slug(struct req *rq, int nth)
{
    const struct project_args args = {.name = "Same name", .description = "d"};
    struct project_answer answer;

    (void)nth;
    return project_create(rq, &args, &answer) == ST_OK ? answer.slug : rq->message;
}

static void eight_processes__get_eight_slugs_from_one_name(void **state)
{
    struct harness *h = *state;
    struct plan_child children[PROCESSES];

    for (int i = 0; i < PROCESSES; i++)
        children[i] = plan_fork(h, work_same_slug, i);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(strncmp(plan_join(h, &children[i]), "SAME", 4), 0);

    assert_string_equal(
        harness_sql(h, "SELECT string_agg(slug, ' ' ORDER BY slug) FROM planner.projects"),
        "SAME SAME2 SAME3 SAME4 SAME5 SAME6 SAME7 SAME8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(eight_processes__in_one_project),
        HARNESS_TEST(eight_processes__in_many_projects),
        HARNESS_TEST(eight_processes__creating_in_one_place),
        HARNESS_TEST(eight_processes__completing_one_task),
        HARNESS_TEST(eight_processes__get_eight_slugs_from_one_name),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
