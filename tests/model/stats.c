/* project_stats: the figures of docs/STATS.md, but for those that are times. */
#include "model.h"

static cJSON *tell_counts(const int counts[3])
{
    cJSON *told = cJSON_CreateObject();

    cJSON_AddNumberToObject(told, "total", counts[0] + counts[1] + counts[2]);
    for (int i = 0; i < 3; i++)
        cJSON_AddNumberToObject(told, m_status_names[i], counts[i]);
    return told;
}

struct figures {
    int counts[3][3], contents[6], levels[4]; /* by kind and status; by content; low to unknown */
    int disputes[2], agreed, resolved, reopened, iterations, iterated, most, remaining;
};

static bool settles(const char *action)
{
    return strcmp(action, "approve") == 0 || strcmp(action, "accept") == 0 ||
           strcmp(action, "resolve") == 0;
}

/* The numbers of an item's submissions and reviews go on, whatever was undone. */
static void count_iterations(struct figures *f, const struct m_kept *kept, int last)
{
    const char *before = "";
    int n = 0;

    for (int i = 1; i <= last; i++) {
        const char *action = kept->iterations[i].action;
        if (strcmp(action, "assess") == 0)
            continue;
        n += strcmp(action, "resolve") != 0;
        f->agreed += strcmp(action, "approve") == 0 || strcmp(action, "accept") == 0;
        f->resolved += strcmp(action, "resolve") == 0;
        f->reopened += strcmp(action, "submit") == 0 && settles(before);
        before = action;
    }
    f->iterations += n;
    f->iterated += n > 0;
    f->most = n > f->most ? n : f->most;
}

static int level_of(const struct m_step *step)
{
    if (step->basis == NULL)
        return 3;
    return step->score < 0.3 ? 0 : step->score > 0.7 ? 2 : 1;
}

static void count_item(struct figures *f, const struct model *m, int item)
{
    const struct m_item *it = &m->items[item];

    f->counts[it->kind][it->status]++;
    f->remaining += m_is_leaf(m, item) && it->status == M_OPEN;
    if (it->kind == M_STEP && it->status != M_CANCELLED) {
        f->contents[it->step.status]++;
        f->levels[level_of(&it->step)]++;
    }
    for (int i = 0; i < m->kept[item].n_disputes; i++)
        f->disputes[m->kept[item].disputes[i].resolved]++;
    count_iterations(f, &m->kept[item], it->step.last);
}

static void tell_named(cJSON *answer, const char *name, const char *const *names, const int *counts,
                       int n)
{
    cJSON *told = cJSON_AddObjectToObject(answer, name);

    for (int i = 0; i < n; i++)
        cJSON_AddNumberToObject(told, names[i], counts[i]);
}

void m_project_stats(struct m_call *call)
{
    static const char *const levels[] = {"low", "medium", "high", "unknown"};
    static const char *const disputes[] = {"pending", "resolved"};
    const struct model *m = call->m;
    struct figures f = {.most = 0};
    cJSON *answer = NULL;

    if (m_find(call, "project") != 0)
        return;
    for (int i = 1; i <= m->last; i++) {
        if (m_visible(m, i))
            count_item(&f, m, i);
    }
    answer = cJSON_CreateObject();
    call->want->answer = answer;
    cJSON_AddNumberToObject(answer, "progress", m_shown(m, 0));
    cJSON_AddItemToObject(answer, "tasks", tell_counts(f.counts[M_TASK]));
    cJSON_AddItemToObject(answer, "steps", tell_counts(f.counts[M_STEP]));
    tell_named(answer, "contents", m_content_names, f.contents, 6);
    tell_named(answer, "disputes", disputes, f.disputes, 2);
    tell_named(answer, "complexity", levels, f.levels, 4);
    cJSON_AddNumberToObject(answer, "agreed", f.agreed);
    cJSON_AddNumberToObject(answer, "resolved", f.resolved);
    if (f.agreed + f.resolved > 0)
        cJSON_AddNumberToObject(answer, "agreement_rate",
                                (double)f.agreed / (f.agreed + f.resolved));
    if (f.iterated > 0)
        cJSON_AddNumberToObject(answer, "iterations_per_step", (double)f.iterations / f.iterated);
    if (f.iterated > 0)
        cJSON_AddNumberToObject(answer, "most_iterations", f.most);
    cJSON_AddNumberToObject(answer, "revisions_after_agreement", f.reopened);
    cJSON_AddNumberToObject(answer, "remaining", f.remaining);
}
