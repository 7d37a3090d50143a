#include "planner/doctor/doctor.h"

#include <stdarg.h>

#include "planner/base/alike.h"
#include "planner/base/clock.h"
#include "planner/doctor/doctor_parts.h"

#define ROUND_TRIPS 9

const char *const doctor_severity_names[] = {"ok", "info", "skipped", "warning", "error", NULL};

void doctor_say(struct doctor *doctor, struct doctor_finding *f, enum doctor_severity severity,
                const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    f->seen = arena_vprintf(doctor->rq->arena, fmt, args);
    va_end(args);
    f->severity = severity;
}

const char *doctor_list_of(struct doctor *doctor, const struct list *texts, size_t most)
{
    struct buf text = BUF_IN(doctor->rq->arena);

    for (size_t i = 0; i < texts->n && i < most; i++)
        buf_printf(&text, "%s%s", i > 0 ? "; " : "", *LIST_AT(*texts, i, const char *));
    if (texts->n > most)
        buf_printf(&text, "; %zu more", texts->n - most);
    return buf_str(&text);
}

const char *doctor_sql_of(struct doctor *doctor, const struct list *statements)
{
    if (statements->n == 0)
        return NULL;
    return arena_printf(doctor->rq->arena, "run %s",
                        doctor_list_of(doctor, statements, statements->n));
}

const char *doctor_span(struct doctor *doctor, int64_t seconds)
{
    static const struct {
        int64_t from, unit;
        const char *name;
    } units[] = {{172800, 86400, "days"}, {7200, 3600, "h"}, {120, 60, "min"}};

    for (size_t i = 0; i < LENGTH_OF(units); i++) {
        if (seconds >= units[i].from)
            return arena_printf(doctor->rq->arena, "%lld %s", (long long)(seconds / units[i].unit),
                                units[i].name);
    }
    return arena_printf(doctor->rq->arena, "%lld s", (long long)seconds);
}

const char *doctor_size(struct doctor *doctor, int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    double size = (double)bytes / 1024;
    size_t i = 0;

    while (size >= 1024 && i + 1 < LENGTH_OF(units)) {
        size /= 1024;
        i++;
    }
    return arena_printf(doctor->rq->arena, size < 10 ? "%.1f %s" : "%.0f %s", size, units[i]);
}

/* ------------------------------------------------------------------ measuring */

static int compare_times(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* The clock is compared where asking took least: the answer is from somewhere in between. */
static enum status measure(struct doctor *doctor)
{
    struct doctor_measured *m = &doctor->measured;
    int64_t times[ROUND_TRIPS];
    int64_t now = 0;

    m->pooled = probe_is_pooled(doctor->probe);
    m->local = probe_is_local(doctor->probe);
    TRY(probe_clock(doctor->probe, &now, &times[0])); /* parsed there for the first time */
    m->best_us = INT64_MAX;
    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        TRY(probe_clock(doctor->probe, &now, &times[i]));
        if (times[i] >= m->best_us)
            continue;
        m->best_us = times[i];
        m->skew_ms = now - (clock_now_ms() - times[i] / 2000);
    }
    qsort(times, ROUND_TRIPS, sizeof(times[0]), compare_times);
    m->median_us = times[ROUND_TRIPS / 2];
    return ST_OK;
}

/* ------------------------------------------------------------------ running */

static bool is_wanted(const struct doctor_order *order, const struct doctor_check *check)
{
    if (order->only != NULL)
        return strcmp(order->only, check->name) == 0;
    if (order->store && !check->store && strcmp(check->name, "schema") != 0)
        return false;
    return !(order->quick && check->deep);
}

static size_t count_wanted(const struct doctor_order *order)
{
    size_t n = 0;

    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++)
        n += is_wanted(order, c);
    return n;
}

static void report_add(struct doctor_report *report, struct doctor_finding f)
{
    if (f.severity < DOCTOR_WARNING) {
        f.means = NULL;
        f.todo = NULL;
    }
    report->findings[report->n++] = f;
    report->counts[f.severity]++;
}

static struct doctor_finding look(struct doctor *doctor, const struct doctor_check *check)
{
    struct doctor_finding f = {.check = check->name, .means = check->means, .todo = check->todo};
    const void *facts = NULL;

    doctor->check = check;
    if (check->store && (doctor->schema_why != NULL || doctor->schema.problem != NULL)) {
        doctor_say(doctor, &f, DOCTOR_SKIPPED, "not looked at: the schema is not %sthis program's",
                   doctor->schema_why != NULL ? "known to be " : "");
        return f;
    }
    if (check->source != SOURCE_NONE) {
        facts = doctor_facts(doctor, check->source);
        if (facts == NULL) {
            const char *why = doctor->reads[check->source].why;
            doctor_say(doctor, &f, DOCTOR_SKIPPED, "not looked at: %s", why);
            return f;
        }
    }
    check->judge(doctor, facts, &f);
    return f;
}

static enum status look_all(struct doctor *doctor, struct doctor_report *report)
{
    const struct doctor_order *order = doctor->order;
    const size_t total = count_wanted(order);
    size_t done = 0;

    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++) {
        if (!is_wanted(order, c))
            continue;
        if (order->progress != NULL)
            order->progress(order->ctx, c->name, done++, total);
        report_add(report, look(doctor, c));
        if (doctor->rq->cancelled)
            return req_fail(doctor->rq, ST_CANCELLED, "the call was cancelled");
    }
    return ST_OK;
}

static void skip_all(struct doctor *doctor, struct doctor_report *report, const char *why)
{
    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++) {
        if (is_wanted(doctor->order, c))
            report_add(report, (struct doctor_finding){
                                   .check = c->name, .severity = DOCTOR_SKIPPED, .seen = why});
    }
}

/* The first row: is there a session, and if not, where it failed. */
static enum status reach(struct doctor *doctor, struct doctor_report *report)
{
    struct doctor_finding f = {.check = "connection"};
    struct probe_fault fault = {0};
    const enum status status = probe_open(doctor->rq, doctor->order->config,
                                          doctor->order->timeout_ms, &doctor->probe, &fault);

    if (status == ST_UNAVAILABLE) {
        doctor_tell_unreached(doctor, &fault, &f);
        report_add(report, f);
        skip_all(doctor, report, "not looked at: there is no connection");
        return ST_OK;
    }
    TRY(status);
    doctor_say(doctor, &f, DOCTOR_OK, "made");
    report_add(report, f);
    report->reached = true;
    return ST_OK;
}

/* Nothing is stored yet, which is no trouble, and no reason to make a database. */
static bool is_unmade(struct doctor *doctor, const char **ret_refusal)
{
    const struct db_config *config = doctor->order->config;
    struct cluster_state state;

    if (config->dsn != NULL || cluster_look(doctor->rq, config->cluster, &state) != ST_OK)
        return false;
    *ret_refusal = NULL;
    if (!state.initialised && cluster_examine(doctor->rq, config->cluster) != ST_OK)
        *ret_refusal = doctor->rq->message;
    return !state.initialised;
}

static void tell_unmade(struct doctor *doctor, struct doctor_report *report, const char *refusal)
{
    struct doctor_finding f = {
        .check = "connection",
        .severity = refusal == NULL ? DOCTOR_INFO : DOCTOR_ERROR,
        .seen = "the private database has not been made yet; it is made at the first use",
        .means = "the private database cannot be made, and every call is refused",
        .todo = "do what the sentence says; 'mcp-planner config show' tells where 'data-dir' and "
                "'pg-bindir' come from"};

    if (refusal != NULL)
        f.seen = refusal;
    report_add(report, f);
    skip_all(doctor, report, "not looked at: there is no database yet");
}

static enum status run(struct doctor *doctor, struct doctor_report *report)
{
    struct probe_fault fault = {0};
    const char *refusal = NULL;

    if (is_unmade(doctor, &refusal)) {
        tell_unmade(doctor, report, refusal);
        return ST_OK;
    }
    TRY(reach(doctor, report));
    if (!report->reached)
        return ST_OK;
    if (doctor->order->config->dsn == NULL)
        doctor->data_dir = doctor->order->config->cluster->data_dir;
    TRY(measure(doctor));
    if (probe_schema(doctor->probe, &doctor->schema, &fault) != ST_OK) {
        doctor->schema_why = fault.why == NULL ? "unknown" : doctor_reason(doctor, &fault);
        doctor->schema_hidden = doctor_is_hidden(&fault);
    }
    return look_all(doctor, report);
}

/* `connection` is in no table: it comes before all of them. */
enum status doctor_check_known(struct req *rq, const char *only)
{
    struct alike alike = {.word = only};

    if (only == NULL || strcmp(only, "connection") == 0)
        return ST_OK;
    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++) {
        if (strcmp(only, c->name) == 0)
            return ST_OK;
        alike_offer(&alike, c->name);
    }
    return req_fail(rq, ST_INVALID, "'%s' is no check%s; doctor --list tells them", only,
                    alike_hint(rq->arena, &alike));
}

enum status doctor_run(struct req *rq, const struct doctor_order *order,
                       struct doctor_report *ret_report)
{
    struct doctor doctor = {.rq = rq, .order = order};
    size_t n = 0;
    struct doctor_report report = {0};
    enum status status = ST_OK;

    TRY(doctor_check_known(rq, order->only));
    n = count_wanted(order);
    report.findings = ARENA_MANY(rq->arena, n + 1, struct doctor_finding);
    status = run(&doctor, &report);
    probe_close(&doctor.probe);
    TRY(status);
    *ret_report = report;
    return ST_OK;
}
