/* Every statement of sql/queries against the migrated schema: it parses, and takes what it says. */
#include "harness.h"

/* Statements that answer nothing, by their nature. */
static bool answers_nothing(const PGresult *described)
{
    return PQnfields(described) == 0;
}

static void queries__prepare_against_the_schema_with_the_parameters_they_name(void **state)
{
    struct harness *h = *state;
    size_t n = 0;

    (void)harness_sql(h, "SET search_path = planner, pg_catalog");
    for (const struct query *const *q = all_queries; *q != NULL; q++, n++) {
        PGresult *res = PQprepare(h->side, (*q)->name, (*q)->sql, 0, NULL);
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            fail_msg("%s: %s", (*q)->name, PQerrorMessage(h->side));
        PQclear(res);
        res = PQdescribePrepared(h->side, (*q)->name);
        if (PQnparams(res) != (*q)->n_params)
            fail_msg("%s: takes %d parameters, names %d", (*q)->name, PQnparams(res),
                     (*q)->n_params);
        PQclear(res);
    }

    assert_true(n > 0);
}

/* struct into decodes one column; more would be thrown away unseen. */
static void queries__answer_with_one_column_of_json_or_nothing(void **state)
{
    static const char *const exempt[] = {"session_settings", "session_undo",     "session_limits",
                                         "migrate_lock",     "migrate_settings", "migrate_limits",
                                         "metrics_settings"};
    const Oid json = 114;
    const Oid jsonb = 3802;
    const Oid text = 25; /* JSON that was stored as text */
    struct harness *h = *state;

    (void)harness_sql(h, "SET search_path = planner, pg_catalog");
    for (const struct query *const *q = all_queries; *q != NULL; q++) {
        PGresult *res = PQprepare(h->side, (*q)->name, (*q)->sql, 0, NULL);
        bool ok = false;
        PQclear(res);
        res = PQdescribePrepared(h->side, (*q)->name);
        ok = answers_nothing(res) ||
             (PQnfields(res) == 1 &&
              (PQftype(res, 0) == json || PQftype(res, 0) == jsonb || PQftype(res, 0) == text));
        for (size_t i = 0; i < LENGTH_OF(exempt); i++)
            ok = ok || strcmp((*q)->name, exempt[i]) == 0;
        if (!ok)
            fail_msg("%s: answers with %d columns, the first of type %u", (*q)->name,
                     PQnfields(res), PQnfields(res) > 0 ? PQftype(res, 0) : 0);
        PQclear(res);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(queries__prepare_against_the_schema_with_the_parameters_they_name),
        HARNESS_TEST(queries__answer_with_one_column_of_json_or_nothing),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
