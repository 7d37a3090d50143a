/* Values of the shape of a field table: made from decisions, and held against its JSON Schema. */
#ifndef PLANNER_TESTS_FUZZ_SHAPE_H
#define PLANNER_TESTS_FUZZ_SHAPE_H

#include "fuzz.h"
#include "planner/base/field.h"

/* An object that mostly fits the table; each decision eats a byte of the feed. */
void fuzz_make_object(struct feed *feed, const struct field *fields, int depth,
                      struct json_out *out);
/* The value fits what field_schema_input() says about the table. */
void fuzz_require_shape(const struct field *fields, const cJSON *value);

#endif
