/* Putting the rows of an archive back: read it whole, look at the store, then change it. */
#include <string.h>
#include <unistd.h>

#include "archive_read.h"

#define PUT_BYTES   ((size_t)4 * 1024 * 1024) /* of one transaction */
#define BLOCK_TRIES 20

/* A cut, and what the look at the store has found for it. */
struct back_cut {
    struct archive_cut *of;
    struct retention_back_cut *told;
    bool is_whole; /* a project */
    bool left_out;
    bool is_moved;                       /* by told->shift: rows of it were brought in before */
    bool is_taken;                       /* a change number of it is another project's */
    int64_t missing;                     /* rows */
    int64_t least, last;                 /* change numbers of the audit; last 0: there are none */
    int64_t audit, token, evidence, cut; /* greatest numbers in its rows */
};

struct restoring {
    struct req *rq;
    const struct retention_back *order;
    struct archive_reader *reader;
    struct archive_index *index;
    struct retention_restored *done;
    struct back_cut *cuts;
    int64_t told; /* rows, of progress */
};

static void tell(const struct restoring *re, const char *what)
{
    if (re->order->progress != NULL)
        re->order->progress(re->order->ctx, what, re->told, re->index->rows);
}

static void count_added(const struct restoring *re, const struct back_cut *cut,
                        enum retention_part part, int64_t rows)
{
    struct retention_tally *tallies[] = {&re->done->rows, &re->done->parts[part], &cut->told->rows};

    for (size_t i = 0; i < LENGTH_OF(tallies); i++) {
        tallies[i]->added += rows;
        tallies[i]->same -= rows;
    }
}

/* What is in the file is there already until it is found missing. */
static void count_file(const struct restoring *re, const struct back_cut *cut,
                       enum retention_part part, int64_t rows, bool left_out)
{
    struct retention_tally *tallies[] = {&re->done->rows, &re->done->parts[part], &cut->told->rows};

    for (size_t i = 0; i < LENGTH_OF(tallies); i++) {
        tallies[i]->file += rows;
        *(left_out ? &tallies[i]->left_out : &tallies[i]->same) += rows;
    }
}

/* ------------------------------------------------------------------ batches */

/* What is done with a batch: lines of one part, as an array. */
typedef enum status batch_taker(struct restoring *re, struct back_cut *cut,
                                enum retention_part part, const char *lines, int64_t rows);

static enum status take_batch(struct restoring *re, struct back_cut *cut, struct span *line,
                              batch_taker *take)
{
    const enum retention_part part = archive_line_part(*line);
    struct retention_apart apart;
    struct json_out batch;
    enum status status = ST_OK;
    int64_t n = 0;

    retention_apart(re->rq, &apart);
    batch = (struct json_out)JSON_OUT_IN(re->rq->arena);
    json_begin(&batch, '[');
    while (status == ST_OK && line->ptr != NULL && archive_line_part(*line) == part &&
           n < re->order->batch && batch.buf.len < PUT_BYTES) {
        json_raw(&batch, line->ptr, line->len);
        n++;
        status = archive_line_read(re->reader, line);
    }
    json_end(&batch, ']');
    if (status == ST_OK)
        status = take(re, cut, part, json_text(&batch), n);
    retention_apart_end(re->rq, &apart);
    re->told += n;
    return status;
}

static enum status take_rows(struct restoring *re, struct back_cut *cut, const char *what,
                             batch_taker *take)
{
    struct span line;

    TRY(archive_seek(re->reader, cut->of, &line));
    while (line.ptr != NULL && archive_line_part(line) != RETENTION_PARTS) {
        TRY(take_batch(re, cut, &line, take));
        tell(re, what);
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ looking */

struct fit {
    struct opt_bool there, taken, own;
    const char *archive;
    struct opt_int shift;
};
static const struct field fit_fields[] = {
    ROW_BOOL(struct fit, there, REQUIRED), ROW_BOOL(struct fit, taken, REQUIRED),
    ROW_BOOL(struct fit, own, REQUIRED),   ROW_STR(struct fit, archive, OPTIONAL),
    ROW_INT(struct fit, shift, OPTIONAL),  FIELD_END,
};
struct look {
    struct opt_int same, least, last, audit, token, evidence, cut, lost;
    struct opt_bool taken, before;
    const char *archive;
};
static const struct field look_fields[] = {
    ROW_INT(struct look, same, REQUIRED),    ROW_INT(struct look, least, OPTIONAL),
    ROW_INT(struct look, last, OPTIONAL),    ROW_INT(struct look, audit, OPTIONAL),
    ROW_INT(struct look, token, OPTIONAL),   ROW_INT(struct look, evidence, OPTIONAL),
    ROW_INT(struct look, cut, OPTIONAL),     ROW_INT(struct look, lost, REQUIRED),
    ROW_BOOL(struct look, taken, REQUIRED),  ROW_BOOL(struct look, before, REQUIRED),
    ROW_STR(struct look, archive, OPTIONAL), FIELD_END,
};

static const char *kind_words(const char *kind)
{
    if (strcmp(kind, "audit") == 0)
        return "a part of the history";
    return strcmp(kind, "deleted") == 0 ? "deleted items" : "texts of drafts and reviews";
}

/* A part of a project goes back into the project. */
static enum status refuse_alone(struct req *rq, const struct archive_cut *cut,
                                const struct fit *fit)
{
    if (fit->archive != NULL)
        return req_fail(rq, ST_CONFLICT,
                        "the archive has %s of %s, and %s itself was archived; put it back from %s "
                        "first",
                        kind_words(cut->kind), cut->slug, cut->slug, fit->archive);
    return req_fail(rq, ST_CONFLICT,
                    "the archive has %s of %s, which is not in this store; name the store that it "
                    "was archived from (--dsn, --data-dir), import an export of %s first, or take "
                    "only another project of the archive (--project SLUG)",
                    kind_words(cut->kind), cut->slug, cut->slug);
}

static enum status fit_cut(struct restoring *re, struct back_cut *cut)
{
    const struct archive_cut *of = cut->of;
    struct fit fit = {.archive = NULL};

    TRY(retention_look(re->rq, &q_retention_fit,
                       PARAMS(of->project_id, of->slug, of->audit_id, of->audit_change,
                              of->undo_change, of->cut_id, of->cut_change, of->id,
                              re->index->sha256),
                       INTO(fit_fields, &fit)));
    if (cut->is_whole && fit.taken.v)
        return req_fail(re->rq, ST_CONFLICT,
                        "%s is another project here; put the archive back into another store "
                        "(--data-dir DIR, --dsn), and take %s from there as a copy (export, then "
                        "import --as SLUG)",
                        of->slug, of->slug);
    if (!cut->is_whole && !fit.there.v)
        return refuse_alone(re->rq, of, &fit);
    cut->is_moved = fit.shift.set || fit.own.v;
    cut->told->shift = fit.shift.v;
    return ST_OK;
}

static void keep_greatest(int64_t *greatest, struct opt_int found)
{
    if (found.set && found.v > *greatest)
        *greatest = found.v;
}

/* Where some of the past was cut off before, its numbers are kept free for it, too. */
static void keep_numbers(struct back_cut *cut, const struct look *look)
{
    if (look->least.set && (cut->least == 0 || look->least.v < cut->least))
        cut->least = look->least.v;
    keep_greatest(&cut->last, look->last);
    keep_greatest(&cut->audit, look->audit);
    keep_greatest(&cut->token, look->token);
    keep_greatest(&cut->evidence, look->evidence);
    keep_greatest(&cut->cut, look->cut);
    cut->is_taken = cut->is_taken || look->taken.v;
    if (!look->before.v || !cut->is_whole || cut->is_moved)
        return;
    cut->is_taken = true;
    cut->least = 1;
}

static enum status look_at_batch(struct restoring *re, struct back_cut *cut,
                                 enum retention_part part, const char *lines, int64_t rows)
{
    const char *slug = cut->of->slug;
    struct look look = {.lost = SOME_INT(0)};

    TRY(retention_look(
        re->rq, &q_retention_look,
        PARAMS(lines, param_int(re->rq, cut->told->shift), re->index->sha256, cut->of->kind),
        INTO(look_fields, &look)));
    if (look.archive != NULL)
        return req_fail(re->rq, ST_CONFLICT,
                        "the archive has %s of %s that hang on items that were archived later; put "
                        "those back from %s first",
                        kind_words(cut->of->kind), slug, look.archive);
    if (look.lost.v > 0)
        return req_fail(re->rq, ST_CONFLICT,
                        "the archive has texts of steps of %s that are not in this store; name the "
                        "store that it was archived from (--dsn, --data-dir)",
                        slug);
    count_file(re, cut, part, rows, false);
    cut->missing += rows - look.same.v;
    if (re->order->dry_run)
        count_added(re, cut, part, rows - look.same.v);
    keep_numbers(cut, &look);
    return ST_OK;
}

static enum status leave_out(struct restoring *re, struct back_cut *cut, enum retention_part part,
                             const char *lines, int64_t rows)
{
    (void)lines;
    count_file(re, cut, part, rows, true);
    return ST_OK;
}

static enum status look_at_cut(struct restoring *re, struct back_cut *cut)
{
    if (cut->left_out)
        return take_rows(re, cut, "looked at", leave_out);
    TRY(fit_cut(re, cut));
    TRY(take_rows(re, cut, "looked at", look_at_batch));
    if (cut->is_taken && (cut->is_moved || !cut->is_whole))
        return req_fail(re->rq, ST_CONFLICT,
                        "change numbers of %s in the archive are another project's here; name the "
                        "store that it was archived from (--dsn, --data-dir)",
                        cut->of->slug);
    return ST_OK;
}

/* ------------------------------------------------------------------ numbers */

struct block {
    struct opt_int first, last;
};
static const struct field block_fields[] = {ROW_INT(struct block, first, REQUIRED),
                                            ROW_INT(struct block, last, REQUIRED), FIELD_END};
struct given {
    struct opt_int change;
};
static const struct field given_fields[] = {ROW_INT(struct given, change, REQUIRED), FIELD_END};
struct reserved {
    struct opt_bool alone;
};
static const struct field reserved_fields[] = {ROW_BOOL(struct reserved, alone, REQUIRED),
                                               FIELD_END};

/* As many numbers in a row as the cut spans, given to nobody else. */
static enum status take_block(struct restoring *re, struct back_cut *cut)
{
    const int64_t n = cut->last - cut->least + 1;
    struct block block = {.first = SOME_INT(0)};

    for (int i = 0; i < BLOCK_TRIES; i++) {
        TRY(retention_write(re->rq, &q_import_block, PARAMS(param_int(re->rq, n)),
                            INTO(block_fields, &block), true));
        cut->told->shift = block.first.v - cut->least;
        if (block.last.v - block.first.v + 1 == n)
            return ST_OK;
    }
    return req_fail(re->rq, ST_UNAVAILABLE,
                    "the store is too busy for %lld change numbers in a row; try again in a moment",
                    (long long)n);
}

/* Sequences go past everything that comes; change numbers that others have are moved on. */
static enum status settle_numbers(struct restoring *re, struct back_cut *cut)
{
    struct req *rq = re->rq;
    struct reserved reserved = {.alone = SOME_BOOL(true)};
    struct given given = {.change = SOME_INT(0)};
    const int64_t upto = cut->is_taken ? 0 : cut->last + cut->told->shift;

    if (re->order->dry_run && cut->is_taken) {
        TRY(retention_look(rq, &q_import_numbers, NO_PARAMS, INTO(given_fields, &given)));
        cut->told->shift = given.change.v + 1 - cut->least;
    }
    if (re->order->dry_run || cut->missing == 0)
        return ST_OK;
    TRY(retention_write(rq, &q_import_reserve,
                        PARAMS(param_int(rq, upto), param_int(rq, cut->audit),
                               param_int(rq, cut->evidence), param_int(rq, cut->token),
                               param_int(rq, cut->cut)),
                        INTO(reserved_fields, &reserved), true));
    if (cut->is_taken || (cut->is_whole && !cut->is_moved && !reserved.alone.v))
        return take_block(re, cut);
    return ST_OK;
}

/* ------------------------------------------------------------------ putting back */

struct put {
    struct opt_int rows;
};
static const struct field put_fields[] = {ROW_INT(struct put, rows, REQUIRED), FIELD_END};

static enum status put_batch(struct restoring *re, struct back_cut *cut, enum retention_part part,
                             const char *lines, int64_t rows)
{
    const struct query *q = part == PART_AUDIT ? &q_retention_restore_audit : &q_retention_restore;
    struct put put = {.rows = SOME_INT(0)};

    (void)rows;
    TRY(retention_write(re->rq, q, PARAMS(lines, param_int(re->rq, cut->told->shift)),
                        INTO(put_fields, &put), true));
    count_added(re, cut, part, put.rows.v);
    return ST_OK;
}

/* Who follows the store hears that everything in the project may have changed. */
static enum status announce(struct restoring *re, const struct back_cut *cut)
{
    struct req *rq = re->rq;
    const int64_t change = cut->last == 0 ? -cut->of->line : cut->last + cut->told->shift;

    TRY(retention_write(rq, &q_import_told, PARAMS(cut->of->project_id, param_int(rq, change)),
                        INTO_NOTHING, true));
    return db_read(rq, &q_feed_wake, NO_PARAMS, INTO_NOTHING);
}

/* Its rows, then that it is back. */
static enum status put_cut(struct restoring *re, struct back_cut *cut)
{
    TRY(settle_numbers(re, cut));
    if (re->order->dry_run)
        return ST_OK;
    if (cut->missing > 0)
        TRY(take_rows(re, cut, "put back", put_batch));
    else
        re->told += cut->of->rows;
    TRY(retention_write(re->rq, &q_retention_restored, PARAMS(cut->of->project_id, cut->of->id),
                        INTO_NOTHING, true));
    return cut->missing > 0 ? announce(re, cut) : ST_OK;
}

static enum status explain(struct req *rq, enum status status)
{
    if (status != ST_CONFLICT)
        return status;
    return req_fail(rq, ST_CONFLICT,
                    "what the archive has does not fit this store: %s; name the store that it was "
                    "archived from (--dsn, --data-dir)",
                    rq->message);
}

/* ------------------------------------------------------------------ all of it */

/* Items before what hangs on them, the audit last: its end is what makes the past whole again. */
static const enum retention_kind order_of_kinds[RETENTION_KINDS] = {
    RETENTION_PROJECT, RETENTION_DELETED, RETENTION_ITERATIONS, RETENTION_AUDIT};

static enum status for_each_cut(struct restoring *re,
                                enum status (*step)(struct restoring *, struct back_cut *))
{
    re->told = 0;
    for (int k = 0; k < RETENTION_KINDS; k++) {
        const char *kind = retention_kind_names[order_of_kinds[k]];
        for (size_t i = 0; i < re->index->n; i++) {
            if (strcmp(re->cuts[i].of->kind, kind) == 0)
                TRY(step(re, &re->cuts[i]));
        }
    }
    return ST_OK;
}

static enum status put_if_wanted(struct restoring *re, struct back_cut *cut)
{
    return cut->left_out ? ST_OK : explain(re->rq, put_cut(re, cut));
}

static bool is_wanted(const struct retention_back *order, const struct archive_cut *cut)
{
    return order->only == NULL || strcmp(order->only, cut->slug) == 0 ||
           strcmp(order->only, cut->project_id) == 0;
}

/* Whose they are, for a sentence. */
static const char *slugs_of(struct req *rq, const struct archive_index *index)
{
    const char *told = "";

    for (size_t i = 0; i < index->n; i++) {
        if (i > 0 && strcmp(index->cuts[i].slug, index->cuts[i - 1].slug) == 0)
            continue;
        told = arena_printf(rq->arena, "%s%s%s", told, i == 0 ? "" : ", ", index->cuts[i].slug);
    }
    return told;
}

static enum status begin(struct restoring *re)
{
    struct req *rq = re->rq;
    const size_t n = re->index->n;
    struct retention_back_cut *told = ARENA_MANY(rq->arena, n + 1, struct retention_back_cut);
    size_t wanted = 0;

    re->cuts = ARENA_MANY(rq->arena, n + 1, struct back_cut);
    for (size_t i = 0; i < n; i++) {
        struct archive_cut *of = &re->index->cuts[i];
        told[i] = (struct retention_back_cut){.slug = of->slug, .kind = of->kind};
        re->cuts[i] = (struct back_cut){
            .of = of,
            .told = &told[i],
            .is_whole = strcmp(of->kind, retention_kind_names[RETENTION_PROJECT]) == 0,
            .left_out = !is_wanted(re->order, of)};
        wanted += !re->cuts[i].left_out;
    }
    re->done->cuts = (struct list){.set = true, .items = told, .n = n};
    re->done->sha256 = arena_strdup(rq->arena, re->index->sha256);
    if (wanted == 0)
        return req_fail(rq, ST_NOT_FOUND, "'project': the archive has nothing of %s; it has %s",
                        re->order->only, slugs_of(rq, re->index));
    return ST_OK;
}

bool retention_is_archive(int fd)
{
    static const char begins[] = "{\"part\":\"archive\"";
    char bytes[sizeof(begins)] = "";
    const ssize_t n = pread(fd, bytes, sizeof(begins) - 1, 0);

    return n == (ssize_t)sizeof(begins) - 1 && memcmp(bytes, begins, sizeof(begins) - 1) == 0;
}

static enum status restore(struct restoring *re)
{
    TRY(archive_reader_open(re->rq, re->order->fd, re->reader));
    TRY(archive_index_read(re->reader, re->index));
    TRY(begin(re));
    TRY(for_each_cut(re, look_at_cut));
    return for_each_cut(re, put_if_wanted);
}

enum status retention_restore(struct req *rq, const struct retention_back *order,
                              struct retention_restored *ret_restored)
{
    OWN_ARCHIVE_READER reader = {.rq = rq};
    struct archive_index index = {.n = 0};
    struct restoring re = {
        .rq = rq, .order = order, .reader = &reader, .index = &index, .done = ret_restored};

    *ret_restored = (struct retention_restored){.sha256 = NULL};
    return restore(&re);
}
