/*
 * Field tables: one declaration per shape. From a table of struct fields come the decoder and
 * validator of arguments, the JSON Schema, the reference page, the encoder of results, and what
 * the tests iterate over.
 *
 * Member types, by field type (an absent optional member is the zero value in each):
 *   FT_STR, FT_TEXT  const char *         NUL-terminated; FT_STR counts characters, FT_TEXT bytes
 *   FT_ENUM          int                  index into choices + 1; 0 is absent
 *   FT_BOOL          struct opt_bool
 *   FT_INT           struct opt_int
 *   FT_NUM           struct opt_num
 *   FT_OBJ           pointer to a struct  of the shape `fields`
 *   FT_LIST          struct list          of structs of the shape `fields`
 *   FT_STRS          struct list          of const char *
 *   FT_JSON          const cJSON *        any object, borrowed from the decoded tree
 *
 * FT_STR and the elements of FT_STRS are one line without control characters; a string that has to
 * have a length may not be blank.
 *
 * Decoded strings are borrowed from the tree, which therefore has to outlive the struct.
 */
#ifndef PLANNER_BASE_FIELD_H
#define PLANNER_BASE_FIELD_H

#include <stddef.h>

#include "planner/base/json.h"
#include "planner/base/req.h"

enum field_type {
    FT_END = 0,
    FT_STR,
    FT_TEXT,
    FT_ENUM,
    FT_BOOL,
    FT_INT,
    FT_NUM,
    FT_OBJ,
    FT_LIST,
    FT_STRS,
    FT_JSON
};

struct opt_bool {
    bool set;
    bool v;
};
struct opt_int {
    bool set;
    int64_t v;
};
struct opt_num {
    bool set;
    double v;
};
struct list {
    bool set;
    size_t n;
    void *items;
};

#define SOME_BOOL(x)     ((struct opt_bool){true, (x)})
#define SOME_INT(x)      ((struct opt_int){true, (x)})
#define SOME_NUM(x)      ((struct opt_num){true, (x)})
#define LIST_AT(l, i, T) (&((T *)(l).items)[i])

#define REQUIRED true
#define OPTIONAL false

struct field {
    const char *name;
    const char
        *doc; /* for models and the reference page; NULL for results that speak for themselves */
    size_t offset;
    const char *const *choices; /* FT_ENUM: names, NULL-terminated */
    const struct field *fields; /* FT_OBJ, FT_LIST */
    size_t size;                /* FT_OBJ, FT_LIST: of the struct */
    double min, max;            /* length, count or value; both inclusive; 0,0: unbounded */
    enum field_type type;
    bool required;
    bool untold; /* accepted, but left out of the schema that models are shown: see the reference */
    bool inner;  /* read from rows, but neither told nor in a schema */
};

#define FIELD_STR(s, m, lo, hi, req, d)                                                 \
    {                                                                                   \
        .name = #m, .type = FT_STR, .offset = offsetof(s, m), .min = (lo), .max = (hi), \
        .required = (req), .doc = (d)                                                   \
    }
#define FIELD_TEXT(s, m, lo, hi, req, d)                                                 \
    {                                                                                    \
        .name = #m, .type = FT_TEXT, .offset = offsetof(s, m), .min = (lo), .max = (hi), \
        .required = (req), .doc = (d)                                                    \
    }
#define FIELD_ENUM(s, m, names, req, d)                                            \
    {                                                                              \
        .name = #m, .type = FT_ENUM, .offset = offsetof(s, m), .choices = (names), \
        .required = (req), .doc = (d)                                              \
    }
#define FIELD_BOOL(s, m, req, d)                                                             \
    {                                                                                        \
        .name = #m, .type = FT_BOOL, .offset = offsetof(s, m), .required = (req), .doc = (d) \
    }
#define FIELD_INT(s, m, lo, hi, req, d)                                                 \
    {                                                                                   \
        .name = #m, .type = FT_INT, .offset = offsetof(s, m), .min = (lo), .max = (hi), \
        .required = (req), .doc = (d)                                                   \
    }
#define FIELD_NUM(s, m, lo, hi, req, d)                                                 \
    {                                                                                   \
        .name = #m, .type = FT_NUM, .offset = offsetof(s, m), .min = (lo), .max = (hi), \
        .required = (req), .doc = (d)                                                   \
    }
#define FIELD_OBJ(s, m, shape, T, req, d)                                        \
    {                                                                            \
        .name = #m, .type = FT_OBJ, .offset = offsetof(s, m), .fields = (shape), \
        .size = sizeof(T), .required = (req), .doc = (d)                         \
    }
#define FIELD_LIST(s, m, shape, T, lo, hi, req, d)                                 \
    {                                                                              \
        .name = #m, .type = FT_LIST, .offset = offsetof(s, m), .fields = (shape),  \
        .size = sizeof(T), .min = (lo), .max = (hi), .required = (req), .doc = (d) \
    }
#define FIELD_STRS(s, m, lo, hi, req, d)                                                 \
    {                                                                                    \
        .name = #m, .type = FT_STRS, .offset = offsetof(s, m), .min = (lo), .max = (hi), \
        .required = (req), .doc = (d)                                                    \
    }
#define FIELD_JSON(s, m, req, d)                                                             \
    {                                                                                        \
        .name = #m, .type = FT_JSON, .offset = offsetof(s, m), .required = (req), .doc = (d) \
    }
/* Members that only our own SQL fills: no bounds to check, no words for models. */
#define ROW_STR(s, m, req)            FIELD_STR(s, m, 0, 0, req, NULL)
#define ROW_INT(s, m, req)            FIELD_INT(s, m, 0, 0, req, NULL)
#define ROW_NUM(s, m, req)            FIELD_NUM(s, m, 0, 0, req, NULL)
#define ROW_BOOL(s, m, req)           FIELD_BOOL(s, m, req, NULL)
#define ROW_ENUM(s, m, names, req)    FIELD_ENUM(s, m, names, req, NULL)
#define ROW_OBJ(s, m, shape, T, req)  FIELD_OBJ(s, m, shape, T, req, NULL)
#define ROW_LIST(s, m, shape, T, req) FIELD_LIST(s, m, shape, T, 0, 0, req, NULL)
#define ROW_JSON(s, m, req)           FIELD_JSON(s, m, req, NULL)
/* Facts that C makes something else of. */
#define ROW_INNER(s, m, shape, T)                                                \
    {                                                                            \
        .name = #m, .type = FT_OBJ, .offset = offsetof(s, m), .fields = (shape), \
        .size = sizeof(T), .inner = true                                         \
    }
#define FIELD_END      \
    {                  \
        .type = FT_END \
    }

/*
 * Decode what a caller sent into *out (zeroed first). `where` is the path of the object for
 * messages (answers[2], no dot behind), NULL for the arguments themselves; a NULL tree is an object
 * without members. ST_INVALID names the member, its bounds and what was there: 'title' must be 1 to
 * 200 characters, got 0.
 */
enum status field_decode(struct req *rq, const struct field *fields, const cJSON *tree,
                         const char *where, size_t size, void *out) MUST_CHECK;
/*
 * Decode what our own SQL made. Bounds are not looked at; an unknown or missing member is a
 * defect (ST_BUG): the query and the table disagree.
 */
enum status field_decode_row(struct req *rq, const struct field *fields, const cJSON *tree,
                             size_t size, void *out) MUST_CHECK;
/* Write *in as an object, members in table order, absent ones left out. */
void field_encode(const struct field *fields, const void *in, struct json_out *out);

/* The shape as JSON Schema. Input: bounds and docs. Output: shapes, required members, closed;
 * `more` are optional members beside those of the struct, or NULL. */
void field_schema_input(const struct field *fields, struct json_out *out);
void field_schema_output(const struct field *fields, const struct field *more,
                         struct json_out *out);

/* The FT_ENUM value of a name: its index + 1; 0 when it is none of the choices. */
int field_choice_find(const char *const *choices, const char *name);
/* The name of an FT_ENUM value, or NULL for 0. */
const char *field_choice(const char *const *choices, int value);

#endif
