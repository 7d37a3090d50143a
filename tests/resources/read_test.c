/* Reading every kind of resource, from a real database. */
#include "plan_helper.h"

#include "planner/resources/resource.h"

static const char *read_text(struct req *rq, const char *uri)
{
    struct resource_contents contents;

    assert_ok(rq, resource_read(rq, uri, &contents));
    assert_int_equal(contents.n, 1);
    assert_string_equal(contents.parts[0].uri, uri);
    assert_null(contents.parts[0].blob);
    if (getenv("SHOW") != NULL)
        print_message("--- %s\n%s\n", uri, contents.parts[0].text);
    return contents.parts[0].text;
}

static void every_kind__is_read_as_markdown_and_json(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    static const char *const uris[] = {
        "planner://projects",
        "planner://projects/AUTH",
        "planner://projects/AUTH/outline",
        "planner://items/AUTH-2",
        "planner://items/AUTH-2/history",
        "planner://disputes/AUTH-3",
    };

    plan_usual(rq);
    (void)plan_disputed(rq, "AUTH", "AUTH-1");

    for (size_t i = 0; i < LENGTH_OF(uris); i++) {
        const char *json = NULL;
        struct json_fault fault;
        assert_int_equal(read_text(rq, uris[i])[0], '#');
        json = read_text(rq, arena_printf(rq->arena, "%s?format=json", uris[i]));
        assert_true(json_check(json, strlen(json), &fault));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(every_kind__is_read_as_markdown_and_json),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
