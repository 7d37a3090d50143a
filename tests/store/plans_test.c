/*
 * The plans of all statements, of sql/queries and inside of functions, on a store that is large
 * enough for honest statistics: none scans a table of the plan, and none reads more rows than its
 * answer needs, which a walk over a whole index would. plans.sql has the calls; auto_explain tells
 * every plan that was executed, with the rows that each node read.
 */
#include "harness.h"

#include <stdio.h>

#include "planner/base/buf.h"
#include "planner/store/migrate.h"

#define STORE_ITEMS "30000"
#define STORE_WIDE  "3000"
/* Rows that a node may read in a block: an answer has hundreds, the smallest table thousands. */
#define ROWS_MAX 1200
/* The same where the planner guesses: small tables may be read whole, such as claims, large ones
 * not. */
#define ROWS_GUESSED 9000

/* What grows with the plan. Of the disputes there are few, and reading them all may be the best. */
static const struct {
    const char *name;
    bool small;
} tables[] = {{"items"},          {"audit"},        {"iterations"},   {"steps"},
              {"roll"},           {"deps"},         {"claims"},       {"requests"},
              {"disputes", true}, {"search_texts"}, {"search_words"}, {"search_grams"}};

struct plans {
    struct harness *h;
    const char *block; /* the one that runs */
    const char *mode;
    bool strict;  /* the program's settings: a scan is what has no index at all */
    bool guesses; /* statistics are wrong, or are not there */
    bool may_scan;
    long rows_max;
    size_t n_nodes; /* scans that were looked at */
    size_t n_wrong;
};

/* ------------------------------------------------------------------ reading plans */

/* The first line of the block. */
static const char *title(const struct plans *p)
{
    return arena_copy(&p->h->arena, p->block, strcspn(p->block, "\n"));
}

static bool is_looked_at(const struct plans *p, const char *name)
{
    const size_t len = strcspn(name, " \n");

    for (size_t i = 0; i < LENGTH_OF(tables); i++) {
        if (strlen(tables[i].name) == len && strncmp(tables[i].name, name, len) == 0)
            return p->strict || !tables[i].small;
    }
    return false;
}

/* The number after `mark`, in the lines of one node: up to the next arrow. */
static double number_in(const char *node, const char *mark)
{
    const char *end = strstr(node, "->");
    const char *at = strstr(node, mark);

    if (at == NULL || (end != NULL && at > end))
        return 0;
    return strtod(at + strlen(mark), NULL);
}

/* The name of the query, or the text of a statement inside of a function. */
static const char *query_of(struct plans *p, const char *plan)
{
    static const char mark[] = "Query Text: ";
    const char *text = strstr(plan, mark);

    if (text == NULL)
        return "?";
    text += sizeof(mark) - 1;
    for (const struct query *const *q = all_queries; *q != NULL; q++) {
        if (strncmp((*q)->sql, text, strlen((*q)->sql)) == 0)
            return (*q)->name;
    }
    return arena_printf(&p->h->arena, "%.400s", text);
}

static void complain(struct plans *p, const char *plan, const char *node, const char *what)
{
    p->n_wrong++;
    print_error("%s (%s): %s: %.*s\n  in %s\n", title(p), p->mode, what, (int)strcspn(node, "\n"),
                node, query_of(p, plan));
}

/* `node` is behind the arrow of a scan of one of the tables; `name` is the table's name. */
static void check_scan(struct plans *p, const char *plan, const char *node)
{
    const double loops = number_in(node, " loops=");
    const double rows = number_in(node, "(actual rows=") +
                        number_in(node, "Rows Removed by Filter: ") +
                        number_in(node, "Rows Removed by Index Recheck: ");

    p->n_nodes++;
    if (strncmp(node, "Seq Scan", 8) == 0 && !p->may_scan)
        complain(p, plan, node, "scans a table");
    else if (rows * loops > (double)p->rows_max)
        complain(p, plan, node, "reads too many rows");
}

static void check_plan(void *arg, const PGresult *res)
{
    struct plans *p = arg;
    const char *plan = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *line = plan;

    if (plan == NULL || strncmp(plan, "duration: ", 10) != 0)
        return;
    for (; line != NULL; line = strchr(line, '\n')) {
        const size_t len = strcspn(line + 1, "\n");
        const char *node = line + 1 + strspn(line + 1, " ->");
        const char *on = strstr(node, " on ");
        const char *scan = strstr(node, " Scan ");
        line++;
        if (scan != NULL && on != NULL && scan < line + len && on < line + len &&
            strstr(node, "(cost=") != NULL && is_looked_at(p, on + 4))
            check_scan(p, plan, node);
    }
}

/* ------------------------------------------------------------------ running blocks */

static void run(struct plans *p, const char *sql)
{
    PGresult *res = NULL;
    int n = 0;

    assert_int_equal(PQsendQuery(p->h->side, sql), 1);
    while ((res = PQgetResult(p->h->side)) != NULL) {
        const ExecStatusType status = PQresultStatus(res);
        n++;
        if (status == PGRES_FATAL_ERROR)
            fail_msg("%s: %s", title(p), PQresultErrorMessage(res));
        if (status == PGRES_TUPLES_OK && PQntuples(res) == 0)
            fail_msg("%s: statement %d found nothing", title(p), n);
        PQclear(res);
    }
}

static const char *query_sql(const char *name)
{
    for (const struct query *const *q = all_queries; *q != NULL; q++) {
        if (strcmp((*q)->name, name) == 0)
            return (*q)->sql;
    }
    fail_msg("there is no query %s", name);
    return NULL;
}

static long number_after(const char *block, const char *mark, long otherwise)
{
    const char *at = strstr(block, mark);

    return at == NULL ? otherwise : strtol(at + strlen(mark), NULL, 10);
}

static long rows_allowed(const struct plans *p, const char *block)
{
    const long counted = number_after(block, "-- may read ", ROWS_MAX);
    const long guessed = number_after(block, "-- guessing may read ", ROWS_GUESSED);

    return p->guesses && guessed > counted ? guessed : counted;
}

static void ignore(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

static void run_block(struct plans *p, const char *block, const char *mode, const char *settings)
{
    p->block = block;
    p->mode = mode;
    p->rows_max = rows_allowed(p, block);
    p->may_scan = strstr(block, "-- may scan tables: ") != NULL;
    run(p, "BEGIN");
    run(p, query_sql("session_settings"));
    run(p, settings);
    run(p, "SET LOCAL client_min_messages = notice");
    (void)PQsetNoticeReceiver(p->h->side, check_plan, p);
    run(p, block);
    (void)PQsetNoticeReceiver(p->h->side, ignore, NULL);
    run(p, "ROLLBACK");
}

/* Blocks end at empty lines. NULL behind the last one. */
static const char *next_block(struct arena *arena, const char **at)
{
    const char *block = *at + strspn(*at, "\n");
    const char *end = strstr(block, "\n\n");

    if (*block == '\0')
        return NULL;
    if (end == NULL)
        end = block + strlen(block);
    *at = end;
    return arena_copy(arena, block, (size_t)(end - block));
}

static void run_blocks(struct plans *p, const char *script, const char *mode, const char *settings)
{
    const char *at = script;
    const char *block = NULL;

    while ((block = next_block(&p->h->arena, &at)) != NULL) {
        if (strstr(block, "EXECUTE ") != NULL || strstr(block, "SET LOCAL ") != NULL)
            run_block(p, block, mode, settings);
    }
}

/* The block that is run once, and stays. */
static void run_first(struct plans *p, const char *script)
{
    const char *at = strstr(script, "-- before everything");

    assert_non_null(at);
    p->block = next_block(&p->h->arena, &at);
    run(p, p->block);
}

static void prepare_all(struct plans *p)
{
    for (const struct query *const *q = all_queries; *q != NULL; q++) {
        PGresult *res = PQprepare(p->h->side, (*q)->name, (*q)->sql, 0, NULL);
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            fail_msg("%s: %s", (*q)->name, PQerrorMessage(p->h->side));
        PQclear(res);
    }
}

/* ------------------------------------------------------------------ nothing was forgotten */

static bool says(struct plans *p, const char *script, const char *fmt, const char *name)
{
    return strstr(script, arena_printf(&p->h->arena, fmt, name)) != NULL;
}

static void forgotten(struct plans *p, const char *what)
{
    p->n_wrong++;
    print_error("%s tests/store/plans.sql: add a block, or say why it is left out\n", what);
}

static void check_queries(struct plans *p, const char *script)
{
    for (const struct query *const *q = all_queries; *q != NULL; q++) {
        if (!says(p, script, "\nEXECUTE %s(", (*q)->name) &&
            !says(p, script, "\nEXECUTE %s;", (*q)->name) &&
            !says(p, script, "\n-- left out %s: ", (*q)->name))
            forgotten(p, arena_printf(&p->h->arena, "sql/queries/%s.sql is not in", (*q)->name));
    }
}

static void check_functions(struct plans *p, const char *script)
{
    PGresult *res =
        PQexec(p->h->side, "SELECT DISTINCT f.proname FROM pg_proc f"
                           " JOIN pg_language l ON l.oid = f.prolang AND l.lanname = 'plpgsql'"
                           " WHERE f.pronamespace = 'planner'::regnamespace AND NOT EXISTS ("
                           "SELECT FROM pg_stat_user_functions s WHERE s.funcid = f.oid)");

    assert_int_equal(PQresultStatus(res), PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(res); i++) {
        const char *name = PQgetvalue(res, i, 0);
        if (!says(p, script, "\n-- left out %s: ", name))
            forgotten(p, arena_printf(&p->h->arena, "planner.%s is not reached by", name));
    }
    PQclear(res);
}

/* ------------------------------------------------------------------ stores and what is believed */

/* A block of statistics.sql, by its name. */
static void believe(struct plans *p, const char *name)
{
    const char *script = harness_file(&p->h->arena, STATISTICS_SQL);
    const char *at = strstr(script, arena_printf(&p->h->arena, "\n-- %s: ", name));

    assert_non_null(at);
    p->block = next_block(&p->h->arena, &at);
    run(p, p->block);
}

/* Built twice: with ten items, to be counted, and as large as it is. */
static void fill(struct harness *h)
{
    struct plans p = {.h = h, .block = "store.sql"};
    int applied = 0;

    assert_int_equal(migrate_up(&h->rq, 0, &applied), ST_OK);
    run(&p, harness_file(&h->arena, STORE_SQL));
    believe(&p, "counted at ten items");
    run(&p, "SELECT pg_temp.store_build('BIG', 1, " STORE_ITEMS ", " STORE_WIDE ")");
}

/* The store of this test, or the larger one that PLANNER_PLANS_STORE connects to. */
static void open_store(struct plans *p)
{
    const char *large = getenv("PLANNER_PLANS_STORE");

    p->block = "VACUUM";
    if (large != NULL) {
        PQfinish(p->h->side);
        p->h->side = PQconnectdb(large);
        assert_int_equal(PQstatus(p->h->side), CONNECTION_OK);
        run(p, "DROP SCHEMA IF EXISTS given CASCADE");
        return;
    }
    run(p, "VACUUM ANALYZE");
    assert_null(harness_sql(p->h, "SELECT r.id || ': ' || r.what"
                                  " FROM planner.projects p, planner.roll_check(p.id) r"));
}

static void watch_plans(struct plans *p)
{
    run(p, "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
           "SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;"
           "SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice;"
           "SET track_functions = pl");
    prepare_all(p);
}

static void plans__read_by_key_what_they_answer_with(void **state)
{
    struct plans p = {.h = *state, .strict = true};
    const char *script = harness_file(&p.h->arena, PLANS_SQL);

    open_store(&p);
    run_first(&p, script);
    watch_plans(&p);
    run_blocks(&p, script, "as the program has it", "SET LOCAL enable_seqscan = off");
    p.strict = false;
    run(&p, "DISCARD PLANS"); /* made under the settings before */
    run_blocks(&p, script, "enable_seqscan on", "SET LOCAL enable_seqscan = on");
    run(&p, "SELECT pg_stat_force_next_flush()");
    check_queries(&p, script);
    check_functions(&p, script);

    print_message("             %zu scans looked at\n", p.n_nodes);
    assert_int_equal(p.n_wrong, 0);
    assert_in_range(p.n_nodes, 500, SIZE_MAX);
}

/* `statistics` is what is believed; NULL: that there are ten items. */
static void read_by_key(struct harness *h, const char *statistics)
{
    struct plans p = {.h = h, .strict = true, .guesses = true};
    const char *script = harness_file(&h->arena, PLANS_SQL);

    run_first(&p, script);
    if (statistics != NULL) {
        run(&p, "ANALYZE");
        believe(&p, statistics);
    }
    watch_plans(&p);
    run_blocks(&p, script, statistics == NULL ? "counted at ten items" : statistics,
               "SET LOCAL statement_timeout = '20s'");

    assert_int_equal(p.n_wrong, 0);
    assert_in_range(p.n_nodes, 500, SIZE_MAX);
}

static void plans__of_a_store_that_was_counted_at_ten_items_are_the_same(void **state)
{
    read_by_key(*state, NULL);
}

static void plans__of_a_project_beside_a_thousand_small_ones_are_the_same(void **state)
{
    read_by_key(*state, "as beside a thousand small projects");
}

static void plans__of_a_store_without_statistics_are_the_same(void **state)
{
    read_by_key(*state, "without statistics");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(plans__read_by_key_what_they_answer_with),
        HARNESS_TEST(plans__of_a_store_that_was_counted_at_ten_items_are_the_same),
        HARNESS_TEST(plans__of_a_project_beside_a_thousand_small_ones_are_the_same),
        HARNESS_TEST(plans__of_a_store_without_statistics_are_the_same),
    };

    return harness_run_filled(tests, LENGTH_OF(tests), fill);
}
