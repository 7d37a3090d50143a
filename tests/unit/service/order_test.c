/* Sort keys: always strictly between, short for long, never ending in '0'. */
#include "service_helper.h"

#include <stdio.h>

#include "planner/service/order.h"

#define MANY 10000

static void assert_between(const char *low, const char *key, const char *high)
{
    assert_non_null(key);
    if (low != NULL && strcmp(low, key) >= 0)
        fail_msg("%s is not after %s", key, low);
    if (high != NULL && strcmp(key, high) >= 0)
        fail_msg("%s is not before %s", key, high);
    assert_in_range(strlen(key), 1, ORDER_KEY_MAX);
    assert_int_not_equal(key[strlen(key) - 1], '0');
    assert_int_equal(strspn(key, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
                     strlen(key));
}

static void between__first_key_leaves_room_on_both_sides(void **state)
{
    struct req *rq = *state;
    const char *first = order_between(rq->arena, NULL, NULL);

    assert_between(NULL, order_between(rq->arena, NULL, first), first);
    assert_between(first, order_between(rq->arena, first, NULL), NULL);
}

static void between__ten_thousand_appends_stay_short(void **state)
{
    struct req *rq = *state;
    const char *key = NULL;

    for (int i = 0; i < MANY; i++) {
        const char *next = order_between(rq->arena, key, NULL);
        assert_between(key, next, NULL);
        key = next;
    }
    assert_int_equal(strlen(key), ORDER_WIDTH);
}

static void between__ten_thousand_prepends_stay_short(void **state)
{
    struct req *rq = *state;
    const char *key = order_between(rq->arena, NULL, NULL);

    for (int i = 0; i < MANY; i++) {
        const char *next = order_between(rq->arena, NULL, key);
        assert_between(NULL, next, key);
        key = next;
    }
    assert_int_equal(strlen(key), ORDER_WIDTH);
}

static void between__ten_thousand_inserts_after_one_item_fit(void **state)
{
    struct req *rq = *state;
    const char *low = order_between(rq->arena, NULL, NULL);
    const char *high = order_between(rq->arena, low, NULL);

    for (int i = 0; i < MANY; i++) {
        const char *next = order_between(rq->arena, low, high);
        assert_between(low, next, high);
        high = next;
    }
    assert_true(strlen(high) > ORDER_WIDTH);
}

static void between__ten_thousand_inserts_before_one_item_fit(void **state)
{
    struct req *rq = *state;
    const char *low = order_between(rq->arena, NULL, NULL);
    const char *high = order_between(rq->arena, low, NULL);

    for (int i = 0; i < MANY; i++) {
        const char *next = order_between(rq->arena, low, high);
        assert_between(low, next, high);
        low = next;
    }
    assert_true(strlen(low) > ORDER_WIDTH);
}

/* Whoever wants long keys gets NULL, and not a wrong key: the caller renumbers. */
static void between__is_null_beyond_the_cap_and_right_until_then(void **state)
{
    struct req *rq = *state;
    const char *low = order_between(rq->arena, NULL, NULL);
    const char *high = order_between(rq->arena, low, NULL);
    const char *next = NULL;
    int made = 0;

    for (; made < MANY; made++) {
        next = order_between(rq->arena, low, high);
        if (next == NULL)
            break;
        assert_between(low, next, high);
        if (made % 2 == 0)
            high = next;
        else
            low = next;
    }

    assert_null(next);
    assert_true(made > 50);
    assert_int_equal(strlen(low) > strlen(high) ? strlen(low) : strlen(high), ORDER_KEY_MAX);
}

/* A thousand keys in an order that a fixed sequence of pseudo-random places gives. */
static void between__random_places_keep_the_order(void **state)
{
    struct req *rq = *state;
    const char *keys[1001];
    size_t n = 0;
    uint32_t seed = 20260728;

    while (n < 1000) {
        size_t at = 0;
        const char *key = NULL;
        seed = seed * 1664525 + 1013904223;
        at = (seed >> 8) % (n + 1);
        key = order_between(rq->arena, at == 0 ? NULL : keys[at - 1], at == n ? NULL : keys[at]);
        assert_between(at == 0 ? NULL : keys[at - 1], key, at == n ? NULL : keys[at]);
        memmove(&keys[at + 1], &keys[at], (n - at) * sizeof(*keys));
        keys[at] = key;
        n++;
    }

    for (size_t i = 1; i < n; i++)
        assert_true(strcmp(keys[i - 1], keys[i]) < 0);
}

static void between__neighbours_one_apart_get_a_longer_key(void **state)
{
    struct req *rq = *state;

    assert_between("V0001", order_between(rq->arena, "V0001", "V0002"), "V0002");
    assert_between("V000z", order_between(rq->arena, "V000z", "V0011"), "V0011");
    assert_between("V", order_between(rq->arena, "V", "V0001"), "V0001");
    assert_between("zzzzz", order_between(rq->arena, "zzzzz", NULL), NULL);
    assert_between(NULL, order_between(rq->arena, NULL, "00001"), "00001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(between__first_key_leaves_room_on_both_sides),
        RULE_TEST(between__ten_thousand_appends_stay_short),
        RULE_TEST(between__ten_thousand_prepends_stay_short),
        RULE_TEST(between__ten_thousand_inserts_after_one_item_fit),
        RULE_TEST(between__ten_thousand_inserts_before_one_item_fit),
        RULE_TEST(between__is_null_beyond_the_cap_and_right_until_then),
        RULE_TEST(between__random_places_keep_the_order),
        RULE_TEST(between__neighbours_one_apart_get_a_longer_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
