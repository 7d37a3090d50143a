/* Export, import and export again; what is there already; what differs; what is wrong. */
#include "exchange_helper.h"

#include <stdio.h>

#include "planner/base/buf.h"
#include "planner/exchange/shape.h"

static void must_import(struct harness *h, const char *text, const struct intake_order *order,
                        struct intake_report *ret_report)
{
    if (exchange_import(h, text, order, ret_report) != ST_OK)
        fail_msg("%s", h->rq.message);
}

static void must_refuse(struct harness *h, const char *text, const char *words)
{
    struct intake_report report = {.shift = 0};
    const char *before = exchange_text(h, NULL);

    assert_int_not_equal(exchange_import(h, text, NULL, &report), ST_OK);
    if (strstr(h->rq.message, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, h->rq.message);
    assert_string_equal(exchange_text(h, NULL), before);
}

static int64_t sum_of(const struct intake_report *report, size_t member)
{
    int64_t sum = 0;

    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++)
        sum += *(const int64_t *)((const char *)&report->counts[kind] + member);
    return sum;
}
#define SUM(report, member) sum_of(report, offsetof(struct intake_count, member))

static void import__of_an_export_gives_the_same_export(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    exchange_fill(h, 3, 300);
    text = exchange_text(h, NULL);
    exchange_empty(h);
    must_import(h, text, NULL, &report);

    assert_true(report.stored);
    assert_int_equal(report.shift, 0);
    assert_int_equal(SUM(&report, added), SUM(&report, file));
    assert_string_equal(exchange_text(h, NULL), text);
    exchange_check(h);
}

static void import__of_nothing_is_nothing(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = exchange_text(h, NULL);

    must_import(h, text, NULL, &report);

    assert_false(report.stored);
    assert_int_equal(SUM(&report, file), 0);
}

static void import__of_what_is_there_changes_nothing(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    exchange_fill(h, 2, 200);
    text = exchange_text(h, NULL);
    must_import(h, text, NULL, &report);

    assert_false(report.stored);
    assert_false(report.refused);
    assert_int_equal(SUM(&report, added) + SUM(&report, differing) + SUM(&report, extra), 0);
    assert_int_equal(SUM(&report, same) + SUM(&report, left_out), SUM(&report, file));
    assert_string_equal(exchange_text(h, NULL), text);
}

static void import__adds_the_projects_that_are_missing(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *all = NULL;
    const char *one = NULL;

    exchange_fill(h, 2, 200);
    all = exchange_text(h, NULL);
    one = exchange_text(h, "TEST1");
    exchange_empty(h);
    must_import(h, one, NULL, &report);
    must_import(h, all, NULL, &report);

    assert_true(report.stored);
    assert_int_equal(report.counts[RECORD_PROJECT].added, 1);
    assert_int_equal(report.counts[RECORD_PROJECT].same, 1);
    assert_string_equal(exchange_text(h, NULL), all);
}

static void import__refuses_a_project_that_differs_and_says_in_what(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;
    const char *after = NULL;

    exchange_fill(h, 1, 200);
    text = exchange_text(h, NULL);
    (void)harness_sql(h,
                      "UPDATE planner.items SET title = 'another', version = 9 WHERE number = 7");
    (void)harness_sql(h, "DELETE FROM planner.evidence WHERE id = (SELECT min(id) FROM"
                         " planner.evidence)");
    after = exchange_text(h, NULL);
    must_import(h, text, NULL, &report);

    assert_true(report.refused);
    assert_false(report.stored);
    assert_int_equal(report.counts[RECORD_ITEM].differing, 1);
    assert_int_equal(report.counts[RECORD_EVIDENCE].extra, 1);
    assert_int_equal(report.differences.n, 2);
    assert_string_equal(*LIST_AT(report.differences, 0, const char *),
                        "TEST: item 7 differs in title, version");
    assert_string_equal(exchange_text(h, NULL), after);
}

static void import__tells_what_the_store_has_beyond_the_file(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    exchange_fill(h, 1, 200);
    text = exchange_text(h, NULL);
    (void)harness_sql(h,
                      "INSERT INTO planner.evidence (project_id, item_id, kind, reference, agent)"
                      " SELECT project_id, id, 'note', 'x', 'y' FROM planner.items"
                      " WHERE number = 7");
    must_import(h, text, NULL, &report);

    assert_true(report.refused);
    assert_int_equal(report.counts[RECORD_EVIDENCE].beyond, 1);
}

static void import__that_is_dry_stores_nothing_and_counts_the_same(void **state)
{
    struct harness *h = *state;
    const struct intake_order dry = {.dry_run = true};
    struct intake_report report = {.shift = 0};
    const char *text = NULL;
    const char *empty = exchange_text(h, NULL);

    exchange_fill(h, 1, 200);
    text = exchange_text(h, NULL);
    exchange_empty(h);
    must_import(h, text, &dry, &report);

    assert_false(report.stored);
    assert_int_equal(SUM(&report, added), SUM(&report, file));
    assert_string_equal(exchange_text(h, NULL), empty);
    assert_null(harness_sql(h, "SELECT pg_sequence_last_value('planner.change_number')"));
}

static void import__moves_change_numbers_that_are_taken_and_does_so_once(void **state)
{
    struct harness *h = *state;
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    exchange_fill(h, 1, 200);
    text = exchange_text(h, NULL);
    exchange_empty(h);
    (void)harness_sql(h, "SELECT setval('planner.change_number', 3)");
    (void)harness_sql(h, "WITH p AS (INSERT INTO planner.projects (id, slug, description) VALUES"
                         " ('0199aaaa-0000-7000-8000-000000000001', 'OTHER', 'x') RETURNING id)"
                         " INSERT INTO planner.audit (project_id, change, entity_type, entity_id,"
                         " action) SELECT id, 3, 'project', id, 'created' FROM p");
    must_import(h, text, NULL, &report);
    assert_true(report.stored);
    assert_true(report.shift > 0);
    assert_string_equal(harness_sql(h,
                                    "SELECT count(*) FROM (SELECT change FROM planner.audit GROUP"
                                    " BY change HAVING count(DISTINCT project_id) > 1) x"),
                        "0");
    assert_string_equal(harness_sql(h, "SELECT pg_sequence_last_value('planner.change_number') >="
                                       " (SELECT max(change) FROM planner.audit)"),
                        "t");

    must_import(h, text, NULL, &report);
    assert_false(report.stored);
    assert_false(report.refused);
}

static void import__as_a_copy_stands_beside_the_original(void **state)
{
    struct harness *h = *state;
    const struct intake_order copy = {.as = "COPY"};
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    exchange_fill(h, 1, 200);
    text = exchange_text(h, "TEST");
    must_import(h, text, &copy, &report);
    assert_true(report.stored);
    assert_string_equal(exchange_text(h, "TEST"), text);
    exchange_check(h);

    must_import(h, text, &copy, &report);
    assert_false(report.stored);
    assert_false(report.refused);
    assert_int_equal(report.counts[RECORD_ITEM].same, 201);
}

static void import__says_whose_slug_or_directory_is_taken(void **state)
{
    struct harness *h = *state;
    const struct intake_order copy = {.as = "COPY"};
    struct intake_report report = {.shift = 0};
    const char *text = NULL;

    exchange_fill(h, 1, 100);
    (void)harness_sql(h, "UPDATE planner.projects SET workspace = '/srv/test'");
    text = exchange_text(h, NULL);
    exchange_empty(h);
    (void)harness_sql(h, "INSERT INTO planner.projects (id, slug, description) VALUES"
                         " ('0199aaaa-0000-7000-8000-000000000001', 'TEST', 'x')");
    (void)harness_sql(h, "INSERT INTO planner.counters VALUES"
                         " ('0199aaaa-0000-7000-8000-000000000001', 0)");
    must_refuse(h, text, "line 2: TEST is another project here; import it as a copy");

    (void)harness_sql(h, "UPDATE planner.projects SET slug = 'OTHER', workspace = '/srv/test'");
    must_refuse(h, text, "line 2: the directory of TEST is bound to OTHER here");
    must_import(h, text, &copy, &report);
    assert_true(report.stored);
}

static void import__refuses_rows_that_break_a_rule_with_their_line(void **state)
{
    struct harness *h = *state;
    /* clang-format off */
    static const struct {
        const char *after, *was, *is; /* what is changed */
        const char *begin;            /* of the line that is told; NULL: none is */
        const char *words;
    } changes[] = {
        {"{\"item\"", "\"title\":\"", "\"x\":\"\",\"title\":\"", "{\"item\"", "have no member 'x'"},
        {"{\"project\"", "\"slug\":\"TEST\"", "\"slug\":\"test\"", "{\"project\"", "is not a slug"},
        {"{\"project\"", "\"id\":\"0", "\"id\":\"x", "{\"project\"", "is not a UUID"},
        {"{\"project\"", "\"max_iterations\":3", "\"max_iterations\":0", "{\"project\"",
         "breaks a rule of the database (projects_iterations_range)"},
        {"{\"audit\"", "\"change\":", "\"change\":-", "{\"audit\"", "'change' of the audit is not"},
        {"{\"item\"", "\"status\":\"", "\"status\":\"x", "{\"item\"", "breaks a rule"},
        {"{\"item\"", "\"priority\":0", "\"priority\":101", "{\"item\"", "(items_priority_range)"},
        {"{\"item\"", "\"priority\":0", "\"priority\":\"high\"", "{\"item\"", "invalid input syntax"},
        {"{\"item\"", "\"version\":1", "\"version\":null", "{\"item\"", "lacks 'version'"},
        {"{\"item\"", "\"number\":0", "\"number\":5", NULL, "(items_number_key)"},
        {"{\"dependency\"", "\"blocked_by\":\"0", "\"blocked_by\":\"f", "{\"dependency\"",
         "refers to something that is not there (deps_"},
        {"{\"item\"", "\"has_avail\":true", "\"has_avail\":false", NULL, "TEST has_children"},
        {"{\"project\"", "\"last_number\":", "\"last_number\":1,\"x\":", NULL, "have no member"},
        {"{\"project\"", "\"last_number\":15", "\"last_number\":1", NULL, "the last number is told"},
    };
    /* clang-format on */
    const char *text = NULL;

    h->arena.cap = (size_t)1024 * 1024 * 1024;
    exchange_fill(h, 1, 150);
    text = exchange_text(h, NULL);
    exchange_empty(h);
    for (size_t i = 0; i < LENGTH_OF(changes); i++) {
        const char *changed =
            exchange_changed(h, text, changes[i].after, changes[i].was, changes[i].is);
        must_refuse(h, changed, changes[i].words);
        if (changes[i].begin != NULL &&
            strstr(h->rq.message,
                   arena_printf(&h->arena, "line %lld: ",
                                (long long)exchange_line(changed, changes[i].begin))) == NULL)
            fail_msg("another line: %s", h->rq.message);
    }
}

/* A column that nobody exports would be lost by who trusts in an export. */
static void export__has_every_column_but_those_that_are_computed(void **state)
{
    struct harness *h = *state;
    static const char *const tables[RECORD_KINDS] = {[RECORD_PROJECT] = "projects",
                                                     [RECORD_ITEM] = "items",
                                                     [RECORD_ITERATION] = "iterations",
                                                     [RECORD_STEP] = "steps",
                                                     [RECORD_DISPUTE] = "disputes",
                                                     [RECORD_DEPENDENCY] = "deps",
                                                     [RECORD_EVIDENCE] = "evidence",
                                                     [RECORD_CLAIM] = "claims",
                                                     [RECORD_AUDIT] = "audit",
                                                     [RECORD_UNDO] = "undos",
                                                     [RECORD_CUT] = "cuts",
                                                     [RECORD_PURGED] = "purged",
                                                     [RECORD_ORIGIN] = "origins",
                                                     [RECORD_REQUEST] = "requests"};

    for (enum record_kind kind = RECORD_PROJECT; kind < RECORD_KINDS; kind++) {
        struct buf names = BUF_IN(&h->arena);
        for (const struct record_member *m = record_shape(kind)->members; m->name != NULL; m++)
            buf_printf(&names, ",%s", m->name);
        const char *lacks = harness_sql(
            h,
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE"
            " table_schema = 'planner' AND table_name = '%s' AND is_generated = 'NEVER'"
            " AND column_name <> 'project_id' AND column_name <> ALL (string_to_array('%s', ','))",
            tables[kind], buf_str(&names));
        if (lacks != NULL)
            fail_msg("rows of kind %s lack %s", record_kind_names[kind], lacks);
    }
    assert_null(harness_sql(
        h, "SELECT string_agg(table_name, ', ') FROM information_schema.tables WHERE table_schema ="
           " 'planner' AND table_type = 'BASE TABLE' AND table_name NOT IN ('projects', 'counters',"
           " 'items', 'iterations', 'steps', 'disputes', 'deps', 'evidence', 'claims', 'audit',"
           " 'undos', 'cuts', 'purged', 'origins', 'requests', 'roll', 'search_texts',"
           " 'search_words', 'search_grams', 'listeners', 'outbox', 'secrets', 'metrics',"
           " 'schema_migrations')"));
}

static bool add_text(void *ctx, const char *bytes, size_t len)
{
    buf_add(ctx, bytes, len);
    return true;
}

static void markdown__holds_what_people_wrote_and_nothing_of_it_is_markup(void **state)
{
    struct harness *h = *state;
    struct buf text = BUF_IN(&h->arena);
    const struct record_sink sink = {&text, add_text};
    const struct export_order order = {NULL, 0};

    exchange_fill(h, 1, 150);
    (void)harness_sql(h, "UPDATE planner.items SET title = '<b>*x* `y`', objective ="
                         " 'a' || chr(10) || '````' || chr(10) || '# no heading' WHERE number = 7");
    (void)harness_sql(h, "UPDATE planner.items SET title = 'is gone', deleted_at = now()"
                         " WHERE number = 9");
    assert_int_equal(export_markdown(&h->rq, &order, &sink), ST_OK);

    assert_non_null(strstr(text.ptr, "## Outline"));
    assert_non_null(strstr(text.ptr, "TEST-7 \\<b>\\*x\\* \\`y\\`"));
    assert_non_null(strstr(text.ptr, "`````\na\n````\n# no heading\n`````"));
    assert_non_null(strstr(text.ptr, "\nDecision: "));
    assert_non_null(strstr(text.ptr, "\nEvidence:\n"));
    assert_null(strstr(text.ptr, "is gone"));
}

static void import__refuses_a_circle(void **state)
{
    struct harness *h = *state;
    const char *text = NULL;
    const char *a = NULL;
    const char *b = NULL;

    exchange_fill(h, 1, 300);
    a = harness_sql(h, "SELECT item_id FROM planner.deps ORDER BY 1, blocked_by LIMIT 1");
    b = harness_sql(h, "SELECT blocked_by FROM planner.deps ORDER BY item_id, 1 LIMIT 1");
    text = exchange_text(h, NULL);
    exchange_empty(h);
    text = exchange_changed(
        h, text, "{\"evidence\"", "{\"evidence\"",
        arena_printf(&h->arena,
                     "{\"dependency\":{\"item_id\":\"%s\",\"blocked_by\":\"%s\"}}\n"
                     "{\"evidence\"",
                     b, a));
    must_refuse(h, text, "the dependencies make a circle");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(import__of_an_export_gives_the_same_export),
        HARNESS_TEST(import__of_nothing_is_nothing),
        HARNESS_TEST(import__of_what_is_there_changes_nothing),
        HARNESS_TEST(import__adds_the_projects_that_are_missing),
        HARNESS_TEST(import__refuses_a_project_that_differs_and_says_in_what),
        HARNESS_TEST(import__tells_what_the_store_has_beyond_the_file),
        HARNESS_TEST(import__that_is_dry_stores_nothing_and_counts_the_same),
        HARNESS_TEST(import__moves_change_numbers_that_are_taken_and_does_so_once),
        HARNESS_TEST(import__as_a_copy_stands_beside_the_original),
        HARNESS_TEST(import__says_whose_slug_or_directory_is_taken),
        HARNESS_TEST(import__refuses_rows_that_break_a_rule_with_their_line),
        HARNESS_TEST(import__refuses_a_circle),
        HARNESS_TEST(export__has_every_column_but_those_that_are_computed),
        HARNESS_TEST(markdown__holds_what_people_wrote_and_nothing_of_it_is_markup),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
