/* Every check, in the order in which it is told; and the page of the manual that tells them. */
#include "planner/base/json.h"
#include "planner/doctor/doctor_parts.h"

#define GOES(s)  .source = SOURCE_##s
#define NEEDS(s) .source = SOURCE_##s, .store = true
#define READS(s) .source = SOURCE_##s, .store = true, .deep = true, .judge = judge_tally
#define REPAIR   "run 'mcp-planner doctor --fix', which computes them afresh"
#define OUTSIDE                                                                                 \
    "find out what writes to the tables beside this program; take the change back, or restore " \
    "a backup"

const struct doctor_check doctor_checks[] = {
    {"round_trip", GOES(NONE), .worst = DOCTOR_WARNING, .judge = judge_round_trip,
     .looks = "how long one statement takes there and back; more than 50 ms is told, more than "
              "250 ms is too much",
     .means = "every write of an agent takes two of these, every read one",
     .todo = "run the program nearer to the database, or the database nearer to it"},
    {"clock", GOES(NONE), .worst = DOCTOR_WARNING, .judge = judge_clock,
     .looks = "the server's clock against this machine's; up to 5 s are fine",
     .means = "times in answers are the server's; what is told as 14:05 is another time here",
     .todo = "let both machines follow a time server (chrony, systemd-timesyncd)"},
    {"tls", GOES(SERVER), .worst = DOCTOR_WARNING, .judge = judge_tls,
     .looks = "whether a connection to another machine is encrypted",
     .means = "plans, and perhaps the password, can be read on the way",
     .todo = "set 'tls' to verify-full with 'tls-ca', or at least to require"},
    {"server_version", GOES(SERVER), .worst = DOCTOR_WARNING, .judge = judge_version,
     .looks = "the server's version: releases that were replaced for regressions, versions out of "
              "support, pre-releases",
     .means = "known faults are not mended in it",
     .todo = "install the newest minor release of a supported version"},
    {"primary", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_role_of_server,
     .looks = "whether the server takes writes",
     .means = "every call that changes something is refused",
     .todo = "connect to the primary; with several hosts in the connection string, "
             "target_session_attrs=read-write finds it"},
    {"encoding", GOES(SERVER), .worst = DOCTOR_ERROR, .judge = judge_encoding,
     .looks = "the database's encoding, which has to be UTF8",
     .means = "texts with characters that it does not have are refused",
     .todo = "create a database with ENCODING 'UTF8' TEMPLATE template0 and move there"},
    {"extensions", GOES(SERVER), .worst = DOCTOR_ERROR, .judge = judge_extensions,
     .looks = "plpgsql, the only one that is needed, and whether the installed ones are behind "
              "their packages",
     .means = "the functions of the store are written in plpgsql",
     .todo = "run CREATE EXTENSION plpgsql"},
    {"session", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_session,
     .looks = "the settings that a session begins with: read-only, isolation, triggers, and "
              "whether this program's own arrived",
     .means = "the role, the database or a pooler in between gives sessions other settings than "
              "the program is written for",
     .todo = "take the setting back where it is set; behind a transaction pooler set 'pooled'"},
    {"schema", GOES(NONE), .worst = DOCTOR_ERROR, .judge = judge_schema,
     .looks = "the migrations that the database has against those of this program: pending, "
              "edited, missing, of a newer one",
     .means = "tool calls are refused until the schema fits",
     .todo = "do what the sentence says; 'mcp-planner migrate status' has the list"},
    {"rights", GOES(RIGHTS), .worst = DOCTOR_ERROR, .judge = judge_rights,
     .looks = "what this user may do with the tables, sequences and functions of the schema",
     .means = "calls that need it are refused",
     .todo = "as the owner, run the GRANTs that the finding names; one that only watches has "
             "pg_monitor and no right to write"},
    {"guards", NEEDS(GUARDS), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_guards,
     .looks = "triggers and foreign keys that are switched off, constraints never checked, indexes "
              "that are not valid",
     .means = "what the store promises is not kept: the audit may miss changes, rows may hang "
              "from nothing",
     .todo = "run the statements that the finding names; then run this again"},
    {"search_path", NEEDS(GUARDS), .worst = DOCTOR_WARNING, .judge = judge_search_path,
     .looks = "names in schema planner that are also the server's own, and who may create more",
     .means = "the schema comes first in the search path, so they are taken for the server's",
     .todo = "drop or rename them; REVOKE CREATE ON SCHEMA planner FROM PUBLIC"},
    {"connections", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_connections,
     .looks =
         "connections in use; above 80% of those that are not reserved, or of what the role or "
         "the database may have, is a warning, above 95% an error, fewer than 20 in all a "
         "warning. A superuser is held to neither of the two",
     .means = "new processes are soon turned away",
     .todo = "end what is idle, raise the limit (max_connections, ALTER ROLE or ALTER DATABASE ... "
             "CONNECTION LIMIT), or put a transaction pooler in front"},
    {"disk", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_disk,
     .looks = "the file system of the data directory, where it is on this machine; above 80% used "
              "is a warning, above 95% an error",
     .means = "without space every write fails, and without space for its log the server stops",
     .todo = "make room or give it more; look at 'slots' and 'archive', which keep the log"},
    {"crash_safety", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR,
     .judge = judge_crash_safety,
     .looks = "fsync, full_page_writes, synchronous_commit, zero_damaged_pages, "
              "ignore_checksum_failure",
     .means = "what was acknowledged may be lost, or the whole database, when the machine crashes",
     .todo = "take the setting back where it is set: the finding names the statement or the file"},
    {"checksums", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_checksums,
     .looks = "pages whose checksum was wrong, and whether there are checksums",
     .means = "the disk or the file system damaged data",
     .todo =
         "copy the data directory before anything else, restore from a backup, replace the disk"},
    {"archive", GOES(SERVER), .brief = true, .worst = DOCTOR_WARNING, .judge = judge_archive,
     .looks = "whether the log is archived, as continuous backups need it",
     .means = "the newest changes are in no backup, and the log fills the disk",
     .todo = "read the server's log for what archive_command says"},
    {"backup", GOES(NONE), .worst = DOCTOR_WARNING, .judge = judge_backup,
     .looks = "how old the newest backup of this store in 'backup-dir' is; more than 2 days is a "
              "warning, as is none. Without that setting nothing is looked for",
     .means = "whatever was planned since is lost when the database is",
     .todo = "run 'mcp-planner backup', and see why its timer did not: systemctl list-timers"},
    {"autovacuum", GOES(SERVER), .brief = true, .worst = DOCTOR_WARNING,
     .judge = judge_vacuum_settings, .looks = "whether autovacuum is on",
     .means = "tables grow for ever, plans get worse, and in the end the server refuses writes",
     .todo = "take the setting back where it is set: the finding names the statement or the file"},
    {"wraparound", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_wraparound,
     .looks = "the age of the oldest transaction that is not frozen, in all databases",
     .means = "vacuum cannot keep up; at two thousand million the server refuses writes",
     .todo = "end old transactions, prepared ones and unused slots, then run VACUUM (FREEZE) in "
             "the database that SELECT datname FROM pg_database ORDER BY age(datfrozenxid) DESC "
             "names first"},
    {"bloat", NEEDS(TABLES), .worst = DOCTOR_WARNING, .judge = judge_bloat,
     .looks = "dead rows: 10,000 that are more than 40% of the living, twice what autovacuum waits "
              "for; and tables for which it is off. Bloat of indexes is not measured",
     .means = "vacuum does not reach the table: something keeps old rows, or it is off",
     .todo = "run the VACUUM that the finding names; when dead rows stay, look at "
             "'long_transactions', 'prepared' and 'slots'"},
    {"prepared", GOES(SERVER), .brief = true, .worst = DOCTOR_WARNING, .judge = judge_prepared,
     .looks = "transactions prepared for two-phase commit, older than 5 minutes; this program "
              "makes none",
     .means = "they hold locks and keep vacuum from its work until somebody ends them",
     .todo = "look: SELECT gid, owner, database FROM pg_prepared_xacts; in that database end each "
             "with COMMIT PREPARED 'gid' or ROLLBACK PREPARED 'gid'"},
    {"long_transactions", GOES(ACTIVITY), .brief = true, .worst = DOCTOR_WARNING,
     .judge = judge_long_transactions,
     .looks = "transactions at work for a minute; 5 minutes are a warning",
     .means = "rows that died since cannot be vacuumed, and locks are held",
     .todo = "find out what it does; SELECT pg_terminate_backend(pid) ends it. A backup takes its "
             "time"},
    {"idle_transactions", GOES(ACTIVITY), .brief = true, .worst = DOCTOR_WARNING,
     .judge = judge_idle_transactions,
     .looks = "sessions that have a transaction open and do nothing for 15 s; this program's are "
              "ended after 10",
     .means = "somebody forgot COMMIT; locks are held and others wait",
     .todo = "end it: SELECT pg_terminate_backend(pid); set idle_in_transaction_session_timeout"},
    {"lock_waits", GOES(ACTIVITY), .brief = true, .worst = DOCTOR_WARNING,
     .judge = judge_lock_waits, .looks = "sessions that wait for a lock for 2 s, and for whom",
     .means = "calls wait, and are refused after 10 s",
     .todo = "look at what the blocking session does; SELECT pg_terminate_backend(pid) ends it"},
    {"replication", GOES(REPLICATION), .brief = true, .worst = DOCTOR_WARNING,
     .judge = judge_replication,
     .looks = "standbys that are more than 256 MB or 30 s behind, or not streaming; on a standby, "
              "itself",
     .means = "reads there are old, and a failover would lose what is missing",
     .todo = "look at the standby's log, its disk and the network to it"},
    {"sync_standby", GOES(SERVER), .brief = true, .worst = DOCTOR_ERROR,
     .judge = judge_sync_standby,
     .looks = "whether a standby is there when synchronous_standby_names asks for one",
     .means = "every change waits for ever",
     .todo = "bring the standby back, or take synchronous_standby_names back where it is set"},
    {"read_standby", GOES(NONE), .worst = DOCTOR_WARNING, .judge = judge_read_standby,
     .looks =
         "the standby that 'read-dsn' names: whether it can be reached, is one, receives, and is at "
         "most 30 s behind",
     .means = "reads go to the primary instead, or wait for it",
     .todo = "correct 'read-dsn', bring the standby back, or leave the setting out"},
    {"slots", GOES(REPLICATION), .brief = true, .worst = DOCTOR_ERROR, .judge = judge_slots,
     .looks = "replication slots that nobody reads and that hold more than 1 GB of the log",
     .means = "the log is kept until the disk is full",
     .todo = "bring its reader back, or SELECT pg_drop_replication_slot(name)"},
    {"statements", GOES(STATEMENTS), .worst = DOCTOR_WARNING, .judge = judge_statements,
     .looks = "statements whose 95th percentile is above 1 s, by pg_stat_statements where it is "
              "installed. It knows mean and deviation; the percentile is an estimate from those "
              "(mean + 1.645 deviations, at most the longest)",
     .means = "calls that run it feel slow, and are stopped at 30 s",
     .todo = "EXPLAIN (ANALYZE, BUFFERS) it; look at 'bloat' and 'lock_waits'; ANALYZE the tables"},
    {"upkeep", NEEDS(UPKEEP), .worst = DOCTOR_WARNING, .judge = judge_upkeep,
     .looks = "rows that should have left: of the outbox after a day, kept answers after seven; "
              "100,000 that did not are a warning",
     .means = "they leave with later changes, in small portions, unless a transaction stays open",
     .todo = "run the statements that the finding names; when rows stay, look at "
             "'long_transactions'"},
    {"claims", NEEDS(UPKEEP), .worst = DOCTOR_INFO, .judge = judge_claims,
     .looks = "claims that ran out more than a day ago",
     .means = "an agent ended without a word; others may take the work",
     .todo = "nothing: who wants the item takes it over"},
    {"disputes", NEEDS(UPKEEP), .worst = DOCTOR_INFO, .judge = judge_disputes,
     .looks = "disputes that wait for a person",
     .means = "the steps stand still until somebody decides",
     .todo = "list_disputes, then resolve_dispute"},
    {"counters", READS(COUNTERS), .worst = DOCTOR_ERROR,
     .looks = "children, open ones, ready ones, progress and completion of every task and project, "
              "computed afresh",
     .means = "progress is told wrong, work is ready that is not, or not ready that is",
     .todo = REPAIR},
    {"blockers", READS(BLOCKERS), .worst = DOCTOR_ERROR,
     .looks = "how many open items each item waits for, counted afresh",
     .means = "work is ready too early, or never", .todo = REPAIR},
    {"steps", READS(STEPS), .worst = DOCTOR_ERROR,
     .looks = "what an item repeats of its step: status of the content, score, open dispute; the "
              "numbers of versions",
     .means = "queues and marks tell another state than the step is in", .todo = OUTSIDE},
    {"tree", READS(TREE), .worst = DOCTOR_ERROR,
     .looks = "items without parent or project, at a wrong depth, below a step; rows without item",
     .means = "parts of the plan cannot be reached", .todo = OUTSIDE},
    {"order", READS(ORDER), .worst = DOCTOR_ERROR,
     .looks = "two items in one place or with one key, and the counters of keys",
     .means = "an index is damaged, or the next item would get a key that is taken",
     .todo = "REINDEX TABLE planner.items; then correct what is left, or restore a backup"},
    {"circles", GOES(CIRCLES), .store = true, .deep = true, .worst = DOCTOR_ERROR,
     .judge = judge_circles,
     .looks = "items that wait for each other, also through parents and the order of sequential "
              "ones, among 50,000 dependencies",
     .means = "none of them can ever begin",
     .todo = "take one of the dependencies away: link_items with remove"},
    {"audit", READS(AUDIT), .worst = DOCTOR_ERROR,
     .looks = "that whatever exists was told as created, that what is told of exists, that nothing "
              "is of the future. Gaps in the numbers mean nothing: a failed call takes its along",
     .means = "history and undo do not know everything", .todo = OUTSIDE},
    {"sequences", READS(SEQUENCES), .worst = DOCTOR_ERROR,
     .looks = "numbers of changes, claims, audit rows and evidence that were used and are still to "
              "be given out",
     .means = "a restore left the sequences behind; calls will fail or two changes share a number",
     .todo = "run the statements that the finding names, each SELECT setval(sequence, highest "
             "number used)"},
    {"search", READS(SEARCH), .worst = DOCTOR_WARNING,
     .looks = "that every item is in search with its current content, and of the 1,000 that "
              "changed last that their words are",
     .means = "search misses items, or finds what is gone",
     .todo =
         "run DELETE FROM planner.search_texts x WHERE NOT EXISTS (SELECT FROM planner.items i WHERE "
         "i.project_id = x.project_id AND i.id = x.item_id AND i.deleted_at IS NULL); SELECT "
         "planner.search_refresh(project_id, array_agg(id)) FROM planner.items GROUP BY project_id"},
    {NULL},
};

static const char *reference_severity(enum doctor_severity severity)
{
    return doctor_severity_names[severity - 1];
}

const char *doctor_reference(struct arena *arena, const char *only)
{
    struct buf text = BUF_IN(arena);

    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++) {
        if (only != NULL && strcmp(only, c->name) != 0)
            continue;
        buf_printf(
            &text,
            "### %s\n\nWhat it looks at: %s.\nAt worst: %s%s.\n\n- Means: %s.\n- To do: %s.\n\n",
            c->name, c->looks, reference_severity(c->worst),
            c->deep ? "; reads whole tables, left out by `--quick`" : "", c->means, c->todo);
    }
    return buf_str(&text);
}

const char *doctor_reference_json(struct arena *arena, const char *only)
{
    struct json_out out = JSON_OUT_IN(arena);

    json_begin(&out, '{');
    json_key(&out, "checks");
    json_begin(&out, '[');
    for (const struct doctor_check *c = doctor_checks; c->name != NULL; c++) {
        if (only != NULL && strcmp(only, c->name) != 0)
            continue;
        json_begin(&out, '{');
        json_put_str(&out, "check", c->name);
        json_put_str(&out, "looks", c->looks);
        json_put_str(&out, "worst", reference_severity(c->worst));
        json_put_bool(&out, "deep", c->deep);
        json_put_str(&out, "means", c->means);
        json_put_str(&out, "todo", c->todo);
        json_end(&out, '}');
    }
    json_end(&out, ']');
    json_end(&out, '}');
    return json_text(&out);
}
