/* Pages, ranks and limits of search: at each, below and above. */
#include "search_helper.h"

#include "planner/base/buf.h"

/* `n` tasks of which each `nth` has the word "common", and the first one "rare". */
static void define_many(struct req *rq, size_t n, size_t nth)
{
    struct define_task *tasks = ARENA_MANY(rq->arena, n, struct define_task);
    const struct define_args args = {.parent = "AUTH", .tasks = {true, n, tasks}};
    struct define_answer answer;

    for (size_t i = 0; i < n; i++)
        tasks[i].title = i == 0         ? "rare common"
                         : i % nth == 0 ? arena_printf(rq->arena, "common number %zu", i)
                                        : "something else";
    assert_ok(rq, plan_define(rq, &args, &answer));
}

static void pages__have_every_hit_once(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_args args = {.project = "AUTH", .query = "common", .limit = SOME_INT(7)};
    struct search_view view;
    long last = 1000;
    size_t n = 0;

    (void)plan_project(rq, "AUTH");
    define_many(rq, 60, 2);
    do {
        assert_ok(rq, find_search(rq, &args, &view));
        for (size_t i = 0; i < view.items.n; i++, n++) {
            const struct search_row *row = LIST_AT(view.items, i, const struct search_row);
            assert_true(row->number.v < last); /* they fit equally well */
            last = (long)row->number.v;
        }
        args.cursor = view.next_cursor;
    } while (args.cursor != NULL);

    assert_int_equal(n, 30);
    args.cursor = "WyJhIiwiMSJd";
    assert_fails(rq, find_search(rq, &args, &view), ST_INVALID, "'cursor'");
}

static void ranking__has_a_limit_that_is_told(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;

    (void)plan_project(rq, "AUTH");
    define_many(rq, SEARCH_RANKED, 1);
    view = search(rq, "AUTH", "common");
    assert_false(view.capped.v);
    (void)step_titled(rq, "AUTH-1", "common", NULL);
    view = search(rq, "AUTH", "common");

    assert_true(view.capped.v);
    assert_found(rq, "rare", "AUTH-1");
}

static void frequent_words__are_looked_for_among_the_newest_others_everywhere(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;

    (void)plan_project(rq, "AUTH");
    define_many(rq, 9000, 2);
    view = search(rq, "AUTH", "common");
    assert_true(view.capped.v);
    assert_string_equal(LIST_AT(view.items, 0, struct search_row)->key, "AUTH-8999");
    assert_found(rq, "rare", "AUTH-1");
    assert_found(rq, "rare common", "AUTH-1");
    assert_true(search(rq, "AUTH", "rare something").loose.v); /* each is there, but apart */
}

/* 1,500 hits in the middle, 200 among the newest and one at the beginning, as of 40,000 items. */
static void rather_frequent_words__are_looked_for_among_more_of_the_newest(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_view view;

    (void)plan_project(rq, "AUTH");
    define_many(rq, 1701, 1);
    (void)harness_sql(h, "UPDATE planner.items SET number = number + CASE WHEN number > 1501"
                         " THEN 38000 ELSE 20000 END WHERE number > 1");
    (void)harness_sql(h, "UPDATE planner.counters SET last_number = 40000");
    (void)harness_sql(h, "DELETE FROM planner.search_texts");
    (void)harness_sql(h, "SELECT planner.search_refresh(project_id, array_agg(id))"
                         " FROM planner.items GROUP BY project_id");
    view = search(rq, "AUTH", "common");
    assert_true(view.capped.v);
    assert_found(rq, "rare common", "AUTH-1");
    (void)harness_sql(h, "DELETE FROM planner.search_texts WHERE number BETWEEN 20002 AND 21000");

    view = search(rq, "AUTH", "common"); /* no more than are ranked: everywhere */
    assert_false(view.capped.v);
}

static void long_contents__are_indexed_up_to_a_length(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    char *text = arena_alloc(rq->arena, 65536 + 100);

    plan_usual(rq);
    memset(text, ' ', 65536 + 99);
    text[65536 + 99] = '\0';
    memcpy(text + 65536 - 6, "inside", 6);
    memcpy(text + 65536, " outside", 8);
    assert_ok(rq, plan_submit(rq, "AUTH-2", text));

    assert_found(rq, "inside", "AUTH-2");
    assert_found(rq, "outside", "");
}

/* What would be more than a tsvector holds, were all of it indexed. */
static void largest_contents__are_no_trouble(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct buf text = BUF_IN(rq->arena);

    plan_usual(rq);
    for (int i = 0; text.len < 262144 - 8; i++)
        buf_printf(&text, "%04x ", i);
    assert_ok(rq, plan_submit(rq, "AUTH-2", buf_str(&text)));
    assert_found(rq, "00ff", "AUTH-2");
    text = (struct buf)BUF_IN(rq->arena);
    while (text.len < 262144 - 8)
        buf_text(&text, "word");
    assert_ok(rq, plan_submit(rq, "AUTH-2", buf_str(&text)));
}

static void queries_without_words__are_refused_and_those_with_too_many(void **state)
{
    struct harness *h = *state;
    struct req *rq = &h->rq;
    struct search_args args = {.project = "AUTH", .query = " -- ?! "};
    struct buf words = BUF_IN(rq->arena);
    struct search_view view;

    plan_usual(rq);
    assert_fails(rq, find_search(rq, &args, &view), ST_INVALID, "no letter or digit");
    for (int i = 0; i < SEARCH_WORDS_MAX; i++)
        buf_printf(&words, "w%d ", i);
    args.query = buf_str(&words);
    assert_ok(rq, find_search(rq, &args, &view));
    buf_text(&words, "more");
    args.query = buf_str(&words);
    assert_fails(rq, find_search(rq, &args, &view), ST_INVALID, "33 different words, at most 32");
    args.query = "it's a \\ % ' | & ! <-> :* (test) draft";
    assert_ok(rq, find_search(rq, &args, &view));
    args.query = "the"; /* nothing but a word that is everywhere: then it counts */
    assert_ok(rq, find_search(rq, &args, &view));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(pages__have_every_hit_once),
        HARNESS_TEST(ranking__has_a_limit_that_is_told),
        HARNESS_TEST(frequent_words__are_looked_for_among_the_newest_others_everywhere),
        HARNESS_TEST(rather_frequent_words__are_looked_for_among_more_of_the_newest),
        HARNESS_TEST(long_contents__are_indexed_up_to_a_length),
        HARNESS_TEST(largest_contents__are_no_trouble),
        HARNESS_TEST(queries_without_words__are_refused_and_those_with_too_many),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
