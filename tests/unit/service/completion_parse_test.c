/* What the beginning of a word is taken for. */
#include "service_helper.h"

#include "planner/service/completion.h"

static struct complete_typed parse(void **state, const char *prefix)
{
    return complete_parse(((struct req *)*state)->arena, prefix);
}

static void nothing_typed__asks_for_everything(void **state)
{
    static const char *const blank[] = {NULL, "", " ", "\t\n "};

    for (size_t i = 0; i < LENGTH_OF(blank); i++) {
        const struct complete_typed typed = parse(state, blank[i]);
        assert_null(typed.slug);
        assert_null(typed.words);
        assert_null(typed.low);
        assert_false(typed.whole);
        assert_false(typed.hopeless);
    }
}

static void letters__may_begin_a_slug_or_a_title(void **state)
{
    const struct complete_typed typed = parse(state, " aU9 ");

    assert_string_equal(typed.slug, "AU9");
    assert_false(typed.whole);
    assert_null(typed.digits);
    assert_string_equal(typed.words, "aU9");
}

static void one_letter__is_a_beginning_too(void **state)
{
    assert_string_equal(parse(state, "a").slug, "A");
}

static void a_dash__ends_the_slug(void **state)
{
    const struct complete_typed typed = parse(state, "auth-");

    assert_string_equal(typed.slug, "AUTH");
    assert_true(typed.whole);
    assert_null(typed.digits);
}

static void digits_after_the_dash__begin_a_number(void **state)
{
    const struct complete_typed typed = parse(state, "auth-120");

    assert_string_equal(typed.slug, "AUTH");
    assert_string_equal(typed.digits, "120");
    assert_string_equal(parse(state, "AUTH-123456789").digits, "123456789");
}

static void what_cannot_be_a_key__is_words(void **state)
{
    static const char *const words[] = {
        "-",          "a-",        "9a",          "auth-0",     "auth-01",         "auth-x",
        "auth-1x",    "auth--",    "auth-1-2",    "e-mail now", "AUTH-1234567890", "a_b",
        "100% 'sure", "\xC3\xA4z", "ABCDEFGHIJK",
    };

    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        const struct complete_typed typed = parse(state, words[i]);
        if (typed.slug != NULL || strcmp(typed.words, words[i]) != 0)
            fail_msg("%s is taken for a key", words[i]);
    }
}

static void blanks_between_words__become_single(void **state)
{
    assert_string_equal(parse(state, "  limit\t the \n rate ").words, "limit the rate");
}

static void the_beginning_of_an_id__is_a_range_of_ids(void **state)
{
    const struct complete_typed typed = parse(state, "0198aBcd-12");

    assert_string_equal(typed.low, "0198aBcd-1200-0000-0000-000000000000");
    assert_string_equal(typed.high, "0198aBcd-12ff-ffff-ffff-ffffffffffff");
}

static void a_whole_id__is_a_range_of_one(void **state)
{
    const char *id = "0198abcd-1234-7000-8000-0123456789ab";
    const struct complete_typed typed = parse(state, id);

    assert_string_equal(typed.low, id);
    assert_string_equal(typed.high, id);
}

static void less_than_eight_digits_or_a_wrong_form__is_no_id(void **state)
{
    static const char *const texts[] = {"0198abc", "0198abcde", "0198abcg", "0198-abcd",
                                        "0198abcd-1234-7000-8000-0123456789abc"};

    for (size_t i = 0; i < LENGTH_OF(texts); i++)
        assert_null(parse(state, texts[i]).low);
}

static char *repeated(void **state, const char *word, size_t n)
{
    const size_t len = strlen(word);
    char *text = arena_alloc(((struct req *)*state)->arena, n * len + 1);

    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, word, len);
    return text;
}

static void length__is_counted_in_characters(void **state)
{
    assert_false(parse(state, repeated(state, "\xC3\xA4", COMPLETE_PREFIX_MAX - 1)).hopeless);
    assert_false(parse(state, repeated(state, "\xC3\xA4", COMPLETE_PREFIX_MAX)).hopeless);
    assert_true(parse(state, repeated(state, "\xC3\xA4", COMPLETE_PREFIX_MAX + 1)).hopeless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(nothing_typed__asks_for_everything),
        RULE_TEST(letters__may_begin_a_slug_or_a_title),
        RULE_TEST(one_letter__is_a_beginning_too),
        RULE_TEST(a_dash__ends_the_slug),
        RULE_TEST(digits_after_the_dash__begin_a_number),
        RULE_TEST(what_cannot_be_a_key__is_words),
        RULE_TEST(blanks_between_words__become_single),
        RULE_TEST(the_beginning_of_an_id__is_a_range_of_ids),
        RULE_TEST(a_whole_id__is_a_range_of_one),
        RULE_TEST(less_than_eight_digits_or_a_wrong_form__is_no_id),
        RULE_TEST(length__is_counted_in_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
