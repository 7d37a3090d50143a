#include "planner/exchange/shape.h"

#include <errno.h>

#include "planner/base/buf.h"
#include "planner/store/db.h"

#define PLAIN(name)        \
    {                      \
        name, MEMBER_PLAIN \
    }
#define ID(name)        \
    {                   \
        name, MEMBER_ID \
    }
#define CHANGE(name)        \
    {                       \
        name, MEMBER_CHANGE \
    }
#define TIME(name)        \
    {                     \
        name, MEMBER_TIME \
    }
#define VALUES(name)        \
    {                       \
        name, MEMBER_VALUES \
    }
#define MEMBERS(name) static const struct record_member name[]

/* clang-format off */
MEMBERS(project_members) = {
    ID("id"), PLAIN("slug"), PLAIN("description"), PLAIN("status"), PLAIN("complexity_threshold"),
    PLAIN("max_iterations"), PLAIN("require_review"), PLAIN("separate_authors"),
    PLAIN("human_only"), PLAIN("require_evidence"), PLAIN("workspace"), PLAIN("last_number"), {0}};
MEMBERS(item_members) = {
    ID("id"), ID("parent_id"), PLAIN("kind"), PLAIN("depth"), PLAIN("sort_key"), PLAIN("number"),
    PLAIN("title"), PLAIN("objective"), PLAIN("status"), PLAIN("sequential"), PLAIN("priority"),
    PLAIN("assignee"), PLAIN("n_blockers"), PLAIN("has_children"), PLAIN("has_avail"),
    PLAIN("disputed"), PLAIN("needs_final"), PLAIN("content_status"), TIME("turn_at"),
    PLAIN("version"), TIME("created_at"), TIME("updated_at"), TIME("completed_at"),
    TIME("deleted_at"), PLAIN("promote_score"), {0}};
MEMBERS(iteration_members) = {
    ID("step_id"), PLAIN("number"), PLAIN("action"), PLAIN("role"), PLAIN("agent"),
    PLAIN("content"), PLAIN("feedback"), PLAIN("reasoning"), PLAIN("assessment"),
    PLAIN("analysis"), TIME("at"), PLAIN("cut"), {0}};
MEMBERS(step_members) = {
    ID("id"), PLAIN("status"), PLAIN("last_number"), PLAIN("iteration_count"),
    PLAIN("max_iterations_reached"), PLAIN("server_ready"), PLAIN("client_approved"),
    PLAIN("turn_number"), PLAIN("server_number"), PLAIN("client_number"), PLAIN("final_number"),
    PLAIN("server_assessment_number"), PLAIN("client_assessment_number"),
    PLAIN("server_complexity"), PLAIN("client_complexity"), PLAIN("agreed_complexity"),
    PLAIN("complexity_score"), PLAIN("complexity_basis"), PLAIN("assessed_promote"), {0}};
MEMBERS(dispute_members) = {
    ID("id"), ID("step_id"), PLAIN("status"), PLAIN("rounds"), PLAIN("server_number"),
    PLAIN("client_number"), PLAIN("review_number"), PLAIN("user_resolution"),
    PLAIN("resolved_number"), PLAIN("resolved_by"), PLAIN("via"), TIME("created_at"),
    TIME("resolved_at"), {0}};
MEMBERS(dependency_members) = {ID("item_id"), ID("blocked_by"), {0}};
MEMBERS(evidence_members) = {
    PLAIN("id"), ID("item_id"), PLAIN("kind"), PLAIN("reference"), PLAIN("summary"),
    PLAIN("agent"), TIME("at"), CHANGE("undone_by"), {0}};
MEMBERS(claim_members) = {
    ID("item_id"), PLAIN("agent"), PLAIN("token"), PLAIN("lease_seconds"), TIME("claimed_at"),
    TIME("expires_at"), {0}};
MEMBERS(audit_members) = {
    PLAIN("id"), CHANGE("change"), TIME("at"), PLAIN("entity_type"), ID("entity_id"),
    PLAIN("action"), VALUES("old_values"), VALUES("new_values"), PLAIN("user_id"),
    PLAIN("ai_agent"), PLAIN("role"), PLAIN("client"), PLAIN("request_id"), {0}};
MEMBERS(undo_members) = {CHANGE("change"), CHANGE("root"), PLAIN("redo"), {0}};
MEMBERS(cut_members) = {
    PLAIN("id"), PLAIN("slug"), PLAIN("name"), PLAIN("kind"), PLAIN("state"), TIME("until"),
    PLAIN("audit_id"), CHANGE("change"), PLAIN("archived"), PLAIN("purged"), PLAIN("archive"),
    PLAIN("sha256"), PLAIN("made_by"), TIME("at"), TIME("done_at"), PLAIN("place"),
    PLAIN("place_depth"), ID("place_id"), {0}};
MEMBERS(purged_members) = {
    ID("id"), PLAIN("cut"), PLAIN("kind"), PLAIN("number"), PLAIN("depth"), PLAIN("title"),
    ID("top"), TIME("deleted_at"), {0}};
MEMBERS(origin_members) = {
    ID("item_id"), PLAIN("program"), PLAIN("source_id"), PLAIN("kind"), PLAIN("record"),
    TIME("at"), {0}};
MEMBERS(request_members) = {
    PLAIN("id"), PLAIN("fingerprint"), {"answer", MEMBER_ANSWER}, TIME("at"), {0}};
MEMBERS(no_members) = {{0}};

static const struct record_shape shapes[RECORD_KINDS] = {
    [RECORD_NONE] = {NULL, NULL, no_members, {NULL}, NULL},
    [RECORD_PROJECT] = {&q_export_project, &q_import_project, project_members, {NULL}, "slug"},
    [RECORD_ITEM] = {&q_export_item, &q_import_item, item_members, {"depth", "number"}, "number"},
    [RECORD_ITERATION] = {&q_export_iteration, &q_import_iteration, iteration_members,
                          {"step_id", "number"}, "step_id"},
    [RECORD_STEP] = {&q_export_step, &q_import_step, step_members, {"id"}, "id"},
    [RECORD_DISPUTE] = {&q_export_dispute, &q_import_dispute, dispute_members, {"id"}, "id"},
    [RECORD_DEPENDENCY] = {&q_export_dependency, &q_import_dependency, dependency_members,
                           {"item_id", "blocked_by"}, "item_id"},
    [RECORD_EVIDENCE] = {&q_export_evidence, &q_import_evidence, evidence_members, {"id"}, "id"},
    [RECORD_CLAIM] = {&q_export_claim, &q_import_claim, claim_members, {"item_id"}, "item_id"},
    [RECORD_AUDIT] = {&q_export_audit, &q_import_audit, audit_members, {"id"}, "id"},
    [RECORD_UNDO] = {&q_export_undo, &q_import_undo, undo_members, {"change"}, "change"},
    [RECORD_CUT] = {&q_export_cut, &q_import_cut, cut_members, {"id"}, "id"},
    [RECORD_PURGED] = {&q_export_purged, &q_import_purged, purged_members, {"id"}, "number"},
    [RECORD_ORIGIN] = {&q_export_origin, &q_import_origin, origin_members,
                       {"program", "source_id"}, "source_id"},
    [RECORD_REQUEST] = {&q_export_request, &q_import_request, request_members, {"id"}, "id"},
};
/* clang-format on */

const struct record_shape *record_shape(enum record_kind kind)
{
    return &shapes[kind];
}

const struct record_member *record_member_find(enum record_kind kind, struct span name)
{
    const struct record_member *member = shapes[kind].members;

    while (member->name != NULL && !span_is(name, member->name))
        member++;
    return member->name == NULL ? NULL : member;
}

static bool span_int(struct span value, int64_t *ret_value)
{
    char text[24];
    char *end = NULL;
    int64_t n = 0;

    if (value.ptr == NULL || value.len >= sizeof(text))
        return false;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        return false;
    *ret_value = n;
    return true;
}

/*
 * A day and a time of day, as an export writes them; PostgreSQL would also take 'infinity', which
 * is no time that a row can have, and 'now', which is another one at every reading.
 */
static bool is_time(struct span value)
{
    static const char signs[] = "0123456789-T:.+Z ";

    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[1] < '0' || value.ptr[1] > '9')
        return false;
    for (size_t i = 1; i < value.len - 1; i++) {
        if (strchr(signs, value.ptr[i]) == NULL)
            return false;
    }
    return true;
}

static bool is_change(struct span value)
{
    int64_t n = 0;

    return span_int(value, &n) && n >= 1 && n <= RECORD_NUMBER_MAX;
}

enum status record_wrong(struct req *rq, const struct record *record, const char *member,
                         const char *what)
{
    return req_fail(rq, ST_INVALID, "line %lld: '%s' of the %s is not %s", (long long)record->line,
                    member, record_kind_names[record->kind], what);
}

static enum status check_member(struct req *rq, const struct record *record,
                                const struct record_member *member, struct span value)
{
    if (span_is(value, "null"))
        return ST_OK;
    if (member->use == MEMBER_TIME && !is_time(value))
        return record_wrong(rq, record, member->name, "a time like 2026-01-05T08:00:00+00:00");
    if (member->use == MEMBER_CHANGE && !is_change(value))
        return record_wrong(rq, record, member->name, "the number of a change");
    return ST_OK;
}

enum status record_check(struct req *rq, const struct record *record)
{
    struct span name = {0};
    struct span value = {0};
    size_t pos = 0;

    while (json_next(record->row, &pos, &name, &value)) {
        const struct record_member *member = record_member_find(record->kind, name);
        if (member == NULL)
            return req_fail(rq, ST_INVALID,
                            "line %lld: rows of kind %s have no member '%s'; nothing is left out "
                            "silently, so take it away or take a newer mcp-planner",
                            (long long)record->line, record_kind_names[record->kind],
                            arena_copy(rq->arena, name.ptr, name.len < 60 ? name.len : 0));
        TRY(check_member(rq, record, member, value));
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ members */

bool record_int(struct span row, const char *name, int64_t *ret_value)
{
    return span_int(json_member(row, name), ret_value);
}

const char *record_text(struct arena *arena, struct span row, const char *name)
{
    const struct span value = json_member(row, name);

    if (value.ptr == NULL || value.ptr[0] != '"' || memchr(value.ptr, '\\', value.len) != NULL)
        return NULL;
    return arena_copy(arena, value.ptr + 1, value.len - 2);
}

static int compare_spans(struct span a, struct span b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int record_compare(enum record_kind kind, struct span a, struct span b)
{
    for (size_t i = 0; i < RECORD_KEY_MAX && shapes[kind].key[i] != NULL; i++) {
        const char *name = shapes[kind].key[i];
        int64_t x = 0;
        int64_t y = 0;
        int order = 0;
        if (record_int(a, name, &x) && record_int(b, name, &y))
            order = (x > y) - (x < y);
        else
            order = compare_spans(json_member(a, name), json_member(b, name));
        if (order != 0)
            return order;
    }
    return 0;
}

static bool is_same(struct span a, struct span b)
{
    OWN_JSON left = NULL;
    OWN_JSON right = NULL;

    if (a.ptr == NULL || b.ptr == NULL)
        return span_is(a, "null") || span_is(b, "null") || a.ptr == b.ptr;
    if (a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0)
        return true;
    left = json_parse(a.ptr, a.len);
    right = json_parse(b.ptr, b.len);
    return left != NULL && right != NULL && cJSON_Compare(left, right, true) == 1;
}

const char *record_difference(struct arena *arena, enum record_kind kind, struct span a,
                              struct span b)
{
    struct buf names = BUF_IN(arena);

    if (a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0)
        return NULL;
    for (const struct record_member *m = shapes[kind].members; m->name != NULL; m++) {
        if (!is_same(json_member(a, m->name), json_member(b, m->name)))
            buf_printf(&names, "%s%s", names.len == 0 ? "" : ", ", m->name);
    }
    return names.len == 0 ? NULL : buf_str(&names);
}

const char *record_name(struct arena *arena, enum record_kind kind, struct span row)
{
    const struct span value = json_member(row, shapes[kind].label);
    const size_t quote = value.ptr != NULL && value.ptr[0] == '"';

    return arena_printf(arena, "%s %.*s", record_kind_names[kind],
                        value.ptr == NULL ? 0 : (int)(value.len - 2 * quote),
                        value.ptr == NULL ? "" : value.ptr + quote);
}
