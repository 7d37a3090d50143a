/* How a progress is told. */
#include "service_helper.h"

#include "planner/service/shapes.h"

static void progress__is_rounded_and_complete_only_when_it_is(void **state)
{
    (void)state;
    assert_int_equal(progress_percent(0), 0);
    assert_int_equal(progress_percent(0.0049), 0);
    assert_int_equal(progress_percent(0.1666), 17);
    assert_int_equal(progress_percent(0.375), 38);
    assert_int_equal(progress_percent(0.6666), 67);
    assert_int_equal(progress_percent(0.995), 99);
    assert_int_equal(progress_percent(0.9999), 99);
    assert_int_equal(progress_percent(1), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress__is_rounded_and_complete_only_when_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
