/* What each source answers, and how it is asked. */
#include "planner/doctor/doctor_parts.h"

#define LONG_S           60 /* a transaction is open for long; the checks have their own limits */
#define IDLE_S           15 /* the program's own sessions are ended after 10 */
#define WAIT_S           2  /* a lock is waited for */
#define CALLS_MIN        20 /* of a statement whose times say something */
#define EDGES_MAX        50000 /* dependencies that are looked at for circles */
#define SEARCH_ITEMS_MAX 1000  /* items whose words are held against search */

static const struct field setting_fields[] = {
    ROW_STR(struct doctor_setting, name, REQUIRED),
    ROW_STR(struct doctor_setting, value, OPTIONAL),
    ROW_STR(struct doctor_setting, source, REQUIRED),
    ROW_STR(struct doctor_setting, file, OPTIONAL),
    FIELD_END,
};
static const struct field extension_fields[] = {
    ROW_STR(struct doctor_extension, name, REQUIRED),
    ROW_STR(struct doctor_extension, version, REQUIRED),
    ROW_STR(struct doctor_extension, newest, OPTIONAL),
    FIELD_END,
};
static const struct field server_fields[] = {
    ROW_STR(struct doctor_server, version, REQUIRED),
    ROW_INT(struct doctor_server, version_num, REQUIRED),
    ROW_STR(struct doctor_server, today, REQUIRED),
    ROW_BOOL(struct doctor_server, standby, REQUIRED),
    ROW_STR(struct doctor_server, encoding, REQUIRED),
    ROW_BOOL(struct doctor_server, superuser, REQUIRED),
    ROW_BOOL(struct doctor_server, monitor, REQUIRED),
    ROW_INT(struct doctor_server, bytes, REQUIRED),
    ROW_STR(struct doctor_server, role, REQUIRED),
    ROW_STR(struct doctor_server, database, REQUIRED),
    ROW_INT(struct doctor_server, role_limit, OPTIONAL),
    ROW_INT(struct doctor_server, role_sessions, REQUIRED),
    ROW_INT(struct doctor_server, database_limit, OPTIONAL),
    ROW_INT(struct doctor_server, database_sessions, REQUIRED),
    ROW_INT(struct doctor_server, sessions, REQUIRED),
    ROW_INT(struct doctor_server, checksum_failures, OPTIONAL),
    ROW_INT(struct doctor_server, xid_age, REQUIRED),
    ROW_INT(struct doctor_server, multixact_age, REQUIRED),
    ROW_INT(struct doctor_server, prepared, REQUIRED),
    ROW_INT(struct doctor_server, prepared_seconds, OPTIONAL),
    ROW_BOOL(struct doctor_server, tls, OPTIONAL),
    ROW_BOOL(struct doctor_server, remote, REQUIRED),
    ROW_BOOL(struct doctor_server, archive_failing, OPTIONAL),
    ROW_INT(struct doctor_server, archive_failures, OPTIONAL),
    ROW_INT(struct doctor_server, archived_seconds, OPTIONAL),
    ROW_LIST(struct doctor_server, extensions, extension_fields, struct doctor_extension, OPTIONAL),
    ROW_LIST(struct doctor_server, settings, setting_fields, struct doctor_setting, REQUIRED),
    FIELD_END,
};

static const struct field session_fields[] = {
    ROW_INT(struct doctor_session, pid, REQUIRED),
    ROW_INT(struct doctor_session, seconds, OPTIONAL),
    ROW_STR(struct doctor_session, who, OPTIONAL),
    ROW_STR(struct doctor_session, program, OPTIONAL),
    ROW_STR(struct doctor_session, blocked_by, OPTIONAL),
    FIELD_END,
};
static const struct field activity_fields[] = {
    ROW_INT(struct doctor_activity, hidden, REQUIRED),
    ROW_LIST(struct doctor_activity, longs, session_fields, struct doctor_session, REQUIRED),
    ROW_LIST(struct doctor_activity, idles, session_fields, struct doctor_session, REQUIRED),
    ROW_LIST(struct doctor_activity, waits, session_fields, struct doctor_session, REQUIRED),
    FIELD_END,
};

static const struct field standby_fields[] = {
    ROW_STR(struct doctor_standby, name, REQUIRED),
    ROW_STR(struct doctor_standby, state, OPTIONAL),
    ROW_STR(struct doctor_standby, sync, OPTIONAL),
    ROW_INT(struct doctor_standby, bytes, OPTIONAL),
    ROW_NUM(struct doctor_standby, seconds, OPTIONAL),
    FIELD_END,
};
static const struct field slot_fields[] = {
    ROW_STR(struct doctor_slot, name, REQUIRED),
    ROW_BOOL(struct doctor_slot, active, REQUIRED),
    ROW_STR(struct doctor_slot, wal_status, OPTIONAL),
    ROW_INT(struct doctor_slot, bytes, OPTIONAL),
    FIELD_END,
};
static const struct field replication_fields[] = {
    ROW_BOOL(struct doctor_replication, standby, REQUIRED),
    ROW_LIST(struct doctor_replication, standbys, standby_fields, struct doctor_standby, REQUIRED),
    ROW_LIST(struct doctor_replication, slots, slot_fields, struct doctor_slot, REQUIRED),
    ROW_STR(struct doctor_replication, receiver, OPTIONAL),
    ROW_INT(struct doctor_replication, behind_bytes, OPTIONAL),
    ROW_INT(struct doctor_replication, behind_seconds, OPTIONAL),
    FIELD_END,
};

static const struct field table_fields[] = {
    ROW_STR(struct doctor_table, name, REQUIRED),
    ROW_INT(struct doctor_table, live, REQUIRED),
    ROW_INT(struct doctor_table, dead, REQUIRED),
    ROW_INT(struct doctor_table, bytes, OPTIONAL),
    ROW_INT(struct doctor_table, age, REQUIRED),
    ROW_INT(struct doctor_table, vacuumed_seconds, OPTIONAL),
    ROW_INT(struct doctor_table, changed, OPTIONAL),
    ROW_BOOL(struct doctor_table, unlogged, REQUIRED),
    ROW_BOOL(struct doctor_table, off, OPTIONAL),
    FIELD_END,
};
static const struct field tables_fields[] = {
    ROW_LIST(struct doctor_tables, tables, table_fields, struct doctor_table, REQUIRED),
    FIELD_END,
};

static const struct field statement_fields[] = {
    ROW_STR(struct doctor_statement, query, REQUIRED),
    ROW_INT(struct doctor_statement, calls, REQUIRED),
    ROW_NUM(struct doctor_statement, mean, REQUIRED),
    ROW_NUM(struct doctor_statement, max, REQUIRED),
    ROW_NUM(struct doctor_statement, p95, REQUIRED),
    FIELD_END,
};
static const struct field statements_fields[] = {
    ROW_STR(struct doctor_statements, schema, OPTIONAL),
    ROW_LIST(struct doctor_statements, statements, statement_fields, struct doctor_statement,
             OPTIONAL),
    FIELD_END,
};

static const struct field guards_fields[] = {
    ROW_INT(struct doctor_guards, triggers, REQUIRED),
    FIELD_STRS(struct doctor_guards, off, 0, 0, REQUIRED, NULL),
    FIELD_STRS(struct doctor_guards, statements, 0, 0, REQUIRED, NULL),
    FIELD_STRS(struct doctor_guards, hiding, 0, 0, REQUIRED, NULL),
    ROW_BOOL(struct doctor_guards, open_to_all, REQUIRED),
    FIELD_END,
};
static const struct field rights_fields[] = {
    FIELD_STRS(struct doctor_rights, missing, 0, 0, REQUIRED, NULL),
    FIELD_STRS(struct doctor_rights, statements, 0, 0, REQUIRED, NULL),
    ROW_BOOL(struct doctor_rights, owner, OPTIONAL),
    ROW_BOOL(struct doctor_rights, superuser, REQUIRED),
    ROW_BOOL(struct doctor_rights, monitor, REQUIRED),
    ROW_BOOL(struct doctor_rights, writes, REQUIRED),
    FIELD_END,
};
static const struct field upkeep_fields[] = {
    ROW_INT(struct doctor_upkeep, outbox, REQUIRED),
    ROW_INT(struct doctor_upkeep, outbox_old, REQUIRED),
    ROW_INT(struct doctor_upkeep, requests, REQUIRED),
    ROW_INT(struct doctor_upkeep, requests_old, REQUIRED),
    ROW_INT(struct doctor_upkeep, changes_new, REQUIRED),
    ROW_INT(struct doctor_upkeep, claims, REQUIRED),
    ROW_INT(struct doctor_upkeep, claims_expired, REQUIRED),
    ROW_INT(struct doctor_upkeep, claims_old, REQUIRED),
    ROW_INT(struct doctor_upkeep, disputes, REQUIRED),
    ROW_INT(struct doctor_upkeep, disputes_seconds, OPTIONAL),
    FIELD_END,
};
static const struct field tally_fields[] = {
    ROW_INT(struct doctor_tally, checked, REQUIRED),
    ROW_INT(struct doctor_tally, wrong, REQUIRED),
    FIELD_STRS(struct doctor_tally, examples, 0, 0, OPTIONAL, NULL),
    FIELD_STRS(struct doctor_tally, projects, 0, 0, OPTIONAL, NULL),
    FIELD_STRS(struct doctor_tally, statements, 0, 0, OPTIONAL, NULL),
    FIELD_END,
};
const struct field doctor_graph_fields[] = {
    ROW_INT(struct doctor_graph, edges, REQUIRED),
    ROW_INT(struct doctor_graph, looked, REQUIRED),
    ROW_INT(struct doctor_graph, n, REQUIRED),
    ROW_STR(struct doctor_graph, nodes, REQUIRED),
    ROW_STR(struct doctor_graph, keys, REQUIRED),
    ROW_STR(struct doctor_graph, waits, REQUIRED),
    FIELD_END,
};

struct asking {
    const struct query *query;
    const struct field *fields;
    size_t size;
    int params[3];
};

#define ASK(q, table, T, ...)                   \
    {                                           \
        &q_doctor_##q, table, sizeof(struct T), \
        {                                       \
            __VA_ARGS__                         \
        }                                       \
    }
#define TALLY(q) ASK(q, tally_fields, doctor_tally, 0)

static const struct asking askings[SOURCE_COUNT] = {
    [SOURCE_SERVER] = ASK(server, server_fields, doctor_server, 0),
    [SOURCE_ACTIVITY] = ASK(activity, activity_fields, doctor_activity, LONG_S, IDLE_S, WAIT_S),
    [SOURCE_REPLICATION] = ASK(replication, replication_fields, doctor_replication, 0),
    [SOURCE_TABLES] = ASK(tables, tables_fields, doctor_tables, 0),
    [SOURCE_STATEMENTS] = ASK(statements, statements_fields, doctor_statements, CALLS_MIN),
    [SOURCE_GUARDS] = ASK(guards, guards_fields, doctor_guards, 0),
    [SOURCE_RIGHTS] = ASK(rights, rights_fields, doctor_rights, 0),
    [SOURCE_UPKEEP] = ASK(upkeep, upkeep_fields, doctor_upkeep, 0),
    [SOURCE_COUNTERS] = TALLY(counters),
    [SOURCE_BLOCKERS] = TALLY(blockers),
    [SOURCE_STEPS] = TALLY(steps),
    [SOURCE_TREE] = TALLY(tree),
    [SOURCE_ORDER] = TALLY(order),
    [SOURCE_CIRCLES] = ASK(circles, doctor_graph_fields, doctor_graph, EDGES_MAX),
    [SOURCE_AUDIT] = TALLY(audit),
    [SOURCE_SEQUENCES] = TALLY(sequences),
    [SOURCE_SEARCH] = ASK(search, tally_fields, doctor_tally, SEARCH_ITEMS_MAX),
};

bool doctor_is_hidden(const struct probe_fault *fault)
{
    return strcmp(fault->sqlstate, "42501") == 0;
}

/* "permission denied for table audit": what would have to be granted. */
static const char *needed(struct arena *arena, const char *why)
{
    static const struct {
        const char *words, *right;
    } rights[] = {
        {"permission denied for table ", "needs SELECT on planner."},
        {"permission denied for sequence ", "needs SELECT on planner."},
        {"permission denied for view ", "needs SELECT on planner."},
        {"permission denied for schema ", "needs USAGE on schema "},
        {"permission denied for function ", "needs EXECUTE on function "},
    };

    for (size_t i = 0; i < LENGTH_OF(rights); i++) {
        const size_t len = strlen(rights[i].words);
        if (strncmp(why, rights[i].words, len) == 0)
            return arena_printf(arena, "%s%s", rights[i].right, why + len);
    }
    return arena_printf(arena, "needs a right that this user lacks (%s)", why);
}

const char *doctor_reason(struct doctor *doctor, const struct probe_fault *fault)
{
    struct arena *arena = doctor->rq->arena;

    if (strcmp(fault->sqlstate, "57014") == 0)
        return arena_printf(arena, "it took longer than %d s", PROBE_TIMEOUT_S);
    if (strcmp(fault->sqlstate, "55P03") == 0)
        return "a lock was in the way for 2 s";
    if (doctor_is_hidden(fault))
        return needed(arena, fault->why);
    return fault->why;
}

static enum status ask(struct doctor *doctor, const struct asking *a, const char *const *params,
                       struct doctor_read *read)
{
    const struct into into = {a->fields, a->size, read->facts, NULL};
    struct probe_fault fault = {0};
    enum status status = ST_OK;

    if (doctor->probe == NULL) {
        status = db_read(doctor->rq, a->query, params, into);
        read->why = status == ST_OK ? NULL : doctor->rq->message;
        return status;
    }
    status = probe_read(doctor->probe, a->query, params, into, &fault);
    if (status != ST_OK)
        read->why = fault.why == NULL ? "a defect of this program; its log says more"
                                      : doctor_reason(doctor, &fault);
    return status;
}

const void *doctor_facts(struct doctor *doctor, enum doctor_source source)
{
    struct doctor_read *read = &doctor->reads[source];
    const struct asking *a = &askings[source];
    const char *params[3];

    if (read->tried)
        return read->why == NULL ? read->facts : NULL;
    read->tried = true;
    read->facts = arena_alloc(doctor->rq->arena, a->size);
    for (size_t i = 0; i < LENGTH_OF(params); i++)
        params[i] = param_int(doctor->rq, a->params[i]);
    return ask(doctor, a, params, read) == ST_OK ? read->facts : NULL;
}
