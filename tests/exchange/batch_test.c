/*
 * Rows go in by sets: 1,000 rows or 1 MiB of one kind. What lies at the edges of a set, what is
 * wrong within one, and what is larger than one; and what search finds of rows that were brought in
 * so.
 */
#include "exchange_helper.h"

#include "planner/store/migrate.h"

#define SET 1000 /* as in intake_load.c */

/* One item less than a set, the project among them. */
static void fill(struct harness *h)
{
    int applied = 0;

    assert_int_equal(migrate_up(&h->rq, 0, &applied), ST_OK);
    exchange_fill(h, 1, SET - 2);
}

/* The export with so many tasks more; the store is empty then. */
static const char *text_with(struct harness *h, int more)
{
    const char *text = NULL;

    h->arena.cap = (size_t)1024 * 1024 * 1024;
    (void)harness_sql(
        h,
        "INSERT INTO planner.items (project_id, id, parent_id, kind, depth, sort_key,"
        " number, title) SELECT p.id, gen_random_uuid(), p.id, 'task', 1, 'z' || c.last_number + n || 'z',"
        " c.last_number + n, 'more' FROM planner.projects p JOIN planner.counters c"
        " ON c.project_id = p.id, generate_series(1, %d) n",
        more);
    (void)harness_sql(h, "INSERT INTO planner.roll (project_id, id) SELECT i.project_id, i.id FROM"
                         " planner.items i WHERE i.title = 'more' ON CONFLICT DO NOTHING");
    (void)harness_sql(h,
                      "UPDATE planner.roll SET n_children = n_children + %d, n_open = n_open + %d,"
                      " n_avail = n_avail + %d WHERE id = project_id",
                      more, more, more);
    (void)harness_sql(h, "UPDATE planner.counters SET last_number = last_number + %d", more);
    exchange_check(h);
    text = exchange_text(h, NULL);
    exchange_empty(h);
    return text;
}

static void must_come_back(struct harness *h, const char *text, struct intake_report *ret_report)
{
    if (exchange_import(h, text, NULL, ret_report) != ST_OK)
        fail_msg("%s", h->rq.message);
    assert_true(ret_report->stored);
    assert_string_equal(exchange_text(h, NULL), text);
    exchange_check(h);
}

static void import__of_one_row_less_than_a_set_a_set_and_one_more(void **state)
{
    struct harness *h = *state;

    for (int items = SET - 1; items <= SET + 1; items++) {
        struct intake_report report = {.shift = 0};
        const char *text = text_with(h, items == SET - 1 ? 0 : 1);

        must_come_back(h, text, &report);

        assert_int_equal(report.counts[RECORD_ITEM].added, items);
    }
}

static void import__of_a_thousand_items_has_the_tables_counted(void **state)
{
    static const char counted[] = "SELECT relname FROM pg_stat_user_tables"
                                  " WHERE relname = 'items' AND last_analyze IS NOT NULL";
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};

    must_come_back(h, text_with(h, 0), &report);
    assert_int_equal(report.counts[RECORD_ITEM].added, 999);
    assert_null(harness_sql(h, counted));

    must_come_back(h, text_with(h, 1), &report);
    assert_int_equal(report.counts[RECORD_ITEM].added, 1000);
    assert_non_null(harness_sql(h, counted));
}

/* The n-th item from 1, made wrong. */
static const char *with_wrong_item(struct harness *h, const char *text, int n)
{
    const char *at = text;

    for (int i = 0; i < n; i++)
        at = strstr(at + 1, "\n{\"item\":");
    at = arena_copy(&h->arena, at + 1, (size_t)(strstr(at, "\"kind\":") - at - 1));
    return exchange_changed(h, text, at, "\"status\":\"", "\"status\":\"un");
}

static void import__names_the_line_wherever_it_stands_in_its_set(void **state)
{
    static const int places[] = {1, SET / 2, SET, SET + 1};
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    text = text_with(h, 2);
    for (size_t i = 0; i < LENGTH_OF(places); i++) {
        const char *wrong = with_wrong_item(h, text, places[i]);
        const char *words =
            arena_printf(&h->arena, "line %d: the item breaks a rule", places[i] + 2);

        assert_int_equal(exchange_import(h, wrong, NULL, &report), ST_INVALID);
        if (strncmp(h->rq.message, words, strlen(words)) != 0)
            fail_msg("'%s', not '%s'", h->rq.message, words);
        assert_null(harness_sql(h, "SELECT slug FROM planner.projects"));
    }
}

/* The first of two is told, though the other one stands in a set of its own or in the same. */
static void import__names_the_first_of_two_wrong_lines(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    text = text_with(h, 2);
    text = with_wrong_item(h, text, SET + 1);
    text = with_wrong_item(h, text, 700);
    text = with_wrong_item(h, text, 300);

    assert_int_equal(exchange_import(h, text, NULL, &report), ST_INVALID);
    assert_non_null(strstr(h->rq.message, "line 302: "));
}

static void import__of_rows_that_are_larger_than_a_set(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    h->arena.cap = (size_t)1024 * 1024 * 1024;
    (void)harness_sql(h, "INSERT INTO planner.audit (project_id, change, entity_type, entity_id,"
                         " action, new_values, user_id) SELECT p.id,"
                         " nextval('planner.change_number'), 'project', p.id, 'updated',"
                         " jsonb_build_object('name', repeat('long ', n)), 'somebody'"
                         " FROM planner.projects p, unnest('{1,500000,2,700000,3}'::int[]) n");
    text = exchange_text(h, NULL);
    exchange_empty(h);
    must_come_back(h, text, &report);

    assert_true(strlen(text) > 5 * (size_t)1200000);
}

/* Every sign that search takes for a blank, one more than it looks at, other languages, nothing. */
static void import__makes_search_find_what_writers_make_it_find(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    (void)harness_sql(h, "UPDATE planner.items SET title ="
                         " E'a-b_c.d/e:f\\\\g@h.org#i<j>k&l+m~n%%o' || number || ' über Ölpest'"
                         " WHERE number BETWEEN 20 AND 30");
    (void)harness_sql(h, "UPDATE planner.items SET objective = repeat('x.y ', 16384) || 'behind'"
                         " WHERE number = 2 AND kind = 'task'");
    (void)harness_sql(h, "UPDATE planner.items SET objective = E'/src/a_file.c: https://a.b/c?d=e'"
                         " WHERE number = 3 AND kind = 'task'");
    (void)harness_sql(h, "UPDATE planner.projects SET description = 'with <b>signs</b> at-once'");
    (void)harness_sql(h, "UPDATE planner.items SET deleted_at = now() WHERE number = 35");
    text = exchange_text(h, NULL);
    exchange_empty(h);
    if (exchange_import(h, text, NULL, &report) != ST_OK)
        fail_msg("%s", h->rq.message);
    (void)harness_sql(h, "CREATE TABLE public.texts AS SELECT * FROM planner.search_texts");
    (void)harness_sql(h, "CREATE TABLE public.words AS SELECT * FROM planner.search_words");
    (void)harness_sql(h, "CREATE TABLE public.grams AS SELECT * FROM planner.search_grams");
    (void)harness_sql(h, "TRUNCATE planner.search_texts, planner.search_words,"
                         " planner.search_grams");
    (void)harness_sql(h, "SELECT planner.search_refresh(i.project_id, array_agg(i.id))"
                         " FROM planner.items i GROUP BY i.project_id");

    assert_string_equal(harness_sql(h, "SELECT count(*) > 500 AND count(content_number) > 50"
                                       " FROM public.texts"),
                        "t");
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"texts", "words", "grams"};
        const char *differs = harness_sql(h,
                                          "SELECT string_agg(x::text, ', ') FROM ("
                                          " (SELECT x::text AS x FROM public.%s x EXCEPT ALL"
                                          "  SELECT x::text FROM planner.search_%s x) UNION ALL"
                                          " (SELECT x::text FROM planner.search_%s x EXCEPT ALL"
                                          "  SELECT x::text FROM public.%s x)) d",
                                          names[i], names[i], names[i], names[i]);
        if (differs != NULL)
            fail_msg("%s: %.1000s", names[i], differs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(import__of_one_row_less_than_a_set_a_set_and_one_more),
        HARNESS_TEST(import__of_a_thousand_items_has_the_tables_counted),
        HARNESS_TEST(import__names_the_line_wherever_it_stands_in_its_set),
        HARNESS_TEST(import__names_the_first_of_two_wrong_lines),
        HARNESS_TEST(import__of_rows_that_are_larger_than_a_set),
        HARNESS_TEST(import__makes_search_find_what_writers_make_it_find),
    };

    return harness_run_filled(tests, LENGTH_OF(tests), fill);
}
