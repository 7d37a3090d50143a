#include "planner/service/stats.h"

#include "planner/service/ref.h"
#include "planner/store/db.h"

static const struct field count_fields[] = {
    ROW_INT(struct stats_count, total, REQUIRED),
    ROW_INT(struct stats_count, open, REQUIRED),
    ROW_INT(struct stats_count, complete, REQUIRED),
    ROW_INT(struct stats_count, cancelled, REQUIRED),
    FIELD_END,
};
static const struct field content_fields[] = {
    ROW_INT(struct stats_contents, pending, REQUIRED),
    ROW_INT(struct stats_contents, server_draft, REQUIRED),
    ROW_INT(struct stats_contents, client_review, REQUIRED),
    ROW_INT(struct stats_contents, agreed, REQUIRED),
    ROW_INT(struct stats_contents, disputed, REQUIRED),
    ROW_INT(struct stats_contents, user_resolution, REQUIRED),
    FIELD_END,
};
static const struct field dispute_fields[] = {
    ROW_INT(struct stats_disputes, pending, REQUIRED),
    ROW_INT(struct stats_disputes, resolved, REQUIRED),
    FIELD_END,
};
static const struct field time_fields[] = {
    ROW_NUM(struct stats_time, mean, REQUIRED),
    ROW_NUM(struct stats_time, median, REQUIRED),
    FIELD_END,
};
static const struct field complexity_fields[] = {
    ROW_INT(struct stats_complexity, low, REQUIRED),
    ROW_INT(struct stats_complexity, medium, REQUIRED),
    ROW_INT(struct stats_complexity, high, REQUIRED),
    ROW_INT(struct stats_complexity, unknown, REQUIRED),
    FIELD_END,
};
static const struct field throughput_fields[] = {
    ROW_NUM(struct stats_throughput, last_7_days, REQUIRED),
    ROW_NUM(struct stats_throughput, last_30_days, REQUIRED),
    FIELD_END,
};
static const struct field estimate_fields[] = {
    ROW_NUM(struct stats_estimate, days, REQUIRED),
    ROW_STR(struct stats_estimate, at, REQUIRED),
    FIELD_END,
};
const struct field stats_fields[] = {
    ROW_STR(struct stats_view, project, REQUIRED),
    ROW_STR(struct stats_view, name, REQUIRED),
    ROW_ENUM(struct stats_view, status, project_status_names, REQUIRED),
    ROW_NUM(struct stats_view, progress, REQUIRED),
    ROW_OBJ(struct stats_view, tasks, count_fields, struct stats_count, REQUIRED),
    ROW_OBJ(struct stats_view, steps, count_fields, struct stats_count, REQUIRED),
    ROW_OBJ(struct stats_view, contents, content_fields, struct stats_contents, REQUIRED),
    ROW_OBJ(struct stats_view, disputes, dispute_fields, struct stats_disputes, REQUIRED),
    ROW_INT(struct stats_view, agreed, REQUIRED),
    ROW_INT(struct stats_view, resolved, REQUIRED),
    ROW_NUM(struct stats_view, agreement_rate, OPTIONAL),
    ROW_NUM(struct stats_view, iterations_per_step, OPTIONAL),
    ROW_INT(struct stats_view, most_iterations, OPTIONAL),
    ROW_INT(struct stats_view, revisions_after_agreement, REQUIRED),
    ROW_OBJ(struct stats_view, time_to_agreement, time_fields, struct stats_time, OPTIONAL),
    ROW_OBJ(struct stats_view, time_to_resolution, time_fields, struct stats_time, OPTIONAL),
    ROW_OBJ(struct stats_view, complexity, complexity_fields, struct stats_complexity, REQUIRED),
    ROW_OBJ(struct stats_view, throughput, throughput_fields, struct stats_throughput, REQUIRED),
    ROW_INT(struct stats_view, remaining, REQUIRED),
    ROW_OBJ(struct stats_view, estimate, estimate_fields, struct stats_estimate, OPTIONAL),
    FIELD_END,
};

enum status stats_read(struct req *rq, const struct stats_args *args, struct stats_view *ret_view)
{
    struct ref ref;
    bool found = false;

    TRY(ref_parse_project(rq, "project", args->project, &ref));
    TRY(db_read(rq, &q_project_stats, PARAMS(ref.id, ref.slug, rq->directory),
                INTO_FOUND(stats_fields, ret_view, &found)));
    return found ? ST_OK : ref_not_found(rq, &ref);
}
