/*
 * Computing counters afresh. Completion climbs from the children, blockers follow from completion,
 * and what is ready from both: so the levels are gone through twice, blockers in between.
 */
#include "planner/doctor/doctor_parts.h"

#define DEPTH_MAX 64
#define TRIES_MAX 5

struct fix_depth {
    struct opt_int depth;
};
static const struct field depth_fields[] = {ROW_INT(struct fix_depth, depth, REQUIRED), FIELD_END};

struct fix_rows {
    struct opt_int rows;
};
static const struct field rows_fields[] = {ROW_INT(struct fix_rows, rows, REQUIRED), FIELD_END};

/* What the statements of one transaction changed. */
struct fix_counts {
    struct fix_rows level[2 * (DEPTH_MAX + 1)];
    struct fix_rows blockers;
    size_t n;
};

static void add_levels(struct req *rq, struct tx *tx, const char *project, int64_t deepest,
                       struct fix_counts *counts)
{
    for (int64_t depth = deepest; depth >= 0; depth--) {
        struct fix_rows *rows = &counts->level[counts->n++];
        tx_add(tx, &q_doctor_fix_counters, PARAMS(project, param_int(rq, depth)),
               INTO(rows_fields, rows));
    }
}

/* History shows that it happened, and who follows the project hears of it. */
static void add_audit(struct tx *tx, struct req *rq, const char *project)
{
    const char *only[] = {project};
    const char *type[] = {"project"};
    const char *action[] = {"updated"};
    const char *nothing[] = {NULL};

    tx_add(tx, &q_audit_add,
           PARAMS(project, param_texts(rq, type, 1), param_texts(rq, only, 1),
                  param_texts(rq, action, 1), param_texts(rq, nothing, 1),
                  param_texts(rq, nothing, 1), rq->actor.user, "mcp-planner doctor", NULL, NULL,
                  NULL, param_bool(false)),
           INTO_NOTHING);
    tx->wakes = true;
}

static enum status fix_project(struct req *rq, const char *project, int64_t *ret_rows)
{
    const char *limit = arena_printf(rq->arena, "%ds", PROBE_TIMEOUT_S);
    struct fix_counts *counts = ARENA_NEW(rq->arena, struct fix_counts);
    struct fix_depth deepest = {0};
    OWN_TX tx = {NULL};

    TRY(tx_begin(rq, &tx));
    tx.subject = "the counters";
    tx_add(&tx, &q_doctor_session, PARAMS(limit), INTO_NOTHING);
    tx_add(&tx, &q_doctor_fix_lock, PARAMS(project), INTO_NOTHING);
    tx_add(&tx, &q_doctor_fix_depth, PARAMS(project), INTO(depth_fields, &deepest));
    TRY(tx_flush(&tx));
    add_levels(rq, &tx, project, deepest.depth.v, counts);
    tx_add(&tx, &q_doctor_fix_blockers, PARAMS(project), INTO(rows_fields, &counts->blockers));
    add_levels(rq, &tx, project, deepest.depth.v, counts);
    add_audit(&tx, rq, project);
    TRY(tx_commit(&tx));
    *ret_rows = counts->blockers.rows.v;
    for (size_t i = 0; i < counts->n; i++)
        *ret_rows += counts->level[i].rows.v;
    return ST_OK;
}

static enum status fix_all(struct req *rq, const struct list *projects, struct doctor_fixed *fixed)
{
    for (size_t i = 0; i < projects->n; i++) {
        const char *project = *LIST_AT(*projects, i, const char *);
        enum status status = ST_RETRY;
        int64_t rows = 0;
        for (int tries = 0; status == ST_RETRY && tries < TRIES_MAX; tries++)
            status = fix_project(rq, project, &rows);
        TRY(status);
        fixed->rows += rows;
        fixed->projects++;
    }
    return ST_OK;
}

/* Through a session of its own, since it reads whole tables. */
static enum status find_projects(struct req *rq, const struct doctor_order *order,
                                 enum doctor_source source, struct list *ret_projects)
{
    struct doctor doctor = {.rq = rq, .order = order};
    struct probe_fault fault;
    const struct doctor_tally *tally = NULL;
    enum status status = probe_open(rq, order->config, order->timeout_ms, &doctor.probe, &fault);

    if (status == ST_UNAVAILABLE)
        return req_fail(rq, status,
                        "the counters cannot be looked at: %s; nothing was changed, 'mcp-planner "
                        "doctor' without --fix says what to put right",
                        rq->message);
    TRY(status);
    tally = doctor_facts(&doctor, source);
    probe_close(&doctor.probe);
    if (tally == NULL)
        return req_fail(rq, ST_UNAVAILABLE,
                        "the counters cannot be looked at: %s; nothing was changed",
                        doctor.reads[source].why);
    *ret_projects = tally->projects;
    return ST_OK;
}

enum status doctor_fix(struct req *rq, const struct doctor_order *order,
                       struct doctor_fixed *ret_fixed)
{
    static const enum doctor_source sources[] = {SOURCE_COUNTERS, SOURCE_BLOCKERS};
    struct doctor_fixed fixed = {0};

    for (size_t i = 0; i < LENGTH_OF(sources) && db_is_made(rq); i++) {
        struct list projects = {0};
        TRY(find_projects(rq, order, sources[i], &projects));
        TRY(fix_all(rq, &projects, &fixed));
    }
    *ret_fixed = fixed;
    return ST_OK;
}
