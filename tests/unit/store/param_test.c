/* Values in PostgreSQL's text format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "planner/store/db.h"

static int setup(void **state)
{
    struct req *rq = calloc(1, sizeof(*rq));

    rq->arena = calloc(1, sizeof(*rq->arena));
    arena_init(rq->arena, ARENA_CAP_DEFAULT);
    *state = rq;
    return 0;
}

static int teardown(void **state)
{
    struct req *rq = *state;

    arena_destroy(rq->arena);
    free(rq->arena);
    free(rq);
    return 0;
}

static void param_texts__quotes_what_an_array_literal_would_read(void **state)
{
    struct req *rq = *state;
    const char *const texts[] = {"a", NULL, "NULL", "", "say \"hi\"", "back\\slash", "{,}"};

    assert_string_equal(param_texts(rq, texts, LENGTH_OF(texts)),
                        "{\"a\",NULL,\"NULL\",\"\",\"say \\\"hi\\\"\",\"back\\\\slash\",\"{,}\"}");
    assert_string_equal(param_texts(rq, NULL, 0), "{}");
}

static void param_num__survives_the_way_there_and_back(void **state)
{
    static const double values[] = {0.1, 1.0 / 3, 0.7, 1e-300, 123456789.125};
    struct req *rq = *state;

    for (size_t i = 0; i < LENGTH_OF(values); i++)
        assert_true(strtod(param_num(rq, values[i]), NULL) == values[i]);
    assert_string_equal(param_num(rq, 0.7), "0.7");
}

static void param_opt__not_set_is_null(void **state)
{
    struct req *rq = *state;

    assert_null(param_opt_int(rq, (struct opt_int){0}));
    assert_null(param_opt_num(rq, (struct opt_num){0}));
    assert_null(param_opt_bool((struct opt_bool){0}));
    assert_string_equal(param_opt_int(rq, SOME_INT(INT64_MIN)), "-9223372036854775808");
    assert_string_equal(param_opt_num(rq, SOME_NUM(0.25)), "0.25");
    assert_string_equal(param_opt_bool(SOME_BOOL(false)), "false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(param_texts__quotes_what_an_array_literal_would_read, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(param_num__survives_the_way_there_and_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(param_opt__not_set_is_null, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
