/* review_step: the client role answers a draft. */
#include "planner/prompts/prompt_parts.h"

static const char how_to_judge[] =
    "Judge the draft, not its author: does it serve the vision and the objective of the task; can "
    "somebody without any other context carry it out; is anything wrong, missing, or the work of "
    "another step; does it fit to what was agreed before; how does one see that it is done? What "
    "is good enough is approved.\n";

static void calls_of_review(struct buf *out, const struct brief_step *brief, bool may_approve)
{
    const char *key = brief->key;
    const long long draft = (long long)brief->server->number.v;

    if (may_approve) {
        buf_text(out, "Approve, when it is good as it stands:\n");
        tell_call(out, "review_step",
                  "{\"step\": \"%s\", \"decision\": \"approve\", \"draft\": %lld, \"reasoning\": "
                  "\"<why>\"}",
                  key, draft);
    }
    buf_text(out, "Send it back, when its author has to change something; say what, point by "
                  "point:\n");
    tell_call(out, "review_step",
              "{\"step\": \"%s\", \"decision\": \"revise\", \"draft\": %lld, \"feedback\": \"<what "
              "has to change>\"}",
              key, draft);
    buf_text(out, "Counter with your own whole version, when writing it is easier than explaining "
                  "it:\n");
    tell_call(out, "review_step",
              "{\"step\": \"%s\", \"decision\": \"counter\", \"draft\": %lld, \"content\": \"<your "
              "whole version>\", \"feedback\": \"<what it changes>\", \"reasoning\": \"<why>\"}",
              key, draft);
}

static void next_review(struct req *rq, struct buf *out, const struct brief_step *brief)
{
    const int64_t left = brief->limit.v - brief->round.v;
    const bool own = strcmp(brief->server->agent, rq->actor.agent) == 0;
    const bool may_approve = !brief->project->separate_authors.v || !own;

    buf_printf(out, "Review draft %lld of %s. %s", (long long)brief->server->number.v, brief->key,
               how_to_judge);
    if (!may_approve)
        buf_printf(out,
                   "You wrote this draft, and %s wants separate authors: you cannot approve it. "
                   "Tell your user that another agent has to review it, unless it has to change "
                   "anyway.\n",
                   brief->project->slug);
    else if (own)
        buf_text(out,
                 "You wrote this draft yourself: a review by another agent is worth more. "
                 "Say so to your user. Where this host runs several agents, each of them gives its "
                 "own name as 'agent'.\n");
    buf_text(out, "Then make one of these calls:\n");
    calls_of_review(out, brief, may_approve);
    if (left <= 1)
        buf_text(out, "This is the last round: revise or counter now opens a dispute, which a "
                      "human has to settle.\n");
    buf_text(out, "'draft' guards you: when the draft was replaced meanwhile, the call is refused "
                  "and you review the new one.\n");
}

static void next_without_draft(struct buf *out, const struct brief_step *brief)
{
    const bool pending = brief->content_status == STEP_PENDING;

    buf_printf(out,
               "There is nothing to review: %s. The server role has to hand in %s first "
               "(submit_step; the prompt draft_step helps with it). Tell your user so, and do not "
               "review anything now. If they want you to play the server role yourself:\n",
               pending ? "the step has no draft yet"
                       : "the draft is with the server role, which "
                         "writes the next one",
               pending ? "one" : "it");
    tell_call(
        out, "submit_step",
        "{\"step\": \"%s\", \"content\": \"<the whole content>\", \"reasoning\": \"<why it is "
        "so>\"}",
        brief->key);
}

static void next_settled(struct buf *out, const struct brief_step *brief)
{
    if (brief->content_status == STEP_DISPUTED) {
        buf_printf(out,
                   "There is nothing to review: %s is disputed, the review rounds are used up, and "
                   "a human decides. Tell your user so, and that they can settle it now:\n",
                   brief->key);
        tell_call(out, "resolve_dispute", "{\"dispute\": \"%s\"}", brief->key);
        return;
    }
    buf_printf(out,
               "There is nothing to review: the content of %s is final. Tell your user so. Only if "
               "they want to start over, somebody in the server role hands in new content:\n",
               brief->key);
    tell_call(out, "submit_step",
              "{\"step\": \"%s\", \"content\": \"<the whole content>\", \"reopen\": true}",
              brief->key);
}

static const char *review_next(struct req *rq, const struct brief_step *brief)
{
    const char *closed = step_closed(rq, brief);
    struct buf out = BUF_IN(rq->arena);

    if (closed != NULL)
        return closed;
    if (brief->content_status == STEP_CLIENT_REVIEW)
        next_review(rq, &out, brief);
    else if (brief->content_status == STEP_PENDING || brief->content_status == STEP_SERVER_DRAFT)
        next_without_draft(&out, brief);
    else
        next_settled(&out, brief);
    return buf_str(&out);
}

static enum status review_run(struct req *rq, struct prompt_call *call)
{
    struct brief_step brief;
    struct step_text text = {0};

    TRY(brief_read_step(rq, "step", call->values[0], &brief));
    call->description = brief.content_status == STEP_CLIENT_REVIEW
                            ? arena_printf(rq->arena, "Review draft %lld of %s",
                                           (long long)brief.server->number.v, brief.key)
                            : arena_printf(rq->arena, "%s has no draft to review now", brief.key);
    text.intro = arena_printf(
        rq->arena,
        "You play the client role for %s, a step in the plan of %s: another agent, in the server "
        "role, writes its content, you review it. Below is what the plan knows; what to do now is "
        "at the end.",
        brief.key, brief.project->slug);
    text.what_next = review_next(rq, &brief);
    step_show_versions(&brief, "The server role's draft",
                       "The client role's own version, from an earlier round", &text);
    step_tell(rq, call, &brief, &text);
    return ST_OK;
}

static const struct prompt_arg review_args[] = {
    {.name = "step",
     .title = "Step",
     .doc = "The step to review, by its key, like AUTH-3.",
     .required = true,
     .completes = COMPLETE_REVIEWABLE_STEP},
    {.name = NULL},
};
const struct prompt prompt_review_step = {
    .name = "review_step",
    .title = "Review a step",
    .doc = "Review the draft of a step against the vision, its task and what was agreed before, "
           "and approve it, send it back or counter it.",
    .args = review_args,
    .run = review_run,
};
