/*
 * What the prompts are made of: words of this program, and quotations of what is stored. Every line
 * of a quotation starts with QUOTE_MARK and no line of the program's own words does, so a stored
 * text can neither pose as an instruction nor end its own quotation. Sizes are bytes as JSON
 * writes them, because that is what a client receives.
 */
#ifndef PLANNER_PROMPTS_PROMPT_PARTS_H
#define PLANNER_PROMPTS_PROMPT_PARTS_H

#include "planner/prompts/prompt.h"
#include "planner/service/brief.h"

#define QUOTE_MARK "| "

/* What every prompt says about quotations. */
extern const char quote_rule[];
/* Bytes of a text as JSON writes them, without the quotes around it. */
size_t quote_cost(const char *text);
/* Bytes of its whole quotation. */
size_t quote_need(const char *text);
/* A text as a quotation of at most `budget` bytes; how many bytes of it are shown. */
size_t quote_text(struct buf *out, const char *text, size_t budget);
/* Words on one line, which is cut at `budget`. */
void quote_line(struct buf *out, size_t budget, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Where a text can be read whole: get_item of `key`, with this part or, NULL, without one. */
struct quote_source {
    const char *key, *part;
    struct opt_int length; /* bytes of the whole text, when they are known */
};
/*
 * A heading and the quotation; when it was cut, how much that is and the call that shows the rest.
 * Nothing when text is NULL. `budget` does not count heading and remark (at most QUOTE_EXTRA).
 */
void quote_part(struct buf *out, const char *heading, const char *text, size_t budget,
                struct quote_source source);
#define QUOTE_EXTRA 200

/* A tool call on a line of its own, behind four blanks; `arguments` is JSON. */
void tell_call(struct buf *out, const char *tool, const char *arguments, ...) PRINTF_LIKE(3, 4);

/* A content to show, as much of it as fits. */
struct step_version {
    const char *heading;
    const struct brief_version *version; /* NULL: not shown */
};
#define STEP_VERSIONS_MAX 2

/* A prompt about a step: its own words around a context that all of them share. */
struct step_text {
    const char *intro;     /* who the reader is and what this is about */
    const char *what_next; /* what to do, and with which call: the last words of the prompt */
    struct step_version versions[STEP_VERSIONS_MAX];
};
/* The final content when there is one, else the versions of both roles. */
void step_show_versions(const struct brief_step *brief, const char *server_heading,
                        const char *client_heading, struct step_text *text);
/*
 * Make the one message, from the user. The context is made smaller until everything fits; then the
 * versions are cut. Never more than PROMPT_MESSAGE_MAX.
 */
void step_tell(struct req *rq, struct prompt_call *call, const struct brief_step *brief,
               const struct step_text *text);
/* Why nothing can be written to the step, and what would change that; NULL when it can. */
const char *step_closed(struct req *rq, const struct brief_step *brief);
/* The submission or review that came last; NULL before the first. */
const struct brief_round *step_last_round(const struct brief_step *brief);

/* One message from the user. */
void prompt_tell(struct req *rq, struct prompt_call *call, const char *text);

extern const struct prompt prompt_plan_project;
extern const struct prompt prompt_draft_step;
extern const struct prompt prompt_review_step;
extern const struct prompt prompt_assess_complexity;
extern const struct prompt prompt_settle_dispute;

#endif
