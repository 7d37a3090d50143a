/* YAML as a tree of JSON: texts, lists, maps and null. */
#ifndef PLANNER_EXCHANGE_YAML_TREE_H
#define PLANNER_EXCHANGE_YAML_TREE_H

#include "planner/exchange/foreign.h"

/*
 * One document of UTF-8; an empty one is an empty object. `what` names it in the sentence of
 * ST_INVALID, `line` is the number of its first line there. The caller owns the tree.
 */
enum status yaml_tree(struct req *rq, const char *what, size_t line, struct span text,
                      cJSON **ret_tree) MUST_CHECK;

#endif
