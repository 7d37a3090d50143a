/*
 * The order among siblings: text keys in base 62 (0-9A-Za-z), compared as bytes, read as fractions.
 * A key never ends in '0'. Rule and figures: a new key steps ORDER_STEP from the neighbour that was
 * made last (the longer one) at the shortest width at which the gap exceeds ORDER_GAP, so that many
 * inserts at one spot grow the key slowly.
 */
#ifndef PLANNER_SERVICE_ORDER_H
#define PLANNER_SERVICE_ORDER_H

#include <stdbool.h>

#include "planner/base/arena.h"

#define ORDER_KEY_MAX 64 /* characters; beyond it the parent is renumbered */
#define ORDER_WIDTH   5  /* the first key's width: 57 million appends before it grows */
#define ORDER_STEP    16
#define ORDER_GAP     64

/*
 * A key between `low` and `high`; NULL stands for the beginning and the end. NULL when the key
 * would be longer than ORDER_KEY_MAX. low < high is the caller's business.
 */
const char *order_between(struct arena *arena, const char *low, const char *high);

#endif
