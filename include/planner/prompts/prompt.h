/*
 * Prompts: what a person chooses in a host ("review this step"), filled with what the store knows.
 * A prompt knows no message, id or era; mcp/ writes the wire form of prompts/list and prompts/get.
 *
 * Adding a prompt: one `const struct prompt` in src/prompts/<topic>.c, one line in registry.c, a
 * test of each state it can meet. docs/PROTOCOL.md describes what they say.
 */
#ifndef PLANNER_PROMPTS_PROMPT_H
#define PLANNER_PROMPTS_PROMPT_H

#include "planner/base/input.h"
#include "planner/base/req.h"
#include "planner/service/completion.h"

#define PROMPT_ARGS_MAX    4                   /* of one prompt */
#define PROMPT_VALUE_MAX   4000                /* characters of one argument */
#define PROMPT_MESSAGE_MAX ((size_t)40 * 1024) /* bytes of all messages, escaped as JSON is */

struct prompt_arg {
    const char *name, *title;
    const char *doc; /* the description that people read */
    bool required;
    enum complete_kind completes; /* what completion/complete offers for it */
};

struct prompt_message {
    const char *role;    /* "user" or "assistant" */
    const char *text;    /* a text block, or NULL: */
    const char *content; /* any other content block, a JSON object */
};

/* One prompts/get, on its way down and back. Everything lives as long as the request. */
struct prompt_call {
    const cJSON *arguments; /* an object, or NULL for none */
    struct input_given given;
    /* Filled by prompt_invoke: the arguments in the order of the declaration, NULL: not given. */
    const char *values[PROMPT_ARGS_MAX];
    /* Out, on ST_OK. */
    const char *description;               /* of what this result is about */
    const struct prompt_message *messages; /* at most PROMPT_MESSAGE_MAX */
    size_t n_messages;
    /* Out, on ST_NEED_INPUT. */
    struct input_need need;
};

struct prompt {
    const char *name, *title;
    const char *doc;               /* the description that people read */
    const struct prompt_arg *args; /* ended by one without a name; NULL: none */
    enum status (*run)(struct req *rq, struct prompt_call *call);
};

/* Every prompt, in the order in which they are listed; ended by NULL. */
extern const struct prompt *const all_prompts[];

const struct prompt *prompt_find(const char *name); /* or NULL */
const struct prompt_arg *prompt_arg_find(const struct prompt *prompt,
                                         const char *name); /* or NULL */
/*
 * Check the arguments, run. ST_INVALID names the argument that is unknown, missing, no string, or
 * too long, or that names nothing of the right kind; ST_NOT_FOUND what it names but does not exist.
 * An item in another state than the prompt is for is no error: the text says what comes first.
 */
enum status prompt_invoke(struct req *rq, const struct prompt *prompt,
                          struct prompt_call *call) MUST_CHECK;

#endif
