/* How promotions are stored, one or a thousand: set by set, in the order in which rows refer. */
#include "planner/service/order.h"
#include "planner/service/promote_parts.h"

/* New rows that are stored by one statement: short enough to be cancelled in between. */
#define BATCH_ROWS 1000

/* The new steps of all promotions, column by column; `n` of them so far. */
struct parts {
    const char **ids, **parents, **depths, **keys, **titles;
    size_t n;
};

static struct parts parts_new(struct req *rq, size_t most)
{
    struct parts parts = {0};

    parts.ids = ARENA_MANY(rq->arena, most, const char *);
    parts.parents = ARENA_MANY(rq->arena, most, const char *);
    parts.depths = ARENA_MANY(rq->arena, most, const char *);
    parts.keys = ARENA_MANY(rq->arena, most, const char *);
    parts.titles = ARENA_MANY(rq->arena, most, const char *);
    return parts;
}

/* The same text in every row. */
static const char *same_param(struct req *rq, const char *text, size_t n)
{
    const char **texts = ARENA_MANY(rq->arena, n, const char *);

    for (size_t i = 0; i < n; i++)
        texts[i] = text;
    return param_texts(rq, texts, n);
}

static const char *part_as_json(struct req *rq, const struct parts *parts, size_t i)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "kind", "step");
    json_put_str(&out, "parent_id", parts->parents[i]);
    json_put_str(&out, "sort_key", parts->keys[i]);
    json_put_str(&out, "title", parts->titles[i]);
    json_end(&out, '}');
    return json_text(&out);
}

/* Store what was collected, with its audit, and begin anew. */
static void parts_flush(struct write *w, const struct project_rules *project, struct parts *parts)
{
    struct req *rq = w->rq;
    const size_t n = parts->n;
    const char *nothing = same_param(rq, NULL, n);
    const char *zeros = same_param(rq, "0", n);

    if (n == 0)
        return;
    tx_add(&w->tx, &q_items_add,
           PARAMS(project->id, rq->actor.agent, param_texts(rq, parts->ids, n),
                  param_texts(rq, parts->parents, n), same_param(rq, "step", n),
                  param_texts(rq, parts->depths, n), param_texts(rq, parts->keys, n),
                  param_texts(rq, parts->titles, n), nothing, same_param(rq, "false", n), zeros,
                  zeros, zeros, param_bool(project->require_review.v), param_texts(rq, NULL, 0),
                  param_texts(rq, NULL, 0), nothing),
           INTO_NOTHING);
    for (size_t i = 0; i < n; i++)
        write_audit(w, "step", parts->ids[i], "created", NULL, part_as_json(rq, parts, i));
    write_queue_audit(w, project->id);
    parts->n = 0;
}

static enum status parts_add(struct req *rq, const struct promotion *p, struct parts *parts)
{
    const char *key = p->last_key;

    for (size_t i = 0; i < p->titles.n; i++) {
        key = order_between(rq->arena, key, NULL);
        if (key == NULL)
            return req_bug(rq, "no sort key for part %zu", i);
        parts->ids[parts->n] = uuid_new(rq->uuids, rq->arena);
        parts->parents[parts->n] = p->id;
        parts->depths[parts->n] = param_int(rq, p->depth + 1);
        parts->keys[parts->n] = key;
        parts->titles[parts->n] = *LIST_AT(p->titles, i, const char *const);
        parts->n++;
    }
    return ST_OK;
}

/* The row of the collaboration goes, so all its columns are here. */
static const char *was_as_json(struct req *rq, const struct promotion *p)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "kind", "step");
    json_key(&out, "objective");
    json_null(&out);
    for (const cJSON *column = p->row->child; column != NULL; column = column->next) {
        json_key(&out, column->string);
        json_tree(&out, column);
    }
    json_end(&out, '}');
    return json_text(&out);
}

/* The objective is a content: told, as contents are, by the number of its iteration. */
static const char *becomes_as_json(struct req *rq, const struct promotion *p)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    json_begin(&out, '{');
    json_put_str(&out, "kind", "task");
    if (p->content_number.set)
        json_put_int(&out, "objective_number", p->content_number.v);
    json_end(&out, '}');
    return json_text(&out);
}

static void queue_tasks(struct write *w, const struct project_rules *project,
                        const struct promotion *promotions, size_t n)
{
    struct req *rq = w->rq;
    const char **ids = ARENA_MANY(rq->arena, n, const char *);
    const char **counts = ARENA_MANY(rq->arena, n, const char *);

    for (size_t i = 0; i < n; i++) {
        const struct promotion *p = &promotions[i];
        ids[i] = p->id;
        counts[i] = param_int(rq, (int64_t)p->titles.n);
        write_audit(w, "task", p->id, "promoted", was_as_json(rq, p), becomes_as_json(rq, p));
    }
    tx_add(&w->tx, &q_items_promote,
           PARAMS(project->id, param_texts(rq, ids, n), param_texts(rq, counts, n),
                  param_bool(!project->require_review.v)),
           INTO_NOTHING);
    write_queue_audit(w, project->id);
}

static void queue_settle(struct write *w, const struct project_rules *project,
                         const struct promotion *promotions, size_t n)
{
    struct req *rq = w->rq;
    const char **ids = ARENA_MANY(rq->arena, n, const char *);
    const char **avails = ARENA_MANY(rq->arena, n, const char *);

    for (size_t i = 0; i < n; i++) {
        ids[i] = promotions[i].id;
        avails[i] = param_bool(promotions[i].was_avail);
    }
    tx_add(&w->tx, &q_items_settle,
           PARAMS(project->id, param_texts(rq, ids, n), param_texts(rq, avails, n)), INTO_NOTHING);
}

enum status promote_queue(struct write *w, const struct project_rules *project,
                          const struct promotion *promotions, size_t n)
{
    size_t most = BATCH_ROWS;
    struct parts parts;

    for (size_t i = 0; i < n; i++)
        most = promotions[i].titles.n > most ? promotions[i].titles.n : most;
    parts = parts_new(w->rq, most);
    queue_tasks(w, project, promotions, n);
    for (size_t i = 0; i < n; i++) {
        if (parts.n + promotions[i].titles.n > most)
            parts_flush(w, project, &parts);
        TRY(parts_add(w->rq, &promotions[i], &parts));
    }
    parts_flush(w, project, &parts);
    queue_settle(w, project, promotions, n);
    return req_check_memory(w->rq);
}
