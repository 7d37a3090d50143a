/*
 * Questions in the middle of a call. 2026-07-28 answers the call with what it needs and is called
 * again; for the handshake era the same need becomes requests of ours, and the call is parked until
 * each has its answer.
 */
#include "planner/base/memory.h"
#include "planner/mcp/session.h"

struct input_given mcp_given(const struct mcp_call *call)
{
    if (call->revision == MCP_2026_07_28)
        return (struct input_given){.responses = json_get(call->params, "inputResponses"),
                                    .state = json_get_text(call->params, "requestState")};
    return (struct input_given){.responses = call->answers, .state = call->state};
}

static const char *method_of(enum input_kind kind)
{
    static const char *const methods[] = {[INPUT_FORM] = "elicitation/create",
                                          [INPUT_SAMPLING] = "sampling/createMessage",
                                          [INPUT_ROOTS] = "roots/list"};

    return methods[kind];
}

/* Where the value of params goes. */
static void put_params(struct json_out *out, enum mcp_revision revision,
                       const struct input_question *question)
{
    if (question->kind == INPUT_FORM)
        mcp_put_form(out, revision, question);
    else if (question->params != NULL)
        json_raw(out, question->params, strlen(question->params));
    else
        json_raw(out, "{}", 2);
}

/* What the client lacks for these questions, as a ClientCapabilities object; NULL: nothing. */
static const char *missing_for(struct req *rq, const struct input_need *need)
{
    bool form = false;
    bool sampling = false;
    bool roots = false;
    struct json_out out = JSON_OUT_IN(rq->arena);

    for (size_t i = 0; i < need->n; i++) {
        form |= need->questions[i].kind == INPUT_FORM && !rq->can_elicit;
        sampling |= need->questions[i].kind == INPUT_SAMPLING && !rq->can_sample;
        roots |= need->questions[i].kind == INPUT_ROOTS && !rq->can_list_roots;
    }
    if (!form && !sampling && !roots)
        return NULL;
    json_begin(&out, '{');
    json_put_raw(&out, "elicitation", form ? "{\"form\":{}}" : NULL);
    json_put_raw(&out, "sampling", sampling ? "{}" : NULL);
    json_put_raw(&out, "roots", roots ? "{}" : NULL);
    json_end(&out, '}');
    return json_text(&out);
}

static void refuse_incapable(struct mcp *mcp, struct req *rq, const struct mcp_call *call,
                             const char *missing)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    if (call->revision < MCP_2026_07_28) {
        mcp_result_fail(mcp, rq->arena, call, ST_NOT_READY, MCP_CANNOT_ASK, 0);
        return;
    }
    rpc_error(&out, call->id, RPC_MISSING_CAPABILITY,
              "somebody has to be asked, and the client declared no capability for it",
              arena_printf(rq->arena, "{\"requiredCapabilities\":%s}", missing));
    mcp_send(mcp, call->batch, &out);
}

static void answer_needs(struct mcp *mcp, struct req *rq, const struct mcp_call *call)
{
    struct json_out out;

    mcp_result_begin(&out, rq->arena, call);
    if (call->need.n > 0) {
        json_key(&out, "inputRequests");
        json_begin(&out, '{');
        for (size_t i = 0; i < call->need.n; i++) {
            const struct input_question *question = &call->need.questions[i];
            json_key(&out, question->key);
            json_begin(&out, '{');
            json_put_str(&out, "method", method_of(question->kind));
            json_key(&out, "params");
            put_params(&out, call->revision, question);
            json_end(&out, '}');
        }
        json_end(&out, '}');
    }
    json_put_str(&out, "requestState", call->need.state);
    mcp_result_end(mcp, call, &out, "input_required", 0);
}

void mcp_ask_forget(struct mcp_call *call)
{
    for (size_t i = 0; i < call->n_questions; i++) {
        memory_free(call->questions[i].id);
        memory_free(call->questions[i].key);
    }
    memory_free(call->questions);
    memory_free(call->state);
    cJSON_Delete(call->answers);
    call->questions = NULL;
    call->n_questions = 0;
    call->state = NULL;
    call->answers = NULL;
}

static void send_question(struct mcp *mcp, const struct mcp_call *call,
                          const struct input_question *question, const char *id)
{
    struct json_out out = JSON_OUT_IN(&mcp->call_arena);

    rpc_request_begin(&out, id, method_of(question->kind));
    put_params(&out, call->revision, question);
    rpc_end(&out);
    mcp_send(mcp, NULL, &out);
}

static void park(struct mcp *mcp, struct mcp_call *call)
{
    const struct input_need need = call->need;

    mcp_ask_forget(call);
    call->state = memory_text(need.state);
    if (need.n == 0) { /* only to be run again */
        mcp_call_queue(mcp, call);
        return;
    }
    call->questions = memory_alloc(need.n * sizeof(*call->questions));
    call->n_questions = need.n;
    for (size_t i = 0; i < need.n; i++)
        call->questions[i] = (struct mcp_question){
            .id = memory_text(arena_printf(&mcp->call_arena, "planner-%u", ++mcp->asked)),
            .key = memory_text(need.questions[i].key),
            .kind = need.questions[i].kind};
    mcp_list_append(&mcp->asking, call);
    for (size_t i = 0; i < need.n; i++)
        send_question(mcp, call, &need.questions[i], call->questions[i].id);
}

bool mcp_ask_client(struct mcp *mcp, struct req *rq, struct mcp_call *call)
{
    const char *missing = missing_for(rq, &call->need);

    if (missing != NULL) {
        refuse_incapable(mcp, rq, call, missing);
        return false;
    }
    if (call->revision == MCP_2026_07_28) {
        answer_needs(mcp, rq, call);
        return false;
    }
    if (mcp->closing || !mcp_may_park(mcp)) {
        mcp_result_fail(mcp, rq->arena, call, ST_NOT_READY,
                        mcp->closing ? MCP_CLOSED : MCP_TOO_MANY, 0);
        return false;
    }
    park(mcp, call);
    return true;
}

/* Whose question it was; *ret_question is within the call. */
static struct mcp_call *asking_call(const struct mcp *mcp, struct span id,
                                    struct mcp_question **ret_question)
{
    OWN_JSON tree = id.ptr == NULL ? NULL : json_parse(id.ptr, id.len);

    if (tree == NULL || !cJSON_IsString(tree))
        return NULL;
    for (struct mcp_call *call = mcp->asking.first; call != NULL; call = call->next) {
        for (size_t i = 0; i < call->n_questions; i++) {
            if (strcmp(call->questions[i].id, tree->valuestring) == 0) {
                *ret_question = &call->questions[i];
                return call;
            }
        }
    }
    return NULL;
}

/* A client that refuses the question, or answers nonsense, has not let the person decide. */
static cJSON *answer_of(const struct mcp_question *question, const struct rpc_message *message)
{
    enum input_action action = INPUT_NONE;
    cJSON *answer = NULL;

    if (!message->is_error && message->unfit == NULL && message->result.ptr != NULL)
        answer = json_parse(message->result.ptr, message->result.len);
    if (cJSON_IsObject(answer) && (question->kind != INPUT_FORM ||
                                   input_action_parse(json_get_text(answer, "action"), &action)))
        return answer;
    cJSON_Delete(answer);
    return json_parse("{\"action\":\"cancel\"}", 19);
}

static bool has_all_answers(const struct mcp_call *call)
{
    for (size_t i = 0; i < call->n_questions; i++) {
        if (!call->questions[i].answered)
            return false;
    }
    return true;
}

void mcp_ask_answered(struct mcp *mcp, const struct rpc_message *message)
{
    struct mcp_question *question = NULL;
    struct mcp_call *call = asking_call(mcp, message->id, &question);

    if (call == NULL || question->answered)
        return;
    question->answered = true;
    if (call->answers == NULL)
        call->answers = cJSON_CreateObject();
    cJSON_AddItemToObject(call->answers, question->key, answer_of(question, message));
    if (!has_all_answers(call))
        return;
    mcp_list_remove(&mcp->asking, call);
    mcp_call_queue(mcp, call);
}

void mcp_ask_withdraw(struct mcp *mcp, const struct mcp_call *call)
{
    for (size_t i = 0; i < call->n_questions; i++) {
        struct json_out out = JSON_OUT_IN(&mcp->arena);
        if (call->questions[i].answered)
            continue;
        rpc_request_begin(&out, NULL, "notifications/cancelled");
        json_begin(&out, '{');
        json_put_str(&out, "requestId", call->questions[i].id);
        json_put_str(&out, "reason", "the call that asked was cancelled");
        json_end(&out, '}');
        rpc_end(&out);
        mcp_send(mcp, NULL, &out);
    }
}
