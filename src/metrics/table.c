/* Every metric, one row each, in the order in which they are told. */
#include "planner/metrics/metrics.h"

#define COUNTER(n, a, b, h)                \
    {                                      \
        (n), METRIC_COUNTER, (a), (b), (h) \
    }
#define GAUGE(n, a, b, h)                \
    {                                    \
        (n), METRIC_GAUGE, (a), (b), (h) \
    }
#define HISTOGRAM(n, a, h)                    \
    {                                         \
        (n), METRIC_HISTOGRAM, (a), NULL, (h) \
    }

const struct metric metric_table[] = {
    GAUGE("up", NULL, NULL, "Whether the database answered this scrape."),
    GAUGE("private_cluster_running", NULL, NULL,
          "Whether the private database runs; it stops by itself when nobody uses it. Not told of "
          "an external one."),
    GAUGE("scrape_duration_seconds", NULL, NULL, "How long this scrape took."),
    COUNTER("scrape_errors_total", NULL, NULL,
            "Parts of scrapes that could not be read, since this process started."),
    GAUGE(
        "scrape_success", "part", NULL,
        "Whether a part of this scrape could be read; parts that were not asked for are not told."),
    GAUGE("build_info", "version", NULL, "The program that scrapes; always 1."),
    GAUGE("database_info", "server_version", NULL, "The database server; always 1."),
    GAUGE("schema_version", NULL, NULL, "The newest migration of the store; 0 without any."),
    GAUGE("schema_fits", NULL, NULL,
          "Whether this program may use the store as it is migrated; if not, what the store's own "
          "tables tell is left out."),

    /* Counted by the processes. */
    COUNTER("tool_calls_total", "tool", "outcome", "Tool calls that have ended."),
    HISTOGRAM("tool_duration_seconds", "tool",
              "How long tool calls ran, without the time in which they waited for a person or a "
              "change."),
    COUNTER("requests_total", "method", "outcome",
            "Requests that take their turn, tool calls among them."),
    COUNTER("protocol_errors_total", "code", NULL, "JSON-RPC errors that were answered."),
    COUNTER("statements_total", "query", NULL, "Statements that the database answered."),
    COUNTER(
        "statement_errors_total", "class", NULL,
        "Statements that the database refused, by the class of their SQLSTATE; 40 are conflicts "
        "that are tried again."),
    COUNTER("slow_statements_total", "query", NULL,
            "Statements that took at least as long as the setting slow-statement."),
    HISTOGRAM("round_trip_duration_seconds", "kind",
              "Round trips to the database: a whole transaction (single), or the first (lock) or "
              "last (commit) part of one."),
    COUNTER("connects_total", "outcome", NULL, "Attempts to connect to the database."),
    COUNTER("connections_lost_total", NULL, NULL, "Connections that broke while they were in use."),
    COUNTER("transaction_restarts_total", NULL, NULL,
            "Transactions that were begun again because another one was in the way."),
    COUNTER("commits_unanswered_total", "fate", NULL,
            "Commits whose answer was lost, by what was found out about them."),
    COUNTER("breaker_opened_total", NULL, NULL,
            "How often a process stopped trying a database that does not answer."),
    COUNTER(
        "standby_reads_total", "outcome", NULL,
        "Reads that a standby might answer, where one is configured: answered by it (standby), or "
        "by the primary because it had not come as far (behind), did not know of it (missing), or "
        "could not be asked (failed)."),
    COUNTER("counts_dropped_total", NULL, NULL, "Counts that found no place in a process."),

    /* What there is to do. */
    GAUGE("projects", "status", NULL, "Projects."),
    GAUGE("items", "kind", "status",
          "Tasks and steps, without deleted ones; of a large store an estimate, see items_exact."),
    GAUGE("items_exact", NULL, NULL,
          "Whether items and queue_items were counted (1) or estimated from the last ANALYZE (0)."),
    GAUGE(
        "queue_items", "role", NULL,
        "Steps that wait for a role; of worker: what is ready. Archived projects are counted, too."),
    GAUGE("disputes_pending", NULL, NULL, "Disputes that wait for a person; at most 100,000."),
    GAUGE("dispute_oldest_age_seconds", NULL, NULL, "How long the oldest of them has waited."),
    GAUGE("claims", "state", NULL,
          "Leases, live or expired and not taken over yet; at most 100,000."),
    COUNTER("changes_total", NULL, NULL,
            "The last change number: changes ever made, and those that were rolled back."),
    GAUGE("project_progress_ratio", "project", NULL, "With per-project: progress, 0 to 1."),
    COUNTER("project_items_total", "project", NULL, "With per-project: items ever made in it."),
    GAUGE("project_disputes_pending", "project", NULL, "With per-project: disputes that wait."),

    /* What the server tells. */
    GAUGE("connections", "state", NULL, "Connections of all clients to the server."),
    GAUGE("connections_max", NULL, NULL, "The server's limit, max_connections."),
    GAUGE("lock_waits", NULL, NULL, "Locks that somebody waits for, in the whole server."),
    GAUGE("lock_wait_oldest_seconds", NULL, NULL, "How long the longest of these waits takes."),
    GAUGE("oldest_transaction_seconds", NULL, NULL, "How long the oldest open transaction takes."),
    COUNTER("transactions_total", "outcome", NULL, "Transactions in this database, anybody's."),
    COUNTER("deadlocks_total", NULL, NULL, "Deadlocks in this database."),
    COUNTER("temp_bytes_total", NULL, NULL, "Bytes written to temporary files."),
    COUNTER("checksum_failures_total", NULL, NULL, "Pages whose checksum was wrong."),
    COUNTER("server_statement_calls_total", "query", NULL,
            "Runs of our statements as pg_stat_statements counts them, where it is installed."),
    COUNTER("server_statement_seconds_total", "query", NULL,
            "Time that the server spent in them, where pg_stat_statements is installed."),
    GAUGE("database_size_bytes", NULL, NULL, "The whole database on disk."),
    GAUGE("table_size_bytes", "table", NULL, "A table on disk, without its indexes."),
    GAUGE("index_size_bytes", "table", "index", "An index on disk."),
    GAUGE("table_rows_estimate", "table", NULL, "Rows of a table as the last ANALYZE saw them."),
    GAUGE("table_dead_rows_estimate", "table", NULL, "Rows that wait for VACUUM."),
    GAUGE("standby", NULL, NULL, "Whether the server that was asked is a standby."),
    GAUGE("standby_replay_age_seconds", NULL, NULL,
          "Of a standby: how old its newest transaction is, 0 when it has all that was sent."),
    GAUGE("replicas", NULL, NULL, "Standbys that are connected to the server."),
    GAUGE("replication_lag_seconds", "replica", NULL, "How far a standby is behind, in time."),
    GAUGE("replication_lag_bytes", "replica", NULL,
          "How far a standby is behind, in bytes of WAL."),
    {.name = NULL},
};
