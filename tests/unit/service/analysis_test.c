/* The analysis of a text by itself: the golden cases of docs/COMPLEXITY.md, and each count alone.
 */
#include "service_helper.h"

#include "planner/base/clock.h"
#include "planner/service/analysis.h"

#define NEAR 1e-9

static struct analysis of(void **state, const char *text)
{
    const struct req *rq = *state;
    struct analysis a;

    analysis_make(rq->arena, text, &a);
    return a;
}

/* A text of `n` times the same. */
static const char *times(void **state, size_t n, const char *part)
{
    const struct req *rq = *state;
    struct buf out = BUF_IN(rq->arena);

    for (size_t i = 0; i < n; i++)
        buf_text(&out, part);
    return buf_str(&out);
}

static void assert_title(const struct analysis *a, size_t place, const char *title)
{
    assert_true(place < a->breakdown.n);
    assert_string_equal(*LIST_AT(a->breakdown, place, const char *const), title);
}

static void nothing__scores_nothing(void **state)
{
    const struct analysis a = of(state, "");

    assert_float_equal(a.score.v, 0, NEAR);
    assert_int_equal(a.characters.v, 0);
    assert_false(a.breakdown.set);
}

static void golden__one_sentence(void **state)
{
    const struct analysis a = of(state, "Rename the column users.mail to users.email.");

    assert_int_equal(a.characters.v, 44);
    assert_float_equal(a.score.v, 0.0028, NEAR); /* 44 / 4000 * 0.25 */
}

static void golden__a_short_list(void **state)
{
    const struct analysis a = of(state, "Verify e-mail addresses:\n"
                                        "1. Add a table of tokens\n"
                                        "2. Send the mail, then store when\n"
                                        "3. Confirm by link, see [the draft](docs/mail.md)\n");

    assert_int_equal(a.characters.v, 134);
    assert_int_equal(a.list_items.v, 3);
    assert_int_equal(a.links.v, 1);
    assert_int_equal(a.task_words.v, 1);
    /* 134/4000 * 0.25 + 3/12 * 0.25 + 1/10 * 0.2 + 1/5 * 0.1 */
    assert_float_equal(a.score.v, 0.1109, NEAR);
    assert_int_equal(a.breakdown.n, 3);
    assert_title(&a, 0, "Add a table of tokens");
    assert_title(&a, 2, "Confirm by link, see [the draft](docs/mail.md)");
}

static void golden__a_deployment(void **state)
{
    const struct analysis a = of(state, "# Deploy the service\n"
                                        "## Install\n"
                                        "```sh\n"
                                        "apt install nginx\n"
                                        "export PORT=8080 # then this is code\n"
                                        "```\n"
                                        "## Configure\n"
                                        "First set the variables, then enable the site.\n"
                                        "See https://nginx.org and <https://example.org>.\n");

    assert_int_equal(a.code_blocks.v, 1);
    assert_int_equal(a.links.v, 2);
    assert_int_equal(a.task_words.v, 2);
    assert_int_equal(a.config_lines.v, 6);
    assert_int_equal(a.characters.v, 206);
    /* 206/4000 * 0.25 + 2/10 * 0.2 + 1/4 * 0.1 + 2/5 * 0.1 + 6/6 * 0.1 */
    assert_float_equal(a.score.v, 0.2179, NEAR);
    assert_int_equal(a.breakdown.n, 2);
    assert_title(&a, 0, "Install");
    assert_title(&a, 1, "Configure");
}

static void golden__everything_at_once_is_one(void **state)
{
    const struct req *rq = *state;
    const char *text = arena_printf(
        rq->arena, "%s%s%s%s", times(state, 12, "- then install it from http://a.b\n"),
        times(state, 4, "```\ncode\n```\n"), times(state, 10, "finally "), times(state, 4000, "x"));

    assert_float_equal(of(state, text).score.v, 1, NEAR);
}

/* Each count alone: nothing, one, at what fills it, and beyond, which adds nothing. */
static void assert_share(void **state, const char *part, size_t full, double weight)
{
    const double length = 0.25 / 4000 * (double)strlen(part);
    const struct analysis one = of(state, part);
    const struct analysis filled = of(state, times(state, full, part));
    const struct analysis more = of(state, times(state, full + 1, part));

    assert_float_equal(one.score.v, weight / (double)full + length, 1e-4);
    assert_float_equal(filled.score.v, weight + length * (double)full, 1e-4);
    assert_float_equal(more.score.v, weight + length * (double)(full + 1), 1e-4);
}

static void each_count__weighs_what_the_table_says(void **state)
{
    assert_share(state, "- x\n", 12, 0.25);
    assert_share(state, "then\n", 10, 0.20);
    assert_share(state, "~~~\n~~~\n", 4, 0.10);
    assert_share(state, "http://x\n", 5, 0.10);
    assert_share(state, "install\n", 6, 0.10);
    assert_float_equal(of(state, times(state, 4000, "x")).score.v, 0.25, NEAR);
    assert_float_equal(of(state, times(state, 3999, "x")).score.v, 0.2499, NEAR);
    assert_float_equal(of(state, times(state, 4001, "x")).score.v, 0.25, NEAR);
}

static void characters__are_counted_not_bytes(void **state)
{
    assert_int_equal(of(state, "d\xC3\xA9j\xC3\xA0 \xF0\x9F\x98\x80").characters.v, 6);
}

static void list_items__have_a_marker_and_a_blank(void **state)
{
    assert_int_equal(of(state, "- a\n* b\n+ c\n1. d\n2) e\n  - f\n\t- g\n").list_items.v, 7);
    assert_int_equal(of(state, "-a\n1.5 b\n1 c\n- \n-\n---\n* * *\n1234567890. d\n").list_items.v,
                     0);
}

static void words__are_whole_in_any_case_and_plural(void **state)
{
    assert_int_equal(of(state, "THEN Phases, sub-tasks. (finally)").task_words.v, 4);
    assert_int_equal(of(state, "lengthen authentic then_ \xC3\xA9then stepwise").task_words.v, 0);
    assert_int_equal(of(state, "Install the settings\nenvironments").config_lines.v, 2);
    assert_int_equal(of(state, "installer reinstall\nenvy").config_lines.v, 0);
}

static void code__has_no_list_items_links_or_words_of_work(void **state)
{
    const struct analysis a = of(state, "````\n- x\nthen http://x\n```\n# y\n````\n- after\n");

    assert_int_equal(a.code_blocks.v, 1);
    assert_int_equal(a.list_items.v, 1);
    assert_int_equal(a.links.v, 0);
    assert_int_equal(a.task_words.v, 1);
}

static void code__ends_with_the_text_or_its_own_fence(void **state)
{
    assert_int_equal(of(state, "```\n~~~\n- x\n").list_items.v, 0);
    assert_int_equal(of(state, "```\n```` \n- x\n").list_items.v, 1);
    assert_int_equal(of(state, "```js\n``` no end\n- x\n").list_items.v, 0);
    assert_int_equal(of(state, "```in line```\n- x\n").code_blocks.v, 0);
    assert_int_equal(of(state, "``\n- x\n").code_blocks.v, 0);
}

static void links__are_counted_once_each(void **state)
{
    assert_int_equal(of(state, "[a](http://x) [b](<https://y>) [c](z)").links.v, 3);
    assert_int_equal(of(state, "http://a https://b <http://c>").links.v, 3);
    assert_int_equal(of(state, "[a] (b) http:/x ftp://y").links.v, 0);
}

static void breakdown__is_the_list_of_the_lowest_indent(void **state)
{
    const struct analysis a = of(state, "## One\n"
                                        "   - [ ] **Bold**: why\n"
                                        "     - nested\n"
                                        "  - [x] done:\n"
                                        "## Two\n");

    assert_int_equal(a.breakdown.n, 2);
    assert_title(&a, 0, "Bold: why");
    assert_title(&a, 1, "done");
}

static void breakdown__takes_one_column_more_for_the_same_level(void **state)
{
    const struct analysis a = of(state, " - a\n- b\n  - nested\n - c\n");

    assert_int_equal(a.breakdown.n, 3);
    assert_title(&a, 0, "a");
    assert_title(&a, 2, "c");
}

static void breakdown__starts_over_at_a_lower_indent(void **state)
{
    const struct analysis a = of(state, "    - x\n    - y\n- **a**:\n- [x] b\n");

    assert_int_equal(a.breakdown.n, 2);
    assert_title(&a, 0, "a");
    assert_title(&a, 1, "b");
}

static void breakdown__takes_headings_of_the_highest_level_with_two(void **state)
{
    const struct analysis a = of(state, "# All\n## A ##\n### x\n### y\n## B\n- only one\n#no\n");

    assert_int_equal(a.breakdown.n, 2);
    assert_title(&a, 0, "A");
    assert_title(&a, 1, "B");
}

static void breakdown__is_none_for_one_part(void **state)
{
    assert_false(of(state, "# Heading\n- one\n").breakdown.set);
    assert_false(of(state, "- one\n- **\n").breakdown.set);
}

static void breakdown__has_at_most_fifty_titles_of_two_hundred_characters(void **state)
{
    const struct req *rq = *state;
    const char *e200 = times(state, 200, "\xC3\xA9");
    const char *item = arena_printf(rq->arena, "- %s\n", e200);
    const char *longer = arena_printf(rq->arena, "- %s\xC3\xA9\n", e200);
    struct analysis a = of(state, times(state, 50, item));

    assert_int_equal(a.breakdown.n, 50);
    assert_title(&a, 49, e200);

    a = of(state, times(state, 51, longer));
    assert_int_equal(a.breakdown.n, 50);
    assert_int_equal(a.list_items.v, 51);
    assert_title(&a, 0, e200);
}

static void titles__have_no_control_characters(void **state)
{
    const struct analysis a = of(state, "- a\tb\x01"
                                        "c\r\n- \x02 d\r\n");

    assert_int_equal(a.breakdown.n, 2);
    assert_title(&a, 0, "a b c");
    assert_title(&a, 1, "d");
}

/* Texts that would be slow if anything were looked at twice; a quarter of a megabyte each. */
static void the_largest_text__takes_no_time(void **state)
{
    static const char *const parts[] = {"- ", "#", "`", "](", "http://", "then ", "*\n", " ", "1"};
    const int64_t began = clock_monotonic_ms();

    for (size_t i = 0; i < LENGTH_OF(parts); i++)
        of(state, times(state, 262144 / strlen(parts[i]), parts[i]));
    assert_true(clock_monotonic_ms() - began < 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(nothing__scores_nothing),
        RULE_TEST(golden__one_sentence),
        RULE_TEST(golden__a_short_list),
        RULE_TEST(golden__a_deployment),
        RULE_TEST(golden__everything_at_once_is_one),
        RULE_TEST(each_count__weighs_what_the_table_says),
        RULE_TEST(characters__are_counted_not_bytes),
        RULE_TEST(list_items__have_a_marker_and_a_blank),
        RULE_TEST(words__are_whole_in_any_case_and_plural),
        RULE_TEST(code__has_no_list_items_links_or_words_of_work),
        RULE_TEST(code__ends_with_the_text_or_its_own_fence),
        RULE_TEST(links__are_counted_once_each),
        RULE_TEST(breakdown__is_the_list_of_the_lowest_indent),
        RULE_TEST(breakdown__takes_one_column_more_for_the_same_level),
        RULE_TEST(breakdown__starts_over_at_a_lower_indent),
        RULE_TEST(breakdown__takes_headings_of_the_highest_level_with_two),
        RULE_TEST(breakdown__is_none_for_one_part),
        RULE_TEST(breakdown__has_at_most_fifty_titles_of_two_hundred_characters),
        RULE_TEST(titles__have_no_control_characters),
        RULE_TEST(the_largest_text__takes_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
