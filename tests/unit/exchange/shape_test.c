/* What rows are made of: docs/EXPORT.md has the same members; rows are compared by meaning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/memory.h"
#include "planner/exchange/shape.h"

static struct arena arena;
static struct req rq = {.arena = &arena};

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CAP_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static struct span text(const char *json)
{
    return (struct span){json, strlen(json)};
}

/* A line of docs/EXPORT.md that begins so; fails when there is none. */
static const char *document_line(const char *begin)
{
    static char line[8192];
    FILE *file = fopen(EXPORT_MD, "re");
    bool found = false;

    assert_non_null(file);
    while (!found && fgets(line, sizeof(line), file) != NULL)
        found = strncmp(line, begin, strlen(begin)) == 0;
    (void)fclose(file);
    if (!found)
        fail_msg("docs/EXPORT.md has no line '%s'", begin);
    return line;
}

static void kinds__have_the_members_that_the_document_tells(void **state)
{
    (void)state;
    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        struct buf members = BUF_IN(&arena);
        const char *line = document_line(arena_printf(&arena, "| `%s` |", record_kind_names[kind]));
        for (const struct record_member *m = record_shape(kind)->members; m->name != NULL; m++)
            buf_printf(&members, "%s`%s`", members.len == 0 ? "| " : ", ", m->name);
        buf_text(&members, " |\n");

        if (strstr(line, buf_str(&members)) == NULL)
            fail_msg("docs/EXPORT.md: the members of %s are %s", record_kind_names[kind],
                     buf_str(&members));
        for (size_t i = 0; i < RECORD_KEY_MAX && record_shape(kind)->key[i] != NULL; i++)
            assert_non_null(record_member_find(kind, text(record_shape(kind)->key[i])));
    }
}

static void rows__with_a_member_that_nobody_knows_are_refused(void **state)
{
    const struct record good = {RECORD_DEPENDENCY, 7, text("{\"item_id\":\"a\"}")};
    const struct record bad = {RECORD_DEPENDENCY, 7, text("{\"item_id\":\"a\",\"why\":1}")};
    (void)state;

    assert_int_equal(record_check(&rq, &good), ST_OK);
    assert_int_equal(record_check(&rq, &bad), ST_INVALID);
    assert_non_null(strstr(rq.message, "line 7: rows of kind dependency have no member 'why'"));
}

static enum status check_one(enum record_kind kind, const char *member, const char *value)
{
    const char *row = arena_printf(&arena, "{\"%s\":%s}", member, value);
    const struct record record = {kind, 7, text(row)};

    return record_check(&rq, &record);
}

static void rows__have_times_that_a_clock_can_show(void **state)
{
    static const char *const good[] = {"null", "\"2026-01-05T08:00:00+00:00\"",
                                       "\"2026-01-05T08:00:00.123456+00:00\"",
                                       "\"10000-01-05T08:00:00Z\""};
    static const char *const bad[] = {"\"infinity\"",
                                      "\"-infinity\"",
                                      "\"now\"",
                                      "\"\"",
                                      "7",
                                      "\"0044-03-15T08:00:00+00:00 BC\""};
    (void)state;

    for (size_t i = 0; i < LENGTH_OF(good); i++) {
        assert_int_equal(check_one(RECORD_ITEM, "created_at", good[i]), ST_OK);
        assert_int_equal(check_one(RECORD_CUT, "until", good[i]), ST_OK);
    }
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        assert_int_equal(check_one(RECORD_AUDIT, "at", bad[i]), ST_INVALID);
    assert_string_equal(rq.message, "line 7: 'at' of the audit is not a time like "
                                    "2026-01-05T08:00:00+00:00");
}

static void rows__have_change_numbers_that_leave_room_for_the_next(void **state)
{
    (void)state;

    assert_int_equal(check_one(RECORD_UNDO, "root", "1"), ST_OK);
    assert_int_equal(check_one(RECORD_EVIDENCE, "undone_by", "null"), ST_OK);
    assert_int_equal(check_one(RECORD_AUDIT, "change", "4503599627370496"), ST_OK);
    assert_int_equal(check_one(RECORD_AUDIT, "change", "4503599627370497"), ST_INVALID);
    assert_int_equal(check_one(RECORD_UNDO, "root", "0"), ST_INVALID);
    assert_int_equal(check_one(RECORD_UNDO, "root", "-1"), ST_INVALID);
    assert_int_equal(check_one(RECORD_UNDO, "root", "1.5"), ST_INVALID);
    assert_string_equal(rq.message, "line 7: 'root' of the undo is not the number of a change");
}

static void rows__are_ordered_by_numbers_as_numbers_and_by_text_as_bytes(void **state)
{
    (void)state;
    assert_true(record_compare(RECORD_ITEM, text("{\"depth\":1,\"number\":9}"),
                               text("{\"depth\":1,\"number\":10}")) < 0);
    assert_true(record_compare(RECORD_ITEM, text("{\"depth\":2,\"number\":1}"),
                               text("{\"depth\":1,\"number\":10}")) > 0);
    assert_int_equal(record_compare(RECORD_STEP, text("{\"id\":\"a\"}"), text("{\"id\":\"a\"}")),
                     0);
    assert_true(record_compare(RECORD_STEP, text("{\"id\":\"b\"}"), text("{\"id\":\"a\"}")) > 0);
    assert_true(
        record_compare(RECORD_PROJECT, text("{\"slug\":\"B\"}"), text("{\"slug\":\"A\"}")) == 0);
}

static void rows__differ_by_what_they_mean_not_by_how_it_is_written(void **state)
{
    const struct span row = text("{\"number\":1,\"title\":\"\xc3\xa9\",\"objective\":null}");
    (void)state;

    assert_null(record_difference(&arena, RECORD_ITEM, row, row));
    assert_null(record_difference(&arena, RECORD_ITEM, row,
                                  text("{\"title\": \"\\u00e9\", \"number\": 1}")));
    assert_string_equal(
        record_difference(&arena, RECORD_ITEM, row, text("{\"title\":\"e\",\"priority\":5}")),
        "number, title, priority");
}

static void rows__are_named_for_people(void **state)
{
    (void)state;
    assert_string_equal(record_name(&arena, RECORD_ITEM, text("{\"number\":12}")), "item 12");
    assert_string_equal(record_name(&arena, RECORD_PROJECT, text("{\"slug\":\"AUTH\"}")),
                        "project AUTH");
    assert_string_equal(record_name(&arena, RECORD_STEP, text("{}")), "step ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kinds__have_the_members_that_the_document_tells, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rows__with_a_member_that_nobody_knows_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rows__have_times_that_a_clock_can_show, setup, teardown),
        cmocka_unit_test_setup_teardown(rows__have_change_numbers_that_leave_room_for_the_next,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            rows__are_ordered_by_numbers_as_numbers_and_by_text_as_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(rows__differ_by_what_they_mean_not_by_how_it_is_written,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(rows__are_named_for_people, setup, teardown),
    };

    memory_hook_cjson();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
