/*
 * Asking somebody in the middle of a request. A handler (of a tool or a prompt) that needs an
 * answer fills in a struct input_need and returns ST_NEED_INPUT; it is run again from its
 * beginning, with the same arguments, once there are answers. Nothing is remembered between the
 * two runs but `state`, so the second may happen in another process.
 *
 * This is the shape of MCP 2026-07-28 (basic/patterns/mrtr); mcp/ makes requests of its own out of
 * it for clients of the handshake era. A handler that misses an answer simply asks again.
 */
#ifndef PLANNER_BASE_INPUT_H
#define PLANNER_BASE_INPUT_H

#include "planner/base/json.h"
#include "planner/base/status.h"

#define INPUT_QUESTIONS_MAX 8 /* at once */

enum input_kind {
    INPUT_FORM,     /* elicitation/create: a person fills in a form */
    INPUT_SAMPLING, /* sampling/createMessage: the client's model answers */
    INPUT_ROOTS     /* roots/list */
};

struct input_question {
    const char *key; /* names the question within the request */
    enum input_kind kind;
    const char *message; /* INPUT_FORM: what the person sees, complete */
    const char *form;    /* INPUT_FORM: a flat JSON Schema object (MCP requestedSchema) */
    const char *params;  /* INPUT_SAMPLING: the params, a JSON object */
};

/* Out, with ST_NEED_INPUT. Strings are in the request's arena. */
struct input_need {
    struct input_question questions[INPUT_QUESTIONS_MAX];
    size_t n;          /* 0: only to be called again with the state */
    const char *state; /* opaque and tamper-proof, or NULL; comes back with the answers */
};

/* In: what came back. Borrowed from the request's params. */
struct input_given {
    const cJSON *responses; /* an object, result by key; NULL on the first run */
    const char *state;      /* as given out, to be distrusted; or NULL */
};

enum input_action { INPUT_NONE = 0, INPUT_ACCEPT, INPUT_DECLINE, INPUT_CANCEL };

/* "accept", "decline", "cancel"; false when the word is none of them or NULL. */
bool input_action_parse(const char *word, enum input_action *ret_action);
/* What the person did with a form; INPUT_NONE when there is no (well-formed) answer to it. */
enum input_action input_action_of(const struct input_given *given, const char *key);
/* The values of an accepted form, else NULL. */
const cJSON *input_content(const struct input_given *given, const char *key);
/* The whole result under this key, or NULL. */
const cJSON *input_response(const struct input_given *given, const char *key);

#endif
