#include "planner/service/order.h"

static const char order_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
#define BASE 62

/* A fraction of `width` digits; digit[-1], the carry, is where[0]. */
struct fraction {
    int digit[ORDER_KEY_MAX + 2];
    int width;
};

static void fraction_read(struct fraction *f, const char *key, int width)
{
    *f = (struct fraction){.width = width};
    for (int i = 0; i < width && key != NULL && key[i] != '\0'; i++)
        f->digit[i + 1] = (int)(strchr(order_digits, key[i]) - order_digits);
}

/* Add a small number at the last digit; negative numbers borrow. */
static void fraction_step(struct fraction *f, int by)
{
    int carry = by;

    for (int i = f->width; i >= 0 && carry != 0; i--) {
        int sum = f->digit[i] + carry;
        carry = sum / BASE;
        sum %= BASE;
        if (sum < 0) {
            sum += BASE;
            carry--;
        }
        f->digit[i] = sum;
    }
}

/* high - low at this width, cut at a bound that is larger than every gap we ask for. */
static long fraction_gap(const struct fraction *low, const struct fraction *high)
{
    long gap = 0;

    for (int i = 0; i <= low->width; i++) {
        gap = gap * BASE + (high->digit[i] - low->digit[i]);
        if (gap > 1000000)
            return 1000000;
    }
    return gap;
}

static const char *fraction_key(struct arena *arena, const struct fraction *f)
{
    char *key = arena_alloc(arena, (size_t)f->width + 1);

    for (int i = 0; i < f->width; i++)
        key[i] = order_digits[f->digit[i + 1]];
    return key;
}

/* The step, a nudge when it ends in '0': the gap is far larger than both. */
static const char *step_from(struct arena *arena, struct fraction from, int by)
{
    fraction_step(&from, by);
    if (from.digit[from.width] == 0)
        fraction_step(&from, by > 0 ? 1 : -1);
    return fraction_key(arena, &from);
}

const char *order_between(struct arena *arena, const char *low, const char *high)
{
    const size_t low_len = low == NULL ? 0 : strlen(low);
    const size_t high_len = high == NULL ? 0 : strlen(high);
    struct fraction from;
    struct fraction to;

    if (low == NULL && high == NULL)
        return "V0001"; /* the middle: as much room before as after */
    for (int width = ORDER_WIDTH; width <= ORDER_KEY_MAX; width++) {
        fraction_read(&from, low, width);
        fraction_read(&to, high, width);
        if (high == NULL)
            to.digit[0] = 1;
        if (fraction_gap(&from, &to) <= ORDER_GAP)
            continue;
        if (high == NULL || (low != NULL && low_len >= high_len))
            return step_from(arena, from, ORDER_STEP);
        return step_from(arena, to, -ORDER_STEP);
    }
    return NULL;
}
