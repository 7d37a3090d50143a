-- Standbys that follow this server, slots that hold its log for somebody, and, on a standby, how far
-- it is behind.
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'standby', pg_is_in_recovery(),
    'standbys', coalesce((SELECT json_agg(json_build_object(
            'name', r.application_name, 'state', r.state, 'sync', r.sync_state,
            'bytes', CASE WHEN NOT pg_is_in_recovery()
                          THEN pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::bigint END,
            'seconds', extract(epoch FROM r.replay_lag)::float8) ORDER BY r.application_name, r.pid)
        FROM pg_stat_replication r), '[]'),
    'slots', coalesce((SELECT json_agg(json_build_object(
            'name', s.slot_name, 'active', s.active, 'wal_status', s.wal_status,
            'bytes', CASE WHEN NOT pg_is_in_recovery()
                          THEN pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint END)
            ORDER BY s.slot_name)
        FROM pg_replication_slots s), '[]'),
    'receiver', (SELECT w.status FROM pg_stat_wal_receiver w),
    'behind_bytes', CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(
        pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint END,
    'behind_seconds', CASE WHEN pg_is_in_recovery() THEN
        CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
             ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::bigint
        END END))
