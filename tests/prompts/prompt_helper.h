/* Words for tests that get a prompt about a plan in a real database. */
#ifndef PLANNER_TESTS_PROMPTS_PROMPT_HELPER_H
#define PLANNER_TESTS_PROMPTS_PROMPT_HELPER_H

#include "plan_helper.h"

#include "planner/prompts/prompt.h"

/*
 * The text of a prompt with one argument (value NULL: without it), or fail the test. It is within
 * PROMPT_MESSAGE_MAX, it is one message of the user, and every call that it names would be taken
 * by the tool's declaration.
 */
const char *prompt_get(struct req *rq, const char *name, const char *value);
/* The same call as a status, for those that fail. */
enum status prompt_try(struct req *rq, const char *name, const char *value);
/* The bytes of the text as JSON has them. */
size_t prompt_size(struct req *rq, const char *text);

#define assert_says(text, part)   prompt_assert_says((text), (part), true)
#define assert_silent(text, part) prompt_assert_says((text), (part), false)
void prompt_assert_says(const char *text, const char *part, bool wanted);
/* `n` bytes of `word` repeated. */
char *prompt_long(struct req *rq, const char *word, size_t n);

#endif
