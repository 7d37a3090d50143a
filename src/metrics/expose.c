/* The text format: families in the order of the table, histograms made cumulative. */
#include "planner/metrics/metrics.h"

#include <math.h>

#include "planner/base/buf.h"
#include "planner/base/meter.h"

#define SAMPLES_FIRST 256
#define MICRO         1e6

static const char *const type_names[] = {
    [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};

void samples_add(struct samples *samples, const char *name, const char *a, const char *b,
                 double value)
{
    if (samples->n == samples->cap) {
        const size_t cap = samples->cap == 0 ? SAMPLES_FIRST : samples->cap * 2;
        struct sample *items = ARENA_MANY(samples->arena, cap, struct sample);
        if (samples->n > 0)
            memcpy(items, samples->items, samples->n * sizeof(*items));
        samples->items = items;
        samples->cap = cap;
    }
    samples->items[samples->n++] = (struct sample){name, a, b, SOME_NUM(value)};
}

/* Between quotes: backslash, quote and line feed are escaped. */
static void put_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            buf_char(out, '\\');
        if (*text == '\n')
            buf_text(out, "\\n");
        else
            buf_char(out, *text);
    }
}

static void put_label(struct buf *out, const char **separator, const char *name, const char *value)
{
    if (name == NULL)
        return;
    buf_printf(out, "%s%s=\"", *separator, name);
    put_escaped(out, value == NULL ? "" : value);
    buf_char(out, '"');
    *separator = ",";
}

/* Whole numbers as such, others as exactly as a double is. */
static void put_value(struct buf *out, double value)
{
    if (floor(value) == value && fabs(value) < 1e15)
        buf_printf(out, " %.0f\n", value);
    else
        buf_printf(out, " %.15g\n", value);
}

static void put_sample(struct buf *out, const struct metric *metric, const char *suffix,
                       const char *label_b, const char *a, const char *b, double value)
{
    const char *separator = "{";

    buf_printf(out, METRICS_PREFIX "%s%s", metric->name, suffix);
    put_label(out, &separator, metric->label_a, a);
    put_label(out, &separator, label_b, b);
    if (*separator == ',')
        buf_char(out, '}');
    put_value(out, value);
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* What was kept of one bucket, or of the sum; 0 when nothing was. */
static double part_of(const struct samples *samples, const struct sample *first, const char *b)
{
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample *s = &samples->items[i];
        if (strcmp(s->name, first->name) == 0 && is_same(s->a, first->a) && is_same(s->b, b))
            return s->value.v;
    }
    return 0;
}

static bool is_first_of_histogram(const struct samples *samples, const struct sample *s)
{
    for (const struct sample *t = samples->items; t < s; t++) {
        if (strcmp(t->name, s->name) == 0 && is_same(t->a, s->a))
            return false;
    }
    return true;
}

static void put_histogram(struct buf *out, const struct metric *metric,
                          const struct samples *samples, const struct sample *s)
{
    double n = 0;

    if (!is_first_of_histogram(samples, s))
        return;
    for (size_t i = 0; i <= METER_BOUNDS; i++) {
        n += part_of(samples, s, meter_bounds[i]);
        put_sample(out, metric, "_bucket", "le", s->a, meter_bounds[i], n);
    }
    put_sample(out, metric, "_sum", NULL, s->a, NULL, part_of(samples, s, "sum") / MICRO);
    put_sample(out, metric, "_count", NULL, s->a, NULL, n);
}

static void put_metric(struct buf *out, const struct metric *metric, const struct samples *samples)
{
    bool headed = false;

    for (size_t i = 0; i < samples->n; i++) {
        const struct sample *s = &samples->items[i];
        if (strcmp(s->name, metric->name) != 0)
            continue;
        if (!headed)
            buf_printf(out, "# HELP " METRICS_PREFIX "%s %s\n# TYPE " METRICS_PREFIX "%s %s\n",
                       metric->name, metric->help, metric->name, type_names[metric->type]);
        headed = true;
        if (metric->type == METRIC_HISTOGRAM)
            put_histogram(out, metric, samples, s);
        else
            put_sample(out, metric, "", metric->label_b, s->a, s->b, s->value.v);
    }
}

void metrics_expose(struct buf *out, const struct samples *samples)
{
    for (const struct metric *metric = metric_table; metric->name != NULL; metric++)
        put_metric(out, metric, samples);
}

void metrics_reference(struct buf *out)
{
    buf_text(out, "| metric | type | labels | what |\n|---|---|---|---|\n");
    for (const struct metric *m = metric_table; m->name != NULL; m++)
        buf_printf(out, "| `" METRICS_PREFIX "%s` | %s | %s%s%s | %s |\n", m->name,
                   type_names[m->type], m->label_a == NULL ? "" : m->label_a,
                   m->label_b == NULL ? "" : ", ", m->label_b == NULL ? "" : m->label_b, m->help);
}
