/* What a scrape reads from a real store, whole, in parts, and by estimate. */
#include "harness.h"

#include "planner/metrics/metrics.h"

#define COUNTED   INT64_C(1000000000)
#define ESTIMATED INT64_C(0)

/* A project with `tasks` open tasks, and `steps` steps in each. */
static void make_items(struct harness *h, int tasks, int steps)
{
    (void)harness_sql(h, "INSERT INTO planner.projects (id, slug, description) VALUES "
                         "('00000000-0000-7000-8000-000000000001', 'AUTH', 'd')");
    (void)harness_sql(
        h,
        "BEGIN; SET LOCAL session_replication_role = replica;"
        "INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key, "
        "number, title, has_children) "
        "SELECT '00000000-0000-7000-8000-000000000001', id, parent, kind, depth, 'V', "
        "row_number() OVER () - 1, 't', kind <> 'step' FROM ("
        "SELECT '00000000-0000-7000-8000-000000000001'::uuid AS id, NULL::uuid AS "
        "parent, 'project' AS kind, 0 AS depth UNION ALL "
        "SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', 'task', 1 "
        "FROM generate_series(1, %d) UNION ALL "
        "SELECT gen_random_uuid(), gen_random_uuid(), 'step', 2 FROM "
        "generate_series(1, %d)) x; COMMIT",
        tasks, tasks * steps);
}

static struct samples samples_of(struct harness *h)
{
    return (struct samples){.arena = &h->arena};
}

static const struct sample *find(const struct samples *samples, const char *name, const char *a)
{
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample *s = &samples->items[i];
        if (strcmp(s->name, name) == 0 && (a == NULL || (s->a != NULL && strcmp(s->a, a) == 0)))
            return s;
    }
    return NULL;
}

static void assert_value(const struct samples *samples, const char *name, const char *a,
                         double value)
{
    const struct sample *s = find(samples, name, a);

    if (s == NULL)
        fail_msg("%s{%s} is not told", name, a == NULL ? "" : a);
    else if (s->value.v != value)
        fail_msg("%s{%s} is %f, not %f", name, a == NULL ? "" : a, s->value.v, value);
}

static void scrape__tells_every_part_of_a_store_once(void **state)
{
    struct harness *h = *state;
    struct samples samples = samples_of(h);
    struct scrape scrape = {.projects = 10};

    make_items(h, 2, 3);
    (void)harness_sql(h,
                      "INSERT INTO planner.metrics VALUES ('tool_calls_total', 'undo', 'ok', 5), "
                      "('of a newer program', '', '', 1)");
    metrics_scrape(&h->rq, NULL, &scrape, &samples);

    assert_true(scrape.up);
    assert_int_equal(scrape.errors, 0);
    assert_value(&samples, "up", NULL, 1);
    assert_value(&samples, "items", "task", 2);
    assert_value(&samples, "items", "step", 6);
    assert_value(&samples, "queue_items", "server", 6);
    assert_value(&samples, "tool_calls_total", "undo", 5);
    assert_value(&samples, "transaction_restarts_total", NULL, 0);
    assert_value(&samples, "schema_fits", NULL, 1);
    assert_null(find(&samples, "of a newer program", NULL));
    for (size_t i = 0; i < samples.n; i++) {
        const struct sample *s = &samples.items[i];
        for (size_t k = 0; k < i; k++) {
            const struct sample *t = &samples.items[k];
            if (strcmp(s->name, t->name) == 0 && s->a != NULL && t->a != NULL &&
                strcmp(s->a, t->a) == 0 && (s->b == NULL || strcmp(s->b, t->b) == 0))
                fail_msg("%s{%s} is told twice", s->name, s->a);
        }
    }
}

/* metrics_work.sql alone, counting tables up to `small` bytes. */
static struct samples work(struct harness *h, int64_t small)
{
    struct samples_read part;

    assert_int_equal(db_read(&h->rq, &q_metrics_work, PARAMS(param_int(&h->rq, small)),
                             INTO(samples_read_fields, &part)),
                     ST_OK);
    return (struct samples){.items = part.samples.items, .n = part.samples.n};
}

static void work__is_estimated_from_statistics_when_the_table_is_large(void **state)
{
    struct harness *h = *state;
    struct samples samples;

    make_items(h, 10, 20);
    samples = work(h, ESTIMATED);
    assert_null(find(&samples, "items", "step")); /* nothing was analyzed yet */
    assert_value(&samples, "items_exact", NULL, 0);
    (void)harness_sql(h, "ANALYZE planner.items");

    samples = work(h, ESTIMATED);
    assert_value(&samples, "items", "task", 10);
    assert_value(&samples, "items", "step", 200);
    assert_value(&samples, "queue_items", "server", 200);
    assert_value(&samples, "queue_items", "worker", 200);
    samples = work(h, COUNTED);
    assert_value(&samples, "items", "step", 200);
    assert_value(&samples, "queue_items", "worker", 200);
    assert_value(&samples, "items_exact", NULL, 1);
}

static void scrape__goes_on_without_a_part_that_is_locked(void **state)
{
    struct harness *h = *state;
    struct samples samples = samples_of(h);
    struct scrape scrape = {.errors = 3};
    struct log silent = {.level = LOG_ERROR};

    (void)harness_sql(h, "BEGIN");
    (void)harness_sql(h, "LOCK TABLE planner.disputes");
    h->rq.log = &silent;
    metrics_scrape(&h->rq, NULL, &scrape, &samples);
    (void)harness_sql(h, "ROLLBACK");

    assert_true(scrape.up);
    assert_int_equal(scrape.errors, 5); /* those of before stay; sizes want a lock, too */
    assert_null(find(&samples, "disputes_pending", NULL));
    assert_null(find(&samples, "table_size_bytes", "items"));
    assert_value(&samples, "scrape_errors_total", NULL, 5);
    assert_value(&samples, "scrape_success", "work", 0);
    assert_value(&samples, "scrape_success", "tables", 0);
    assert_value(&samples, "scrape_success", "server", 1);
}

/* A counter that is told as 0 when it could not be read would seem to begin anew. */
static void scrape__tells_no_zeros_of_counters_that_it_could_not_read(void **state)
{
    struct harness *h = *state;
    struct samples samples = samples_of(h);
    struct scrape scrape = {.errors = 0};
    struct log silent = {.level = LOG_ERROR};

    (void)harness_sql(h, "BEGIN");
    (void)harness_sql(h, "LOCK TABLE planner.metrics");
    h->rq.log = &silent;
    metrics_scrape(&h->rq, NULL, &scrape, &samples);
    (void)harness_sql(h, "ROLLBACK");

    assert_null(find(&samples, "transaction_restarts_total", NULL));
    assert_value(&samples, "scrape_success", "counters", 0);
    assert_value(&samples, "scrape_success", "work", 1);
}

/* One scrape by a process of its own, of whatever schema there is. */
static struct samples scrape_anew(struct harness *h, struct scrape *scrape)
{
    const struct db_config config = {.dsn = h->dsn, .connect_timeout_ms = 5000, .any_schema = true};
    static const struct log silent = {.level = LOG_ERROR};
    struct samples samples = samples_of(h);
    struct req rq = h->rq;

    rq.log = &silent;
    rq.db = db_new(&config, &silent);
    metrics_scrape(&rq, NULL, scrape, &samples);
    db_free(rq.db);
    return samples;
}

static void scrape__of_another_schema_tells_which_and_leaves_its_tables_alone(void **state)
{
    static const struct {
        const char *sql;
        double version; /* more than what is there */
    } cases[] = {
        {"DELETE FROM planner.schema_migrations WHERE version = (SELECT max(version) FROM "
         "planner.schema_migrations)",
         -1},
        {"INSERT INTO planner.schema_migrations (version, name, up_sha256, oldest_program) SELECT "
         "max(version) + 2, 'later', 'x', '99.0.0' FROM planner.schema_migrations",
         1},
    };
    struct harness *h = *state;
    const double newest = (double)strtoll(
        harness_sql(h, "SELECT max(version) FROM planner.schema_migrations"), NULL, 10);

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct scrape scrape = {.projects = 1};
        struct samples samples;
        (void)harness_sql(h, "%s", cases[i].sql);
        samples = scrape_anew(h, &scrape);
        assert_true(scrape.up);
        assert_int_equal(scrape.errors, 4);
        assert_value(&samples, "up", NULL, 1);
        assert_value(&samples, "schema_version", NULL, newest + cases[i].version);
        assert_value(&samples, "schema_fits", NULL, 0);
        assert_value(&samples, "scrape_success", "server", 1);
        assert_value(&samples, "scrape_success", "schema", 1);
        assert_value(&samples, "scrape_success", "work", 0);
        assert_value(&samples, "scrape_success", "projects", 0);
        assert_non_null(find(&samples, "connections_max", NULL));
        assert_null(find(&samples, "disputes_pending", NULL));
        assert_null(find(&samples, "transaction_restarts_total", NULL));
    }
}

static void scrape__of_a_database_without_a_schema_is_up_and_makes_none(void **state)
{
    struct harness *h = *state;
    struct scrape scrape = {.errors = 0};
    const struct samples samples = scrape_anew(h, &scrape);

    assert_value(&samples, "up", NULL, 1);
    assert_value(&samples, "schema_version", NULL, 0);
    assert_value(&samples, "schema_fits", NULL, 0);
    assert_string_equal(harness_sql(h, "SELECT to_regnamespace('planner') IS NULL"), "t");
}

static void scrape__of_a_database_that_is_away_says_so(void **state)
{
    struct harness *h = *state;
    const struct db_config config = {.dsn = "host=/tmp/no-such-directory",
                                     .connect_timeout_ms = 50};
    struct samples samples = samples_of(h);
    struct scrape scrape = {.errors = 0};
    struct log silent = {.level = LOG_ERROR};
    struct req rq = h->rq;

    rq.log = &silent;
    rq.db = db_new(&config, &silent);
    metrics_scrape(&rq, NULL, &scrape, &samples);
    db_free(rq.db);

    assert_false(scrape.up);
    assert_value(&samples, "up", NULL, 0);
    assert_value(&samples, "scrape_errors_total", NULL, 1);
    assert_null(find(&samples, "connections_lost_total", NULL)); /* it may have been more */
}

static void scrape__tells_of_as_many_projects_as_asked(void **state)
{
    struct harness *h = *state;

    (void)harness_sql(
        h,
        "BEGIN; SET LOCAL session_replication_role = replica;"
        "INSERT INTO planner.projects (id, slug, description) SELECT id, 'P' || n || 'X', 'd' "
        "FROM (SELECT n, ('00000000-0000-7000-8000-00000000000' || n)::uuid AS id FROM "
        "generate_series(1, 5) n) x;"
        "INSERT INTO planner.items (project_id, id, kind, depth, sort_key, number, title) SELECT "
        "id, id, 'project', 0, 'V', 0, 't' FROM planner.projects;"
        "INSERT INTO planner.roll (project_id, id) SELECT id, id FROM planner.projects;"
        "INSERT INTO planner.counters (project_id) SELECT id FROM planner.projects; COMMIT");
    for (int cap = 0; cap <= 6; cap += 3) {
        struct samples samples = samples_of(h);
        struct scrape scrape = {.projects = cap};
        int n = 0;
        metrics_scrape(&h->rq, NULL, &scrape, &samples);
        for (size_t i = 0; i < samples.n; i++)
            n += strcmp(samples.items[i].name, "project_progress_ratio") == 0;
        assert_int_equal(n, cap < 5 ? cap : 5);
        assert_int_equal(scrape.errors, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(scrape__tells_every_part_of_a_store_once),
        HARNESS_TEST(work__is_estimated_from_statistics_when_the_table_is_large),
        HARNESS_TEST(scrape__goes_on_without_a_part_that_is_locked),
        HARNESS_TEST(scrape__tells_no_zeros_of_counters_that_it_could_not_read),
        HARNESS_TEST(scrape__of_another_schema_tells_which_and_leaves_its_tables_alone),
        HARNESS_EMPTY(scrape__of_a_database_without_a_schema_is_up_and_makes_none),
        HARNESS_TEST(scrape__of_a_database_that_is_away_says_so),
        HARNESS_TEST(scrape__tells_of_as_many_projects_as_asked),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
