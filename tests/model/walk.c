/* One call, put to the model and to the program; their outcomes, answers and states compared. */
#include "walk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "planner/base/buf.h"
#include "planner/base/memory.h"
#include "planner/tools/tool.h"

static const char *const actor_names[ACTORS] = {"ada", "bob", "cyd", "eve"};

const char *const *gen_actor_names(void)
{
    return actor_names;
}

static void prepare(struct walk *w, const char *name)
{
    const char *path = arena_printf(&w->h->arena, MODEL_DIR "/%s.sql", name);
    PGresult *res = PQprepare(w->h->side, name, harness_file(&w->h->arena, path), 0, NULL);

    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", name, PQerrorMessage(w->h->side));
    PQclear(res);
}

void walk_open(struct walk *w, struct harness *h)
{
    *w = (struct walk){.h = h, .m = memory_alloc(sizeof(*w->m))};
    arena_init(&w->arena, ARENA_CAP_DEFAULT);
    for (int i = 0; i < ACTORS; i++) {
        const bool is_user = i == ACTORS - 1;
        w->rq[i] = harness_req(h, actor_names[i]);
        w->actors[i] = (struct m_actor){
            .agent = actor_names[i], .user = is_user ? "a person" : NULL, .is_user = is_user};
    }
    (void)harness_sql(h, "SET planner.writer = 'mcp-planner'");
    (void)harness_sql(h, "SET plan_cache_mode = force_generic_plan");
    prepare(w, "state");
    prepare(w, "audit");
}

void walk_close(struct walk *w)
{
    if (w->slug != NULL)
        model_free(w->m);
    arena_destroy(&w->arena);
    memory_free(w->m);
}

void walk_begin(struct walk *w, const char *slug)
{
    if (w->slug != NULL)
        model_free(w->m);
    w->slug = slug != NULL ? slug : arena_printf(&w->h->arena, "M%d", ++w->n_projects);
    w->audit_id = 0;
    w->kind = NULL;
    memset(w->changes, 0, sizeof(w->changes));
    model_init(w->m, w->slug);
}

bool walk_wrong(struct walk *w, const char *kind, const char *what)
{
    if (w->kind == NULL) {
        w->kind = kind;
        w->what = arena_strdup(&w->h->arena, what);
    }
    return false;
}

/* --- arguments --- */

static const char *id_of(struct walk *w, int item)
{
    const char *id = item <= w->m->last ? w->m->kept[item].id : NULL;

    return id != NULL ? id : "01890000-0000-7000-8000-000000000000";
}

/* There is none: one that nobody has. */
static void put_number(struct buf *out, int64_t number)
{
    buf_printf(out, "%lld", number == 0 ? 999999999LL : (long long)number);
}

static const char *put_mark(struct walk *w, struct buf *out, const char *at)
{
    char *end = NULL;
    const long n = strtol(at + 2, &end, 10);
    const bool item = n >= 0 && n < M_ITEMS;

    if (at[1] == 'P') {
        buf_text(out, w->slug);
        return at + 2;
    }
    if (at[1] == 'I')
        buf_text(out, id_of(w, item ? (int)n : 0));
    else if (at[1] == 'T')
        put_number(out, item ? w->m->kept[n].claim.token : 0);
    else
        put_number(out, n < CALLS_MAX ? w->changes[n] : 0);
    return end;
}

/* $P and its like; "$T5" and "$C5" lose their quotes, they are numbers. */
static const char *substitute(struct walk *w, const char *args)
{
    struct buf out = BUF_IN(&w->arena);

    while (*args != '\0') {
        const bool quoted = args[0] == '"' && args[1] == '$' && (args[2] == 'T' || args[2] == 'C');
        if (quoted)
            args = put_mark(w, &out, args + 1) + 1;
        else if (args[0] == '$')
            args = put_mark(w, &out, args);
        else
            buf_char(&out, *args++);
    }
    return buf_str(&out);
}

/* --- what came of it --- */

static unsigned class_of(enum status status)
{
    switch (status) {
    case ST_INVALID:
        return M_INVALID;
    case ST_NOT_FOUND:
        return M_NOT_FOUND;
    case ST_CONFLICT:
        return M_CONFLICT;
    case ST_NOT_READY:
        return M_NOT_READY;
    case ST_LIMIT:
        return M_LIMIT;
    default:
        return 0;
    }
}

static bool same(const cJSON *want, const cJSON *got);

/* Every wanted member is there; lists are compared whole, their elements by members. */
static bool has_members(const cJSON *want, const cJSON *got)
{
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, want)
    {
        if (!same(member, json_get(got, member->string)))
            return false;
    }
    return true;
}

static bool same_list(const cJSON *want, const cJSON *got)
{
    const int n = cJSON_GetArraySize(want);

    if (n != cJSON_GetArraySize(got))
        return false;
    for (int i = 0; i < n; i++) {
        if (!same(cJSON_GetArrayItem(want, i), cJSON_GetArrayItem(got, i)))
            return false;
    }
    return true;
}

static bool same(const cJSON *want, const cJSON *got)
{
    if (got == NULL || (want->type & 0xff) != (got->type & 0xff))
        return false;
    if (cJSON_IsObject(want))
        return has_members(want, got);
    if (cJSON_IsArray(want))
        return same_list(want, got);
    if (cJSON_IsNumber(want))
        return fabs(want->valuedouble - got->valuedouble) < 1e-6;
    return !cJSON_IsString(want) || strcmp(want->valuestring, got->valuestring) == 0;
}

static const char *tree_text(struct walk *w, const cJSON *tree)
{
    struct json_out out = JSON_OUT_IN(&w->arena);

    if (tree == NULL)
        return "nothing";
    json_tree(&out, tree);
    return json_text(&out);
}

static bool check_refusal(struct walk *w, const struct m_want *want, enum status status,
                          const char *message)
{
    const unsigned class = class_of(status);

    if (want->unsure && class == M_CONFLICT) {
        model_take_back(w->m);
        return true;
    }
    if ((want->refused & class) != 0)
        return true;
    if (want->refused == 0)
        return walk_wrong(w, "outcome",
                          arena_printf(&w->arena, "refused (status %d): %s", (int)status, message));
    return walk_wrong(w, "outcome",
                      arena_printf(&w->arena, "refused with status %d (%s), not for: %s",
                                   (int)status, message, want->why));
}

static bool check_answer(struct walk *w, const struct m_want *want, const cJSON *got)
{
    const cJSON *replayed = json_get(got, "replayed");

    if (want->refused != 0)
        return walk_wrong(w, "outcome",
                          arena_printf(&w->arena, "allowed, should be refused: %s", want->why));
    if (want->replayed != cJSON_IsTrue(replayed))
        return walk_wrong(w, "answer", want->replayed ? "not replayed" : "replayed");
    if (want->n_items >= 0 && json_get(got, "next_cursor") == NULL &&
        cJSON_GetArraySize(json_get(got, "items")) != want->n_items)
        return walk_wrong(w, "answer",
                          arena_printf(&w->arena, "%d rows, should be %d",
                                       cJSON_GetArraySize(json_get(got, "items")), want->n_items));
    if (want->answer != NULL && !same(want->answer, got))
        return walk_wrong(w, "answer",
                          arena_printf(&w->arena, "the answer is\n  %s, should have\n  %s",
                                       tree_text(w, got), tree_text(w, want->answer)));
    return true;
}

/* Where something came back to among its siblings is the program's choice. */
static void learn_place(struct walk *w, int item)
{
    const char *before = harness_sql(
        w->h,
        "SELECT x.number FROM planner.items i JOIN planner.projects p ON p.id = i.project_id"
        " JOIN planner.items x ON x.project_id = i.project_id AND x.parent_id = i.parent_id"
        " AND x.sort_key < i.sort_key WHERE p.slug = '%s' AND i.number = %d"
        " ORDER BY x.sort_key DESC LIMIT 1",
        w->slug, item);
    int first = 0;

    if (before != NULL) {
        m_place(w->m, item, (int)strtol(before, NULL, 10), false);
        return;
    }
    for (int i = 0; i < w->m->n_order && first == 0; i++) {
        if (w->m->order[i] != item &&
            w->m->items[w->m->order[i]].parent == w->m->items[item].parent)
            first = w->m->order[i];
    }
    m_place(w->m, item, first == 0 ? -1 : first, true);
}

static void note_answer(struct walk *w, const struct call *call, const struct m_want *want,
                        const cJSON *args, const cJSON *got)
{
    const cJSON *change = json_get(got, "change");

    if (change != NULL && !want->replayed)
        w->changes[call->id] = (int64_t)change->valuedouble;
    if (want->remember != NULL) {
        cJSON *copy = cJSON_Duplicate(got, true);
        cJSON_DeleteItemFromObjectCaseSensitive(copy, "says");
        /* What was passed over is told to whoever asks: "is yours". */
        cJSON_DeleteItemFromObjectCaseSensitive(copy, "passed_over");
        want->remember->answer = arena_strdup(&w->m->arena, tree_text(w, copy));
        cJSON_Delete(copy);
    }
    if (!want->replayed)
        model_learn(w->m, call->tool, args, got);
    if (want->placed > 0)
        learn_place(w, want->placed);
}

/* --- how much of everything there was --- */

static void count(struct walk *w, const struct call *call, const struct m_want *want)
{
    struct tally *t = w->tallies;

    while (t->tool != NULL && strcmp(t->tool, call->tool) != 0)
        t++;
    t->tool = call->tool;
    t->refused += want->refused != 0;
    t->replayed += want->replayed;
    t->unchanged += want->unchanged && want->refused == 0;
    t->done += want->refused == 0 && !want->replayed && !want->unchanged;
}

void walk_tell(const struct walk *w)
{
    print_message("%-18s %8s %8s %8s %8s\n", "", "done", "no need", "refused", "replayed");
    for (const struct tally *t = w->tallies; t->tool != NULL; t++)
        print_message("%-18s %8ld %8ld %8ld %8ld\n", t->tool, t->done, t->unchanged, t->refused,
                      t->replayed);
}

static struct req *req_of(struct walk *w, const struct call *call)
{
    struct req *rq = w->rq[call->actor];
    const struct m_actor *actor = &w->actors[call->actor];

    arena_reset(rq->arena);
    rq->actor = (struct actor){
        .agent = actor->agent, .user = actor->user, .role = actor->is_user ? "user" : NULL};
    rq->message = NULL;
    return rq;
}

static bool invoke(struct walk *w, const struct call *call, const cJSON *args,
                   const struct m_want *want)
{
    struct req *rq = req_of(w, call);
    struct tool_call tc = {.arguments = args};
    const struct tool *tool = tool_find(call->tool);
    const enum status status =
        tool == NULL ? req_fail(rq, ST_BUG, "no such tool") : tool_invoke(rq, tool, &tc);
    cJSON *got = NULL;
    bool good = false;

    if (status != ST_OK)
        return check_refusal(w, want, status, rq->message == NULL ? "" : rq->message);
    got = json_parse(tc.structured, strlen(tc.structured));
    good = check_answer(w, want, got);
    if (good)
        note_answer(w, call, want, args, got);
    cJSON_Delete(got);
    return good;
}

/* --- the state --- */

/* Lines of `a` that `b` lacks; both sorted. */
static void put_missing(struct buf *out, const char *mark, const char *a, const char *b)
{
    while (*a != '\0') {
        const size_t len = strcspn(a, "\n");
        const char *at = b;
        while (*at != '\0' && (strncmp(at, a, len) != 0 || (at[len] != '\n' && at[len] != '\0')))
            at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
        if (*at == '\0')
            buf_printf(out, "\n  %s %.*s", mark, (int)len, a);
        a += len + (a[len] == '\n');
    }
}

static bool check_state(struct walk *w)
{
    const char *want = model_dump(w->m, &w->arena);
    const char *params[] = {w->slug, arena_printf(&w->arena, "%lld", w->audit_id)};
    PGresult *res = PQexecPrepared(w->h->side, "state", 2, params, NULL, NULL, 0);
    bool good = false;

    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(w->h->side));
    good = strcmp(PQgetvalue(res, 0, 0), want) == 0;
    if (!good) {
        struct buf out = BUF_IN(&w->arena);
        buf_text(&out, "the state differs (- as it should be, + as it is)");
        put_missing(&out, "-", want, PQgetvalue(res, 0, 0));
        put_missing(&out, "+", PQgetvalue(res, 0, 0), want);
        (void)walk_wrong(w, "state", buf_str(&out));
    }
    w->audit_id = strtoll(PQgetvalue(res, 0, 1), NULL, 10);
    PQclear(res);
    return good;
}

bool walk_check_audit(struct walk *w)
{
    const char *params[] = {w->slug};
    PGresult *res = PQexecPrepared(w->h->side, "audit", 1, params, NULL, NULL, 0);
    bool good = false;

    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(w->h->side));
    good = PQgetisnull(res, 0, 0);
    if (!good)
        (void)walk_wrong(w, "audit",
                         arena_printf(&w->arena, "the audit does not replay to the state:\n%s",
                                      PQgetvalue(res, 0, 0)));
    PQclear(res);
    return good;
}

/* No tool: the lease of an item runs out. */
static bool expire(struct walk *w, const char *args)
{
    OWN_JSON tree = json_parse(args, strlen(args));
    const int item = m_lookup(w->m, json_get_text(tree, "item"));

    if (item <= 0)
        return true;
    w->m->kept[item].claim.live = false;
    (void)harness_sql(w->h,
                      "UPDATE planner.claims c SET expires_at = now() - interval '1 second'"
                      " FROM planner.items i JOIN planner.projects p ON p.id = i.project_id"
                      " WHERE p.slug = '%s' AND i.number = %d AND c.item_id = i.id"
                      " AND c.project_id = i.project_id",
                      w->slug, item);
    return true;
}

bool walk_call(struct walk *w, const struct call *call)
{
    const char *text = NULL;
    cJSON *args = NULL;
    struct m_want want;
    bool good = false;

    arena_reset(&w->arena);
    text = substitute(w, call->args);
    if (strcmp(call->tool, "expire") == 0)
        return expire(w, text);
    args = json_parse(text, strlen(text));
    if (args == NULL)
        fail_msg("not JSON: %s", text);
    model_apply(w->m, w->actors[call->actor], call->tool, args, &want);
    count(w, call, &want);
    good = invoke(w, call, args, &want) && (want.reads || check_state(w));
    cJSON_Delete(want.answer);
    cJSON_Delete(args);
    return good;
}
