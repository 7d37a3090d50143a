#include "planner/prompts/prompt_parts.h"

#ifdef PLANNER_CONFORMANCE /* the build that the official conformance suite judges */
#include "fixtures.h"
#else
#define FIXTURE_PROMPTS
#endif

/* clang-format off */
const struct prompt *const all_prompts[] = {
    &prompt_plan_project,
    &prompt_draft_step,
    &prompt_review_step,
    &prompt_assess_complexity,
    &prompt_settle_dispute,
    FIXTURE_PROMPTS /* their addresses, ended by a comma */
    NULL,
};
/* clang-format on */

const struct prompt *prompt_find(const char *name)
{
    for (int i = 0; all_prompts[i] != NULL; i++) {
        if (strcmp(all_prompts[i]->name, name) == 0)
            return all_prompts[i];
    }
    return NULL;
}

const struct prompt_arg *prompt_arg_find(const struct prompt *prompt, const char *name)
{
    for (int i = 0; prompt->args != NULL && prompt->args[i].name != NULL; i++) {
        if (strcmp(prompt->args[i].name, name) == 0)
            return &prompt->args[i];
    }
    return NULL;
}
