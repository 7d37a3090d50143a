/*
 * A scrape: what all processes have counted, and what the database tells, in the text format of
 * Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * Every metric is a row of metric_table; docs/METRICS.md is printed from it. Names are without the
 * prefix "mcp_planner_". Statements answer samples by these names (sql/queries/metrics_*.sql), and
 * a sample that no row knows is a defect.
 */
#ifndef PLANNER_METRICS_METRICS_H
#define PLANNER_METRICS_METRICS_H

#include "planner/base/field.h"
#include "planner/base/req.h"
#include "planner/store/db.h"

#define METRICS_PREFIX       "mcp_planner_"
#define METRICS_PROJECTS_MAX 500
#define METRICS_STATEMENT_MS 2000                        /* each statement of a scrape */
#define METRICS_CONNECT_MS   3000                        /* the patience of a scrape */
#define METRICS_ITEMS_SMALL  ((int64_t)16 * 1024 * 1024) /* bytes: table that is counted */

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
    const char *name;
    enum metric_type type;
    const char *label_a, *label_b; /* NULL: none */
    const char *help;
};

extern const struct metric metric_table[]; /* ended by a NULL name */

/* What is known of one series. Borrowed. */
struct sample {
    const char *name;
    const char *a, *b; /* values of the labels; NULL is "" */
    struct opt_num value;
};

/* What a statement sql/queries/metrics_*.sql answers. */
struct samples_read {
    struct list samples; /* of struct sample */
};
extern const struct field samples_read_fields[];

/* A growing list of them, in an arena. */
struct samples {
    struct arena *arena;
    struct sample *items;
    size_t n, cap;
};
void samples_add(struct samples *samples, const char *name, const char *a, const char *b,
                 double value);

/* Write the samples, metric by metric in the order of the table. */
void metrics_expose(struct buf *out, const struct samples *samples);
/* Write docs/METRICS.md's list. */
void metrics_reference(struct buf *out);

struct scrape {
    int64_t projects; /* tell of at most as many; 0: of none */
    int64_t errors;   /* out: parts that could not be read, added to what was there */
    bool up;          /* out: the database answered */
};

/*
 * Read everything from rq->db, which should be of db_config.any_schema. What cannot be read is left
 * out, logged, told as scrape_success{part} and counted in scrape->errors; a private cluster that
 * does not run is not started.
 */
void metrics_scrape(struct req *rq, const struct cluster *cluster, struct scrape *scrape,
                    struct samples *samples);

/*
 * Write `text` into a file that readers see whole or not at all: another one in the same directory,
 * synced and renamed. ST_UNAVAILABLE names what failed.
 */
enum status metrics_write_file(struct req *rq, const char *path, const char *text,
                               size_t len) MUST_CHECK;

#endif
