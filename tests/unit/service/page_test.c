/* Cursors, and how much of a list or a text fits into one answer. */
#include "service_helper.h"

#include "planner/base/json.h"
#include "planner/service/page.h"

static void cursor__brings_back_what_was_put_in(void **state)
{
    struct req *rq = *state;
    const char *parts[] = {"V0001 V0007", NULL, "", "\xC3\xA4\"\\\n\x01\xF0\x9F\x8C\xB3", "x"};

    for (size_t n = 1; n <= LENGTH_OF(parts); n++) {
        const char *read[LENGTH_OF(parts)] = {"a", "b", "c", "d", "e"};
        const char *cursor = cursor_make(rq, parts, n);
        assert_int_equal(strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                        "0123456789-_"),
                         strlen(cursor));
        assert_ok(rq, cursor_read(rq, cursor, n, read));
        for (size_t i = 0; i < n; i++) {
            if (parts[i] == NULL)
                assert_null(read[i]);
            else
                assert_string_equal(read[i], parts[i]);
        }
    }
}

static void cursor__absent_means_from_the_start(void **state)
{
    struct req *rq = *state;
    const char *read[] = {"a", "b"};

    assert_ok(rq, cursor_read(rq, NULL, 2, read));

    assert_null(read[0]);
    assert_null(read[1]);
}

static void cursor__refuses_garbage(void **state)
{
    static const char *const garbage[] = {
        "",         "x",
        "!",        "eyJ9",
        "W10=",     "bnVsbA",
        "WzFd",     "W3siYSI6MX1d",
        "WyJhIl0x", "WyJcdTAwMDAiXQ",
        "Wyf_Il0",  "e30",
        "IngiAA",   "====",
        "\xC3\xA4",
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(garbage); i++) {
        const char *read[1];
        if (cursor_read(rq, garbage[i], 1, read) != ST_INVALID)
            fail_msg("'%s' was taken", garbage[i]);
        assert_non_null(strstr(rq->message, "'cursor'"));
        assert_non_null(strstr(rq->message, "without it"));
    }
}

/* The same list of parts in another spelling, or with something behind it. */
static void cursor__refuses_what_it_would_not_write_itself(void **state)
{
    static const char *const forged[] = {
        "WyI0MSJdAHg",     /* ["41"], U+0000, x */
        "IFsgIjQxIiBd",    /* [ "41" ] with blanks */
        "WyJcdTAwMzQxIl0", /* ["\u00341"] */
        "WyI0MSJdA",       /* six bits too many */
    };
    const char *good[] = {"41"};
    const char *read[1];
    struct req *rq = *state;

    assert_string_equal(cursor_make(rq, good, 1), "WyI0MSJd");
    assert_ok(rq, cursor_read(rq, "WyI0MSJd", 1, read));
    for (size_t i = 0; i < LENGTH_OF(forged); i++)
        assert_fails(rq, cursor_read(rq, forged[i], 1, read), ST_INVALID, "'cursor'");
}

static void cursor__refuses_one_of_another_list(void **state)
{
    struct req *rq = *state;
    const char *parts[] = {"a", "b"};
    const char *read[3];

    assert_fails(rq, cursor_read(rq, cursor_make(rq, parts, 2), 1, read), ST_INVALID, "'cursor'");
    assert_fails(rq, cursor_read(rq, cursor_make(rq, parts, 2), 3, read), ST_INVALID, "'cursor'");
}

struct row {
    const char *text;
};
static const struct field row_fields[] = {
    FIELD_STR(struct row, text, 0, 0, REQUIRED, NULL),
    FIELD_END,
};

static size_t encoded_size(struct req *rq, const struct list *list, size_t n)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    for (size_t i = 0; i < n; i++)
        field_encode(row_fields, LIST_AT(*list, i, struct row), &out);
    return out.buf.len;
}

static struct list rows_of(struct req *rq, size_t n, size_t length)
{
    struct list list = {true, n, ARENA_MANY(rq->arena, n, struct row)};

    for (size_t i = 0; i < n; i++) {
        char *text = arena_alloc(rq->arena, length + 1);
        memset(text, i % 2 == 0 ? '"' : 'x', length);
        LIST_AT(list, i, struct row)->text = text;
    }
    return list;
}

static void page_fit__takes_as_many_rows_as_fit_and_no_more(void **state)
{
    struct req *rq = *state;

    for (size_t length = 1; length < 5000; length = length * 3 + 1) {
        const struct list list = rows_of(rq, 3000, length);
        const size_t fits = page_fit(rq, row_fields, sizeof(struct row), &list);
        assert_in_range(fits, 1, 2999);
        assert_true(encoded_size(rq, &list, fits) <= PAGE_BUDGET);
        assert_true(encoded_size(rq, &list, fits + 1) > PAGE_BUDGET);
    }
}

static void page_fit__tells_at_least_one_row(void **state)
{
    struct req *rq = *state;
    const struct list one = rows_of(rq, 3, PAGE_BUDGET);
    const struct list none = {true, 0, NULL};

    assert_int_equal(page_fit(rq, row_fields, sizeof(struct row), &one), 1);
    assert_int_equal(page_fit(rq, row_fields, sizeof(struct row), &none), 0);
}

/* What the text from `from` costs as the inside of a JSON string. */
static size_t cost(struct req *rq, const char *text, size_t from, size_t len)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_strn(&out, text + from, len);
    return out.buf.len - 2;
}

static size_t char_length(const char *at)
{
    size_t n = 1;

    while (((unsigned char)at[n] & 0xC0) == 0x80)
        n++;
    return n;
}

static void page_cut__fills_the_budget_to_the_last_whole_character(void **state)
{
    static const char text[] = "a\xC3\xA4\"\xE2\x82\xAC\n\\\x01\xF0\x9F\x8C\xB3\x1F\tz\x7F\r\b\f/"
                               "\xE2\x80\xA8\xF0\x9F\x8C\xB3";
    struct req *rq = *state;

    for (size_t from = 0; from < sizeof(text) - 1; from += char_length(text + from)) {
        for (size_t budget = 0; budget < 60; budget++) {
            const size_t len = page_cut(text, from, budget);
            const char *rest = text + from + len;
            assert_true(cost(rq, text, from, len) <= budget);
            assert_int_not_equal((unsigned char)*rest & 0xC0, 0x80);
            if (*rest != '\0')
                assert_true(cost(rq, text, from, len + char_length(rest)) > budget);
        }
    }
}

static void page_cut__goes_through_a_whole_text_in_pieces(void **state)
{
    static const char text[] = "\xF0\x9F\x8C\xB3 trees \"and\" \xE2\x82\xAC\xE2\x82\xAC money\n";
    size_t from = 0;

    (void)state;
    for (int pieces = 0; text[from] != '\0'; pieces++) {
        const size_t len = page_cut(text, from, 6);
        assert_in_range(len, 1, 6);
        assert_in_range(pieces, 0, 20);
        from += len;
    }
    assert_int_equal(from, sizeof(text) - 1);
    assert_int_equal(page_cut(text, from, 6), 0);
}

struct texts {
    const char *at[3];
    const char **refs[3];
};

static void texts_give(struct texts *texts, const char *a, const char *b, const char *c)
{
    *texts = (struct texts){.at = {a, b, c}};
    for (size_t i = 0; i < LENGTH_OF(texts->at); i++)
        texts->refs[i] = &texts->at[i];
}

static const char *repeated(struct req *rq, const char *what, size_t n)
{
    struct buf out = BUF_IN(rq->arena);

    while (n-- > 0)
        buf_text(&out, what);
    return buf_str(&out);
}

static void bound_cursor__is_good_for_the_call_that_gave_it_only(void **state)
{
    struct req *rq = *state;
    struct bound_cursor cursor;
    const char *text = cursor_bind(rq, "WyJhIl0", "outline|AUTH");

    assert_ok(rq, cursor_part(rq, text, &cursor));
    assert_string_equal(cursor.place, "WyJhIl0");
    assert_ok(rq, cursor_check(rq, &cursor, "outline|AUTH"));
    assert_fails(rq, cursor_check(rq, &cursor, "outline|AUTI"), ST_INVALID,
                 "'cursor' was given by a call with other arguments; repeat those");
    assert_fails(rq, cursor_part(rq, "WyJhIl0", &cursor), ST_INVALID, "'cursor' is none");
}

static void bound_cursor__absent_is_good_for_everything(void **state)
{
    struct req *rq = *state;
    struct bound_cursor cursor;

    assert_null(cursor_bind(rq, NULL, "outline|AUTH"));
    assert_ok(rq, cursor_part(rq, NULL, &cursor));
    assert_null(cursor.place);
    assert_ok(rq, cursor_check(rq, &cursor, "outline|AUTH"));
}

/* What was told as \n or \" took two bytes of the room that the next text has. */
static void cut_texts__stay_in_the_budget_together_with_their_escapes(void **state)
{
    struct req *rq = *state;
    const char *lines = repeated(rq, "\n", 1000);
    const char *quotes = repeated(rq, "\"", 1000);
    size_t told = 0;
    struct texts texts;
    const char *cursor = NULL;

    texts_give(&texts, lines, quotes, repeated(rq, "x", 1000));
    assert_ok(rq, page_cut_texts(rq, NULL, 2500, texts.refs, 3, &cursor));

    assert_non_null(cursor);
    for (size_t i = 0; i < LENGTH_OF(texts.at); i++)
        told += cost(rq, texts.at[i], 0, strlen(texts.at[i]));
    assert_int_equal(told, 2500);
    assert_string_equal(texts.at[0], lines);
    assert_int_equal(strlen(texts.at[1]), 250);
    assert_string_equal(texts.at[2], "");
}

static void cut_texts__go_on_until_everything_was_told_once(void **state)
{
    struct req *rq = *state;
    const char *whole[] = {"short", repeated(rq, "\xE4\xB8\xAD\n", 100), repeated(rq, "y", 90)};
    struct buf read[3] = {BUF_IN(rq->arena), BUF_IN(rq->arena), BUF_IN(rq->arena)};
    const char *cursor = NULL;
    int pages = 0;

    do {
        struct texts texts;
        texts_give(&texts, whole[0], whole[1], whole[2]);
        assert_ok(rq, page_cut_texts(rq, cursor, 61, texts.refs, 3, &cursor));
        for (size_t i = 0; i < LENGTH_OF(read); i++)
            buf_text(&read[i], texts.at[i]);
        assert_true(++pages < 100);
    } while (cursor != NULL);

    for (size_t i = 0; i < LENGTH_OF(read); i++)
        assert_string_equal(buf_str(&read[i]), whole[i]);
    assert_in_range(pages, 10, 12);
}

/* The text was replaced between two pages: what is told is UTF-8 all the same. */
static void cut_texts__go_on_in_another_text_at_a_whole_character(void **state)
{
    struct req *rq = *state;
    const char *cursor = cursor_make(rq, (const char *const[]){"1", "99", NULL}, 3);
    struct texts texts;

    texts_give(&texts, "\xE4\xB8\xAD.", "short", "new");
    assert_ok(rq, page_cut_texts(rq, cursor, 100, texts.refs, 3, &cursor));

    assert_null(cursor);
    assert_string_equal(texts.at[0], ".");
    assert_null(texts.at[1]);
    assert_string_equal(texts.at[2], "new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(cursor__brings_back_what_was_put_in),
        RULE_TEST(cursor__absent_means_from_the_start),
        RULE_TEST(bound_cursor__is_good_for_the_call_that_gave_it_only),
        RULE_TEST(bound_cursor__absent_is_good_for_everything),
        RULE_TEST(cursor__refuses_garbage),
        RULE_TEST(cursor__refuses_what_it_would_not_write_itself),
        RULE_TEST(cursor__refuses_one_of_another_list),
        RULE_TEST(page_fit__takes_as_many_rows_as_fit_and_no_more),
        RULE_TEST(page_fit__tells_at_least_one_row),
        RULE_TEST(page_cut__fills_the_budget_to_the_last_whole_character),
        RULE_TEST(page_cut__goes_through_a_whole_text_in_pieces),
        RULE_TEST(cut_texts__stay_in_the_budget_together_with_their_escapes),
        RULE_TEST(cut_texts__go_on_until_everything_was_told_once),
        RULE_TEST(cut_texts__go_on_in_another_text_at_a_whole_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
