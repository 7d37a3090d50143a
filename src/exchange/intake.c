/* The order of an import: read, look, store or compare, settle, commit. */
#include "planner/exchange/intake.h"

#include "intake_private.h"
#include "planner/base/memory.h"
#include "planner/service/ref.h"

#define TAKEN_SET   10000 /* change numbers that are looked up at once */
#define BLOCK_TRIES 20
#define TELL_LINES  20000 /* between two words about progress */
#define MANY_ITEMS  1000  /* from here on what is known of the tables may be far from the truth */

struct importing {
    struct req *rq;
    const struct intake_order *order;
    struct intake_report *report;
    struct plan *plan;
    struct transfer *to;   /* one transaction, of what is new */
    struct transfer *from; /* one moment, of what is there; NULL: nothing is */
    struct load *load;
    struct verify *verify;
    struct arena row;        /* of one row as it is stored */
    struct planned *project; /* whose rows are read */
    size_t n_projects;       /* begun so far */
    size_t n_new;
};

/* ------------------------------------------------------------------ looking */

struct look_row {
    struct opt_bool there;
    const char *slug_of, *bound;
    struct opt_int change;
};
static const struct field look_fields[] = {ROW_BOOL(struct look_row, there, REQUIRED),
                                           ROW_STR(struct look_row, slug_of, OPTIONAL),
                                           ROW_STR(struct look_row, bound, OPTIONAL),
                                           ROW_INT(struct look_row, change, OPTIONAL), FIELD_END};

static int64_t least_change(const struct plan *plan, const struct planned *p)
{
    int64_t least = 0;

    for (size_t i = 0; i < p->n_changes; i++) {
        const int64_t change = plan->changes[p->first_change + i];
        if (i == 0 || change < least)
            least = change;
    }
    return least;
}

static int64_t last_change(const struct plan *plan, const struct planned *p)
{
    int64_t last = 0;

    for (size_t i = 0; i < p->n_changes; i++) {
        const int64_t change = plan->changes[p->first_change + i];
        if (change > last)
            last = change;
    }
    return last;
}

static enum status name_project(struct importing *im, struct planned *p)
{
    const char *as = im->order->as;
    char id[UUID_TEXT_LEN + 1];

    p->id_here = p->id;
    p->slug_here = p->slug;
    if (as == NULL)
        return ST_OK;
    intake_rewrite_id(p->id, as, id);
    p->id_here = arena_strdup(im->rq->arena, id);
    p->slug_here = as;
    p->workspace = NULL;
    return ST_OK;
}

static enum status look_project(struct importing *im, struct planned *p)
{
    struct look_row row = {0};

    TRY(name_project(im, p));
    TRY(transfer_run(im->to, &q_import_look, PARAMS(p->id_here, p->slug_here, p->workspace),
                     INTO(look_fields, &row)));
    if (row.slug_of != NULL)
        return req_fail(im->rq, ST_CONFLICT,
                        "line %lld: %s is another project here; import it as a copy with a slug of "
                        "its own (--as SLUG)",
                        (long long)p->line, p->slug_here);
    p->there = row.there.v;
    if (p->there && row.change.set && p->n_changes > 0)
        p->shift = row.change.v - least_change(im->plan, p);
    if (!p->there && row.bound != NULL)
        return req_fail(im->rq, ST_CONFLICT,
                        "line %lld: the directory of %s is bound to %s here; give that one another "
                        "workspace (update_project) or import a copy (--as SLUG)",
                        (long long)p->line, p->slug_here, row.bound);
    im->n_new += !p->there;
    return ST_OK;
}

static enum status check_copy(struct importing *im)
{
    const char *as = im->order->as;

    if (as == NULL)
        return ST_OK;
    if (!ref_slug_is_valid(as))
        return req_fail(im->rq, ST_INVALID,
                        "'as' must be a slug: a capital letter, then 1 to 9 capitals or digits");
    if (im->plan->n != 1)
        return req_fail(im->rq, ST_INVALID,
                        "'as' is for a file with one project, and this one has %zu; export the one "
                        "by itself",
                        im->plan->n);
    return ST_OK;
}

/* ------------------------------------------------------------------ change numbers */

struct number_row {
    struct opt_int change;
};
static const struct field number_fields[] = {ROW_INT(struct number_row, change, REQUIRED),
                                             FIELD_END};
struct taken_row {
    struct opt_bool taken;
};
static const struct field taken_fields[] = {ROW_BOOL(struct taken_row, taken, REQUIRED), FIELD_END};
struct block_row {
    struct opt_int first, last;
};
static const struct field block_fields[] = {ROW_INT(struct block_row, first, REQUIRED),
                                            ROW_INT(struct block_row, last, REQUIRED), FIELD_END};
struct reserve_row {
    struct opt_bool alone;
};
static const struct field reserve_fields[] = {ROW_BOOL(struct reserve_row, alone, REQUIRED),
                                              FIELD_END};

static enum status is_taken(struct importing *im, const int64_t *changes, size_t n,
                            const char *project, bool *ret_taken)
{
    const size_t cap = n * 21 + 3;
    char *list = memory_alloc(cap);
    struct taken_row row = {0};
    size_t len = 0;
    enum status status = ST_OK;

    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(list + len, cap - len, "%c%lld", i == 0 ? '{' : ',',
                                (long long)changes[i]);
    (void)snprintf(list + len, cap - len, "}");
    status = transfer_run(im->to, &q_import_taken, PARAMS(list, project), INTO(taken_fields, &row));
    memory_free(list);
    *ret_taken = row.taken.v;
    return status;
}

/* Does anybody have one of the numbers of the new projects already? */
static enum status look_for_taken(struct importing *im, int64_t given, bool *ret_taken)
{
    *ret_taken = false;
    for (size_t i = 0; i < im->plan->n && !*ret_taken; i++) {
        const struct planned *p = &im->plan->projects[i];
        if (p->there || p->n_changes == 0 || least_change(im->plan, p) > given)
            continue;
        for (size_t at = 0; at < p->n_changes && !*ret_taken; at += TAKEN_SET) {
            const size_t left = p->n_changes - at;
            TRY(is_taken(im, im->plan->changes + p->first_change + at,
                         left < TAKEN_SET ? left : TAKEN_SET, p->id_here, ret_taken));
        }
    }
    return ST_OK;
}

/* The numbers of the new projects: from, to; 0: none. */
static void range_of_new(const struct importing *im, int64_t *ret_least, int64_t *ret_last)
{
    *ret_least = *ret_last = 0;
    for (size_t i = 0; i < im->plan->n; i++) {
        const struct planned *p = &im->plan->projects[i];
        if (p->there || p->n_changes == 0)
            continue;
        if (*ret_least == 0 || least_change(im->plan, p) < *ret_least)
            *ret_least = least_change(im->plan, p);
        if (last_change(im->plan, p) > *ret_last)
            *ret_last = last_change(im->plan, p);
    }
}

/* As many numbers in a row as the file spans, given to nobody else. */
static enum status take_block(struct importing *im, int64_t n, int64_t *ret_first)
{
    struct block_row row = {0};

    for (int i = 0; i < BLOCK_TRIES; i++) {
        TRY(transfer_run(im->to, &q_import_block, PARAMS(param_int(im->rq, n)),
                         INTO(block_fields, &row)));
        *ret_first = row.first.v;
        if (row.last.v - row.first.v + 1 == n)
            return ST_OK;
    }
    return req_fail(im->rq, ST_UNAVAILABLE,
                    "the store is too busy for %lld change numbers in a row; try again in a moment",
                    (long long)n);
}

static enum status choose_shift(struct importing *im, int64_t least, int64_t last, int64_t given)
{
    int64_t first = given + 1;

    if (!im->order->dry_run)
        TRY(take_block(im, last - least + 1, &first));
    im->report->shift = first - least;
    for (size_t i = 0; i < im->plan->n; i++) {
        if (!im->plan->projects[i].there)
            im->plan->projects[i].shift = im->report->shift;
    }
    return ST_OK;
}

/* Sequences go past everything that is brought in; change numbers are chosen. */
static enum status choose_numbers(struct importing *im)
{
    const struct plan *plan = im->plan;
    struct number_row given = {0};
    struct reserve_row reserved = {.alone = SOME_BOOL(true)};
    int64_t least = 0;
    int64_t last = 0;
    bool taken = false;

    range_of_new(im, &least, &last);
    TRY(transfer_run(im->to, &q_import_numbers, NO_PARAMS, INTO(number_fields, &given)));
    TRY(look_for_taken(im, given.change.v, &taken));
    if (!im->order->dry_run && im->n_new > 0)
        TRY(transfer_run(im->to, &q_import_reserve,
                         PARAMS(param_int(im->rq, taken ? 0 : last), param_int(im->rq, plan->audit),
                                param_int(im->rq, plan->evidence), param_int(im->rq, plan->token),
                                param_int(im->rq, plan->cut)),
                         INTO(reserve_fields, &reserved)));
    return taken || !reserved.alone.v ? choose_shift(im, least, last, given.change.v) : ST_OK;
}

/* ------------------------------------------------------------------ rows */

static enum status end_project(struct importing *im)
{
    return im->project != NULL && im->project->there ? intake_verify_end(im->verify) : ST_OK;
}

static void begin_project(struct importing *im)
{
    im->project = &im->plan->projects[im->n_projects++];
    if (im->project->there)
        intake_verify_begin(im->verify, im->project);
}

static bool is_left_out(const struct importing *im, enum record_kind kind)
{
    return (kind == RECORD_REQUEST && (im->n_new == 0 || im->order->as != NULL)) ||
           (kind == RECORD_CLAIM && im->order->as != NULL);
}

/* The row as it is to be in the store; may be in im->row. */
static struct record fitted(struct importing *im, const struct record *record)
{
    const int64_t shift = record->kind == RECORD_REQUEST ? im->report->shift : im->project->shift;
    struct record here = *record;
    struct buf out = {0};

    if (shift == 0 && im->order->as == NULL)
        return here;
    arena_reset(&im->row);
    out = BUF_IN(&im->row);
    intake_rewrite_row(record, im->project, im->order->as, shift, &out);
    here.row = (struct span){out.ptr, out.len};
    return here;
}

static enum status take_row(struct importing *im, const struct record *record)
{
    struct intake_count *count = &im->report->counts[record->kind];
    struct record here = {0};

    if (record->kind == RECORD_PROJECT || record->kind == RECORD_REQUEST) {
        TRY(end_project(im));
        im->project = NULL;
    }
    if (record->kind == RECORD_PROJECT)
        begin_project(im);
    if (is_left_out(im, record->kind)) {
        count->left_out++;
        return ST_OK;
    }
    here = fitted(im, record);
    if (record->kind == RECORD_REQUEST)
        return intake_load_put(im->load, NULL, &here);
    if (im->project->there)
        return intake_verify_row(im->verify, &here);
    count->added++;
    return intake_load_put(im->load, im->project->id_here, &here);
}

static enum status take_rows(struct importing *im, struct record_reader *reader)
{
    const double lines = (double)im->report->sums.lines;
    struct record record = {0};

    for (;;) {
        TRY(record_read(reader, &record));
        if (record.kind == RECORD_NONE)
            break;
        if (record.line % TELL_LINES == 0)
            req_progress(im->rq, (double)record.line, lines, "lines");
        TRY(take_row(im, &record));
    }
    req_progress(im->rq, lines, lines, "lines");
    TRY(end_project(im));
    return intake_load_flush(im->load);
}

static void count_requests(struct importing *im)
{
    struct intake_count *count = &im->report->counts[RECORD_REQUEST];

    intake_load_requests(im->load, &count->added, &count->same);
    count->left_out = count->file - count->added - count->same;
}

static enum status settle(struct importing *im)
{
    TRY(transfer_whole(im->to, false));
    for (size_t i = 0; i < im->plan->n; i++) {
        struct planned *p = &im->plan->projects[i];
        const int64_t last = last_change(im->plan, p);
        if (!p->there)
            TRY(intake_settle(im->rq, im->to, p, last == 0 ? -p->line : last + p->shift));
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ all of it */

static void tell_projects(const struct importing *im)
{
    const struct plan *plan = im->plan;
    struct intake_project *list = ARENA_MANY(im->rq->arena, plan->n, struct intake_project);

    for (size_t i = 0; i < plan->n; i++) {
        list[i] = (struct intake_project){plan->projects[i].slug_here, plan->projects[i].there,
                                          plan->projects[i].differs};
        im->report->refused = im->report->refused || plan->projects[i].differs;
    }
    im->report->projects = (struct list){true, plan->n, list};
}

static enum status look(struct importing *im)
{
    TRY(check_copy(im));
    for (size_t i = 0; i < im->plan->n; i++)
        TRY(look_project(im, &im->plan->projects[i]));
    return choose_numbers(im);
}

/* A large project that nobody has counted yet is planned for as if it were small. Only the owner
 * may count, and VACUUM may be in the way: then autovacuum does it later, and what is stored is
 * stored. */
static void count_rows(struct importing *im)
{
    if (im->report->counts[RECORD_ITEM].added >= MANY_ITEMS &&
        transfer_run(im->to, &q_load_analyze, NO_PARAMS, INTO_NOTHING) != ST_OK)
        log_write(im->rq->log, LOG_INFO, "the tables were not counted: %s", im->rq->message);
}

static enum status finish(struct importing *im)
{
    struct req *rq = im->rq;

    count_requests(im);
    TRY(settle(im));
    tell_projects(im);
    if (im->report->refused || im->order->dry_run || im->n_new == 0)
        return ST_OK;
    TRY(transfer_commit(im->to));
    im->report->stored = true;
    TRY(db_read(rq, &q_feed_wake, NO_PARAMS, INTO_NOTHING));
    count_rows(im);
    return ST_OK;
}

static enum status read_again(struct importing *im)
{
    int fd = im->order->fd;
    const struct record_source source = {&fd, intake_plan_source_read};
    OWN_LOAD *load = intake_load_new(im->rq, im->to);
    OWN_VERIFY *verify = intake_verify_new(im->rq, im->from, im->report);
    OWN_RECORD_READER *reader = NULL;

    im->load = load;
    im->verify = verify;
    TRY(intake_rewind(im->rq, &source, &fd, &reader));
    TRY(take_rows(im, reader));
    return finish(im);
}

static enum status run(struct importing *im)
{
    OWN_TRANSFER *to = NULL;
    OWN_TRANSFER *from = NULL;

    TRY(transfer_open(im->rq, TRANSFER_IN, &to));
    im->to = to;
    TRY(look(im));
    if (im->n_new < im->plan->n)
        TRY(transfer_open(im->rq, TRANSFER_OUT, &from));
    im->from = from;
    return read_again(im);
}

enum status intake_file(struct req *rq, const struct intake_order *order,
                        struct intake_report *ret_report)
{
    OWN_PLAN plan = {.n = 0};
    struct intake_report report = {.shift = 0};
    struct importing im = {.rq = rq, .order = order, .report = &report, .plan = &plan};
    enum status status = ST_OK;

    TRY(intake_plan_read(rq, order->fd, &plan, &report));
    arena_init(&im.row, (size_t)1024 * 1024 * 1024);
    status = run(&im);
    arena_destroy(&im.row);
    if (status == ST_OK)
        *ret_report = report;
    return status;
}
