/*
 * The figures of project_stats against a computation of their own: the rows of a random history are
 * read as they are and counted here, one by one, as docs/STATS.md says.
 */
#include "plan_helper.h"

#include <math.h>

#include "planner/service/stats.h"
#include "planner/store/queries.h"

#define ITEMS_MAX      200
#define ITERATIONS_MAX 2000
#define DISPUTES_MAX   200

struct item {
    char id[40], parent[40], kind[8], status[12], content[20];
    bool deleted, live, leaf;
    double completed_ago, score; /* -1: none */
};
struct iteration {
    char step[40], action[10];
    double at;
};
struct dispute {
    char step[40];
    double took; /* -1: pending */
};
struct plan {
    struct item items[ITEMS_MAX];
    struct iteration iterations[ITERATIONS_MAX]; /* by step and number */
    struct dispute disputes[DISPUTES_MAX];
    int n_items, n_iterations, n_disputes;
};

static const char *value(const PGresult *res, int row, int column)
{
    return PQgetisnull(res, row, column) ? "" : PQgetvalue(res, row, column);
}

static double number(const PGresult *res, int row, int column)
{
    return PQgetisnull(res, row, column) ? -1 : strtod(PQgetvalue(res, row, column), NULL);
}

static PGresult *rows(struct harness *h, const char *sql)
{
    PGresult *res = PQexecParams(h->side, sql, 0, NULL, NULL, NULL, NULL, 0);

    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(h->side));
    return res;
}

#define COPY(to, from) (void)snprintf((to), sizeof(to), "%s", (from))

static void read_items(struct harness *h, struct plan *p)
{
    PGresult *res = rows(h, "SELECT i.id, i.parent_id, i.kind, i.status, s.status, i.deleted_at,"
                            " extract(epoch FROM now() - i.completed_at), s.complexity_score"
                            " FROM planner.items i LEFT JOIN planner.steps s ON s.id = i.id"
                            " WHERE i.kind <> 'project'");

    p->n_items = PQntuples(res);
    assert_true(p->n_items <= ITEMS_MAX);
    for (int i = 0; i < p->n_items; i++) {
        struct item *item = &p->items[i];
        COPY(item->id, value(res, i, 0));
        COPY(item->parent, value(res, i, 1));
        COPY(item->kind, value(res, i, 2));
        COPY(item->status, value(res, i, 3));
        COPY(item->content, value(res, i, 4));
        item->deleted = *value(res, i, 5) != '\0';
        item->completed_ago = number(res, i, 6);
        item->score = number(res, i, 7);
    }
    PQclear(res);
}

static void read_moves(struct harness *h, struct plan *p)
{
    PGresult *res =
        rows(h, "SELECT step_id, action, extract(epoch FROM at) FROM"
                " planner.iterations WHERE action <> 'assess' ORDER BY step_id, number");

    p->n_iterations = PQntuples(res);
    assert_true(p->n_iterations <= ITERATIONS_MAX);
    for (int i = 0; i < p->n_iterations; i++) {
        COPY(p->iterations[i].step, value(res, i, 0));
        COPY(p->iterations[i].action, value(res, i, 1));
        p->iterations[i].at = number(res, i, 2);
    }
    PQclear(res);
    res = rows(h, "SELECT step_id, extract(epoch FROM resolved_at - created_at)"
                  " FROM planner.disputes");
    p->n_disputes = PQntuples(res);
    assert_true(p->n_disputes <= DISPUTES_MAX);
    for (int i = 0; i < p->n_disputes; i++) {
        COPY(p->disputes[i].step, value(res, i, 0));
        p->disputes[i].took = number(res, i, 1);
    }
    PQclear(res);
}

static struct item *find(struct plan *p, const char *id)
{
    for (int i = 0; i < p->n_items; i++) {
        if (strcmp(p->items[i].id, id) == 0)
            return &p->items[i];
    }
    return NULL;
}

static void look_around(struct plan *p)
{
    for (int i = 0; i < p->n_items; i++) {
        struct item *item = &p->items[i];
        item->live = true;
        for (const struct item *at = item; at != NULL; at = find(p, at->parent))
            item->live = item->live && !at->deleted;
        item->leaf = true;
        for (int j = 0; j < p->n_items; j++) {
            const struct item *child = &p->items[j];
            if (strcmp(child->parent, item->id) == 0 && !child->deleted &&
                strcmp(child->status, "cancelled") != 0)
                item->leaf = false;
        }
    }
}

static bool is_live(struct plan *p, const char *id)
{
    const struct item *item = find(p, id);

    return item != NULL && item->live;
}

/* NULL: any */
static int count(const struct plan *p, const char *kind, const char *status, const char *content)
{
    int n = 0;

    for (int i = 0; i < p->n_items; i++) {
        const struct item *item = &p->items[i];
        n += item->live && (kind == NULL || strcmp(item->kind, kind) == 0) &&
             (status == NULL || strcmp(item->status, status) == 0) &&
             (content == NULL ||
              (strcmp(item->content, content) == 0 && strcmp(item->status, "cancelled") != 0));
    }
    return n;
}

static int count_done(const struct plan *p, double days)
{
    int n = 0;

    for (int i = 0; i < p->n_items; i++) {
        const struct item *item = &p->items[i];
        n += item->live && item->leaf && strcmp(item->status, "complete") == 0 &&
             item->completed_ago < days * 86400;
    }
    return n;
}

static int count_scored(const struct plan *p, double above, double below)
{
    int n = 0;

    for (int i = 0; i < p->n_items; i++) {
        const struct item *item = &p->items[i];
        n += item->live && strcmp(item->kind, "step") == 0 &&
             strcmp(item->status, "cancelled") != 0 && item->score > above && item->score < below;
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

#define assert_near(got, want)                                         \
    do {                                                               \
        const double got_ = (got), want_ = (want);                     \
        if (fabs(got_ - want_) > 1e-6 * (1 + fabs(want_)))             \
            fail_msg("%s is %.9f, should be %.9f", #got, got_, want_); \
    } while (0)

static void assert_times(const struct stats_time *got, double *times, int n)
{
    double sum = 0;

    if (n == 0) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    qsort(times, (size_t)n, sizeof(*times), by_value);
    for (int i = 0; i < n; i++)
        sum += times[i];
    assert_near(got->mean.v, sum / n);
    assert_near(got->median.v, (times[(n - 1) / 2] + times[n / 2]) / 2);
}

static void assert_counts(const struct plan *p, const char *kind, const struct stats_count *got)
{
    assert_int_equal(got->total.v, count(p, kind, NULL, NULL));
    assert_int_equal(got->open.v, count(p, kind, "open", NULL));
    assert_int_equal(got->complete.v, count(p, kind, "complete", NULL));
    assert_int_equal(got->cancelled.v, count(p, kind, "cancelled", NULL));
}

static void assert_items(const struct plan *p, const struct stats_view *v)
{
    const struct stats_complexity *x = v->complexity;
    int remaining = 0;

    assert_counts(p, "task", v->tasks);
    assert_counts(p, "step", v->steps);
    assert_int_equal(v->contents->pending.v, count(p, "step", NULL, "pending"));
    assert_int_equal(v->contents->server_draft.v, count(p, "step", NULL, "server_draft"));
    assert_int_equal(v->contents->client_review.v, count(p, "step", NULL, "client_review"));
    assert_int_equal(v->contents->agreed.v, count(p, "step", NULL, "agreed"));
    assert_int_equal(v->contents->disputed.v, count(p, "step", NULL, "disputed"));
    assert_int_equal(v->contents->user_resolution.v, count(p, "step", NULL, "user_resolution"));
    assert_int_equal(x->unknown.v, count_scored(p, -2, -0.5));
    assert_int_equal(x->low.v, count_scored(p, -0.5, 0.3));
    assert_int_equal(x->high.v, count_scored(p, 0.7, 2));
    assert_int_equal(x->low.v + x->medium.v + x->high.v + x->unknown.v,
                     v->steps->total.v - v->steps->cancelled.v);
    for (int i = 0; i < p->n_items; i++)
        remaining +=
            p->items[i].live && p->items[i].leaf && strcmp(p->items[i].status, "open") == 0;
    assert_int_equal(v->remaining.v, remaining);
    assert_near(v->throughput->last_7_days.v, count_done(p, 7) / 7.0);
    assert_near(v->throughput->last_30_days.v, count_done(p, 30) / 30.0);
    if (remaining == 0 || count_done(p, 30) == 0)
        assert_null(v->estimate);
    else
        assert_near(v->estimate->days.v,
                    remaining /
                        (count_done(p, 7) > 0 ? count_done(p, 7) / 7.0 : count_done(p, 30) / 30.0));
}

static bool settles(const char *action)
{
    return strcmp(action, "approve") == 0 || strcmp(action, "accept") == 0 ||
           strcmp(action, "resolve") == 0;
}

static void assert_moves(struct plan *p, const struct stats_view *v)
{
    double times[ITERATIONS_MAX];
    double began = -1;
    int n_times = 0, n_resolved = 0, n_reopened = 0, n_moves = 0, n_steps = 0, most = 0, own = 0;

    for (int i = 0; i < p->n_iterations; i++) {
        const struct iteration *t = &p->iterations[i];
        const bool first = i == 0 || strcmp(t[-1].step, t->step) != 0;
        if (!is_live(p, t->step))
            continue;
        n_steps += first;
        own = (first ? 0 : own) + (strcmp(t->action, "resolve") != 0);
        n_moves += strcmp(t->action, "resolve") != 0; /* a human's, not an iteration */
        most = own > most ? own : most;
        if (first || settles(t[-1].action))
            began = -1;
        n_reopened += !first && settles(t[-1].action) && strcmp(t->action, "submit") == 0;
        if (began < 0 && strcmp(t->action, "submit") == 0)
            began = t->at;
        if (strcmp(t->action, "resolve") == 0)
            n_resolved++;
        else if (settles(t->action))
            times[n_times++] = t->at - began;
    }
    assert_int_equal(v->agreed.v, n_times);
    assert_int_equal(v->resolved.v, n_resolved);
    assert_int_equal(v->revisions_after_agreement.v, n_reopened);
    assert_int_equal(v->agreement_rate.set, n_times + n_resolved > 0);
    if (v->agreement_rate.set)
        assert_near(v->agreement_rate.v, (double)n_times / (n_times + n_resolved));
    assert_int_equal(v->iterations_per_step.set, n_steps > 0);
    if (n_steps > 0)
        assert_near(v->iterations_per_step.v, (double)n_moves / n_steps);
    assert_int_equal(v->most_iterations.v, most);
    assert_times(v->time_to_agreement, times, n_times);
}

static void assert_disputes(struct plan *p, const struct stats_view *v)
{
    double times[DISPUTES_MAX];
    int n_times = 0, n_pending = 0;

    for (int i = 0; i < p->n_disputes; i++) {
        const struct dispute *d = &p->disputes[i];
        if (!is_live(p, d->step))
            continue;
        if (d->took < 0)
            n_pending++;
        else
            times[n_times++] = d->took;
    }
    assert_int_equal(v->disputes->pending.v, n_pending);
    assert_int_equal(v->disputes->resolved.v, n_times);
    assert_times(v->time_to_resolution, times, n_times);
}

static struct stats_view assert_figures(struct harness *h)
{
    static struct plan p;
    const struct stats_args args = {.project = "AUTH"};
    struct stats_view view;

    memset(&p, 0, sizeof(p));
    assert_ok(&h->rq, stats_read(&h->rq, &args, &view));
    read_items(h, &p);
    read_moves(h, &p);
    look_around(&p);
    assert_items(&p, &view);
    assert_moves(&p, &view);
    assert_disputes(&p, &view);
    return view;
}

/* xorshift: the same history everywhere */
static unsigned draw(uint64_t *seed, unsigned below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (unsigned)(*seed % below);
}

/* One call that may well be refused. */
static enum status act(struct req *rq, uint64_t *seed, const char *step)
{
    struct submit_args submit = {
        .step = step, .content = "text", .reopen = SOME_BOOL(draw(seed, 2) == 0)};
    struct item_answer answer;

    switch (draw(seed, 9)) {
    case 0:
    case 1:
        return step_submit(rq, &submit, &answer);
    case 2:
        submit = (struct submit_args){.step = step, .accept = SOME_BOOL(true)};
        return step_submit(rq, &submit, &answer);
    case 3:
        return plan_review(rq, step, REVIEW_APPROVE);
    case 4:
        return plan_review(rq, step, REVIEW_REVISE);
    case 5:
        return plan_review(rq, step, REVIEW_COUNTER);
    case 6:
        return plan_resolve(rq, step, RESOLVE_SERVER);
    case 7:
        return plan_complete(rq, step, draw(seed, 3) == 0 ? OUTCOME_CANCELLED : OUTCOME_DONE);
    default:
        return plan_complete(rq, step, OUTCOME_REOPEN);
    }
}

/* AUTH-1 to 4 with six steps each and one without any. */
static void random_history(struct req *rq, uint64_t seed, int n)
{
    int done = 0;
    const struct project_args two = {.project = "AUTH", .max_iterations = SOME_INT(2)};
    struct project_answer answer;

    (void)plan_project(rq, "AUTH");
    assert_ok(rq, project_update(rq, &two, &answer));
    for (int i = 0; i < 5; i++)
        (void)plan_task(rq, "AUTH");
    for (int i = 0; i < 24; i++)
        (void)plan_step(rq, arena_printf(rq->arena, "AUTH-%d", 1 + i % 4),
                        i % 3 == 0 ? "content" : NULL);
    for (int i = 0; i < n; i++)
        done += act(rq, &seed, arena_printf(rq->arena, "AUTH-%u", 6 + draw(&seed, 24))) == ST_OK;
    assert_true(done > n / 8);
}

/* As if it had taken weeks. */
static void spread_out(struct harness *h)
{
    (void)harness_sql(h, "ALTER TABLE planner.iterations DISABLE TRIGGER iterations_append_only");
    (void)harness_sql(h, "UPDATE planner.iterations SET at = now() - interval '40 days'"
                         " + (number * 5000 + abs(hashtext(step_id::text || number) %% 5000))"
                         " * interval '1 second'");
    (void)harness_sql(h, "UPDATE planner.disputes SET resolved_at = created_at"
                         " + abs(hashtext(id::text) %% 90000) * interval '1 second'"
                         " WHERE status = 'resolved'");
    (void)harness_sql(h, "UPDATE planner.items SET completed_at = now() - interval '1 hour'"
                         " * abs(hashtext(id::text) %% 1000 + 0.5) WHERE status = 'complete'");
    (void)harness_sql(h, "UPDATE planner.steps SET complexity_score ="
                         " abs(hashtext(id::text) %% 11) / 10.0 WHERE server_number IS NOT NULL");
}

static void figures__are_what_counting_gives(void **state)
{
    struct harness *h = *state;

    random_history(&h->rq, 88172645463325252U, 400);
    (void)assert_figures(h);
    spread_out(h);
    (void)assert_figures(h);
}

static void figures__leave_out_what_is_deleted(void **state)
{
    struct harness *h = *state;
    struct stats_view before;
    struct stats_view after;

    random_history(&h->rq, 6364136223846793005U, 300);
    spread_out(h);
    before = assert_figures(h);
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number IN (2, 5, 7)");
    after = assert_figures(h);

    assert_int_equal(after.tasks->total.v, before.tasks->total.v - 2);
    assert_int_equal(after.steps->total.v, before.steps->total.v - 6);
}

/* Walked for every row it takes minutes; the planner thinks so of a list that it takes for long. */
static void figures__look_up_what_is_deleted_however_much_it_is(void **state)
{
    struct harness *h = *state;
    const char *plan = NULL;

    (void)plan_project(&h->rq, "AUTH");
    (void)harness_sql(h, "DELETE FROM pg_statistic WHERE starelid = 'planner.items'::regclass");
    (void)harness_sql(h, "UPDATE pg_class SET relpages = 1, reltuples = 1e8"
                         " WHERE oid = 'planner.items'::regclass");
    (void)harness_sql(h, "SET plan_cache_mode = force_generic_plan");
    (void)harness_sql(h, "PREPARE figures AS %s", q_project_stats.sql);
    plan = harness_sql(h, "EXPLAIN (FORMAT JSON) EXECUTE figures (NULL, 'AUTH', NULL)");

    assert_non_null(strstr(plan, "(hashed SubPlan"));
    assert_null(strstr(plan, "(SubPlan"));
}

static void figures__of_an_empty_project_are_absent_or_zero(void **state)
{
    struct harness *h = *state;
    struct stats_view view;
    const struct stats_args nothing = {.project = "BILL"};

    (void)plan_project(&h->rq, "AUTH");
    view = assert_figures(h);
    assert_int_equal(view.tasks->total.v, 0);
    assert_false(view.agreement_rate.set);
    assert_false(view.iterations_per_step.set);
    assert_null(view.estimate);
    assert_fails(&h->rq, stats_read(&h->rq, &nothing, &view), ST_NOT_FOUND, "no project BILL");
}

/* Each score, completion and number at its limits. */
static void figures__have_exact_limits(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct stats_view view;

    plan_usual(rq);
    for (int i = 0; i < 3; i++)
        (void)plan_step(rq, "AUTH-1", "content");
    (void)harness_sql(h, "UPDATE planner.steps s SET complexity_score ="
                         " (ARRAY[0.3, 0.7, 0.29999, 0.70001])[i.number - 1]"
                         " FROM planner.items i WHERE i.id = s.id");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    assert_ok(rq, plan_complete(rq, "AUTH-3", OUTCOME_DONE));
    (void)harness_sql(h, "UPDATE planner.items SET completed_at = now() - interval '7 days'"
                         " + CASE number WHEN 2 THEN 1 ELSE -1 END * interval '1 minute'"
                         " WHERE number IN (2, 3)");
    view = assert_figures(h);

    assert_int_equal(view.complexity->low.v, 1);
    assert_int_equal(view.complexity->medium.v, 2);
    assert_int_equal(view.complexity->high.v, 1);
    assert_near(view.throughput->last_7_days.v, 1 / 7.0);
    assert_near(view.throughput->last_30_days.v, 2 / 30.0);
    assert_near(view.estimate->days.v, 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(figures__are_what_counting_gives),
        HARNESS_TEST(figures__leave_out_what_is_deleted),
        HARNESS_TEST(figures__look_up_what_is_deleted_however_much_it_is),
        HARNESS_TEST(figures__of_an_empty_project_are_absent_or_zero),
        HARNESS_TEST(figures__have_exact_limits),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
