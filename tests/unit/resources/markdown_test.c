/* Texts of others inside markdown: they stay what they are and break nothing around them. */
#include "resource_helper.h"

#include "planner/resources/markdown.h"

static void assert_inline(struct req *rq, const char *text, const char *want)
{
    struct buf out = BUF_IN(rq->arena);

    markdown_inline(&out, text);
    assert_string_equal(buf_str(&out), want);
}

static void assert_code(struct req *rq, const char *text, const char *want)
{
    struct buf out = BUF_IN(rq->arena);

    markdown_code(&out, text);
    assert_string_equal(buf_str(&out), want);
}

static void assert_fenced(struct req *rq, const char *text, const char *want)
{
    struct buf out = BUF_IN(rq->arena);

    markdown_fenced(&out, text);
    assert_string_equal(buf_str(&out), want);
}

static void inline__escapes_what_would_be_markup(void **state)
{
    struct req *rq = *state;

    assert_inline(rq, "plain text, 100% (really); x = y + 1",
                  "plain text, 100% (really); x = y + 1");
    assert_inline(rq, "*bold* `code`", "\\*bold\\* \\`code\\`");
    assert_inline(rq, "[link](http://x)", "\\[link](http://x)");
    assert_inline(rq, "![image](x)", "!\\[image](x)");
    assert_inline(rq, "<script>", "\\<script>");
    assert_inline(rq, "&lt; & more", "\\&lt; \\& more");
    assert_inline(rq, "~~gone~~", "\\~\\~gone\\~\\~");
    assert_inline(rq, "back\\slash", "back\\\\slash");
    assert_inline(rq, "closing ##", "closing \\#\\#");
    assert_inline(rq, "\xC3\xA4\xE4\xB8\xAD", "\xC3\xA4\xE4\xB8\xAD");
}

static void inline__leaves_underlines_inside_of_words(void **state)
{
    struct req *rq = *state;

    assert_inline(rq, "user_id and max_iterations", "user_id and max_iterations");
    assert_inline(rq, "_emphasis_ __strong__", "\\_emphasis\\_ \\_\\_strong\\_\\_");
    assert_inline(rq, "_", "\\_");
    assert_inline(rq, "\xC3\xA4_\xC3\xA4", "\xC3\xA4_\xC3\xA4");
}

static void inline__is_one_line(void **state)
{
    struct req *rq = *state;

    assert_inline(rq, "a\n# b\r\n- c\td\x7F", "a \\# b  - c d ");
    assert_inline(rq, "", "");
}

static void code__is_delimited_by_more_backticks_than_it_has(void **state)
{
    struct req *rq = *state;

    assert_code(rq, "plain", "`plain`");
    assert_code(rq, "a`b", "`` a`b ``");
    assert_code(rq, "``a` ```", "```` ``a` ``` ````");
    assert_code(rq, "a\nb", "`a b`");
    assert_code(rq, "*x* \\ <y>", "`*x* \\ <y>`");
}

static void fence__is_longer_than_any_run_of_backticks_inside(void **state)
{
    struct req *rq = *state;

    assert_fenced(rq, "plain", "```\nplain\n```\n");
    assert_fenced(rq, "ends\n", "```\nends\n```\n");
    assert_fenced(rq, "# heading\n- list", "```\n# heading\n- list\n```\n");
    assert_fenced(rq, "```c\nx;\n```\n", "````\n```c\nx;\n```\n````\n");
    assert_fenced(rq, "a ````` b", "``````\na ````` b\n``````\n");
    assert_fenced(rq, "~~~\nx", "```\n~~~\nx\n```\n");
    assert_fenced(rq, "", "```\n```\n");
}

static void part__is_left_out_when_there_is_nothing(void **state)
{
    struct req *rq = *state;
    struct buf out = BUF_IN(rq->arena);

    markdown_part(&out, "Vision", NULL);
    markdown_part(&out, "Vision", "");
    assert_string_equal(buf_str(&out), "");
    markdown_part(&out, "Vision", "x");
    assert_string_equal(buf_str(&out), "\n## Vision\n\n```\nx\n```\n");
}

static void time__is_utc_wherever_it_is_read(void **state)
{
    struct req *rq = *state;
    struct buf out = BUF_IN(rq->arena);

    markdown_time(&out, "2026-07-28T14:05:00.123Z");
    markdown_time(&out, NULL);
    assert_string_equal(buf_str(&out), "2026-07-28 14:05 UTC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REQ_TEST(inline__escapes_what_would_be_markup),
        REQ_TEST(inline__leaves_underlines_inside_of_words),
        REQ_TEST(inline__is_one_line),
        REQ_TEST(code__is_delimited_by_more_backticks_than_it_has),
        REQ_TEST(fence__is_longer_than_any_run_of_backticks_inside),
        REQ_TEST(part__is_left_out_when_there_is_nothing),
        REQ_TEST(time__is_utc_wherever_it_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
