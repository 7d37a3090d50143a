/* Which backups are kept: names, the words of --keep, days and ISO weeks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/backup/backup.h"

struct fixture {
    struct arena arena;
    struct log log;
    struct req rq;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    arena_init(&f->arena, ARENA_CAP_DEFAULT);
    f->rq = (struct req){.arena = &f->arena, .log = &f->log};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    arena_destroy(&f->arena);
    free(f);
    return 0;
}

static struct backup_file file_at(const char *stamp, struct arena *arena)
{
    struct backup_file file = {.name = arena_printf(arena, "planner-%s.dump", stamp)};

    assert_true(backup_name_read(file.name, &file.taken));
    return file;
}

/* "A:newest B:daily C:-", by the days of their names, newest first. */
static const char *judged(struct fixture *f, struct backup_keep keep, const char *const *stamps,
                          size_t n)
{
    struct backup_file *files = ARENA_MANY(&f->arena, n + 1, struct backup_file);
    const char *text = "";

    for (size_t i = 0; i < n; i++)
        files[i] = file_at(stamps[i], &f->arena);
    backup_keep_judge(&keep, files, n);
    for (size_t i = 0; i < n; i++)
        text = arena_printf(&f->arena, "%s%s%.8s:%s", text, i > 0 ? " " : "", files[i].name + 8,
                            files[i].why == NULL ? "-" : files[i].why);
    return text;
}
#define JUDGED(f, daily, weekly, ...)                                                        \
    judged((f), (struct backup_keep){(daily), (weekly)}, (const char *const[]){__VA_ARGS__}, \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void backup_name__is_read_back_and_nothing_else_is(void **state)
{
    static const char *const others[] = {"planner-20261122T134500.dump",
                                         "planner-20261122T134500Z.dump.part-1",
                                         "planner-20261122T134500Z.dump.manifest.json",
                                         "planner-20261322T134500Z.dump",
                                         "planner-20260230T134500Z.dump",
                                         "planner-2026 122T134500Z.dump",
                                         "plan-20261122T134500Z.dump",
                                         "planner-.dump",
                                         ""};
    struct fixture *f = *state;
    int64_t seconds = 0;

    assert_string_equal(backup_name(&f->arena, 1795355100), "planner-20261122T134500Z.dump");
    assert_true(backup_name_read("planner-20261122T134500Z.dump", &seconds));
    assert_int_equal(seconds, 1795355100);
    for (size_t i = 0; i < LENGTH_OF(others); i++)
        assert_false(backup_name_read(others[i], &seconds));
}

static void backup_keep_read__takes_what_it_says_it_takes(void **state)
{
    static const char *const bad[] = {
        "",           "daily",           "daily=",   "daily=-1",
        "daily=1001", "daily=1,daily=2", "hourly=3", "daily=1;weekly=1",
        "daily=1,",   "daily= 1"};
    struct fixture *f = *state;
    struct backup_keep keep = {0};

    assert_int_equal(backup_keep_read(&f->rq, "daily=7,weekly=4", &keep), ST_OK);
    assert_int_equal(keep.daily, 7);
    assert_int_equal(keep.weekly, 4);
    assert_int_equal(backup_keep_read(&f->rq, "weekly=1000", &keep), ST_OK);
    assert_int_equal(keep.daily, 0);
    assert_int_equal(keep.weekly, BACKUP_KEEP_MAX);
    assert_int_equal(backup_keep_read(&f->rq, "daily=0", &keep), ST_OK);
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        assert_int_equal(backup_keep_read(&f->rq, bad[i], &keep), ST_INVALID);
}

static void backup_keep_judge__keeps_the_newest_of_each_day(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(JUDGED(f, 2, 0, "20261120T010000Z", "20261121T010000Z", "20261121T230000Z",
                               "20261122T010000Z", "20261122T020000Z"),
                        "20261122:newest 20261122:- 20261121:daily 20261121:- 20261120:-");
}

static void backup_keep_judge__counts_days_that_have_one(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(JUDGED(f, 3, 0, "20260101T000000Z", "20260501T000000Z", "20261122T000000Z",
                               "20250101T000000Z"),
                        "20261122:newest 20260501:daily 20260101:daily 20250101:-");
}

/* 2026-12-31 is a Thursday: its week 53 goes on until Sunday the 3rd. */
static void backup_keep_judge__takes_weeks_as_iso_8601_counts_them(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(JUDGED(f, 0, 3, "20261227T120000Z", "20261228T120000Z", "20261231T120000Z",
                               "20270103T120000Z", "20270104T120000Z", "20261220T120000Z"),
                        "20270104:newest 20270103:weekly 20261231:- 20261228:- 20261227:weekly "
                        "20261220:-");
}

static void backup_keep_judge__never_gives_up_the_newest(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(JUDGED(f, 0, 0, "20261121T010000Z", "20261122T010000Z"),
                        "20261122:newest 20261121:-");
    backup_keep_judge(&(struct backup_keep){1, 1}, NULL, 0);
}

static void backup_keep_judge__a_day_and_its_week_keep_the_same_one(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(JUDGED(f, 1, 2, "20261115T010000Z", "20261114T010000Z", "20261122T010000Z"),
                        "20261122:newest 20261115:weekly 20261114:-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backup_name__is_read_back_and_nothing_else_is),
        cmocka_unit_test(backup_keep_read__takes_what_it_says_it_takes),
        cmocka_unit_test(backup_keep_judge__keeps_the_newest_of_each_day),
        cmocka_unit_test(backup_keep_judge__counts_days_that_have_one),
        cmocka_unit_test(backup_keep_judge__takes_weeks_as_iso_8601_counts_them),
        cmocka_unit_test(backup_keep_judge__never_gives_up_the_newest),
        cmocka_unit_test(backup_keep_judge__a_day_and_its_week_keep_the_same_one),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
