/* assess_complexity: how big is a step, and is it really a task? */
#include "planner/prompts/prompt_parts.h"

#define ASSESSMENT                                                                      \
    "\"assessment\": {\"score\": 0.5, \"confidence\": 0.7, \"should_promote\": false, " \
    "\"breakdown\": [\"<title of a part>\"], \"reasoning\": \"<why>\"}"

static void tell_scale(struct buf *out, const struct brief_step *brief)
{
    buf_printf(
        out,
        "Assess how complex %s is, from its own text and from what it stands between:\n"
        "- 'score' from 0 to 1: below 0.3 is low (done in one go, nothing unknown), above 0.7 is "
        "high (several pieces of work, unknowns, decisions to take), medium is between;\n"
        "- 'confidence' from 0 to 1 in that score (0.5 when left out);\n"
        "- 'should_promote': true when it is really a goal with several pieces of work, so that it "
        "should become a task; then 'breakdown' names the pieces by their titles;\n"
        "- 'reasoning': what makes it so.\n"
        "From a score of %g on, %s takes every step as one that should become a task.\n",
        brief->key, brief->project->complexity_threshold.v, brief->project->slug);
}

/* Neither content nor turn is touched by it, so it can be stored whatever the content's status. */
static void tell_record(struct buf *out, const struct brief_step *brief)
{
    buf_text(out,
             "Record it for the role that you play, server (who writes the content) or client (who "
             "reviews it):\n");
    tell_call(out, "assess_complexity", "{\"step\": \"%s\", \"role\": \"client\", " ASSESSMENT "}",
              brief->key);
    buf_text(out,
             "Tell your user the score and why. What both roles say is combined; new content makes "
             "older assessments stale.\n");
}

static void tell_promotion(struct buf *out, const struct brief_step *brief)
{
    if (brief->content_status == STEP_DISPUTED) {
        buf_text(out, "It is disputed, so it can become a task only when a human has decided:\n");
        tell_call(out, "resolve_dispute", "{\"dispute\": \"%s\"}", brief->key);
        return;
    }
    buf_text(out, "Only if the answer says that it should become a task, and your user agrees:\n");
    tell_call(out, "promote_step", "{\"step\": \"%s\"}", brief->key);
}

static const char *assess_next(struct req *rq, const struct brief_step *brief)
{
    const char *closed = step_closed(rq, brief);
    struct buf out = BUF_IN(rq->arena);

    if (closed != NULL)
        return closed;
    tell_scale(&out, brief);
    tell_record(&out, brief);
    tell_promotion(&out, brief);
    return buf_str(&out);
}

static enum status assess_run(struct req *rq, struct prompt_call *call)
{
    struct brief_step brief;
    struct step_text text = {0};

    TRY(brief_read_step(rq, "step", call->values[0], &brief));
    call->description = arena_printf(rq->arena, "Assess the complexity of %s", brief.key);
    text.intro = arena_printf(
        rq->arena,
        "Assess the complexity of %s, a step in the plan of %s. Below is what the plan knows; what "
        "to do now is at the end.",
        brief.key, brief.project->slug);
    text.what_next = assess_next(rq, &brief);
    step_show_versions(&brief, "The server role's draft", "The client role's own version", &text);
    step_tell(rq, call, &brief, &text);
    return ST_OK;
}

static const struct prompt_arg assess_args[] = {
    {.name = "step",
     .title = "Step",
     .doc = "The step to assess, by its key, like AUTH-3.",
     .required = true,
     .completes = COMPLETE_STEP},
    {.name = NULL},
};
const struct prompt prompt_assess_complexity = {
    .name = "assess_complexity",
    .title = "Assess a step's complexity",
    .doc = "Judge how complex a step is, whether it should become a task, and into which parts it "
           "would fall.",
    .args = assess_args,
    .run = assess_run,
};
