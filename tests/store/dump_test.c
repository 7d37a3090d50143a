/* What a dump is counted by: the same rows give the same hash, whatever else is different. */
#include "harness.h"

/* The answer of dump_sum.sql for a table, as dumps ask for it. */
static const char *sum_of(struct harness *h, const char *table)
{
    const char *const params[] = {table};
    const char *text = NULL;
    PGresult *res = NULL;

    (void)harness_sql(h, "BEGIN");
    (void)harness_sql(h, "%s", q_dump_settings.sql);
    res = PQexecParams(h->side, q_dump_sum.sql, 1, NULL, params, NULL, NULL, 0);
    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(h->side));
    text = arena_strdup(&h->arena, PQgetvalue(res, 0, 0));
    PQclear(res);
    (void)harness_sql(h, "COMMIT");
    return text;
}

static void dump_sum__does_not_depend_on_the_order_of_rows(void **state)
{
    struct harness *h = *state;
    const char *forth = NULL;

    (void)harness_sql(h, "INSERT INTO planner.search_words SELECT gen_random_uuid(), 'w' || n "
                         "FROM generate_series(1, 100) n");
    forth = sum_of(h, "search_words");
    (void)harness_sql(h, "CREATE TEMP TABLE turned AS SELECT * FROM planner.search_words "
                         "ORDER BY word DESC");
    (void)harness_sql(h, "TRUNCATE planner.search_words");
    (void)harness_sql(h, "INSERT INTO planner.search_words SELECT * FROM turned");

    assert_string_equal(sum_of(h, "search_words"), forth);
    assert_non_null(strstr(forth, "\"rows\" : 100"));
}

static void dump_sum__knows_one_changed_byte_and_one_row_twice(void **state)
{
    struct harness *h = *state;
    const char *before = NULL;
    const char *changed = NULL;

    (void)harness_sql(h, "INSERT INTO planner.search_words VALUES (gen_random_uuid(), 'abc')");
    before = sum_of(h, "search_words");
    (void)harness_sql(h, "UPDATE planner.search_words SET word = 'abd'");
    changed = sum_of(h, "search_words");
    (void)harness_sql(h, "INSERT INTO planner.search_words SELECT * FROM planner.search_words");

    assert_string_not_equal(changed, before);
    assert_string_not_equal(sum_of(h, "search_words"), changed);
}

static void dump_sum__of_a_table_without_rows_is_zero(void **state)
{
    struct harness *h = *state;

    assert_string_equal(sum_of(h, "evidence"), "{\"rows\" : 0, \"hash\" : \"0:0\"}");
}

/* secrets have bytes, the record of migrations has times. */
static void dump_sum__does_not_depend_on_how_a_session_shows_values(void **state)
{
    struct harness *h = *state;
    const char *secrets = sum_of(h, "secrets");
    const char *records = sum_of(h, "schema_migrations");

    (void)harness_sql(h, "SET bytea_output = escape; SET TimeZone = 'Asia/Tokyo'");
    (void)harness_sql(h, "SET DateStyle = 'German'; SET extra_float_digits = -15");
    (void)harness_sql(h, "SET search_path = pg_catalog; SET IntervalStyle = iso_8601");

    assert_string_equal(sum_of(h, "secrets"), secrets);
    assert_string_equal(sum_of(h, "schema_migrations"), records);
}

/* As an older program would: whatever tables there are. */
static void dump_tables__names_what_holds_data_for_good(void **state)
{
    struct harness *h = *state;
    const char *names = NULL;

    (void)harness_sql(h, "CREATE TABLE planner.later (n integer)");
    (void)harness_sql(h, "CREATE UNLOGGED TABLE planner.passing (n integer)");
    names = harness_sql(h, "%s", q_dump_tables.sql);

    assert_non_null(strstr(names, "\"later\""));
    assert_non_null(strstr(names, "\"items\""));
    assert_null(strstr(names, "\"passing\""));
    assert_null(strstr(names, "\"metrics\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(dump_sum__does_not_depend_on_the_order_of_rows),
        HARNESS_TEST(dump_sum__knows_one_changed_byte_and_one_row_twice),
        HARNESS_TEST(dump_sum__of_a_table_without_rows_is_zero),
        HARNESS_TEST(dump_sum__does_not_depend_on_how_a_session_shows_values),
        HARNESS_TEST(dump_tables__names_what_holds_data_for_good),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
