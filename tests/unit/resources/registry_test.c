/* Templates as declared, and what is answered without a database. */
#include "resource_helper.h"

#include "planner/resources/resource.h"

static bool is_variable_of(const struct resource_template *t, const char *name, size_t len)
{
    for (const struct resource_variable *v = t->variables; v->name != NULL; v++) {
        if (strlen(v->name) == len && strncmp(v->name, name, len) == 0)
            return true;
    }
    return false;
}

/* How many variables the text has; each has to be declared. */
static int count_variables(const struct resource_template *t)
{
    int n = 0;

    for (const char *at = strchr(t->uri_template, '{'); at != NULL; at = strchr(at, '{')) {
        at += at[1] == '?' ? 2 : 1;
        do {
            const size_t len = strcspn(at, ",}");
            if (!is_variable_of(t, at, len))
                fail_msg("%s: %.*s is not declared", t->uri_template, (int)len, at);
            n++;
            at += len;
        } while (*at++ == ',');
    }
    return n;
}

static void templates__declare_exactly_the_variables_they_have(void **state)
{
    const struct resource_template *t = NULL;
    size_t n = 0;

    (void)state;
    for (; (t = resource_template_at(n)) != NULL; n++) {
        int declared = 0;
        while (t->variables[declared].name != NULL)
            declared++;
        assert_int_equal(count_variables(t), declared);
        assert_true(declared <= RESOURCE_VARIABLES_MAX);
    }
    assert_int_equal(n, 12);
    assert_null(resource_template_at(n + 1));
}

static void templates__say_what_clients_are_shown(void **state)
{
    const struct resource_template *t = NULL;

    (void)state;
    for (size_t i = 0; (t = resource_template_at(i)) != NULL; i++) {
        const bool is_twin = strchr(t->uri_template, '?') != NULL;
        assert_true(strlen(t->name) > 0 && strlen(t->title) > 0 && strlen(t->description) > 0);
        assert_true(strlen(t->description) < 2048);
        assert_true(t->priority > 0 && t->priority <= 1);
        assert_true(t->audience != 0);
        assert_int_equal(t->mime_type == NULL, is_twin);
        assert_ptr_equal(resource_template_find(t->uri_template), t);
    }
    assert_null(resource_template_find("planner://projects/{x}"));
}

static void templates__complete_from_the_store_or_from_a_choice(void **state)
{
    const struct resource_template *t =
        resource_template_find("planner://items/{item}/history{?format,cursor}");

    (void)state;
    assert_int_equal(t->variables[0].completes, COMPLETE_ITEM);
    assert_int_equal(t->variables[1].completes, COMPLETE_NONE);
    assert_ptr_equal(t->variables[1].choices, resource_format_names);
    assert_int_equal(t->variables[2].completes, COMPLETE_NONE);
    assert_null(t->variables[2].choices);
}

static void read__of_a_foreign_scheme_finds_nothing(void **state)
{
    struct req *rq = *state;
    struct resource_contents contents;

    assert_fails(rq, resource_read(rq, "file:///etc/passwd", &contents), ST_NOT_FOUND,
                 "there is no resource file:///etc/passwd");
    assert_fails(rq, resource_read(rq, "", &contents), ST_NOT_FOUND, "resources/list");
    assert_fails(rq, resource_read(rq, "planner", &contents), ST_NOT_FOUND, "planner");
    assert_fails(rq, resource_read(rq, repeated(rq, "x", RESOURCE_URI_MAX), &contents),
                 ST_NOT_FOUND, "there is no resource");
    assert_fails(rq, resource_read(rq, repeated(rq, "x", RESOURCE_URI_MAX + 1), &contents),
                 ST_INVALID, "at most 8000 bytes, got 8001");
}

/* A well-formed URI whose name has no form of a name is not there, like any other that is not. */
static void read__of_what_names_nothing_finds_nothing(void **state)
{
    struct req *rq = *state;
    struct resource_contents contents;

    assert_fails(rq, resource_read(rq, "planner://projects/AUTH-3", &contents), ST_NOT_FOUND,
                 "'project': AUTH-3 is an item");
    assert_fails(rq, resource_read(rq, "planner://items/a%20b", &contents), ST_NOT_FOUND,
                 "'item': 'a b' names nothing");
    assert_fails(rq, resource_read(rq, "planner://disputes/%27%3b--", &contents), ST_NOT_FOUND,
                 "'dispute'");
    assert_fails(rq, resource_read(rq, "planner://items/a?format=x", &contents), ST_INVALID,
                 "'format'");
}

static void list__refuses_a_cursor_of_something_else(void **state)
{
    static const char *const wrong[] = {
        "", "x", "!", "WyJBVVRIIl0", "WyJubyIsIngiXQ", "W251bGwsbnVsbF0", "WyJwbGFubmVyIiwieCJd"};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        struct resource_page page = {.n = 7};
        assert_fails(rq, resource_list(rq, wrong[i], &page), ST_INVALID,
                     "'cursor' is none that this list gave");
        assert_int_equal(page.n, 7);
    }
}

static void watch__tells_what_a_uri_names(void **state)
{
    struct req *rq = *state;
    struct resource_watched w;

    assert_true(resource_watch(rq, "planner://projects?format=json", &w));
    assert_int_equal(w.kind, RESOURCE_PROJECTS);
    assert_null(w.ref.slug);
    assert_true(resource_watch(rq, "planner://projects/auth/outline", &w));
    assert_int_equal(w.kind, RESOURCE_OUTLINE);
    assert_string_equal(w.ref.slug, "AUTH");
    assert_string_equal(w.ref.number, "0");
    assert_true(resource_watch(rq, "planner://items/Auth-7/history?cursor=x", &w));
    assert_int_equal(w.kind, RESOURCE_HISTORY);
    assert_string_equal(w.ref.number, "7");
    assert_true(resource_watch(rq, "planner://disputes/0198A3C4-7B2E-7D11-8F00-0123456789AB", &w));
    assert_int_equal(w.kind, RESOURCE_DISPUTE);
    assert_string_equal(w.ref.id, "0198a3c4-7b2e-7d11-8f00-0123456789ab");
}

static void watch__knows_what_can_never_change(void **state)
{
    static const char *const others[] = {"",
                                         "file:///x",
                                         "planner://",
                                         "planner://items",
                                         "planner://items/a b",
                                         "planner://items/a%20b",
                                         "planner://projects/AUTH-1",
                                         "planner://projects/AUTH#x",
                                         "planner://projects/AUTH?x=y"};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(others); i++) {
        struct resource_watched w = {.kind = RESOURCE_DISPUTE};
        assert_false(resource_watch(rq, others[i], &w));
        assert_int_equal(w.kind, RESOURCE_DISPUTE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REQ_TEST(templates__declare_exactly_the_variables_they_have),
        REQ_TEST(templates__say_what_clients_are_shown),
        REQ_TEST(templates__complete_from_the_store_or_from_a_choice),
        REQ_TEST(read__of_a_foreign_scheme_finds_nothing),
        REQ_TEST(read__of_what_names_nothing_finds_nothing),
        REQ_TEST(list__refuses_a_cursor_of_something_else),
        REQ_TEST(watch__tells_what_a_uri_names),
        REQ_TEST(watch__knows_what_can_never_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
