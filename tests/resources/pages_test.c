/* What is too long for one answer comes in pages: all of it, once, and each of them readable. */
#include "read_helper.h"

#include "planner/service/order.h"

#define CONTENT_MAX ((size_t)256 * 1024) /* bytes of a step's content (SPEC 3) */

static void submit(struct req *rq, const char *step, const char *content, const char *reasoning)
{
    const struct submit_args args = {.step = step, .content = content, .reasoning = reasoning};
    struct item_answer answer;

    assert_ok(rq, step_submit(rq, &args, &answer));
}

static void counter(struct req *rq, const char *step, const char *content, const char *feedback)
{
    const struct review_args args = {
        .step = step, .decision = REVIEW_COUNTER, .content = content, .feedback = feedback};
    struct item_answer answer;

    assert_ok(rq, step_review(rq, &args, &answer));
}

/* The fenced texts of all pages, joined; headings are in between. */
static const char *read_all(struct req *rq, const char *uri, int *ret_pages)
{
    struct buf out = BUF_IN(rq->arena);

    *ret_pages = 0;
    while (uri != NULL) {
        const char *text = read_text(rq, uri);
        assert_int_equal(text[0], '#');
        buf_text(&out, read_fenced(rq, text));
        uri = read_next(rq, text);
        assert_true(++*ret_pages < 20);
    }
    return buf_str(&out);
}

static size_t count_char(const char *text, char c)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += *text == c;
    return n;
}

static void dispute__about_the_longest_contents_is_told_whole(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const struct project_args one = {.project = "AUTH", .max_iterations = SOME_INT(1)};
    struct project_answer answer;
    const char *text = NULL;
    int pages = 0;

    plan_usual(rq);
    submit(rq, "AUTH-2", read_repeated(rq, "S\n\"=\n", CONTENT_MAX / 5),
           read_repeated(rq, "Q", 16384));
    assert_ok(rq, project_update(rq, &one, &answer));
    counter(rq, "AUTH-2", read_repeated(rq, "C", CONTENT_MAX), read_repeated(rq, "F", 16384));

    text = read_all(rq, "planner://disputes/AUTH-2", &pages);
    assert_int_equal(count_char(text, 'S'), CONTENT_MAX / 5);
    assert_int_equal(count_char(text, '='), CONTENT_MAX / 5);
    assert_int_equal(count_char(text, 'C'), CONTENT_MAX);
    assert_int_equal(count_char(text, 'Q'), 16384);
    assert_int_equal(count_char(text, 'F'), 16384);
    assert_int_equal(pages, 2);
}

static void item__with_the_longest_contents_is_told_whole(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *text = NULL;
    int pages = 0;

    plan_usual(rq);
    submit(rq, "AUTH-2", read_repeated(rq, "\xE4\xB8\xAD", CONTENT_MAX / 3), NULL);
    counter(rq, "AUTH-2", read_repeated(rq, "\x01", CONTENT_MAX), NULL);

    text = read_all(rq, "planner://items/AUTH-2", &pages);
    assert_int_equal(count_char(text, '\xE4'), CONTENT_MAX / 3 + 1000); /* and the beginnings */
    assert_int_equal(count_char(text, '\x01'), CONTENT_MAX + 1000);
    assert_in_range(pages, 5, 6);
}

/* A fence has one more: the text three times. */
static void item__of_nothing_but_backticks_stays_in_the_limit(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *text = NULL;
    int pages = 0;

    plan_usual(rq);
    submit(rq, "AUTH-2", read_repeated(rq, "`", CONTENT_MAX), NULL);

    text = read_all(rq, "planner://items/AUTH-2", &pages);
    assert_int_equal(count_char(text, '`'), CONTENT_MAX + 1000); /* its beginning */
    assert_in_range(pages, 2, 4);
}

static void json__goes_on_with_its_cursor(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *uri = "planner://items/AUTH-2?format=json";
    const char *cursor = NULL;
    size_t told = 0;
    int pages = 0;

    plan_usual(rq);
    submit(rq, "AUTH-2", read_repeated(rq, "\"", CONTENT_MAX), NULL);

    do {
        const cJSON *page = read_json(rq, uri);
        const char *content = json_get_text(page, "server_content");
        told += content == NULL ? 0 : strlen(content);
        cursor = json_get_text(page, "next_cursor");
        uri = arena_printf(rq->arena, "planner://items/AUTH-2?format=json&cursor=%s", cursor);
        assert_true(++pages < 10);
    } while (cursor != NULL);
    assert_int_equal(told, CONTENT_MAX);
    assert_int_equal(pages, 2);
}

static void define(struct req *rq, const char *parent, size_t n, const char *title)
{
    struct define_task *tasks = ARENA_MANY(rq->arena, n, struct define_task);
    const struct define_args args = {.parent = parent, .tasks = {true, n, tasks}};
    struct define_answer answer;

    for (size_t i = 0; i < n; i++)
        tasks[i].title = title;
    assert_ok(rq, plan_define(rq, &args, &answer));
}

/* Below, at and above the rows of a list. */
static void item__says_when_a_list_has_more(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;

    (void)plan_project(rq, "AUTH");
    define(rq, "AUTH", 199, "a task");
    for (int n = 199; n <= 201; n++) {
        const char *text = read_text(rq, "planner://items/AUTH");
        const cJSON *page = read_json(rq, "planner://items/AUTH?format=json");
        const bool is_cut = n > 200;
        assert_int_equal(cJSON_GetArraySize(json_get(page, "children")), is_cut ? 200 : n);
        assert_int_equal(json_get(page, "cut") != NULL, is_cut);
        assert_int_equal(strstr(text, "\nTold in part: children; what is below it stands in"
                                      " planner://projects/AUTH/outline\n") != NULL,
                         is_cut);
        define(rq, "AUTH", 1, "a task");
    }
}

static void outline__of_thousands_is_complete_and_in_order(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *uri = "planner://projects/AUTH/outline";
    int next = 1;
    int pages = 0;

    (void)plan_project(rq, "AUTH");
    define(rq, "AUTH", 4500, "a task");

    for (; uri != NULL; pages++) {
        const char *text = read_text(rq, uri);
        for (const char *at = strstr(text, "\n- [ ] AUTH-"); at != NULL;
             at = strstr(at + 1, "\n- [ ] AUTH-"))
            assert_int_equal(strtol(at + strlen("\n- [ ] AUTH-"), NULL, 10), next++);
        uri = read_next(rq, text);
    }
    assert_int_equal(next, 4501);
    assert_int_equal(pages, 3);
}

/* Titles as long as they may be, each character of them escaped: the limit holds. */
static void outline__of_long_titles_stays_in_the_limit(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *uri = "planner://projects/AUTH/outline";
    size_t lines = 0;
    int pages = 0;

    (void)plan_project(rq, "AUTH");
    define(rq, "AUTH", 1000, read_repeated(rq, "*", 200));
    define(rq, "AUTH", 1000, read_repeated(rq, "\xF0\x9F\x8C\xB3", 200));

    for (; uri != NULL; pages++) {
        const char *text = read_text(rq, uri);
        for (const char *at = strstr(text, "] AUTH-"); at != NULL; at = strstr(at + 1, "] AUTH-"))
            lines++;
        uri = read_next(rq, text);
    }
    assert_int_equal(lines, 2000);
    assert_in_range(pages, 5, 12);
}

/* The longest cursor there is: 64 levels, every key as long as it may be. */
static void outline__goes_on_from_the_deepest_place(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *parent = plan_project(rq, "AUTH");
    const char *next = NULL;
    const char *rest = NULL;

    for (int i = 0; i < ITEM_DEPTH_MAX; i++)
        parent = plan_task(rq, parent);
    define(rq, "AUTH-63", 2500, "a task");
    (void)harness_sql(h,
                      "UPDATE planner.items SET sort_key = repeat('Z', %d)"
                      " WHERE number BETWEEN 1 AND 63",
                      ORDER_KEY_MAX);
    (void)harness_sql(h, "UPDATE planner.items SET sort_key = repeat('Z', 55) ||"
                         " lpad(number::text, 8, '0') || '1' WHERE number > 64");
    next = read_next(rq, read_text(rq, "planner://projects/AUTH/outline"));

    assert_non_null(next);
    assert_in_range(strlen(next), 5000, RESOURCE_URI_MAX);
    while (next != NULL) {
        rest = read_text(rq, next);
        assert_non_null(strstr(rest, "\n- ...\n  - ...\n"));
        next = read_next(rq, rest);
    }
    assert_non_null(strstr(rest, "- [ ] AUTH-2564 a task"));
}

static void history__of_many_changes_is_complete_newest_first(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *uri = "planner://items/AUTH/history";
    int pages = 0;
    int next = 1200;

    (void)plan_project(rq, "AUTH");
    define(rq, "AUTH", 1200, "a task");

    for (; uri != NULL; pages++) {
        const char *text = read_text(rq, uri);
        for (const char *at = strstr(text, " UTC AUTH-"); at != NULL;
             at = strstr(at + 1, " UTC AUTH-"))
            assert_int_equal(strtol(at + strlen(" UTC AUTH-"), NULL, 10), next--);
        uri = read_next(rq, text);
    }
    assert_int_equal(next, 0);
    assert_int_equal(pages, 3);
}

static void projects__go_on_after_a_page(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    const char *text = NULL;
    const char *uri = NULL;

    for (int i = 0; i < 201; i++)
        (void)plan_project(rq, arena_printf(rq->arena, "P%03d", i));

    text = read_text(rq, "planner://projects");
    uri = read_next(rq, text);
    assert_non_null(strstr(text, "- P199 "));
    assert_null(strstr(text, "- P200 "));
    text = read_text(rq, uri);
    assert_non_null(strstr(text, "- P200 "));
    assert_null(read_next(rq, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(dispute__about_the_longest_contents_is_told_whole),
        HARNESS_TEST(item__with_the_longest_contents_is_told_whole),
        HARNESS_TEST(item__of_nothing_but_backticks_stays_in_the_limit),
        HARNESS_TEST(json__goes_on_with_its_cursor),
        HARNESS_TEST(item__says_when_a_list_has_more),
        HARNESS_TEST(outline__of_thousands_is_complete_and_in_order),
        HARNESS_TEST(outline__of_long_titles_stays_in_the_limit),
        HARNESS_TEST(outline__goes_on_from_the_deepest_place),
        HARNESS_TEST(history__of_many_changes_is_complete_newest_first),
        HARNESS_TEST(projects__go_on_after_a_page),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
