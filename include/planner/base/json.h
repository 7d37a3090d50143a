/*
 * JSON in and out.
 *
 * In: json_check() is the gate. cJSON accepts invalid UTF-8, trailing bytes, raw control
 * characters, `01`, and cuts strings at U+0000, so no byte from outside reaches cJSON before it
 * has passed the gate. Rules: RFC 8259 and strict UTF-8 (RFC 3629); U+0000 is legal JSON but
 * PostgreSQL cannot store it, so it is reported apart, with the member that holds it. A number has
 * at most 63 characters: RFC 8259 lets a reader set limits, and this one is cJSON's.
 *
 * Out: struct json_out appends to a buf, in the order of the calls, without blanks.
 */
#ifndef PLANNER_BASE_JSON_H
#define PLANNER_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "planner/base/buf.h"

#define JSON_DEPTH_MAX 64

/* A borrowed run of bytes; not NUL-terminated. */
struct span {
    const char *ptr;
    size_t len;
};

/* What the gate found wrong, or noticed. */
struct json_fault {
    const char *what;     /* static text, NULL when the text is valid */
    size_t at;            /* byte offset of the fault */
    struct span nul_name; /* the member whose value (or name) holds U+0000; ptr NULL when none */
};

/* True when text[0..len) is exactly one JSON value; *ret_fault is always written. */
bool json_check(const char *text, size_t len, struct json_fault *ret_fault);

/*
 * Walk the members of an object (or, with ret_name NULL, the elements of an array) that has
 * passed json_check(). *pos starts at 0 and is moved on. False at the end. The name is raw:
 * between its quotes, escapes unresolved.
 */
bool json_next(struct span object, size_t *pos, struct span *ret_name, struct span *ret_value);
bool span_is(struct span span, const char *text);

/* Parse text that has passed json_check(). NULL only when it has not. The caller owns the tree. */
cJSON *json_parse(const char *text, size_t len);
/* Case-sensitive look-up; NULL when absent or when `object` is no object. */
const cJSON *json_get(const cJSON *object, const char *name);
/* The text of a string member, or NULL. Borrowed from the tree. */
const char *json_get_text(const cJSON *object, const char *name);

static inline void json_free(cJSON **tree)
{
    cJSON_Delete(*tree);
}
/* Scoped handle: freed when it leaves its block. */
#define OWN_JSON __attribute__((cleanup(json_free))) cJSON *

struct json_out {
    struct buf buf;
    bool comma; /* the next value or key needs one before it */
};

#define JSON_OUT_IN(a) ((struct json_out){.buf = BUF_IN(a)})

void json_begin(struct json_out *out, char bracket); /* '{' or '[' */
void json_end(struct json_out *out, char bracket);   /* '}' or ']' */
/* Take back the end of an object that has members: more of them follow, and then its end again. */
void json_reopen(struct json_out *out);
void json_key(struct json_out *out, const char *name);
void json_str(struct json_out *out, const char *text); /* NULL writes null */
void json_strn(struct json_out *out, const char *text, size_t len);
void json_int(struct json_out *out, int64_t value);
void json_num(struct json_out *out, double value); /* shortest text that reads back equal */
void json_bool(struct json_out *out, bool value);
void json_null(struct json_out *out);
void json_raw(struct json_out *out, const char *text, size_t len); /* valid JSON, one value */
void json_tree(struct json_out *out, const cJSON *tree);
/* Key and value; the text forms leave the member out when the value is NULL. */
void json_put_str(struct json_out *out, const char *name, const char *text);
void json_put_int(struct json_out *out, const char *name, int64_t value);
void json_put_num(struct json_out *out, const char *name, double value);
void json_put_bool(struct json_out *out, const char *name, bool value);
void json_put_raw(struct json_out *out, const char *name, const char *text);
const char *json_text(struct json_out *out);

#endif
