/*
 * Rows into the store, a set at a time: while the server stores one, the next one is read. A set
 * that the server refuses is halved until the row is found, so that what is wrong is told with its
 * line.
 */
#include "intake_private.h"
#include "planner/base/memory.h"

#define SET_ROWS  1000
#define SET_BYTES ((size_t)1024 * 1024)

struct loaded {
    size_t at, len; /* of the row in the text */
    int64_t line;
};

/* Rows of one kind of one project. */
struct set {
    enum record_kind kind;
    const char *project;
    char *text; /* the rows, with a comma between them */
    size_t len, cap;
    struct loaded rows[SET_ROWS];
    size_t n;
};

struct load {
    struct req *rq;
    struct transfer *to;
    struct set sets[2];
    struct set *next;    /* is being filled */
    struct set *sent;    /* the other one, while the server is at it; or NULL */
    int64_t added, same; /* of requests */
};

struct load *intake_load_new(struct req *rq, struct transfer *to)
{
    struct load *load = memory_alloc(sizeof(*load));

    load->rq = rq;
    load->to = to;
    for (size_t i = 0; i < LENGTH_OF(load->sets); i++) {
        struct set *set = &load->sets[i];
        set->kind = RECORD_NONE;
        set->project = NULL;
        set->cap = SET_BYTES;
        set->text = memory_alloc(set->cap);
        set->len = set->n = 0;
    }
    load->next = &load->sets[0];
    load->sent = NULL;
    load->added = load->same = 0;
    return load;
}

void intake_load_drop(struct load **load)
{
    if (*load == NULL)
        return;
    for (size_t i = 0; i < LENGTH_OF((*load)->sets); i++)
        memory_free((*load)->sets[i].text);
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

/* The rows [from, from + n) by one statement, behind a mark. */
static enum status send_rows(struct load *load, const struct set *set, size_t from, size_t n)
{
    const struct query *in = record_shape(set->kind)->in;
    const struct loaded *last = &set->rows[from + n - 1];
    const size_t len = last->at + last->len - set->rows[from].at;
    char *json = memory_alloc(len + 3);
    enum status status = transfer_mark(load->to);

    json[0] = '[';
    memcpy(json + 1, set->text + set->rows[from].at, len);
    memcpy(json + 1 + len, "]", 2);
    if (status == ST_OK && set->kind == RECORD_REQUEST)
        status = transfer_send(load->to, in, PARAMS(json));
    else if (status == ST_OK)
        status = transfer_send(load->to, in, PARAMS(set->project, json));
    memory_free(json);
    return status;
}

/* What became of the rows that were sent; refused ones are taken back. */
static enum status wait_rows(struct load *load, const struct set *set)
{
    struct requests_row requests = {0};
    const struct into requests_into = INTO(requests_fields, &requests);
    const enum status status =
        transfer_wait(load->to, set->kind == RECORD_REQUEST ? requests_into : INTO_NOTHING);

    if (status == ST_CONFLICT)
        TRY(transfer_back(load->to));
    if (status != ST_OK)
        return status;
    load->added += requests.added.v;
    load->same += requests.same.v;
    return transfer_keep(load->to);
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

static enum status refuse_row(struct load *load, const struct set *set, size_t at)
{
    return req_fail(load->rq, ST_INVALID, "line %lld: the %s %s", (long long)set->rows[at].line,
                    record_kind_names[set->kind],
                    words_of(load->rq->arena, transfer_fault(load->to)));
}

static enum status try_rows(struct load *load, const struct set *set, size_t from, size_t n)
{
    TRY(send_rows(load, set, from, n));
    return wait_rows(load, set);
}

/* The set is refused: halves of what is left are tried until one row is. */
static enum status find_wrong(struct load *load, const struct set *set)
{
    size_t from = 0;
    size_t n = set->n;

    while (n > 1) {
        const size_t half = n / 2;
        const enum status status = try_rows(load, set, from, half);
        if (status != ST_OK && status != ST_CONFLICT)
            return status;
        if (status == ST_OK) {
            from += half;
            n -= half;
        } else {
            n = half;
        }
    }
    if (try_rows(load, set, from, 1) == ST_OK) /* together they were refused, one by one not */
        return req_bug(load->rq, "rows that were refused are taken one by one");
    return refuse_row(load, set, from);
}

/* The set that the server is at. */
static enum status settle_sent(struct load *load)
{
    struct set *set = load->sent;
    enum status status = ST_OK;

    if (set == NULL)
        return ST_OK;
    load->sent = NULL;
    status = wait_rows(load, set);
    if (status == ST_CONFLICT)
        return find_wrong(load, set);
    set->n = set->len = 0;
    return status;
}

/* Send the set that was filled and go on with the other one. */
static enum status send_next(struct load *load)
{
    TRY(settle_sent(load));
    if (load->next->n == 0)
        return ST_OK;
    TRY(send_rows(load, load->next, 0, load->next->n));
    load->sent = load->next;
    load->next = load->sent == &load->sets[0] ? &load->sets[1] : &load->sets[0];
    return ST_OK;
}

enum status intake_load_flush(struct load *load)
{
    TRY(send_next(load));
    return settle_sent(load);
}

enum status intake_load_put(struct load *load, const char *project, const struct record *record)
{
    const size_t len = record->row.len;
    struct set *set = load->next;

    if (set->n == SET_ROWS ||
        (set->n > 0 &&
         (record->kind != set->kind || project != set->project || set->len + len + 1 > SET_BYTES)))
        TRY(send_next(load));
    set = load->next;
    set->kind = record->kind;
    set->project = project;
    if (set->len + len + 1 > set->cap) {
        set->cap = set->len + len + 1;
        set->text = memory_grow(set->text, set->cap);
    }
    if (set->n > 0)
        set->text[set->len++] = ',';
    memcpy(set->text + set->len, record->row.ptr, len);
    set->rows[set->n++] = (struct loaded){set->len, len, record->line};
    set->len += len;
    return ST_OK;
}
