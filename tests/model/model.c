/* The frame of every call: arguments, references, request ids, versions, answers. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

#include "planner/base/buf.h"
#include "planner/base/memory.h"

const char *const m_kind_names[] = {"project", "task", "step"};
const char *const m_status_names[] = {"open", "complete", "cancelled"};
const char *const m_content_names[] = {"pending", "server_draft", "client_review",
                                       "agreed",  "disputed",     "user_resolution"};

struct entry {
    const char *name;
    model_tool *apply;
    bool reads;
};
static const struct entry entries[] = {
    {"create_project", m_create_project, false},
    {"update_project", m_update_project, false},
    {"create_task", m_create_task, false},
    {"create_step", m_create_step, false},
    {"define_tasks", m_define_tasks, false},
    {"complete_step", m_complete_step, false},
    {"submit_step", m_submit_step, false},
    {"review_step", m_review_step, false},
    {"resolve_dispute", m_resolve_dispute, false},
    {"next_item", m_next_item, true},
    {"outline", m_outline, true},
    {"get_item", m_get_item, true},
    {"claim_item", m_claim_item, false},
    {"update_item", m_update_item, false},
    {"delete_item", m_delete_item, false},
    {"link_items", m_link_items, false},
    {"assess_complexity", m_assess_complexity, false},
    {"promote_step", m_promote_step, false},
    {"optimize_project", m_optimize_project, false},
    {"work_queue", m_work_queue, true},
    {"undo", m_undo, false},
    {"navigate", m_navigate, true},
    {"project_stats", m_project_stats, true},
    {"list_disputes", m_list_disputes, true},
    {"history", m_history, true},
};

void model_init(struct model *m, const char *slug)
{
    memset(m, 0, sizeof(*m));
    arena_init(&m->arena, ARENA_CAP_DEFAULT * 8);
    m->slug = arena_strdup(&m->arena, slug);
    m->items[0].parent = -1;
}

void model_free(struct model *m)
{
    arena_destroy(&m->arena);
    memory_free(m->back);
    m->back = NULL;
}

void model_take_back(struct model *m)
{
    struct model *back = m->back;
    const struct arena arena = m->arena;

    *m = *back;
    m->arena = arena;
    m->back = back;
    m->n_audit = 0;
}

void m_refuse(struct m_call *call, unsigned class, const char *why)
{
    if (call->want->refused == 0)
        call->want->why = why;
    call->want->refused |= class;
}

const char *m_arg(struct m_call *call, const char *name)
{
    return arena_strdup(&call->m->arena, json_get_text(call->args, name));
}

bool m_flag(const struct m_call *call, const char *name, bool otherwise)
{
    const cJSON *value = json_get(call->args, name);

    return value == NULL ? otherwise : cJSON_IsTrue(value);
}

int m_number(const struct m_call *call, const char *name, int otherwise)
{
    const cJSON *value = json_get(call->args, name);

    return value == NULL ? otherwise : (int)value->valuedouble;
}

/* --- references --- */

static int lookup_id(const struct model *m, const char *id)
{
    for (int i = 0; i <= m->last; i++) {
        if (m->kept[i].id != NULL && strcmp(m->kept[i].id, id) == 0)
            return m_visible(m, i) ? i : -1;
    }
    return -1;
}

int m_lookup(const struct model *m, const char *text)
{
    const char *scheme = strstr(text, "://");
    const char *bare = scheme == NULL ? text : scheme + 3;
    const size_t len = strlen(m->slug);
    long number = 0;

    if (strlen(bare) == 36 && bare[8] == '-')
        return lookup_id(m, bare);
    if (scheme != NULL || strpbrk(bare, " ?") != NULL)
        return -2;
    if (strncasecmp(bare, m->slug, len) != 0 || (bare[len] != '-' && bare[len] != '\0'))
        return strncasecmp(bare, "OTHER", 5) == 0 ? -3 : -1;
    if (!m->made)
        return -1;
    if (bare[len] == '\0')
        return 0;
    number = strtol(bare + len + 1, NULL, 10);
    if (number < 1 || number > m->last || !m_visible(m, (int)number))
        return -1;
    return (int)number;
}

int m_find(struct m_call *call, const char *name)
{
    const char *text = json_get_text(call->args, name);
    const int item = text == NULL ? -2 : m_lookup(call->m, text);

    if (item == -2)
        m_refuse(call, M_INVALID, "what is named is no item");
    else if (item < 0)
        m_refuse(call, M_NOT_FOUND, "no such item");
    return item;
}

/* --- what every write looks at --- */

void m_check_version(struct m_call *call, int item)
{
    if (item >= 0 && json_get(call->args, "expected_version") != NULL &&
        m_number(call, "expected_version", 0) != call->m->items[item].version)
        m_refuse(call, M_CONFLICT, "expected_version");
}

int m_write_item(struct m_call *call, const char *name)
{
    const int item = m_find(call, name);

    if (item < 0)
        return -1;
    if (call->m->set.archived)
        m_refuse(call, M_CONFLICT, "archived");
    return item;
}

void m_audit(struct m_call *call, const char *action, const char *type, int item)
{
    call->m->audit[call->m->n_audit++] = (struct m_audit){action, type, item, false};
}

/* The call as a request id remembers it: tool and arguments without the id itself. */
static const char *canonical(struct m_call *call)
{
    struct json_out out = JSON_OUT_IN(&call->m->arena);
    cJSON *copy = cJSON_Duplicate(call->args, true);

    cJSON_DeleteItemFromObjectCaseSensitive(copy, "request_id");
    buf_printf(&out.buf, "%s ", call->tool);
    json_tree(&out, copy);
    cJSON_Delete(copy);
    return json_text(&out);
}

/* True when the request id settles the call. */
static bool replay(struct m_call *call)
{
    struct model *m = call->m;
    const char *id = json_get_text(call->args, "request_id");
    const char *form = id == NULL ? NULL : canonical(call);

    for (int i = 0; id != NULL && i < m->n_requests; i++) {
        if (m->requests[i].answer == NULL || strcmp(m->requests[i].id, id) != 0)
            continue;
        if (strcmp(m->requests[i].call, form) != 0) {
            m_refuse(call, M_CONFLICT | M_INVALID, "the request id is another call's");
        } else {
            call->want->replayed = true;
            call->want->answer = json_parse(m->requests[i].answer, strlen(m->requests[i].answer));
        }
        return true;
    }
    return false;
}

static void remember(struct m_call *call)
{
    struct model *m = call->m;
    const char *id = m_arg(call, "request_id");

    if (id == NULL)
        return;
    if (m->n_requests == M_LOG)
        abort();
    m->requests[m->n_requests] = (struct m_request){.id = id, .call = canonical(call)};
    call->want->remember = &m->requests[m->n_requests++];
}

static const struct entry *entry_of(const char *tool)
{
    for (size_t i = 0; i < LENGTH_OF(entries); i++) {
        if (strcmp(entries[i].name, tool) == 0)
            return &entries[i];
    }
    (void)fprintf(stderr, "the model does not know %s\n", tool);
    abort();
}

/* Malformed arguments, as far as the driver makes them: a member that must not be there. */
static bool malformed(struct m_call *call)
{
    static const char *const texts[] = {"title", "name", "item", "step", "parent", "task"};

    if (json_get(call->args, "surplus") != NULL)
        m_refuse(call, M_INVALID, "an unknown argument");
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        const cJSON *value = json_get(call->args, texts[i]);
        if (value != NULL && (!cJSON_IsString(value) || value->valuestring[0] == '\0' ||
                              strlen(value->valuestring) > 200))
            m_refuse(call, M_INVALID, "an argument of another type or size");
    }
    return m_refused(call);
}

/* Since when it is whose move: a first draft that is not ready leaves it with the server. */
static enum m_content turn_of(const struct m_step *step)
{
    return step->status == M_DRAFT ? M_PENDING : step->status;
}

static void note_turns(struct model *m)
{
    for (int i = 1; i <= m->last; i++) {
        struct m_step *step = &m->items[i].step;
        if (!m->items[i].has_step) /* promoted: should it come back, a review begins then */
            step->since_status = M_PENDING;
        if (!m->items[i].has_step || (step->since > 0 && step->since_status == turn_of(step)))
            continue;
        step->since = m->tick;
        step->since_status = turn_of(step);
    }
}

static void note_rows(struct model *m)
{
    for (int i = 0; i < m->n_audit; i++) {
        m->rows_of[0]++;
        if (m->audit[i].item > 0)
            m->rows_of[m->audit[i].item]++;
    }
}

/* Some tools write only when they are told to. */
static bool only_reads(const struct m_call *call, const struct entry *entry)
{
    if (entry->apply == m_assess_complexity)
        return json_get(call->args, "assessment") == NULL;
    if (entry->apply == m_optimize_project)
        return m_flag(call, "dry_run", false) && json_get(call->args, "request_id") == NULL;
    return entry->reads && !m_flag(call, "claim", false);
}

void model_apply(struct model *m, struct m_actor actor, const char *tool, const cJSON *args,
                 struct m_want *ret_want)
{
    const struct entry *entry = entry_of(tool);
    const char *agent = json_get_text(args, "agent");
    struct m_call call = {.m = m, .tool = tool, .args = args, .actor = actor, .want = ret_want};

    *ret_want = (struct m_want){.reads = only_reads(&call, entry), .n_items = -1};
    call.agent = arena_strdup(&m->arena, agent != NULL ? agent : actor.agent);
    m->n_audit = 0;
    if (malformed(&call) || (!ret_want->reads && replay(&call)))
        return;
    m_note_before(m);
    entry->apply(&call);
    if (ret_want->refused != 0) {
        m->n_audit = 0;
        return;
    }
    if (ret_want->reads)
        return;
    if (!ret_want->unchanged)
        m->tick++;
    note_turns(m);
    note_rows(m);
    if (!ret_want->unchanged && entry->apply != m_undo)
        m_note_change(&call);
    remember(&call);
}

static void learn_token(struct model *m, int item, const cJSON *answer)
{
    const cJSON *token = json_get(answer, "token");

    if (token == NULL || item < 0)
        return;
    m->kept[item].claim.token = (int64_t)token->valuedouble;
    if (m->token < m->kept[item].claim.token)
        m->token = m->kept[item].claim.token;
}

static void m_learn_tokens(struct model *m, int item, const cJSON *answer)
{
    const cJSON *taken = NULL;

    learn_token(m, item, answer);
    cJSON_ArrayForEach(taken, json_get(answer, "items"))
    {
        const char *key = json_get_text(taken, "key");
        learn_token(m, key == NULL ? -1 : m_lookup(m, key), taken);
    }
}

void model_learn(struct model *m, const char *tool, const cJSON *args, const cJSON *answer)
{
    const char *id = json_get_text(answer, "id");
    const char *key = json_get_text(answer, "key");
    const int item = key == NULL ? -1 : m_lookup(m, key);

    m_learn_tokens(m, item, answer);
    if (json_get(answer, "change") != NULL && cJSON_IsTrue(json_get(answer, "changed")))
        m->changes[m->n_changes - 1].number = (int64_t)json_get(answer, "change")->valuedouble;
    (void)tool;
    (void)args;
    if (item >= 0 && id != NULL && m->kept[item].id == NULL)
        m->kept[item].id = arena_strdup(&m->arena, id);
}

/* --- answers --- */

const char *m_key(const struct m_call *call, int item)
{
    if (item == 0)
        return call->m->slug;
    return arena_printf(&call->m->arena, "%s-%d", call->m->slug, item);
}

static bool is_changed(const struct m_call *call)
{
    return !call->want->unchanged;
}

cJSON *m_answer_item(struct m_call *call, int item)
{
    struct model *m = call->m;
    cJSON *answer = cJSON_CreateObject();

    m_derive(m);
    cJSON_AddBoolToObject(answer, "changed", is_changed(call));
    cJSON_AddStringToObject(answer, "key", m_key(call, item));
    cJSON_AddStringToObject(answer, "kind", m_kind_names[m->items[item].kind]);
    cJSON_AddStringToObject(answer, "title", m->items[item].title);
    cJSON_AddStringToObject(answer, "status", m_content_name(m, item));
    if (is_changed(call)) { /* TODO else state and progress are the rules', not the outline's */
        cJSON_AddStringToObject(answer, "state", m_state(m, item));
        cJSON_AddNumberToObject(answer, "progress", m_shown(m, item));
    }
    cJSON_AddNumberToObject(answer, "version", m->items[item].version);
    cJSON_AddStringToObject(answer, "project", m->slug);
    call->want->answer = answer;
    return answer;
}

void m_answer_project(struct m_call *call)
{
    struct model *m = call->m;
    cJSON *answer = cJSON_CreateObject();

    m_derive(m);
    cJSON_AddBoolToObject(answer, "changed", is_changed(call));
    cJSON_AddStringToObject(answer, "slug", m->slug);
    cJSON_AddStringToObject(answer, "name", m->set.name);
    cJSON_AddStringToObject(answer, "status", m->set.archived ? "archived" : "active");
    cJSON_AddNumberToObject(answer, "progress", m_shown(m, 0));
    cJSON_AddNumberToObject(answer, "version", m->items[0].version);
    call->want->answer = answer;
}
