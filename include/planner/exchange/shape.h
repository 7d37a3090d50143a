/*
 * What the rows of each kind are made of: one table for the writer's statements, the reader's
 * checks, for telling rows apart, and for what has to change when rows come into a store where
 * their numbers are taken, or as a copy beside the original.
 */
#ifndef PLANNER_EXCHANGE_SHAPE_H
#define PLANNER_EXCHANGE_SHAPE_H

#include "planner/exchange/record.h"
#include "planner/store/query.h"

/* What a member means when rows are brought in. */
enum member_use {
    MEMBER_PLAIN,
    MEMBER_ID,     /* a UUID of the project's own */
    MEMBER_CHANGE, /* a change number: one sequence for the whole store */
    MEMBER_TIME,
    MEMBER_VALUES, /* of the audit: ids wherever they stand */
    MEMBER_ANSWER  /* of a request: its member `change` is a change number */
};

/*
 * The greatest change, audit row, evidence, lease or cut that a file may number: half of what every
 * reader of JSON counts exactly, so that a store goes on numbering behind what it was given.
 */
#define RECORD_NUMBER_MAX INT64_C(4503599627370496)

struct record_member {
    const char *name; /* NULL: the end */
    enum member_use use;
};

#define RECORD_KEY_MAX 3

struct record_shape {
    const struct query *out, *in;
    const struct record_member *members;
    const char *key[RECORD_KEY_MAX]; /* the order of the rows in a project, by which they differ */
    const char *label;               /* the member that names a row to people */
};

const struct record_shape *record_shape(enum record_kind kind);
/* NULL when a row of this kind has no such member. */
const struct record_member *record_member_find(enum record_kind kind, struct span name);
/* Every member is known, times are times and changes numbers: "line N: ..." otherwise. */
enum status record_check(struct req *rq, const struct record *record) MUST_CHECK;
/* ST_INVALID: "line N: 'member' of the kind is not <what>". */
enum status record_wrong(struct req *rq, const struct record *record, const char *member,
                         const char *what) MUST_CHECK;
/* Below, at or above 0, by the key. */
int record_compare(enum record_kind kind, struct span a, struct span b);
/*
 * The members in which two rows differ, as "title, version"; NULL: in none. What is absent is null,
 * and JSON counts, not how it is written.
 */
const char *record_difference(struct arena *arena, enum record_kind kind, struct span a,
                              struct span b);
/* How a row is called in a sentence: "item 12". */
const char *record_name(struct arena *arena, enum record_kind kind, struct span row);

/* A whole number; false when the member is none. */
bool record_int(struct span row, const char *name, int64_t *ret_value);
/* A string without escapes, as ids and slugs are; NULL when it is none. */
const char *record_text(struct arena *arena, struct span row, const char *name);

#endif
