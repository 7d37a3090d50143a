/* What resources/list tells: complete, without doubles, with what a client decides by. */
#include "read_helper.h"

static struct resource_page list_page(struct req *rq, const char *cursor)
{
    struct resource_page page;

    assert_ok(rq, resource_list(rq, cursor, &page));
    return page;
}

static void make_projects(struct req *rq, int first, int last, const char *letter)
{
    for (int i = first; i <= last; i++)
        (void)plan_project(rq, arena_printf(rq->arena, "%s%03d", letter, i));
}

static int count_uri(const struct resource_page *pages, int n, const char *uri)
{
    int found = 0;

    for (int p = 0; p < n; p++) {
        for (size_t i = 0; i < pages[p].n; i++)
            found += strcmp(pages[p].entries[i].uri, uri) == 0;
    }
    return found;
}

static void first_page__begins_with_the_list_of_projects(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct resource_page page = list_page(rq, NULL);

    assert_int_equal(page.n, 2);
    assert_string_equal(page.entries[0].uri, "planner://projects");
    assert_string_equal(page.entries[1].uri, "planner://health");
    assert_null(page.next_cursor);

    plan_usual(rq);
    page = list_page(rq, NULL);
    assert_int_equal(page.n, 4);
    assert_string_equal(page.entries[2].uri, "planner://projects/AUTH");
    assert_string_equal(page.entries[3].uri, "planner://projects/AUTH/outline");
    for (size_t i = 0; i < page.n; i++) {
        const struct resource_entry *e = &page.entries[i];
        assert_string_equal(e->mime_type, "text/markdown");
        assert_true(strlen(e->name) > 0 && strlen(e->title) > 0 && strlen(e->description) > 0);
        assert_int_equal(e->audience, RESOURCE_FOR_USER | RESOURCE_FOR_ASSISTANT);
        assert_true(e->priority > 0 && e->priority <= 1);
    }
}

static void size__is_that_of_the_text_to_the_byte(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct project_args big = {.name = "Big *one*", .slug = "ZBIG"};
    struct project_answer answer;
    struct resource_page page;

    plan_usual(rq);
    big.description = read_repeated(rq, "`", 4096);
    assert_ok(rq, project_create(rq, &big, &answer));
    big.slug = "ZZBIG";
    big.description = read_repeated(rq, "x", 4097);
    assert_ok(rq, project_create(rq, &big, &answer));
    page = list_page(rq, NULL);

    assert_int_equal(page.n, 8);
    assert_false(page.entries[0].size.set);
    assert_int_equal(page.entries[2].size.v, strlen(read_text(rq, page.entries[2].uri)));
    assert_false(page.entries[3].size.set);
    assert_int_equal(page.entries[4].size.v, strlen(read_text(rq, page.entries[4].uri)));
    assert_string_equal(page.entries[6].uri, "planner://projects/ZZBIG");
    assert_false(page.entries[6].size.set); /* its vision would have to be read */
}

static void last_modified__is_that_of_the_last_change_inside(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct resource_page page;

    plan_usual(rq);
    (void)plan_project(rq, "BILL");
    (void)harness_sql(h, "SELECT pg_sleep(0.01)");
    assert_ok(rq, plan_complete(rq, "AUTH-2", OUTCOME_DONE));
    page = list_page(rq, NULL);

    assert_null(page.entries[0].last_modified);
    assert_string_equal(page.entries[2].last_modified,
                        harness_sql(h, "SELECT planner.iso(max(at)) FROM planner.audit"));
    assert_string_equal(page.entries[3].last_modified, page.entries[2].last_modified);
    assert_true(strcmp(page.entries[4].last_modified, page.entries[2].last_modified) < 0);
}

static void archived__is_not_listed(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct project_args args = {.project = "AUTH", .status = PROJECT_ARCHIVED};
    struct project_answer answer;

    plan_usual(rq);
    (void)plan_project(rq, "BILL");
    assert_ok(rq, project_update(rq, &args, &answer));
    assert_int_equal(list_page(rq, NULL).n, 4);
    assert_string_equal(list_page(rq, NULL).entries[2].uri, "planner://projects/BILL");

    args.status = PROJECT_ACTIVE;
    assert_ok(rq, project_update(rq, &args, &answer));
    assert_int_equal(list_page(rq, NULL).n, 6);
}

/* Below, at and above the projects of a page. */
static void page__has_as_many_projects_as_documented(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct resource_page page;

    make_projects(rq, 1, RESOURCE_LIST_PROJECTS - 1, "P");
    page = list_page(rq, NULL);
    assert_int_equal(page.n, 2 + 2 * (RESOURCE_LIST_PROJECTS - 1));
    assert_null(page.next_cursor);

    make_projects(rq, RESOURCE_LIST_PROJECTS, RESOURCE_LIST_PROJECTS, "P");
    page = list_page(rq, NULL);
    assert_int_equal(page.n, 2 + 2 * RESOURCE_LIST_PROJECTS);
    assert_null(page.next_cursor);

    make_projects(rq, RESOURCE_LIST_PROJECTS + 1, RESOURCE_LIST_PROJECTS + 1, "P");
    page = list_page(rq, NULL);
    assert_int_equal(page.n, 2 + 2 * RESOURCE_LIST_PROJECTS);
    assert_non_null(page.next_cursor);
    page = list_page(rq, page.next_cursor);
    assert_int_equal(page.n, 2);
    assert_string_equal(page.entries[0].uri, "planner://projects/P051");
    assert_null(page.next_cursor);
}

static void pages__are_complete_and_without_doubles_while_projects_are_added(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct req *other = harness_req(h, "agent-b");
    struct resource_page pages[4];
    int n = 0;

    make_projects(rq, 1, 110, "P");
    pages[n++] = list_page(rq, NULL);
    make_projects(other, 1, 5, "A");     /* before what was told */
    make_projects(other, 111, 115, "P"); /* behind it */
    pages[n++] = list_page(rq, pages[0].next_cursor);
    make_projects(other, 1, 5, "P1");
    pages[n++] = list_page(rq, pages[1].next_cursor);

    assert_null(pages[2].next_cursor);
    for (int i = 1; i <= 115; i++) {
        const char *uri = arena_printf(rq->arena, "planner://projects/P%03d", i);
        assert_int_equal(count_uri(pages, n, uri), 1);
        assert_int_equal(count_uri(pages, n, arena_printf(rq->arena, "%s/outline", uri)), 1);
    }
    assert_int_equal(count_uri(pages, n, "planner://projects"), 1);
    assert_int_equal(count_uri(pages, n, "planner://projects/A001"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(first_page__begins_with_the_list_of_projects),
        HARNESS_TEST(size__is_that_of_the_text_to_the_byte),
        HARNESS_TEST(last_modified__is_that_of_the_last_change_inside),
        HARNESS_TEST(archived__is_not_listed),
        HARNESS_TEST(page__has_as_many_projects_as_documented),
        HARNESS_TEST(pages__are_complete_and_without_doubles_while_projects_are_added),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
