/* Which projects, how old, and how statements are run. */
#include "retention_private.h"

#define PATIENCE "10min"

const char *const retention_kind_names[RETENTION_KINDS] = {"iterations", "deleted", "audit",
                                                           "project"};

static const struct field project_fields[] = {
    ROW_STR(struct retention_project, id, REQUIRED),
    ROW_STR(struct retention_project, slug, REQUIRED),
    ROW_STR(struct retention_project, name, REQUIRED),
    ROW_BOOL(struct retention_project, whole, REQUIRED),
    FIELD_END,
};
static const struct field scope_fields[] = {
    ROW_STR(struct retention_scope, audit, OPTIONAL),
    ROW_STR(struct retention_scope, iterations, OPTIONAL),
    ROW_STR(struct retention_scope, deleted, OPTIONAL),
    ROW_STR(struct retention_scope, project, OPTIONAL),
    ROW_STR(struct retention_scope, unknown, OPTIONAL),
    ROW_LIST(struct retention_scope, projects, project_fields, struct retention_project, REQUIRED),
    FIELD_END,
};

static const char *age_param(struct req *rq, const struct retention_order *order,
                             enum retention_kind kind)
{
    return order->ages[kind] == 0 ? NULL : param_int(rq, order->ages[kind]);
}

enum status retention_scope_read(struct req *rq, const struct retention_order *order,
                                 struct retention_scope *ret_scope)
{
    const char *names = order->n == 0 ? NULL : param_texts(rq, order->projects, order->n);

    TRY(db_read(rq, &q_retention_projects,
                PARAMS(names, age_param(rq, order, RETENTION_AUDIT),
                       age_param(rq, order, RETENTION_ITERATIONS),
                       age_param(rq, order, RETENTION_DELETED),
                       age_param(rq, order, RETENTION_PROJECT)),
                INTO(scope_fields, ret_scope)));
    if (ret_scope->unknown != NULL)
        return req_fail(rq, ST_NOT_FOUND,
                        "there is no project '%s'; name projects by their slugs, like AUTH",
                        ret_scope->unknown);
    return ST_OK;
}

const char *retention_before(const struct retention_scope *scope,
                             const struct retention_project *project, enum retention_kind kind)
{
    if (project->whole.v != (kind == RETENTION_PROJECT))
        return NULL;
    switch (kind) {
    case RETENTION_ITERATIONS:
        return scope->iterations;
    case RETENTION_DELETED:
        return scope->deleted;
    case RETENTION_AUDIT:
        return scope->audit;
    default:
        return scope->project;
    }
}

void retention_apart(struct req *rq, struct retention_apart *apart)
{
    arena_init(&apart->arena, ARENA_CAP_DEFAULT);
    apart->outer = rq->arena;
    rq->arena = &apart->arena;
}

void retention_apart_end(struct req *rq, struct retention_apart *apart)
{
    rq->arena = apart->outer;
    rq->message = arena_strdup(rq->arena, rq->message);
    arena_destroy(&apart->arena);
}

static enum status run_once(struct req *rq, const struct query *q, const char *const *params,
                            struct into into, bool patient)
{
    OWN_TX tx = {NULL};

    TRY(tx_begin(rq, &tx));
    tx.subject = "the past";
    tx.look = "mcp-planner retention";
    if (patient)
        tx_add(&tx, &q_doctor_session, PARAMS(PATIENCE), INTO_NOTHING);
    tx_add(&tx, q, params, into);
    return tx_commit(&tx);
}

enum status retention_write(struct req *rq, const struct query *q, const char *const *params,
                            struct into into, bool patient)
{
    enum status status = ST_RETRY;

    for (int tries = 0; status == ST_RETRY && tries < TRIES_MAX; tries++)
        status = run_once(rq, q, params, into, patient);
    return status;
}

enum status retention_look(struct req *rq, const struct query *q, const char *const *params,
                           struct into into)
{
    return retention_write(rq, q, params, into, true);
}
