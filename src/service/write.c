#include "planner/service/write.h"

#include "planner/base/clock.h"
#include "planner/base/meter.h"

/* Bytes for decoding, encoding and telling an answer. */
#define ANSWER_HEADROOM ((size_t)1024 * 1024)

struct write_audit_row {
    const char *type, *id, *action, *old_values, *new_values;
};

struct request_row {
    struct opt_bool same;
    const cJSON *answer;
};
static const struct field request_fields[] = {
    ROW_BOOL(struct request_row, same, REQUIRED),
    ROW_JSON(struct request_row, answer, REQUIRED),
    FIELD_END,
};

struct last_row {
    const char *agent, *action;
    struct opt_int at;
};
static const struct field last_fields[] = {
    ROW_STR(struct last_row, agent, OPTIONAL),
    ROW_STR(struct last_row, action, REQUIRED),
    ROW_INT(struct last_row, at, REQUIRED),
    FIELD_END,
};

/*
 * A restart waits longer each time, so that writers that collide do not collide again. Two that
 * send one request id at once meet here too: the loser runs again and finds the stored answer.
 */
static enum status write_pause(struct req *rq, int attempt)
{
    const int max_ms = attempt < 6 ? 1 << attempt : 64;
    bool ready = false;

    if (attempt < 2)
        return ST_OK;
    return req_wait(rq, -1, 0, 1 + (int)(clock_monotonic_ms() % max_ms), &ready);
}

static bool lost_request_race(const struct write *w, enum status status)
{
    return status == ST_CONFLICT && w->tx.constraint != NULL &&
           strcmp(w->tx.constraint, "requests_pkey") == 0;
}

/* What was stored while its answer was lost is under the request id, if there is one. */
static enum status read_lost_answer(const struct write *lost, write_body *body, void *job)
{
    struct req *rq = lost->rq;
    const char *message = rq->message;
    struct write w = {.rq = rq, .args = lost->args, .answer = lost->answer};
    const enum status status = body(&w, job);

    tx_abort(&w.tx);
    if (status == ST_OK)
        return ST_OK;
    rq->message = message; /* that of the lost one: it was stored, whatever became of this one */
    return ST_UNKNOWN;
}

static enum status write_given_up(struct req *rq, int64_t took_ms)
{
    if (took_ms >= WRITE_PATIENCE_MS)
        return req_fail(rq, ST_CONFLICT,
                        "somebody else holds what this call changes, for longer than %lld s; "
                        "nothing was changed, %s",
                        (long long)took_ms / 1000, req_again(rq));
    return req_fail(rq, ST_CONFLICT,
                    "too many others are changing this at once; nothing was changed, %s",
                    req_again(rq));
}

enum status write_run(struct req *rq, const struct write_args *args, struct into answer,
                      write_body *body, void *job)
{
    const int64_t from = clock_monotonic_ms();
    enum status status = ST_RETRY;
    int64_t took = 0;

    for (int attempt = 0;
         status == ST_RETRY && attempt < WRITE_ATTEMPTS && took < WRITE_PATIENCE_MS; attempt++) {
        struct write w = {.rq = rq, .args = args, .answer = answer};
        TRY(write_pause(rq, attempt));
        status = body(&w, job);
        tx_abort(&w.tx);
        if (lost_request_race(&w, status))
            status = ST_RETRY;
        if (status == ST_UNKNOWN && w.tx.stored && args->request_id != NULL)
            status = read_lost_answer(&w, body, job);
        if (status == ST_RETRY) {
            meter_count(rq->meter, METER_RESTARTS, NULL, NULL);
            req_note(rq, LOG_DEBUG, "others changed the same: starting the transaction again");
        }
        took = clock_monotonic_ms() - from;
    }
    return status == ST_RETRY ? write_given_up(rq, took) : status;
}

enum status write_begin(struct write *w)
{
    if (w->args->agent != NULL)
        w->rq->actor.agent = w->args->agent;
    TRY(tx_begin(w->rq, &w->tx));
    w->tx.repeatable = w->args->request_id != NULL;
    return ST_OK;
}

static enum status write_replay(struct write *w, const struct request_row *row)
{
    cJSON *answer = NULL;

    if (!row->same.v)
        return req_fail(w->rq, ST_CONFLICT,
                        "'request_id': %s was already used with other arguments; choose a new one",
                        w->args->request_id);
    answer = (cJSON *)row->answer; /* ours: it hangs on the request, nobody else looks at it */
    cJSON_DeleteItemFromObjectCaseSensitive(answer, "replayed");
    cJSON_AddBoolToObject(answer, "replayed", true);
    TRY(field_decode_row(w->rq, w->answer.fields, answer, w->answer.size, w->answer.out));
    w->answered = true;
    return ST_OK;
}

void write_find_request(struct write *w)
{
    w->stored = ARENA_NEW(w->rq->arena, struct request_row);
    if (w->args->request_id != NULL)
        tx_add(&w->tx, &q_request_find, PARAMS(w->args->request_id, w->args->fingerprint),
               INTO_FOUND(request_fields, w->stored, &w->found));
}

void write_lock_item(struct write *w, const struct ref *ref, const char *mode,
                     struct lock_row *ret_lock)
{
    tx_add(&w->tx, &q_item_lock, PARAMS(REF_PARAMS(ref), mode), INTO(lock_fields, ret_lock));
    w->lock = ret_lock;
}

/* A known request id wins over every other outcome: the first run may have used up what it found.
 */
enum status write_flush(struct write *w)
{
    const enum status status = tx_flush(&w->tx);

    if (w->found)
        return write_replay(w, w->stored);
    if (status == ST_OK && w->lock != NULL)
        tx_note_xid(&w->tx, w->lock->xid);
    return status;
}

enum status write_archived(struct req *rq, const char *slug)
{
    return req_fail(rq, ST_CONFLICT,
                    "%s is archived and takes no change; update_project %s with status active "
                    "first",
                    slug, slug);
}

enum status write_check_item(struct write *w, const struct ref *ref, bool found,
                             const struct item_state *state)
{
    if (!found || state->gone.v) {
        tx_abort(&w->tx);
        return ref_not_found(w->rq, ref);
    }
    w->tx.subject = state->key;
    if (w->lock->id == NULL)
        return req_fail(w->rq, ST_RETRY, "'%s' came after the look for its lock", state->key);
    if (state->waited_for.v && !w->lock->exclusive.v)
        return req_fail(w->rq, ST_RETRY, "something began to wait for '%s'", state->key);
    if (state->project->status == PROJECT_ARCHIVED)
        return write_archived(w->rq, state->project->slug);
    return ST_OK;
}

void write_queue_item(struct write *w, const struct ref *ref, const char *mode,
                      struct item_read *ret_read)
{
    ret_read->found = false;
    write_lock_item(w, ref, mode, &ret_read->lock);
    tx_add(&w->tx, &q_item_hold, PARAMS(REF_PARAMS(ref)), INTO_NOTHING);
    write_find_request(w);
    tx_add(&w->tx, &q_item_state, PARAMS(REF_PARAMS(ref), mode),
           INTO_FOUND(item_state_fields, &ret_read->state, &ret_read->found));
}

enum status write_flush_item(struct write *w, const struct ref *ref, const struct item_read *read)
{
    TRY(write_flush(w));
    return w->answered ? ST_OK : write_check_item(w, ref, read->found, &read->state);
}

enum status write_read_item(struct write *w, const struct ref *ref, const char *mode,
                            struct item_state *ret_state)
{
    struct item_read *read = ARENA_NEW(w->rq->arena, struct item_read);

    write_queue_item(w, ref, mode, read);
    TRY(write_flush_item(w, ref, read));
    *ret_state = read->state;
    return ST_OK;
}

void write_settle(struct write *w, const struct item_state *was)
{
    tx_add(&w->tx, &q_settle,
           PARAMS(was->project->id, was->id, param_bool(was->status != ITEM_CANCELLED),
                  param_bool(was->status == ITEM_OPEN), param_bool(was->avail.v),
                  param_num(w->rq, was->progress.v)),
           INTO_NOTHING);
}

void write_audit(struct write *w, const char *entity_type, const char *entity_id,
                 const char *action, const char *old_values, const char *new_values)
{
    if (w->n_rows == w->cap_rows) {
        const size_t cap = w->cap_rows == 0 ? 8 : w->cap_rows * 4;
        struct write_audit_row *rows = ARENA_MANY(w->rq->arena, cap, struct write_audit_row);
        if (w->n_rows > 0)
            memcpy(rows, w->rows, w->n_rows * sizeof(*rows));
        w->rows = rows;
        w->cap_rows = cap;
    }
    w->rows[w->n_rows++] =
        (struct write_audit_row){entity_type, entity_id, action, old_values, new_values};
}

/* One column of the rows as an array parameter. */
static const char *audit_column(struct write *w, size_t offset)
{
    const char **texts = ARENA_MANY(w->rq->arena, w->n_rows, const char *);

    for (size_t i = 0; i < w->n_rows; i++)
        texts[i] = *(const char *const *)((const char *)&w->rows[i] + offset);
    return param_texts(w->rq, texts, w->n_rows);
}

#define AUDIT_COLUMN(w, member) audit_column((w), offsetof(struct write_audit_row, member))

void write_queue_audit(struct write *w, const char *project_id)
{
    const struct actor *actor = &w->rq->actor;

    tx_add(&w->tx, &q_audit_add,
           PARAMS(project_id, AUDIT_COLUMN(w, type), AUDIT_COLUMN(w, id), AUDIT_COLUMN(w, action),
                  AUDIT_COLUMN(w, old_values), AUDIT_COLUMN(w, new_values),
                  w->user != NULL ? w->user : actor->user, actor->agent,
                  w->role != NULL ? w->role : actor->role, actor->client, w->args->request_id,
                  param_bool(w->audit_begun)),
           INTO_NOTHING);
    w->audit_begun = true;
    w->n_rows = 0;
    w->tx.wakes = w->lock == NULL || w->lock->listened.v;
}

/* What is stored must also be answered: refuse while nothing is, if there is no room for that. */
static enum status check_headroom(struct req *rq)
{
    struct arena *arena = rq->arena;

    arena->over = arena->over || arena->used + ANSWER_HEADROOM > arena->cap;
    return req_check_memory(rq);
}

enum status write_commit(struct write *w, const char *project_id, const struct query *answer,
                         const char *const *params)
{
    if (w->n_rows > 0 || !w->audit_begun)
        write_queue_audit(w, project_id);
    tx_add(&w->tx, answer, params, w->answer);
    TRY(check_headroom(w->rq));
    return tx_commit(&w->tx);
}

enum status write_commit_item(struct write *w, const struct item_state *state, const char *extra)
{
    return write_commit(
        w, state->project->id, &q_answer_item,
        PARAMS(state->project->id, state->id, w->args->request_id, w->args->fingerprint, extra));
}

enum status write_unchanged(struct write *w)
{
    struct json_out answer = JSON_OUT_IN(w->rq->arena);

    if (w->args->request_id != NULL) {
        field_encode(w->answer.fields, w->answer.out, &answer);
        tx_add(&w->tx, &q_request_keep,
               PARAMS(w->args->request_id, w->args->fingerprint, json_text(&answer)), INTO_NOTHING);
    }
    return tx_commit(&w->tx);
}

enum status write_check_version(struct write *w, const char *project_id, const char *entity_id,
                                const char *key, int64_t version)
{
    struct req *rq = w->rq;
    struct last_row last;
    bool found = false;

    if (!w->args->expected_version.set || w->args->expected_version.v == version)
        return ST_OK;
    tx_abort(&w->tx);
    rq->current_version = version;
    TRY(db_read(rq, &q_last_change, PARAMS(project_id, entity_id),
                INTO_FOUND(last_fields, &last, &found)));
    if (!found)
        return req_fail(rq, ST_CONFLICT,
                        "'expected_version': %s is at version %lld, not %lld; "
                        "read it again",
                        key, (long long)version, (long long)w->args->expected_version.v);
    return req_fail(rq, ST_CONFLICT,
                    "'expected_version': %s is at version %lld, not %lld (%s, %s: %s); read it "
                    "again",
                    key, (long long)version, (long long)w->args->expected_version.v,
                    last.agent == NULL ? "unknown" : last.agent, clock_local(rq->arena, last.at.v),
                    last.action);
}
