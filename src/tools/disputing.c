/* list_disputes, resolve_dispute */
#include "planner/service/dispute.h"
#include "planner/service/page.h"
#include "planner/service/project.h"
#include "planner/tools/families.h"
#include "planner/tools/tool_parts.h"

static const struct field list_args[] = {
    FIELD_REF(struct dispute_list_args, project, OPTIONAL, "Default all."),
    FIELD_ENUM(struct dispute_list_args, status, dispute_status_names, OPTIONAL,
               "Default pending."),
    FIELD_INT(struct dispute_list_args, limit, 1, LIST_LIMIT_MAX, OPTIONAL, NULL),
    FIELD_CURSOR(struct dispute_list_args),
    FIELD_END,
};

static const struct field resolve_args_fields[] = {
    FIELD_REF(struct resolve_args, dispute, REQUIRED, "Dispute or its step."),
    FIELD_ENUM(struct resolve_args, resolution, resolution_names, OPTIONAL,
               "Leave out to ask the human. custom and hybrid need content."),
    FIELD_TEXT(struct resolve_args, content, 0, CONTENT_MAX, OPTIONAL, NULL),
    FIELD_TEXT(struct resolve_args, reasoning, 0, REASON_MAX, OPTIONAL, NULL),
    VERSION_FIELD(struct resolve_args),
    WRITE_FIELDS(struct resolve_args),
    FIELD_END,
};

/* What a person fills in. */
struct form_answer {
    int resolution;
    const char *content, *reason;
};
static const struct field form_fields[] = {
    FIELD_ENUM(struct form_answer, resolution, resolution_names, REQUIRED, NULL),
    FIELD_TEXT(struct form_answer, content, 0, CONTENT_MAX, OPTIONAL, NULL),
    FIELD_TEXT(struct form_answer, reason, 0, REASON_MAX, OPTIONAL, NULL),
    FIELD_END,
};

static void form_choice(struct json_out *out, const char *value, const char *title)
{
    json_begin(out, '{');
    json_put_str(out, "const", value);
    json_put_str(out, "title", title);
    json_end(out, '}');
}

static void form_text(struct json_out *out, const char *name, const char *title,
                      const char *description)
{
    json_key(out, name);
    json_begin(out, '{');
    json_put_str(out, "type", "string");
    json_put_str(out, "title", title);
    json_put_str(out, "description", description);
    json_end(out, '}');
}

static const char *question_form(struct req *rq, const struct dispute_question *q)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "type", "object");
    json_key(&out, "properties");
    json_begin(&out, '{');
    json_key(&out, "resolution");
    json_begin(&out, '{');
    json_put_str(&out, "type", "string");
    json_put_str(&out, "title", "Resolution");
    json_key(&out, "oneOf");
    json_begin(&out, '[');
    form_choice(&out, "server", "Take the server's version as it is");
    if (q->client_content != NULL)
        form_choice(&out, "client", "Take the client's version as it is");
    form_choice(&out, "hybrid", "Take parts of both: write the result below");
    form_choice(&out, "custom", "Take neither: write your own below");
    json_end(&out, ']');
    json_end(&out, '}');
    form_text(&out, "content", "Content", "The final content, for hybrid and custom only");
    form_text(&out, "reason", "Reason", "Why; both roles will read it");
    json_end(&out, '}');
    json_put_raw(&out, "required", "[\"resolution\"]");
    json_end(&out, '}');
    return json_text(&out);
}

/* What an answer belongs to: the method, the configured person, and the arguments, without who
 * calls and under which request id. */
static const char *binding_of(struct req *rq, const struct resolve_args *args)
{
    struct resolve_args bare = *args;
    struct json_out out = JSON_OUT_IN(rq->arena);

    buf_printf(&out.buf, "tools/call resolve_dispute as %s ",
               rq->actor.user == NULL ? "-" : rq->actor.user);
    bare.write.request_id = NULL;
    bare.write.agent = NULL;
    field_encode(resolve_args_fields, &bare, &out);
    return json_text(&out);
}

#define QUESTION "resolution" /* the key of the form */

static enum status ask_person(struct req *rq, struct tool_call *call,
                              const struct resolve_args *args, struct item_answer *answer)
{
    struct dispute_question q;
    const enum status status = dispute_ask(rq, args->dispute, binding_of(rq, args), &q);

    /* This very request may have settled it, and its opening been undone: its stored answer comes.
     */
    if ((status == ST_CONFLICT || status == ST_NOT_FOUND) && args->write.request_id != NULL)
        return dispute_resolve(rq, args, answer);
    TRY(status);
    if (!rq->can_elicit && q.human_only.v && !req_is_user(rq))
        return req_fail(
            rq, ST_NOT_READY,
            "'resolution': %s lets only a human resolve disputes and this client cannot "
            "ask one; a person does it with a server started with --role user or --user NAME",
            q.project);
    if (!rq->can_elicit)
        return req_fail(rq, ST_NOT_READY,
                        "'resolution' is missing and this client cannot ask its human; show both "
                        "versions (get_item %s) and call again with server, client, custom or "
                        "hybrid",
                        q.key);
    call->need = (struct input_need){
        .questions = {{.key = QUESTION,
                       .kind = INPUT_FORM,
                       .message = dispute_message(rq, &q),
                       .form = question_form(rq, &q)}},
        .n = 1,
        .state = q.state,
    };
    return ST_NEED_INPUT;
}

static enum status resolve_answered(struct req *rq, const struct tool_call *call,
                                    const struct resolve_args *args, struct item_answer *answer)
{
    struct resolve_args given = *args;
    struct form_answer form;
    const cJSON *content = input_content(&call->given, QUESTION);

    if (content == NULL)
        return dispute_form_wrong(rq, "the form came back empty");
    if (field_decode(rq, form_fields, content, NULL, sizeof(form), &form) != ST_OK)
        return dispute_form_wrong(rq,
                                  arena_printf(rq->arena, "in the human's form, %s", rq->message));
    given.resolution = form.resolution;
    given.content = form.content;
    given.reasoning = form.reason;
    given.state = call->given.state;
    given.binding = binding_of(rq, args);
    return dispute_resolve(rq, &given, answer);
}

static enum status resolve_run(struct req *rq, struct tool_call *call, const void *data,
                               void *result)
{
    const struct resolve_args *args = data;
    const enum input_action action = input_action_of(&call->given, QUESTION);
    struct dispute_question q;

    if (args->resolution != 0)
        return dispute_resolve(rq, args, result);
    if (call->given.state == NULL || action == INPUT_NONE)
        return ask_person(rq, call, args, result);
    if (action == INPUT_ACCEPT)
        return resolve_answered(rq, call, args, result);
    TRY(dispute_ask(rq, args->dispute, binding_of(rq, args), &q));
    TRY(dispute_check_state(rq, call->given.state, binding_of(rq, args), q.id));
    return dispute_leave(rq, &q, result);
}

static enum status list_run(struct req *rq, struct tool_call *call, const void *args, void *result)
{
    (void)call;
    return dispute_find_all(rq, args, result);
}

#define NAME_SHOWN 30 /* bytes: an acknowledgement stays short */

static void resolve_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct item_answer *a = result;

    (void)rq;
    if (!a->changed.v)
        buf_printf(out, "%s stays disputed: the human decided nothing and nothing was changed",
                   a->key);
    else
        buf_printf(out, "%s: resolved (%s) by %.*s, its content is final (complete_step %s)",
                   a->key, a->resolution, (int)page_cut(a->resolved_by, 0, NAME_SHOWN),
                   a->resolved_by, a->key);
    tell_replayed(out, a->replayed);
}

static void list_tell(struct req *rq, const void *result, struct buf *out)
{
    const struct dispute_list *list = result;

    if (list->disputes.n == 0)
        buf_printf(out, "no %s disputes", list->status == DISPUTE_PENDING ? "open" : "resolved");
    for (size_t i = 0; i < list->disputes.n; i++) {
        const struct dispute_row *d = LIST_AT(list->disputes, i, const struct dispute_row);
        buf_printf(out, "%s%s  %s  ", i == 0 ? "" : "\n", d->step, d->title);
        if (d->status == DISPUTE_PENDING)
            buf_printf(out, "since %s, after %lld round%s%s (resolve_dispute %s)",
                       tell_time(rq, d->created_at), (long long)d->rounds.v,
                       d->rounds.v == 1 ? "" : "s",
                       d->has_client_version.v ? "" : ", no client version", d->step);
        else
            buf_printf(out, "resolved %s: %s by %s", tell_time(rq, d->resolved_at),
                       field_choice(resolution_names, d->user_resolution), d->resolved_by);
    }
    if (list->next_cursor != NULL)
        buf_printf(out, "\n(more: cursor %s)", list->next_cursor);
}

const struct tool tool_list_disputes = {
    .name = "list_disputes",
    .title = "List disputes",
    .doc = "Disagreements that wait for a human, oldest first.",
    .hints = TOOL_READS,
    .args = list_args,
    .args_size = sizeof(struct dispute_list_args),
    .result = dispute_list_fields,
    .result_size = sizeof(struct dispute_list),
    .run = list_run,
    .tell = list_tell,
};

const struct tool tool_resolve_dispute = {
    .name = "resolve_dispute",
    .title = "Resolve a dispute",
    .doc = "Settle a dispute with a human's decision; without a resolution the human is asked.",
    .hints = TOOL_ASKS,
    .args = resolve_args_fields,
    .args_size = sizeof(struct resolve_args),
    .result = resolution_answer_fields,
    .result_size = sizeof(struct item_answer),
    .run = resolve_run,
    .tell = resolve_tell,
};
