/* Stores that are exported, emptied and imported again; exports that are changed and signed anew.
 */
#ifndef PLANNER_TESTS_EXCHANGE_HELPER_H
#define PLANNER_TESTS_EXCHANGE_HELPER_H

#include "harness.h"

#include "planner/exchange/export.h"
#include "planner/exchange/intake.h"

/* A store of the benchmark's making: so many projects TEST0... with so many items; NULL: one. */
void exchange_fill(struct harness *h, int projects, int items);
/* Everything, as if it were new. */
void exchange_empty(struct harness *h);
/* The export as text; `project` NULL: everything. */
const char *exchange_text(struct harness *h, const char *project);
/* Import a text. */
enum status exchange_import(struct harness *h, const char *text, const struct intake_order *order,
                            struct intake_report *ret_report);
/* The text with the first `was` behind `after` replaced, and the trailer made to fit. */
const char *exchange_changed(struct harness *h, const char *text, const char *after,
                             const char *was, const char *is);
/* The line that begins so, from 1. */
int64_t exchange_line(const char *text, const char *begin);
/* Counters are right everywhere. */
void exchange_check(struct harness *h);

#endif
