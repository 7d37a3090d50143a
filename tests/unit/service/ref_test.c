/* Naming things: every form, what is none, and slugs from names. */
#include "service_helper.h"

#include "planner/base/json.h"
#include "planner/service/ref.h"

#define ID          "0198a3c4-7b2e-7d11-8f00-0123456789ab"
#define ID_AND_MORE ID "0"
#define ID_UPPER    "0198A3C4-7B2E-7D11-8F00-0123456789AB"

static void assert_key(struct req *rq, const char *text, const char *slug, const char *number)
{
    struct ref ref;

    assert_ok(rq, ref_parse(rq, "item", text, &ref));
    assert_null(ref.id);
    assert_string_equal(ref.slug, slug);
    assert_string_equal(ref.number, number);
    assert_string_equal(ref.text, text);
    assert_string_equal(ref.arg, "item");
}

static void assert_id(struct req *rq, const char *text)
{
    struct ref ref;

    assert_ok(rq, ref_parse(rq, "item", text, &ref));
    assert_string_equal(ref.id, ID);
    assert_null(ref.slug);
    assert_null(ref.number);
}

static void parse__takes_keys_in_any_case(void **state)
{
    struct req *rq = *state;

    assert_key(rq, "AUTH-34", "AUTH", "34");
    assert_key(rq, "auth-34", "AUTH", "34");
    assert_key(rq, "Au7h-1", "AU7H", "1");
    assert_key(rq, "ABCDEFGHIJ-999999999", "ABCDEFGHIJ", "999999999");
}

static void parse__takes_a_slug_as_the_project_itself(void **state)
{
    struct req *rq = *state;

    assert_key(rq, "AUTH", "AUTH", "0");
    assert_key(rq, "au", "AU", "0");
    assert_key(rq, "abcdefghij", "ABCDEFGHIJ", "0");
}

static void parse__takes_ids_with_and_without_scheme_in_lower_case(void **state)
{
    struct req *rq = *state;

    assert_id(rq, ID);
    assert_id(rq, ID_UPPER);
    assert_id(rq, "task://" ID);
    assert_id(rq, "step://" ID);
    assert_id(rq, "project://" ID_UPPER);
    assert_id(rq, "dispute://" ID);
}

static void parse__refuses_everything_else_and_says_the_forms(void **state)
{
    static const char *const wrong[] = {
        "",
        "A",
        "A-1",
        "1AUTH",
        "ABCDEFGHIJK",
        "AUTH-",
        "AUTH-0",
        "AUTH-01",
        "AUTH-1x",
        "AUTH--1",
        "AUTH-1-2",
        "AUTH-1000000000",
        "AUTH 1",
        " AUTH-1",
        "AUTH-1 ",
        "task://AUTH-1",
        "task://",
        "step://x",
        "item://" ID,
        "TASK://" ID,
        "task:" ID,
        ID_AND_MORE,
        "AUTH_X-1",
        "\xC3\x84UTH-1",
        "AUTH-\xEF\xBC\x91",
        "task://task://" ID,
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        struct ref ref = {.arg = "untouched"};
        const enum status got = ref_parse(rq, "step", wrong[i], &ref);
        if (got != ST_INVALID)
            fail_msg("'%s' gave status %d", wrong[i], (int)got);
        assert_non_null(strstr(rq->message, "'step': '"));
        assert_non_null(strstr(rq->message, "AUTH-34"));
        assert_string_equal(ref.arg, "untouched");
    }
}

/* A message that quotes a caller is still UTF-8, wherever the quotation is cut. */
static void parse__quotes_whole_characters(void **state)
{
    struct req *rq = *state;
    const char *pads[] = {"", "x", "xx", "xxx"};

    for (size_t i = 0; i < LENGTH_OF(pads); i++) {
        struct buf text = BUF_IN(rq->arena);
        struct json_out out = JSON_OUT_IN(rq->arena);
        struct json_fault fault;
        struct ref ref;
        buf_text(&text, pads[i]);
        for (int n = 0; n < 50; n++)
            buf_text(&text, "\xF0\x9F\x8C\xB3");
        assert_fails(rq, ref_parse(rq, "item", buf_str(&text), &ref), ST_INVALID, "names nothing");
        json_str(&out, rq->message);
        assert_true(json_check(json_text(&out), out.buf.len, &fault));
    }
}

static void parse_project__refuses_items_and_names_their_project(void **state)
{
    struct req *rq = *state;
    struct ref ref;

    assert_fails(rq, ref_parse_project(rq, "project", "auth-3", &ref), ST_INVALID, "like AUTH");
    assert_ok(rq, ref_parse_project(rq, "project", "auth", &ref));
    assert_string_equal(ref.slug, "AUTH");
    assert_ok(rq, ref_parse_project(rq, "project", "project://" ID, &ref));
    assert_string_equal(ref.id, ID);
}

static void parse_project__falls_back_to_the_configured_one(void **state)
{
    struct req *rq = *state;
    struct ref ref;

    assert_ok(rq, ref_parse_project(rq, "project", NULL, &ref));
    assert_null(ref.slug);
    assert_null(ref.id);

    rq->project = "bill";
    assert_ok(rq, ref_parse_project(rq, "project", NULL, &ref));
    assert_string_equal(ref.slug, "BILL");
    assert_ok(rq, ref_parse_project(rq, "project", "auth", &ref));
    assert_string_equal(ref.slug, "AUTH");
}

static void slug_from_name__is_always_a_slug(void **state)
{
    static const char *const pairs[][2] = {
        {"Authentication service", "AUTHENTICA"},
        {"Bill", "BILL"},
        {"a", "AX"},
        {"", "PX"},
        {"7 wonders", "P7WONDERS"},
        {"3D engine", "P3D"},
        {"My app", "MYAPP"},
        {"\xC3\x84pfel", "PFEL"},
        {"\xE4\xB8\xAD\xE6\x96\x87", "PX"},
        {"--- !", "PX"},
        {"a-b-c-d", "ABC"},
        {"x y", "XY"},
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(pairs); i++) {
        const char *slug = ref_slug_from_name(rq->arena, pairs[i][0]);
        assert_string_equal(slug, pairs[i][1]);
        assert_true(ref_slug_is_valid(slug));
    }
}

static void slug_is_valid__knows_the_borders(void **state)
{
    (void)state;

    assert_true(ref_slug_is_valid("AB"));
    assert_true(ref_slug_is_valid("A9"));
    assert_true(ref_slug_is_valid("ABCDEFGHIJ"));
    assert_false(ref_slug_is_valid("A"));
    assert_false(ref_slug_is_valid(""));
    assert_false(ref_slug_is_valid("ABCDEFGHIJK"));
    assert_false(ref_slug_is_valid("9A"));
    assert_false(ref_slug_is_valid("Ab"));
    assert_false(ref_slug_is_valid("A-B"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(parse__takes_keys_in_any_case),
        RULE_TEST(parse__takes_a_slug_as_the_project_itself),
        RULE_TEST(parse__takes_ids_with_and_without_scheme_in_lower_case),
        RULE_TEST(parse__refuses_everything_else_and_says_the_forms),
        RULE_TEST(parse__quotes_whole_characters),
        RULE_TEST(parse_project__refuses_items_and_names_their_project),
        RULE_TEST(parse_project__falls_back_to_the_configured_one),
        RULE_TEST(slug_from_name__is_always_a_slug),
        RULE_TEST(slug_is_valid__knows_the_borders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
