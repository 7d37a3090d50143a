/* resolve_dispute and list_disputes */
#include "model.h"

#include <stdlib.h>

/* The pending one, else the latest; -1 without any. */
static int dispute_of(const struct model *m, int item)
{
    const int pending = m_pending_dispute(m, item);

    return pending >= 0 ? pending : m->kept[item].n_disputes - 1;
}

static bool own_content(const char *resolution)
{
    return strcmp(resolution, "custom") == 0 || strcmp(resolution, "hybrid") == 0;
}

static void check(struct m_call *call, int item, const struct m_dispute *dispute,
                  const char *resolution)
{
    const char *content = json_get_text(call->args, "content");
    const bool has_content = content != NULL && content[0] != '\0';

    if (dispute->resolved)
        m_refuse(call, M_CONFLICT, "resolved already");
    if (call->m->items[item].status != M_OPEN)
        m_refuse(call, M_CONFLICT, "not open");
    if (call->m->set.human_only && !call->actor.is_user)
        m_refuse(call, M_CONFLICT, "only a human");
    if (strcmp(resolution, "client") == 0 && dispute->client == 0)
        m_refuse(call, M_INVALID, "no client version");
    if (own_content(resolution) != has_content)
        m_refuse(call, M_INVALID, "content goes with custom and hybrid");
}

static void resolve(struct m_call *call, int item, struct m_dispute *dispute,
                    const char *resolution)
{
    struct m_step *step = &call->m->items[item].step;
    const bool own = own_content(resolution);
    const int number =
        m_add_iteration(call, item,
                        (struct m_iteration){.action = "resolve",
                                             .role = "user",
                                             .content = own ? m_arg(call, "content") : NULL,
                                             .reasoning = m_arg(call, "reasoning")});

    step->status = M_RESOLVED;
    step->final = own                                 ? number
                  : strcmp(resolution, "server") == 0 ? dispute->server
                                                      : dispute->client;
    step->turn = number;
    if (own)
        step->server_opinion = step->client_opinion = 0;
    m_score(call->m, item);
    dispute->resolved = true;
    dispute->resolution = resolution;
    dispute->resolved_number = step->final;
    dispute->by = call->actor.user != NULL ? call->actor.user : call->agent;
    call->m->items[item].version++;
    m_audit(call, "resolved", "dispute", item);
    m_audit(call, "resolved", "step", item);
}

void m_resolve_dispute(struct m_call *call)
{
    struct model *m = call->m;
    const char *resolution = m_arg(call, "resolution");
    const int item = m_write_item(call, "dispute");
    const int nth = item < 0 ? -1 : dispute_of(m, item);
    cJSON *answer = NULL;

    if (item >= 0 && nth < 0)
        m_refuse(call, M_NOT_FOUND, "no dispute");
    if (resolution == NULL) /* no caller here can ask its human */
        m_refuse(call, M_NOT_READY | M_CONFLICT, "no resolution");
    if (item < 0 || nth < 0 || resolution == NULL)
        return;
    m_check_version(call, item);
    check(call, item, &m->kept[item].disputes[nth], resolution);
    if (m_refused(call))
        return;
    resolve(call, item, &m->kept[item].disputes[nth], resolution);
    answer = m_answer_item(call, item);
    cJSON_AddStringToObject(answer, "resolution", resolution);
    cJSON_AddStringToObject(answer, "resolved_by", m->kept[item].disputes[nth].by);
}

/* Oldest first would need the times; which steps have one is told by a set. */
void m_list_disputes(struct m_call *call)
{
    const char *status = json_get_text(call->args, "status");
    const bool resolved = status != NULL && strcmp(status, "resolved") == 0;
    cJSON *steps = cJSON_CreateArray();

    call->want->answer = cJSON_CreateObject();
    cJSON_AddItemToObject(call->want->answer, "disputes", steps);
    if (m_find(call, "project") != 0)
        return;
    for (int t = 1; t <= call->m->tick; t++) {
        for (int i = 1; i <= call->m->last; i++) {
            for (int d = 0; d < call->m->kept[i].n_disputes; d++) {
                const struct m_dispute *dispute = &call->m->kept[i].disputes[d];
                cJSON *told = NULL;
                if (dispute->resolved != resolved || !m_visible(call->m, i) ||
                    call->m->kept[i].iterations[dispute->review].tick != t)
                    continue;
                told = cJSON_CreateObject();
                cJSON_AddStringToObject(told, "step", m_key(call, i));
                cJSON_AddNumberToObject(told, "rounds", dispute->rounds);
                cJSON_AddBoolToObject(told, "has_client_version", dispute->client > 0);
                if (dispute->resolved)
                    cJSON_AddStringToObject(told, "resolved_by", dispute->by);
                cJSON_AddItemToArray(steps, told);
            }
        }
    }
}
