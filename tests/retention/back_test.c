/* What an archive is, what its rows are counted as, and how it comes back. */
#include "retention_helper.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/service/edit.h"

static void erase(struct harness *h, const char *item)
{
    assert_ok(&h->rq,
              item_delete(&h->rq, &(struct delete_args){.item = item, .subtree = SOME_BOOL(true)},
                          &(struct item_answer){0}));
}

/* AUTH with a task that was deleted 40 days ago; its step had three drafts by then. */
static void old_drafts_deleted(struct harness *h)
{
    struct req *rq = &h->rq;

    plan_usual(rq);
    assert_ok(rq, plan_submit(rq, "AUTH-2", "the second draft"));
    assert_ok(rq, plan_submit(rq, "AUTH-2", "the third draft"));
    erase(h, "AUTH-1");
    (void)plan_step(rq, plan_task(rq, "AUTH"), "a step that stays");
    retention_age(h, "40 days");
}

static const int64_t everything[RETENTION_KINDS] = {
    [RETENTION_AUDIT] = 30, [RETENTION_ITERATIONS] = 30, [RETENTION_DELETED] = 30};

static void rows__are_the_same_in_dry_run_run_archive_and_back(void **state)
{
    struct harness *h = *state;
    struct retention_report dry, wet;
    struct retention_restored look, done;

    old_drafts_deleted(h);
    assert_ok(&h->rq, retention_try(h, everything, false, &dry));
    assert_ok(&h->rq, retention_try(h, everything, true, &wet));
    assert_ok(&h->rq, retention_put(h, wet.archive, true, &look));
    assert_int_equal(retention_count(h, "items"), 3);
    assert_ok(&h->rq, retention_put(h, wet.archive, false, &done));

    assert_int_equal(dry.cuts.n, 3);
    for (size_t i = 0; i < dry.cuts.n; i++)
        assert_memory_equal(LIST_AT(dry.cuts, i, struct retention_cut)->parts,
                            LIST_AT(wet.cuts, i, struct retention_cut)->parts,
                            sizeof(((struct retention_cut *)NULL)->parts));
    assert_int_equal(dry.rows, wet.rows);
    assert_int_equal(wet.removed, wet.rows);
    assert_int_equal(done.rows.file, wet.rows);
    assert_memory_equal(look.parts, done.parts, sizeof(done.parts));
    assert_int_equal(done.parts[PART_ITEMS].added, 2);
}

static void drafts__of_deleted_items_come_back_from_the_archive_of_both(void **state)
{
    struct harness *h = *state;
    struct retention_report report;
    const char *before = NULL;

    old_drafts_deleted(h);
    before = retention_digest(h);
    assert_ok(&h->rq, retention_try(h, everything, true, &report));
    assert_true(retention_back(h, report.archive) > 0);

    assert_string_equal(retention_digest(h), before);
    assert_int_equal(retention_back(h, report.archive), 0);
    retention_assert_right(h);
}

static void drafts__wait_for_the_archive_that_has_their_step(void **state)
{
    struct harness *h = *state;
    const char *before = NULL;
    const char *drafts = NULL;
    const char *items = NULL;
    struct retention_restored done;

    old_drafts_deleted(h);
    before = retention_digest(h);
    drafts = retention_go(h, RETENTION_ITERATIONS, 30);
    items = retention_go(h, RETENTION_DELETED, 30);

    assert_fails(&h->rq, retention_put(h, drafts, false, &done), ST_CONFLICT,
                 arena_printf(h->rq.arena, "were archived later; put those back from %s first",
                              strrchr(items, '/') + 1));
    assert_true(retention_back(h, items) > 0);
    assert_true(retention_back(h, drafts) > 0);
    assert_string_equal(retention_digest(h), before);
}

static void removal__that_was_interrupted_counts_what_is_left(void **state)
{
    struct harness *h = *state;
    struct retention_report report;
    const struct retention_cut *cut = NULL;

    old_drafts_deleted(h);
    (void)harness_sql(h, "SELECT planner.cut_begin(p.id, planner.cut_plan(p.id, 'deleted', now(),"
                         " 'me'), 'a', 'b', 6) FROM planner.projects p");
    (void)harness_sql(h, "SELECT planner.purge(project_id, id, 1) FROM planner.cuts");
    assert_ok(&h->rq, retention_try(h, everything, true, &report));

    assert_int_equal(report.finished.n, 1);
    cut = LIST_AT(report.finished, 0, struct retention_cut);
    assert_int_equal(cut->rows.v, 6);
    assert_int_equal(cut->removed.v, 1); /* the task; the step went with its drafts */
}

/* ------------------------------------------------------------------ the file */

static void make_file(void *ctx, const char *what, int64_t done, int64_t total)
{
    const char *path = ctx;
    FILE *file = fopen(path, "we");

    (void)what;
    (void)done;
    (void)total;
    assert_non_null(file);
    assert_true(fputs("of somebody else", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void archive__does_not_replace_a_file_that_came_meanwhile(void **state)
{
    struct harness *h = *state;
    char path[] = "/tmp/retention-meanwhile.XXXXXX.jsonl";
    struct retention_order order = {
        .run = true, .archive = path, .batch = 10, .ctx = path, .progress = make_file};
    struct retention_report report;
    struct stat st;

    assert_int_equal(close(mkstemps(path, 6)), 0);
    assert_int_equal(unlink(path), 0);
    old_drafts_deleted(h);
    order.ages[RETENTION_AUDIT] = 30 * DAY_MS;

    assert_fails(&h->rq, retention_run(&h->rq, &order, &report), ST_INVALID, "is there already");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, strlen("of somebody else"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(retention_count(h, "cuts WHERE state <> 'planned'"), 0);
}

/* The archive with a byte put in place of another, `from_end` before its end or `at` its begin. */
static void change_byte(const char *archive, long at, int whence, char byte)
{
    FILE *file = fopen(archive, "r+e");

    assert_non_null(file);
    assert_int_equal(fseek(file, at, whence), 0);
    assert_int_equal(fputc(byte, file), byte);
    assert_int_equal(fclose(file), 0);
}

static void archive__that_was_changed_is_refused(void **state)
{
    struct harness *h = *state;
    struct retention_restored done;
    const char *archive = NULL;

    old_drafts_deleted(h);
    archive = retention_go(h, RETENTION_AUDIT, 30);
    change_byte(archive, 400, SEEK_SET, '7');

    assert_fails(&h->rq, retention_put(h, archive, false, &done), ST_INVALID, "archive");
    assert_int_equal(retention_count(h, "audit"), 0);
    assert_int_equal(truncate(archive, 300), 0);
    assert_fails(&h->rq, retention_put(h, archive, false, &done), ST_INVALID, "archive");
}

static void archive__whose_numbers_are_wrong_is_refused(void **state)
{
    struct harness *h = *state;
    struct retention_restored done;
    const char *archive = NULL;

    old_drafts_deleted(h);
    archive = retention_go(h, RETENTION_AUDIT, 30);
    change_byte(archive, -(long)strlen("7,\"sha256\":\"\"}\n") - 64, SEEK_END, '0');

    assert_fails(&h->rq, retention_put(h, archive, false, &done), ST_INVALID,
                 "the archive is not whole, or was changed");
}

static void archive__of_a_project_alone_can_be_chosen(void **state)
{
    struct harness *h = *state;
    struct retention_report report;
    struct retention_restored done;
    struct retention_back order = {.only = "OTHER", .batch = 100};

    old_drafts_deleted(h);
    (void)plan_project(&h->rq, "OTHER");
    retention_age(h, "40 days");
    assert_ok(&h->rq, retention_try(h, everything, true, &report));
    order.fd = open(report.archive, O_RDONLY | O_CLOEXEC);

    assert_ok(&h->rq, retention_restore(&h->rq, &order, &done));
    assert_int_equal(done.rows.added, 1);
    assert_int_equal(done.rows.left_out, done.rows.file - 1);
    order.only = "NONE";
    assert_fails(&h->rq, retention_restore(&h->rq, &order, &done), ST_NOT_FOUND,
                 "the archive has nothing of NONE; it has AUTH, OTHER");
    assert_int_equal(close(order.fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(rows__are_the_same_in_dry_run_run_archive_and_back),
        HARNESS_TEST(drafts__of_deleted_items_come_back_from_the_archive_of_both),
        HARNESS_TEST(drafts__wait_for_the_archive_that_has_their_step),
        HARNESS_TEST(removal__that_was_interrupted_counts_what_is_left),
        HARNESS_TEST(archive__does_not_replace_a_file_that_came_meanwhile),
        HARNESS_TEST(archive__that_was_changed_is_refused),
        HARNESS_TEST(archive__whose_numbers_are_wrong_is_refused),
        HARNESS_TEST(archive__of_a_project_alone_can_be_chosen),
    };
    return harness_run(tests, LENGTH_OF(tests));
}
