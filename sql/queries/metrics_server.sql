-- What the server tells of itself: connections, waits, transactions, standbys. Reads no table.
-- class: upkeep
WITH sample (name, a, b, value) AS (
    SELECT 'connections', CASE WHEN s.state IN ('active', 'idle') THEN s.state
                               WHEN s.state LIKE 'idle in transaction%' THEN 'idle_in_transaction'
                               ELSE 'other' END, NULL, count(*)::double precision
    FROM pg_stat_activity s WHERE s.backend_type = 'client backend' GROUP BY 2
    UNION ALL
    SELECT 'connections_max', NULL, NULL, current_setting('max_connections')::double precision
    UNION ALL
    SELECT 'lock_waits', NULL, NULL, count(*) FROM pg_locks l WHERE NOT l.granted
    UNION ALL
    SELECT 'lock_wait_oldest_seconds', NULL, NULL,
           greatest(extract(epoch FROM clock_timestamp() - min(l.waitstart)), 0)
    FROM pg_locks l WHERE NOT l.granted
    UNION ALL
    SELECT 'oldest_transaction_seconds', NULL, NULL,
           coalesce(greatest(extract(epoch FROM clock_timestamp() - min(s.xact_start)), 0), 0)
    FROM pg_stat_activity s
    WHERE s.backend_type = 'client backend' AND s.datname = current_database()
      AND s.pid <> pg_backend_pid()
    UNION ALL
    SELECT v.* FROM pg_stat_database d CROSS JOIN LATERAL (VALUES
        ('transactions_total', 'commit', NULL, d.xact_commit::double precision),
        ('transactions_total', 'rollback', NULL, d.xact_rollback),
        ('deadlocks_total', NULL, NULL, d.deadlocks),
        ('temp_bytes_total', NULL, NULL, d.temp_bytes),
        ('checksum_failures_total', NULL, NULL, coalesce(d.checksum_failures, 0))) v
    WHERE d.datname = current_database()
    UNION ALL
    SELECT 'standby', NULL, NULL, pg_is_in_recovery()::integer
    UNION ALL
    SELECT 'standby_replay_age_seconds', NULL, NULL,
           CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
    WHERE pg_is_in_recovery()
    UNION ALL
    SELECT 'replicas', NULL, NULL, count(*) FROM pg_stat_replication
    UNION ALL
    SELECT v.* FROM (
        SELECT r.application_name AS name, max(extract(epoch FROM r.replay_lag)) AS lag,
               max(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                        ELSE pg_current_wal_lsn() END, r.replay_lsn)) AS bytes
        FROM pg_stat_replication r GROUP BY 1 ORDER BY 1 LIMIT 16
    ) r CROSS JOIN LATERAL (VALUES
        ('replication_lag_seconds', r.name, NULL, coalesce(r.lag, 0)::double precision),
        ('replication_lag_bytes', r.name, NULL, r.bytes)) v
    UNION ALL
    SELECT 'database_info', current_setting('server_version'), NULL, 1
)
SELECT json_build_object('samples', json_agg(json_strip_nulls(json_build_object(
    'name', s.name, 'a', s.a, 'b', s.b, 'value', s.value)) ORDER BY s.name, s.a, s.b))
FROM sample s WHERE s.value IS NOT NULL
