/*
 * JSON in and out.
 *
 * In: json_check() is the gate. cJSON accepts invalid UTF-8, trailing bytes, raw control
 * characters, `01`, and cuts strings at U+0000, so no byte from outside reaches cJSON before it
 * has passed the gate. Rules: RFC 8259 and strict UTF-8 (RFC 3629).
 *
 * Some valid JSON cannot be used as it stands, and is reported apart with the member that holds it:
 * U+0000, which PostgreSQL cannot store; half of a surrogate pair, which no UTF-8 can hold (hosts
 * make it by cutting a text inside of an emoji); a number of more than 63 characters, which not
 * every cJSON reads; a member given twice, of which readers take one or the other.
 *
 * Out: struct json_out appends to a buf, in the order of the calls, without blanks.
 */
#ifndef PLANNER_BASE_JSON_H
#define PLANNER_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "planner/base/buf.h"

/* Limits, as RFC 8259 lets a reader set them. */
#define JSON_DEPTH_MAX   64
#define JSON_MEMBERS_MAX 256 /* of an object, counted with those of the objects around it */
#define JSON_NUMBER_MAX  63  /* characters */

/* A borrowed run of bytes; not NUL-terminated. */
struct span {
    const char *ptr;
    size_t len;
};

/* What the gate found wrong, or noticed. */
struct json_fault {
    const char *what; /* static text, NULL when the text is valid */
    size_t at;        /* byte offset of the fault */
    bool is_limit;    /* it may well be JSON, but is more than we take */

    /* Of valid JSON: the first thing that makes it unfit for use, said of `unfit_name`. */
    const char *unfit;      /* static text, as in "must not contain ...", or NULL */
    struct span unfit_name; /* raw name of the member; empty: of none, or a name itself is unfit */
};

/* True when text[0..len) is exactly one JSON value; *ret_fault is always written. */
bool json_check(const char *text, size_t len, struct json_fault *ret_fault);
/*
 * The same of what a store has written: an object may have any number of members, and those behind
 * the first JSON_MEMBERS_MAX are not looked at for being given twice.
 */
bool json_check_stored(const char *text, size_t len, struct json_fault *ret_fault);

/*
 * Walk the members of an object (or, with ret_name NULL, the elements of an array) that has
 * passed json_check(). *pos starts at 0 and is moved on. False at the end. The name is raw:
 * between its quotes, escapes unresolved.
 */
bool json_next(struct span object, size_t *pos, struct span *ret_name, struct span *ret_value);
/* The raw value of a member, as it was written; ptr NULL when there is none or it is no object. */
struct span json_member(struct span object, const char *name);
bool span_is(struct span span, const char *text);
/* Whether two strings, raw between their quotes, are the same however they are escaped. */
bool json_same(struct span a, struct span b);
/* Equal for strings that are the same. */
uint64_t json_hash(struct span raw);

/*
 * Parse text that has passed json_check(). NULL only when it has not. The caller owns the tree.
 * Where the gate noted that something is unfit, the tree has something else in its place.
 */
cJSON *json_parse(const char *text, size_t len);
/* Overwrite what the gate lets through and not every cJSON reads. */
void json_mend(char *text, size_t len);
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
/* A list of texts, none of them NULL. */
void json_put_strs(struct json_out *out, const char *name, const char *const *texts, size_t n);
void json_put_int(struct json_out *out, const char *name, int64_t value);
void json_put_num(struct json_out *out, const char *name, double value);
void json_put_bool(struct json_out *out, const char *name, bool value);
void json_put_raw(struct json_out *out, const char *name, const char *text);
const char *json_text(struct json_out *out);

#endif
