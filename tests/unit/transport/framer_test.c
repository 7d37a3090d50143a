/* Bytes to lines: whatever the pieces they come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "planner/transport/framer.h"

#define SMALL_CAP 100

static struct framer framer;

static int set_up(void **state)
{
    (void)state;
    framer_init(&framer, SMALL_CAP);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    framer_destroy(&framer);
    return 0;
}

static void feed(const char *bytes, size_t len)
{
    while (len > 0) {
        size_t space = 0;
        char *to = framer_space(&framer, &space);
        const size_t n = len < space ? len : space;
        memcpy(to, bytes, n);
        framer_added(&framer, n);
        bytes += n;
        len -= n;
    }
}

static void feed_text(const char *text)
{
    feed(text, strlen(text));
}

static void feed_run(char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        feed(&c, 1);
}

static void assert_line(const char *text)
{
    struct span line = {0};

    assert_int_equal(framer_next(&framer, &line), FRAMED_LINE);
    assert_int_equal(line.len, strlen(text));
    assert_memory_equal(line.ptr, text, line.len);
}

static void assert_next(enum framed expected)
{
    struct span line = {0};

    assert_int_equal(framer_next(&framer, &line), expected);
}

static void framer__splits_lines_however_they_arrive(void **state)
{
    static const char text[] = "one\ntwo\nthree\n";

    (void)state;
    for (size_t i = 0; i < strlen(text); i++) {
        feed(text + i, 1);
        if (i == 3)
            assert_line("one");
    }
    assert_line("two");
    assert_line("three");
    assert_next(FRAMED_NONE);
}

static void framer__tolerates_crlf_and_blank_lines(void **state)
{
    (void)state;
    feed_text("\r\none\r\n\n  \t\ntwo\n");
    assert_line("one");
    assert_line("two");
    assert_next(FRAMED_NONE);
}

static void framer__serves_the_last_line_without_newline(void **state)
{
    (void)state;
    feed_text("one\ntwo");
    assert_line("one");
    assert_next(FRAMED_NONE);
    framer.eof = true;
    assert_line("two");
    assert_next(FRAMED_NONE);
}

static void framer__accepts_a_line_at_the_cap(void **state)
{
    struct span line = {0};

    (void)state;
    feed_run('a', SMALL_CAP);
    feed_text("\r\n");
    assert_int_equal(framer_next(&framer, &line), FRAMED_LINE);
    assert_int_equal(line.len, SMALL_CAP);
}

static void framer__reports_a_longer_line_once_and_goes_on(void **state)
{
    (void)state;
    feed_run('a', SMALL_CAP + 1);
    feed_text("\nnext\n");
    assert_next(FRAMED_TOO_LONG);
    assert_line("next");

    feed_run('b', SMALL_CAP + 50);
    assert_next(FRAMED_NONE);
    for (int i = 0; i < 5; i++) {
        feed_run('b', SMALL_CAP);
        assert_next(FRAMED_NONE);
    }
    feed_text("tail\nafter\n");
    assert_next(FRAMED_TOO_LONG);
    assert_line("after");
}

static void framer__reports_a_longer_blank_line_whether_or_not_it_comes_whole(void **state)
{
    (void)state;
    feed_run(' ', SMALL_CAP + 50);
    assert_next(FRAMED_NONE);
    feed_text("\nnext\n");
    assert_next(FRAMED_TOO_LONG);
    assert_line("next");

    feed_run(' ', SMALL_CAP + 50);
    feed_text("\nnext\n");
    assert_next(FRAMED_TOO_LONG);
    assert_line("next");

    feed_run(' ', SMALL_CAP);
    feed_text("\nlast\n");
    assert_line("last");
}

static void framer__reports_a_long_line_that_the_end_cuts(void **state)
{
    (void)state;
    feed_run('b', SMALL_CAP + 50);
    assert_next(FRAMED_NONE);
    framer.eof = true;
    assert_next(FRAMED_TOO_LONG);
    assert_next(FRAMED_NONE);
}

static void assert_too_long(const char *id)
{
    struct span line = {"", 0};

    assert_int_equal(framer_next(&framer, &line), FRAMED_TOO_LONG);
    if (id == NULL)
        assert_null(line.ptr);
    else
        assert_true(span_is(line, id));
}

static void framer__finds_the_id_of_a_long_line(void **state)
{
    (void)state;
    feed_text("{\"params\":\"");
    feed_run('a', SMALL_CAP);
    feed_text("\",\"id\":\"x\"}\r\n");
    assert_too_long("\"x\"");

    feed_text("{\"id\":5,\"params\":\"");
    for (int i = 0; i < 5; i++) {
        feed_run('a', SMALL_CAP);
        assert_next(FRAMED_NONE);
    }
    feed_text("\"}\n");
    assert_too_long("5");

    feed_run('a', 5 * SMALL_CAP);
    feed_text("\n");
    assert_too_long(NULL);
}

static void framer__gives_a_large_buffer_back(void **state)
{
    size_t space = 0;

    (void)state;
    framer.cap = 1024 * 1024;
    for (int i = 0; i < 10; i++) {
        char block[50000];
        memset(block, 'x', sizeof(block));
        feed(block, sizeof(block));
    }
    assert_in_range(framer.size, 500000, 1024 * 1024 * 2);
    feed_text("\n");
    assert_next(FRAMED_LINE);
    (void)framer_space(&framer, &space);
    assert_in_range(framer.size, 1, 16 * 1024);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(framer__splits_lines_however_they_arrive),
        TEST(framer__tolerates_crlf_and_blank_lines),
        TEST(framer__serves_the_last_line_without_newline),
        TEST(framer__accepts_a_line_at_the_cap),
        TEST(framer__reports_a_longer_line_once_and_goes_on),
        TEST(framer__reports_a_longer_blank_line_whether_or_not_it_comes_whole),
        TEST(framer__reports_a_long_line_that_the_end_cuts),
        TEST(framer__finds_the_id_of_a_long_line),
        TEST(framer__gives_a_large_buffer_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
