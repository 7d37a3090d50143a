/* The figures of a project; docs/STATS.md defines each of them. Times are seconds. */
#ifndef PLANNER_SERVICE_STATS_H
#define PLANNER_SERVICE_STATS_H

#include "planner/service/shapes.h"

struct stats_args {
    const char *project; /* not given: the default project */
};
struct stats_count {
    struct opt_int total, open, complete, cancelled;
};
struct stats_contents {
    struct opt_int pending, server_draft, client_review, agreed, disputed, user_resolution;
};
struct stats_disputes {
    struct opt_int pending, resolved;
};
struct stats_time {
    struct opt_num mean, median;
};
struct stats_complexity {
    struct opt_int low, medium, high, unknown;
};
struct stats_throughput { /* leaves per day */
    struct opt_num last_7_days, last_30_days;
};
struct stats_estimate {
    struct opt_num days;
    const char *at;
};
struct stats_view {
    const char *project, *name;
    int status; /* enum project_status */
    struct opt_num progress;
    struct stats_count *tasks, *steps;
    struct stats_contents *contents;
    struct stats_disputes *disputes;
    struct opt_int agreed, resolved, most_iterations, revisions_after_agreement, remaining;
    struct opt_num agreement_rate, iterations_per_step;
    struct stats_time *time_to_agreement, *time_to_resolution; /* NULL: nothing to count */
    struct stats_complexity *complexity;
    struct stats_throughput *throughput;
    struct stats_estimate *estimate; /* NULL: none can be made */
};
extern const struct field stats_fields[];
enum status stats_read(struct req *rq, const struct stats_args *args,
                       struct stats_view *ret_view) MUST_CHECK;

#endif
