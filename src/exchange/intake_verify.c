/* A project of the file beside the one in the store: two streams in one order, merged. */
#include "intake_private.h"
#include "planner/base/memory.h"

struct verify {
    struct req *rq;
    struct transfer *from;
    struct intake_report *report;
    struct planned *project;
    enum record_kind kind; /* whose rows are being read from the store; RECORD_NONE: before them */
    struct span row;       /* the next one there; ptr NULL: no more */
    struct arena scratch;  /* of one comparison */
};

struct verify *intake_verify_new(struct req *rq, struct transfer *from,
                                 struct intake_report *report)
{
    struct verify *verify = memory_alloc(sizeof(*verify));

    *verify = (struct verify){.rq = rq, .from = from, .report = report};
    arena_init(&verify->scratch, ARENA_CAP_DEFAULT);
    return verify;
}

void intake_verify_drop(struct verify **verify)
{
    if (*verify == NULL)
        return;
    arena_destroy(&(*verify)->scratch);
    memory_free(*verify);
    *verify = NULL;
}

void intake_verify_begin(struct verify *verify, struct planned *project)
{
    verify->project = project;
    verify->kind = RECORD_NONE;
    verify->row = (struct span){0};
}

static void note(struct verify *v, enum record_kind kind, struct span row, const char *what)
{
    struct list *list = &v->report->differences;
    struct arena *arena = v->rq->arena;

    v->project->differs = true;
    if (list->n >= INTAKE_DIFFERENCES)
        return;
    if (list->items == NULL)
        list->items = ARENA_MANY(arena, INTAKE_DIFFERENCES, const char *);
    ((const char **)list->items)[list->n++] = arena_printf(
        arena, "%s: %s %s", v->project->slug_here, record_name(arena, kind, row), what);
}

static enum status next_row(struct verify *v)
{
    return transfer_next(v->from, &v->row);
}

/* What is left in the store of the kind that is being read. */
static enum status drain(struct verify *v)
{
    while (v->row.ptr != NULL) {
        v->report->counts[v->kind].beyond++;
        note(v, v->kind, v->row, "is not in the file");
        TRY(next_row(v));
    }
    return ST_OK;
}

/* Go on to a kind; the file has no rows of those between. */
static enum status advance(struct verify *v, enum record_kind kind)
{
    while (v->kind < kind) {
        if (v->kind != RECORD_NONE)
            TRY(drain(v));
        v->kind++;
        TRY(transfer_select(v->from, record_shape(v->kind)->out, PARAMS(v->project->id_here)));
        TRY(next_row(v));
    }
    return ST_OK;
}

static void compare(struct verify *v, const struct record *record)
{
    struct intake_count *count = &v->report->counts[record->kind];
    const char *names = NULL;

    if (record->row.len == v->row.len && memcmp(record->row.ptr, v->row.ptr, v->row.len) == 0) {
        count->same++;
        return;
    }
    arena_reset(&v->scratch);
    names = record_difference(&v->scratch, record->kind, record->row, v->row);
    if (names == NULL) {
        count->same++;
        return;
    }
    count->differing++;
    note(v, record->kind, record->row, arena_printf(&v->scratch, "differs in %s", names));
}

enum status intake_verify_row(struct verify *verify, const struct record *record)
{
    TRY(advance(verify, record->kind));
    while (verify->row.ptr != NULL && record_compare(record->kind, verify->row, record->row) < 0) {
        verify->report->counts[record->kind].beyond++;
        note(verify, record->kind, verify->row, "is not in the file");
        TRY(next_row(verify));
    }
    if (verify->row.ptr == NULL || record_compare(record->kind, verify->row, record->row) > 0) {
        verify->report->counts[record->kind].extra++;
        note(verify, record->kind, record->row, "is not in the store");
        return ST_OK;
    }
    compare(verify, record);
    return next_row(verify);
}

enum status intake_verify_end(struct verify *verify)
{
    TRY(advance(verify, RECORD_REQUEST - 1));
    return drain(verify);
}
