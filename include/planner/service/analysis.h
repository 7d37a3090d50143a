/*
 * What the text of a step says about its size by itself, without anybody's judgement: a score from
 * counts, and the parts that the text has already (SPEC 2, Complexity). Pure and linear in the
 * length of the text; the same text gives the same answer everywhere. The formula, the words and
 * the golden cases are in docs/COMPLEXITY.md.
 */
#ifndef PLANNER_SERVICE_ANALYSIS_H
#define PLANNER_SERVICE_ANALYSIS_H

#include "planner/base/field.h"

#define BREAKDOWN_MAX   50  /* titles */
#define BREAKDOWN_TITLE 200 /* characters of each: those of an item's title */

struct analysis {
    struct opt_num score; /* 0..1, four decimals */
    struct opt_int characters;
    struct opt_int code_blocks;
    struct opt_int list_items;
    struct opt_int links;
    struct opt_int task_words;   /* outside code: then, finally, phase, ... */
    struct opt_int config_lines; /* lines, also of code, with install, configure, ... */
    struct list breakdown;       /* titles; not set unless the text falls into two parts or more */
};
extern const struct field analysis_fields[];

/* The text is expected to be UTF-8; one that is not is counted by its bytes, never read beyond. */
void analysis_make(struct arena *arena, const char *text, struct analysis *ret_analysis);

#endif
