#include "planner/base/meter.h"

#include <string.h>

const struct meter_name meter_names[METER_FAMILIES] = {
    [METER_TOOL_CALLS] = {"tool_calls_total", false},
    [METER_TOOL_SECONDS] = {"tool_duration_seconds", true},
    [METER_REQUESTS] = {"requests_total", false},
    [METER_PROTOCOL_ERRORS] = {"protocol_errors_total", false},
    [METER_STATEMENTS] = {"statements_total", false},
    [METER_STATEMENT_ERRORS] = {"statement_errors_total", false},
    [METER_SLOW_STATEMENTS] = {"slow_statements_total", false},
    [METER_ROUND_TRIPS] = {"round_trip_duration_seconds", true},
    [METER_CONNECTS] = {"connects_total", false},
    [METER_CONNECTIONS_LOST] = {"connections_lost_total", false},
    [METER_RESTARTS] = {"transaction_restarts_total", false},
    [METER_UNANSWERED] = {"commits_unanswered_total", false},
    [METER_BREAKER_OPENED] = {"breaker_opened_total", false},
    [METER_STANDBY_READS] = {"standby_reads_total", false},
    [METER_DROPPED] = {"counts_dropped_total", false},
};

const int64_t meter_bounds_us[METER_BOUNDS] = {1000,    2500,    5000,     10000,   25000,
                                               50000,   100000,  250000,   500000,  1000000,
                                               2500000, 5000000, 10000000, 30000000};
const char *const meter_bounds[METER_BOUNDS + 1] = {"0.001", "0.0025", "0.005", "0.01", "0.025",
                                                    "0.05",  "0.1",    "0.25",  "0.5",  "1",
                                                    "2.5",   "5",      "10",    "30",   "+Inf"};

static size_t hash(enum meter_family family, const char *a, const char *b)
{
    uint64_t h = 14695981039346656037u + (uint64_t)family; /* FNV-1a */

    for (; *a != '\0'; a++)
        h = (h ^ (unsigned char)*a) * 1099511628211u;
    h = (h ^ 0xFF) * 1099511628211u;
    for (; *b != '\0'; b++)
        h = (h ^ (unsigned char)*b) * 1099511628211u;
    return (size_t)(h ^ (h >> 32));
}

static bool is_series(const struct meter_series *s, enum meter_family family, const char *a,
                      const char *b)
{
    return s->family == family && (s->a == a || strcmp(s->a, a) == 0) &&
           (s->b == b || strcmp(s->b, b) == 0);
}

/* One slot stays free, so that a search ends. */
static struct meter_series *series_of(struct meter *meter, enum meter_family family, const char *a,
                                      const char *b)
{
    size_t at = hash(family, a, b) % METER_SERIES;

    for (; meter->series[at].a != NULL; at = (at + 1) % METER_SERIES) {
        if (is_series(&meter->series[at], family, a, b))
            return &meter->series[at];
    }
    if (meter->n_series + 1 == METER_SERIES)
        return &meter->dropped;
    meter->n_series++;
    meter->series[at].family = family;
    meter->series[at].a = a;
    meter->series[at].b = b;
    return &meter->series[at];
}

void meter_count(struct meter *meter, enum meter_family family, const char *a, const char *b)
{
    if (meter == NULL)
        return;
    series_of(meter, family, a == NULL ? "" : a, b == NULL ? "" : b)->value++;
    meter->changed = true;
}

void meter_reach(struct meter *meter, enum meter_family family, int64_t value)
{
    struct meter_series *s = NULL;

    if (meter == NULL || value == 0)
        return;
    s = series_of(meter, family, "", "");
    meter->changed = meter->changed || s->value != value;
    s->value = value;
}

static struct meter_histogram *histogram_of(struct meter *meter, enum meter_family family,
                                            const char *a)
{
    for (size_t i = 0; i < METER_HISTOGRAMS; i++) {
        struct meter_histogram *h = &meter->histograms[i];
        if (h->a == NULL) {
            h->family = family;
            h->a = a;
        }
        if (h->family == family && (h->a == a || strcmp(h->a, a) == 0))
            return h;
    }
    return NULL;
}

void meter_time(struct meter *meter, enum meter_family family, const char *a, int64_t us)
{
    struct meter_histogram *h = NULL;
    size_t i = 0;

    if (meter == NULL)
        return;
    meter->changed = true;
    h = histogram_of(meter, family, a == NULL ? "" : a);
    if (h == NULL) {
        meter->dropped.value++;
        return;
    }
    while (i < METER_BOUNDS && us > meter_bounds_us[i])
        i++;
    h->counts[i].value++;
    h->sum.value += us;
}

static void visit(struct meter_series *s, enum meter_family family, const char *a, const char *b,
                  meter_visitor *fn, void *ctx)
{
    s->asked = s->value;
    if (s->value > s->told)
        fn(ctx, meter_names[family].name, a, b, s->value - s->told);
}

void meter_visit(struct meter *meter, meter_visitor *fn, void *ctx)
{
    meter->changed = false;
    for (size_t i = 0; i < METER_SERIES; i++) {
        struct meter_series *s = &meter->series[i];
        if (s->a != NULL)
            visit(s, s->family, s->a, s->b, fn, ctx);
    }
    for (size_t i = 0; i < METER_HISTOGRAMS && meter->histograms[i].a != NULL; i++) {
        struct meter_histogram *h = &meter->histograms[i];
        for (size_t k = 0; k <= METER_BOUNDS; k++)
            visit(&h->counts[k], h->family, h->a, meter_bounds[k], fn, ctx);
        visit(&h->sum, h->family, h->a, "sum", fn, ctx);
    }
    visit(&meter->dropped, METER_DROPPED, "", "", fn, ctx);
}

void meter_told(struct meter *meter)
{
    for (size_t i = 0; i < METER_SERIES; i++)
        meter->series[i].told = meter->series[i].asked;
    for (size_t i = 0; i < METER_HISTOGRAMS; i++) {
        struct meter_histogram *h = &meter->histograms[i];
        for (size_t k = 0; k <= METER_BOUNDS; k++)
            h->counts[k].told = h->counts[k].asked;
        h->sum.told = h->sum.asked;
    }
    meter->dropped.told = meter->dropped.asked;
}
