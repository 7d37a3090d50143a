/* A dispute for the person who settles it, and for the agents who have to live with it. */
#include "planner/resources/markdown.h"
#include "planner/resources/planner_parts.h"
#include "planner/service/dispute.h"

static void put_named(struct buf *out, const char *what, const char *key, const char *title)
{
    buf_printf(out, "- %s: %s ", what, key);
    markdown_inline(out, title);
    buf_char(out, '\n');
}

static void put_state(const struct dispute_view *v, struct buf *out)
{
    if (v->status == DISPUTE_RESOLVED)
        buf_text(out, "- opened");
    else
        buf_printf(out, "- %s,", field_choice(dispute_status_names, v->status));
    buf_printf(out, " after %lld round%s, %s", (long long)v->rounds.v, v->rounds.v == 1 ? "" : "s",
               v->status == DISPUTE_RESOLVED ? "" : "since ");
    markdown_time(out, v->created_at);
    if (v->status == DISPUTE_RESOLVED) {
        buf_printf(out, "\n- resolved (%s) by ",
                   field_choice(resolution_names, v->user_resolution));
        markdown_inline(out, v->resolved_by);
        buf_printf(out, " (%s), ", v->via);
        markdown_time(out, v->resolved_at);
    }
    buf_char(out, '\n');
}

static void put_how(const struct dispute_view *v, struct buf *out)
{
    buf_text(out, "\n## How to settle it\n\n");
    if (v->project_status == PROJECT_ARCHIVED)
        buf_printf(out, "%s is archived: bring it back first (update_project). Then:\n\n",
                   v->project);
    else if (v->step_status != ITEM_OPEN)
        buf_printf(out, "%s is %s: reopen it first (complete_step). Then:\n\n", v->key,
                   field_choice(item_status_names, v->step_status));
    buf_printf(
        out,
        "A human decides. resolve_dispute %s asks them, where the client can; otherwise show "
        "them both versions and call it with their resolution:\n\n"
        "- server: the server's version as it is\n"
        "%s"
        "- hybrid: parts of both, with the content to use\n"
        "- custom: neither, with the content to use\n",
        v->key, v->client_content != NULL ? "- client: the client's version as it is\n" : "");
    if (v->human_only.v)
        buf_printf(out, "\n%s lets only a human settle it (human_only).\n", v->project);
}

static void put_version(struct req *rq, const char *whose, const char *agent, const char *text,
                        struct buf *out)
{
    struct buf heading = BUF_IN(rq->arena);

    buf_printf(&heading, "%s (", whose);
    markdown_inline(&heading, agent);
    buf_char(&heading, ')');
    markdown_part(out, buf_str(&heading), text);
}

void markdown_tell_dispute(struct req *rq, const struct resource_uri *uri, const void *result,
                           struct buf *out)
{
    const struct dispute_view *v = result;

    buf_printf(out, "# Dispute about %s ", v->key);
    markdown_inline(out, v->title);
    buf_text(out, "\n\n");
    put_state(v, out);
    put_named(out, "project", v->project, v->project_name);
    put_named(out, "task", v->task, v->task_title);
    buf_printf(out, "- the step: planner://items/%s\n", v->key);
    markdown_part(out, "Objective of the task", v->objective);
    markdown_part(out, "What was decided", v->resolved_content);
    put_version(rq, "Server version", v->server_agent, v->server_content, out);
    markdown_part(out, "Server's reasoning", v->server_reasoning);
    put_version(rq, "Client version", v->client_agent, v->client_content, out);
    if (v->client_content == NULL && uri->cursor == NULL)
        buf_text(out, "\nThe client gave no version of its own.\n");
    markdown_part(out, "Client's feedback", v->feedback);
    markdown_part(out, "Client's reasoning", v->client_reasoning);
    if (v->status == DISPUTE_PENDING && uri->cursor == NULL)
        put_how(v, out);
    markdown_tell_next(rq, uri, v->next_cursor, out);
}
