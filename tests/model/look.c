/* next_item, outline, get_item, history */
#include "model.h"

#include <stdlib.h>

#define PASSED_TOLD 3

struct line {
    struct m_call *call;
    cJSON *list;
    const char *agent;
    int limit, depth;
    bool complete, passed, ended;
};

static void add_key(struct line *line, int item)
{
    cJSON *told = cJSON_CreateObject();

    if (cJSON_GetArraySize(line->list) < line->limit) {
        cJSON_AddStringToObject(told, "key", m_key(line->call, item));
        cJSON_AddItemToArray(line->list, told);
    } else {
        cJSON_Delete(told);
    }
}

static void visit_ready(void *ctx, int item, int level)
{
    struct line *line = ctx;

    (void)level;
    if (m_ready(line->call->m, item, line->agent))
        add_key(line, item);
}

/* Open leaves that are not ready, up to the first that is. */
static void visit_passed(void *ctx, int item, int level)
{
    struct line *line = ctx;
    const struct model *m = line->call->m;

    (void)level;
    if (m_ready(m, item, line->agent))
        line->ended = true;
    if (!line->ended && m_is_leaf(m, item) && m->items[item].status == M_OPEN)
        add_key(line, item);
}

void m_next_item(struct m_call *call)
{
    struct line ready = {.call = call, .agent = call->agent, .limit = m_number(call, "limit", 1)};
    struct line passed = {.call = call, .agent = call->agent, .limit = PASSED_TOLD};

    if (m_flag(call, "claim", false)) {
        m_next_claim(call);
        return;
    }
    if (m_find(call, "project") != 0)
        return;
    ready.list = cJSON_CreateArray();
    passed.list = cJSON_CreateArray();
    if (!call->m->set.archived) {
        m_walk(call->m, 0, 1, visit_ready, &ready);
        m_walk(call->m, 0, 1, visit_passed, &passed);
    }
    call->want->answer = cJSON_CreateObject();
    cJSON_AddItemToObject(call->want->answer, "items", ready.list);
    cJSON_AddItemToObject(call->want->answer, "passed_over", passed.list);
    cJSON_AddNumberToObject(call->want->answer, "progress", m_shown(call->m, 0));
    cJSON_AddNumberToObject(call->want->answer, "n_open", m_children(call->m, 0, M_OPEN));
}

/* An item as lists tell it. */
static cJSON *tell_item(struct m_call *call, int item)
{
    const struct model *m = call->m;
    cJSON *told = cJSON_CreateObject();

    cJSON_AddStringToObject(told, "key", m_key(call, item));
    cJSON_AddStringToObject(told, "kind", m_kind_names[m->items[item].kind]);
    cJSON_AddStringToObject(told, "title", m->items[item].title);
    cJSON_AddStringToObject(told, "status", m_content_name(m, item));
    cJSON_AddStringToObject(told, "state", m_state(m, item));
    cJSON_AddNumberToObject(told, "progress", m_shown(m, item));
    return told;
}

static void visit_line(void *ctx, int item, int level)
{
    struct line *line = ctx;
    cJSON *told = NULL;

    if (level > line->depth)
        return;
    if (!line->complete) { /* what is closed hides what is below it */
        for (int up = item; level-- > 0; up = line->call->m->items[up].parent) {
            if (line->call->m->items[up].status != M_OPEN)
                return;
        }
    }
    told = tell_item(line->call, item);
    cJSON_AddItemToArray(line->list, told);
}

void m_outline(struct m_call *call)
{
    const int item = m_find(call, "item");
    struct line line = {.call = call,
                        .depth = m_number(call, "depth", 8),
                        .complete = m_flag(call, "include_completed", true)};

    if (item < 0)
        return;
    line.list = cJSON_CreateArray();
    m_walk(call->m, item, 1, visit_line, &line);
    call->want->answer = cJSON_CreateObject();
    cJSON_AddStringToObject(call->want->answer, "key", m_key(call, item));
    cJSON_AddStringToObject(call->want->answer, "state", m_state(call->m, item));
    cJSON_AddNumberToObject(call->want->answer, "progress", m_shown(call->m, item));
    cJSON_AddNumberToObject(call->want->answer, "n_children", m_counted(call->m, item));
    cJSON_AddNumberToObject(call->want->answer, "n_open", m_children(call->m, item, M_OPEN));
    cJSON_AddItemToObject(call->want->answer, "items", line.list);
}

static cJSON *tell_children(struct m_call *call, int item)
{
    cJSON *list = cJSON_CreateArray();

    for (int i = 0; i < call->m->n_order; i++) {
        if (m_is_child(call->m, item, call->m->order[i]))
            cJSON_AddItemToArray(list, tell_item(call, call->m->order[i]));
    }
    return list;
}

static bool has_dep(const struct m_item *it, int dep)
{
    for (int i = 0; i < it->n_deps; i++) {
        if (it->deps[i] == dep)
            return true;
    }
    return false;
}

/* Keys in the order of their numbers: what it waits for, or what waits for it. */
static cJSON *tell_deps(struct m_call *call, int item, bool blocks)
{
    const struct model *m = call->m;
    cJSON *list = cJSON_CreateArray();

    for (int i = 1; i <= m->last; i++) {
        cJSON *told = NULL;
        if (!m_visible(m, i) || !has_dep(&m->items[blocks ? i : item], blocks ? item : i))
            continue;
        told = cJSON_CreateObject();
        cJSON_AddStringToObject(told, "key", m_key(call, i));
        cJSON_AddStringToObject(told, "status", m_status_names[m->items[i].status]);
        cJSON_AddItemToArray(list, told);
    }
    return list;
}

static cJSON *tell_iterations(struct m_call *call, int item)
{
    cJSON *list = cJSON_CreateArray();

    for (int n = call->m->items[item].step.last; n >= 1; n--) {
        const struct m_iteration *it = &call->m->kept[item].iterations[n];
        cJSON *told = cJSON_CreateObject();
        cJSON_AddNumberToObject(told, "number", n);
        cJSON_AddStringToObject(told, "action", it->action);
        cJSON_AddStringToObject(told, "agent", it->agent);
        if (it->content != NULL)
            cJSON_AddStringToObject(told, "content", it->content);
        cJSON_AddItemToArray(list, told);
    }
    return list;
}

static void tell_content(struct m_call *call, cJSON *answer, int item)
{
    const struct m_step *step = &call->m->items[item].step;
    const struct m_iteration *iterations = call->m->kept[item].iterations;

    if (step->final > 0)
        cJSON_AddStringToObject(answer, "final_content", iterations[step->final].content);
    else if (step->server > 0)
        cJSON_AddStringToObject(answer, "server_content", iterations[step->server].content);
    if (step->final == 0 && step->client > 0)
        cJSON_AddStringToObject(answer, "client_content", iterations[step->client].content);
    if (step->basis != NULL) {
        cJSON_AddStringToObject(answer, "basis", step->basis);
        cJSON_AddBoolToObject(answer, "should_promote",
                              step->promote || step->score >= call->m->set.threshold - 1e-9);
    }
    cJSON_AddNumberToObject(answer, "iteration_count", step->count);
}

static bool includes(const struct m_call *call, const char *part)
{
    const cJSON *name = NULL;

    cJSON_ArrayForEach(name, json_get(call->args, "include"))
    {
        if (strcmp(name->valuestring, part) == 0)
            return true;
    }
    return false;
}

void m_get_item(struct m_call *call)
{
    struct model *m = call->m;
    const int item = m_find(call, "item");
    const bool usual = json_get(call->args, "include") == NULL;
    cJSON *answer = NULL;

    if (item < 0)
        return;
    answer = tell_item(call, item);
    call->want->answer = answer;
    if (item == 0)
        cJSON_ReplaceItemInObjectCaseSensitive(
            answer, "status", cJSON_CreateString(m->set.archived ? "archived" : "active"));
    cJSON_AddNumberToObject(answer, "version", m->items[item].version);
    if (item > 0)
        cJSON_AddStringToObject(answer, "parent", m_key(call, m->items[item].parent));
    if (m->items[item].kind == M_STEP && (usual || includes(call, "content")))
        tell_content(call, answer, item);
    if (m->items[item].kind != M_STEP && (usual || includes(call, "children")))
        cJSON_AddItemToObject(answer, "children", tell_children(call, item));
    if (includes(call, "dependencies")) {
        cJSON_AddItemToObject(answer, "depends_on", tell_deps(call, item, false));
        cJSON_AddItemToObject(answer, "blocks", tell_deps(call, item, true));
    }
    if (includes(call, "iterations") && m->items[item].kind == M_STEP)
        cJSON_AddItemToObject(answer, "iterations", tell_iterations(call, item));
}

/* --- navigate --- */

struct chain {
    int item[M_ITEMS];
    int n;
};

static void visit_chain(void *ctx, int item, int level)
{
    struct chain *chain = ctx;

    (void)level;
    chain->item[chain->n++] = item;
}

void m_navigate(struct m_call *call)
{
    const int item = m_find(call, "item");
    const char *direction = json_get_text(call->args, "direction");
    const int limit = m_number(call, "limit", 10);
    const bool back = direction != NULL && strcmp(direction, "forward") != 0;
    const bool ahead = direction == NULL || strcmp(direction, "backward") != 0;
    struct chain chain = {.n = 0};
    cJSON *list = NULL;
    int at = 0;

    if (item < 0)
        return;
    visit_chain(&chain, 0, 0); /* the project, before everything and never told */
    m_walk(call->m, 0, 1, visit_chain, &chain);
    while (chain.item[at] != item)
        at++;
    list = cJSON_CreateArray();
    for (int i = 1; i < chain.n; i++) {
        if (i == at || (back && i < at && at - i <= limit) || (ahead && i > at && i - at <= limit))
            cJSON_AddItemToArray(list, tell_item(call, chain.item[i]));
    }
    call->want->answer = cJSON_CreateObject();
    cJSON_AddStringToObject(call->want->answer, "key", m_key(call, item));
    cJSON_AddItemToObject(call->want->answer, "items", list);
}

/* What is deleted has a history, too. */
static int find_ever(struct m_call *call)
{
    const char *text = json_get_text(call->args, "item");
    const char *dash = strrchr(text, '-');
    const int item = m_lookup(call->m, text);
    int number = 0;

    if (item != -1 || strstr(text, call->m->slug) == NULL)
        return item;
    number = dash == NULL ? 0 : (int)strtol(dash + 1, NULL, 10);
    return number >= 1 && number <= call->m->last ? number : -1;
}

void m_history(struct m_call *call)
{
    const int item = find_ever(call);
    const int limit = m_number(call, "limit", 50);

    if (item < 0) {
        m_refuse(call, M_INVALID | M_NOT_FOUND, "no such item");
        return;
    }
    call->want->answer = cJSON_CreateObject();
    cJSON_AddStringToObject(call->want->answer, "of", m_key(call, item));
    if (item > 0 && call->m->kept[item].forgot)
        return;
    call->want->n_items = call->m->rows_of[item] < limit ? call->m->rows_of[item] : limit;
}
