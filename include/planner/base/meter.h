/*
 * What a process counts, until it is added to what all processes have counted (store/db.h,
 * db_meter_add). Fixed arrays and no allocation: counting costs a hash of two short names.
 *
 * A family is one metric; its series differ in at most two labels, whose values are borrowed for
 * the life of the meter and come from fixed sets (names of tools, statements, statuses), so that
 * their number is bounded. What no longer fits is counted as dropped.
 */
#ifndef PLANNER_BASE_METER_H
#define PLANNER_BASE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planner/base/status.h"

enum meter_family {
    METER_TOOL_CALLS,       /* tool, outcome */
    METER_TOOL_SECONDS,     /* histogram: tool */
    METER_REQUESTS,         /* method, outcome */
    METER_PROTOCOL_ERRORS,  /* code */
    METER_STATEMENTS,       /* query */
    METER_STATEMENT_ERRORS, /* class of SQLSTATE */
    METER_SLOW_STATEMENTS,  /* query */
    METER_ROUND_TRIPS,      /* histogram: kind */
    METER_CONNECTS,         /* outcome */
    METER_CONNECTIONS_LOST,
    METER_RESTARTS,   /* of transactions */
    METER_UNANSWERED, /* commits: fate */
    METER_BREAKER_OPENED,
    METER_STANDBY_READS, /* outcome */
    METER_DROPPED,       /* counts that found no place */
    METER_FAMILIES
};

/* Names as they are kept in planner.metrics and, behind "mcp_planner_", exposed. */
struct meter_name {
    const char *name;
    bool histogram;
};
extern const struct meter_name meter_names[METER_FAMILIES];

#define METER_SERIES     1024 /* a power of two */
#define METER_HISTOGRAMS 64
#define METER_BOUNDS     14 /* of a histogram, beside +Inf */

/* Upper bounds in microseconds, and the same in seconds as Prometheus labels them. */
extern const int64_t meter_bounds_us[METER_BOUNDS];
extern const char *const meter_bounds[METER_BOUNDS + 1];

struct meter_series {
    enum meter_family family;
    const char *a, *b; /* labels, "" where there is none; a NULL: the slot is free */
    int64_t value;
    int64_t told;  /* of it, what was added already */
    int64_t asked; /* value when it was read for adding */
};

struct meter_histogram {
    enum meter_family family;
    const char *a;                                     /* NULL: free */
    struct meter_series counts[METER_BOUNDS + 1], sum; /* sum: microseconds */
};

struct meter {
    struct meter_series series[METER_SERIES];
    size_t n_series;
    struct meter_histogram histograms[METER_HISTOGRAMS];
    struct meter_series dropped;
    bool changed; /* something was counted since the last meter_visit */
};

/* Everywhere a NULL meter counts nothing, and a NULL label is "". */
void meter_count(struct meter *meter, enum meter_family family, const char *a, const char *b);
void meter_time(struct meter *meter, enum meter_family family, const char *a, int64_t us);
/* What somebody else has counted in this process: `value` since it began. */
void meter_reach(struct meter *meter, enum meter_family family, int64_t value);

/*
 * Call `fn` for every count that has grown since it was told: name, labels ("le" bound or "sum" as
 * the second one of a histogram), and by how much. meter_told() then takes these for told.
 */
typedef void meter_visitor(void *ctx, const char *name, const char *a, const char *b,
                           int64_t delta);
void meter_visit(struct meter *meter, meter_visitor *fn, void *ctx);
void meter_told(struct meter *meter);

#endif
