/* What the tool families share: common arguments and words. */
#ifndef PLANNER_TOOLS_TOOL_PARTS_H
#define PLANNER_TOOLS_TOOL_PARTS_H

#include "planner/service/write.h"
#include "planner/tools/tool.h"

/* Limits of SPEC 3. */
#define TITLE_MAX     200    /* characters */
#define WORKSPACE_MAX 600    /* characters; an index holds it whole */
#define TEXT_MAX      65536  /* bytes: descriptions and objectives */
#define CONTENT_MAX   262144 /* bytes */
#define REASON_MAX    16384  /* bytes: reasoning, feedback */
#define NAME_MAX_TOLD 100    /* characters: agents, assignees */
#define REQUEST_MAX   64     /* characters */
#define CURSOR_MAX    4000   /* characters */

/* Every write; args structs begin with `struct write_args write`. */
#define WRITE_FIELDS(s)                                                                \
    {.name = "request_id",                                                             \
     .type = FT_STR,                                                                   \
     .offset = offsetof(s, write.request_id),                                          \
     .min = 1,                                                                         \
     .max = REQUEST_MAX},                                                              \
    {                                                                                  \
        .name = "agent", .type = FT_STR, .offset = offsetof(s, write.agent), .min = 1, \
        .max = NAME_MAX_TOLD                                                           \
    }
/* Writes to one entity. */
#define VERSION_FIELD(s)                                                                           \
    {                                                                                              \
        .name = "expected_version", .type = FT_INT, .offset = offsetof(s, write.expected_version), \
        .min = 1, .max = 2147483647                                                                \
    }

#define TOKEN_MAX 999999999999 /* far beyond what a sequence gets to, and short in a sentence */
/* Of the claim on the item, for writes that a claim by another forbids. */
#define TOKEN_FIELD(s) FIELD_INT(s, token, 1, TOKEN_MAX, OPTIONAL, NULL)

#define FIELD_REF(s, m, req, d) FIELD_STR(s, m, 1, REF_TEXT_MAX, req, d)
#define FIELD_CURSOR(s)         FIELD_STR(s, cursor, 1, CURSOR_MAX, OPTIONAL, NULL)

/*
 * Some hosts show their model only the text of a result, others only its structure. What is said in
 * few bytes is therefore in the structure, too, as `says`; a long text tells what the structure
 * has.
 */
#define SAYS_MAX 300 /* bytes */
#define TELL_MAX 150 /* bytes that the text of an acknowledgement stays below */
extern const struct field says_fields[];

/* Where nothing can be done now (SPEC 7). */
#define TELL_WAIT "wait_for_change tells when that changes"

/* The ending of a count's noun: "1 child" needs another word than "2 steps". */
#define TELL_S(n) ((n) == 1 ? "" : "s")

/* A title in quotes, cut to what an acknowledgement has room for. */
void tell_title(struct buf *out, const char *title);
/* 0.6667 as 66%: rounded down, so that only what is complete tells 100%. */
void tell_percent(struct buf *out, double progress);
/*
 * How big a step is: "complexity 0.82 (high, consensus), should become a task: at or above the
 * threshold". `basis` and `reason` are of the tables in service/shapes.h, `reason` 0: it should
 * not.
 */
void tell_complexity(struct buf *out, double score, int basis, int reason);
/* The note that a stored answer was given again. */
void tell_replayed(struct buf *out, struct opt_bool replayed);
/* What a change set free, and what is next; the whole list is in the structured answer. */
void tell_released(const struct item_answer *a, struct buf *out);
/* An ISO time as a person's clock shows it. */
const char *tell_time(struct req *rq, const char *iso);

#endif
