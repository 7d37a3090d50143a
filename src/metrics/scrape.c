/* Reading: a part after the other, each in a transaction with a limit of its own. */
#include "planner/metrics/metrics.h"

#include "planner/base/clock.h"
#include "planner/store/migrate.h"

static const struct field sample_fields[] = {
    ROW_STR(struct sample, name, REQUIRED),
    ROW_STR(struct sample, a, OPTIONAL),
    ROW_STR(struct sample, b, OPTIONAL),
    ROW_NUM(struct sample, value, REQUIRED),
    FIELD_END,
};
const struct field samples_read_fields[] = {
    ROW_LIST(struct samples_read, samples, sample_fields, struct sample, REQUIRED),
    FIELD_END,
};

/* One scrape on its way. */
struct scraper {
    struct req *rq;
    struct scrape *scrape;
    struct samples *samples;
};

static bool is_known(const char *name)
{
    const struct metric *metric = metric_table;

    while (metric->name != NULL && strcmp(metric->name, name) != 0)
        metric++;
    return metric->name != NULL;
}

/* Counts of a newer program may be there under names that this one does not know. */
static void take(const struct scraper *s, const struct query *q, const struct samples_read *part)
{
    for (size_t i = 0; i < part->samples.n; i++) {
        const struct sample *sample = LIST_AT(part->samples, i, struct sample);
        if (is_known(sample->name))
            samples_add(s->samples, sample->name, sample->a, sample->b, sample->value.v);
        else if (q != &q_metrics_counters)
            log_write(s->rq->log, LOG_ERROR, "defect: %s tells of '%s', which is no metric",
                      q->name, sample->name);
    }
}

static enum status read_in_transaction(struct scraper *s, const struct query *q,
                                       const char *const *params, struct samples_read *part)
{
    OWN_TX tx = {NULL};

    TRY(tx_begin(s->rq, &tx));
    tx_add(&tx, &q_metrics_settings,
           PARAMS(arena_printf(s->rq->arena, "%dms", METRICS_STATEMENT_MS)), INTO_NOTHING);
    tx_add(&tx, q, params, INTO(samples_read_fields, part));
    return tx_commit(&tx);
}

/* Each part says whether it was read: a series that is missing says nothing. */
static void tell_part(struct scraper *s, const char *name, bool ok)
{
    samples_add(s->samples, "scrape_success", name, NULL, ok);
    s->scrape->errors += !ok;
}

static bool end_part(struct scraper *s, const char *name, bool ok, const char *why)
{
    tell_part(s, name, ok);
    if (!ok)
        log_write(s->rq->log, LOG_WARNING, "%s could not be read: %s", name, why);
    return ok;
}

static bool read_part(struct scraper *s, const char *name, const struct query *q,
                      const char *const *params)
{
    struct samples_read part = {.samples = {.n = 0}};
    const bool ok = read_in_transaction(s, q, params, &part) == ST_OK;

    if (ok)
        take(s, q, &part);
    return end_part(s, name, ok, s->rq->message);
}

/* NULL: the statements fit the store; else why they do not. */
static const char *read_schema(struct scraper *s)
{
    struct migrate_view view;
    const bool ok = migrate_view_read(s->rq, &view) == ST_OK;

    if (!end_part(s, "schema", ok, s->rq->message))
        return "its schema is not known";
    samples_add(s->samples, "schema_version", NULL, NULL, view.newest);
    samples_add(s->samples, "schema_fits", NULL, NULL, view.problem == NULL);
    return view.problem;
}

/* pg_stat_statements keeps texts as they came, and the first line of each of ours is its own. */
static void read_statements(struct scraper *s)
{
    size_t n = 0;
    const char **names = NULL;
    const char **lines = NULL;

    while (all_queries[n] != NULL)
        n++;
    names = ARENA_MANY(s->rq->arena, n, const char *);
    lines = ARENA_MANY(s->rq->arena, n, const char *);
    for (size_t i = 0; i < n; i++) {
        names[i] = all_queries[i]->name;
        lines[i] =
            arena_copy(s->rq->arena, all_queries[i]->sql, strcspn(all_queries[i]->sql, "\n"));
    }
    (void)read_part(s, "statements", &q_metrics_statements,
                    PARAMS(param_texts(s->rq, names, n), param_texts(s->rq, lines, n)));
}

static bool is_standby(const struct samples *samples)
{
    for (size_t i = 0; i < samples->n; i++) {
        if (strcmp(samples->items[i].name, "standby") == 0)
            return samples->items[i].value.v != 0;
    }
    return false;
}

/* What has no labels is told from the beginning: a counter that appears out of nothing shows no
 * growth. */
static void add_zeros(struct samples *samples)
{
    static const enum meter_family families[] = {METER_CONNECTIONS_LOST, METER_RESTARTS,
                                                 METER_BREAKER_OPENED, METER_DROPPED};

    for (size_t i = 0; i < LENGTH_OF(families); i++) {
        const char *name = meter_names[families[i]].name;
        bool found = false;
        for (size_t k = 0; k < samples->n && !found; k++)
            found = strcmp(samples->items[k].name, name) == 0;
        if (!found)
            samples_add(samples, name, NULL, NULL, 0);
    }
}

/* What the planner's own tables tell. */
static void read_plans(struct scraper *s)
{
    struct req *rq = s->rq;

    (void)read_part(s, "work", &q_metrics_work, PARAMS(param_int(rq, METRICS_ITEMS_SMALL)));
    read_statements(s);
    if (!is_standby(s->samples) && read_part(s, "counters", &q_metrics_counters, NO_PARAMS))
        add_zeros(s->samples);
    if (s->scrape->projects > 0)
        (void)read_part(s, "projects", &q_metrics_projects,
                        PARAMS(param_int(rq, s->scrape->projects)));
}

/* Statements of this program on another one's tables would be told as its defects. */
static void leave_plans_out(struct scraper *s, const char *why)
{
    static const char *const parts[] = {"work", "statements", "counters", "projects"};
    const size_t n = LENGTH_OF(parts) - (s->scrape->projects > 0 ? 0 : 1);

    for (size_t i = 0; i < n; i++)
        tell_part(s, parts[i], false);
    log_write(s->rq->log, LOG_WARNING, "the plans could not be read: %s", why);
}

static void read_store(struct scraper *s)
{
    const char *why = NULL;

    s->scrape->up = read_part(s, "server", &q_metrics_server, NO_PARAMS);
    if (!s->scrape->up)
        return;
    (void)read_part(s, "tables", &q_metrics_tables, NO_PARAMS);
    why = read_schema(s);
    if (why == NULL)
        read_plans(s);
    else
        leave_plans_out(s, why);
}

/* Whether there is a private cluster that may be asked: a scrape is no reason to start it. Of one
 * that cannot be looked at nothing is told that would excuse it for not answering. */
static bool may_read(struct scraper *s, const struct cluster *cluster)
{
    struct cluster_state state = {.running = false};

    if (cluster == NULL)
        return true;
    if (cluster_look(s->rq, cluster, &state) != ST_OK)
        return end_part(s, "cluster", false, s->rq->message);
    if (!end_part(s, "cluster", state.refusal == NULL, state.refusal))
        return false;
    samples_add(s->samples, "private_cluster_running", NULL, NULL, state.running);
    return state.running;
}

void metrics_scrape(struct req *rq, const struct cluster *cluster, struct scrape *scrape,
                    struct samples *samples)
{
    struct scraper s = {rq, scrape, samples};
    const int64_t began_us = clock_monotonic_us();

    scrape->up = false;
    if (may_read(&s, cluster))
        read_store(&s);
    samples_add(samples, "up", NULL, NULL, scrape->up);
    samples_add(samples, "build_info", PLANNER_VERSION, NULL, 1);
    samples_add(samples, "scrape_errors_total", NULL, NULL, (double)scrape->errors);
    samples_add(samples, "scrape_duration_seconds", NULL, NULL,
                (double)(clock_monotonic_us() - began_us) / 1e6);
}
