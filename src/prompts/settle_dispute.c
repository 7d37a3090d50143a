/* settle_dispute: help a human to decide what two roles could not agree on. */
#include "planner/base/clock.h"
#include "planner/prompts/prompt_parts.h"

static void call_resolve(struct buf *out, const char *key, const char *resolution, bool content)
{
    tell_call(out, "resolve_dispute", "{\"dispute\": \"%s\", \"resolution\": \"%s\"%s, %s}", key,
              resolution, content ? ", \"content\": \"<the text they decided on>\"" : "",
              "\"reasoning\": \"<their reason>\"");
}

static void call_explicit(struct req *rq, struct buf *out, const struct brief_step *brief)
{
    if (brief->project->human_only.v && !req_is_user(rq)) {
        buf_printf(out, "%s takes a decision only from the human: you cannot pass one on. ",
                   brief->project->slug);
        if (!rq->can_elicit) {
            buf_text(
                out,
                "This client cannot ask them, so they start the server with --role user "
                "or --user NAME and decide there, or use a client that can. The call is the same:\n");
            tell_call(out, "resolve_dispute", "{\"dispute\": \"%s\"}", brief->key);
        }
        buf_char(out, '\n');
        return;
    }
    buf_printf(out, "%s, by one of:\n",
               rq->can_elicit ? "If they would rather tell you, pass on exactly what they decided"
                              : "Pass on exactly what they decided, never your own choice");
    call_resolve(out, brief->key, "server", false);
    if (brief->client != NULL)
        call_resolve(out, brief->key, "client", false);
    call_resolve(out, brief->key, "hybrid", true);
    call_resolve(out, brief->key, "custom", true);
}

static void next_pending(struct req *rq, struct buf *out, const struct brief_step *brief)
{
    buf_printf(
        out,
        "After %lld round%s the two roles do not agree about %s. A human decides, not you. "
        "Tell your user, briefly and fairly: what the step is for, where the two versions "
        "differ, what speaks for each, and which one you would take and why (server, "
        "client, hybrid for both put together, custom for something else). %s",
        (long long)brief->dispute->rounds.v, brief->dispute->rounds.v == 1 ? "" : "s", brief->key,
        brief->client == NULL ? "The client role gave no version of its own, only feedback. " : "");
    if (rq->can_elicit) {
        buf_text(out, "Then let the planner ask them, with both versions and a form:\n");
        tell_call(out, "resolve_dispute", "{\"dispute\": \"%s\"}", brief->key);
    } else {
        buf_text(out, "Then ask them to decide.\n");
    }
    call_explicit(rq, out, brief);
}

static void next_resolved(struct req *rq, struct buf *out, const struct brief_step *brief)
{
    const struct brief_dispute *d = brief->dispute;

    buf_printf(out,
               "Nothing is left to settle: the dispute about %s was resolved on %s as '%s', by\n",
               brief->key, clock_local(rq->arena, clock_parse_iso(d->resolved_at)),
               field_choice(resolution_names, d->resolution));
    quote_line(out, QUOTE_EXTRA, "%s", d->resolved_by);
    buf_text(out, "Tell your user so. A resolution is not made twice; whoever wants something else "
                  "starts over with new content:\n");
    tell_call(out, "submit_step",
              "{\"step\": \"%s\", \"content\": \"<the whole content>\", \"reopen\": true}",
              brief->key);
}

static void next_none(struct buf *out, const struct brief_step *brief)
{
    static const char *const words[] = {
        NULL,
        "it has no content yet; the server role writes it (submit_step)",
        "its draft is with the server role (submit_step)",
        "its draft waits for the client role (review_step)",
        "its content is agreed",
        "its content is disputed",
        "its content was decided by a human",
    };

    buf_printf(out,
               "Nothing is to settle: there is no dispute about %s; %s. Tell your user so. What "
               "waits for a human:\n",
               brief->key, words[brief->content_status]);
    tell_call(out, "list_disputes", "{\"project\": \"%s\"}", brief->project->slug);
}

static const char *settle_next(struct req *rq, const struct brief_step *brief)
{
    const char *closed = step_closed(rq, brief);
    struct buf out = BUF_IN(rq->arena);

    if (brief->dispute == NULL)
        next_none(&out, brief);
    else if (brief->dispute->status == DISPUTE_RESOLVED)
        next_resolved(rq, &out, brief);
    else if (closed != NULL)
        return closed;
    else
        next_pending(rq, &out, brief);
    return buf_str(&out);
}

static enum status settle_run(struct req *rq, struct prompt_call *call)
{
    struct brief_step brief;
    struct step_text text = {0};

    TRY(brief_read_step(rq, "dispute", call->values[0], &brief));
    call->description = arena_printf(rq->arena, "Settle the dispute about %s", brief.key);
    text.intro = arena_printf(
        rq->arena,
        "Help your user to settle a dispute about %s, a step in the plan of %s: the server role "
        "wrote it, the client role reviewed it, and they could not agree. Below is what the plan "
        "knows; what to do now is at the end.",
        brief.key, brief.project->slug);
    text.what_next = settle_next(rq, &brief);
    step_show_versions(&brief, "The server role's version", "The client role's version", &text);
    step_tell(rq, call, &brief, &text);
    return ST_OK;
}

static const struct prompt_arg settle_args[] = {
    {.name = "dispute",
     .title = "Dispute",
     .doc = "The dispute, by the key of its step, like AUTH-3, or by its own id.",
     .required = true,
     .completes = COMPLETE_DISPUTE},
    {.name = NULL},
};
const struct prompt prompt_settle_dispute = {
    .name = "settle_dispute",
    .title = "Settle a dispute",
    .doc = "Show what two agents could not agree on, with both versions and their reasons, and "
           "take the decision of the human.",
    .args = settle_args,
    .run = settle_run,
};
