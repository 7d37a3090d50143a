/*
 * Transforming data piece by piece. Each batch is a transaction under the migrators' lock, which
 * also records where the next one goes on: whoever comes after a migrator that died, or beside one
 * that is at work, continues at that place.
 */
#include "migrate_private.h"

#include "planner/base/clock.h"

#define BATCH_ROWS 1000
#define TELL_MS    1000 /* between two words about progress */

struct place {
    const cJSON *place;
    struct opt_int rows;
};
static const struct field place_fields[] = {ROW_JSON(struct place, place, REQUIRED),
                                            ROW_INT(struct place, rows, REQUIRED), FIELD_END};

/* What a batch answers. */
struct batch {
    const cJSON *place;
    struct opt_int rows;
    struct opt_bool more;
};
static const struct field batch_fields[] = {ROW_JSON(struct batch, place, REQUIRED),
                                            ROW_INT(struct batch, rows, REQUIRED),
                                            ROW_BOOL(struct batch, more, REQUIRED), FIELD_END};

static const char *json_of(struct arena *arena, const cJSON *tree)
{
    struct json_out out = JSON_OUT_IN(arena);

    json_tree(&out, tree);
    return json_text(&out);
}

/* *ret_more false: nothing is left, or nobody knows of the migration any more. */
static enum status run_one(struct runner *run, const struct migration *m, struct migrate_step *step,
                           int64_t *ret_total, bool *ret_more)
{
    const struct query q = {m->name, m->batch, 2};
    struct req *rq = run->rq;
    struct migrate_view view = {0};
    struct place place = {0};
    struct batch batch = {0};
    const char *version = param_int(rq, m->version);
    const struct migrate_row *row = NULL;

    TRY(runner_begin(run, &m->up, &view));
    row = migrate_row_find(&view, m->version);
    *ret_more = !view.refused && row != NULL && strcmp(row->state, "unfinished") == 0;
    if (!*ret_more)
        return runner_sql(run, "COMMIT");
    TRY(runner_query(run, &q_migrate_place, PARAMS(version), INTO(place_fields, &place)));
    TRY(runner_query(run, &q, PARAMS(json_of(rq->arena, place.place), param_int(rq, BATCH_ROWS)),
                     INTO(batch_fields, &batch)));
    *ret_total = place.rows.v + batch.rows.v;
    TRY(runner_query(run, &q_migrate_move,
                     PARAMS(version, batch.more.v ? json_of(rq->arena, batch.place) : NULL,
                            param_int(rq, *ret_total)),
                     INTO_NOTHING));
    TRY(runner_sql(run, "COMMIT"));
    step->batches++;
    step->rows += batch.rows.v;
    *ret_more = batch.more.v;
    return ST_OK;
}

/* In memory of its own: there may be any number of batches. */
static enum status run_apart(struct runner *run, const struct migration *m,
                             struct migrate_step *step, int64_t *ret_total, bool *ret_more)
{
    struct req *rq = run->rq;
    struct arena *outer = rq->arena;
    struct arena own;
    enum status status = ST_OK;

    arena_init(&own, ARENA_CAP_DEFAULT);
    rq->arena = &own;
    status = run_one(run, m, step, ret_total, ret_more);
    rq->arena = outer;
    if (status != ST_OK)
        rq->message = arena_strdup(outer, rq->message);
    run->fault = (struct db_fault){0};
    arena_destroy(&own);
    return status;
}

enum status batch_run(struct runner *run, const struct migration *m, struct migrate_step *step)
{
    struct req *rq = run->rq;
    int64_t told = clock_monotonic_ms();
    int64_t total = 0;
    bool more = true;

    run->doing = arena_printf(rq->arena, "a batch of migration %d (%s)", m->version, m->name);
    while (more) {
        TRY(run_apart(run, m, step, &total, &more));
        if (more && clock_monotonic_ms() - told < TELL_MS)
            continue;
        told = clock_monotonic_ms();
        req_note(rq, LOG_INFO, "migration %d (%s): %lld rows done%s", m->version, m->name,
                 (long long)total, more ? "" : ", nothing is left");
    }
    return ST_OK;
}
