/* assess_complexity, promote_step, optimize_project */
#include "model.h"

#include <stdlib.h>

static bool is_server(const char *role)
{
    return strcmp(role, "server") == 0;
}

static const char *content_of(const struct model *m, int item)
{
    const struct m_step *step = &m->items[item].step;

    return m->kept[item].iterations[step->final > 0 ? step->final : step->server].content;
}

/* Without an assessment: what the text says by itself. */
static void analyse(struct m_call *call, int item)
{
    if (call->m->items[item].kind != M_STEP)
        m_refuse(call, M_INVALID, "no step");
    else if (content_of(call->m, item) == NULL)
        m_refuse(call, M_NOT_READY, "no content");
    if (m_refused(call))
        return;
    call->want->answer = cJSON_CreateObject();
    cJSON_AddStringToObject(call->want->answer, "basis", "analysis");
    cJSON_AddNumberToObject(call->want->answer, "score", m_text_score(content_of(call->m, item)));
}

static void tell_size(const struct m_call *call, cJSON *answer, int item)
{
    const struct m_step *step = &call->m->items[item].step;

    cJSON_AddStringToObject(answer, "basis", step->basis);
    cJSON_AddNumberToObject(answer, "score", step->score);
    cJSON_AddBoolToObject(answer, "should_promote",
                          step->promote || step->score >= call->m->set.threshold - 1e-9);
}

static void assess(struct m_call *call, int item, const char *role)
{
    struct m_step *step = &call->m->items[item].step;
    int *opinion = is_server(role) ? &step->server_opinion : &step->client_opinion;
    const struct m_assessment said = m_assessment_of(call);

    if (*opinion > 0 &&
        strcmp(call->m->kept[item].iterations[*opinion].assessment.text, said.text) == 0) {
        call->want->unchanged = true;
        tell_size(call, m_answer_item(call, item), item);
        return;
    }
    *opinion = m_add_iteration(
        call, item, (struct m_iteration){.action = "assess", .role = role, .assessment = said});
    m_score(call->m, item);
    call->m->items[item].version++;
    m_audit(call, "assessed", "step", item);
    tell_size(call, m_answer_item(call, item), item);
}

void m_assess_complexity(struct m_call *call)
{
    const char *role = m_arg(call, "role");
    const bool writes = json_get(call->args, "assessment") != NULL;
    const int item = writes ? m_write_item(call, "step") : m_find(call, "step");

    if (writes && role == NULL)
        m_refuse(call, M_INVALID, "no role");
    if (item < 0)
        return;
    if (!writes) {
        analyse(call, item);
        return;
    }
    if (role == NULL)
        return;
    m_check_version(call, item);
    if (call->m->items[item].kind != M_STEP)
        m_refuse(call, M_INVALID, "no step");
    else if (call->m->items[item].status != M_OPEN)
        m_refuse(call, M_CONFLICT, "not open");
    if (!m_refused(call))
        assess(call, item, role);
}

/* --- promotion --- */

struct titles {
    const char *at[50];
    int n;
};

static struct titles from_json(struct model *m, const cJSON *list)
{
    struct titles titles = {.n = 0};
    const cJSON *title = NULL;

    cJSON_ArrayForEach(title, list) titles.at[titles.n++] =
        arena_strdup(&m->arena, title->valuestring);
    return titles;
}

/* The list items of a text, if there are two or more; the generator indents none. */
static struct titles from_text(struct model *m, const char *text)
{
    struct titles titles = {.n = 0};

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "- ", 2) == 0)
            titles.at[titles.n++] = arena_copy(&m->arena, line + 2, strcspn(line + 2, "\n"));
    }
    if (titles.n < 2)
        titles.n = 0;
    return titles;
}

/* What a step falls into, by what is said of it now: the client's word before the server's. */
static struct titles parts_of(struct model *m, int item)
{
    const struct m_step *step = &m->items[item].step;
    const struct m_iteration *all = m->kept[item].iterations;

    if (all[step->client_opinion].assessment.breakdown != NULL)
        return from_json(m, all[step->client_opinion].assessment.breakdown);
    if (all[step->server_opinion].assessment.breakdown != NULL)
        return from_json(m, all[step->server_opinion].assessment.breakdown);
    return from_text(m, content_of(m, item));
}

static void promote(struct m_call *call, int item, const struct titles *titles)
{
    struct model *m = call->m;
    struct m_item *it = &m->items[item];

    it->objective = content_of(m, item);
    it->kind = M_TASK;
    it->has_step = false;
    it->version++;
    m_end_claim(m, item);
    m_audit(call, "promoted", "task", item);
    for (int i = 0; i < titles->n; i++) {
        const int part = m_new_item(call, M_STEP, item, titles->at[i]);
        m_place(m, part, -1, false);
        m_audit(call, "created", "step", part);
    }
}

void m_promote_step(struct m_call *call)
{
    struct model *m = call->m;
    const int item = m_write_item(call, "step");
    const cJSON *given = json_get(call->args, "breakdown");
    struct titles titles = from_json(m, given);

    if (item < 0)
        return;
    if (m->items[item].kind == M_TASK) { /* done already: the version is not looked at */
        call->want->unchanged = true;
        if (!m_refused(call))
            (void)m_answer_item(call, item);
        return;
    }
    m_check_version(call, item);
    m_check_open(call, item);
    m_check_token(call, item);
    if (m->items[item].kind != M_STEP)
        return;
    if (titles.n == 0)
        titles = parts_of(m, item);
    if (titles.n == 0)
        m_refuse(call, M_NOT_READY, "no breakdown");
    if (m_refused(call))
        return;
    promote(call, item, &titles);
    (void)m_answer_item(call, item);
}

/* --- optimize_project --- */

struct due {
    int item[M_ITEMS];
    int n;
};

static double urgency(const struct model *m, int item)
{
    return m->items[item].step.promote ? 1 : m->items[item].step.score;
}

static bool is_due(const struct model *m, int item)
{
    const struct m_item *it = &m->items[item];

    return it->kind == M_STEP && it->status == M_OPEN && m_visible(m, item) &&
           it->step.basis != NULL && urgency(m, item) >= m->set.threshold - 1e-9;
}

static bool is_hindered(struct model *m, int item)
{
    const struct m_claim *claim = &m->kept[item].claim;

    return m_pending_dispute(m, item) >= 0 || (claim->agent != NULL && claim->live) ||
           parts_of(m, item).n == 0;
}

/* The highest score first, then the oldest. */
static struct due find_due(struct model *m, bool hindered)
{
    struct due due = {.n = 0};

    for (int i = 1; i <= m->last; i++) {
        int at = due.n;
        if (!is_due(m, i) || is_hindered(m, i) != hindered)
            continue;
        for (; at > 0 && urgency(m, due.item[at - 1]) < urgency(m, i); at--)
            due.item[at] = due.item[at - 1];
        due.item[at] = i;
        due.n++;
    }
    return due;
}

static cJSON *keys_of(const struct m_call *call, const struct due *due)
{
    cJSON *list = cJSON_CreateArray();

    for (int i = 0; i < due->n; i++) {
        cJSON *told = cJSON_CreateObject();
        cJSON_AddStringToObject(told, "key", m_key(call, due->item[i]));
        cJSON_AddItemToArray(list, told);
    }
    return list;
}

void m_optimize_project(struct m_call *call)
{
    struct model *m = call->m;
    const bool dry = m_flag(call, "dry_run", false);
    const int item = m_find(call, "project");
    struct due due;
    struct due hindered;

    if (item != 0)
        m_refuse(call, M_INVALID | M_NOT_FOUND, "an item, not a project");
    if (m->set.archived && !dry)
        m_refuse(call, M_CONFLICT, "archived");
    if (m_refused(call))
        return;
    due = find_due(m, false);
    hindered = find_due(m, true);
    call->want->unchanged = dry || due.n == 0;
    call->want->answer = cJSON_CreateObject();
    cJSON_AddBoolToObject(call->want->answer, "changed", !call->want->unchanged);
    cJSON_AddItemToObject(call->want->answer, "promoted", keys_of(call, &due));
    cJSON_AddItemToObject(call->want->answer, "skipped", keys_of(call, &hindered));
    for (int i = 0; !dry && i < due.n; i++) {
        const struct titles titles = parts_of(m, due.item[i]);
        promote(call, due.item[i], &titles);
    }
}
