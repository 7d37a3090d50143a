/* claim_item, and next_item when it takes what it tells: leases with tokens that only grow. */
#include "model.h"

#define CLAIMS_MAX  5 /* per agent, by default */
#define PASSED_TOLD 3

static bool has_token(const struct m_call *call)
{
    return json_get(call->args, "token") != NULL;
}

static bool is_mine(const struct m_call *call, int item)
{
    const struct m_claim *claim = &call->m->kept[item].claim;

    return claim->agent != NULL && claim->live && strcmp(claim->agent, call->agent) == 0;
}

void m_check_token(struct m_call *call, int item)
{
    const struct m_claim *claim = &call->m->kept[item].claim;
    const cJSON *token = json_get(call->args, "token");

    if (token == NULL && claim->agent != NULL && claim->live)
        m_refuse(call, M_CONFLICT, "claimed");
    if (token != NULL && (claim->agent == NULL || (int64_t)token->valuedouble != claim->token))
        m_refuse(call, M_CONFLICT, "another token");
}

void m_renew(struct m_call *call, int item)
{
    if (has_token(call))
        call->m->kept[item].claim.live = true;
}

void m_end_claim(struct model *m, int item)
{
    m->kept[item].claim = (struct m_claim){0};
}

/* What an agent has in its hands. */
static int n_held(const struct m_call *call)
{
    const struct model *m = call->m;
    int n = 0;

    for (int i = 1; i <= m->last; i++)
        n += is_mine(call, i) && m->items[i].status == M_OPEN && m_visible(m, i) && m_is_leaf(m, i);
    return n;
}

static void take(struct m_call *call, int item)
{
    call->m->kept[item].claim = (struct m_claim){.agent = call->agent, .live = true};
    m_audit(call, "claimed", m_kind_names[call->m->items[item].kind], item);
}

/* Renewing says changed: false, because nothing is to be undone, and yet tells the token. */
static void renew(struct m_call *call, int item)
{
    cJSON *answer = NULL;

    if (!call->m->kept[item].claim.live && n_held(call) >= CLAIMS_MAX) {
        m_refuse(call, M_CONFLICT, "too many claims");
        return;
    }
    call->m->kept[item].claim.live = true;
    call->want->unchanged = true;
    answer = m_answer_item(call, item);
    cJSON_AddNumberToObject(answer, "token", (double)call->m->kept[item].claim.token);
}

static void claim(struct m_call *call, int item)
{
    const struct model *m = call->m;
    const struct m_claim *held = &m->kept[item].claim;

    if (m->items[item].kind == M_PROJECT)
        m_refuse(call, M_INVALID, "a project");
    else if (!m_is_leaf(m, item) || m->items[item].status != M_OPEN)
        m_refuse(call, M_CONFLICT, "no open leaf");
    if (has_token(call))
        m_check_token(call, item);
    if (has_token(call) || is_mine(call, item)) {
        if (!m_refused(call))
            renew(call, item);
        return;
    }
    if (held->agent != NULL && held->live)
        m_refuse(call, M_CONFLICT, "somebody has it");
    if (!m_ready(m, item, call->agent))
        m_refuse(call, M_NOT_READY, "not ready");
    if (n_held(call) >= CLAIMS_MAX)
        m_refuse(call, M_CONFLICT, "too many claims");
    if (m_refused(call))
        return;
    take(call, item);
    (void)m_answer_item(call, item);
}

static void release(struct m_call *call, int item)
{
    if (call->m->kept[item].claim.agent == NULL) {
        call->want->unchanged = true;
        (void)m_answer_item(call, item);
        return;
    }
    m_check_token(call, item);
    if (m_refused(call))
        return;
    m_end_claim(call->m, item);
    m_audit(call, "released", m_kind_names[call->m->items[item].kind], item);
    (void)m_answer_item(call, item);
}

void m_claim_item(struct m_call *call)
{
    const char *action = json_get_text(call->args, "action");
    const int item = m_write_item(call, "item");

    if (action != NULL && strcmp(action, "claim") != 0 && !has_token(call))
        m_refuse(call, M_INVALID, "no token");
    if (item < 0)
        return;
    m_check_version(call, item);
    if (action == NULL || strcmp(action, "claim") == 0) {
        claim(call, item);
    } else if (strcmp(action, "release") == 0) {
        if (!m_refused(call))
            release(call, item);
    } else {
        m_check_token(call, item);
        if (!m_refused(call))
            renew(call, item);
    }
}

/* --- next_item with claim --- */

struct taking {
    struct m_call *call;
    cJSON *taken, *passed;
    int room;
    bool met; /* the first that may be taken */
};

static void visit(void *ctx, int item, int level)
{
    struct taking *t = ctx;
    const struct model *m = t->call->m;
    cJSON *list = t->taken;
    cJSON *told = NULL;

    (void)level;
    if (!m_is_leaf(m, item) || m->items[item].status != M_OPEN)
        return;
    if (m_ready(m, item, t->call->agent) && !is_mine(t->call, item)) {
        t->met = true;
        if (cJSON_GetArraySize(t->taken) == t->room)
            return;
    } else {
        list = t->passed;
        if (t->met || cJSON_GetArraySize(list) == PASSED_TOLD)
            return;
    }
    told = cJSON_CreateObject();
    cJSON_AddStringToObject(told, "key", m_key(t->call, item));
    cJSON_AddItemToArray(list, told);
}

void m_next_claim(struct m_call *call)
{
    struct model *m = call->m;
    const int limit = m_number(call, "limit", 1);
    const int room = CLAIMS_MAX - n_held(call);
    struct taking t = {.call = call, .room = room < limit ? room : limit};
    const cJSON *told = NULL;

    if (m_find(call, "project") != 0)
        return;
    if (m->set.archived)
        m_refuse(call, M_CONFLICT, "archived");
    if (room <= 0)
        m_refuse(call, M_CONFLICT, "too many claims");
    if (m_refused(call))
        return;
    t.taken = cJSON_CreateArray();
    t.passed = cJSON_CreateArray();
    m_walk(m, 0, 1, visit, &t);
    call->want->unchanged = cJSON_GetArraySize(t.taken) == 0;
    call->want->answer = cJSON_CreateObject();
    cJSON_AddBoolToObject(call->want->answer, "changed", !call->want->unchanged);
    cJSON_AddItemToObject(call->want->answer, "items", t.taken);
    cJSON_AddItemToObject(call->want->answer, "passed_over", t.passed);
    cJSON_ArrayForEach(told, t.taken) take(call, m_lookup(m, json_get_text(told, "key")));
}
