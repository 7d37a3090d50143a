/* draft_step: the server role writes the content of a step. */
#include "planner/prompts/prompt_parts.h"

static const char how_to_write[] =
    "Say what has to be done, how, in which order, with which names, files and commands, and how "
    "one sees that it is done, so completely that somebody without any other context can carry it "
    "out. Serve the vision and the objective of the task, fit to what was agreed before, and leave "
    "to the later steps what is theirs.\n";

static void call_submit(struct buf *out, const char *key, bool reopen)
{
    tell_call(out, "submit_step",
              "{\"step\": \"%s\", \"content\": \"<the whole content>\", \"reasoning\": \"<why it "
              "is so>\"%s}",
              key, reopen ? ", \"reopen\": true" : "");
}

static void tell_after_submit(struct buf *out)
{
    buf_text(out, "Then tell your user that it waits for its review, which is the work of another "
                  "agent (review_step). With 'ready': false it is kept as your draft instead.\n");
}

static void next_pending(struct buf *out, const struct brief_step *brief)
{
    buf_printf(out, "Write the content of %s. %sHand it in:\n", brief->key, how_to_write);
    call_submit(out, brief->key, false);
    tell_after_submit(out);
}

static void next_sent_back(struct buf *out, const struct brief_step *brief)
{
    const struct brief_round *last = step_last_round(brief);

    if (last->action == ACTION_COUNTER) {
        buf_printf(out, "The client role answered with a version of its own. If that serves the "
                        "step as well as yours, take it as it is:\n");
        tell_call(out, "submit_step", "{\"step\": \"%s\", \"accept\": true}", brief->key);
        buf_text(out, "Otherwise write a draft that takes over what is better in it, and say in "
                      "'reasoning' why the rest is not:\n");
    } else if (last->action == ACTION_REVISE) {
        buf_text(out, "The client role sent the draft back. Write the next one: answer every point "
                      "of the newest feedback, or say in 'reasoning' why a point is wrong, and "
                      "keep what was not objected to:\n");
    } else {
        buf_text(out, "The draft is not finished: its author kept it back. Finish it and hand it "
                      "in:\n");
    }
    call_submit(out, brief->key, false);
    buf_printf(out, "%sAfter %lld more round%s without agreement a human decides.\n", how_to_write,
               (long long)(brief->limit.v - brief->round.v),
               brief->limit.v - brief->round.v == 1 ? "" : "s");
    tell_after_submit(out);
}

static void next_in_review(struct buf *out, const struct brief_step *brief)
{
    buf_printf(out,
               "Draft %lld of %s waits for its review: the client role has to answer first "
               "(review_step), and the server role has nothing to do. Tell your user so. Only if "
               "they want the draft to be replaced before it is reviewed:\n",
               (long long)brief->server->number.v, brief->key);
    call_submit(out, brief->key, false);
}

static void next_final(struct buf *out, const struct brief_step *brief)
{
    buf_printf(out,
               "%s has final content already, so nothing is left to draft. Tell your user so. The "
               "next move is to carry it out and to complete the step:\n",
               brief->key);
    tell_call(out, "complete_step", "{\"item\": \"%s\", \"outcome\": \"done\"}", brief->key);
    buf_text(out, "Only if they want to start over with new content:\n");
    call_submit(out, brief->key, true);
}

static void next_disputed(struct buf *out, const struct brief_step *brief)
{
    buf_printf(out,
               "%s is disputed: the review rounds are used up and no draft is taken until a human "
               "has decided. Tell your user so, and that they can settle it now:\n",
               brief->key);
    tell_call(out, "resolve_dispute", "{\"dispute\": \"%s\"}", brief->key);
}

static const char *draft_next(struct req *rq, const struct brief_step *brief)
{
    const char *closed = step_closed(rq, brief);
    struct buf out = BUF_IN(rq->arena);

    if (closed != NULL)
        return closed;
    if (brief->content_status == STEP_PENDING)
        next_pending(&out, brief);
    else if (brief->content_status == STEP_SERVER_DRAFT)
        next_sent_back(&out, brief);
    else if (brief->content_status == STEP_CLIENT_REVIEW)
        next_in_review(&out, brief);
    else if (brief->content_status == STEP_DISPUTED)
        next_disputed(&out, brief);
    else
        next_final(&out, brief);
    return buf_str(&out);
}

static enum status draft_run(struct req *rq, struct prompt_call *call)
{
    struct brief_step brief;
    struct step_text text = {0};

    TRY(brief_read_step(rq, "step", call->values[0], &brief));
    call->description = arena_printf(rq->arena, "Draft the content of %s", brief.key);
    text.intro = arena_printf(
        rq->arena,
        "You play the server role for %s, a step in the plan of %s: you write its content, another "
        "agent, in the client role, reviews it. Below is what the plan knows; what to do now is at "
        "the end.",
        brief.key, brief.project->slug);
    text.what_next = draft_next(rq, &brief);
    step_show_versions(&brief, "The server role's draft", "The client role's own version", &text);
    step_tell(rq, call, &brief, &text);
    return ST_OK;
}

static const struct prompt_arg draft_args[] = {
    {.name = "step",
     .title = "Step",
     .doc = "The step to write, by its key, like AUTH-3.",
     .required = true,
     .completes = COMPLETE_DRAFTABLE_STEP},
    {.name = NULL},
};
const struct prompt prompt_draft_step = {
    .name = "draft_step",
    .title = "Draft a step",
    .doc = "Write the content of a step, or its next version after a review, with everything the "
           "plan knows about it.",
    .args = draft_args,
    .run = draft_run,
};
