/* The planner's URIs: every form, what is none, RFC 3986 at its edges. */
#include "resource_helper.h"

#include "planner/resources/uri.h"

#define ID "0198a3c4-7b2e-7d11-8f00-0123456789ab"

static void assert_uri(struct req *rq, const char *text, enum resource_kind kind, const char *name)
{
    struct resource_uri uri;

    assert_ok(rq, resource_uri_parse(rq, text, &uri));
    assert_int_equal(uri.kind, kind);
    assert_string_equal(uri.text, text);
    if (name == NULL)
        assert_null(uri.name);
    else
        assert_string_equal(uri.name, name);
}

static void parse__takes_the_seven_forms(void **state)
{
    struct req *rq = *state;

    assert_uri(rq, "planner://projects", RESOURCE_PROJECTS, NULL);
    assert_uri(rq, "planner://projects/AUTH", RESOURCE_PROJECT, "AUTH");
    assert_uri(rq, "planner://projects/AUTH/outline", RESOURCE_OUTLINE, "AUTH");
    assert_uri(rq, "planner://items/AUTH-34", RESOURCE_ITEM, "AUTH-34");
    assert_uri(rq, "planner://items/" ID "/history", RESOURCE_HISTORY, ID);
    assert_uri(rq, "planner://disputes/" ID, RESOURCE_DISPUTE, ID);
    assert_uri(rq, "planner://health", RESOURCE_HEALTH, NULL);
}

static void parse__compares_scheme_and_authority_without_case_and_the_rest_with(void **state)
{
    struct req *rq = *state;
    struct resource_uri uri;

    assert_uri(rq, "PLANNER://Projects/auth", RESOURCE_PROJECT, "auth");
    assert_fails(rq, resource_uri_parse(rq, "planner://projects/AUTH/Outline", &uri), ST_NOT_FOUND,
                 "there is no planner://projects/AUTH/Outline");
    assert_fails(rq, resource_uri_parse(rq, "planner://projects?Format=json", &uri), ST_INVALID,
                 "'Format' is unknown");
}

static void parse__decodes_escapes_after_taking_the_parts_apart(void **state)
{
    struct req *rq = *state;

    assert_uri(rq, "planner://projects/%41%55TH", RESOURCE_PROJECT, "AUTH");
    assert_uri(rq, "planner://items/task%3A%2F%2F" ID, RESOURCE_ITEM, "task://" ID);
    assert_uri(rq, "planner://items/a%2Foutline", RESOURCE_ITEM, "a/outline");
    assert_uri(rq, "planner://items/a%3fformat=json", RESOURCE_ITEM, "a?format=json");
    assert_uri(rq, "planner://items/%e4%b8%ad", RESOURCE_ITEM, "\xE4\xB8\xAD");
    assert_uri(rq, "planner://items/100%25", RESOURCE_ITEM, "100%");
    assert_uri(rq, "planner://items/a+b", RESOURCE_ITEM, "a+b");
}

static void parse__refuses_what_is_no_uri(void **state)
{
    static const char *const wrong[][2] = {
        {"planner://items/AUTH 1", "byte 20"},
        {"planner://items/AUTH\n1", "byte 20"},
        {"planner://items/\xE4\xB8\xAD", "byte 16"},
        {"planner://items/\"a\"", "byte 16"},
        {"planner://items/{item}", "byte 16"},
        {"planner://items/a\\b", "byte 17"},
        {"planner://items/a%", "escape at byte 17"},
        {"planner://items/a%4", "escape at byte 17"},
        {"planner://items/a%4g", "escape at byte 17"},
        {"planner://items/a%%41", "escape at byte 17"},
        {"planner://items/AUTH-1#x", "fragment"},
        {"planner://items/AUTH-1#", "fragment"},
        {"planner://items/a%00b", "U+0000"},
        {"planner://items/%ff", "UTF-8"},
        {"planner://items/%c0%af", "UTF-8"},
        {"planner://items/%ed%a0%80", "UTF-8"},
        {"planner://items/a?cursor=%00", "U+0000"},
        {"planner://items/a?%ff=x", "UTF-8"},
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        struct resource_uri uri = {.kind = RESOURCE_DISPUTE};
        assert_fails(rq, resource_uri_parse(rq, wrong[i][0], &uri), ST_INVALID, wrong[i][1]);
        assert_non_null(strstr(rq->message, "'uri'"));
        assert_int_equal(uri.kind, RESOURCE_DISPUTE);
    }
}

static void parse__finds_nothing_at_other_uris(void **state)
{
    static const char *const others[] = {
        "",
        "planner",
        "planner:",
        "planner:projects",
        "planner:/projects",
        "planner://",
        "planner:///projects",
        "planner://project",
        "planner://projects/",
        "planner://projects//outline",
        "planner://projects/AUTH/",
        "planner://projects/AUTH/outline/",
        "planner://projects/AUTH/outline/x",
        "planner://projects/AUTH/history",
        "planner://projects/AUTH/outline/x/y/z",
        "planner://items",
        "planner://items/",
        "planner://items/AUTH-1/outline",
        "planner://disputes",
        "planner://disputes/x/history",
        "planner://%70rojects",
        "planner://me@projects",
        "planner://projects:80",
        "planners://projects",
        "file:///etc/passwd",
        "?",
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(others); i++) {
        struct resource_uri uri;
        if (resource_uri_parse(rq, others[i], &uri) != ST_NOT_FOUND)
            fail_msg("'%s' was found, or: %s", others[i], rq->message);
        assert_non_null(strstr(rq->message, "planner://projects/{project}"));
    }
}

static void query__chooses_format_and_page(void **state)
{
    struct req *rq = *state;
    struct resource_uri uri;

    assert_ok(rq, resource_uri_parse(rq, "planner://items/A1?cursor=W10&format=json", &uri));
    assert_string_equal(uri.cursor, "W10");
    assert_int_equal(uri.format, RESOURCE_JSON);
    assert_ok(rq, resource_uri_parse(rq, "planner://items/A1?%66ormat=%6Dark%64own", &uri));
    assert_null(uri.cursor);
    assert_int_equal(uri.format, RESOURCE_MARKDOWN);
    assert_ok(rq, resource_uri_parse(rq, "planner://items/A1?", &uri));
    assert_int_equal(uri.format, RESOURCE_MARKDOWN);
    assert_ok(rq, resource_uri_parse(rq, "planner://items/A1?&format=json&", &uri));
    assert_int_equal(uri.format, RESOURCE_JSON);
    assert_ok(rq, resource_uri_parse(rq, "planner://items/A1?cursor=", &uri));
    assert_string_equal(uri.cursor, "");
}

static void query__is_refused_with_what_it_takes(void **state)
{
    static const char *const wrong[][2] = {
        {"planner://projects?page=2", "'page' is unknown; this resource takes format and cursor"},
        {"planner://projects/A1?page=2", "'page' is unknown; this resource takes format"},
        {"planner://projects?format", "'format' must be markdown or json, got ''"},
        {"planner://projects?format=xml", "'format' must be markdown or json, got 'xml'"},
        {"planner://projects?format=JSON", "got 'JSON'"},
        {"planner://projects?format=json&format=json", "'format' is given twice"},
        {"planner://projects?format=markdown&format=json", "'format' is given twice"},
        {"planner://projects?cursor=a&cursor=b", "'cursor' is given twice"},
        {"planner://projects/A1?cursor=a", "'cursor': this resource has no pages"},
        {"planner://projects?=x", "'' is unknown"},
        {"planner://projects?format=json;cursor=a", "got 'json;cursor=a'"},
        {"planner://projects?format=json?cursor=a", "got 'json?cursor=a'"},
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        struct resource_uri uri;
        assert_fails(rq, resource_uri_parse(rq, wrong[i][0], &uri), ST_INVALID, wrong[i][1]);
    }
}

/* Below, at and above the limit. */
static void parse__takes_as_many_bytes_as_documented(void **state)
{
    struct req *rq = *state;
    const char *head = "planner://items/";
    const size_t room = RESOURCE_URI_MAX - strlen(head);

    for (size_t n = room - 1; n <= room + 1; n++) {
        struct resource_uri uri;
        const char *text = arena_printf(rq->arena, "%s%s", head, repeated(rq, "x", n));
        if (n <= room)
            assert_ok(rq, resource_uri_parse(rq, text, &uri));
        else
            assert_fails(rq, resource_uri_parse(rq, text, &uri), ST_INVALID,
                         "at most 8000 bytes, got 8001");
    }
}

static void next__keeps_resource_and_format(void **state)
{
    static const char *const pairs[][2] = {
        {"planner://items/A%31", "planner://items/A%31?cursor=W10"},
        {"planner://items/A1?cursor=x", "planner://items/A1?cursor=W10"},
        {"planner://items/A1?cursor=x&format=json", "planner://items/A1?format=json&cursor=W10"},
        {"planner://items/A1?format=markdown", "planner://items/A1?cursor=W10"},
    };
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(pairs); i++) {
        struct resource_uri uri;
        assert_ok(rq, resource_uri_parse(rq, pairs[i][0], &uri));
        assert_string_equal(resource_uri_next(rq, &uri, "W10"), pairs[i][1]);
        assert_ok(rq, resource_uri_parse(rq, pairs[i][1], &uri));
        assert_string_equal(uri.cursor, "W10");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REQ_TEST(parse__takes_the_seven_forms),
        REQ_TEST(parse__compares_scheme_and_authority_without_case_and_the_rest_with),
        REQ_TEST(parse__decodes_escapes_after_taking_the_parts_apart),
        REQ_TEST(parse__refuses_what_is_no_uri),
        REQ_TEST(parse__finds_nothing_at_other_uris),
        REQ_TEST(query__chooses_format_and_page),
        REQ_TEST(query__is_refused_with_what_it_takes),
        REQ_TEST(parse__takes_as_many_bytes_as_documented),
        REQ_TEST(next__keeps_resource_and_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
