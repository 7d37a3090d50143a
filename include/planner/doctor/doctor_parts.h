/*
 * What the files of the doctor share: facts, as statements tell them, and who judges them.
 *
 * doctor.c runs the checks, health.c a few of them for agents; checks.c is their table; facts.c
 * reads; judge_*.c judge; reach.c tells why there is no session; circles.c looks for circles of
 * waiting.
 */
#ifndef PLANNER_DOCTOR_PARTS_H
#define PLANNER_DOCTOR_PARTS_H

#include "planner/doctor/doctor.h"

/* ---- facts: sql/queries/doctor_*.sql, member by member */

struct doctor_setting {
    const char *name, *value;
    const char *source; /* of pg_settings; NULL is "default" */
    const char *file;   /* source "configuration file": which, where this user may know it */
};
struct doctor_extension {
    const char *name, *version, *newest;
};
struct doctor_server {
    const char *version, *today, *encoding;
    const char *role, *database; /* who logged in, and where; quoted where SQL wants it */
    struct opt_int version_num, bytes, role_limit, role_sessions, database_limit, database_sessions,
        sessions, checksum_failures, xid_age, multixact_age, prepared, prepared_seconds,
        archive_failures, archived_seconds;
    struct opt_bool standby, superuser, monitor, tls, remote, archive_failing;
    struct list extensions, settings;
};

struct doctor_session {
    struct opt_int pid, seconds;
    const char *who, *program, *blocked_by;
};
struct doctor_activity {
    struct opt_int hidden;
    struct list longs, idles, waits; /* of struct doctor_session */
};

struct doctor_standby {
    const char *name, *state, *sync;
    struct opt_int bytes;
    struct opt_num seconds;
};
struct doctor_slot {
    const char *name, *wal_status;
    struct opt_bool active;
    struct opt_int bytes;
};
struct doctor_replication {
    struct opt_bool standby;
    struct list standbys, slots;
    const char *receiver;
    struct opt_int behind_bytes, behind_seconds;
};

struct doctor_table {
    const char *name;
    struct opt_int live, dead, bytes, age, vacuumed_seconds, changed;
    struct opt_bool unlogged, off;
};
struct doctor_tables {
    struct list tables;
};

struct doctor_statement {
    const char *query;
    struct opt_int calls;
    struct opt_num mean, max, p95; /* ms */
};
struct doctor_statements {
    const char *schema;
    struct list statements;
};

struct doctor_guards {
    struct opt_int triggers;
    struct list off, hiding; /* of const char * */
    struct list statements;  /* of const char *: what puts `off` right */
    struct opt_bool open_to_all;
};
struct doctor_rights {
    struct list missing;    /* of const char * */
    struct list statements; /* of const char *: what grants it */
    struct opt_bool owner;  /* not set: there is no schema */
    struct opt_bool superuser, monitor, writes;
};

struct doctor_upkeep {
    struct opt_int outbox, outbox_old, requests, requests_old, changes_new, claims, claims_expired,
        claims_old, disputes, disputes_seconds;
};

/* What every check of the plan itself answers. */
struct doctor_tally {
    struct opt_int checked, wrong;
    struct list examples;   /* of const char * */
    struct list projects;   /* ids of those that have something wrong, where it can be repaired */
    struct list statements; /* of const char *: what puts it right, where that is known */
};

struct doctor_graph {
    struct opt_int edges, looked, n;
    const char *nodes, *keys, *waits;
};
extern const struct field doctor_graph_fields[];

/* Measured by this program. */
struct doctor_measured {
    int64_t median_us, best_us;
    int64_t skew_ms; /* the server's clock less ours */
    bool pooled, local;
    bool skewed; /* the clocks were compared */
};

/* ---- reading */

enum doctor_source {
    SOURCE_NONE, /* needs a session and nothing else */
    SOURCE_SERVER,
    SOURCE_ACTIVITY,
    SOURCE_REPLICATION,
    SOURCE_TABLES,
    SOURCE_STATEMENTS,
    SOURCE_GUARDS,
    SOURCE_RIGHTS,
    SOURCE_UPKEEP,
    SOURCE_COUNTERS,
    SOURCE_BLOCKERS,
    SOURCE_STEPS,
    SOURCE_TREE,
    SOURCE_ORDER,
    SOURCE_CIRCLES,
    SOURCE_AUDIT,
    SOURCE_SEQUENCES,
    SOURCE_SEARCH,
    SOURCE_COUNT
};

struct doctor_read {
    bool tried;
    const char *why; /* NULL: facts are there */
    void *facts;
};

struct doctor_check;
struct doctor {
    struct req *rq;
    const struct doctor_order *order;
    struct probe *probe; /* NULL: facts come through rq's own connection */
    struct doctor_read reads[SOURCE_COUNT];
    struct doctor_measured measured;
    struct migrate_view schema;
    const char *schema_why;           /* the schema could not be read, or NULL */
    bool schema_hidden;               /* for want of a right */
    const struct doctor_check *check; /* the one that is being judged */
    const char *data_dir; /* a directory on this machine that the data are in, or NULL */
};

/* Why the server refused to tell something, in words for a finding. */
const char *doctor_reason(struct doctor *doctor, const struct probe_fault *fault);
/* For want of a right. */
bool doctor_is_hidden(const struct probe_fault *fault);
/* Facts of a source, read at the first call; NULL: doctor->reads[source].why. */
const void *doctor_facts(struct doctor *doctor, enum doctor_source source);

/* ---- judging */

/* A check, as docs/DOCTOR.md tells it. */
struct doctor_check {
    const char *name;
    bool deep;  /* reads whole tables of the plan */
    bool store; /* needs the schema */
    bool brief; /* told to agents, too */
    enum doctor_source source;
    enum doctor_severity worst; /* for the reference */
    const char *looks;          /* at what, with its limits */
    const char *means;          /* what trouble means */
    const char *todo;
    void (*judge)(struct doctor *doctor, const void *facts, struct doctor_finding *f);
};
extern const struct doctor_check doctor_checks[]; /* ended by a NULL name */

/* Write what was seen, and how bad it is; a judge that says nothing else said ok. */
void doctor_say(struct doctor *doctor, struct doctor_finding *f, enum doctor_severity severity,
                const char *fmt, ...) PRINTF_LIKE(4, 5);
/* advice.c: what takes a setting back where it is set; NULL when that is not known. */
const char *doctor_undo(struct doctor *doctor, const struct doctor_server *server,
                        const char *name);
/* The value of a setting, or "" when it is not known. */
const char *doctor_setting_of(const struct doctor_server *server, const char *name);
/* "a; b; c; 4 more" of a list of texts, `most` of them told. */
const char *doctor_list_of(struct doctor *doctor, const struct list *texts, size_t most);
/* "run A; B": all of it can be pasted into psql behind the first word. NULL: there are none. */
const char *doctor_sql_of(struct doctor *doctor, const struct list *statements);
/* "90 s", "12 min", "3 h", "5 days". */
const char *doctor_span(struct doctor *doctor, int64_t seconds);
/* "812 kB", "3.4 GB". */
const char *doctor_size(struct doctor *doctor, int64_t bytes);

/* reach.c: the finding when there is no session. */
void doctor_tell_unreached(struct doctor *doctor, const struct probe_fault *fault,
                           struct doctor_finding *f);
/* circles.c: the first circle of waiting as "A-1, A-2", NULL: there is none. */
const char *doctor_circle(struct arena *arena, const struct doctor_graph *facts);

#define JUDGE(name) \
    void judge_##name(struct doctor *doctor, const void *facts, struct doctor_finding *f)
JUDGE(round_trip);
JUDGE(clock);
JUDGE(tls);
JUDGE(version);
JUDGE(role_of_server);
JUDGE(encoding);
JUDGE(extensions);
JUDGE(session);
JUDGE(connections);
JUDGE(crash_safety);
JUDGE(checksums);
JUDGE(vacuum_settings);
JUDGE(archive);
JUDGE(backup);
JUDGE(prepared);
JUDGE(wraparound);
JUDGE(disk);
JUDGE(long_transactions);
JUDGE(idle_transactions);
JUDGE(lock_waits);
JUDGE(replication);
JUDGE(sync_standby);
JUDGE(read_standby);
JUDGE(slots);
JUDGE(bloat);
JUDGE(statements);
JUDGE(schema);
JUDGE(guards);
JUDGE(search_path);
JUDGE(rights);
JUDGE(upkeep);
JUDGE(claims);
JUDGE(disputes);
JUDGE(tally);
JUDGE(circles);

#endif
