/*
 * Rows into the store, a set at a time. A set that the server refuses is halved until the row is
 * found, so that what is wrong is told with its line.
 */
#include "intake_private.h"
#include "planner/base/memory.h"

#define SET_ROWS  1000
#define SET_BYTES ((size_t)1024 * 1024)

struct loaded {
    size_t at, len; /* of the row in the text */
    int64_t line;
};

struct load {
    struct req *rq;
    struct transfer *to;
    enum record_kind kind;
    const char *project;
    char *text; /* the rows, with a comma between them */
    size_t len, cap;
    struct loaded rows[SET_ROWS];
    size_t n;
    int64_t added, same; /* of requests */
};

struct load *intake_load_new(struct req *rq, struct transfer *to)
{
    struct load *load = memory_alloc(sizeof(*load));

    load->rq = rq;
    load->to = to;
    load->kind = RECORD_NONE;
    load->project = NULL;
    load->cap = SET_BYTES;
    load->text = memory_alloc(load->cap);
    load->len = load->n = 0;
    load->added = load->same = 0;
    return load;
}

void intake_load_drop(struct load **load)
{
    if (*load == NULL)
        return;
    memory_free((*load)->text);
    memory_free(*load);
    *load = NULL;
}

void intake_load_requests(const struct load *load, int64_t *ret_added, int64_t *ret_same)
{
    *ret_added = load->added;
    *ret_same = load->same;
}

struct requests_row {
    struct opt_int added, same, rows;
};
static const struct field requests_fields[] = {
    ROW_INT(struct requests_row, added, REQUIRED), ROW_INT(struct requests_row, same, REQUIRED),
    ROW_INT(struct requests_row, rows, REQUIRED), FIELD_END};

/* The rows [from, from + n) by one statement. */
static enum status run_set(struct load *load, size_t from, size_t n)
{
    const struct record_shape *shape = record_shape(load->kind);
    const struct loaded *last = &load->rows[from + n - 1];
    const size_t len = last->at + last->len - load->rows[from].at;
    char *json = memory_alloc(len + 3);
    struct requests_row requests = {0};
    enum status status = ST_OK;

    json[0] = '[';
    memcpy(json + 1, load->text + load->rows[from].at, len);
    memcpy(json + 1 + len, "]", 2);
    if (load->kind == RECORD_REQUEST)
        status = transfer_run(load->to, shape->in, PARAMS(json), INTO(requests_fields, &requests));
    else
        status = transfer_run(load->to, shape->in, PARAMS(load->project, json), INTO_NOTHING);
    memory_free(json);
    load->added += requests.added.v;
    load->same += requests.same.v;
    return status;
}

static const char *words_of(struct arena *arena, const struct transfer_fault *fault)
{
    const char *constraint = fault->constraint == NULL ? "" : fault->constraint;

    if (strcmp(fault->sqlstate, "23502") == 0)
        return arena_printf(arena, "lacks '%s'",
                            fault->column == NULL ? "a member" : fault->column);
    if (strcmp(fault->sqlstate, "23503") == 0)
        return arena_printf(arena, "refers to something that is not there (%s)", constraint);
    if (strcmp(fault->sqlstate, "23505") == 0)
        return arena_printf(arena, "has what another row has that has to be its own (%s)",
                            constraint);
    if (strcmp(fault->sqlstate, "23514") == 0)
        return arena_printf(arena, "breaks a rule of the database (%s)", constraint);
    return arena_printf(arena, "cannot be stored: %s",
                        fault->message == NULL ? fault->sqlstate : fault->message);
}

static enum status refuse_row(struct load *load, size_t at)
{
    return req_fail(load->rq, ST_INVALID, "line %lld: the %s %s", (long long)load->rows[at].line,
                    record_kind_names[load->kind],
                    words_of(load->rq->arena, transfer_fault(load->to)));
}

static enum status try_set(struct load *load, size_t from, size_t n)
{
    enum status status = ST_OK;

    TRY(transfer_mark(load->to));
    status = run_set(load, from, n);
    if (status == ST_OK)
        return transfer_keep(load->to);
    if (status == ST_CONFLICT)
        TRY(transfer_back(load->to));
    return status;
}

/* The set is refused: halves of what is left are tried until one row is. */
static enum status find_wrong(struct load *load)
{
    size_t from = 0;
    size_t n = load->n;

    while (n > 1) {
        const size_t half = n / 2;
        const enum status status = try_set(load, from, half);
        if (status != ST_OK && status != ST_CONFLICT)
            return status;
        if (status == ST_OK) {
            from += half;
            n -= half;
        } else {
            n = half;
        }
    }
    if (try_set(load, from, 1) == ST_OK) /* together they were refused, one by one they are not */
        return req_bug(load->rq, "rows that were refused are taken one by one");
    return refuse_row(load, from);
}

enum status intake_load_flush(struct load *load)
{
    enum status status = ST_OK;

    if (load->n == 0)
        return ST_OK;
    status = try_set(load, 0, load->n);
    if (status == ST_CONFLICT)
        return find_wrong(load);
    load->n = load->len = 0;
    return status;
}

enum status intake_load_put(struct load *load, const char *project, const struct record *record)
{
    const size_t len = record->row.len;

    if (load->n == SET_ROWS || record->kind != load->kind || project != load->project ||
        (load->n > 0 && load->len + len + 1 > SET_BYTES))
        TRY(intake_load_flush(load));
    load->kind = record->kind;
    load->project = project;
    if (load->len + len + 1 > load->cap) {
        load->cap = load->len + len + 1;
        load->text = memory_grow(load->text, load->cap);
    }
    if (load->n > 0)
        load->text[load->len++] = ',';
    memcpy(load->text + load->len, record->row.ptr, len);
    load->rows[load->n++] = (struct loaded){load->len, len, record->line};
    load->len += len;
    return ST_OK;
}
