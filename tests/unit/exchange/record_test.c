/* The lines of an export: what is written is read again, and what is not whole is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planner/base/memory.h"
#include "planner/exchange/record.h"

/* A file in memory; `step` bytes are handed out at once. */
struct file {
    struct buf text;
    size_t at, step;
    bool full; /* takes no more */
};

struct fixture {
    struct arena arena;
    struct req rq;
    struct file file;
};

static bool file_write(void *ctx, const char *bytes, size_t len)
{
    struct file *file = ctx;

    if (!file->full)
        buf_add(&file->text, bytes, len);
    return !file->full;
}

static ssize_t file_read(void *ctx, char *bytes, size_t size)
{
    struct file *file = ctx;
    size_t n = file->text.len - file->at;

    n = n < size ? n : size;
    n = n < file->step ? n : file->step;
    if (n > 0)
        memcpy(bytes, file->text.ptr + file->at, n);
    file->at += n;
    return (ssize_t)n;
}

static int setup(void **state)
{
    struct fixture *f = memory_alloc(sizeof(*f));

    *f = (struct fixture){.file.step = 4096};
    arena_init(&f->arena, (size_t)64 * 1024 * 1024);
    f->rq = (struct req){.arena = &f->arena};
    f->file.text = BUF_IN(&f->arena);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    arena_destroy(&f->arena);
    memory_free(f);
    return 0;
}

/* A small export: a project, two items and a request. */
static enum status write_all(struct fixture *f, const char *second)
{
    const struct record_sink sink = {&f->file, file_write};
    const struct record_header header = {RECORD_VERSION, 4, RECORD_STORE};
    OWN_RECORD_WRITER *w = record_writer_new(&f->rq, &sink);

    TRY(record_write_header(w, &header));
    TRY(record_write(w, RECORD_PROJECT, "{\"slug\":\"A1\"}", 13));
    TRY(record_write(w, RECORD_ITEM, "{\"n\":1}", 7));
    TRY(record_write(w, RECORD_ITEM, second, strlen(second)));
    TRY(record_write(w, RECORD_REQUEST, "{}", 2));
    return record_write_end(w);
}

/* Everything there is; *ret_n rows. */
static enum status read_all(struct fixture *f, int *ret_n, struct record_sums *ret_sums)
{
    const struct record_source source = {&f->file, file_read};
    OWN_RECORD_READER *r = record_reader_new(&f->rq, &source);
    struct record_header header = {0};
    struct record record = {0};

    f->file.at = 0;
    TRY(record_read_header(r, &header));
    assert_int_equal(header.version, RECORD_VERSION);
    assert_int_equal(header.schema, 4);
    assert_int_equal(header.scope, RECORD_STORE);
    for (*ret_n = 0;; ++*ret_n) {
        TRY(record_read(r, &record));
        if (record.kind == RECORD_NONE)
            break;
        assert_int_equal(record.line, *ret_n + 2);
    }
    *ret_sums = *record_was_read(r);
    return ST_OK;
}

static void refused(struct fixture *f, const char *words)
{
    struct record_sums sums = {0};
    int n = 0;

    assert_int_equal(read_all(f, &n, &sums), ST_INVALID);
    if (strstr(f->rq.message, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, f->rq.message);
}

/* The text with `was` replaced, in place: the sum is not made to fit. */
static void change(struct fixture *f, const char *was, const char *is)
{
    const char *at = strstr(f->file.text.ptr, was);
    struct buf text = BUF_IN(&f->arena);

    assert_non_null(at);
    buf_add(&text, f->file.text.ptr, (size_t)(at - f->file.text.ptr));
    buf_text(&text, is);
    buf_text(&text, at + strlen(was));
    f->file.text = text;
}

static void records__are_read_as_they_were_written_in_pieces_of_any_size(void **state)
{
    struct fixture *f = *state;
    static const size_t steps[] = {1, 7, 4096, 1000000};

    assert_int_equal(write_all(f, "{\"text\":\"a\\nb \xc3\xa9\"}"), ST_OK);
    for (size_t i = 0; i < LENGTH_OF(steps); i++) {
        struct record_sums sums = {0};
        int n = 0;

        f->file.step = steps[i];
        assert_int_equal(read_all(f, &n, &sums), ST_OK);

        assert_int_equal(n, 4);
        assert_int_equal(sums.counts[RECORD_ITEM], 2);
        assert_int_equal(sums.lines, 5);
    }
}

static void records__of_the_same_rows_are_the_same_bytes(void **state)
{
    struct fixture *f = *state;
    const char *first = NULL;

    assert_int_equal(write_all(f, "{}"), ST_OK);
    first = buf_str(&f->file.text);
    f->file.text = BUF_IN(&f->arena);
    assert_int_equal(write_all(f, "{}"), ST_OK);

    assert_string_equal(buf_str(&f->file.text), first);
}

static void records__that_are_long_are_read_up_to_the_limit(void **state)
{
    struct fixture *f = *state;
    struct record_sums sums = {0};
    int n = 0;
    /* {"item":{"t":"..."}} */
    const size_t frame = strlen("{\"item\":{\"t\":\"\"}}");
    char *row = memory_alloc(RECORD_LINE_MAX + 64);

    for (size_t over = 0; over < 2; over++) {
        const size_t fill = RECORD_LINE_MAX - frame + over;
        memcpy(row, "{\"t\":\"", 6);
        memset(row + 6, 'x', fill);
        memcpy(row + 6 + fill, "\"}", 3);
        f->file = (struct file){.text = BUF_IN(&f->arena), .step = 1000000};
        f->arena.cap = (size_t)512 * 1024 * 1024;
        assert_int_equal(write_all(f, row), ST_OK);

        if (over == 0)
            assert_int_equal(read_all(f, &n, &sums), ST_OK);
        else
            refused(f, "line 4: is longer than 16 MiB");
    }
    memory_free(row);
}

static void records__may_have_any_number_of_members(void **state)
{
    struct fixture *f = *state;
    struct record_sums sums = {0};
    struct buf row = BUF_IN(&f->arena);
    int n = 0;

    for (int i = 0; i < 10000; i++)
        buf_printf(&row, "%s\"m%d\":%d", i == 0 ? "{\"keys\":{" : ",", i, i);
    buf_text(&row, "}}");
    assert_int_equal(write_all(f, buf_str(&row)), ST_OK);

    assert_int_equal(read_all(f, &n, &sums), ST_OK);
}

static void reader__refuses_what_is_cut_off_at_any_byte(void **state)
{
    struct fixture *f = *state;
    size_t len = 0;

    assert_int_equal(write_all(f, "{}"), ST_OK);
    len = f->file.text.len;
    for (size_t left = 0; left < len; left++) {
        f->file.text.len = left;
        refused(f, left == 0 ? "the file is empty" : "cut off");
    }
}

static void reader__refuses_a_line_that_was_changed_added_or_removed(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *was, *is, *words;
    } changes[] = {
        {"{\"n\":1}", "{\"n\":2}", "line 6: the sum (sha256)"},
        {"{\"item\":{\"n\":1}}\n", "", "line 5: the trailer counts other lines"},
        {"{\"item\":{\"n\":1}}\n", "{\"item\":{}}\n{\"item\":{}}\n", "line 7: the trailer counts"},
        {"{\"item\":{\"n\":1}}\n", "{\"step\":{\"n\":1}}\n", "line 4: the kind item cannot stand"},
        {"\"item\":2", "\"item\":3", "line 6: the trailer counts 3 lines of kind item"},
        {"\"}}\n", "\"}}\n\n", "something follows the trailer"},
    };

    for (size_t i = 0; i < LENGTH_OF(changes); i++) {
        f->file.text = BUF_IN(&f->arena);
        assert_int_equal(write_all(f, "{}"), ST_OK);
        if (changes[i].is[0] == '"' && changes[i].is[1] == '}')
            buf_text(&f->file.text, "\n");
        else
            change(f, changes[i].was, changes[i].is);
        refused(f, changes[i].words);
    }
}

static void reader__says_which_line_is_none_of_ours(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *was, *is, *words;
    } changes[] = {
        {"\"version\":1", "\"version\":2", "line 1: the file has version 2 of the format"},
        {"mcp-planner", "other-planner", "line 1: is not the header of an export"},
        {"\"scope\":\"store\"", "\"scope\":\"all\"",
         "line 1: the header says no schema or no scope"},
        {"\"schema\":4", "\"schema\":\"4\"", "line 1: the header says no schema or no scope"},
        {"{\"n\":1}", "[1]", "line 3: is not {\"KIND\":{...}}"},
        {"{\"item\":{\"n\":1}}", "{\"item\":{\"n\":1}", "line 3: is no JSON"},
        {"{\"item\":{\"n\":1}}", "", "line 3: is no JSON"},
        {"{\"item\":{\"n\":1}}", "{\"item\":{},\"x\":1}", "line 3: is not {\"KIND\":{...}}"},
        {"{\"item\":{\"n\":1}}", "{\"thing\":{}}", "line 3: 'thing' is no kind of row"},
        {"{\"n\":1}", "{\"n\":\"a\\u0000b\"}", "line 3: 'n' must not contain the character U+0000"},
        {"{\"n\":1}", "{\"n\":\"\\ud800\"}", "line 3: 'n' must not contain half of a surrogate"},
        {"{\"n\":1}", "{\"n\":\"\xff\"}", "line 3: is no JSON (byte 15: invalid UTF-8)"},
        {"{\"n\":1}", "{\"n\":1,\"n\":2}", "line 3: 'n' is given twice"},
        {"{\"project\":{\"slug\":\"A1\"}}\n", "", "line 2: the kind item cannot stand behind"},
    };

    for (size_t i = 0; i < LENGTH_OF(changes); i++) {
        f->file.text = BUF_IN(&f->arena);
        assert_int_equal(write_all(f, "{}"), ST_OK);
        change(f, changes[i].was, changes[i].is);
        refused(f, changes[i].words);
    }
}

static void writer__says_when_the_bytes_cannot_be_kept(void **state)
{
    struct fixture *f = *state;

    f->file.full = true;
    assert_int_equal(write_all(f, "{}"), ST_UNAVAILABLE);
    assert_non_null(strstr(f->rq.message, "the export cannot be written"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            records__are_read_as_they_were_written_in_pieces_of_any_size, setup, teardown),
        cmocka_unit_test_setup_teardown(records__of_the_same_rows_are_the_same_bytes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(records__that_are_long_are_read_up_to_the_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(records__may_have_any_number_of_members, setup, teardown),
        cmocka_unit_test_setup_teardown(reader__refuses_what_is_cut_off_at_any_byte, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(reader__refuses_a_line_that_was_changed_added_or_removed,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(reader__says_which_line_is_none_of_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(writer__says_when_the_bytes_cannot_be_kept, setup,
                                        teardown),
    };

    memory_hook_cjson();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
