#include "planner/exchange/export.h"

#include "export_private.h"
#include "planner/exchange/shape.h"
#include "planner/service/ref.h"
#include "planner/store/transfer.h"

struct exporting {
    struct req *rq;
    struct transfer *from;
    struct record_writer *to;
    struct list projects; /* const char *: ids, in their order */
};

struct schema_row {
    struct opt_int schema;
};
static const struct field schema_fields[] = {ROW_INT(struct schema_row, schema, REQUIRED),
                                             FIELD_END};

/* Everything that a statement answers, as lines of a kind. */
static enum status write_rows(struct exporting *e, enum record_kind kind, const char *param)
{
    struct span row = {0};

    TRY(transfer_select(e->from, record_shape(kind)->out, PARAMS(param)));
    for (;;) {
        TRY(transfer_next(e->from, &row));
        if (row.ptr == NULL)
            return ST_OK;
        TRY(record_write(e->to, kind, row.ptr, row.len));
    }
}

struct found_row {
    const char *id;
};
static const struct field found_fields[] = {ROW_STR(struct found_row, id, REQUIRED), FIELD_END};

static enum status find_one(struct req *rq, const char *name, const char **ret_id)
{
    struct ref ref = {0};
    struct found_row row = {0};
    bool found = false;

    TRY(ref_parse_project(rq, "project", name, &ref));
    TRY(db_read(rq, &q_export_find, PARAMS(ref.id, ref.slug),
                INTO_FOUND(found_fields, &row, &found)));
    if (!found)
        return ref_not_found(rq, &ref);
    *ret_id = row.id;
    return ST_OK;
}

/* An array literal of the ids that were named; NULL: all. */
static enum status find_named(struct req *rq, const struct export_order *order,
                              const char **ret_ids)
{
    const char **ids = ARENA_MANY(rq->arena, order->n, const char *);

    *ret_ids = NULL;
    for (size_t i = 0; i < order->n; i++)
        TRY(find_one(rq, order->projects[i], &ids[i]));
    if (order->n > 0)
        *ret_ids = param_texts(rq, ids, order->n);
    return ST_OK;
}

static enum status list_projects(struct exporting *e, const char *ids)
{
    struct arena *arena = e->rq->arena;
    size_t cap = 64;
    const char **list = ARENA_MANY(arena, cap, const char *);
    size_t n = 0;
    struct span row = {0};

    TRY(transfer_select(e->from, &q_export_projects, PARAMS(ids)));
    for (;;) {
        TRY(transfer_next(e->from, &row));
        if (row.ptr == NULL)
            break;
        if (n == cap) {
            const char **more = ARENA_MANY(arena, cap * 2, const char *);
            memcpy(more, list, cap * sizeof(*list));
            list = more;
            cap *= 2;
        }
        list[n++] = record_text(arena, row, "id");
    }
    e->projects = (struct list){true, n, list};
    return ST_OK;
}

static enum status write_project(struct exporting *e, const char *project)
{
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_REQUEST; kind++)
        TRY(write_rows(e, kind, project));
    return ST_OK;
}

static enum status write_all(struct exporting *e, const char *ids)
{
    struct record_header header = {RECORD_VERSION, 0, ids == NULL ? RECORD_STORE : RECORD_PROJECTS};
    struct schema_row schema = {0};

    TRY(transfer_run(e->from, &q_export_schema, NO_PARAMS, INTO(schema_fields, &schema)));
    header.schema = schema.schema.v;
    TRY(record_write_header(e->to, &header));
    TRY(list_projects(e, ids));
    for (size_t i = 0; i < e->projects.n; i++) {
        req_progress(e->rq, (double)i, (double)e->projects.n, "projects");
        TRY(write_project(e, *LIST_AT(e->projects, i, const char *)));
    }
    req_progress(e->rq, (double)e->projects.n, (double)e->projects.n, "projects");
    TRY(write_rows(e, RECORD_REQUEST, ids));
    return record_write_end(e->to);
}

enum status export_write(struct req *rq, const struct export_order *order,
                         const struct record_sink *sink, struct record_sums *ret_sums)
{
    OWN_TRANSFER *from = NULL;
    OWN_RECORD_WRITER *to = record_writer_new(rq, sink);
    struct exporting e = {.rq = rq, .to = to};
    const char *ids = NULL;

    TRY(find_named(rq, order, &ids));
    TRY(transfer_open(rq, TRANSFER_OUT, &from));
    e.from = from;
    TRY(write_all(&e, ids));
    *ret_sums = *record_written(to);
    return ST_OK;
}

enum status export_markdown(struct req *rq, const struct export_order *order,
                            const struct record_sink *sink)
{
    OWN_TRANSFER *from = NULL;
    struct exporting e = {.rq = rq};
    const char *ids = NULL;

    TRY(find_named(rq, order, &ids));
    TRY(transfer_open(rq, TRANSFER_OUT, &from));
    e.from = from;
    TRY(list_projects(&e, ids));
    return export_write_markdown(rq, from, &e.projects, sink);
}
