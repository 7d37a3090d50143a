/* Pages: opaque cursors, and how much of a list fits into one answer. */
#ifndef PLANNER_SERVICE_PAGE_H
#define PLANNER_SERVICE_PAGE_H

#include "planner/base/field.h"

/* Structured part of a list's answer, bytes; the text of the same rows takes no more, so that
 * both stay under the 40 KB of SPEC 3. */
#define PAGE_BUDGET 17000

/* base64url over a JSON list of texts. */
const char *cursor_make(struct req *rq, const char *const *parts, size_t n);
/* `text` NULL: every part is NULL. ST_INVALID when it is no cursor of n parts. */
enum status cursor_read(struct req *rq, const char *text, size_t n,
                        const char **ret_parts) MUST_CHECK;
/* The sentence for a cursor that is none. */
enum status cursor_wrong(struct req *rq) MUST_CHECK;
/*
 * A list's cursor goes on with the call that gave it and no other: it ends in what it is bound to,
 * `of`, a text of the tool and the arguments that decide what is listed. What `of` is may be known
 * only after the read, so the two are parted first and held against each other then.
 */
struct bound_cursor {
    const char *place; /* for cursor_read; NULL: none was given */
    const char *bound;
};
/* NULL stays NULL. */
const char *cursor_bind(struct req *rq, const char *cursor, const char *of);
enum status cursor_part(struct req *rq, const char *text,
                        struct bound_cursor *ret_cursor) MUST_CHECK;
/* ST_INVALID when it was given for something else; fine when there is none. */
enum status cursor_check(struct req *rq, const struct bound_cursor *cursor,
                         const char *of) MUST_CHECK;
/* Is a part a whole number of at most digits_max digits? NULL is none. */
bool cursor_is_number(const char *part, size_t digits_max);
/* A cursor of one part that is a whole number, as its text. */
enum status cursor_read_number(struct req *rq, const char *text,
                               const char **ret_number) MUST_CHECK;
/* A cursor of a time, microseconds since the epoch as text, and an id: where two happened at once.
 */
enum status cursor_read_moment(struct req *rq, const char *text, const char **ret_moment,
                               const char **ret_id) MUST_CHECK;
/* How many rows of the list fit into PAGE_BUDGET; at least 1 when there is one. */
size_t page_fit(struct req *rq, const struct field *fields, size_t size, const struct list *list);
/*
 * Leave of the list what fits, and at most `limit` rows; true when rows were cut off. Queries of
 * pages ask for one row more than the limit, so a page that ends exactly there has no cursor.
 */
bool page_trim(struct req *rq, const struct field *fields, size_t size, size_t limit,
               struct list *list);
/* As page_trim, with another budget than PAGE_BUDGET, in bytes. */
bool page_trim_to(struct req *rq, const struct field *fields, size_t size, size_t limit,
                  size_t budget, struct list *list);
/*
 * Cut long texts so that together they fit into `budget` bytes of JSON: each goes on from its
 * offset in the cursor, the first ones get what they need. A text that was told whole is left out
 * (NULL) of the pages after. *ret_cursor is NULL when nothing is left.
 */
#define PAGE_TEXTS_MAX 8
/*
 * The same for a cursor that the caller reads and writes, since it has more parts: one offset for
 * each text, NULL where nothing of it was told. *budget becomes what is left of it. True when
 * something did not fit; `first`: this is no later page.
 */
bool page_cut_from(struct req *rq, bool first, const char **offsets, size_t *budget,
                   const char **texts[], size_t n);
enum status page_cut_texts(struct req *rq, const char *cursor, size_t budget, const char **texts[],
                           size_t n, const char **ret_cursor) MUST_CHECK;
/*
 * How many bytes of text, from byte `from`, fit into `budget` bytes of JSON; ends at a character's
 * end. Escapes count as they are written.
 */
size_t page_cut(const char *text, size_t from, size_t budget);
/* Bytes of JSON that `len` bytes of text take. */
size_t page_cost(const char *text, size_t len);

#endif
